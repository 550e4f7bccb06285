package tui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	tea "charm.land/bubbletea/v2"

	"tokpit/report"
	"tokpit/tui/tuitest"
)

// fake is a reporter, a syncer, a demonstrator and a connector whose answers a
// test sets.
type fake struct {
	mu     sync.Mutex
	snap   *report.Snapshot
	err    error
	syncs  int
	synced []string // what was asked for by name
	loads  int
	failed error         // what Sync returns
	gate   chan struct{} // Sync waits for it if set
	refuse error         // what the connector returns
	told   []string      // what the connector was asked to do
}

func (f *fake) Snapshot(context.Context) (*report.Snapshot, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.loads++
	return f.snap, f.err
}

func (f *fake) Sync(ctx context.Context, sources ...string) error {
	f.mu.Lock()
	f.syncs++
	f.synced = append(f.synced, sources...)
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

func (f *fake) connect(what string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told = append(f.told, what)
	return f.refuse
}

func (f *fake) Test(_ context.Context, c report.Connecting) error {
	return f.connect("test " + c.Name + " " + c.KeyRef)
}

func (f *fake) Add(_ context.Context, c report.Connecting) error {
	return f.connect("add " + c.Name + " " + c.KeyRef)
}

func (f *fake) Remove(_ context.Context, name string, purge bool) error {
	return f.connect(fmt.Sprint("remove ", name, " purge ", purge))
}

// asked is what the connector was asked to do so far.
func (f *fake) asked() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.told, ", ")
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
	return New(tb.Context(), f, Options{Syncer: f, Demo: f, Connector: f, Desk: desk{}, Now: tuitest.Now}), f
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
	m.spinning = true // no ticks begin
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

// play sends messages and runs the commands that follow.
func play(m *Model, msgs ...tea.Msg) {
	for _, msg := range msgs {
		_, cmd := m.Update(msg)
		run(m, cmd)
	}
}

func press(s string) tea.KeyPressMsg { return tea.KeyPressMsg{Code: []rune(s)[0], Text: s} }
