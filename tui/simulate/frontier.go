package simulate

import (
	"image"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/scenario"
	"tokpit/tui/ui"
)

// latencyOf begins the name of a metric whose seconds are looked at.
const latencyOf = "latency of "

// frontier is what the models that could do one model's work cost, against what
// they are worth.
type frontier struct {
	all     *scenario.Ranking // every swap, also those that save nothing
	err     error
	asked   bool
	froms   []pricing.ModelRef // models in use, the dearest first
	from    int
	metrics []string
	metric  int
	marks   []scenario.Mark
	savings map[pricing.ModelRef]*scenario.Saving
	cursor  int
	over    int  // what is under the mouse, counted from 1; 0 is nothing
	unknown int  // cheaper models without a score
	chosen  bool // a person has chosen the model
}

// charted is the ranking of everything.
type charted struct {
	gen     int
	ranking *scenario.Ranking
	err     error
}

// drop forgets what was computed of other usage.
func (f *frontier) drop() { *f = frontier{from: f.from, metric: f.metric, chosen: f.chosen} }

// ask computes every swap, once for each base.
func (f *frontier) ask(p *Page) tea.Cmd {
	if f.asked || p.base == nil {
		f.build(p)
		return nil
	}
	f.asked = true
	gen, base, board := p.work.gen, p.base, p.board
	return func() tea.Msg {
		r, err := base.Rank(scenario.RankOptions{Scores: board, All: true})
		return here(charted{gen, r, err})
	}
}

func (p *Page) applyCharted(msg charted) {
	if msg.gen == p.work.gen {
		p.chart.all, p.chart.err, p.chart.asked = msg.ranking, msg.err, true
		p.chart.build(p)
	}
}

// build gathers the marks of the chosen model and metric.
func (f *frontier) build(p *Page) {
	f.froms, f.marks, f.metrics, f.unknown = nil, nil, nil, 0
	f.savings = make(map[pricing.ModelRef]*scenario.Saving)
	if f.all == nil || p.board == nil || p.result == nil {
		return
	}
	part := make(map[pricing.ModelRef]money.Amount)
	for i := range f.all.Savings {
		if s := &f.all.Savings[i]; s.Swap != nil {
			if _, ok := part[s.Swap.From]; !ok {
				f.froms = append(f.froms, s.Swap.From)
			}
			part[s.Swap.From] = s.Part
		}
	}
	slices.SortStableFunc(f.froms, func(a, b pricing.ModelRef) int { return part[b].Cmp(part[a]) })
	if len(f.froms) == 0 {
		return
	}
	f.from = around(f.from, len(f.froms))
	if !f.chosen { // the dearest one of which something is known
		f.from = max(0, slices.IndexFunc(f.froms, func(m pricing.ModelRef) bool { return len(f.all.MetricsOf(p.board, m)) > 0 }))
	}
	from := f.froms[f.from]
	for i := range f.all.Savings {
		if s := &f.all.Savings[i]; s.Swap != nil && s.Swap.From == from {
			f.savings[s.Swap.To] = s
			if len(s.Swap.Quality) == 0 && s.Cost.Sign() < 0 {
				f.unknown++
			}
		}
	}
	f.metrics = f.all.MetricsOf(p.board, from)
	for _, m := range f.metrics {
		if marks, _ := f.all.FrontierOf(p.board, from, m, true); len(marks) > 1 {
			f.metrics = append(f.metrics, latencyOf+m)
		}
	}
	if len(f.metrics) == 0 {
		return
	}
	f.metric = around(f.metric, len(f.metrics))
	name, slow := strings.CutPrefix(f.metrics[f.metric], latencyOf)
	f.marks, _ = f.all.FrontierOf(p.board, from, name, slow)
	f.marks = slices.DeleteFunc(f.marks, func(m scenario.Mark) bool { return m.Cost.Sign() <= 0 })
	for i := range f.marks {
		f.marks[i].Cost = p.result.PerMonth(f.marks[i].Cost)
	}
	f.cursor = max(0, min(f.cursor, len(f.marks)-1))
}

// around wraps an index.
func around(i, n int) int { return ((i % n) + n) % n }

// title says what is charted.
func (f *frontier) title(p *Page) string {
	if len(f.froms) == 0 {
		return "Cost against quality"
	}
	text := "What could do the work of " + ui.Text(f.froms[f.from].Model)
	if len(f.metrics) > 0 {
		text += ": list price a month against " + f.metricName()
	}
	return text
}

func (f *frontier) metricName() string {
	m := f.metrics[f.metric]
	if strings.HasPrefix(m, latencyOf) {
		return ui.Text(m) + " (seconds, less is better)"
	}
	return ui.Text(m)
}

func (f *frontier) press(p *Page, msg tea.KeyPressMsg) tea.Cmd {
	k := &p.keys
	f.over = 0 // a mouse that stands still does not name what keys are about
	switch {
	case key.Matches(msg, k.Less):
		f.from, f.cursor, f.chosen = f.from-1, 0, true
		f.build(p)
	case key.Matches(msg, k.More):
		f.from, f.cursor, f.chosen = f.from+1, 0, true
		f.build(p)
	case key.Matches(msg, k.Axis):
		f.metric++
		f.build(p)
	case key.Matches(msg, k.Table.Down):
		f.cursor = min(f.cursor+1, max(0, len(f.marks)-1))
	case key.Matches(msg, k.Table.Up):
		if f.cursor == 0 && len(p.levers) > 0 {
			p.onLevers = true
		}
		f.cursor = max(f.cursor-1, 0)
	case key.Matches(msg, k.Use):
		return p.useDot()
	}
	return nil
}

