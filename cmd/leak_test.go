package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/tui"
	"tokpit/tui/tuitest"
	"tokpit/usage"
)

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
	page := func(name string) string { // the key of a page, as its tab says
		term.See(name)
		return regexp.MustCompile(`(\d) ` + name).FindStringSubmatch(term.Screen())[1]
	}
	for _, key := range []string{page("Overview"), page("Explore"), page("Prices"), "?", "\x1b", "r", page("Sources")} {
		term.Type(key)
		time.Sleep(150 * time.Millisecond)
		look()
	}
	term.See("leaks")
	term.Until("the failure", func(s string) bool { return strings.Contains(s, "***") })
	look()
	term.Type("p") // test the selected one
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
	t.Parallel()
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
