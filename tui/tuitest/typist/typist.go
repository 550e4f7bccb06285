// Package typist types at one page of the cockpit, in place of the root model: it
// runs the commands of the page and all that follows from them, shows the boxes
// that it opens, and looks at the screen.
//
// Only tests import it.
package typist

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokpit/budget"
	"tokpit/report"
	"tokpit/tui/filter"
	"tokpit/tui/overlay"
	"tokpit/tui/period"
	"tokpit/tui/ui"
)

// State is what a page was told last.
type State struct {
	Snapshot      *report.Snapshot
	Lens          ui.Lens
	Width, Height int
}

// Typist types at a page, and keeps what it says to the root model.
type Typist struct {
	TB    testing.TB
	To    ui.Page
	State func() State

	Modals  overlay.Stack
	Notices []string
	Copied  []string
	Unsaved string
}

// patience is how long a command may take; generous, because the race detector and
// a loaded machine are slow.
const patience = 10 * time.Second

// Run executes a command and all that follow from it.
func (t *Typist) Run(cmd tea.Cmd) {
	t.TB.Helper()
	if cmd == nil {
		return
	}
	got := make(chan tea.Msg, 1)
	go func() { got <- cmd() }()
	var msg tea.Msg
	select {
	case msg = <-got:
	case <-time.After(patience):
		t.TB.Fatal("a command never ended")
	}
	switch msg := msg.(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			t.Run(c)
		}
	case ui.To:
		t.Run(t.To.Update(msg.Msg))
	case ui.Narrow:
		t.Narrow(msg)
	case ui.ChoosePeriod:
		t.lensKey("t")
	case ui.Notice:
		t.Notices = append(t.Notices, string(msg))
	case ui.Unsaved:
		t.Unsaved = msg.What
	case overlay.Open:
		t.Modals.Push(msg.Modal)
	default:
		if strings.HasSuffix(fmt.Sprintf("%T", msg), ".setClipboardMsg") { // which has no name outside
			t.Copied = append(t.Copied, fmt.Sprint(msg))
		}
	}
}

// Narrow does what the root model does with what holds on all pages.
func (t *Typist) Narrow(n ui.Narrow) {
	t.To.SetLens(ui.Lens{Cash: t.State().Lens.Cash, Period: n.Period, Filter: n.Filter})
	t.Run(t.To.Update(ui.Shown{}))
}

// lensKey does what the root model's keys do, and reports whether it has one.
func (t *Typist) lensKey(name string) bool {
	s := t.State()
	switch name {
	case "t":
		t.Modals.Push(period.Picker(period.Calendar(s.Snapshot), period.Usual(), s.Lens.Period,
			func(text string) tea.Msg { return ui.Narrow{Period: text, Filter: s.Lens.Filter} }))
	case "f":
		t.Modals.Push(filter.Picker(s.Snapshot.Names, filter.Values(t.TB.Context(), s.Snapshot), s.Lens.Filter,
			func(scope budget.Scope) tea.Msg { return ui.Narrow{Period: s.Lens.Period, Filter: scope} }))
	case "X":
		t.Narrow(ui.Narrow{})
	default:
		return false
	}
	return true
}

// Key is the message of a key by its name, which may begin with "shift+".
func Key(name string) tea.KeyPressMsg {
	base, shifted := strings.CutPrefix(name, "shift+")
	mod := tea.KeyMod(0)
	if shifted {
		mod = tea.ModShift
	}
	if code, ok := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "down": tea.KeyDown, "left": tea.KeyLeft, "space": tea.KeySpace,
		"right": tea.KeyRight, "up": tea.KeyUp, "end": tea.KeyEnd, "home": tea.KeyHome, "backspace": tea.KeyBackspace, "pgdown": tea.KeyPgDown, "delete": tea.KeyDelete}[base]; ok {
		return tea.KeyPressMsg{Code: code, Mod: mod}
	}
	return tea.KeyPressMsg{Text: base, Code: []rune(base)[0], Mod: mod}
}

// Keys types keys by name, into the topmost box or the page.
func (t *Typist) Keys(names ...string) {
	t.TB.Helper()
	for _, name := range names {
		msg := Key(name)
		if top, open := t.Modals.Top(); open {
			cmd, done := top.Update(msg)
			if done {
				t.Modals.Pop()
			}
			t.Run(cmd)
			continue
		}
		if t.To.CapturesText() || !t.lensKey(name) {
			t.Run(t.To.Update(msg))
		}
	}
}

// Typed types a text.
func (t *Typist) Typed(text string) {
	t.TB.Helper()
	for _, r := range text {
		t.Keys(string(r))
	}
}

// Screen is what is shown, the topmost box included.
func (t *Typist) Screen() string {
	page, s := ansi.Strip(t.To.View()), t.State()
	if top, open := t.Modals.Top(); open {
		w, h := top.Size(s.Width-6, s.Height-2)
		page += "\n" + top.Title() + "\n" + ansi.Strip(strings.Join(top.Lines(ui.NewStyles(ui.Theme{}), w, h), "\n"))
	}
	return page
}

// See wants texts on the screen.
func (t *Typist) See(texts ...string) {
	t.TB.Helper()
	got := t.Screen()
	for _, text := range texts {
		if !strings.Contains(got, text) {
			t.TB.Errorf("the page lacks %q:\n%s", text, got)
		}
	}
}

// Miss wants texts not to be on the screen.
func (t *Typist) Miss(texts ...string) {
	t.TB.Helper()
	got := t.Screen()
	for _, text := range texts {
		if strings.Contains(got, text) {
			t.TB.Errorf("the page has %q:\n%s", text, got)
		}
	}
}

// Check tests what holds in every state: the place is filled, no line is wider,
// and every key has words.
func (t *Typist) Check() {
	t.TB.Helper()
	s := t.State()
	lines := strings.Split(t.To.View(), "\n")
	if len(lines) != s.Height {
		t.TB.Fatalf("%d lines of %d", len(lines), s.Height)
	}
	for _, l := range lines {
		if w := ansi.StringWidth(ansi.Strip(l)); w > s.Width {
			t.TB.Fatalf("a line of %d columns of %d: %q", w, s.Width, ansi.Strip(l))
		}
	}
	for _, b := range t.To.ShortHelp() {
		if b.Enabled() && (b.Help().Key == "" || b.Help().Desc == "") {
			t.TB.Fatalf("a binding of %v without words", b.Keys())
		}
	}
}
