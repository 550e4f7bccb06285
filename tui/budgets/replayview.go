package budgets

import (
	"image"
	"time"

	"tokpit/report"
	"tokpit/tui/chart"
	"tokpit/tui/entry"
	"tokpit/tui/layout"
	"tokpit/tui/slider"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// replayPlan is where the parts of a replay lie.
type replayPlan struct {
	head, sliders, answer, chart, tables image.Rectangle
	sliderLeft, sliderWidth              int  // of the tracks
	cramped                              bool // there is room for the chart or for tables, not for both
}

const (
	sliderLabel = 10
	sliderValue = 20
)

func (p *Page) planReplay() replayPlan {
	var out replayPlan
	r := image.Rect(min(1, p.width), 0, max(min(1, p.width), p.width-1), p.height)
	out.head, r = layout.Split(r, 1)
	out.sliders, r = layout.Split(r, int(controls))
	if p.height >= 24 {
		_, r = layout.Split(r, 1)
	}
	out.sliderLeft = min(sliderLabel, r.Dx())
	out.sliderWidth = max(0, r.Dx()-sliderLabel-sliderValue)
	answer := ui.NewPen(r.Dx(), 8)
	p.writeAnswer(entry.Write(answer, &ui.Styles{}))
	lines := answer.Height()
	if p.height >= 30 {
		lines++
	}
	out.answer, r = layout.Split(r, min(lines, max(2, r.Dy()/2)))
	switch {
	case r.Dx() >= 100 && r.Dy() >= 6:
		columns := layout.Columns(r, 3, 3, 2)
		out.chart, out.tables = columns[0], columns[1]
	case r.Dy() >= 16:
		out.chart, out.tables = layout.Split(r, r.Dy()*3/5)
	case r.Dy() >= 10:
		out.chart, out.tables = layout.Split(r, r.Dy()-4)
	default:
		if out.cramped, out.chart = true, r; p.replay.face > 0 {
			out.chart, out.tables = out.tables, r
		}
	}
	return out
}

func (p *Page) drawReplay() []string {
	pl := p.planReplay()
	return p.lay(part{pl.head, p.replayHead(pl)}, part{pl.sliders, p.drawSliders(pl)}, part{pl.answer, p.drawAnswer(pl)},
		part{pl.chart, p.drawServed(pl)}, part{pl.tables, p.drawRefused(pl)})
}

func (p *Page) replayHead(pl replayPlan) []string {
	pen := ui.NewPen(pl.head.Dx(), 1)
	ui.DrilledTitle(pen, p.styles, title, "A hard limit on "+ui.Cut(ui.Text(p.replay.budget.Name), 24)+", tried out", "a simulation: nothing is refused")
	return pen.Lines(1)
}

// drawSliders draws the three controls.
func (p *Page) drawSliders(pl replayPlan) []string {
	r, st := p.replay, p.styles
	pen := ui.NewPen(pl.sliders.Dx(), pl.sliders.Dy())
	row := func(c control, label string, s slider.Scale, v int64, value string) {
		focused := r.at == c
		k, mark := st.Muted, "  "
		if focused {
			k, mark = st.AccentBold, "▸ "
		}
		pen.Text(st.AccentBold, mark)
		pen.Left(k, label, sliderLabel-2)
		if r.ready() {
			s.Draw(pen, st, v, pl.sliderWidth, focused)
		} else {
			pen.Fill(st.Track, '─', pl.sliderWidth)
		}
		pen.Space(2)
		pen.Text(st.Strong, value)
		pen.End()
	}
	row(controlLimit, "Limit", r.scale, r.place(), ui.Money(r.limit, r.budget.Currency))
	row(controlDelay, "Delay", delayScale(), int64(r.delay/time.Second), delayWords(r.delay))
	focused := r.at == controlPeriod
	k, mark, arrows := st.Muted, "  ", st.Muted
	if focused {
		k, mark, arrows = st.AccentBold, "▸ ", st.AccentBold
	}
	pen.Text(st.AccentBold, mark)
	pen.Left(k, "Period", sliderLabel-2)
	pen.Text(arrows, "‹ ")
	pen.Text(st.Text, r.periodWords())
	pen.Text(arrows, " ›")
	pen.End()
	return pen.Lines(pl.sliders.Dy())
}

func delayWords(d time.Duration) string {
	if d%time.Minute == 0 {
		return plural(int64(d/time.Minute), "minute")
	}
	return d.String()
}

func (r *replay) periodWords() string {
	text := spanWords(r.period, r.zone)
	switch r.back {
	case 0:
		return text + ", so far"
	case 1:
		return text + ", the " + string(r.budget.Period) + " before"
	}
	return text + ", " + plural(int64(r.back), string(r.budget.Period)) + " before"
}

func (p *Page) drawAnswer(pl replayPlan) []string {
	pen := ui.NewPen(pl.answer.Dx(), pl.answer.Dy())
	p.writeAnswer(entry.Write(pen, p.styles))
	return pen.Lines(pl.answer.Dy())
}

// writeAnswer says what the limit would have done, the most important first.
func (p *Page) writeAnswer(w entry.Writer) {
	r, st := p.replay, w.St
	switch {
	case r.loading:
		text := "reading the requests of " + spanWords(r.period, r.zone) + "…"
		if n := r.read.Load(); n > 0 {
			text += " " + ui.Count(n)
		}
		w.Para(st.Accent, p.spinner()+" ", text+" · esc stops")
		return
	case r.failure != "":
		w.Para(st.Bad, "! ", r.failure)
		if r.hint != "" {
			w.Para(st.Text, "  hint: ", r.hint)
		}
		return
	case r.data == nil:
		return
	}
	o, cur := &r.out, r.budget.Currency
	text, bad := r.answer()
	k := st.Good
	if bad {
		k = st.Bad
	}
	w.Para(k, "", text)
	w.Text(st.Muted, "spent ")
	w.Text(st.Strong, ui.Money(o.Spent, cur))
	w.Text(st.Muted, " instead of "+ui.Money(o.Total, cur)+" · saved ")
	w.Text(st.Strong, ui.Money(o.Saved, cur))
	if o.Reached {
		w.Text(st.Muted, " · overshoot "+ui.Money(o.Overshoot, cur))
		if w.Room() > 14 {
			w.Text(st.Muted, " by the delay")
		}
	}
	w.End()
	p.softLine(w)
	if o.Reached {
		w.Text(st.Bad, "━ hard ")
		w.Text(st.Text, r.clock(o.ReachedAt))
		w.Text(st.Muted, ", enforced "+r.clock(o.StopsAt)+" until "+r.clock(r.period.Until))
		w.End()
	}
	for _, n := range r.notes() {
		w.Para(st.Warn, "! ", n)
	}
}

// softLine says when soft thresholds would have been told.
func (p *Page) softLine(pen entry.Writer) {
	r, st := p.replay, pen.St
	if len(r.out.Soft) == 0 {
		return
	}
	pen.Text(st.Warn, "╌ soft ")
	for i, c := range r.out.Soft {
		when := "not reached"
		if c.Reached {
			when = r.clock(c.At)
		}
		text := thresholdName(c.Threshold, r.budget.Currency) + " " + when
		if ui.Width(text)+3 > pen.Room() {
			break
		}
		if i > 0 {
			pen.Text(st.Muted, " · ")
		}
		pen.Text(st.Text, text)
	}
	pen.End()
}

// clock writes an instant in the budget's zone.
func (r *replay) clock(t time.Time) string { return t.In(r.zone).Format("Mon 2 Jan 15:04") }

// answer says it in a sentence; bad is whether something is refused.
func (r *replay) answer() (text string, bad bool) {
	o, cur := &r.out, r.budget.Currency
	limit := "A limit of " + ui.Money(o.Limit, cur)
	switch {
	case !o.Reached:
		return limit + " would not have been reached.", false
	case !o.Stopped:
		return limit + " would have been reached, and nothing refused.", false
	}
	what := plural(o.RefusedRequests, "request")
	if !o.RequestsKnown {
		what = plural(o.Refused, "piece") + " of usage (not all requests are counted)"
	}
	keys := len(r.refused[0])
	return limit + " would have refused " + what + " of " + plural(int64(keys), "key") + ": " + ui.Money(o.Saved, cur) + ".", true
}

// notes say what of the answer is not exact.
func (r *replay) notes() []string {
	var out []string
	if !r.out.Exact && r.data.Buckets > 0 {
		out = append(out, "not exact: "+plural(r.data.Buckets, "bucket")+" of hours or days, each taken as one request")
	}
	if r.data.Unseen > 0 {
		out = append(out, plural(r.data.Unseen, "record")+" that a plan pays for are not in it, nor are fees")
	}
	if r.data.UnpricedTokens > 0 {
		out = append(out, ui.Tokens(r.data.UnpricedTokens)+" tokens have no known price and count as free")
	}
	if r.data.Ranged {
		out = append(out, "some prices are ranges; their base price counts")
	}
	return out
}

// servedChart is the chart of what is served, and on top of it refused.
func (p *Page) servedChart() chart.Burn {
	r := p.replay
	o := &r.out
	points := make([]chart.BurnPoint, 0, len(r.sums))
	until := r.period.Until
	if r.now.Before(until) {
		until = r.now
	}
	for _, s := range r.sums {
		if s.At.After(until) {
			break
		}
		s.Served = s.Total
		if o.Stopped && s.At.After(o.StopsAt) {
			s.Served = o.Spent.Float()
		}
		points = append(points, s)
	}
	c := chart.Burn{Since: r.period.Since, Until: r.period.Until, Now: until, Points: points, Currency: r.budget.Currency, Hue: 2, Zone: r.zone,
		Levels: []chart.Level{{Value: r.limit.Float(), Label: "limit", Limit: true}}}
	for _, s := range o.Soft {
		c.Levels = append(c.Levels, chart.Level{Value: s.Amount.Float(), Label: thresholdName(s.Threshold, r.budget.Currency)})
	}
	if o.Stopped {
		c.Marks = append(c.Marks, chart.BurnMark{At: o.StopsAt, Label: "stopped"})
	}
	return c
}

func (p *Page) drawServed(pl replayPlan) []string {
	r, st := p.replay, p.styles
	pen := ui.NewPen(pl.chart.Dx(), 1)
	if pl.chart.Dy() < 4 || !r.ready() {
		return nil
	}
	ui.SectionTitle(pen, st, "Served and refused", false, p.servedLegend())
	c := p.servedChart()
	return append(pen.Lines(1), c.Draw(st, pl.chart.Dx(), pl.chart.Dy()-1)...)
}

// servedLegend says what the areas are, and how they end.
func (p *Page) servedLegend() string {
	if p.replay.out.Stopped {
		return "█ served  ▒ refused"
	}
	return "█ served, nothing refused"
}

// drawRefused draws whom the limit would have hit: the chosen grouping, and the
// others beneath it as far as there is room.
func (p *Page) drawRefused(pl replayPlan) []string {
	r := p.replay
	if pl.tables.Dy() < 2 || !r.ready() {
		return nil
	}
	pen := ui.NewPen(pl.tables.Dx(), pl.tables.Dy())
	all, first := groupings(), r.group
	if pl.cramped {
		first = r.face - 1
	}
	for i := range all {
		n := (first + i) % len(all)
		room := pl.tables.Dy() - pen.Height()
		if room < 3 && i > 0 {
			break
		}
		lines := room
		if i < len(all)-1 && room >= 12 {
			lines = max(4, room/(len(all)-i))
		}
		p.refusedBy(pen, all[n], r.refused[n], lines-1)
	}
	return pen.Lines(pl.tables.Dy())
}

func (p *Page) refusedBy(pen *ui.Pen, by usage.Dimension, list []report.Refused, lines int) {
	st, cur := p.styles, p.replay.budget.Currency
	ui.SectionTitle(pen, st, "Refused by "+string(by), false, "")
	if len(list) == 0 {
		pen.Text(st.Muted, "nothing")
		pen.End()
		return
	}
	shown := list
	if len(list) > lines {
		shown = list[:max(0, lines-1)]
	}
	amount, count := 0, 0
	requests := func(x *report.Refused) string {
		if x.Requests == usage.Absent {
			return "not counted"
		}
		return plural(x.Requests, "request")
	}
	for i := range shown {
		amount, count = max(amount, ui.Width(ui.Money(shown[i].Cost, cur))), max(count, ui.Width(requests(&shown[i])))
	}
	amount, count = min(amount, pen.Width()/3), min(count, pen.Width()/3)
	name := max(0, pen.Width()-amount-count-2)
	for i := range shown {
		st.Name(pen, st.Hue(by, shown[i].Name), st.Text, p.valueName(by, shown[i].Name), name)
		pen.Space(1)
		pen.Right(st.Muted, requests(&shown[i]), count)
		pen.Space(1)
		pen.Right(st.Text, ui.Money(shown[i].Cost, cur), amount)
		pen.End()
	}
	if rest := len(list) - len(shown); rest > 0 && lines > 0 {
		pen.Text(st.Muted, "and "+ui.Count(int64(rest))+" more")
		pen.End()
	}
}
