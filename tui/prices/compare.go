package prices

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokpit/pricing"
	"tokpit/tui/overlay"
	"tokpit/tui/ui"
)

// mostMarked is how many models fit side by side.
const mostMarked = 4

// mark marks the selected model for comparing, or lets it go, and goes to the next
// row.
func (p *Page) mark() tea.Cmd {
	it, _ := p.selected()
	if it == nil {
		return ui.Send(ui.Notice("The book has no price for it, so there is nothing to compare"))
	}
	switch at := slices.Index(p.marks, it.ref); {
	case at >= 0:
		p.marks = slices.Delete(p.marks, at, at+1)
	case len(p.marks) == mostMarked:
		return ui.Send(ui.Notice("Side by side are at most " + ui.Digits(mostMarked) + " models: space on a marked one lets it go"))
	default:
		p.marks = append(p.marks, it.ref)
	}
	p.fill()
	t := p.tables[p.section]
	t.SetCursor(t.Cursor() + 1)
	p.frame = ""
	return nil
}

// forget lets marks go whose models are not in the book any more.
func (p *Page) forget() {
	p.marks = slices.DeleteFunc(slices.Clone(p.marks), func(ref pricing.ModelRef) bool { return p.shelf.find(ref) == nil })
}

// marked are the marked models that there still are, in the order in which they
// were marked.
func (p *Page) marked() (out []*item) {
	for _, ref := range p.marks {
		if it := p.shelf.find(ref); it != nil {
			out = append(out, it)
		}
	}
	return out
}

// comparing reports whether models stand side by side.
func (p *Page) comparing() bool { return len(p.marked()) > 1 }

// comparison is models side by side.
type comparison struct {
	sh    *shelf
	items []*item
	unit  pricing.Unit
}

func (p *Page) comparison() *comparison { return &comparison{p.shelf, p.marked(), p.unit} }

// openComparison opens the comparison in a box.
func (p *Page) openComparison() tea.Cmd {
	c := p.comparison()
	return ui.Send(overlay.Open{Modal: overlay.NewDocument(c.title(), detailsWidth, func(pen *ui.Pen, st *ui.Styles) { c.draw(pen, st) })})
}

func (c *comparison) title() string { return ui.Digits(int64(len(c.items))) + " models side by side" }

// compared is a line of a comparison.
type compared struct {
	label string
	cells []string // "" is nothing to say
	best  int      // the cell that costs least; -1 is none, or all the same
	quiet bool
}

// lines are what is compared, what decides first.
func (c *comparison) lines() (out []compared) {
	add := func(label string, quiet bool, of func(*item) string) {
		l := compared{label: label, best: -1, quiet: quiet}
		any := false
		for _, it := range c.items {
			text := of(it)
			any = any || text != "" && text != ui.Unknown
			l.cells = append(l.cells, text)
		}
		if any {
			out = append(out, l)
		}
	}
	out = append(out, c.price(pricing.Input), c.price(pricing.Output))
	out = append(out, c.costs()...)
	for _, class := range []pricing.Class{pricing.CacheRead, pricing.CacheWrite5m, pricing.CacheWrite1h} {
		out = append(out, c.price(class))
	}
	out = append(out, c.tiers()...)
	add("context", false, func(it *item) string { return known(it.listing.Row.Window) })
	add("answer", false, func(it *item) string { return known(it.listing.Row.MaxOutput) })
	add("since", true, func(it *item) string {
		switch t := it.listing.Since(); {
		case !it.priced:
			return ui.Unknown
		case t.IsZero():
			return "ever"
		default:
			return t.Format("2 Jan 2006")
		}
	})
	add("then", false, func(it *item) string {
		next := &it.listing.Next
		if next.Model == "" || next.Rates == it.listing.Row.Rates {
			return ""
		}
		ch := pricing.Change{Before: it.listing.Row, After: *next}
		return arrow(ch.Up()) + " " + day(next.From, c.sh.at) + " " + factors(&ch)
	})
	add("ends", false, func(it *item) string {
		if l := &it.listing.Life; it.listing.HasLife && !l.Shutdown.IsZero() {
			return l.Shutdown.Format("2 Jan 2006")
		}
		return ui.Unknown
	})
	add("in", true, func(it *item) string {
		if c.sh.currencies != "" {
			return ""
		}
		return it.listing.Row.Currency
	})
	return out
}

