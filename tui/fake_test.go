package tui

import (
	"context"
	"errors"
	"sync"
	"testing"

	tea "charm.land/bubbletea/v2"

	"tokpit/report"
	"tokpit/tui/tuitest"
)

// fake is a reporter, a syncer and a demonstrator whose answers a test sets.
type fake struct {
	mu     sync.Mutex
	snap   *report.Snapshot
	err    error
	syncs  int
	loads  int
	failed error         // what Sync returns
	gate   chan struct{} // Sync waits for it if set
}

func (f *fake) Snapshot(context.Context) (*report.Snapshot, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.loads++
	return f.snap, f.err
}

func (f *fake) Sync(ctx context.Context) error {
	f.mu.Lock()
	f.syncs++
	gate, err := f.gate, f.failed
	f.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return err
}

func (f *fake) Demo(context.Context) (Reporter, error) {
	s := tuitest.Sample()
	s.Demo = true
	return &fake{snap: s}, nil
}

func (f *fake) set(snap *report.Snapshot, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.snap, f.err = snap, err
}

type hinted struct{ error }

func (hinted) Hint() string { return "close the other tokpit" }

var errBusy = hinted{errors.New("open store: busy")}

// newModel returns a model with all abilities over a snapshot.
func newModel(tb testing.TB, snap *report.Snapshot) (*Model, *fake) {
	f := &fake{snap: snap}
	return New(tb.Context(), f, Options{Syncer: f, Demo: f, Now: tuitest.Now}), f
}

// shown returns a model of a size that has loaded a snapshot.
func shown(tb testing.TB, snap *report.Snapshot, width, height int) *Model {
	m, _ := newModel(tb, snap)
	drive(m, tea.WindowSizeMsg{Width: width, Height: height})
	load(m)
	return m
}

// drive sends messages straight through Update, running no commands.
func drive(m *Model, msgs ...tea.Msg) {
	for _, msg := range msgs {
		m.Update(msg)
	}
}

// load runs a load to its end.
func load(m *Model) {
	cmd := m.load.restart(m.ctx, m.reporter)
	m.Update(cmd())
}

// run executes a command and all that follow from it, except ticks.
func run(m *Model, cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil, ticked:
	case tea.BatchMsg:
		for _, c := range msg {
			run(m, c)
		}
	default:
		_, next := m.Update(msg)
		run(m, next)
	}
}

func press(s string) tea.KeyPressMsg { return tea.KeyPressMsg{Code: []rune(s)[0], Text: s} }
