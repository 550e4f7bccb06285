package tui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

// column is where a text stands on a line of the screen.
func column(t *testing.T, m *Model, text string) (x, y int) {
	t.Helper()
	for y, line := range strings.Split(plain(m.render()), "\n") {
		if i := strings.Index(line, text); i >= 0 {
			return ui.Width(line[:i]), y
		}
	}
	t.Fatalf("no %q on the screen:\n%s", text, plain(m.render()))
	return 0, 0
}

func click(t *testing.T, m *Model, text string) tea.Cmd {
	t.Helper()
	x, y := column(t, m, text)
	_, cmd := m.Update(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
	return cmd
}

// The keys of the footer and of the edge of a box can be clicked.
func TestKeysCanBeClicked(t *testing.T) {
	m := shown(t, tuitest.Sample(), 160, 40)
	click(t, m, "? help")
	wantText(t, m, "╭─ Keys")
	click(t, m, "esc close")
	rejectText(t, m, "╭─ Keys")
	for width := 60; width <= 200; width += 20 {
		drive(m, tea.WindowSizeMsg{Width: width, Height: 30})
		click(t, m, "? help")
		wantText(t, m, "╭─ Keys")
		drive(m, tea.KeyPressMsg{Code: tea.KeyEscape})
		if cmd := click(t, m, "q quit"); !quits(cmd) {
			t.Errorf("width %d: q cannot be clicked", width)
		}
	}
	drive(m, tea.MouseClickMsg{X: 0, Y: 29, Button: tea.MouseLeft}, tea.MouseClickMsg{X: 199, Y: 29, Button: tea.MouseLeft})
}

// Help tells of the box that is open first, also where text is typed.
func TestHelpKnowsTheBox(t *testing.T) {
	m := shown(t, tuitest.Sample(), 160, 50)
	f1 := tea.KeyPressMsg{Code: tea.KeyF1}
	drive(m, press(":"), f1)
	wantText(t, m, "╭─ Keys", "This box: Commands", "do it", "Everywhere")
	drive(m, f1)
	wantText(t, m, "╭─ Commands")
	drive(m, tea.KeyPressMsg{Code: tea.KeyEscape}, ui.Open("Prices"), press("/"), f1)
	wantText(t, m, "╭─ Keys", "Prices", "keep the filter")
	rejectText(t, m, "This box")
}
