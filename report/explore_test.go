package report

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

func drawDims(t *rapid.T, name string, most int) []usage.Dimension {
	all := []usage.Dimension{usage.ByHour, usage.ByDay, usage.ByWeek, usage.ByMonth, usage.ByModel, usage.ByProject, usage.ByKey, usage.BySource,
		usage.ByTier, usage.ByPricedAs, usage.ByBasis, usage.ByAccount, usage.ByBand}
	return rapid.SliceOfNDistinct(rapid.SampledFrom(all), 0, most, rapid.ID[usage.Dimension]).Draw(t, name)
}

// drawExplore asks something about the days of a cube.
func drawExplore(t *rapid.T, cube *usage.Cube) ExploreQuery {
	q := ExploreQuery{Query: Query{Zone: drawZone(t), By: drawDims(t, "by", 3)}}
	if pivot := drawDims(t, "pivot", 1); len(pivot) == 1 && !slices.Contains(q.By, pivot[0]) {
		q.Pivot = pivot[0]
	}
	if cube.Len() > 0 && rapid.Bool().Draw(t, "span") {
		first := cube.Slot[0].Time()
		q.Since = first.Add(time.Duration(rapid.IntRange(-8, 200).Draw(t, "since")) * usage.SlotLength)
		q.Until = q.Since.Add(time.Duration(rapid.IntRange(1, 300).Draw(t, "length")) * usage.SlotLength)
	}
	switch rapid.IntRange(0, 3).Draw(t, "filter") {
	case 1:
		q.Filter = map[usage.Dimension][]string{usage.ByProject: {"x", ""}}
	case 2:
		q.Filter = map[usage.Dimension][]string{usage.ByPricedAs: {"gpt-5.6-sol", "deepseek-v4-flash"}, usage.BySource: {"codex", "openai"}}
	}
	q.Basis = usage.Basis(rapid.SampledFrom([]int{0, 0, 0, 3, 5}).Draw(t, "basis"))
	return q
}

