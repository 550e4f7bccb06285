package budgets

import (
	"cmp"
	"image"
	"slices"
	"strings"
	"time"

	"tokpit/tui/chart"
	"tokpit/tui/entry"
	"tokpit/tui/ui"
)

// part is a block of lines with its place.
type part struct {
	at    image.Rectangle
	lines []string
}

// lay puts parts side by side on lines of the page.
func (p *Page) lay(parts ...part) []string {
	pen := ui.NewPen(p.width, p.height)
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(a.at.Min.X, b.at.Min.X) })
	for y := range p.height {
		for _, b := range parts {
			if y >= b.at.Min.Y && y < b.at.Max.Y && y-b.at.Min.Y < len(b.lines) {
				pen.To(b.at.Min.X)
				pen.Drawn(b.lines[y-b.at.Min.Y], b.at.Dx())
			}
		}
		pen.End()
	}
	return pen.Lines(p.height)
}

// draw puts the parts of the page side by side.
func (p *Page) draw() []string {
	return p.lay(part{p.plan.hero, p.drawHero()}, part{p.plan.list, p.drawList()}, part{p.plan.burn, p.drawBurn()}, part{p.plan.detail, p.drawDetail()})
}

// drawHero says of the selected budget what is left and where it will end, before
// anything else.
func (p *Page) drawHero() []string {
	r, st, it := p.plan.hero, p.styles, p.selected()
	pen := ui.NewPen(r.Dx(), r.Dy())
	if it == nil {
		return pen.Lines(r.Dy())
	}
	remark := string(it.Budget.Period) + " " + it.span() + " · " + it.word()
	if it.Budget.Hard {
		remark = "meant as hard · " + remark
	}
	if t := it.silent(); !t.IsZero() {
		remark = "silent until " + t.In(it.zone).Format("Mon 2 Jan 15:04") + " · " + remark
	}
	ui.SectionTitle(pen, st, ui.Cut(ui.Text(it.Budget.Name), max(8, r.Dx()/2)), true, remark)
	if it.Err != nil {
		entry.Write(pen, st).Para(st.Bad, "! ", "cannot be computed: "+it.Err.Error())
		entry.Write(pen, st).Para(st.Muted, "  ", "e changes its scope.")
		return pen.Lines(r.Dy())
	}
	if p.plan.big {
		p.heroFigures(pen, it)
	} else {
		p.heroLine(pen, it)
	}
	p.heroGauge(pen, it)
	return pen.Lines(r.Dy())
}

// heroLine says it in one line.
func (p *Page) heroLine(pen *ui.Pen, it *item) {
	st := p.styles
	amount, what := it.left()
	text, state := it.ending()
	pen.Text(ink(st, it.State), amount)
	pen.Text(st.Strong, " "+what)
	pen.Text(st.Muted, " "+it.ofLimit()+" · ")
	if ui.Width(text) > pen.Room() {
		text, _, _ = strings.Cut(text, ", ") // where it ends, without by how much
	}
	pen.Text(ink(st, state), text)
	if lasts := it.lasts(); ui.Width(lasts)+3 <= pen.Room() && lasts != "" {
		pen.Text(st.Muted, " · "+lasts)
	}
	pen.End()
}

// heroFigures says it with a big figure, and why beside it.
func (p *Page) heroFigures(pen *ui.Pen, it *item) {
	st := p.styles
	amount, what := it.left()
	big, ok := ui.Big(amount)
	if !ok || ui.Width(big[0]) > pen.Width()/2 {
		big = [ui.BigHeight]string{amount, "", ""}
	}
	width := max(ui.Width(big[0]), ui.Width(big[1]))
	text, state := it.ending()
	used := it.money(it.Cost) + " spent, " + percent(it.Used) + " of it"
	if it.Ranged {
		used = it.money(it.Low) + "–" + it.money(it.High) + " spent: some prices are ranges"
	}
	sides := [ui.BigHeight]func(){
		func() {
			pen.Text(st.Strong, what+" "+it.ofLimit())
			pen.Text(st.Muted, " · "+used)
		},
		func() {
			pen.Text(ink(st, state), text)
			if f := it.Forecast; f.Known && !it.Ended {
				pen.Text(st.Muted, " · 80 %: "+it.money(f.Low)+" to "+it.money(f.High))
			}
		},
		func() {
			age := st.Muted
			if it.late() {
				age = st.Warn
			}
			if lasts := it.lasts(); lasts != "" {
				pen.Text(st.Text, lasts)
				pen.Text(st.Muted, " · ")
			}
			pen.Text(age, it.age())
			if it.UnpricedTokens > 0 {
				pen.Text(st.Warn, " · "+ui.Tokens(it.UnpricedTokens)+" tokens unpriced")
			}
		},
	}
	for i, side := range sides {
		pen.Text(ink(st, it.State), big[i])
		pen.To(width + 3)
		side()
		pen.End()
	}
}

