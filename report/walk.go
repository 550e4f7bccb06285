package report

import (
	"runtime"
	"slices"
	"sync"
	"time"

	"tokpit/pricing"
	"tokpit/usage"
)

// walker prices the cells of a cube. It goes through them in time order and
// hands out chunks: the usage of one class within one bucket at one price.
// Products and sums of money are exact and the bounds of a range are sums of
// products too, so it makes no difference how many cells a chunk adds up before
// it is priced, only to the time that takes.
type walker struct {
	cube *usage.Cube
	book *pricing.Book
	head *headline
	cut  buckets
	// Classes are dimension sets that the walk need not tell apart: they have
	// one price, account, basis and group.
	classOf []int32  // by set; -1 is filtered out
	sample  []uint32 // by class: one of its sets
	extra   []uint64 // bit i: cell i has quantities
	charged []uint64 // bit i: cell i has reported amounts
}

// class is what makes two dimension sets different to a walk.
type class struct {
	provider, model, tier, region string
	band                          usage.Band
	basis                         usage.Basis
	own, under, group             int32
}

// chunk is valid during the call that hands it out.
type chunk struct {
	bucket  int
	class   int32
	sample  uint32 // one of the class's sets
	counts  bool   // in the headline
	planned bool   // paid for by a plan
	billed  bool   // money by itself, which nothing is priced by
	tariff  *pricing.Tariff
	m       *usage.Measures
	cell    usage.Measures // m of a chunk of one cell
	charge  pricing.Charge
	coarse  int64         // records of cells that reach past the end of the bucket
	shared  int64         // records of cells during which the price changed
	span    [2]usage.Slot // of the cell, where the price changed within it
}

// running is what holds for a class at the moment, and the cells since.
type running struct {
	until    usage.Slot // holds for cells that begin before
	priceEnd usage.Slot // and, as to the price, that end by then
	counts   bool
	planned  bool
	dirty    bool
	tariff   pricing.Tariff
	m        usage.Measures
	coarse   int64
}

// newWalker prepares a walk. Group numbers by set what its consumer tells
// apart; keep leaves out sets, nil none.
func newWalker(cube *usage.Cube, book *pricing.Book, head *headline, cut buckets, keep []bool, group []int32) *walker {
	w := &walker{cube: cube, book: book, head: head, cut: cut, classOf: make([]int32, len(cube.Sets))}
	ids := make(map[class]int32)
	for i := range cube.Sets {
		if keep != nil && !keep[i] {
			w.classOf[i] = -1
			continue
		}
		d := &cube.Sets[i]
		c := class{d.Provider, d.Model, d.Tier, d.Region, d.Band, d.Basis, head.own[i], -1, group[i]}
		if head.cover[i] != nil {
			c.under = head.under[i]
		}
		id, ok := ids[c]
		if !ok {
			id = int32(len(w.sample))
			ids[c] = id
			w.sample = append(w.sample, uint32(i))
		}
		w.classOf[i] = id
	}
	w.extra, w.charged = bitsOf(cube.Quantities, cube.Len()), bitsOf(cube.Reported, cube.Len())
	return w
}

// bitsOf marks the cells that a sparse column has entries for, nil if none.
func bitsOf[T any](column map[int]T, n int) []uint64 {
	if len(column) == 0 {
		return nil
	}
	bits := make([]uint64, (n+63)/64)
	for i := range column {
		bits[i/64] |= 1 << (i % 64)
	}
	return bits
}

// parallelFrom is the number of cells from which a second processor pays.
const parallelFrom = 20_000

// workers says how many parts to walk n cells in.
func workers(n int) int {
	if n < parallelFrom {
		return 1
	}
	return min(2, runtime.GOMAXPROCS(0))
}

// walkAll walks the cells of the buckets in as many parts as there are
// consumers, side by side. A part begins where the one before it ends, so its
// first bucket may be the other's last.
func (w *walker) walkAll(consumers []func(*chunk)) {
	first, _ := slices.BinarySearch(w.cube.Slot, w.cut.edges[0])
	end, _ := slices.BinarySearch(w.cube.Slot, w.cut.edges[len(w.cut.edges)-1])
	n := len(consumers)
	var group sync.WaitGroup
	for i, consume := range consumers[1:] {
		lo, hi := first+(end-first)*(i+1)/n, first+(end-first)*(i+2)/n
		group.Go(func() { w.walk(lo, hi, consume) })
	}
	w.walk(first, first+(end-first)/n, consumers[0])
	group.Wait()
}

