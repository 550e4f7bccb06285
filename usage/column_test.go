package usage

import (
	"math"
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
