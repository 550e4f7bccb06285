package report

import (
	"math/big"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// drawCompared asks to compare two spans of the days of a cube.
func drawCompared(t *rapid.T, cube *usage.Cube) ExploreQuery {
	q := drawExplore(t, cube)
	start := time.Date(2026, 3, 6, 0, 0, 0, 0, time.UTC)
	if cube.Len() > 0 {
		start = cube.Slot[0].Time().Truncate(24 * time.Hour)
	}
	slots := func(name string, from, to int) time.Duration {
		return time.Duration(rapid.IntRange(from, to).Draw(t, name)) * usage.SlotLength
	}
	q.Before.Since = start.Add(slots("before", -96, 2*96))
	q.Before.Until = q.Before.Since.Add(slots("long", 1, 3*96))
	q.Since = q.Before.Until.Add(slots("gap", 0, 96))
	q.Until = q.Since.Add(slots("as long", 1, 3*96))
	return q
}

// TestMovesAddUp: the effects of every row and of the total are its change, the
// changes of the rows are that of the total, both sides are what Run says of
// their spans, and the total's effects do not depend on the rows.
func TestMovesAddUp(t *testing.T) {
	asOf := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		cube, plans := drawCube(t), drawPlans(t)
		q := drawCompared(t, cube)
		a := explore(t, cube, plans, q)
		before, err := Run(cube, pricing.Embedded(), plans, q.before(), asOf)
		if err != nil {
			t.Fatal(err)
		}
		sameSum(t, "before", a.Moved.Before, before.Total)
		sameSum(t, "now", a.Moved.Now, a.Total)
		var changes, costs, fees money.Amount
		for i, m := range append(slices.Clone(a.Moves), a.Moved) {
			if sum := m.Price.Add(m.Volume).Add(m.Mix); sum != m.Change || m.Change != m.Now.Cost.Sub(m.Before.Cost) {
				t.Fatalf("%q: %s + %s + %s is %s, from %s to %s", m.Keys, m.Price, m.Volume, m.Mix, sum, m.Before.Cost, m.Now.Cost)
			}
			if i < len(a.Rows) && (!slices.Equal(m.Keys, a.Rows[i].Keys) || m.Now.Cost != a.Rows[i].Sum.Cost) {
				t.Fatalf("move %d is of %q, the row is %q", i, m.Keys, a.Rows[i].Keys)
			}
			if i < len(a.Moves) {
				changes, costs, fees = changes.Add(m.Change), costs.Add(m.Before.Cost), fees.Add(m.Before.PlanFee)
			}
		}
		if len(q.By) > 0 {
			if changes != a.Moved.Change || costs != before.Total.Cost || carriesFees(q.By) && fees != before.Total.PlanFee {
				t.Fatalf("rows change by %s from %s, the total by %s from %s", changes, costs, a.Moved.Change, before.Total.Cost)
			}
		}
		q.By, q.Pivot = nil, ""
		if whole := explore(t, cube, plans, q).Moved; whole.Price != a.Moved.Price || whole.Volume != a.Moved.Volume || whole.Mix != a.Moved.Mix {
			t.Fatalf("grouped, the total's effects are %s, %s, %s; by themselves %s, %s, %s", a.Moved.Price, a.Moved.Volume, a.Moved.Mix, whole.Price, whole.Volume, whole.Mix)
		}
	})
}

func sameSum(t rapid.TB, what string, got, want Sum) {
	t.Helper()
	if got.Cost != want.Cost || got.Tokens != want.Tokens || got.Records != want.Records || got.PlanFee != want.PlanFee || got.Cash != want.Cash ||
		got.Priced != want.Priced || got.UnpricedTokens != want.UnpricedTokens {
		t.Fatalf("%s is %+v, want %+v", what, got, want)
	}
}

