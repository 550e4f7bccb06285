package pricing

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"tokpit/money"
)

// ErrFormat is wrapped by the errors of [Decode]: the data is no price book, is
// damaged, or was written by a newer tokpit.
var ErrFormat = errors.New("not a price book of this version")

// magic begins every encoded book; its last byte is the format's number.
const magic = "tokpit book\x00\x02"

// Encode returns the compact form of the table: the magic, every distinct
// string once, then the parts in order, with numbers as varints, and a CRC-32
// of all before it. Equal tables encode to equal bytes, in whatever order their
// rows are.
func (t *Table) Encode() ([]byte, error) {
	t = t.sorted()
	e := &encoder{index: map[string]uint64{}}
	e.count(len(t.Rows))
	for i := range t.Rows {
		e.row(&t.Rows[i])
	}
	e.count(len(t.Names))
	for _, n := range t.Names {
		e.text(n.Provider, n.Alias, n.Model)
		e.time(n.From, n.To)
		e.bools(n.Free, n.Assumed)
	}
	e.count(len(t.Providers))
	for _, p := range t.Providers {
		e.text(p.Alias, p.Name)
		e.bools(p.Host)
	}
	e.count(len(t.Meters))
	for _, m := range t.Meters {
		e.text(m.Provider, m.Meter, m.Currency, m.Source)
		e.time(m.From, m.To, m.Learned)
		e.rate(m.Rate)
		e.count(int(m.Confidence))
	}
	e.count(len(t.Regions))
	for _, g := range t.Regions {
		e.text(g.Provider, g.Region, g.Source)
		e.time(g.Launched)
		e.count(int(g.Num), int(g.Den))
	}
	e.lives(t.Lives)
	if e.err != nil {
		return nil, fmt.Errorf("encode price table: %w", e.err)
	}
	return e.finish(), nil
}

type encoder struct {
	body  []byte
	texts []string
	index map[string]uint64
	err   error
}

func (e *encoder) count(ns ...int) {
	for _, n := range ns {
		if n < 0 {
			e.err = fmt.Errorf("negative number %d", n)
			return
		}
		e.body = binary.AppendUvarint(e.body, uint64(n))
	}
}

func (e *encoder) text(ss ...string) {
	for _, s := range ss {
		i, ok := e.index[s]
		if !ok {
			i = uint64(len(e.texts))
			e.index[s] = i
			e.texts = append(e.texts, s)
		}
		e.body = binary.AppendUvarint(e.body, i)
	}
}

// time writes minutes since 1970 + 1, and 0 for the zero time.
func (e *encoder) time(ts ...time.Time) {
	for _, t := range ts {
		switch s := t.Unix(); {
		case t.IsZero():
			e.count(0)
		case s%60 != 0 || t.Nanosecond() != 0 || s < 0:
			e.err = fmt.Errorf("instant %s is not a whole minute since 1970", t)
		default:
			e.count(int(s/60) + 1)
		}
	}
}

func (e *encoder) bools(bs ...bool) {
	for _, b := range bs {
		n := 0
		if b {
			n = 1
		}
		e.count(n)
	}
}

// rate writes the price of one unit in 1e-18.
func (e *encoder) rate(r money.Rate) {
	b := r.Amount().AppendBinary(nil)
	if binary.BigEndian.Uint64(b) != 0 {
		e.err = fmt.Errorf("rate %s per unit is negative or above 18", r.Amount())
		return
	}
	e.body = binary.AppendUvarint(e.body, binary.BigEndian.Uint64(b[8:]))
}

func (e *encoder) row(r *Row) {
	e.text(r.Provider, r.Model, r.Tier, r.Currency, r.Source)
	e.count(int(r.Context.Over), int(r.Hours.Start), int(r.Hours.End))
	e.bools(r.Context.Inclusive, r.Hours.Weekdays)
	e.time(r.From, r.To, r.Learned)
	e.count(int(r.Rates.Known), int(r.Window), int(r.MaxOutput), int(r.Status), int(r.Confidence))
	for c := Input; c < classCount; c++ {
		if rate, ok := r.Rates.Of(c); ok {
			e.rate(rate)
		}
	}
}

func (e *encoder) finish() []byte {
	out := []byte(magic)
	out = binary.AppendUvarint(out, uint64(len(e.texts)))
	for _, s := range e.texts {
		out = binary.AppendUvarint(out, uint64(len(s)))
		out = append(out, s...)
	}
	out = append(out, e.body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out))
}

