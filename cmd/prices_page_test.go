package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"tokpit/config"
	"tokpit/pricing"
	"tokpit/tui/prices"
	"tokpit/tui/ui"
	"tokpit/usage/demo"
)

// What the page of prices proposes for a name without a price is a configuration
// that gives it one, once the figures are filled in; before that it is refused.
func TestProposedPricesAreAConfiguration(t *testing.T) {
	t.Parallel()
	_, s := demoDesk(t)
	for _, model := range []string{"lighthouse-rerank-2", "claude-opus-5-6", `a "quoted\name`} {
		for _, provider := range []string{"self-hosted", "anthropic", ""} {
			snap := *s
			snap.Uses = snap.Uses[:1:1]
			snap.Uses[0].Dims.Provider, snap.Uses[0].Dims.Model = provider, model
			p := prices.New()
			p.SetSize(200, 60)
			p.SetSnapshot(&snap)
			p.Update(tea.KeyPressMsg{Code: tea.KeyHome})
			for _, c := range p.Clips() {
				if !strings.HasPrefix(c.Text, "[[") {
					continue
				}
				checkProposal(t, provider, model, c)
			}
		}
	}
}

func checkProposal(t *testing.T, provider, model string, c ui.Clip) {
	t.Helper()
	load := func(text string) (*pricing.Book, error) {
		path := filepath.Join(t.TempDir(), "config.toml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := config.Load(path, true)
		if err != nil {
			return nil, err
		}
		o, err := overlayOf(&f)
		if err != nil {
			return nil, err
		}
		return pricing.Embedded().With(o)
	}
	if strings.Contains(c.Text, "?") {
		if _, err := load(c.Text); err == nil {
			t.Errorf("a price that nobody has filled in is taken:\n%s", c.Text)
		}
	}
	book, err := load(strings.ReplaceAll(c.Text, `"?"`, `"1.5"`))
	if err != nil {
		t.Fatalf("%s of %q: %v\n%s", c.Name, provider+"/"+model, err, c.Text)
	}
	if r := book.Resolve(provider, model, demo.DefaultNow()); r.Priced == pricing.PricedNo {
		t.Errorf("%s leaves %q without a price:\n%s", c.Name, provider+"/"+model, c.Text)
	}
}