func explore(t rapid.TB, cube *usage.Cube, plans []pricing.Plan, q ExploreQuery) *Answer {
	t.Helper()
	a, err := Explore(cube, pricing.Embedded(), plans, q, time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// sameReport compares without the note about times, which are cut finer by a
// pivot.
func sameReport(t rapid.TB, what string, got, want Report) {
	t.Helper()
	for _, r := range []*Report{&got, &want} {
		r.Notes = slices.DeleteFunc(slices.Clone(r.Notes), func(n Note) bool { return n.Code == "coarse_time" })
		if len(r.Notes) == 0 {
			r.Notes = nil
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s:\n%+v\nRun says\n%+v", what, got, want)
	}
}

// TestExploreIsRun: rows, columns and cells are what Run says for each.
func TestExploreIsRun(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cube, plans := drawCube(t), drawPlans(t)
		q := drawExplore(t, cube)
		asOf := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
		want := func(by []usage.Dimension) *Report {
			plain := q.Query
			plain.By = by
			r, err := Run(cube, pricing.Embedded(), plans, plain, asOf)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		a := explore(t, cube, plans, q)
		answered := a.Rows // which are what the cells stand in, rows of fees alone too
		rows := want(q.By)
		if q.rowsCarry() && !carriesFees(q.By) {
			sameButFees(t, a.Rows, rows.Rows)
			a.Rows, a.Notes, rows.Notes = rows.Rows, nil, nil
		}
		sameReport(t, "rows", a.Report, *rows)
		if q.Pivot == "" {
			return
		}
		across := want([]usage.Dimension{q.Pivot})
		if q.columnsCarry() && !carriesFees(across.Query.By) {
			columns := make([]Row, len(a.Columns))
			for i := range columns {
				columns[i] = Row{a.Columns[i : i+1], a.Sums[i]}
			}
			sameButFees(t, columns, across.Rows)
			across.Rows = columns
		}
		if len(across.Rows) != len(a.Columns) {
			t.Fatalf("%d columns %q, Run has %d rows", len(a.Columns), a.Columns, len(across.Rows))
		}
		for i, r := range across.Rows {
			if r.Keys[0] != a.Columns[i] || !reflect.DeepEqual(r.Sum, a.Sums[i]) {
				t.Fatalf("column %d %q is %+v, Run says %q %+v", i, a.Columns[i], a.Sums[i], r.Keys[0], r.Sum)
			}
		}
		cells := make(map[string]Sum)
		for _, r := range want(append(slices.Clone(q.By), q.Pivot)).Rows {
			cells[keyOf(r.Keys)] = r.Sum
		}
		fees := q.cellsCarry()
		for i, row := range answered {
			for j, column := range a.Columns {
				got, wanted := a.Cells[i][j], cells[keyOf(append(slices.Clone(row.Keys), column))]
				if got.Cost != wanted.Cost || got.Tokens != wanted.Tokens || got.Records != wanted.Records || got.Priced != wanted.Priced ||
					got.UnpricedTokens != wanted.UnpricedTokens || fees && got.PlanFee != wanted.PlanFee {
					t.Fatalf("cell %q × %q is %+v, Run says %+v", row.Keys, column, got, wanted)
				}
			}
		}
	})
}

// sameButFees compares rows, but for their fees and rows that have nothing else.
func sameButFees(t rapid.TB, got, want []Row) {
	t.Helper()
	got = slices.DeleteFunc(slices.Clone(got), func(r Row) bool { return r.Sum.Records == 0 })
	for i := range got {
		s := &got[i].Sum
		s.Cash, s.PlanFee = s.Cash.Sub(s.PlanFee), money.Amount{}
		if i < len(want) {
			s.CashKnown = want[i].Sum.CashKnown // also known for its fee
		}
	}
	if !slices.EqualFunc(got, want, func(a, b Row) bool { return reflect.DeepEqual(a, b) }) {
		t.Fatalf("without fees the rows are %+v, Run says %+v", got, want)
	}
}

func keyOf(keys []string) string {
	out := ""
	for _, k := range keys {
		out += k + "\x00"
	}
	return out
}

// TestCellsAddUp: the cells of a row add up to it, those of a column to that,
// and both to the total; fees aside.
func TestCellsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cube, plans := drawCube(t), drawPlans(t)
		q := drawExplore(t, cube)
		if q.Pivot == "" || len(q.By) == 0 {
			q.By, q.Pivot = []usage.Dimension{usage.ByModel, usage.ByProject}, usage.ByDay
		}
		a := explore(t, cube, plans, q)
		type figures struct {
			cost    money.Amount
			tokens  usage.Tokens
			records int64
		}
		add := func(f *figures, s *Sum) {
			f.cost, f.tokens, f.records = f.cost.Add(s.Cost), f.tokens.Add(s.Tokens), f.records+s.Records
		}
		var all, rows figures
		columns := make([]figures, len(a.Columns))
		for i := range a.Rows {
			var across figures
			for j := range a.Columns {
				add(&across, &a.Cells[i][j])
				add(&columns[j], &a.Cells[i][j])
			}
			var row figures
			add(&row, &a.Rows[i].Sum)
			if across != row {
				t.Fatalf("the cells of %q add up to %+v, the row is %+v", a.Rows[i].Keys, across, row)
			}
			add(&rows, &a.Rows[i].Sum)
		}
		for j := range a.Columns {
			var column figures
			add(&column, &a.Sums[j])
			if columns[j] != column {
				t.Fatalf("the cells of %q add up to %+v, the column is %+v", a.Columns[j], columns[j], column)
			}
			add(&all, &a.Sums[j])
		}
		var total figures
		add(&total, &a.Total)
		if all != total || rows != total {
			t.Fatalf("columns add up to %+v, rows to %+v, the total is %+v", all, rows, total)
		}
	})
}

