package cmd

import (
	"context"
	"errors"
	"fmt"
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
	"tokpit/usage"
)

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
	t.Parallel()
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

// TestRemovedWhileItHangs: nobody waits for a provider that does not answer
// before its connection goes, and that a round was cut short is no failure.
func TestRemovedWhileItHangs(t *testing.T) {
	a, p := stage(t)
	a.adds(t, "a", "b")
	p.does(func(ctx context.Context, r *actor, emit func(usage.Batch) error) error {
		if r.name == "b" {
			return emit(day1(r, "p", 7))
		}
		<-ctx.Done()
		return ctx.Err()
	})
	d := newDesk(a, time.Minute)
	synced := make(chan error, 1)
	go func() { synced <- d.Sync(t.Context()) }()
	for p.count("a") == 0 || p.count("b") == 0 {
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := d.Remove(ctx, "a", true); err != nil {
		t.Fatal(err)
	}
	if err := <-synced; err != nil {
		t.Errorf("the sync: %v", err)
	}
	if all, err := a.connections(t.Context()); err != nil || len(all) != 1 || all[0].Name != "b" {
		t.Errorf("%+v, %v", all, err)
	}
	if err := d.Sync(t.Context()); err != nil || a.input(t) != 7 {
		t.Errorf("the next round: %v, %d input tokens", err, a.input(t))
	}
}

// TestOneSourceIsRead by its name, and the screen is told how far it is.
func TestOneSourceIsRead(t *testing.T) {
	a, p := stage(t)
	a.adds(t, "one", "two")
	d := newDesk(a, time.Minute)
	var mu sync.Mutex
	var told []tui.Syncing
	d.send = func(msg tea.Msg) {
		if s, ok := msg.(tui.Syncing); ok {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, s)
		}
	}
	p.does(func(_ context.Context, x *actor, emit func(usage.Batch) error) error {
		x.opt.Progress(1, 4)
		x.opt.Progress(4, 4)
		return emit(day1(x, "p", 1))
	})
	if err := d.Sync(t.Context(), "one"); err != nil || p.count("one") != 1 || p.count("two") != 0 {
		t.Fatalf("%v, %d and %d pulls", err, p.count("one"), p.count("two"))
	}
	if want := []tui.Syncing{{Done: 1, Total: 4, Source: "one"}, {Source: "one"}}; !slices.Equal(told, want) {
		t.Errorf("told %+v, want %+v", told, want)
	}
	told = nil
	if err := d.Sync(t.Context(), "codex"); err != nil || p.count("one") != 1 || len(told) == 0 || told[len(told)-1] != (tui.Syncing{}) {
		t.Errorf("a log by its name: %v, %d pulls, told %+v", err, p.count("one"), told)
	}
	if err := d.Sync(t.Context()); err != nil || p.count("one") != 2 || p.count("two") != 1 {
		t.Errorf("all: %v, %d and %d pulls", err, p.count("one"), p.count("two"))
	}
}
