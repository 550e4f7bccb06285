package scenario

import (
	"cmp"
	"errors"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// ErrCurrencies is wrapped by the error of [Prepare] about usage in several
// currencies, which are never added up.
var ErrCurrencies = errors.New("the usage is paid in several currencies: limit the scenario to one of them")

// Run applies levers, in their fixed order whatever order they come in. It
// returns an error that wraps [ErrLever] if one of them, or several together,
// mean nothing. No levers is no change.
func (b *Base) Run(levers []Lever) (*Result, error) { return b.RunChain(levers) }

// RunChain applies scenarios one after the other: the swaps of each look at the
// models as those before it have left them. Contributions are listed in the
// order in which they apply.
func (b *Base) RunChain(scenarios ...[]Lever) (*Result, error) {
	var all []Lever
	for _, levers := range scenarios {
		if err := Check(levers); err != nil {
			return nil, err
		}
		all = append(all, levers...)
	}
	scopes, names := scopesOf(all)
	if len(scopes) > maxScopes {
		return nil, tooManyScopes()
	}
	uses := func(p *pool) []*use {
		var out []*use
		for i, levers := range scenarios {
			for _, l := range inOrder(levers) {
				u := &use{Lever: l, pool: p, scope: -1, out: Contribution{Lever: l}, chain: i, from: b.matcher(l.From)}
				if len(l.Scope) > 0 {
					u.scope, _ = slices.BinarySearch(names, l.Scope.String())
				}
				out = append(out, u)
			}
		}
		return out
	}
	part := b.partitionFor(scopes, names)
	n := 1
	if len(part.classes) >= parallelFrom {
		n = min(2, runtime.GOMAXPROCS(0))
	}
	workers := make([]*running, n)
	var group sync.WaitGroup
	for k := range workers {
		r := &running{b: b, rows: make(map[pricing.ModelRef]*rowSum)}
		r.uses = uses(&r.pool)
		workers[k] = r
		classes := part.classes[len(part.classes)*k/n : len(part.classes)*(k+1)/n]
		work := func() {
			for i := range classes {
				r.class(&classes[i])
			}
		}
		if k+1 < n {
			group.Go(work)
		} else {
			work()
		}
	}
	group.Wait()
	for _, r := range workers[1:] {
		workers[0].merge(r)
	}
	return workers[0].result(), nil
}

// parallelFrom is the number of classes from which a second processor pays.
const parallelFrom = 64

// merge adds what another run over other classes has found.
func (r *running) merge(o *running) {
	for i, u := range r.uses {
		v := o.uses[i]
		a, b := &u.out, &v.out
		a.Cost, a.CostLow, a.CostHigh = a.Cost.Add(b.Cost), a.CostLow.Add(b.CostLow), a.CostHigh.Add(b.CostHigh)
		a.Cash, a.CashLow, a.CashHigh = a.Cash.Add(b.Cash), a.CashLow.Add(b.CashLow), a.CashHigh.Add(b.CashHigh)
		a.Applied, a.Misfit, a.MayMisfit = a.Applied || b.Applied, a.Misfit+b.Misfit, a.MayMisfit+b.MayMisfit
		u.lost = u.lost || v.lost
		if len(v.lostFor) > 0 {
			if u.lostFor == nil {
				u.lostFor = make(map[pricing.ModelRef]bool)
			}
			maps.Copy(u.lostFor, v.lostFor)
		}
		u.notes.merge(&v.notes)
	}
	for ref, s := range o.rows {
		r.row(ref).merge(s)
	}
}

// inOrder sorts levers into the fixed order. Levers of one kind are ordered by
// their text, so that the order in which they were added does not matter.
func inOrder(levers []Lever) []Lever {
	out := slices.Clone(levers)
	kinds := Kinds()
	slices.SortStableFunc(out, func(a, b Lever) int {
		if c := cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)); c != 0 {
			return c
		}
		return strings.Compare(a.String(), b.String())
	})
	return out
}

// running is one run.
type running struct {
	b      *Base
	uses   []*use
	rows   map[pricing.ModelRef]*rowSum
	groups []group // of the class at hand
	tables []*rateTable
	steps  []step
	pool   pool
}

