package simulate

import (
	"errors"
	"image"
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/pricing"
	"tokpit/scenario"
	"tokpit/tui/overlay"
	"tokpit/tui/table"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// crowd is traffic that is yet to come, and what it would cost.
type crowd struct {
	traffic scenario.Traffic
	models  []string // names of the book, with their providers
	rows    []scenario.Spending
	err     error
	cursor  int
	table   *table.Model
}

func newCrowd(keys table.KeyMap) crowd {
	c := crowd{traffic: scenario.Traffic{
		Users: 500, Sessions: scenario.Pace{N: 8, Per: "month"}, Messages: 6,
		Words: scenario.Words{Low: 40, Base: 60, High: 80}, Answer: scenario.Words{Low: 120, Base: 200, High: 280},
		System: scenario.Words{Low: 300, Base: 300, High: 300}, Carry: scenario.Whole,
	}}
	c.table = table.New(spendingRows(nil, nil), keys)
	return c
}

// rule says what the figures rest on.
func (c *crowd) rule() string {
	return ui.Count(perThousand(&c.traffic)) + " words ≈ 1,000 tokens, editable"
}

// begin chooses models, once, and works everything out.
func (c *crowd) begin(p *Page) {
	if len(c.models) == 0 {
		c.models = usualModels(p)
	}
	c.work(p)
}

// usualModels are the models in use, and the newest of each large vendor.
func usualModels(p *Page) []string {
	var out []string
	add := func(provider, model string) {
		name := model
		if provider != "" {
			name = provider + "/" + model
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	for i := range p.snap.Uses {
		if d := &p.snap.Uses[i].Dims; len(out) < 4 && d.Provider != "" {
			if r := bookOf(p.snap).Resolve(d.Provider, d.Model, p.snap.AsOf); r.Priced == pricing.PricedOwn {
				add(r.Provider, r.Model)
			}
		}
	}
	list := bookOf(p.snap).List(p.snap.AsOf)
	slices.SortStableFunc(list, func(a, b pricing.Listing) int { return b.Since().Compare(a.Since()) })
	for _, vendor := range []string{"anthropic", "openai", "google"} {
		n := 0
		for i := range list {
			l := &list[i]
			_, priced := l.Rates.Of(pricing.Output)
			if l.Provider == vendor && priced && n < 3 && (!l.HasLife || l.Life.StatusAt(p.snap.AsOf) == pricing.Active) {
				add(l.Provider, l.Model)
				n++
			}
		}
	}
	return out
}

// work estimates every model.
func (c *crowd) work(p *Page) {
	if c.err = c.traffic.Validate(); c.err != nil || p.snap == nil {
		return
	}
	book := bookOf(p.snap)
	c.rows = c.rows[:0]
	for _, name := range c.models {
		c.rows = append(c.rows, c.traffic.Estimate(book, name, p.snap.AsOf))
	}
	slices.SortStableFunc(c.rows, func(a, b scenario.Spending) int {
		if a.Priced != b.Priced {
			if a.Priced {
				return -1
			}
			return 1
		}
		return a.Month.Base.Cmp(b.Month.Base)
	})
	c.table.SetRows(spendingRows(c.rows, &c.traffic))
}

// spendingRows is the table of models.
func spendingRows(rows []scenario.Spending, t *scenario.Traffic) table.Rows {
	type S = scenario.Spending
	amount := func(of func(*S) scenario.Cost, strong bool) func(*ui.Pen, *ui.Styles, *S, int) {
		return func(p *ui.Pen, st *ui.Styles, s *S, width int) {
			switch {
			case !s.Priced:
				p.Right(st.Warn, ui.Unpriced, width)
			case strong:
				p.Right(st.Strong, fitted(of(s).Base, s.Currency, width), width)
			default:
				p.Right(st.Muted, fitted(of(s).Base, s.Currency, width), width)
			}
		}
	}
	columns := []table.SliceColumn[S]{
		{Column: table.Column{Title: "model", Width: 24, Flex: 4, Max: 44}, Draw: func(p *ui.Pen, st *ui.Styles, s *S, width int) {
			st.Name(p, st.Hue(usage.ByModel, s.Name), st.Text, ui.Text(s.Name), width)
		}},
		{Column: table.Column{Title: "a month", Right: true, Width: 12}, Draw: amount(func(s *S) scenario.Cost { return s.Month }, true)},
		{Column: table.Column{Title: "from – to", Right: true, Width: 20, Priority: 1}, Draw: func(p *ui.Pen, st *ui.Styles, s *S, width int) {
			if s.Priced {
				p.Right(st.Muted, ui.CompactMoney(s.Month.Low, s.Currency)+" – "+ui.CompactMoney(s.Month.High, s.Currency), width)
			}
		}},
		{Column: table.Column{Title: "a session", Right: true, Width: 10, Priority: 2}, Draw: func(p *ui.Pen, st *ui.Styles, s *S, width int) {
			if s.Priced {
				p.Right(st.Muted, ui.UnitMoney(s.Session.Base, s.Currency), width)
			}
		}},
		{Column: table.Column{Title: "a year", Right: true, Width: 12, Priority: 3}, Draw: amount(func(s *S) scenario.Cost { return s.Year }, false)},
		{Column: table.Column{Title: "keep in mind", Width: 20, Flex: 1, Priority: 4}, Draw: func(p *ui.Pen, st *ui.Styles, s *S, width int) {
			text, ink := spendingNote(st, s)
			p.Left(ink, text, width)
		}},
	}
	return table.NewSlice(columns, func(s *S) string { return s.Name }, rows)
}

// spendingNote is what is to be known of one estimate.
func spendingNote(st *ui.Styles, s *scenario.Spending) (string, ui.Ink) {
	switch {
	case !s.Priced && len(s.Candidates) > 0:
		return "nearest name: " + ui.Text(s.Candidates[0]), st.Muted
	case s.Overflow > 0:
		return "! full at message " + ui.Count(s.Overflow), st.Bad
	case !s.Shutdown.IsZero():
		return "ends " + s.Shutdown.Format("2 Jan 2006"), st.Warn
	case s.LongFrom > 0:
		return "dearer from message " + ui.Count(s.LongFrom), st.Warn
	}
	return "", st.Muted
}

// figures is what the first and the last model of the table would cost.
func (c *crowd) figures(st *ui.Styles) []figure {
	if c.err != nil {
		return []figure{{label: "a month", value: "–", note: "! " + ui.Text(c.err.Error()), ink: st.Bad}}
	}
	var priced []*scenario.Spending
	for i := range c.rows {
		if c.rows[i].Priced {
			priced = append(priced, &c.rows[i])
		}
	}
	if len(priced) == 0 {
		return []figure{{label: "a month", value: ui.Unpriced, note: "none of these models has a price", ink: st.Warn}}
	}
	of := func(label string, s *scenario.Spending, ink ui.Ink) figure {
		return figure{label: label + ", a month", value: "≈" + ui.Money(s.Month.Base, s.Currency), ink: ink,
			note: ui.Text(s.Model.Model) + ", " + ui.CompactMoney(s.Month.Low, s.Currency) + " to " + ui.CompactMoney(s.Month.High, s.Currency)}
	}
	out := []figure{of("least", priced[0], st.Headline)}
	if len(priced) > 1 {
		out = append(out, of("most", priced[len(priced)-1], st.Strong))
	}
	return out
}

// notes says what the estimates rest on.
func (c *crowd) notes() []note {
	out := []note{}
	if i := c.table.Cursor(); i < len(c.rows) {
		s := &c.rows[i]
		if s.Priced {
			out = append(out, note{s.Name + ": " + s.Method, false})
			if s.Overflow > 0 {
				out = append(out, note{"from message " + ui.Count(s.Overflow) + " of a session on, all that was said no longer fits into its window of " + ui.Tokens(s.Window), true})
			}
		}
	}
	return append(out, note{"Words become tokens by a rule of thumb: other languages and code make more tokens of a word.", false},
		note{"An API keeps no conversation: every message sends the whole of it again, so a session twice as long costs about four times as much input.", false})
}

func (c *crowd) drawTitle(st *ui.Styles, r image.Rectangle, focused bool) []string {
	pen := ui.NewPen(r.Dx(), 1)
	ui.SectionTitle(pen, st, "Traffic", focused, "←→ slides, enter types a number")
	return pen.Lines(1)
}

// first is the first field on screen.
func (c *crowd) first(lines int) int {
	return max(0, min(c.cursor-lines+1, len(c.fields())-lines))
}

// drawFields draws the numbers as sliders.
func (c *crowd) drawFields(st *ui.Styles, r image.Rectangle, focused bool) []string {
	pen := ui.NewPen(r.Dx(), r.Dy())
	row, all := crowdRow(r.Dx()), c.fields()
	for i := c.first(r.Dy()); i < len(all) && pen.Height() < r.Dy(); i++ {
		f := &all[i]
		on := focused && i == c.cursor
		if on {
			pen.Under(st.Selected)
			pen.Text(st.AccentBold, "▸ ")
		} else {
			pen.Space(2)
		}
		pen.Space(2)
		pen.Left(st.Text, f.label, row.label)
		pen.Space(1)
		pen.Right(st.Strong, f.text(&c.traffic), row.value)
		pen.Space(2)
		if row.track > 0 {
			f.scale.Draw(pen, st, f.get(&c.traffic), row.track, on)
			pen.Space(2)
		}
		if f.note != "" && pen.Room() >= ui.Width(f.note) {
			pen.Text(st.Muted, f.note)
		}
		pen.End()
	}
	return pen.Lines(r.Dy())
}

// crowdRow divides a line of a field.
func crowdRow(width int) leverRow {
	r := leverRow{label: 23, value: 12}
	r.track = min(40, width-4-r.label-1-r.value-4-28)
	if r.track < 10 {
		r.track = min(24, width-4-r.label-1-r.value-4)
	}
	if r.track < 6 {
		r.track = 0
	}
	return r
}

// pressTraffic handles the keys of the estimator.
func (p *Page) pressTraffic(msg tea.KeyPressMsg) tea.Cmd {
	c, k := &p.crowd, &p.keys
	all := c.fields()
	switch {
	case key.Matches(msg, k.Models):
		return p.chooseCrowdModels()
	case !p.onLevers:
		if !c.table.Update(msg) && key.Matches(msg, k.Table.Up) {
			p.onLevers = true
		}
	case key.Matches(msg, k.Table.Up):
		c.cursor = max(0, c.cursor-1)
	case key.Matches(msg, k.Table.Down):
		if c.cursor++; c.cursor >= len(all) {
			c.cursor, p.onLevers = len(all)-1, false
		}
	case key.Matches(msg, k.Less):
		return c.slide(p, -1, false)
	case key.Matches(msg, k.More):
		return c.slide(p, 1, false)
	case key.Matches(msg, k.MuchLess):
		return c.slide(p, -1, true)
	case key.Matches(msg, k.MuchMore):
		return c.slide(p, 1, true)
	case key.Matches(msg, k.Set):
		return c.ask(c.cursor)
	}
	return nil
}

func (c *crowd) slide(p *Page, n int, coarse bool) tea.Cmd {
	f := c.fields()[c.cursor]
	f.set(&c.traffic, f.scale.Step(f.get(&c.traffic), n, coarse))
	c.work(p)
	return nil
}

// ask lets a person type a number.
func (c *crowd) ask(i int) tea.Cmd {
	f := c.fields()[i]
	words := []string{"Such as " + f.example + "."}
	if f.note != "" {
		words = append(words, f.note)
	}
	return open(overlay.NewPrompt(f.label, f.text(&c.traffic), f.example, words, func(s string) (tea.Msg, error) {
		to := c.traffic
		if err := f.parse(&to, s); err != nil {
			return nil, err
		}
		if err := to.Validate(); err != nil {
			return nil, err
		}
		return settle(func(p *Page) tea.Cmd {
			p.crowd.traffic = to
			p.crowd.work(p)
			return nil
		}), nil
	}))
}

// chooseCrowdModels asks for which models the traffic is estimated.
func (p *Page) chooseCrowdModels() tea.Cmd {
	list := bookOf(p.snap).List(p.snap.AsOf)
	var choices []overlay.Choice
	var names []string
	for i := range list {
		l := &list[i]
		if _, ok := l.Rates.Of(pricing.Output); !ok {
			continue
		}
		names = append(names, l.Provider+"/"+l.Model)
		choices = append(choices, overlay.Choice{Name: ui.Text(l.Model) + " · " + ui.Text(l.Provider), Note: listingNote(l)})
	}
	if len(choices) == 0 {
		return trouble("", errors.New("no price book is loaded"))
	}
	var now []int
	for _, m := range p.crowd.models {
		if i := slices.Index(names, m); i >= 0 {
			now = append(now, i)
		}
	}
	return open(overlay.NewPicker("Which models?", "letters find, space adds or takes away", choices).Several(now, func(chosen []int) tea.Msg {
		return settle(func(p *Page) tea.Cmd {
			p.crowd.models = nil
			for _, i := range chosen {
				p.crowd.models = append(p.crowd.models, names[i])
			}
			p.crowd.work(p)
			return nil
		})
	}))
}

// clickTraffic chooses a field, and takes hold of its slider.
func (p *Page) clickTraffic(at image.Point, msg tea.MouseClickMsg) tea.Cmd {
	c, r := &p.crowd, p.plan.levers
	switch {
	case at.In(r):
		i := c.first(r.Dy()) + at.Y - r.Min.Y
		if i >= len(c.fields()) {
			return nil
		}
		p.onLevers, c.cursor = true, i
		row := crowdRow(r.Dx())
		if from := r.Min.X + row.trackAt(); at.X >= from && at.X < from+row.track {
			p.drag = drag{on: true, lever: i}
			return c.slideTo(p, at.X)
		}
	case at.In(p.plan.below):
		p.onLevers = false
		c.table.Update(ui.Shift(msg, p.plan.below.Min))
	}
	return nil
}

// slideTo moves the field that is held to a column of the page.
func (c *crowd) slideTo(p *Page, x int) tea.Cmd {
	all := c.fields()
	if p.drag.lever >= len(all) {
		return nil
	}
	row := crowdRow(p.plan.levers.Dx())
	f := all[p.drag.lever]
	f.set(&c.traffic, f.scale.At(x-p.plan.levers.Min.X-row.trackAt(), row.track))
	c.work(p)
	return nil
}