// Decode reads what [Table.Encode] wrote. Any damage is an error that wraps
// [ErrFormat].
func Decode(data []byte) (*Table, error) {
	body := len(data) - 4
	if body < len(magic) || string(data[:len(magic)]) != magic {
		return nil, fmt.Errorf("%w: wrong beginning", ErrFormat)
	}
	if crc32.ChecksumIEEE(data[:body]) != binary.BigEndian.Uint32(data[body:]) {
		return nil, fmt.Errorf("%w: checksum does not match", ErrFormat)
	}
	d := &decoder{data: data[len(magic):body]}
	d.texts = make([]string, d.size())
	for i := range d.texts {
		d.texts[i] = d.bytes(d.count())
	}
	t := &Table{}
	t.Rows = make([]Row, d.size())
	for i := range t.Rows {
		t.Rows[i] = d.row()
	}
	t.Names = make([]Name, d.size())
	for i := range t.Names {
		t.Names[i] = Name{Provider: d.text(), Alias: d.text(), Model: d.text(), From: d.time(), To: d.time(), Free: d.bool(), Assumed: d.bool()}
	}
	t.Providers = make([]Provider, d.size())
	for i := range t.Providers {
		t.Providers[i] = Provider{Alias: d.text(), Name: d.text(), Host: d.bool()}
	}
	t.Meters = make([]Meter, d.size())
	for i := range t.Meters {
		t.Meters[i] = Meter{Provider: d.text(), Meter: d.text(), Currency: d.text(), Source: d.text(),
			From: d.time(), To: d.time(), Learned: d.time(), Rate: d.rate(), Confidence: Confidence(d.count())}
	}
	t.Regions = make([]Region, d.size())
	for i := range t.Regions {
		t.Regions[i] = Region{Provider: d.text(), Region: d.text(), Source: d.text(), Launched: d.time(), Num: d.count(), Den: d.count()}
	}
	t.Lives = d.lives()
	if d.bad || len(d.data) > 0 {
		return nil, fmt.Errorf("%w: contents do not add up", ErrFormat)
	}
	return t, nil
}

// fingerprint is short for everything in an encoded table.
func fingerprint(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:4])
}

// decoder reads varints; once bad, everything it returns is zero.
type decoder struct {
	data  []byte
	texts []string
	bad   bool
}

func (d *decoder) uint() uint64 {
	n, used := binary.Uvarint(d.data)
	if used <= 0 {
		d.bad, d.data = true, nil
		return 0
	}
	d.data = d.data[used:]
	return n
}

func (d *decoder) count() int64 {
	n := d.uint()
	if n > 1<<62 {
		d.bad, d.data = true, nil
		return 0
	}
	return int64(n)
}

// size is a number of items; each takes at least one byte.
func (d *decoder) size() int {
	n := d.count()
	if n > int64(len(d.data)) {
		d.bad, d.data = true, nil
		return 0
	}
	return int(n)
}

func (d *decoder) bytes(n int64) string {
	if n > int64(len(d.data)) {
		d.bad, d.data = true, nil
		return ""
	}
	s := string(d.data[:n])
	d.data = d.data[n:]
	return s
}

func (d *decoder) text() string {
	i := d.uint()
	if i >= uint64(len(d.texts)) {
		d.bad = true
		return ""
	}
	return d.texts[i]
}

func (d *decoder) bool() bool { return d.count() == 1 }

func (d *decoder) time() time.Time {
	n := d.count()
	if n == 0 || n > 1<<40 {
		d.bad = d.bad || n != 0
		return time.Time{}
	}
	return time.Unix((n-1)*60, 0).UTC()
}

func (d *decoder) rate() money.Rate {
	var b [16]byte
	binary.BigEndian.PutUint64(b[8:], d.uint())
	a, _ := money.FromBinary(b[:])
	return money.NewRate(a)
}

func (d *decoder) row() Row {
	r := Row{Provider: d.text(), Model: d.text(), Tier: d.text(), Currency: d.text(), Source: d.text(),
		Context: Context{Over: d.count()}, Hours: Hours{Start: uint16(d.count()), End: uint16(d.count())}}
	r.Context.Inclusive, r.Hours.Weekdays = d.bool(), d.bool()
	r.From, r.To, r.Learned = d.time(), d.time(), d.time()
	known := Classes(d.count())
	r.Window, r.MaxOutput, r.Status, r.Confidence = d.count(), d.count(), Status(d.count()), Confidence(d.count())
	for c := Input; c < classCount; c++ {
		if known.Has(c) {
			r.Rates.Set(c, d.rate())
		}
	}
	return r
}
