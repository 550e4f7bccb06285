package jsonl

import (
	"slices"
	"time"

	"tokpit/usage"
)

// Out collects what the rows of a file say.
type Out struct {
	// End is the offset after the current line.
	End int64

	now     time.Time
	records []usage.Record
	removed []usage.Removed
	rows    int64     // usage rows, copies included
	folded  int64     // those that are not among records
	retry   time.Time // earliest of the rows from the future
	windows []usage.Window
	refused []refusal // of the row at hand
}

// refusal is a part of a row that cannot be counted.
type refusal struct {
	at     int
	reason string
}

// Refuse says that a part of a row cannot be counted, while the rest of it
// can. At is where the part begins in the row: a document has many lines.
func (o *Out) Refuse(at int, reason string) {
	if len(o.refused) <= MaxBad {
		o.refused = append(o.refused, refusal{at, reason})
	}
}

// NewOut returns an Out for a decoder that is used without a [Tree].
func NewOut(now time.Time) *Out { return &Out{now: now} }

// Take returns the records so far, and forgets them.
func (o *Out) Take() []usage.Record {
	r := o.records
	o.records = nil
	return r
}

// Add takes a record. Copies of one response mostly stand close together, and
// are folded here, so that a store sees fewer.
func (o *Out) Add(r *usage.Record) {
	o.rows++
	for i := len(o.records) - 1; i >= max(0, len(o.records)-8); i-- {
		if o.records[i].ID == r.ID {
			o.records[i] = usage.Fold(o.records[i], *r)
			o.folded++
			return
		}
	}
	o.records = append(o.records, *r)
}

// Repeat counts a row that says again what an earlier one said.
func (o *Out) Repeat() { o.rows, o.folded = o.rows+1, o.folded+1 }

// Remove takes back a record that was added earlier, in this pull or another.
func (o *Out) Remove(id string, start time.Time) {
	o.records = without(o.records, id)
	o.removed = append(o.removed, usage.Removed{ID: id, Start: start})
}

// without leaves out the record of an id.
func without(records []usage.Record, id string) []usage.Record {
	return slices.DeleteFunc(records, func(r usage.Record) bool { return r.ID == id })
}

// Ahead is how far a row may be ahead of the clock: two machines' clocks
// differ, but not by days.
const Ahead = 48 * time.Hour

// firstYear is before any of the logs that are read here.
const firstYear = 2020

// CheckTime returns why a row cannot be of this instant, or "". A row from the
// future is tried again when its time has come, should the clock be wrong.
func (o *Out) CheckTime(t time.Time) string {
	switch {
	case t.Unix() < 86400: // zero, or zero in some zone
		return "no timestamp"
	case t.Year() < firstYear:
		return "timestamp is before any such log"
	case t.After(o.now.Add(Ahead)):
		if o.retry.IsZero() || t.Before(o.retry) {
			o.retry = t
		}
		return "timestamp in the future"
	}
	return ""
}
