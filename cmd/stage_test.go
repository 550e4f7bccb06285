package cmd

import (
	"context"
	"io"
	"sync"
	"testing"
	"time"

	"tokpit/report"
	"tokpit/usage"
)

const testKey = "sk-admin-CANARY7Hq2Zr8Lw5Tn1Vb6Xk"

// actor is a reader that does what a test says.
type actor struct {
	name string
	opt  readerOptions
	play *play
}

// play is what all readers of a test do, and what became of it.
type play struct {
	mu    sync.Mutex
	pulls map[string]int
	pull  func(ctx context.Context, a *actor, emit func(usage.Batch) error) error
	test  func(ctx context.Context, a *actor) error
}

func (a *actor) Name() string { return a.name }

func (a *actor) Pull(ctx context.Context, _ usage.Cursors, emit func(usage.Batch) error) (usage.Report, error) {
	a.play.mu.Lock()
	a.play.pulls[a.name]++
	pull := a.play.pull
	a.play.mu.Unlock()
	if _, err := a.opt.Key(ctx); err != nil {
		return usage.Report{}, err
	}
	return usage.Report{Rows: 1, Read: 1}, pull(ctx, a, emit)
}

func (a *actor) Test(ctx context.Context) error {
	if _, err := a.opt.Key(ctx); err != nil || a.play.test == nil {
		return err
	}
	return a.play.test(ctx, a)
}

func (p *play) count(name string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pulls[name]
}

func (p *play) does(f func(ctx context.Context, a *actor, emit func(usage.Batch) error) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pull = f
}

// day1 is a bucket with so many tokens.
func day1(a *actor, project string, n int64) usage.Batch {
	at := time.Date(2026, 11, 10, 0, 0, 0, 0, time.UTC)
	return usage.Batch{Slices: []usage.Slice{{Kind: "usage/1d", Start: at, Records: []usage.Record{{ID: a.name + project, Start: at, End: at.Add(24 * time.Hour), Slice: "usage/1d",
		Dims:    usage.Dims{Source: "play", Provider: "openai", Model: "gpt-5", Account: a.opt.Account, Project: project, Basis: usage.Reported},
		Context: usage.Absent, Requests: 1, Tokens: usage.Tokens{Input: n}}}}}}
}

// stage is an app of its own with sources of the type "play".
func stage(t *testing.T) (*app, *play) {
	t.Helper()
	home := t.TempDir()
	vars := map[string]string{"TOKPIT_NOW": "2026-11-20T15:00:00Z", "KEY": testKey}
	a := newApp(&Env{Home: home, OS: "linux", Getenv: func(name string) string { return vars[name] }, Now: time.Now, LocalTZ: func() string { return "UTC" },
		Stdout: io.Discard, Stderr: io.Discard})
	p := &play{pulls: make(map[string]int), pull: func(_ context.Context, a *actor, emit func(usage.Batch) error) error { return emit(day1(a, "p", 1)) }}
	a.kinds = []kind{{name: "play", title: "Play", basis: usage.Reported, grains: []string{"1d"}, base: "http://127.0.0.1:1",
		open: func(o readerOptions) (reader, error) { return &actor{o.Name, o, p}, nil }}}
	if err := a.settle(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	return a, p
}

func (a *app) adds(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		c, err := a.settleConnection(report.Connecting{Name: name, Type: "play", KeyRef: "env:KEY"})
		if err == nil {
			err = a.saveConnection(t.Context(), c)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// input is the total of all input in the store.
func (a *app) input(t *testing.T) (n int64) {
	t.Helper()
	cube, err := a.store.Cube(t.Context(), usage.Span{}, false)
	if err != nil {
		t.Fatal(err)
	}
	for i := range cube.Len() {
		n += cube.TokensAt(i).Input
	}
	return n
}
