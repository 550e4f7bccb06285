package sources

import (
	"cmp"
	"slices"
	"strings"

	"tokpit/report"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// mostAbsent is how many tools that are not on this machine have a line each; if
// there are more, one line stands for all of them.
const mostAbsent = 1

// ordered puts what has data, or was connected by a person, before what has
// none, and folds the tools that were not found.
func ordered(items []item) []item {
	slices.SortStableFunc(items, func(a, b item) int { return cmp.Compare(a.rank(), b.rank()) })
	first := slices.IndexFunc(items, func(it item) bool { return it.state == absent })
	if first < 0 || len(items)-first <= mostAbsent {
		return items
	}
	return append(items[:first:first], gather(items[first:]))
}

// rank is what decides about a source's place; among equals the order stays.
func (it *item) rank() int {
	switch {
	case it.state == absent:
		return 2
	case it.Records > 0 || it.connected() || it.state == failing || it.state == barred:
		return 0
	}
	return 1
}

// gather makes one line of tools that were not found.
func gather(all []item) item {
	s := &report.SourceStatus{Name: "not found", Kind: ui.Count(int64(len(all))) + " tools", Basis: usage.Logged}
	out := item{SourceStatus: s, state: absent}
	for i := range all {
		out.folded = append(out.folded, ui.Text(all[i].Name))
		for _, place := range all[i].Places {
			if place.Why == "" {
				place.Why = all[i].Name
			}
			s.Places = append(s.Places, place)
		}
	}
	return out
}

// tools names what was folded.
func (it *item) tools() string { return strings.Join(it.folded, ", ") }
