package report

import (
	"slices"
	"strings"
	"time"

	"tokpit/pricing"
	"tokpit/usage"
)

// compare fills the answer's moves. Rows of two spans are matched by their
// keys; keys of time by their place in the span: the first day with the first
// day. What the span before has more of keeps its own names.
func (e *Explorer) compare(out *Answer, now, before pass, q *ExploreQuery, asOf time.Time) {
	nowCut, beforeCut := now.m.cut, before.m.cut
	aligned := align(nowCut, beforeCut)
	before.c.moved(aligned)
	before.m.cut = aligned
	currency := out.Total.Currency
	if currency == "" {
		currency = defaultCurrency
	}
	rows, total := e.rowsBefore(before.c, q, beforeCut, nowCut, asOf)
	out.Moves = make([]Move, len(out.Rows))
	index := make(map[string]int, len(out.Rows))
	nothing := (&tally{}).sum(currency)
	for i, r := range out.Rows {
		out.Moves[i] = Move{Keys: r.Keys, Now: r.Sum, Before: nothing}
		index[strings.Join(r.Keys, "\x00")] = i
	}
	for _, r := range sums(rows, currency) {
		key := strings.Join(r.Keys, "\x00")
		i, ok := index[key]
		if !ok {
			i, index[key] = len(out.Moves), len(out.Moves)
			out.Moves = append(out.Moves, Move{Keys: r.Keys, Now: nothing})
		}
		out.Moves[i].Before = r.Sum
	}
	out.Moved = Move{Now: out.Total, Before: total.sum(currency)}
	out.Between = Move{Now: nothing, Before: nothing}

	b := newBasket(e.book, len(out.Moves))
	b.fill(before.m, q, index, func(x *exchange) *spent { return &x.before })
	b.fill(now.m, q, index, func(x *exchange) *spent { return &x.now })
	for i := range out.Moves {
		out.Moves[i].settle(b.rows[i], b)
	}
	out.Moved.settle(b.total, b)
	if len(q.By) > 0 {
		out.between()
	}
}

// align gives the buckets of a span the names of those of another, as far as
// that has any.
func align(now, before buckets) buckets {
	edges := slices.Clone(before.edges)
	copy(edges[:len(edges)-1], now.edges[:len(now.edges)-1])
	return buckets{zone: now.zone, edges: edges}
}

// moved names the collector's buckets anew.
func (c *collector) moved(cut buckets) {
	w := *c.w
	w.cut = cut
	c.w = &w
}

// rowsBefore lists the rows of the span to compare with, under the names that
// they have been given, and its total.
func (e *Explorer) rowsBefore(c *collector, q *ExploreQuery, cut, names buckets, asOf time.Time) ([]finished, *tally) {
	before, total := q.before(), &tally{}
	for i := range c.rows {
		total.merge(&c.rows[i].tally)
	}
	var rows []finished
	if len(q.By) > 0 {
		rows = c.finish(before)
	}
	fees := newFeeRows(rows, q.By, q.Zone)
	eachFee(payable(e.plans, &before, e.cube.Sets), q.feesBefore(asOf), q.Zone, asOf, func(p *pricing.Plan, noon time.Time) {
		total.charge(p.Fee(noon), p.Currency)
		if !q.rowsCarry() {
			return
		}
		when := noon
		bucket := min(cut.find(usage.SlotOf(noon)), len(cut.edges)-2) // the last day may go on after the span
		if bucket >= 0 && bucket < len(names.edges)-1 {
			when = names.edges[bucket].Time()
		}
		fees.add(p, noon, when)
	})
	sortRows(fees.rows, q.By)
	return fees.rows, total
}

// comparable reports whether the costs of both sides, and their cash, are in
// one currency.
func (m *Move) comparable() (cost, cash bool) {
	now, before := &m.Now, &m.Before
	if len(now.Costs) > 0 || len(before.Costs) > 0 {
		return false, false
	}
	same := now.Currency == before.Currency
	return same || !now.Priced || !before.Priced, same || now.Cash.IsZero() || before.Cash.IsZero()
}

// settle says what has changed, and divides it over the goods of the row.
func (m *Move) settle(goods []bought, b *basket) {
	both := func(known func(*Sum) bool) bool { return known(&m.Now) && known(&m.Before) }
	cost, cash := m.comparable()
	all, open, families := make([]exchange, len(goods)), make([]exchange, len(goods)), make([]string, len(goods))
	for i := range goods {
		all[i], open[i], families[i] = goods[i].exchange, goods[i].open, b.goods[goods[i].good].meter
	}
	if cost {
		why := explain(all, families)
		m.Change, m.Price, m.Volume, m.Mix = m.Now.Cost.Sub(m.Before.Cost), why.price, why.volume, why.mix
		m.Known = both(func(s *Sum) bool { return s.Priced || s.Records == 0 })
	}
	if cash {
		why := explain(open, families)
		m.Cash = Effects{Change: m.Now.Cash.Sub(m.Before.Cash), Price: why.price, Volume: why.volume, Mix: why.mix, Fees: m.Now.PlanFee.Sub(m.Before.PlanFee)}
		m.Cash.Known = both(func(s *Sum) bool { return s.CashKnown || s.Records == 0 })
	}
}

