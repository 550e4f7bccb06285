package explore

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/tui/ui"
)

// work is the one command that runs at a time.
type work struct {
	gen     int
	running bool
	pending task // what is to follow it
	stale   bool // what is shown is not what would be answered now
	cancel  context.CancelFunc
}

// task is what a command does.
type task uint8

const (
	nothing task = iota
	reshape      // filter and sort the answer that there is
	answer       // the present step
)

// The answers of the page's own commands.
type (
	answered struct {
		gen   int
		reply *reply
	}
	reshaped struct {
		gen    int
		reply  *reply
		shaped *shaped
	}
	spun struct{}
)

// send wraps a message such that it comes back to this page.
func send(msg tea.Msg) tea.Msg { return ui.To{Page: title, Msg: msg} }

// ask begins to answer the present step.
func (p *Page) ask() tea.Cmd {
	p.frame, p.asked, p.failed = "", false, nil
	p.enable()
	return p.begin(answer)
}

// look begins to filter and sort the answer that there is.
func (p *Page) look() tea.Cmd {
	p.frame = ""
	p.enable()
	if p.reply == nil || !p.asked {
		return p.begin(answer)
	}
	return p.begin(reshape)
}

// begin starts a command, or notes what is to follow the one that runs.
func (p *Page) begin(t task) tea.Cmd {
	w := &p.work
	switch {
	case p.snap == nil:
		return nil
	case w.running:
		if t == answer {
			w.cancel()
		}
		w.pending = max(w.pending, t)
		return nil
	}
	w.gen++
	w.running, w.pending = true, nothing
	ctx, cancel := context.WithCancel(p.opts.Context)
	w.cancel = cancel
	gen := w.gen
	if t == reshape {
		r, s := p.reply, p.shape()
		return tea.Batch(func() tea.Msg {
			defer cancel()
			return send(reshaped{gen, r, shapeOf(r, s)})
		}, p.spin())
	}
	w.stale = false
	q := p.question()
	return tea.Batch(func() tea.Msg {
		defer cancel()
		return send(answered{gen, q.answer(ctx)})
	}, p.spin())
}

// ended takes the end of a command, and reports whether its result is still
// wanted.
func (p *Page) ended(gen int) (task, bool) {
	w := &p.work
	if gen != w.gen || !w.running {
		return nothing, false
	}
	next := w.pending
	w.running, w.pending = false, nothing
	return next, true
}

// question gathers what answering takes.
func (p *Page) question() *question {
	q := &question{step: p.step().clone(), period: p.period(), base: p.lens.Filter, snap: p.snap, lens: p.lens.Cash, shape: p.shape(), actions: p.opts.Actions,
		engine: p.opts.Engine, coarse: p.coarse, fine: p.fine}
	for _, id := range p.figures {
		q.billed = q.billed || id == colBilled
	}
	return q
}

func (p *Page) shape() shape {
	s := p.step()
	return shape{text: s.text, order: s.order, lens: p.lens, figures: p.figures}
}

// apply takes an answer over, unless another question has been asked since.
func (p *Page) apply(msg answered) tea.Cmd {
	next, wanted := p.ended(msg.gen)
	if !wanted {
		return nil
	}
	if next == answer {
		return p.begin(answer)
	}
	r := msg.reply
	p.frame, p.asked = "", true
	if r.err != nil {
		if p.opts.Context.Err() == nil {
			p.failed = r.err
		}
		p.arrange()
		return nil
	}
	if r.read != nil {
		p.fine = r.read
	}
	s := p.step()
	s.view, s.by, s.auto = r.step.view, r.step.by, r.step.auto
	p.reply, p.failed = r, nil
	p.enable()
	p.fill(r.shaped, s.row)
	if next == reshape {
		return tea.Batch(p.begin(reshape), p.undoable())
	}
	return p.undoable()
}

// applyShape takes over how the answer is looked at now.
func (p *Page) applyShape(msg reshaped) tea.Cmd {
	next, wanted := p.ended(msg.gen)
	if !wanted {
		return nil
	}
	if p.reply == msg.reply && next == nothing {
		p.reply.shaped = msg.shaped
		p.fill(msg.shaped, p.table.Selected())
	}
	if next != nothing {
		return p.begin(next)
	}
	return nil
}

// fill shows rows, with the cursor on one of them.
func (p *Page) fill(s *shaped, row string) {
	p.showMarks()
	p.showTime()
	p.table.SetSorting(s.sort, s.down)
	p.table.SetRows(s.rows())
	if row != "" {
		p.table.Select(row)
	} else {
		p.table.SetCursor(0)
	}
	p.arrange()
}

// spin begins to show a sign of life.
func (p *Page) spin() tea.Cmd {
	if p.spinning {
		return nil
	}
	p.spinning = true
	return tick()
}

// spinEvery is how often the sign of life moves.
const spinEvery = 120 * time.Millisecond

func tick() tea.Cmd {
	return tea.Tick(spinEvery, func(time.Time) tea.Msg { return send(spun{}) })
}

func (p *Page) applySpun() tea.Cmd {
	p.turn++
	if p.spinning = p.work.running; p.spinning {
		p.frame = ""
		return tick()
	}
	return nil
}

func (p *Page) spinner() string { return string([]rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")[p.turn%10]) }
