package pricelist

import (
	"fmt"
	"slices"
	"time"

	"tokpit/pricing"
)

// model compares one model, one date after the other. What is refused is
// refused as a whole, so that a model never has half of a list's prices.
func (c *comparer) model(m placed) {
	var entries []Entry
	doubt := m.Doubt
	refuse := func(reason string) {
		if doubt == "" {
			doubt = reason
		}
	}
	for i := range m.Rows {
		if !m.Rows[i].Rates.Known.Has(pricing.Input) { // cannot be stored, not even by force
			c.changes.Problems = append(c.changes.Problems, Problem{short(m.Provider + "/" + m.Name), "there is no input price"})
			return
		}
	}
	if !m.place.Known && m.place.Stands != (pricing.ModelRef{}) && c.same(m) {
		c.changes.Unchanged++ // another spelling, priced as that already
		return
	}
	var ends []pricing.Row
	var gap string
	var base *pricing.Row // of the list
	for _, rows := range c.periods(m) {
		if b := find(rows, &pricing.Row{Tier: pricing.Standard}); b != nil {
			base = b
		}
		found, ended, reason := c.period(m, rows, base)
		entries, ends = append(entries, found...), append(ends, ended...)
		if gap == "" {
			gap = reason
		}
	}
	entries = append(entries, c.cancelled(m, entries)...)
	if len(entries) == 0 {
		refuse(gap)
		if doubt == "" {
			c.changes.Unchanged++
			return
		}
		c.changes.Problems = append(c.changes.Problems, Problem{short(m.Provider + "/" + m.Name), doubt})
		return
	}
	for i := range entries {
		if reason := c.doubt(&entries[i], m); reason != "" {
			refuse(reason)
		}
	}
	refuse(gap)
	c.sort(m, entries, doubt)
	if doubt == "" {
		c.changes.Ends = append(c.changes.Ends, ends...)
	}
}

// sort puts a model's entries where a person looks for them.
func (c *comparer) sort(m placed, entries []Entry, doubt string) {
	for _, e := range entries {
		switch {
		case doubt != "":
			e.Reason = doubt
			c.changes.Refused = append(c.changes.Refused, e)
		case !m.place.Known:
			c.changes.New = append(c.changes.New, e)
		case e.After.From.After(c.now):
			c.changes.Scheduled = append(c.changes.Scheduled, e)
		default:
			c.changes.Changed = append(c.changes.Changed, e)
		}
	}
}

// same reports whether the list has for a name the price that the book gives
// it already, by way of another model.
func (c *comparer) same(m placed) bool {
	l, ok := c.book.Listing(m.place.Stands.Provider, m.place.Stands.Model, c.now)
	if !ok || m.place.Stands.Provider != m.place.Provider {
		return false
	}
	for _, r := range m.Rows {
		if r.Base() && r.From.IsZero() && r.To.IsZero() {
			return r.Rates == l.Row.Rates
		}
	}
	return false
}

// periods groups the rows that matter by their beginning, in time order: those
// in force now, and later ones. What the list says of the past is left to the
// reviewed table, but a native list may correct it.
func (c *comparer) periods(m placed) [][]pricing.Row {
	byStart := map[time.Time][]pricing.Row{}
	for _, r := range m.Rows {
		r.Provider, r.Model, r.Origin = m.place.Provider, m.place.Model, pricing.Imported
		if c.kind != Native {
			inclusive, known := c.boundaries[r.Provider]
			r.Context = normal(r.Context, inclusive, known)
			r.Confidence = pricing.FirstSeen
			if !r.From.IsZero() {
				r.Confidence = pricing.Announcement
			}
		}
		if r.Source == "" {
			r.Source = c.source
		}
		past := !r.To.IsZero() && !r.To.After(c.now)
		switch {
		case past && c.kind != Native:
			continue
		case r.From.IsZero():
			r.From = c.at
		case c.kind != Native && m.place.Known && !r.From.After(c.now) && r.From.Before(c.since(m)):
			r.From = c.at
		}
		if r.From.After(c.now) && r.Status == pricing.Listed {
			r.Status = pricing.Scheduled
		}
		byStart[r.From] = append(byStart[r.From], r)
	}
	starts := make([]time.Time, 0, len(byStart))
	for t := range byStart {
		starts = append(starts, t)
	}
	slices.SortFunc(starts, time.Time.Compare)
	out := make([][]pricing.Row, len(starts))
	for i, t := range starts {
		out[i] = byStart[t]
	}
	return out
}

// since is when the book's present price for a model began.
func (c *comparer) since(m placed) time.Time {
	l, _ := c.book.Listing(m.place.Provider, m.place.Model, c.now)
	return l.Row.From
}

