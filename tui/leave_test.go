package tui

import (
	"testing"

	tea "charm.land/bubbletea/v2"

	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

// q asks before work is lost, as long as there is some.
func TestQuittingAsksAboutUnsavedWork(t *testing.T) {
	m := shown(t, tuitest.Sample(), 120, 40)
	drive(m, ui.Unsaved{Page: "Prices", What: "a scenario with 3 levers"})
	if _, cmd := m.Update(press("q")); quits(cmd) {
		t.Fatal("q quits over unsaved work")
	}
	wantText(t, m, "Not saved: a scenario with 3 levers", "Stay", "Go to Prices", "Quit and lose it")
	_, cmd := m.Update(tea.KeyPressMsg{Code: tea.KeyEnter})
	if quits(cmd) {
		t.Fatal("staying quits")
	}
	drive(m, press("q"), press("G"), press("o"))
	_, cmd = m.Update(tea.KeyPressMsg{Code: tea.KeyEnter})
	run(m, cmd)
	if m.page().Title() != "Prices" {
		t.Errorf("the page is %s", m.page().Title())
	}
	drive(m, press("q"), press("l"), press("o"), press("s"), press("e"))
	if _, cmd = m.Update(tea.KeyPressMsg{Code: tea.KeyEnter}); !quits(cmd) {
		t.Error("quitting stays")
	}
	drive(m, ui.Unsaved{Page: "Prices"})
	if _, cmd := m.Update(press("q")); !quits(cmd) {
		t.Error("q asks although all is saved")
	}
}
