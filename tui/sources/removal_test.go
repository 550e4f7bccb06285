package sources

import (
	"errors"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"tokpit/tui/overlay"
	"tokpit/tui/ui"
)

// Removing asks what becomes of the records, and asks again; nothing is chosen
// for a person.
func TestRemove(t *testing.T) {
	for _, c := range []struct {
		keys string
		want []string
	}{{"ky", []string{"keep acme-openai"}}, {"py", []string{"purge acme-openai"}}, {"kn", nil}, {"yq", nil}, {"pq", nil}} {
		p, conn := connecting(t)
		press(p, "esc", "down", "down")
		m := press(p, "d")().(overlay.Open).Modal
		for _, k := range c.keys {
			cmd, done := m.Update(keyOf(string(k)))
			said := run(p, cmd)
			if cmd != nil && (!done || len(said) != 2) {
				t.Errorf("%s: done %v, said %v", c.keys, done, said)
			}
		}
		if !slices.Equal(conn.removed, c.want) {
			t.Errorf("%s removes %q, want %q", c.keys, conn.removed, c.want)
		}
	}
	p, conn := connecting(t)
	conn.err = hinted{errors.New("the store is busy")}
	press(p, "esc")
	if press(p, "d") != nil {
		t.Error("a log can be removed")
	}
	press(p, "end") // nobody reads it any more: only its records are left
	m := press(p, "d")().(overlay.Open).Modal
	if _, done := m.Update(keyOf("k")); done || conn.removed != nil {
		t.Error("there is nothing to keep")
	}
	m.Update(keyOf("p"))
	cmd, _ := m.Update(keyOf("y"))
	said := run(p, cmd)
	if len(said) != 1 || !strings.Contains(string(said[0].(ui.Notice)), "crush was not removed: the store is busy (an admin key") {
		t.Errorf("said %v", said)
	}
}

// What the keys do, the mouse does too.
func TestRemoveByMouse(t *testing.T) {
	p, conn := connecting(t)
	press(p, "esc", "down", "down")
	m := press(p, "d")().(overlay.Open).Modal
	click := func(text string) tea.Cmd {
		t.Helper()
		w, h := m.Size(100, 30)
		for y, line := range m.Lines(ui.NewStyles(ui.Theme{}), w, h) {
			if strings.Contains(line, text) {
				cmd, _ := m.Update(tea.MouseClickMsg{X: 3, Y: y, Button: tea.MouseLeft})
				return cmd
			}
		}
		t.Fatalf("the box lacks %q", text)
		return nil
	}
	click("purge them")
	run(p, click("yes, delete them"))
	if !slices.Equal(conn.removed, []string{"purge acme-openai"}) {
		t.Errorf("removed %q", conn.removed)
	}
}
