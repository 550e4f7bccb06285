// Package reach lists what a person can jump to by its name: usage of a project,
// a model, a provider or a key, prices of a model, budgets, sources and saved
// scenarios. Each is a command for the palette that sends [ui.Seek].
package reach

import (
	"cmp"
	"slices"

	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/scenario"
	"tokpit/tui/overlay"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// most is how many values of one dimension can be jumped to, those with most
// tokens.
const most = 10_000

// Targets lists what there is in a snapshot, and what has been saved. It goes
// over all cells, which may take a while.
func Targets(s *report.Snapshot, saved []scenario.Saved) []overlay.Command {
	var out []overlay.Command
	add := func(kind, name, page string, seek ui.Seek) {
		seek.Page = page
		if name = clean.Text(name); name != "" {
			out = append(out, overlay.Command{Name: kind + " " + name, Keys: page, Msg: seek})
		}
	}
	if s.Budgets != nil {
		for i := range s.Budgets.Standings {
			name := s.Budgets.Standings[i].Budget.Name
			add("budget", name, "Budgets", ui.Seek{Kind: ui.SeekBudget, Name: name})
		}
	}
	for i := range s.Sources {
		add("source", s.Sources[i].Name, "Sources", ui.Seek{Kind: ui.SeekSource, Name: s.Sources[i].Name})
	}
	for i := range saved {
		add("scenario", saved[i].Name, "Simulate", ui.Seek{Kind: ui.SeekScenario, Name: saved[i].Name})
	}
	var tokens []int64
	if s.Cube != nil {
		tokens = s.Cube.TokensOfSets()
	}
	for _, kind := range []struct {
		word string
		dim  usage.Dimension
	}{{"project", usage.ByProject}, {"model", usage.ByModel}, {"provider", usage.ByProvider}, {"key", usage.ByKey}} {
		for _, id := range values(s.Cube, tokens, kind.dim) {
			add(kind.word, s.Names.Of(kind.dim, id), "Explore", ui.Seek{Kind: ui.SeekUsage, Dim: kind.dim, Name: id})
		}
	}
	if s.Book != nil {
		list := s.Book.List(s.AsOf)
		for i := range list {
			name := list[i].Provider + "/" + list[i].Model
			add("price", name, "Prices", ui.Seek{Kind: ui.SeekModel, Name: name})
		}
	}
	return out
}

// values are the values of a dimension, most used first.
func values(c *usage.Cube, tokens []int64, d usage.Dimension) []string {
	if c == nil {
		return nil
	}
	at := make(map[string]int64)
	for i := range c.Sets {
		if v := d.Of(&c.Sets[i]); v != "" && c.Sets[i].Basis != usage.Billed {
			at[v] += tokens[i]
		}
	}
	out := make([]string, 0, len(at))
	for v := range at {
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(at[b], at[a]), cmp.Compare(a, b)) })
	return out[:min(len(out), most)]
}
