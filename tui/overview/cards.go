package overview

import (
	"slices"
	"time"

	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// card is one figure with its label and what became of it.
type card struct {
	label, value, note string
	tone               tone
	short              string // the label in a line of running text
}

// tone says whether a change is one to look at.
type tone int8

const (
	plain tone = iota
	better
	worse
)

func (t tone) ink(st *ui.Styles) ui.Ink {
	switch t {
	case better:
		return st.Good
	case worse:
		return st.Warn
	}
	return st.Muted
}

func toneOf(t ui.Trend) tone {
	switch t {
	case ui.Up:
		return worse
	case ui.Down:
		return better
	}
	return plain
}

// newCards returns the figures beside the headline, most important first.
func newCards(s *report.Snapshot, lens ui.Lens) []card {
	lens = lens.For(s)
	var first, rest []card
	switch {
	case ownTime(lens):
		first, rest = spanCards(s, lens)
	case lens.Cost(&s.PreviousFull) != ui.Unknown:
		rest = []card{{label: "Whole last cycle", value: lens.Cost(&s.PreviousFull), short: "last cycle"}}
	}
	if len(first) == 0 && running(s, lens) {
		first = []card{today(s, lens)}
	}
	cards := append(first,
		perRequest(s, lens),
		cacheHits(s),
		counted("Requests", "requests", s.Cycle.Requests, s.Previous.Requests, func(n int64) string { return ui.Requests(n, s.Cycle.Uncounted > 0) }),
		counted("Tokens", "tokens", s.Cycle.Tokens.Total(), s.Previous.Tokens.Total(), ui.Tokens))
	cards = append(append(cards, rest...), output(s))
	if s.PlanSet && len(s.Cycle.Costs) == 0 && !feesLeftOut(lens) {
		cards = append(cards, card{
			label: "Plan fees to date", short: "plan fees",
			value: ui.Money(s.Cycle.PlanFee, s.Cycle.Currency),
			note:  "cover " + ui.Money(s.Cycle.PlanCost, s.Cycle.Currency) + " of usage",
		})
	}
	if idle(s, lens) {
		cards = slices.DeleteFunc(cards, func(c card) bool { return c.value == ui.Unknown })
	}
	if lens.Narrow() {
		return append(cards, card{label: "Newest usage", value: ui.Ago(s.AsOf, s.LastRecord), short: "newest usage"})
	}
	return append(cards,
		card{label: "Yesterday by this time", value: lens.Cost(&s.Yesterday), short: "yesterday"},
		card{label: "All history", value: lens.Cost(&s.All), note: since(s), short: "all history"},
		card{label: "Newest usage", value: ui.Ago(s.AsOf, s.LastRecord), short: "newest usage"})
}

func today(s *report.Snapshot, lens ui.Lens) card {
	c := card{label: "Today to " + s.AsOf.In(zone(s)).Format("15:04"), value: lens.Cost(&s.Today), short: "today"}
	now, ok := lens.Of(&s.Today)
	before, known := lens.Of(&s.Yesterday)
	if ok && known && comparable(&s.Today, &s.Yesterday) {
		change, trend := ui.ChangeOf(now, before)
		c.note, c.tone = change+" vs yesterday", toneOf(trend)
	}
	return c
}

// comparable reports whether two sums are in the same currency, and in no other.
func comparable(a, b *report.Sum) bool {
	return len(a.Costs) == 0 && len(b.Costs) == 0 && a.Currency == b.Currency
}

func perRequest(s *report.Snapshot, lens ui.Lens) card {
	c := card{label: "Cost per request", value: costOfOne(&s.Cycle), short: "per request"}
	if c.value == ui.Unknown {
		return c
	}
	if lens.Differs(&s.Cycle) {
		c.label, c.short = "API-equiv. per req.", "API-equiv./req."
	}
	now, _, _ := ui.PerRequest(&s.Cycle)
	if before, _, known := ui.PerRequest(&s.Previous); known {
		change, trend := ui.ChangeOf(now, before)
		c.note, c.tone = change, toneOf(trend)
	}
	return c
}

// costOfOne writes the API-equivalent of one request. Where there are more
// requests than are known, it is less for each.
func costOfOne(s *report.Sum) string {
	a, atMost, ok := ui.PerRequest(s)
	switch {
	case !ok:
		return ui.Unknown
	case atMost:
		return "≤ " + ui.UnitMoney(a, s.Currency)
	}
	return ui.UnitMoney(a, s.Currency)
}

func cacheHits(s *report.Snapshot) card {
	c := card{label: "Cache hit share", value: ui.Unknown, short: "cache hits"}
	now, ok := s.Cycle.CacheShare()
	if !ok {
		return c
	}
	c.value = ui.Percent(now)
	if before, known := s.Previous.CacheShare(); known {
		change, trend := ui.Points(now, before)
		c.note, c.tone = change, toneOf(-trend) // more from the cache is better
	}
	return c
}

func counted(label, short string, now, before int64, format func(int64) string) card {
	c := card{label: label, value: ui.Unknown, short: short}
	if now == usage.Absent {
		return c
	}
	c.value = format(now)
	if before > 0 {
		c.note, _ = ui.ChangeOfCount(now, before)
	}
	return c
}

func output(s *report.Snapshot) card {
	t := s.Cycle.Tokens
	c := card{label: "Output tokens", value: ui.Tokens(t.Output), short: "output"}
	if t.Output > 0 && t.Reasoning > 0 {
		c.note = ui.Percent(t.Reasoning*1000/t.Output) + " reasoning"
	}
	return c
}

func since(s *report.Snapshot) string {
	var first time.Time
	for i := range s.Sources {
		if f := s.Sources[i].First; !f.IsZero() && (first.IsZero() || f.Before(first)) {
			first = f
		}
	}
	if first.IsZero() {
		return ""
	}
	return "since " + first.In(zone(s)).Format("2 Jan 2006")
}

func zone(s *report.Snapshot) *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}

// perDay is a part of an amount, as large as each of so many.
func perDay(a money.Amount, days int64) money.Amount {
	return money.NewRate(a).Scale(1, days).Amount()
}
