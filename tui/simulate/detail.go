package simulate

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"tokpit/money"
	"tokpit/report"
	"tokpit/scenario"
	"tokpit/tui/overlay"
	"tokpit/tui/ui"
)

// ideaDetail says all that is known of a change.
func (p *Page) ideaDetail() tea.Cmd {
	i := p.ideas.Cursor()
	if p.list.at(i) == nil {
		return nil
	}
	s, st := p.list.at(i), p.styles
	currency := p.list.currency
	quality, ink := qualityText(st, s)
	rows := []overlay.Row{
		{Label: "saves a month", Value: ui.Money(p.list.saves(s), currency), Ink: st.Good, Note: "at the pace of the span"},
		{Label: "in the span", Value: signed(s.Cost, currency), Note: "API-equivalent of " + ui.Money(s.Part, currency)},
		{Label: "cash", Value: signed(s.Cash, currency), Note: "of " + ui.Money(s.PartCash, currency)},
	}
	if s.Ranged {
		rows = append(rows, overlay.Row{Label: "between", Value: rangeOf(s.CostLow, s.CostHigh, currency)})
	}
	rows = append(rows, overlay.Row{Label: "quality", Value: quality, Ink: ink})
	if f := s.Swap; f != nil {
		fit, ink := fitText(st, s)
		rows = append(rows, overlay.Row{Label: "requests fit", Value: fit, Ink: ink},
			overlay.Row{Label: "context window", Value: known(f.Window > 0, ui.Count(f.Window)), Note: "now " + known(f.FromWindow > 0, ui.Count(f.FromWindow))},
			overlay.Row{Label: "tokens", Value: known(f.Tokens != "", f.Tokens), Note: "of the same text"})
		if !f.Ends.IsZero() {
			rows = append(rows, overlay.Row{Label: "ends", Value: f.Ends.Format("2 Jan 2006"), Ink: st.Warn})
		}
		for i := range f.Quality {
			rows = append(rows, overlay.Row{Note: ui.Text(f.Quality[i].Text()), Wrap: true})
		}
	}
	rows = append(rows, overlay.Row{})
	for _, c := range s.Caveats {
		rows = append(rows, overlay.Row{Note: "· " + ui.Text(c.Text), Wrap: true})
	}
	for i := range p.said {
		if n := &p.said[i]; !slices.ContainsFunc(s.Caveats, func(c scenario.Caveat) bool { return ui.Text(c.Text) == n.text }) {
			rows = append(rows, overlay.Row{Note: n.words(), Wrap: true})
		}
	}
	return open(overlay.NewDetail(s.Title, rows))
}

// noteDetail says all that is to be known of the levers, for screens that have no
// room for it.
func (p *Page) noteDetail() tea.Cmd {
	said := p.said
	if len(said) == 0 {
		return notice("There is nothing more to be known of this")
	}
	return open(overlay.NewDocument("What to know", 76, func(pen *ui.Pen, st *ui.Styles) {
		for i, n := range said {
			if i > 0 {
				pen.End()
			}
			n.draw(pen, st)
		}
	}))
}

func known(ok bool, s string) string {
	if ok {
		return s
	}
	return ui.Unknown
}

// modelDetail says all of one model before and after.
func (p *Page) modelDetail() tea.Cmd {
	i := p.models.Cursor()
	if i >= p.rows.Len() {
		return nil
	}
	r, res := p.rows.at(i), p.result
	currency := res.Before.Currency
	both := func(label string, of func(*report.Sum) string) overlay.Row {
		return overlay.Row{Label: label, Value: of(&r.Before), Note: "→ " + of(&r.After)}
	}
	amount := func(pick func(*report.Sum) (money.Amount, bool)) func(*report.Sum) string {
		return func(s *report.Sum) string {
			a, ok := pick(s)
			return amountText(s, ok, ui.Money(a, currency))
		}
	}
	rows := []overlay.Row{
		{Label: "", Value: "before", Note: "→ after, in " + p.spanDays()},
		both("API-equivalent", amount(ui.Lens{}.Of)), both("cash", amount(ui.Lens{Cash: true}.Of)),
		both("requests", func(s *report.Sum) string { return ui.Count(s.Requests) }),
		both("input tokens", func(s *report.Sum) string { return ui.Tokens(s.Tokens.Input) }),
		both("from cache", func(s *report.Sum) string { return ui.Tokens(s.Tokens.CacheRead) }),
		both("into cache", func(s *report.Sum) string { return ui.Tokens(s.Tokens.CacheWrite5m + s.Tokens.CacheWrite1h) }),
		both("output tokens", func(s *report.Sum) string { return ui.Tokens(s.Tokens.Output) }),
		both("thinking", func(s *report.Sum) string { return ui.Tokens(s.Tokens.Reasoning) }),
		both("unpriced tokens", func(s *report.Sum) string { return ui.Tokens(s.UnpricedTokens) }),
	}
	if !r.Known {
		rows = append(rows, overlay.Row{}, overlay.Row{Note: "Not every lever that concerns it could be computed: what is after is no forecast.", Wrap: true})
	}
	for i := range p.said {
		if i == 0 {
			rows = append(rows, overlay.Row{})
		}
		rows = append(rows, overlay.Row{Note: p.said[i].words(), Wrap: true})
	}
	return open(overlay.NewDetail(r.Model, rows))
}
