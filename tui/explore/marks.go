package explore

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"tokpit/money"
	"tokpit/tui/period"
	"tokpit/tui/table"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// Rows can be marked, and then be looked into, compared, copied and exported
// together. Marks belong to a step, so that they are there again when a person
// comes back.

// mark marks a row or takes its mark away.
func (p *Page) mark(row int) tea.Cmd {
	if !p.asked || !p.current() || row < 0 || row >= len(p.reply.shaped.lines) {
		return nil
	}
	s, key := p.step(), p.reply.shaped.lines[row].key
	marks := slices.DeleteFunc(slices.Clone(s.marks), func(k string) bool { return k == key })
	if len(marks) == len(s.marks) {
		marks = append(marks, key)
	}
	p.setMarks(marks)
	return nil
}

// markTo marks all rows from the cursor to another one.
func (p *Page) markTo(row int) tea.Cmd {
	if !p.asked || !p.current() || row < 0 || row >= len(p.reply.shaped.lines) {
		return nil
	}
	marks := slices.Clone(p.step().marks)
	for i := min(row, p.table.Cursor()); i <= max(row, p.table.Cursor()); i++ {
		if key := p.reply.shaped.lines[i].key; !slices.Contains(marks, key) {
			marks = append(marks, key)
		}
	}
	p.setMarks(marks)
	return nil
}

func (p *Page) setMarks(marks []string) {
	p.step().marks = marks
	p.enable()
	p.showMarks()
	p.arrange()
}

// showMarks has the table show the marks of the step.
func (p *Page) showMarks() {
	if p.reply != nil && p.reply.shaped != nil {
		p.reply.shaped.marks = p.step().marks
	}
}

// Marked implements [table.Marker].
func (s *shaped) Marked(row int) bool {
	return len(s.marks) > 0 && slices.Contains(s.marks, s.lines[row].key)
}

var _ table.Marker = (*shaped)(nil)

// marked lists the marked rows, those on screen first and in their order.
func (p *Page) marked() []*line {
	s := p.step()
	if len(s.marks) == 0 || !p.asked || !p.current() || p.reply.shaped.list != nil {
		return nil
	}
	var out []*line
	for i, l := range p.reply.shaped.lines {
		if p.reply.shaped.Marked(i) {
			out = append(out, l)
		}
	}
	for i := range p.reply.lines {
		if l := &p.reply.lines[i]; slices.Contains(s.marks, l.key) && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

// narrowedTo is the present step with rows as its conditions: each of their
// dimensions is one of their values. It is false, with the reason, if that would
// be other rows too, or time with gaps in it.
func (p *Page) narrowedTo(lines []*line) (out step, why string) {
	s := p.step()
	out = s.fresh()
	for i, d := range s.by {
		var values []string
		for _, l := range lines {
			if !slices.Contains(values, l.keys[i]) {
				values = append(values, l.keys[i])
			}
		}
		if d.IsTime() && !p.adjoining(d, values) {
			return step{}, "Only times without a gap between them can be looked at together"
		}
		out = out.with(where{d, values})
	}
	n := 0
	for i := range p.reply.lines {
		if among(lines, p.reply.lines[i].keys) {
			n++
		}
	}
	if n > len(lines) {
		return step{}, "These rows cannot be told from others by a filter: group by one thing (b), or mark the others too"
	}
	return out, ""
}

// among reports whether each value of a row is that of some of the lines.
func among(lines []*line, keys []string) bool {
	for i, k := range keys {
		if !slices.ContainsFunc(lines, func(l *line) bool { return l.keys[i] == k }) {
			return false
		}
	}
	return true
}

// adjoining reports whether times follow each other, and sorts them.
func (p *Page) adjoining(d usage.Dimension, names []string) bool {
	c := period.Calendar(p.snap)
	spans := make([]usage.Span, len(names))
	for i, name := range names {
		var err error
		if spans[i], err = period.Of(c, d, name); err != nil {
			return false
		}
	}
	slices.Sort(names)
	slices.SortFunc(spans, func(a, b usage.Span) int { return a.Since.Compare(b.Since) })
	for i := range spans[1:] {
		if !spans[i].Until.Equal(spans[i+1].Since) {
			return false
		}
	}
	return true
}

// together is the step narrowed to the marked rows, or else to the one under the
// cursor. Without ok there is a reason to be told, or nothing to look at.
func (p *Page) together(cell bool) (s step, why string, ok bool) {
	marked := p.marked()
	if len(marked) == 0 {
		s, ok = p.narrowed(cell)
		return s, "", ok
	}
	if s, why = p.narrowedTo(marked); why != "" {
		return s, why, false
	}
	return s, "", true
}

// marksFigure is the figures of the marked rows.
func (p *Page) marksFigure(marked []*line) func(id string) string {
	sum := tally(marked, p.reply.shaped.lens)
	return func(id string) string {
		switch {
		case id == colAmount && sum.known:
			return ui.Money(sum.amount, sum.currency)
		case id == colAmount && sum.Tokens > 0:
			return ui.Unpriced
		case id == colTokens:
			return ui.Tokens(sum.Tokens)
		case id == colRequests:
			return sum.Requests()
		}
		return ""
	}
}

// figures are what rows add up to, where they are of one currency.
type figures struct {
	amount   money.Amount
	known    bool
	currency string
	ui.Volume
}

func tally(lines []*line, lens ui.Lens) figures {
	f := figures{known: len(lines) > 0}
	for _, l := range lines {
		f.Add(l.sum)
		a, ok := l.amount(lens)
		if !ok {
			f.known = f.known && len(l.sum.Costs) == 0
			continue
		}
		if f.currency == "" {
			f.currency = l.sum.Currency
		}
		f.known = f.known && f.currency == l.sum.Currency
		f.amount = f.amount.Add(a)
	}
	f.known = f.known && f.currency != ""
	return f
}