// group is usage of a class at constant prices.
type group struct {
	atom       int32
	tokens     amounts
	quantities []usage.Quantity
}

// step is what a lever made of a class.
type step struct {
	use         *use
	state       state
	least, most state // with only the lever's own range at its ends; nil if none
}

// class applies all levers to a class and adds up what they change.
func (r *running) class(c *class) {
	r.pool.used = 0
	start := r.b.lookUp(append(r.pool.state(1), newBranch(c)))
	now, low, high := start, start, start
	r.steps = r.steps[:0]
	ranged, chain := false, 0
	for _, u := range r.uses {
		if u.chain != chain {
			chain = u.chain
			now, low, high = r.b.lookUp(now.settle(&r.pool)), low.settle(&r.pool), high.settle(&r.pool)
		}
		if !u.holds(c) {
			continue
		}
		s := step{use: u, state: r.b.lookUp(r.b.apply(u, c, now, likely))}
		own := u.ranged() || uncertain(s.state) && !uncertain(now)
		if own {
			s.least, s.most = r.b.lookUp(r.b.apply(u, c, now, lowest)), r.b.lookUp(r.b.apply(u, c, now, highest))
		}
		if same(s.state, now) && (!own || same(s.least, now) && same(s.most, now)) {
			continue
		}
		if own || ranged {
			low, high, ranged = r.b.apply(u, c, low, lowest), r.b.apply(u, c, high, highest), true
		} else {
			low, high = s.state, s.state
		}
		now = s.state
		r.steps = append(r.steps, s)
	}
	if len(r.steps) == 0 {
		return
	}
	for i := range r.steps {
		s := &r.steps[i]
		s.state, s.least, s.most = r.expand(c, s.state), r.expand(c, s.least), r.expand(c, s.most)
	}
	low, high = r.expand(c, low), r.expand(c, high)
	r.cutGroups(c, start, r.steps, low, high)
	r.add(c, start, r.steps, low, high)
}

// uncertain reports whether ratios or moved bands make a range of a state.
func uncertain(s state) bool {
	return slices.ContainsFunc(s, func(br branch) bool { return br.fuzzy || br.moved })
}

// ranged reports whether the lever's own values are a range.
func (u *use) ranged() bool { return !u.By.Exact() }

// neutral reports whether the lever stands where it changes nothing, as a slider
// may.
func (l *Lever) neutral() bool {
	switch l.Kind {
	case Growth, Prompt, Output, Effort:
		return l.By == Exactly(Whole)
	case Choices:
		return l.N == 1
	case Swap, FineTune, Tier:
		return l.Share == 0
	case CacheHit:
		return l.By == Range{}
	}
	return false
}

// same reports whether a lever has left a state alone.
func same(a, b state) bool { return slices.Equal(a, b) }

// settle makes the models of the moment those that the next scenario's swaps
// look at.
func (s state) settle(p *pool) state {
	return s.each(p, func(br *branch) {
		br.origin, br.routed, br.tiered, br.inRoute, br.inTier = br.model, false, false, false, false
	})
}

// cutGroups adds up the entries of a class between which no price changes that
// any of its branches has.
func (r *running) cutGroups(c *class, start state, steps []step, low, high state) {
	r.tables = r.tables[:0]
	note := func(s state) {
		for i := range s {
			if t := r.b.tableOf(&s[i]); !slices.Contains(r.tables, t) {
				r.tables = append(r.tables, t)
			}
		}
	}
	note(start)
	for i := range steps {
		note(steps[i].state)
		note(steps[i].least)
		note(steps[i].most)
	}
	note(low)
	note(high)
	r.groups = r.groups[:0]
	for i := range c.entries {
		e := &c.entries[i]
		n := len(r.groups)
		if n == 0 || len(e.quantities) > 0 || len(r.groups[n-1].quantities) > 0 || r.changes(r.groups[n-1].atom, e.atom) {
			r.groups = append(r.groups, group{e.atom, e.tokens, e.quantities})
			continue
		}
		r.groups[n-1].tokens.add(&e.tokens)
	}
}

