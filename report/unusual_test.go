package report

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
	"tokpit/usage/demo"
)

// series is made-up usage: quiet weekends, a little noise, and what change adds.
func seriesCells(days int, until time.Time, change func(day time.Time, key string, tokens int64) int64) []cell1 {
	var cells []cell1
	for i := range days {
		day := until.AddDate(0, 0, i-days)
		for k, d := range []usage.Dims{
			{Source: "openai", Provider: "openai", Key: "app", Project: "web", Model: "gpt-5", Basis: usage.Logged},
			{Source: "openai", Provider: "openai", Key: "ci-bot", Project: "ci", Model: "gpt-5", Basis: usage.Logged},
			{Source: "openai", Provider: "openai", Key: "", Project: "", Model: "gpt-5-mini", Basis: usage.Logged},
		} {
			n := int64(40_000_000 - 10_000_000*k)
			if w := day.Weekday(); w == time.Saturday || w == time.Sunday {
				n /= 2
			}
			n += n / 100 * int64((i*7+k*3)%5-2)
			n = change(day, d.Key, n)
			cells = append(cells, cell1{usage.SlotOf(day.Add(10 * time.Hour)), 1, d, usage.Measures{Records: 1, Requests: 1, Tokens: usage.Tokens{Input: n}}})
		}
	}
	return cells
}

