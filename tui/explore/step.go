package explore

import (
	"slices"

	"tokpit/budget"
	"tokpit/usage"
)

// view is what a step shows.
type view uint8

const (
	usageView view = iota
	sessionsView
	unusedView
	recordsView
)

// where is one condition: what was drilled into, or picked as a filter. For a
// span of time it holds the name of one, as a row or a column has it.
type where struct {
	dim    usage.Dimension
	values []string
}

// step is one question, and how its answer is looked at. Steps are values:
// going back is showing an earlier one again.
type step struct {
	id      int // of the step as it was taken
	view    view
	by      []usage.Dimension
	auto    bool            // the data decides about by: what tells most apart
	pivot   usage.Dimension // "" is none
	wheres  []where
	compare bool
	weekly  bool // compared with the same days of the week before
	order   order

	// Where the person was, for when they come back.
	text   string   // rows are shown that have all of its words
	row    string   // under the cursor
	column int      // of a pivot
	time   string   // of the charts, "" if none is chosen
	marks  []string // rows that are marked, by key; replaced, never changed
}

// order is how rows are sorted; the zero order is that of the view.
type order struct {
	column     string // its id
	descending bool
}

// clone returns a step that shares nothing with s.
func (s step) clone() step {
	s.by, s.wheres = slices.Clone(s.by), slices.Clone(s.wheres)
	return s
}

// with returns a step with one more condition. Another one on the same thing is
// replaced, unless it is time, where each is a part of the one before.
func (s step) with(w where) step {
	out := s.clone()
	if !w.dim.IsTime() {
		out.wheres = slices.DeleteFunc(out.wheres, func(x where) bool { return x.dim == w.dim })
	}
	out.wheres = append(out.wheres, w)
	return out
}

// fresh returns a step that is looked at from the top.
func (s step) fresh() step {
	s.text, s.row, s.column, s.order, s.time, s.marks = "", "", 0, order{}, "", nil
	return s
}

// filter is the conditions but for time, as a query takes them, on top of what
// holds on all pages.
func (s *step) filter(base budget.Scope) map[usage.Dimension][]string {
	out := make(map[usage.Dimension][]string)
	for d, values := range base {
		if !s.limited(d) {
			out[d] = values
		}
	}
	for _, w := range s.wheres {
		if !w.dim.IsTime() {
			out[w.dim] = append(out[w.dim], w.values...)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// fixed reports whether a condition leaves one value of a dimension.
func (s *step) fixed(d usage.Dimension) bool {
	return slices.ContainsFunc(s.wheres, func(w where) bool { return w.dim == d && len(w.values) == 1 })
}

// limited reports whether a condition is on a dimension.
func (s *step) limited(d usage.Dimension) bool {
	return slices.ContainsFunc(s.wheres, func(w where) bool { return w.dim == d })
}

// trail is the steps that were taken, and where on them the person is.
type trail struct {
	steps []step
	at    int
	taken int // so many steps, for their ids
}

func (t *trail) now() *step { return &t.steps[t.at] }

// push takes a step; those that lay ahead are gone.
func (t *trail) push(s step) {
	t.taken++
	s.id = t.taken
	t.steps = append(t.steps[:t.at+1], s)
	if over := len(t.steps) - longestTrail; over > 0 {
		t.steps = slices.Delete(t.steps, 0, over)
	}
	t.at = len(t.steps) - 1
}

// find goes to a step, which may be gone from the trail by now.
func (t *trail) find(s step) {
	if t.at = slices.IndexFunc(t.steps, func(o step) bool { return o.id == s.id }); t.at < 0 {
		t.steps = append(t.steps, s)
		t.at = len(t.steps) - 1
	}
}

// longestTrail is more than anybody goes back.
const longestTrail = 200

// move goes back or forward, and reports whether there was a step.
func (t *trail) move(by int) bool {
	if to := t.at + by; to >= 0 && to < len(t.steps) {
		t.at = to
		return true
	}
	return false
}
