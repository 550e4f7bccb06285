package tui

import (
	"strconv"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/tui/layout"
	"tokpit/tui/overlay"
	"tokpit/tui/ui"
)

// keyMap is the keys that work on every page.
type keyMap struct {
	NextPage, PreviousPage             key.Binding
	Refresh, Cash, Theme, Help, Search key.Binding
	Time, Filter, All                  key.Binding // what holds on all pages
	Back, Forward, Undo, Copy          key.Binding
	Export                             key.Binding // of pages that have something to export
	Leave                              key.Binding // demo data that was opened from inside
	Stop                               key.Binding // a sync that runs
	Quit, ForceQuit                    key.Binding
}

func newKeyMap() keyMap {
	return keyMap{
		NextPage:     key.NewBinding(key.WithKeys("]", "ctrl+pgdown"), key.WithHelp("]", "next page")),
		PreviousPage: key.NewBinding(key.WithKeys("[", "ctrl+pgup"), key.WithHelp("[", "previous page")),
		Refresh:      key.NewBinding(key.WithKeys("r", "ctrl+r"), key.WithHelp("r", "refresh")),
		Cash:         key.NewBinding(key.WithKeys("c", "$"), key.WithHelp("c", "cash or API-equivalent")),
		Theme:        key.NewBinding(key.WithKeys("T"), key.WithHelp("T", "next theme")),
		Help:         key.NewBinding(key.WithKeys("?", "f1"), key.WithHelp("?", "help")),
		Search:       key.NewBinding(key.WithKeys(":", "ctrl+k"), key.WithHelp(":", "commands")),
		Time:         key.NewBinding(key.WithKeys("t"), key.WithHelp("t", "span of time"), key.WithDisabled()),
		Filter:       key.NewBinding(key.WithKeys("f"), key.WithHelp("f", "part of the usage"), key.WithDisabled()),
		All:          key.NewBinding(key.WithKeys("X"), key.WithHelp("X", "all usage again"), key.WithDisabled()),
		Export:       key.NewBinding(key.WithKeys("x"), key.WithHelp("x", "export what is shown")),
		Back:         key.NewBinding(key.WithKeys("<", "alt+left"), key.WithHelp("<", "back to where you were")),
		Forward:      key.NewBinding(key.WithKeys(">", "alt+right"), key.WithHelp(">", "forward again")),
		Undo:         key.NewBinding(key.WithKeys("u", "ctrl+z"), key.WithHelp("u", "undo the last change")),
		Copy:         key.NewBinding(key.WithKeys("y"), key.WithHelp("y", "copy (yy: the figure)")),
		Leave:        key.NewBinding(key.WithKeys("D"), key.WithHelp("D", "back to your own data"), key.WithDisabled()),
		Stop:         key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "stop reading"), key.WithDisabled()),
		Quit:         key.NewBinding(key.WithKeys("q"), key.WithHelp("q", "quit")),
		ForceQuit:    key.NewBinding(key.WithKeys("ctrl+c"), key.WithHelp("ctrl+c", "quit at any time")),
	}
}

// enableLens switches the keys of the lens to what can be done now.
func (k *keyMap) enableLens(usage, narrow bool) {
	k.Time.SetEnabled(usage)
	k.Filter.SetEnabled(usage)
	k.All.SetEnabled(narrow)
}

// pageKeys are the numbers of the tabs.
func (m *Model) pageKeys() []key.Binding {
	out := make([]key.Binding, min(len(m.pages), 9))
	for i := range out {
		n := strconv.Itoa(i + 1)
		out[i] = key.NewBinding(key.WithKeys(n), key.WithHelp(n, "go to "+m.pages[i].Title()))
	}
	return out
}

// global lists the keys of the root model.
func (m *Model) global() []key.Binding {
	k := &m.keys
	return append(m.pageKeys(), k.NextPage, k.PreviousPage, k.Time, k.Filter, k.All, k.Back, k.Forward,
		k.Undo, k.Copy,
		k.Refresh, k.Cash, k.Theme, m.exportKey(), k.Leave, k.Stop, k.Search, k.Help, k.Quit, k.ForceQuit)
}

// always are the keys that the footer keeps at any width. Where text is typed
// only one of them is no text.
func (m *Model) always() []key.Binding {
	if m.page().CapturesText() {
		return []key.Binding{ui.Brief(m.keys.ForceQuit, "quit")}
	}
	return []key.Binding{m.keys.Help, m.keys.Quit}
}

