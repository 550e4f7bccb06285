// Package explore is the page on which questions are answered: what was used
// and what it costs, by whatever tells usage apart, filtered, pivoted, compared
// with the time before, and down to single records and where each came from.
//
// A [step] is one question. Steps lie on a [trail], so that going back is
// showing an earlier one. Answering happens in commands: a [question] holds all
// that it takes, its [reply] all that is drawn, sorting included. One command
// runs at a time; what is asked meanwhile is asked when it has ended, and an
// answer to an older question is dropped. Update and View never wait.
//
// Cells without sessions come with the snapshot. What they cannot answer, single
// records and files are reached through [Actions].
package explore

import (
	"cmp"
	"context"
	"slices"

	"tokpit/pricing"
	"tokpit/report"
	"tokpit/tui/table"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// title is the page's name, and the address of its messages.
const title = "Explore"

// Actions reach what a snapshot does not hold, of the same data (that of the
// demo has a store of its own). They may take long; the page calls them from
// commands. An error may have a method Hint() string.
type Actions interface {
	// Cube reads cells that answer a query; with exact the records themselves,
	// where sums over a day do not do.
	Cube(ctx context.Context, s *report.Snapshot, q report.ExploreQuery, exact bool) (*usage.Cube, error)
	// Records returns the newest records that a query's span and filter let
	// through, at most limit, and how many there are in all. They are those that
	// are in the figures; if the filter names bases, all on these bases.
	Records(ctx context.Context, s *report.Snapshot, q report.Query, limit int) (traces []report.Trace, all int64, err error)
}

// Options is what the page can do besides asking the snapshot. All fields are
// optional.
type Options struct {
	Context context.Context // of all that is done in commands
	Actions Actions
	// Engine makes what answers questions about a cube; the default is
	// [report.NewExplorer].
	Engine func(*usage.Cube, *pricing.Book, []pricing.Plan) Engine
}

// Page is the page.
type Page struct {
	opts   Options
	keys   keyMap
	styles *ui.Styles
	lens   ui.Lens
	snap   *report.Snapshot

	trail   trail
	left    *step    // for one that is not answered yet; told as undoable with its answer
	figures []string // ids of the columns
	typing  bool

	coarse   Engine // of the snapshot's cube
	of       *usage.Cube
	fine     *reading
	work     work
	reply    *reply // what is shown; nil before the first answer
	follower follower
	hover    string // time of the charts under the mouse
	asked    bool   // the reply is an answer to the step that is shown
	failed   error

	table         *table.Model
	offset        int // first column of a pivot that is shown
	width, height int
	plan          plan
	chips         ui.Spots[*Page] // places that can be clicked
	times         []timePlace     // charts that can be pointed at
	frame         string          // "" is to be drawn
	spinning      bool
	turn          int // of the spinner
}

var _ ui.Page = (*Page)(nil)

// New returns the page without data.
func New(opts Options) *Page {
	if opts.Context == nil {
		opts.Context = context.Background()
	}
	if opts.Engine == nil {
		opts.Engine = newEngine
	}
	p := &Page{opts: opts, keys: newKeyMap(), styles: ui.DarkStyles(), figures: usual()}
	p.trail = trail{steps: []step{{by: []usage.Dimension{usage.ByModel}}}}
	p.follower.rest = usualRest
	p.table = table.New(&shaped{}, p.keys.Table)
	p.table.SetFocus(true)
	p.enable()
	return p
}

// Title implements ui.Page.
func (p *Page) Title() string { return title }

// CapturesText implements ui.Page.
func (p *Page) CapturesText() bool { return p.typing }

// SetSize implements ui.Page.
func (p *Page) SetSize(width, height int) {
	if width != p.width || height != p.height {
		p.width, p.height = width, height
		p.arrange()
	}
}

// SetTheme implements ui.Page.
func (p *Page) SetTheme(st *ui.Styles) {
	p.styles, p.frame = st, ""
	p.table.SetTheme(st)
}

// SetLens implements ui.Page. The figures follow with the next answer.
func (p *Page) SetLens(l ui.Lens) {
	if other := !l.SameUsage(p.lens); other || l.Cash != p.lens.Cash {
		p.work.stale = true
		if other {
			p.rebase(l)
		}
	}
	p.lens, p.frame = l, ""
}

// rebase asks the present question of another time or part of the usage. What it
// was limited to in ways that another choice has replaced it is no longer.
func (p *Page) rebase(l ui.Lens) {
	s := p.step()
	gone := func(w where) bool {
		return w.dim.IsTime() && l.Period != p.lens.Period || l.Filter[w.dim] != nil && !slices.Equal(l.Filter[w.dim], p.lens.Filter[w.dim])
	}
	if slices.ContainsFunc(s.wheres, gone) {
		next := s.fresh().clone()
		next.wheres = slices.DeleteFunc(next.wheres, gone)
		p.remember()
		p.trail.push(next)
		p.enable()
	}
}

// period is the span of time that questions are of.
func (p *Page) period() string { return cmp.Or(p.lens.Period, usualPeriod) }

// usualPeriod is the time of questions if nobody has chosen one.
const usualPeriod = "cycle"

// SetSnapshot implements ui.Page. What is on screen stays until the page is
// shown and has asked again.
func (p *Page) SetSnapshot(s *report.Snapshot) {
	p.snap, p.frame = s, ""
	p.work.stale = true
	if s.Cube != p.of || p.coarse == nil {
		p.of = s.Cube
		p.coarse = p.opts.Engine(cubeOf(s), bookOf(s), s.Plans)
	}
	p.arrange()
}

// cubeOf is the cells of a snapshot, none if it has none.
func cubeOf(s *report.Snapshot) *usage.Cube {
	if s == nil || s.Cube == nil {
		return usage.NewBuilder(0).Cube()
	}
	return s.Cube
}

// bookOf is the prices of a snapshot, none if it has none.
func bookOf(s *report.Snapshot) *pricing.Book {
	if s.Book == nil {
		return pricing.NewBook(&pricing.Table{})
	}
	return s.Book
}

// step is the question that is asked.
func (p *Page) step() *step { return p.trail.now() }
