package budgets

import (
	"slices"

	"charm.land/bubbles/v2/key"

	"tokpit/tui/ui"
)

type keyMap struct {
	Up, Down, Top, Bottom           key.Binding
	Earlier, Later, Clear           key.Binding // the day under the cursor
	ScrollUp, ScrollDown            key.Binding // the details
	Add, Edit, Remove               key.Binding
	Seen, Snooze, Retry             key.Binding
	Replay, Detail                  key.Binding
	Mark                            key.Binding // of those that something is done to
	Next, Previous, Change, Do      key.Binding // in the form
	Pick, Save, Empty, Leave, Yes   key.Binding
	Less, More, LessFar, MoreFar    key.Binding // in the replay
	Control, ControlBack            key.Binding
	Exact, Group, Adopt, ReplayDone key.Binding
}

func newKeyMap() keyMap {
	b := func(help, what string, keys ...string) key.Binding {
		return key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, what))
	}
	return keyMap{
		Up: b("↑/k", "budget above", "up", "k"), Down: b("↓/j", "budget below", "down", "j"),
		Top: b("home/g", "first budget", "home", "g"), Bottom: b("end/G", "last budget", "end", "G"),
		Earlier: b("←/h", "the day before", "left", "h"), Later: b("→/l", "the day after", "right", "l"),
		Clear:    b("esc", "no day, then no marks", "esc"),
		ScrollUp: b("pgup", "details up", "pgup", "ctrl+b"), ScrollDown: b("pgdn", "details down", "pgdown", "ctrl+f"),
		Add: b("a", "add a budget", "a"), Edit: b("e", "change the budget", "e"), Remove: b("d", "remove the budget", "d", "delete"),
		Seen: b("m", "mark its alerts as seen", "m"), Snooze: b("z", "silence its alerts for a while", "z"),
		Mark:   b("space", "mark it, to snooze or remove several", "space"),
		Retry:  b("M", "try failed messages again", "M"),
		Replay: b("p", "replay a hard limit", "p", "R"), Detail: b("enter", "all details", "enter"),
		Next: b("tab/↓", "next field", "tab", "down"), Previous: b("shift+tab/↑", "previous field", "shift+tab", "up"),
		Change: b("←/→", "choose", "right", "left", "space"), Do: b("enter", "go on", "enter"),
		Pick: b("ctrl+o", "choose from what there is", "ctrl+o"), Save: b("ctrl+s", "save", "ctrl+s"),
		Empty: b("ctrl+u", "clear the field", "ctrl+u"),
		Leave: b("esc", "leave", "esc"), Yes: b("y", "leave it", "y"),
		Less: b("←/h", "less, or the period before", "left", "h"), More: b("→/l", "more, or the period after", "right", "l"),
		LessFar: b("shift+←", "much less", "shift+left", "H", "pgdown"), MoreFar: b("shift+→", "much more", "shift+right", "L", "pgup"),
		Control: b("↓/tab", "next slider", "down", "j", "tab"), ControlBack: b("↑", "slider above", "up", "k", "shift+tab"),
		Exact: b("enter", "type the limit", "enter"), Group: b("g", "refused by key, project, model or user", "g"),
		Adopt: b("e", "change the budget to this limit", "e"), ReplayDone: b("esc", "back to the budgets", "esc"),
	}
}

// list are the keys that work while the budgets are shown, form and trial those
// of the other two screens.
func (k *keyMap) list() []*key.Binding {
	return []*key.Binding{&k.Up, &k.Down, &k.Top, &k.Bottom, &k.Earlier, &k.Later, &k.Clear, &k.ScrollUp, &k.ScrollDown,
		&k.Add, &k.Edit, &k.Remove, &k.Seen, &k.Snooze, &k.Retry, &k.Replay, &k.Detail, &k.Mark}
}

func (k *keyMap) form() []*key.Binding {
	return []*key.Binding{&k.Next, &k.Previous, &k.Change, &k.Do, &k.Pick, &k.Save, &k.Empty, &k.Leave}
}

