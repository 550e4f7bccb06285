package ui

import "testing"

func TestShareOf(t *testing.T) {
	for _, c := range []struct {
		part, whole string
		want        int64
		ok          bool
	}{
		{"329.39", "3090.55", 107, true},
		{"1136.52", "3090.55", 368, true},
		{"1", "3", 333, true},
		{"2", "3", 667, true},
		{"0", "3", 0, true},
		{"4", "3", 1000, true},
		{"-1", "3", 0, false},
		{"1", "0", 0, false},
	} {
		if got, ok := ShareOf(amount(t, c.part), amount(t, c.whole)); got != c.want || ok != c.ok {
			t.Errorf("%s of %s: %d, %v", c.part, c.whole, got, ok)
		}
	}
}