// TestMovesMatchKeys: without time among the keys, every row's other side is
// the row that Run has for the span before.
func TestMovesMatchKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cube, plans := drawCube(t), drawPlans(t)
		q := drawCompared(t, cube)
		if q.By = slices.DeleteFunc(q.By, usage.Dimension.IsTime); len(q.By) == 0 {
			q.By = []usage.Dimension{usage.ByModel}
		}
		if slices.Contains(q.By, q.Pivot) || q.rowsCarry() && !carriesFees(q.By) {
			q.Pivot = ""
		}
		a := explore(t, cube, plans, q)
		r, err := Run(cube, pricing.Embedded(), plans, q.before(), time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		rows := make(map[string]Sum)
		for _, row := range r.Rows {
			rows[keyOf(row.Keys)] = row.Sum
		}
		for i, m := range a.Moves {
			want, ok := rows[keyOf(m.Keys)]
			if i >= len(a.Rows) && !ok {
				t.Fatalf("%q has gone and was never there", m.Keys)
			}
			if ok {
				sameSum(t, keyOf(m.Keys), m.Before, want)
			}
			delete(rows, keyOf(m.Keys))
		}
		if len(rows) > 0 {
			t.Fatalf("rows of before are missing: %v", rows)
		}
	})
}

// TestExplainExactly compares with fractions.
func TestExplainExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var goods []exchange
		var families []string
		for range rapid.IntRange(0, 12).Draw(t, "goods") {
			side := func(name string) spent {
				n := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(1, 50), rapid.Int64Range(1, 1e13)).Draw(t, name)
				if n == 0 {
					return spent{}
				}
				return spent{n, portion(money.FromUnits(rapid.Int64Range(0, 1e6).Draw(t, name+" cost")), 1, rapid.Int64Range(1, 1e6).Draw(t, name+" part"))}
			}
			goods = append(goods, exchange{side("before"), side("now")})
			families = append(families, rapid.SampledFrom([]string{"", "web_search"}).Draw(t, "family"))
		}
		e := explain(goods, families)
		want := map[string]*big.Rat{"price": new(big.Rat), "volume": new(big.Rat)}
		var change money.Amount
		for _, family := range []string{"", "web_search"} {
			var n0, n1 int64
			var c0, c1 money.Amount
			price := new(big.Rat)
			for i, g := range goods {
				if families[i] != family {
					continue
				}
				n0, n1, c0, c1 = n0+g.before.n, n1+g.now.n, c0.Add(g.before.cost), c1.Add(g.now.cost)
				if g.before.n > 0 && g.now.n > 0 {
					then := new(big.Rat).SetFrac(new(big.Int).Mul(integer(g.before.cost), big.NewInt(g.now.n)), big.NewInt(g.before.n))
					price.Add(price, then.Sub(new(big.Rat).SetInt(integer(g.now.cost)), then))
				}
			}
			change = change.Add(c1).Sub(c0)
			volume := new(big.Rat).SetInt(integer(c1.Sub(c0)))
			if n0 > 0 {
				volume.SetFrac(new(big.Int).Mul(integer(c0), big.NewInt(n1-n0)), big.NewInt(n0))
			}
			want["price"].Add(want["price"], price)
			want["volume"].Add(want["volume"], volume)
		}
		for name, got := range map[string]money.Amount{"price": e.price, "volume": e.volume} {
			off := new(big.Rat).Sub(want[name], new(big.Rat).SetInt(integer(got)))
			if off.Abs(off).Cmp(big.NewRat(int64(len(goods)+1), 2)) > 0 { // half a unit for each rounding
				t.Fatalf("the %s effect is %s, off by %s units", name, got, off.FloatString(3))
			}
		}
		if sum := e.price.Add(e.volume).Add(e.mix); sum != change {
			t.Fatalf("effects add up to %s, the change is %s", sum, change)
		}
	})
}

// TestPortion compares with fractions, where the product fits 128 bits and where
// only the result does.
func TestPortion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := money.FromUnits(rapid.Int64Range(-1e10, 1e10).Draw(t, "dollars")).Add(money.FromAtto(rapid.Int64().Draw(t, "atto")))
		den := rapid.OneOf(rapid.Int64Range(1, 9), rapid.Int64Range(1, 1e13)).Draw(t, "den")
		num := rapid.Int64Range(-9*den, 9*den).Draw(t, "num")
		exact := new(big.Rat).SetFrac(new(big.Int).Mul(integer(a), big.NewInt(num)), big.NewInt(den))
		got := integer(portion(a, num, den))
		off := new(big.Rat).Sub(exact, new(big.Rat).SetInt(got))
		if c := off.Abs(off).Cmp(big.NewRat(1, 2)); c > 0 || c == 0 && got.Bit(0) == 1 {
			t.Fatalf("%s × %d/%d is %s, off by %s units", a, num, den, got, off.FloatString(3))
		}
	})
}

