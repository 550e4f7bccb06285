package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// SessionLine is what one session of an agent or a tool used.
type SessionLine struct {
	Source, Session string
	// Project, User, Agent, Machine and Account are where most of its tokens
	// were used; "" is not known.
	Project, User, Agent, Machine, Account string
	// Since is the beginning of its first cell and Until the end of its last. If
	// ByDay, some of it is known by the UTC day only, as it is in the cells of a
	// store: then the records of the session tell the times.
	Since, Until time.Time
	ByDay        bool
	Models       []SessionModel // largest cost first
	Sum          Sum            // CacheShare says how much a cache served
}

// SessionModel is what a session used of one model.
type SessionModel struct {
	Provider, Model string // as recorded
	Sum             Sum
}

// Sessions lists the costliest sessions of a span, at most limit of them (all
// if it is 0), and says how many there are. Of the query, By is not looked at.
// The cube must hold the cells of q.Cells() at session level. Usage without a
// session is left out, and so is what the headline does not count.
//
// Sessions without a price come last, those with most tokens first. Amounts in
// different currencies are ordered by their number.
func Sessions(cube *usage.Cube, book *pricing.Book, plans []pricing.Plan, q Query, limit int) ([]SessionLine, int, error) {
	return NewExplorer(cube, book, plans).Sessions(q, limit)
}

// Sessions lists sessions, see the function of the same name.
func (e *Explorer) Sessions(q Query, limit int) ([]SessionLine, int, error) {
	q.By = []usage.Dimension{usage.BySource, usage.BySession}
	x := ExploreQuery{Query: q}
	if err := x.prepare(); err != nil {
		return nil, 0, err
	}
	s := &sessions{e: e, q: &x.Query}
	s.head, s.g = e.prepare(s.q)
	s.keep = e.keep(x.Filter)
	if s.keep == nil {
		s.keep = slices.Repeat([]bool{true}, len(e.cube.Sets))
	}
	for set, group := range s.g.bySet {
		s.keep[set] = s.keep[set] && s.g.keys[group][1] != ""
	}
	ranks := s.rank()
	count := len(ranks)
	if limit > 0 && limit < count {
		ranks = ranks[:limit]
	}
	return s.lines(ranks), count, nil
}

// sessions is one search for sessions.
type sessions struct {
	e    *Explorer
	q    *Query
	head *headed
	g    *grouping
	keep []bool
}

// ranked is as much of a session as decides about its place.
type ranked struct {
	group    int32
	records  int64
	tokens   int64
	cost     money.Amount
	currency string
}

func (r *ranked) add(o *ranked) {
	r.records, r.tokens = r.records+o.records, r.tokens+o.tokens
	if r.currency == "" {
		r.currency = o.currency
	}
	if r.currency == o.currency {
		r.cost = r.cost.Add(o.cost)
	}
}

// walk hands out the counted cells of the kept sets, to as many consumers as
// there are processors.
func (s *sessions) walk(consumer func() func(int, *chunk)) {
	from, to := slotsOf(s.e.cube, s.q.Since, s.q.Until)
	w := s.e.loner(s.head, cut(s.q.Zone, nil, from, to), s.keep)
	consumers := make([]func(int, *chunk), workers(s.e.cube.Len()))
	for i := range consumers {
		consume := consumer()
		consumers[i] = func(cell int, ch *chunk) {
			if ch.counts && (s.g.allowed == nil || slices.Contains(s.g.allowed, ch.tariff.Model)) {
				consume(cell, ch)
			}
		}
	}
	s.head.walkEach(w, consumers)
}

// rank returns the sessions in order.
func (s *sessions) rank() []ranked {
	var parts [][]ranked
	s.walk(func() func(int, *chunk) {
		part := make([]ranked, len(s.g.keys))
		parts = append(parts, part)
		return func(_ int, ch *chunk) {
			one := ranked{records: ch.m.Records, tokens: ch.m.Total()}
			if ch.charge.Priced {
				one.cost, one.currency = ch.charge.Cost, ch.charge.Currency
			}
			part[s.g.bySet[ch.sample]].add(&one)
		}
	})
	all := parts[0]
	for _, part := range parts[1:] {
		for i := range part {
			all[i].add(&part[i])
		}
	}
	out := make([]ranked, 0, len(all))
	for i := range all {
		if all[i].records != 0 {
			all[i].group = int32(i)
			out = append(out, all[i])
		}
	}
	slices.SortFunc(out, func(a, b ranked) int {
		return cmp.Or(b.cost.Cmp(a.cost), cmp.Compare(b.tokens, a.tokens), slices.Compare(s.g.keys[a.group], s.g.keys[b.group]))
	})
	return out
}

