package report

import (
	"encoding/binary"
	"slices"
	"strings"

	"tokpit/usage"
)

// Apply returns the cube with the dimensions that the rules give: Account,
// Environment and the tag of [usage.ByCostCenter]. Usage that no allocation
// matches keeps the cost center that its source gave it, or stays unallocated.
// It works per dimension set; the cells of the original are shared.
//
// What a source has read in full follows the account: where a rule gives the
// usage of a named account another one, both are known as well as the first
// was.
func (r *Rules) Apply(cube *usage.Cube, names *Names) *usage.Cube {
	if r == nil || cube == nil {
		return cube
	}
	out := *cube
	out.Prefer = r.prefer
	out.Coverage = r.cover(cube.Coverage)
	if len(r.accounts)+len(r.environments)+len(r.allocations) == 0 {
		return &out
	}
	a := &application{rules: r, names: names, cube: cube, rulings: make(map[string]ruling), tags: make(map[[2]string]usage.Tags), sets: make(map[usage.Dims]uint32, len(cube.Sets))}
	if len(r.cuts) == 0 {
		a.undated(&out)
	} else {
		a.dated(&out)
	}
	return &out
}

// application is one run over a cube's sets.
type application struct {
	rules   *Rules
	names   *Names
	cube    *usage.Cube
	rulings map[string]ruling // by the values that any rule looks at
	key     []byte
	tags    map[[2]string]usage.Tags
	sets    map[usage.Dims]uint32 // the new ones
	list    []usage.Dims
}

// rewrite returns set i as it is from a cut on.
func (a *application) rewrite(i int, from usage.Slot) usage.Dims {
	d := a.cube.Sets[i]
	a.key = a.key[:0]
	for _, dim := range a.rules.used {
		a.key = append(append(a.key, value(dim, &d)...), 0)
	}
	if d.Account != "" { // decides about accounts, whether a rule looks at it or not
		a.key = append(a.key, 1)
	}
	a.key = binary.AppendVarint(a.key, int64(from))
	got, ok := a.rulings[string(a.key)]
	if !ok {
		got = a.rules.judge(d, from, a.names)
		a.rulings[string(a.key)] = got
	}
	if got.account != "" {
		d.Account = got.account
	}
	if got.environment != "" {
		d.Environment = got.environment
	}
	if got.center != "" {
		k := [2]string{string(d.Tags), got.center}
		tags, ok := a.tags[k]
		if !ok {
			tags = withTag(d.Tags, string(usage.ByCostCenter), got.center)
			a.tags[k] = tags
		}
		d.Tags = tags
	}
	return d
}

// number returns the index of a rewritten set.
func (a *application) number(d usage.Dims) uint32 {
	n, ok := a.sets[d]
	if !ok {
		n = uint32(len(a.list))
		a.sets[d] = n
		a.list = append(a.list, d)
	}
	return n
}

// undated rewrites sets one for one; cells are touched only if two sets have
// become one.
func (a *application) undated(out *usage.Cube) {
	to := make([]uint32, len(a.cube.Sets))
	for i := range to {
		to[i] = a.number(a.rewrite(i, startOfTime))
	}
	out.Sets = a.list
	if len(a.list) < len(to) {
		out.Set = make([]uint32, len(a.cube.Set))
		for i, s := range a.cube.Set {
			out.Set[i] = to[s]
		}
	}
}

// dated rewrites each cell's set by its time. Rules hold for whole UTC days, so
// no cell lies on both sides of a cut.
func (a *application) dated(out *usage.Cube) {
	const none = 1<<32 - 1
	to := slices.Repeat([]uint32{none}, len(a.cube.Sets))
	from, cuts := startOfTime, a.rules.cuts
	out.Set = make([]uint32, len(a.cube.Set))
	for i, s := range a.cube.Set {
		if len(cuts) > 0 && a.cube.Slot[i] >= cuts[0] {
			for len(cuts) > 0 && a.cube.Slot[i] >= cuts[0] {
				from, cuts = cuts[0], cuts[1:]
			}
			for k := range to {
				to[k] = none
			}
		}
		if to[s] == none {
			to[s] = a.number(a.rewrite(int(s), from))
		}
		out.Set[i] = to[s]
	}
	out.Sets = a.list
}

// withTag sets one tag.
func withTag(t usage.Tags, name, v string) usage.Tags {
	pairs := make(map[string]string)
	for line := range strings.SplitSeq(string(t), "\n") {
		if k, old, ok := strings.Cut(line, "="); ok {
			pairs[k] = old
		}
	}
	pairs[name] = v
	return usage.NewTags(pairs)
}

// cover gives coverage to the accounts that usage of its account may be given.
// Rules say which by the name of that account alone, so that the answer does
// not depend on what usage there is.
func (r *Rules) cover(all []usage.Coverage) []usage.Coverage {
	if !slices.ContainsFunc(r.accounts, func(one rule) bool { return one.pinned }) {
		return all
	}
	var out []usage.Coverage
	for _, c := range all {
		keeps := true
		for i := range r.accounts {
			one := &r.accounts[i]
			may, whole := one.mayMatch(&c)
			if !may {
				continue
			}
			moved := c
			moved.Account = one.name
			if one.when[0] > startOfTime && one.when[0].Time().After(moved.Since) {
				moved.Since = one.when[0].Time()
			}
			if one.when[1] < endOfTime && one.when[1].Time().Before(moved.Until) {
				moved.Until = one.when[1].Time()
			}
			if moved.Since.Before(moved.Until) {
				out = append(out, moved)
			}
			if whole && one.when == [2]usage.Slot{startOfTime, endOfTime} {
				keeps = false
				break
			}
		}
		if keeps {
			out = append(out, c)
		}
	}
	return usage.MergeCoverage(out)
}

// mayMatch reports whether a rule may match usage that a source has covered,
// and whether it matches all of it. Only logs know machines, agents and
// sessions.
func (one *rule) mayMatch(c *usage.Coverage) (may, whole bool) {
	if !one.pinned {
		return false, false
	}
	d := usage.Dims{Provider: c.Provider, Account: c.Account, Basis: c.Basis}
	whole = true
	for i := range one.matchers {
		switch m := &one.matchers[i]; m.dim {
		case usage.ByProvider, usage.ByAccount, usage.ByBasis:
			v := value(m.dim, &d)
			if !slices.ContainsFunc(m.patterns, func(p string) bool { return glob(p, v) }) {
				return false, false
			}
		case usage.ByMachine, usage.ByAgent, usage.BySession:
			if c.Basis != usage.Logged && c.Basis != usage.Imported {
				return false, false
			}
			whole = false
		default:
			whole = false
		}
	}
	return true, whole
}