// useDot takes the swap to the model under the cursor as a lever.
func (p *Page) useDot() tea.Cmd {
	if s := p.chart.selected(); s != nil {
		return p.insert(s.Lever)
	}
	return nil
}

// selected is the swap under the cursor, nil if it is what is used now.
func (f *frontier) selected() *scenario.Saving {
	if f.cursor < len(f.marks) && !f.marks[f.cursor].Current {
		return f.savings[f.marks[f.cursor].Model]
	}
	return nil
}

// draw draws the chart, and says in words what the cursor is on.
func (f *frontier) draw(p *Page, width, height int) []string {
	st := p.styles
	pen := ui.NewPen(width, height)
	switch {
	case f.err != nil:
		wrapped(pen, st.Bad, "! "+ui.Text(f.err.Error()))
		return pen.Lines(height)
	case f.all == nil:
		wrapped(pen, st.Muted, "Looking at every model…")
		return pen.Lines(height)
	case len(f.froms) == 0:
		wrapped(pen, st.Muted, "Nothing in use could be done by another model that has a price.")
		return pen.Lines(height)
	case len(f.marks) < 2:
		wrapped(pen, st.Strong, "quality: unknown")
		wrapped(pen, st.Muted, "No score is known of "+ui.Text(f.froms[f.from].Model)+" and of another model that could do its work, so nobody can say here what a cheaper model would cost in quality.")
		wrapped(pen, st.Muted, "tokpit eval import FILE brings scores of your own: model, metric, score. ←→ looks at another model.")
		return pen.Lines(height)
	}
	lines := f.scatter(p).draw(st, width, height-wordLines)
	for _, l := range lines {
		pen.Drawn(l, width)
		pen.End()
	}
	f.words(p, pen)
	return pen.Lines(height)
}

// wordLines is what stands beneath the chart.
const wordLines = 2

// dotAt is the model at a point of the page, -1 if there is none.
func (p *Page) dotAt(at image.Point) int {
	f, r := &p.chart, p.plan.below
	if p.view != frontierView || !at.In(r) || len(f.marks) < 2 || p.result == nil {
		return -1
	}
	return f.scatter(p).at(r.Dx(), r.Dy()-wordLines, at.X-r.Min.X, at.Y-r.Min.Y)
}

// hoverAt has the chart say what is under the mouse.
func (p *Page) hoverAt(at image.Point) {
	over := p.dotAt(at) + 1
	if over != p.chart.over {
		p.chart.over, p.frame = over, ""
	}
}

func (f *frontier) scatter(p *Page) *scatter {
	s := &scatter{low: strings.HasPrefix(f.metrics[f.metric], latencyOf), yText: plainNumber, moneyText: func(v float64) string {
		return ui.CompactMoney(money.FromAtto(int64(min(v, 9)*1e18)).Add(money.FromUnits(int64(max(0, v-9)))), p.result.Before.Currency)
	}}
	for i := range f.marks {
		m := &f.marks[i]
		s.dots = append(s.dots, dot{x: m.Cost.Float(), y: m.Value.Float(), label: ui.Text(m.Model.Model), best: m.Best, now: m.Current, mark: i == f.cursor && !p.onLevers})
	}
	return s
}

// words says what the cursor is on, and what the chart leaves out.
func (f *frontier) words(p *Page, pen *ui.Pen) {
	st, at := p.styles, f.cursor
	if f.over > 0 && f.over <= len(f.marks) {
		at = f.over - 1
	}
	m := &f.marks[at]
	currency := p.result.Before.Currency
	pen.Text(st.AccentBold, "▸ ")
	pen.Text(st.Strong, ui.Text(m.Model.Model))
	pen.Text(st.Text, "  "+ui.Money(m.Cost, currency)+" a month, "+m.Value.Short())
	if m.Interval != nil {
		pen.Text(st.Muted, " ["+m.Interval.Low.Short()+"–"+m.Interval.High.Short()+"]")
	}
	if m.Effort != "" {
		pen.Text(st.Muted, " at effort "+ui.Text(m.Effort))
	}
	switch {
	case m.Current:
		pen.Text(st.Muted, "  in use now")
	default:
		if s := f.savings[m.Model]; s != nil {
			d := p.result.PerMonth(s.Cost)
			pen.Text(inkOf(st, d), "  "+savedText(d, currency))
		}
	}
	if m.Best {
		text := "  nothing is both cheaper and better"
		if ui.Width(text) > pen.Room() {
			text = "  unbeaten"
		}
		pen.Text(st.Good, text)
	}
	pen.End()
	pen.Text(st.Muted, "◆ now  ● nothing is cheaper and better  ○ beaten")
	if f.unknown > 0 {
		text := "   " + plural(int64(f.unknown), "cheaper model") + " with quality unknown"
		if ui.Width(text) > pen.Room() {
			text = "   +" + ui.Count(int64(f.unknown)) + " of unknown quality"
		}
		if ui.Width(text) <= pen.Room() {
			pen.Text(st.Muted, text)
		}
	}
	pen.End()
}

// wrapped writes a text over as many lines as it needs.
func wrapped(pen *ui.Pen, ink ui.Ink, text string) {
	for _, l := range ui.Wrap(text, max(1, pen.Width()-4)) {
		pen.Space(2)
		pen.Text(ink, l)
		pen.End()
	}
}
