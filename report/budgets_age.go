package report

import (
	"slices"
	"time"

	"tokpit/usage"
)

// Up to when is the usage of a scope known? Up to when the source was last read
// in full that was read longest ago, of those that matter to the scope:
//
//   - the sources of usage that counted in the days that were looked at (the
//     period and the weeks before it);
//   - if none has counted so far, those that a scope on source, provider or
//     account does not shut out.
//
// So a stale connection says nothing about a budget that it never had a part
// in, and a budget over everything is as old as the oldest of its sources.

// origin is what usage tells of the source that it came from.
type origin struct{ source, account string }

func originOf(d *usage.Dims) origin { return origin{d.Source, d.Account} }

// asOf returns up to when usage of a scope is known, and the name of the source
// that decides it; zero if nobody can say.
func (in *BudgetsInput) asOf(counted map[origin]bool, scope map[usage.Dimension][]string) (at time.Time, source string) {
	matters := make([]bool, len(in.Sources))
	for o := range counted {
		for _, i := range in.sourcesOf(o) {
			matters[i] = true
		}
	}
	if !slices.Contains(matters, true) {
		for i := range in.Sources {
			matters[i] = mayHold(scope, &in.Sources[i])
		}
	}
	for i := range in.Sources {
		s := &in.Sources[i]
		if !matters[i] || s.Synced.IsZero() || s.Records == 0 {
			continue
		}
		if at.IsZero() || s.Synced.Before(at) {
			at, source = s.Synced, s.Name
		}
	}
	return at, source
}

// sourcesOf returns the indexes of the sources that usage may have come from.
// What is found by itself is known by its name, a connection by its type and,
// where both say one, its account. A source that brings the usage of others (an
// import, made-up data) cannot be told: then it may have been any.
func (in *BudgetsInput) sourcesOf(o origin) []int {
	var same, typed, all []int
	for i := range in.Sources {
		s := &in.Sources[i]
		all = append(all, i)
		switch {
		case s.Type == "" && s.Name == o.source, s.Type == o.source && s.Account != "" && s.Account == o.account:
			same = append(same, i)
		case s.Type != "" && s.Type == o.source:
			typed = append(typed, i)
		}
	}
	switch {
	case len(same) > 0:
		return same
	case len(typed) > 0:
		return typed
	}
	return all
}

// mayHold reports whether usage of a source may fall into a scope, as far as
// what never changes about a source can say.
func mayHold(scope map[usage.Dimension][]string, s *SourceStatus) bool {
	name := s.Type
	if name == "" {
		name = s.Name
	}
	allows := func(d usage.Dimension, v string) bool {
		values, named := scope[d]
		return !named || v == "" || slices.Contains(values, v)
	}
	provider := ""
	if s.Basis == usage.Reported {
		provider = s.Type
	}
	return (s.Basis == usage.BasisUnknown || allows(usage.BySource, name)) && allows(usage.ByAccount, s.Account) && allows(usage.ByProvider, provider)
}
