package sources

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/report"
	"tokpit/tui/overlay"
	"tokpit/tui/ui"
)

// The answers of the page's own commands.
type (
	tested struct {
		verdict *verdict
		gen     int
		err     error
	}
	added struct {
		form *form
		c    report.Connecting
		err  error
	}
	removed struct {
		source string
		purge  bool
		err    error
	}
	spun struct{}
)

// spinEvery is how often the sign of life moves.
const spinEvery = 120 * time.Millisecond

// reply wraps a message such that it comes back to this page.
func reply(msg tea.Msg) tea.Msg { return ui.To{Page: title, Msg: msg} }

// cannot says why nothing can be connected or removed here; "" if it can.
func (p *Page) cannot() string {
	switch {
	case p.snap != nil && p.snap.Demo:
		return "This is made-up data. With your own, a connects a source; so does: tokpit sources add --help"
	case p.opts.ReadOnly != "":
		return "Read-only: " + ui.Text(p.opts.ReadOnly)
	case p.opts.Connector == nil:
		return "Sources cannot be connected from here: tokpit sources add --help"
	}
	return ""
}

// connect opens the form.
func (p *Page) connect() tea.Cmd {
	if why := p.cannot(); why != "" {
		return ui.Send(ui.Notice(why))
	}
	p.cancelTest()
	p.verdict.drop()
	p.form = newForm(p.taken(), p.snap.AsOf)
	return nil
}

// taken are the names that a source can not have.
func (p *Page) taken() []string {
	taken := make([]string, 0, len(p.snap.Sources))
	for i := range p.snap.Sources {
		taken = append(taken, p.snap.Sources[i].Name)
	}
	return taken
}

// leave closes the form, and ends what it waits for.
func (p *Page) leave() {
	p.form.verdict.drop()
	p.form = nil
	p.cancelTest()
}

func (p *Page) cancelTest() {
	if p.cancel != nil {
		p.cancel()
		p.cancel = nil
	}
}

// try asks a provider whether it answers; v takes the verdict.
func (p *Page) try(v *verdict, c report.Connecting) tea.Cmd {
	p.cancelTest()
	gen := v.begin(c.Name)
	ctx, cancel := context.WithCancel(p.opts.Context)
	p.cancel = cancel
	connector := p.opts.Connector
	return tea.Batch(p.spin(), func() tea.Msg {
		defer cancel()
		return reply(tested{v, gen, connector.Test(ctx, c)})
	})
}

// tryForm tests what the form says.
func (p *Page) tryForm() tea.Cmd {
	if c, ok := p.form.attempt(); ok {
		return p.try(&p.form.verdict, c)
	}
	return nil
}

// trySelected tests the selected source as it is connected.
func (p *Page) trySelected() tea.Cmd {
	it := p.selected()
	if it == nil || !it.connected() || p.cannot() != "" {
		return nil
	}
	return p.try(&p.verdict, report.Connecting{Name: it.Name, Type: it.Type, KeyRef: it.KeyRef, BaseURL: it.BaseURL,
		Account: it.Account, Grain: it.Grain})
}

// addForm connects what the form says.
func (p *Page) addForm() tea.Cmd {
	f := p.form
	c, ok := f.attempt()
	if !ok || f.adding {
		return nil
	}
	f.adding = true
	ctx, connector := p.opts.Context, p.opts.Connector
	return tea.Batch(p.spin(), func() tea.Msg { return reply(added{f, c, connector.Add(ctx, c)}) })
}

func (p *Page) applyAdded(msg added) tea.Cmd {
	msg.form.adding = false
	if msg.err != nil {
		if p.form == msg.form {
			v := &p.form.verdict
			v.end(v.begin(msg.c.Name), msg.err)
			return nil
		}
		text, _ := worded(msg.err)
		return ui.Send(ui.Notice("! " + msg.c.Name + " was not connected: " + text))
	}
	if p.form == msg.form {
		p.leave()
	}
	p.wanted = msg.c.Name
	return tea.Batch(ui.Send(ui.Notice(msg.c.Name+" is connected, and is read for the first time now")), ui.Send(ui.Sync{Source: msg.c.Name}))
}

// remove asks what to do with the records of the selected source.
func (p *Page) remove() tea.Cmd {
	it := p.selected()
	if it == nil || !it.removable() || p.cannot() != "" {
		return nil
	}
	name, ctx, connector := it.Name, p.opts.Context, p.opts.Connector
	return ui.Send(overlay.Open{Modal: newRemoval(it, func(purge bool) tea.Cmd {
		return func() tea.Msg { return reply(removed{name, purge, connector.Remove(ctx, name, purge)}) }
	})})
}

func (p *Page) applyRemoved(msg removed) tea.Cmd {
	name := ui.Text(msg.source)
	if msg.err != nil {
		text, hint := worded(msg.err)
		if hint != "" {
			text += " (" + hint + ")"
		}
		return ui.Send(ui.Notice("! " + name + " was not removed: " + text))
	}
	note := name + " is removed; its records are kept"
	if msg.purge {
		note = name + " is removed, with all its records"
	}
	return tea.Batch(ui.Send(ui.Notice(note)), ui.Send(ui.Sync{}))
}

// sync reads the selected source, if anything reads it.
func (p *Page) sync() tea.Cmd {
	it := p.selected()
	if it == nil || it.state == off || len(it.folded) > 0 || p.snap.Demo {
		return ui.Send(ui.Sync{})
	}
	return ui.Send(ui.Sync{Source: it.Name})
}

// applyReading notes how far the reading of a source is.
func (p *Page) applyReading(msg ui.Reading) {
	text := ""
	if msg.Done < msg.Total {
		text = ui.Digits(msg.Done*100/msg.Total) + "%"
		if p.reading == nil {
			p.reading = make(map[string]string)
		}
		p.reading[msg.Source] = text
	} else {
		delete(p.reading, msg.Source)
	}
	for i := range p.rows.Len() {
		if it := p.rows.At(i); it.Name == msg.Source {
			it.reading = text
		}
	}
}

// busy reports whether something is awaited.
func (p *Page) busy() bool {
	return p.verdict.running || p.form != nil && (p.form.verdict.running || p.form.adding)
}

// spin begins to show a sign of life.
func (p *Page) spin() tea.Cmd {
	if p.spinning {
		return nil
	}
	p.spinning = true
	return tick()
}

func tick() tea.Cmd {
	return tea.Tick(spinEvery, func(time.Time) tea.Msg { return reply(spun{}) })
}

func (p *Page) applySpun() tea.Cmd {
	p.turn++
	if p.spinning = p.busy(); p.spinning {
		return tick()
	}
	return nil
}

func (p *Page) spinner() string { return string([]rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")[p.turn%10]) }
