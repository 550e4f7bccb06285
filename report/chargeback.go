package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// Sharing says how what nobody owns is spread over those who own something.
type Sharing uint8

// The ways to share.
const (
	// ShareNone spreads nothing: fees and usage without an owner stand by
	// themselves.
	ShareNone Sharing = iota
	// ShareEven gives every owner the same.
	ShareEven
	// ShareUsage divides in proportion to what the owners' own usage costs at list
	// price. A plan's fee is divided by the usage that the plan pays for.
	ShareUsage
)

// ParseShare reads "none", "even" or "usage".
func ParseShare(s string) (Sharing, error) {
	for _, one := range []Sharing{ShareNone, ShareEven, ShareUsage} {
		if one.String() == s {
			return one, nil
		}
	}
	return 0, fmt.Errorf("there is no way to share called %.40q", s)
}

// String returns what [ParseShare] reads.
func (s Sharing) String() string { return [...]string{"none", "even", "usage"}[s] }

// Chargeback divides the cash of a span between owners: projects, cost centers,
// people. In every currency the parts and what is left unshared add up to the
// whole, which is what [Run] says of the same query, to the last digit.
type Chargeback struct {
	AsOf   time.Time
	Query  Query // By has the dimension of the owners
	Share  Sharing
	Keep   bool // usage without an owner is not shared, only fees are
	Prices string

	Sides []ChargeSide // by currency, the largest first
	// Unpriced is usage without a price, which is in no part; by owner, "" last.
	Unpriced []UnpricedPart
}

// By is the dimension of the owners.
func (c *Chargeback) By() usage.Dimension { return c.Query.By[0] }

// ChargeSide is a chargeback in one currency.
type ChargeSide struct {
	Currency string
	Parts    []ChargePart // the largest first
	// Fees and Unallocated are what nobody owns: plan fees, and usage without an
	// owner. FeesLeft and UnallocatedLeft are what of them is in no part.
	Fees, Unallocated         money.Amount
	FeesLeft, UnallocatedLeft money.Amount
	// Equivalent is what usage without an owner costs at list price.
	Equivalent money.Amount
	Whole      money.Amount // Parts, FeesLeft and UnallocatedLeft added up
}

// ChargePart is what one owner is charged.
type ChargePart struct {
	Key string // never ""
	// Own is the cash of the owner's own usage, with fees that only it pays.
	Own money.Amount
	// Fees and Unallocated are its shares of what nobody owns.
	Fees, Unallocated money.Amount
	Total             money.Amount // the three together
	// Equivalent is what its own usage costs at list price, under a plan or not.
	Equivalent money.Amount
}

// UnpricedPart is usage of an owner that no price is known for.
type UnpricedPart struct {
	Key    string
	Tokens int64
	Units  int64 // of other meters
}

// ChargebackInput is what a chargeback is made from, as for [Run]. Query.By has
// one dimension, which is not time.
type ChargebackInput struct {
	Cube  *usage.Cube
	Book  *pricing.Book
	Plans []pricing.Plan
	Query Query
	AsOf  time.Time
	Share Sharing
	Keep  bool
}

