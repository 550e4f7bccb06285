package prices

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tokpit/pricing"
	"tokpit/tui/ui"
)

// changeDays is how far back changes are listed.
const changeDays = 90

// event is something that happens to a model at an instant: its prices change,
// a promotion ends, it is launched or shut down.
type event struct {
	ref    pricing.ModelRef
	search string    // lower case
	at     time.Time // zero: can be any day
	rank   int       // place in the order of the section
	mine   *mine
	when   string // "in 12 days"
	date   string

	changes []pricing.Change // of one instant, base prices first
	row     *pricing.Row     // what begins or ends, where nothing changes to something else
	verb    string           // what row does: "begins", "promotion ends"
	factor  string
	up      bool

	life *pricing.Life
	move move // if mine and the vendor names a replacement
}

func (sh *shelf) newEvent(ref pricing.ModelRef, at time.Time) event {
	e := event{ref: ref, at: at, search: searchable(ref), when: "any day", date: "any day"}
	if !at.IsZero() {
		e.when, e.date = ahead(sh.at, at), at.UTC().Format("2 Jan 2006")
	}
	if it := sh.find(ref); it != nil {
		e.mine = it.mine
	}
	return e
}

// changed lists the changes of the last days, newest first.
func (sh *shelf) changed() []event {
	out := sh.changesWithin(sh.at.AddDate(0, 0, -changeDays), sh.at.Add(time.Nanosecond))
	slices.Reverse(out)
	return ranked(out)
}

// farAhead is further than any announcement.
const farAhead = 100 // years

// scheduled lists what is going to change, the next first: announced changes
// and launches, and promotions that end without a word on what follows.
func (sh *shelf) scheduled() []event {
	after := sh.at.Add(time.Nanosecond)
	out := sh.changesWithin(after, sh.at.AddDate(farAhead, 0, 0))
	for _, r := range sh.book.Launches(after, sh.at.AddDate(farAhead, 0, 0)) {
		e := sh.newEvent(pricing.ModelRef{Provider: r.Provider, Model: r.Model}, r.From)
		e.row, e.verb = &r, "begins"
		out = append(out, e)
	}
	for _, r := range sh.book.Promos(sh.at) {
		ref := pricing.ModelRef{Provider: r.Provider, Model: r.Model}
		if slices.ContainsFunc(out, func(e event) bool { return e.ref == ref && e.at.Equal(r.To) }) {
			continue
		}
		e := sh.newEvent(ref, r.To)
		e.row, e.verb = &r, "promotion ends"
		out = append(out, e)
	}
	slices.SortStableFunc(out, func(a, b event) int {
		return cmp.Or(first(!a.at.IsZero(), !b.at.IsZero()), a.at.Compare(b.at))
	})
	return ranked(out)
}

func ranked(events []event) []event {
	for i := range events {
		events[i].rank = i
	}
	return events
}

// changesWithin returns one event per instant and model, oldest first.
func (sh *shelf) changesWithin(from, to time.Time) []event {
	all := sh.book.Changes(from, to)
	slices.SortStableFunc(all, func(a, b pricing.Change) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Provider, b.Provider), strings.Compare(a.Model, b.Model),
			first(a.Row().Base(), b.Row().Base()))
	})
	var out []event
	for i := range all {
		c := all[i]
		ref := pricing.ModelRef{Provider: c.Provider, Model: c.Model}
		if n := len(out); n > 0 && out[n-1].ref == ref && out[n-1].at.Equal(c.At) {
			out[n-1].changes = append(out[n-1].changes, c)
			continue
		}
		e := sh.newEvent(ref, c.At)
		e.changes, e.factor, e.up = []pricing.Change{c}, factors(&c), c.Up()
		out = append(out, e)
	}
	return out
}

