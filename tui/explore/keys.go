package explore

import (
	"charm.land/bubbles/v2/key"

	"tokpit/tui/table"
	"tokpit/tui/ui"
)

type keyMap struct {
	Table                            table.KeyMap
	Drill, Details, Back             key.Binding
	By, Rotate, Pivot, Left, Right   key.Binding
	Mark, Earlier, Later             key.Binding
	Compare                          key.Binding
	Find, Done, Clear                key.Binding
	Only, Drop                       key.Binding
	Columns                          key.Binding
	Usage, Sessions, Unused, Records key.Binding
}

func newKeyMap() keyMap {
	bind := func(desc, shown string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(shown, desc))
	}
	return keyMap{
		Table:    table.NewKeyMap(),
		Drill:    bind("look inside", "enter", "enter"),
		Details:  bind("all figures of the row", "i", "i"),
		Back:     bind("one step back", "backspace", "backspace"),
		By:       bind("group by", "b", "b"),
		Rotate:   bind("group in another order", "w", "w"),
		Pivot:    bind("spread over columns", "v", "v"),
		Left:     bind("column to the left", "←/h", "left", "h"),
		Right:    bind("column to the right", "→/l", "right", "l"),
		Mark:     bind("mark the row, to look at several together", "space", "space", " "),
		Earlier:  bind("day before, in the charts", "←/h", "left", "h"),
		Later:    bind("day after, in the charts", "→/l", "right", "l"),
		Compare:  bind("compare with before", "m", "m"),
		Find:     bind("find rows", "/", "/"),
		Done:     bind("keep the rows", "enter", "enter"),
		Clear:    bind("no marks, no day, all rows again", "esc", "esc"),
		Only:     bind("only this row", "=", "=", "."),
		Drop:     bind("look at more again", "-", "-", "delete"),
		Columns:  bind("choose figures", "o", "o"),
		Usage:    bind("usage", "a", "a"),
		Sessions: bind("sessions", "n", "n"),
		Unused:   bind("unused keys, projects", "U", "U"),
		Records:  bind("single records", "d", "d"),
	}
}

// enable switches bindings to what can be done now.
func (p *Page) enable() {
	k, s := &p.keys, p.step()
	free := !p.typing
	table := s.view == usageView || s.view == sessionsView
	act := p.opts.Actions != nil
	for b, on := range map[*key.Binding]bool{
		&k.Done: p.typing, &k.Clear: p.typing || s.text != "" || len(s.marks) > 0 || s.time != "", &k.Find: free,
		&k.Mark: free && table, &k.Earlier: free && s.pivot == "" && s.view != unusedView, &k.Later: free && s.pivot == "" && s.view != unusedView,
		&k.Drill: free, &k.Details: free && table, &k.Back: free && p.trail.at > 0,
		&k.By: free && table, &k.Rotate: free && table && len(s.by)+pivoted(s) > 1, &k.Pivot: free && table,
		&k.Left: free && s.pivot != "", &k.Right: free && s.pivot != "",
		&k.Compare: free && table,
		&k.Only:    free && table, &k.Drop: free && len(s.wheres) > 0,
		&k.Columns: free && table && s.pivot == "",
		&k.Usage:   free && s.view != usageView, &k.Sessions: free && act && s.view != sessionsView,
		&k.Unused: free && s.view != unusedView, &k.Records: free && act && table,
		&k.Table.Sort: free, &k.Table.Reverse: free,
	} {
		b.SetEnabled(on)
	}
}

func pivoted(s *step) int {
	if s.pivot != "" {
		return 1
	}
	return 0
}

// ShortHelp implements ui.Page.
func (p *Page) ShortHelp() []key.Binding {
	k := &p.keys
	if p.typing {
		return []key.Binding{ui.Brief(k.Done, "keep"), ui.Brief(k.Clear, "clear"), ui.BriefKey(k.Table.Up, "↑/↓", "choose")}
	}
	return []key.Binding{
		ui.Brief(k.Clear, "clear"), ui.Brief(k.Drill, "open"), ui.BriefKey(k.Back, "⌫", "back"), ui.Brief(k.By, "by"),
		ui.Brief(k.Mark, "mark"),
		ui.Brief(k.Compare, "compare"), ui.Brief(k.Pivot, "pivot"), ui.Brief(k.Find, "find"),
		ui.Brief(k.Records, "records"), ui.Brief(k.Details, "details"), ui.Brief(k.Usage, "usage"), ui.Brief(k.Sessions, "sessions"), ui.Brief(k.Unused, "unused"), ui.Brief(k.Columns, "figures"),
		ui.Brief(k.Table.Sort, "sort"), ui.Brief(k.Drop, "more"),
	}
}

// FullHelp implements ui.Page.
func (p *Page) FullHelp() [][]key.Binding {
	k := &p.keys
	return [][]key.Binding{
		{k.Drill, k.Details, k.Records, k.Back, k.By, k.Rotate, k.Pivot, k.Left, k.Right, k.Compare},
		{k.Mark, k.Earlier, k.Later, k.Find, k.Done, k.Clear, k.Only, k.Drop, k.Columns, k.Usage, k.Sessions, k.Unused},
		k.Table.Bindings(),
	}
}
