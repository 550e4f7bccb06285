package simulate

import (
	"strings"

	"tokpit/money"
	"tokpit/scenario"
	"tokpit/tui/table"
	"tokpit/tui/ui"
)

// ideaRows are the changes that would save most.
type ideaRows struct {
	lens     ui.Lens
	byCash   bool
	currency string
	before   money.Amount       // of the whole span
	savings  []*scenario.Saving // what saves most first
	rows     []ideaRow          // of them, as they are shown
	words    words
	hidden   int // that are left out because their window is smaller, or not known
	folded   int // that are not shown, but with M
	marks    []string
}

const (
	ideaChange = iota
	ideaSaves
	ideaPart
	ideaQuality
	ideaFit
	ideaWindow
	ideaTokens
	ideaEnds
	ideaMind
)

// Columns implements table.Rows.
func (l *ideaRows) Columns() []table.Column {
	return []table.Column{
		{Title: "change", Width: 26, Flex: 8, Max: 56},
		{Title: "saves a month", Right: true, Width: 13},
		{Title: "of all", Right: true, Width: 6, Priority: 3},
		{Title: "quality", Width: 10},
		{Title: "fits", Width: 6, Priority: 1},
		{Title: "window", Right: true, Width: 8, Priority: 2},
		{Title: "tokens", Right: true, Width: 6, Priority: 4},
		{Title: "ends", Width: 9, Priority: 5},
		{Title: "keep in mind", Width: 22, Flex: 1, Priority: 6},
	}
}

// Len implements table.Rows.
func (l *ideaRows) Len() int { return len(l.rows) }

// Key implements table.Rows.
func (l *ideaRows) Key(row int) string {
	if s := l.rows[row].saving; s != nil {
		return s.Lever.String()
	}
	return "part " + l.rows[row].part.Standing.String()
}

// Sort implements table.Rows: the ranking is the order.
func (l *ideaRows) Sort(int, bool) {}

// saves is what a change saves in a month, in what the ranking is ordered by.
func (l *ideaRows) saves(s *scenario.Saving) money.Amount {
	if l.byCash {
		return s.CashPerMonth.Neg()
	}
	return s.PerMonth.Neg()
}

// Draw implements table.Rows.
func (l *ideaRows) Draw(p *ui.Pen, st *ui.Styles, row, col, width int) {
	s := l.rows[row].saving
	if s == nil {
		l.rows[row].draw(p, st, col, width)
		return
	}
	switch col {
	case ideaChange:
		p.Left(st.Text, l.words.say(row, col, width, func() string { return ui.CutName(ui.Text(s.Title), width) }), width)
	case ideaSaves:
		p.Right(st.Good, l.words.say(row, col, width, func() string {
			text := fitted(l.saves(s), l.currency, width)
			if s.Ranged && ui.Width(text) < width {
				text = "≈" + text
			}
			return text
		}), width)
	case ideaPart:
		p.Right(st.Muted, l.words.say(row, col, width, func() string { return l.part(s) }), width)
	case ideaQuality:
		text, ink := qualityText(st, s)
		p.Left(ink, text, width)
	case ideaFit:
		text, ink := fitText(st, s)
		p.Left(ink, text, width)
	case ideaTokens:
		text := "same"
		if s.Swap != nil && s.Swap.Tokens != "" {
			text, _, _ = strings.Cut(s.Swap.Tokens, " ") // the likeliest; the range is among the details
		}
		p.Right(st.Muted, text, width)
	case ideaWindow:
		l.drawWindow(p, st, s, width)
	case ideaEnds:
		if s.Swap != nil && !s.Swap.Ends.IsZero() {
			p.Left(st.Warn, s.Swap.Ends.Format("2 Jan 06"), width)
		} else {
			p.Left(st.Muted, ui.Unknown, width)
		}
	case ideaMind:
		if c := mind(s); c != "" {
			p.Left(st.Muted, c, width)
		}
	}
}

// part is how much of everything is saved.
func (l *ideaRows) part(s *scenario.Saving) string {
	delta := s.Cost
	if l.byCash {
		delta = s.Cash
	}
	if l.before.Sign() <= 0 {
		return ui.Unknown
	}
	perMille := int64(-delta.Float()/l.before.Float()*1000 + 0.5) // a share for people
	return ui.Percent(perMille)
}

func (l *ideaRows) drawWindow(p *ui.Pen, st *ui.Styles, s *scenario.Saving, width int) {
	if s.Swap == nil {
		p.Right(st.Muted, "same", width)
		return
	}
	was := s.Swap.FromWindow
	switch now := s.Swap.Window; {
	case now == 0:
		p.Right(st.Muted, "unknown", width)
	case was > now:
		p.Right(st.Muted, "▼ "+ui.Tokens(now), width)
	case was > 0 && was < now:
		p.Right(st.Muted, "▲ "+ui.Tokens(now), width)
	default:
		p.Right(st.Muted, ui.Tokens(now), width)
	}
}

// qualityText is what is known of the quality after a change. It stands beside
// every saving: a smaller bill alone says nothing.
func qualityText(st *ui.Styles, s *scenario.Saving) (string, ui.Ink) {
	if s.Swap != nil {
		return swapQuality(st, s.Swap.Quality)
	}
	for i := range s.Caveats {
		if s.Caveats[i].Code == "quality" {
			return "unknown", st.Muted
		}
	}
	return "same model", st.Muted
}

func swapQuality(st *ui.Styles, all []scenario.Quality) (string, ui.Ink) {
	if len(all) == 0 {
		return "unknown", st.Muted
	}
	switch d := all[0].Delta(); {
	case d > 0:
		return "▲ +" + d.Short(), st.Good
	case d < 0:
		return "▼ −" + (-d).Short(), st.Warn
	}
	return "= same", st.Muted
}

// fitText says whether what was sent fits into the window after a change.
func fitText(st *ui.Styles, s *scenario.Saving) (string, ui.Ink) {
	switch {
	case s.Swap == nil:
		return "fits", st.Muted
	case s.Misfit > 0:
		return "! no", st.Bad
	case s.Swap.Window == 0:
		return "?", st.Muted
	case s.MayMisfit > 0 && s.Swap.Window < s.Swap.FromWindow:
		return "? part", st.Muted
	}
	return "fits", st.Muted
}

// mind is the first caveat that no column says.
func mind(s *scenario.Saving) string {
	for i := range s.Caveats {
		switch c := &s.Caveats[i]; c.Code {
		case "quality", "window", "tokens", "retiring", "latency":
		default:
			return ui.Text(c.Text)
		}
	}
	return ""
}