// week puts usage of models into two weeks of November.
func week(t *testing.T, cells ...cell1) (*usage.Cube, ExploreQuery) {
	return cubeOf(cells), ExploreQuery{Query: Query{Since: at(t, "2026-11-08"), Until: at(t, "2026-11-15"), By: []usage.Dimension{usage.ByModel}},
		Before: usage.Span{Since: at(t, "2026-11-01"), Until: at(t, "2026-11-08")}}
}

func wantMove(t *testing.T, m Move, price, volume, mix string) {
	t.Helper()
	if !m.Known {
		t.Errorf("%q is not known", m.Keys)
	}
	wantAmount(t, "price of "+keyOf(m.Keys), m.Price, price)
	wantAmount(t, "volume of "+keyOf(m.Keys), m.Volume, volume)
	wantAmount(t, "mix of "+keyOf(m.Keys), m.Mix, mix)
}

// house is a book of three models at 1, 10 and 20 a million tokens; "rising"
// costs 1 until 8 November and 2 since.
func house(t *testing.T) *pricing.Book {
	t.Helper()
	change := at(t, "2026-11-08")
	var own []pricing.OwnPrice
	for model, price := range map[string]string{"one": "1", "ten": "10", "twenty": "20"} {
		own = append(own, pricing.OwnPrice{Provider: "house", Model: model, Input: price, Output: price})
	}
	own = append(own, pricing.OwnPrice{Provider: "house", Model: "rising", Input: "1", To: change}, pricing.OwnPrice{Provider: "house", Model: "rising", Input: "2", From: change})
	book, err := pricing.Embedded().With(pricing.Overlay{Prices: own})
	if err != nil {
		t.Fatal(err)
	}
	return book
}

func TestMoveEffects(t *testing.T) {
	const before, now = "2026-11-03", "2026-11-10"
	used := func(day, model string, millions int64) cell1 {
		return one(t, day, usage.Dims{Provider: "house", Model: model, Source: "codex"}, usage.Tokens{Input: millions * 1_000_000})
	}
	for _, tc := range []struct {
		name                       string
		cells                      []cell1
		change, price, volume, mix string // of the total
	}{
		{"nothing", nil, "0", "0", "0", "0"},
		{"more of the same", []cell1{used(before, "one", 1), used(now, "one", 3)}, "2", "0", "2", "0"},
		{"dearer", []cell1{used(before, "rising", 3), used(now, "rising", 3)}, "3", "3", "0", "0"},
		{"dearer and more", []cell1{used(before, "rising", 2), used(now, "rising", 3)}, "4", "3", "1", "0"},
		{"from a dear model to a cheap one", []cell1{used(before, "one", 1), used(before, "ten", 1), used(now, "one", 2)}, "-9", "0", "0", "-9"},
		{"twice of both", []cell1{used(before, "one", 1), used(before, "ten", 1), used(now, "one", 2), used(now, "ten", 2)}, "11", "0", "11", "0"},
		{"a new model", []cell1{used(before, "one", 1), used(now, "one", 1), used(now, "twenty", 1)}, "20", "0", "1", "19"},
		{"a new model instead", []cell1{used(before, "one", 1), used(now, "ten", 1)}, "9", "0", "0", "9"},
		{"all new", []cell1{used(now, "one", 1), used(now, "ten", 1)}, "11", "0", "11", "0"},
		{"all gone", []cell1{used(before, "one", 1), used(before, "ten", 1)}, "-11", "0", "-11", "0"},
		{"all three", []cell1{used(before, "rising", 2), used(before, "ten", 2), used(now, "rising", 4), used(now, "twenty", 1)},
			"6", "4", "5.5", "-3.5"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cube, q := week(t, tc.cells...)
			a, err := Explore(cube, house(t), nil, q, at(t, "2026-11-20"))
			if err != nil {
				t.Fatal(err)
			}
			wantAmount(t, "change", a.Moved.Change, tc.change)
			wantMove(t, a.Moved, tc.price, tc.volume, tc.mix)
		})
	}
}

