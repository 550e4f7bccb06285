package report

import (
	"fmt"
	"strings"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// findCauses marks the rows whose difference is made up by others: usage that
// moved, and usage that another basis took the place of.
func findCauses(rows []*correctedRow) {
	moved := make(map[string][]*correctedRow)
	days := make(map[[2]string][]*correctedRow)
	findPlanChanges(rows)
	for _, r := range rows {
		if r.entry.Plan != nil || r.replanned {
			continue
		}
		d := r.entry.Dims
		where := strings.Join([]string{r.entry.Span.Since.String(), d.Provider, d.Model, d.Tier, d.Region, d.Band.String(), d.Source, d.Basis.String()}, "\x00")
		if m := r.change(); m.Records != 0 || !zeroTokens(m.Tokens) {
			moved[where] = append(moved[where], r)
		}
		if r.was.gone() != r.is.gone() {
			k := [2]string{r.entry.Span.Since.String(), d.Provider}
			days[k] = append(days[k], r)
		}
	}
	for _, group := range moved {
		var sum usage.Measures
		for _, r := range group {
			sum = sum.Add(r.change())
		}
		if len(group) > 1 && sum.Records == 0 && zeroTokens(sum.Tokens) {
			for _, r := range group {
				r.moved = true
			}
		}
	}
	for _, group := range days {
		var left, came [8]bool // by basis
		for _, r := range group {
			at := &came
			if r.is.gone() {
				at = &left
			}
			at[r.entry.Dims.Basis&7] = true
		}
		for _, r := range group {
			other := came
			if !r.is.gone() {
				other = left
			}
			for basis, there := range other {
				if there && basis != int(r.entry.Dims.Basis) {
					r.replaced = true
				}
			}
		}
	}
}

// findPlanChanges marks usage that a plan paid for, or pays for, and that counts
// only because of it: without a plan the provider's own report does.
func findPlanChanges(rows []*correctedRow) {
	fees := make(map[[2]string]bool)
	for _, r := range rows {
		if r.entry.Plan != nil {
			fees[[2]string{r.entry.Span.Since.String(), r.entry.Plan.Source}] = true
		}
	}
	for _, r := range rows {
		planned := r.was.planned && r.is.gone() || r.is.planned && r.was.gone()
		r.replanned = r.entry.Plan == nil && planned && fees[[2]string{r.entry.Span.Since.String(), r.entry.Dims.Source}]
	}
}

// causes divide a row's difference in one currency.
func (r *correctedRow) causes(d CloseTotal) []CorrectionCause {
	code, text := r.usageCause()
	price := r.priceEffect(d)
	cash := func(cost money.Amount) money.Amount {
		if r.is.planned {
			return money.Amount{}
		}
		return cost
	}
	if r.entry.Plan != nil {
		return []CorrectionCause{{CorrectPlan, "the fee of " + r.entry.Plan.Source + " has changed", d.Cost, d.Cash}}
	}
	if r.was.gone() || r.is.gone() {
		return []CorrectionCause{{code, text, d.Cost, d.Cash}}
	}
	var out []CorrectionCause
	var left CloseTotal
	replanned := r.was.planned != r.is.planned
	add := func(code, text string, cost money.Amount) {
		c := CorrectionCause{code, text, cost, cash(cost)}
		if replanned {
			c.Cash = money.Amount{}
		}
		left.Cost, left.Cash = left.Cost.Add(c.Cost), left.Cash.Add(c.Cash)
		out = append(out, c)
	}
	if !price.IsZero() {
		add(CorrectPrice, r.priceText(), price)
	}
	m := r.change()
	used := m.Records != 0 || m.Requests != 0 || !zeroTokens(m.Tokens) || len(m.Quantities) > 0 || len(m.Reported) > 0
	rest := d.Cost.Sub(price)
	switch {
	case used:
		add(code, text, rest)
	case !rest.IsZero() || r.is.tokens != r.was.tokens:
		add(CorrectPrice, r.priceText(), rest)
	}
	if off := d.Cash.Sub(left.Cash); replanned || !off.IsZero() || len(out) == 0 {
		what := "a plan pays for it now"
		if !r.is.planned {
			what = "no plan pays for it now"
		}
		out = append(out, CorrectionCause{CorrectPlan, what, money.Amount{}, off})
	}
	return out
}

// usageCause says why there is other usage.
func (r *correctedRow) usageCause() (code, text string) {
	m := r.change()
	d := r.entry.Dims
	switch {
	case r.replanned && r.is.gone():
		return CorrectPlan, "no plan pays for it now, and another basis counts"
	case r.replanned:
		return CorrectPlan, "a plan pays for it now, so that it counts by itself"
	case r.moved:
		return CorrectRule, "the same usage belongs elsewhere now"
	case r.replaced && r.is.gone():
		return CorrectBasis, d.Basis.String() + " usage does not count any more: another basis does"
	case r.replaced:
		return CorrectBasis, d.Basis.String() + " usage counts now, in place of another basis"
	case r.is.gone():
		return CorrectRemoved, "the usage is not there any more"
	case r.was.gone():
		return CorrectLate, "it was not known when the cycle was closed"
	case d.Basis == usage.Reported:
		return CorrectRevised, "the provider has revised its report"
	case m.Records > 0:
		return CorrectLate, fmt.Sprintf("%d records more than when the cycle was closed", m.Records)
	case m.Records < 0:
		return CorrectRemoved, fmt.Sprintf("%d records are not there any more", -m.Records)
	}
	return CorrectRevised, "rows of the source were replaced by later ones"
}

// priceEffect is what the frozen usage costs more at today's prices, where both
// are one price; without other usage all of a difference is one of price.
func (r *correctedRow) priceEffect(d CloseTotal) money.Amount {
	if len(r.was.prices) != 1 || len(r.is.prices) != 1 || r.was.mixed || r.is.mixed {
		return money.Amount{}
	}
	was, is := r.was.prices[0], r.is.prices[0]
	if !r.was.priced || !is.Charge.Priced || was.Tariff.Currency != is.Tariff.Currency || d.Currency != is.Tariff.Currency {
		return money.Amount{}
	}
	old := &r.was.measures
	tokens := [...]int64{old.Input, old.CacheRead, old.CacheWrite5m, old.CacheWrite1h, old.Output}
	var out money.Amount
	for k := pricing.Input; k <= pricing.Output; k++ {
		before, knew := was.Tariff.Base.Of(k)
		after, knows := is.Tariff.Base.Of(k)
		if knew && knows {
			out = out.Add(after.Times(tokens[k])).Sub(before.Times(tokens[k]))
		}
	}
	for _, q := range old.Quantities {
		before, knew := was.Unit(q.Meter)
		after, knows := is.Unit(q.Meter)
		if knew && knows {
			out = out.Add(after.Times(q.N)).Sub(before.Times(q.N))
		}
	}
	return out
}

func (r *correctedRow) priceText() string {
	switch {
	case !r.was.priced || r.was.tokens > r.is.tokens:
		return "it has a price now"
	case r.is.tokens > r.was.tokens:
		return "it has no price any more"
	}
	return "the price book says something else now"
}
