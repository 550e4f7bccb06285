// Package trail remembers what a person did in the cockpit: the places where
// they were, so that they can go back and forward as in a browser, and the
// changes that they made, so that they can take them back.
//
// A [Trail] is told after every message where the person is ([Trail.Note]). Most
// of the time that is where they were; only another page or another key of a
// place makes a step. Going back never loses what lies ahead until another way
// is taken.
package trail

import (
	tea "charm.land/bubbletea/v2"

	"tokpit/tui/ui"
)

// Place is a page, and where on it.
type Place struct {
	Page string
	ui.Place
}

// is reports whether two places are the same one, looked at twice.
func (p Place) is(o Place) bool { return p.Page == o.Page && p.Key == o.Key }

// At is the place that a page is at.
func At(title string, of any) Place {
	p := Place{Page: title}
	if placed, ok := of.(ui.Placed); ok {
		p.Place = placed.Place()
	}
	return p
}

// Return brings a page back to a place of its own.
func Return(of any, p Place) tea.Cmd {
	if placed, ok := of.(ui.Placed); ok {
		return placed.Return(p.Place)
	}
	return nil
}

// Trail is the places, oldest first, and which of them the person is at. The
// zero trail is empty.
type Trail struct {
	places []Place
	at     int
	split  bool
}

// longest is more than anybody goes back.
const longest = 200

// Note says where the person is now.
func (t *Trail) Note(p Place) {
	if len(t.places) == 0 {
		t.places = append(t.places, p)
		return
	}
	if t.places[t.at].is(p) && !t.split {
		t.places[t.at] = p
		return
	}
	t.places = append(t.places[:t.at+1], p)
	if over := len(t.places) - longest; over > 0 {
		t.places = append(t.places[:0], t.places[over:]...)
	}
	t.at, t.split = len(t.places)-1, false
}

// Split makes the next place a new one, although it has the same key: what is
// jumped to lies beside what is walked to.
func (t *Trail) Split() { t.split = len(t.places) > 0 }

// Land says where the person really is after [Trail.Move]: what was there may be
// gone.
func (t *Trail) Land(p Place) {
	if len(t.places) > 0 {
		t.places[t.at] = p
	}
}

// Can reports whether there is a place so many steps on.
func (t *Trail) Can(by int) bool {
	to := t.at + by
	return to >= 0 && to < len(t.places)
}

// Move goes so many steps, and returns the place that is there.
func (t *Trail) Move(by int) (Place, bool) {
	if !t.Can(by) {
		return Place{}, false
	}
	t.at += by
	return t.places[t.at], true
}

// Clear forgets all places.
func (t *Trail) Clear() { *t = Trail{} }

// Undo is the changes that can be taken back, the last one first. The zero
// value has none.
type Undo struct{ changes []ui.Undoable }

// mostUndone is how many changes are remembered.
const mostUndone = 100

// Push remembers a change.
func (u *Undo) Push(c ui.Undoable) {
	u.changes = append(u.changes, c)
	if over := len(u.changes) - mostUndone; over > 0 {
		u.changes = append(u.changes[:0], u.changes[over:]...)
	}
}

// Last is the change that would be taken back next.
func (u *Undo) Last() (ui.Undoable, bool) {
	if n := len(u.changes); n > 0 {
		return u.changes[n-1], true
	}
	return ui.Undoable{}, false
}

// Pop takes the last change off.
func (u *Undo) Pop() (ui.Undoable, bool) {
	c, ok := u.Last()
	if ok {
		u.changes = u.changes[:len(u.changes)-1]
	}
	return c, ok
}

// Clear forgets all changes.
func (u *Undo) Clear() { u.changes = nil }
