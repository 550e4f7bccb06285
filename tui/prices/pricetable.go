package prices

import (
	"tokpit/pricing"
	"tokpit/tui/ui"
)

// priceTable is a small table of prices by class, and of what was used of each.
type priceTable struct {
	rows  []priceRow
	width [5]int
	label int
}

type priceRow struct {
	label string
	cells [5]string
	ink   ui.Ink
}

func (t *priceTable) add(label string, ink ui.Ink, cells [5]string) {
	t.rows = append(t.rows, priceRow{label, cells, ink})
	t.label = max(t.label, ui.Width(label))
	for k, s := range cells {
		t.width[k] = max(t.width[k], ui.Width(s))
	}
}

func (t *priceTable) rates(label string, ink ui.Ink, billed, own *pricing.Rates, u pricing.Unit) {
	var cells [5]string
	for k, c := range classes() {
		if cells[k] = priceText(billed, own, c, u); cells[k] == atInput {
			cells[k] = sameAsInput
		}
	}
	t.add(label, ink, cells)
}

// longestLabel is the most that the label of a row of prices takes.
const longestLabel = 20

// draw draws the table; without room for all columns those of writing into caches
// are left out, the longer first.
func (t *priceTable) draw(w writer) {
	const between = 2
	show := [5]bool{true, true, true, true, true}
	label := min(max(t.label, 5), longestLabel)
	need := func() int {
		n := label
		for k, c := range classes() {
			if show[k] {
				n += between + max(t.width[k], ui.Width(className(c)))
			}
		}
		return n
	}
	for _, k := range []int{3, 2, 1} {
		if need() > w.Width() {
			show[k] = false
		}
	}
	line := func(name string, nameInk ui.Ink, cell func(k int) (string, ui.Ink)) {
		w.Left(nameInk, ui.Cut(name, label), label)
		for k, c := range classes() {
			if show[k] {
				w.Space(between)
				text, ink := cell(k)
				w.Right(ink, text, max(t.width[k], ui.Width(className(c))))
			}
		}
		w.End()
	}
	line("", w.st.Muted, func(k int) (string, ui.Ink) { return className(classes()[k]), w.st.Muted })
	for _, r := range t.rows {
		line(r.label, w.st.Muted, func(k int) (string, ui.Ink) {
			switch s := r.cells[k]; s {
			case sameAsInput:
				return s, w.st.Faint
			case noPrice:
				return s, w.st.Warn
			default:
				return s, r.ink
			}
		})
	}
}

// prices draws the price in force, those of other tiers, what is announced, and the
// cycle's tokens with what they cost at the price in force.
func (d *document) prices(w writer) {
	l := d.it.listing
	var t priceTable
	t.rates("now", w.st.Strong, &l.Rates, &l.Row.Rates, d.unit)
	for i := range l.Tiers {
		name := briefConditions(&l.Tiers[i])
		if l.Tiers[i].Status == pricing.Promo {
			name += ", promo"
		}
		t.rates(name, w.st.Text, &l.Tiers[i].Rates, &l.Tiers[i].Rates, d.unit)
	}
	if next := &l.Next; next.Model != "" && next.Rates != l.Row.Rates {
		t.rates("from "+day(next.From, d.sh.at), w.st.Warn, &next.Rates, &next.Rates, d.unit)
	}
	if m := d.it.mine; m != nil {
		tokens := m.classTokens()
		var used [5]string
		for k, n := range tokens {
			if used[k] = ui.Unknown; n > 0 {
				used[k] = ui.Tokens(n)
			}
		}
		t.add("your tokens", w.st.Accent, used)
		if costs, ok := d.classCosts(tokens); ok {
			t.add("cost", w.st.Accent, costs)
		}
	}
	t.draw(w)
	w.say(w.st.Muted, currencyOf(l.Row.Currency)+unitName(d.unit)+d.remarks(&t))
	w.End()
}

// remarks say what the table needs to be understood.
func (d *document) remarks(t *priceTable) string {
	text := ""
	for _, r := range t.rows {
		for _, c := range r.cells {
			if c == sameAsInput && text == "" {
				text = "; · as input"
			}
		}
	}
	if d.firstLong() >= 0 {
		text += "; > the whole request, by all of its input"
	}
	if d.it.mine != nil {
		text += "; your tokens of this cycle"
	}
	return text
}

// classTokens are the tokens of the cycle, in the order of the columns.
func (m *mine) classTokens() (out [5]int64) {
	for i := range m.uses {
		t := &m.uses[i].Sum.Tokens
		for k, n := range [5]int64{t.Input, t.CacheRead, t.CacheWrite5m, t.CacheWrite1h, t.Output} {
			out[k] += max(n, 0)
		}
	}
	return out
}

// classCosts are what tokens cost at the price in force; ok is false where that
// would say something else than what was paid: with other tiers, or other prices
// in this cycle.
func (d *document) classCosts(tokens [5]int64) (out [5]string, ok bool) {
	m, l := d.it.mine, d.it.listing
	if !m.priced || m.currency != l.Row.Currency {
		return out, false
	}
	var sum = m.cost.Sub(m.cost)
	for k, c := range classes() {
		out[k] = ui.Unknown
		if tokens[k] == 0 {
			continue
		}
		rate, known := l.Rates.Of(c)
		if !known {
			return out, false
		}
		cost := rate.Times(tokens[k])
		sum = sum.Add(cost)
		out[k] = ui.Money(cost, m.currency)
	}
	return out, sum == m.cost
}
