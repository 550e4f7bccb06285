package report

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
	"tokpit/usage/demo"
)

// budgetsOf computes budgets from a cube.
func budgetsOf(t interface{ Fatal(...any) }, cube *usage.Cube, plans []pricing.Plan, now time.Time, budgets ...budget.Budget) *Budgets {
	b, err := BuildBudgets(BudgetsInput{Budgets: budgets, Book: pricing.Embedded(), Plans: plans, Now: now, Names: NewNames(nil),
		Cells: func(*Query, bool) (*usage.Cube, error) { return cube, nil }})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Whatever the usage, the scope, the zone and the plans: what is left is the
// limit less the spend, the parts add up to the spend, and all of it is what a
// report says.
func TestBudgetsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cube, plans, b := drawCube(t), drawPlans(t), drawBudget(t)
		now := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
		if cube.Len() > 0 {
			now = cube.Slot[rapid.IntRange(0, cube.Len()-1).Draw(t, "now")].Time()
		}
		s := budgetsOf(t, cube, plans, now, *b).Standings[0]
		if s.Err != nil {
			t.Fatal(s.Err)
		}
		if s.Limit != b.Amount || s.Headroom.Add(s.Cost) != s.Limit {
			t.Fatalf("%s of %s spent, %s left", s.Cost, s.Limit, s.Headroom)
		}
		q := BudgetQuery(b, nil, now, 0)
		q.Since, q.Until = s.Period.Since, s.Period.Until
		r, err := Run(cube, pricing.Embedded(), plans, q, now)
		if err != nil {
			t.Fatal(err)
		}
		want := r.Total.Cash
		if len(b.Scope) > 0 {
			want = want.Sub(r.Total.PlanFee)
		}
		if s.Cost != want {
			t.Fatalf("%s is spent, a report says %s", s.Cost, want)
		}
		for _, part := range s.Breakdowns {
			checkBreakdown(t, &s, part, cube, plans, q, now)
		}
		if s.Cost.Sign() > 0 && len(s.Contributors) == 0 {
			t.Fatalf("%s is spent by nobody", s.Cost)
		}
	})
}

func checkBreakdown(t *rapid.T, s *BudgetStanding, b Breakdown, cube *usage.Cube, plans []pricing.Plan, q Query, now time.Time) {
	q.By = []usage.Dimension{b.By}
	r, err := Run(cube, pricing.Embedded(), plans, q, now)
	if err != nil {
		t.Fatal(err)
	}
	says := make(map[string]money.Amount)
	for _, row := range r.Rows {
		says[row.Keys[0]] = row.Sum.Cash
	}
	var sum money.Amount
	var shares int64
	for _, p := range b.Parts {
		sum, shares = sum.Add(p.Cost), shares+p.Share
		if (p.Kind == PartValue || p.Kind == PartNone) && p.Cost != says[p.Value] {
			t.Fatalf("%s %q costs %s, a report says %s", b.By, p.Label, p.Cost, says[p.Value])
		}
		if p.Label == "" || p.By != b.By {
			t.Fatalf("%+v", p)
		}
	}
	if sum != s.Cost {
		t.Fatalf("by %s: parts of %s, spent is %s", b.By, sum, s.Cost)
	}
	if shares != 1000 && (shares != 0 || s.Cost.Sign() > 0) {
		t.Fatalf("by %s: shares of %d thousandths", b.By, shares)
	}
}

// The values that are not listed are one line, and those without a value are
// named however little they cost.
func TestPartsAreCut(t *testing.T) {
	costs := map[string]money.Amount{"": money.FromUnits(1)}
	for i, v := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		costs[v] = money.FromUnits(int64(100 - 10*i))
	}
	got := parts(costs, usage.ByKey, money.FromUnits(5), nil)
	labels := ""
	var sum money.Amount
	for _, p := range got {
		labels += p.Label + " "
		sum = sum.Add(p.Cost)
	}
	if labels != "a b c d e untracked 2 others plan fees " || sum != money.FromUnits(496) {
		t.Errorf("%s: %s", labels, sum)
	}
}

