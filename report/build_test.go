package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
	"tokpit/usage/demo"
)

// demoCube is what a store makes of the demo's records. Its columns are shared by
// all tests, which leave them as they are.
func demoCube(t testing.TB) *usage.Cube {
	t.Helper()
	shared, err := demoOnce()
	if err != nil {
		t.Fatal(err)
	}
	cube := *shared
	return &cube
}

var demoOnce = sync.OnceValues(func() (*usage.Cube, error) {
	edges := pricing.Embedded().Edges()
	type key struct {
		slot  usage.Slot
		width uint8
		dims  usage.Dims
	}
	cells := make(map[key]usage.Measures)
	var covered []usage.Coverage
	_, err := demo.New(demo.DefaultNow()).Pull(context.Background(), nil, func(b usage.Batch) error {
		records := b.Records
		covered = append(covered, b.Covered...)
		for _, s := range b.Slices {
			records = append(records, s.Records...)
		}
		for i := range records {
			r := &records[i]
			k := key{usage.SlotOf(r.Start), 1, r.Coarse()}
			if r.Context != usage.Absent {
				k.dims.Band = edges.Band(r.Context)
			}
			if !r.End.IsZero() {
				k.width = uint8(r.End.Sub(r.Start) / usage.SlotLength)
			}
			cells[k] = cells[k].Add(r.Measures())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	all := make([]cell1, 0, len(cells))
	for k, m := range cells {
		all = append(all, cell1{k.slot, k.width, k.dims, m})
	}
	slices.SortFunc(all, func(a, b cell1) int { return cmp.Or(cmp.Compare(a.slot, b.slot), a.dims.Compare(b.dims)) })
	cube := cubeOf(all)
	cube.Edges, cube.Coverage = edges, usage.MergeCoverage(covered)
	return cube, nil
})

func demoPlans() []pricing.Plan {
	var out []pricing.Plan
	for _, p := range demo.Plans() {
		out = append(out, pricing.Plan{Source: p.Source, Monthly: p.Monthly, Currency: p.Currency, From: p.From})
	}
	return out
}

// equalSums compares everything; fees of parts of a period are left to the
// tests that name them.
func equalSums(t interface{ Errorf(string, ...any) }, what string, got, want Sum) {
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// withoutFees is the sum as if there were no plan fees.
func withoutFees(s Sum) Sum {
	s.Cash, s.PlanFee, s.CashKnown = s.Cash.Sub(s.PlanFee), money.Amount{}, false
	return s
}

// Every figure of a snapshot is what a report says for the same span.
func TestSnapshotAgreesWithReports(t *testing.T) {
	cube, plans := demoCube(t), demoPlans()
	for _, name := range []string{"UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland"} {
		z := zone(t, name)
		s := BuildSnapshot(Input{Cube: cube, Book: pricing.Embedded(), Plans: plans, Zone: z, AsOf: demo.DefaultNow()})
		checkSnapshot(t, s, plans, 1)
		if len(s.Trend) < 180 || len(s.Models) < 8 || len(s.Series) != maxSeries+1 || len(s.PriceChanges) < 3 || len(s.Unpriced) != 1 || s.Empty {
			t.Errorf("%s: %d days, %d models, series %v, changes %+v, unpriced %+v", name, len(s.Trend), len(s.Models), s.Series, s.PriceChanges, s.Unpriced)
		}
	}
}

func TestSnapshotAgreesWithReportsOnAnyUsage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cube, plans := drawCube(t), drawPlans(t)
		asOf := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
		if n := cube.Len(); n > 0 {
			i := rapid.IntRange(0, n-1).Draw(t, "as of")
			asOf = cube.Slot[i].Time().Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "later")) * usage.SlotLength)
		}
		in := Input{Cube: cube, Book: pricing.Embedded(), Plans: plans, Zone: drawZone(t), AsOf: asOf, CycleAnchor: rapid.IntRange(0, 31).Draw(t, "anchor")}
		checkSnapshot(t, BuildSnapshot(in), plans, in.CycleAnchor)
	})
}

