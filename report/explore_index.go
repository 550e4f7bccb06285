package report

import (
	"slices"
	"sync"

	"tokpit/usage"
)

// index is what an explorer knows of its cube's dimension sets. Cells by session
// come in nearly as many sets as there are cells, so what is done for each set
// at every question must be a look into a table and no more.
type index struct {
	mu      sync.Mutex // of the maps; what they hold is found out beside each other
	columns map[usage.Dimension]func() *numbered
	heads   map[usage.Basis]func() *headed
}

// numbered holds the values of a dimension by number.
type numbered struct {
	of     []uint32 // by set: index of its value
	values []string
}

// headed is a headline, and the sets that nothing but their groups tells apart.
type headed struct {
	*headline
	price  []uint32 // by set: its price class
	prices int      // price classes
}

// column returns the numbered values of a dimension.
func (e *Explorer) column(d usage.Dimension) *numbered {
	return once(&e.index.mu, &e.index.columns, d, func() *numbered { return numberSets(e.cube.Sets, d) })()
}

// head returns what counts for a basis.
func (e *Explorer) head(only usage.Basis) *headed {
	return once(&e.index.mu, &e.index.heads, only, func() *headed { return e.headOf(only) })()
}

// once returns what makes the value of a key the first time that it is called.
func once[K comparable, V any](mu *sync.Mutex, all *map[K]func() V, key K, find func() V) func() V {
	mu.Lock()
	defer mu.Unlock()
	if *all == nil {
		*all = make(map[K]func() V)
	}
	f := (*all)[key]
	if f == nil {
		f = sync.OnceValue(find)
		(*all)[key] = f
	}
	return f
}

// numberSets numbers the values of a dimension.
func numberSets(sets []usage.Dims, d usage.Dimension) *numbered {
	c := &numbered{of: make([]uint32, len(sets))}
	ids := make(map[string]uint32)
	last, lastID := "", uint32(0)
	for i := range sets {
		v := value(d, &sets[i])
		if i > 0 && v == last { // sets of a session stand together
			c.of[i] = lastID
			continue
		}
		id, ok := ids[v]
		if !ok {
			id = uint32(len(c.values))
			ids[v], c.values = id, append(c.values, v)
		}
		c.of[i], last, lastID = id, v, id
	}
	return c
}

// prepare returns what counts and how a query's rows are told apart. The one is
// found out while the other is.
func (e *Explorer) prepare(q *Query) (*headed, *grouping) {
	var g *grouping
	var group sync.WaitGroup
	group.Go(func() { g = e.grouping(q) })
	head := e.head(q.Basis)
	group.Wait()
	return head, g
}

// grouping is [newGrouping] by the numbers of values.
func (e *Explorer) grouping(q *Query) *grouping {
	g := &grouping{dims: q.timeless(), allowed: q.Filter[usage.ByPricedAs]}
	g.priced = slices.Index(g.dims, usage.ByPricedAs)
	ids, n := make([]uint32, len(e.cube.Sets)), 1
	columns := make([]*numbered, len(g.dims))
	for j, d := range g.dims {
		columns[j] = e.column(d)
		ids, n = combine(ids, columns[j].of, n, len(columns[j].values))
	}
	g.bySet, g.keys = make([]int32, len(ids)), make([][]string, n)
	keys := make([]string, n*len(columns))
	for set, id := range ids {
		g.bySet[set] = int32(id)
		if g.keys[id] == nil {
			g.keys[id], keys = keys[:len(columns):len(columns)], keys[len(columns):]
			for j, c := range columns {
				g.keys[id][j] = c.values[c.of[set]]
			}
		}
	}
	if len(ids) == 0 {
		g.keys = nil
	}
	return g
}

// directTable is the most pairs of numbers that a table has places for; more
// are looked up.
const directTable = 1 << 21

// combine numbers the pairs of two columns of numbers below n and m.
func combine(a, b []uint32, n, m int) (pairs []uint32, count int) {
	pairs = make([]uint32, len(a))
	if n*m <= directTable {
		table := make([]uint32, n*m)
		for i := range a {
			id := &table[int(a[i])*m+int(b[i])]
			if *id == 0 {
				count++
				*id = uint32(count)
			}
			pairs[i] = *id - 1
		}
		return pairs, max(count, 1)
	}
	ids := make(map[uint64]uint32)
	for i := range a {
		key := uint64(a[i])<<32 | uint64(b[i])
		id, ok := ids[key]
		if !ok {
			id = uint32(count)
			ids[key] = id
			count++
		}
		pairs[i] = id
	}
	return pairs, max(count, 1)
}

