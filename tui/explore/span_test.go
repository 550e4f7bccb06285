package explore

import (
	"testing"
	"time"

	"tokpit/report"
	"tokpit/tui/period"
	"tokpit/tui/tuitest"
	"tokpit/usage"
)

func TestPeriods(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	utc := report.Calendar{Now: tuitest.Now(), Anchor: 1}
	local := report.Calendar{Now: tuitest.Now(), Zone: berlin, Anchor: 1}
	for _, c := range []struct {
		calendar      report.Calendar
		text          string
		words, versus string
		since, before string
	}{
		{utc, "cycle", "1–20 Nov 2026", "1–20 Oct 2026", "2026-11-01T00:00:00Z", "2026-10-01T00:00:00Z"},
		{utc, "last-cycle", "1–31 Oct 2026", "1–30 Sep 2026", "2026-10-01T00:00:00Z", "2026-09-01T00:00:00Z"},
		{utc, "7d", "14–20 Nov 2026", "7–13 Nov 2026", "2026-11-14T00:00:00Z", "2026-11-07T00:00:00Z"},
		{utc, "today", "Fri 20 Nov 2026", "19 Nov 2026 until 15:00", "2026-11-20T00:00:00Z", "2026-11-19T00:00:00Z"},
		{utc, "yesterday", "Thu 19 Nov 2026", "Wed 18 Nov 2026", "2026-11-19T00:00:00Z", "2026-11-18T00:00:00Z"},
		{utc, "last-month", "1–31 Oct 2026", "1–30 Sep 2026", "2026-10-01T00:00:00Z", "2026-09-01T00:00:00Z"},
		{utc, "2026-10", "1–31 Oct 2026", "1–30 Sep 2026", "2026-10-01T00:00:00Z", "2026-09-01T00:00:00Z"},
		{utc, "2026-10-20", "Tue 20 Oct 2026", "Mon 19 Oct 2026", "2026-10-20T00:00:00Z", "2026-10-19T00:00:00Z"},
		{utc, "2026-10-01..2026-10-11", "1–10 Oct 2026", "21–30 Sep 2026", "2026-10-01T00:00:00Z", "2026-09-21T00:00:00Z"},
		{utc, "2026-10-01T06:00:00Z..2026-10-01T08:00:00Z", "1 Oct 2026 06:00–08:00", "1 Oct 2026 04:00–06:00", "2026-10-01T06:00:00Z", "2026-10-01T04:00:00Z"},
		{utc, "all", "all history", "", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
		// The clocks go back on 25 October: the days before are as many, not as long.
		{local, "2026-10-25..2026-10-28", "25–27 Oct 2026", "22–24 Oct 2026", "2026-10-24T22:00:00Z", "2026-10-21T22:00:00Z"},
		{local, "month", "1–20 Nov 2026", "", "2026-10-31T23:00:00Z", "2026-09-30T22:00:00Z"},
	} {
		got, err := newSpan(c.calendar, c.text, &step{})
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got.words != c.words || c.versus != "" && got.versus != c.versus {
			t.Errorf("%s is %q against %q, want %q against %q", c.text, got.words, got.versus, c.words, c.versus)
		}
		if s, b := got.Since.Format(time.RFC3339), got.before.Since.Format(time.RFC3339); s != c.since || b != c.before {
			t.Errorf("%s begins %s, what it is compared with %s; want %s and %s", c.text, s, b, c.since, c.before)
		}
	}
	for _, text := range []string{"", "..", "tomorrowish", "2026-13-01", "2026-10-05..2026-10-01", "0d"} {
		if s, err := newSpan(utc, text, &step{}); err == nil {
			t.Errorf("%q is %v", text, s)
		}
	}
}

// What was drilled into is a part of the time that was asked for.
func TestPartsOfTime(t *testing.T) {
	c := report.Calendar{Now: tuitest.Now(), Anchor: 1}
	s := step{wheres: []where{{usage.ByWeek, []string{"2026-11-02"}}, {usage.ByDay, []string{"2026-11-04"}}, {usage.ByHour, []string{"2026-11-04T09:00:00Z"}}}}
	got, err := newSpan(c, "cycle", &s)
	if err != nil || got.words != "4 Nov 2026 09:00–10:00" || got.versus != "4 Nov 2026 08:00–09:00" {
		t.Errorf("%+v, %v", got, err)
	}
	s.wheres[1].values[0] = "2026-12-24" // of another time: nothing, not everything
	if got, err = newSpan(c, "cycle", &s); err != nil || got.Until.Sub(got.Since) > 2*time.Hour {
		t.Errorf("parts that have nothing in common: %+v, %v", got, err)
	}
}

// A day is compared with the same day of the week before; the period that is
// chosen afterwards with the period before it.
func TestWeekly(t *testing.T) {
	c := report.Calendar{Now: tuitest.Now(), Anchor: 1}
	s := step{compare: true, weekly: true, wheres: []where{{usage.ByDay, []string{"2026-11-04"}}}}
	got, err := newSpan(c, "cycle", &s)
	if err != nil || got.versus != period.Words(c, period.WeekBefore(c, got.Span)) {
		t.Errorf("a day: against %q, %v", got.versus, err)
	}
	s.wheres = nil
	if got, err = newSpan(c, "2026-10", &s); err != nil || got.before != period.Before(c, "2026-10", got.Span) {
		t.Errorf("a month: against %q, %v", got.versus, err)
	}
}

// The names of the trend's bars are those that the engine uses.
func TestTimeNames(t *testing.T) {
	zone, err := time.LoadLocation("America/St_Johns")
	if err != nil {
		t.Fatal(err)
	}
	s := tuitest.Explored()
	s.Zone = zone
	c := period.Calendar(s)
	for _, unit := range []usage.Dimension{usage.ByHour, usage.ByDay, usage.ByWeek, usage.ByMonth} {
		from, until := s.AsOf.AddDate(0, 0, -40), s.AsOf
		a, err := newEngine(s.Cube, s.Book, s.Plans).Explore(report.ExploreQuery{Query: report.Query{Since: from, Until: until, Zone: zone, By: []usage.Dimension{unit}}}, s.AsOf)
		if err != nil {
			t.Fatal(err)
		}
		names := make(map[string]bool)
		for _, n := range timeNames(c, unit, from, until) {
			names[n] = true
		}
		for _, r := range a.Rows {
			if !names[r.Keys[0]] {
				t.Errorf("%s: no bar is named %q", unit, r.Keys[0])
			}
		}
	}
}