type failer interface {
	Helper()
	Errorf(string, ...any)
	Fatal(...any)
}

func checkSnapshot(t failer, s *Snapshot, plans []pricing.Plan, anchor int) {
	t.Helper()
	ask := func(span usage.Span, by ...usage.Dimension) *Report {
		r, err := Run(s.Cube, pricing.Embedded(), plans, Query{Since: span.Since, Until: span.Until, Zone: s.Zone, By: by}, s.AsOf)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	name := s.Zone.String()
	calendar := Calendar{Zone: s.Zone}
	today := calendar.Day(s.AsOf)
	yesterday := calendar.Day(today.Since.Add(-1))
	cycle := usage.Span{Since: s.CycleStart, Until: s.CycleEnd}
	equalSums(t, name+" all", s.All, ask(usage.Span{}).Total)
	equalSums(t, name+" today", s.Today, ask(today).Total)
	equalSums(t, name+" cycle", s.Cycle, ask(cycle).Total)
	before := Calendar{Anchor: anchor}.Cycle(cycle.Since.Add(-1))
	equalSums(t, name+" previous cycle", s.PreviousFull, ask(before).Total)
	if passed := s.AsOf.Sub(cycle.Since); passed > 0 {
		part := usage.Span{Since: before.Since, Until: minTime(before.Until, before.Since.Add(passed))}
		equalSums(t, name+" previous cycle to the same point", withoutFees(s.Previous), withoutFees(ask(part).Total))
	}
	if part := (usage.Span{Since: yesterday.Since, Until: yesterday.Since.Add(s.AsOf.Sub(today.Since))}); part.Since.Before(part.Until) && part.Until.Before(yesterday.Until) {
		equalSums(t, name+" yesterday", withoutFees(s.Yesterday), withoutFees(ask(part).Total))
	}
	if want := ask(yesterday).Total.PlanFee; s.Yesterday.PlanFee != want {
		t.Errorf("%s: yesterday's fee is %s, want %s", name, s.Yesterday.PlanFee, want)
	}
	// The trend: one point a day, without gaps, up to today.
	days := ask(usage.Span{Since: s.Trend[0].Day, Until: today.Until}, usage.ByDay)
	byDay := make(map[string]Sum)
	for _, r := range days.Rows {
		byDay[r.Keys[0]] = r.Sum
	}
	for i, p := range s.Trend {
		key := p.Day.Format(time.DateOnly)
		want, ok := byDay[key]
		if !ok {
			want = (&tally{}).sum(p.Sum.Currency)
		}
		equalSums(t, name+" "+key, p.Sum, want)
		var parts money.Amount
		for _, a := range p.Parts {
			parts = parts.Add(a)
		}
		var planned money.Amount
		for _, a := range p.Planned {
			planned = planned.Add(a)
		}
		if len(p.Planned) != len(s.Series) || p.Sum.Currency == "USD" && planned != p.Sum.PlanCost {
			t.Errorf("%s %s: the parts under a plan add up to %s, want %s", name, key, planned, p.Sum.PlanCost)
		}
		if len(p.Parts) != len(s.Series) || p.Sum.Currency == "USD" && parts != p.Sum.Cost {
			t.Errorf("%s %s: %d parts for %d series add up to %s, want %s", name, key, len(p.Parts), len(s.Series), parts, p.Sum.Cost)
		}
		if i > 0 && !p.Day.Equal(nextDay(s.Zone, s.Trend[i-1].Day)) {
			t.Errorf("%s: %s does not follow %s", name, p.Day, s.Trend[i-1].Day)
		}
	}
	if last := s.Trend[len(s.Trend)-1].Day; !last.Equal(today.Since) {
		t.Errorf("%s: the trend ends on %s", name, last)
	}
	for d, lines := range map[usage.Dimension][]Line{usage.ByModel: s.Models, usage.ByProject: s.Projects, usage.ByProvider: s.Providers, usage.BySource: s.SourceLines} {
		checkLines(t, name+" by "+string(d), lines, ask(cycle, d))
	}
	cycleReport := ask(cycle)
	if fmt.Sprint(s.Bases) != fmt.Sprint(cycleReport.Bases) {
		t.Errorf("%s bases:\n got %+v\nwant %+v", name, s.Bases, cycleReport.Bases)
	}
	if fmt.Sprint(s.Unpriced) != fmt.Sprint(cycleReport.Unpriced) {
		t.Errorf("%s unpriced:\n got %+v\nwant %+v", name, s.Unpriced, cycleReport.Unpriced)
	}
}

func checkLines(t failer, what string, lines []Line, want *Report) {
	t.Helper()
	got := make(map[string]Sum)
	for i, l := range lines {
		got[l.Name] = l.Sum
		if i > 0 && lines[i-1].Sum.Cost.Cmp(l.Sum.Cost) < 0 {
			t.Errorf("%s: %q stands below %q", what, l.Name, lines[i-1].Name)
		}
	}
	for _, r := range want.Rows {
		equalSums(t, what+" "+strings.Join(r.Keys, "|"), got[r.Keys[0]], r.Sum)
	}
}

func TestSnapshotOfNothing(t *testing.T) {
	s := BuildSnapshot(Input{Book: pricing.Embedded(), AsOf: demo.DefaultNow()})
	if !s.Empty || s.All.Priced || len(s.Trend) != shortTrend || !s.LastRecord.IsZero() || s.Cube == nil || s.Zone != time.UTC {
		t.Errorf("%+v", s)
	}
}

// The fee of a period that is compared up to the same point counts for the days
// that had begun by then.
func TestPreviousFees(t *testing.T) {
	plans := []pricing.Plan{plan(t, "claude-code", "300", "2026-09-01", "")}
	s := BuildSnapshot(Input{Book: pricing.Embedded(), Plans: plans, AsOf: at(t, "2026-11-20T09:00Z")})
	wantAmount(t, "this cycle: 20 days of 30", s.Cycle.PlanFee, "200")
	wantAmount(t, "the previous one: 20 days of 31", s.Previous.PlanFee.Round(6), "193.548387")
	wantAmount(t, "all of the previous one", s.PreviousFull.PlanFee, "300")
	wantAmount(t, "today", s.Today.PlanFee, "10")
	wantAmount(t, "yesterday", s.Yesterday.PlanFee, "10")
	late := BuildSnapshot(Input{Book: pricing.Embedded(), Plans: plans, Zone: zone(t, "Europe/Berlin"), AsOf: at(t, "2026-10-31T22:30Z")})
	wantAmount(t, "all days of October", late.Cycle.PlanFee, "300")
	wantAmount(t, "September to the same point", late.Previous.PlanFee, "300")
}

// A large cube is walked in two parts: that must not show.
func TestLargeCubeAgreesWithThePlainWay(t *testing.T) {
	cube, plans := demoCube(t), demoPlans()
	if cube.Len() < parallelFrom {
		t.Fatalf("%d cells are not large", cube.Len())
	}
	for _, by := range []string{"day,model", "priced_as", "month,key", "hour"} {
		dims, err := usage.ParseDimensions(by)
		if err != nil {
			t.Fatal(err)
		}
		q := Query{By: dims, Zone: zone(t, "Asia/Kolkata")}
		r := run(t, cube, plans, q)
		want := naive(cube, plans, q, counting(cube, plans))
		if len(r.Rows) != len(want) {
			t.Errorf("by %s: %d rows, want %d", by, len(r.Rows), len(want))
		}
		for _, row := range r.Rows {
			v := want[strings.Join(row.Keys, "|")]
			if v == nil {
				t.Fatalf("by %s: no row %q", by, row.Keys)
			}
			equalSums(t, by+" "+strings.Join(row.Keys, "|"), withoutFees(row.Sum), withoutFees(v.sum("USD")))
		}
	}
}