func (k *keyMap) trial() []*key.Binding {
	return []*key.Binding{&k.Less, &k.More, &k.LessFar, &k.MoreFar, &k.Control, &k.ControlBack, &k.Exact, &k.Group, &k.Adopt, &k.ReplayDone}
}

// enable switches bindings to what can be done now.
func (p *Page) enable() {
	k, it := &p.keys, p.selected()
	list, forming, trying := p.form == nil && p.replay == nil, p.form != nil, p.form == nil && p.replay != nil
	set := func(on bool, all ...*key.Binding) {
		for _, b := range all {
			b.SetEnabled(on)
		}
	}
	set(list && it != nil, k.list()...)
	set(list && len(p.items) > 1, &k.Up, &k.Down, &k.Top, &k.Bottom, &k.Mark)
	able := list && p.cannot() == ""
	set(list, &k.Add)
	set(able && it != nil, &k.Edit, &k.Remove)
	set(able && slices.ContainsFunc(p.chosen(), func(it *item) bool { return len(it.unseen()) > 0 }), &k.Seen)
	set(able && it != nil, &k.Snooze)
	set(able && it != nil && len(it.failed) > 0, &k.Retry)
	set(list && it != nil && it.Err == nil && p.opts.Actions != nil, &k.Replay)
	set(list && (!p.day.IsZero() || len(p.marked) > 0), &k.Clear)
	asked := forming && p.form.leaving
	set(forming && !asked, k.form()...)
	set(forming, &k.Leave)
	set(asked, &k.Yes)
	set(trying, k.trial()...)
	ready := trying && p.replay.ready()
	set(ready, &k.LessFar, &k.MoreFar, &k.Exact, &k.Group)
	set(ready && p.cannot() == "", &k.Adopt)
}

// ShortHelp implements ui.Page.
func (p *Page) ShortHelp() []key.Binding {
	k := &p.keys
	switch {
	case p.form != nil && p.form.leaving:
		return []key.Binding{ui.Brief(k.Yes, "leave, and lose it"), ui.BriefKey(k.Leave, "any other key", "stay")}
	case p.form != nil:
		return []key.Binding{ui.BriefKey(k.Next, "tab", "next"), ui.Brief(k.Save, "save"), ui.Brief(k.Pick, "choose"), k.Leave, ui.Brief(k.Empty, "clear"), k.Change, k.Do}
	case p.replay != nil:
		return []key.Binding{ui.BriefKey(k.Less, "←/→", "change"), ui.BriefKey(k.Control, "↑/↓", "slider"), ui.Brief(k.Exact, "type it"), ui.Brief(k.Group, "refused by"),
			ui.Brief(k.Adopt, "use it"), ui.Brief(k.ReplayDone, "back"), ui.BriefKey(k.LessFar, "shift+←/→", "far")}
	}
	return []key.Binding{ui.Brief(k.Add, "add"), ui.Brief(k.Edit, "change"), ui.Brief(k.Replay, "replay a limit"), ui.Brief(k.Seen, "seen"), ui.Brief(k.Snooze, "snooze"),
		ui.Brief(k.Mark, "mark"), ui.Brief(k.Retry, "send again"), ui.Brief(k.Detail, "details"), ui.BriefKey(k.Earlier, "←/→", "day"), ui.Brief(k.Clear, p.clears()), ui.Brief(k.Remove, "remove"),
		ui.BriefKey(k.Up, "↑/↓", "choose"), ui.BriefKey(k.ScrollUp, "pgup/pgdn", "scroll")}
}

// FullHelp implements ui.Page.
func (p *Page) FullHelp() [][]key.Binding {
	k := &p.keys
	columns := [][]*key.Binding{k.list(), append(k.form(), &k.Yes), k.trial()}
	out := make([][]key.Binding, len(columns))
	for i, column := range columns {
		for _, b := range column {
			out[i] = append(out[i], *b)
		}
	}
	return out
}

// clears says what esc takes away next.
func (p *Page) clears() string {
	if p.day.IsZero() {
		return "no marks"
	}
	return "no day"
}
