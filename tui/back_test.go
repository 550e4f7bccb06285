package tui

import (
	"testing"

	tea "charm.land/bubbletea/v2"

	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

// Back leads over pages and what was looked at on them; forward leads there
// again.
func TestBackAndForward(t *testing.T) {
	m := shown(t, everything(), 160, 50)
	last := m.snap.Budgets.Standings[len(m.snap.Budgets.Standings)-1].Budget.Name
	live(m, press("2"), enter())                           // into a model
	live(m, press("5"), tea.KeyPressMsg{Code: tea.KeyEnd}) // the last budget
	wantText(t, m, "▸ "+last)
	live(m, press("6"), tea.KeyPressMsg{Code: tea.KeyTab}) // changes of prices
	wantText(t, m, "Changes")
	section := text(m)
	live(m, press("<"))
	if text(m) == section {
		t.Error("back does not leave the section")
	}
	live(m, press("<"))
	wantText(t, m, "▸ "+last)
	live(m, tea.KeyPressMsg{Code: tea.KeyLeft, Mod: tea.ModAlt})
	wantText(t, m, "All usage › model")
	live(m, press("<"))
	rejectText(t, m, "All usage › model")
	live(m, tea.MouseClickMsg{Button: tea.MouseBackward})
	wantText(t, m, "Models ──")
	live(m, press("<")) // there is nothing before
	wantText(t, m, "Models ──")
	live(m, press(">"), tea.KeyPressMsg{Code: tea.KeyRight, Mod: tea.ModAlt})
	wantText(t, m, "All usage › model")
	live(m, press(">"), press(">"), tea.MouseClickMsg{Button: tea.MouseForward})
	if text(m) != section {
		t.Errorf("forward does not end where back began:\n%s", text(m))
	}
}

// A jump on the page that is shown can be gone back from.
func TestBackFromAJump(t *testing.T) {
	m := shown(t, everything(), 160, 50)
	names := m.snap.Budgets.Standings
	live(m, ui.Open("Budgets"), tea.KeyPressMsg{Code: tea.KeyHome})
	jump(m, "budget "+names[len(names)-1].Budget.Name)
	wantText(t, m, "▸ "+names[len(names)-1].Budget.Name)
	live(m, press("<"))
	wantText(t, m, "▸ "+names[0].Budget.Name)
}

// Other data has other places and other changes.
func TestOtherDataHasNoHistory(t *testing.T) {
	m := shown(t, tuitest.Empty(), 120, 40)
	play(m, press("5"), ui.Undoable{Page: "Budgets", What: "a change"}, press("1"), press("d"))
	if m.been.Can(-1) {
		t.Error("places of other data can be gone back to")
	}
	if _, ok := m.undo.Last(); ok {
		t.Error("changes of other data can be taken back")
	}
}

func TestUndo(t *testing.T) {
	m := shown(t, everything(), 160, 50)
	drive(m, press("u"))
	wantText(t, m, "There is nothing to undo")
	done := make(chan string, 3) // commands run beside the model
	change := func(what string) ui.Undoable {
		return ui.Undoable{Page: "Budgets", What: what, Undo: func() tea.Msg { done <- what; return nil }}
	}
	live(m, change("first"), change("second\x1b[31m"), press("u"))
	wantText(t, m, "Taken back: second", "Budgets")
	if m.page().Title() != "Budgets" {
		t.Errorf("undoing shows %s", m.page().Title())
	}
	live(m, tea.KeyPressMsg{Code: 'z', Mod: tea.ModCtrl}, press("u"))
	if a, b := <-done, <-done; a != "second\x1b[31m" || b != "first" || len(done) > 0 {
		t.Errorf("taken back: %q, then %q, and %d more", a, b, len(done))
	}
	wantText(t, m, "There is nothing to undo")
}

// A step of Explore is taken back from another page, too.
func TestUndoOfAStep(t *testing.T) {
	m := shown(t, everything(), 160, 50)
	live(m, press("2"), enter())
	wantText(t, m, "All usage › model")
	live(m, press("1"), press("u"))
	rejectText(t, m, "All usage › model")
	wantText(t, m, "All usage", "Taken back: the last step in Explore")
	if _, more := m.undo.Last(); more {
		t.Error("taking back is a change of its own")
	}
}
