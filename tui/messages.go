package tui

import (
	"context"
	"time"

	"tokpit/report"
	"tokpit/tui/budgets"
	"tokpit/tui/estimate"
	"tokpit/tui/explore"
	"tokpit/tui/overlay"
	"tokpit/tui/simulate"
	"tokpit/tui/sources"
)

// Reporter builds snapshots. It may block: the model calls it only from
// commands, never from two at once.
type Reporter interface {
	Snapshot(context.Context) (*report.Snapshot, error)
}

// Syncer reads what is new from sources, or from all of them if it is given
// none. It may report progress by sending [Syncing] to the program while it runs.
type Syncer interface {
	Sync(ctx context.Context, sources ...string) error
}

// Demonstrator opens demo data, kept apart from the user's own.
type Demonstrator interface {
	Demo(context.Context) (Reporter, error)
}

// Hinted is an error that knows what to do next; the hint is shown under it.
type Hinted interface {
	error
	Hint() string
}

// Options is what the cockpit can do besides showing. All fields are optional.
type Options struct {
	Syncer Syncer
	Demo   Demonstrator
	// Connector connects and disconnects sources; nil if that cannot be done.
	Connector sources.Connector
	// Explorer reads what snapshots do not hold, for the page that explores them;
	// nil if only snapshots can be asked.
	Explorer explore.Actions
	// Exporter writes what is exported; nil if it can only be copied.
	Exporter Exporter
	// Ledger writes whole months of the store that a snapshot was made from; nil if
	// only what is shown can be exported.
	Ledger func(*report.Snapshot) overlay.Ledger
	// Desk opens files and editors for prompts to be estimated; nil if there are none.
	Desk estimate.Desk
	// Budgets changes budgets and reads what was spent against them; nil if they
	// can only be looked at.
	Budgets budgets.Actions
	// Simulator keeps scenarios and reads what levers need besides a snapshot; nil if
	// there is neither.
	Simulator simulate.Actions
	// Period is the span of time to begin with, as [period.Parse] reads it; "" is
	// each page's own.
	Period string
	// Theme is the name of a theme (see [ui.ParseTheme]); "" follows the terminal.
	Theme string
	// Newcomer says who is to be offered the tour; nil if nobody is.
	Newcomer Newcomer
	// Now is the clock that ages are told by. The default is time.Now.
	Now func() time.Time
	// ReadOnly says why nothing can be written ("" if it can). It is shown
	// above every page.
	ReadOnly string
}

// DataChanged tells the model that the store has new data. It loads it in the
// background.
type DataChanged struct{}

// Syncing is progress of a sync that runs outside the model: Done of Total
// files of this machine, or parts of the provider's source that it names.
// Done ≥ Total ends it; that of files (the zero Syncing) ends also what an
// earlier sync had [Failed] at.
type Syncing struct {
	Done, Total int64
	Source      string

	began time.Time // when it was heard of first, and how far it was then
	from  int64
}

// Failed is an error from outside the model. It is shown above the data until
// the next sync has ended, or a person asks for one.
type Failed struct{ Err error }
