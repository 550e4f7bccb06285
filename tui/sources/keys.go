package sources

import (
	"charm.land/bubbles/v2/key"

	"tokpit/tui/table"
	"tokpit/tui/ui"
)

type keyMap struct {
	Table                      table.KeyMap
	Earlier, Later, Clear      key.Binding // the day under the cursor
	Zoom, Detail, Verify       key.Binding
	Add, Test, Remove, Sync    key.Binding
	Next, Previous, Change, Do key.Binding // in the form
	Try, Connect, Leave, Yes   key.Binding
	Empty                      key.Binding
}

func newKeyMap() keyMap {
	k := keyMap{
		Table:    table.NewKeyMap(),
		Earlier:  key.NewBinding(key.WithKeys("left", "h"), key.WithHelp("←/h", "the day before")),
		Later:    key.NewBinding(key.WithKeys("right", "l"), key.WithHelp("→/l", "the day after")),
		Clear:    key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "no day")),
		Zoom:     key.NewBinding(key.WithKeys("z"), key.WithHelp("z", "day by day, or all days")),
		Detail:   key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "details")),
		Verify:   key.NewBinding(key.WithKeys("v"), key.WithHelp("v", "can I trust these numbers?")),
		Add:      key.NewBinding(key.WithKeys("a"), key.WithHelp("a", "connect a source")),
		Test:     key.NewBinding(key.WithKeys("p"), key.WithHelp("p", "test the connection")),
		Remove:   key.NewBinding(key.WithKeys("d", "delete"), key.WithHelp("d", "remove the source")),
		Sync:     key.NewBinding(key.WithKeys("s"), key.WithHelp("s", "read this source now")),
		Next:     key.NewBinding(key.WithKeys("tab", "down"), key.WithHelp("tab/↓", "next field")),
		Previous: key.NewBinding(key.WithKeys("shift+tab", "up"), key.WithHelp("shift+tab/↑", "previous field")),
		Change:   key.NewBinding(key.WithKeys("right", "left", "space"), key.WithHelp("←/→", "choose")),
		Do:       key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "go on")),
		Try:      key.NewBinding(key.WithKeys("ctrl+t"), key.WithHelp("ctrl+t", "test it")),
		Connect:  key.NewBinding(key.WithKeys("ctrl+s"), key.WithHelp("ctrl+s", "add it")),
		Empty:    key.NewBinding(key.WithKeys("ctrl+u"), key.WithHelp("ctrl+u", "clear the field")),
		Leave:    key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "leave")),
		Yes:      key.NewBinding(key.WithKeys("y"), key.WithHelp("y", "leave it")),
	}
	// s reads the sources here, so sorting moves aside.
	k.Table.Sort = key.NewBinding(key.WithKeys("o"), key.WithHelp("o", "order by next column"))
	k.Table.Reverse = key.NewBinding(key.WithKeys("O"), key.WithHelp("O", "reverse the order"))
	return k
}

// enable switches bindings to what can be done now.
func (p *Page) enable() {
	k, it := &p.keys, p.selected()
	list := p.form == nil
	for _, b := range k.list() {
		b.SetEnabled(list)
	}
	k.Clear.SetEnabled(list && p.day >= 0)
	k.Detail.SetEnabled(list && it != nil)
	able := list && p.cannot() == ""
	k.Test.SetEnabled(able && it != nil && it.connected())
	k.Remove.SetEnabled(able && it != nil && it.removable())
	k.Earlier.SetEnabled(list && p.history.days > 0)
	k.Later.SetEnabled(list && p.history.days > 0)
	k.Zoom.SetEnabled(list && p.history.days > 0)
	k.Verify.SetEnabled(list && p.trust.rec != nil)
	asked := !list && p.form.leaving
	for _, b := range []*key.Binding{&k.Next, &k.Previous, &k.Change, &k.Do, &k.Try, &k.Connect, &k.Empty} {
		b.SetEnabled(!list && !asked)
	}
	k.Leave.SetEnabled(!list)
	k.Yes.SetEnabled(asked)
}

// list are the keys that work while no form is open.
func (k *keyMap) list() []*key.Binding {
	t := &k.Table
	return []*key.Binding{&t.Up, &t.Down, &t.PageUp, &t.PageDown, &t.Top, &t.Bottom, &t.Sort, &t.Reverse,
		&k.Earlier, &k.Later, &k.Clear, &k.Zoom, &k.Detail, &k.Verify, &k.Add, &k.Test, &k.Remove, &k.Sync}
}

// ShortHelp implements ui.Page.
func (p *Page) ShortHelp() []key.Binding {
	p.take()
	k := &p.keys
	switch {
	case p.form != nil && p.form.leaving:
		return []key.Binding{ui.Brief(k.Yes, "leave, and lose it"), ui.BriefKey(k.Leave, "any other key", "stay")}
	case p.form != nil:
		return []key.Binding{ui.BriefKey(k.Next, "tab", "next"), ui.Brief(k.Try, "test"), ui.Brief(k.Connect, "add"), k.Leave, ui.Brief(k.Empty, "clear"), k.Change, k.Do}
	}
	return []key.Binding{
		ui.Brief(k.Add, "connect"), ui.Brief(k.Test, "test"), ui.Brief(k.Sync, "sync"), ui.BriefKey(k.Earlier, "←/→", "day"),
		ui.Brief(k.Detail, "details"), ui.Brief(k.Verify, "trust?"), ui.Brief(k.Remove, "remove"), ui.Brief(k.Zoom, "zoom"), k.Clear,
		ui.BriefKey(k.Table.Up, "↑/↓", "choose"), ui.Brief(k.Table.Sort, "order"), ui.Brief(k.Table.Reverse, "reverse"),
	}
}

// FullHelp implements ui.Page.
func (p *Page) FullHelp() [][]key.Binding {
	p.take()
	k := &p.keys
	return [][]key.Binding{
		{k.Add, k.Test, k.Sync, k.Remove, k.Detail, k.Verify, k.Earlier, k.Later, k.Clear, k.Zoom},
		k.Table.Bindings(),
		{k.Next, k.Previous, k.Change, k.Do, k.Try, k.Connect, k.Empty, k.Leave, k.Yes},
	}
}
