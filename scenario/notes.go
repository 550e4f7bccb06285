package scenario

import (
	"fmt"
	"slices"

	"tokpit/pricing"
	"tokpit/report"
)

// noteSet collects notes without repetition.
type noteSet struct{ list []report.Note }

func (n *noteSet) add(code, text string) {
	note := report.Note{Code: code, Text: text}
	if !slices.Contains(n.list, note) {
		n.list = append(n.list, note)
	}
}

// noteTarget says what a person should know about the model of a swap.
func (b *Base) noteTarget(u *use, c *class, br *branch) {
	b.windows(u, c, br)
	var flags pricing.Flags
	t := b.tableOf(br)
	for i := range t.list {
		flags |= t.list[i].Flags
	}
	name := func() string { return modelText(br.model) }
	if flags&pricing.FlagBeforeFirst != 0 && u.once("before-first", br.model, pricing.ModelRef{}) {
		u.notes.add("before-first", fmt.Sprintf("%s: usage older than its first known price is priced with that", name()))
	}
	if flags&pricing.FlagTierMissing != 0 && u.once("tier-missing", br.model, pricing.ModelRef{Model: c.Tier}) {
		u.notes.add("tier-missing", fmt.Sprintf("%s is not sold as %s: that part is priced as standard", name(), c.Tier))
	}
	if flags&pricing.FlagEstimate != 0 && u.once("estimate", br.model, pricing.ModelRef{}) {
		u.notes.add("estimate", fmt.Sprintf("%s: another vendor's list price stands in", name()))
	}
	if u.once("retiring", br.model, pricing.ModelRef{}) {
		if life, ok := b.book.Lifecycle(br.model.Provider, br.model.Model); ok {
			if status := life.StatusAt(b.asOf); status != pricing.Active {
				u.notes.add("retiring", fmt.Sprintf("%s is %s", name(), status))
			}
		}
	}
}

// windows counts the requests that a model cannot read.
func (b *Base) windows(u *use, c *class, br *branch) {
	window, ok := u.window[br.model]
	if !ok {
		res := b.book.Resolve(br.model.Provider, br.model.Model, b.asOf)
		if listing, ok := b.book.Listing(br.model.Provider, res.Model, b.asOf); ok {
			window = listing.Row.Window
		}
		if u.window == nil {
			u.window = make(map[pricing.ModelRef]int64)
		}
		u.window[br.model] = window
	}
	if window <= 0 {
		return
	}
	if len(c.known) > 0 {
		u.out.Misfit += br.share.ceil(c.longer(br, window))
		return
	}
	n := br.share.ceil(c.requests)
	switch {
	case !br.band.Known():
		u.out.MayMisfit += n
	case br.band.Lo > window:
		u.out.Misfit += n
	case br.band.Max() > window:
		u.out.MayMisfit += n
	}
}

// longer counts the requests of a class that are longer than a window on a
// branch, scaled up where not all of them are known.
func (c *class) longer(br *branch, window int64) int64 {
	if br.band.Known() && br.band.Max() <= window {
		return 0
	}
	var n int64
	for i := range c.known {
		q := &c.known[i]
		if br.fresh.ceil(q.fresh)+br.kept.ceil(q.cached) > window {
			n++
		}
	}
	return quotient(uint64(max(c.requests, 0)), uint64(len(c.known))).ceil(n)
}
