package report

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// TestFeesBeforeNoon: a fee falls due at noon of a UTC day and counts from the
// day's beginning, on both sides of a comparison, as in a snapshot.
func TestFeesBeforeNoon(t *testing.T) {
	book := house(t)
	plans := []pricing.Plan{{Source: "claude-code", Monthly: amount(t, "310"), Currency: "USD", From: at(t, "2026-09-01")}}
	d := usage.Dims{Provider: "house", Model: "one", Source: "codex"}
	cube := cubeOf([]cell1{one(t, "2026-10-03", d, usage.Tokens{Input: 1_000_000}), one(t, "2026-11-03", d, usage.Tokens{Input: 2_000_000})})
	for _, name := range []string{"UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland"} {
		for _, now := range []string{"2026-11-20T10:00Z", "2026-11-20T14:00Z", "2026-11-03T01:00Z", "2026-12-31T10:00Z", "2026-12-01T01:00Z"} {
			asOf, z := at(t, now), zone(t, name)
			s := BuildSnapshot(Input{Cube: cube, Book: book, Plans: plans, Zone: z, AsOf: asOf})
			previous := Calendar{Now: asOf, Zone: z}.Cycle(s.CycleStart.Add(-time.Nanosecond))
			q := ExploreQuery{Query: Query{Since: s.CycleStart, Zone: z}, Before: upTo(previous, asOf.Sub(s.CycleStart))}
			for _, by := range [][]usage.Dimension{nil, {usage.ByDay}, {usage.ByModel}, {usage.ByMonth}} {
				q.By = by
				a, err := Explore(cube, book, plans, q, asOf)
				if err != nil {
					t.Fatal(err)
				}
				if a.Moved.Before.Cash != s.Previous.Cash || a.Moved.Now.Cash != s.Cycle.Cash || !a.Moved.Cash.Known {
					t.Errorf("%s at %s by %s: cash went from %s to %s, the snapshot says from %s to %s", name, now, by,
						a.Moved.Before.Cash, a.Moved.Now.Cash, s.Previous.Cash, s.Cycle.Cash)
				}
				wantColumns(t, a)
			}
		}
	}
}

// TestFeesBeforeNoonByDay: the fee of the last day before stands beside today's.
func TestFeesBeforeNoonByDay(t *testing.T) {
	plans := []pricing.Plan{{Source: "claude-code", Monthly: amount(t, "310"), Currency: "USD", From: at(t, "2026-09-01")}}
	d := usage.Dims{Provider: "house", Model: "one", Source: "codex"}
	cube := cubeOf([]cell1{one(t, "2026-11-03", d, usage.Tokens{Input: 2_000_000})})
	q := ExploreQuery{Query: Query{Since: at(t, "2026-11-01"), By: []usage.Dimension{usage.ByDay}},
		Before: usage.Span{Since: at(t, "2026-10-01"), Until: at(t, "2026-10-20T10:00Z")}}
	a, err := Explore(cube, house(t), plans, q, at(t, "2026-11-20T10:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	wantAmount(t, "the fees before", a.Moved.Before.PlanFee, "200")
	if len(a.Moves) != 20 {
		t.Fatalf("%d days, want 20: %+v", len(a.Moves), a.Moves)
	}
	last := a.Moves[19]
	if last.Keys[0] != "2026-11-20" {
		t.Errorf("the last day is %q", last.Keys)
	}
	wantAmount(t, "the last fee before", last.Before.PlanFee, "10")
	wantAmount(t, "what it changed", last.Cash.Fees, "0.333333333333333333")

	q.Until, q.By = at(t, "2026-11-20T10:00Z"), nil // a span that ends before noon has no fee of that day, then nor has the other
	if a, err = Explore(cube, house(t), plans, q, at(t, "2026-11-20T10:00Z")); err != nil {
		t.Fatal(err)
	}
	wantAmount(t, "the fees before of a span that is over", a.Moved.Before.PlanFee, "190")
}

// wantColumns checks that effects add up across, and down with what is between
// the rows.
func wantColumns(t rapid.TB, a *Answer) {
	t.Helper()
	across := func(m *Move) {
		cost, cash := m.In(false), m.In(true)
		if sum := cost.Price.Add(cost.Volume).Add(cost.Mix).Add(cost.Fees); sum != cost.Change || !cost.Fees.IsZero() {
			t.Fatalf("%q: effects on the cost are %s, the change is %s", m.Keys, sum, cost.Change)
		}
		if sum := cash.Price.Add(cash.Volume).Add(cash.Mix).Add(cash.Fees); sum != cash.Change ||
			cash.Change != m.Now.Cash.Sub(m.Before.Cash) || cash.Fees != m.Now.PlanFee.Sub(m.Before.PlanFee) {
			t.Fatalf("%q: effects on the cash are %s, the change is %s, from %s to %s", m.Keys, sum, cash.Change, m.Before.Cash, m.Now.Cash)
		}
	}
	down := make([]money.Amount, 11)
	add := func(m *Move) {
		cost, cash := m.In(false), m.In(true)
		for i, x := range []money.Amount{cost.Change, cost.Price, cost.Volume, cost.Mix, cash.Change, cash.Price, cash.Volume, cash.Mix, cash.Fees, m.Now.Cash, m.Before.Cash} {
			down[i] = down[i].Add(x)
		}
	}
	for i := range a.Moves {
		across(&a.Moves[i])
		add(&a.Moves[i])
	}
	across(&a.Moved)
	across(&a.Between)
	if len(a.Query.By) == 0 {
		return
	}
	if !a.Between.Change.IsZero() || a.Between.Cash.Change != a.Between.Cash.Fees {
		t.Fatalf("between the rows the cost changes by %s, the cash by %s, fees by %s", a.Between.Change, a.Between.Cash.Change, a.Between.Cash.Fees)
	}
	add(&a.Between)
	rows := slices.Clone(down)
	clear(down)
	add(&a.Moved)
	if !slices.Equal(rows, down) {
		t.Fatalf("rows and between add up to %s, the total is %s", rows, down)
	}
}

// TestCashAddsUp: effects on the cash add up to its change, in rows and columns,
// and are those of what is left without the usage under plans.
func TestCashAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cube, plans := drawCube(t), drawPlans(t)
		q := drawCompared(t, cube)
		a := explore(t, cube, plans, q)
		wantColumns(t, a)
		if len(q.By) == 0 || q.rowsCarry() {
			if !a.Between.Cash.Change.IsZero() || !a.Between.Now.Cash.IsZero() {
				t.Fatalf("the rows have all fees, and between them there are %s", a.Between.Cash.Change)
			}
		}
		none := explore(t, cube, nil, q)
		if len(plans) == 0 && (a.Moved.Cash.Volume != none.Moved.Volume || a.Moved.Cash.Known != none.Moved.Known) {
			t.Fatalf("without plans the cash is not the cost: %+v", a.Moved)
		}
	})
}

