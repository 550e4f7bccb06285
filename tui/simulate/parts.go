package simulate

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"tokpit/scenario"
	"tokpit/tui/ui"
)

// alike is how many swaps of one model stand in each part of the ranking, so that
// the cheapest few of a price list do not hide all else.
const alike = 2

// ideaRow is a change, or the head of a part.
type ideaRow struct {
	saving *scenario.Saving // nil for a head
	part   scenario.Section
}

// draw draws the head of a part.
func (r *ideaRow) draw(p *ui.Pen, st *ui.Styles, col, width int) {
	text, right := "", false
	switch col {
	case ideaChange:
		if text = r.part.Standing.Title(); ui.Width(text) > width {
			text = shortPart(r.part.Standing)
		}
	case ideaSaves:
		if n := r.part.Folded; n > 0 {
			text, right = "M: "+ui.Count(int64(n))+" more", true
		}
	}
	switch {
	case right:
		p.Right(st.Muted, ui.Cut(text, width), width)
	default:
		p.Left(st.Accent, ui.Cut(text, width), width)
	}
}

// shortPart is the head of a part where there is little room.
func shortPart(s scenario.Standing) string {
	switch s {
	case scenario.Proven:
		return "Same models, or as good"
	case scenario.Untried:
		return "Other models, to be tried"
	}
	return "Doubtful: fit, end or size"
}

// at is the change in a row, nil if it has none.
func (l *ideaRows) at(row int) *scenario.Saving {
	if row < 0 || row >= len(l.rows) {
		return nil
	}
	return l.rows[row].saving
}

// arrange makes the rows: a few changes in each part, or all by saving alone.
func (l *ideaRows) arrange(flat bool) {
	l.rows, l.folded = nil, 0
	if flat {
		for _, s := range l.savings {
			l.rows = append(l.rows, ideaRow{saving: s})
		}
		return
	}
	for _, part := range scenario.Shortlist(l.savings, alike, 0) {
		l.rows, l.folded = append(l.rows, ideaRow{part: part}), l.folded+part.Folded
		for _, s := range part.Savings {
			l.rows = append(l.rows, ideaRow{saving: s})
		}
	}
}

// fillIdeas shows the ranking. The cursor begins on the change that the head names,
// and stays with it until a person chooses another one; if that goes, it begins anew.
func (p *Page) fillIdeas() {
	was := p.ideas.Selected()
	begins := p.list.at(p.ideas.Cursor()) == nil || p.list.at(p.ideas.Cursor()) == p.list.best()
	p.list = &ideaRows{lens: p.sees()}
	if r := p.ranking; r != nil && p.base != nil {
		l := p.list
		l.byCash, l.currency = r.ByCash && p.sees().Cash, r.Currency
		l.before = r.Whole(l.byCash)
		for i := range r.Savings {
			s := &r.Savings[i]
			switch {
			case l.saves(s).Sign() <= 0:
				continue
			case p.keepWindow && !s.KeepsWindow():
				l.hidden++
				continue
			}
			l.savings = append(l.savings, s)
		}
		slices.SortStableFunc(l.savings, func(a, b *scenario.Saving) int { return l.saves(b).Cmp(l.saves(a)) })
		l.arrange(p.flat)
	}
	p.list.marks = p.marks
	p.ideas.SetRows(p.list)
	if begins || p.ideas.Selected() != was {
		p.selectBest()
	}
	p.skipHead(1)
}

// best is the change that the head names, nil if there is none: what saves most and
// keeps the window, or else what saves most.
func (l *ideaRows) best() *scenario.Saving {
	if s := scenario.BestKept(l.savings); s != nil || len(l.savings) == 0 {
		return s
	}
	return l.savings[0]
}

// selectBest puts the cursor on the change that the head names, or on the first one
// if that is folded.
func (p *Page) selectBest() {
	p.ideas.SetCursor(0)
	if s := p.list.best(); s != nil {
		p.ideas.Select(s.Lever.String())
	}
	p.skipHead(1)
}

// moveIdeas passes a message on to the ranking. The cursor never stays on the head
// of a part.
func (p *Page) moveIdeas(msg tea.Msg) bool {
	was := p.ideas.Cursor()
	moved := p.ideas.Update(msg)
	by := 1
	if p.ideas.Cursor() < was {
		by = -1
	}
	p.skipHead(by)
	return moved && (p.ideas.Cursor() != was || by > 0)
}

// skipHead moves on from the head of a part, back if there is nothing before it.
func (p *Page) skipHead(by int) {
	at := p.ideas.Cursor()
	if at >= p.list.Len() || p.list.at(at) != nil {
		return
	}
	if by < 0 && at == 0 {
		by = 1
	}
	p.ideas.SetCursor(at + by)
}
