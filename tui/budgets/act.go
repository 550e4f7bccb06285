package budgets

import (
	"context"
	"errors"
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
		budget string
		until  time.Time
		undone bool
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

// change writes a change of one budget.
func (p *Page) change(c change, from *form, undone bool) tea.Cmd {
	if p.cannot() != "" {
		return ui.Send(ui.Notice(p.cannot()))
	}
	p.busy++
	ctx, a, s := p.opts.Context, p.opts.Actions, p.snap
	return tea.Batch(p.spin(), func() tea.Msg {
		var err error
		if c.now == nil {
			err = a.Remove(ctx, s, *c.was)
		} else {
			err = a.Save(ctx, s, c.was, *c.now)
		}
		return reply(changed{c, from, undone, err})
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
	it := p.selected()
	if it == nil {
		return nil
	}
	b := *it.Budget
	about := ui.Money(b.Amount, b.Currency) + " a " + string(b.Period) + " for " + p.scopeWords(b.Scope)
	return ui.Send(overlay.Open{Modal: overlay.NewPicker("Remove "+ui.Text(b.Name)+"?", about, []overlay.Choice{
		{Name: "Keep it"},
		{Name: "Remove it", Note: "its alerts end; usage stays", Msg: reply(removing{b})},
	})})
}

// markSeen acknowledges what was told about the selected budget.
func (p *Page) markSeen() tea.Cmd {
	it := p.selected()
	if it == nil {
		return nil
	}
	name, n := it.Budget.Name, int64(len(it.unseen()))
	return p.do(plural(n, "alert")+" of "+ui.Text(name)+" marked as seen", nil, func(ctx context.Context, a Actions, s *report.Snapshot) error {
		return a.Acknowledge(ctx, s, name, "")
	})
}

// askSnooze asks for how long a budget is to be silent.
func (p *Page) askSnooze() tea.Cmd {
	it := p.selected()
	if it == nil {
		return nil
	}
	now := p.snap.AsOf
	local := now.In(it.zone)
	morning := time.Date(local.Year(), local.Month(), local.Day()+1, 9, 0, 0, 0, it.zone)
	choice := func(name string, until time.Time) overlay.Choice {
		return overlay.Choice{Name: name, Note: until.In(it.zone).Format("Mon 2 Jan 15:04"), Msg: reply(snoozing{budget: it.Budget.Name, until: until})}
	}
	var choices []overlay.Choice
	if !it.silent().IsZero() {
		choices = append(choices, overlay.Choice{Name: "Not any more", Note: "tell again from now on", Msg: reply(snoozing{budget: it.Budget.Name, until: now})})
	}
	choices = append(choices, choice("For an hour", now.Add(time.Hour)), choice("Until tomorrow morning", morning),
		choice("For three days", now.AddDate(0, 0, 3)), choice("For a week", now.AddDate(0, 0, 7)),
		choice("To the end of the "+string(it.Budget.Period), it.Period.Until))
	return ui.Send(overlay.Open{Modal: overlay.NewPicker("Silence "+ui.Text(it.Budget.Name), "what is reached meanwhile, and still is then, is told afterwards", choices)})
}

func (p *Page) snooze(msg snoozing) tea.Cmd {
	note := ui.Text(msg.budget) + " is silent until " + msg.until.In(p.zone()).Format("Mon 2 Jan 15:04 MST")
	if !msg.until.After(p.snap.AsOf) {
		note = ui.Text(msg.budget) + " tells again"
	}
	was := p.snap.AsOf // a past instant ends a silence
	for i := range p.items {
		if until := p.items[i].silent(); p.items[i].Budget.Name == msg.budget && !until.IsZero() {
			was = until
		}
	}
	var back tea.Msg
	if !msg.undone {
		back = snoozing{msg.budget, was, true}
	}
	return p.do(note, back, func(ctx context.Context, a Actions, s *report.Snapshot) error {
		return a.Snooze(ctx, s, msg.budget, "", msg.until)
	})
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