// TestCashOfPlans: usage under a plan is in no effect on the cash; when a plan
// begins, usage leaves it and a fee comes.
func TestCashOfPlans(t *testing.T) {
	open, planned := usage.Dims{Provider: "house", Model: "one", Source: "codex"}, usage.Dims{Provider: "house", Model: "ten", Source: "claude-code"}
	million := usage.Tokens{Input: 1_000_000}
	cube, q := week(t, one(t, "2026-11-03", open, million), one(t, "2026-11-10", open, million), one(t, "2026-11-11", open, million),
		one(t, "2026-11-03", planned, million), one(t, "2026-11-10", planned, million), one(t, "2026-11-11", planned, million))
	plan := pricing.Plan{Source: "claude-code", Monthly: amount(t, "30"), Currency: "USD", From: at(t, "2026-10-01")}
	for _, tc := range []struct {
		from, change, volume, mix, fees string
	}{
		{"2026-10-01", "1", "1", "0", "0"},
		{"2026-11-08", "-2", "0", "-9", "7"},
	} {
		plan.From = at(t, tc.from)
		a, err := Explore(cube, house(t), []pricing.Plan{plan}, q, at(t, "2026-11-20"))
		if err != nil {
			t.Fatal(err)
		}
		m := a.Moved
		wantAmount(t, "change of the cost", m.Change, "11")
		wantAmount(t, tc.from+": change of the cash", m.Cash.Change, tc.change)
		wantAmount(t, tc.from+": volume", m.Cash.Volume, tc.volume)
		wantAmount(t, tc.from+": mix", m.Cash.Mix, tc.mix)
		wantAmount(t, tc.from+": fees", m.Cash.Fees, tc.fees)
		if !m.Cash.Known || a.Between.Cash.Fees != m.Cash.Fees {
			t.Errorf("%s: the fees are in no row: %+v", tc.from, a.Between)
		}
		wantColumns(t, a)
	}
}

// TestBetweenRows: a shift between rows is volume in the rows, mix in the total.
func TestBetweenRows(t *testing.T) {
	used := func(day, model string) cell1 {
		return one(t, day, usage.Dims{Provider: "house", Model: model, Source: "codex"}, usage.Tokens{Input: 1_000_000})
	}
	cube, q := week(t, used("2026-11-03", "one"), used("2026-11-10", "ten"))
	a, err := Explore(cube, house(t), nil, q, at(t, "2026-11-20"))
	if err != nil {
		t.Fatal(err)
	}
	wantMove(t, a.Moves[0], "0", "10", "0")
	wantMove(t, a.Moves[1], "0", "-1", "0")
	wantMove(t, a.Between, "0", "-9", "9")
	wantMove(t, a.Moved, "0", "0", "9")
	wantColumns(t, a)
}

