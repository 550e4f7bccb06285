package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/report"
	"tokpit/store"
	"tokpit/tui"
	"tokpit/tui/tuitest"
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

// TestTheDeskAsksPolitely: at its own pace, less often where it fails, and at
// once when a person wants it.
func TestTheDeskAsksPolitely(t *testing.T) {
	a, p := stage(t)
	now := a.now()
	a.now = func() time.Time { return now }
	a.adds(t, "good", "bad")
	d := newDesk(a, 5*time.Minute)
	p.does(func(_ context.Context, a *actor, emit func(usage.Batch) error) error {
		if a.name == "bad" {
			return errors.New("no")
		}
		return emit(day1(a, "p", 1))
	})
	var asked []string
	for minute := range 180 {
		before := [2]int{p.count("good"), p.count("bad")}
		_ = d.pull(t.Context(), false)
		if p.count("bad") > before[1] {
			asked = append(asked, fmt.Sprint(minute))
		}
		if got := p.count("good") - before[0]; got != map[bool]int{true: 1}[minute%5 == 0] {
			t.Fatalf("good is asked %d times in minute %d", got, minute)
		}
		now = now.Add(time.Minute)
	}
	if got := strings.Join(asked, " "); got != "0 10 30 70 130" {
		t.Errorf("bad is asked in the minutes %s", got)
	}
	if err := d.pull(t.Context(), true); err == nil || p.count("bad") != 6 || p.count("good") != 37 {
		t.Errorf("asked by a person: %v, %d and %d pulls", err, p.count("bad"), p.count("good"))
	}
	// The next cockpit does not ask again what has just been read.
	next := newDesk(a, 5*time.Minute)
	if _ = next.pull(t.Context(), false); p.count("good") != 37 {
		t.Error("asked again by the next cockpit")
	}
}