// sessionSet is what a session used under one dimension set.
type sessionSet struct {
	group       int32
	sample      uint32
	since, till usage.Slot
	byDay       bool
	tally
}

// lines fills in the sessions that have been chosen.
func (s *sessions) lines(chosen []ranked) []SessionLine {
	place := slices.Repeat([]int32{-1}, len(s.g.keys))
	for i := range chosen {
		place[chosen[i].group] = int32(i)
	}
	for set, group := range s.g.bySet {
		s.keep[set] = s.keep[set] && place[group] >= 0
	}
	var parts []map[uint32]*sessionSet
	s.walk(func() func(int, *chunk) {
		part := make(map[uint32]*sessionSet)
		parts = append(parts, part)
		return func(cell int, ch *chunk) { s.take(part, cell, ch) }
	})
	sets := make([][]*sessionSet, len(chosen))
	for _, part := range parts {
		for _, x := range part {
			at := place[x.group]
			same := slices.IndexFunc(sets[at], func(o *sessionSet) bool { return o.sample == x.sample })
			if same < 0 {
				sets[at] = append(sets[at], x)
				continue
			}
			o := sets[at][same]
			o.merge(&x.tally)
			o.since, o.till, o.byDay = min(o.since, x.since), max(o.till, x.till), o.byDay || x.byDay
		}
	}
	out := make([]SessionLine, len(chosen))
	for i := range out {
		slices.SortFunc(sets[i], func(a, b *sessionSet) int { return cmp.Compare(a.sample, b.sample) })
		out[i] = s.line(sets[i])
	}
	return out
}

func (s *sessions) take(part map[uint32]*sessionSet, cell int, ch *chunk) {
	x := part[ch.sample]
	c := s.e.cube
	since, width := c.Slot[cell], c.Width[cell]
	if x == nil {
		x = &sessionSet{group: s.g.bySet[ch.sample], sample: ch.sample, since: since}
		part[ch.sample] = x
	}
	x.since, x.till = min(x.since, since), max(x.till, since+usage.Slot(width))
	x.byDay = x.byDay || width == widest
	x.use(ch.m, &ch.charge, ch.planned)
}

func (s *sessions) line(sets []*sessionSet) SessionLine {
	d := &s.e.cube.Sets[sets[0].sample]
	l := SessionLine{Source: d.Source, Session: d.Session, ByDay: false}
	since, till := sets[0].since, sets[0].till
	var all tally
	type model struct{ provider, name string }
	models := make(map[model]*tally)
	for _, x := range sets {
		d := &s.e.cube.Sets[x.sample]
		since, till, l.ByDay = min(since, x.since), max(till, x.till), l.ByDay || x.byDay
		all.merge(&x.tally)
		m := model{d.Provider, d.Model}
		if models[m] == nil {
			models[m] = &tally{}
		}
		models[m].merge(&x.tally)
	}
	l.Since, l.Until = since.Time(), till.Time()
	currency := cmp.Or(all.currency, defaultCurrency)
	l.Sum = all.sum(currency)
	for m, t := range models {
		l.Models = append(l.Models, SessionModel{m.provider, m.name, t.sum(currency)})
	}
	slices.SortFunc(l.Models, func(a, b SessionModel) int {
		return cmp.Or(b.Sum.Cost.Cmp(a.Sum.Cost), cmp.Compare(b.Sum.Tokens.Total(), a.Sum.Tokens.Total()), strings.Compare(a.Provider, b.Provider), strings.Compare(a.Model, b.Model))
	})
	for dim, to := range map[usage.Dimension]*string{usage.ByProject: &l.Project, usage.ByUser: &l.User, usage.ByAgent: &l.Agent,
		usage.ByMachine: &l.Machine, usage.ByAccount: &l.Account} {
		*to = s.mostly(sets, dim)
	}
	return l
}

// mostly returns the value that most tokens have.
func (s *sessions) mostly(sets []*sessionSet, d usage.Dimension) string {
	tokens := make(map[string]int64)
	best := d.Of(&s.e.cube.Sets[sets[0].sample])
	for _, x := range sets {
		v := d.Of(&s.e.cube.Sets[x.sample])
		tokens[v] += x.tokens.Total()
	}
	for v, n := range tokens {
		if n > tokens[best] || n == tokens[best] && v < best {
			best = v
		}
	}
	return best
}
