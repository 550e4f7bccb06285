package demo

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// batches pulls at several instants, one after the other.
func batches(t *testing.T, at ...time.Time) []usage.Batch {
	t.Helper()
	var out []usage.Batch
	cursors := usage.Cursors{}
	for _, now := range at {
		_, err := New(now).Pull(context.Background(), cursors, func(b usage.Batch) error {
			for k, v := range b.Cursors {
				cursors[k] = v
			}
			out = append(out, b)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func coverage(all []usage.Batch) []usage.Coverage {
	var out []usage.Coverage
	for _, b := range all {
		out = append(out, b.Covered...)
	}
	return usage.MergeCoverage(out)
}

func TestCoverageHasOneHole(t *testing.T) {
	now := DefaultNow()
	got := coverage(batches(t, now))
	day := func(s string) time.Time { return date(s) }
	of := func(provider string, basis usage.Basis, since, until string) usage.Coverage {
		return usage.Coverage{Provider: provider, Account: account, Basis: basis, Span: usage.Span{Since: day(since), Until: day(until)}}
	}
	want := usage.MergeCoverage([]usage.Coverage{
		of("anthropic", usage.Billed, "2026-05-20", "2026-11-19"), of("anthropic", usage.Reported, "2026-05-20", "2026-11-21"),
		of("openai", usage.Billed, "2026-05-20", "2026-11-19"), of("openai", usage.Reported, "2026-05-20", holeFrom),
		of("openai", usage.Reported, holeUntil, "2026-11-21"),
	})
	if !reflect.DeepEqual(got, want) {
		t.Errorf("covered\n%v\nwant\n%v", got, want)
	}
	for _, c := range got {
		if !c.Check() {
			t.Errorf("%v is not whole days", c)
		}
	}
	start := now.Add(-30 * 24 * time.Hour)
	parts := batches(t, start, start.Add(7*time.Hour), start.Add(40*time.Hour), now)
	since := func(all []usage.Coverage) []usage.Coverage { // the parts begin earlier
		return slices.DeleteFunc(all, func(c usage.Coverage) bool { return c.Until.Before(start) })
	}
	for i, c := range since(coverage(parts)) {
		if w := since(want)[i]; c.Provider != w.Provider || c.Basis != w.Basis || !c.Until.Equal(w.Until) {
			t.Errorf("in parts %v is covered, at once %v", c, w)
		}
	}
}

// Every day that is covered by usage has records, and no day of the hole has.
func TestNothingIsReadInTheHole(t *testing.T) {
	records, _ := pull(t, DefaultNow(), nil)
	reported, billed := map[string]int{}, map[string]int{}
	for i := range records {
		if r := &records[i]; r.Source == "openai" && r.Basis == usage.Reported {
			reported[r.Start.Format(time.DateOnly)]++
		} else if r.Source == "openai" {
			billed[r.Start.Format(time.DateOnly)]++
		}
	}
	for d := date("2026-05-21"); d.Before(date("2026-11-19")); d = d.AddDate(0, 0, 1) {
		day := d.Format(time.DateOnly)
		if (reported[day] == 0) != within(day, holeFrom, holeUntil) || billed[day] == 0 {
			t.Errorf("%s: %d usage records, %d lines of the bill", day, reported[day], billed[day])
		}
	}
	if billed["2026-11-19"] != 0 {
		t.Error("yesterday is billed already")
	}
}

func TestDirectory(t *testing.T) {
	names := map[string][]string{}
	var last usage.Batch
	for _, b := range batches(t, DefaultNow()) {
		if b.NamedAt.IsZero() || b.Standing == nil || len(b.Standing.Limits) != 3 {
			t.Fatalf("a batch at %s says nothing of the account", b.NamedAt)
		}
		for _, e := range b.Entities {
			if k := string(e.Kind) + " " + e.ID; !slices.Contains(names[k], e.Name) {
				names[k] = append(names[k], e.Name)
			}
		}
		last = b
	}
	if got := names["project search"]; !slices.Equal(got, []string{"Discovery", "Search"}) {
		t.Errorf("the renamed project was called %q", got)
	}
	unused := map[string]bool{}
	for _, e := range last.Entities {
		if !e.LastUsed.IsZero() && e.LastUsed.Before(DefaultNow().AddDate(0, -3, 0)) {
			unused[e.ID] = true
		}
		if e.Kind == usage.ByKey && (strings.Contains(e.Hint, "…") != true || names["project "+e.Parent] == nil) {
			t.Errorf("key %+v", e)
		}
	}
	if !unused["support-legacy"] || !unused["hackathon-key"] || len(unused) != 2 {
		t.Errorf("unused: %v", unused)
	}
	records, _ := pull(t, DefaultNow(), nil)
	for i := range records {
		r := &records[i]
		for kind, id := range map[usage.Dimension]string{usage.ByProject: r.Project, usage.ByOrganization: r.Organization} {
			if id != "" && names[string(kind)+" "+id] == nil {
				t.Fatalf("%s %q has no name", kind, id)
			}
		}
		if r.Basis == usage.Reported && r.Key != "" && names["key "+r.Key] == nil {
			t.Fatalf("key %q has no name", r.Key)
		}
		if r.Project == hackathon && r.Start.After(date("2026-06-09")) {
			t.Fatalf("the hackathon still goes on at %s", r.Start)
		}
	}
}

// Bills tie out with tokens × price of the book to the last digit, but for what
// is meant not to.
func TestBillsTieOut(t *testing.T) {
	book := pricing.Embedded()
	records, _ := pull(t, DefaultNow(), nil)
	type key struct{ day, provider string }
	priced, billed := map[key]money.Amount{}, map[key]money.Amount{}
	for i := range records {
		r := &records[i]
		k := key{r.Start.Format(time.DateOnly), r.Provider}
		switch r.Basis {
		case usage.Billed:
			billed[k] = billed[k].Add(r.Reported)
		case usage.Reported:
			tariff := book.Tariff(&r.Dims, r.Start)
			c := tariff.Charge(r.Tokens, r.Quantities)
			if !c.Priced || c.UnpricedTokens > 0 || c.UnpricedQuantities > 0 {
				t.Fatalf("%s has no price: %+v", r.ID, r.Dims)
			}
			priced[k] = priced[k].Add(c.Cost)
		}
	}
	for d := date("2026-05-20"); d.Before(date("2026-11-19")); d = d.AddDate(0, 0, 1) {
		day := d.Format(time.DateOnly)
		if a, b := priced[key{day, "anthropic"}], billed[key{day, "anthropic"}]; a != b {
			t.Errorf("%s: Anthropic billed %s, the usage is worth %s", day, b, a)
		}
		a, b := priced[key{day, "openai"}], billed[key{day, "openai"}]
		late, next := day == lateDay, d.AddDate(0, 0, -1).Format(time.DateOnly) == lateDay
		switch {
		case within(day, holeFrom, holeUntil):
			if !a.IsZero() || b.Sign() <= 0 {
				t.Errorf("%s: %s billed, %s worth of usage in the hole", day, b, a)
			}
		case within(day, keylessFrom, keylessUntil), next:
			if b.Cmp(a) <= 0 {
				t.Errorf("%s: %s billed, not more than %s", day, b, a)
			}
		case within(day, untieredFrom, untieredUntil), late:
			if b.Cmp(a) >= 0 {
				t.Errorf("%s: %s billed, not less than %s", day, b, a)
			}
		case a != b:
			t.Errorf("%s: OpenAI billed %s, the usage is worth %s", day, b, a)
		}
	}
	sum := func(m map[key]money.Amount) money.Amount {
		return m[key{lateDay, "openai"}].Add(m[key{"2026-11-12", "openai"}])
	}
	if sum(priced) != sum(billed) {
		t.Errorf("the late day and the next: %s billed, %s of usage", sum(billed), sum(priced))
	}
}

func TestLineItems(t *testing.T) {
	for _, c := range []struct {
		at   item
		want string
	}{
		{item{provider: "openai", model: "gpt-5.4-mini"}, "gpt-5.4-mini, input_tokens"},
		{item{provider: "openai", model: "gpt-5.4-nano", tier: batch, class: output}, "gpt-5.4-nano, batch_output_tokens"},
		{item{provider: "anthropic", model: "claude-opus-5-5", class: cacheRead}, "Claude Opus 5.5 Usage - Input Tokens, Cache Read"},
		{item{provider: "anthropic", model: "claude-haiku-4-5-20251001", tier: batch}, "Claude Haiku 4.5 Usage (Batch) - Input Tokens"},
		{item{provider: "anthropic", class: webSearch}, "Web Search Usage"},
	} {
		if got := c.at.text(); got != c.want {
			t.Errorf("%+v: %q", c.at, got)
		}
	}
}
