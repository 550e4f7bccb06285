package explore

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/tui/filter"
	"tokpit/tui/period"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// to takes a step.
func (p *Page) to(s step) tea.Cmd {
	p.remember()
	if p.left == nil {
		from := p.step().clone()
		p.left = &from
	}
	p.trail.push(s)
	p.typing = false
	return p.ask()
}

// remember notes where the person is, for when they come back.
func (p *Page) remember() {
	if s := p.step(); p.asked {
		s.row = ""
		if p.table.Cursor() > 0 { // at the top nobody has chosen a row yet
			s.row = p.table.Selected()
		}
	}
}

// walk goes back or forward on the trail.
func (p *Page) walk(by int) tea.Cmd {
	p.remember()
	if !p.trail.move(by) {
		return nil
	}
	return p.ask()
}

// selected is the line under the cursor, nil if there is none.
func (p *Page) selected() *line {
	if p.reply == nil || p.reply.shaped == nil || p.table.Cursor() >= len(p.reply.shaped.lines) {
		return nil
	}
	return p.reply.shaped.lines[p.table.Cursor()]
}

// clear takes back what was chosen on top of the question, the latest kind first:
// marks, a day of the charts, the words that rows are found by.
func (p *Page) clear() tea.Cmd {
	switch s := p.step(); {
	case len(s.marks) > 0:
		p.setMarks(nil)
	case s.time != "":
		p.setTime("")
	default:
		return p.setText("")
	}
	return nil
}

// narrowed is the present step with the row under the cursor, and the cell if
// the cursor is on one, as conditions.
func (p *Page) narrowed(cell bool) (step, bool) {
	l, s := p.selected(), p.step()
	if l == nil || !p.asked || len(l.keys) != len(s.by) {
		return step{}, false
	}
	out := s.fresh()
	for i, d := range s.by {
		out = out.with(where{d, []string{l.keys[i]}})
	}
	if cell && s.pivot != "" && s.column > 0 && s.column <= len(p.reply.answer.Columns) {
		out = out.with(where{s.pivot, []string{p.reply.answer.Columns[s.column-1]}})
	}
	if cell && s.pivot == "" && p.reply.trend.at(s.time) >= 0 {
		out = out.with(where{p.reply.trend.unit, []string{s.time}})
	}
	return out, true
}

// drill looks inside what is under the cursor.
func (p *Page) drill() tea.Cmd {
	if p.step().view == recordsView {
		return p.openRecord()
	}
	if p.step().view == unusedView {
		return p.openUnused()
	}
	s, why, ok := p.together(true)
	if !ok {
		return tell(why)
	}
	if l := p.selected(); l.gone() && len(p.step().marks) == 0 {
		return tell("Nothing of it is left to look into; there was before")
	}
	session := s.fixed(usage.BySession)
	s.pivot, s.compare = "", false
	s.view, s.auto = usageView, true
	if session && p.opts.Actions != nil {
		s.view, s.auto = recordsView, false
	}
	return p.to(s)
}

// only keeps what is under the cursor, and the same question about it.
func (p *Page) only() tea.Cmd {
	s, why, ok := p.together(true)
	if !ok {
		return tell(why)
	}
	return p.to(s)
}

// tell says in the status line why nothing is done.
func tell(why string) tea.Cmd {
	if why == "" {
		return nil
	}
	return ui.Send(ui.Notice(why))
}

// cut drops the conditions from one on.
func (p *Page) cut(from int) tea.Cmd {
	s := p.step().fresh().clone()
	if from < 0 || from >= len(s.wheres) {
		return nil
	}
	s.wheres = s.wheres[:from]
	return p.to(s)
}

// turnTo shows another view of the same conditions.
func (p *Page) turnTo(v view) tea.Cmd {
	if p.opts.Actions == nil && (v == sessionsView || v == recordsView) {
		return nil
	}
	s := p.step().fresh().clone()
	if v == recordsView && p.step().view != unusedView {
		n, why, ok := p.together(true)
		if why != "" {
			return tell(why)
		}
		if ok {
			s = n
		}
	}
	was := s.view
	s.view, s.auto, s.pivot = v, false, ""
	switch {
	case v == sessionsView:
		s.by = []usage.Dimension{usage.BySession}
	case v == usageView && was == sessionsView, len(s.by) == 0:
		s.by = []usage.Dimension{usage.ByModel}
	}
	return p.to(s)
}

// rotate moves the first dimension to the end; of a pivot it exchanges rows and
// columns.
func (p *Page) rotate() tea.Cmd {
	s := p.step().fresh().clone()
	if s.pivot != "" && len(s.by) > 0 {
		first := s.by[0]
		s.by = append(s.by[1:], s.pivot)
		s.pivot = first
		if len(s.by) > 1 {
			s.by = append(s.by[len(s.by)-1:], s.by[:len(s.by)-1]...)
		}
	} else if len(s.by) > 1 {
		s.by = append(s.by[1:], s.by[0])
	}
	return p.to(s)
}

// lookInto asks what another page wants to know: what is of a day beside the same
// day of the week before, or what is of a value.
func (p *Page) lookInto(msg ui.Look) tea.Cmd {
	if p.snap == nil || len(msg.By) == 0 {
		return nil
	}
	s := step{by: slices.Clone(msg.By)}
	for _, d := range filter.Dims(msg.Filter) {
		s.wheres = append(s.wheres, where{d, slices.Clone(msg.Filter[d])})
	}
	if !msg.Day.IsZero() {
		s.wheres = append(s.wheres, where{usage.ByDay, []string{msg.Day.Format(time.DateOnly)}})
		s.compare, s.weekly = true, true
	}
	return p.to(s)
}

func (p *Page) toggleCompare() tea.Cmd {
	s := p.step().clone()
	marked := p.marked()
	if len(marked) > 0 {
		n, why := p.narrowedTo(marked)
		if why != "" {
			return tell(why)
		}
		n.compare, s = s.compare, n
	}
	s.compare, s.weekly, s.order, s.pivot = !s.compare || len(marked) > 0, false, order{}, ""
	if s.compare && p.period() == period.All && len(s.wheres) == 0 {
		return tell("There is nothing before all history: choose a span of time with t")
	}
	return p.to(s)
}
