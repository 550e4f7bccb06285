package prices

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/tui/ui"
)

// shelf is the book at the instant of a snapshot, with what of it is in use.
type shelf struct {
	snap       *report.Snapshot
	book       *pricing.Book
	at         time.Time
	items      []item // those in use first, see byUse
	longest    int    // columns of the longest name
	usual      int    // of nineteen names of twenty, without the few longest
	events     [sections][]event
	places     map[pricing.ModelRef]int // of items
	mine       int                      // items in use
	moves      map[pricing.ModelRef][]move
	instant    string // which book, and when
	currencies string // "$ ", or "" where there are several
}

// item is a model of the book, or a name in use that the book cannot price.
type item struct {
	ref        pricing.ModelRef
	search     string           // lower case
	rank       int              // place in the order of the shelf
	listing    *pricing.Listing // never nil
	priced     bool             // listing holds
	born       time.Time        // of the model, see bornOf; zero is not known
	ended      bool             // the model has shut down
	mine       *mine
	candidates []string // nearest names, for what has no price
	tiers      string
	status     string
	attention  bool
}

// mine is the cycle's usage that one model prices.
type mine struct {
	names    []string // as recorded, with who billed
	uses     []report.Use
	tokens   int64
	unpriced int64 // tokens
	// candidates are the names nearest to one without a price, best first.
	candidates []string

	cost     money.Amount
	currency string // "" if there are several, or no price
	priced   bool   // cost is of everything
}

// newShelf words a snapshot.
func newShelf(s *report.Snapshot) *shelf {
	sh := &shelf{snap: s, book: s.Book, at: s.AsOf, places: map[pricing.ModelRef]int{}, moves: map[pricing.ModelRef][]move{}}
	if sh.book == nil {
		return sh
	}
	list := sh.book.List(sh.at)
	sh.items = make([]item, 0, len(list)+len(s.Unpriced))
	used := sh.used()
	for i := range list {
		sh.items = append(sh.items, sh.newItem(&list[i], used[list[i].ModelRef]))
		delete(used, list[i].ModelRef)
	}
	for ref, m := range used { // in use, and without a price
		it := item{ref: ref, search: searchable(ref), mine: m, candidates: m.candidates, listing: &pricing.Listing{}, status: "! unpriced", attention: true}
		sh.items = append(sh.items, it)
	}
	slices.SortFunc(sh.items, byUse)
	for i := range sh.items {
		sh.items[i].rank = i
		sh.places[sh.items[i].ref] = i
		if sh.items[i].mine != nil {
			sh.mine++
		}
	}
	sh.longest, sh.usual = sh.nameWidths()
	sh.currencies = sh.oneCurrency()
	zone := s.Zone
	if zone == nil {
		zone = time.UTC
	}
	sh.instant = "prices of " + sh.at.In(zone).Format("2 Jan 2006 15:04 MST") + ", book " + s.Prices
	sh.events[changes], sh.events[scheduled], sh.events[retiring] = sh.changed(), sh.scheduled(), sh.retiring()
	return sh
}

// byUse puts what is in use first: without a price, then by cost. Of the others
// each provider has its newest first, and what has ended is last of all.
func byUse(a, b item) int {
	if a.mine != nil && b.mine != nil {
		return cmp.Or(first(!a.priced, !b.priced), b.mine.cost.Cmp(a.mine.cost), cmp.Compare(b.mine.tokens, a.mine.tokens), compareRefs(a.ref, b.ref))
	}
	return cmp.Or(first(a.mine != nil, b.mine != nil), first(!a.ended, !b.ended), strings.Compare(a.ref.Provider, b.ref.Provider),
		b.born.Compare(a.born), strings.Compare(a.ref.Model, b.ref.Model))
}

// bornOf is when a model was released, or else when its first price began: a later
// price makes no model new.
func (sh *shelf) bornOf(l *pricing.Listing) time.Time {
	if t := l.Life.Released; !t.IsZero() {
		return t
	}
	if rows := sh.book.History(l.Provider, l.Model); len(rows) > 0 {
		return rows[0].From
	}
	return l.Since()
}

// nameWidths is how many columns the longest name takes, and the longest without the
// twentieth part that is longer.
func (sh *shelf) nameWidths() (longest, usual int) {
	widths := make([]int, len(sh.items))
	for i := range sh.items {
		widths[i] = ui.Width(ui.Text(sh.items[i].ref.Model))
	}
	if len(widths) == 0 {
		return 0, 0
	}
	slices.Sort(widths)
	return widths[len(widths)-1], widths[(len(widths)-1)*19/20]
}

func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

func compareRefs(a, b pricing.ModelRef) int {
	return cmp.Or(strings.Compare(a.Provider, b.Provider), strings.Compare(a.Model, b.Model))
}

func searchable(r pricing.ModelRef) string { return strings.ToLower(r.Provider + "/" + r.Model) }

// used finds, for all usage of the cycle, the model whose prices apply now. A
// name without any stands for itself.
func (sh *shelf) used() map[pricing.ModelRef]*mine {
	out := map[pricing.ModelRef]*mine{}
	for _, u := range sh.snap.Uses {
		r := sh.book.Resolve(u.Dims.Provider, u.Dims.Model, sh.at)
		ref := pricing.ModelRef{Provider: r.Provider, Model: r.Model}
		switch {
		case r.Free:
			continue
		case r.Priced == pricing.PricedAs:
			ref.Provider = r.As
		case r.Priced == pricing.PricedNo:
			ref = pricing.ModelRef{Provider: u.Dims.Provider, Model: u.Dims.Model}
		}
		if out[ref] == nil {
			out[ref] = &mine{candidates: r.Candidates}
		}
		out[ref].add(u)
	}
	return out
}

