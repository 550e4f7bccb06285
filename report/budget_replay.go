package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// BudgetRecords collects the records that a hard limit is replayed on. They are
// as long as the store's records of the span: a few hundred bytes each.
type BudgetRecords struct {
	builder *usage.Builder // for numbering sets
	held    []heldRecord
}

type heldRecord struct {
	at, until int64 // ms; until is 0 for one response
	set       uint32
	width     uint8
	m         usage.Measures
}

// NewBudgetRecords returns an empty collection.
func NewBudgetRecords() *BudgetRecords { return &BudgetRecords{builder: usage.NewBuilder(0)} }

// Add takes a record as the store hands it out, with the band that it is summed
// under.
func (rs *BudgetRecords) Add(r *usage.Record) {
	h := heldRecord{at: r.Start.UnixMilli(), set: rs.builder.Set(r.Dims), width: 1, m: r.Measures()}
	if !r.End.IsZero() {
		h.until = r.End.UnixMilli()
		switch long := r.End.Sub(r.Start); {
		case long > 4*usage.SlotLength:
			h.width = 96
		case long > usage.SlotLength:
			h.width = 4
		}
	}
	rs.held = append(rs.held, h)
}

// BudgetReplay is the spend of one period of a budget, request by request.
// Provider data is known by bucket only. Flat fees are left out: no limit of a
// provider sees them.
type BudgetReplay struct {
	Period usage.Span
	Pieces []budget.Spent // by time; what cannot be priced costs nothing and may be refused
	// Groups are what refusals are counted by; a piece's Group is an index. Only
	// Key, Project, User and Model are set.
	Groups         []usage.Dims
	Total          money.Amount // of the pieces
	UnpricedTokens int64
	Ranged         bool // some pieces have a range of prices; their base price counts
	Buckets        int64
	// uncounted are the groups of pieces whose requests are not counted.
	uncounted map[uint32]bool
	// Unseen is the number of records in scope that do not count here because
	// a plan pays for them.
	Unseen int64
}

// Replay prices the records for a budget's period. The records must be those of
// q.Cells() for the budget's query (see [BudgetQuery]), and coverage what the
// store says of them.
func (rs *BudgetRecords) Replay(b *budget.Budget, period usage.Span, q Query, rules *Rules, coverage []usage.Coverage, book *pricing.Book, plans []pricing.Plan) (*BudgetReplay, error) {
	q, err := q.named()
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(rs.held, func(a, b heldRecord) int { return cmp.Compare(a.at, b.at) })
	for i := range rs.held {
		h := &rs.held[i]
		rs.builder.Add(usage.SlotOf(time.UnixMilli(h.at)), h.width, h.set, h.m)
	}
	rs.builder.Cover(coverage)
	cube := rules.Apply(rs.builder.Cube(), q.Names) // keeps the cells where they are
	p := newPiecer(b, period, cube)
	from, to := slotsOf(cube, period.Since, period.Until)
	p.w = newWalker(cube, book, newHeadline(cube, plans, 0), cut(q.Zone, nil, from, to), keepSets(cube.Sets, q.Filter), p.group)
	p.running = make([]running, len(p.w.sample))
	for i := range p.running {
		p.running[i].until = startOfTime
	}
	for i := range rs.held {
		if period.Contains(time.UnixMilli(rs.held[i].at)) {
			p.add(i, &rs.held[i])
		}
	}
	return &p.out, nil
}

// piecer makes pieces of records, which are the cells of its walker's cube.
type piecer struct {
	w        *walker
	currency string
	group    []int32 // by set
	running  []running
	chunk    chunk
	out      BudgetReplay
}

func newPiecer(b *budget.Budget, period usage.Span, cube *usage.Cube) *piecer {
	p := &piecer{currency: b.Currency, group: make([]int32, len(cube.Sets)), out: BudgetReplay{Period: period, uncounted: make(map[uint32]bool)}}
	known := make(map[usage.Dims]int32)
	for i := range cube.Sets {
		d := &cube.Sets[i]
		name := usage.Dims{Key: d.Key, Project: d.Project, User: d.User, Model: d.Model}
		n, ok := known[name]
		if !ok {
			n = int32(len(p.out.Groups))
			known[name] = n
			p.out.Groups = append(p.out.Groups, name)
		}
		p.group[i] = n
	}
	return p
}

func (p *piecer) add(i int, h *heldRecord) {
	set := p.w.cube.Set[i]
	class := p.w.classOf[set]
	if class < 0 {
		return
	}
	r := &p.running[class]
	if slot := p.w.cube.Slot[i]; slot >= r.until {
		p.w.renew(r, p.w.sample[class], slot)
	}
	p.w.priceCell(i, r, class, &p.chunk)
	switch ch := &p.chunk; {
	case ch.billed:
		return
	case ch.planned && ch.counts:
		p.out.Unseen++
		return
	case !ch.counts:
		return
	}
	sum, elsewhere := budgetSum(&p.chunk.charge, &p.w.cube.Sets[set], p.currency)
	if !elsewhere.IsZero() {
		return
	}
	piece := budget.Spent{At: time.UnixMilli(h.at).UTC(), Cost: sum.Cost, Requests: h.m.Requests, Group: uint32(p.group[set])}
	if h.m.Uncounted > 0 {
		piece.Requests = usage.Absent
		p.out.uncounted[piece.Group] = true
	}
	if h.until != 0 {
		piece.Bucket = true
		p.out.Buckets++
		// A bucket is served when it ends, but counts in the period it begins in.
		piece.At = time.UnixMilli(min(h.until, p.out.Period.Until.UnixMilli()-1)).UTC()
	}
	p.out.Pieces = append(p.out.Pieces, piece)
	p.out.Total = p.out.Total.Add(sum.Cost)
	p.out.UnpricedTokens += sum.UnpricedTokens
	p.out.Ranged = p.out.Ranged || sum.Ranged
}

// Refused is what one key, project, user or model would have lost.
type Refused struct {
	Name     string // an id; "" is untracked or unallocated
	Pieces   int64
	Requests int64 // usage.Absent where some of it is not counted
	Cost     money.Amount
}

// RefusedBy adds up what an outcome refuses by one of the dimensions of the
// groups, largest cost first.
func (r *BudgetReplay) RefusedBy(o *budget.Outcome, by usage.Dimension) []Refused {
	var out []Refused
	index := make(map[string]int)
	for _, g := range o.Groups {
		name := by.Of(&r.Groups[g.Group])
		i, ok := index[name]
		if !ok {
			i = len(out)
			index[name] = i
			out = append(out, Refused{Name: name})
		}
		out[i].Pieces += g.Pieces
		if r.uncounted[g.Group] || out[i].Requests == usage.Absent {
			out[i].Requests = usage.Absent
		} else {
			out[i].Requests += g.Requests
		}
		out[i].Cost = out[i].Cost.Add(g.Cost)
	}
	slices.SortFunc(out, func(a, b Refused) int {
		return cmp.Or(b.Cost.Cmp(a.Cost), cmp.Compare(b.Requests, a.Requests), strings.Compare(a.Name, b.Name))
	})
	return out
}
