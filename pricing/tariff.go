package pricing

import (
	"time"

	"tokpit/money"
	"tokpit/usage"
)

// Tariff is the prices for one set of dimensions, constant over [From, Until).
// It is a value: copy it, keep it, use it from several goroutines.
type Tariff struct {
	From, Until time.Time // zero: no beginning, no end
	Currency    string
	// Priced: a row was found, or the use is free. Without it Base, Low and
	// High mean nothing.
	Priced, Estimated, Free bool
	// Provider, Model and Tier are the row's: for an estimate the vendor's.
	// Where there is no row they are what is known of the name.
	Provider, Model, Tier string
	// Base are the rates of the base row, the ones that a [Charge]'s Cost is
	// made with. Low and High differ from it only where the dimensions leave
	// open which row applies.
	Base, Low, High Rates
	Flags           Flags
	// Origin is the layer that the base row comes from, and Discount the user's
	// factor that is in the rates.
	Origin   Origin
	Discount Factor

	ranged bool
	meters []meterRate // of who bills
}

// meterRate is the price of one unit of a meter.
type meterRate struct {
	meter string
	rate  money.Rate
	flags Flags
}

// Tariff returns the prices that apply to usage with the given dimensions at an
// instant. Of the dimensions only Provider, Model, Tier, Region and Band count.
//
// The band decides about long context: a band that holds totals on both sides
// of a threshold of the model, as the unknown band does, has the lower side as
// Base and a range.
func (b *Book) Tariff(d *usage.Dims, at time.Time) Tariff {
	return b.timeline(d).at(at.Unix())
}

// TariffOver returns the prices for usage somewhere in [from, to). Where they
// change in between, Base are those of the base row at from, Low and High
// enclose all, and the flags say what changed. It is unpriced if some of the
// time is.
func (b *Book) TariffOver(d *usage.Dims, from, to time.Time) Tariff {
	t := b.timeline(d).over(from.Unix(), to.Unix())
	if t.ranged && t.Flags&(FlagHours|FlagPriceChange) != 0 {
		t.From, t.Until = from, to
	}
	return t
}

// widen makes Low and High enclose r. A class that either lacks is unpriced.
func (t *Tariff) widen(r *Rates) {
	known := t.Low.Known & r.Known
	for c := Input; c < classCount; c++ {
		rate, low, high := r.at(c), t.Low.at(c), t.High.at(c)
		if rate.Cmp(*low) < 0 {
			*low = *rate
		}
		if rate.Cmp(*high) > 0 {
			*high = *rate
		}
	}
	t.Base.Known, t.Low.Known, t.High.Known = known, known, known
	t.ranged = t.Low != t.Base || t.High != t.Base
}

// Charge is what some usage costs.
type Charge struct {
	// Cost is exact over what is priced. Low and High differ from it only if
	// Ranged.
	Cost, Low, High money.Amount
	// Priced: something in the charge has a price, free use included.
	Priced, Ranged, Estimated bool
	// UnpricedTokens are left out of Cost because they have no price.
	UnpricedTokens int64
	// UnpricedQuantities are the units left out of Cost because their meter has
	// no price, added up over all meters: a sign that something is missing, not
	// a measure of it.
	UnpricedQuantities int64
	Currency           string
	Flags              Flags
}

// Charge returns what tokens and quantities cost at these prices. Tokens and
// units without a price are counted and flagged, and cost nothing known.
func (t *Tariff) Charge(tokens usage.Tokens, quantities []usage.Quantity) Charge {
	c := Charge{Currency: t.Currency, Estimated: t.Estimated, Flags: t.Flags}
	if t.Priced {
		t.chargeTokens(&c, &tokens)
	} else {
		c.UnpricedTokens = tokens.Total()
	}
	for i := range quantities {
		t.chargeQuantity(&c, &quantities[i])
	}
	if c.UnpricedTokens == 0 && c.UnpricedQuantities == 0 {
		c.Priced = c.Priced || t.Priced
	}
	if c.Ranged = c.Low != c.Cost || c.High != c.Cost; !c.Ranged {
		c.Flags &^= rangeFlags
	}
	return c
}

func (t *Tariff) chargeTokens(c *Charge, tokens *usage.Tokens) {
	n := [classCount]int64{tokens.Input, tokens.CacheRead, tokens.CacheWrite5m, tokens.CacheWrite1h, tokens.Output}
	for k := Input; k < classCount; k++ {
		if n[k] == 0 {
			continue
		}
		if !t.Base.Known.Has(k) {
			c.UnpricedTokens += n[k]
			c.Flags |= FlagUnpricedClass
			continue
		}
		c.Priced = true
		cost := t.Base.at(k).Times(n[k])
		c.Cost = c.Cost.Add(cost)
		if t.ranged {
			c.Low, c.High = c.Low.Add(t.Low.at(k).Times(n[k])), c.High.Add(t.High.at(k).Times(n[k]))
		}
	}
	if !t.ranged {
		c.Low, c.High = c.Cost, c.Cost
	}
}

func (t *Tariff) chargeQuantity(c *Charge, q *usage.Quantity) {
	for i := range t.meters {
		m := &t.meters[i]
		if m.meter != q.Meter {
			continue
		}
		cost := m.rate.Times(q.N)
		c.Cost, c.Low, c.High = c.Cost.Add(cost), c.Low.Add(cost), c.High.Add(cost)
		c.Priced = true
		c.Flags |= m.flags
		return
	}
	c.UnpricedQuantities += q.N
	c.Flags |= FlagUnpricedMeter
}

// ChargeCell returns what a cell of usage costs whose requests lie somewhere in
// [from, to): a range, flagged, if the price changes in between.
func (b *Book) ChargeCell(d *usage.Dims, from, to time.Time, tokens usage.Tokens, quantities []usage.Quantity) Charge {
	t := b.TariffOver(d, from, to)
	return t.Charge(tokens, quantities)
}

// ChargeRecord returns what one record costs. A record of one request is priced
// by its own total input; others by their band.
func (b *Book) ChargeRecord(r *usage.Record) Charge {
	d := &r.Dims
	if band := r.BandIn(b.edges); band != r.Band {
		exact := r.Dims
		exact.Band = band
		d = &exact
	}
	if r.End.IsZero() {
		t := b.Tariff(d, r.Start)
		return t.Charge(r.Tokens, r.Quantities)
	}
	return b.ChargeCell(d, r.Start, r.End, r.Tokens, r.Quantities)
}
