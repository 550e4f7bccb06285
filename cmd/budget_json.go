package cmd

import (
	"time"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/usage"
)

// checkJSON is a budget in `budget check --json`.
type checkJSON struct {
	Name     string        `json:"name"`
	Limit    string        `json:"limit"`
	Spent    string        `json:"spent"`
	Currency string        `json:"currency"`
	Forecast *forecastJSON `json:"forecast"` // null: too little is known
	Headroom string        `json:"headroom"`
	State    string        `json:"state"`
	AsOf     string        `json:"as_of"`
	Lag      *int64        `json:"lag_s"`        // null: nobody can say
	Source   *string       `json:"as_of_source"` // decides as_of; null: nobody can say
	// Contributors divide what is spent, by the dimension that says most first.
	Contributors []contributorsJSON `json:"contributors"`
}

type forecastJSON struct {
	Point string `json:"point"`
	Low   string `json:"low"`
	High  string `json:"high"`
}

type checkDocument struct {
	Schema  string      `json:"schema"`
	AsOf    string      `json:"as_of"`
	Budgets []checkJSON `json:"budgets"`
}

func (s *budgetStanding) check() checkJSON {
	st := &s.Status
	j := checkJSON{Name: st.Budget.Name, Limit: st.Limit.String(), Spent: st.Cost.String(), Currency: st.Budget.Currency,
		Forecast: forecastOf(st.Forecast), Headroom: st.Headroom.String(), State: string(st.State), AsOf: stamp(st.AsOf),
		Source: optional(s.Source), Contributors: contributorsOf(s.Breakdowns)}
	if st.HasLag {
		lag := int64(st.Lag / time.Second)
		j.Lag = &lag
	}
	return j
}

func forecastOf(f budget.Forecast) *forecastJSON {
	if !f.Known {
		return nil
	}
	return &forecastJSON{f.Point.String(), f.Low.String(), f.High.String()}
}

// definitionJSON is what somebody decided.
type definitionJSON struct {
	Name     string              `json:"name"`
	Amount   string              `json:"amount"`
	Currency string              `json:"currency"`
	Period   string              `json:"period"`
	Anchor   *string             `json:"anchor"`
	Zone     string              `json:"zone"`
	Scope    map[string][]string `json:"scope"`
	Warn     []string            `json:"warn"`
	Hard     bool                `json:"hard"`
	Notify   []string            `json:"notify"`
}

func definitionOf(b *budget.Budget) definitionJSON {
	j := definitionJSON{Name: b.Name, Amount: b.Amount.String(), Currency: b.Currency, Period: string(b.Period), Anchor: optional(b.Anchor.String()),
		Zone: b.Zone, Scope: map[string][]string{}, Warn: []string{}, Hard: b.Hard, Notify: []string{}}
	if j.Zone == "" {
		j.Zone = "UTC"
	}
	for d, values := range b.Scope {
		j.Scope[string(d)] = values
	}
	j.Warn = append(j.Warn, thresholdTexts(b.Warn)...)
	j.Notify = append(j.Notify, b.Notify...)
	return j
}

type definitionsDocument struct {
	Schema  string           `json:"schema"`
	AsOf    string           `json:"as_of"`
	Budgets []definitionJSON `json:"budgets"`
}

// budgetStandingJSON is a budget in full.
type budgetStandingJSON struct {
	Schema string         `json:"schema"`
	Budget definitionJSON `json:"budget"`
	checkJSON
	Since          string      `json:"since"`
	Until          string      `json:"until"`
	SpentLow       *string     `json:"spent_low"` // null unless the price is a range
	SpentHigh      *string     `json:"spent_high"`
	PlanFees       string      `json:"plan_fees"`
	Untracked      string      `json:"untracked"`
	Unallocated    string      `json:"unallocated"`
	UnpricedTokens int64       `json:"unpriced_tokens"`
	Estimated      bool        `json:"estimated"`
	RunRate        *string     `json:"run_rate"`
	Method         *string     `json:"forecast_method"`
	WhyNot         *string     `json:"why_no_forecast"`
	ExhaustedAt    *string     `json:"exhausted_at"` // null unless within the period
	Thresholds     []markJSON  `json:"thresholds"`
	Notes          []noteJSON  `json:"notes"`
	Days           []spentJSON `json:"days"`
}

type markJSON struct {
	Threshold string  `json:"threshold"`
	At        string  `json:"at"`
	Value     *string `json:"value"` // null: there is no forecast
	Reached   bool    `json:"reached"`
}

type noteJSON struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// spentJSON is one day of the period, in the budget's zone.
type spentJSON struct {
	Day   string `json:"day"`
	Spent string `json:"spent"`
}

func (s *budgetStanding) document() budgetStandingJSON {
	st := &s.Status
	j := budgetStandingJSON{Schema: "tokpit.budget.show/1", Budget: definitionOf(st.Budget), checkJSON: s.check(), Since: stamp(st.Period.Since), Until: stamp(st.Period.Until),
		PlanFees: s.Fees.String(), Untracked: st.Untracked.String(), Unallocated: st.Unallocated.String(), UnpricedTokens: st.UnpricedTokens, Estimated: st.Estimated,
		WhyNot: optional(st.Why), Thresholds: []markJSON{}, Notes: []noteJSON{}, Days: s.days()}
	if st.Ranged {
		j.SpentLow, j.SpentHigh = optional(st.Low.String()), optional(st.High.String())
	}
	if st.HasRunRate {
		j.RunRate = optional(st.RunRate.String())
	}
	if st.Forecast.Known {
		j.Method = optional(st.Forecast.Method)
	}
	if e := st.Exhaustion; e.Known && e.Within {
		j.ExhaustedAt = optionalTime(e.At)
	}
	for _, m := range st.Marks {
		k := markJSON{Threshold: m.Threshold.String(), At: m.At.String(), Reached: m.Reached}
		if m.Known {
			k.Value = optional(m.Value.String())
		}
		j.Thresholds = append(j.Thresholds, k)
	}
	for _, n := range s.Spend.Notes {
		j.Notes = append(j.Notes, noteJSON{n.Code, n.Text})
	}
	return j
}

// days adds up the period's days.
func (s *budgetStanding) days() []spentJSON {
	day := budget.Budget{Period: budget.Daily, Zone: s.Budget.Zone}
	sums := make(map[int64]money.Amount)
	for _, d := range s.Spend.Days {
		if s.Period.Contains(d.Day) {
			k := day.At(d.Day).Since.Unix()
			sums[k] = sums[k].Add(d.Cost)
		}
	}
	out := []spentJSON{}
	bounds := s.Budget.Days(s.Period)
	for i := 0; i+1 < len(bounds); i++ {
		cost, spent := sums[bounds[i].Unix()]
		if bounds[i].After(s.Now) && !spent {
			continue
		}
		out = append(out, spentJSON{dayIn(s.Budget, bounds[i]), cost.String()})
	}
	return out
}

// dayIn is the date of an instant in the budget's zone.
func dayIn(b *budget.Budget, t time.Time) string {
	zone, err := time.LoadLocation(b.Zone)
	if err != nil {
		zone = time.UTC
	}
	return t.In(zone).Format(time.DateOnly)
}

// spanIn names a period by its first day and the day after its last.
func spanIn(b *budget.Budget, p usage.Span) string {
	zone := b.Zone
	if zone == "" {
		zone = "UTC"
	}
	return dayIn(b, p.Since) + " to " + dayIn(b, p.Until.Add(-time.Nanosecond)) + " (" + zone + ")"
}
