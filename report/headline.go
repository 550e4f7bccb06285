package report

import (
	"cmp"
	"slices"

	"tokpit/pricing"
	"tokpit/usage"
)

// headline decides which usage counts. The same traffic can be known on several
// bases: for every account and UTC day only the highest basis counts that has
// anything on that day, so that no token is counted twice and days before a
// provider was connected keep their logs.
//
// Usage under a plan is an account of its own: a provider's report does not
// contain it. Other logs and imports name no account; they belong to the
// provider's only one. Where it has several nobody knows which, so such usage
// stays beside the total.
//
// It looks at whole UTC days of a cube, whatever part of them a query wants, so
// that the parts of a day add up to the day.
type headline struct {
	only   usage.Basis // if not zero: count this basis and no other
	basis  []usage.Basis
	cover  []*cover // by set: the plans of its source, nil if none
	own    []int32  // by set: account; -1 is beside the total
	under  []int32  // by set: account of its plan usage
	days   []dayBases
	firsts int32 // the first day of days' columns
}

// dayBases is what is known of one account: the only basis, or if it has
// several the highest one of each day.
type dayBases struct {
	mask uint16 // of 1<<basis
	best []usage.Basis
}

// cover is when the plans of one source apply, in slots.
type cover struct{ spans [][2]usage.Slot }

const (
	startOfTime usage.Slot = -1 << 30
	endOfTime   usage.Slot = 1 << 30
)

// at reports whether a slot is covered and until when that holds.
func (c *cover) at(s usage.Slot) (covered bool, until usage.Slot) {
	until = endOfTime
	for _, span := range c.spans {
		switch {
		case s < span[0]:
			until = min(until, span[0])
		case s < span[1]:
			covered, until = true, min(until, span[1])
		}
	}
	return covered, until
}

func covers(plans []pricing.Plan) map[string]*cover {
	out := make(map[string]*cover)
	for _, p := range plans {
		c := out[p.Source]
		if c == nil {
			c = &cover{}
			out[p.Source] = c
		}
		span := [2]usage.Slot{usage.Slot(usage.SlotOf(p.From).Day()) * 96, endOfTime}
		if !p.To.IsZero() {
			span[1] = usage.Slot(usage.SlotOf(p.To).Day()) * 96
		}
		if span[0] < span[1] {
			c.spans = append(c.spans, span)
		}
	}
	for _, c := range out {
		slices.SortFunc(c.spans, func(a, b [2]usage.Slot) int { return cmp.Compare(a[0], b[0]) })
	}
	return out
}

type accountKey struct{ provider, name string }

func newHeadline(cube *usage.Cube, plans []pricing.Plan, only usage.Basis) *headline {
	n := len(cube.Sets)
	h := &headline{only: only, basis: make([]usage.Basis, n), cover: make([]*cover, n), own: make([]int32, n), under: make([]int32, n)}
	sole := soleAccounts(cube.Sets)
	covered := covers(plans)
	ids := make(map[accountKey]int32)
	id := func(k accountKey) int32 {
		i, ok := ids[k]
		if !ok {
			i = int32(len(ids))
			ids[k] = i
		}
		return i
	}
	for i := range cube.Sets {
		d := &cube.Sets[i]
		h.basis[i] = d.Basis
		own := accountKey{d.Provider, d.Account}
		h.own[i] = 0
		if d.Account == "" && d.Basis < usage.Metered {
			name, known := sole[d.Provider]
			if known && name == "" {
				h.own[i] = -1
			}
			own.name = name
		}
		if h.own[i] == 0 {
			h.own[i] = id(own)
		}
		if c := covered[d.Source]; c != nil {
			h.cover[i], h.under[i] = c, id(accountKey{d.Provider, "plan:" + d.Source})
		}
	}
	h.days = make([]dayBases, len(ids))
	if only == 0 {
		h.compare(cube)
	}
	return h
}

// soleAccounts returns by provider the one account that its reports and
// gateways name, "" if they name several. Providers without any are left out.
func soleAccounts(sets []usage.Dims) map[string]string {
	out := make(map[string]string)
	for i := range sets {
		d := &sets[i]
		if d.Account == "" || d.Basis < usage.Metered {
			continue
		}
		if name, ok := out[d.Provider]; ok && name != d.Account {
			out[d.Provider] = ""
		} else {
			out[d.Provider] = d.Account
		}
	}
	return out
}

// compare finds the highest basis of every day for the accounts that are known
// on more than one.
func (h *headline) compare(cube *usage.Cube) {
	for i, b := range h.basis {
		if b == usage.Billed {
			continue
		}
		if h.own[i] >= 0 {
			h.days[h.own[i]].mask |= 1 << b
		}
		if h.cover[i] != nil {
			h.days[h.under[i]].mask |= 1 << b
		}
	}
	if cube.Len() == 0 {
		return
	}
	h.firsts = cube.Slot[0].Day()
	n := int(cube.Slot[cube.Len()-1].Day()-h.firsts) + 1
	several := make([]bool, len(h.days))
	any := false
	for i := range h.days {
		if d := &h.days[i]; d.mask&(d.mask-1) != 0 {
			d.best, several[i], any = make([]usage.Basis, n), true, true
		}
	}
	if !any {
		return
	}
	look := make([]bool, len(h.basis))
	for i := range look {
		look[i] = h.basis[i] != usage.Billed && (h.own[i] >= 0 && several[h.own[i]] || h.cover[i] != nil && several[h.under[i]])
	}
	for i, set := range cube.Set {
		if !look[set] {
			continue
		}
		slot := cube.Slot[i]
		account, _, _ := h.account(set, slot)
		if account < 0 || !several[account] {
			continue
		}
		best := &h.days[account].best[slot.Day()-h.firsts]
		*best = max(*best, h.basis[set])
	}
}

// account returns whose usage a cell is, whether a plan pays for it, and until
// when that holds.
func (h *headline) account(set uint32, s usage.Slot) (account int32, planned bool, until usage.Slot) {
	c := h.cover[set]
	if c == nil {
		return h.own[set], false, endOfTime
	}
	planned, until = c.at(s)
	if planned {
		return h.under[set], true, until
	}
	return h.own[set], false, until
}

// at reports whether the usage of a set counts, whether a plan pays for it, and
// until when both hold.
func (h *headline) at(set uint32, s usage.Slot) (counts, planned bool, until usage.Slot) {
	account, planned, until := h.account(set, s)
	basis := h.basis[set]
	switch {
	case h.only != 0:
		return basis == h.only, planned, until
	case account < 0, basis == usage.Billed:
		return false, planned, until
	}
	best := h.days[account].best
	if best == nil {
		return true, planned, until
	}
	day := s.Day()
	return best[day-h.firsts] == basis, planned, min(until, usage.Slot(day+1)*96)
}

// beside reports whether a set is left out because its provider has several
// accounts.
func (h *headline) beside(set int) bool { return h.own[set] < 0 && h.only == 0 }
