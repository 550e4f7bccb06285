package cmd

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// watched runs a watch of roots. It returns a channel that gets a value for
// each call, a way to poll, and a way to end it.
func watched(t *testing.T, roots ...string) (calls <-chan struct{}, poll func(), stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	called, ticks, done := make(chan struct{}, 1000), make(chan time.Time), make(chan struct{})
	go func() {
		defer close(done)
		busy := false
		watchWith(ctx, roots, ticks, func() {
			if busy {
				t.Error("called while it was called")
			}
			busy = true
			time.Sleep(time.Millisecond)
			busy = false
			called <- struct{}{}
		})
	}()
	stop = func() {
		cancel()
		select {
		case <-done:
		case <-time.After(30 * time.Second):
			t.Error("the watch does not end")
		}
	}
	t.Cleanup(stop)
	poll = func() {
		t.Helper()
		select {
		case ticks <- time.Time{}:
		case <-time.After(30 * time.Second):
			t.Fatal("the watch does not poll")
		}
		expect(t, called, "a poll")
	}
	poll() // so that everything is being watched
	return called, poll, stop
}

func expect(t *testing.T, calls <-chan struct{}, why string) {
	t.Helper()
	select {
	case <-calls:
	case <-time.After(30 * time.Second):
		t.Fatalf("%s went unnoticed", why)
	}
}

func silence(t *testing.T, calls <-chan struct{}, why string) {
	t.Helper()
	select {
	case <-calls:
		t.Errorf("%s: called once more", why)
	case <-time.After(settle + settle/2):
	}
}

// drain waits until nothing has happened for a while.
func drain(calls <-chan struct{}) {
	for {
		select {
		case <-calls:
		case <-time.After(2 * settle):
			return
		}
	}
}

func put(t *testing.T, path string) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		var f *os.File
		if f, err = os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err == nil {
			_, err = f.WriteString("{}\n")
			f.Close()
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestWatchNoticesChanges(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	put(t, filepath.Join(root, "p", "old.jsonl"))
	calls, _, _ := watched(t, root)
	silence(t, calls, "nothing has happened")
	put(t, filepath.Join(root, "p", "new.jsonl"))
	expect(t, calls, "a new file")
	put(t, filepath.Join(root, "p", "old.jsonl"))
	expect(t, calls, "an append")
	put(t, filepath.Join(root, "2026", "11", "20", "a.jsonl"))
	expect(t, calls, "a new folder")
	drain(calls)
	put(t, filepath.Join(root, "2026", "11", "20", "a.jsonl"))
	expect(t, calls, "an append in a new folder")
	if err := os.Remove(filepath.Join(root, "p", "old.jsonl")); err != nil {
		t.Fatal(err)
	}
	expect(t, calls, "a deletion")
}

func TestWatchWaitsForTheEndOfABurst(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	calls, _, _ := watched(t, root)
	for range 10 {
		var longest time.Duration
		last, begin := time.Now(), time.Now()
		for time.Since(begin) < 2*settle {
			put(t, filepath.Join(root, "a.jsonl"))
			longest, last = max(longest, time.Since(last)), time.Now()
			time.Sleep(settle / 20)
		}
		expect(t, calls, "a burst")
		if longest > settle/2 {
			drain(calls) // a busy machine: that was no burst
			continue
		}
		silence(t, calls, "a burst is one change")
		return
	}
	t.Skip("SKIPPED: this machine is too busy for a burst")
}

// TestWatchOfRootsThatComeAndGo: what is not there yet is found by the next
// poll, and watched from then on.
func TestWatchOfRootsThatComeAndGo(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "later", "projects")
	calls, poll, _ := watched(t, root, filepath.Join(root, "never"))
	for _, when := range []string{"new", "again"} {
		put(t, filepath.Join(root, "p", "a.jsonl"))
		drain(calls)
		poll()
		put(t, filepath.Join(root, "p", "a.jsonl"))
		expect(t, calls, "an append below a root that is "+when)
		drain(calls)
		if err := os.RemoveAll(root); err != nil {
			t.Fatal(err)
		}
		expect(t, calls, "the end of a root")
	}
}

func TestWatchFollowsALinkToARoot(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "real", "a.jsonl"))
	if err := os.Symlink("real", filepath.Join(dir, "link")); err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
	calls, _, _ := watched(t, filepath.Join(dir, "link"))
	put(t, filepath.Join(dir, "real", "a.jsonl"))
	expect(t, calls, "an append below a linked root")
}

func TestWatchEnds(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	calls, _, stop := watched(t, root)
	stop()
	put(t, filepath.Join(root, "a.jsonl"))
	silence(t, calls, "the watch has ended")
}
