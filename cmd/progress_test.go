package cmd

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// TestProgress: one line, with what is left to wait for, never wider than the
// terminal.
func TestProgress(t *testing.T) {
	var out strings.Builder
	now := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	p := &progress{w: &out, width: 60, now: func() time.Time { return now }}
	last := func() string {
		text := out.String()
		return text[strings.LastIndex(text, "\r\x1b[K")+len("\r\x1b[K"):]
	}
	step := func(source string, done, total int64, after time.Duration) string {
		now = now.Add(after)
		p.steps(source, done, total)
		return last()
	}
	for _, c := range []struct {
		done, total int64
		after       time.Duration
		want        string
	}{
		{10, 100, time.Second, "acme: 10%"},
		{11, 100, time.Second, "acme: 11%"}, // too early to tell
		{20, 100, 9 * time.Second, "acme: 20%, about 1 min left"},
		{90, 100, 70 * time.Second, "acme: 90%, about 10 s left"},
		{100, 100, time.Second, "acme: 100%"},
	} {
		if got := step("acme", c.done, c.total, c.after); got != c.want {
			t.Errorf("%d of %d: %q, want %q", c.done, c.total, got, c.want)
		}
	}
	if got := step("other", 1, 1_000_000, time.Second); got != "acme: 100%; other: 0%" {
		t.Errorf("two sources: %q", got)
	}
	if got := step("other", 2, 1_000_000, time.Minute); got != "acme: 100%; other: 0%, about 16667 h left" {
		t.Errorf("a long one: %q", got)
	}
	p.done("acme")
	now = now.Add(time.Second)
	p.waits("other", errors.New("429 \x1b[2J"+strings.Repeat("x", 100)), 1500*time.Millisecond)
	if got := last(); !strings.HasPrefix(got, "other: waiting 1.5s: 429 x") || len([]rune(got)) > 59 || strings.Contains(got, "\x1b") {
		t.Errorf("waiting: %q", got)
	}
	step("other", 0, 0, time.Second) // nothing to say
	p.clear()
	before := out.Len()
	step("other", 5, 10, time.Second)
	if out.Len() != before || !strings.HasSuffix(out.String(), "\r\x1b[K") {
		t.Errorf("after the end: %q", out.String()[before:])
	}
}