func known(n int64) string {
	if n <= 0 {
		return ui.Unknown
	}
	return window(n)
}

// price is the line of a class.
func (c *comparison) price(class pricing.Class) compared {
	l := compared{label: className(class), best: -1}
	var rates []*pricing.Rates
	for _, it := range c.items {
		if !it.priced {
			l.cells, rates = append(l.cells, ui.Unpriced), append(rates, nil)
			continue
		}
		l.cells = append(l.cells, priceText(&it.listing.Rates, &it.listing.Row.Rates, class, c.unit))
		rates = append(rates, &it.listing.Rates)
	}
	l.best = c.cheapest(rates, class)
	return l
}

// cheapest is the place of the lowest price of a class, -1 where that cannot be
// said or all are the same.
func (c *comparison) cheapest(rates []*pricing.Rates, class pricing.Class) int {
	best, differ := -1, false
	for i, r := range rates {
		if r == nil || c.items[i].listing.Row.Currency != c.items[0].listing.Row.Currency {
			return -1
		}
		rate, ok := r.Of(class)
		if !ok {
			return -1
		}
		if best < 0 {
			best = i
			continue
		}
		low, _ := rates[best].Of(class)
		differ = differ || rate != low
		if rate.Cmp(low) < 0 {
			best = i
		}
	}
	if !differ {
		return -1
	}
	return best
}

