package report

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/pricing"
	"tokpit/usage"
)

// TestSessionsAreRun: every session is the row that Run has for it, and the
// limit takes from the top.
func TestSessionsAreRun(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells, plans := drawCells(t), drawPlans(t)
		for i := range cells {
			cells[i].dims.Session = rapid.SampledFrom([]string{"", "s1", "s2", "s3"}).Draw(t, "session")
			cells[i].dims.User = rapid.SampledFrom([]string{"ann", "bob"}).Draw(t, "user")
		}
		cube := cubeOf(cells)
		q := drawExplore(t, cube).Query
		all, n, err := Sessions(cube, pricing.Embedded(), plans, q, 0)
		if err != nil || n != len(all) {
			t.Fatal(n, len(all), err)
		}
		q.By = []usage.Dimension{usage.BySource, usage.BySession}
		r, err := Run(cube, pricing.Embedded(), plans, q, asOf())
		if err != nil {
			t.Fatal(err)
		}
		rows := slices.DeleteFunc(r.Rows, func(r Row) bool { return r.Keys[1] == "" })
		if len(rows) != len(all) {
			t.Fatalf("%d sessions, Run has %d rows", len(all), len(rows))
		}
		for i, l := range all {
			at := slices.IndexFunc(rows, func(r Row) bool { return r.Keys[0] == l.Source && r.Keys[1] == l.Session })
			if at < 0 {
				t.Fatalf("no row of %s %s", l.Source, l.Session)
			}
			sameSum(t, l.Session, l.Sum, rows[at].Sum)
			var models Sum
			for _, m := range l.Models {
				models.Cost, models.Tokens, models.Records = models.Cost.Add(m.Sum.Cost), models.Tokens.Add(m.Sum.Tokens), models.Records+m.Sum.Records
			}
			if models.Cost != l.Sum.Cost || models.Tokens != l.Sum.Tokens || models.Records != l.Sum.Records {
				t.Fatalf("the models of %s add up to %+v, it is %+v", l.Session, models, l.Sum)
			}
			if i > 0 && cmp.Or(all[i-1].Sum.Cost.Cmp(l.Sum.Cost), cmp.Compare(all[i-1].Sum.Tokens.Total(), l.Sum.Tokens.Total())) < 0 {
				t.Fatalf("%s after a cheaper one", l.Session)
			}
		}
		top, n, err := Sessions(cube, pricing.Embedded(), plans, q, 2)
		if want := all[:min(2, len(all))]; err != nil || n != len(all) || fmt.Sprint(top) != fmt.Sprint(want) {
			t.Fatalf("the first two of %d are %+v, want %+v (%v)", n, top, want, err)
		}
	})
}

func TestSessionLine(t *testing.T) {
	d := usage.Dims{Source: "claude-code", Provider: "anthropic", Model: "claude-opus-4-5", Session: "s1", User: "ann", Project: "web", Agent: "main"}
	side := d
	side.Model, side.Agent, side.Project = "claude-haiku-4-5", "side", "docs"
	days := one(t, "2026-11-04", side, usage.Tokens{Input: 1000, CacheRead: 1000})
	days.width = 96
	cube := cubeOf([]cell1{one(t, "2026-11-03T22:15Z", d, usage.Tokens{Input: 1_000_000, CacheRead: 3_000_000}), days,
		one(t, "2026-11-03T21:00Z", usage.Dims{Source: "codex", Provider: "openai", Model: "gpt-5"}, usage.Tokens{Input: 9})})
	got, n, err := Sessions(cube, pricing.Embedded(), nil, Query{}, 10)
	if err != nil || n != 1 || len(got) != 1 {
		t.Fatal(got, n, err)
	}
	l := got[0]
	if l.Project != "web" || l.User != "ann" || l.Agent != "main" || !l.ByDay || !l.Since.Equal(at(t, "2026-11-03T22:15Z")) || !l.Until.Equal(at(t, "2026-11-05")) {
		t.Errorf("the session is %+v", l)
	}
	if share, _ := l.Sum.CacheShare(); share != 749 {
		t.Errorf("%d ‰ from the cache", share)
	}
	if len(l.Models) != 2 || l.Models[0].Model != "claude-opus-4-5" {
		t.Errorf("models are %+v", l.Models)
	}
	wantAmount(t, "cost", l.Sum.Cost, "6.5011") // 5 + 1.5, and 0.001 + 0.0001
}

func asOf() time.Time { return time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC) }
