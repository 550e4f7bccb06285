package scenario

import (
	"fmt"
	"slices"

	"tokpit/budget"
	"tokpit/pricing"
)

// outputs is the distribution of the output of a class's requests. Without
// records a cell stands for as many requests as it counts, each of its mean.
type outputs struct {
	list  []outputGroup // by output per request, rising
	exact bool          // one request each
	all   int64         // tokens of the list, and of what has no count of requests
}

type outputGroup struct {
	tokens, requests int64
	tokensTo         int64 // of all groups up to this one
	requestsTo       int64
}

func newOutputs(list []outputGroup) *outputs {
	o := &outputs{exact: true}
	for _, g := range list {
		o.all += g.tokens
		if g.requests > 0 && g.tokens > 0 {
			o.list = append(o.list, g)
			o.exact = o.exact && g.requests == 1
		}
	}
	slices.SortFunc(o.list, func(a, b outputGroup) int {
		return a.each().cmp(b.each())
	})
	var t, r int64
	for i := range o.list {
		t, r = t+o.list[i].tokens, r+o.list[i].requests
		o.list[i].tokensTo, o.list[i].requestsTo = t, r
	}
	return o
}

// left returns the part of the output that a cap leaves, if every request's
// output is multiplied by scale and generated times over.
func (o *outputs) left(limit, times int64, scale frac) frac {
	if o.all == 0 || scale.isZero() || len(o.list) == 0 {
		return entire()
	}
	most := quotient(uint64(limit), 1).mul(quotient(uint64(times), 1)).div(scale) // per request, as it is recorded
	at, _ := slices.BinarySearchFunc(o.list, most, func(g outputGroup, m frac) int {
		if g.each().cmp(m) <= 0 {
			return -1
		}
		return 1
	})
	last := o.list[len(o.list)-1]
	var below outputGroup
	if at > 0 {
		below = o.list[at-1]
	}
	cut := quotient(uint64(last.tokensTo-below.tokensTo), 1).sub(most.mul(quotient(uint64(last.requestsTo-below.requestsTo), 1)))
	return entire().sub(cut.div(quotient(uint64(o.all), 1)))
}

// capOutput limits the output of every request.
func (b *Base) capOutput(u *use, c *class, br *branch, v int) {
	o := b.outputsOf(c)
	if len(o.list) == 0 {
		if c.total.output() > 0 {
			if v == likely {
				u.lose(c)
			}
			u.tell(v, "no-requests", c.ref(), pricing.ModelRef{}, func() string {
				return "its source counts no requests, so nobody knows what a cap would cut"
			})
		}
		return
	}
	switch {
	case o.exact:
	case len(c.known) > 0:
		u.tell(v, "cap-sample", c.ref(), pricing.ModelRef{}, func() string {
			return fmt.Sprintf("the output of %d of %d requests is known, and taken for that of all", len(c.known), c.requests)
		})
	default:
		u.tell(v, "cap-mean", pricing.ModelRef{}, pricing.ModelRef{}, func() string {
			return "the output of single requests is not known everywhere: there the cap is held against the mean of a quarter hour, which cuts too little"
		})
	}
	left := o.left(u.N, br.times, br.said)
	br.said, br.mused = br.said.mul(left), br.mused.mul(left)
}

// outputsOf returns the distribution of a class, which is made once.
func (b *Base) outputsOf(c *class) *outputs {
	b.mu.RLock()
	o := c.outputs
	b.mu.RUnlock()
	if o != nil {
		return o
	}
	var list []outputGroup
	if len(c.known) > 0 {
		for i := range c.known {
			list = append(list, outputGroup{tokens: c.known[i].output, requests: 1})
		}
		o = newOutputs(list)
		o.exact = c.complete()
		return b.keepOutputs(c, o)
	}
	for i := range c.cells {
		cell := c.cells[i]
		list = append(list, outputGroup{tokens: b.cube.Tokens[4].At(int(cell)), requests: b.cube.Requests.At(int(cell))})
	}
	return b.keepOutputs(c, newOutputs(list))
}

func (b *Base) keepOutputs(c *class, o *outputs) *outputs {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c.outputs == nil {
		c.outputs = o
	}
	return c.outputs
}

// Lengths is how long the outputs of requests are, in tokens.
type Lengths struct {
	Requests           int64
	P50, P90, P99, Max int64
	// Exact: every request is known by itself. Otherwise some stand for several, of
	// their mean.
	Exact bool
}

// Suggested is a max_tokens that hardly any request reaches: a fifth more than
// what 99 in 100 keep to.
func (l Lengths) Suggested() int64 { return (l.P99*6 + 4) / 5 }

// Outputs says how long the outputs are of usage in a scope.
func (b *Base) Outputs(scope budget.Scope) Lengths {
	var scopes []budget.Scope
	var names []string
	if len(scope) > 0 {
		scopes, names = []budget.Scope{scope}, []string{scope.String()}
	}
	var inside []*class
	part := b.partitionFor(scopes, names)
	for i := range part.classes {
		if c := &part.classes[i]; len(scope) == 0 || c.inside != 0 {
			inside = append(inside, c)
		}
	}
	l, _ := b.lengths(inside)
	return l
}

// lengths says how long the outputs of classes are, and groups them by that.
func (b *Base) lengths(classes []*class) (Lengths, []outputGroup) {
	l := Lengths{Exact: true}
	var all []outputGroup
	for _, c := range classes {
		o := b.outputsOf(c)
		all = append(all, o.list...)
		l.Exact = l.Exact && o.exact
	}
	slices.SortFunc(all, func(x, y outputGroup) int { return x.each().cmp(y.each()) })
	for _, g := range all {
		l.Requests += g.requests
	}
	var seen int64
	for _, g := range all {
		n := g.each().ceil(1)
		for _, q := range []struct {
			to      *int64
			percent int64
		}{{&l.P50, 50}, {&l.P90, 90}, {&l.P99, 99}} {
			if seen*100 < l.Requests*q.percent {
				*q.to = n
			}
		}
		seen, l.Max = seen+g.requests, n
	}
	return l, all
}

// above is how many requests have outputs of more than so many tokens.
func above(rising []outputGroup, tokens int64) int64 {
	var n int64
	for i := len(rising) - 1; i >= 0 && rising[i].each().ceil(1) > tokens; i-- {
		n += rising[i].requests
	}
	return n
}

// each is the output of one request.
func (g *outputGroup) each() frac { return quotient(uint64(g.tokens), uint64(g.requests)) }