func TestExploreRefuses(t *testing.T) {
	var many []cell1
	for i := range 700 {
		many = append(many, one(t, "2026-11-03", usage.Dims{Provider: "openai", Model: "gpt-5", Project: fmt.Sprint("p", i), Key: fmt.Sprint("k", i)}, usage.Tokens{Input: 1}))
	}
	for _, tc := range []struct {
		q    ExploreQuery
		want string
	}{
		{ExploreQuery{Query: Query{By: []usage.Dimension{usage.ByModel}}, Pivot: usage.ByModel}, "the dimension model is named twice"},
		{ExploreQuery{Before: usage.Span{Since: at(t, "2026-11-03"), Until: at(t, "2026-11-03")}}, "is empty"},
		{ExploreQuery{Query: Query{By: []usage.Dimension{usage.ByProject}}, Pivot: usage.ByKey}, "700 rows by 700 columns are more than a table holds"},
	} {
		_, err := Explore(cubeOf(many), pricing.Embedded(), nil, tc.q, at(t, "2026-11-20"))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("the error is %v, want %q", err, tc.want)
		}
	}
}

func TestExploreNeeds(t *testing.T) {
	q := ExploreQuery{Query: Query{Since: at(t, "2026-11-08T10:00Z"), Until: at(t, "2026-11-15T10:00Z")}, Pivot: usage.ByUser}
	if !q.Fine() {
		t.Error("users need cells by session")
	}
	if got := q.Cells(); !got.Since.Equal(at(t, "2026-11-08")) || !got.Until.Equal(at(t, "2026-11-16")) {
		t.Errorf("needs %v", got)
	}
	q.Before = usage.Span{Since: at(t, "2026-11-01T10:00Z"), Until: at(t, "2026-11-08T10:00Z")}
	if got := q.Cells(); !got.Since.Equal(at(t, "2026-11-01")) || !got.Until.Equal(at(t, "2026-11-16")) {
		t.Errorf("compared, needs %v", got)
	}
	q.Until = time.Time{}
	if got := q.Cells(); !got.Until.IsZero() {
		t.Errorf("open at its end, needs %v", got)
	}
}

// TestExplorerKeeps: one explorer asked many things at once answers as new ones
// do.
func TestExplorerKeeps(t *testing.T) {
	cube := largeCube(30_000)
	e := NewExplorer(cube, pricing.Embedded(), benchPlans())
	var group sync.WaitGroup
	for _, by := range []string{"model", "project,source", "day", "machine,priced_as", "", "model,tier"} {
		for _, basis := range []usage.Basis{0, usage.Logged} {
			dims, _ := usage.ParseDimensions(by)
			q := ExploreQuery{Query: Query{By: dims, Basis: basis, Since: at(t, "2026-06-01"), Until: at(t, "2026-09-01")}, Pivot: usage.ByMonth,
				Before: usage.Span{Since: at(t, "2026-03-01"), Until: at(t, "2026-06-01")}}
			want := explore(t, cube, benchPlans(), q)
			group.Go(func() {
				if got, err := e.Explore(q, at(t, "2026-11-20T15:00Z")); err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("by %q, basis %d: not what a new explorer says (%v)", by, basis, err)
				}
			})
		}
	}
	group.Wait()
}

// TestExploreAlone: with about as many sessions as cells, when cells are not
// added up before they are priced, rows are what Run says all the same.
func TestExploreAlone(t *testing.T) {
	large := largeCube(24_000)
	b := usage.NewBuilder(large.Len())
	for i, set := range large.Set {
		d := large.Sets[set]
		d.Session, d.User = fmt.Sprint("session-", i/3), fmt.Sprint("user-", i%7)
		b.Add(large.Slot[i], large.Width[i], b.Set(d), large.MeasuresAt(i))
	}
	cube := b.Cube()
	q := ExploreQuery{Query: Query{Zone: zone(t, "Europe/Berlin"), Since: at(t, "2026-01-10")}}
	for _, by := range [][]usage.Dimension{{usage.BySession}, {usage.BySession, usage.ByModel, usage.ByMonth}, {usage.ByUser, usage.ByDay}} {
		q.By = by
		e := NewExplorer(cube, pricing.Embedded(), benchPlans())
		if _, alone := e.walker(e.head(0), buckets{}, nil, e.grouping(&q.Query)); alone != (by[0] == usage.BySession) {
			t.Errorf("by %s: alone is %v", by, alone)
		}
		a := explore(t, cube, benchPlans(), q)
		r, err := Run(cube, pricing.Embedded(), benchPlans(), q.Query, at(t, "2026-11-20T15:00Z"))
		if err != nil {
			t.Fatal(err)
		}
		sameReport(t, "rows", a.Report, *r)
	}
}