// TestMoveMeters: searches are no tokens, so more of them is volume.
func TestMoveMeters(t *testing.T) {
	d := usage.Dims{Provider: "anthropic", Model: "claude-opus-4-5", Source: "claude-code"}
	search := func(n int64) usage.Quantity { return usage.Quantity{Meter: "web_search", N: n} }
	cube, q := week(t, one(t, "2026-11-03", d, usage.Tokens{Input: 1000}, search(1)), one(t, "2026-11-10", d, usage.Tokens{Input: 1000}, search(5)))
	a := explore(t, cube, nil, q)
	wantMove(t, a.Moved, "0", "0.04", "0") // 10 a thousand
	cube, q = week(t, one(t, "2026-11-03", d, usage.Tokens{Input: 1000}), one(t, "2026-11-10", d, usage.Tokens{Input: 2000}, search(5)))
	wantMove(t, explore(t, cube, nil, q).Moves[0], "0", "0.055", "0")
}

func TestMoveUnknown(t *testing.T) {
	ours := usage.Dims{Provider: "self-hosted", Model: "ours"}
	known := usage.Dims{Provider: "house", Model: "one"}
	cube, q := week(t, one(t, "2026-11-03", ours, usage.Tokens{Input: 5}), one(t, "2026-11-10", ours, usage.Tokens{Input: 50}),
		one(t, "2026-11-03", known, usage.Tokens{Input: 2_000_000}), one(t, "2026-11-10", known, usage.Tokens{Input: 1_000_000}))
	a, err := Explore(cube, house(t), nil, q, at(t, "2026-11-20"))
	if err != nil {
		t.Fatal(err)
	}
	if m := a.Moves[1]; m.Keys[0] != "ours" || m.Known || m.Now.UnpricedTokens != 50 || m.Before.UnpricedTokens != 5 {
		t.Errorf("a model without a price: %+v", m)
	}
	wantMove(t, a.Moves[0], "0", "-1", "0")
	wantMove(t, a.Moved, "0", "-1", "0") // units without a price are left out
}

// TestMovesOfDays: days are matched by their place in the span.
func TestMovesOfDays(t *testing.T) {
	d := usage.Dims{Provider: "house", Model: "one", Source: "codex"}
	m := usage.Tokens{Input: 1_000_000}
	cube, q := week(t, one(t, "2026-11-02", d, m), one(t, "2026-11-05", d, m), one(t, "2026-11-09", d, m), one(t, "2026-11-09T10:00Z", d, m), one(t, "2026-11-11", d, m))
	q.By, q.Pivot = []usage.Dimension{usage.ByDay}, usage.ByModel
	q.Before.Since = q.Before.Since.AddDate(0, 0, -7) // two weeks with one: the second has no partner
	q.Before.Until = q.Before.Since.AddDate(0, 0, 14)
	d.Project = "x"
	plans := []pricing.Plan{{Source: "claude-code", Monthly: amount(t, "30"), Currency: "USD", From: at(t, "2026-11-01"), To: at(t, "2026-11-08")}}
	a, err := Explore(cube, house(t), plans, q, at(t, "2026-11-20"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range a.Moves {
		got = append(got, m.Keys[0]+" "+m.Before.Cost.String()+" "+m.Before.PlanFee.String()+" "+m.Now.Cost.String())
	}
	want := []string{"2026-11-09 0 0 2", "2026-11-11 0 0 1", "2026-11-01 0 1 0", "2026-11-02 1 1 0", "2026-11-03 0 1 0", "2026-11-04 0 1 0",
		"2026-11-05 1 1 0", "2026-11-06 0 1 0", "2026-11-07 0 1 0"}
	if !slices.Equal(got, want) {
		t.Errorf("moves are %q, want %q", got, want)
	}
	q.Before = usage.Span{Since: at(t, "2026-11-01"), Until: at(t, "2026-11-08")}
	if a, err = Explore(cube, house(t), nil, q, at(t, "2026-11-20")); err != nil {
		t.Fatal(err)
	}
	wantMove(t, a.Moves[0], "0", "1", "0") // the Mondays
	if m := a.Moves[2]; m.Keys[0] != "2026-11-12" || m.Before.Cost != amount(t, "1") || len(a.Moves) != 3 {
		t.Errorf("the Thursdays: %+v of %d", m, len(a.Moves))
	}
}
