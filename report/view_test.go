package report

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
	"tokpit/usage/demo"
)

// A view says what reports say of its span and filter, its days what they say
// of days, and the span before is what the page that explores compares with.
func checkView(t failer, s *Snapshot, q ViewQuery) {
	t.Helper()
	v, err := NewViewer(s, nil).View(q)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(span usage.Span, by ...usage.Dimension) *Report {
		r, err := Run(s.Cube, s.Book, s.Plans, Query{Since: span.Since, Until: span.Until, Zone: s.Zone, By: by, Filter: q.Filter}, s.AsOf)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	whole := ask(q.Span)
	equalSums(t, "sum", v.Sum, whole.Total)
	if q.Before != (usage.Span{}) {
		a, err := Explore(s.Cube, s.Book, s.Plans, ExploreQuery{Query: Query{Since: q.Span.Since, Until: q.Span.Until, Zone: s.Zone, Filter: q.Filter}, Before: q.Before}, s.AsOf)
		if err != nil {
			t.Fatal(err)
		}
		equalSums(t, "previous", v.Previous, a.Moved.Before)
	} else if v.Previous.Records != 0 || !v.Previous.PlanFee.IsZero() {
		t.Errorf("nothing is compared, and before was %+v", v.Previous)
	}
	switch {
	case q.History && q.Before != (usage.Span{}):
		if v.PreviousFull == nil {
			t.Fatal("the whole time before is not known")
		}
		equalSums(t, "previous, whole", *v.PreviousFull, ask(usage.Span{Since: q.Before.Since, Until: q.Span.Since}).Total)
	case v.PreviousFull != nil:
		t.Errorf("the whole time before is %+v, and none was asked for", *v.PreviousFull)
	}
	if said := slices.ContainsFunc(whole.Notes, func(n Note) bool { return n.Code == "fees_left_out" }); said != v.FeesLeftOut {
		t.Errorf("fees are left out: %v, and the report says %v", v.FeesLeftOut, said)
	}
	for d, lines := range map[usage.Dimension][]Line{usage.ByModel: v.Models, usage.ByProject: v.Projects, usage.ByProvider: v.Providers, usage.BySource: v.SourceLines} {
		checkLines(t, "by "+string(d), lines, ask(q.Span, d))
	}
	if fmt.Sprint(v.Bases) != fmt.Sprint(whole.Bases) || fmt.Sprint(v.Unpriced) != fmt.Sprint(whole.Unpriced) {
		t.Errorf("bases %+v, unpriced %+v, want %+v and %+v", v.Bases, v.Unpriced, whole.Bases, whole.Unpriced)
	}
	byDay := make(map[string]Sum)
	for _, r := range ask(usage.Span{}, usage.ByDay).Rows {
		byDay[r.Keys[0]] = r.Sum
	}
	calendar, all := Calendar{Zone: s.Zone}, tally{}
	for i, p := range v.Trend {
		day := calendar.Day(p.Day)
		if want, ok := byDay[p.Day.Format(time.DateOnly)]; ok && (q.History || !day.Since.Before(q.Span.Since) && (q.Span.Until.IsZero() || !day.Until.After(q.Span.Until))) {
			equalSums(t, p.Day.String(), p.Sum, want)
		}
		var parts money.Amount
		for _, a := range p.Parts {
			parts = parts.Add(a)
		}
		if len(p.Parts) != len(v.Series) || p.Sum.Currency == "USD" && parts != p.Sum.Cost {
			t.Errorf("%s: %d parts for %q add up to %s, want %s", p.Day, len(p.Parts), v.Series, parts, p.Sum.Cost)
		}
		if i > 0 && !p.Day.Equal(nextDay(s.Zone, v.Trend[i-1].Day)) {
			t.Errorf("%s does not follow %s", p.Day, v.Trend[i-1].Day)
		}
		all.tokens = all.tokens.Add(p.Sum.Tokens)
	}
	if len(v.Trend) == 0 {
		t.Errorf("a trend without days")
	}
}

func TestViewsAgreeWithReports(t *testing.T) {
	cube, plans := demoCube(t), demoPlans()
	for _, name := range []string{"UTC", "Asia/Kolkata", "Pacific/Auckland"} {
		z := zone(t, name)
		s := BuildSnapshot(Input{Cube: cube, Book: pricing.Embedded(), Plans: plans, Zone: z, AsOf: demo.DefaultNow().Add(7*time.Minute + 13*time.Second)})
		c := Calendar{Now: s.AsOf, Zone: z}
		project := s.Projects[0].Name
		for i, filter := range []map[usage.Dimension][]string{nil, {usage.ByProject: {project}}, {usage.ByProject: {project, ""}, usage.ByProvider: {"openai"}},
			{usage.BySource: {s.SourceLines[0].Name}}, {usage.ByPricedAs: {"gpt-5.6-sol"}}, {usage.ByModel: {"no such model"}}} {
			for _, period := range []string{"today", "yesterday", "7d", "cycle", "last-month", ""} {
				span, err := c.Span(period, "")
				if err != nil {
					t.Fatal(err)
				}
				q := ViewQuery{Span: span, Filter: filter, History: i%2 == 1}
				if !span.Since.IsZero() {
					q.Before = usage.Span{Since: span.Since.AddDate(0, 0, -7), Until: span.Since.AddDate(0, 0, -7).Add(s.AsOf.Sub(span.Since))}
					if q.Before.Until.After(span.Since) {
						q.Before.Until = span.Since
					}
				}
				checkView(t, s, q)
			}
		}
	}
}

// The view of a snapshot's own cycle says what the snapshot says.
func TestAViewOfTheCycleIsTheSnapshot(t *testing.T) {
	s := BuildSnapshot(Input{Cube: demoCube(t), Book: pricing.Embedded(), Plans: demoPlans(), AsOf: demo.DefaultNow().Add(7*time.Minute + 13*time.Second)})
	cycle := usage.Span{Since: s.CycleStart}
	before := usage.Span{Since: s.CycleStart.AddDate(0, -1, 0)}
	before.Until = before.Since.Add(s.AsOf.Sub(s.CycleStart))
	v, err := NewViewer(s, nil).View(ViewQuery{Span: cycle, Before: before, History: true})
	if err != nil {
		t.Fatal(err)
	}
	want := CycleView(s)
	equalSums(t, "cycle", v.Sum, want.Sum)
	equalSums(t, "previous", v.Previous, want.Previous)
	equalSums(t, "previous, whole", *v.PreviousFull, *want.PreviousFull)
	equalSums(t, "today", v.Today, want.Today)
	equalSums(t, "yesterday", v.Yesterday, want.Yesterday)
	for i, lines := range [][]Line{v.Models, v.Projects, v.Providers, v.SourceLines} {
		other := [][]Line{want.Models, want.Projects, want.Providers, want.SourceLines}[i]
		if fmt.Sprint(lines) != fmt.Sprint(other) {
			t.Errorf("lines %d:\n%+v\n%+v", i, lines, other)
		}
	}
	if len(v.Trend) != len(want.Trend) || fmt.Sprint(v.Trend[len(v.Trend)-9:]) != fmt.Sprint(want.Trend[len(want.Trend)-9:]) || fmt.Sprint(v.PriceChanges) != fmt.Sprint(want.PriceChanges) {
		t.Errorf("%d days and %d", len(v.Trend), len(want.Trend))
	}
}

func TestViewsOfAnyUsage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cube, plans := drawCube(t), drawPlans(t)
		asOf := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
		s := BuildSnapshot(Input{Cube: cube, Book: pricing.Embedded(), Plans: plans, Zone: drawZone(t), AsOf: asOf})
		e := drawExplore(t, cube)
		q := ViewQuery{Span: usage.Span{Since: e.Since, Until: e.Until}, Filter: e.Filter, History: rapid.Bool().Draw(t, "history")}
		if !e.Since.IsZero() && rapid.Bool().Draw(t, "compared") {
			q.Before = usage.Span{Since: e.Since.Add(-e.Until.Sub(e.Since)), Until: e.Since}
		}
		checkView(t, s, q)
	})
}

