package codex_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/codex"
)

// limited writes a token_count event without usage that says how full windows are.
func (r *rollout) limited(limits string) {
	r.row("event_msg", `{"type":"token_count","info":null,"rate_limits":`+limits+`}`)
}

func windowsOf(primary, secondary string, resets time.Time) string {
	return fmt.Sprintf(`{"limit_id":"codex","limit_name":null,"primary":{"used_percent":%s,"window_minutes":300,"resets_at":%d},"secondary":{"used_percent":%s,"window_minutes":10080,"resets_at":%d},"plan_type":"pro"}`,
		primary, resets.Unix(), secondary, resets.Add(72*time.Hour).Unix())
}

// The latest that any log says of a window is known, whatever order the logs are
// read in, and stays known when nothing new is said of it.
func TestWindows(t *testing.T) {
	l := newLogs(t)
	a, b := newRollout("a", "", start()), newRollout("b", "", start().Add(time.Hour))
	resets := start().Add(4 * time.Hour)
	a.limited(windowsOf("1.0", "7", resets))
	b.request(100, 0, 10)
	b.limited(windowsOf("12.5", "7.25", resets))
	l.write("sessions/z.jsonl", b.b.String())
	l.write("sessions/a.jsonl", a.b.String())
	l.sync()
	at := b.at
	want := []usage.Window{{Name: "primary", Used: 12_500, Length: 5 * time.Hour, Resets: resets, At: at},
		{Name: "secondary", Used: 7_250, Length: 7 * 24 * time.Hour, Resets: resets.Add(72 * time.Hour), At: at}}
	same := func(what string) {
		t.Helper()
		if l.Standing == nil || !reflect.DeepEqual(l.Standing.Windows, want) || !l.Standing.At.Equal(at) {
			t.Errorf("%s: %+v, want %+v", what, l.Standing, want)
		}
	}
	same("two logs")

	l.Standing = nil
	if l.sync(); l.Standing != nil {
		t.Errorf("nothing new: %+v", l.Standing)
	}
	b.request(100, 0, 10) // says nothing of windows
	l.write("sessions/z.jsonl", b.b.String())
	if l.sync(); l.Standing != nil || len(l.Records) != 2 {
		t.Errorf("no word of windows: %+v, %d records", l.Standing, len(l.Records))
	}
	b.limited(strings.Replace(windowsOf("13", "0", resets), `"secondary":{`, `"secondary":null,"third":{`, 1))
	l.write("sessions/z.jsonl", b.b.String())
	l.sync()
	want[0].Used, want[0].At = 13_000, b.at
	at = b.at
	same("one of two")

	late := newRollout("late", "", start())
	late.limited(windowsOf("99", "99", resets))
	l.write("sessions/late.jsonl", late.b.String())
	l.Standing = &usage.Standing{At: at, Windows: want}
	l.sync()
	same("an old log that turns up late")
}

// A fork's copy of its parent's history is no news, though its timestamps are.
func TestWindowsOfAFork(t *testing.T) {
	l := newLogs(t)
	resets := start().Add(4 * time.Hour)
	parent := newRollout("parent", "", start())
	parent.request(100, 0, 10)
	parent.limited(windowsOf("5", "5", resets))
	fork := parent.fork("child", "parent", start().Add(time.Hour))
	parent.limited(windowsOf("40", "6", resets))
	l.write("sessions/parent.jsonl", parent.b.String())
	l.write("sessions/child.jsonl", fork.b.String())
	l.sync()
	if w := l.Standing.Windows; len(w) != 2 || w[0].Used != 40_000 || !w[0].At.Equal(parent.at) {
		t.Errorf("%+v", w)
	}
	fork.at = fork.at.Add(time.Minute)
	fork.limited(windowsOf("41", "6", resets))
	l.write("sessions/child.jsonl", fork.b.String())
	l.sync()
	if w := l.Standing.Windows; len(w) != 2 || w[0].Used != 41_000 || !w[0].At.Equal(fork.at) {
		t.Errorf("the fork's own: %+v", w)
	}
}

