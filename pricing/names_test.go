package pricing

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestNames(t *testing.T) {
	rows := readRows(t, "testdata/names.csv")
	if len(rows) < 100 {
		t.Fatalf("only %d vectors", len(rows))
	}
	for _, r := range rows {
		checkName(t, r)
	}
}

func TestExamples(t *testing.T) {
	rows := readRows(t, "testdata/examples.csv")
	if len(rows) < 50 {
		t.Fatalf("only %d examples", len(rows))
	}
	for _, r := range rows {
		checkExample(t, r)
	}
}

// TestNearMissesAreUnpriced changes one letter of every name in the book: what
// comes out is another name of the book, or has no price.
func TestNearMissesAreUnpriced(t *testing.T) {
	b := Embedded()
	try := func(provider, name string) {
		if r, _ := b.resolve(provider, name, math.MaxInt64); r.Priced != PricedNo && r.Rule != "exact" {
			t.Errorf("%s/%s is priced as %s/%s: %s", provider, name, r.vendor(), r.Model, r.Rule)
		}
	}
	for _, m := range b.Models() {
		name := strings.ToLower(m.Model)
		for i := range len(name) + 1 {
			for _, letter := range []string{"e", "o", "x"} {
				try(m.Provider, name[:i]+letter+name[i:])
				if i < len(name) && name[i:i+1] != letter {
					try(m.Provider, name[:i]+letter+name[i+1:])
				}
			}
		}
		for _, more := range []string{"-mini", "-pro", "-audio-preview", "-realtime", "-image", "-tts", "-transcribe", "-search", "2", "-2", "-v", "/x"} {
			try(m.Provider, name+more)
		}
		for cut := 1; cut < len(name); cut++ {
			r, _ := b.resolve(m.Provider, name[:cut], math.MaxInt64)
			if r.Priced != PricedNo && r.Rule != "exact" && r.Rule != "alias" && r.Rule != "preview" && !strings.HasPrefix(r.Rule, "claude spelling") {
				t.Errorf("%s/%s is priced as %s: %s", m.Provider, name[:cut], r.Model, r.Rule)
			}
		}
	}
}

func TestAnUnknownSnapshotIsFlagged(t *testing.T) {
	for name, want := range map[string]Flags{
		"gpt-4o-2024-08-06":       0,
		"gpt-4o-2025-01-01":       FlagLikelyName, // other snapshots had prices of their own
		"gpt-5.6-luna-2026-07-09": 0,              // there is only one price
		"gpt-4o-1999-01-01":       FlagUnpricedModel,
	} {
		if got := Embedded().Resolve("openai", name, time.Time{}).Flags; got != want {
			t.Errorf("%s: flags %q, want %q", name, got, want)
		}
	}
}

func TestFlagsOfNames(t *testing.T) {
	for _, c := range []struct {
		provider, name string
		want           Flags
	}{
		{"bedrock", "global.anthropic.claude-sonnet-4-5-20250929-v1:0", FlagEstimate},
		{"bedrock", "anthropic.claude-sonnet-4-5-20250929-v1:0", FlagEstimate},
		{"bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", FlagEstimate | FlagModifier},
		{"azure", "azure/global/gpt-4o", FlagEstimate},
		{"azure", "azure/us/gpt-4o", FlagEstimate | FlagModifier},
		{"google", "gemini-2.5-pro-preview-06-05", FlagLikelyName},
		{"google", "gemini-3.1-pro-preview-customtools", FlagLikelyName},
		{"openrouter", "openai/gpt-5:free", 0},
		{"openrouter", "openai/gpt-5:nitro", FlagUnpricedModel},
		{"openai", "gpt-40", FlagUnpricedModel},
	} {
		if got := Embedded().Resolve(c.provider, c.name, time.Time{}).Flags; got != c.want {
			t.Errorf("%s: flags %q, want %q", c.name, got, c.want)
		}
	}
}

// TestANameOfTwoVendorsIsAmbiguous needs a table that Check would refuse.
func TestANameOfTwoVendorsIsAmbiguous(t *testing.T) {
	tab := table(t)
	for _, r := range tab.Rows {
		if r.Model == "gpt-4o" {
			r.Provider = "xai"
			tab.Rows = append(tab.Rows, r)
		}
	}
	b := NewBook(tab)
	for provider, want := range map[string]string{"": "no", "azure": "no", "openai": "own", "xai": "own"} {
		if got := b.Resolve(provider, "gpt-4o", time.Time{}).PricedText(); got != want {
			t.Errorf("at %q: %s, want %s", provider, got, want)
		}
	}
	if got := b.Resolve("azure", "openai/gpt-4o", time.Time{}).PricedText(); got != "as:openai" {
		t.Errorf("with a vendor: %s", got)
	}
}

func TestCandidates(t *testing.T) {
	for _, c := range []struct{ provider, name, first string }{
		{"openai", "gpt-40", "openai/gpt-4o"},
		{"anthropic", "claude-opus-4-9", "anthropic/claude-opus-4-6"},
		{"anthropic", "claude-3-5-sonnet-20250101", "anthropic/claude-3-5-sonnet-20240620"},
		{"openrouter", "openai/gpt-5.6-lunar", "openai/gpt-5.6-luna"},
		{"openrouter", "openai/gpt-4o:extended", "openai/gpt-4o"},
		{"", "composer-2", "cursor/composer-2"},
		{"", "qwertyuiopasdf", ""},
		{"", "", ""},
	} {
		got := Embedded().Resolve(c.provider, c.name, time.Time{})
		first := ""
		if len(got.Candidates) > 0 {
			first = got.Candidates[0]
		}
		if first != c.first || got.Priced != PricedNo || len(got.Candidates) > candidateCount {
			t.Errorf("%s: candidates %q, want %q first", c.name, got.Candidates, c.first)
		}
	}
	if got := Embedded().Resolve("openai", "gpt-4o", time.Time{}); got.Candidates != nil {
		t.Errorf("a known name has candidates: %q", got.Candidates)
	}
}

func TestTheRuleSaysHow(t *testing.T) {
	for name, want := range map[string]string{
		"gpt-4o":                             "exact",
		"anthropic/claude-4.7-opus-20260416": "prefix, claude spelling, date",
		"anthropic/claude-sonnet-4.5":        "prefix, claude spelling, alias",
		"arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0": "arn, bedrock id, bedrock version",
		"gpt-40": "unknown name",
	} {
		if got := Embedded().Resolve("", name, time.Time{}).Rule; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
