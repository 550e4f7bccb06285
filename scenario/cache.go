package scenario

import (
	"fmt"
	"slices"
	"strings"

	"tokpit/pricing"
	"tokpit/tokenizer"
)

// cacheShape says how all input of a branch is divided between the classes of
// input: fresh, served, stored for five minutes, stored for an hour.
type cacheShape [4]frac

// raiseHits makes a cache serve more of a branch's input, as far as that is
// possible: requests must be long enough, the model must have a price for it,
// and no more can be served than what is stored is read again.
//
// If the target is h and an entry is read n times for each time it is written,
// then h/n of the input is written, so h cannot pass n/(n+1). What is neither
// served nor written stays fresh. Where nothing says what n is, everything that
// is not served counts as written, which is the dearest way to get to h. Writes
// that cost no more than other input are not told apart from it.
func (b *Base) raiseHits(u *use, c *class, br *branch, v int) {
	if v == lowest { // the cheap end is that of more hits
		v = highest
	} else if v == highest {
		v = lowest
	}
	say := func(code string, text func() string) { u.tell(v, code, br.model, pricing.ModelRef{}, text) }
	in := quotient(uint64(max(c.total[fresh], 0)), 1).mul(br.fresh)
	hits := quotient(uint64(max(c.total[served], 0)), 1).mul(br.kept)
	stored := quotient(uint64(max(c.total[stored5m]+c.total[stored1h], 0)), 1).mul(br.kept)
	all := in.add(hits).add(stored)
	if all.isZero() {
		return
	}
	long, known := entire(), false
	floor := u.leastCached(br.model)
	if floor > 0 {
		long, known = c.atLeast(br, floor)
	}
	if known && long.isZero() {
		say("cache-minimum", func() string {
			return fmt.Sprintf("its requests have less than the %d tokens of input from which on anything is cached: it saves 0", floor)
		})
		return
	}
	if !b.cachePays(c, br) {
		say("cache-price", func() string { return "what a cache serves costs as much as other input: it saves 0" })
		return
	}
	target, now := u.By.at(v), hits.div(all)
	if br.cache != nil { // another such lever has been here
		now = br.cache[served]
	}
	reads := of(u.Reuse)
	if reads.isZero() && !hits.isZero() && !stored.isZero() {
		reads = hits.div(stored)
	}
	if target = hitLimit(target, reads, long, floor, say); target.cmp(now) <= 0 {
		say("cache-above", func() string {
			return fmt.Sprintf("its hit rate is %s already", percent(now))
		})
		return
	}
	written := b.cacheWrites(c, br, target, reads, !stored.isZero(), say)
	hour := written.mul(b.cacheHour(u, c, br, !stored.isZero(), say))
	br.cache = &cacheShape{entire().sub(target).sub(written), target, written.sub(hour), hour}
	b.breakEven(u, c, br, v)
}

// sayer takes a note about a branch.
type sayer func(code string, text func() string)

// hitLimit is as much of a target as can be hits, if entries are read so many
// times and so much of the input is in requests that are long enough.
func hitLimit(target, reads, long frac, floor int64, say sayer) frac {
	if !reads.isZero() {
		if most := reads.div(reads.add(entire())); most.cmp(target) < 0 {
			say("cache-reuse", func() string {
				return fmt.Sprintf("entries are read %s times for each time they are written, so at most %s can be hits", decimal(reads.floor(100), 2), percent(most))
			})
			target = most
		}
	}
	if long.cmp(target) < 0 {
		say("cache-short", func() string {
			return fmt.Sprintf("%s of its input is in requests of %d tokens or more: no more can be hits", percent(long), floor)
		})
		target = long
	}
	return target
}

// cacheRates are what a branch's input costs.
func (b *Base) cacheRates(c *class, br *branch) *[billed]uint64 {
	return &b.tableOf(br).at(c.entries[len(c.entries)-1].atom).rate[likely]
}

// cacheWrites is the part of the input that is written to get to so many hits;
// stored says that some is written already.
func (b *Base) cacheWrites(c *class, br *branch, target, reads frac, stored bool, say sayer) frac {
	rate := b.cacheRates(c, br)
	written := entire().sub(target)
	switch {
	case rate[stored5m] <= rate[fresh] && rate[stored1h] <= rate[fresh] && !stored:
		written = nothing() // it is not billed, and not told apart
	case !reads.isZero():
		written = target.div(reads)
	default:
		say("cache-written", func() string {
			return "how often an entry is read again is not known: what is not served counts as written; say reuse=… to change that"
		})
	}
	return written
}