// heroGauge draws the gauge over the whole width, with words over and under it.
func (p *Page) heroGauge(pen *ui.Pen, it *item) {
	st, w := p.styles, pen.Width()
	g := it.gauge
	g.Ink = ink(st, it.State)
	if p.plan.big {
		over := newPlacer(w)
		over.place(g.Column(it.Elapsed, w), "╷ "+percent(it.Elapsed)+" of the "+string(it.Budget.Period)+" is over", st.Muted)
		over.draw(pen)
	}
	g.Draw(pen, st, w)
	pen.End()
	if p.plan.hero.Dy() <= heroLeast {
		return
	}
	under := newPlacer(w)
	under.place(g.Limit(w), "limit "+it.money(it.Limit), st.Strong)
	if g.Foreseen {
		under.place(g.Column(g.Point, w), "◆ "+it.money(it.Forecast.Point), st.AccentBold)
	}
	for _, m := range it.Marks {
		if m.Forecast {
			continue
		}
		text, k := thresholdName(m.Threshold, it.Budget.Currency), st.Muted
		if m.Reached {
			text, k = text+" ✓", st.Warn
		}
		under.place(g.Column(m.At.Float()/it.Limit.Float(), w), text, k)
	}
	under.draw(pen)
}

// placer writes words on a line at the columns that they belong to. The first
// placed wins.
type placer struct {
	width int
	taken []bool
	words []placed
}

type placed struct {
	x    int
	text string
	ink  ui.Ink
}

func newPlacer(width int) *placer { return &placer{width: width, taken: make([]bool, width+1)} }

// place writes a text from a column on, or as far left of it as it must to be
// whole; it reports whether there was room.
func (l *placer) place(x int, text string, k ui.Ink) bool {
	w := ui.Width(text)
	if w > l.width {
		return false
	}
	x = max(0, min(x, l.width-w))
	for c := max(0, x-1); c < min(x+w+1, l.width); c++ {
		if l.taken[c] {
			return false
		}
	}
	for c := x; c < x+w; c++ {
		l.taken[c] = true
	}
	l.words = append(l.words, placed{x, text, k})
	return true
}

func (l *placer) draw(pen *ui.Pen) {
	slices.SortFunc(l.words, func(a, b placed) int { return cmp.Compare(a.x, b.x) })
	for _, w := range l.words {
		pen.To(w.x)
		pen.Text(w.ink, w.text)
	}
	pen.End()
}

// summary counts the budgets by state, and says how old the oldest figures are.
func (p *Page) summary() string {
	count := map[string]int64{}
	late := time.Duration(0)
	for i := range p.items {
		count[p.items[i].word()]++
		if p.items[i].HasLag {
			late = max(late, p.items[i].Lag)
		}
	}
	text := ""
	for _, w := range []string{"× over", willBeOver, "! warn", "✓ ok", "? unknown"} {
		if n := count[w]; n > 0 {
			sign, state, _ := strings.Cut(w, " ")
			if text != "" {
				text += " · "
			}
			text += sign + " " + ui.Count(n) + " " + state
		}
	}
	if late > time.Hour {
		text += " · figures are " + ui.Ago(p.snap.AsOf, p.snap.AsOf.Add(-late))
	}
	return text
}

// standing is the word of a budget and how many of its alerts nobody has seen, in
// shorter words if there is less room.
func (it *item) standing(width int) string {
	alerts := ""
	if n := len(it.unseen()); n > 0 {
		alerts = " " + ui.Count(int64(n)) + "●"
	}
	if text := it.word() + alerts; ui.Width(text) <= width || !it.willBeOver() {
		return text
	}
	return "! warn" + alerts
}

