package prices

import (
	"strings"

	"tokpit/pricing"
	"tokpit/tui/ui"
)

// document is all that is known of one row: of a model, and of what happens to
// it.
type document struct {
	title string
	sh    *shelf
	it    *item  // nil for a model that the book has no price for
	ev    *event // nil in the section of the book
	unit  pricing.Unit
	step  int // of the history, counted from the price in force

	history []pricing.Row // base rows, oldest first
	life    *pricing.Life
}

// document gathers what there is to say.
func (p *Page) document(it *item, ev *event) *document {
	d := &document{sh: p.shelf, it: it, ev: ev, unit: p.unit, step: p.cursor.of(it)}
	switch {
	case ev != nil:
		d.title = ui.Text(ev.ref.Provider) + "/" + ui.Text(ev.ref.Model)
		d.life = ev.life
	default:
		d.title = ui.Text(it.ref.Provider) + "/" + ui.Text(it.ref.Model)
	}
	if it != nil && it.priced {
		d.history = p.shelf.book.History(it.ref.Provider, it.ref.Model)
		if it.listing.HasLife && d.life == nil {
			d.life = &it.listing.Life
		}
	} else if it != nil && d.life == nil {
		if l, ok := p.shelf.book.Lifecycle(it.ref.Provider, it.ref.Model); ok {
			d.life = &l
		}
	}
	return d
}

// How a document is drawn.
type extent uint8

const (
	facts extent = iota // without the chart
	full
)

// writer draws the lines of a document.
type writer struct {
	*ui.Pen
	st *ui.Styles
}

// labelWidth is the width of the labels before facts.
const labelWidth = 13

func (w writer) head(s string) {
	if w.Height() > 0 {
		w.End()
	}
	w.Text(w.st.Strong, s)
	w.End()
}

// fact writes a label and a text over as many lines as that needs.
func (w writer) fact(label string, ink ui.Ink, text string) {
	if text == "" {
		return
	}
	for i, l := range ui.Wrap(ui.Text(text), max(8, w.Width()-labelWidth)) {
		if i == 0 {
			w.Left(w.st.Muted, label, labelWidth)
		} else {
			w.Space(labelWidth)
		}
		w.Text(ink, l)
		w.End()
	}
}

func (w writer) say(ink ui.Ink, text string) {
	for _, l := range ui.Wrap(ui.Text(text), w.Width()) {
		w.Text(ink, l)
		w.End()
	}
}

func (d *document) draw(pen *ui.Pen, st *ui.Styles, e extent) {
	w := writer{pen, st}
	d.event(w)
	if d.it == nil {
		if d.ev == nil || d.ev.life == nil {
			w.say(st.Muted, "The book has no price for it.")
		} else {
			w.say(st.Muted, "The book has no price for it: only its dates are known.")
		}
		d.lifecycle(w)
		return
	}
	if !d.it.priced {
		d.unpriced(w)
		d.usage(w)
		d.lifecycle(w)
		return
	}
	if d.ev != nil && d.ev.life != nil {
		d.lifecycle(w)
		d.usage(w)
		w.head("Price")
		d.now(w)
	} else {
		d.now(w)
		d.usage(w)
	}
	if e == full {
		d.chart(w)
	}
	if e == full {
		d.elsewhere(w)
	}
	d.rows(w)
	if d.ev == nil || d.ev.life == nil {
		d.lifecycle(w)
	}
	d.names(w)
}

// event says what happens.
func (d *document) event(w writer) {
	if d.ev == nil || d.ev.life != nil {
		return
	}
	w.fact("when", w.st.Strong, strings.TrimSpace(d.ev.date+", "+d.ev.when))
	for i := range d.ev.changes {
		c := &d.ev.changes[i]
		ink, text := w.st.Text, changeText(c, d.unit)
		if f := factors(c); f != "" {
			ink = w.st.Good
			if c.Up() {
				ink = w.st.Warn
			}
			text = arrow(c.Up()) + " " + text + " (" + f + ")"
		}
		w.fact("change", ink, text)
	}
	if d.ev.row != nil {
		w.fact("change", w.st.Text, d.ev.what(d.unit))
	}
	if d.ev.mine == nil {
		w.fact("touches", w.st.Muted, "none of your usage in this cycle")
	}
	w.End()
}

