package report

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/pricing"
	"tokpit/usage"
)

// Before a close a person hears of what may still come, what has not been read,
// and what is in no amount; of nothing else.
func TestCloseWarnings(t *testing.T) {
	d := usage.Dims{Source: "litellm", Provider: "own", Model: "ours", Basis: usage.Metered, Band: usage.Band{End: 100_000}}
	in := cycleOf(t, []cell1{one(t, "2026-10-03T10:00Z", d, usage.Tokens{Input: 1_000_000})}, nil, pricing.Embedded(), "2026-10-01", "2026-11-01")
	f, err := Freeze(FreezeInput{CycleInput: in, Cycle: "2026-10"})
	if err != nil {
		t.Fatal(err)
	}
	span := func(since, until string) usage.Span { return usage.Span{Since: at(t, since), Until: at(t, until)} }
	source := func(name string, synced string, coverage ...usage.Coverage) SourceStatus {
		return SourceStatus{Name: name, Records: 5, First: at(t, "2026-09-01"), Synced: at(t, synced), Coverage: coverage}
	}
	cover := func(account, since, until string) usage.Coverage {
		return usage.Coverage{Provider: "openai", Account: account, Basis: usage.Reported, Span: span(since, until)}
	}
	asOf := at(t, "2026-11-20")
	for name, x := range map[string]struct {
		sources []SourceStatus
		asOf    time.Time
		want    []string
	}{
		"nothing":         {nil, asOf, nil},
		"early":           {nil, at(t, "2026-11-03T23:59Z"), []string{"until 2026-11-04 00:00Z"}},
		"late enough":     {nil, at(t, "2026-11-04"), nil},
		"a stale log":     {[]SourceStatus{source("codex", "2026-10-29")}, asOf, []string{"codex was last read on 2026-10-29"}},
		"a fresh log":     {[]SourceStatus{source("codex", "2026-11-01")}, asOf, nil},
		"all read":        {[]SourceStatus{source("acme", "2026-11-01", cover("a", "2026-05-01", "2026-11-05"))}, asOf, nil},
		"an end not read": {[]SourceStatus{source("acme", "2026-11-01", cover("a", "2026-05-01", "2026-10-30"))}, asOf, []string{"reported usage of openai/a has not been read for 2 days between 2026-10-30 and 2026-10-31"}},
		"a hole": {[]SourceStatus{source("acme", "2026-11-01", cover("a", "2026-05-01", "2026-10-10"), cover("a", "2026-10-11", "2026-11-05"))}, asOf,
			[]string{"for 2026-10-10"}},
		"begun inside":   {[]SourceStatus{source("acme", "2026-11-01", cover("a", "2026-10-15", "2026-11-05"))}, asOf, nil},
		"two accounts":   {[]SourceStatus{source("acme", "2026-11-01", cover("a", "2026-05-01", "2026-11-05"), cover("b", "2026-05-01", "2026-10-31"))}, asOf, []string{"openai/b"}},
		"without usage":  {[]SourceStatus{{Name: "codex"}}, asOf, nil},
		"younger":        {[]SourceStatus{{Name: "codex", Records: 1, First: at(t, "2026-11-02")}}, asOf, nil},
		"not counted":    {[]SourceStatus{{Name: "codex", Quarantined: 3}}, asOf, []string{"3 rows of the sources could not be counted"}},
		"one hole a day": {[]SourceStatus{source("acme", "2026-11-01", cover("a", "2026-05-01", "2026-05-02"))}, asOf, []string{"31 days between 2026-10-01 and 2026-10-31"}},
	} {
		want := append(slices.Clone(x.want), "1.00M tokens of ours have no price")
		got := CloseWarnings(f, x.sources, x.asOf, LateWindow)
		if len(got) != len(want) {
			t.Errorf("%s: %+v", name, got)
			continue
		}
		for _, part := range want {
			if !slices.ContainsFunc(got, func(n Note) bool { return strings.Contains(n.Text, part) }) {
				t.Errorf("%s: %+v lacks %q", name, got, part)
			}
		}
	}
}

// TestCloseWarningsOfNothing: a cycle in which nothing was used is perhaps not
// the one that was meant.
func TestCloseWarningsOfNothing(t *testing.T) {
	f, err := Freeze(FreezeInput{CycleInput: cycleOf(t, nil, nil, pricing.Embedded(), "2026-10-01", "2026-11-01"), Cycle: "2026-10"})
	if err != nil {
		t.Fatal(err)
	}
	if got := CloseWarnings(f, nil, at(t, "2026-11-20"), LateWindow); len(got) != 1 || got[0].Code != "no_usage" {
		t.Errorf("%+v", got)
	}
}
