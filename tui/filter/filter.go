// Package filter names and offers the parts of usage that a person can keep to,
// as all pages do: a project, two models, what has no key.
package filter

import (
	"cmp"
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokpit/budget"
	"tokpit/report"
	"tokpit/tui/overlay"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// Value is one thing that usage can be limited to.
type Value struct {
	Dim    usage.Dimension
	Value  string // "" is usage that does not say
	Tokens int64  // in all history
}

// mostValues is how many values a list of them has at most.
const mostValues = 20_000

// dimensions are what the cells of a snapshot can be limited by, tags included.
// Sessions, agents and users are in other cells.
func dimensions(cube *usage.Cube) []usage.Dimension {
	out := []usage.Dimension{usage.ByProject, usage.ByModel, usage.ByProvider, usage.ByKey, usage.BySource, usage.ByAccount,
		usage.ByOrganization, usage.ByEnvironment, usage.ByMachine, usage.ByCostCenter}
	seen := make(map[usage.Tags]bool)
	var tags []usage.Dimension
	for i := range cube.Sets {
		t := cube.Sets[i].Tags
		if t == "" || seen[t] {
			continue
		}
		seen[t] = true
		for pair := range strings.SplitSeq(string(t), "\n") {
			name, _, _ := strings.Cut(pair, "=")
			d := usage.Dimension("tag:" + name)
			if name != "" && name != string(usage.ByCostCenter) && d != usage.ByLineItem && name != string(usage.ByLineItem) && !slices.Contains(tags, d) {
				tags = append(tags, d)
			}
		}
	}
	slices.Sort(tags)
	return append(out, tags...)
}

// Values lists what the usage of a snapshot can be limited to, the largest first.
// It reads every cell, so it is for commands.
func Values(ctx context.Context, s *report.Snapshot) []Value {
	cube := s.Cube
	if cube == nil {
		return nil
	}
	tokens := cube.TokensOfSets()
	var out []Value
	for _, d := range dimensions(cube) {
		if ctx.Err() != nil {
			return nil
		}
		first, at := len(out), make(map[string]int)
		for i := range cube.Sets {
			if cube.Sets[i].Basis == usage.Billed {
				continue
			}
			v := d.Of(&cube.Sets[i])
			n, ok := at[v]
			if !ok {
				n = len(out)
				at[v] = n
				out = append(out, Value{Dim: d, Value: v})
			}
			out[n].Tokens += tokens[i]
		}
		if len(at) == 1 { // all usage has it
			out = out[:first]
		}
	}
	slices.SortStableFunc(out, func(a, b Value) int { return cmp.Compare(b.Tokens, a.Tokens) })
	return out[:min(len(out), mostValues)]
}

// Picker offers values, those that hold now first, and takes a scope that is
// written. Values of one dimension are alternatives. Take makes the message of
// what was chosen.
func Picker(names *report.Names, values []Value, now budget.Scope, take func(budget.Scope) tea.Msg) *overlay.Picker {
	values = withChosen(values, now)
	choices := make([]overlay.Choice, len(values))
	var chosen []int
	for i, v := range values {
		choices[i] = overlay.Choice{Name: Name(names, v.Dim, v.Value) + " · " + DimName(v.Dim), Note: ui.Tokens(v.Tokens) + " tokens in all"}
		if slices.Contains(now[v.Dim], v.Value) {
			chosen = append(chosen, i)
		}
	}
	own := func(text string) (overlay.Choice, bool) {
		scope, err := budget.ParseScope(text)
		if err != nil || len(scope) == 0 {
			return overlay.Choice{}, false
		}
		return overlay.Choice{Name: text, Note: "as you wrote it", Msg: take(scope)}, true
	}
	done := func(all []int) tea.Msg {
		if len(all) == 1 && len(chosen) > 1 && slices.Contains(chosen, all[0]) { // nothing was added or taken away
			return take(now)
		}
		scope := make(budget.Scope)
		for _, i := range all {
			scope[values[i].Dim] = append(scope[values[i].Dim], values[i].Value)
		}
		return take(scope)
	}
	return overlay.NewPicker("Only", "letters of a model, project, key …; or project=web,model=gpt-5", choices).Several(chosen, done).Own(own).
		Advise("What is kept is one of the values of your usage, or written as dimension=value: project=web,project=api,model=gpt-5 keeps what is of either project and of that model.")
}

// withChosen adds what holds now and is in no usage.
func withChosen(values []Value, now budget.Scope) []Value {
	out := slices.Clone(values)
	for _, d := range Dims(now) {
		for _, v := range now[d] {
			if !slices.ContainsFunc(values, func(x Value) bool { return x.Dim == d && x.Value == v }) {
				out = append(out, Value{Dim: d, Value: v})
			}
		}
	}
	return out
}

// Dims lists the dimensions of a scope in the order in which people think of
// them.
func Dims(s budget.Scope) []usage.Dimension {
	order := usage.Dimensions()
	out := make([]usage.Dimension, 0, len(s))
	for d := range s {
		out = append(out, d)
	}
	place := func(d usage.Dimension) int {
		if i := slices.Index(order, d); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortFunc(out, func(a, b usage.Dimension) int { return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a, b)) })
	return out
}

// Words is a dimension's part of a scope: "project Search relevance or Checkout".
func Words(names *report.Names, d usage.Dimension, values []string) string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = Name(names, d, v)
	}
	if len(all) == 1 && values[0] == "" {
		return all[0] // "untracked" says what it is about
	}
	return DimName(d) + " " + strings.Join(all, " or ")
}

// Text is a whole scope in words, "" for everything.
func Text(names *report.Names, s budget.Scope) string {
	var parts []string
	for _, d := range Dims(s) {
		parts = append(parts, Words(names, d, s[d]))
	}
	return strings.Join(parts, ", ")
}

// Without is a scope that does not keep to a dimension any more.
func Without(s budget.Scope, d usage.Dimension) budget.Scope {
	out := make(budget.Scope, len(s))
	for other, values := range s {
		if other != d {
			out[other] = values
		}
	}
	return out
}

// Name is what people call a value of a dimension that is no time.
func Name(names *report.Names, d usage.Dimension, value string) string {
	if value == "" {
		return Missing(d)
	}
	if name := ui.Text(names.Of(d, value)); name != "" {
		return name
	}
	return ui.Unknown
}

// Missing is what usage is called that does not say what it belongs to.
func Missing(d usage.Dimension) string {
	switch d {
	case usage.ByKey:
		return "untracked"
	case usage.ByProject, usage.ByCostCenter:
		return "unallocated"
	case usage.ByPricedAs:
		return ui.Unpriced
	case usage.ByTier:
		return "standard"
	case usage.ByBand:
		return "any size"
	}
	return "no " + DimName(d)
}

// DimName is how people call a dimension.
func DimName(d usage.Dimension) string {
	switch d {
	case usage.ByPricedAs:
		return "priced as"
	case usage.ByBand:
		return "request size"
	case usage.ByCostCenter:
		return "cost center"
	case usage.ByLineItem:
		return "line item"
	case usage.ByKey:
		return "API key"
	}
	if tag, ok := strings.CutPrefix(string(d), "tag:"); ok {
		return "tag " + ui.Text(tag)
	}
	return string(d)
}
