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
	name := modelText(br.model)
	t := b.table(br.key())
	var flags pricing.Flags
	for i := range c.entries {
		flags |= t.at(c.entries[i].atom).Flags
	}
	if flags&pricing.FlagBeforeFirst != 0 {
		u.notes.add("before-first", fmt.Sprintf("%s: usage older than its first known price is priced with that", name))
	}
	if flags&pricing.FlagTierMissing != 0 {
		u.notes.add("tier-missing", fmt.Sprintf("%s is not sold as %s: that part is priced as standard", name, c.Tier))
	}
	if flags&pricing.FlagEstimate != 0 {
		u.notes.add("estimate", fmt.Sprintf("%s: another vendor's list price stands in", name))
	}
	if life, ok := b.book.Lifecycle(br.model.Provider, br.model.Model); ok {
		if status := life.StatusAt(b.asOf); status != pricing.Active {
			u.notes.add("retiring", fmt.Sprintf("%s is %s", name, status))
		}
	}
}

// windows counts the requests that a model cannot read.
func (b *Base) windows(u *use, c *class, br *branch) {
	res := b.book.Resolve(br.model.Provider, br.model.Model, b.asOf)
	listing, ok := b.book.Listing(br.model.Provider, res.Model, b.asOf)
	if !ok || listing.Row.Window <= 0 {
		return
	}
	window := listing.Row.Window
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
