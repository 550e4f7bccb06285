package cmd

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/report"
	"tokpit/usage"
)

// TestSettingsAreKept as they were, and hold no more than a reference.
func TestSettingsAreKept(t *testing.T) {
	t.Parallel()
	a, _ := stage(t)
	want := connection{Connecting: report.Connecting{Name: "a", Type: "play", KeyRef: "cmd:pass show x", BaseURL: "https://example.com/v1", Account: "acme", Grain: "1d",
		Since: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)}, Added: a.now()}
	if err := a.saveConnection(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	all, err := a.connections(t.Context())
	if err != nil || len(all) != 1 || !reflect.DeepEqual(all[0], want) {
		t.Errorf("%+v, %v", all, err)
	}
}

// TestBrokenSettings hide nothing else, are listed, fail to sync with advice,
// and can be removed.
func TestBrokenSettings(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"newer": `{"v":2,"kind":"play","secret":{"ref":"env:KEY"}}`, "garbage": "\x00\x01", "empty": "", "no version": `{"type":"play","key":"env:KEY","since":"2026-09-01"}`,
		"no since": `{"v":1,"type":"play","key":"env:KEY"}`, "a key": `{"v":1,"type":"play","key":"` + testKey + `","since":"2026-09-01"}`, "list": "[]",
		"unknown type": `{"v":1,"type":"other","key":"env:KEY","since":"2026-09-01"}`,
	} {
		t.Run(name, func(t *testing.T) {
			a, _ := stage(t)
			a.adds(t, "good")
			if err := a.store.PutDocument(t.Context(), kindConnection, "bad", []byte(text)); err != nil {
				t.Fatal(err)
			}
			d := newDesk(a, time.Minute)
			err := d.Sync(t.Context())
			if err == nil || !strings.Contains(err.Error(), "source bad: ") || hintOf(err) == "" || strings.Contains(err.Error()+hintOf(err), "CANARY") || a.input(t) != 1 {
				t.Errorf("%v, hint %q, %d", err, hintOf(err), a.input(t))
			}
			s, err := a.standing(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range a.listed(s) {
				if l.Name == "bad" && (l.state != stateFailed || l.Err == "" || l.Hint == "") || l.Name == "good" && l.state != stateOK {
					t.Errorf("%s: %s, %q, %q", l.Name, l.state, l.Err, l.Hint)
				}
			}
			if err := d.Remove(t.Context(), "bad", false); err != nil {
				t.Error(err)
			}
			if all, err := a.connections(t.Context()); err != nil || len(all) != 1 {
				t.Errorf("%v, %v", all, err)
			}
		})
	}
}

func TestFirstSince(t *testing.T) {
	t.Parallel()
	for now, want := range map[string]string{"2026-11-21T05:00:00Z": "2026-09-01", "2026-01-31T23:00:00Z": "2025-11-01", "2026-03-01T00:00:00Z": "2026-01-01",
		"2026-11-01T00:30:00+02:00": "2026-08-01"} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := firstSince(at).Format(time.DateOnly); got != want {
			t.Errorf("%s: %s, want %s", now, got, want)
		}
	}
}

func TestTolerance(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"1%": 10, "1": 10, "0.5%": 5, "0": -1, "0.0%": -1, "100": 1000, " 12.3% ": 123} {
		if got, err := parseTolerance(text); got != want || err != nil {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "%", "x", "-1", "100.1", "1.55", ".5", "1e2", "1 %%", "999999999999"} {
		if got, err := parseTolerance(text); err == nil || hintOf(err) == "" {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
}

// TestAConnectionKnowsWhatWasRead under its name before: kinds and days.
func TestAConnectionKnowsWhatWasRead(t *testing.T) {
	t.Parallel()
	a, p := stage(t)
	a.adds(t, "a")
	day := time.Date(2026, 11, 10, 0, 0, 0, 0, time.UTC)
	span := usage.Span{Since: day, Until: day.AddDate(0, 0, 1)}
	var seen []usage.Span
	var kinds []string
	p.does(func(_ context.Context, x *actor, emit func(usage.Batch) error) error {
		seen, kinds = x.opt.Covered, x.opt.Before
		b := day1(x, "p", 1)
		b.Covered = []usage.Coverage{{Provider: "openai", Account: x.opt.Account, Basis: usage.Reported, Span: span},
			{Provider: "openai", Account: x.opt.Account, Basis: usage.Billed, Span: usage.Span{Since: day.AddDate(0, 0, -9), Until: day}}}
		return emit(b)
	})
	d := newDesk(a, time.Minute)
	if err := d.Sync(t.Context()); err != nil || len(seen)+len(kinds) > 0 {
		t.Fatalf("%v, knew %v, %q", err, seen, kinds)
	}
	if err := a.disconnect(t.Context(), "a", false); err != nil {
		t.Fatal(err)
	}
	if _, err := a.connect(t.Context(), report.Connecting{Name: "a", Type: "play", KeyRef: "env:KEY"}, false); err != nil {
		t.Fatal(err)
	}
	if err := d.Sync(t.Context()); err != nil || !slices.Equal(seen, []usage.Span{span}) || !slices.Equal(kinds, []string{"usage/1d"}) {
		t.Errorf("%v, knows %v, %q", err, seen, kinds)
	}
}
