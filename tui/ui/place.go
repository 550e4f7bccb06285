package ui

import (
	tea "charm.land/bubbletea/v2"

	"tokpit/usage"
)

// Place is where a person is on a page: what they would want to come back to.
type Place struct {
	// Key tells places apart. As long as it stays the same, moving about (a cursor,
	// a scroll) changes the place and makes no new one.
	Key string
	// At is what the page needs to be there again; only the page reads it.
	At any
}

// Placed is a page with places of its own. The root model asks it after each
// message where it is, so Place takes no time.
type Placed interface {
	Place() Place
	// Return shows a place again, as well as today's data can.
	Return(Place) tea.Cmd
}

// Seek asks for a page with something on it: usage of a project, a budget, a
// source. The root model shows the page and hands the message on.
type Seek struct {
	Page string
	Kind SeekKind
	Dim  usage.Dimension // of SeekUsage
	Name string          // an id or a name, as the page knows it
}

// SeekKind is what is sought.
type SeekKind uint8

// The kinds of things that can be sought.
const (
	SeekUsage    SeekKind = iota // of a value of a dimension
	SeekBudget                   // by name
	SeekSource                   // by name
	SeekModel                    // in the price book, as provider/model
	SeekScenario                 // by name
)

// Clip is something that can be copied.
type Clip struct {
	Name string // "the figure"
	Note string // how it begins, or how much it is; "" shows the beginning of Text
	Text string // what is copied; external text in it need not be clean
	// Make makes what takes a while, instead of Text. It is called in a command.
	Make func() ([]byte, error)
}

// Clipped is a page or a box of which parts can be copied, the nearest to the
// cursor first. It is asked when somebody wants to copy.
type Clipped interface {
	Clips() []Clip
}

// Undoable tells the root model of a change that a person made and can take
// back.
type Undoable struct {
	Page string // where it is seen
	What string // "support-bot was removed"
	Undo tea.Cmd
}
