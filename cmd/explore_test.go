package cmd

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tokpit/money"
	"tokpit/report"
	"tokpit/usage"
)

// demoDesk is a desk over demo data, with rules of a person's own.
func demoDesk(t *testing.T) (*desk, *report.Snapshot) {
	t.Helper()
	home := demoHome(t)
	a := newApp(&Env{Home: home, OS: "linux", Getenv: func(string) string { return "" }, Now: time.Now, LocalTZ: func() string { return "UTC" },
		Stdout: io.Discard, Stderr: io.Discard})
	a.demo = true
	if err := a.settle(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	var err error
	if a.rules, err = report.NewRules(report.RuleSet{
		Environments: []report.Rule{{Name: "lab", Match: map[string][]string{"project": {"Search*"}}}},
		Allocations:  []report.Rule{{Name: "research", Match: map[string][]string{"environment": {"lab"}}, From: time.Date(2026, 11, 10, 0, 0, 0, 0, time.UTC)}},
	}); err != nil {
		t.Fatal(err)
	}
	d := newDesk(a, 0)
	s, err := d.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return d, s
}

// The records under a figure add up to it, to the last digit.
func TestRecordsAddUpToTheFigure(t *testing.T) {
	t.Parallel()
	d, s := demoDesk(t)
	e := explorer{d}
	since := time.Date(2026, 11, 8, 0, 0, 0, 0, time.UTC)
	for name, filter := range map[string]map[usage.Dimension][]string{
		"all":      nil,
		"model":    {usage.ByModel: {"claude-opus-5-5"}},
		"untagged": {usage.ByKey: {""}, usage.ByProvider: {"openai"}},
		"rules":    {usage.ByCostCenter: {"research"}, usage.ByEnvironment: {"lab"}},
		"price":    {usage.ByPricedAs: {"gpt-5.4-mini", "claude-sonnet-5-5"}},
		"tier":     {usage.ByTier: {"standard"}, usage.ByMachine: {""}},
	} {
		q := report.Query{Since: since, Filter: filter}
		want, err := report.Run(s.Cube, s.Book, s.Plans, q, s.AsOf)
		if err != nil {
			t.Fatal(err)
		}
		traces, all, err := e.Records(t.Context(), s, q, 1_000_000)
		if err != nil || int64(len(traces)) != all || all == 0 || all != want.Total.Records {
			t.Errorf("%s: %d of %d records, the figure has %d (%v)", name, len(traces), all, want.Total.Records, err)
		}
		var sum money.Amount
		var tokens usage.Tokens
		for i := range traces {
			tr := &traces[i]
			sum, tokens = sum.Add(tr.Total.Cost), tokens.Add(tr.Record.Tokens)
			var steps money.Amount
			for _, step := range tr.Steps {
				steps = steps.Add(step.Cost)
			}
			if steps != tr.Total.Cost || !tr.Counts {
				t.Fatalf("%s: the steps of %s make %s of %s, counts %v", name, tr.Record.ID, steps, tr.Total.Cost, tr.Counts)
			}
		}
		if sum != want.Total.Cost || tokens != want.Total.Tokens {
			t.Errorf("%s: the records cost %s, the figure is %s", name, sum, want.Total.Cost)
		}
	}
}

func TestRecordsAreTheNewest(t *testing.T) {
	t.Parallel()
	d, s := demoDesk(t)
	e := explorer{d}
	q := report.Query{Since: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}
	few, all, err := e.Records(t.Context(), s, q, 25)
	if err != nil || len(few) != 25 || all < 1000 {
		t.Fatalf("%d of %d: %v", len(few), all, err)
	}
	if !slices.IsSortedFunc(few, func(a, b report.Trace) int { return b.Record.Start.Compare(a.Record.Start) }) || s.AsOf.Sub(few[24].Record.Start) > 6*time.Hour {
		t.Errorf("from %v to %v", few[0].Record.Start, few[24].Record.Start)
	}
	// What does not count is listed for who asks for it.
	q.Filter = map[usage.Dimension][]string{usage.ByBasis: {"billed"}}
	billed, _, err := e.Records(t.Context(), s, q, 25)
	if err != nil || len(billed) == 0 || billed[0].Counts || !billed[0].Total.HasReported {
		t.Errorf("%d billed records (%v)", len(billed), err)
	}
}

// Sessions are of the same usage as everything else.
func TestSessionCellsAreTheSameUsage(t *testing.T) {
	t.Parallel()
	d, s := demoDesk(t)
	e := explorer{d}
	for _, since := range []time.Time{time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 19, 9, 15, 0, 0, time.UTC), time.Date(2026, 11, 20, 9, 20, 30, 0, time.UTC)} {
		q := report.ExploreQuery{Query: report.Query{Since: since, By: []usage.Dimension{usage.BySession}}}
		cube, err := e.Cube(t.Context(), s, q, true)
		if err != nil {
			t.Fatal(err)
		}
		got, err := report.Explore(cube, s.Book, s.Plans, q, s.AsOf)
		if err != nil {
			t.Fatal(err)
		}
		traces, _, err := e.Records(t.Context(), s, q.Query, 1_000_000)
		if err != nil {
			t.Fatal(err)
		}
		var sum money.Amount
		for i := range traces {
			sum = sum.Add(traces[i].Total.Cost)
		}
		if sum != got.Total.Cost || len(got.Rows) < 2 {
			t.Errorf("since %v: %d sessions cost %s, records %s", since, len(got.Rows), got.Total.Cost, sum)
		}
	}
}

// An export never overwrites, and is for its owner alone.
func TestExportWritesAFileOfItsOwn(t *testing.T) {
	t.Chdir(t.TempDir())
	e := explorer{newDesk(newApp(&Env{}), 0)}
	seen := make(map[string]bool)
	for i := range 3 {
		path, err := e.Export(t.Context(), "tokpit-model.csv", []byte{byte('a' + i)})
		if err != nil || seen[path] || !filepath.IsAbs(path) {
			t.Fatalf("%q: %v", path, err)
		}
		seen[path] = true
		content, err := os.ReadFile(path)
		info, _ := os.Stat(path)
		if err != nil || string(content) != string(rune('a'+i)) || info.Mode().Perm() != 0o600 {
			t.Errorf("%s holds %q, %v", path, content, info.Mode())
		}
	}
	if !seen[filepath.Join(must(os.Getwd()), "tokpit-model-3.csv")] {
		t.Errorf("the files are %v", seen)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
