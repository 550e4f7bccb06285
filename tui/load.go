package tui

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/report"
	"tokpit/tui/ui"
)

// loader runs one load at a time. Commands cannot be cancelled and end in any
// order, so each carries the generation it was started in, and the result of an
// older one is dropped. Data that changes while a load runs asks for one more
// after it, however often it changes.
type loader struct {
	gen     int
	running bool
	again   bool
}

// loaded is the result of a load.
type loaded struct {
	gen  int
	snap *report.Snapshot
	// names are the providers and models that the snapshot has.
	names []ui.Name
	err   error
}

// synced is the end of a sync that the model began.
type synced struct{ err error }

// opened is the end of opening demo data.
type opened struct {
	reporter Reporter
	err      error
}

// ticked makes ages move, and the spinner while something runs.
type ticked struct{ spin bool }

// start returns a command that loads a snapshot, or nil if one is under way.
func (l *loader) start(ctx context.Context, r Reporter) tea.Cmd {
	if l.running {
		l.again = true
		return nil
	}
	l.gen++
	l.running, l.again = true, false
	gen := l.gen
	return func() tea.Msg {
		snap, err := r.Snapshot(ctx)
		return loaded{gen, snap, ui.NamesOf(snap), err}
	}
}

// restart drops whatever is under way.
func (l *loader) restart(ctx context.Context, r Reporter) tea.Cmd {
	l.running = false
	return l.start(ctx, r)
}

// finish reports whether a result is the one that is waited for.
func (l *loader) finish(msg loaded) bool {
	if msg.gen != l.gen || !l.running {
		return false
	}
	l.running = false
	return true
}

const (
	spinEvery = 120 * time.Millisecond
	ageEvery  = 20 * time.Second
	// renewEvery is how old a snapshot may grow although no data comes: today
	// and the cycle end by themselves.
	renewEvery = time.Minute
)

func tick(every time.Duration, spin bool) tea.Cmd {
	return tea.Tick(every, func(time.Time) tea.Msg { return ticked{spin} })
}

// reload loads what the store has now.
func (m *Model) reload() tea.Cmd {
	return tea.Batch(m.load.start(m.ctx, m.reporter), m.spin())
}

// refresh reads a source, or all for "", and then reloads; without a syncer it
// reloads.
func (m *Model) refresh(source string) tea.Cmd {
	m.failure = nil
	m.resize()
	if m.opts.Syncer == nil || m.demo {
		return m.reload()
	}
	if m.syncing {
		return nil
	}
	m.syncing = true
	m.age()
	sync, ctx := m.opts.Syncer, m.under()
	return tea.Batch(m.spin(), func() tea.Msg {
		if source != "" {
			return synced{sync.Sync(ctx, source)}
		}
		return synced{sync.Sync(ctx)}
	})
}

// openDemo switches to demo data.
func (m *Model) openDemo() tea.Cmd {
	if m.opts.Demo == nil || m.demo || m.opening {
		return nil
	}
	m.opening = true
	demo, ctx := m.opts.Demo, m.ctx
	return tea.Batch(m.spin(), func() tea.Msg {
		r, err := demo.Demo(ctx)
		return opened{r, err}
	})
}

// busy reports whether the spinner turns.
func (m *Model) busy() bool {
	return m.load.running && m.snap == nil || m.syncing || m.opening || m.narrowed.running || len(m.progress) > 0
}

// spin starts the spinner if it does not turn yet.
func (m *Model) spin() tea.Cmd {
	if m.spinning || !m.busy() {
		return nil
	}
	m.spinning = true
	return tick(spinEvery, true)
}

// applyLoad takes a snapshot over. An error keeps the last good data on screen.
func (m *Model) applyLoad(msg loaded) tea.Cmd {
	if !m.load.finish(msg) {
		return nil
	}
	switch {
	case msg.err != nil:
		m.fail(msg.err, true)
	case msg.snap != nil:
		if m.failure != nil && m.failure.loading {
			m.failure = nil
		}
		m.snap = msg.snap
		m.learn(msg.names)
		for _, p := range m.pages {
			p.SetSnapshot(msg.snap)
		}
	}
	m.resize()
	if m.load.again {
		return tea.Batch(m.reload(), m.view(), m.greet())
	}
	return tea.Batch(m.view(), m.greet())
}

func (m *Model) applySync(msg synced) tea.Cmd {
	m.syncing = false
	for len(m.progress) > 0 { // whose end was never told
		m.advance(Syncing{Source: m.progress[0].Source})
	}
	m.fail(m.ended(msg.err), false)
	return m.reload()
}

func (m *Model) applyDemo(msg opened) tea.Cmd {
	m.opening = false
	if msg.err != nil {
		m.fail(msg.err, false)
		return nil
	}
	m.own = m.reporter
	return m.show(msg.reporter, true)
}

// show changes what data is shown.
func (m *Model) show(r Reporter, demo bool) tea.Cmd {
	m.reporter, m.demo, m.failure, m.progress = r, demo, nil, nil
	m.narrowed = narrowing{gen: m.narrowed.gen + 1}
	m.setLens(ui.Lens{Cash: m.lens.Cash, Period: m.lens.Period}) // names are those of other data
	m.keys.Leave.SetEnabled(demo)
	m.forget()
	m.resize()
	return tea.Batch(m.load.restart(m.ctx, r), m.spin())
}

// outside takes messages about the user's own data, which are of no interest
// while demo data is shown.
func (m *Model) outside(msg tea.Msg) tea.Cmd {
	if m.demo {
		return nil
	}
	switch msg := msg.(type) {
	case DataChanged:
		return m.reload()
	case Failed:
		m.fail(msg.Err, false)
	case Syncing:
		m.advance(msg)
		if msg.Source == "" && msg.Done >= msg.Total && m.failure != nil && !m.failure.loading {
			m.failure = nil
			m.resize()
		}
		m.age()
	}
	return m.spin()
}

// advance notes how far a source is, and tells the pages.
func (m *Model) advance(s Syncing) {
	at := slices.IndexFunc(m.progress, func(x Syncing) bool { return x.Source == s.Source })
	switch ended := s.Done >= s.Total; {
	case ended && at >= 0:
		m.progress = slices.Delete(m.progress, at, at+1)
	case ended:
	case at >= 0:
		s.began, s.from = m.progress[at].began, m.progress[at].from
		m.progress[at] = s
	default:
		s.began, s.from = m.opts.Now(), s.Done
		m.progress = append(m.progress, s)
	}
	if s.Source == "" {
		return
	}
	for _, p := range m.pages {
		p.Update(ui.Reading{Source: s.Source, Done: s.Done, Total: s.Total})
	}
}

// renew loads a snapshot for the present once the one on screen is out of date.
// Demo data has a clock of its own, which stands still.
func (m *Model) renew() tea.Cmd {
	if m.snap == nil || m.snap.Demo || m.now.Sub(m.snap.AsOf) < renewEvery {
		return nil
	}
	return m.reload()
}

func (m *Model) applyTick(msg ticked) tea.Cmd {
	m.now = m.opts.Now()
	m.age()
	if !msg.spin {
		return tea.Batch(tick(ageEvery, false), m.renew())
	}
	m.frame++
	if m.spinning = m.busy(); m.spinning {
		return tick(spinEvery, true)
	}
	return nil
}