// keep is [keepSets] by the numbers of values.
func (e *Explorer) keep(filter map[usage.Dimension][]string) []bool {
	if len(filter) == 0 {
		return nil
	}
	keep := slices.Repeat([]bool{true}, len(e.cube.Sets))
	for d, values := range filter {
		if d == usage.ByPricedAs {
			continue
		}
		c := e.column(d)
		allowed := make([]bool, len(c.values))
		for i, v := range c.values {
			allowed[i] = slices.Contains(values, v)
		}
		for set, id := range c.of {
			keep[set] = keep[set] && allowed[id]
		}
	}
	return keep
}

// walker is [newWalker] by numbers. Where there would be about as many classes
// as cells, adding up by class saves nothing: then each set is its own class,
// and alone is true.
func (e *Explorer) walker(head *headed, cut buckets, keep []bool, g *grouping) (w *walker, alone bool) {
	many := func(n int) bool { return n > manyClasses && n > e.cube.Len()/8 }
	if many(len(g.keys)) {
		return e.loner(head, cut, keep), true
	}
	groups := make([]uint32, len(g.bySet))
	for i, group := range g.bySet {
		groups[i] = uint32(group)
	}
	classes, n := combine(head.price, groups, max(head.prices, 1), max(len(g.keys), 1))
	if many(n) {
		return e.loner(head, cut, keep), true
	}
	w = &walker{cube: e.cube, book: e.book, head: head.headline, cut: cut, classOf: make([]int32, len(e.cube.Sets)), sample: make([]uint32, n)}
	w.extra, w.charged = bitsOf(e.cube.Quantities, e.cube.Len()), bitsOf(e.cube.Reported, e.cube.Len())
	for set, class := range classes {
		w.sample[class], w.classOf[set] = uint32(set), int32(class)
		if keep != nil && !keep[set] {
			w.classOf[set] = -1
		}
	}
	return w, false
}

// loner is a walker for walkEach.
func (e *Explorer) loner(head *headed, cut buckets, keep []bool) *walker {
	w := &walker{cube: e.cube, book: e.book, head: head.headline, cut: cut, classOf: make([]int32, len(e.cube.Sets)), sample: make([]uint32, len(e.cube.Sets))}
	for set := range w.sample {
		w.sample[set], w.classOf[set] = uint32(set), int32(set)
		if keep != nil && !keep[set] {
			w.classOf[set] = -1
		}
	}
	return w
}

// manyClasses is from where their number matters.
const manyClasses = 1000

// walkEach hands out every cell by itself, with its index, in as many parts as there are
// consumers, side by side.
func (h *headed) walkEach(w *walker, consumers []func(int, *chunk)) {
	first, _ := slices.BinarySearch(w.cube.Slot, w.cut.edges[0])
	end, _ := slices.BinarySearch(w.cube.Slot, w.cut.edges[len(w.cut.edges)-1])
	var group sync.WaitGroup
	for i, consume := range consumers {
		lo, hi := first+(end-first)*i/len(consumers), first+(end-first)*(i+1)/len(consumers)
		group.Go(func() { h.walkPart(w, lo, hi, consume) })
	}
	group.Wait()
}

func (h *headed) walkPart(w *walker, from, to int, consume func(int, *chunk)) {
	if from >= to {
		return
	}
	prices := make([]running, h.prices)
	for i := range prices {
		prices[i].until = startOfTime
	}
	c := w.cube
	out := chunk{bucket: w.cut.find(c.Slot[from])}
	for i := from; i < to; i++ {
		slot := c.Slot[i]
		for slot >= w.cut.edges[out.bucket+1] {
			out.bucket++
		}
		class := w.classOf[c.Set[i]]
		if class < 0 {
			continue
		}
		r := &prices[h.price[c.Set[i]]]
		if slot >= r.until {
			w.renew(r, c.Set[i], slot)
		}
		w.priceCell(i, r, class, &out)
		consume(i, &out)
	}
}
