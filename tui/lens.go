package tui

import (
	"context"
	"image"
	"slices"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/budget"
	"tokpit/report"
	"tokpit/tui/explore"
	"tokpit/tui/filter"
	"tokpit/tui/period"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// narrowing is the span of time and the part of the usage that hold on all
// pages, on their way to being shown. What there is of them is worked out in a
// command, one at a time; a result that is no longer asked for is dropped.
type narrowing struct {
	gen     int
	running bool
	again   bool
	good    ui.Lens // the last that could be shown
	viewer  *report.Viewer
	of      *report.Snapshot // that the viewer is of
}

// The results of commands about what is looked at.
type (
	viewed struct {
		gen  int
		view *report.View
		err  error
	}
	valued struct{ values []filter.Value }
)

// setLens shows another lens on all pages.
func (m *Model) setLens(l ui.Lens) {
	m.lens = l
	for _, p := range m.pages {
		p.SetLens(l)
	}
}

// narrow changes what holds on all pages. The page on screen is told, as of new
// data, since it may have to ask again.
func (m *Model) narrow(msg ui.Narrow) tea.Cmd {
	to := ui.Lens{Cash: m.lens.Cash, Period: msg.Period, Filter: msg.Filter, View: m.lens.View}
	if to.SameUsage(m.lens) {
		return nil
	}
	if m.snap != nil && to.Period != "" {
		if _, err := period.Parse(period.Calendar(m.snap), to.Period); err != nil {
			m.notice = "! " + ui.Text(err.Error())
			return nil
		}
	}
	if !to.Narrow() {
		to.View = nil
	}
	was := m.lens
	m.setLens(to)
	m.seen = nil
	m.resize()
	if was.Narrow() && !msg.Undone {
		m.undo.Push(ui.Undoable{Page: m.page().Title(), What: "other limits of time or usage",
			Undo: ui.Send(ui.Narrow{Period: was.Period, Filter: was.Filter, Undone: true})})
	}
	return m.view()
}

// view begins to work out what there is of the lens.
func (m *Model) view() tea.Cmd {
	n := &m.narrowed
	if m.snap == nil || !m.lens.Narrow() {
		n.gen++ // what may be under way is not wanted any more
		n.running, n.good = false, m.lens
		return nil
	}
	if n.running {
		n.again = true
		return nil
	}
	n.gen++
	n.running, n.again = true, false
	gen, ask := n.gen, m.asks(m.snap)
	return tea.Batch(m.spin(), func() tea.Msg {
		v, err := ask()
		return viewed{gen, v, err}
	})
}

// asks returns what works out the present lens on a snapshot.
func (m *Model) asks(s *report.Snapshot) func() (*report.View, error) {
	n := &m.narrowed
	if n.of != s {
		n.viewer, n.of = report.NewViewer(s, nil), s
	}
	viewer, lens, ctx, reader := n.viewer, m.lens, m.ctx, m.opts.Explorer
	return func() (*report.View, error) { return viewOf(ctx, s, lens, viewer, reader) }
}

// viewOf works out what a lens sees. Cells that the snapshot does not hold, by
// session or for a span that cuts through a quarter hour, are read.
func viewOf(ctx context.Context, s *report.Snapshot, lens ui.Lens, viewer *report.Viewer, reader explore.Actions) (*report.View, error) {
	c := period.Calendar(s)
	text := lens.Period
	if text == "" {
		text = "cycle"
	}
	span, err := period.Parse(c, text)
	if err != nil {
		return nil, err
	}
	q := report.ViewQuery{Span: span, Before: period.Before(c, text, span), Filter: lens.Filter, History: lens.Period == ""}
	if span.Until.IsZero() && s.AsOf.Sub(span.Since) <= fewDays || !span.Until.IsZero() && span.Until.Sub(span.Since) <= fewDays {
		q.Days = daysAround
	}
	query := report.ExploreQuery{Query: report.Query{Since: span.Since, Until: span.Until, Zone: period.Zone(s), Filter: lens.Filter}, Before: q.Before}
	if !query.Fine() && onSlots(span) {
		return viewer.View(q)
	}
	if reader == nil {
		return nil, errNoCells{}
	}
	if q.History { // of sessions only the span is read
		q.History = false
	}
	cube, err := reader.Cube(ctx, s, query, false)
	if err != nil {
		return nil, err
	}
	return report.NewViewer(s, cube).View(q)
}

// A span of a few days is shown with the days before it.
const fewDays, daysAround = 49 * time.Hour, 14

// errNoCells says that a part of the usage cannot be shown.
type errNoCells struct{}

func (errNoCells) Error() string { return "this part of the usage needs more than is loaded here" }

func onSlots(s usage.Span) bool {
	for _, t := range []time.Time{s.Since, s.Until} {
		if !t.IsZero() && !t.Equal(t.Truncate(usage.SlotLength)) {
			return false
		}
	}
	return true
}

// applyView takes over what there is of the lens. One that cannot be shown is
// given up for the last that could.
func (m *Model) applyView(msg viewed) tea.Cmd {
	n := &m.narrowed
	if msg.gen != n.gen || !n.running {
		return nil
	}
	n.running = false
	if n.again {
		return m.view()
	}
	if msg.err != nil {
		if m.ctx.Err() != nil {
			return nil
		}
		m.setLens(ui.Lens{Cash: m.lens.Cash, Period: n.good.Period, Filter: n.good.Filter, View: n.good.View})
		m.seen, m.notice = nil, "! "+ui.Text(msg.err.Error())
		m.resize()
		return nil
	}
	m.keepView(msg.view)
	return nil
}

// keepView shows what there is of the lens.
func (m *Model) keepView(v *report.View) {
	l := m.lens
	l.View = v
	m.narrowed.good = l
	m.setLens(l)
}

// choosePeriod asks for the span of time.
func (m *Model) choosePeriod() {
	if m.snap == nil {
		return
	}
	offered := period.Usual()
	if m.lens.Period != "" {
		offered = append([]string{period.Own}, offered...)
	}
	scope := m.lens.Filter
	take := func(text string) tea.Msg { return ui.Narrow{Period: text, Filter: scope} }
	m.modals.Push(period.Picker(period.Calendar(m.snap), offered, m.lens.Period, take))
}

// chooseFilter asks for the part of the usage, once it is known what there is.
func (m *Model) chooseFilter() tea.Cmd {
	if m.snap == nil {
		return nil
	}
	ctx, snap := m.ctx, m.snap
	return func() tea.Msg { return valued{filter.Values(ctx, snap)} }
}

func (m *Model) offerValues(msg valued) {
	if m.snap == nil {
		return
	}
	if len(msg.values) == 0 && len(m.lens.Filter) == 0 {
		m.notice = "There is nothing to tell apart in the usage yet"
		return
	}
	text := m.lens.Period
	take := func(s budget.Scope) tea.Msg { return ui.Narrow{Period: text, Filter: s} }
	m.modals.Push(filter.Picker(m.snap.Names, msg.values, m.lens.Filter, take))
}

// lookInto opens the page that explores with a question.
func (m *Model) lookInto(msg ui.Look) tea.Cmd {
	m.open("Explore")
	return m.deliver(ui.To{Page: "Explore", Msg: msg})
}

// chip is a part of the lens that is shown above every page; what is there can be
// clicked, and its cross takes it away.
type chip struct {
	text     string
	from, to int // columns; the cross is in the last three
	open     func(m *Model) tea.Cmd
	clear    ui.Narrow
}

// cross is what takes a chip away, leastChip what one takes that has to be cut.
const cross, leastChip = " ✕ ", 12

// chips lays what the lens keeps to out, from a column on up to another. What
// has no room is named by its number.
func (m *Model) chips(from, until int) (out []chip, more int) {
	if m.snap == nil || !m.lens.Narrow() {
		return nil, 0
	}
	l := m.lens
	if l.Period != "" {
		out = append(out, chip{text: m.periodText(), clear: ui.Narrow{Filter: l.Filter},
			open: func(m *Model) tea.Cmd { m.choosePeriod(); return nil }})
	}
	for _, d := range filter.Dims(l.Filter) {
		out = append(out, chip{text: filter.Words(m.snap.Names, d, l.Filter[d]), clear: ui.Narrow{Period: l.Period, Filter: filter.Without(l.Filter, d)},
			open: (*Model).chooseFilter})
	}
	const gap = 1
	for i := range out {
		left := len(out) - i - 1
		room := until - from
		if left > 0 {
			room -= gap + len("+9 ")
		}
		w := min(ui.Width(out[i].text)+1+ui.Width(cross), max(room, 0))
		if w < min(leastChip, ui.Width(out[i].text)+1+ui.Width(cross)) {
			return out[:i], left + 1
		}
		out[i].from, out[i].to = from, from+w
		from += w + gap
	}
	return out, 0
}

// periodText is the span in words: "last 30 days", or its days.
func (m *Model) periodText() string {
	if name := period.Name(m.lens.Period); name != "" {
		return name
	}
	c := period.Calendar(m.snap)
	if s, err := period.Parse(c, m.lens.Period); err == nil {
		return period.Words(c, s)
	}
	return ui.Text(m.lens.Period)
}

// chipBar is where the chips are: beneath the tabs, or beside them where there is
// no room for that.
func (m *Model) chipBar() (y, from, until int) {
	y, from, until = m.screen.Rule.Min.Y, 2, m.width-1
	if m.screen.Rule.Empty() {
		all := m.tabs()
		y, from = m.screen.Tabs.Min.Y, all[len(all)-1].to+1
		if m.snap != nil && m.snap.Demo {
			until -= ui.Width(demoBadge) + 1
		}
	}
	if w := ui.Width(instead(m.page())); !narrows(m.page()) && from+w+leastChip < until {
		from += w
	}
	return y, from, until
}

// drawChips writes the lens. Pages that show something else say so.
func (m *Model) drawChips(p *ui.Pen) {
	_, from, until := m.chipBar()
	list, more := m.chips(from, until)
	if len(list) == 0 {
		return
	}
	st, obeyed := m.styles, narrows(m.page())
	if words := instead(m.page()); !obeyed && from-(p.Width()-p.Room()) >= ui.Width(words) {
		p.Space(from - (p.Width() - p.Room()) - ui.Width(words))
		p.Text(st.Muted, words)
	}
	for _, c := range list {
		p.To(c.from)
		ink := st.Badge
		if !obeyed {
			ink = st.Muted
		}
		p.Text(ink, " "+ui.Cut(c.text, c.to-c.from-1-ui.Width(cross))+cross)
	}
	if more > 0 {
		p.Text(st.Muted, " +"+ui.Digits(int64(more)))
	}
	if words := "nothing was used: X shows all usage"; obeyed && m.nothing() && p.Room() > ui.Width(words)+2 {
		p.Space(1)
		p.Text(st.Text, words)
	}
	if m.narrowed.running {
		p.Space(1)
		p.Text(st.Accent, m.spinner())
	}
	p.Space(1)
}

// clickChip does what the chip at a point does; false if there is none.
func (m *Model) clickChip(at image.Point) (tea.Cmd, bool) {
	y, from, until := m.chipBar()
	if at.Y != y {
		return nil, false
	}
	list, _ := m.chips(from, until)
	i := slices.IndexFunc(list, func(c chip) bool { return at.X >= c.from && at.X < c.to })
	if i < 0 {
		return nil, false
	}
	if at.X >= list[i].to-ui.Width(cross) {
		return m.narrow(list[i].clear), true
	}
	return list[i].open(m), true
}

// lensed handles what is about the lens.
func (m *Model) lensed(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case viewed:
		return m.applyView(msg)
	case valued:
		m.offerValues(msg)
	case ui.Narrow:
		return m.narrow(msg)
	case ui.ChoosePeriod:
		m.choosePeriod()
	case ui.ChooseFilter:
		return m.chooseFilter()
	case ui.Look:
		return m.lookInto(msg)
	}
	return nil
}

// pressLens handles the keys of the lens.
func (m *Model) pressLens(msg tea.KeyPressMsg) (cmd tea.Cmd, done bool) {
	switch k := &m.keys; {
	case key.Matches(msg, k.Time):
		m.choosePeriod()
	case key.Matches(msg, k.Filter):
		cmd = m.chooseFilter()
	case key.Matches(msg, k.All):
		cmd = m.narrow(ui.Narrow{})
	default:
		return nil, false
	}
	return cmd, true
}
