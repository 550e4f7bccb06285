package estimate

import (
	"slices"
	"strconv"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/pricing"
	"tokpit/report"
	"tokpit/tui/table"
	"tokpit/tui/ui"
)

// pinned is the rows of a listing that a person has pinned, in the order in which
// that was done. They stand above the list, however that is sorted, filtered or
// scrolled, with the same columns, and keep their places in it: the cursor stays
// where it pins, as it does where rows are marked in Explore.
type pinned struct{ *listing }

var _ table.Rows = pinned{}

// Len implements [table.Rows].
func (l pinned) Len() int { return len(l.pins) }

// Key implements [table.Rows].
func (l pinned) Key(row int) string { return keyOf(l.rows[l.pins[row]].ModelRef) }

// Draw implements [table.Rows].
func (l pinned) Draw(p *ui.Pen, st *ui.Styles, row, col, width int) {
	l.cell(p, st, &l.rows[l.pins[row]], col, width)
}

// Sort implements [table.Rows]: they keep their order.
func (l pinned) Sort(int, bool) {}

// pin pins the chosen model, or lets it go. The cursor stays on its row of the
// list. A row among the pinned ones goes when it is let go; the cursor is then on
// the one that takes its place, and after the last in the list.
func (p *Page) pin() tea.Cmd {
	e := p.current()
	if e == nil {
		return nil
	}
	ref := e.ModelRef
	at, next := slices.Index(p.ask.pins, ref), ref
	if p.above {
		next = p.neighbour()
	}
	if at >= 0 {
		p.ask.pins = slices.Delete(p.ask.pins, at, at+1)
	} else {
		p.ask.pins = append(p.ask.pins, ref)
	}
	p.moved, p.chosen = true, next
	p.resort()
	if at >= 0 && !p.rows.has(ref) { // it was there for being pinned
		return p.build()
	}
	return nil
}

// neighbour is the pinned row below the cursor, or the one above at their end.
func (p *Page) neighbour() pricing.ModelRef {
	refs, at := p.rows.refs(true), p.pins.Cursor()
	switch {
	case at+1 < len(refs):
		return refs[at+1]
	case at > 0 && at-1 < len(refs):
		return refs[at-1]
	}
	return p.chosen
}

// unpin lets all pinned models go.
func (p *Page) unpin() tea.Cmd {
	p.ask.pins = nil
	p.resort()
	return p.build()
}

// part is the part of the table that has the cursor.
func (p *Page) part() *table.Model {
	if p.above {
		return p.pins
	}
	return p.table
}

// choose puts the cursor on a model, in the part of the table where it was if the
// model is there; where it is not shown, or nobody has chosen one yet, on the first
// row.
func (p *Page) choose() {
	key := keyOf(p.chosen)
	place := func(t *table.Model, rows table.Rows) bool {
		for i := range rows.Len() {
			if rows.Key(i) == key {
				t.SetCursor(i)
				return true
			}
		}
		return false
	}
	switch {
	case p.moved && p.above && place(p.pins, pinned{p.rows}):
	case p.moved && place(p.table, p.rows):
		p.above = false
	case p.moved && place(p.pins, pinned{p.rows}):
		p.above = true
	case p.moved && p.rows.Len() == 0 && len(p.rows.pins) == 0: // the filter leaves none
		return
	case p.moved && p.filter != "": // the best of what is found
		p.above = p.rows.Len() == 0
		p.part().SetCursor(0)
	default:
		p.above = len(p.rows.pins) > 0
		p.pins.SetCursor(0)
		p.table.SetCursor(0)
	}
	p.noteChosen()
}

// noteChosen remembers which model is under the cursor.
func (p *Page) noteChosen() {
	if refs, at := p.rows.refs(p.above), p.part().Cursor(); at < len(refs) {
		p.chosen = refs[at]
	}
}

// cross moves the cursor from one part of the table into the other, and reports
// whether it did.
func (p *Page) cross(up bool) bool {
	switch at := p.part().Cursor(); {
	case up && !p.above && at == 0 && len(p.rows.pins) > 0:
		p.above = true
		p.pins.SetCursor(len(p.rows.pins) - 1)
	case !up && p.above && at == len(p.rows.pins)-1 && p.rows.Len() > 0:
		p.above = false
		p.table.SetCursor(0)
	default:
		return false
	}
	return true
}

