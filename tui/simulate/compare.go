package simulate

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/scenario"
	"tokpit/tui/overlay"
	"tokpit/tui/period"
	"tokpit/tui/ui"
)

// comparison is up to four scenarios side by side, each over its own usage.
type comparison struct {
	gen     int
	asked   []scenario.Scenario
	columns []compareColumn
	cursor  int
	running bool
}

// compareColumn is one scenario with what it would do.
type compareColumn struct {
	scenario.Scenario
	result *scenario.Result
	err    error
}

// compared is the end of computing all of them.
type compared struct {
	gen     int
	columns []compareColumn
}

// present is the draft as a scenario.
func (p *Page) present() scenario.Scenario {
	s := scenario.Scenario{Name: p.name, Scope: p.scope, Levers: p.on()}
	if p.result != nil {
		s.Span = p.result.Span
	}
	if s.Name == "" {
		s.Name = "this one"
	} else if p.dirty() {
		s.Name += " (changed)"
	}
	return s
}

// chooseCompared asks which scenarios stand side by side.
func (p *Page) chooseCompared() tea.Cmd {
	if p.result == nil {
		return nil
	}
	if p.opts.Actions == nil {
		return p.show(compareView)
	}
	return p.withSaved(func(p *Page, all []scenario.Saved) tea.Cmd {
		var list []scenario.Scenario
		if len(p.on()) > 0 {
			list = append(list, p.present())
		}
		for i := range all {
			list = append(list, all[i].Scenario)
		}
		if len(list) == 0 {
			return notice("There is nothing to compare yet: add levers, and save some scenarios")
		}
		choices := make([]overlay.Choice, len(list))
		for i, s := range list {
			choices[i] = overlay.Choice{Name: s.Name, Note: plural(int64(len(s.Levers)), "lever")}
		}
		first := make([]int, 0, scenario.MostCompared)
		for i := range min(len(list), 2) {
			first = append(first, i)
		}
		return open(overlay.NewPicker("Compare up to four", "space adds or takes away", choices).Several(first, func(chosen []int) tea.Msg {
			return settle(func(p *Page) tea.Cmd {
				var take []scenario.Scenario
				for _, i := range chosen[:min(len(chosen), scenario.MostCompared)] {
					take = append(take, list[i])
				}
				return tea.Batch(p.show(compareView), p.compare(take))
			})
		}))
	})
}

// addBeside puts a saved scenario beside the present one.
func (p *Page) addBeside(s scenario.Saved) tea.Cmd {
	take := slices.Clone(p.beside.asked)
	if len(take) == 0 && len(p.on()) > 0 {
		take = append(take, p.present())
	}
	if len(take) >= scenario.MostCompared {
		return notice("Four stand side by side already: x takes one out")
	}
	return tea.Batch(p.show(compareView), p.compare(append(take, s.Scenario)))
}

// compare computes scenarios, each over its own scope and span.
func (p *Page) compare(list []scenario.Scenario) tea.Cmd {
	b := &p.beside
	b.gen++
	b.asked, b.running, b.cursor = list, true, 0
	gen, ctx, actions, snap := b.gen, p.opts.Context, p.opts.Actions, p.snap
	return func() tea.Msg {
		out := make([]compareColumn, len(list))
		for i, s := range list {
			out[i].Scenario = s
			base, err := makeBase(ctx, actions, snap, queryOf(snap, s.Scope, s.Span), s.Levers)
			if err == nil {
				out[i].result, err = base.Run(s.Levers)
			}
			out[i].err = err
		}
		return here(compared{gen, out})
	}
}

func (p *Page) applyCompared(msg compared) {
	if msg.gen == p.beside.gen {
		p.beside.columns, p.beside.running = msg.columns, false
	}
}

func (b *comparison) press(p *Page, msg tea.KeyPressMsg) tea.Cmd {
	k := &p.keys
	switch {
	case key.Matches(msg, k.Less):
		b.cursor = max(0, b.cursor-1)
	case key.Matches(msg, k.More):
		b.cursor = max(0, min(b.cursor+1, len(b.columns)-1))
	case key.Matches(msg, k.Beside):
		if len(p.on()) == 0 {
			return notice("There is no lever yet that could be compared: a adds one")
		}
		if len(b.asked) >= scenario.MostCompared {
			return notice("Four stand side by side already: x takes one out")
		}
		return p.compare(append(slices.Clone(b.asked), p.present()))
	case key.Matches(msg, k.Drop):
		if b.cursor < len(b.columns) {
			b.asked = slices.Delete(slices.Clone(b.asked), b.cursor, b.cursor+1)
			b.columns = slices.Delete(slices.Clone(b.columns), b.cursor, b.cursor+1)
			b.cursor = max(0, min(b.cursor, len(b.columns)-1))
		}
	case key.Matches(msg, k.Table.Up):
		p.onLevers = len(p.levers) > 0
	}
	return nil
}

