package budgets

import (
	"context"
	"errors"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/budget"
	"tokpit/report"
	"tokpit/tui/overlay"
	"tokpit/tui/ui"
)

// change is what became of one budget, so that it can be taken back: was is nil
// of a new one, now of one that was removed.
type change struct{ was, now *budget.Budget }

// The answers of the page's own commands.
type (
	changed struct {
		change
		form   *form // that asked for it; nil if none did
		undone bool
		err    error
	}
	told struct {
		note string
		back tea.Msg // takes it back; nil if nothing does
		err  error
	}
	snoozing struct {
		silences []silence
		undone   bool
	}
	// takenBack asks for a change to be made that takes another one back.
	takenBack struct{ change }
	removing  struct{ was budget.Budget }
)

// answer handles what commands have found out.
func (p *Page) answer(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case spun:
		p.turn++
		p.spinning = false
		return p.spin()
	case changed:
		return p.applyChange(msg)
	case told:
		p.busy--
		if msg.err != nil {
			return ui.Send(ui.Notice("! " + worded(msg.err)))
		}
		var undo tea.Cmd
		if msg.back != nil {
			undo = undoable(msg.note, msg.back)
		}
		return tea.Batch(ui.Send(ui.Notice(msg.note)), undo, p.reload())
	case snoozing:
		return p.snooze(msg)
	case takenBack:
		return p.change(msg.change, nil, true)
	case removing:
		return p.change(change{was: &msg.was}, nil, false)
	case changedAll:
		return p.applyChanges(msg)
	case takenBackAll:
		return p.changeAll(msg.changes, true)
	case removingAll:
		changes := make([]change, len(msg.was))
		for i := range msg.was {
			changes[i].was = &msg.was[i]
		}
		return p.changeAll(changes, false)
	case picked:
		return p.applyPicked(msg)
	case counted:
		return p.applyCounted(msg)
	case loadedReplay:
		return p.applyReplay(msg)
	case typedLimit:
		p.applyLimit(msg)
	}
	return nil
}

// cannot says why nothing can be changed here; "" if it can.
func (p *Page) cannot() string {
	switch {
	case p.opts.ReadOnly != "":
		return "Read-only: " + ui.Text(p.opts.ReadOnly)
	case p.opts.Actions == nil:
		return "Budgets cannot be changed from here: tokpit budget set --help"
	}
	return ""
}

// worded is an error in harmless words, with what to do about it.
func worded(err error) string {
	text, hint := parted(err)
	if hint != "" {
		text += " (" + hint + ")"
	}
	return text
}

// parted is an error and its hint, both harmless text.
func parted(err error) (text, hint string) {
	if err == nil {
		return "", ""
	}
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		hint = ui.Text(hinted.Hint())
	}
	return ui.Text(err.Error()), hint
}

// reload asks for new figures of demo data; of one's own data, whoever carries
// actions out says that it has changed.
func (p *Page) reload() tea.Cmd {
	if p.snap.Demo {
		return ui.Send(ui.Sync{})
	}
	return nil
}

// do runs an action in a command. back is the message that takes it back, nil if
// none does.
func (p *Page) do(note string, back tea.Msg, f func(ctx context.Context, a Actions, s *report.Snapshot) error) tea.Cmd {
	if p.cannot() != "" {
		return ui.Send(ui.Notice(p.cannot()))
	}
	p.busy++
	ctx, a, s := p.opts.Context, p.opts.Actions, p.snap
	return tea.Batch(p.spin(), func() tea.Msg { return reply(told{note, back, f(ctx, a, s)}) })
}

func (c change) write(ctx context.Context, a Actions, s *report.Snapshot) error {
	if c.now == nil {
		return a.Remove(ctx, s, *c.was)
	}
	return a.Save(ctx, s, c.was, *c.now)
}

// change writes a change of one budget.
func (p *Page) change(c change, from *form, undone bool) tea.Cmd {
	if p.cannot() != "" {
		return ui.Send(ui.Notice(p.cannot()))
	}
	p.busy++
	ctx, a, s := p.opts.Context, p.opts.Actions, p.snap
	return tea.Batch(p.spin(), func() tea.Msg {
		return reply(changed{c, from, undone, c.write(ctx, a, s)})
	})
}

func (p *Page) applyChange(msg changed) tea.Cmd {
	p.busy--
	if msg.form != nil {
		msg.form.saving = false
	}
	if msg.err != nil {
		if msg.form != nil && p.form == msg.form {
			p.form.failure, p.form.hint = parted(msg.err)
			return nil
		}
		if msg.undone {
			return ui.Send(ui.Notice("! cannot be taken back any more: " + worded(msg.err)))
		}
		return ui.Send(ui.Notice("! not done: " + worded(msg.err)))
	}
	if msg.form != nil && p.form == msg.form {
		p.leaveForm()
	}
	note := ""
	switch {
	case msg.now == nil:
		note = ui.Text(msg.was.Name) + " is removed"
	case msg.was == nil:
		note, p.wanted = ui.Text(msg.now.Name)+" is added", msg.now.Name
	default:
		note, p.wanted = ui.Text(msg.now.Name)+" is changed", msg.now.Name
	}
	if msg.undone {
		return tea.Batch(ui.Send(ui.Notice(note+": the last change is taken back")), p.reload())
	}
	return tea.Batch(ui.Send(ui.Notice(note+"; u takes that back")), undoable(note, takenBack{change{was: msg.now, now: msg.was}}), p.reload())
}