func unusualOf(t testing.TB, cube *usage.Cube, now time.Time, synced time.Time) *Budgets {
	t.Helper()
	b, err := BuildBudgets(BudgetsInput{Book: pricing.Embedded(), Now: now, Unusual: 21, Cells: func(*Query, bool) (*usage.Cube, error) { return cube, nil },
		Sources: []SourceStatus{{Name: "logs", Synced: synced, Records: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range b.Unusual {
		checkUnusual(t, &d)
	}
	return b
}

// checkUnusual holds what is true of every unusual day.
func checkUnusual(t testing.TB, d *UnusualDay) {
	t.Helper()
	if d.Usual.Add(d.Rise) != d.Cost || d.Rise.Sign() <= 0 || d.Score <= d.Limit || d.Text == "" || strings.Contains(d.Text, "NaN") {
		t.Errorf("%+v", d)
	}
	var cost, usual, rise money.Amount
	share := 0.0
	for i, c := range d.Causes {
		cost, usual, rise, share = cost.Add(c.Cost), usual.Add(c.Usual), rise.Add(c.Rise), share+c.Share
		if c.Usual.Add(c.Rise) != c.Cost || c.Label == "" {
			t.Errorf("%s: %+v", d.Text, c)
		}
		if i > 0 && len(c.Dims) > 0 && c.Rise.Cmp(d.Causes[i-1].Rise) > 0 {
			t.Errorf("%s: %s comes late", d.Text, c.Label)
		}
	}
	if len(d.Causes) > 0 && (cost != d.Cost || usual != d.Usual || rise != d.Rise || math.Abs(share-1) > 1e-9) {
		t.Errorf("%s: causes of %s, %s, %s and %f; the day has %s, %s, %s", d.Text, cost, usual, rise, share, d.Cost, d.Usual, d.Rise)
	}
}

func TestUnusualDays(t *testing.T) {
	now := at(t, "2026-11-20T15:00Z")
	today := at(t, "2026-11-20")
	on := func(date, key string, times int64) func(time.Time, string, int64) int64 {
		return func(day time.Time, k string, n int64) int64 {
			if day.Format(time.DateOnly) == date && k == key {
				return n * times
			}
			return n
		}
	}
	calm := func(_ time.Time, _ string, n int64) int64 { return n }
	for name, c := range map[string]struct {
		days   int
		change func(time.Time, string, int64) int64
		want   []string
	}{
		"calm":        {120, calm, nil},
		"a day":       {120, on("2026-11-17", "ci-bot", 6), []string{"Tue 17 Nov is 3.0× its usual: all of the rise is key ci-bot on gpt-5"}},
		"young":       {50, on("2026-11-17", "ci-bot", 6), []string{"Tue 17 Nov is 3.0× its usual: all of the rise is key ci-bot on gpt-5"}},
		"too old":     {120, on("2026-10-20", "ci-bot", 6), nil},
		"not over":    {120, on("2026-11-20", "ci-bot", 60), nil},
		"cheaper":     {120, on("2026-11-17", "app", 0), nil},
		"after a day": {120, on("2026-11-10", "ci-bot", 9), []string{"Tue 10 Nov is 4.2× its usual: all of the rise is key ci-bot on gpt-5"}},
	} {
		b := unusualOf(t, cubeOf(seriesCells(c.days, today.AddDate(0, 0, 1), c.change)), now, now)
		var got []string
		for _, d := range b.Unusual {
			got = append(got, d.Text)
		}
		if strings.Join(got, "\n") != strings.Join(c.want, "\n") || b.NoUnusual != "" {
			t.Errorf("%s: %q %s, want %q", name, got, b.NoUnusual, c.want)
		}
	}
}

// A part stands out where all usage does not, and only once.
func TestAPartStandsOut(t *testing.T) {
	now := at(t, "2026-11-20T15:00Z")
	cells := seriesCells(120, at(t, "2026-11-21"), func(day time.Time, key string, n int64) int64 {
		if key == "app" { // all usage varies a lot
			return n * (2 + rand.New(rand.NewPCG(1, uint64(day.YearDay()))).Int64N(12))
		}
		if key == "ci-bot" && day.Format(time.DateOnly) == "2026-11-17" {
			return n * 4
		}
		return n
	})
	got := unusualOf(t, cubeOf(cells), now, now).Unusual
	if len(got) != 1 || got[0].By != usage.ByKey || got[0].Value != "ci-bot" || !strings.HasPrefix(got[0].Text, "Tue 17 Nov: key ci-bot is 3.9× its usual: all of the rise is model gpt-5") {
		for _, d := range got {
			t.Errorf("%s", d.Text)
		}
	}
}

// Nothing is said of days that may not be known in full.
func TestOnlyWholeDaysAreJudged(t *testing.T) {
	now := at(t, "2026-11-20T15:00Z")
	cells := seriesCells(120, at(t, "2026-11-21"), func(day time.Time, key string, n int64) int64 {
		if key == "ci-bot" && day.Format(time.DateOnly) == "2026-11-18" {
			return n * 6
		}
		return n
	})
	if b := unusualOf(t, cubeOf(cells), now, now); len(b.Unusual) != 1 {
		t.Errorf("%+v", b.Unusual)
	}
	if b := unusualOf(t, cubeOf(cells), now, at(t, "2026-11-18T20:00Z")); len(b.Unusual) != 0 {
		t.Errorf("read before the day was over: %s", b.Unusual[0].Text)
	}
	if b := unusualOf(t, cubeOf(cells), now, time.Time{}); len(b.Unusual) != 0 || b.NoUnusual == "" {
		t.Errorf("never read: %+v", b)
	}
	// A provider whose report of that day has not been read.
	for i := range cells {
		cells[i].dims.Basis = usage.Reported
	}
	cube := cubeOf(cells)
	cover := func(since, until string) usage.Coverage {
		return usage.Coverage{Provider: "openai", Basis: usage.Reported, Span: usage.Span{Since: at(t, since), Until: at(t, until)}}
	}
	for name, c := range map[string]struct {
		coverage []usage.Coverage
		want     int
	}{
		"all":     {[]usage.Coverage{cover("2026-07-01", "2026-11-20")}, 1},
		"not yet": {[]usage.Coverage{cover("2026-07-01", "2026-11-18")}, 0},
		"a hole":  {[]usage.Coverage{cover("2026-07-01", "2026-11-18"), cover("2026-11-19", "2026-11-20")}, 0},
	} {
		cube.Coverage = c.coverage
		b, err := BuildBudgets(BudgetsInput{Book: pricing.Embedded(), Now: now, Unusual: 21, Cells: func(*Query, bool) (*usage.Cube, error) { return cube, nil },
			Sources: []SourceStatus{{Name: "acme", Type: "openai", Synced: now, Records: 1, Coverage: c.coverage}}})
		if err != nil || len(b.Unusual) != c.want {
			t.Errorf("%s: %+v, %v", name, b.Unusual, err)
		}
	}
}

func TestTooLittleHistoryIsSaid(t *testing.T) {
	now := at(t, "2026-11-20T15:00Z")
	calm := func(_ time.Time, _ string, n int64) int64 { return n }
	for _, cells := range [][]cell1{nil, seriesCells(30, at(t, "2026-11-21"), calm)} {
		if b := unusualOf(t, cubeOf(cells), now, now); len(b.Unusual) != 0 || b.NoUnusual == "" {
			t.Errorf("%+v", b)
		}
	}
}

// The agent that ran away in the demo is found, and named.
func TestTheDemosRunaway(t *testing.T) {
	cube := demoCube(t)
	now := demo.DefaultNow().AddDate(0, 0, -30)
	found := false
	b, err := BuildBudgets(BudgetsInput{Book: pricing.Embedded(), Plans: demoPlans(), Now: now, Zone: zone(t, "Europe/Berlin"), Unusual: 21,
		Cells: func(*Query, bool) (*usage.Cube, error) { return cube, nil }, Sources: []SourceStatus{{Name: "demo", Synced: now, Records: 1, Coverage: cube.Coverage}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range b.Unusual {
		checkUnusual(t, &d)
		found = found || strings.Contains(d.Text, "all of the rise is key") && d.Ratio > 3
	}
	if !found {
		t.Errorf("%+v", b.Unusual)
	}
}

func BenchmarkUnusual(b *testing.B) {
	cube := largeCube(100_000)
	now := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	in := BudgetsInput{Book: pricing.Embedded(), Now: now, Unusual: 21, Cells: func(*Query, bool) (*usage.Cube, error) { return cube, nil },
		Sources: []SourceStatus{{Name: "logs", Synced: now, Records: 1}}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := BuildBudgets(in); err != nil {
			b.Fatal(err)
		}
	}
}
