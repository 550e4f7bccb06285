package usage

import "time"

// StartOfDay returns the first quarter hour whose date in the zone is the given
// one or later; the date is normalised as by [time.Date]. Some zones skip
// midnight, or a whole day, when their clocks change, and some have it twice:
// the first one counts. The day of a date that a zone skipped is empty: it
// begins when the next one does.
func StartOfDay(zone *time.Location, y int, m time.Month, d int) time.Time {
	want := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	before := func(t time.Time) bool {
		ly, lm, ld := t.Date()
		return time.Date(ly, lm, ld, 0, 0, 0, 0, time.UTC).Before(want)
	}
	t := time.Date(y, m, d, 0, 0, 0, 0, zone)
	for before(t) {
		t = t.Add(SlotLength)
	}
	for {
		earlier := t.Add(-SlotLength)
		if before(earlier) {
			return t.UTC()
		}
		t = earlier
	}
}