// undoable tells that something can be taken back by a message to this page.
func undoable(what string, back tea.Msg) tea.Cmd {
	return ui.Send(ui.Undoable{Page: title, What: what, Undo: ui.Send(reply(back))})
}

// remove asks before a budget goes, and shows what it was.
func (p *Page) remove() tea.Cmd {
	items := p.chosen()
	switch len(items) {
	case 0:
		return nil
	case 1:
	default:
		return p.removeAll(items)
	}
	b := *items[0].Budget
	about := ui.Money(b.Amount, b.Currency) + " a " + string(b.Period) + " for " + p.scopeWords(b.Scope)
	return ui.Send(overlay.Open{Modal: overlay.NewPicker("Remove "+ui.Text(b.Name)+"?", about, []overlay.Choice{
		{Name: "Keep it"},
		{Name: "Remove it", Note: "its alerts end; usage stays", Msg: reply(removing{b})},
	})})
}

// markSeen acknowledges what was told about the chosen budgets.
func (p *Page) markSeen() tea.Cmd {
	items, n := p.chosen(), 0
	var names []string
	for _, it := range items {
		if unseen := len(it.unseen()); unseen > 0 {
			n += unseen
			names = append(names, it.Budget.Name)
		}
	}
	if n == 0 {
		return ui.Send(ui.Notice("No alert of " + named(namesOf(items)) + " waits to be seen"))
	}
	return p.do(plural(int64(n), "alert")+" of "+named(names)+" marked as seen", nil, func(ctx context.Context, a Actions, s *report.Snapshot) error {
		for _, name := range names {
			if err := a.Acknowledge(ctx, s, name, ""); err != nil {
				return err
			}
		}
		return nil
	})
}

// askSnooze asks for how long the chosen budgets are to be silent.
func (p *Page) askSnooze() tea.Cmd {
	items := p.chosen()
	if len(items) == 0 {
		return nil
	}
	now, zone := p.snap.AsOf, items[0].zone
	local := now.In(zone)
	morning := time.Date(local.Year(), local.Month(), local.Day()+1, 9, 0, 0, 0, zone)
	until := func(when func(it *item) time.Time) tea.Msg {
		var all []silence
		for _, it := range items {
			all = append(all, silence{it.Budget.Name, when(it)})
		}
		return reply(snoozing{silences: all})
	}
	choice := func(name string, t time.Time) overlay.Choice {
		return overlay.Choice{Name: name, Note: t.In(zone).Format("Mon 2 Jan 15:04"), Msg: until(func(*item) time.Time { return t })}
	}
	var choices []overlay.Choice
	if slices.ContainsFunc(items, func(it *item) bool { return !it.silent().IsZero() }) {
		choices = append(choices, overlay.Choice{Name: "Not any more", Note: "tell again from now on", Msg: until(func(*item) time.Time { return now })})
	}
	end := overlay.Choice{Name: "To the end of the period", Note: "of each its own", Msg: until(func(it *item) time.Time { return it.Period.Until })}
	if len(items) == 1 {
		end = choice("To the end of the "+string(items[0].Budget.Period), items[0].Period.Until)
	}
	choices = append(choices, choice("For an hour", now.Add(time.Hour)), choice("Until tomorrow morning", morning),
		choice("For three days", now.AddDate(0, 0, 3)), choice("For a week", now.AddDate(0, 0, 7)), end)
	return ui.Send(overlay.Open{Modal: overlay.NewPicker("Silence "+named(namesOf(items)), "what is reached meanwhile, and still is then, is told afterwards", choices)})
}

func (p *Page) zone() *time.Location {
	if p.snap == nil || p.snap.Zone == nil {
		return time.UTC
	}
	return p.snap.Zone
}

// retry sends again what did not arrive.
func (p *Page) retry() tea.Cmd {
	it := p.selected()
	if it == nil || len(it.failed) == 0 {
		return nil
	}
	var keys []string
	for i := range it.failed {
		keys = append(keys, it.failed[i].Key)
	}
	return p.do(plural(int64(len(keys)), "message")+" will be sent again", nil, func(ctx context.Context, a Actions, s *report.Snapshot) error {
		for _, k := range keys {
			if err := a.Retry(ctx, s, k); err != nil {
				return err
			}
		}
		return nil
	})
}
