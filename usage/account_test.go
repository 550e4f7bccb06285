package usage

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/money"
)

func TestReportedAmountsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one := func(label string) Measures {
			r := Record{Requests: 1, Currency: rapid.SampledFrom([]string{"", "EUR", "USD"}).Draw(t, label+"c"),
				Reported: money.FromUnits(rapid.Int64Range(-3, 3).Draw(t, label+"n"))}
			return r.Measures()
		}
		a, b := one("a"), one("b")
		sum, swapped := a.Add(b), b.Add(a)
		if !slices.Equal(sum.Reported, swapped.Reported) {
			t.Fatalf("%v and %v", sum.Reported, swapped.Reported)
		}
		if left := sum.Sub(b); !slices.Equal(left.Reported, a.Reported) {
			t.Fatalf("%v + %v - %v is %v", a.Reported, b.Reported, b.Reported, left.Reported)
		}
	})
}

func TestMergeCoverage(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC) }
	span := func(account string, from, to int) Coverage {
		return Coverage{"openai", account, Reported, Span{day(from), day(to)}}
	}
	all := []Coverage{span("a", 5, 7), span("b", 1, 9), span("a", 1, 3), span("a", 3, 4), span("a", 6, 6+1), span("a", 6, 9)}
	want := []Coverage{span("a", 1, 4), span("a", 5, 9), span("b", 1, 9)}
	for range len(all) {
		all = append(all[1:], all[0])
		if got := MergeCoverage(all); !slices.Equal(got, want) {
			t.Fatalf("%v", got)
		}
	}
	if !want[0].Check() {
		t.Error("whole days were refused")
	}
	for _, bad := range []Coverage{{}, span("a", 3, 3), {Basis: Reported, Span: Span{day(1).Add(time.Hour), day(2)}}, {Basis: Reported, Span: Span{Since: day(1)}}} {
		if bad.Check() {
			t.Errorf("%v was taken", bad)
		}
	}
}
