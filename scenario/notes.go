package scenario

import (
	"fmt"
	"time"

	"tokpit/pricing"
	"tokpit/report"
)

// saying is a note that is taken once for a pair of models.
type saying struct {
	code string
	a, b pricing.ModelRef
}

// noteSet collects notes, each once.
type noteSet struct {
	list []report.Note
	said map[saying]bool
	keys []saying // of list
}

// tell takes a note if it has not been taken for these models. A note that
// concerns one begins with its name.
func (n *noteSet) tell(code string, a, b pricing.ModelRef, text func() string) {
	k := saying{code, a, b}
	if n.said[k] {
		return
	}
	if n.said == nil {
		n.said = make(map[saying]bool)
	}
	n.said[k] = true
	out := text()
	if a != (pricing.ModelRef{}) {
		out = plainModel(a) + ": " + out
	}
	n.list, n.keys = append(n.list, report.Note{Code: code, Text: out}), append(n.keys, k)
}

// plainModel is a model as a person reads it, without what modelText escapes.
func plainModel(m pricing.ModelRef) string {
	if m.Provider == "" {
		return m.Model
	}
	return m.Provider + "/" + m.Model
}

// merge takes the notes of another set.
func (n *noteSet) merge(o *noteSet) {
	for i, k := range o.keys {
		if !n.said[k] {
			if n.said == nil {
				n.said = make(map[saying]bool)
			}
			n.said[k] = true
			n.list, n.keys = append(n.list, o.list[i]), append(n.keys, k)
		}
	}
}

// tell takes a note, for the likely variant only.
func (u *use) tell(v int, code string, a, b pricing.ModelRef, text func() string) {
	if v == likely {
		u.notes.tell(code, a, b, text)
	}
}

// noteTarget says what a person should know about the model of a swap.
func (b *Base) noteTarget(u *use, c *class, br *branch) {
	var flags pricing.Flags
	t := b.tableOf(br)
	for i := range t.list {
		flags |= t.list[i].Flags
	}
	if flags&pricing.FlagBeforeFirst != 0 {
		u.tell(likely, "before-first", br.model, pricing.ModelRef{}, func() string { return "usage older than its first known price is priced with that" })
	}
	if flags&pricing.FlagTierMissing != 0 {
		u.tell(likely, "tier-missing", br.model, pricing.ModelRef{Model: c.Tier}, func() string {
			return fmt.Sprintf("not sold as %s: that part is priced as standard", c.Tier)
		})
	}
	if flags&pricing.FlagEstimate != 0 {
		u.tell(likely, "estimate", br.model, pricing.ModelRef{}, func() string { return "another vendor's list price stands in" })
	}
	b.windows(u, c, br)
	if u.noted[br.model] {
		return
	}
	if u.noted == nil {
		u.noted = make(map[pricing.ModelRef]bool)
	}
	u.noted[br.model] = true
	if life, ok := b.book.Lifecycle(br.model.Provider, br.model.Model); ok {
		if status := life.StatusAt(b.asOf); status != pricing.Active {
			u.tell(likely, "retiring", br.model, pricing.ModelRef{}, func() string { return ending(life.Shutdown, status, b.asOf) })
		}
	}
}

// ending says that a model is no choice for long.
func ending(shutdown time.Time, status pricing.LifeStatus, now time.Time) string {
	switch {
	case shutdown.IsZero():
		return "it is " + status.String() + ", without a date"
	case shutdown.After(now):
		return "it ends on " + shutdown.Format(time.DateOnly)
	}
	return "it ended on " + shutdown.Format(time.DateOnly) + ", and takes no requests any more"
}

// windows counts the requests that a model cannot read.
func (b *Base) windows(u *use, c *class, br *branch) {
	window := b.windowOf(u, br.model)
	if window <= 0 {
		return
	}
	if len(c.known) > 0 {
		u.out.Misfit += br.share.ceil(c.longer(br, window))
		return
	}
	n := br.share.ceil(c.requests)
	switch {
	case br.band.Known() && br.band.Lo > window:
		u.out.Misfit += n
	case br.band.Known() && br.band.Max() <= window:
	case !b.surelyFits(u, c, br, window):
		u.out.MayMisfit += n
	}
}

// windowOf is the context window of a model, from memory; 0 if it is not known.
func (b *Base) windowOf(u *use, m pricing.ModelRef) int64 {
	window, ok := u.window[m]
	if !ok {
		res := b.book.Resolve(m.Provider, m.Model, b.asOf)
		if listing, ok := b.book.Listing(m.Provider, res.Model, b.asOf); ok {
			window = listing.Row.Window
		}
		if u.window == nil {
			u.window = make(map[pricing.ModelRef]int64)
		}
		u.window[m] = window
	}
	return window
}

// surelyFits reports whether all requests of a class fit a window on a branch,
// whatever is known of their length: the model that answered them has read them,
// so none was longer than its window.
func (b *Base) surelyFits(u *use, c *class, br *branch, window int64) bool {
	own := b.windowOf(u, c.ref())
	if own <= 0 {
		return false
	}
	grown := greater(br.fresh, br.kept)
	if r := u.ratio(c.ref(), br.model, c.logged()); !r.exact && !r.value[likely].isZero() {
		grown = grown.div(r.value[likely]).mul(r.value[highest])
	}
	return grown.ceil(own) <= window
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
