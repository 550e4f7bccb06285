package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tokpit/internal/clean"
	"tokpit/usage"
)

// CloseWarnings are what a person should know before a cycle is closed: data
// that may still come, sources that have not been read up to its end, usage that
// is not in its figures, and that there is none.
func CloseWarnings(f *Frozen, sources []SourceStatus, asOf time.Time, window time.Duration) []Note {
	var out []Note
	add := func(code, format string, args ...any) { out = append(out, Note{code, fmt.Sprintf(format, args...)}) }
	if len(f.Own()) == 0 {
		add("no_usage", "the cycle has neither usage nor fees: what is frozen of it is empty")
	}
	if until := f.Span.Until.Add(window); asOf.Before(until) {
		add("late_data", "late data may still come until %s; what comes after the close is booked with the next cycle", until.UTC().Format("2006-01-02 15:04Z"))
	}
	for i := range sources {
		s := &sources[i]
		if s.Records == 0 || s.First.IsZero() || !s.First.Before(f.Span.Until) {
			continue
		}
		if len(s.Coverage) == 0 {
			if s.Synced.Before(f.Span.Until) && s.Kind != "not read any more" {
				add("not_read", "%s was last read on %s, before the cycle's end", clean.Text(s.Name), s.Synced.UTC().Format(time.DateOnly))
			}
			continue
		}
		for _, hole := range holes(s.Coverage, f) {
			add("not_read", "%s: %s", clean.Text(s.Name), hole)
		}
	}
	out = append(out, unpricedNotes(f)...)
	var quarantined int64
	for i := range sources {
		quarantined += sources[i].Quarantined
	}
	if quarantined > 0 {
		add("quarantined", "%d rows of the sources could not be counted (in all history): tokpit doctor lists them", quarantined)
	}
	return out
}

// holes says which days of a cycle a source has not read, from the first one on
// that it has.
func holes(coverage []usage.Coverage, f *Frozen) []string {
	type of struct {
		provider, account string
		basis             usage.Basis
	}
	covered := make(map[of][]usage.Span)
	for _, c := range coverage {
		if f.Holds(c.Account) {
			k := of{c.Provider, c.Account, c.Basis}
			covered[k] = append(covered[k], c.Span)
		}
	}
	keys := slices.SortedFunc(maps.Keys(covered), func(a, b of) int {
		return cmp.Or(strings.Compare(a.provider, b.provider), strings.Compare(a.account, b.account), cmp.Compare(b.basis, a.basis))
	})
	var out []string
	for _, k := range keys {
		spans := covered[k]
		first := spans[0].Since
		for _, s := range spans {
			if s.Since.Before(first) {
				first = s.Since
			}
		}
		var missing []time.Time
		for day := f.Span.Since; day.Before(f.Span.Until); day = day.AddDate(0, 0, 1) {
			if !day.Before(first) && !slices.ContainsFunc(spans, func(s usage.Span) bool { return s.Contains(day) }) {
				missing = append(missing, day)
			}
		}
		if len(missing) == 0 {
			continue
		}
		name := k.provider
		if k.account != "" {
			name += "/" + k.account
		}
		days := missing[0].Format(time.DateOnly)
		if n := len(missing); n > 1 {
			days = fmt.Sprintf("%d days between %s and %s", n, days, missing[n-1].Format(time.DateOnly))
		}
		out = append(out, fmt.Sprintf("%s usage of %s has not been read for %s", k.basis, clean.Text(name), days))
	}
	return out
}

// unpricedNotes name what is in no amount, and what is not sure.
func unpricedNotes(f *Frozen) []Note {
	lacks := make(map[string]int64)
	var ranged, estimated int
	for i := range f.Own() {
		e := &f.Entries[i]
		if n := e.Charge.UnpricedTokens; n > 0 {
			lacks[cmp.Or(e.Dims.Model, "no model")] += n
		}
		if e.Charge.Ranged {
			ranged++
		}
		if e.Charge.Estimated {
			estimated++
		}
	}
	var out []Note
	names := slices.SortedFunc(maps.Keys(lacks), func(a, b string) int { return cmp.Or(cmp.Compare(lacks[b], lacks[a]), strings.Compare(a, b)) })
	for i, name := range names {
		if i == 5 {
			out = append(out, Note{"unpriced", fmt.Sprintf("%d more models without a price", len(names)-i)})
			break
		}
		out = append(out, Note{"unpriced", fmt.Sprintf("%s tokens of %s have no price, and are in no amount", compact(lacks[name]), clean.Text(name))})
	}
	if ranged > 0 {
		out = append(out, Note{"range", fmt.Sprintf("%d entries have a cost that is a range: a price changed, or depends on what is not known", ranged)})
	}
	if estimated > 0 {
		out = append(out, Note{"estimated", fmt.Sprintf("%d entries are priced by another vendor's price", estimated)})
	}
	return out
}
