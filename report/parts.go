package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tokpit/pricing"
	"tokpit/usage"
)

// maxCandidates is how many near names stand beside an unpriced one.
const maxCandidates = 5

// unpriced lists what has no price, most tokens first.
func unpriced(all map[[2]string]*Unpriced, book *pricing.Book, asOf time.Time) []Unpriced {
	out := make([]Unpriced, 0, len(all))
	for _, u := range all {
		candidates := book.Resolve(u.Provider, u.Model, asOf).Candidates
		u.Candidates = slices.Clone(candidates[:min(len(candidates), maxCandidates)])
		out = append(out, *u)
	}
	slices.SortFunc(out, func(a, b Unpriced) int {
		return cmp.Or(cmp.Compare(b.Tokens, a.Tokens), cmp.Compare(b.Requests, a.Requests),
			strings.Compare(a.Provider, b.Provider), strings.Compare(a.Model, b.Model))
	})
	return out
}

// planBasis is the basis that a plan's fees go with: the best one that its
// source has.
func planBasis(source string, sets []usage.Dims) usage.Basis {
	best := usage.BasisUnknown
	for i := range sets {
		if sets[i].Source == source {
			best = max(best, min(sets[i].Basis, usage.Reported))
		}
	}
	if best == usage.BasisUnknown {
		return usage.Logged
	}
	return best
}

// payable returns the plans whose fees belong to an answer. A filter on
// anything but the source leaves them out: a flat fee has no model and no
// project.
func payable(plans []pricing.Plan, q *Query, sets []usage.Dims) []pricing.Plan {
	var out []pricing.Plan
	for d := range q.Filter {
		if d != usage.BySource {
			return nil
		}
	}
	for _, p := range plans {
		if sources := q.Filter[usage.BySource]; sources != nil && !slices.Contains(sources, p.Source) {
			continue
		}
		if q.Basis == 0 || q.Basis == planBasis(p.Source, sets) {
			out = append(out, p)
		}
	}
	return out
}

// carriesFees reports whether rows by these dimensions have fees of their own.
func carriesFees(by []usage.Dimension) bool {
	dated := false
	for _, d := range by {
		switch d {
		case usage.ByDay, usage.ByWeek, usage.ByMonth:
			dated = true
		case usage.BySource:
		default:
			return false
		}
	}
	return dated
}

// addFees puts the plans' fees into the total and, where rows can carry them,
// into their rows; a day with a fee and no usage gets a row.
func (c *collector) addFees(plans []pricing.Plan, q Query, asOf time.Time, rows []finished, total *tally) []finished {
	dated := carriesFees(q.By)
	index := make(map[string]int)
	if dated {
		for i := range rows {
			index[strings.Join(rows[i].keys, "\x00")] = i
		}
	}
	eachFee(payable(plans, &q, c.w.cube.Sets), usage.Span{Since: q.Since, Until: q.Until}, q.Zone, asOf, func(p *pricing.Plan, noon time.Time) {
		fee := p.Fee(noon)
		total.charge(fee, p.Currency)
		if !dated {
			return
		}
		keys := make([]string, len(q.By))
		for i, d := range q.By {
			keys[i] = p.Source
			if d.IsTime() {
				keys[i] = timeKey(d, noon.In(q.Zone))
			}
		}
		name := strings.Join(keys, "\x00")
		i, ok := index[name]
		if !ok {
			i = len(rows)
			index[name] = i
			rows = append(rows, finished{usage.SlotOf(noon), keys, &tally{}})
		}
		rows[i].tally.charge(fee, p.Currency)
	})
	return rows
}

// shares lists what each basis knows by itself.
func (c *collector) shares(plans []pricing.Plan, q Query, asOf time.Time, currency string) []BasisShare {
	addBasisFees(&c.bases, payable(plans, &q, c.w.cube.Sets), c.w.cube.Sets, usage.Span{Since: q.Since, Until: q.Until}, q.Zone, asOf)
	return basisShares(&c.bases, &c.counted, currency)
}

// addBasisFees puts the plans' fees where their sources' usage is.
func addBasisFees(bases *[basisCount]tally, plans []pricing.Plan, sets []usage.Dims, span usage.Span, zone *time.Location, asOf time.Time) {
	of := make(map[string]usage.Basis)
	for _, p := range plans {
		of[p.Source] = planBasis(p.Source, sets)
	}
	eachFee(plans, span, zone, asOf, func(p *pricing.Plan, noon time.Time) { bases[of[p.Source]].charge(p.Fee(noon), p.Currency) })
}

// basisCount is the number of bases, the unknown one included.
const basisCount = int(usage.Reported) + 1

// basisShares lists the bases that know anything, highest first.
func basisShares(bases *[basisCount]tally, counted *[basisCount]int64, currency string) []BasisShare {
	var out []BasisShare
	for b := basisCount - 1; b >= 0; b-- {
		t := &bases[b]
		if t.records == 0 && !t.hasFee {
			continue
		}
		out = append(out, BasisShare{Basis: usage.Basis(b), Tokens: t.tokens.Total(), Counted: counted[b], Sum: t.sum(currency)})
	}
	return out
}

// notes says what a reader of the figures should know.
func (c *collector) notes(plans []pricing.Plan, q Query) []Note {
	var notes []Note
	if c.coarse > 0 {
		notes = append(notes, Note{"coarse_time", fmt.Sprintf("%s known by the hour or the UTC day only, across a boundary of %s, %s", plural(c.coarse, "record"), q.Zone, whereBegun(c.coarse))})
	}
	if c.beside > 0 {
		notes = append(notes, Note{"unmapped_logs", fmt.Sprintf("%s without an account, of a provider that has several, stand beside the total; an [[account]] rule in the configuration says whose they are", plural(c.beside, "record"))})
	}
	for _, k := range c.w.head.overlaps() {
		if k.provider == "" {
			notes = append(notes, Note{"accounts_may_overlap", "what a gateway saw of a provider that it does not name counts beside what providers report; it may be the same traffic (names in front of the models, as in openai/gpt-5, tell)"})
			continue
		}
		notes = append(notes, Note{"accounts_may_overlap", fmt.Sprintf("%s: what the gateway account %s saw counts beside the account that the provider reports; if it is the same traffic, an [[account]] rule in the configuration says so", k.provider, k.name)})
	}
	if len(plans) > 0 {
		switch n := len(payable(plans, &Query{Basis: q.Basis}, c.w.cube.Sets)); {
		case q.leavesFeesOut(plans, c.w.cube.Sets):
			notes = append(notes, Note{"fees_left_out", "plan fees are not in this report: they cannot be divided by what it is filtered by"})
		case n > 0 && len(q.By) > 0 && !carriesFees(q.By):
			notes = append(notes, Note{"fees_in_total", "plan fees belong to days: they are in the total and in no row"})
		}
	}
	return notes
}
