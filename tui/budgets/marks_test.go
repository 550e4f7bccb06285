package budgets

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"tokpit/budget"
	"tokpit/report"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

// What is marked is removed together, and comes back together.
func TestRemoveSeveral(t *testing.T) {
	a := spender()
	p := pageOf(a, tuitest.Budgeted(), 120, 37)
	press(p, "home", "space", "space", "space") // all, ci, lab
	want(t, view(p), "3 marked", "✓ all", "✓ ci", "✓ lab", "▸   web")
	press(p, "up", "space")
	want(t, view(p), "2 marked")
	box := modal(t, press(p, "d"))
	if box.Title() != "Remove 2 budgets?" {
		t.Errorf("title %q", box.Title())
	}
	want(t, ansi.Strip(strings.Join(box.Lines(ui.NewStyles(ui.Theme{}), 80, 10), "\n")), "all, ci", "Keep them")
	told := pick(t, p, box, "Remove them")
	want(t, notices(told), "2 budgets removed; u takes that back")
	if strings.Contains(view(p), "marked") {
		t.Error("marks stay after what they were for")
	}
	want(t, notices(undo(t, p, told)), "2 budgets back: the last change is taken back")
	if got := strings.Join(a.told, ", "); got != "remove all, remove ci, save all, save ci" {
		t.Errorf("asked: %s", got)
	}
}

// half does what it is asked once, and then no more.
type half struct{ *actions }

func (h half) Remove(ctx context.Context, s *report.Snapshot, was budget.Budget) error {
	defer func() { h.err = errors.New("the disk is full") }()
	return h.actions.Remove(ctx, s, was)
}

// What fails in the middle says what is done, and that much can be taken back.
func TestRemoveSeveralInPart(t *testing.T) {
	a := spender()
	p := pageOf(half{a}, tuitest.Budgeted(), 120, 37)
	press(p, "home", "space", "space")
	told := pick(t, p, modal(t, press(p, "d")), "Remove them")
	want(t, notices(told), "! all removed; u takes that back. Not the others: the disk is full")
	want(t, view(p), "2 marked")
	a.err = nil
	want(t, notices(undo(t, p, told)), "all back")
}

// taken refuses a name that is taken by now.
type taken struct {
	*actions
	name string
}

func (x taken) Save(ctx context.Context, s *report.Snapshot, was *budget.Budget, b budget.Budget) error {
	if b.Name == x.name {
		return errors.New("there is one of that name")
	}
	return x.actions.Save(ctx, s, was, b)
}

// One that cannot come back does not keep the others away.
func TestRemovedSeveralComeBackInPart(t *testing.T) {
	a := spender()
	p := pageOf(taken{a, "all"}, tuitest.Budgeted(), 120, 37)
	press(p, "home", "space", "space") // all, ci
	told := pick(t, p, modal(t, press(p, "d")), "Remove them")
	want(t, notices(undo(t, p, told)), "! ci back: the last change is taken back. Not the others: there is one of that name")
	if len(a.saved) != 1 || a.saved[0].Name != "ci" {
		t.Errorf("back came %v", a.saved)
	}
}

// Several are silenced at once, each to the end of its own period if one likes;
// taking it back brings each to where it was.
func TestSnoozeSeveral(t *testing.T) {
	a := spender()
	p := pageOf(a, tuitest.Budgeted(), 120, 37)
	press(p, "end", "space", "home", "space") // web is silent already
	told := pick(t, p, modal(t, press(p, "z")), "To the end of the period")
	want(t, notices(told), "2 budgets are silent")
	undo(t, p, told)
	told = pick(t, p, modal(t, press(p, "z")), "For a week")
	want(t, notices(told), "ci is silent until") // marks are gone
	if got := strings.Join(a.told, ", "); !strings.HasPrefix(got, "snooze all 1 Dec 00:00, snooze web ") || !strings.Contains(got, ", snooze all 20 Nov 15:00, snooze web 21 Nov 06:00, ") {
		t.Errorf("asked: %s", got)
	}
	press(p, "space", "left", "esc")
	want(t, view(p), "1 marked")
	press(p, "esc")
	if strings.Contains(view(p), "marked") {
		t.Error("esc does not take marks away")
	}
}