// unpriced says what to do about a name without a price.
func (d *document) unpriced(w writer) {
	w.say(w.st.Warn, "! The book has no price for this name, so its tokens are counted and not in any cost.")
	if len(d.it.candidates) > 0 {
		w.fact("nearest", w.st.Text, strings.Join(d.it.candidates, ", "))
	} else {
		w.fact("nearest", w.st.Muted, "no name in the book resembles it")
	}
	w.fact("what to do", w.st.Muted, "give it a price, or a meaning, in the configuration; y copies this to fill in")
	w.End()
	for i, block := range d.it.remedies() {
		if i > 0 {
			w.say(w.st.Muted, "or")
		}
		for _, l := range strings.Split(block.Text, "\n") {
			w.Text(w.st.Text, ui.Cut(l, w.Width()))
			w.End()
		}
	}
	w.End()
}

// now lists the prices in force.
func (d *document) now(w writer) {
	l := d.it.listing
	d.prices(w)
	var missing []string
	for _, c := range classes() {
		if _, known := l.Rates.Of(c); !known {
			missing = append(missing, className(c))
		}
	}
	if len(missing) > 0 {
		w.fact("", w.st.Warn, "tokens of "+strings.Join(missing, " and ")+" would be unpriced")
	}
	if !l.Discount.One() {
		w.fact("discount", w.st.Text, l.Discount.Percent()+"% off the list price, from the configuration")
	}
	since := "ever"
	if t := l.Since(); !t.IsZero() {
		since = instant(t)
	}
	if !l.Row.To.IsZero() {
		since += " until " + instant(l.Row.To)
	}
	if l.Row.Status == pricing.Promo {
		since += ", a promotion"
	}
	w.fact("since", w.st.Text, since+": "+sure(&l.Row))
	if next := &l.Next; next.Model != "" {
		c := pricing.Change{Before: l.Row, After: *next}
		if c.Before.Rates != c.After.Rates {
			w.fact("then", w.st.Warn, instant(next.From)+": "+changeText(&c, d.unit)+" ("+factors(&c)+")")
		}
	}
	if l.Row.Window > 0 {
		text := ui.Group(ui.Digits(l.Row.Window)) + " tokens"
		if l.Row.MaxOutput > 0 {
			text += ", at most " + ui.Group(ui.Digits(l.Row.MaxOutput)) + " of output"
		}
		w.fact("context", w.st.Text, text)
	}
}

func currencyOf(code string) string {
	if code == "USD" || code == "" {
		return "$ "
	}
	return code + " "
}

// usage says what of the cycle is priced by it, and what moving would cost.
func (d *document) usage(w writer) {
	m := d.it.mine
	if m == nil {
		return
	}
	w.fact("you", w.st.Accent, ui.Tokens(m.tokens)+" tokens this cycle: "+m.costText())
	if d.life == nil || d.life.StatusAt(d.sh.at) == pricing.Active {
		return
	}
	for i, to := range d.life.Replacements {
		if i == 3 {
			break
		}
		d.move(w, to)
	}
}

