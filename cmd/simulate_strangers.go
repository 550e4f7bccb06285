package cmd

import (
	"fmt"
	"slices"

	"tokpit/internal/clean"
	"tokpit/scenario"
)

// strangers refuses levers that move the usage of a model which nobody knows: it
// is a slip, and would change nothing.
func (m *simulation) strangers(a *app) error {
	for i := range m.result.Levers {
		l := &m.result.Levers[i]
		from := l.Lever.From
		if l.Lever.Kind != scenario.Swap && l.Lever.Kind != scenario.FineTune || from.Model == "" || l.Applied || !l.Known {
			continue
		}
		if _, known := a.bookModel(from.Provider, from.Model); !known {
			return hint(fmt.Errorf("%s: there is no usage of such a model here, and the price book does not know it", clean.Limit(l.Lever.String(), 200)),
				"tokpit report --by model lists the models in use")
		}
	}
	return nil
}

// strangeTargets refuses levers that send usage to a model which nobody knows,
// neither the price book nor the usage: they could give no figure, ever.
func (m *simulation) strangeTargets(a *app) error {
	for i := range m.scenario.Levers {
		l := &m.scenario.Levers[i]
		if l.Kind != scenario.Swap && l.Kind != scenario.FineTune {
			continue
		}
		used := func(u scenario.ModelUse) bool {
			return u.Model == l.To.Model && (l.To.Provider == "" || u.Provider == l.To.Provider)
		}
		found := a.book.Resolve(l.To.Provider, l.To.Model, a.now())
		if found.Model != "" || found.Free || slices.ContainsFunc(m.base.Models(), used) {
			continue
		}
		return hint(fmt.Errorf("%s: the price book does not know the model %s, and there is no usage of it here", clean.Limit(l.String(), 200), clean.Text(clip(l.To.Model))),
			"%s; [[price]] or [[alias]] in the configuration gives it a price of its own", nearestAdvice(found.Candidates))
	}
	return nil
}