func (m *mine) add(u report.Use) {
	name := u.Dims.Model
	if u.Dims.Provider != "" {
		name = u.Dims.Provider + "/" + name
	}
	if !slices.Contains(m.names, name) {
		m.names = append(m.names, name)
	}
	s := &u.Sum
	switch {
	case len(m.uses) == 0:
		m.currency, m.priced = s.Currency, true
	case s.Currency != m.currency:
		m.currency = ""
	}
	m.uses = append(m.uses, u)
	m.tokens += s.Tokens.Total()
	m.unpriced += s.UnpricedTokens
	m.priced = m.priced && s.Priced && s.UnpricedTokens == 0 && m.currency != ""
	m.cost = m.cost.Add(s.Cost)
}

// everything is all usage of the cycle whose model has a price, nil if there is
// none.
func (sh *shelf) everything() *mine {
	out := &mine{}
	for i := range sh.items {
		if it := &sh.items[i]; it.mine != nil && it.priced {
			for _, u := range it.mine.uses {
				out.add(u)
			}
		}
	}
	if len(out.uses) == 0 {
		return nil
	}
	return out
}

// costText is what the usage cost: "$12.34", "unpriced", "in several currencies".
func (m *mine) costText() string {
	switch {
	case m.currency == "":
		return "in several currencies"
	case m.unpriced >= m.tokens && m.tokens > 0:
		return ui.Unpriced
	}
	s := ui.Money(m.cost, m.currency)
	if m.unpriced > 0 {
		s += " and " + ui.Tokens(m.unpriced) + " tokens unpriced"
	}
	return s
}

func (sh *shelf) newItem(l *pricing.Listing, m *mine) item {
	it := item{ref: l.ModelRef, search: searchable(l.ModelRef), listing: l, priced: true, mine: m, tiers: tierMarks(l.Tiers), born: sh.bornOf(l)}
	var parts []string
	mark := func(attention bool, s string) {
		parts = append(parts, s)
		it.attention = it.attention || attention
	}
	if m != nil && m.unpriced > 0 {
		mark(true, "! partly unpriced")
	}
	if l.HasLife {
		switch l.Life.StatusAt(sh.at) {
		case pricing.Retired:
			it.ended = true
			mark(m != nil, ended(l.Life.Shutdown, sh.at))
		case pricing.Deprecated:
			if l.Life.Shutdown.IsZero() {
				mark(false, "deprecated")
			} else {
				mark(true, "! ends "+day(l.Life.Shutdown, sh.at))
			}
		}
	}
	if next := &l.Next; next.Model != "" && next.Rates != l.Row.Rates {
		c := pricing.Change{Before: l.Row, After: *next}
		mark(true, arrow(c.Up())+" "+day(next.From, sh.at))
	}
	if l.Row.Status == pricing.Promo {
		mark(false, "promo")
	}
	if !l.Discount.One() {
		mark(false, "−"+l.Discount.Percent()+"%")
	}
	if l.Row.Origin != pricing.Reviewed {
		mark(false, map[pricing.Origin]string{pricing.Imported: "imported", pricing.Override: "your price"}[l.Row.Origin])
	}
	it.status = strings.Join(parts, ", ")
	return it
}

// ended says when a model ended: the month is enough after a year.
func ended(t, now time.Time) string {
	switch {
	case t.IsZero():
		return "ended"
	case t.Year() == now.Year():
		return "ended " + day(t, now)
	}
	return "ended " + t.Format("Jan 2006")
}

func arrow(up bool) string {
	if up {
		return "▲"
	}
	return "▼"
}

// tierMarks names what refines a price: "long batch flex".
func tierMarks(rows []pricing.Row) string {
	var out []string
	add := func(s string) {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	for i := range rows {
		if rows[i].Context.Over > 0 {
			add("long")
		}
	}
	for i := range rows {
		if rows[i].Tier != pricing.Standard {
			add(rows[i].Tier)
		}
	}
	for i := range rows {
		if rows[i].Hours != (pricing.Hours{}) {
			add("hours")
		}
	}
	return strings.Join(out, " ")
}

// oneCurrency is the sign of the currency that all prices are in, or "".
func (sh *shelf) oneCurrency() string {
	one := ""
	for i := range sh.items {
		c := sh.items[i].listing.Row.Currency
		if one == "" {
			one = c
		} else if c != "" && c != one {
			return ""
		}
	}
	if one == "" {
		return ""
	}
	return strings.TrimSpace(ui.Symbol(one)) + " "
}

// find returns the item of a model, or nil.
func (sh *shelf) find(ref pricing.ModelRef) *item {
	if i, ok := sh.places[ref]; ok {
		return &sh.items[i]
	}
	return nil
}

// count is how many rows a section has without a filter.
func (sh *shelf) count(s section) int {
	if s == book {
		return len(sh.items)
	}
	return len(sh.events[s])
}

// text is a row for the clipboard: one line, every digit.
func (it *item) text(sh *shelf, u pricing.Unit) string {
	s := ui.Text(it.ref.Provider) + "/" + ui.Text(it.ref.Model)
	if !it.priced {
		return s + ": unpriced in book " + ui.Text(sh.snap.Prices)
	}
	l := it.listing
	s += ": " + ratesText(&l.Rates, &l.Row.Rates, u) + " " + l.Row.Currency + " " + unitName(u)
	if l.Row.Window > 0 {
		s += "; context " + ui.Group(ui.Digits(l.Row.Window)) + " tokens"
	}
	if t := l.Since(); !t.IsZero() {
		s += "; since " + t.Format("2006-01-02")
	}
	if it.status != "" {
		s += "; " + it.status
	}
	return ui.Text(s + "; book " + sh.snap.Prices)
}
