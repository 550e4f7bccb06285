package budgets

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokpit/budget"
	"tokpit/tui/overlay"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// picked is a choice for the scope of the form: a dimension, or the values of
// one.
type picked struct {
	form   *form
	by     usage.Dimension
	values []string
	done   bool // values are chosen
	clear  bool // everything counts again
}

// dimensions are what a scope may name, the usual ones first.
func dimensions() []usage.Dimension {
	return []usage.Dimension{usage.ByProject, usage.ByKey, usage.ByModel, usage.ByProvider, usage.ByUser, usage.BySource, usage.ByEnvironment,
		usage.ByOrganization, usage.ByAccount, usage.ByAgent, usage.ByMachine, usage.ByCostCenter}
}

// pick opens a list of what the field under the cursor may hold.
func (p *Page) pick() tea.Cmd {
	f := p.form
	if f.at != spotScope {
		return ui.Send(ui.Notice("this field is typed; ctrl+o chooses what counts"))
	}
	var choices []overlay.Choice
	for _, d := range dimensions() {
		values := p.values(d)
		chosen := f.now.Scope[d]
		if len(values) == 0 && len(chosen) == 0 || len(values) == 1 && values[0].id == "" && len(chosen) == 0 {
			continue
		}
		note := plural(int64(len(values)), "value")
		if len(chosen) > 0 {
			var names []string
			for _, v := range chosen {
				names = append(names, p.valueName(d, v))
			}
			note = strings.Join(names, ", ")
		}
		choices = append(choices, overlay.Choice{Name: string(d), Note: note, Msg: reply(picked{form: f, by: d})})
	}
	if len(f.now.Scope) > 0 {
		choices = append(choices, overlay.Choice{Name: "all usage", Note: "no part of it", Msg: reply(picked{form: f, clear: true})})
	}
	if len(choices) == 0 {
		return ui.Send(ui.Notice("there is no usage yet to choose from: write dimension=value"))
	}
	return ui.Send(overlay.Open{Modal: overlay.NewPicker("What counts", "by which part of usage?", choices)})
}

// value is something that usage has in a dimension.
type value struct {
	id     string
	tokens int64
}

// values lists what usage has in a dimension, most tokens first.
func (p *Page) values(d usage.Dimension) []value {
	cube := p.snap.Cube
	if cube == nil {
		return nil
	}
	if len(p.weights) != len(cube.Sets) {
		p.weights = cube.TokensOfSets()
	}
	tokens := make(map[string]int64)
	for i := range cube.Sets {
		tokens[d.Of(&cube.Sets[i])] += p.weights[i]
	}
	out := make([]value, 0, len(tokens))
	for id, n := range tokens {
		out = append(out, value{id, n})
	}
	slices.SortFunc(out, func(a, b value) int { return cmp.Or(cmp.Compare(b.tokens, a.tokens), strings.Compare(a.id, b.id)) })
	return out
}

func (p *Page) applyPicked(msg picked) tea.Cmd {
	f := p.form
	if f == nil || f != msg.form {
		return nil
	}
	scope := maps.Clone(f.now.Scope)
	switch {
	case msg.clear:
		scope = nil
	case !msg.done:
		return p.pickValues(msg.by)
	case len(msg.values) == 0:
		delete(scope, msg.by)
	default:
		if scope == nil {
			scope = make(budget.Scope)
		}
		scope[msg.by] = msg.values
	}
	f.fields[spotScope].Set(scope.String())
	return p.formChanged()
}

// pickValues opens the list of a dimension's values; those that count already
// are chosen.
func (p *Page) pickValues(d usage.Dimension) tea.Cmd {
	f := p.form
	values := p.values(d)
	for _, v := range f.now.Scope[d] {
		if !slices.ContainsFunc(values, func(x value) bool { return x.id == v }) {
			values = append(values, value{id: v})
		}
	}
	var chosen []int
	choices := make([]overlay.Choice, len(values))
	for i, v := range values {
		note := ui.Tokens(v.tokens) + " tokens"
		if name := p.valueName(d, v.id); v.id != "" && name != ui.Text(v.id) {
			note = ui.Text(v.id) + " · " + note
		}
		choices[i] = overlay.Choice{Name: p.valueName(d, v.id), Note: note}
		if slices.Contains(f.now.Scope[d], v.id) {
			chosen = append(chosen, i)
		}
	}
	picker := overlay.NewPicker("Which "+string(d), "space adds, enter uses", choices).Several(chosen, func(chosen []int) tea.Msg {
		ids := make([]string, len(chosen))
		for i, c := range chosen {
			ids[i] = values[c].id
		}
		return reply(picked{form: f, by: d, values: ids, done: true})
	})
	return ui.Send(overlay.Open{Modal: picker})
}
