package report

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestShares(t *testing.T) {
	for _, c := range []struct {
		parts []int64
		units int64
		want  []int64
	}{
		{[]int64{896, 26, 78}, 100, []int64{90, 2, 8}},
		{[]int64{1, 1, 1}, 100, []int64{34, 33, 33}},
		{[]int64{5, 0, -3}, 100, []int64{100, 0, 0}},
		{[]int64{0, 0}, 100, []int64{0, 0}},
		{[]int64{1<<63 - 1, 1<<63 - 1, 1<<63 - 1, 1<<63 - 1}, 1000, []int64{250, 250, 250, 250}},
		{nil, 100, []int64{}},
	} {
		if got := Shares(c.parts, c.units); !slices.Equal(got, c.want) {
			t.Errorf("Shares(%v, %d) = %v, want %v", c.parts, c.units, got, c.want)
		}
	}
}

func TestSharesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.Int64Range(0, 1<<58), 1, 12).Draw(t, "parts")
		units := rapid.Int64Range(1, 10_000).Draw(t, "units")
		var sum, total int64
		for _, p := range parts {
			total += p
		}
		for i, s := range Shares(parts, units) {
			if sum += s; s < 0 || parts[i] == 0 && s > 0 {
				t.Fatalf("share %d of part %d", s, parts[i])
			}
		}
		if total > 0 && sum != units {
			t.Fatalf("shares add up to %d of %d", sum, units)
		}
	})
}