// walk hands out the chunks of the cells from index from up to index to. The
// chunks of one bucket come together, and buckets in order.
func (w *walker) walk(from, to int, consume func(*chunk)) {
	if from >= to {
		return
	}
	c := w.cube
	classes := make([]running, len(w.sample))
	for i := range classes {
		classes[i].until = startOfTime
	}
	out := chunk{bucket: w.cut.find(c.Slot[from])}
	var dirty []int32
	flush := func(class int32) {
		if r := &classes[class]; r.dirty {
			w.price(r, class, &out)
			consume(&out)
			r.m, r.coarse, r.dirty = usage.Measures{Reported: r.m.Reported[:0]}, 0, false
		}
	}
	bucketEnd := w.cut.edges[out.bucket+1]
	for i := from; i < to; i++ {
		slot := c.Slot[i]
		if slot >= bucketEnd {
			for _, class := range dirty {
				flush(class)
			}
			dirty = dirty[:0]
			for slot >= bucketEnd {
				out.bucket++
				bucketEnd = w.cut.edges[out.bucket+1]
			}
		}
		class := w.classOf[c.Set[i]]
		if class < 0 {
			continue
		}
		r := &classes[class]
		if slot >= r.until {
			flush(class)
			w.renew(r, w.sample[class], slot)
		}
		end := slot + usage.Slot(c.Width[i])
		if end > r.priceEnd || w.extra != nil && w.extra[i/64]>>(i%64)&1 != 0 {
			w.priceCell(i, r, class, &out)
			consume(&out)
			continue
		}
		if end > bucketEnd {
			r.coarse += c.Records.At(i)
		}
		if !r.dirty {
			r.dirty = true
			dirty = append(dirty, class)
		}
		addCell(&r.m, c, i)
		if w.charged != nil && w.charged[i/64]>>(i%64)&1 != 0 {
			r.m.Reported = addCharged(r.m.Reported, c.Reported[i])
		}
	}
	for _, class := range dirty {
		flush(class)
	}
}

// addCell adds cell i of a cube, without its quantities.
func addCell(m *usage.Measures, c *usage.Cube, i int) {
	m.Records += c.Records.At(i)
	m.Requests += c.Requests.At(i)
	m.Uncounted += c.Uncounted.At(i)
	m.Input += c.Tokens[0].At(i)
	m.CacheRead += c.Tokens[1].At(i)
	m.CacheWrite5m += c.Tokens[2].At(i)
	m.CacheWrite1h += c.Tokens[3].At(i)
	m.Output += c.Tokens[4].At(i)
	m.Reasoning += c.Tokens[5].At(i)
}

// addCharged adds what a cell's sources say it cost to a list of the walk's own.
func addCharged(to, cell []usage.Charged) []usage.Charged {
	for i := range cell {
		at := 0
		for at < len(to) && to[at].Currency < cell[i].Currency {
			at++
		}
		if at == len(to) || to[at].Currency != cell[i].Currency {
			to = slices.Insert(to, at, cell[i])
			continue
		}
		to[at].Amount = to[at].Amount.Add(cell[i].Amount)
		to[at].Records += cell[i].Records
	}
	return to
}

// price fills out with what has been added up for a class.
func (w *walker) price(r *running, class int32, out *chunk) {
	out.set(w, r, class)
	out.m, out.coarse, out.shared = &r.m, r.coarse, 0
	if out.charge = (pricing.Charge{}); !out.billed {
		out.charge = r.tariff.Charge(r.m.Tokens, nil)
	}
}

// priceCell fills out with cell i by itself.
func (w *walker) priceCell(i int, r *running, class int32, out *chunk) {
	c := w.cube
	out.set(w, r, class)
	out.cell = c.MeasuresAt(i)
	out.m, out.coarse, out.shared = &out.cell, 0, 0
	slot := c.Slot[i]
	end := slot + usage.Slot(c.Width[i])
	if end > w.cut.edges[out.bucket+1] {
		out.coarse = out.m.Records
	}
	switch {
	case out.billed:
		out.charge = pricing.Charge{}
	case end > r.priceEnd:
		out.shared, out.span = out.m.Records, [2]usage.Slot{slot, end}
		out.charge = w.book.ChargeCell(&c.Sets[out.sample], slot.Time(), end.Time(), out.m.Tokens, out.m.Quantities)
	default:
		out.charge = r.tariff.Charge(out.m.Tokens, out.m.Quantities)
	}
}

func (ch *chunk) set(w *walker, r *running, class int32) {
	ch.class, ch.sample, ch.counts, ch.planned, ch.tariff = class, w.sample[class], r.counts, r.planned, &r.tariff
	ch.billed = w.head.basis[ch.sample] == usage.Billed
}

// renew finds out what holds for a class from a slot on.
func (w *walker) renew(r *running, set uint32, slot usage.Slot) {
	r.counts, r.planned, r.until = w.head.at(set, slot)
	r.priceEnd = endOfTime
	if w.head.basis[set] == usage.Billed {
		return
	}
	r.tariff = w.book.Tariff(&w.cube.Sets[set], slot.Time())
	if end := r.tariff.Until; !end.IsZero() {
		r.priceEnd = usage.SlotOf(end)
		r.until = min(r.until, firstSlot(end))
	}
}

// within reports whether [from, to) lies inside the span of time. A quarter hour
// in which the span ends belongs to it, as usage counts where its cell begins.
func within(s usage.Span, from, to usage.Slot) bool {
	return (s.Since.IsZero() || from >= firstSlot(s.Since)) && (s.Until.IsZero() || to <= firstSlot(s.Until))
}

// widest is the most quarter hours that a cell spans.
const widest = 96

// slotsOf returns the slots of a cube, cut to a span. A quarter hour that the
// span cuts through is inside: a cube for such a span has been read for it, and
// holds no usage outside.
func slotsOf(cube *usage.Cube, since, until time.Time) (from, to usage.Slot) {
	if n := cube.Len(); n > 0 {
		from, to = cube.Slot[0], cube.Slot[n-1]+widest
	}
	if !since.IsZero() {
		from = max(from, usage.SlotOf(since))
	}
	if !until.IsZero() {
		to = min(to, firstSlot(until))
	}
	return from, max(to, from)
}
