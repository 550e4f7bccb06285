package tui

import (
	"regexp"
	"strings"
	"testing"

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
