package report

import (
	"slices"
	"time"

	"tokpit/usage"
)

// buckets cuts time into intervals, each of which lies inside one unit of every
// time dimension of a query. Edges are slots: bucket i is [edges[i], edges[i+1]).
type buckets struct {
	zone  *time.Location
	edges []usage.Slot
}

// firstSlot returns the first slot that begins at t or later.
func firstSlot(t time.Time) usage.Slot {
	s := usage.SlotOf(t)
	if s.Time().Before(t) {
		s++
	}
	return s
}

// cut makes the buckets for [from, to) and the time dimensions among by.
func cut(zone *time.Location, by []usage.Dimension, from, to usage.Slot) buckets {
	b := buckets{zone: zone, edges: []usage.Slot{from}}
	next := finest(by)
	for at := from; next != nil; {
		at = firstSlot(next(zone, at.Time()))
		if at >= to {
			break
		}
		b.edges = append(b.edges, at)
	}
	b.edges = append(b.edges, max(to, from))
	return b
}

// finest returns the function that finds the next boundary of the shortest
// unit among by; months and weeks together need days.
func finest(by []usage.Dimension) func(*time.Location, time.Time) time.Time {
	has := func(d usage.Dimension) bool { return slices.Contains(by, d) }
	switch {
	case has(usage.ByHour):
		return nextHour
	case has(usage.ByDay), has(usage.ByWeek) && has(usage.ByMonth):
		return nextDay
	case has(usage.ByWeek):
		return nextWeek
	case has(usage.ByMonth):
		return nextMonth
	}
	return nil
}

// nextHour looks at every quarter hour, because clocks may change by half an
// hour, and in a zone an hour off by half begins at half past.
func nextHour(zone *time.Location, t time.Time) time.Time {
	key := hourKey(t.In(zone))
	for range 8 {
		t = t.Add(usage.SlotLength)
		if hourKey(t.In(zone)) != key {
			break
		}
	}
	return t
}

func nextDay(zone *time.Location, t time.Time) time.Time {
	y, m, d := t.In(zone).Date()
	return after(t, func(i int) time.Time { return usage.StartOfDay(zone, y, m, d+i) })
}

func nextWeek(zone *time.Location, t time.Time) time.Time {
	y, m, d := t.In(zone).Date()
	monday := d - sinceMonday(t.In(zone))
	return after(t, func(i int) time.Time { return usage.StartOfDay(zone, y, m, monday+7*i) })
}

func nextMonth(zone *time.Location, t time.Time) time.Time {
	y, m, _ := t.In(zone).Date()
	return after(t, func(i int) time.Time { return usage.StartOfDay(zone, y, m+time.Month(i), 1) })
}

// after returns the first of start(1), start(2), … that is later than t: a day
// that a zone skipped has no length.
func after(t time.Time, start func(int) time.Time) time.Time {
	for i := 1; ; i++ {
		if s := start(i); s.After(t) {
			return s
		}
	}
}

func hourKey(local time.Time) [2]int64 {
	_, offset := local.Zone()
	s := local.Unix() + int64(offset)
	return [2]int64{s - s%3600, int64(offset)}
}

// find returns the bucket of a slot inside the edges.
func (b *buckets) find(s usage.Slot) int {
	i, found := slices.BinarySearch(b.edges, s)
	if !found {
		i--
	}
	return i
}

// key names the unit of dimension d that the bucket lies in.
func (b *buckets) key(i int, d usage.Dimension) string {
	return timeKey(d, b.edges[i].Time().In(b.zone))
}

// timeKey returns the name of the hour ("2026-11-20T15:00:00+01:00", or "Z" for
// no offset), day
// ("2026-11-20"), week (its Monday) or month ("2026-11") that a local time
// lies in.
func timeKey(d usage.Dimension, local time.Time) string {
	switch d {
	case usage.ByHour:
		_, offset := local.Zone()
		into := (local.Unix() + int64(offset)) % 3600
		return time.Unix(local.Unix()-into, 0).In(time.FixedZone("", offset)).Format(time.RFC3339)
	case usage.ByDay:
		return local.Format(time.DateOnly)
	case usage.ByWeek:
		y, m, day := local.Date()
		return time.Date(y, m, day-sinceMonday(local), 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	}
	return local.Format("2006-01")
}