// TestAProviderThatHangsBlocksNothing: logs are read and the screen loads while
// it does, and a second round does not begin.
func TestAProviderThatHangsBlocksNothing(t *testing.T) {
	a, p := stage(t)
	a.adds(t, "hangs", "works")
	d := newDesk(a, time.Minute)
	begun, free := make(chan struct{}), make(chan struct{})
	p.does(func(ctx context.Context, a *actor, emit func(usage.Batch) error) error {
		if a.name == "hangs" {
			close(begun)
			select {
			case <-free:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return emit(day1(a, "p", 10))
	})
	done := make(chan error, 1)
	go func() { done <- d.pull(t.Context(), false) }()
	<-begun
	if err := d.readLogs(t.Context()); err != nil {
		t.Error(err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for a.input(t) != 10 && time.Now().Before(deadline) {
		time.Sleep(5 * time.Millisecond)
	}
	if s, err := d.Snapshot(t.Context()); err != nil || s.Empty || a.input(t) != 10 {
		t.Errorf("what works is not there: %v, %d", err, a.input(t))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := d.pull(ctx, true); err != nil || p.count("works") != 1 {
		t.Errorf("a second round: %v, %d pulls", err, p.count("works"))
	}
	close(free)
	if err := <-done; err != nil || a.input(t) != 20 {
		t.Errorf("%v, %d", err, a.input(t))
	}
}

// TestTheDeskConnects as the page of sources wants it.
func TestTheDeskConnects(t *testing.T) {
	a, p := stage(t)
	d := newDesk(a, time.Minute)
	var told atomic.Int64
	d.send = func(msg tea.Msg) {
		if _, ok := msg.(tui.DataChanged); ok {
			told.Add(1)
		}
	}
	want := report.Connecting{Type: "play", KeyRef: "env:KEY"}
	if err := d.Test(t.Context(), want); err != nil {
		t.Errorf("without a name: %v", err)
	}
	p.test = func(context.Context, *actor) error { return errors.New("refused " + testKey) }
	if err := d.Test(t.Context(), want); err == nil || strings.Contains(err.Error(), "CANARY") || hintOf(err) == "" {
		t.Errorf("%v, hint %q", err, hintOf(err))
	}
	for _, bad := range []report.Connecting{{Name: "a", Type: "play", KeyRef: testKey}, {Name: "codex", Type: "play", KeyRef: "env:KEY"}, {Name: "a", Type: "x", KeyRef: "env:KEY"}} {
		err := d.Add(t.Context(), bad)
		var advised interface{ Hint() string }
		if err == nil || !errors.As(err, &advised) || advised.Hint() == "" || strings.Contains(err.Error()+advised.Hint(), "CANARY") {
			t.Errorf("%+v: %v", bad.Name, err)
		}
	}
	want.Name = "a"
	if err := d.Add(t.Context(), want); err != nil || told.Load() != 1 || len(d.poke) != 1 {
		t.Errorf("%v, told %d, %d waiting", err, told.Load(), len(d.poke))
	}
	if err := d.Sync(t.Context()); err != nil || a.input(t) != 1 {
		t.Errorf("%v, %d", err, a.input(t))
	}
	s, err := d.Snapshot(t.Context())
	i := slices.IndexFunc(s.Sources, func(s report.SourceStatus) bool { return s.Name == "a" })
	if err != nil || i < 0 || s.Sources[i].KeyRef != "env:KEY" || s.Sources[i].Type != "play" || s.Sources[i].Account != "a" || s.Sources[i].Records != 1 {
		t.Errorf("%v, %+v", err, s.Sources)
	}
	if err := d.Remove(t.Context(), "b", false); err == nil {
		t.Error("removed what is not there")
	}
	if err := d.Remove(t.Context(), "a", true); err != nil || a.input(t) != 0 {
		t.Errorf("%v, %d", err, a.input(t))
	}
}

// TestManySourcesCommitSafely, from several goroutines and two desks.
func TestManySourcesCommitSafely(t *testing.T) {
	a, p := stage(t)
	var names []string
	for i := range 12 {
		names = append(names, fmt.Sprintf("s%d", i))
	}
	a.adds(t, names...)
	var busy, most atomic.Int64
	p.does(func(_ context.Context, a *actor, emit func(usage.Batch) error) error {
		most.Store(max(most.Load(), busy.Add(1)))
		defer busy.Add(-1)
		for i := range 20 {
			b := day1(a, "p", int64(i+1)) // each replaces the one before
			b.Cursors = usage.Cursors{"at": []byte{byte(i)}}
			if err := emit(b); err != nil {
				return err
			}
		}
		return nil
	})
	var wait sync.WaitGroup
	for range 2 {
		wait.Go(func() {
			if err := newDesk(a, time.Minute).Sync(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if n := a.input(t); n != 12*20 {
		t.Errorf("%d tokens, want %d", n, 12*20)
	}
	if most.Load() > 2*maxPulls {
		t.Errorf("%d pulls at once", most.Load())
	}
	if v, err := a.store.Verify(t.Context()); err != nil || len(v.Problems) > 0 {
		t.Errorf("%v, %v", err, v.Problems)
	}
}

// TestRemovedWhileItIsRead: what still arrives is not stored, under no name.
func TestRemovedWhileItIsRead(t *testing.T) {
	a, p := stage(t)
	a.adds(t, "going", "staying")
	p.does(func(ctx context.Context, one *actor, emit func(usage.Batch) error) error {
		if one.name == "going" {
			if err := a.disconnect(ctx, "going", true); err != nil {
				t.Error(err)
			}
		}
		return emit(day1(one, "p", 3))
	})
	err := newDesk(a, time.Minute).Sync(t.Context())
	if !errors.Is(err, errDisconnected) || hintOf(err) == "" || a.input(t) != 3 {
		t.Errorf("%v, %d", err, a.input(t))
	}
	status, err := a.store.Status(t.Context())
	if err != nil || slices.ContainsFunc(status.Connections, func(c store.ConnectionStatus) bool { return c.Name == "going" }) {
		t.Errorf("%+v, %v", status.Connections, err)
	}
}

// TestAReaderThatCrashes fails alone, says where, and does not say the key.
func TestAReaderThatCrashes(t *testing.T) {
	a, p := stage(t)
	a.adds(t, "good", "bad")
	p.does(func(ctx context.Context, a *actor, emit func(usage.Batch) error) error {
		if a.name == "bad" {
			key, _ := a.opt.Key(ctx)
			panic(fmt.Errorf("index out of range with %s", key))
		}
		return emit(day1(a, "p", 5))
	})
	p.test = func(ctx context.Context, a *actor) error {
		key, _ := a.opt.Key(ctx)
		panic(key)
	}
	d := newDesk(a, time.Minute)
	err := d.Sync(t.Context())
	if err == nil || !strings.Contains(err.Error(), "source bad: internal error in tokpit/cmd.TestAReaderThatCrashes") || !strings.Contains(err.Error(), "desk_test.go:") {
		t.Errorf("%v", err)
	}
	err = errors.Join(err, d.Test(t.Context(), report.Connecting{Type: "play", KeyRef: "env:KEY"}))
	if all := fmt.Sprintf("%v %s", err, hintOf(err)); strings.Contains(all, "CANARY") || strings.Count(all, "***") != 2 {
		t.Error(all)
	}
	if a.input(t) != 5 {
		t.Errorf("%d", a.input(t))
	}
	if err := d.safely(func() error { panic("x") }); err == nil {
		t.Error("a crash of our own")
	}
}

// leaky is a batch with the key in every text that a batch has.
func leaky(a *actor, key string) usage.Batch {
	b := day1(a, key, 1)
	r := &b.Slices[0].Records[0]
	r.ID = "id of " + key
	dims := r.Dims.Strings()
	for _, s := range dims {
		if *s == "" {
			*s = key
		}
	}
	r.Model, r.Tags = "model-"+key, usage.NewTags(map[string]string{"tag": key, "line_item": "x " + key})
	r.Quantities = []usage.Quantity{{Meter: key, N: 1}}
	b.Quarantined = []usage.Quarantined{{File: "f " + key, Line: 1, Reason: "bad " + key}}
	b.Entities = []usage.Entity{{Kind: usage.ByProject, ID: key, Name: key, Parent: key, Hint: key}}
	b.NamedAt = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	b.Standing = &usage.Standing{At: b.NamedAt, Limits: []usage.SpendLimit{{Scope: usage.ByProject, ID: key, Interval: key, Currency: "USD", Note: key}}}
	return b
}

// inStore reports whether a file of the store has the key, or most of it.
func inStore(t *testing.T, a *app) bool {
	t.Helper()
	found, files := false, 0
	err := filepath.WalkDir(a.env.Home, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		files++
		found = found || bytes.Contains(text, []byte("CANARY7Hq2"))
		return err
	})
	if err != nil || files == 0 {
		t.Fatalf("%d files, %v", files, err)
	}
	return found
}

// TestAReaderThatLeaks cannot: what it says passes a guard. The same reader
// without the guard is noticed by the same search, so the search can fail.
func TestAReaderThatLeaks(t *testing.T) {
	for _, guard := range []bool{true, false} {
		a, p := stage(t)
		a.adds(t, "leaks")
		p.does(func(ctx context.Context, a *actor, emit func(usage.Batch) error) error {
			key, err := a.opt.Key(ctx)
			if err != nil {
				return err
			}
			return errors.Join(emit(leaky(a, key)), fmt.Errorf("failed with %s", key))
		})
		all, err := a.connections(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		sources := a.remote(all, nil)
		if !guard {
			sources[0] = sources[0].(guarded).Source
		}
		out, err := a.sync(t.Context(), sources, nil)
		if err != nil {
			t.Fatal(err)
		}
		if out.results[0].Added != 1 || out.results[0].Quarantined != 1 || out.errs[0] == nil {
			t.Errorf("%+v", out.results[0])
		}
		if found := inStore(t, a); found == guard {
			t.Errorf("guarded %t: found %t", guard, found)
		}
		if told := strings.Contains(out.failure().Error(), "CANARY"); told == guard {
			t.Errorf("guarded %t: told %t", guard, told)
		}
	}
}

// TestCursorsHoldNoKeys: a reader that would remember one is stopped.
func TestCursorsHoldNoKeys(t *testing.T) {
	a, p := stage(t)
	a.adds(t, "leaks")
	p.does(func(ctx context.Context, a *actor, emit func(usage.Batch) error) error {
		key, _ := a.opt.Key(ctx)
		return emit(usage.Batch{Cursors: usage.Cursors{"at": []byte("x" + key)}})
	})
	if err := newDesk(a, time.Minute).Sync(t.Context()); !errors.Is(err, errKeyInCursor) {
		t.Errorf("%v", err)
	}
	if inStore(t, a) {
		t.Error("it is remembered")
	}
}

// TestTheCockpitKeepsQuiet: every page of a cockpit whose provider puts the key
// into everything, and whose form is given one, is free of it.
func TestTheCockpitKeepsQuiet(t *testing.T) {
	a, p := stage(t)
	a.adds(t, "leaks")
	p.does(func(ctx context.Context, a *actor, emit func(usage.Batch) error) error {
		key, _ := a.opt.Key(ctx)
		if err := emit(leaky(a, key)); err != nil {
			return err
		}
		return fmt.Errorf("failed with %s", key)
	})
	p.test = func(ctx context.Context, a *actor) error {
		key, _ := a.opt.Key(ctx)
		return fmt.Errorf("not with %s", key)
	}
	d := newDesk(a, time.Minute)
	ctx, cancel := context.WithCancel(t.Context())
	var shown strings.Builder
	term := tuitest.Start(t, tui.New(ctx, d, tui.Options{Now: a.now, Syncer: d, Demo: d, Connector: d}), 140, 40)
	d.send = term.Send
	var background sync.WaitGroup
	background.Go(func() { d.follow(ctx) })
	background.Go(func() { d.followProviders(ctx) })
	t.Cleanup(func() { cancel(); background.Wait() })
	look := func() { shown.WriteString(term.Styled()) }
	for _, key := range []string{"1", "2", "3", "?", "\x1b", "r", "3"} {
		term.Type(key)
		time.Sleep(150 * time.Millisecond)
		look()
	}
	term.See("leaks")
	term.Until("the failure", func(s string) bool { return strings.Contains(s, "***") })
	look()
	term.Type("t") // test the selected one
	time.Sleep(200 * time.Millisecond)
	look()
	term.Type("a")
	time.Sleep(100 * time.Millisecond)
	for range 6 {
		term.Paste(testKey)
		time.Sleep(50 * time.Millisecond)
		look()
		term.Type("\t")
	}
	if strings.Contains(shown.String(), "CANARY7Hq2") {
		t.Errorf("the screen has the key:\n%s", term.Screen())
	}
	if inStore(t, a) {
		t.Error("the store has the key")
	}
}

// TestTheCockpitDrawsHostileNamesHarmless, of projects and in errors.
func TestTheCockpitDrawsHostileNamesHarmless(t *testing.T) {
	a, p := stage(t)
	a.adds(t, "evil")
	const hostile = "evil\x1b]52;c;cHduZWQ=\x07\x1b[2J\u202egpj"
	p.does(func(_ context.Context, a *actor, emit func(usage.Batch) error) error {
		b := day1(a, hostile, 7)
		b.Slices[0].Records[0].Model = hostile
		b.Entities, b.NamedAt = []usage.Entity{{Kind: usage.ByProject, ID: hostile, Name: hostile + " name"}}, a.opt.Now()
		return errors.Join(emit(b), errors.New(hostile+" error"))
	})
	d := newDesk(a, time.Minute)
	if err := d.Sync(t.Context()); err == nil {
		t.Error("no error")
	}
	var raw tee
	term := tuitest.Start(t, tui.New(t.Context(), d, tui.Options{Now: a.now, Connector: d}), 140, 40, tea.WithOutput(&raw))
	for _, key := range []string{"1", "2", "3", "4", "\r"} {
		term.Type(key)
		time.Sleep(100 * time.Millisecond)
	}
	out := raw.String()
	if !strings.Contains(out, "evil") {
		t.Error("nothing was drawn")
	}
	for _, bad := range []string{"\x1b]52", "cHduZWQ", "\u202e", "\x07\x1b[2J"} {
		if strings.Contains(out, bad) {
			t.Errorf("the terminal got %q", bad)
		}
	}
}

// tee keeps what a terminal is sent.
type tee struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (t *tee) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(b)
}

func (t *tee) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}
