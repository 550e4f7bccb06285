package estimate

import (
	"charm.land/bubbles/v2/key"

	"tokpit/tui/buffer"
	"tokpit/tui/table"
	"tokpit/tui/ui"
)

type keyMap struct {
	Editor buffer.KeyMap
	Table  table.KeyMap

	Write, Leave               key.Binding // the text
	File, External             key.Binding
	FileHere, ExternalHere     key.Binding // while the text is edited
	ClearHere                  key.Binding
	Example, Clear, Undo, Redo key.Binding
	Pin, Unpin                 key.Binding
	Stop                       key.Binding // counting

	Answer, Calls, Image, Roles, Tools key.Binding
	Find, Keep, Drop                   key.Binding // the filter
	Baseline, Columns, All             key.Binding
	Strip, IDs                         key.Binding
	Detail                             key.Binding
	ScrollUp, ScrollDown               key.Binding
}

func newKeyMap() keyMap {
	b := func(keys, desc string, names ...string) key.Binding {
		return key.NewBinding(key.WithKeys(names...), key.WithHelp(keys, desc))
	}
	k := keyMap{
		Editor: buffer.NewKeyMap(), Table: table.NewKeyMap(),
		Write: b("tab/i", "edit the text", "tab", "i"), Leave: b("esc/tab", "leave the text", "esc", "tab", "shift+tab"),
		File: b("o", "open a file", "o"), External: b("e", "edit in $EDITOR", "e"),
		FileHere: b("ctrl+o", "open a file", "ctrl+o"), ExternalHere: b("ctrl+g", "edit in $EDITOR", "ctrl+g"),
		ClearHere: b("ctrl+l", "clear the text", "ctrl+l"),
		Example:   b("x", "an example", "x"), Clear: b("d", "clear the text", "d", "D"),
		Pin: b("space", "pin above the others", "space"), Unpin: b("P", "let all pinned go", "P"),
		Undo: b("z", "undo", "z"), Redo: b("Z", "redo", "Z"), Stop: b(".", "stop or go on counting", "."),
		Answer: b("a", "length of the answer", "a"), Calls: b("n", "number of calls", "n"),
		Image: b("+", "attach an image", "+"), Roles: b("w", "count chat roles", "w"), Tools: b("W", "count tool schemas", "W"),
		Find: b("/", "find models: a, b", "/"), Keep: b("enter", "keep the filter", "enter"), Drop: b("esc", "show all models again", "esc"),
		Baseline: b("b", "compare with this one", "b"), Columns: b("v", "choose columns", "v"), All: b("m", "all or current models", "m"),
		Strip: b("p", "show tokens", "p"), IDs: b("#", "token numbers", "#"),
		Detail:   b("enter", "details", "enter"),
		ScrollUp: b("K", "scroll the text up", "K", "shift+up"), ScrollDown: b("J", "scroll the text down", "J", "shift+down"),
	}
	return k
}

// enable switches bindings to what can be done now.
func (k *keyMap) enable(p *Page) {
	editing, has := p.editing(), p.text.Len() > 0
	calm := !editing && !p.typing
	desk := p.opts.Desk != nil
	set := func(on bool, bindings ...*key.Binding) {
		for _, b := range bindings {
			b.SetEnabled(on)
		}
	}
	e := &k.Editor
	set(editing, &e.Left, &e.Right, &e.Up, &e.Down, &e.PageUp, &e.PageDown, &e.WordLeft, &e.WordRight, &e.Home, &e.End, &e.Top, &e.Bottom,
		&e.NewLine, &e.Back, &e.Delete, &e.WordBack, &e.LineBack, &e.LineForward, &e.All, &e.Undo, &e.Redo)
	set(editing, &k.Leave, &k.ClearHere)
	set(editing && desk, &k.FileHere, &k.ExternalHere)
	set(calm, &k.Write)
	set(calm && desk, &k.File, &k.External)
	set(calm && !has, &k.Example)
	set(calm && has, &k.Clear, &k.ScrollUp, &k.ScrollDown)
	set(calm && p.editor.CanUndo(), &k.Undo)
	set(calm && p.editor.CanRedo(), &k.Redo)
	set(calm && !p.text.Totals().Complete(), &k.Stop)
	full := calm && !p.empty() && p.estimator != nil
	set(calm, &k.Image)
	set(full && len(p.ask.pins) > 0, &k.Unpin)
	set(full, &k.Pin, &k.Answer, &k.Calls, &k.Roles, &k.Find, &k.Baseline, &k.Columns, &k.All, &k.Strip, &k.IDs, &k.Detail)
	set(full && desk, &k.Tools)
	set(p.typing, &k.Keep)
	set(p.typing || calm && p.filter != "", &k.Drop)
	t := &k.Table
	set(full || p.typing, &t.Up, &t.Down, &t.PageUp, &t.PageDown)
	set(full, &t.Top, &t.Bottom, &t.Sort, &t.Reverse)
	p.table.SetKeys(*t)
	p.pins.SetKeys(*t)
	p.editor.SetKeys(*e)
}

// ShortHelp implements ui.Page.
func (p *Page) ShortHelp() []key.Binding {
	k := &p.keys
	switch {
	case p.editing():
		return []key.Binding{ui.BriefKey(k.Leave, "esc", "leave the text"), ui.Brief(k.FileHere, "file"), ui.Brief(k.ExternalHere, "$EDITOR"),
			k.Editor.Undo, ui.Brief(k.Editor.All, "all"), ui.Brief(k.ClearHere, "clear"), ui.Brief(k.Editor.Redo, "redo"), ui.BriefKey(k.Editor.Up, "↑/↓", "move")}
	case p.typing:
		return []key.Binding{ui.Brief(k.Keep, "keep"), ui.Brief(k.Drop, "clear"), ui.BriefKey(k.Table.Up, "↑/↓", "choose")}
	}
	return []key.Binding{
		ui.Brief(k.Stop, "stop/go on"), ui.Brief(k.Drop, "all models"), ui.BriefKey(k.Write, "tab", "edit"), ui.Brief(k.File, "file"), ui.Brief(k.External, "$EDITOR"), ui.Brief(k.Example, "example"),
		ui.Brief(k.Pin, "pin"), ui.Brief(k.Find, "find"), ui.Brief(k.Answer, "answer"), ui.Brief(k.Calls, "calls"), ui.Brief(k.Baseline, "baseline"), ui.Brief(k.Strip, "tokens"),
		ui.Brief(k.Detail, "details"), ui.Brief(k.Columns, "columns"), ui.Brief(k.Image, "image"), ui.Brief(k.Roles, "roles"), ui.Brief(k.Tools, "tools"),
		ui.Brief(k.All, "all models"), ui.Brief(k.IDs, "numbers"), ui.Brief(k.Clear, "clear"), ui.Brief(k.Unpin, "unpin all"), k.Undo, ui.Brief(k.Table.Sort, "sort"),
	}
}

// FullHelp implements ui.Page.
func (p *Page) FullHelp() [][]key.Binding {
	k := &p.keys
	return [][]key.Binding{
		{k.Write, k.Leave, k.File, k.FileHere, k.External, k.ExternalHere, k.Example, k.Clear, k.ClearHere, k.Undo, k.Redo, k.Stop, k.ScrollUp, k.ScrollDown},
		{k.Pin, k.Unpin, k.Answer, k.Calls, k.Roles, k.Tools, k.Image, k.Baseline, k.Columns, k.All, k.Find, k.Keep, k.Drop, k.Strip, k.IDs, k.Detail},
		k.Table.Bindings(),
		k.Editor.Bindings(),
	}
}