// jump handles the keys that concern both parts of the table, and reports whether
// that was all.
func (p *Page) jump(msg tea.KeyPressMsg) bool {
	t := &p.keys.Table
	switch {
	case key.Matches(msg, t.Up) && p.cross(true), key.Matches(msg, t.Down) && p.cross(false):
		p.moved = true
		return true
	case key.Matches(msg, t.Sort), key.Matches(msg, t.Reverse): // of the others
		p.sort(msg)
		return true
	case key.Matches(msg, t.Top):
		p.above = len(p.rows.pins) > 0
	case key.Matches(msg, t.Bottom):
		p.above = p.rows.Len() == 0
	}
	return false
}

// sort hands the table what sorts it: the order is somebody's own from then on.
func (p *Page) sort(msg tea.Msg) {
	p.cost = colMark
	p.table.Update(msg)
	p.choose()
}

// clickTable chooses a row of the table, or sorts by a column. A click on the
// chosen row opens its details.
func (p *Page) clickTable(msg tea.MouseClickMsg) tea.Cmd {
	n := p.mostPinned()
	switch {
	case msg.Y == 0:
		p.sort(msg)
		return nil
	case n > 0 && msg.Y == n+1: // the line between them
		return nil
	case n > 0 && msg.Y > n:
		msg.Y -= n + 1
		n = 0
	}
	was := p.chosen
	if p.above = n > 0; p.scroll(msg) && p.moved && was == p.chosen {
		return p.details()
	}
	p.moved = true
	return nil
}

// mostPinned is how many lines of pinned models a table of some height shows at
// once; more of them are scrolled.
func (p *Page) mostPinned() int {
	return min(len(p.rows.pins), max(p.plan.table.Dy()/2-1, 1))
}

// drawTable draws the head, the pinned models, a line, and the others.
func (p *Page) drawRows() []string {
	lines := p.table.Lines()
	n := p.mostPinned()
	if n == 0 || len(lines) == 0 {
		return lines
	}
	rule := ui.NewPen(p.plan.table.Dx(), 1)
	rule.Fill(p.styles.Faint, '╌', rule.Width())
	out := append(lines[:1:1], p.pins.Lines()[1:]...)
	return append(append(out, rule.Lines(1)...), lines[1:]...)
}

// sizeTables divides the place of the table.
func (p *Page) sizeTables() {
	width, height := p.plan.table.Dx(), p.plan.table.Dy()
	taken := 0
	if n := p.mostPinned(); n > 0 {
		taken = n + 1
	}
	p.pins.SetSize(width, taken)
	p.table.SetSize(width, max(height-taken, 0))
	p.pins.SetFocus(!p.editing() && p.above)
	p.table.SetFocus(!p.editing() && !p.above)
}

// reference is the model that the others are compared with: the baseline that was
// chosen, or else the first that is pinned.
func (s *settings) reference() pricing.ModelRef {
	if s.baseline == (pricing.ModelRef{}) && len(s.pins) > 0 {
		return s.pins[0]
	}
	return s.baseline
}

// timesText writes what a model costs as a multiple of the reference: "2.3×".
func timesText(r *report.Estimated) string {
	switch {
	case r.Baseline:
		return "1×"
	case !r.Relative:
		return ui.Unknown
	}
	return timesOf(1000+r.PerMille, r.Total.Point.IsZero())
}

// timesOf writes thousandths as a multiple. Only what is free is no part at all.
func timesOf(n int64, free bool) string {
	switch {
	case free:
		return "0×"
	case n >= 100_000:
		return ui.Count((n+500)/1000) + "×"
	case n >= 10_000:
		return decimal((n+50)/100, 1) + "×"
	case n >= 100:
		return decimal((n+5)/10, 2) + "×"
	default:
		return decimal(max(n, 1), 3) + "×"
	}
}

// decimal writes n with so many of its digits behind the point.
func decimal(n int64, digits int) string {
	s := strconv.FormatInt(n, 10)
	for len(s) <= digits {
		s = "0" + s
	}
	return s[:len(s)-digits] + "." + s[len(s)-digits:]
}
