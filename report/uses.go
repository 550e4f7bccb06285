package report

import (
	"slices"

	"tokpit/usage"
)

// uses groups the headline's part of the cycle by what decides about prices.
func (b *build) uses() []Use {
	all := make(map[usage.Dims]*tally)
	for i := range b.w.sample {
		if b.sink.cycle[i].records == 0 {
			continue
		}
		d := b.dims(i)
		k := usage.Dims{Provider: d.Provider, Model: d.Model, Tier: d.Tier, Region: d.Region, Band: d.Band}
		if all[k] == nil {
			all[k] = &tally{}
		}
		all[k].merge(&b.sink.cycle[i])
	}
	out := make([]Use, 0, len(all))
	for d, t := range all {
		out = append(out, Use{d, t.sum(b.currency)})
	}
	slices.SortFunc(out, func(x, y Use) int { return x.Dims.Compare(y.Dims) })
	return out
}