// period compares the rows that begin together. If the base price changes, all
// that refines it is stated anew.
func (c *comparer) period(m placed, rows []pricing.Row, base *pricing.Row) (out []Entry, ends []pricing.Row, doubt string) {
	from := rows[0].From
	known := c.known(m, from)
	if base == nil {
		base = find(known, &pricing.Row{Tier: pricing.Standard})
	}
	if base == nil {
		return nil, nil, "there is no standard price"
	}
	rebased := false
	for i := range rows {
		old := find(known, &rows[i])
		if reason := complete(&rows[i], old, base); reason != "" {
			doubt = reason
		}
		if rows[i].Base() {
			if old != nil && rows[i].Window == 0 {
				rows[i].Window = old.Window
			}
			if old != nil && rows[i].MaxOutput == 0 {
				rows[i].MaxOutput = old.MaxOutput
			}
			rebased = old == nil || old.Rates != rows[i].Rates || old.Currency != rows[i].Currency
		}
	}
	for i := range rows {
		old := find(known, &rows[i])
		if old != nil && !rebased && old.Rates == rows[i].Rates && old.Currency == rows[i].Currency {
			continue
		}
		e := Entry{After: rows[i], Had: old != nil}
		if old != nil {
			e.Before, e.Factor = *old, factor(old, &rows[i])
		}
		out = append(out, e)
	}
	if !rebased || len(known) == 0 {
		return out, nil, doubt
	}
	for i := range known {
		r := &known[i]
		if r.Base() || find(rows, r) != nil {
			continue
		}
		if r.Tier == pricing.Standard && c.kind != Native && doubt == "" {
			doubt = "the base price changes, but the list has no price " + limits(r) + ", which the book has"
		}
		ends = append(ends, *r)
	}
	return out, ends, doubt
}

func limits(r *pricing.Row) string {
	if r.Context.Over > 0 {
		return fmt.Sprintf("over %d tokens", r.Context.Over)
	}
	return "by the hour"
}

// known returns the rows of a model that are in force at an instant.
func (c *comparer) known(m placed, at time.Time) []pricing.Row {
	if !m.place.Known {
		return nil
	}
	first := c.book.History(m.place.Provider, m.place.Model)
	if len(first) == 0 || at.Before(first[0].From) {
		return nil
	}
	l, ok := c.book.Listing(m.place.Provider, m.place.Model, at)
	if !ok {
		return nil
	}
	return append([]pricing.Row{l.Row}, l.Tiers...)
}

// find returns the row for the same requests.
func find(rows []pricing.Row, r *pricing.Row) *pricing.Row {
	for i := range rows {
		s := &rows[i]
		if s.Tier == r.Tier && s.Context == r.Context && s.Hours == r.Hours {
			return s
		}
	}
	return nil
}

// cacheClasses are the classes that lists often leave out.
func cacheClasses() []pricing.Class {
	return []pricing.Class{pricing.CacheRead, pricing.CacheWrite5m, pricing.CacheWrite1h}
}

// complete gives a row the classes that its list does not state. What the book
// knows stays, while the input price does; in a tier it moves with it. A new
// tier is derived from the base price, see derived. Such a row is assumed.
func complete(r, old, base *pricing.Row) (doubt string) {
	for _, k := range append(cacheClasses(), pricing.Output) {
		if r.Rates.Known.Has(k) {
			continue
		}
		if old != nil && old.Rates.Known.Has(k) {
			rate, _ := old.Rates.Of(k)
			if old.Rates.Input != r.Rates.Input && !r.Base() {
				r.Confidence = pricing.Assumed
				r.Rates.Set(k, inProportion(rate, old, r))
				continue
			}
			if old.Rates.Input != r.Rates.Input {
				doubt = "the list has no " + k.String() + " price, which the book has"
				continue
			}
			r.Rates.Set(k, rate)
			continue
		}
		rate, ok := base.Rates.Of(k)
		if r.Base() || !ok || k == pricing.Output {
			continue
		}
		r.Confidence = pricing.Assumed
		r.Rates.Set(k, derived(k, rate, base, r))
	}
	return doubt
}

// cancelled takes back what an earlier import of the same kind announced and
// the list does not announce any more: the price that is in force before then
// is stated to go on.
func (c *comparer) cancelled(m placed, entries []Entry) []Entry {
	if !m.place.Known || c.kind == Native {
		return nil
	}
	var out []Entry
	for _, r := range c.book.History(m.place.Provider, m.place.Model) {
		if !r.From.After(c.now) || r.Origin != pricing.Imported || !sameKind(r.Source, c.kind) {
			continue
		}
		announced := slices.ContainsFunc(m.Rows, func(s pricing.Row) bool { return s.Base() && s.From.Equal(r.From) })
		before := c.known(m, r.From.Add(-time.Second))
		if announced || len(before) == 0 || before[0].Rates == r.Rates {
			continue
		}
		for _, s := range before {
			if i := slices.IndexFunc(entries, func(e Entry) bool { return find([]pricing.Row{e.After}, &s) != nil }); i >= 0 {
				s.Rates = entries[i].After.Rates // what the same list says of today
			}
			s.From, s.To, s.Status, s.Source, s.Origin = r.From, time.Time{}, pricing.Listed, c.source, pricing.Imported
			e := Entry{After: s, Note: "the list does not announce the change any more"}
			if s.Base() {
				e.Before, e.Had, e.Factor = r, true, factor(&r, &s)
			}
			out = append(out, e)
		}
	}
	return out
}

func sameKind(source string, kind Kind) bool {
	n := len(kind)
	return len(source) >= n && source[:n] == string(kind) && (len(source) == n || source[n] == ':')
}
