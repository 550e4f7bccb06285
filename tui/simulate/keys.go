package simulate

import (
	"charm.land/bubbles/v2/key"

	"tokpit/tui/table"
	"tokpit/tui/ui"
)

type keyMap struct {
	Table table.KeyMap

	Less, More, MuchLess, MuchMore key.Binding // the slider
	Set, Off, Reset, Remove, Clear key.Binding
	Add, Use, Detail               key.Binding
	Mark, Unmark                   key.Binding // of the ranking
	Focus                          key.Binding
	Window, Unfold                 key.Binding // of the ranking
	Models, Ideas, Frontier        key.Binding // what stands beneath the levers
	Axis                           key.Binding // of the frontier
	Compare, Beside, Drop          key.Binding
	Save, SaveAs, Load, Check      key.Binding
	Export                         key.Binding
	Traffic, Leave                 key.Binding
	Demo                           key.Binding
}

func newKeyMap() keyMap {
	bind := func(desc, shown string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, desc))
	}
	k := keyMap{
		Table: table.NewKeyMap(),
		Less:  bind("slide down", "←/h", "left", "h"), More: bind("slide up", "→/l", "right", "l"),
		MuchLess: bind("slide down by much", "H", "shift+left", "H"), MuchMore: bind("slide up by much", "L", "shift+right", "L"),
		Set: bind("type the lever's value", "enter", "enter"), Off: bind("lever on or off", "space", "space"),
		Reset: bind("reset the lever", "0", "0"), Remove: bind("remove the lever", "x", "x", "delete"), Clear: bind("begin anew", "A", "A"),
		Add: bind("add a lever", "a", "a"), Use: bind("use as a lever", "enter", "enter"), Detail: bind("all about the row", "i", "i"),
		Mark: bind("mark, to take several", "space", "space"), Unmark: bind("no marks", "esc", "esc"),
		Focus:  bind("levers or below", "tab", "tab", "shift+tab"),
		Models: bind("models before, after", "m", "m"), Ideas: bind("what would save most", "w", "w"), Frontier: bind("cost against quality", "F", "F"),
		Window:  bind("only if window is kept", "W", "W"),
		Unfold:  bind("all changes, or a few", "M", "M"),
		Axis:    bind("quality or latency", "U", "U"),
		Compare: bind("compare scenarios", "v", "v"), Beside: bind("add these levers", "b", "b"), Drop: bind("take scenario out", "x", "x", "delete"),
		Save: bind("save the scenario", "s", "s"), SaveAs: bind("save as", "S", "S"), Load: bind("saved scenarios", "o", "o"),
		Check:   bind("planned and actual", "n", "n"),
		Export:  bind("export", "e", "e"),
		Traffic: bind("estimate new traffic", "N", "N"), Leave: bind("back", "esc", "esc"),
		Demo: bind("open demo data", "d", "d"),
	}
	k.Table.Top.SetKeys("home", "g")
	return k
}

// Bindings of a column of the help.
func (k *keyMap) levers() []key.Binding {
	return []key.Binding{k.Less, k.More, k.MuchLess, k.MuchMore, k.Set, k.Off, k.Reset, k.Remove, k.Add, k.Clear, k.Focus}
}

func (k *keyMap) views() []key.Binding {
	return []key.Binding{k.Use, k.Mark, k.Unmark, k.Detail, k.Window, k.Unfold, k.Models, k.Ideas, k.Frontier, k.Axis, k.Compare, k.Beside, k.Drop, k.Traffic, k.Leave, k.Demo}
}

func (k *keyMap) files() []key.Binding {
	return []key.Binding{k.Save, k.SaveAs, k.Load, k.Check, k.Export}
}

// FullHelp implements ui.Page.
func (p *Page) FullHelp() [][]key.Binding {
	k := &p.keys
	t := &k.Table
	return [][]key.Binding{k.levers(), k.views(), k.files(), {t.Up, t.Down, t.PageUp, t.PageDown, t.Top, t.Bottom}}
}

