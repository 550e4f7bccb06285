package money

import (
	"math"
	"testing"
)

func must(t testing.TB, s string) Amount {
	t.Helper()
	a, err := Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestArithmetic(t *testing.T) {
	for _, c := range []struct{ a, b, sum, difference string }{
		{"0", "0", "0", "0"},
		{"0.1", "0.2", "0.3", "-0.1"},
		{"1", "-1", "0", "2"},
		{"-0.000000000000000001", "0.000000000000000001", "0", "-0.000000000000000002"},
		{"18.446744073709551615", "0.000000000000000001", "18.446744073709551616", "18.446744073709551614"},
		{"18.446744073709551616", "-0.000000000000000001", "18.446744073709551615", "18.446744073709551617"},
		{"-18.446744073709551616", "0.000000000000000001", "-18.446744073709551615", "-18.446744073709551617"},
		{"999999999999999999", "0.000003625", "999999999999999999.000003625", "999999999999999998.999996375"},
	} {
		a, b := must(t, c.a), must(t, c.b)
		if got := a.Add(b).String(); got != c.sum {
			t.Errorf("%s + %s = %s, want %s", c.a, c.b, got, c.sum)
		}
		if got := a.Sub(b).String(); got != c.difference {
			t.Errorf("%s - %s = %s, want %s", c.a, c.b, got, c.difference)
		}
		if got := b.Add(a); got != a.Add(b) {
			t.Errorf("%s + %s does not commute", c.a, c.b)
		}
	}
}

func TestEndsOfTheRangeHold(t *testing.T) {
	one := FromAtto(1)
	for _, c := range []struct {
		name      string
		got, want Amount
	}{
		{"max+1", Max().Add(one), Max()},
		{"min-1", Min().Sub(one), Min()},
		{"min+min", Min().Add(Min()), Min()},
		{"max-min", Max().Sub(Min()), Max()},
		{"min-max", Min().Sub(Max()), Min()},
		{"max-1+1", Max().Sub(one).Add(one), Max()},
		{"-min", Min().Neg(), Max()},
		{"|min|", Min().Abs(), Max()},
		{"-max", Max().Neg(), Min().Add(one)},
		{"max*1", NewRate(Max()).Times(1), Max()},
		{"min*1", NewRate(Min()).Times(1), Min()},
		{"min*-1", NewRate(Min()).Times(-1), Max()},
		{"max*-1", NewRate(Max()).Times(-1), Min().Add(one)},
		{"max*2", NewRate(Max()).Times(2), Max()},
		{"max*-2", NewRate(Max()).Times(-2), Min()},
		{"max*maxint", NewRate(Max()).Times(math.MaxInt64), Max()},
		{"max*minint", NewRate(Max()).Times(math.MinInt64), Min()},
		{"min*minint", NewRate(Min()).Times(math.MinInt64), Max()},
		{"1*minint", NewRate(one).Times(math.MinInt64), FromAtto(math.MinInt64)},
		{"max*2/2 stays", NewRate(Max()).Scale(2, 2).Amount(), Max()},
		{"max*1/1", NewRate(Max()).Scale(1, 1).Amount(), Max()},
		{"round up at max", Max().Round(0), Max()},
		{"round at min", Min().Round(0), Min()},
	} {
		if c.got != c.want {
			t.Errorf("%s = %s, want %s", c.name, c.got, c.want)
		}
	}
	if got := Min().String(); got != "-170141183460469231731.687303715884105728" {
		t.Errorf("min prints as %s", got)
	}
	if got := Max().Format(2); got != "170141183460469231731.68" { // rounding up would pass the end
		t.Errorf("max prints as %s", got)
	}
}

func TestCompare(t *testing.T) {
	ascending := []Amount{Min(), must(t, "-18.5"), FromAtto(-1), {}, FromAtto(1), must(t, "0.5"), must(t, "18.446744073709551616"), Max()}
	for i, a := range ascending {
		for j, b := range ascending {
			want := min(max(i-j, -1), 1)
			if got := a.Cmp(b); got != want {
				t.Errorf("%s cmp %s = %d, want %d", a, b, got, want)
			}
		}
		if got, want := a.Sign(), min(max(i-3, -1), 1); got != want {
			t.Errorf("sign of %s = %d, want %d", a, got, want)
		}
		if a.IsZero() != (i == 3) {
			t.Errorf("%s: IsZero = %v", a, a.IsZero())
		}
	}
}

func TestScaleRoundsHalfToEven(t *testing.T) {
	for _, c := range []struct{ atto, num, den, want int64 }{
		{1, 1, 2, 0}, {3, 1, 2, 2}, {5, 1, 2, 2}, {7, 1, 2, 4}, {-1, 1, 2, 0}, {-3, 1, 2, -2}, {-5, 1, 2, -2},
		{10, 1, 3, 3}, {11, 1, 3, 4}, {20, 11, 10, 22}, {25, 11, 10, 28}, {15, 11, 10, 16}, {5, 11, 10, 6}, {45, 11, 10, 50},
		{100, 0, 7, 0}, {1, 1, math.MaxInt64, 0}, {math.MaxInt64, 1, math.MaxInt64, 1}, {7, -1, 2, -4},
	} {
		if got := NewRate(FromAtto(c.atto)).Scale(c.num, c.den).Amount(); got != FromAtto(c.want) {
			t.Errorf("%d × %d/%d = %s e-18, want %d", c.atto, c.num, c.den, toBig(got), c.want)
		}
	}
}

func TestFromUnits(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 1: "1", -3: "-3", math.MaxInt64: "9223372036854775807", math.MinInt64: "-9223372036854775808"} {
		if got := FromUnits(n).String(); got != want {
			t.Errorf("FromUnits(%d) = %s", n, got)
		}
	}
}

func TestFloatIsNear(t *testing.T) {
	for s, want := range map[string]float64{"0": 0, "12.5": 12.5, "-0.000003625": -0.000003625, "123456789.25": 123456789.25} {
		if got := must(t, s).Float(); math.Abs(got-want) > math.Abs(want)*1e-15 {
			t.Errorf("%s as a float is %v", s, got)
		}
	}
}

func TestBinary(t *testing.T) {
	for _, a := range []Amount{{}, Max(), Min(), FromAtto(-1), must(t, "12.5")} {
		b := a.AppendBinary([]byte{7})
		if len(b) != 17 {
			t.Fatalf("%s takes %d bytes", a, len(b)-1)
		}
		if got, ok := FromBinary(b[1:]); !ok || got != a {
			t.Errorf("%s comes back as %s", a, got)
		}
	}
	if _, ok := FromBinary(make([]byte, 15)); ok {
		t.Error("15 bytes are no amount")
	}
}