func (d *document) move(w writer, to string) {
	v := d.sh.moving(d.it.mine, to)
	if v.why != "" {
		w.fact("moving to", w.st.Muted, to+": "+v.why)
		return
	}
	change, _ := ui.ChangeOf(v.after, v.before)
	ink := w.st.Good
	if v.difference().Sign() > 0 {
		ink = w.st.Warn
	}
	text := to + ": " + v.figure() + " (" + change + "), from " + ui.Money(v.before, v.currency) + " to " + ui.Money(v.after, v.currency)
	if v.low != v.high {
		text += ", between " + ui.Money(v.low, v.currency) + " and " + ui.Money(v.high, v.currency)
	}
	w.fact("moving to", ink, text)
	note := "the same tokens at today's price; tokenizers may differ"
	if v.estimated {
		note += "; another vendor's list price stands in"
	}
	w.fact("", w.st.Muted, note)
}

func (d *document) firstLong() int {
	for i := range d.it.listing.Tiers {
		if d.it.listing.Tiers[i].Context.Over > 0 {
			return i
		}
	}
	return -1
}

// rows lists every base price that there was and will be, the latest first, each
// with what it changed.
func (d *document) rows(w writer) {
	w.head("Every price")
	for i := len(d.history) - 1; i >= 0; i-- {
		r := &d.history[i]
		ink := w.st.Text
		if r.From.After(d.sh.at) {
			ink = w.st.Warn
		}
		w.Text(ink, span(r.From, r.To, d.sh.at))
		if s := r.Status.String(); s != "" {
			w.Space(2)
			w.Text(w.st.Muted, s)
		}
		w.End()
		w.fact("", w.st.Text, ratesText(&r.Rates, &r.Rates, d.unit))
		if i > 0 {
			c := pricing.Change{Before: d.history[i-1], After: *r}
			if f := factors(&c); f != "" && c.Before.Rates != c.After.Rates {
				ink := w.st.Good
				if c.Up() {
					ink = w.st.Warn
				}
				w.fact("", ink, arrow(c.Up())+" "+f+": "+changeText(&c, d.unit))
			}
		}
		w.fact("", w.st.Muted, sure(r)+"; source: "+orUnknown(r.Source))
	}
}

func orUnknown(s string) string {
	if s == "" {
		return "not said"
	}
	return s
}

// lifecycle lists the dates of the model.
func (d *document) lifecycle(w writer) {
	l := d.life
	if l == nil {
		return
	}
	if w.Height() > 1 { // not the first below the title
		w.head("Lifecycle")
	}
	ink := w.st.Text
	if l.StatusAt(d.sh.at) != pricing.Active {
		ink = w.st.Warn
	}
	w.fact("status", ink, l.StatusAt(d.sh.at).String())
	if !l.Released.IsZero() {
		w.fact("released", w.st.Text, l.Released.Format("2 Jan 2006"))
	}
	if !l.Deprecated.IsZero() {
		w.fact("deprecated", w.st.Text, l.Deprecated.Format("2 Jan 2006"))
	}
	if !l.Shutdown.IsZero() {
		w.fact("shutdown", ink, l.Shutdown.Format("2 Jan 2006")+", "+ahead(d.sh.at, l.Shutdown))
	}
	if !l.Earliest.IsZero() {
		w.fact("not before", w.st.Text, l.Earliest.Format("2 Jan 2006"))
	}
	if len(l.Replacements) > 0 {
		w.fact("replacement", w.st.Text, strings.Join(l.Replacements, ", "))
	} else if l.StatusAt(d.sh.at) != pricing.Active {
		w.fact("replacement", w.st.Muted, "none is named")
	}
	w.fact("note", w.st.Text, l.Note)
	w.fact("source", w.st.Muted, l.Source+", read "+l.Verified.Format("2 Jan 2006"))
}

// names lists what is priced by it: your recorded names, and known spellings.
func (d *document) names(w writer) {
	var known []string
	if d.life != nil {
		known = d.life.Aliases
	}
	if d.it.mine == nil && len(known) == 0 {
		return
	}
	w.head("Names")
	if d.it.mine != nil {
		w.fact("in your logs", w.st.Text, strings.Join(d.it.mine.names, ", "))
	}
	w.fact("also called", w.st.Text, strings.Join(known, ", "))
}
