package usage

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/money"
)

var noon = time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC)

// drawCopy draws one of several copies of a response. Values come from small
// sets, so that ties in any place are common.
func drawCopy(t *rapid.T) Record {
	instant := rapid.Custom(func(t *rapid.T) time.Time {
		return noon.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "ms")) * time.Millisecond)
	})
	few := func(name string, from ...string) string { return rapid.SampledFrom(from).Draw(t, name) }
	n := func(name string) int64 { return rapid.Int64Range(0, 2).Draw(t, name) }
	r := Record{ID: "msg_1", Start: instant.Draw(t, "start"), SideChain: rapid.Bool().Draw(t, "side"),
		Context: n("context") - 1, Requests: n("requests") - 1, Flags: Flags(n("flags"))}
	if rapid.Bool().Draw(t, "in parts") {
		r.UsageAt = instant.Draw(t, "usage at")
		if r.UsageAt.Equal(r.Start) {
			r.UsageAt = time.Time{}
		}
	}
	if rapid.Bool().Draw(t, "bucket") {
		r.End, r.Slice = instant.Draw(t, "end"), few("slice", "", "completions/1h")
	}
	r.Dims = Dims{Source: "s", Session: few("session", "a", "b"), Project: few("project", "", "p"), Agent: few("agent", "", "x"),
		Provider: few("provider", "p", "q"), Model: few("model", "m", "n"), Tier: few("tier", "", "fast"), Region: few("region", "", "us"),
		Basis: Basis(n("basis")), Band: Band{n("lo"), n("end")}}
	r.Tokens = Tokens{Input: n("input"), CacheRead: n("read"), CacheWrite5m: n("5m"), CacheWrite1h: n("1h"), Output: n("output"), Reasoning: n("reasoning")}
	if k := n("searches"); k > 0 {
		r.Quantities = []Quantity{{"web_search", k}}
	}
	if rapid.Bool().Draw(t, "reported") {
		r.Reported, r.Currency = money.FromAtto(n("amount")), few("currency", "EUR", "USD")
	}
	return r
}

func same(a, b Record) bool { return reflect.DeepEqual(a, b) }

func TestFoldProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawCopy(t), drawCopy(t), drawCopy(t)
		if x, y := Fold(a, b), Fold(b, a); !same(x, y) {
			t.Fatalf("not commutative:\n%+v\n%+v", x, y)
		}
		if x, y := Fold(Fold(a, b), c), Fold(a, Fold(b, c)); !same(x, y) {
			t.Fatalf("not associative:\n%+v\n%+v", x, y)
		}
		if x := Fold(a, a); !same(x, a) {
			t.Fatalf("not idempotent:\n%+v\n%+v", x, a)
		}
		x := Fold(a, b)
		if y := Fold(x, a); !same(x, y) {
			t.Fatalf("a copy that was folded changes the result:\n%+v\n%+v", x, y)
		}
		if x.Total() < max(a.Total(), b.Total()) {
			t.Fatalf("the smaller usage was kept: %+v", x)
		}
	})
}

func TestFoldAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		copies := rapid.SliceOfN(rapid.Custom(drawCopy), 2, 6).Draw(t, "copies")
		fold := func(list []Record) Record {
			r := list[0]
			for _, c := range list[1:] {
				r = Fold(r, c)
			}
			return r
		}
		want := fold(copies)
		if got := fold(rapid.Permutation(copies).Draw(t, "order")); !same(got, want) {
			t.Fatalf("the order matters:\n%+v\n%+v", got, want)
		}
	})
}

func TestFold(t *testing.T) {
	row := func(change func(*Record)) Record {
		r := Record{ID: "msg_1", Start: noon, Requests: 1, Context: 10, Dims: Dims{Session: "s", Model: "m"}, Tokens: Tokens{Input: 10, Output: 2}}
		change(&r)
		return r
	}
	first := row(func(*Record) {})
	for _, c := range []struct {
		name  string
		other Record
		want  Record
	}{
		{"a later row with the final count", row(func(r *Record) { r.Start, r.Output = noon.Add(time.Second), 300 }),
			row(func(r *Record) { r.UsageAt, r.Output = noon.Add(time.Second), 300 })},
		{"a later row with the same count", row(func(r *Record) { r.Start = noon.Add(time.Second) }), first},
		{"a resumed session", row(func(r *Record) { r.Start, r.Session, r.Project = noon.Add(time.Hour), "t", "elsewhere" }), first},
		{"an earlier side conversation", row(func(r *Record) { r.Start, r.SideChain, r.Agent = noon.Add(-time.Hour), true, "helper" }),
			row(func(r *Record) { r.UsageAt = noon.Add(-time.Hour) })},
		{"another model took over", row(func(r *Record) {
			r.Start, r.Model, r.Tokens = noon.Add(time.Second), "fallback", Tokens{CacheRead: 500, Output: 2}
			r.Context = 500
		}), row(func(r *Record) {
			r.UsageAt, r.Model, r.Tokens = noon.Add(time.Second), "fallback", Tokens{CacheRead: 500, Output: 2}
			r.Context = 500
		})},
		{"copies at the same instant", row(func(r *Record) { r.Session = "a" }), row(func(r *Record) { r.Session = "a" })},
		{"a flag that no longer holds", row(func(r *Record) { r.Flags = FlagParentMissing }), first},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Fold(first, c.other); !same(got, c.want) {
				t.Errorf("got\n%+v, want\n%+v", got, c.want)
			}
		})
	}
}
