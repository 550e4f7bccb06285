package report

import (
	"slices"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// sink adds up the chunks of one part of the walk.
type sink struct {
	b               *build
	buckets         []tally
	parts           []money.Amount // cost by bucket and provider, in the first currency
	planned         []money.Amount // what of parts is usage under a plan
	cycle, previous []tally        // by class
	bases           [basisCount]tally
	counted         [basisCount]int64
	lacks           map[[2]string]*Unpriced
	used            map[pricing.ModelRef]bool // models of the book that were used within the trend
	days            []lineDays                // by line of the tables
}

func newSink(b *build) *sink {
	n, classes := len(b.w.cut.edges)-1, len(b.w.sample)
	return &sink{b: b, buckets: make([]tally, n), parts: make([]money.Amount, n*len(b.providers)),
		planned: make([]money.Amount, n*len(b.providers)), cycle: make([]tally, classes),
		previous: make([]tally, classes), lacks: make(map[[2]string]*Unpriced), used: make(map[pricing.ModelRef]bool),
		days: make([]lineDays, len(b.tables.names))}
}

func (s *sink) add(ch *chunk) {
	if s.b.allowed != nil && !slices.Contains(s.b.allowed, ch.tariff.Model) {
		return
	}
	inCycle := s.b.inCycle[ch.bucket]
	if inCycle {
		basis := min(s.b.w.head.basis[ch.sample], usage.Reported)
		s.bases[basis].use(ch.m, &ch.charge, ch.planned)
		if ch.counts {
			s.counted[basis] += ch.m.Total()
		}
	}
	if !ch.counts {
		return
	}
	s.buckets[ch.bucket].use(ch.m, &ch.charge, ch.planned)
	if ch.charge.Priced {
		s.used[pricing.ModelRef{Provider: ch.tariff.Provider, Model: ch.tariff.Model}] = true
		if ch.charge.Currency == defaultCurrency {
			at := ch.bucket*len(s.b.providers) + s.b.providerOf[ch.class]
			s.parts[at] = s.parts[at].Add(ch.charge.Cost)
			if ch.planned {
				s.planned[at] = s.planned[at].Add(ch.charge.Cost)
			}
		}
		if day := s.b.dayOf[ch.bucket]; day >= 0 {
			for _, line := range s.b.tables.of[ch.class] {
				s.days[line].add(day, &ch.charge, ch.planned)
			}
		}
	}
	switch {
	case inCycle:
		s.cycle[ch.class].use(ch.m, &ch.charge, ch.planned)
		if ch.lacks() {
			lack(s.lacks, &s.b.in.Cube.Sets[ch.sample], ch)
		}
	case s.b.inPrevious[ch.bucket]: // no bucket is in both
		s.previous[ch.class].use(ch.m, &ch.charge, ch.planned)
	}
}

func (s *sink) merge(o *sink) {
	for i := range s.buckets {
		s.buckets[i].merge(&o.buckets[i])
	}
	for i := range s.parts {
		s.parts[i] = s.parts[i].Add(o.parts[i])
		s.planned[i] = s.planned[i].Add(o.planned[i])
	}
	for i := range s.cycle {
		s.cycle[i].merge(&o.cycle[i])
		s.previous[i].merge(&o.previous[i])
	}
	for i := range s.bases {
		s.bases[i].merge(&o.bases[i])
		s.counted[i] += o.counted[i]
	}
	for i := range s.days {
		s.days[i].merge(&o.days[i])
	}
	mergeLacks(s.lacks, o.lacks)
	for ref := range o.used {
		s.used[ref] = true
	}
}