// TestFeesAddUp: in a pivot fees add up as costs do, with those that cells
// cannot carry apart.
func TestFeesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cube, plans := drawCube(t), drawPlans(t)
		q := drawExplore(t, cube)
		dims := []usage.Dimension{usage.ByDay, usage.BySource, usage.ByMonth, usage.ByWeek, usage.ByModel, usage.ByHour}
		if rapid.Bool().Draw(t, "days and sources") {
			all := rapid.SliceOfNDistinct(rapid.SampledFrom(dims), 2, 3, rapid.ID[usage.Dimension]).Draw(t, "dims")
			q.By, q.Pivot = all[1:], all[0]
		}
		if q.Pivot == "" || len(q.By) == 0 {
			return
		}
		if rapid.Bool().Draw(t, "compared") {
			q.Before = usage.Span{Since: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)}
		}
		a := explore(t, cube, plans, q)
		if q.compares() {
			wantColumns(t, a)
		}
		wantTable(t, a)
		if q.cellsCarry() != !slices.ContainsFunc(append(slices.Clone(q.By), q.Pivot), func(d usage.Dimension) bool {
			return d == usage.ByHour || !d.IsTime() && d != usage.BySource
		}) {
			t.Fatalf("%s by %s carries fees: %v", q.By, q.Pivot, q.cellsCarry())
		}
		if !q.cellsCarry() {
			return
		}
		for _, s := range append(append(slices.Clone(a.Apart.Row), a.Apart.Column...), a.Apart.Corner) {
			if s.CashKnown || !s.Cash.IsZero() {
				t.Fatalf("cells carry the fees, and %s stand apart", s.Cash)
			}
		}
	})
}

// wantTable checks that cash and fees add up both ways.
func wantTable(t rapid.TB, a *Answer) {
	t.Helper()
	type figures struct{ cash, fee, cost money.Amount }
	add := func(f *figures, s *Sum) {
		f.cash, f.fee, f.cost = f.cash.Add(s.Cash), f.fee.Add(s.PlanFee), f.cost.Add(s.Cost)
	}
	of := func(s *Sum) (f figures) { add(&f, s); return f }
	var right, below figures
	columns := make([]figures, len(a.Columns))
	for i := range a.Rows {
		var row figures
		for j := range a.Columns {
			add(&row, &a.Cells[i][j])
			add(&columns[j], &a.Cells[i][j])
		}
		add(&row, &a.Apart.Column[i])
		if row != of(&a.Rows[i].Sum) {
			t.Fatalf("row %q is %+v, adds up to %+v", a.Rows[i].Keys, of(&a.Rows[i].Sum), row)
		}
		add(&right, &a.Rows[i].Sum)
	}
	for j := range a.Columns {
		add(&columns[j], &a.Apart.Row[j])
		if columns[j] != of(&a.Sums[j]) {
			t.Fatalf("column %q is %+v, adds up to %+v", a.Columns[j], of(&a.Sums[j]), columns[j])
		}
		add(&below, &a.Sums[j])
		add(&right, &a.Apart.Row[j])
	}
	for i := range a.Rows {
		add(&below, &a.Apart.Column[i])
	}
	add(&right, &a.Apart.Corner)
	add(&below, &a.Apart.Corner)
	if right != of(&a.Total) || below != right {
		t.Fatalf("rows add up to %+v, columns to %+v, the total is %+v", right, below, of(&a.Total))
	}
}

// TestSourcesByDay: a plan's fee is in the cell of its source and day.
func TestSourcesByDay(t *testing.T) {
	d := usage.Dims{Provider: "house", Model: "one", Source: "codex"}
	cube := cubeOf([]cell1{one(t, "2026-11-02", d, usage.Tokens{Input: 1_000_000})})
	plans := []pricing.Plan{{Source: "claude-code", Monthly: amount(t, "30"), Currency: "USD", From: at(t, "2026-11-01"), To: at(t, "2026-11-04")}}
	q := ExploreQuery{Query: Query{By: []usage.Dimension{usage.BySource}, Since: at(t, "2026-11-01"), Until: at(t, "2026-11-08")}, Pivot: usage.ByDay}
	a, err := Explore(cube, house(t), plans, q, at(t, "2026-11-20"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, r := range a.Rows {
		line := []string{r.Keys[0], r.Sum.Cash.String() + ":"}
		for j := range a.Columns {
			line = append(line, a.Cells[i][j].Cash.String())
		}
		got = append(got, strings.Join(line, " "))
	}
	if want := []string{"claude-code 3: 1 1 1", "codex 1: 0 1 0"}; !slices.Equal(got, want) || len(a.Notes) != 0 {
		t.Errorf("the table is %q, want %q; notes %v", got, want, a.Notes)
	}
	wantTable(t, a)
}
