// Package buckets turns what providers say about spans of time into slices
// that replace each other, and remembers which days have been read.
//
// A [Bucket] holds one provider bucket: rows that mean the same dimensions are
// summed, and every record gets an ID from its kind, start and dimensions, so
// that reading a bucket again gives the same records. A [Writer] takes the
// buckets of one window, page after page, and emits them in batches of bounded
// size; what the provider leaves out becomes an empty slice. [Days] is the
// memory between pulls: which days have been read, which to read again.
package buckets

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"tokpit/usage"
)

// Day is a UTC day.
const Day = 24 * time.Hour

// Grain returns the length of a bucket by its name, or false if it is none of
// 1d, 1h and 1m.
func Grain(name string) (time.Duration, bool) {
	switch name {
	case "1d":
		return Day, true
	case "1h":
		return time.Hour, true
	case "1m":
		return time.Minute, true
	}
	return 0, false
}

// Bucket is one provider bucket while it is read.
type Bucket struct {
	Kind       string
	Start, End time.Time

	page   int
	at     map[identity]int
	rows   []usage.Record
	pageOf []int
}

// identity is what makes a row another row. Amounts of two currencies cannot be
// summed.
type identity struct {
	usage.Dims
	currency, as string
}

// NewBucket returns an empty bucket.
func NewBucket(kind string, start, end time.Time) *Bucket {
	return &Bucket{Kind: kind, Start: start.UTC(), End: end.UTC(), at: make(map[identity]int)}
}

// Add counts a row. Rows of the same dimensions are summed if they are on one
// page; on a later page the row is the same one again, and replaces it: a bucket
// may go on across pages, and a provider may repeat the bucket at the seam.
func (b *Bucket) Add(r usage.Record) { b.AddAs(r, "") }

// AddAs is [Bucket.Add] for a provider that tells rows apart by more than the
// record's dimensions: rows are the same only if as is the same, too.
func (b *Bucket) AddAs(r usage.Record, as string) {
	r.Start, r.End, r.Slice, r.Context = b.Start, b.End, b.Kind, usage.Absent
	key := identity{r.Dims, r.Currency, as}
	i, known := b.at[key]
	switch {
	case !known:
		r.ID = id(b.Kind, b.Start, &key)
		b.at[key] = len(b.rows)
		b.rows, b.pageOf = append(b.rows, r), append(b.pageOf, b.page)
	case b.pageOf[i] < b.page:
		r.ID = b.rows[i].ID
		b.rows[i], b.pageOf[i] = r, b.page
	default:
		sum(&b.rows[i], &r)
	}
}

// sum adds what r measures to old.
func sum(old, r *usage.Record) {
	m := old.Measures().Add(r.Measures())
	old.Tokens, old.Quantities, old.Flags = m.Tokens, m.Quantities, old.Flags|r.Flags
	old.Requests = m.Requests
	if m.Uncounted > 0 {
		old.Requests = usage.Absent
	}
	old.Reported = old.Reported.Add(r.Reported)
}

// Slice returns what has been read.
func (b *Bucket) Slice() usage.Slice {
	return usage.Slice{Kind: b.Kind, Start: b.Start, Records: b.rows}
}

// id names a row by what it is about.
func id(kind string, start time.Time, d *identity) string {
	h := sha256.New()
	for _, s := range d.Strings() {
		fmt.Fprintf(h, "%d:%s", len(*s), *s)
	}
	fmt.Fprintf(h, "%d %d %d %s", d.Basis, d.Band.Lo, d.Band.End, d.currency)
	if d.as != "" {
		fmt.Fprintf(h, "\x00%s", d.as)
	}
	return kind + ":" + strconv.FormatInt(start.Unix(), 10) + ":" + hex.EncodeToString(h.Sum(nil)[:12])
}

// Quantities sorts quantities by meter, sums them, and leaves out zeros.
func Quantities(qs ...usage.Quantity) []usage.Quantity {
	var m usage.Measures
	for _, q := range qs {
		if q.N != 0 {
			m = m.Add(usage.Measures{Quantities: []usage.Quantity{q}})
		}
	}
	return m.Quantities
}
