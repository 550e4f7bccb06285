package scenario

import (
	"cmp"
	"slices"
	"strings"

	"tokpit/budget"
	"tokpit/pricing"
	"tokpit/usage"
)

// The columns of an entry: tokens by class, with the output cut into what was
// answered and what was thought.
const (
	fresh = iota // input that no cache serves or stores
	served
	stored5m
	stored1h
	answered
	thought
	columns
)

// amounts are tokens by column.
type amounts [columns]int64

func (a *amounts) add(b *amounts) {
	for i := range a {
		a[i] += b[i]
	}
}

// input is all that the models read.
func (a *amounts) input() int64 { return a[fresh] + a.cached() }

// cached is what caches served or stored.
func (a *amounts) cached() int64 { return a[served] + a[stored5m] + a[stored1h] }

func (a *amounts) output() int64 { return a[answered] + a[thought] }

// entry is what a class used in one atom.
type entry struct {
	atom       int32
	tokens     amounts
	quantities []usage.Quantity
}

// class is usage that no lever and no price tells apart, but by time.
type class struct {
	usage.Dims        // what prices depend on, and the basis
	planned    bool   // paid for by a plan
	priced     bool   // everything in it has a price
	inside     uint64 // bit i: in scope i of the partition
	entries    []entry
	total      amounts
	requests   int64
	uncounted  int64
	records    int64
	cells      []int32   // of the cube
	known      []request // as records tell of them, perhaps not all
	outputs    *outputs  // made when it is asked for
}

// logged reports whether people waited for the answers: agents on somebody's
// machine leave logs.
func (c *class) logged() bool { return c.Basis == usage.Logged }

func (c *class) ref() pricing.ModelRef {
	return pricing.ModelRef{Provider: c.Provider, Model: c.Model}
}

// classKey is what makes two dimension sets different.
type classKey struct {
	provider, model, tier, region string
	band                          usage.Band
	logged, planned               bool
	inside                        uint64
}

// cellUse is a cell that counts.
type cellUse struct {
	cell, atom int32
	planned    bool
}

// partition is all usage in classes, for levers with certain scopes.
type partition struct {
	scopes  string // canonical, for finding it again
	classes []class
}

// maxScopes is how many different scopes the levers of one run may have.
const maxScopes = 64

// scopesOf lists the scopes of levers without repetition, and their names.
func scopesOf(levers []Lever) (scopes []budget.Scope, names []string) {
	for i := range levers {
		if len(levers[i].Scope) == 0 {
			continue
		}
		name := levers[i].Scope.String()
		if at, known := slices.BinarySearch(names, name); !known {
			names, scopes = slices.Insert(names, at, name), slices.Insert(scopes, at, levers[i].Scope)
		}
	}
	return scopes, names
}

// partitionFor returns the classes for levers with certain scopes. The last few
// partitions are kept, because a slider moves values and not scopes.
func (b *Base) partitionFor(scopes []budget.Scope, names []string) *partition {
	key := strings.Join(names, "\n")
	b.mu.RLock()
	for _, p := range b.partitions {
		if p.scopes == key {
			b.mu.RUnlock()
			return p
		}
	}
	b.mu.RUnlock()
	p := &partition{key, b.classes(scopes)}
	b.requests.known(scopes, p.classes)
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.partitions) >= 4 {
		b.partitions = append(b.partitions[:1:1], b.partitions[2:]...) // the first has no scopes
	}
	b.partitions = append(b.partitions[:len(b.partitions):len(b.partitions)], p)
	return p
}

// Ready reports whether levers can be run without grouping the usage anew, which
// takes longer than a slider may: those whose scopes a run has had before can.
func (b *Base) Ready(levers []Lever) bool {
	_, names := scopesOf(levers)
	key := strings.Join(names, "\n")
	b.mu.RLock()
	defer b.mu.RUnlock()
	return slices.ContainsFunc(b.partitions, func(p *partition) bool { return p.scopes == key })
}

// classes groups the cells that count.
func (b *Base) classes(scopes []budget.Scope) []class {
	c := b.cube
	ids := make(map[classKey]int32)
	var out []class
	var open [][]int32 // by class: entry of each atom, plus 1
	sets := make([][2]int32, len(c.Sets))
	for i := range sets {
		sets[i] = [2]int32{-1, -1}
	}
	for _, k := range b.cells {
		planned := 0
		if k.planned {
			planned = 1
		}
		id := sets[c.Set[k.cell]][planned]
		if id < 0 {
			d := &c.Sets[c.Set[k.cell]]
			key := classKey{d.Provider, d.Model, d.Tier, d.Region, d.Band, d.Basis == usage.Logged, k.planned, insideOf(scopes, d)}
			known := false
			if id, known = ids[key]; !known {
				id = int32(len(out))
				ids[key] = id
				out = append(out, newClass(&key))
				open = append(open, make([]int32, len(b.atoms)))
			}
			sets[c.Set[k.cell]][planned] = id
		}
		cl := &out[id]
		at := open[id][k.atom]
		if at == 0 {
			cl.entries = append(cl.entries, entry{atom: k.atom})
			at = int32(len(cl.entries))
			open[id][k.atom] = at
		}
		cl.put(c, int(k.cell), &cl.entries[at-1])
	}
	for i := range out {
		cl := &out[i]
		slices.SortFunc(cl.entries, func(x, y entry) int { return cmp.Compare(x.atom, y.atom) })
		for k := range cl.entries {
			cl.total.add(&cl.entries[k].tokens)
		}
		start := newBranch(cl)
		cl.priced = b.priced(cl, &start)
	}
	return out
}

func newClass(k *classKey) class {
	basis := usage.Reported
	if k.logged {
		basis = usage.Logged
	}
	c := class{planned: k.planned, inside: k.inside}
	c.Dims = usage.Dims{Provider: k.provider, Model: k.model, Tier: k.tier, Region: k.region, Band: k.band, Basis: basis}
	return c
}

func insideOf(scopes []budget.Scope, d *usage.Dims) (set uint64) {
	for i, s := range scopes {
		if s.Holds(d) {
			set |= 1 << i
		}
	}
	return set
}

// put adds a cell to one of the class's entries.
func (cl *class) put(c *usage.Cube, i int, e *entry) {
	t := &e.tokens
	think := min(max(c.Tokens[5].At(i), 0), max(c.Tokens[4].At(i), 0))
	t[fresh] += c.Tokens[0].At(i)
	t[served] += c.Tokens[1].At(i)
	t[stored5m] += c.Tokens[2].At(i)
	t[stored1h] += c.Tokens[3].At(i)
	t[answered] += c.Tokens[4].At(i) - think
	t[thought] += think
	cl.requests += c.Requests.At(i)
	cl.uncounted += c.Uncounted.At(i)
	cl.records += c.Records.At(i)
	cl.cells = append(cl.cells, int32(i))
	if q := c.Quantities[i]; len(q) > 0 { // a nil map has none
		e.quantities = usage.Measures{Quantities: e.quantities}.Add(usage.Measures{Quantities: q}).Quantities
	}
}
