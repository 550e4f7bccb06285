package usage

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestColumnsHoldWhatTheyAreGiven: narrow, wide, mixed, or nothing but zeros.
func TestColumnsHoldWhatTheyAreGiven(t *testing.T) {
	counts := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(-3, 3), rapid.Int64(),
		rapid.SampledFrom([]int64{Beyond, Beyond - 1, Beyond + 1, math.MaxInt32, math.MaxInt32 + 1, math.MinInt64, math.MaxInt64}))
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOf(counts).Draw(t, "counts")
		b := NewBuilder(rapid.IntRange(0, len(want)).Draw(t, "room"))
		set := b.Set(Dims{})
		for i, n := range want {
			b.Add(Slot(i), 1, set, Measures{Records: n, Requests: 1, Tokens: Tokens{Input: -1, Reasoning: n}})
		}
		cube := b.Cube()
		for i, n := range want {
			if m := cube.MeasuresAt(i); m.Records != n || m.Requests != 1 || m.Uncounted != 0 || m.Tokens != (Tokens{Input: -1, Reasoning: n}) {
				t.Fatalf("cell %d of %v is %+v", i, want, m)
			}
		}
	})
}

// TestTokensOfSets: the sums of columns are those of the cells one by one.
func TestTokensOfSets(t *testing.T) {
	counts := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(-3, 1000), rapid.SampledFrom([]int64{Beyond, Beyond - 1, math.MaxInt32 + 1, 1 << 50}))
	rapid.Check(t, func(t *rapid.T) {
		b, want := NewBuilder(0), make([]int64, 3)
		for i := range want {
			b.Set(Dims{Model: string(rune('a' + i))})
		}
		for i := range rapid.IntRange(0, 20).Draw(t, "cells") {
			set := rapid.Uint32Range(0, 2).Draw(t, "set")
			n := rapid.SliceOfN(counts, 6, 6).Draw(t, "counts")
			tokens := Tokens{n[0], n[1], n[2], n[3], n[4], n[5]}
			b.Add(Slot(i), 1, set, Measures{Records: 1, Tokens: tokens})
			want[set] += tokens.Total()
		}
		if got := b.Cube().TokensOfSets(); !slices.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}
