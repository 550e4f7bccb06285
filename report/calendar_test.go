package report

import (
	"strings"
	"testing"
	"time"

	"tokpit/usage"
)

func TestSpans(t *testing.T) {
	now := at(t, "2026-11-20T15:00Z") // a Friday
	for _, c := range []struct{ zone, since, until, wantSince, wantUntil string }{
		{"UTC", "", "", "", ""},
		{"UTC", "2026-11-01", "2026-11-02", "2026-11-01", "2026-11-02"},
		{"Europe/Berlin", "2026-07-01", "2026-12-01", "2026-06-30T22:00Z", "2026-11-30T23:00Z"},
		{"UTC", "2026-11-01T12:30:00+02:00", "", "2026-11-01T10:30Z", ""},
		{"UTC", "today", "", "2026-11-20", ""},
		{"Asia/Tokyo", "today", "", "2026-11-20T15:00Z", ""}, // it is midnight there
		{"UTC", "yesterday", "", "2026-11-19", "2026-11-20"},
		{"UTC", "yesterday", "today", "2026-11-19", "2026-11-20"},
		{"UTC", "1d", "", "2026-11-20", ""},
		{"UTC", "7d", "", "2026-11-14", ""},
		{"America/New_York", "30d", "", "2026-10-22T04:00Z", ""},
		{"UTC", "week", "", "2026-11-16", ""},
		{"UTC", "month", "", "2026-11-01", ""},
		{"Europe/Berlin", "month", "", "2026-10-31T23:00Z", ""},
		{"UTC", "last-month", "", "2026-10-01", "2026-11-01"},
		{"UTC", "last-month", "2026-10-15", "2026-10-01", "2026-10-15"},
		{"UTC", "2026-10-15", "month", "2026-10-15", "2026-11-01"},
		{"Europe/Berlin", "cycle", "", "2026-11-01", ""}, // cycles are UTC's
		{"UTC", "LAST-CYCLE", "", "2026-10-01", "2026-11-01"},
	} {
		got, err := ParseSpan(c.since, c.until, zone(t, c.zone), now, 1)
		if err != nil {
			t.Errorf("%q to %q: %v", c.since, c.until, err)
			continue
		}
		var want usage.Span
		if c.wantSince != "" {
			want.Since = at(t, c.wantSince)
		}
		if c.wantUntil != "" {
			want.Until = at(t, c.wantUntil)
		}
		if !got.Since.Equal(want.Since) || !got.Until.Equal(want.Until) {
			t.Errorf("%s: %q to %q is %v, want %v", c.zone, c.since, c.until, got, want)
		}
	}
}

func TestBadSpans(t *testing.T) {
	for _, c := range [][2]string{{"tomorrow", ""}, {"2026-13-01", ""}, {"0d", ""}, {"-3d", ""}, {"", "next week"}, {"2026-11-02", "2026-11-02"},
		{"2026-11-03", "2026-11-02"}, {"2026-11-01T00:00:00", ""}, {"99999999999d", ""}, {"\x1b[31m", ""}} {
		_, err := ParseSpan(c[0], c[1], nil, at(t, "2026-11-20T15:00Z"), 1)
		hinted, ok := err.(interface{ Hint() string })
		if err == nil || !ok || hinted.Hint() == "" || strings.ContainsRune(err.Error(), '\x1b') {
			t.Errorf("%q to %q gives %v", c[0], c[1], err)
		}
	}
}

func TestCycles(t *testing.T) {
	for _, c := range []struct {
		anchor            int
		now, since, until string
	}{
		{0, "2026-11-20T15:00Z", "2026-11-01", "2026-12-01"},
		{1, "2026-12-31T23:59Z", "2026-12-01", "2027-01-01"},
		{15, "2026-11-14T23:59Z", "2026-10-15", "2026-11-15"},
		{15, "2026-11-15T00:00Z", "2026-11-15", "2026-12-15"},
		{31, "2026-02-28T00:00Z", "2026-02-28", "2026-03-31"},
		{31, "2026-03-30T12:00Z", "2026-02-28", "2026-03-31"},
		{30, "2028-02-29T12:00Z", "2028-02-29", "2028-03-30"},
		{99, "2026-04-30T00:00Z", "2026-04-30", "2026-05-31"},
	} {
		got := Calendar{Anchor: c.anchor}.Cycle(at(t, c.now))
		if !got.Since.Equal(at(t, c.since)) || !got.Until.Equal(at(t, c.until)) {
			t.Errorf("anchor %d at %s: %v", c.anchor, c.now, got)
		}
	}
}

