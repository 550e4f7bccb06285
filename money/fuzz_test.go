package money

import (
	"math"
	"math/big"
	"strings"
	"testing"
)

func seeds(f *testing.F) {
	edges := []uint64{0, 1, 2, 3, 1e18, 1e18 / 2, 1 << 63, 1<<63 - 1, 1<<64 - 1, 5e17 + 1}
	for i, hi := range edges {
		for j, lo := range edges {
			f.Add(int64(hi), lo, int64(edges[(i+j)%len(edges)]), edges[(i*j+1)%len(edges)], int64(lo), int64(hi))
		}
	}
	f.Add(int64(0), uint64(25), int64(-1), uint64(math.MaxUint64), int64(11), int64(10))
}

// FuzzArithmetic compares everything that computes with math/big.
func FuzzArithmetic(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, ahi int64, alo uint64, bhi int64, blo uint64, num, den int64) {
		a, b := Amount{ahi, alo}, Amount{bhi, blo}
		x, y := toBig(a), toBig(b)
		same := func(name string, got Amount, want *big.Int) {
			t.Helper()
			if got != fromBig(want) {
				t.Errorf("%s of %s, %s, %d, %d is %s, want %s", name, x, y, num, den, toBig(got), want)
			}
		}
		same("sum", a.Add(b), new(big.Int).Add(x, y))
		same("difference", a.Sub(b), new(big.Int).Sub(x, y))
		same("negation", a.Neg(), new(big.Int).Neg(x))
		same("magnitude", a.Abs(), new(big.Int).Abs(x))
		same("product", NewRate(a).Times(num), new(big.Int).Mul(x, big.NewInt(num)))
		if a.Cmp(b) != x.Cmp(y) || a.Sign() != x.Sign() {
			t.Errorf("%s compared with %s", x, y)
		}
		if den > 0 {
			product := new(big.Int).Mul(x, big.NewInt(num))
			want := halfEven(product, big.NewInt(den))
			if product.Cmp(bigMax) >= 0 || product.Cmp(bigMin) <= 0 {
				want = toBig(fromBig(product)) // a product past the ends stays there
			}
			same("scaled", NewRate(a).Scale(num, den).Amount(), want)
		}
		if got, ok := FromBinary(a.AppendBinary(nil)); !ok || got != a {
			t.Errorf("%s comes back from binary as %s", a, got)
		}
	})
}

// FuzzRound compares rounding and printing with math/big.
func FuzzRound(f *testing.F) {
	for d := range 19 {
		f.Add(int64(0), uint64(5e17), d)
		f.Add(int64(-1), uint64(math.MaxUint64-24), d)
		f.Add(int64(math.MinInt64), uint64(0), d)
		f.Add(int64(math.MaxInt64), uint64(math.MaxUint64), d)
	}
	f.Fuzz(func(t *testing.T, hi int64, lo uint64, decimals int) {
		a := Amount{hi, lo}
		n := min(max(decimals, 0), Decimals)
		unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(Decimals-n)), nil)
		want := halfEven(toBig(a), unit)
		want.Mul(want, unit)
		got := a.Round(decimals)
		if got != fromBig(want) {
			t.Errorf("%s rounded to %d decimals is %s, want %s", a, decimals, got, fromBig(want))
		}
		text := a.Format(decimals)
		if _, frac, point := strings.Cut(text, "."); point != (n > 0) || len(frac) != n {
			t.Errorf("%s to %d decimals prints as %s", a, decimals, text)
		}
		if r := new(big.Rat).SetFrac(toBig(got), new(big.Int).Exp(big.NewInt(10), big.NewInt(Decimals), nil)); got != Max() && got != Min() && r.FloatString(n) != text {
			t.Errorf("%s to %d decimals prints as %s, want %s", a, decimals, text, r.FloatString(n))
		}
	})
}

// FuzzParse checks that what is read is printed back, and that what is printed
// is read back.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"0", "-0", "1.5", ".", "-.5", "999999999999999999.999999999999999999", "1e9", "0.0000000000000000001", "+00.10"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := Parse(s)
		if err != nil {
			return
		}
		want, ok := new(big.Rat).SetString(s)
		if !ok {
			t.Fatalf("Parse took %q", s)
		}
		got := new(big.Rat).SetFrac(toBig(a), new(big.Int).Exp(big.NewInt(10), big.NewInt(Decimals), nil))
		if got.Cmp(want) != 0 {
			t.Errorf("Parse(%q) = %s", s, a)
		}
		if back, err := Parse(a.String()); err != nil || back != a {
			t.Errorf("%q prints as %s, which reads as %s, %v", s, a, back, err)
		}
	})
}

// FuzzSplit checks that parts add up to the whole and are within one unit of
// their fair share.
func FuzzSplit(f *testing.F) {
	f.Add(int64(0), uint64(10), int64(1), int64(2), int64(3), int64(0))
	f.Add(int64(math.MinInt64), uint64(0), int64(math.MaxInt64), int64(math.MaxInt64), int64(1), int64(0))
	f.Add(int64(-1), uint64(1), int64(-5), int64(0), int64(0), int64(0))
	f.Fuzz(func(t *testing.T, hi int64, lo uint64, w0, w1, w2, w3 int64) {
		total, weights := Amount{hi, lo}, []int64{w0, w1, w2, w3}
		parts := Split(total, weights)
		sum, weight := new(big.Int), new(big.Int)
		for i, p := range parts {
			sum.Add(sum, toBig(p))
			weight.Add(weight, big.NewInt(max(weights[i], 0)))
		}
		if sum.Cmp(toBig(total)) != 0 {
			t.Fatalf("the parts of %s by %v add up to %s", toBig(total), weights, sum)
		}
		if weight.Sign() == 0 {
			return
		}
		for i, p := range parts {
			fair := new(big.Rat).SetFrac(new(big.Int).Mul(toBig(total), big.NewInt(max(weights[i], 0))), weight)
			off := new(big.Rat).Sub(new(big.Rat).SetInt(toBig(p)), fair)
			if off.Abs(off).Cmp(big.NewRat(1, 1)) >= 0 {
				t.Errorf("part %d of %s by %v is %s", i, toBig(total), weights, toBig(p))
			}
		}
	})
}
