package tui

import (
	"regexp"
	"strings"
	"testing"

	"tokpit/report"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

var shareSaid = regexp.MustCompile(`(?m)^\d+\. ([^:]+): .*share ([0-9.]+%)`)

// sharesSaid are the shares of a page's rows by their names.
func sharesSaid(text string) map[string]string {
	out := map[string]string{}
	for _, m := range shareSaid.FindAllStringSubmatch(text, -1) {
		if _, ok := out[m[1]]; !ok {
			out[m[1]] = m[2]
		}
	}
	return out
}

// saidUnder is the text of a page under a lens.
func saidUnder(t *testing.T, page string, n ui.Narrow) string {
	t.Helper()
	m := narrowed(t, 200, 60, n)
	m.open(page)
	lines, err := m.settled(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// A row is the same part of the whole on every page that says it.
func TestPagesSayTheSameShares(t *testing.T) {
	for _, span := range []string{"cycle", "30d", "7d", "yesterday"} {
		n := ui.Narrow{Period: span}
		overview, explore := sharesSaid(saidUnder(t, "Overview", n)), sharesSaid(saidUnder(t, "Explore", n))
		if len(explore) < 3 {
			t.Fatalf("only %d shares in Explore", len(explore))
		}
		for name, want := range explore {
			if got := overview[name]; got != want {
				t.Errorf("%s, %s: Overview says %q, Explore %q", span, name, got, want)
			}
		}
	}
}

// No sign is said as a word that is wrong where it stands, and a row of a list
// says nothing of what it has not.
func TestPlainTextReadsAsSentences(t *testing.T) {
	wrong := regexp.MustCompile(`times over|, ! |(?m:^Over: .* the limit)|\b(from to|to to)\b|\battention: no\b|: attention: no\b|(?m:^\d+\. .*[a-z] not known(,|$))|\bM: [0-9]`)
	for name, snap := range map[string]*report.Snapshot{"explored": tuitest.Explored(), "budgeted": tuitest.Budgeted(), "connected": tuitest.Connected()} {
		for _, page := range PageNames() {
			for line := range strings.SplitSeq(plainOf(t, snap, page), "\n") {
				if at := wrong.FindString(line); at != "" {
					t.Errorf("%s, %s: %q in %q", name, page, at, line)
				}
			}
		}
	}
}

// The parts of a ranking have heads, and its rows are numbered without them.
func TestPartsOfARankingAreHeads(t *testing.T) {
	m := shown(t, tuitest.Explored(), 200, 60)
	m.open("Simulate")
	lines, err := m.settled(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	heads, next := 0, 1
	for _, l := range lines {
		if strings.HasPrefix(l, "The models stay, or") || strings.HasPrefix(l, "Another model with room") || strings.HasPrefix(l, "Doubtful: may not") {
			heads++
		}
		if number, _, ok := strings.Cut(l, ". "); ok && heads > 0 && number == ui.Digits(int64(next)) {
			next++
		} else if ok && heads > 0 && number != "" && number[0] >= '0' && number[0] <= '9' {
			t.Errorf("row %d is %q", next, l)
		}
	}
	if heads < 2 || next < 4 {
		t.Errorf("%d heads and %d rows:\n%s", heads, next-1, strings.Join(lines, "\n"))
	}
}
