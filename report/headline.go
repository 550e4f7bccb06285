package report

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"

	"tokpit/pricing"
	"tokpit/usage"
)

// headline decides which usage counts. The same traffic can be known on several
// bases: for every account and UTC day one basis counts, so that no token is
// counted twice and days before a provider was connected keep their logs. It is
// the highest basis whose source covers that day, or the one that the person
// prefers if it does.
//
// A source that says what it has read in full covers those days: a day without
// usage is then known to have none, and a day that was read in part only counts
// if nothing covers it. A source that does not say so (logs, imports) covers
// the days on which it has usage. Billed amounts are never usage.
//
// Usage under a plan is an account of its own: a provider's report does not
// contain it. Other usage that names no account (logs, imports, gateways)
// belongs to the provider's only one. Where it has several nobody knows which,
// so such usage stays beside the total until a rule names the account.
//
// It looks at whole UTC days of a cube, whatever part of them a query wants, so
// that the parts of a day add up to the day.
type headline struct {
	only   usage.Basis   // if not zero: count this basis and no other
	basis  []usage.Basis // by set
	cover  []*cover      // by set: the plans of its source, nil if none
	own    []int32       // by set: account; -1 is beside the total
	under  []int32       // by set: account of its plan usage
	sole   accounts
	names  []accountKey // by account
	days   []dayBases   // by account
	firsts int32        // the first day of days' columns
}

// bases is a set of bases: bit 1<<b for each.
type bases uint8

func (s bases) has(b usage.Basis) bool { return s>>b&1 != 0 }

// highest returns the highest basis of the set, unknown if it is empty.
func (s bases) highest() usage.Basis { return usage.Basis(max(bits.Len8(uint8(s))-1, 0)) }

// dayBases is what is known of one account.
type dayBases struct {
	used    bases // have usage on any day
	claimed bases // their sources say which days they cover
	prefer  usage.Basis
	best    []usage.Basis // by day: what counts; nil if one basis always does
}

