package trail

import (
	"fmt"
	"testing"

	"tokpit/tui/ui"
)

func at(page, key string, state any) Place { return Place{page, ui.Place{Key: key, At: state}} }

func TestBackAndForward(t *testing.T) {
	var tr Trail
	if tr.Can(-1) || tr.Can(1) {
		t.Fatal("an empty trail leads somewhere")
	}
	tr.Note(at("Overview", "", 1))
	tr.Note(at("Overview", "", 2)) // moved about: the same place
	tr.Note(at("Explore", "a", 1))
	tr.Note(at("Explore", "b", 1))
	for i, want := range []Place{at("Explore", "a", 1), at("Overview", "", 2)} {
		got, ok := tr.Move(-1)
		if !ok || got != want {
			t.Fatalf("step %d: %v %v, want %v", i, got, ok, want)
		}
		tr.Note(got) // as the root does after every message
	}
	if _, ok := tr.Move(-1); ok {
		t.Error("there is something before the first place")
	}
	if got, ok := tr.Move(2); !ok || got.Key != "b" {
		t.Errorf("forward leads to %v", got)
	}
	tr.Move(-1)
	tr.Note(at("Budgets", "", nil)) // another way: what lay ahead is gone
	if tr.Can(1) || !tr.Can(-2) || tr.Can(-3) {
		t.Error("another way does not replace what lay ahead")
	}
}

func TestSplitKeepsBoth(t *testing.T) {
	var tr Trail
	tr.Note(at("Budgets", "list", "support-bot"))
	tr.Split()
	tr.Note(at("Budgets", "list", "org"))
	if got, ok := tr.Move(-1); !ok || got.At != "support-bot" {
		t.Errorf("%v %v", got, ok)
	}
}

func TestTrailsEnd(t *testing.T) {
	var tr Trail
	var u Undo
	for i := range 3 * longest {
		tr.Note(at("Explore", fmt.Sprint(i), nil))
		u.Push(ui.Undoable{What: fmt.Sprint(i)})
	}
	if !tr.Can(-(longest - 1)) || tr.Can(-longest) {
		t.Error("the trail is not as long as it may be")
	}
	if got, _ := tr.Move(-1); got.Key != fmt.Sprint(3*longest-2) {
		t.Errorf("before the last is %v", got)
	}
	n := 0
	for c, ok := u.Pop(); ok; c, ok = u.Pop() {
		if c.What != fmt.Sprint(3*longest-1-n) {
			t.Fatalf("change %d is %q", n, c.What)
		}
		n++
	}
	if n != mostUndone {
		t.Errorf("%d changes are remembered", n)
	}
}
