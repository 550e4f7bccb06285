package simulate

import (
	"cmp"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokpit/budget"
	"tokpit/report"
	"tokpit/tui/overlay"
	"tokpit/tui/period"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// scopeText is the scope in words.
func (p *Page) scopeText() string {
	if len(p.scope) == 0 {
		return "everything"
	}
	var parts []string
	for _, d := range usage.Dimensions() {
		values, ok := p.scope[d]
		if !ok {
			continue
		}
		names := make([]string, len(values))
		for i, v := range values {
			names[i] = nameOf(p.snap.Names, d, v)
		}
		parts = append(parts, string(d)+" "+strings.Join(names, " or "))
	}
	if len(parts) == 0 {
		return ui.Text(p.scope.String())
	}
	return strings.Join(parts, ", ")
}

// nameOf is what people call a value of a dimension.
func nameOf(names *report.Names, d usage.Dimension, value string) string {
	switch {
	case value != "":
		if name := ui.Text(names.Of(d, value)); name != "" {
			return name
		}
		return ui.Unknown
	case d == usage.ByKey:
		return "untracked"
	case d == usage.ByProject:
		return "unallocated"
	}
	return "not said"
}

// scopes are what usage can be limited to; what only sessions know needs the
// records.
func (p *Page) scopes() []usage.Dimension {
	out := []usage.Dimension{usage.ByProject, usage.ByKey, usage.ByModel, usage.ByProvider, usage.BySource, usage.ByEnvironment, usage.ByMachine}
	if p.opts.Actions != nil {
		out = slices.Insert(out, 3, usage.ByAgent, usage.ByUser)
	}
	return out
}

// chooseScope asks which part of the usage it is about.
func (p *Page) chooseScope() tea.Cmd {
	if p.snap == nil || p.snap.Cube == nil {
		return nil
	}
	snap, dims := p.snap, p.scopes()
	return func() tea.Msg { // it reads every cell
		all := scopeValues(snap, dims)
		return settle(func(p *Page) tea.Cmd { return p.offerScopes(all) })
	}
}

// scopeValue is a part of the usage.
type scopeValue struct {
	dim    usage.Dimension
	value  string
	tokens int64
}

// scopeValues lists what usage can be limited to: dimension by dimension, the
// largest part first.
func scopeValues(s *report.Snapshot, dims []usage.Dimension) []scopeValue {
	cube := s.Cube
	tokens := make([]int64, len(cube.Sets))
	for i, set := range cube.Set {
		tokens[set] += cube.TokensAt(i).Total()
	}
	var all []scopeValue
	for _, d := range dims {
		if d.Fine() {
			continue
		}
		first, at := len(all), make(map[string]int)
		for i := range cube.Sets {
			if cube.Sets[i].Basis == usage.Billed {
				continue
			}
			v := d.Of(&cube.Sets[i])
			n, ok := at[v]
			if !ok {
				n = len(all)
				at[v] = n
				all = append(all, scopeValue{dim: d, value: v})
			}
			all[n].tokens += tokens[i]
		}
		if len(at) == 1 { // all usage has it
			all = all[:first]
		}
		slices.SortStableFunc(all[first:], func(a, b scopeValue) int { return cmp.Compare(b.tokens, a.tokens) })
	}
	return all
}

func (p *Page) offerScopes(all []scopeValue) tea.Cmd {
	choices := []overlay.Choice{{Name: "everything", Note: "all usage", Msg: settle(func(p *Page) tea.Cmd { return p.limit(nil) })}}
	for _, v := range all {
		scope := budget.Scope{v.dim: {v.value}}
		choices = append(choices, overlay.Choice{Name: nameOf(p.snap.Names, v.dim, v.value) + " · " + string(v.dim), Note: ui.Tokens(v.tokens) + " tokens in all",
			Msg: settle(func(p *Page) tea.Cmd { return p.limit(scope) })})
	}
	own := func(text string) (overlay.Choice, bool) {
		scope, err := budget.ParseScope(text)
		if err != nil || len(scope) == 0 {
			return overlay.Choice{}, false
		}
		return overlay.Choice{Name: text, Note: "as you wrote it", Msg: settle(func(p *Page) tea.Cmd { return p.limit(scope) })}, true
	}
	return open(overlay.NewPicker("Which part of the usage?", "letters of a project, key, model; or agent=…", choices).Own(own))
}

// limit makes the page be about a part of the usage.
func (p *Page) limit(scope budget.Scope) tea.Cmd {
	p.scope = scope
	return tea.Batch(p.prepare(), p.tellUnsaved())
}

// chooseDays asks for a span of time.
func (p *Page) chooseDays() tea.Cmd {
	take := func(text string) tea.Msg {
		return settle(func(p *Page) tea.Cmd {
			p.period = text
			return tea.Batch(p.prepare(), p.tellUnsaved())
		})
	}
	return open(period.Picker(period.Calendar(p.snap), periods(), p.period, take))
}

// periods are the spans that are offered. They end with a whole day where that is
// possible: a part of a day makes a poor month.
func periods() []string {
	return []string{usualPeriod, "7d", "90d", "365d", "last-month", "cycle", "last-cycle", period.All}
}

// usualPeriod is what a page begins with.
const usualPeriod = "30d"

// periodWords is what a period is called, or the days that it is.
func periodWords(text string) string { return cmp.Or(period.Name(text), ui.Text(text)) }
