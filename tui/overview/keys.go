package overview

import (
	"charm.land/bubbles/v2/key"

	"tokpit/tui/table"
	"tokpit/tui/ui"
)

type keyMap struct {
	Table                       table.KeyMap
	Next, Previous              key.Binding // panels
	DayBefore, DayAfter, AllDay key.Binding
	Inside, Details             key.Binding
	Year, Demo, Tour            key.Binding
}

func newKeyMap() keyMap {
	return keyMap{
		Table:     table.NewKeyMap(),
		Next:      key.NewBinding(key.WithKeys("tab"), key.WithHelp("tab", "next panel")),
		Previous:  key.NewBinding(key.WithKeys("shift+tab"), key.WithHelp("shift+tab", "previous panel")),
		DayBefore: key.NewBinding(key.WithKeys("left", "h"), key.WithHelp("←/h", "choose the day before")),
		DayAfter:  key.NewBinding(key.WithKeys("right", "l"), key.WithHelp("→/l", "choose the day after")),
		AllDay:    key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "all days again")),
		Inside:    key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "look inside")),
		Year:      key.NewBinding(key.WithKeys("C"), key.WithHelp("C", "calendar of a year")),
		Details:   key.NewBinding(key.WithKeys("i"), key.WithHelp("i", "all figures of this")),
		Demo:      key.NewBinding(key.WithKeys("d"), key.WithHelp("d", "open demo data")),
		Tour:      key.NewBinding(key.WithKeys("w"), key.WithHelp("w", "a tour in two minutes")),
	}
}

// enable switches bindings to what can be done now.
func (k *keyMap) enable(empty, demo, day bool) {
	k.Demo.SetEnabled(empty && demo)
	k.Tour.SetEnabled(empty && demo)
	k.AllDay.SetEnabled(!empty && day)
	for _, b := range []*key.Binding{&k.Next, &k.Previous, &k.DayBefore, &k.DayAfter, &k.Inside, &k.Year, &k.Details,
		&k.Table.Up, &k.Table.Down, &k.Table.PageUp, &k.Table.PageDown, &k.Table.Top, &k.Table.Bottom, &k.Table.Sort, &k.Table.Reverse} {
		b.SetEnabled(!empty)
	}
}

// enableKeys switches bindings to what can be done now, and words them by what
// they would do.
func (p *Page) enableKeys() {
	p.keys.enable(p.snap == nil || p.snap.Empty, p.opts.Demo, p.cursor >= 0)
	words := "look inside"
	if p.cursor >= 0 && (p.focus == trend || p.focus == calendar) {
		words = "why this day"
	}
	p.keys.Inside.SetHelp("enter", words)
}

// ShortHelp implements ui.Page.
func (p *Page) ShortHelp() []key.Binding {
	k := &p.keys
	return []key.Binding{k.Demo, ui.Brief(k.Tour, "tour"), ui.BriefKey(k.DayBefore, "←/→", "day"), ui.Brief(k.AllDay, "all days"), k.Inside, ui.Brief(k.Next, "panel"),
		ui.Brief(k.Details, "details"), ui.Brief(k.Year, "calendar"), ui.Brief(k.Table.Sort, "sort")}
}

// FullHelp implements ui.Page.
func (p *Page) FullHelp() [][]key.Binding {
	k := &p.keys
	return [][]key.Binding{
		{k.Demo, k.Tour, k.DayBefore, k.DayAfter, k.AllDay, k.Inside, k.Details, k.Year, k.Next, k.Previous},
		k.Table.Bindings(),
	}
}
