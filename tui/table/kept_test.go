package table

import (
	"cmp"
	"testing"
)

// TestSortingLeavesRowsAlone: whoever holds rows, such as an export that is being
// written, has the same ones after the table was sorted anew.
func TestSortingLeavesRowsAlone(t *testing.T) {
	s := NewSlice([]SliceColumn[int]{{Compare: func(a, b *int) int { return cmp.Compare(*a, *b) }}}, nil, []int{3, 1, 2})
	held := []*int{s.At(0), s.At(1), s.At(2)}
	s.Sort(0, false)
	if *s.At(0) != 1 || *s.At(1) != 2 || *s.At(2) != 3 {
		t.Error("the table is not sorted")
	}
	for i, want := range []int{3, 1, 2} {
		if *held[i] != want {
			t.Errorf("row %d became %d, was %d", i, *held[i], want)
		}
	}
}