// choose returns the basis that counts on a day.
func (d *dayBases) choose(used, covered bases) usage.Basis {
	may := used&^d.claimed | covered&d.claimed
	if may == 0 {
		may = used
	}
	if d.prefer != 0 && may.has(d.prefer) {
		return d.prefer
	}
	return may.highest()
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

// planPrefix begins the names of accounts that plans pay for.
const planPrefix = "plan:"

func newHeadline(cube *usage.Cube, plans []pricing.Plan, only usage.Basis) *headline {
	n := len(cube.Sets)
	h := &headline{only: only, basis: make([]usage.Basis, n), cover: make([]*cover, n), own: make([]int32, n), under: make([]int32, n)}
	h.sole = soleAccounts(cube)
	covered := covers(plans)
	ids := make(map[accountKey]int32)
	id := func(k accountKey) int32 {
		i, ok := ids[k]
		if !ok {
			i = int32(len(ids))
			ids[k] = i
			h.names = append(h.names, k)
		}
		return i
	}
	for i := range cube.Sets {
		d := &cube.Sets[i]
		h.basis[i] = min(d.Basis, usage.Reported)
		h.own[i] = -1
		if name, known := h.sole.owner(d.Provider, d.Account, d.Basis); known {
			h.own[i] = id(accountKey{d.Provider, name})
		}
		if c := covered[d.Source]; c != nil {
			h.cover[i], h.under[i] = c, id(accountKey{d.Provider, planPrefix + d.Source})
		}
	}
	h.days = make([]dayBases, len(ids))
	if only == 0 {
		h.compare(cube, ids)
	}
	return h
}

// accounts are the names of each provider's accounts.
type accounts struct {
	sure  map[string][]string // as its reports and gateways give them
	rules map[string][]string // as rules give them to logs, where nothing better is known
}

// soleAccounts finds the accounts. Coverage tells of those without usage in the
// cube, so that a part of the history decides like the whole. An account that
// only bills tell of counts where there is no other, and no second one.
func soleAccounts(cube *usage.Cube) accounts {
	out, billed := accounts{make(map[string][]string), make(map[string][]string)}, make(map[string][]string)
	add := func(provider, account string, basis usage.Basis) {
		in := out.sure
		switch {
		case basis == usage.Billed:
			in = billed
		case basis < usage.Metered:
			in = out.rules
		}
		if (account != "" || basis == usage.Reported) && !slices.Contains(in[provider], account) {
			in[provider] = append(in[provider], account)
		}
	}
	for i := range cube.Sets {
		add(cube.Sets[i].Provider, cube.Sets[i].Account, cube.Sets[i].Basis)
	}
	for i := range cube.Coverage {
		add(cube.Coverage[i].Provider, cube.Coverage[i].Account, cube.Coverage[i].Basis)
	}
	for provider, names := range billed {
		if len(out.sure[provider]) == 0 && len(names) == 1 {
			out.sure[provider] = names
		}
	}
	return out
}

// owner returns the account that usage belongs to; false if nobody knows.
func (a accounts) owner(provider, account string, basis usage.Basis) (string, bool) {
	if account != "" || basis == usage.Reported {
		return account, true
	}
	names := a.sure[provider]
	if len(names) == 0 {
		names = a.rules[provider]
		if len(names) > 1 && basis != usage.Metered { // logs never tell of what other logs do
			return "", true
		}
	}
	switch len(names) {
	case 0:
		return "", true
	case 1:
		return names[0], true
	}
	return "", false
}

// compare finds the basis of every day for the accounts that are, or could be,
// known on more than one.
func (h *headline) compare(cube *usage.Cube, ids map[accountKey]int32) {
	for i, b := range h.basis {
		if b == usage.Billed {
			continue
		}
		if h.own[i] >= 0 {
			h.days[h.own[i]].used |= 1 << b
		}
		if h.cover[i] != nil {
			h.days[h.under[i]].used |= 1 << b
		}
	}
	claims := make([]int32, len(cube.Coverage)) // account of each, -1 if it does not matter
	for i := range cube.Coverage {
		c := &cube.Coverage[i]
		claims[i] = -1
		if name, known := h.sole.owner(c.Provider, c.Account, c.Basis); known && c.Basis != usage.Billed {
			if account, ok := ids[accountKey{c.Provider, name}]; ok {
				claims[i] = account
				h.days[account].claimed |= 1 << min(c.Basis, usage.Reported)
			}
		}
	}
	if cube.Len() == 0 {
		return
	}
	h.firsts = cube.Slot[0].Day()
	n := int(cube.Slot[cube.Len()-1].Day()-h.firsts) + 1
	used, covered := make([][]bases, len(h.days)), make([][]bases, len(h.days))
	any := false
	for i := range h.days {
		if d := &h.days[i]; d.used&(d.used-1) != 0 || d.used != 0 && d.claimed&^d.used != 0 {
			used[i], covered[i], any = make([]bases, n), make([]bases, n), true
		}
	}
	if !any {
		return
	}
	for i := range cube.Coverage {
		if account := claims[i]; account >= 0 && used[account] != nil {
			h.claim(&cube.Coverage[i], covered[account])
		}
	}
	h.seen(cube, used)
	for i := range h.days {
		if used[i] == nil {
			continue
		}
		d := &h.days[i]
		d.prefer, d.best = preferred(cube.Prefer, h.names[i]), make([]usage.Basis, n)
		for day := range d.best {
			d.best[day] = d.choose(used[i][day], covered[i][day])
		}
	}
}

// claim marks the days that a source covers.
func (h *headline) claim(c *usage.Coverage, days []bases) {
	from, to := int(usage.SlotOf(c.Since).Day()-h.firsts), int(usage.SlotOf(c.Until).Day()-h.firsts)
	for day := max(from, 0); day < min(to, len(days)); day++ {
		days[day] |= 1 << min(c.Basis, usage.Reported)
	}
}

// seen marks the days on which the accounts have usage.
func (h *headline) seen(cube *usage.Cube, used [][]bases) {
	look := make([]bool, len(h.basis))
	for i := range look {
		look[i] = h.basis[i] != usage.Billed && (h.own[i] >= 0 && used[h.own[i]] != nil || h.cover[i] != nil && used[h.under[i]] != nil)
	}
	for i, set := range cube.Set {
		if !look[set] {
			continue
		}
		slot := cube.Slot[i]
		if account, _, _ := h.account(set, slot); account >= 0 && used[account] != nil {
			used[account][slot.Day()-h.firsts] |= 1 << h.basis[set]
		}
	}
}

// preferred returns the basis that the person puts first for an account, 0 if
// they do not say.
func preferred(all []usage.Preference, k accountKey) usage.Basis {
	for _, p := range all {
		if p.Provider == k.provider && (p.Account == "" || p.Account == k.name) {
			return min(p.Basis, usage.Reported)
		}
	}
	return 0
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
	day := int(s.Day() - h.firsts)
	counts = best[day] == basis
	for day++; day < len(best) && (best[day] == basis) == counts; {
		day++
	}
	return counts, planned, min(until, usage.Slot(h.firsts+int32(day))*96)
}

// beside reports whether a set is left out because its provider has several
// accounts.
func (h *headline) beside(set int) bool { return h.own[set] < 0 && h.only == 0 }

// overlaps lists the gateways' accounts that count beside accounts of the same
// provider that it reports itself, or of one that the gateway did not name: they
// may be the same traffic.
func (h *headline) overlaps() []accountKey {
	reported := make(map[string]bool)
	for i := range h.days {
		if d := &h.days[i]; (d.used | d.claimed).has(usage.Reported) {
			reported[h.names[i].provider] = true
		}
	}
	var out []accountKey
	for i := range h.days {
		if d := &h.days[i]; d.used.has(usage.Metered) && !(d.used | d.claimed).has(usage.Reported) &&
			(reported[h.names[i].provider] || h.names[i].provider == "" && len(reported) > 0) &&
			!strings.HasPrefix(h.names[i].name, planPrefix) {
			out = append(out, h.names[i])
		}
	}
	return out
}
