package cmd

import (
	"time"

	"tokpit/budget"
	"tokpit/internal/clean"
	"tokpit/report"
)

type limitsDocument struct {
	Schema  string              `json:"schema"`
	AsOf    string              `json:"as_of"`
	First   *firstJSON          `json:"first"` // null: there is neither limit nor credit that could
	Limits  []limitStandingJSON `json:"limits"`
	Windows []windowJSON        `json:"windows"`
}

// firstJSON is the limit, or the credit, that bites first.
type firstJSON struct {
	Name      string  `json:"name"`
	Refuses   bool    `json:"refuses"`
	Reached   bool    `json:"reached"`
	ReachedAt *string `json:"reached_at"`
	Why       string  `json:"why"`
}

// limitStandingJSON is one limit: headroom is limit - spent.
type limitStandingJSON struct {
	Name       string              `json:"name"`
	Kind       string              `json:"kind"`   // approved, hard, soft or budget
	Origin     string              `json:"origin"` // provider, noted or budget
	Connection *string             `json:"connection"`
	Provider   *string             `json:"provider"`
	Account    *string             `json:"account"`
	Refuses    bool                `json:"refuses"`
	Scope      map[string][]string `json:"scope"`
	Period     string              `json:"period"`
	Since      string              `json:"since"`
	ResetsAt   string              `json:"resets_at"`
	// ResetsLocal is the same instant in the pinned zone.
	ResetsLocal    string        `json:"resets_at_local"`
	Currency       string        `json:"currency"`
	Limit          string        `json:"limit"`
	Spent          *string       `json:"spent"` // null: it cannot be computed
	Headroom       *string       `json:"headroom"`
	State          *string       `json:"state"`
	UnpricedTokens int64         `json:"unpriced_tokens"`
	Forecast       *forecastJSON `json:"forecast"`
	Reached        bool          `json:"reached"`
	ReachedAt      *string       `json:"reached_at"` // null: not known, or not in this period
	First          bool          `json:"first"`
	AsOf           *string       `json:"as_of"`
	Lag            *int64        `json:"lag_s"`
	// Of an approved limit whose tier is noted.
	Tier          *string `json:"tier"`
	NextTier      *string `json:"next_tier"`
	NextLimit     *string `json:"next_tier_limit"`
	MissingUSD    *string `json:"missing_usd"` // null: not known, or not in dollars
	MissingAmount *string `json:"missing_amount"`
	MissingIn     *string `json:"missing_currency"`
	MissingDays   *int64  `json:"missing_days"`
	NextTierAt    *string `json:"next_tier_at"` // when the days suffice
	Note          *string `json:"note"`
	Error         *string `json:"error"`
}

func limitsOf(all *report.Budgets, now time.Time, zone *time.Location) limitsDocument {
	d := limitsDocument{Schema: "tokpit.limits/1", AsOf: stamp(now), Limits: []limitStandingJSON{}, Windows: windowsJSON(all.Windows)}
	if f := all.Bites(); f != nil {
		d.First = &firstJSON{f.Name, f.Refuses(), f.Reached(), optionalTime(f.At()), f.Why}
	}
	for i := range all.Limits {
		d.Limits = append(d.Limits, limitStandingOf(&all.Limits[i], zone))
	}
	return d
}

func limitStandingOf(l *report.LimitStanding, zone *time.Location) limitStandingJSON {
	b := l.Budget
	j := limitStandingJSON{Name: clean.Text(b.Name), Kind: string(l.Kind), Origin: string(l.Origin), Connection: harmless(l.Connection), Provider: harmless(l.Provider),
		Account: harmless(l.Account), Refuses: l.Refuses, Period: string(b.Period), Since: stamp(l.Period.Since),
		ResetsAt: stamp(l.Period.Until), ResetsLocal: l.Period.Until.In(zone).Format(time.RFC3339), Currency: b.Currency, Limit: l.Limit.String(), First: l.First, Note: harmless(l.Note)}
	if l.Origin == report.FromBudget {
		j.Kind = "budget"
	}
	j.Scope = harmlessScope(b.Scope)
	if l.Err != nil {
		j.Error = harmless(l.Err.Error())
		return j
	}
	j.Spent, j.Headroom, j.State = optional(l.Cost.String()), optional(l.Headroom.String()), optional(string(l.State))
	j.UnpricedTokens, j.Forecast, j.Reached, j.ReachedAt = l.UnpricedTokens, forecastOf(l.Forecast), l.Reached, optionalTime(l.ReachedAt)
	j.AsOf = optionalTime(l.AsOf)
	if l.HasLag {
		j.Lag = new(int64)
		*j.Lag = int64(l.Lag / time.Second)
	}
	j.tier(l.Tier)
	return j
}

// tier says what is missing for the next tier, as far as anybody knows.
func (j *limitStandingJSON) tier(t *report.TierStanding) {
	if t == nil {
		return
	}
	j.Tier = harmless(t.Tier)
	n := t.Next
	if n == nil {
		return
	}
	j.NextTier = harmless(n.Name)
	if !n.Limit.IsZero() {
		j.NextLimit = optional(n.Limit.String())
	}
	m := t.Missing
	if m.AmountKnown {
		j.MissingAmount, j.MissingIn = optional(m.Amount.String()), optional(n.Currency)
		if n.Currency == "USD" {
			j.MissingUSD = j.MissingAmount
		}
	}
	if m.DaysKnown {
		j.MissingDays, j.NextTierAt = &m.Days, optionalTime(m.Since)
	}
}