// cacheHour is the part of what is written that is kept for an hour.
func (b *Base) cacheHour(u *use, c *class, br *branch, stored bool, say sayer) frac {
	rate := b.cacheRates(c, br)
	lasting := nothing()
	switch {
	case u.TTL == "1h":
		lasting = entire()
	case u.TTL == "" && stored:
		lasting = quotient(uint64(c.total[stored1h]), uint64(c.total[stored5m]+c.total[stored1h]))
	}
	if !lasting.isZero() && rate[stored1h] <= rate[fresh] && rate[stored5m] > rate[fresh] {
		say("cache-ttl", func() string { return "its entries have one lifetime only" })
		lasting = nothing()
	}
	return lasting
}

// percent is a share to a tenth of a percent, rounded down.
func percent(f frac) string { return Ratio(1000 * f.floor(1000)).Percent() }

// atLeast returns the part of a class's input that is in requests of a length or
// more, and whether that is known: by single requests, else by the mean request.
func (c *class) atLeast(br *branch, floor int64) (part frac, known bool) {
	if len(c.known) > 0 {
		var long, all int64
		for i := range c.known {
			q := &c.known[i]
			n := br.fresh.floor(q.fresh) + br.kept.floor(q.cached)
			if all += n; n >= floor {
				long += n
			}
		}
		return quotient(uint64(long), uint64(all)), all > 0
	}
	if c.requests <= 0 || c.uncounted > 0 {
		return entire(), false
	}
	if br.meanInput(c) < floor {
		return nothing(), true
	}
	return entire(), true
}

// cachePays reports whether the model has a lower price for what a cache serves.
func (b *Base) cachePays(c *class, br *branch) bool {
	t := b.tableOf(br)
	for i := range c.entries {
		if r := &t.at(c.entries[i].atom).rate[likely]; r[served] < r[fresh] {
			return true
		}
	}
	return false
}

// breakEven says from how many reads on an entry pays for being written.
func (b *Base) breakEven(u *use, c *class, br *branch, v int) {
	if v != likely || len(c.entries) == 0 {
		return
	}
	t := b.tableOf(br).at(c.entries[len(c.entries)-1].atom)
	r := &t.rate[likely]
	kind, ttl := stored5m, "5 minutes"
	if u.TTL == "1h" && !br.cache[stored1h].isZero() {
		kind, ttl = stored1h, "an hour"
	}
	if r[kind] <= r[fresh] || r[fresh] <= r[served] {
		return
	}
	u.tell(v, "cache-break-even", br.model, pricing.ModelRef{}, func() string {
		reads := quotient(r[kind]-r[fresh], r[fresh]-r[served])
		return fmt.Sprintf("an entry kept for %s pays from %s reads on", ttl, decimal(reads.ceil(100), 2))
	})
}

// leastCached is minimumCached, from memory.
func (u *use) leastCached(ref pricing.ModelRef) int64 {
	n, ok := u.floors[ref]
	if !ok {
		if u.floors == nil {
			u.floors = make(map[pricing.ModelRef]int64)
		}
		n = minimumCached(ref)
		u.floors[ref] = n
	}
	return n
}

// minimumCached is the least input that a provider caches, in tokens; 0 is not
// known. OpenAI caches prefixes from 1,024 tokens on. Anthropic's documentation
// gives 1,024 tokens for Sonnet 4 to 4.5 and Opus 4 and 4.1, 2,048 for Haiku 3
// and 3.5 and Sonnet 4.6, 4,096 for Opus 4.5 and 4.6 and Haiku 4.5; what came
// later is taken for the last of these.
func minimumCached(ref pricing.ModelRef) int64 {
	m := tokenizer.For(ref.Provider, ref.Model)
	name := strings.NewReplacer(".", "-", "_", "-").Replace(strings.ToLower(ref.Model))
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(name, p) })
	}
	switch m.Family {
	case tokenizer.OpenAI:
		return 1024
	case tokenizer.Claude3, tokenizer.Claude47:
		switch {
		case has("haiku-4-5", "opus-4-5", "opus-4-6"), m.Family == tokenizer.Claude47 && has("opus", "haiku"):
			return 4096
		case has("haiku", "sonnet-4-6"), m.Family == tokenizer.Claude47:
			return 2048
		}
		return 1024
	}
	return 0
}
