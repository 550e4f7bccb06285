package store

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"tokpit/usage"
)

// A block holds the records of one connection in one part of a UTC day, by
// column, sorted by start, id and slice. Its key is the first instant of the part in
// milliseconds, big endian, so that keys sort by time.

const (
	blockVersion  = 1
	printsVersion = 1
	// blockSize is how many records a block should hold. A day that has more is
	// split into parts, at instants.
	blockSize = 4096
)

const dayMillis = 24 * 60 * 60 * 1000

// timeKey encodes an instant so that keys sort by time, also before 1970.
func timeKey(ms int64) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(ms)^1<<63)
}

func keyTime(key []byte) int64 {
	if len(key) < 8 {
		return 0
	}
	return int64(binary.BigEndian.Uint64(key) ^ 1<<63)
}

// dayOf returns the first millisecond of the UTC day of ms.
func dayOf(ms int64) int64 {
	d := ms % dayMillis
	if d < 0 {
		d += dayMillis
	}
	return ms - d
}

func compareRecords(a, b *usage.Record) int {
	return cmp.Or(cmp.Compare(a.Start.UnixMilli(), b.Start.UnixMilli()), strings.Compare(a.ID, b.ID),
		strings.Compare(a.Slice, b.Slice))
}

func sortRecords(rs []*usage.Record) {
	type timed struct {
		ms int64
		r  *usage.Record
	}
	order := make([]timed, len(rs))
	for i, r := range rs {
		order[i] = timed{r.Start.UnixMilli(), r}
	}
	slices.SortFunc(order, func(a, b timed) int {
		if a.ms != b.ms {
			return cmp.Compare(a.ms, b.ms)
		}
		return compareRecords(a.r, b.r)
	})
	for i := range order {
		rs[i] = order[i].r
	}
}

// storedDims returns the dimensions as a block keeps them: a band that follows
// from the request's own total is left out, because another edge set would
// cut it elsewhere.
func storedDims(r *usage.Record) usage.Dims {
	d := r.Dims
	if r.Context != usage.Absent {
		d.Band = usage.Band{}
	}
	return d
}

// placeOfBlock names a block, and its fingerprints, for the checksum.
func placeOfBlock(connection string, key []byte) []byte { return append([]byte(connection), key...) }

// blockWriter writes one block after the other with the same memory.
type blockWriter struct {
	value              []byte
	dims               interner
	words              *dictionary
	set, kinds, starts []int64
}

// encode writes sorted records. The value is good until the next call.
func (w *blockWriter) encode(rs []*usage.Record, place []byte) []byte {
	n := len(rs)
	e := &encoder{b: w.value[:0]}
	e.byte(blockVersion)
	e.uint(uint64(n))

	if w.words == nil {
		w.words = newDictionary()
	}
	w.dims.reset()
	w.words.reset()
	set, kinds, starts := resized(&w.set, n), resized(&w.kinds, n), resized(&w.starts, n)
	for i, r := range rs {
		d := storedDims(r)
		set[i] = int64(w.dims.number(&d))
	}
	for i, r := range rs {
		kinds[i] = int64(w.words.number(r.Slice))
	}
	e.sets(w.dims.sets, w.words)
	e.column(n, func(i int) int64 { return set[i] })
	e.column(n, func(i int) int64 { return kinds[i] })

	last := int64(0)
	for i, r := range rs {
		ms := r.Start.UnixMilli()
		starts[i], last = ms-last, ms
	}
	e.column(n, func(i int) int64 { return starts[i] })
	e.column(n, func(i int) int64 { return sinceStart(rs[i], rs[i].End) })
	e.column(n, func(i int) int64 { return sinceStart(rs[i], rs[i].UsageAt) })
	e.column(n, func(i int) int64 {
		if rs[i].SideChain {
			return 1
		}
		return 0
	})
	e.column(n, func(i int) int64 { return int64(rs[i].Flags) })
	e.column(n, func(i int) int64 { // 0: the record's own total input
		if rs[i].Context == rs[i].TotalInput() {
			return 0
		}
		return rs[i].Context + 2
	})
	e.column(n, func(i int) int64 { return rs[i].Requests - 1 })
	for class := range 6 {
		e.column(n, func(i int) int64 { return classOf(&rs[i].Tokens, class) })
	}
	e.quantities(n, func(i int) []usage.Quantity { return rs[i].Quantities })
	e.reported(rs)
	e.ids(rs)
	w.value = e.sealAt(place)
	return w.value
}

// resized returns n numbers, of whatever value.
func resized(s *[]int64, n int) []int64 {
	if cap(*s) < n {
		*s = make([]int64, n)
	}
	return (*s)[:n]
}

// sinceStart is 0 for "not set", else the distance from Start in ms, shifted
// by one away from zero.
func sinceStart(r *usage.Record, t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	d := t.UnixMilli() - r.Start.UnixMilli()
	if d >= 0 {
		d++
	}
	return d
}

func fromStart(start, d int64) time.Time {
	switch {
	case d == 0:
		return time.Time{}
	case d > 0:
		d--
	}
	return time.UnixMilli(start + d).UTC()
}

func classOf(t *usage.Tokens, class int) int64 {
	switch class {
	case 0:
		return t.Input
	case 1:
		return t.CacheRead
	case 2:
		return t.CacheWrite5m
	case 3:
		return t.CacheWrite1h
	case 4:
		return t.Output
	}
	return t.Reasoning
}