func (r *running) changes(a, b int32) bool {
	for _, t := range r.tables {
		if t.of[a] != t.of[b] {
			return true
		}
	}
	return false
}

// cost returns what the usage of the class at hand costs in a state.
func (r *running) cost(s state, v int) money.Amount {
	var sum money.Amount
	for i := range s {
		sum = sum.Add(r.branchCost(&s[i], v))
	}
	return sum
}

func (r *running) branchCost(br *branch, v int) money.Amount {
	t := r.b.tableOf(br)
	if !t.ranged {
		v = likely
	}
	if br.done>>v&1 == 1 {
		return br.cost[v]
	}
	var sum money.Amount
	p := br.plan()
	for i := range r.groups {
		g := &r.groups[i]
		x := t.at(g.atom)
		units, _ := x.quantities(g.quantities)
		sum = sum.Add(p.cost(&g.tokens, x, v, units))
	}
	br.cost[v], br.done = sum, br.done|1<<v
	return sum
}

// add adds what the levers change on a class to the contributions and rows.
func (r *running) add(c *class, start state, steps []step, low, high state) {
	first := r.cost(start, likely)
	before := first
	for i := range steps {
		s := &steps[i]
		after := r.cost(s.state, likely)
		delta := after.Sub(before)
		least, most := delta, delta
		if s.least != nil {
			ends := [2]money.Amount{r.cost(s.least, s.rates(lowest)).Sub(before), r.cost(s.most, s.rates(highest)).Sub(before)}
			for _, e := range ends {
				least, most = smaller(least, e), larger(most, e)
			}
		}
		o := &s.use.out
		o.Applied = true
		o.Cost, o.CostLow, o.CostHigh = o.Cost.Add(delta), o.CostLow.Add(least), o.CostHigh.Add(most)
		if !c.planned {
			o.Cash, o.CashLow, o.CashHigh = o.Cash.Add(delta), o.CashLow.Add(least), o.CashHigh.Add(most)
		}
		before = after
	}
	r.addRows(c, start, steps[len(steps)-1].state, low, high)
}

// rates says which rates the end of a lever's own range is computed with: those
// of the ends only where the lever has moved requests to other bands.
func (s *step) rates(v int) int {
	for i := range s.state {
		if s.state[i].moved {
			return v
		}
	}
	return likely
}

func smaller(a, b money.Amount) money.Amount {
	if b.Cmp(a) < 0 {
		return b
	}
	return a
}

func larger(a, b money.Amount) money.Amount {
	if b.Cmp(a) > 0 {
		return b
	}
	return a
}

// result puts everything together.
func (r *running) result() *Result {
	b := r.b
	out := &Result{Span: b.span, Days: b.days, Before: b.before, Known: true}
	for _, u := range r.uses {
		o := u.out
		o.Known = !u.lost
		o.Ranged = o.CostLow != o.CostHigh
		if o.Misfit > 0 || o.MayMisfit > 0 {
			u.tell(likely, "window", pricing.ModelRef{}, pricing.ModelRef{}, func() string { return misfits(&o) })
		}
		if u.Kind == FineTune && o.Applied {
			out.Training = out.Training.Add(u.Training)
			o.Payback = b.payback(u.Training, o.Cash)
		}
		if !o.Applied && !u.lost && len(u.notes.list) == 0 && !u.neutral() {
			u.tell(likely, "no-usage", pricing.ModelRef{}, pricing.ModelRef{}, func() string { return u.String() + ": there is no usage that it changes" })
		}
		o.Notes = u.notes.list
		out.Known = out.Known && o.Known
		out.Levers = append(out.Levers, o)
		for _, n := range o.Notes {
			if !slices.Contains(out.Notes, n) {
				out.Notes = append(out.Notes, n)
			}
		}
	}
	r.finish(out)
	return out
}

// sortModels sorts by amount, the largest first, then by name.
func sortModels[T any](list []T, of func(*T) (pricing.ModelRef, money.Amount)) {
	slices.SortFunc(list, func(x, y T) int {
		a, p := of(&x)
		b, q := of(&y)
		return cmp.Or(q.Cmp(p), strings.Compare(a.Provider, b.Provider), strings.Compare(a.Model, b.Model))
	})
}
