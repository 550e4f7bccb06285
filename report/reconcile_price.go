package report

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"tokpit/money"
	"tokpit/usage"
)

// at prices a line's usage at another instant or tier ("" leaves it); false if
// the book cannot.
func (f *caseFile) at(e *entry, when time.Time, tier string, of func(piece) bool) (money.Amount, bool) {
	var sum money.Amount
	for p, tokens := range e.pieces {
		if of != nil && !of(p) {
			continue
		}
		d := usage.Dims{Provider: p.provider, Model: p.model, Tier: p.tier, Region: p.region, Band: p.band}
		if tier != "" {
			d.Tier = tier
		}
		t := f.l.in.Book.Tariff(&d, when)
		c := t.Charge(tokens, nil)
		if !c.Priced || c.UnpricedTokens > 0 || c.Currency != f.currency || tier != "" && t.Tier != tier {
			return money.Amount{}, false
		}
		sum = sum.Add(c.Cost)
	}
	return sum, len(e.pieces) > 0
}

// noon stands for the prices of a day.
func noon(day int32) time.Time { return (usage.Slot(day)*96 + 48).Time() }

// tier looks whether the bill is that of another service tier: because it says
// so, or because the amount is.
func (f *caseFile) tier(_ lineKey, day int32, e *entry) Cause {
	says := false
	for _, tier := range slices.Sorted(maps.Keys(e.tiers)) {
		s := e.tiers[tier]
		if tier == "standard" || s.billed.IsZero() {
			continue
		}
		says = true
		var excess, priced money.Amount
		from := make(map[string]bool)
		for other, o := range e.tiers {
			if off := o.priced.Sub(o.billed); other != tier && off.Sign() > 0 {
				excess, priced, from[other] = excess.Add(off), priced.Add(o.priced), true
			}
		}
		would, ok := f.at(e, noon(day), tier, func(p piece) bool { return from[tierName(p.tier)] })
		if ok && !priced.IsZero() && proportional(s.billed.Sub(s.priced), excess, would, priced, 20) {
			return Cause{CauseTier, fmt.Sprintf("%s of it is billed as %s; the usage report does not say so", f.money(s.billed), tier)}
		}
	}
	if says {
		return Cause{}
	}
	for _, tier := range []string{"batch", "flex", "priority", "fast"} {
		if would, ok := f.at(e, noon(day), tier, nil); ok && would != e.Priced && near(e.Billed, would, 5) {
			return Cause{CauseTier, fmt.Sprintf("the amount is that of the %s price; the usage report does not say so", tier)}
		}
	}
	return Cause{}
}

// price looks whether the bill goes by the price of some days before or after.
func (f *caseFile) price(_ lineKey, day int32, e *entry) Cause {
	for _, days := range []int32{-1, 1, -3, 3, -8, 8} {
		if would, ok := f.at(e, noon(day+days), "", nil); ok && !near(would, e.Priced, 5) && near(e.Billed, would, 5) {
			return Cause{CausePrice, fmt.Sprintf("the amount is that of the price on %s, before or after a change", dayName(day+days))}
		}
	}
	return Cause{}
}

// class looks whether tokens moved between what is read anew and what a cache
// serves or stores.
func (f *caseFile) class(k lineKey, day int32, e *entry) Cause {
	mine, ok := f.unit(k, k.model, k.item, day)
	if !ok {
		return Cause{}
	}
	v := e.Variance()
	for _, item := range []string{itemInput, itemCacheRead, itemCacheWrite} {
		o := f.lines[lineKey{k.currency, k.model, item}][day]
		if item == k.item || o == nil || o.Variance().Sign()*v.Sign() >= 0 {
			continue
		}
		theirs, ok := f.unit(k, k.model, item, day)
		if !ok || !proportional(v, mine, o.Variance().Neg(), theirs, 20) {
			continue
		}
		n, _ := ratio(v.Abs(), mine) // mine is for a million tokens
		billed, used := k.item, item
		if v.Sign() < 0 {
			billed, used = item, k.item
		}
		return Cause{CauseCache, fmt.Sprintf("about %s tokens are billed as %s that the usage report calls %s", compact(n), billed, used)}
	}
	return Cause{}
}

// unit is the price of a million tokens of a class of a model.
func (f *caseFile) unit(k lineKey, model, item string, day int32) (money.Amount, bool) {
	const million = 1_000_000
	tokens := map[string]usage.Tokens{itemInput: {Input: million}, itemCacheRead: {CacheRead: million}, itemCacheWrite: {CacheWrite5m: million}}[item]
	if tokens.IsZero() {
		return money.Amount{}, false
	}
	d := usage.Dims{Provider: f.provider, Model: model, Band: usage.Band{End: 1}}
	t := f.l.in.Book.Tariff(&d, noon(day))
	c := t.Charge(tokens, nil)
	return c.Cost, c.Priced && c.UnpricedTokens == 0 && c.Currency == k.currency && !c.Cost.IsZero()
}

// constant looks whether the bill is the same part of the list price on most
// days.
func (f *caseFile) constant(k lineKey, day int32, e *entry) Cause {
	mine, ok := ratio(e.Billed, e.Priced)
	if !ok {
		return Cause{}
	}
	var all []int64
	for _, o := range f.lines[k] {
		if ppm, ok := ratio(o.Billed, o.Priced); ok && o.UnpricedTokens == 0 {
			all = append(all, ppm)
		}
	}
	slices.Sort(all)
	const fewest = 3
	if len(all) < fewest {
		return Cause{}
	}
	median, same := all[len(all)/2], 0
	like := func(ppm int64) bool { return max(ppm-median, median-ppm) <= median/200 }
	for _, ppm := range all {
		if like(ppm) {
			same++
		}
	}
	if !like(mine) || same < fewest || same*4 < len(all)*3 {
		return Cause{}
	}
	text := fmt.Sprintf("the bill is %d.%d %% of the list price on %d of %d days", median/10_000, median/1000%10, same, len(all))
	if median < 1_000_000 {
		return Cause{CauseDiscount, text + ": a negotiated price or a promotion, which a [[discount]] in the configuration would follow"}
	}
	return Cause{CauseSurcharge, text + ": a surcharge that the usage report does not tell of"}
}