// Days follow each other without a gap, have 23 to 25 hours, and begin on a
// quarter hour, in zones whose clocks change at midnight too.
func TestDays(t *testing.T) {
	for _, name := range zones() {
		z := zone(t, name)
		lengths := make(map[time.Duration]int)
		day := Calendar{Zone: z}.Day(at(t, "2023-01-01T12:00Z"))
		for day.Since.Before(at(t, "2027-01-01")) {
			next := Calendar{Zone: z}.Day(day.Until)
			if !next.Since.Equal(day.Until) || !day.Since.Equal(day.Since.Truncate(usage.SlotLength)) {
				t.Fatalf("%s: %v is followed by %v", name, day, next)
			}
			if y, m, d := day.Since.In(z).Date(); day.Since.In(z).Add(-time.Second).Format(time.DateOnly) == time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Format(time.DateOnly) {
				t.Errorf("%s: the day %v begins before its first moment", name, day.Since.In(z))
			}
			lengths[day.Until.Sub(day.Since)]++
			day = next
		}
		for length := range lengths {
			if length < 23*time.Hour || length > 25*time.Hour {
				t.Errorf("%s: a day of %s", name, length)
			}
		}
		if name != "UTC" && name != "Asia/Kolkata" && len(lengths) != 3 {
			t.Errorf("%s: days of %v, want short and long ones too", name, lengths)
		}
	}
}

// Samoa had no 30th of December 2011: it crossed the date line.
func TestDayThatWasSkipped(t *testing.T) {
	z := zone(t, "Pacific/Apia")
	if a, b := usage.StartOfDay(z, 2011, 12, 30), usage.StartOfDay(z, 2011, 12, 31); !a.Equal(b) {
		t.Errorf("the 30th begins at %v, the 31st at %v", a, b)
	}
	if next := nextDay(z, usage.StartOfDay(z, 2011, 12, 29)); !next.Equal(usage.StartOfDay(z, 2011, 12, 31)) {
		t.Errorf("the 29th is followed by %v", next.In(z))
	}
}

func TestHourKeysWhenClocksGoBack(t *testing.T) {
	d := dims("codex", "openai", "gpt-5.4")
	cube := cubeOf([]cell1{
		one(t, "2026-10-25T00:30Z", d, usage.Tokens{Input: 1}), one(t, "2026-10-25T01:30Z", d, usage.Tokens{Input: 1}),
		one(t, "2026-10-25T02:15Z", d, usage.Tokens{Input: 1}),
	})
	r := run(t, cube, nil, Query{Zone: zone(t, "Europe/Berlin"), By: []usage.Dimension{usage.ByHour}})
	if got := rowKeys(r); got != "2026-10-25T02:00:00+02:00 2026-10-25T02:00:00+01:00 2026-10-25T03:00:00+01:00" {
		t.Errorf("rows are %s", got)
	}
	if got := rowKeys(run(t, cube, nil, Query{By: []usage.Dimension{usage.ByHour}})); !strings.HasPrefix(got, "2026-10-25T00:00:00Z ") {
		t.Errorf("rows in UTC are %s", got)
	}
}

func TestQueryCells(t *testing.T) {
	q := Query{Since: at(t, "2026-10-31T23:00Z"), Until: at(t, "2026-11-20T15:15Z"), By: []usage.Dimension{usage.ByUser}}
	if got := q.Cells(); !got.Since.Equal(at(t, "2026-10-31")) || !got.Until.Equal(at(t, "2026-11-21")) || !q.Fine() {
		t.Errorf("cells are %v", got)
	}
	q = Query{Since: at(t, "2026-10-31T23:07Z"), Filter: map[usage.Dimension][]string{usage.ByModel: {""}}}
	if got := q.Cells(); !got.Since.Equal(q.Since) || q.Fine() {
		t.Errorf("cells of a span that cuts a quarter hour are %v", got)
	}
}

// Whatever people write, a span is an error with a hint or not empty.
func FuzzSpan(f *testing.F) {
	for _, s := range []string{"", "7d", "month", "2026-11-20", "2026-11-20T15:00:00+01:00", "0001-01-01", "9999-12-31", "36600d", "cycle"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, since, until string) {
		span, err := ParseSpan(since, until, time.UTC, time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC), 31)
		if err != nil {
			if hinted, ok := err.(interface{ Hint() string }); !ok || hinted.Hint() == "" {
				t.Errorf("%q to %q: no hint with %v", since, until, err)
			}
			return
		}
		if !span.Since.IsZero() && !span.Until.IsZero() && !span.Since.Before(span.Until) {
			t.Errorf("%q to %q is %v", since, until, span)
		}
	})
}