func TestWindowsAsVersionsWriteThem(t *testing.T) {
	at := start().Add(3 * time.Second)
	hours := func(n int) time.Time { return at.Add(time.Duration(n) * time.Hour).Truncate(time.Second) }
	one := func(name string, used int64, length time.Duration, resets time.Time) usage.Window {
		return usage.Window{Name: name, Used: used, Length: length, Resets: resets, At: at}
	}
	five := 5 * time.Hour
	for _, c := range []struct {
		name, event string
		want        []usage.Window
	}{
		{"null", `{"type":"token_count","info":null,"rate_limits":null}`, nil},
		{"no plan", `{"type":"token_count","info":null,"rate_limits":{"limit_id":"codex","limit_name":null,"primary":null,"secondary":null}}`, nil},
		{"seconds", `{"type":"token_count","rate_limits":{"primary":{"used_percent":85,"window_minutes":300,"resets_in_seconds":7200}}}`, []usage.Window{one("primary", 85_000, five, hours(2))}},
		{"account's event", fmt.Sprintf(`{"type":"account/rateLimits/updated","rate_limits":{"primary":{"used_percent":85,"window_minutes":300,"reset_at":%d}}}`, hours(1).Unix()), []usage.Window{one("primary", 85_000, five, hours(1))}},
		{"no reset", `{"type":"token_count","rate_limits":{"primary":{"used_percent":0.0,"window_minutes":300}}}`, []usage.Window{one("primary", 0, five, time.Time{})}},
		{"reset of another year", `{"type":"token_count","rate_limits":{"primary":{"used_percent":3e1,"window_minutes":300,"resets_at":1730393112}}}`, []usage.Window{one("primary", 30_000, five, time.Time{})}},
		{"another allowance", `{"type":"token_count","rate_limits":{"limit_id":"codex_x","limit_name":"Big\u001b[31m model","primary":{"used_percent":2,"window_minutes":60}}}`, []usage.Window{one("Big model primary", 2_000, time.Hour, time.Time{})}},
		{"finer than that", `{"type":"token_count","rate_limits":{"primary":{"used_percent":0.30000000000000004,"window_minutes":300},"secondary":{"used_percent":12.3455,"window_minutes":10080}}}`,
			[]usage.Window{one("primary", 300, five, time.Time{}), one("secondary", 12_346, 7*24*time.Hour, time.Time{})}},
		{"below zero", `{"type":"token_count","rate_limits":{"primary":{"used_percent":-1,"window_minutes":300}}}`, nil},
		{"beyond belief", `{"type":"token_count","rate_limits":{"primary":{"used_percent":1e300,"window_minutes":300},"secondary":{"used_percent":99999999999999999999,"window_minutes":300}}}`, nil},
		{"no number", `{"type":"token_count","rate_limits":{"primary":{"used_percent":"12","window_minutes":300}}}`, nil},
		{"no length", `{"type":"token_count","rate_limits":{"primary":{"used_percent":12},"secondary":{"used_percent":12,"window_minutes":-5}}}`, nil},
		{"endless", `{"type":"token_count","rate_limits":{"primary":{"used_percent":12,"window_minutes":99999999999}}}`, nil},
		{"a list", `{"type":"token_count","rate_limits":[{"primary":{"used_percent":12,"window_minutes":300}}]}`, nil},
	} {
		l := newLogs(t)
		r := newRollout("a", "", start())
		r.row("event_msg", c.event)
		l.write("sessions/a.jsonl", r.b.String())
		l.sync()
		var got []usage.Window
		if l.Standing != nil {
			got = l.Standing.Windows
		}
		if !reflect.DeepEqual(got, c.want) || len(l.Reasons()) > 0 {
			t.Errorf("%s: %+v, want %+v; %q", c.name, got, c.want, l.Reasons())
		}
	}
}

// Two allowances that take turns in one log are both known.
func TestWindowsOfTwoAllowances(t *testing.T) {
	l := newLogs(t)
	r := newRollout("a", "", start())
	for i := range 10 {
		r.limited(windowsOf(fmt.Sprint(i), "1", start().Add(4*time.Hour)))
		r.limited(strings.Replace(windowsOf(fmt.Sprint(10*i), "2", start().Add(4*time.Hour)), `"codex","limit_name":null`, `"mini","limit_name":"mini"`, 1))
	}
	l.write("sessions/a.jsonl", r.b.String())
	l.sync()
	got := map[string]int64{}
	for _, w := range l.Standing.Windows {
		got[w.Name] = w.Used
	}
	if want := (map[string]int64{"primary": 9_000, "secondary": 1_000, "mini primary": 90_000, "mini secondary": 2_000}); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// A clock that was ahead does not make an observation the latest for ever, and a
// flood of names does not fill the memory.
func TestWindowsThatCannotBe(t *testing.T) {
	l := newLogs(t)
	r := newRollout("a", "", noon.Add(time.Hour))
	r.limited(windowsOf("1", "1", noon.Add(2*time.Hour)))
	l.write("sessions/a.jsonl", r.b.String())
	if l.sync(); l.Standing != nil {
		t.Errorf("from the future: %+v", l.Standing)
	}
	flood := newRollout("b", "", start())
	for i := range 100 {
		flood.limited(fmt.Sprintf(`{"limit_id":"x%d","primary":{"used_percent":1,"window_minutes":%d}}`, i, i+1))
	}
	l.write("sessions/b.jsonl", flood.b.String())
	l.sync()
	if n := len(l.Standing.Windows); n != 16 {
		t.Fatalf("%d windows", n)
	}
	for _, w := range l.Standing.Windows {
		if w.At.Before(flood.at.Add(-16 * time.Second)) {
			t.Errorf("an old one was kept: %+v", w)
		}
	}
}

// What a batch that was not kept said of windows is said again.
func TestWindowsSurviveAFullSink(t *testing.T) {
	l := newLogs(t)
	r := newRollout("a", "", start())
	r.request(100, 0, 10)
	r.limited(windowsOf("7", "3", start().Add(4*time.Hour)))
	l.write("sessions/a.jsonl", r.b.String())
	l.Fail = 1
	if _, err := codex.New(codex.Options{Home: l.home, Now: func() time.Time { return noon }}).Pull(t.Context(), nil, l.Apply); err == nil || l.Standing != nil {
		t.Fatalf("%v, %+v", err, l.Standing)
	}
	l.Fail = 0
	l.sync()
	if l.Standing == nil || len(l.Standing.Windows) != 2 || l.Standing.Windows[0].Used != 7_000 || len(l.Records) != 1 {
		t.Errorf("%+v, %d records", l.Standing, len(l.Records))
	}
}