// what says what happens, in prices per unit.
func (e *event) what(u pricing.Unit) string {
	switch {
	case e.row != nil:
		return e.verb + " (" + ratesText(&e.row.Rates, &e.row.Rates, u) + ")"
	case len(e.changes) == 0:
		return ""
	}
	s := changeText(&e.changes[0], u)
	if n := len(e.changes) - 1; n > 0 {
		s += " (+" + ui.Digits(int64(n)) + " more)"
	}
	return s
}

// changeText writes a change as old → new for each class that differs.
func changeText(c *pricing.Change, u pricing.Unit) string {
	prefix := ""
	if words := conditions(c.Row()); words != "" {
		prefix = words + ": "
	}
	if c.Before.Status == pricing.Promo && c.Row().Base() {
		prefix = "promotion ends: "
	}
	switch {
	case c.Before.Model == "":
		return "new price, " + prefix + ratesText(&c.After.Rates, &c.After.Rates, u)
	case c.After.Model == "":
		return "price ends, " + prefix + "was " + ratesText(&c.Before.Rates, &c.Before.Rates, u)
	}
	var parts []string
	for _, k := range classes() {
		before, had := c.Before.Rates.Of(k)
		after, has := c.After.Rates.Of(k)
		if before != after || had != has {
			parts = append(parts, className(k)+" "+priceText(&c.Before.Rates, &c.Before.Rates, k, u)+" → "+priceText(&c.After.Rates, &c.After.Rates, k, u))
		}
	}
	return prefix + strings.Join(parts, ", ")
}

// retiring lists models in use that have ended or are deprecated, then those in
// use with a date, then all others, the next first.
func (sh *shelf) retiring() []event {
	var out []event
	seen := map[pricing.ModelRef]bool{}
	for i := range sh.items {
		it := &sh.items[i]
		if it.mine == nil {
			break // items in use come first
		}
		life, ok := it.listing.Life, it.listing.HasLife
		if !it.priced {
			life, ok = sh.book.Lifecycle(it.ref.Provider, it.ref.Model)
		}
		if !ok || life.StatusAt(sh.at) == pricing.Active {
			continue
		}
		seen[pricing.ModelRef{Provider: life.Provider, Model: life.Model}] = true
		out = append(out, sh.ending(it.ref, life))
	}
	for _, life := range sh.book.Retiring(sh.at, sh.at.AddDate(farAhead, 0, 0)) {
		ref := pricing.ModelRef{Provider: life.Provider, Model: life.Model}
		if !seen[ref] {
			out = append(out, sh.ending(ref, life))
		}
	}
	slices.SortStableFunc(out, func(a, b event) int {
		return cmp.Or(first(a.mine != nil, b.mine != nil), first(!a.at.IsZero(), !b.at.IsZero()), a.at.Compare(b.at))
	})
	return ranked(out)
}

func (sh *shelf) ending(ref pricing.ModelRef, life pricing.Life) event {
	e := sh.newEvent(ref, life.Shutdown)
	e.life = &life
	if life.Shutdown.IsZero() {
		e.when = "no date yet"
		if life.StatusAt(sh.at) == pricing.Retired {
			e.when = "already"
		}
		e.date = ui.Unknown
	}
	if to := replacement(&life); e.mine != nil && to != "" {
		e.move = sh.moving(e.mine, to)
	}
	return e
}

// text is a row for the clipboard.
func (e *event) text(u pricing.Unit) string {
	s := e.date + " " + ui.Text(e.ref.Provider) + "/" + ui.Text(e.ref.Model) + ": "
	if e.life == nil {
		s += e.what(u) + " " + unitName(u)
		if e.factor != "" {
			s += " (" + e.factor + ")"
		}
		return ui.Text(s)
	}
	s += "shuts down"
	if to := replacement(e.life); to != "" {
		s += ", replaced by " + to
	}
	if e.move.to != "" && e.move.why == "" {
		s += ", which would have cost " + e.move.figure() + " on this cycle's tokens"
	}
	return ui.Text(s)
}
