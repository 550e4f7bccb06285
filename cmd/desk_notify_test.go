package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/budget"
	"tokpit/config"
	"tokpit/money"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// TestTheCockpitTells: while it is open, what is reached is said on the screen,
// rung on the terminal between two frames, and sent; each once.
func TestTheCockpitTells(t *testing.T) {
	t.Parallel()
	a, p := stage(t)
	a.adds(t, "one")
	var mu sync.Mutex
	var notices, raws, posts []string
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		posts = append(posts, r.Header.Get("Idempotency-Key"))
	}))
	defer hook.Close()
	a.config.Notify.Webhooks = []config.Webhook{{Name: "team", URL: hook.URL}}
	b := budget.Budget{Name: "all\u00a0in", Amount: money.FromUnits(10), Currency: "USD", Period: budget.Monthly, Zone: "UTC",
		Warn: []budget.Threshold{{Percent: 50_000}, {Percent: 80_000}}, Notify: []string{"terminal", "team", "mail:nobody@example.com"}}
	if _, err := a.store.SetBudgets(t.Context(), usage.Local(), b); err != nil {
		t.Fatal(err)
	}
	d := newDesk(a, time.Minute)
	d.send = func(msg tea.Msg) {
		mu.Lock()
		defer mu.Unlock()
		switch msg := msg.(type) {
		case ui.Notice:
			notices = append(notices, string(msg))
		case tea.RawMsg:
			raws = append(raws, fmt.Sprint(msg.Msg))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { d.tell(ctx) })
	// gpt-5 costs 1.25 a million: 10 dollars.
	p.does(func(_ context.Context, a *actor, emit func(usage.Batch) error) error {
		return emit(day1(a, "p", 8_000_000))
	})
	if err := d.pull(ctx, true); err != nil {
		t.Fatal(err)
	}
	d.changed(ctx)
	soon := func(what string, f func() bool) {
		t.Helper()
		for range 2400 { // a minute, on a machine that is busy
			mu.Lock()
			ok := f()
			mu.Unlock()
			if ok {
				return
			}
			time.Sleep(25 * time.Millisecond)
		}
		t.Errorf("%s: %q, %q, %q", what, notices, raws, posts)
	}
	soon("not told", func() bool { return len(raws) == 1 && len(posts) == 1 && len(notices) == 2 })
	d.stir()
	time.Sleep(lookApart + 200*time.Millisecond)
	cancel()
	running.Wait()
	mu.Lock()
	defer mu.Unlock()
	if len(raws) != 1 || len(posts) != 1 || raws[0] != "\a" {
		t.Errorf("%q, %q", raws, posts)
	}
	all := strings.Join(notices, "\n")
	if !strings.Contains(all, "spend has reached") || !strings.Contains(all, "1 more alert") || !strings.Contains(all, "Not told mail:nobody@example.com: ") || strings.ContainsAny(all, "\x1b\a") {
		t.Errorf("%q", notices)
	}
	left, err := a.store.Deliveries(t.Context())
	if err != nil || len(left) != 3 {
		t.Errorf("%d deliveries, %v", len(left), err)
	}
	if _, err := (rawScreen{ctx, d.send}).Write([]byte("x")); err == nil {
		t.Error("a closed cockpit rings")
	}
}

// TestTerminalsWait: a process without a terminal leaves messages for one to
// those that have one.
func TestTerminalsWait(t *testing.T) {
	a, _ := stage(t)
	d := budget.NewDelivery("k", "terminal", "s", budget.Body{}, a.now())
	if _, err := a.store.Enqueue(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	var tries []attempt
	count := func(try attempt) { tries = append(tries, try) }
	if err := a.deliver(t.Context(), a.channels(nil), count); err != nil || len(tries) != 0 {
		t.Fatalf("%v, %+v", err, tries)
	}
	rung := 0
	if err := a.deliver(t.Context(), a.channels(ring(func() { rung++ })), count); err != nil || rung != 1 || len(tries) != 1 || tries[0].Err != nil {
		t.Fatalf("%v, rung %d, %+v", err, rung, tries)
	}
	off := false
	a.config.Notify.Terminal = &off
	if err := a.serves("terminal"); err == nil || a.channels(ring(nil)).terminal != nil {
		t.Errorf("switched off: %v", err)
	}
}

type ring func()

func (r ring) Send(context.Context, budget.Delivery) error { r(); return nil }

// TestAWatchRenewsItself: what a person changes in the configuration holds from
// the next turn on, and a mistake in it ends nothing.
func TestAWatchRenewsItself(t *testing.T) {
	a, _ := stage(t)
	path, _ := a.configFile()
	write := func(text string) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	var talk bytes.Buffer
	c := newWatch(a)
	c.SetErr(&talk)
	s := newSentry(a, c, watchOptions{every: time.Minute})
	const hook = "[[notify.webhook]]\nname = \"team\"\nurl = \"env:X\"\n"
	for _, step := range []struct {
		text   string
		served bool
		says   int
	}{{"", false, 0}, {hook, true, 0}, {hook + "[notify\n", true, 1}, {hook + "[notify\n", true, 1}, {"", false, 1}, {"[notify]\ndigest = \"x\"\n", false, 2}} {
		write(step.text)
		_ = s.renew(t.Context())
		if err := s.app.serves("team"); (err == nil) != step.served || strings.Count(talk.String(), "error: ") != step.says {
			t.Errorf("after %q: %v\n%s", step.text, err, talk.String())
		}
	}
}

func TestLongDurations(t *testing.T) {
	for text, want := range map[string]time.Duration{"90m": 90 * time.Minute, "2d": 48 * time.Hour, "1w": 7 * 24 * time.Hour, "1h30m": 90 * time.Minute, "3660d": 3660 * 24 * time.Hour,
		"": 0, "d": 0, "-2d": 0, "0d": 0, "1s": 0, "2 d": 0, "3661d": 0, "99999999999999999999d": 0, "1e9w": 0, "9223372036854775807w": 0, "x": 0, "2y": 0} {
		got, err := longDuration(text)
		if got != want || (err == nil) != (want != 0) {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
}
