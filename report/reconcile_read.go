package report

import (
	"cmp"
	"slices"
	"strings"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// ledger is what bills and figures say of each account and day.
type ledger struct {
	in       *ReconcileInput
	head     *headline
	w        *walker
	from, to usage.Slot
	names    lineNames
	ids      map[accountKey]int32
	items    map[uint32]billItem // of billed sets
	book     map[int32]*accountLedger
	bases    map[basisDay]*basisSum
}

// accountLedger is one account.
type accountLedger struct {
	id int32
	accountKey
	days     map[int32]*dayLedger
	bill     map[string]bool // currencies of the bill
	keys     bool            // the bill tells keys apart
	projects bool
	usedOn   map[place]bool // that have usage
	pricedIn map[string]bool
}

// dayLedger is one UTC day of an account.
type dayLedger struct {
	basis  usage.Basis
	billed bool // the bill has something on it
	lines  map[lineKey]*entry
}

type lineKey struct{ currency, model, item string }

func (k lineKey) compare(o lineKey) int {
	return cmp.Or(strings.Compare(k.model, o.model), cmp.Compare(itemRank(k.item), itemRank(o.item)), strings.Compare(k.item, o.item))
}

func itemRank(item string) int {
	if i := slices.Index([]string{itemInput, itemCacheRead, itemCacheWrite, itemOutput}, item); i >= 0 {
		return i
	}
	return 4
}

// entry is one line of one day.
type entry struct {
	Compared
	tiers  map[string]*sides
	places map[place]*sides
	pieces map[piece]usage.Tokens // the usage, by what decides about its price
}

// place is where usage belongs to, as far as bills tell.
type place struct{ project, key string }

// sides are the two sides of a part of an entry.
type sides struct{ billed, priced money.Amount }

// piece is usage with one price.
type piece struct {
	provider, model, tier, region string
	band                          usage.Band
}

type basisDay struct {
	account int32
	basis   usage.Basis
	day     int32
}

type basisSum struct {
	tokens int64
	cost   money.Amount
}

func newLedger(in *ReconcileInput, head *headline, from, to usage.Slot) *ledger {
	l := &ledger{in: in, head: head, from: from, to: to, ids: make(map[accountKey]int32), items: make(map[uint32]billItem),
		names: lineNames{in.Book, to.Time(), make(map[[2]string]string)}, book: make(map[int32]*accountLedger), bases: make(map[basisDay]*basisSum)}
	for i, k := range head.names {
		l.ids[k] = int32(i)
	}
	return l
}

// read walks the cells of the span, day by day.
func (l *ledger) read() {
	days := buckets{edges: []usage.Slot{l.from}}
	for at := l.from + 96; at <= l.to; at += 96 {
		days.edges = append(days.edges, at)
	}
	if len(days.edges) == 1 {
		days.edges = append(days.edges, l.from)
	}
	sets := l.in.Cube.Sets
	keep, group, ids := make([]bool, len(sets)), make([]int32, len(sets)), make(map[[3]string]int32)
	for i := range sets {
		d := &sets[i]
		keep[i] = l.head.own[i] >= 0 && (l.in.Provider == "" || d.Provider == l.in.Provider) &&
			(l.in.Account == "" || l.head.names[l.head.own[i]].name == l.in.Account)
		k := [3]string{d.Project, d.Key, usage.ByLineItem.Of(d)}
		id, ok := ids[k]
		if !ok {
			id = int32(len(ids))
			ids[k] = id
		}
		group[i] = id
	}
	l.w = newWalker(l.in.Cube, l.in.Book, l.head, days, keep, group)
	l.w.walkAll([]func(*chunk){l.add})
}

func (l *ledger) accountOf(id int32) *accountLedger {
	a := l.book[id]
	if a == nil {
		a = &accountLedger{id: id, accountKey: l.head.names[id], days: make(map[int32]*dayLedger), bill: make(map[string]bool),
			usedOn: make(map[place]bool), pricedIn: make(map[string]bool)}
		l.book[id] = a
	}
	return a
}

func (a *accountLedger) day(day int32) *dayLedger {
	d := a.days[day]
	if d == nil {
		d = &dayLedger{lines: make(map[lineKey]*entry)}
		a.days[day] = d
	}
	return d
}

func (d *dayLedger) entry(k lineKey) *entry {
	e := d.lines[k]
	if e == nil {
		e = &entry{tiers: make(map[string]*sides), places: make(map[place]*sides), pieces: make(map[piece]usage.Tokens)}
		d.lines[k] = e
	}
	return e
}

func sidesOf[K comparable](m map[K]*sides, k K) *sides {
	s := m[k]
	if s == nil {
		s = &sides{}
		m[k] = s
	}
	return s
}

func (l *ledger) add(ch *chunk) {
	if ch.planned && !ch.billed {
		return
	}
	id := l.head.own[ch.sample]
	day := l.w.cut.edges[ch.bucket].Day()
	if ch.billed {
		l.addBill(l.accountOf(id), day, ch)
		return
	}
	sum := l.bases[basisDay{id, l.head.basis[ch.sample], day}]
	if sum == nil {
		sum = &basisSum{}
		l.bases[basisDay{id, l.head.basis[ch.sample], day}] = sum
	}
	sum.tokens += ch.m.Total()
	if ch.charge.Priced && ch.charge.Currency == defaultCurrency {
		sum.cost = sum.cost.Add(ch.charge.Cost)
	}
	if ch.counts {
		l.addUsage(l.accountOf(id), day, ch)
	}
}

// addBill adds a position of a bill.
func (l *ledger) addBill(a *accountLedger, day int32, ch *chunk) {
	d := &l.in.Cube.Sets[ch.sample]
	item, ok := l.items[ch.sample]
	if !ok {
		item = parseItem(d)
		if text := usage.ByLineItem.Of(d); item.item == text && item.model == "" && text != "" {
			if res := l.in.Book.Resolve(d.Provider, text, l.names.at); res.Model != "" { // a model by itself: an embedding, which only reads
				item.model, item.item = text, itemInput
			}
		}
		l.items[ch.sample] = item
	}
	of := a.day(day)
	of.billed = true
	a.keys, a.projects = a.keys || d.Key != "", a.projects || d.Project != ""
	model := item.model
	if model != "" {
		model = l.names.of(d.Provider, model)
	}
	for i := range ch.m.Reported {
		said := &ch.m.Reported[i]
		a.bill[said.Currency] = true
		e := of.entry(lineKey{said.Currency, model, item.item})
		e.Billed = e.Billed.Add(said.Amount)
		for _, q := range ch.m.Quantities {
			if q.Meter == "billed_tokens" && len(ch.m.Reported) == 1 {
				e.BilledTokens, e.HasBilledTokens = e.BilledTokens+q.N, true
			}
		}
		tier, at := sidesOf(e.tiers, tierName(item.tier)), sidesOf(e.places, place{d.Project, d.Key})
		tier.billed, at.billed = tier.billed.Add(said.Amount), at.billed.Add(said.Amount)
	}
}

func tierName(tier string) string { return cmp.Or(tier, "standard") }

// addUsage adds what counts, class by class and meter by meter.
func (l *ledger) addUsage(a *accountLedger, day int32, ch *chunk) {
	d := &l.in.Cube.Sets[ch.sample]
	of := a.day(day)
	of.basis = max(of.basis, l.head.basis[ch.sample])
	a.usedOn[place{d.Project, d.Key}] = true
	model := l.names.of(d.Provider, d.Model)
	t := &ch.m.Tokens
	for _, part := range []struct {
		item   string
		tokens usage.Tokens
	}{{itemInput, usage.Tokens{Input: t.Input}}, {itemCacheRead, usage.Tokens{CacheRead: t.CacheRead}},
		{itemCacheWrite, usage.Tokens{CacheWrite5m: t.CacheWrite5m, CacheWrite1h: t.CacheWrite1h}}, {itemOutput, usage.Tokens{Output: t.Output}}} {
		if part.tokens.IsZero() {
			continue
		}
		c := l.charge(ch, part.tokens, nil)
		e := l.addCharge(a, of, lineKey{c.Currency, model, part.item}, d, &c)
		e.Tokens += part.tokens.Total()
		k := piece{d.Provider, d.Model, d.Tier, d.Region, d.Band}
		e.pieces[k] = e.pieces[k].Add(part.tokens)
	}
	for _, q := range ch.m.Quantities {
		c := l.charge(ch, usage.Tokens{}, []usage.Quantity{q})
		l.addCharge(a, of, lineKey{c.Currency, "", q.Meter}, d, &c)
	}
}

// charge prices a part of a chunk. Prices are per unit, so the parts add up to
// the chunk's charge.
func (l *ledger) charge(ch *chunk, tokens usage.Tokens, quantities []usage.Quantity) pricing.Charge {
	var c pricing.Charge
	if ch.shared > 0 {
		c = l.in.Book.ChargeCell(&l.in.Cube.Sets[ch.sample], ch.span[0].Time(), ch.span[1].Time(), tokens, quantities)
	} else {
		c = ch.tariff.Charge(tokens, quantities)
	}
	if !c.Priced {
		c.Currency = "" // decided by the bill
	}
	return c
}

func (l *ledger) addCharge(a *accountLedger, of *dayLedger, k lineKey, d *usage.Dims, c *pricing.Charge) *entry {
	if k.currency != "" {
		a.pricedIn[k.currency] = true
	}
	e := of.entry(k)
	e.Priced, e.Low, e.High = e.Priced.Add(c.Cost), e.Low.Add(c.Low), e.High.Add(c.High)
	e.UnpricedTokens += c.UnpricedTokens
	tier, at := sidesOf(e.tiers, tierName(d.Tier)), sidesOf(e.places, place{d.Project, d.Key})
	tier.priced, at.priced = tier.priced.Add(c.Cost), at.priced.Add(c.Cost)
	return e
}

// claim reports whether a source of a basis has read an account's day in full,
// and whether it says of any day that it has.
func (l *ledger) claim(account int32, basis usage.Basis, day int32) (covered, says bool) {
	for i := range l.in.Cube.Coverage {
		c := &l.in.Cube.Coverage[i]
		if c.Basis != basis {
			continue
		}
		name, known := l.head.sole.owner(c.Provider, c.Account, c.Basis)
		if id, ok := l.ids[accountKey{c.Provider, name}]; !known || !ok || id != account {
			continue
		}
		says = true
		if c.Contains((usage.Slot(day) * 96).Time()) {
			return true, true
		}
	}
	return false, says
}
