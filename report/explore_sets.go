package report

import "tokpit/usage"

// likeness is what decides whether usage counts and what it costs.
type likeness struct {
	source, provider, account, model, tier, region string
	band                                           usage.Band
	basis                                          usage.Basis
}

func likenessOf(d *usage.Dims) likeness {
	return likeness{d.Source, d.Provider, d.Account, d.Model, d.Tier, d.Region, d.Band, d.Basis}
}

// likenesses numbers dimension sets by their likeness, in the order of their
// first appearance, and samples a set of each. Sets by session are many and
// alike: a table of the last set for a few of its features saves nearly all
// hashing.
func likenesses(sets []usage.Dims) (of, sample []uint32) {
	of = make([]uint32, len(sets))
	ids := make(map[likeness]uint32)
	var lately [256]struct {
		key   likeness
		id    uint32
		valid bool
	}
	for i := range sets {
		d := &sets[i]
		key := likenessOf(d)
		recent := &lately[trait(d)]
		if !recent.valid || recent.key != key {
			id, ok := ids[key]
			if !ok {
				id = uint32(len(sample))
				ids[key], sample = id, append(sample, uint32(i))
			}
			recent.key, recent.id, recent.valid = key, id, true
		}
		of[i] = recent.id
	}
	return of, sample
}

// trait is a number that sets of different likeness mostly differ in.
func trait(d *usage.Dims) uint8 {
	n := uint64(len(d.Model))*31 + uint64(len(d.Source))*7 + uint64(len(d.Account))*13 + uint64(d.Basis)*3 + uint64(d.Band.Lo)*0x9e3779b97f4a7c15>>56
	if len(d.Model) > 0 {
		n += uint64(d.Model[len(d.Model)-1])*17 + uint64(d.Model[len(d.Model)/2])*5
	}
	return uint8(n)
}

// manySets is from where their likeness is worth looking for.
const manySets = 20_000

// headOf finds what counts for a basis.
func (e *Explorer) headOf(only usage.Basis) *headed {
	if len(e.cube.Sets) < manySets {
		return e.headOfCube(e.cube, only)
	}
	return e.headByLikeness(only)
}

// headByLikeness looks at one set of each likeness, as if the cube had only
// those.
func (e *Explorer) headByLikeness(only usage.Basis) *headed {
	cube := e.cube
	of, sample := likenesses(cube.Sets)
	few := *cube
	few.Sets, few.Set = make([]usage.Dims, len(sample)), make([]uint32, len(cube.Set))
	for i, set := range sample {
		few.Sets[i] = cube.Sets[set]
	}
	for i, set := range cube.Set {
		few.Set[i] = of[set]
	}
	h := e.headOfCube(&few, only)
	h.basis, h.cover, h.own, h.under = spread(h.basis, of), spread(h.cover, of), spread(h.own, of), spread(h.under, of)
	h.price = spread(h.price, of)
	return h
}

// spread gives every set what its likeness has.
func spread[T any](values []T, of []uint32) []T {
	out := make([]T, len(of))
	for i, id := range of {
		out[i] = values[id]
	}
	return out
}

func (e *Explorer) headOfCube(cube *usage.Cube, only usage.Basis) *headed {
	h := &headed{headline: newHeadline(cube, e.plans, only)}
	w := newWalker(cube, e.book, h.headline, buckets{}, nil, make([]int32, len(cube.Sets)))
	h.prices, h.price = len(w.sample), make([]uint32, len(w.classOf))
	for i, class := range w.classOf {
		h.price[i] = uint32(class)
	}
	return h
}
