package usage

import (
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func drawTokens(t *rapid.T) Tokens {
	n := rapid.Int64Range(0, MaxTokens)
	return Tokens{n.Draw(t, "input"), n.Draw(t, "read"), n.Draw(t, "5m"), n.Draw(t, "1h"), n.Draw(t, "output"), n.Draw(t, "reasoning")}
}

func drawMeasures(t *rapid.T) Measures {
	n := rapid.Int64Range(0, 5)
	m := Measures{Records: n.Draw(t, "records"), Requests: n.Draw(t, "requests"), Uncounted: n.Draw(t, "uncounted"), Tokens: drawTokens(t)}
	for _, meter := range []string{"audio_input", "seconds", "web_search"} {
		if k := n.Draw(t, meter); k > 0 {
			m.Quantities = append(m.Quantities, Quantity{meter, k})
		}
	}
	return m
}

func equal(a, b Measures) bool {
	return a.Records == b.Records && a.Requests == b.Requests && a.Uncounted == b.Uncounted && a.Tokens == b.Tokens && slices.Equal(a.Quantities, b.Quantities)
}

func TestMeasuresAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawMeasures(t), drawMeasures(t), drawMeasures(t)
		if x, y := a.Add(b), b.Add(a); !equal(x, y) {
			t.Fatalf("%+v and %+v", x, y)
		}
		if x, y := a.Add(b).Add(c), a.Add(b.Add(c)); !equal(x, y) {
			t.Fatalf("%+v and %+v", x, y)
		}
		if x := a.Add(b).Sub(b); !equal(x, a) {
			t.Fatalf("%+v became %+v", a, x)
		}
		if x := a.Sub(a); !equal(x, Measures{}) {
			t.Fatalf("%+v is left", x)
		}
		sum := a.Add(b)
		if sum.Total() != a.Total()+b.Total() || sum.TotalInput()+sum.Output != sum.Total() {
			t.Fatalf("totals of %+v", sum)
		}
	})
}

func TestTokens(t *testing.T) {
	x := Tokens{Input: 1, CacheRead: 2, CacheWrite5m: 4, CacheWrite1h: 8, Output: 16, Reasoning: 5}
	if x.TotalInput() != 15 || x.Total() != 31 || x.IsZero() || !(Tokens{}).IsZero() {
		t.Errorf("%+v: %d, %d", x, x.TotalInput(), x.Total())
	}
	if err := x.Check(); err != nil {
		t.Error(err)
	}
	for _, bad := range []Tokens{{Input: -1}, {CacheRead: MaxTokens + 1}, {CacheWrite5m: math.MaxInt64}, {CacheWrite1h: -1}, {Output: math.MinInt64}, {Reasoning: -1}} {
		if err := bad.Check(); !errors.Is(err, ErrImplausible) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func TestRecordMeasures(t *testing.T) {
	r := Record{Requests: 3, Tokens: Tokens{Input: 5}}
	if m := r.Measures(); m.Records != 1 || m.Requests != 3 || m.Uncounted != 0 || m.Input != 5 {
		t.Errorf("%+v", m)
	}
	r.Requests = Absent
	if m := r.Measures(); m.Requests != 0 || m.Uncounted != 1 {
		t.Errorf("%+v", m)
	}
}

func TestSlots(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-1e9, 5e9).Draw(t, "second"), 0).UTC()
		s := SlotOf(at)
		if begin := s.Time(); at.Before(begin) || !at.Before(begin.Add(SlotLength)) {
			t.Fatalf("%v is not in the slot of %v", at, begin)
		}
		day := time.Unix(int64(s.Day())*86400, 0).UTC()
		if !day.Equal(at.Truncate(24 * time.Hour)) {
			t.Fatalf("the day of %v is %v", at, day)
		}
	})
}

func TestSpan(t *testing.T) {
	a, b := noon, noon.Add(time.Hour)
	for _, c := range []struct {
		span Span
		at   time.Time
		want bool
	}{
		{Span{a, b}, a, true}, {Span{a, b}, b, false}, {Span{a, b}, a.Add(-1), false}, {Span{Until: b}, time.Time{}, true},
		{Span{Since: a}, b.AddDate(100, 0, 0), true}, {Span{}, a, true},
	} {
		if got := c.span.Contains(c.at); got != c.want {
			t.Errorf("%v in %v: %v", c.at, c.span, got)
		}
	}
}

func TestCube(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 20).Draw(t, "cells")
		b := NewBuilder(n)
		var want []Measures
		var models []string
		for i := range n {
			m := drawMeasures(t)
			model := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "model")
			b.Add(Slot(i), 1, b.Set(Dims{Model: model}), m)
			want, models = append(want, m), append(models, model)
		}
		c := b.Cube()
		if c.Len() != n || len(c.Sets) > 3 {
			t.Fatalf("%d cells of %d sets", c.Len(), len(c.Sets))
		}
		for i := range n {
			if got := c.MeasuresAt(i); !equal(got, want[i]) || c.TokensAt(i) != want[i].Tokens || c.Sets[c.Set[i]].Model != models[i] || c.Slot[i] != Slot(i) {
				t.Fatalf("cell %d: %+v, want %+v", i, got, want[i])
			}
		}
	})
}
