package simulate

import (
	"fmt"
	"strings"
	"testing"

	"tokpit/tui/tuitest"
)

// What leaves the page has every digit, and nothing that runs in a spreadsheet.
func TestExports(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.lever("swap gpt-5.2=gpt-5-mini:60%")
	for range 3 {
		d.Keys("e")
		for range len(d.act.files) {
			d.Keys("down")
		}
		d.Keys("enter")
	}
	if len(d.act.files) != 3 {
		t.Fatalf("files %v", d.act.files)
	}
	for _, form := range []string{"md", "csv", "json"} {
		want := fmt.Sprintf("%s of 1 levers, %s, %s", form, d.result.Delta(), d.snap.Prices)
		if got := d.act.files["tokpit-scenario."+form]; got != want {
			t.Errorf("%s: %q, want %q", form, got, want)
		}
	}
	clips := d.Clips()
	if text, err := clips[0].Make(); err != nil || !strings.HasPrefix(string(text), "md of 1 levers") {
		t.Errorf("the summary is %q, %v", text, err)
	}
	if clips[1].Text != d.result.After.Cost.Sub(d.result.Before.Cost).String() && clips[1].Text != d.result.After.Cash.Sub(d.result.Before.Cash).String() {
		t.Errorf("the difference is %q", clips[1].Text)
	}
}

// Traffic is estimated without any usage at all.
func TestTrafficWithoutHistory(t *testing.T) {
	s := tuitest.Empty()
	s.Book = tuitest.Book()
	d := newPage(t, s, 120, 37)
	d.See("No usage has been read yet", "N  works out", "d  looks around")
	d.Keys("N")
	d.See("users", "messages in a session", "What it would cost", "a month", "least, a month", "750 words")
	was := d.crowd.rows[0].Month.Base
	d.Keys("enter")
	for range 6 {
		d.Keys("backspace")
	}
	d.Typed("1000")
	d.Keys("enter")
	if got := d.crowd.rows[0].Month.Base; got != was.Add(was) {
		t.Errorf("twice the users cost %s, were %s", got, was)
	}
	d.Keys("down", "down", "L", "tab", "down", "up", "esc")
	d.See("No usage has been read yet")
}

// A plan that pays for everything leaves cash as it is, and the page says so.
func TestPlanPaysForAll(t *testing.T) {
	d := newPage(t, sample(), 200, 57)
	d.lever("swap claude-opus-4-8=claude-sonnet-5")
	d.See("cash stays as it is", "A plan pays for all of this")
}

// Planned and actual stand beside each other.
func TestOutcome(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.lever("input -20%")
	d.Keys("s")
	d.Typed("shorter")
	d.Keys("enter", "n")
	d.See("In use since")
	for range 10 {
		d.Keys("backspace")
	}
	d.Typed("2026-11-10")
	d.Keys("enter")
	d.See("planned and actual", "planned", "actual", "did cost")
	if d.act.saved["shorter"].Adopted.IsZero() {
		t.Error("nobody knows since when")
	}
}
