package store

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tokpit/usage"
)

// FuzzColumn: a column is read as the plain way reads it, also what nothing ever
// wrote, and both leave the same behind.
func FuzzColumn(f *testing.F) {
	f.Add([]byte{}, 3)
	f.Add([]byte{columnConstant, 7}, 4)
	f.Add([]byte{columnVaries, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 5, 6}, 2)
	long := []byte{columnVaries}
	for shift := range 64 {
		long = binary.AppendVarint(long, math.MinInt64>>shift)
		long = binary.AppendVarint(long, 1<<shift-1)
	}
	f.Add(long, 128)
	f.Add(long, 129)
	f.Fuzz(func(t *testing.T, data []byte, n int) {
		n = min(max(n, 0), 1000)
		plain, fast := &decoder{b: data}, &decoder{b: slices.Clone(data)}
		want, got := make([]int64, n), make([]int64, n)
		plain.column(n, func(i int, v int64) { want[i] = v })
		fast.ints(got)
		if (plain.err == nil) != (fast.err == nil) || plain.err == nil && (!slices.Equal(got, want) || len(plain.b) != len(fast.b)) {
			t.Fatalf("%v and %d bytes, %v and %d bytes\n%v\n%v", fast.err, len(fast.b), plain.err, len(plain.b), got, want)
		}
	})
}

// TestCubesAreTheCells: read at once, in one piece or cut anywhere, days are what
// they are one by one.
func TestCubesAreTheCells(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 5))
	var values []dayValue
	var want []string
	var starts []usage.Slot
	for day := range int32(40) {
		day += 20_000
		cells, changes, dims := &dayCells{}, &tally{}, &interner{}
		for range rng.IntN(200) {
			d := usage.Dims{Model: fmt.Sprint("m", rng.IntN(9)), Project: fmt.Sprint(rng.IntN(3), " of ", day/7)}
			m := usage.Measures{Records: 1 + rng.Int64N(5), Requests: rng.Int64N(3), Tokens: usage.Tokens{Input: rng.Int64N(1 << (1 + rng.IntN(61))), Output: rng.Int64N(9)}}
			if day%5 == 0 { // a measure that most days do not have
				m.Uncounted = 1
			}
			if rng.IntN(9) == 0 {
				m.Quantities = []usage.Quantity{{Meter: "images", N: rng.Int64N(1 << 40)}}
			}
			changes.add(cellID{usage.Slot(day*96 + rng.Int32N(96)), []uint8{1, 4, 96}[rng.IntN(3)], dims.number(&d)}, &m, +1)
		}
		if err := cells.apply(changes, dims); err != nil {
			t.Fatal(err)
		}
		key := cellKey(day, coarseCells)
		values = append(values, dayValue{day, key, cells.encode(key)})
		for i, id := range cells.ids {
			starts = append(starts, id.slot)
			want = append(want, fmt.Sprintf("%d %d %+v %+v", id.slot, id.width, cells.sets[id.set], cells.sums[i]))
		}
	}
	spans := 60
	if testing.Short() {
		spans = 15
	}
	for range spans {
		var span usage.Span
		if rng.IntN(4) > 0 {
			span.Since = usage.Slot(20_000*96 + rng.Int32N(41*96) - 48).Time().Add(time.Duration(rng.IntN(2)) * time.Minute)
		}
		if rng.IntN(4) > 0 {
			span.Until = span.Since.Add(time.Duration(rng.IntN(30*24*60)) * time.Minute)
		}
		if span.Since.IsZero() && !span.Until.IsZero() {
			span.Until = usage.Slot(20_000*96 + rng.Int32N(41*96)).Time()
		}
		cube, err := decodeCube(t.Context(), values, span)
		if err != nil {
			t.Fatal(err)
		}
		var inside, got []string
		for i, at := range starts {
			if span.Contains(at.Time()) {
				inside = append(inside, want[i])
			}
		}
		for i := range cube.Len() {
			got = append(got, fmt.Sprintf("%d %d %+v %+v", cube.Slot[i], cube.Width[i], cube.Sets[cube.Set[i]], cube.MeasuresAt(i)))
		}
		if !slices.IsSorted(cube.Slot) {
			t.Fatal("cells are not in order")
		}
		slices.Sort(inside)
		slices.Sort(got)
		if !slices.Equal(got, inside) {
			t.Fatalf("%v: %d cells, %d expected", span, len(got), len(inside))
		}
	}
}

// TestSlotsAreInPlace: a value whose slots lie on another day counts nowhere.
func TestSlotsAreInPlace(t *testing.T) {
	for name, slots := range map[string][]usage.Slot{"before": {20_000*96 - 1}, "after": {20_001 * 96}, "back": {20_000*96 + 5, 20_000*96 + 4}} {
		c := &dayCells{sets: []usage.Dims{{Model: "m"}}}
		for _, s := range slots {
			c.push(cellID{slot: s, width: 1}, usage.Measures{Records: 1})
		}
		key := cellKey(20_000, coarseCells)
		if _, err := decodeCube(t.Context(), []dayValue{{20_000, key, c.encode(key)}}, usage.Span{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
