package explore

import (
	"image"
	"strings"

	"tokpit/money"
	"tokpit/tui/chart"
	"tokpit/tui/ui"
)

// What a large screen has besides the cost of a row by time: how much of all rows it
// is, and its tokens.

// drawShare draws all rows by time, with the one under the cursor at the bottom of
// the bars.
func (p *Page) drawShare() []string {
	place, l := p.plan.share, p.selected()
	w := p.within()
	if place.Empty() || l == nil || l.gone() || !p.fathomable() || w == nil || w.err != nil {
		return nil
	}
	all, own := &p.reply.trend, w.trend.byName()
	if all.unit != w.trend.unit || all.currency != w.trend.currency {
		return nil
	}
	pen := ui.NewPen(place.Dx(), place.Dy())
	name := ui.CutName(strings.Join(l.names, " · "), max(8, place.Dx()/3))
	ui.SectionTitle(pen, p.styles, "All rows by "+string(all.unit)+", "+name+" at the bottom", false, all.says(own, p.chosenTime()))
	place.Min.Y++
	b := chart.Bars{Hues: []int{p.rowHue(l), ui.HueOther}, Currency: all.currency}
	draw(pen, p.chartOf(all, b, place, false, func(i int) []float64 {
		part := max(0, own[all.names[i]].Float())
		return []float64{part, max(0, all.amounts[i].Float()-part)}
	}), place)
	return pen.Lines(p.plan.share.Dy())
}

// byName is the amounts by their times.
func (t *trend) byName() map[string]money.Amount {
	out := make(map[string]money.Amount, len(t.names))
	for i, name := range t.names {
		out[name] = t.amounts[i]
	}
	return out
}

// says is how much of what all rows cost a row's is: at the time under the cursor, or
// over the question's own.
func (t *trend) says(own map[string]money.Amount, chosen string) string {
	var part, whole money.Amount
	from, until := t.lead, len(t.names)
	when := ""
	if i := t.at(chosen); i >= 0 {
		from, until, when = i, i+1, timeName(t.unit, chosen)+"  "
	}
	for i := from; i < until; i++ {
		part, whole = part.Add(own[t.names[i]]), whole.Add(t.amounts[i])
	}
	share, ok := ui.ShareOf(part, whole)
	if !ok || part.Cmp(whole) > 0 {
		return ""
	}
	return when + ui.Money(part, t.currency) + " of " + ui.Money(whole, t.currency) + ", " + ui.Percent(share)
}

const (
	// A chart of counts takes so many lines, with its title.
	leastCounts, mostCounts = 14, 24
)

// counts is what a chart of numbers is of.
type counts struct {
	what string
	of   []int64
}

// drawCounts draws the tokens and the requests of a row by time at the end of what a
// panel says of it, as far as there is room: what it costs goes up with them, or with
// its prices.
func (p *Page) drawCounts(pen *ui.Pen, l *line, w *within) {
	panel, t := p.plan.panel, &w.trend
	room := panel.Dy() - pen.Height()
	if p.plan.chart.Empty() || len(t.names) < 2 {
		return
	}
	all := []counts{{"Tokens", t.tokens}}
	if t.requests != nil {
		all = append(all, counts{"Requests", t.requests})
	}
	all = all[:min(len(all), room/(leastCounts+1))]
	for i, c := range all {
		lines := min((room+len(all)-1)/len(all)-1, mostCounts)
		top := panel.Max.Y - (len(all)-i)*lines - (len(all) - 1 - i)
		pen.Blank(top - panel.Min.Y - pen.Height())
		ui.SectionTitle(pen, p.styles, c.what+" by "+string(t.unit), false, t.countsSay(c.of, p.chosenTime()))
		place := image.Rect(panel.Min.X, top+1, panel.Max.X, top+lines)
		b := chart.Bars{Hues: []int{p.rowHue(l)}, Count: true}
		draw(pen, p.chartOf(t, b, place, true, func(i int) []float64 { return []float64{float64(c.of[i])} }), place)
	}
}

// countsSay is the number of the time under the cursor, or the most of any.
func (t *trend) countsSay(of []int64, chosen string) string {
	if i := t.at(chosen); i >= 0 {
		return timeName(t.unit, chosen) + "  " + ui.Count(of[i])
	}
	most := t.lead
	for i := t.lead; i < len(of); i++ {
		if of[i] > of[most] {
			most = i
		}
	}
	if most >= len(of) || of[most] == 0 {
		return ""
	}
	return "most " + ui.Tokens(of[most]) + " " + timeOn(t.unit, t.names[most])
}
