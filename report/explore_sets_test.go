package report

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"tokpit/pricing"
	"tokpit/usage"
)

// TestHeadByLikeness: looking at one set of each likeness finds what looking at
// all finds, to the numbers of accounts and prices.
func TestHeadByLikeness(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cube := drawCube(t)
		e := NewExplorer(cube, pricing.Embedded(), drawPlans(t))
		only := usage.Basis(rapid.SampledFrom([]int{0, 0, 3}).Draw(t, "only"))
		want, got := e.headOfCube(cube, only), e.headByLikeness(only)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("by likeness\n%+v\nby set\n%+v", got, want)
		}
	})
}

// TestLikenesses: sets of one number are alike, those of two are not, and
// numbers are in the order of their first appearance.
func TestLikenesses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := drawCells(t)
		sets := make([]usage.Dims, len(cells))
		for i := range cells {
			sets[i] = cells[i].dims
		}
		of, sample := likenesses(sets)
		seen := make(map[likeness]uint32)
		for i := range sets {
			key := likenessOf(&sets[i])
			if _, ok := seen[key]; !ok {
				seen[key] = uint32(len(seen))
				if sample[seen[key]] != uint32(i) {
					t.Fatalf("the sample of %d is set %d, not %d", seen[key], sample[seen[key]], i)
				}
			}
			if of[i] != seen[key] {
				t.Fatalf("set %d is %d, want %d", i, of[i], seen[key])
			}
		}
		if len(sample) != len(seen) {
			t.Fatalf("%d samples of %d", len(sample), len(seen))
		}
	})
}