// press routes a key: boxes, a page that takes text, global keys, the page.
func (m *Model) press(msg tea.KeyPressMsg) tea.Cmd {
	m.notice = ""
	if key.Matches(msg, m.keys.ForceQuit) {
		return tea.Quit
	}
	if msg.Code == tea.KeyF1 { // also where text is typed, and in boxes
		return m.help()
	}
	if top, open := m.modals.Top(); open {
		if key.Matches(msg, m.keys.Copy) && !top.CapturesText() && len(clips(top)) > 0 {
			return m.copyFrom()
		}
		return m.modals.Update(msg, m.area())
	}
	if !m.page().CapturesText() {
		if cmd, done := m.pressGlobal(msg); done {
			return cmd
		}
	}
	return m.page().Update(msg)
}

func (m *Model) pressGlobal(msg tea.KeyPressMsg) (cmd tea.Cmd, done bool) {
	k := &m.keys
	switch {
	case key.Matches(msg, k.Quit):
		return m.quit(), true
	case key.Matches(msg, k.Stop):
		return m.stop(), true
	case key.Matches(msg, k.NextPage):
		m.active = (m.active + 1) % len(m.pages)
	case key.Matches(msg, k.PreviousPage):
		m.active = (m.active + len(m.pages) - 1) % len(m.pages)
	case key.Matches(msg, k.Back):
		cmd = m.walk(-1)
	case key.Matches(msg, k.Forward):
		cmd = m.walk(1)
	case key.Matches(msg, k.Copy):
		cmd = m.copyFrom()
	case key.Matches(msg, k.Undo):
		cmd = m.takeBack()
	case key.Matches(msg, k.Refresh):
		cmd = m.refresh("")
	case key.Matches(msg, m.exportKey()):
		cmd = m.export()
	case key.Matches(msg, k.Leave):
		cmd = m.show(m.own, false)
	case key.Matches(msg, k.Cash):
		m.toggleCash()
	case key.Matches(msg, k.Theme):
		m.chooseTheme(m.look.theme().Next())
	case key.Matches(msg, k.Help):
		cmd = m.help()
	case key.Matches(msg, k.Search):
		cmd = m.search()
	default:
		if cmd, done := m.pressLens(msg); done {
			return cmd, true
		}
		for i, b := range m.pageKeys() {
			if key.Matches(msg, b) {
				m.active = i
				return nil, true
			}
		}
		return nil, false
	}
	return cmd, true
}

// toggleCash changes what figures show. Without a plan both are the same, so
// the key says what to do instead.
func (m *Model) toggleCash() {
	if m.snap != nil && !m.snap.PlanSet {
		m.notice = "No plan is set, so cash is not known: tokpit plan set claude-code --monthly 200 --from 2026-05-01"
		return
	}
	to := m.lens
	to.Cash = !to.Cash
	m.setLens(to)
	m.seen = nil // the page on screen may have to work something out
	m.notice = "Figures show cost as API-equivalent: tokens × price"
	if m.lens.Cash {
		m.notice = "Figures show cash: usage under no plan, plus plan fees"
	}
}

// helpGroups lists every key that works here.
func (m *Model) helpGroups() []overlay.Group {
	var page []key.Binding
	for _, column := range m.page().FullHelp() {
		page = append(page, column...)
	}
	groups := []overlay.Group{{Title: m.page().Title(), Bindings: page}, {Title: "Everywhere", Bindings: m.global()}}
	if top, open := m.modals.Top(); open {
		var box []key.Binding
		for _, column := range top.FullHelp() {
			box = append(box, column...)
		}
		groups = append([]overlay.Group{{Title: "This box: " + ui.CutName(ui.Text(top.Title()), 24), Bindings: box}}, groups...)
	}
	return groups
}

// commands lists every key of every group as a command; pages are among them.
func (m *Model) commands() []overlay.Command {
	var out []overlay.Command
	for _, g := range m.helpGroups() {
		out = append(out, overlay.Commands(g.Title, g.Bindings)...)
	}
	out = append(out, m.themeCommands()...)
	return append(append(out, m.unbound()...), m.others()...)
}

// paste goes to whoever takes text: a page may, although nobody types there yet.
func (m *Model) paste(msg tea.PasteMsg) tea.Cmd {
	if top, ok := m.modals.Top(); ok {
		if top.CapturesText() {
			return m.modals.Update(msg, m.area())
		}
		return nil
	}
	if m.snap == nil {
		return nil
	}
	return m.page().Update(msg)
}

// tooSmall reports a terminal in which nothing can be drawn.
func (m *Model) tooSmall() bool { return m.width < layout.MinWidth || m.height < layout.MinHeight }
