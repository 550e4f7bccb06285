package estimate

import (
	"strings"

	"tokpit/report"
	"tokpit/tui/ui"
)

// Models are compared with answers of one length. Each can have its own instead:
// what calls cost then says what is going to be spent, but is no comparison of
// prices, so it has no cheapest model, no multiples and no order by cost.

// oneLength returns the length of all answers; false if models differ in it. Those
// that give no text have no answer that could differ.
func (l *listing) oneLength() (int64, bool) {
	shortest, longest, _ := report.AnswerLengths(l.rows)
	return longest, shortest == longest
}

// answersDiffer reports whether models stand beside each other with answers of
// different lengths: the pinned ones, or all if there are none.
func (l *listing) answersDiffer() bool {
	if len(l.pins) == 0 {
		_, same := l.oneLength()
		return !same
	}
	rows := make([]report.Estimated, len(l.pins))
	for i, at := range l.pins {
		rows[i] = l.rows[at]
	}
	shortest, longest, _ := report.AnswerLengths(rows)
	return shortest < longest
}

// orderOf is the column that the table is sorted by where answers are as asked for:
// by cost, unless that orders lengths rather than prices, and by that cost again
// afterwards. A column that somebody has chosen, and that is no cost, stays.
func (p *Page) orderOf(each bool, sorted column) column {
	switch {
	case each && sorted.isMoney() && sorted != colInput:
		p.cost = sorted
		return colModel
	case !each && sorted == colModel && p.cost != colMark:
		sorted, p.cost = p.cost, colMark
		if sorted.place(p.rows) < 0 {
			return colCall
		}
	}
	return sorted
}

// answerShown says how long answers are, and why.
func (p *Page) answerShown() string {
	s := &p.ask
	if s.output.Share == 0 {
		return s.answerText()
	}
	text := s.answerText()
	if e := p.current(); e != nil {
		text = ui.Count(e.Output) + " (" + text + ")"
		if n, same := p.rows.oneLength(); same && e.Mute {
			text = ui.Count(n) + " (" + s.answerText() + ")"
		}
	}
	if p.asked.cancel != nil { // the means of many stand in
		text = "≈" + strings.TrimSuffix(text, ")") + ", reading them…)"
	}
	return text
}