// bought is a good of one row.
type bought struct {
	good int
	exchange
	open exchange // what of it no plan pays for
}

// basket holds the goods of every row and of the total.
type basket struct {
	book  *pricing.Book
	ids   map[good]int
	goods []good
	rows  [][]bought
	total []bought
	sides map[pricing.ModelRef][]int64
}

func newBasket(book *pricing.Book, rows int) *basket {
	return &basket{book: book, ids: make(map[good]int), rows: make([][]bought, rows), sides: make(map[pricing.ModelRef][]int64)}
}

// fill adds all that a mover has collected to one side.
func (b *basket) fill(m *mover, q *ExploreQuery, index map[string]int, side func(*exchange) *spent) {
	moveOf := m.rowsOf(q, index)
	for i := range m.shares {
		s := &m.shares[i]
		d := &m.w.cube.Sets[s.sample]
		of := good{biller: d.Provider, provider: s.provider, model: s.model, tier: s.tier, region: d.Region, currency: s.currency}
		for class, x := range s.classes {
			if x.n != 0 {
				of.class = pricing.Class(class)
				of.thresholds = b.above(s.provider, s.model, d.Band)
				b.add(moveOf[i], of, x, s.planned, side)
			}
		}
		for _, x := range s.meters {
			b.add(moveOf[i], good{biller: d.Provider, currency: s.currency, meter: x.meter}, x.spent, s.planned, side)
		}
	}
}

// rowsOf finds the move that each share belongs to, -1 where rows are not
// told apart.
func (m *mover) rowsOf(q *ExploreQuery, index map[string]int) []int {
	out := make([]int, len(m.shares))
	if len(q.By) == 0 {
		for i := range out {
			out[i] = -1
		}
		return out
	}
	w := *m.w
	w.cut = m.cut
	c := &collector{w: &w, g: m.g}
	type place struct {
		bucket int
		rowKey
	}
	places := make(map[place]int)
	for i := range m.shares {
		at := place{m.shares[i].bucket, m.shares[i].rowKey}
		n, ok := places[at]
		if !ok {
			n, places[at] = len(c.rows), len(c.rows)
			c.rows = append(c.rows, rowTally{bucket: at.bucket, rowKey: at.rowKey})
		}
		out[i] = n
	}
	rows := c.finish(q.Query)
	for i, n := range out {
		out[i] = index[strings.Join(rows[n].keys, "\x00")]
	}
	return out
}

func (b *basket) add(row int, of good, x spent, planned bool, side func(*exchange) *spent) {
	id, ok := b.ids[of]
	if !ok {
		id = len(b.goods)
		b.ids[of], b.goods = id, append(b.goods, of)
		b.total = append(b.total, bought{good: id})
	}
	b.total[id].add(x, planned, side)
	if row < 0 {
		return
	}
	goods := b.rows[row]
	at := slices.IndexFunc(goods, func(g bought) bool { return g.good == id })
	if at < 0 {
		at, goods = len(goods), append(goods, bought{good: id})
		b.rows[row] = goods
	}
	goods[at].add(x, planned, side)
}

func (g *bought) add(x spent, planned bool, side func(*exchange) *spent) {
	side(&g.exchange).add(x)
	if !planned {
		side(&g.open).add(x)
	}
}

func (s *spent) add(x spent) { s.n, s.cost = s.n+x.n, s.cost.Add(x.cost) }

// above counts the long-context thresholds of a model that all requests of a
// band are above. A band on both sides of one is priced as below it.
func (b *basket) above(provider, model string, band usage.Band) int {
	ref := pricing.ModelRef{Provider: provider, Model: model}
	all, ok := b.sides[ref]
	if !ok {
		for _, r := range b.book.Refinements(provider, model) {
			first := r.Context.Over
			if !r.Context.Inclusive {
				first++
			}
			if r.Context != (pricing.Context{}) && !slices.Contains(all, first) {
				all = append(all, first)
			}
		}
		b.sides[ref] = all
	}
	n := 0
	for _, first := range all {
		if band.Known() && band.Lo >= first {
			n++
		}
	}
	return n
}
