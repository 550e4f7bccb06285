package pricing

import (
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"tokpit/usage"
)

// The ends of time, in Unix seconds.
const (
	always  = math.MinInt64
	forever = math.MaxInt64
)

const daySeconds = 24 * 60 * 60

// tariffKey is the dimensions that prices depend on.
type tariffKey struct {
	provider, model, tier, region string
	band                          usage.Band
}

// timeline is every tariff that one set of dimensions has had or will have:
// segments that follow each other from always to forever.
type timeline struct{ segments []segment }

// segment is one tariff over [from, until), but for the hours of the day that
// windows give other rates.
type segment struct {
	from, until int64
	tariff      Tariff
	windows     []window
}

type window struct {
	hours Hours
	rates Rates
}

// timeline returns the prices over time for d, from memory if it has been
// asked for before.
func (b *Book) timeline(d *usage.Dims) *timeline {
	k := tariffKey{d.Provider, d.Model, d.Tier, d.Region, d.Band}
	if t := b.tariffs.get(&k, k.hash()); t != nil {
		return t
	}
	t := b.newTimeline(k)
	if len(k.provider)+len(k.model)+len(k.tier)+len(k.region) > longestProvider+longestName {
		return t
	}
	for _, s := range []*string{&k.provider, &k.model, &k.tier, &k.region} {
		*s = strings.Clone(*s)
	}
	return b.tariffs.put(k, t)
}

func (b *Book) newTimeline(k tariffKey) *timeline {
	t := &timeline{}
	names := b.meanings(k.provider, k.model)
	for i := range names.means {
		from, until := names.from[i], int64(forever)
		if i+1 < len(names.from) {
			until = names.from[i+1]
		}
		b.addSegments(t, &names.means[i], k, from, until)
	}
	return t
}