// tiers are a line for each condition that one of the models has a price for.
func (c *comparison) tiers() (out []compared) {
	var names []string
	for _, it := range c.items {
		for i := range it.listing.Tiers {
			if name := briefConditions(&it.listing.Tiers[i]); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	for _, name := range names {
		l := compared{label: name, best: -1, quiet: true}
		for _, it := range c.items {
			text := ui.Unknown
			for i := range it.listing.Tiers {
				if r := &it.listing.Tiers[i]; briefConditions(r) == name {
					text = priceText(&r.Rates, &r.Rates, pricing.Input, c.unit) + " / " + priceText(&r.Rates, &r.Rates, pricing.Output, c.unit)
				}
			}
			l.cells = append(l.cells, text)
		}
		out = append(out, l)
	}
	return out
}

// costs are what the cycle's usage of each of the models, or of none of them all of
// it, would cost on every one at today's prices.
func (c *comparison) costs() (out []compared) {
	type part struct {
		label string
		m     *mine
	}
	var parts []part
	for _, it := range c.items {
		if it.mine != nil {
			parts = append(parts, part{"your " + ui.Text(it.ref.Model), it.mine})
		}
	}
	switch len(parts) {
	case 0:
		if all := c.sh.everything(); all != nil {
			parts = append(parts, part{"all yours", all})
		}
	case 1:
		parts[0].label = "your usage"
	default:
		whole := &mine{}
		for _, x := range parts {
			for _, u := range x.m.uses {
				whole.add(u)
			}
		}
		parts = append([]part{{"yours together", whole}}, parts...)
	}
	for _, x := range parts {
		out = append(out, c.cost(x.label, x.m))
	}
	return out
}

// cost is what usage would cost on each of the models.
func (c *comparison) cost(label string, m *mine) compared {
	l := compared{label: label, best: -1}
	all := make([]move, len(c.items))
	sure := true
	for i, it := range c.items {
		all[i] = c.sh.costOn(m, it.ref)
		text := ui.Unknown
		if all[i].why == "" {
			text = ui.Money(all[i].after, all[i].currency)
			if all[i].estimated || all[i].low != all[i].high {
				text = "≈" + text
			}
		}
		sure = sure && all[i].why == "" && all[i].currency == all[0].currency
		l.cells = append(l.cells, text)
	}
	if sure {
		for i := range all {
			if l.best < 0 || all[i].after.Cmp(all[l.best].after) < 0 {
				l.best = i
			}
		}
	}
	return l
}

// columnGap is what stands between two models, leastModel what the figures of one
// take.
const columnGap, leastModel = 2, 13

// draw draws the models as columns, as many lines as there are.
func (c *comparison) draw(pen *ui.Pen, st *ui.Styles) {
	w := writer{pen, st}
	lines := c.lines()
	label := 0
	for _, l := range lines {
		label = max(label, ui.Width(l.label))
	}
	n := len(c.items)
	label = min(label, max(10, w.Width()-n*(columnGap+leastModel)))
	width := min((w.Width()-label)/n-columnGap, 26)
	if width < 4 {
		w.say(st.Muted, "There is no room for "+c.title()+": enter shows them.")
		return
	}
	c.heads(w, label, width)
	for _, l := range lines {
		w.Left(st.Muted, ui.Cut(l.label, label), label)
		for i, text := range l.cells {
			ink := st.Text
			switch {
			case i == l.best:
				ink = st.Good
				if text != ui.Unknown {
					text = "▼ " + text
				}
			case l.quiet, text == ui.Unknown, text == atInput:
				ink = st.Muted
			case text == ui.Unpriced, text == noPrice:
				ink = st.Warn
			}
			w.Space(columnGap)
			w.Right(ink, text, width)
		}
		w.End()
	}
	w.End()
	w.say(st.Muted, "▼ costs least. Prices are "+c.sh.currencies+unitName(c.unit)+", of tiers input / output. "+
		"Your usage is this cycle's tokens at today's prices; tokenizers may differ.")
}

// heads names the models over two lines: the provider, and the model.
func (c *comparison) heads(w writer, label, width int) {
	w.Space(label)
	for _, it := range c.items {
		w.Space(columnGap)
		w.Right(w.st.Muted, ui.Cut(ui.Text(it.ref.Provider), width), width)
	}
	w.End()
	first, rest := make([]string, len(c.items)), make([]string, len(c.items))
	more := false
	for i, it := range c.items {
		first[i], rest[i] = breakName(ui.Text(it.ref.Model), width)
		more = more || rest[i] != ""
	}
	lines := [][]string{first}
	if more {
		lines = append(lines, rest)
	}
	for _, names := range lines {
		w.Space(label)
		for _, name := range names {
			w.Space(columnGap)
			w.Right(w.st.Strong, ui.CutName(name, width), width)
		}
		w.End()
	}
}

// breakName breaks a name that is too wide at its last dash that fits.
func breakName(name string, width int) (first, rest string) {
	if ui.Width(name) <= width {
		return name, ""
	}
	at := -1
	for i := range name {
		if name[i] == '-' && ui.Width(name[:i+1]) <= width {
			at = i + 1
		}
	}
	if at < 0 {
		return name, ""
	}
	return name[:at], name[at:]
}

// briefConditions is conditions where there is little room: "batch >200K".
func briefConditions(r *pricing.Row) string {
	var parts []string
	if r.Tier != pricing.Standard {
		parts = append(parts, r.Tier)
	}
	switch n := window(r.Context.Over); {
	case r.Context.Over == 0:
	case r.Context.Inclusive:
		parts = append(parts, "≥"+n)
	default:
		parts = append(parts, ">"+n)
	}
	if h := r.Hours; h != (pricing.Hours{}) {
		parts = append(parts, ui.Digits(int64(h.Start/60))+"–"+ui.Digits(int64(h.End/60))+"h UTC")
		if h.Weekdays {
			parts = append(parts, "Mon–Fri")
		}
	}
	return strings.Join(parts, " ")
}