func setClass(t *usage.Tokens, class int, n int64) {
	*[6]*int64{&t.Input, &t.CacheRead, &t.CacheWrite5m, &t.CacheWrite1h, &t.Output, &t.Reasoning}[class] = n
}

func (e *encoder) reported(rs []*usage.Record) {
	rows := 0
	for _, r := range rs {
		if r.Currency != "" {
			rows++
		}
	}
	e.uint(uint64(rows))
	last := 0
	for i, r := range rs {
		if r.Currency == "" {
			continue
		}
		e.uint(uint64(i - last))
		last = i
		e.text(r.Currency)
		e.amount(r.Reported)
	}
}

// ids writes the ids after the prefix that all of them share.
func (e *encoder) ids(rs []*usage.Record) {
	var prefix string
	if len(rs) > 0 {
		prefix = rs[0].ID
	}
	for _, r := range rs {
		for !strings.HasPrefix(r.ID, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	e.text(prefix)
	for _, r := range rs {
		e.text(r.ID[len(prefix):])
	}
}

// decodeBlock reads records. It uses buf as far as it goes.
func decodeBlock(value, place []byte, buf []usage.Record) ([]usage.Record, error) {
	d, err := unsealAt(value, blockVersion, place)
	if err != nil {
		return nil, err
	}
	n := d.count(1) // each id alone takes a byte
	if d.err != nil {
		return nil, d.err
	}
	if cap(buf) < n {
		buf = make([]usage.Record, n)
	}
	rs := buf[:n]
	clear(rs)
	sets, texts := d.sets()
	d.column(n, func(i int, v int64) {
		if v < 0 || v >= int64(len(sets)) {
			d.fail("unknown dimension set")
			return
		}
		rs[i].Dims = sets[v]
	})
	d.column(n, func(i int, v int64) {
		if v < 0 || v >= int64(len(texts)) {
			d.fail("unknown slice")
			return
		}
		rs[i].Slice = texts[v]
	})
	starts := make([]int64, n)
	last := int64(0)
	d.column(n, func(i int, v int64) {
		last += v
		starts[i] = last
		rs[i].Start = time.UnixMilli(last).UTC()
	})
	d.column(n, func(i int, v int64) { rs[i].End = fromStart(starts[i], v) })
	d.column(n, func(i int, v int64) { rs[i].UsageAt = fromStart(starts[i], v) })
	d.column(n, func(i int, v int64) { rs[i].SideChain = v != 0 })
	d.column(n, func(i int, v int64) { rs[i].Flags = usage.Flags(v) })
	d.column(n, func(i int, v int64) { rs[i].Context = v })
	d.column(n, func(i int, v int64) { rs[i].Requests = v + 1 })
	for class := range 6 {
		d.column(n, func(i int, v int64) { setClass(&rs[i].Tokens, class, v) })
	}
	for i := range rs {
		if rs[i].Context == 0 {
			rs[i].Context = rs[i].TotalInput()
		} else {
			rs[i].Context -= 2
		}
	}
	d.quantities(n, func(i int, qs []usage.Quantity) { rs[i].Quantities = qs })
	d.reported(rs)
	d.ids(rs)
	return rs, d.err
}

func (d *decoder) reported(rs []usage.Record) {
	row := 0
	for range d.count(18) {
		row += int(d.uint())
		currency, amount := d.text(), d.amount()
		if row < 0 || row >= len(rs) {
			d.fail("amount of an unknown row")
			return
		}
		rs[row].Currency, rs[row].Reported = currency, amount
	}
}

// ids reads the ids into one piece of memory.
func (d *decoder) ids(rs []usage.Record) {
	prefix := d.text()
	ends := make([]int, len(rs))
	all := make([]byte, 0, len(rs)*len(prefix)+len(d.b))
	for i := range rs {
		all = append(all, prefix...)
		all = append(all, d.bytes(d.length())...)
		ends[i] = len(all)
	}
	text, start := string(all), 0
	for i, end := range ends {
		rs[i].ID, start = text[start:end], end
	}
}

// fingerprint is a 64-bit digest of an id. It only says where to look: full
// ids decide.
func fingerprint(id string) uint64 { return xxhash.Sum64String(id) }

// encodePrints writes the sorted fingerprints of a block, eight bytes each.
func encodePrints(rs []*usage.Record, place []byte) []byte {
	prints := make([]uint64, len(rs))
	for i, r := range rs {
		prints[i] = fingerprint(r.ID)
	}
	return sealPrints(prints, place)
}

// sealPrints sorts fingerprints and writes them.
func sealPrints(prints []uint64, place []byte) []byte {
	slices.Sort(prints)
	e := encoder{b: make([]byte, 0, 8*len(prints)+5)}
	e.byte(printsVersion)
	for _, p := range prints {
		e.b = binary.BigEndian.AppendUint64(e.b, p)
	}
	return e.sealAt(place)
}

func decodePrints(value, place []byte) ([]byte, error) {
	d, err := unsealAt(value, printsVersion, place)
	if err != nil {
		return nil, err
	}
	if len(d.b)%8 != 0 {
		return nil, fmt.Errorf("%w: %d bytes of fingerprints", ErrCorrupt, len(d.b))
	}
	return d.b, nil
}
