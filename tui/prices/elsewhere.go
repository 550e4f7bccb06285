package prices

import (
	"slices"

	"tokpit/pricing"
	"tokpit/tui/ui"
)

// mostElsewhere is how many other models are named.
const mostElsewhere = 8

// elsewhere is what the cycle's usage of a model would cost on the other models in
// use, the cheapest first. It is worked out when it is first asked for.
func (sh *shelf) elsewhere(it *item) []move {
	if out, ok := sh.moves[it.ref]; ok {
		return out
	}
	var out []move
	for i := range sh.mine {
		to := &sh.items[i]
		if to.ref == it.ref || !to.priced || !to.listing.Rates.Known.Has(pricing.Output) {
			continue
		}
		if v := sh.costOn(it.mine, to.ref); v.why == "" && v.currency == it.mine.currency {
			out = append(out, v)
		}
	}
	slices.SortStableFunc(out, func(a, b move) int { return a.after.Cmp(b.after) })
	out = out[:min(len(out), mostElsewhere)]
	sh.moves[it.ref] = out
	return out
}

// elsewhere lists what the same tokens would have cost on other models.
func (d *document) elsewhere(w writer) {
	m := d.it.mine
	if m == nil || !m.priced || m.tokens == 0 {
		return
	}
	all := d.sh.elsewhere(d.it)
	if len(all) == 0 {
		return
	}
	w.head("Your usage on your other models")
	const cost, change = 11, 10
	name := w.Width() - cost - change - 4
	if name < 10 {
		return
	}
	for i := range all {
		v := &all[i]
		text := ui.Money(v.after, v.currency)
		if v.estimated || v.low != v.high {
			text = "≈" + text
		}
		w.Left(w.st.Text, ui.CutName(ui.Text(v.to), name), name)
		w.Space(2)
		w.Right(w.st.Text, text, cost)
		w.Space(2)
		rel, trend := ui.ChangeOf(v.after, m.cost)
		ink := w.st.Muted
		if trend == ui.Down {
			ink = w.st.Good
		}
		w.Right(ink, rel, change)
		w.End()
	}
	w.say(w.st.Muted, "this cycle's tokens at today's prices; tokenizers and answers differ")
}
