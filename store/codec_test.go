package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/money"
	"tokpit/usage"
)

// source draws values from fuzz input; an exhausted one draws zeros.
type source struct{ b []byte }

func (s *source) byte() byte {
	if len(s.b) == 0 {
		return 0
	}
	n := s.b[0]
	s.b = s.b[1:]
	return n
}

// int draws a number in [0, limit), small ones with one byte.
func (s *source) int(limit int64) int64 {
	n := int64(s.byte())
	if n >= 128 {
		for range 7 {
			n = n<<8 | int64(s.byte())
		}
		n &= 1<<62 - 1
	}
	return n % limit
}

func (s *source) text() string {
	n := min(int(s.byte()%12), len(s.b))
	t := string(s.b[:n])
	s.b = s.b[n:]
	return t
}

func (s *source) dims() (d usage.Dims) {
	for _, t := range d.Strings() {
		if s.byte()%3 == 0 {
			*t = s.text()
		}
	}
	d.Basis = usage.Basis(s.byte())
	d.Band = usage.Band{Lo: s.int(1 << 40), End: s.int(1 << 40)}
	return d
}

func (s *source) tokens() (t usage.Tokens) {
	for class := range 6 {
		setClass(&t, class, s.int(usage.MaxTokens+1))
	}
	return t
}

func (s *source) quantities() (qs []usage.Quantity) {
	for range s.byte() % 3 {
		qs = append(qs, usage.Quantity{Meter: s.text(), N: s.int(usage.MaxTokens / 2)})
	}
	return sumQuantities(qs)
}

func (s *source) charged() (cs []usage.Charged) {
	for i := range s.byte() % 4 {
		amount := money.FromAtto(s.int(1 << 62)).Sub(money.FromAtto(s.int(1 << 62)))
		if s.byte()%4 == 0 {
			amount = money.FromUnits(s.int(maxReported))
		}
		cs = append(cs, usage.Charged{Currency: string([]byte{'A' + i, 'A' + s.byte()%26, 'A'}), Amount: amount, Records: 1 + s.int(2)})
	}
	return cs
}

func (s *source) record() *usage.Record {
	r := usage.Record{ID: "i" + s.text(), Start: timeOf((firstSecond + s.int(lastSecond-firstSecond)) * 1000).Add(time.Duration(s.int(1000)) * time.Millisecond)}
	r.Dims, r.Slice, r.SideChain = s.dims(), s.text(), s.byte()%2 == 1
	r.Tokens, r.Quantities = s.tokens(), s.quantities()
	switch s.byte() % 3 {
	case 0:
		r.Context = r.TotalInput()
	case 1:
		r.Context = usage.Absent
	default:
		r.Context = s.int(maxContext + 1)
	}
	r.Requests = s.int(usage.MaxTokens) - 1
	if s.byte()%4 == 0 {
		r.End = r.Start.Add(time.Duration(1+s.int(1<<40)) * time.Millisecond)
	}
	if s.byte()%4 == 0 {
		r.UsageAt = timeOf(s.int(1<<45) - 1<<44)
	}
	if s.byte()%4 == 0 {
		r.Currency, r.Reported = "C"+s.text(), money.FromAtto(s.int(1<<62)).Sub(money.FromAtto(s.int(1<<62)))
	}
	r.Flags = usage.Flags(s.int(1 << 16))
	kept, err := admit(&r)
	if err != nil {
		panic(err)
	}
	kept.Dims = storedDims(kept)
	return kept
}

// sealed gives arbitrary bytes a checksum that is right.
func sealed(version byte, body, place []byte) []byte {
	e := encoder{b: append([]byte{version}, body...)}
	return e.sealAt(place)
}

func FuzzBlock(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	rng := rand.New(rand.NewPCG(1, 1))
	for n := range 6 {
		b := make([]byte, 100*n*n)
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		f.Add(b)
	}
	s := &source{b: bytes.Repeat([]byte("\x81abc\x02de\x00\x07"), 30)}
	rs := []*usage.Record{s.record(), s.record()}
	sortRecords(rs)
	v := new(blockWriter).encode(rs, nil)
	f.Add(v[1 : len(v)-4])
	f.Fuzz(func(t *testing.T, data []byte) {
		place := placeOfBlock("claude-code", timeKey(dayMillis))
		if got, err := decodeBlock(sealed(blockVersion, data, place), place, nil); err != nil && !errors.Is(err, ErrCorrupt) {
			t.Fatalf("%d records, %v", len(got), err)
		}
		var rs []*usage.Record
		for src := (&source{data}); len(src.b) > 0 && len(rs) < 50; {
			rs = append(rs, src.record())
		}
		sortRecords(rs)
		value := new(blockWriter).encode(rs, place)
		used := new(blockWriter)
		for _, part := range [][]*usage.Record{rs[len(rs)/2:], rs[:len(rs)/3], rs} {
			used.encode(part, place)
		}
		if !bytes.Equal(used.value, value) {
			t.Fatal("what a writer has written before stands in the block")
		}
		got, err := decodeBlock(value, place, make([]usage.Record, 3))
		if err != nil || len(got) != len(rs) {
			t.Fatalf("%d records, want %d; %v", len(got), len(rs), err)
		}
		for i := range got {
			if !reflect.DeepEqual(got[i], *rs[i]) || !same(&got[i], rs[i]) {
				t.Fatalf("record %d is\n%+v, want\n%+v", i, got[i], *rs[i])
			}
		}
		if _, err := decodeBlock(value, placeOfBlock("claude-code", timeKey(0)), nil); !errors.Is(err, ErrCorrupt) {
			t.Errorf("read under another key: %v", err)
		}
		prints, err := decodePrints(encodePrints(rs, place), place)
		if err != nil || len(prints) != 8*len(rs) {
			t.Errorf("%d bytes of fingerprints, %v", len(prints), err)
		}
		for _, r := range rs {
			if !printsHit(prints, []uint64{fingerprint(r.ID)}) {
				t.Errorf("no fingerprint of %q", r.ID)
			}
		}
	})
}

