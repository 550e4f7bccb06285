package simulate

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"tokpit/money"
	"tokpit/scenario"
	"tokpit/tui/ui"
)

// Changes of the ranking can be marked and then be taken together. What they save
// jointly is worked out at once: one by one they would promise more, because what
// one saves leaves less for the next.

// joint is what the marked changes do together, on top of the levers there are.
type joint struct {
	result *scenario.Result // of the levers and the marked changes
	err    error            // why they mean nothing together
	waits  bool             // for usage to be grouped, which only a command may do
}

// Marked implements [tokpit/tui/table.Marker].
func (l *ideaRows) Marked(row int) bool {
	return l.rows[row].saving != nil && slices.Contains(l.marks, l.Key(row))
}

// marked lists the marked changes that are still in the ranking, what saves most
// first.
func (p *Page) marked() []*scenario.Saving {
	var out []*scenario.Saving
	for _, s := range p.list.savings {
		if len(p.marks) > 0 && slices.Contains(p.marks, s.Lever.String()) {
			out = append(out, s)
		}
	}
	return out
}

// mark marks the change in a row of the ranking, or takes its mark away.
func (p *Page) mark(row int) tea.Cmd {
	s := p.list.at(row)
	if s == nil {
		return nil
	}
	key := s.Lever.String()
	marks := slices.DeleteFunc(slices.Clone(p.marks), func(k string) bool { return k == key })
	if len(marks) == len(p.marks) {
		marks = append(marks, key)
	}
	return p.setMarks(marks)
}

func (p *Page) setMarks(marks []string) tea.Cmd {
	p.marks, p.list.marks = marks, marks
	return p.join()
}

// join works out what the marked changes do together: at once, or, where usage has
// to be grouped first, after a command has done so.
func (p *Page) join() tea.Cmd {
	p.joint = joint{}
	marked := p.marked()
	if len(marked) == 0 || p.base == nil {
		return nil
	}
	levers := (&draft{levers: p.with(marked)}).on()
	if p.joint.err = scenario.Check(levers); p.joint.err != nil {
		return nil
	}
	if !p.base.Ready(levers) {
		p.joint.waits = true
		gen, base := p.work.gen, p.base
		return func() tea.Msg {
			_, _ = base.Run(levers)
			return here(grouped{gen})
		}
	}
	p.joint.result, p.joint.err = p.base.Run(levers)
	return nil
}

// with is the levers and some changes, in the order in which they apply.
func (p *Page) with(marked []*scenario.Saving) []lever {
	all := slices.Clone(p.levers)
	for _, s := range marked {
		all = slices.Insert(all, place(all, s.Lever), lever{Lever: s.Lever, first: s.Lever})
	}
	return all
}

// place is where a lever stands among others.
func place(levers []lever, l scenario.Lever) int {
	at := len(levers)
	for at > 0 && levers[at-1].Kind.Stage() > l.Kind.Stage() {
		at--
	}
	return at
}

// saves is what the marked changes save a month together; ok is false if that is
// not known.
func (j *joint) saves(p *Page) (a money.Amount, ranged, ok bool) {
	if j.result == nil || j.err != nil || p.result == nil {
		return money.Amount{}, false, false
	}
	lens := ui.Lens{Cash: p.list.byCash}
	with, without := amountsOf(j.result, lens), amountsOf(p.result, lens)
	return j.result.PerMonth(without.after.Sub(with.after)), with.ranged, with.known
}

// takeMarked takes all marked changes as levers.
func (p *Page) takeMarked() tea.Cmd {
	marked := p.marked()
	if p.joint.err != nil {
		return trouble("these cannot be taken together: ", p.joint.err)
	}
	was := p.draft
	p.levers = p.with(marked)
	if err := p.check1(); err != nil {
		p.levers = was.levers
		return trouble("these cannot be taken together: ", err)
	}
	p.setMarks(nil)
	most := marked[0].Lever.String()
	p.cursor = slices.IndexFunc(p.levers, func(l lever) bool { return l.String() == most })
	p.onLevers, p.view = true, modelsView
	back := undoable(plural(int64(len(marked)), "change")+" taken as levers", func(p *Page) tea.Cmd {
		p.levers, p.cursor = was.levers, 0
		if p.onLevers = p.onLevers && len(p.levers) > 0; len(p.levers) == 0 {
			p.view = ideasView
		}
		return p.changed()
	})
	return tea.Batch(p.changed(), back)
}

// drawJoint writes what the marked changes save together, beneath their columns.
func (p *Page) drawJoint(pen *ui.Pen) {
	st, l := p.styles, p.list
	n := int64(len(p.marked()))
	a, ranged, ok := p.joint.saves(p)
	p.ideas.Foot(pen, func(col, width int) {
		switch {
		case col == ideaChange:
			text := "✓ " + ui.Count(n) + " marked, together"
			if ui.Width(text) > width {
				text = "✓ " + ui.Count(n) + " together"
			}
			pen.Left(st.AccentBold, text, width)
		case col == ideaSaves && p.joint.err != nil:
			pen.Right(st.Bad, "! impossible", width)
		case col == ideaSaves && !ok:
			pen.Right(st.Muted, ui.Unknown, width)
		case col == ideaSaves:
			text := fitted(a, l.currency, width)
			if ranged && ui.Width(text) < width {
				text = "≈" + text
			}
			pen.Right(inkOf(st, a.Neg()), text, width)
		case col == ideaPart && ok:
			if month := p.joint.result.PerMonth(l.before); month.Sign() > 0 {
				pen.Right(st.Muted, ui.Percent(int64(a.Float()/month.Float()*1000+0.5)), width)
			}
		}
	})
}

// jointNotes is what is to be known of the marked changes together.
func (p *Page) jointNotes(add func(string, bool)) {
	marked := p.marked()
	if len(marked) < 2 {
		return
	}
	if p.joint.err != nil {
		add("! the marked changes cannot be taken together: "+p.joint.err.Error(), true)
		return
	}
	var sum money.Amount
	for _, s := range marked {
		sum = sum.Add(p.list.saves(s))
	}
	a, _, ok := p.joint.saves(p)
	if one, all := ui.Money(sum, p.list.currency), ui.Money(a, p.list.currency); ok && one != all {
		add("One by one the marked changes save "+one+" a month, together "+all+": what one saves, another cannot.", false)
	}
}
