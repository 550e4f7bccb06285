package store

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tokpit/money"
	"tokpit/usage"
)

// What a record must be to come in, and the one form in which it is kept: two
// copies that say the same must not differ in anything that [usage.Fold] or a
// block looks at, or the order of arrival would show.

// A record may start in the years 1971 to 9999: what is earlier is a zero that
// something took for a time. Its other instants only have to fit.
const (
	firstSecond = 365 * 24 * 60 * 60
	lastSecond  = 253402300799
	farSecond   = 1e12
)

func inRange(t time.Time) bool { return t.Unix() >= firstSecond && t.Unix() <= lastSecond }

func fits(t time.Time) bool { return t.Unix() > -farSecond && t.Unix() < farSecond }

// maxContext bounds the total input of one request: its four classes.
const maxContext = 4 * usage.MaxTokens

// maxReported bounds the amount of one record, in units of its currency, so
// that sums stay far inside a money.Amount, where adding and taking away undo
// each other.
const maxReported = 1e12

// admit returns the record in the form that is kept: r itself, or a changed
// copy. The error wraps ErrInvalid.
func admit(r *usage.Record) (*usage.Record, error) {
	switch {
	case r.ID == "":
		return nil, fmt.Errorf("%w: no id", ErrInvalid)
	case !inRange(r.Start):
		return nil, fmt.Errorf("%w: %.80q starts at %v", ErrInvalid, r.ID, r.Start)
	case !r.End.IsZero() && (!fits(r.End) || r.End.UnixMilli() <= r.Start.UnixMilli()):
		return nil, fmt.Errorf("%w: %.80q starts at %v and ends at %v", ErrInvalid, r.ID, r.Start, r.End)
	case !fits(r.UsageAt):
		return nil, fmt.Errorf("%w: %.80q was logged at %v", ErrInvalid, r.ID, r.UsageAt)
	case r.Requests < usage.Absent || r.Requests > usage.MaxTokens:
		return nil, fmt.Errorf("%w: %.80q counts %d requests", ErrInvalid, r.ID, r.Requests)
	case r.Context < usage.Absent || r.Context > maxContext:
		return nil, fmt.Errorf("%w: %.80q has a total input of %d", ErrInvalid, r.ID, r.Context)
	case r.Reported.Abs().Cmp(money.FromUnits(maxReported)) > 0:
		return nil, fmt.Errorf("%w: %.80q costs %s %.80q", ErrInvalid, r.ID, r.Reported, r.Currency)
	}
	if err := r.Tokens.Check(); err != nil {
		return nil, fmt.Errorf("%w: %.80q: %w", ErrInvalid, r.ID, err)
	}
	kept := normalise(r)
	for _, qs := range [][]usage.Quantity{r.Quantities, kept.Quantities} { // in parts and in sum
		for _, q := range qs {
			if q.N < 0 || q.N > usage.MaxTokens {
				return nil, fmt.Errorf("%w: %.80q counts %d %.80q", ErrInvalid, r.ID, q.N, q.Meter)
			}
		}
	}
	return kept, nil
}

func normalise(r *usage.Record) *usage.Record {
	idle := r.UsageAt.UnixMilli() == r.Start.UnixMilli()
	stray := r.Currency == "" && !r.Reported.IsZero()
	if !idle && !stray && whole(r.Start) && whole(r.End) && whole(r.UsageAt) && tidy(r.Quantities) {
		return r
	}
	c := *r
	c.Start, c.End, c.UsageAt = toMillis(r.Start), toMillis(r.End), toMillis(r.UsageAt)
	if idle {
		c.UsageAt = time.Time{} // the default
	}
	if stray {
		c.Reported = money.Amount{} // an amount of nothing
	}
	if !tidy(r.Quantities) {
		c.Quantities = sumQuantities(r.Quantities)
	}
	return &c
}

func whole(t time.Time) bool { return t.Nanosecond()%1e6 == 0 }

func toMillis(t time.Time) time.Time {
	if whole(t) {
		return t
	}
	return timeOf(t.UnixMilli())
}

// tidy reports whether quantities are sorted by meter, each with one count.
func tidy(qs []usage.Quantity) bool {
	for i, q := range qs {
		if q.N == 0 || i > 0 && qs[i-1].Meter >= q.Meter {
			return false
		}
	}
	return true
}

func sumQuantities(qs []usage.Quantity) []usage.Quantity {
	qs = slices.Clone(qs)
	slices.SortFunc(qs, func(a, b usage.Quantity) int {
		return cmp.Or(strings.Compare(a.Meter, b.Meter), cmp.Compare(a.N, b.N))
	})
	var out []usage.Quantity
	for _, q := range qs {
		if n := len(out); n > 0 && out[n-1].Meter == q.Meter {
			out[n-1].N += q.N
		} else if q.N != 0 {
			out = append(out, q)
		}
	}
	return out
}

// foldBatch admits single responses and folds the copies among them, by id.
func foldBatch(rs []usage.Record) (map[string]*usage.Record, error) {
	out := make(map[string]*usage.Record, len(rs))
	for i := range rs {
		r, err := admit(&rs[i])
		if err != nil {
			return nil, err
		}
		if r.Slice != "" {
			return nil, fmt.Errorf("%w: %.80q belongs to the slice %s and must come with it", ErrInvalid, r.ID, r.Slice)
		}
		if known, ok := out[r.ID]; ok {
			folded := usage.Fold(*known, *r)
			r = &folded
		}
		out[r.ID] = r
	}
	return out, nil
}

// bucket is a provider's bucket whose records replace the stored ones.
type bucket struct {
	kind    string
	start   int64 // ms
	records []*usage.Record
}

// admitSlices checks slices, and that each names a record once.
func admitSlices(replace []usage.Slice) ([]bucket, error) {
	out := make([]bucket, len(replace))
	for i := range replace {
		s := &replace[i]
		if s.Kind == "" || !inRange(s.Start) {
			return nil, fmt.Errorf("%w: a slice %q that starts at %v", ErrInvalid, s.Kind, s.Start)
		}
		b := bucket{kind: s.Kind, start: s.Start.UnixMilli(), records: make([]*usage.Record, len(s.Records))}
		ids := make(map[string]struct{}, len(s.Records))
		for k, r := range s.Records { // r is a copy
			r.Slice, r.Start = s.Kind, timeOf(b.start)
			kept, err := admit(&r)
			if err != nil {
				return nil, err
			}
			if _, again := ids[r.ID]; again {
				return nil, fmt.Errorf("%w: slice %s has %.80q twice", ErrInvalid, s.Kind, r.ID)
			}
			ids[r.ID] = struct{}{}
			b.records[k] = kept
		}
		out[i] = b
	}
	return out, nil
}