// enable switches bindings to what can be done now.
func (p *Page) enable() {
	k := &p.keys
	has, act := p.snap != nil && !p.snap.Empty && p.snap.Book != nil, p.opts.Actions != nil
	crowd := p.view == trafficView
	page := has && !crowd
	list := p.onLevers && (crowd || len(p.levers) > 0)
	lever := page && list
	below := page && !list
	ran := page && p.result != nil && p.broken == nil
	for b, on := range map[*key.Binding]bool{
		&k.Less: list || below && p.view >= frontierView, &k.More: list || below && p.view >= frontierView,
		&k.MuchLess: list, &k.MuchMore: list, &k.Set: list,
		&k.Off: lever, &k.Reset: lever, &k.Remove: lever, &k.Clear: page && (len(p.levers) > 0 || p.name != ""),
		&k.Add: page && p.base != nil, &k.Use: below && (p.view == ideasView || p.view == frontierView),
		&k.Mark: below && p.view == ideasView, &k.Unmark: below && p.view == ideasView && len(p.marks) > 0,
		&k.Detail: crowd || page,
		&k.Window: page && p.view == ideasView, &k.Unfold: page && p.view == ideasView, &k.Focus: crowd || page && len(p.levers) > 0,
		&k.Models: crowd || page && p.view != modelsView, &k.Ideas: page && p.view != ideasView,
		&k.Frontier: page && p.view != frontierView, &k.Axis: below && p.view == frontierView,
		&k.Compare: page && p.result != nil, &k.Beside: below && p.view == compareView, &k.Drop: below && p.view == compareView,
		&k.Save: ran && act && len(p.on()) > 0, &k.SaveAs: ran && act && len(p.on()) > 0, &k.Load: page && act, &k.Check: page && act,
		&k.Export:  ran && act && len(p.levers) > 0,
		&k.Traffic: p.snap != nil && p.snap.Book != nil && !crowd, &k.Leave: crowd || page && p.view == compareView,
		&k.Demo: p.opts.Demo && p.snap != nil && p.snap.Empty,
	} {
		b.SetEnabled(on)
	}
	k.Models.SetHelp("m", "models before, after")
	if crowd {
		k.Models.SetHelp("m", "choose models")
	}
	k.Table.Sort.SetEnabled(false)
	k.Table.Reverse.SetEnabled(false)
	for _, t := range []*table.Model{p.models, p.ideas, p.crowd.table} {
		t.SetKeys(k.Table)
	}
}

// ShortHelp implements ui.Page.
func (p *Page) ShortHelp() []key.Binding {
	k := &p.keys
	slide := ui.BriefKey(k.Less, "←→", "slide")
	if p.view == frontierView || p.view == compareView {
		slide = ui.BriefKey(k.Less, "←→", "next")
	}
	return []key.Binding{
		ui.Brief(k.Leave, "back"), slide, ui.Brief(k.Set, "type"), ui.Brief(k.Use, "use"), ui.Brief(k.Mark, "mark"), ui.Brief(k.Unmark, "no marks"), ui.Brief(k.Window, "keep window"), ui.Brief(k.Unfold, "all"), ui.Brief(k.Add, "add lever"), ui.Brief(k.Off, "on/off"), ui.Brief(k.Remove, "remove"), ui.Brief(k.Drop, "take out"),
		ui.Brief(k.Axis, "quality/latency"), ui.Brief(k.Beside, "add this"), ui.Brief(k.Focus, "below"), ui.Brief(k.Ideas, "what saves most"), ui.Brief(k.Models, "models"),
		ui.Brief(k.Save, "save"), ui.Brief(k.Load, "open"), ui.Brief(k.Frontier, "frontier"), ui.Brief(k.Compare, "compare"), ui.Brief(k.Export, "export"), ui.Brief(k.Traffic, "traffic"), ui.Brief(k.Detail, "details"),
		ui.BriefKey(k.MuchLess, "H/L", "by much"), ui.Brief(k.Reset, "reset"), ui.Brief(k.Check, "check"), ui.Brief(k.SaveAs, "save as"), ui.Brief(k.Clear, "anew"), ui.Brief(k.Demo, "demo"),
	}
}