// A day alone is what it is among others, however long ago.
func TestADayAlone(t *testing.T) {
	s := BuildSnapshot(Input{Cube: demoCube(t), Book: pricing.Embedded(), Plans: demoPlans(), Zone: zone(t, "Asia/Kolkata"), AsOf: demo.DefaultNow()})
	c := Calendar{Now: s.AsOf, Zone: s.Zone}
	for _, ago := range []int{0, 1, 30, 150} {
		day, before := c.Day(s.AsOf.AddDate(0, 0, -ago)), c.Day(s.AsOf.AddDate(0, 0, -ago-7))
		q := ViewQuery{Span: day, Before: before, Days: 14, Alone: true}
		checkView(t, s, q)
		alone, err := NewViewer(s, nil).View(q)
		if err != nil {
			t.Fatal(err)
		}
		q.Alone = false
		among, err := NewViewer(s, nil).View(q)
		if err != nil {
			t.Fatal(err)
		}
		among.Alone, among.Today, among.Yesterday = true, Sum{}, Sum{}
		if len(alone.Trend) != 14 || fmt.Sprint(alone) != fmt.Sprint(among) {
			t.Errorf("%d days ago:\n%+v\n%+v", ago, alone, among)
		}
	}
}

func BenchmarkView(b *testing.B) {
	company := newCompany(4_000_000)
	s := BuildSnapshot(Input{Cube: company.coarse, Book: pricing.Embedded(), AsOf: time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)})
	for _, name := range []string{"30d", "day", "all"} {
		var span usage.Span
		if name == "day" {
			span = Calendar{}.Day(s.AsOf.AddDate(0, 0, -200))
		}
		if name == "30d" {
			span = usage.Span{Since: s.AsOf.AddDate(0, 0, -30)}
		}
		b.Run(name, func(b *testing.B) {
			v := NewViewer(s, nil)
			for b.Loop() {
				if _, err := v.View(ViewQuery{Span: span, Alone: name == "day", Filter: map[usage.Dimension][]string{usage.ByProvider: {"openai"}}}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
