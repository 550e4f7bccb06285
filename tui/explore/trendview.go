package explore

import (
	"image"
	"math"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/chart"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// timePlace is a chart on screen: which time lies at which column.
type timePlace struct {
	place image.Rectangle
	at    func(x int) string // relative to the place; "" is none
}

// timeAt is the day, hour … of a chart at a point of the page, "" if there is
// none.
func (p *Page) timeAt(at image.Point) string {
	for _, t := range p.times {
		if at.In(t.place) {
			return t.at(at.X - t.place.Min.X)
		}
	}
	return ""
}

// chosenTime is what the charts have under the mouse, or under their cursor.
func (p *Page) chosenTime() string {
	if p.hover != "" {
		return p.hover
	}
	return p.step().time
}

func (p *Page) setHover(name string) {
	if name != p.hover {
		p.hover = name
		p.showTime()
	}
}

// showTime has the charts show the time under their cursor.
func (p *Page) showTime() {
	p.frame = ""
	if r := p.reply; r != nil {
		r.chosen = -1
		if i := r.trend.at(p.chosenTime()); i >= 0 {
			r.chosen = i - r.trend.lead
		}
	}
}

// moveTime moves the cursor of the charts by one day, hour …
func (p *Page) moveTime(by int) tea.Cmd {
	if !p.current() || !p.asked {
		return nil
	}
	t := &p.reply.trend
	if len(t.names) == t.lead {
		return nil
	}
	i := t.at(p.step().time)
	switch {
	case i < 0 && by < 0:
		i = len(t.names) - 1
	case i < 0:
		i = t.lead
	default:
		i = max(t.lead, min(i+by, len(t.names)-1))
	}
	p.setTime(t.names[i])
	return nil
}

func (p *Page) setTime(name string) {
	p.step().time = name
	p.showTime()
	p.enable()
}

// readout is what a chart says of the time under its cursor, "" without one.
func (t *trend) readout(name string) string {
	i := t.at(name)
	if i < 0 {
		return ""
	}
	return timeName(t.unit, name) + "  " + t.figure(i)
}

// summary is what a chart says without a cursor.
func (t *trend) summary() string {
	if t.most < 0 {
		return ""
	}
	return "most " + t.figure(t.most) + " " + timeOn(t.unit, t.names[t.most])
}

// timeOn is a time in a sentence.
func timeOn(d usage.Dimension, name string) string {
	text := timeName(d, name)
	switch d {
	case usage.ByHour, usage.ByDay:
		if t, err := time.Parse(time.DateOnly, name); err == nil {
			return "on " + ui.Day(t)
		}
		return "on " + text
	case usage.ByWeek:
		return "in the " + text
	}
	return "in " + text
}

const (
	// heroLines is how high the bars in the head are.
	heroLines = 3
	// Bars take so many columns if there is room, with their gap, and at most.
	usualBar, widestBar = 4, 8
)

// drawTrend draws the time of the question as small bars, with its ends beneath;
// where there is room, the days before it stand at its left.
func (p *Page) drawTrend(width int) []string {
	t := &p.reply.trend
	own := len(t.names) - t.lead
	if width < 16 || own < 2 || !slices.ContainsFunc(t.amounts, func(a money.Amount) bool { return !a.IsZero() }) {
		return nil
	}
	lead, wide := 0, max(1, width/own)
	if wide >= usualBar {
		lead = min(t.lead, own, width/usualBar-own)
		wide = min(width/(own+lead), widestBar)
	}
	first := t.lead - lead
	n := min(len(t.names)-first, width/wide)
	columns, most := make([]float64, n), 0.0
	start := func(i int) int { return first + i*(len(t.names)-first)/n }
	for i := range columns {
		for j := start(i); j < start(i+1); j++ {
			columns[i] += max(0, t.amounts[j].Float())
		}
		if start(i) >= t.lead {
			most = max(most, columns[i])
		}
	}
	p.times = append(p.times, timePlace{image.Rect(p.heroChart(), 0, p.heroChart()+n*wide, heroLines+1), func(x int) string {
		if i := start(x / wide); x/wide < n && i >= t.lead {
			return t.names[i]
		}
		return ""
	}})
	pen := ui.NewPen(width, heroLines+1)
	chosen := t.at(p.chosenTime())
	for y := range heroLines {
		for i, v := range columns {
			cursor := chosen >= start(i) && chosen < start(i+1)
			p.heroCell(pen, v/max(most, math.SmallestNonzeroFloat64), heroLines-1-y, wide, start(i) < t.lead, cursor)
		}
		pen.End()
	}
	p.heroDates(pen, t, first, n*wide, lead*wide, wide)
	return pen.Lines(heroLines + 1)
}

// heroCell draws line y of a bar, counted from the bottom.
func (p *Page) heroCell(pen *ui.Pen, part float64, y, wide int, before, cursor bool) {
	st, bar := p.styles, max(1, wide-1)
	ink, eighths := st.Accent, 0
	if before {
		ink = st.Faint
	}
	if cursor {
		ink = st.Strong
	}
	if part > 0 {
		eighths = max(1, int(math.Round(part*8*heroLines)))
	}
	switch full := eighths - 8*y; {
	case full > 8 && y == heroLines-1: // out of the time, and out of its scale
		pen.Fill(ink, '↑', bar)
	case full > 0 && before && st.Theme.Mono:
		pen.Fill(ink, '░', bar)
	case full > 0:
		pen.Fill(ink, []rune("▁▂▃▄▅▆▇█")[min(full, 8)-1], bar)
	case cursor:
		pen.Fill(st.AccentBold, '┊', 1)
		pen.Space(bar - 1)
	case y == 0:
		pen.Fill(st.Faint, '▁', bar)
	default:
		pen.Space(bar)
	}
	pen.Space(min(1, wide-1))
}

// heroDates writes the ends of the time, and what is under the cursor or was most
// between them.
func (p *Page) heroDates(pen *ui.Pen, t *trend, first, used, lead, wide int) {
	st := p.styles
	label := axisTime(t.unit, t.names[first:], used/3)
	from, last := label(t.names[t.lead]), label(t.names[len(t.names)-1])
	if t.running && t.unit == usage.ByDay {
		last = "today"
	}
	if before := label(t.names[first]); lead >= ui.Width(before)+2 {
		pen.Text(st.Muted, before)
		if rest := "the days before"; lead >= ui.Width(before)+ui.Width(rest)+4 {
			pen.Space((lead - ui.Width(before) - ui.Width(rest)) / 2)
			pen.Text(st.Muted, rest)
		}
	}
	pen.To(lead)
	pen.Text(st.Text, from)
	text, ink := t.readout(p.chosenTime()), st.AccentBold
	if text == "" {
		ink = st.Muted
		if text = t.summary(); used-lead < ui.Width(from)+ui.Width(last)+ui.Width(text)+4 && t.most >= 0 {
			text = "most " + ui.CompactMoney(t.amounts[t.most], t.currency) + " a " + string(t.unit)
		}
	}
	if room := used - at(pen) - ui.Width(last) - ui.Width(text); text != "" && room >= 4 {
		pen.Space(room / 2)
		pen.Text(ink, text)
	}
	pen.Space(used - at(pen) - ui.Width(last) - min(1, wide-1))
	pen.Text(st.Muted, last)
	pen.End()
}

// bars is the chart of a row's time; place is where it lies on the page.
func (p *Page) bars(t *trend, hue int, place image.Rectangle) []string {
	b := chart.Bars{Hues: []int{hue}, Currency: t.currency}
	return p.chartOf(t, b, place, true, func(i int) []float64 { return []float64{max(0, t.amounts[i].Float())} })
}

// chartOf draws what a trend has of each time, by its index; b says in which colours,
// and of what it is. Price changes are marked where it is of money. With lead, what
// lies before the question's own time is there too, as far as there is room.
func (p *Page) chartOf(t *trend, b chart.Bars, place image.Rectangle, lead bool, parts func(i int) []float64) []string {
	width, height := place.Dx(), place.Dy()
	if height < chart.MinHeight || len(t.names) < 2 || !lead && len(t.names) == t.lead {
		return nil
	}
	own := len(t.names) - t.lead
	first := t.lead
	if lead {
		first -= max(0, min(t.lead, own, (width-12)/3-own))
	}
	names := t.names[first:]
	b.Cursor, b.Least, b.Faded = -1, 2, t.lead-first
	if own > (width-12)/2 {
		b.Least = 1
	}
	for i := range names {
		bar := chart.Bar{Parts: parts(first + i)}
		if !b.Count {
			bar.Mark = markOf(t.changes[first+i])
		}
		b.Bars = append(b.Bars, bar)
	}
	if i := t.at(p.chosenTime()); i >= first {
		b.Cursor = i - first
	}
	t.nameBars(&b, names, width, height)
	f := b.Frame(width, height)
	p.times = append(p.times, timePlace{place, func(x int) string {
		if i := f.At(x); i >= 0 && first+i >= t.lead {
			return names[i]
		}
		return ""
	}})
	return b.Draw(p.styles, width, height)
}

// markOf is the sign of the price changes of a time.
func markOf(changes []report.PriceChange) chart.Mark {
	mark := chart.NoMark
	for _, c := range changes {
		if c.Up {
			return chart.MarkUp
		}
		mark = chart.MarkDown
	}
	return mark
}

// nameBars names the bars of a chart under its axis.
func (t *trend) nameBars(b *chart.Bars, names []string, width, height int) {
	label := axisTime(t.unit, names, width/4)
	text := func(i int) string {
		if t.running && t.unit == usage.ByDay && i == len(names)-1 {
			return "today"
		}
		return label(names[i])
	}
	b.Label = func(int, bool) string { return "" } // bars with words of their own are as wide as these
	every := labelEvery(b.Frame(width, height), len(names), width, text)
	b.Label = func(i int, whole bool) string {
		switch {
		case whole:
			return timeName(t.unit, names[i])
		case (len(names)-1-i)%every != 0:
			return ""
		}
		return text(i)
	}
}

// labelGap is the least between two words under a chart.
const labelGap = 2

// labelEvery is how many of n bars have one word: the same number for all, those of
// before too, counted from the last bar, so that words stand at equal distances.
func labelEvery(f chart.Frame, n, width int, text func(i int) string) int {
	first, step, widest := 0, 0, 0
	for x := range width {
		switch i := f.At(x); {
		case i < 0:
		case step == 0:
			first, step = i, 1
		case i == first:
			step++
		}
	}
	start := 0 // of the last bar
	for start < width && f.At(start) < n-1 {
		start++
	}
	for i := first; i < n; i++ {
		widest = max(widest, ui.Width(text(i)))
	}
	if step == 0 {
		return 1
	}
	// The last word ends with the chart, however far left of its bar it begins.
	moved := max(0, start+ui.Width(text(n-1))-width)
	return max(1, (widest+labelGap+moved+step-1)/step)
}

// changesText is what the price changes of a chart are: those of the time under
// the cursor, or the newest.
func (t *trend) changesText(chosen string) (sign string, up bool, text string) {
	at, n := t.at(chosen), 0
	for i := range t.changes {
		n += len(t.changes[i])
		if t.at(chosen) < 0 {
			at = max(at, i)
		}
	}
	list := t.changes[at]
	if len(list) == 0 {
		return "", false, ""
	}
	c := list[len(list)-1]
	sign = "▼"
	if up = slices.ContainsFunc(list, func(x report.PriceChange) bool { return x.Up }); up {
		sign = "▲"
	}
	text = timeName(t.unit, t.names[at]) + "  " + ui.Text(c.Model) + "  " + ui.Text(c.Text)
	if n > 1 {
		text += "  (" + ui.Digits(int64(n)) + " price changes)"
	}
	return sign, up, text
}