func FuzzCells(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0xff, 0xff, 0xff, 0x1f, 0, 0})                                     // very many cells
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0, 0}) // and more
	f.Add(bytes.Repeat([]byte("\x81abc\x02de\x00\x07"), 30))
	f.Fuzz(func(t *testing.T, data []byte) {
		key := cellKey(20_000, coarseCells)
		value := sealed(cellsVersion, data, key)
		decodersAgree(t, value, key)
		decodersAgree(t, sealed(chargedVersion, data, key), key)
		cells, changes, dims := &dayCells{}, &tally{}, &interner{}
		src := &source{data}
		for i := 0; len(src.b) > 0 && i < 60; i++ {
			d := src.dims()
			charged := src.charged()
			m := usage.Measures{Records: int64(2 + len(charged)), Reported: charged, Requests: src.int(100), Tokens: src.tokens(), Quantities: src.quantities()}
			changes.add(cellID{usage.Slot(20_000*96 + src.int(96)), []uint8{1, 4, 96}[src.byte()%3], dims.number(&d)}, &m, +1)
		}
		if err := cells.apply(changes, dims); err != nil {
			t.Fatal(err)
		}
		stored := bytes.Clone(cells.encode(key))
		got, err := decodeCells(stored, key)
		if err != nil || !reflect.DeepEqual(flat(got), flat(cells)) {
			t.Fatalf("%v\n%+v, want\n%+v", err, flat(got), flat(cells))
		}
		decodersAgree(t, stored, key)
		if stored[0] != cellsVersion && !hasCharges(cells.sums) {
			t.Errorf("cells without amounts are of version %d", stored[0])
		}
		for i := range changes.sums { // what was added can be taken away again
			changes.sums[i] = usage.Measures{}.Sub(changes.sums[i])
		}
		if err := got.apply(changes, dims); err != nil || len(got.ids) > 0 {
			t.Fatalf("%d cells are left, %v", len(got.ids), err)
		}
	})
}

// decodersAgree reads a value the plain way and into columns. The latter refuses
// slots that are out of place too, which nothing ever writes.
func decodersAgree(t *testing.T, value, key []byte) {
	t.Helper()
	plain, err := decodeCells(value, key)
	day, _, _ := parseCellKey(key)
	cube, errCube := decodeCube(t.Context(), []dayValue{{day, key, value}}, usage.Span{})
	if err != nil || errCube != nil {
		if err == nil && strings.Contains(errCube.Error(), "slot out of place") && errors.Is(errCube, ErrCorrupt) {
			return
		}
		if err == nil || errCube == nil || !errors.Is(errCube, ErrCorrupt) {
			t.Fatalf("the two decoders disagree: %v, %v", err, errCube)
		}
		return
	}
	var want, got []string
	for i, id := range plain.ids {
		want = append(want, fmt.Sprintf("%v %v %+v %+v", id.slot, id.width, plain.sets[id.set], plain.sums[i]))
	}
	for i := range cube.Len() {
		got = append(got, fmt.Sprintf("%v %v %+v %+v", cube.Slot[i], cube.Width[i], cube.Sets[cube.Set[i]], cube.MeasuresAt(i)))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Fatalf("the two decoders disagree:\n%s\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// flat is a day's cells by what they say, not by how sets are numbered.
func flat(c *dayCells) map[any]usage.Measures {
	out := make(map[any]usage.Measures)
	for i, id := range c.ids {
		out[[3]any{id.slot, id.width, c.sets[id.set]}] = c.sums[i]
	}
	return out
}

func FuzzSync(f *testing.F) {
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte("\x81abc\x02de\x00\x07"), 9))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := decodeSync("c", sealed(1, data, nil)); err != nil && !errors.Is(err, ErrCorrupt) {
			t.Fatal(err)
		}
		src := &source{data}
		want := Sync{Connection: "c", At: timeOf(src.int(1 << 45)), Files: src.int(1 << 40), Pending: src.int(9), Err: src.text(), Hint: src.text()}
		if ok := src.int(1 << 45); ok != 0 {
			want.OK = timeOf(ok)
		}
		want.Places = make([]usage.Place, src.byte()%4)
		for i := range want.Places {
			want.Places[i] = usage.Place{Path: src.text(), Why: src.text(), Found: src.byte()%2 == 1, Files: src.int(1000)}
			if msg := src.text(); msg != "" {
				want.Places[i].Err = errors.New(msg)
			}
		}
		got, err := decodeSync("c", encodeSync(&want))
		if err != nil {
			t.Fatal(err)
		}
		for i := range got.Places { // errors compare by their text
			if a, b := got.Places[i].Err, want.Places[i].Err; (a == nil) != (b == nil) || a != nil && a.Error() != b.Error() {
				t.Fatalf("%v, want %v", a, b)
			}
			got.Places[i].Err, want.Places[i].Err = nil, nil
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v, want %+v", got, want)
		}
	})
}

