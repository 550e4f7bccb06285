package store

import (
	"maps"
	"slices"

	"tokpit/usage"
)

// interner numbers dimension sets. Hashing all fifteen texts of a set costs
// more than everything else that happens to a record, so it hashes the few that
// tell most sets apart and compares the rest.
type interner struct {
	sets   []usage.Dims
	next   []int32            // the previous set with the same short key, or -1
	last   map[shortKey]int32 // the latest set of a short key
	recent int32
}

// reset forgets all sets.
func (t *interner) reset() {
	clear(t.sets) // their texts
	clear(t.last)
	t.sets, t.next, t.recent = t.sets[:0], t.next[:0], 0
}

type shortKey struct {
	session, project, model, agent string
	lo                             int64
}

func (t *interner) number(d *usage.Dims) uint32 {
	if int(t.recent) < len(t.sets) && t.sets[t.recent] == *d {
		return uint32(t.recent)
	}
	short := shortKey{d.Session, d.Project, d.Model, d.Agent, d.Band.Lo}
	first, ok := t.last[short]
	if !ok {
		first = -1
	}
	for i := first; i >= 0; i = t.next[i] {
		if t.sets[i] == *d {
			t.recent = i
			return uint32(i)
		}
	}
	if t.last == nil {
		t.last = make(map[shortKey]int32)
	}
	t.recent = int32(len(t.sets))
	t.sets, t.next = append(t.sets, *d), append(t.next, first)
	t.last[short] = t.recent
	return uint32(t.recent)
}

// newInterner numbers the given sets, which are distinct, by their index.
func newInterner(sets []usage.Dims) *interner {
	t := &interner{sets: make([]usage.Dims, 0, len(sets)), next: make([]int32, 0, len(sets)),
		last: make(map[shortKey]int32, len(sets))}
	for i := range sets {
		d := &sets[i]
		short := shortKey{d.Session, d.Project, d.Model, d.Agent, d.Band.Lo}
		first, ok := t.last[short]
		if !ok {
			first = -1
		}
		t.sets, t.next = append(t.sets, *d), append(t.next, first)
		t.last[short] = int32(i)
	}
	return t
}

// tally adds up measures by place. The sets of its places are numbers of some
// interner.
type tally struct {
	index  map[uint64]int32 // by packed place
	places []cellID         // in order of first use
	sums   []usage.Measures
}

// packed is a place as one number, which maps take in half the time. Slots have
// 29 bits until the year 9999; nobody has 2^27 sets in memory.
func (a cellID) packed() uint64 {
	return uint64(uint32(a.slot))<<35 ^ uint64(a.width)<<27 ^ uint64(a.set)
}

func (t *tally) add(at cellID, m *usage.Measures, sign int) {
	key := at.packed()
	i, ok := t.index[key]
	if !ok {
		if t.index == nil {
			t.index = make(map[uint64]int32)
		}
		i = int32(len(t.places))
		t.index[key] = i
		t.places, t.sums = append(t.places, at), append(t.sums, usage.Measures{})
	}
	if sign > 0 {
		t.sums[i] = t.sums[i].Add(*m)
	} else {
		t.sums[i] = t.sums[i].Sub(*m)
	}
}

// cellValue names the cells of one kind and day.
type cellValue struct {
	day  int32
	kind cellKind
}

// deltas collects signed changes of cells, to be applied day by day.
type deltas struct {
	edges  usage.Edges
	dims   interner
	coarse []uint32 // the coarse set of each set, plus one; 0 if not yet known
	days   map[cellValue]*tally
	last   struct { // the day that was asked for last
		day          int32
		coarse, fine *tally
	}
	doubts Doubts
}

func newDeltas(edges usage.Edges) *deltas {
	return &deltas{edges: edges, days: make(map[cellValue]*tally)}
}

// add counts a record in (sign +1) or out (sign -1).
func (ds *deltas) add(r *usage.Record, sign int) {
	if r.Flags != 0 {
		ds.doubts.add(r.Flags, int64(sign))
	}
	m := r.Measures()
	ds.sum(r, &m, sign)
}

// charge adds nothing of a record but what its source says that it cost.
func (ds *deltas) charge(r *usage.Record) {
	m := usage.Measures{Reported: r.Measures().Reported}
	ds.sum(r, &m, +1)
}

// sum adds to both cells of a record.
func (ds *deltas) sum(r *usage.Record, m *usage.Measures, sign int) {
	day, slot, width := placeOf(r)
	dims := bandedDims(r, ds.edges)
	set := ds.dims.number(&dims)
	if ds.last.coarse == nil || ds.last.day != day {
		ds.last.day, ds.last.coarse, ds.last.fine = day, ds.day(day, coarseCells), ds.day(day, fineCells)
	}
	ds.last.coarse.add(cellID{slot, width, ds.coarseOf(set)}, m, sign)
	ds.last.fine.add(cellID{usage.Slot(day) * 96, 96, set}, m, sign)
}

func (ds *deltas) day(day int32, kind cellKind) *tally {
	at := cellValue{day, kind}
	t := ds.days[at]
	if t == nil {
		t = new(tally)
		ds.days[at] = t
	}
	return t
}

func (ds *deltas) coarseOf(set uint32) uint32 {
	for len(ds.coarse) < len(ds.dims.sets) {
		ds.coarse = append(ds.coarse, 0)
	}
	if ds.coarse[set] == 0 {
		d := ds.dims.sets[set].Coarse()
		coarse := ds.dims.number(&d)
		ds.dims.recent = int32(set)
		ds.coarse[set] = coarse + 1
	}
	return ds.coarse[set] - 1
}

// keys lists what is changed in the order of the store.
func (ds *deltas) keys() []cellValue {
	return slices.SortedFunc(maps.Keys(ds.days), func(a, b cellValue) int {
		return slices.Compare(cellKey(a.day, a.kind), cellKey(b.day, b.kind))
	})
}
