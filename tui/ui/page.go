// Package ui holds what every page of the cockpit shares: the [Page] contract,
// the theme ([Styles], made of [Ink]), a [Pen] that draws lines of exactly one
// width, and the words and figures that people read ([Money], [Tokens],
// [Change], [Ago]).
//
// Pages are passive. The root model pushes size, data, theme and lens down by
// method calls; a page returns a string from View and commands from Update,
// and speaks upwards only through the messages of this package. View does no
// I/O and no sorting: whatever is slow is done once, when something is set.
package ui

import (
	"charm.land/bubbles/v2/help"
	tea "charm.land/bubbletea/v2"

	"tokpit/report"
)

// Page is one screen of the cockpit. The root model draws tabs above it and
// keys below it.
type Page interface {
	// ShortHelp is what the footer shows, FullHelp what `?` and the command
	// palette list: every binding that the page reacts to.
	help.KeyMap

	// Title is the page's name in the tab bar, one or two words.
	Title() string
	// Update handles a message. Mouse positions are relative to the page.
	Update(tea.Msg) tea.Cmd
	// View returns exactly as many lines as SetSize said, none wider.
	View() string

	SetSize(width, height int)
	// SetSnapshot hands over new data, never nil. The snapshot is shared and
	// must not be changed.
	SetSnapshot(*report.Snapshot)
	SetTheme(*Styles)
	SetLens(Lens)
	// CapturesText reports that the page is taking typed text, so that no key
	// but ctrl+c is global.
	CapturesText() bool
	// Sheet returns what makes a sheet of all that is shown now, also of rows that
	// are scrolled away; nil if nothing is that could leave the program. It is asked
	// often and takes no time. What it returns may take a while: it is called in a
	// command, when the page may already show something else.
	Sheet() func() *Sheet
	// Plain returns what the page shows as text to be read aloud (see [Speech]): the
	// headline figure first, then labelled lines. It is nil while the page still
	// works out what there is to show.
	Plain() []string
}

// Shown tells a page that it is on screen now, or that it has new data while it
// is: the moment to begin what only a command may do.
type Shown struct{}

// Open asks the root model to show the page with this title.
type Open string

// Notice is a remark for the status line; it goes away with the next key.
type Notice string

// OpenDemo asks the root model to continue with demo data.
type OpenDemo struct{}

// Tour asks the root model to begin the tour, with demo data where there is no
// other.
type Tour struct{}

// Sync asks the root model to read a source, or all of them if it names none,
// and to load what is new.
type Sync struct{ Source string }

// Reading tells pages how far the reading of a source is, in parts of its own.
// Done ≥ Total ends it.
type Reading struct {
	Source      string
	Done, Total int64
}

// Unsaved tells the root model that a page holds work that is kept nowhere yet,
// such as "a scenario with 3 levers"; "" if it does not any more. It is asked
// about before the program ends.
type Unsaved struct{ Page, What string }

// To is a message for the page with a title. A page wraps the answers of its own
// commands in it, so that they find the way back, whichever page is shown by
// then.
type To struct {
	Page string
	Msg  tea.Msg
}

// Send returns a command that delivers msg.
func Send(msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }
