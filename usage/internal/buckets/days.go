package buckets

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"tokpit/usage"
)

// Days is what is remembered of one stream: the days [Since, Until) have been
// read. The zero Days has read nothing.
type Days struct {
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"`
	// Deep is the day on which everything that a provider may still revise was
	// last read again.
	Deep time.Time `json:"deep,omitzero"`
	// Grains that days have been read in.
	Grains []string `json:"grains,omitempty"`
}

// Decode reads a cursor. Anything else than what [Days.Encode] wrote is as if
// nothing had been read: reading again replaces.
func Decode(cursor []byte) Days {
	var d Days
	if json.Unmarshal(cursor, &d) != nil || !d.Since.Before(d.Until) {
		return Days{Grains: d.Grains}
	}
	d.Since, d.Until, d.Deep = d.Since.UTC().Truncate(Day), d.Until.UTC().Truncate(Day), d.Deep.UTC().Truncate(Day)
	return d
}

// Encode writes a cursor.
func (d Days) Encode() []byte {
	data, _ := json.Marshal(d) // times and names: cannot fail
	return data
}

// Reading says what to read.
type Reading struct {
	Since    time.Time // first day that is wanted
	Now      time.Time
	Trailing int // days before today that every pull reads again
	Deep     int // days before today that one pull a day reads again
	Window   int // most days in one window
}

// Plan returns the windows to read, in order: first what is new together with
// the trailing days, oldest first, so that the days that matter most are there
// soon; then what lies before, newest first. Windows are cut from the end, so the
// one with today in it is as long as it may be: providers refuse a span in which
// no bucket has ended yet.
func (d *Days) Plan(r Reading) (fresh, past []usage.Span) {
	today := r.Now.UTC().Truncate(Day)
	since, end := r.Since.UTC().Truncate(Day), today.Add(Day)
	if since.After(today) {
		since = today
	}
	first := !d.Since.Before(d.Until)
	trail := r.Trailing
	if !first && today.Sub(d.Deep) >= Day {
		trail = max(trail, r.Deep)
	}
	from, known := today, today
	if !first {
		known = d.Since
		if d.Until.Before(from) {
			from = d.Until
		}
	} else {
		known = since
	}
	from = from.Add(-time.Duration(trail) * Day)
	if from.Before(known) {
		from = known
	}
	fresh = windows(from, end, r.Window)
	slices.Reverse(fresh)
	switch {
	case first:
		past = windows(since, from, r.Window)
	case since.Before(d.Since):
		past = windows(since, d.Since, r.Window)
	}
	return fresh, past
}

// windows splits [from, to) into spans of n days, latest first.
func windows(from, to time.Time, n int) (out []usage.Span) {
	for end := to; from.Before(end); {
		begin := end.Add(-time.Duration(max(1, n)) * Day)
		if begin.Before(from) {
			begin = from
		}
		out = append(out, usage.Span{Since: begin, Until: end})
		end = begin
	}
	return out
}

// Read notes that a window has been read.
func (d *Days) Read(w usage.Span) {
	switch {
	case !d.Since.Before(d.Until):
		d.Since, d.Until = w.Since, w.Until
	case !w.Since.After(d.Until) && !w.Until.Before(d.Since):
		if w.Since.Before(d.Since) {
			d.Since = w.Since
		}
		if w.Until.After(d.Until) {
			d.Until = w.Until
		}
	}
}

// Before notes the grains of buckets that an earlier connection of the same name
// has left behind, which are known by their kinds only.
func (d *Days) Before(stream string, kinds []string) {
	for _, kind := range kinds {
		name, grain, ok := strings.Cut(kind, "/")
		if _, known := Grain(grain); ok && known && name == stream && !slices.Contains(d.Grains, grain) {
			d.Grains = append(slices.Clone(d.Grains), grain)
		}
	}
}

// Use notes that days are going to be read in a grain, and returns the other
// grains that were used before.
func (d *Days) Use(grain string) (others []string) {
	if !slices.Contains(d.Grains, grain) {
		d.Grains = append(slices.Clone(d.Grains), grain)
	}
	for _, g := range d.Grains {
		if g != grain {
			others = append(others, g)
		}
	}
	return others
}