func harmlessScope(s budget.Scope) map[string][]string {
	out := make(map[string][]string, len(s))
	for d, values := range s {
		for _, v := range values {
			out[clean.Text(string(d))] = append(out[clean.Text(string(d))], clean.Text(v))
		}
	}
	return out
}

type windowsDocument struct {
	Schema  string       `json:"schema"`
	AsOf    string       `json:"as_of"`
	Windows []windowJSON `json:"windows"`
}

type windowJSON struct {
	Source  string  `json:"source"`
	Name    string  `json:"name"`
	Minutes int64   `json:"window_minutes"`
	Active  bool    `json:"active"`
	Since   *string `json:"since"`
	Resets  *string `json:"resets_at"` // null: no window is open, or nobody says
	// Shares are percents, exact; null where the tool says nothing.
	Used      *string    `json:"used_percent"`
	SaidAt    *string    `json:"said_at"`
	Projected *string    `json:"projected_percent"`
	FullAt    *string    `json:"full_at"`
	Total     *int64     `json:"tokens"`
	Cost      *string    `json:"api_equivalent"`
	Currency  *string    `json:"currency"`
	Unpriced  int64      `json:"unpriced_tokens"`
	PerHour   *int64     `json:"tokens_per_hour"`
	CostHour  *string    `json:"cost_per_hour"`
	Ends      *int64     `json:"projected_tokens"`
	EndsCost  *string    `json:"projected_cost"`
	Most      *int64     `json:"most_tokens"` // of an earlier window
	Notes     []noteJSON `json:"notes"`
}

func windowsJSON(all []report.WindowStanding) []windowJSON {
	out := []windowJSON{}
	for i := range all {
		out = append(out, windowOf(&all[i]))
	}
	return out
}

func windowOf(w *report.WindowStanding) windowJSON {
	j := windowJSON{Source: clean.Text(w.Source), Name: clean.Text(w.Name), Minutes: int64(w.Length / time.Minute), Active: w.Active,
		Since: optionalTime(w.Since), Resets: optionalTime(w.Until), SaidAt: optionalTime(w.SaidAt), FullAt: optionalTime(w.FullAt), Notes: []noteJSON{}}
	for _, n := range w.Notes {
		j.Notes = append(j.Notes, noteJSON{n.Code, clean.Text(n.Text)})
	}
	if w.HasUsed {
		j.Used = optional(report.Percent(w.Used))
	}
	if w.HasProjected {
		j.Projected = optional(report.Percent(w.ProjectedUsed))
	}
	if w.Most > 0 {
		j.Most = &w.Most
	}
	if !w.Active {
		return j
	}
	total := w.Sum.Tokens.Total()
	j.Total, j.Unpriced = &total, w.Sum.UnpricedTokens
	priced := w.Sum.Priced && w.Sum.Currency != ""
	if priced {
		j.Cost, j.Currency = optional(w.Sum.Cost.String()), optional(w.Sum.Currency)
	}
	if !w.HasPace {
		return j
	}
	j.PerHour = &w.TokensPerHour
	if priced {
		j.CostHour = optional(w.CostPerHour.String())
	}
	if !w.Until.IsZero() {
		j.Ends = &w.ProjectedTokens
		if priced {
			j.EndsCost = optional(w.ProjectedCost.String())
		}
	}
	return j
}

type notedDocument struct {
	Schema string      `json:"schema"`
	AsOf   string      `json:"as_of"`
	Limits []notedJSON `json:"limits"`
}

type notedJSON struct {
	Name     string              `json:"name"`
	Provider string              `json:"provider"`
	Account  *string             `json:"account"`
	Kind     string              `json:"kind"`
	Amount   string              `json:"amount"`
	Currency string              `json:"currency"`
	Period   string              `json:"period"`
	Anchor   *string             `json:"anchor"`
	Zone     string              `json:"zone"`
	Scope    map[string][]string `json:"scope"`
	Tier     *string             `json:"tier"`
	Note     *string             `json:"note"`
}

func notedOf(l *budget.Limit) notedJSON {
	j := notedJSON{clean.Text(l.Name), clean.Text(l.Provider), harmless(l.Account), string(l.Kind), l.Amount.String(), l.Currency, string(l.Period),
		optional(l.Anchor.String()), orElse(l.Zone, "UTC"), nil, harmless(l.Tier), harmless(l.Note)}
	j.Scope = harmlessScope(l.Scope)
	return j
}

type tiersDocument struct {
	Schema string     `json:"schema"`
	AsOf   string     `json:"as_of"`
	Tiers  []tierJSON `json:"tiers"`
}

type tierJSON struct {
	Provider string  `json:"provider"`
	Name     string  `json:"name"`
	Paid     string  `json:"paid"`
	Days     int64   `json:"days"`
	Limit    *string `json:"limit"` // null: not noted
	Currency string  `json:"currency"`
}

func tierOf(t *budget.Tier) tierJSON {
	j := tierJSON{clean.Text(t.Provider), clean.Text(t.Name), t.Paid.String(), t.Days, nil, t.Currency}
	if !t.Limit.IsZero() {
		j.Limit = optional(t.Limit.String())
	}
	return j
}
