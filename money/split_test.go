package money

import (
	"math"
	"slices"
	"testing"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		total   string
		weights []int64
		want    []string
	}{
		{"10", []int64{1, 1, 2}, []string{"2.5", "2.5", "5"}},
		{"0.000000000000000001", []int64{1, 1}, []string{"0.000000000000000001", "0"}},
		{"0.000000000000000002", []int64{1, 1, 1}, []string{"0.000000000000000001", "0.000000000000000001", "0"}},
		{"-0.000000000000000002", []int64{1, 1, 1}, []string{"-0.000000000000000001", "-0.000000000000000001", "0"}},
		{"0.00000000000000001", []int64{1, 2, 3}, []string{"0.000000000000000002", "0.000000000000000003", "0.000000000000000005"}},
		{"7", []int64{0, 5, 0}, []string{"0", "7", "0"}},
		{"3", []int64{0, 0, 0}, []string{"1", "1", "1"}},
		{"3", []int64{-4, 1, 2}, []string{"0", "1", "2"}},
		{"5", []int64{9}, []string{"5"}},
	} {
		var got []string
		for _, p := range Split(must(t, c.total), c.weights) {
			got = append(got, p.String())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s split by %v is %v, want %v", c.total, c.weights, got, c.want)
		}
	}
	if got := Split(FromUnits(1), nil); got != nil {
		t.Errorf("nothing to split between gives %v", got)
	}
}

func TestSplitOfTheEnds(t *testing.T) {
	for _, total := range []Amount{Max(), Min()} {
		for _, weights := range [][]int64{{1}, {1, 1}, {math.MaxInt64, math.MaxInt64, 1}, {3, 0, 7}} {
			var sum Amount
			for _, p := range Split(total, weights) {
				sum = sum.Add(p)
			}
			if sum != total {
				t.Errorf("the parts of %s by %v add up to %s", total, weights, sum)
			}
		}
	}
}
