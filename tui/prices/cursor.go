package prices

import (
	"tokpit/pricing"
	"tokpit/tui/chart"
	"tokpit/tui/ui"
)

// cursor is a place in the history of one model's price, counted from the price in
// force. On another model it is back there.
type cursor struct {
	ref  pricing.ModelRef
	step int
}

func (c cursor) of(it *item) int {
	if it == nil || it.ref != c.ref {
		return 0
	}
	return c.step
}

// step goes to an earlier or a later price of the selected model.
func (p *Page) step(by int) {
	it, ev := p.selected()
	if it == nil || !it.priced {
		return
	}
	d := p.document(it, ev)
	steps, ok := d.steps()
	if !ok {
		return
	}
	now := (&document{sh: p.shelf}).chosen(steps.Steps)
	p.cursor = cursor{it.ref, max(0, min(steps.Chosen-1+by, len(steps.Steps)-1)) - now}
	p.frame = ""
}

// chosen is the step that the cursor is on.
func (d *document) chosen(steps []chart.Step) int {
	at := 0
	for i := range steps {
		if !steps[i].At.After(d.sh.at) {
			at = i
		}
	}
	return max(0, min(at+d.step, len(steps)-1))
}

// readOut says on one line what the price is where the cursor stands.
func (d *document) readOut(w writer, s *chart.Steps) {
	at := s.Chosen - 1
	from := s.Steps[at].At
	for i := range d.history {
		r := &d.history[i]
		if !r.From.Equal(from) {
			continue
		}
		w.Text(w.st.AccentBold, "◆ ")
		w.Text(w.st.Text, from.Format("2 Jan 2006"))
		for _, c := range []pricing.Class{pricing.Input, pricing.Output} {
			w.Text(w.st.Muted, "  "+className(c)+" ")
			w.Text(w.st.Strong, priceText(&r.Rates, &r.Rates, c, d.unit))
		}
		if i > 0 {
			change := pricing.Change{Before: d.history[i-1], After: *r}
			if f := factors(&change); f != "" && ui.Width(f)+4 <= w.Room() {
				ink := w.st.Good
				if change.Up() {
					ink = w.st.Warn
				}
				w.Text(ink, "  "+arrow(change.Up())+" "+f)
			}
		}
		break
	}
	w.End()
}
