package money

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestConvert(t *testing.T) {
	for _, c := range [][3]string{{"100", "0.9194", "91.94"}, {"0", "1.5", "0"}, {"-2.5", "0.5", "-1.25"}, {"1", "0.000000000000000001", "0.000000000000000001"},
		{"0.5", "0.000000000000000001", "0"}, {"1.5", "0.000000000000000001", "0.000000000000000002"}, {"2.5", "0.000000000000000001", "0.000000000000000002"},
		{"-1.5", "0.000000000000000001", "-0.000000000000000002"}} {
		a, _ := Parse(c[0])
		rate, _ := Parse(c[1])
		if got, ok := Convert(a, rate); !ok || got.String() != c[2] {
			t.Errorf("%s × %s is %s, want %s", c[0], c[1], got, c[2])
		}
	}
	if _, ok := Convert(Max(), FromUnits(2)); ok {
		t.Error("what is out of range is converted")
	}
}

// The error of a conversion is half of the last place at most.
func TestConvertIsNearest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := FromAtto(rapid.Int64().Draw(t, "a"))
		rate := FromAtto(rapid.Int64().Draw(t, "rate"))
		got, ok := Convert(a, rate)
		if !ok {
			t.Fatal("out of range")
		}
		of := func(a Amount) *big.Rat {
			r, _ := new(big.Rat).SetString(a.String())
			return r
		}
		off := new(big.Rat).Sub(of(got), new(big.Rat).Mul(of(a), of(rate)))
		if off.Abs(off).Cmp(big.NewRat(1, 2e18)) > 0 {
			t.Fatalf("%s × %s is %s, off by %s", a, rate, got, off)
		}
	})
}
