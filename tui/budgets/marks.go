package budgets

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/budget"
	"tokpit/report"
	"tokpit/tui/overlay"
	"tokpit/tui/ui"
)

// mark marks the budget under the cursor, or takes its mark away, and goes on to
// the next: what is done then is done to all marked ones.
func (p *Page) mark() {
	name := p.selectedName()
	next := maps.Clone(p.marked)
	if next == nil {
		next = make(map[string]bool)
	}
	if next[name] {
		delete(next, name)
	} else {
		next[name] = true
	}
	p.marked = next
	if p.cursor < len(p.items)-1 {
		p.choose(p.cursor + 1)
	}
}

// forget takes marks away from what is not there any more.
func (p *Page) forget() {
	maps.DeleteFunc(p.marked, func(name string, _ bool) bool {
		return !slices.ContainsFunc(p.items, func(it item) bool { return it.Budget.Name == name })
	})
}

// chosen are the budgets that something is done to: the marked ones in their
// order, or else the one under the cursor.
func (p *Page) chosen() (out []*item) {
	for i := range p.items {
		if p.marked[p.items[i].Budget.Name] {
			out = append(out, &p.items[i])
		}
	}
	if it := p.selected(); len(out) == 0 && it != nil {
		out = append(out, it)
	}
	return out
}

// named names budgets in a few words: "ci", "3 budgets".
func named(names []string) string {
	if len(names) == 1 {
		return ui.Text(names[0])
	}
	return plural(int64(len(names)), "budget")
}

func namesOf(items []*item) []string {
	out := make([]string, len(items))
	for i, it := range items {
		out[i] = it.Budget.Name
	}
	return out
}

// changedAll is what became of several budgets, those that were reached before an
// error, so that all can be taken back at once.
type changedAll struct {
	done   []change
	undone bool
	err    error
}

// takenBackAll asks for several changes to be made that take others back.
type takenBackAll struct{ changes []change }

// removingAll asks for several budgets to go.
type removingAll struct{ was []budget.Budget }

// removeAll asks before several budgets go, and names them.
func (p *Page) removeAll(items []*item) tea.Cmd {
	was := make([]budget.Budget, len(items))
	for i, it := range items {
		was[i] = *it.Budget
	}
	about := ui.Text(strings.Join(namesOf(items), ", "))
	return ui.Send(overlay.Open{Modal: overlay.NewPicker("Remove "+named(namesOf(items))+"?", about, []overlay.Choice{
		{Name: "Keep them"},
		{Name: "Remove them", Note: "their alerts end; usage stays", Msg: reply(removingAll{was})},
	})})
}

// changeAll writes several changes, one after the other; it ends at the first
// that fails. What is taken back goes on: it is asked for only once.
func (p *Page) changeAll(changes []change, undone bool) tea.Cmd {
	if p.cannot() != "" {
		return ui.Send(ui.Notice(p.cannot()))
	}
	p.busy++
	ctx, a, s := p.opts.Context, p.opts.Actions, p.snap
	return tea.Batch(p.spin(), func() tea.Msg {
		out := changedAll{undone: undone}
		for _, c := range changes {
			err := c.write(ctx, a, s)
			if out.err = cmp.Or(out.err, err); err == nil {
				out.done = append(out.done, c)
			} else if !undone {
				break
			}
		}
		return reply(out)
	})
}

func (p *Page) applyChanges(msg changedAll) tea.Cmd {
	p.busy--
	var back []change
	var names []string
	for _, c := range msg.done {
		back, names = append(back, change{was: c.now, now: c.was}), append(names, cmp.Or(c.was, c.now).Name)
	}
	note, undo := "", tea.Cmd(nil)
	if len(names) > 0 {
		note = named(names) + " removed"
		if msg.undone {
			note = named(names) + " back: the last change is taken back"
		} else {
			undo = undoable(note, takenBackAll{back})
			note += "; u takes that back"
		}
	}
	switch {
	case msg.err != nil && note != "":
		note = "! " + note + ". Not the others: " + worded(msg.err)
	case msg.err != nil:
		note = "! not done: " + worded(msg.err)
	default:
		p.marked = nil
	}
	return tea.Batch(ui.Send(ui.Notice(note)), undo, p.reload())
}

// silence is until when a budget tells nothing; a past instant ends that.
type silence struct {
	budget string
	until  time.Time
}

// snooze silences budgets, or takes that back.
func (p *Page) snooze(msg snoozing) tea.Cmd {
	var names []string
	was := make([]silence, len(msg.silences))
	for i, z := range msg.silences {
		names = append(names, z.budget)
		was[i] = silence{z.budget, p.snap.AsOf}
		for k := range p.items {
			if until := p.items[k].silent(); p.items[k].Budget.Name == z.budget && !until.IsZero() {
				was[i].until = until
			}
		}
	}
	var back tea.Msg
	if !msg.undone {
		back, p.marked = snoozing{was, true}, nil
	}
	return p.do(p.silenced(named(names), msg.silences), back, func(ctx context.Context, a Actions, s *report.Snapshot) error {
		for _, z := range msg.silences {
			if err := a.Snooze(ctx, s, z.budget, "", z.until); err != nil {
				return err
			}
		}
		return nil
	})
}

// silenced says what silences mean.
func (p *Page) silenced(who string, all []silence) string {
	is, tells := " is silent", " tells again"
	if len(all) > 1 {
		is, tells = " are silent", " tell again"
	}
	until := all[0].until
	same := !slices.ContainsFunc(all, func(z silence) bool { return !z.until.Equal(until) })
	switch {
	case same && !until.After(p.snap.AsOf):
		return who + tells
	case same:
		return who + is + " until " + until.In(p.zone()).Format("Mon 2 Jan 15:04 MST")
	case slices.ContainsFunc(all, func(z silence) bool { return !z.until.After(p.snap.AsOf) }):
		return who + " as before"
	}
	return who + is + " to the end of their periods"
}