// compareLabel is how wide the names of the lines are.
const compareLabel = 16

// draw draws the scenarios in columns.
func (b *comparison) draw(p *Page, width, height int) []string {
	st := p.styles
	pen := ui.NewPen(width, height)
	switch {
	case len(b.columns) == 0 && b.running:
		wrapped(pen, st.Muted, "Computing…")
		return pen.Lines(height)
	case len(b.columns) == 0:
		wrapped(pen, st.Muted, "Nothing stands here yet. v chooses up to four scenarios, b adds the levers above.")
		return pen.Lines(height)
	}
	column := min(40, (width-compareLabel)/len(b.columns)-2)
	line := func(name string, draw func(i int, c *compareColumn)) {
		if pen.Height() >= height {
			return
		}
		pen.Left(st.Muted, name, compareLabel)
		for i := range b.columns {
			pen.Space(2)
			draw(i, &b.columns[i])
		}
		pen.End()
	}
	line("", func(i int, c *compareColumn) {
		ink, name := st.Strong, ui.Text(c.Name)
		if i == b.cursor && !p.onLevers {
			ink, name = st.AccentBold, "▸ "+name
		}
		pen.Right(ink, ui.Cut(name, column), column)
	})
	b.figures(p, line, pen, column)
	levers := 0
	for i := range b.columns {
		levers = max(levers, len(b.columns[i].Levers))
	}
	for n := range levers {
		name := ""
		if n == 0 {
			name = "levers"
		}
		line(name, func(_ int, c *compareColumn) {
			text := ""
			if n < len(c.Levers) {
				v := valueText(&c.Levers[n])
				text = ui.CutName(label(&c.Levers[n]), max(4, column-ui.Width(v)-1)) + " " + v
			}
			pen.Right(st.Text, ui.Cut(text, column), column)
		})
	}
	return pen.Lines(height)
}

// figures writes the lines of amounts.
func (b *comparison) figures(p *Page, line func(string, func(int, *compareColumn)), pen *ui.Pen, column int) {
	st, lens := p.styles, p.sees()
	amount := func(name string, of func(a amounts, r *scenario.Result) (string, ui.Ink)) {
		line(name, func(_ int, c *compareColumn) {
			switch {
			case c.err != nil:
				text := ""
				if name == "before a month" {
					text = "! " + ui.Text(c.err.Error())
				}
				pen.Right(st.Bad, ui.Cut(text, column), column)
			default:
				a := amountsOf(c.result, lens).monthly(c.result)
				text, ink := of(a, c.result)
				switch {
				case name == "before a month" || name == "of" || name == "":
				case !a.known:
					text, ink = "unknown", st.Warn
				case !a.whole:
					text, ink = "? "+text, st.Warn
				}
				pen.Right(ink, ui.Cut(text, column), column)
			}
		})
	}
	amount("of", func(_ amounts, r *scenario.Result) (string, ui.Ink) {
		return period.Words(period.Calendar(p.snap), r.Span), st.Muted
	})
	line("", func(_ int, c *compareColumn) {
		scope := c.Scope.String()
		if scope == "" {
			scope = "everything"
		}
		pen.Right(st.Muted, ui.Cut(ui.Text(scope), column), column)
	})
	amount("before a month", func(a amounts, _ *scenario.Result) (string, ui.Ink) { return ui.Money(a.before, a.currency), st.Text })
	amount("after", func(a amounts, _ *scenario.Result) (string, ui.Ink) { return ui.Money(a.after, a.currency), st.Strong })
	amount("difference", func(a amounts, _ *scenario.Result) (string, ui.Ink) {
		return signed(a.delta, a.currency), inkOf(st, a.delta)
	})
	amount("", func(a amounts, _ *scenario.Result) (string, ui.Ink) {
		text, trend := ui.ChangeOf(a.after, a.before)
		return text, trendInk(st, trend)
	})
	line("quality", func(_ int, c *compareColumn) {
		text, ink := p.briefQuality(c)
		pen.Right(ink, ui.Cut(text, column), column)
	})
	amount("range", func(a amounts, _ *scenario.Result) (string, ui.Ink) {
		if !a.ranged {
			return "exact", st.Muted
		}
		return rangeOf(a.low, a.high, a.currency), st.Muted
	})
}

// briefQuality is what is known of the quality of a scenario's models.
func (p *Page) briefQuality(c *compareColumn) (string, ui.Ink) {
	st := p.styles
	switch text := strings.TrimPrefix(strings.TrimPrefix(p.qualityOf(c.Levers), "quality: "), "quality "); text {
	case "":
		return "same models", st.Muted
	case "unknown":
		return text, st.Muted
	default:
		return text, st.Text
	}
}
