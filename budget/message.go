package budget

import (
	"fmt"
	"strconv"
	"strings"

	"tokpit/money"
)

// Delivery returns the message as something to be sent.
func (m *Message) Delivery() Delivery {
	top := m.Marks[len(m.Marks)-1]
	body := Body{Kind: "budget", Level: "warn", Text: m.text(), Fields: m.fields()}
	if top.Forecast {
		body.Kind = "forecast"
	}
	if m.Status.State == StateOver {
		body.Level = "over"
	}
	return NewDelivery(m.Key, m.Target, m.subject(), body, m.Status.Now)
}

// subject says it in one line, for people who read nothing else.
func (m *Message) subject() string {
	st, top := &m.Status, m.Marks[len(m.Marks)-1]
	if top.Forecast {
		return fmt.Sprintf("Budget %s: likely to end at %s of %s", st.Budget.Name, st.figure(st.Forecast.Point), st.figure(st.Limit))
	}
	return fmt.Sprintf("Budget %s: %s of %s spent (%s)", st.Budget.Name, st.figure(st.Cost), st.figure(st.Limit), percent(st.Used))
}

func (m *Message) text() string {
	st := &m.Status
	var b strings.Builder
	for _, mark := range m.Marks {
		what := "Spend has reached"
		if mark.Forecast {
			what = "The forecast has reached"
		}
		fmt.Fprintf(&b, "%s %s: %s of %s.\n", what, mark.name(), st.figure(mark.Value), st.figure(mark.At))
	}
	fmt.Fprintf(&b, "\nBudget    %s\nPeriod    %s to %s\n", st.Budget.Name, st.day(false), st.day(true))
	fmt.Fprintf(&b, "Limit     %s\nSpent     %s (%s)\n", st.figure(st.Limit), st.figure(st.Cost), percent(st.Used))
	if st.Ranged {
		fmt.Fprintf(&b, "          between %s and %s\n", st.figure(st.Low), st.figure(st.High))
	}
	fmt.Fprintf(&b, "Headroom  %s\nElapsed   %s of the period\n", st.figure(st.Headroom), percent(st.Elapsed))
	if f := st.Forecast; f.Known {
		fmt.Fprintf(&b, "Forecast  %s, 80 %% of such forecasts end between %s and %s\n", st.figure(f.Point), st.figure(f.Low), st.figure(f.High))
	}
	if e := st.Exhaustion; e.Known && e.Within && e.Days > 0 {
		fmt.Fprintf(&b, "At this pace nothing is left after %s days.\n", strconv.FormatFloat(e.Days, 'f', 1, 64))
	}
	if st.UnpricedTokens > 0 {
		fmt.Fprintf(&b, "%d tokens have no known price and are not in these figures.\n", st.UnpricedTokens)
	}
	fmt.Fprintf(&b, "\nUsage as of %s.\n", st.AsOf.UTC().Format("2006-01-02 15:04 UTC"))
	return b.String()
}

// fields are the same figures, every digit of them.
func (m *Message) fields() []Field {
	st := &m.Status
	var names []string
	for _, mark := range m.Marks {
		names = append(names, mark.String())
	}
	out := []Field{
		{"budget", "Budget", st.Budget.Name},
		{"currency", "Currency", st.Budget.Currency},
		{"thresholds", "Thresholds", strings.Join(names, ",")},
		{"period_since", "Period from", st.Period.Since.UTC().Format("2006-01-02T15:04:05Z")},
		{"period_until", "Period until", st.Period.Until.UTC().Format("2006-01-02T15:04:05Z")},
		{"limit", "Limit", st.Limit.String()},
		{"spent", "Spent", st.Cost.String()},
		{"headroom", "Headroom", st.Headroom.String()},
		{"as_of", "As of", st.AsOf.UTC().Format("2006-01-02T15:04:05Z")},
	}
	if f := st.Forecast; f.Known {
		out = append(out, Field{"forecast", "Forecast", f.Point.String()},
			Field{"forecast_low", "Forecast, low", f.Low.String()}, Field{"forecast_high", "Forecast, high", f.High.String()})
	}
	return out
}

// name is the threshold without its "forecast:".
func (m *Mark) name() string {
	t := m.Threshold
	t.Forecast = false
	return t.String()
}

func (st *Status) figure(a money.Amount) string {
	if st.Budget.Currency == "" {
		return a.Format(2)
	}
	return a.Format(2) + " " + st.Budget.Currency
}

// day is the first or the last day of the period, in the budget's zone.
func (st *Status) day(last bool) string {
	zone, err := st.Budget.zone()
	if err != nil {
		return ""
	}
	if last {
		return st.Period.Until.Add(-1).In(zone).Format("2006-01-02")
	}
	return st.Period.Since.In(zone).Format("2006-01-02")
}

func percent(part float64) string { return strconv.FormatFloat(part*100, 'f', 0, 64) + " %" }
