package explore

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokpit/tui/overlay"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// dimensions are what usage can be told apart by, tags of the data included.
func (p *Page) dimensions() []usage.Dimension {
	var out []usage.Dimension
	for _, d := range usage.Dimensions() {
		if d.Fine() && p.opts.Actions == nil || d == usage.ByLineItem {
			continue
		}
		out = append(out, d)
	}
	seen := make(map[usage.Tags]bool)
	var tags []usage.Dimension
	cube := cubeOf(p.snap)
	for i := range cube.Sets {
		t := cube.Sets[i].Tags
		if t == "" || seen[t] {
			continue
		}
		seen[t] = true
		for pair := range strings.SplitSeq(string(t), "\n") {
			name, _, _ := strings.Cut(pair, "=")
			d := usage.Dimension("tag:" + name)
			if name != string(usage.ByCostCenter) && name != string(usage.ByLineItem) && !slices.Contains(tags, d) {
				tags = append(tags, d)
			}
		}
	}
	slices.Sort(tags)
	return append(out, tags...)
}

func open(m overlay.Modal) tea.Cmd { return ui.Send(overlay.Open{Modal: m}) }

// chooseBy asks what rows are told apart by.
func (p *Page) chooseBy() tea.Cmd {
	dims := p.dimensions()
	choices := make([]overlay.Choice, len(dims))
	for i, d := range dims {
		choices[i] = overlay.Choice{Name: dimName(d), Note: dimNote(d)}
	}
	var now []int
	for _, d := range p.step().by {
		if i := slices.Index(dims, d); i >= 0 {
			now = append(now, i)
		}
	}
	return open(overlay.NewPicker("Group by", "letters find, space adds or takes away, enter uses", choices).Several(now, func(all []int) tea.Msg {
		by := make([]usage.Dimension, len(all))
		for i, n := range all {
			by[i] = dims[n]
		}
		return settle(func(p *Page) tea.Cmd { return p.groupBy(by) })
	}))
}

// groupBy asks the same by other dimensions.
func (p *Page) groupBy(by []usage.Dimension) tea.Cmd {
	s := p.step().fresh().clone()
	if len(by) == 0 {
		return tell("Rows are told apart by one thing at least")
	}
	s.by = by
	if slices.Contains(by, s.pivot) {
		s.pivot = ""
	}
	s.view = usageView
	if len(by) == 1 && by[0] == usage.BySession {
		s.view = sessionsView
	}
	return p.to(s)
}

// choosePivot asks what the columns are.
func (p *Page) choosePivot() tea.Cmd {
	var choices []overlay.Choice
	at := 0
	if p.step().pivot != "" {
		choices = append(choices, overlay.Choice{Name: "no columns", Note: "the table as it was", Msg: settle(func(p *Page) tea.Cmd { return p.spread("") })})
	}
	for _, d := range p.dimensions() {
		if slices.Contains(p.step().by, d) {
			continue
		}
		if d == p.step().pivot || p.step().pivot == "" && d == usage.ByDay {
			at = len(choices)
		}
		choices = append(choices, overlay.Choice{Name: dimName(d), Note: dimNote(d), Msg: settle(func(p *Page) tea.Cmd { return p.spread(d) })})
	}
	return open(overlay.NewPicker("Spread over columns", "letters find, enter uses", choices).At(at))
}

func (p *Page) spread(d usage.Dimension) tea.Cmd {
	s := p.step().clone()
	s.pivot, s.column, s.order, s.compare = d, 0, order{}, s.compare && d == ""
	p.offset = 0
	return p.to(s)
}

// chooseFigures asks which columns there are, and in which order.
func (p *Page) chooseFigures() tea.Cmd {
	all := optional()
	choices := make([]overlay.Choice, len(all))
	var now []int
	for i, x := range all {
		choices[i] = overlay.Choice{Name: x.name, Note: x.note}
	}
	for _, id := range p.figures {
		for i, x := range all {
			if x.id == id {
				now = append(now, i)
			}
		}
	}
	return open(overlay.NewPicker("Figures", "space adds or takes away; the first have room longest", choices).Several(now, func(chosen []int) tea.Msg {
		ids := make([]string, len(chosen))
		for i, n := range chosen {
			ids[i] = all[n].id
		}
		return settle(func(p *Page) tea.Cmd {
			p.figures = ids
			return p.ask()
		})
	}))
}