// The dimension that tells most apart comes first.
func TestTheBestBreakdownComesFirst(t *testing.T) {
	dims := func(key, project, model string) usage.Dims {
		return usage.Dims{Source: "openai", Provider: "openai", Key: key, Project: project, Model: model}
	}
	in := usage.Tokens{Input: 1_000_000}
	now := at(t, "2026-11-20T15:00Z")
	b := budget.Budget{Name: "b", Amount: money.FromUnits(100), Currency: "USD", Period: budget.Monthly}
	for name, c := range map[string]struct {
		cells []cell1
		want  usage.Dimension
	}{
		"keys":               {[]cell1{one(t, "2026-11-10", dims("k", "p", "gpt-5"), in), one(t, "2026-11-11", dims("l", "q", "gpt-5"), in)}, usage.ByKey},
		"one key":            {[]cell1{one(t, "2026-11-10", dims("k", "p", "gpt-5"), in), one(t, "2026-11-11", dims("k", "q", "gpt-5"), in)}, usage.ByProject},
		"untracked, mostly":  {[]cell1{one(t, "2026-11-10", dims("", "p", "gpt-5"), in), one(t, "2026-11-11", dims("", "q", "gpt-5"), in), one(t, "2026-11-12", dims("k", "q", "gpt-5"), usage.Tokens{Input: 10})}, usage.ByProject},
		"nothing but models": {[]cell1{one(t, "2026-11-10", dims("", "", "gpt-5"), in), one(t, "2026-11-11", dims("", "", "gpt-5-mini"), in)}, usage.ByModel},
	} {
		if got := budgetsOf(t, cubeOf(c.cells), nil, now, b).Standings[0]; got.Breakdowns[0].By != c.want || len(got.Contributors) < 2 {
			t.Errorf("%s: by %s first, want %s", name, got.Breakdowns[0].By, c.want)
		}
	}
}

// Only the sources that a budget counts decide how old it is.
func TestTheAgeOfAScope(t *testing.T) {
	now := at(t, "2026-11-20T15:00Z")
	fresh, stale := now.Add(-time.Minute), now.Add(-3*time.Hour)
	cube := cubeOf([]cell1{
		one(t, "2026-11-10", usage.Dims{Source: "codex", Provider: "openai", Project: "web", Model: "gpt-5"}, usage.Tokens{Input: 1000}),
		one(t, "2026-11-10", usage.Dims{Source: "openai", Account: "acme", Provider: "openai", Project: "api", Model: "gpt-5", Basis: usage.Reported}, usage.Tokens{Input: 1000}),
		one(t, "2026-11-11", usage.Dims{Source: "claude-code", Provider: "anthropic", Project: "web", Model: "claude-sonnet-5-5"}, usage.Tokens{Input: 1000}),
	})
	in := BudgetsInput{Book: pricing.Embedded(), Now: now, Cells: func(*Query, bool) (*usage.Cube, error) { return cube, nil },
		Sources: []SourceStatus{
			{Name: "claude-code", Synced: fresh, Records: 1, Basis: usage.Logged},
			{Name: "codex", Synced: fresh.Add(-time.Minute), Records: 1, Basis: usage.Logged},
			{Name: "acme-prod", Type: "openai", Account: "acme", Synced: stale, Records: 1, Basis: usage.Reported},
			{Name: "other", Type: "openai", Account: "other", Synced: stale.Add(-time.Hour), Records: 1, Basis: usage.Reported},
			{Name: "never", Type: "anthropic", Records: 0, Basis: usage.Reported},
		}}
	for scope, want := range map[string]string{"": "acme-prod", "project=web": "claude-code", "project=api": "acme-prod", "provider=anthropic": "claude-code",
		"project=new": "other", "source=codex": "codex", "source=codex,project=new": "codex"} {
		s, err := budget.ParseScope(scope)
		if err != nil {
			t.Fatal(err)
		}
		in.Budgets = append(in.Budgets, budget.Budget{Name: scope + " " + want, Amount: money.FromUnits(1), Currency: "USD", Period: budget.Monthly, Scope: s})
	}
	// What a plan pays for counts nowhere, so it makes nothing older.
	got, err := BuildBudgets(in)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range got.Standings {
		if want := s.Budget.Name[len(s.Budget.Scope.String())+1:]; s.Source != want {
			t.Errorf("%q: as of %s by %q, want %q", s.Budget.Scope, s.AsOf, s.Source, want)
		}
		for _, src := range in.Sources {
			if src.Name == s.Source && (!s.AsOf.Equal(src.Synced) || s.Lag != now.Sub(src.Synced)) {
				t.Errorf("%q: as of %s, lag %s", s.Budget.Scope, s.AsOf, s.Lag)
			}
		}
	}
}