// addSegments adds the tariffs of one meaning of the name, which holds over
// [from, until).
func (b *Book) addSegments(t *timeline, res *Resolution, k tariffKey, from, until int64) {
	cuts := []int64{from}
	cut := func(ts ...time.Time) {
		for _, x := range ts {
			if s := x.Unix(); !x.IsZero() && s > from && s < until {
				cuts = append(cuts, s)
			}
		}
	}
	if res.model != nil {
		for _, rows := range [][]Row{res.model.base, res.model.refined} {
			for i := range rows {
				cut(rows[i].From, rows[i].To)
			}
		}
	}
	for _, m := range b.meters[res.Provider] {
		cut(m.From, m.To)
	}
	for _, d := range b.discounts[res.Provider] {
		cut(d.from, d.to)
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	for i, start := range cuts {
		s := segment{from: start, until: until}
		if i+1 < len(cuts) {
			s.until = cuts[i+1]
		}
		b.price(&s, res, k)
		t.add(s)
	}
}

// add appends a segment, or lengthens the last one if nothing changes.
func (t *timeline) add(s segment) {
	if n := len(t.segments); n > 0 {
		last := &t.segments[n-1]
		if last.tariff.equal(&s.tariff) && slices.Equal(last.windows, s.windows) {
			last.until = s.until
			last.tariff.Until = s.tariff.Until
			return
		}
	}
	t.segments = append(t.segments, s)
}

// equal compares two tariffs, but not when they apply.
func (t *Tariff) equal(u *Tariff) bool {
	return t.Currency == u.Currency && t.Priced == u.Priced && t.Estimated == u.Estimated && t.Free == u.Free &&
		t.Origin == u.Origin && t.Discount == u.Discount && t.Provider == u.Provider && t.Model == u.Model && t.Tier == u.Tier && t.Flags == u.Flags &&
		t.Base == u.Base && t.Low == u.Low && t.High == u.High && slices.Equal(t.meters, u.meters)
}

// price fills in a segment's tariff and windows.
func (b *Book) price(s *segment, res *Resolution, k tariffKey) {
	t := &s.tariff
	t.setTime(s.from, s.until)
	t.Currency, t.Free, t.Estimated, t.Flags = "USD", res.Free, res.Priced == PricedAs, res.Flags
	t.Provider, t.Model = res.Provider, res.Model
	switch {
	case res.Free:
		t.Priced = true
		t.Base.Known = 1<<classCount - 1
		t.Low, t.High = t.Base, t.Base
	case res.model != nil:
		t.Priced = true
		t.Provider = res.model.provider
		b.priceModel(s, res, k)
	}
	t.meters = b.meterRates(res.Provider, t.Currency, s.from)
}

// priceModel fills in the rates of the model that a name resolved to.
func (b *Book) priceModel(s *segment, res *Resolution, k tariffKey) {
	t, m := &s.tariff, res.model
	at := s.from
	if first := m.base[0].From.Unix(); at < first {
		at = first
		t.Flags |= FlagBeforeFirst
	}
	asked := tierOf(m.provider, k.tier)
	tier := asked
	if res.Tier != "" {
		if asked != Standard && asked != res.Tier {
			t.Flags |= FlagModifier
		}
		tier = res.Tier
	}
	num, den := int64(1), int64(1)
	if region := strings.ToLower(strings.TrimSpace(k.region)); !neutralRegion(region) {
		var known bool
		if num, den, known = b.surcharge(res, region); !known {
			t.Flags |= FlagModifier
		}
	}
	p := m.pick(tier, at, k.band.Lo)
	if p.row == nil {
		t.Priced, t.Estimated, t.Flags = false, false, t.Flags|FlagUnpricedModel
		return
	}
	discount := b.discount(res.Provider, res.Model, s.from)
	billed := func(r *Row) Rates {
		if r.Origin == Override || discount.One() {
			return r.Rates.billed().scaled(num, den)
		}
		return r.Rates.billed().scaled(num*discount.Num, den*discount.Den)
	}
	t.Currency, t.Tier, t.Origin = p.row.Currency, p.row.Tier, p.row.Origin
	if t.Origin != Override {
		t.Discount = discount
	}
	if p.missing {
		t.Flags |= FlagTierMissing
	}
	t.Base = billed(p.row)
	t.Low, t.High = t.Base, t.Base
	for _, total := range m.steps(at) {
		if total <= k.band.Lo || total > k.band.Max() {
			continue
		}
		q := m.pick(tier, at, total)
		if q.row == nil || q.row.Currency != t.Currency {
			t.Priced, t.Flags = false, t.Flags|FlagUnpricedModel
			return
		}
		rates := billed(q.row)
		t.widen(&rates)
	}
	if t.ranged {
		t.Flags |= FlagBand
	}
	for _, w := range p.windows {
		if t.Flags&FlagBeforeFirst == 0 {
			s.windows = append(s.windows, window{w.Hours, billed(w)})
		}
	}
}

// picked is the row for one request, and the rows that replace it during
// certain hours.
type picked struct {
	row     *Row
	windows []*Row
	missing bool // the tier has no row; this is the standard one
}

// pick finds the row for a tier and a total input at an instant that the base
// rows cover.
func (m *model) pick(tier string, at, total int64) picked {
	p := m.pickTier(tier, at, total)
	if p.row == nil && tier != Standard {
		p = m.pickTier(Standard, at, total)
		p.missing = true
	}
	if p.row == nil {
		i := sort.Search(len(m.base), func(i int) bool { return m.base[i].From.Unix() > at })
		if r := &m.base[max(i-1, 0)]; r.Origin == Reviewed || r.in(at) {
			p.row = r // the last reviewed price holds for a retired model
		}
	}
	return p
}

// pickTier looks among the refined rows of one tier: the highest threshold
// that the total passes wins; hours count only where no threshold is passed.
func (m *model) pickTier(tier string, at, total int64) picked {
	var p picked
	for i := range m.refined {
		r := &m.refined[i]
		if r.Tier != tier || !r.in(at) || total < r.Context.first() {
			continue
		}
		if r.Hours != (Hours{}) {
			p.windows = append(p.windows, r)
		} else if p.row == nil || r.Context.first() >= p.row.Context.first() {
			p.row = r
		}
	}
	if p.row != nil {
		p.windows = nil
	}
	return p
}

// steps returns the totals at which the price of a request may change.
func (m *model) steps(at int64) []int64 {
	var out []int64
	for i := range m.refined {
		if r := &m.refined[i]; r.Context.Over > 0 && r.in(at) && !slices.Contains(out, r.Context.first()) {
			out = append(out, r.Context.first())
		}
	}
	return out
}

// meterRates returns what a provider charges for units that are not tokens, in
// one currency.
func (b *Book) meterRates(provider, currency string, at int64) []meterRate {
	var out []meterRate
	for i, m := range b.meters[provider] {
		r := meterRate{meter: m.Meter, rate: m.Rate}
		first := i == 0 || b.meters[provider][i-1].Meter != m.Meter
		switch {
		case m.Currency != currency:
			continue
		case first && at < m.From.Unix():
			r.flags = FlagBeforeFirst
		case at < m.From.Unix() || !m.To.IsZero() && at >= m.To.Unix():
			continue
		}
		out = append(out, r)
	}
	return out
}

// neutralRegion reports whether a region says nothing about the price.
func neutralRegion(region string) bool {
	switch region {
	case "", "global", "default", "not_available":
		return true
	}
	return false
}

// surcharge returns the factor of who bills for a region, and whether the book
// knows it.
func (b *Book) surcharge(res *Resolution, region string) (num, den int64, known bool) {
	launched := res.model.launched
	for _, g := range b.regions[modelKey{res.Provider, region}] {
		if !launched.Before(g.Launched) {
			return g.Num, g.Den, true
		}
	}
	return 1, 1, false
}

func (t *Tariff) setTime(from, until int64) {
	t.From, t.Until = time.Time{}, time.Time{}
	if from != always {
		t.From = time.Unix(from, 0).UTC()
	}
	if until != forever {
		t.Until = time.Unix(until, 0).UTC()
	}
}