// FuzzPages gives arbitrary bytes to the check that stands before bbolt.
func FuzzPages(f *testing.F) {
	f.Add([]byte{}, uint16(0))
	f.Add(bytes.Repeat([]byte{2, 0}, 3000), uint16(8200))
	f.Fuzz(func(t *testing.T, data []byte, at uint16) {
		meta := make([]byte, pageHeader+metaChecked+8)
		copy(meta[pageHeader:], data)
		order.PutUint32(meta[pageHeader:], boltMagic)
		order.PutUint32(meta[pageHeader+4:], boltVersion)
		order.PutUint32(meta[pageHeader+8:], 4096)
		order.PutUint64(meta[pageHeader+40:], 8)
		order.PutUint64(meta[pageHeader+metaChecked:], metaSum(meta[pageHeader:]))
		file := make([]byte, 8*4096)
		copy(file[min(int(at), len(file)):], data)
		copy(file, meta)
		m, _, err := readMeta(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		for _, all := range []bool{false, true} {
			p := &pages{file: bytes.NewReader(file), meta: m, keys: all, used: make([]uint64, 1)}
			p.mark(0, 2)
			p.tree(m.root, nil, nil)
			p.freelist(all)
		}
	})
}

// TestPrintsHit compares galloping with looking everything up.
func TestPrintsHit(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(4, 4))
	list := func(n int, spread uint64) []uint64 {
		out := make([]uint64, n)
		for i := range out {
			out[i] = rng.Uint64N(spread)
		}
		slices.Sort(out)
		return out
	}
	hits := 0
	for range 20_000 {
		spread := uint64(1) << (3 + rng.IntN(12))
		have, wanted := list(rng.IntN(60), spread), list(rng.IntN(60), spread)
		if rng.IntN(3) == 0 {
			wanted = wanted[:min(len(wanted), 2)]
		}
		var encoded []byte
		for _, p := range have {
			encoded = binary.BigEndian.AppendUint64(encoded, p)
		}
		want := slices.ContainsFunc(wanted, func(p uint64) bool { return slices.Contains(have, p) })
		if want {
			hits++
		}
		if printsHit(encoded, wanted) != want {
			t.Fatalf("%v in %v: want %v", wanted, have, want)
		}
		if rng.IntN(20) == 0 { // as many as a batch has, others among them
			many := slices.Clone(wanted)
			for i := range manySought {
				many = append(many, uint64(i+1)<<(soughtBits-6*rng.IntN(2))<<16)
			}
			if seek(many).in(encoded) != want {
				t.Fatalf("%v and others in %v: want %v", wanted, have, want)
			}
		}
	}
	if hits < 1000 || hits > 19_000 {
		t.Errorf("%d hits are a poor test", hits)
	}
}

// TestInterner numbers sets that share the short key.
func TestInterner(t *testing.T) {
	var n interner
	src := &source{b: bytes.Repeat([]byte("qwertzuiopasdfghjkl\x00\x01\x02"), 200)}
	var sets []usage.Dims
	for range 300 {
		d := src.dims()
		if len(sets) > 0 && src.byte()%2 == 0 {
			d = sets[len(sets)/2]
			d.Machine += "x"
		}
		sets = append(sets, d)
	}
	numbers := make(map[usage.Dims]uint32)
	for range 2 {
		for i := range sets {
			got := n.number(&sets[i])
			if known, ok := numbers[sets[i]]; ok && known != got || n.sets[got] != sets[i] {
				t.Fatalf("set %d has number %d", i, got)
			}
			numbers[sets[i]] = got
		}
	}
	if len(n.sets) != len(numbers) {
		t.Errorf("%d sets, %d numbers", len(n.sets), len(numbers))
	}
	again := newInterner(n.sets)
	for i := range n.sets {
		if again.number(&n.sets[i]) != uint32(i) {
			t.Fatalf("set %d has another number", i)
		}
	}
}
