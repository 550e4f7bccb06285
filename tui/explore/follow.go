package explore

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"
)

// follower has what the row under the cursor consists of worked out, once the
// cursor has come to rest. What is worked out for one row ends when the cursor
// goes on to another.
type follower struct {
	gen    int
	of     *reply // whose rows they are
	key    string // the row that is wanted
	cancel context.CancelFunc
	known  map[string]*within // of the rows of one answer
	rest   time.Duration      // how long a cursor is still before it has come to rest
}

const (
	usualRest = 120 * time.Millisecond
	// mostKnown is how many rows are remembered; more than anybody compares.
	mostKnown = 200
)

// The messages of a follower.
type (
	rested   struct{ gen int }
	fathomed struct {
		gen int
		w   *within
	}
)

// follow asks what the row under the cursor consists of, if that is not known and
// there is room to show it.
func (p *Page) follow() tea.Cmd {
	f := &p.follower
	if f.of != p.reply {
		f.drop()
		f.of, f.known = p.reply, make(map[string]*within)
	}
	key := ""
	if p.asked && p.fathomable() {
		if l := p.selected(); l != nil && !l.gone() {
			key = wanted(l)
		}
	}
	if key == f.key {
		return nil
	}
	f.drop()
	if f.key = key; key == "" || f.known[key] != nil {
		return nil
	}
	gen := f.gen
	if f.rest == 0 {
		return p.fathom(gen)
	}
	return tea.Tick(f.rest, func(time.Time) tea.Msg { return send(rested{gen}) })
}

// wanted is a row's key for a follower, to whom "" is none.
func wanted(l *line) string { return "=" + l.key }

// drop ends what is being worked out.
func (f *follower) drop() {
	if f.cancel != nil {
		f.cancel()
	}
	f.gen, f.key, f.cancel = f.gen+1, "", nil
}

// fathomable reports whether rows of the answer consist of something that there
// is room to show.
func (p *Page) fathomable() bool {
	return p.current() && p.reply.step.view == usageView && (!p.plan.panel.Empty() || !p.plan.chart.Empty())
}

// fathom begins to work out what the wanted row consists of.
func (p *Page) fathom(gen int) tea.Cmd {
	f := &p.follower
	s, ok := p.narrowed(false)
	if gen != f.gen || !ok || p.snap != f.of.snap {
		return nil
	}
	s.auto = false
	ctx, cancel := context.WithCancel(p.opts.Context)
	f.cancel = cancel
	q, key := p.question(), f.key
	q.step = s.clone()
	return func() tea.Msg {
		defer cancel()
		return send(fathomed{gen, q.within(ctx, key)})
	}
}

// applyWithin takes over what a row consists of, if it is still wanted.
func (p *Page) applyWithin(msg fathomed) {
	f := &p.follower
	if msg.gen != f.gen || msg.w.key != f.key {
		return
	}
	if len(f.known) >= mostKnown {
		clear(f.known)
	}
	f.known[f.key], f.cancel = msg.w, nil
	p.frame = ""
}

// within is what is known of the row under the cursor; nil as long as it is not.
func (p *Page) within() *within {
	f := &p.follower
	if f.of != p.reply || f.key == "" {
		return nil
	}
	if l := p.selected(); l == nil || wanted(l) != f.key {
		return nil
	}
	return f.known[f.key]
}