// A budget that cannot be computed does not take the others with it.
func TestABrokenBudgetStandsAlone(t *testing.T) {
	now := demo.DefaultNow()
	good := budget.Budget{Name: "good", Amount: money.FromUnits(1000), Currency: "USD", Period: budget.Monthly}
	bad := good
	bad.Name, bad.Scope = "bad", budget.Scope{usage.ByUser: {"x"}}
	cube, broken := demoCube(t), errors.New("disk on fire")
	got, err := BuildBudgets(BudgetsInput{Budgets: []budget.Budget{bad, good}, Book: pricing.Embedded(), Now: now,
		Cells: func(q *Query, _ bool) (*usage.Cube, error) {
			if q.Fine() {
				return nil, broken
			}
			return cube, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	if s := got.Standing("bad"); !errors.Is(s.Err, broken) || s.State != "" || s.Limit != bad.Amount || s.Budget.Name != "bad" {
		t.Errorf("%+v", s)
	}
	if w := got.Worst(); w != got.Standing("good") || w.State == "" || w.Cost.IsZero() {
		t.Errorf("%+v", w)
	}
	if got.Standing("none") != nil || (*Budgets)(nil).Worst() != nil {
		t.Error("found what is not there")
	}
}

// Days of UTC answer for users where they can; the records are asked for only
// where a price changed within a day.
func TestRecordsAreReadOnlyWhereNeeded(t *testing.T) {
	day := usage.SlotOf(at(t, "2026-11-10"))
	cells := func(model string) []cell1 {
		return []cell1{{day, 96, usage.Dims{Source: "openai", Provider: "openai", User: "u", Model: model, Basis: usage.Logged},
			usage.Measures{Records: 1, Requests: 1, Tokens: usage.Tokens{Input: 1_000_000}}}}
	}
	b := budget.Budget{Name: "b", Amount: money.FromUnits(100), Currency: "USD", Period: budget.Monthly, Scope: budget.Scope{usage.ByUser: {"u"}}}
	for _, c := range []struct {
		zone  string
		exact bool
	}{{"", false}, {"Europe/Berlin", true}} {
		b.Zone = c.zone
		asked := false
		got, err := BuildBudgets(BudgetsInput{Budgets: []budget.Budget{b}, Book: pricing.Embedded(), Now: at(t, "2026-11-20T15:00Z"),
			Cells: func(_ *Query, exact bool) (*usage.Cube, error) {
				asked = asked || exact
				return cubeOf(cells("gpt-5")), nil
			}})
		if err != nil || asked != c.exact || got.Standings[0].Cost.IsZero() {
			t.Errorf("zone %q: %v, records read: %v", c.zone, err, asked)
		}
	}
}

func BenchmarkBudgets(b *testing.B) {
	cube := largeCube(100_000)
	in := BudgetsInput{Book: pricing.Embedded(), Now: time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC), Cells: func(*Query, bool) (*usage.Cube, error) { return cube, nil }}
	for _, scope := range []budget.Scope{nil, {usage.ByProject: {"project-1"}}, {usage.ByProvider: {"openai"}}} {
		in.Budgets = append(in.Budgets, budget.Budget{Name: "b", Amount: money.FromUnits(1000), Currency: "USD", Period: budget.Monthly, Scope: scope})
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := BuildBudgets(in); err != nil {
			b.Fatal(err)
		}
	}
}
