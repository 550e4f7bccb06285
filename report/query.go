package report

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"tokpit/usage"
)

// Query asks for usage and its cost, grouped and filtered.
type Query struct {
	// Since and Until bound the beginnings of the cells that count, half open;
	// zero is open.
	Since, Until time.Time
	Zone         *time.Location // of hours, days, weeks and months; nil is UTC
	By           []usage.Dimension
	// Filter keeps what has one of the given values in every dimension named;
	// "" is "not known". Time is filtered with Since and Until.
	Filter map[usage.Dimension][]string
	// Basis asks for one basis, whatever counts in the headline; zero is the
	// headline.
	Basis usage.Basis
	// Names are what people call ids. With them a filter may hold names, and the
	// text of the report shows them. Nil shows ids.
	Names *Names
}

// Fine reports whether only session-level cells can answer the query.
func (q *Query) Fine() bool {
	for _, d := range q.By {
		if d.Fine() {
			return true
		}
	}
	for d := range q.Filter {
		if d.Fine() {
			return true
		}
	}
	return false
}

// Cells is the span of the cells that the query needs. Which basis counts is
// decided by whole UTC days, so a span that cuts through days needs their other
// parts too. A span that cuts through a quarter hour is left as it is: what
// answers it must be read for that span alone.
func (q *Query) Cells() usage.Span {
	span := usage.Span{Since: q.Since, Until: q.Until}
	for _, t := range []time.Time{q.Since, q.Until} {
		if !t.Equal(t.Truncate(usage.SlotLength)) {
			return span
		}
	}
	if !span.Since.IsZero() {
		span.Since = span.Since.UTC().Truncate(24 * time.Hour)
	}
	if !span.Until.IsZero() {
		span.Until = span.Until.UTC().Add(24*time.Hour - 1).Truncate(24 * time.Hour)
	}
	return span
}

func (q *Query) check() error {
	if !q.Since.IsZero() && !q.Until.IsZero() && !q.Since.Before(q.Until) {
		return &InputError{fmt.Sprintf("the span from %s until %s is empty", q.Since.Format(time.RFC3339), q.Until.Format(time.RFC3339)),
			"since is inside the span and until is not"}
	}
	for d := range q.Filter {
		if d.IsTime() {
			return &InputError{fmt.Sprintf("cannot filter by %s", d), "use --since and --until to choose a span of time"}
		}
	}
	for i, d := range q.By {
		for _, e := range q.By[:i] {
			if d == e {
				return &InputError{fmt.Sprintf("the dimension %s is named twice", d), "name each dimension once"}
			}
		}
	}
	return nil
}

// named returns the query with ids for the names in its filter. A name that is
// also a value by itself, as a folder's may be a project's, stands for both.
func (q *Query) named() (Query, error) {
	out := *q
	if q.Names == nil || len(q.Filter) == 0 {
		return out, nil
	}
	out.Filter = make(map[usage.Dimension][]string, len(q.Filter))
	for _, d := range q.filtered() {
		for _, v := range q.Filter[d] {
			id, err := q.Names.ID(d, v)
			if err != nil {
				return out, err
			}
			for _, x := range []string{id, v} {
				if !slices.Contains(out.Filter[d], x) {
					out.Filter[d] = append(out.Filter[d], x)
				}
			}
		}
	}
	return out, nil
}

// timeless returns the dimensions of By that are no spans of time.
func (q *Query) timeless() []usage.Dimension {
	var out []usage.Dimension
	for _, d := range q.By {
		if !d.IsTime() {
			out = append(out, d)
		}
	}
	return out
}

// filtered returns the dimensions of the filter in order.
func (q *Query) filtered() []usage.Dimension {
	return slices.Sorted(maps.Keys(q.Filter))
}

// value is what d says of a dimension set; priced_as is decided by the price
// at the time. Usage that names no tier is standard.
func value(d usage.Dimension, x *usage.Dims) string {
	switch {
	case d == usage.ByTier && x.Tier == "":
		return "standard"
	case d == usage.ByBand && !x.Band.Known():
		return ""
	}
	return d.Of(x)
}
