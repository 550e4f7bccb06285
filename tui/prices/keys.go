package prices

import (
	"charm.land/bubbles/v2/key"

	"tokpit/tui/table"
	"tokpit/tui/ui"
)

type keyMap struct {
	Table             table.KeyMap
	Next, Previous    key.Binding // sections
	Find, Clear, Done key.Binding
	Mine, Provider    key.Binding
	Unit, Detail      key.Binding
	Mark              key.Binding
	Earlier, Later    key.Binding // in the history of a price
}

func newKeyMap() keyMap {
	return keyMap{
		Table:    table.NewKeyMap(),
		Next:     key.NewBinding(key.WithKeys("tab", "right", "l"), key.WithHelp("tab/→", "next section")),
		Previous: key.NewBinding(key.WithKeys("shift+tab", "left", "h"), key.WithHelp("shift+tab/←", "previous section")),
		Find:     key.NewBinding(key.WithKeys("/"), key.WithHelp("/", "find a model")),
		Clear:    key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "show all again")),
		Done:     key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "keep the filter")),
		Mine:     key.NewBinding(key.WithKeys("m"), key.WithHelp("m", "only models you use")),
		Provider: key.NewBinding(key.WithKeys("p"), key.WithHelp("p", "only this provider")),
		Unit:     key.NewBinding(key.WithKeys("U"), key.WithHelp("U", "unit of the prices")),
		Mark:     key.NewBinding(key.WithKeys("space"), key.WithHelp("space", "models side by side")),
		Earlier:  key.NewBinding(key.WithKeys(","), key.WithHelp(",", "earlier price")),
		Later:    key.NewBinding(key.WithKeys("."), key.WithHelp(".", "later price")),
		Detail:   key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "details")),
	}
}

// enable switches bindings to what can be done now.
func (k *keyMap) enable(filtered, typing, marked bool) {
	k.Clear.SetEnabled(filtered || typing || marked)
	k.Done.SetEnabled(typing)
	for _, b := range []*key.Binding{&k.Next, &k.Previous, &k.Find, &k.Mine, &k.Provider, &k.Unit, &k.Detail, &k.Mark, &k.Earlier, &k.Later} {
		b.SetEnabled(!typing)
	}
}

// ShortHelp implements ui.Page.
func (p *Page) ShortHelp() []key.Binding {
	k := &p.keys
	if p.typing {
		return []key.Binding{ui.Brief(k.Done, "keep"), ui.Brief(k.Clear, "clear"), ui.BriefKey(k.Table.Up, "↑/↓", "choose")}
	}
	detail := ui.Brief(k.Detail, "details")
	if p.comparing() {
		return append([]key.Binding{ui.Brief(k.Detail, "side by side")}, p.usualHelp(detail)...)
	}
	return p.usualHelp(detail)
}

// usualHelp is the footer without what is on top of it.
func (p *Page) usualHelp(detail key.Binding) []key.Binding {
	k := &p.keys
	if p.comparing() {
		detail.SetEnabled(false)
	}
	return []key.Binding{
		ui.Brief(k.Clear, "clear"), ui.Brief(k.Find, "find"), ui.Brief(k.Mark, "compare"), ui.BriefKey(k.Next, "tab", "section"),
		ui.Brief(k.Unit, "unit"), ui.Brief(k.Mine, "yours"), detail, ui.Brief(k.Provider, "provider"), ui.BriefKey(k.Earlier, ",/.", "price history"),
		ui.BriefKey(k.Table.Up, "↑/↓", "choose"), ui.Brief(k.Table.Sort, "sort"), ui.Brief(k.Table.Reverse, "reverse"),
	}
}

// FullHelp implements ui.Page.
func (p *Page) FullHelp() [][]key.Binding {
	k := &p.keys
	return [][]key.Binding{
		{k.Find, k.Done, k.Clear, k.Next, k.Previous, k.Unit, k.Mine, k.Provider, k.Mark, k.Detail, k.Earlier, k.Later},
		k.Table.Bindings(),
	}
}