// stateLeast is the width of the last column of the list; it is as wide as its
// words if the page has stateWide columns.
const stateLeast, stateWide = 9, 76

// listColumns is how the columns of the list share its width.
type listColumns struct{ name, gauge, left, ends, state int }

func (p *Page) listColumns(width int) listColumns {
	c := listColumns{state: stateLeast, left: 8, ends: 8}
	for i := range p.items {
		it := &p.items[i]
		c.name = max(c.name, ui.Width(ui.Text(it.Budget.Name)))
		amount, what := it.left()
		c.left = max(c.left, ui.Width(amount)+1+len(what))
		c.ends = max(c.ends, ui.Width(it.ends()))
		if width >= stateWide {
			c.state = max(c.state, ui.Width(it.standing(stateWide)))
		}
	}
	c.name = min(c.name, max(6, width/5))
	c.left, c.ends = min(c.left, 22), min(c.ends, 18)
	rest := func() int { return width - 2 - c.name - 2 - c.left - 2 - c.state - 2 - c.ends - 2 }
	if c.gauge = rest(); c.gauge < 12 {
		c.ends = -2
		c.gauge = rest()
	}
	c.gauge = max(0, c.gauge)
	return c
}

// drawList draws all budgets, one a line.
func (p *Page) drawList() []string {
	r, st := p.plan.list, p.styles
	pen := ui.NewPen(r.Dx(), r.Dy())
	if r.Dy() == 0 {
		return nil
	}
	summary := p.summary()
	if n := len(p.marked); n > 0 {
		summary = ui.Count(int64(n)) + " marked · " + summary
	}
	if n := p.plan.shown(); n < len(p.items) {
		summary = ui.Count(int64(n)) + " of " + ui.Count(int64(len(p.items))) + " · " + summary
	}
	ui.SectionTitle(pen, st, "Budgets", false, summary)
	c := p.listColumns(r.Dx() - p.markWidth())
	for i := p.offset; i < len(p.items) && i < p.offset+p.plan.shown(); i++ {
		p.drawLine(pen, c, i)
	}
	if p.plan.legend {
		pen.Space(p.markWidth() + 2 + c.name + 2 + c.left + 2 + max(0, c.ends+2))
		chart.GaugeLegend(pen, st)
		pen.End()
	}
	return pen.Lines(r.Dy())
}

func (p *Page) drawLine(pen *ui.Pen, c listColumns, i int) {
	it, st := &p.items[i], p.styles
	name := st.Text
	if i == p.cursor {
		pen.Under(st.Selected)
		pen.Text(st.AccentBold, "▸ ")
		name = st.Strong
	} else {
		pen.Space(2)
	}
	if p.marked[it.Budget.Name] {
		pen.Text(st.Accent, "✓")
	}
	pen.To(2 + p.markWidth())
	pen.Left(name, ui.Text(it.Budget.Name), c.name)
	pen.Space(2)
	amount, what := it.left()
	if it.Err != nil {
		amount, what = "", "cannot be computed"
	}
	pen.Right(ink(st, it.State), amount+" "+what, c.left)
	pen.Space(2)
	if c.ends > 0 {
		_, state := it.ending()
		ends := it.ends()
		if it.Err != nil {
			ends = ""
		}
		pen.Right(ink(st, state), ends, c.ends)
		pen.Space(2)
	}
	g := it.gauge
	g.Ink = ink(st, it.State)
	if it.Err == nil {
		g.Draw(pen, st, c.gauge)
	} else {
		pen.Space(c.gauge)
	}
	pen.Space(2)
	pen.Left(ink(st, it.outlook()), it.standing(c.state), c.state)
	pen.End()
}

// markWidth is what marks take beside the names, where there are any.
func (p *Page) markWidth() int {
	if len(p.marked) > 0 {
		return 2
	}
	return 0
}

// clamp keeps the cursor in the part of the list that is shown.
func (p *Page) clamp() {
	shown := max(1, p.plan.shown())
	p.offset = max(0, min(p.offset, len(p.items)-shown))
	p.offset = max(min(p.offset, p.cursor), p.cursor-shown+1)
}