// BuildChargeback divides a span between owners. An owner has a part in every
// currency in which it has usage with a price or fees of its own, and shares what
// nobody owns in that currency.
func BuildChargeback(in ChargebackInput) (*Chargeback, error) {
	if len(in.Query.By) != 1 || in.Query.By[0].IsTime() {
		return nil, fmt.Errorf("a chargeback is by one dimension other than time")
	}
	out := &Chargeback{AsOf: in.AsOf, Query: in.Query, Share: in.Share, Keep: in.Keep, Prices: in.Book.Version()}
	c := charger{sides: make(map[string]*chargeTally), unpriced: make(map[string]*UnpricedPart)}
	q := in.Query
	for _, d := range []usage.Dimension{usage.ByProvider, usage.ByModel} {
		if !slices.Contains(q.By, d) {
			q.By = append(slices.Clone(q.By), d)
		}
	}
	err := Entries(in.Cube, in.Book, in.Plans, q, in.AsOf, func(e *Entry) error {
		c.add(e)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, currency := range slices.Sorted(maps.Keys(c.sides)) {
		out.Sides = append(out.Sides, c.sides[currency].side(currency, in.Share, in.Keep))
	}
	slices.SortStableFunc(out.Sides, func(a, b ChargeSide) int { return b.Whole.Cmp(a.Whole) })
	for _, key := range slices.Sorted(maps.Keys(c.unpriced)) {
		out.Unpriced = append(out.Unpriced, *c.unpriced[key])
	}
	slices.SortStableFunc(out.Unpriced, func(a, b UnpricedPart) int { // "" last
		return cmp.Or(cmp.Compare(boolInt(a.Key == ""), boolInt(b.Key == "")), cmp.Compare(b.Tokens, a.Tokens))
	})
	return out, nil
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// charger adds up entries by currency and owner.
type charger struct {
	sides    map[string]*chargeTally
	unpriced map[string]*UnpricedPart
}

// chargeTally is one currency. Fees and the usage that a plan pays for are kept
// by source, which is what a plan covers.
type chargeTally struct {
	parts       map[string]*ChargePart
	planned     map[string]map[string]money.Amount // by source and owner
	fees        map[string]money.Amount            // by source
	unallocated money.Amount
	equivalent  money.Amount
}

func (c *charger) add(e *Entry) {
	key := e.Keys[0]
	if n, units := e.Charge.UnpricedTokens, e.Charge.UnpricedQuantities; n != 0 || units != 0 {
		p := c.unpriced[key]
		if p == nil {
			p = &UnpricedPart{Key: key}
			c.unpriced[key] = p
		}
		p.Tokens, p.Units = p.Tokens+n, p.Units+units
	}
	if e.Plan == nil && !e.Charge.Priced && e.Correction == nil {
		return // no money is known
	}
	t := c.sides[e.Charge.Currency]
	if t == nil {
		t = &chargeTally{parts: make(map[string]*ChargePart), planned: make(map[string]map[string]money.Amount), fees: make(map[string]money.Amount)}
		c.sides[e.Charge.Currency] = t
	}
	cash := e.Cash()
	switch {
	case key == "" && e.Plan != nil:
		t.fees[e.Plan.Source] = t.fees[e.Plan.Source].Add(cash)
		return
	case key == "":
		t.unallocated, t.equivalent = t.unallocated.Add(cash), t.equivalent.Add(e.Charge.Cost)
		return
	}
	p := t.parts[key]
	if p == nil {
		p = &ChargePart{Key: key}
		t.parts[key] = p
	}
	p.Own = p.Own.Add(cash)
	if e.Plan != nil {
		return
	}
	p.Equivalent = p.Equivalent.Add(e.Charge.Cost)
	if e.Planned {
		by := t.planned[e.Dims.Source]
		if by == nil {
			by = make(map[string]money.Amount)
			t.planned[e.Dims.Source] = by
		}
		by[key] = by[key].Add(e.Charge.Cost)
	}
}

// side shares what nobody owns.
func (t *chargeTally) side(currency string, share Sharing, keep bool) ChargeSide {
	s := ChargeSide{Currency: currency, Unallocated: t.unallocated, UnallocatedLeft: t.unallocated, Equivalent: t.equivalent}
	for _, key := range slices.Sorted(maps.Keys(t.parts)) {
		s.Parts = append(s.Parts, *t.parts[key])
	}
	weights := func(of func(*ChargePart) money.Amount) []money.Amount {
		out := make([]money.Amount, len(s.Parts))
		for i := range s.Parts {
			out[i] = of(&s.Parts[i])
		}
		return out
	}
	equivalent := weights(func(p *ChargePart) money.Amount { return p.Equivalent })
	for _, source := range slices.Sorted(maps.Keys(t.fees)) {
		fee := t.fees[source]
		s.Fees = s.Fees.Add(fee)
		used := weights(func(p *ChargePart) money.Amount { return t.planned[source][p.Key] })
		if !positive(used) { // nobody used the plan
			used = equivalent
		}
		parts, ok := shared(fee, share, used)
		if !ok {
			s.FeesLeft = s.FeesLeft.Add(fee)
			continue
		}
		for i := range parts {
			s.Parts[i].Fees = s.Parts[i].Fees.Add(parts[i])
		}
	}
	if parts, ok := shared(t.unallocated, share, equivalent); ok && !keep {
		s.UnallocatedLeft = money.Amount{}
		for i := range parts {
			s.Parts[i].Unallocated = parts[i]
		}
	}
	s.Whole = s.FeesLeft.Add(s.UnallocatedLeft)
	for i := range s.Parts {
		p := &s.Parts[i]
		p.Total = p.Own.Add(p.Fees).Add(p.Unallocated)
		s.Whole = s.Whole.Add(p.Total)
	}
	slices.SortStableFunc(s.Parts, func(a, b ChargePart) int { return cmp.Or(b.Total.Cmp(a.Total), strings.Compare(a.Key, b.Key)) })
	return s
}

func positive(weights []money.Amount) bool {
	return slices.ContainsFunc(weights, func(a money.Amount) bool { return a.Sign() > 0 })
}

// shared divides an amount by the largest remainder; ok is false if there is
// nobody to share it, or nothing to share it by.
func shared(whole money.Amount, share Sharing, used []money.Amount) ([]money.Amount, bool) {
	switch {
	case share == ShareNone || len(used) == 0:
		return nil, false
	case share == ShareEven:
		return money.SplitBy(whole, make([]money.Amount, len(used))), true
	case !positive(used):
		return nil, false
	}
	return money.SplitBy(whole, used), true
}
