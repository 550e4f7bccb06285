package prices

import (
	"slices"

	"tokpit/pricing"
	"tokpit/tui/chart"
	"tokpit/tui/ui"
)

// drawPanel draws the document of the selected row beside or beneath the table.
func (p *Page) drawPanel(width, height int) []string {
	if width <= 0 || height <= 1 {
		return nil
	}
	it, ev := p.selected()
	pen := ui.NewPen(width, height)
	if p.comparing() {
		c := p.comparison()
		ui.SectionTitle(pen, p.styles, c.title(), false, "esc lets them go")
		c.draw(pen, p.styles)
		return cut(pen, p.styles, width, height)
	}
	if it == nil && ev == nil {
		return pen.Lines(height)
	}
	d := p.document(it, ev)
	ui.SectionTitle(pen, p.styles, d.title, false, "")
	if p.plan.panel.Min.X > p.plan.table.Min.X { // beside the table
		d.draw(pen, p.styles, full)
		return cut(pen, p.styles, width, height)
	}
	chartWidth := min(width/2-2, 70)
	var graph []string
	if it != nil && it.priced && width >= 100 && height >= 8 {
		if steps, ok := d.steps(); ok {
			g := ui.NewPen(chartWidth, height)
			d.legend(writer{g, p.styles})
			said := 0
			if height >= 12 {
				said = 1
			}
			graph = append(g.Lines(1), steps.Draw(p.styles, chartWidth, height-2-said)...)
			if said > 0 {
				last := ui.NewPen(chartWidth, 1)
				d.readOut(writer{last, p.styles}, &steps)
				graph = append(graph, last.Lines(1)...)
			}
		}
	}
	if graph == nil {
		d.draw(pen, p.styles, facts)
		return cut(pen, p.styles, width, height)
	}
	left := ui.NewPen(width-chartWidth-3, height-1)
	d.draw(left, p.styles, facts)
	lines := cut(left, p.styles, width-chartWidth-3, height-1)
	for i := range graph {
		pen.Drawn(lines[i], width-chartWidth-3)
		pen.Space(3)
		pen.Drawn(graph[i], chartWidth)
		pen.End()
	}
	return pen.Lines(height)
}

// cut returns the first lines of what was drawn, and says so if there are more.
func cut(pen *ui.Pen, st *ui.Styles, width, height int) []string {
	more := pen.Height() > height
	lines := pen.Lines(height)
	if more && height > 2 {
		last := ui.NewPen(width, 1)
		last.Text(st.Muted, "… enter shows all of it")
		lines[height-1] = last.Lines(1)[0]
	}
	return lines
}

// chart draws input and output over time, if they ever changed.
func (d *document) chart(w writer) {
	steps, ok := d.steps()
	if !ok {
		return
	}
	w.End()
	d.legend(w)
	for _, l := range steps.Draw(w.st, w.Width(), 11) {
		w.Drawn(l, w.Width())
		w.End()
	}
	d.readOut(w, &steps)
}

func (d *document) legend(w writer) {
	w.Text(w.st.Strong, "Price history")
	w.Space(2)
	for i, name := range []string{"input", "output"} {
		ink, r := w.st.Series(priceHues()[i]), '█'
		if w.st.Theme.Mono {
			ink, r = ui.Ink{}, chart.Shade(i)
		}
		w.Fill(ink, r, 1)
		w.Space(1)
		w.Text(w.st.Muted, name)
		w.Space(2)
	}
	w.Right(w.st.Muted, "per 1M", w.Room())
	w.End()
}

// priceHues are the colours of input and output.
func priceHues() []int { return []int{2, 0} }

// steps is the history as a chart; ok is false where nothing ever changed.
func (d *document) steps() (chart.Steps, bool) {
	out := chart.Steps{Now: d.sh.at, Hues: priceHues(), Currency: d.it.listing.Row.Currency, Until: d.sh.at}
	for i := range d.history {
		r := &d.history[i]
		if r.Currency != out.Currency || r.From.IsZero() {
			continue
		}
		mark := chart.NoMark
		if i > 0 {
			c := pricing.Change{Before: d.history[i-1], After: *r}
			if c.Before.Rates == c.After.Rates {
				continue
			}
			if mark = chart.MarkDown; c.Up() {
				mark = chart.MarkUp
			}
		}
		values := []float64{perMillion(r, pricing.Input), perMillion(r, pricing.Output)}
		if n := len(out.Steps); n == 0 || !slices.Equal(out.Steps[n-1].Values, values) {
			out.Steps = append(out.Steps, chart.Step{At: r.From, Mark: mark, Values: values})
		}
	}
	if len(out.Steps) < 2 {
		return out, false
	}
	out.Chosen = d.chosen(out.Steps) + 1
	// A future price needs room to be seen in, and so does the present.
	last := out.Steps[len(out.Steps)-1].At
	whole := last.Sub(out.Steps[0].At)
	if end := last.Add(whole / 6); end.After(out.Until) {
		out.Until = end
	}
	return out, true
}

func perMillion(r *pricing.Row, c pricing.Class) float64 {
	rate, _ := r.Rates.Of(c)
	return rate.Times(1_000_000).Float()
}
