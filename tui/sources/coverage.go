package sources

import (
	"cmp"
	"image"
	"slices"
	"strconv"
	"strings"
	"time"

	"tokpit/tui/chart"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// strip is a lane as it is shown: with the source that it belongs to.
type strip struct {
	lane
	source string // its key in the table
	label  string
}

// strips lists what the coverage panel shows, in the order of the table.
func (p *Page) strips() []strip {
	var out []strip
	for i := range p.rows.Len() {
		it := p.rows.At(i)
		lanes := it.lanes
		if p.plan.folded && len(lanes) > 1 {
			lanes = []lane{fold(lanes)}
		}
		for _, l := range lanes {
			s := strip{lane: l, source: it.Name, label: ui.Text(it.Name)}
			if len(lanes) > 1 {
				s.label = ui.Text(l.of) + " " + l.what()
			}
			out = append(out, s)
		}
	}
	return out
}

// label tells a lane from the others of a source.
func (l *lane) label(source string) string {
	if l.of == source {
		return l.what()
	}
	return ui.Text(l.of) + " " + l.what()
}

// what a lane holds, in a word.
func (l *lane) what() string {
	if l.basis == usage.Billed {
		return "bill"
	}
	return "usage"
}

// widestLabel bounds the names beside the strips.
const widestLabel = 26

// panel is the coverage panel with everything that its drawing and the mouse
// need.
type panel struct {
	strips chart.Strips
	shown  []strip
	offset int // of the first strip shown
	height int // strips shown
}

// newPanel lays the strips out in the panel, such that those of the selected
// source are seen.
func (p *Page) newPanel() panel {
	all := p.strips()
	v := panel{shown: all, height: max(0, p.plan.coverage.Dy()-coverageFrame)}
	selected := p.selectedName()
	first, label := -1, 0
	for i, s := range all {
		if first < 0 && s.source == selected {
			first = i
		}
		label = max(label, ui.Width(s.label))
	}
	if first >= v.height {
		v.offset = min(first, len(all)-v.height)
	}
	end := min(v.offset+v.height, len(all))
	several := p.rows.Len() > 1
	v.strips = chart.Strips{First: p.history.first, Labels: min(label, widestLabel, p.plan.coverage.Dx()/3) + 3, Daily: p.daily, Cursor: p.day}
	for _, s := range all[v.offset:end] {
		v.strips.Lanes = append(v.strips.Lanes, chart.Lane{Label: s.label, Hue: p.styles.Colours.Provider(s.main), Days: s.days, Strong: several && s.source == selected})
	}
	return v
}

// drawCoverage draws the panel: title with the legend, axis, strips, read-out.
func (p *Page) drawCoverage() []string {
	r := p.plan.coverage
	if r.Empty() {
		return nil
	}
	v := p.newPanel()
	pen := ui.NewPen(r.Dx(), r.Dy())
	p.coverageTitle(pen, len(v.shown) > v.height)
	for _, l := range v.strips.Draw(p.styles, r.Dx(), v.height+1) {
		pen.Drawn(l, r.Dx())
		pen.End()
	}
	p.drawReadout(pen, &v)
	return pen.Lines(r.Dy())
}

// coverageTitle names the panel and, where there is room, what its signs mean.
func (p *Page) coverageTitle(pen *ui.Pen, more bool) {
	st := p.styles
	pen.Text(st.Strong, "Coverage by day")
	if more {
		pen.Text(st.Muted, " (more with ↑/↓)")
	}
	pen.Space(1)
	legend := ui.NewPen(legendWidth, 1)
	chart.StripLegend(legend, st)
	if pen.Room() < legendWidth+3 {
		pen.Fill(st.Faint, '─', pen.Room())
		pen.End()
		return
	}
	pen.Fill(st.Faint, '─', pen.Room()-legendWidth-1)
	pen.Space(1)
	pen.Drawn(legend.Lines(1)[0], legendWidth)
	pen.End()
}

// legendWidth is what the legend takes.
const legendWidth = 51

// drawReadout says what is known of the day under the cursor; without one, what
// is missing altogether.
func (p *Page) drawReadout(pen *ui.Pen, v *panel) {
	st := p.styles
	pen.Space(2)
	if p.day < 0 {
		ink, text := p.missing()
		pen.Text(ink, text)
		pen.End()
		return
	}
	from, until := v.strips.Frame(p.plan.coverage.Dx()).Column(p.day)
	pen.Text(st.AccentBold, p.daysText(from, until-1))
	pen.Text(st.Muted, " UTC")
	said := p.said(v, from, until)
	for _, s := range said {
		pen.Space(2)
		if len(said) > 1 || p.rows.Len() > 1 {
			pen.Text(st.Muted, s.label+" ")
		}
		pen.Text(s.ink(st), s.text)
	}
	pen.End()
}

// saying is what is known of some days of a lane.
type saying struct {
	label, text string
	state       chart.DayState
}

func (s saying) ink(st *ui.Styles) ui.Ink {
	switch s.state {
	case chart.DayHole:
		return st.Bad
	case chart.DayPart:
		return st.Warn
	}
	return st.Text
}

// said is what the strip under the mouse says of some days; without a mouse what
// all strips of the selected source say, the worst first.
func (p *Page) said(v *panel, from, until int) []saying {
	var out []saying
	for i, s := range v.shown {
		if p.hover >= 0 && i != p.hover || p.hover < 0 && s.source != p.selectedName() {
			continue
		}
		text, state := s.say(from, until)
		if until-from > 1 && worth(state) > 0 {
			text += ": " + p.holesWithin(&s.lane, from, until)
		}
		out = append(out, saying{s.label, text, state})
	}
	slices.SortStableFunc(out, func(a, b saying) int { return cmp.Compare(worth(b.state), worth(a.state)) })
	return out
}

// holesWithin names the days of [from, until) that a lane lacks.
func (p *Page) holesWithin(l *lane, from, until int) string {
	var parts []string
	for d := from; d < until; d++ {
		if worth(l.days[d].State) > 0 {
			parts = append(parts, p.spanText(d, d))
		}
	}
	return strings.Join(parts, ", ")
}

// worth is how much a state needs to be said.
func worth(s chart.DayState) int {
	if s == chart.DayHole || s == chart.DayPart {
		return int(s)
	}
	return 0
}

// say words the days [from, until) of a lane, and the worst of their states.
func (l *lane) say(from, until int) (string, chart.DayState) {
	var of [chart.DayHole + 1]int
	var n int64
	worst := chart.DayUnknown
	for i := from; i < until; i++ {
		of[l.days[i].State]++
		n += l.records[i]
		worst = max(worst, l.days[i].State)
	}
	unit := "records"
	if l.basis == usage.Billed {
		unit = "lines of the bill"
	}
	count := ui.Count(n) + " " + unit
	if until-from > 1 && (worst == chart.DayHole || worst == chart.DayPart) {
		missing := ui.Count(int64(of[chart.DayHole]+of[chart.DayPart])) + " of " + ui.Count(int64(until-from)) + " days not read in full"
		if n > 0 {
			missing = count + ", " + missing
		}
		return missing, worst
	}
	switch worst {
	case chart.DayHole:
		return "hole: not read", worst
	case chart.DayPart:
		return "read in part: " + count, worst
	case chart.DayUsed:
		if l.covering {
			return "covered, " + count, worst
		}
		return count, worst
	case chart.DayQuiet:
		if l.covering {
			return "covered, no usage", worst
		}
		return "no usage", worst
	}
	if from >= l.to && l.to > 0 {
		return "not read yet", worst
	}
	return "before the first day that was read", worst
}

// missing says whether any day is missing, of any source.
func (p *Page) missing() (ui.Ink, string) {
	var parts, partly []string
	for i := range p.rows.Len() {
		it := p.rows.At(i)
		if it.first() || it.state == begun {
			partly = append(partly, ui.Text(it.Name))
		}
		for k := range it.lanes {
			l := &it.lanes[k]
			if text := p.holesText(l); text != "" {
				label := ui.Text(it.Name)
				if len(it.lanes) > 1 {
					label = ui.Text(l.of) + " " + l.what()
				}
				parts = append(parts, label+" "+text)
			}
		}
	}
	switch {
	case len(parts) == 0 && len(partly) == 1:
		return p.styles.Accent, "◐ " + partly[0] + " is not read in full yet: days of it are still to come"
	case len(parts) == 0 && len(partly) > 1:
		return p.styles.Accent, "◐ not read in full yet: " + strings.Join(partly, ", ")
	case len(parts) == 0:
		return p.styles.Good, "✓ no day is missing"
	}
	return p.styles.Warn, "! not read: " + strings.Join(parts, " · ")
}

// mostHoles is how many runs of days are named.
const mostHoles = 3

// holesText names the days that a lane lacks, "" if none.
func (p *Page) holesText(l *lane) string {
	holes := l.holes()
	if len(holes) == 0 {
		return ""
	}
	var parts []string
	for _, h := range holes[max(0, len(holes)-mostHoles):] {
		parts = append(parts, p.spanText(h[0], h[1]-1))
	}
	text := strings.Join(parts, ", ")
	if n := len(holes) - mostHoles; n > 0 {
		text += " and " + strconv.Itoa(n) + " earlier"
	}
	return text
}

func (p *Page) dayAt(day int) time.Time { return p.history.first.AddDate(0, 0, day) }

// daysText names one day with its weekday, or several.
func (p *Page) daysText(a, b int) string {
	if a == b {
		return p.dayAt(a).Format("Mon 2 Jan 2006")
	}
	return ui.Days(p.dayAt(a), p.dayAt(b)) + p.dayAt(b).Format(" 2006")
}

// spanText names days briefly.
func (p *Page) spanText(a, b int) string { return ui.Days(p.dayAt(a), p.dayAt(b)) }

// point finds what is under the mouse: a strip (its index among all, -1 for
// none) and a day.
func (p *Page) point(at image.Point) (index, day int, ok bool) {
	r := p.plan.coverage
	if !at.In(r) {
		return -1, -1, false
	}
	v := p.newPanel()
	from, until, ok := v.strips.Frame(r.Dx()).At(at.X - r.Min.X)
	row := at.Y - r.Min.Y - 2
	if !ok || row < -1 || row >= len(v.strips.Lanes) {
		return -1, -1, false
	}
	index = -1
	if row >= 0 {
		index = v.offset + row
	}
	return index, worstDay(v.shown, index, from, until), true
}

// worstDay chooses the day of a column that the cursor goes to: one that is
// missing, if there is one.
func worstDay(all []strip, index, from, until int) int {
	if index >= 0 {
		for d := from; d < until; d++ {
			if all[index].days[d].State == chart.DayHole {
				return d
			}
		}
	}
	return until - 1
}
