package scenario

import (
	"iter"

	"tokpit/budget"
	"tokpit/usage"
)

// request is one request as a record tells of it.
type request struct {
	dims                  int32 // of requestLog.dims
	fresh, cached, output int64
}

// requestLog keeps what levers need to know of single requests.
type requestLog struct {
	dims []usage.Dims // without session and machine
	list []request
}

func newRequestLog(records iter.Seq[*usage.Record], edges usage.Edges) requestLog {
	var log requestLog
	if records == nil {
		return log
	}
	ids := make(map[usage.Dims]int32)
	for r := range records {
		if r.Context == usage.Absent || r.Requests > 1 || !r.End.IsZero() || r.Tokens.Check() != nil {
			continue // it stands for several requests
		}
		d := r.Dims
		d.Session, d.Machine, d.Band = "", "", r.BandIn(edges)
		id, ok := ids[d]
		if !ok {
			id = int32(len(log.dims))
			ids[d] = id
			log.dims = append(log.dims, d)
		}
		log.list = append(log.list, request{id, r.Input, r.TotalInput() - r.Input, r.Output})
	}
	return log
}

// requestClass is what a class's requests have in common. Whether a plan pays
// for a request is not asked: it does not change how long it is.
func (k classKey) requestClass() classKey {
	k.planned = false
	return k
}

// known gives the classes of a partition their requests.
func (l *requestLog) known(scopes []budget.Scope, classes []class) {
	if len(l.list) == 0 {
		return
	}
	of := make(map[classKey]int32)
	var lists [][]request
	for i := range classes {
		k := classes[i].key().requestClass()
		if _, ok := of[k]; !ok {
			of[k] = int32(len(lists))
			lists = append(lists, nil)
		}
	}
	class := make([]int32, len(l.dims))
	for i := range l.dims {
		d := &l.dims[i]
		id, ok := of[classKey{d.Provider, d.Model, d.Tier, d.Region, d.Band, d.Basis == usage.Logged, false, insideOf(scopes, d)}]
		if class[i] = -1; ok {
			class[i] = id
		}
	}
	for _, r := range l.list {
		if id := class[r.dims]; id >= 0 {
			lists[id] = append(lists[id], r)
		}
	}
	for i := range classes {
		classes[i].known = lists[of[classes[i].key().requestClass()]]
	}
}

func (c *class) key() classKey {
	return classKey{c.Provider, c.Model, c.Tier, c.Region, c.Band, c.logged(), c.planned, c.inside}
}

// complete reports whether the requests that are known are all of the class.
func (c *class) complete() bool {
	if len(c.known) == 0 || int64(len(c.known)) != c.requests {
		return false
	}
	var in, out int64
	for i := range c.known {
		in, out = in+c.known[i].fresh+c.known[i].cached, out+c.known[i].output
	}
	return in == c.total.input() && out == c.total.output()
}

// expand divides the branches whose requests have moved to other bands, where
// single requests are known and their prices depend on it.
func (r *running) expand(c *class, s state) state {
	if len(c.known) == 0 {
		return s
	}
	var out state
	for i := range s {
		br := &s[i]
		split := br.moved && r.b.tableOf(br).ranged
		if split && out == nil {
			out = append(out, s[:i]...)
		}
		switch {
		case split:
			out = r.divide(c, br, out)
		case out != nil:
			out = append(out, *br)
		}
	}
	if out == nil {
		return s
	}
	return out
}

// divide appends the parts of a branch by the band that its requests now have.
func (r *running) divide(c *class, br *branch, out state) state {
	type part struct {
		band                         usage.Band
		fresh, cached, output, calls int64
	}
	var parts []part
	var all part
	edges := r.b.edges
	for i := range c.known {
		q := &c.known[i]
		// A total between two whole numbers is on the upper one's side of a threshold.
		total := quotient(uint64(q.fresh), 1).mul(br.fresh).add(quotient(uint64(q.cached), 1).mul(br.kept)).ceil(1)
		band := edges.Band(total)
		at := 0
		for at < len(parts) && parts[at].band != band {
			at++
		}
		if at == len(parts) {
			parts = append(parts, part{band: band})
		}
		for _, p := range []*part{&parts[at], &all} {
			p.fresh, p.cached, p.output, p.calls = p.fresh+q.fresh, p.cached+q.cached, p.output+q.output, p.calls+1
		}
	}
	for _, p := range parts {
		one := *br
		one.band, one.point, one.moved, one.prices = p.band, usage.Band{}, false, nil
		portion := func(n, of int64) frac {
			if of == 0 {
				return quotient(uint64(p.calls), uint64(all.calls)) // none of it is known to be anywhere
			}
			return quotient(uint64(n), uint64(of))
		}
		one.calls = br.calls.mul(portion(p.calls, all.calls))
		one.fresh, one.kept = br.fresh.mul(portion(p.fresh, all.fresh)), br.kept.mul(portion(p.cached, all.cached))
		answer := portion(p.output, all.output)
		one.said, one.mused = br.said.mul(answer), br.mused.mul(answer)
		out = append(out, one)
	}
	return out
}
