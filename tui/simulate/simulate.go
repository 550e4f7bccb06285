// Package simulate is the page on which a person pulls levers on their own usage
// and watches the bill move: other models, shorter prompts, caching, batches.
//
// Before any lever is there it shows what would save most, and each line of that
// can be taken as a lever. Levers are sliders; each shows what it contributes,
// and the contributions add up to the figure at the top. Beneath them stand the
// models before and after, the ranking, a chart of cost against quality, or up
// to four scenarios side by side.
//
// Reading the usage is done once per scope and span, in a command whose stale
// results are dropped. A slider then moves in Update: [scenario.Base.Run] takes
// a few milliseconds, and only what changed is drawn again.
//
// What the page needs besides the snapshot (saved scenarios, imported scores,
// records, files) it asks of [Actions], from commands.
package simulate

import (
	"context"

	"tokpit/budget"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/scenario"
	"tokpit/tui/table"
	"tokpit/tui/ui"
)

// title is the page's name, and the address of its messages.
const title = "Simulate"

// Actions reach what a snapshot does not hold. They may take long; the page calls
// them from commands. An error may have a method Hint() string.
type Actions interface {
	// Base prepares the usage of a query, from cells of the same data as the
	// snapshot. What the levers need to be exact, such as records, is read too.
	Base(ctx context.Context, s *report.Snapshot, q report.Query, levers []scenario.Lever) (*scenario.Base, error)
	// Scores returns the scores that the person has imported.
	Scores(ctx context.Context, s *report.Snapshot) ([]scenario.ScoreSet, error)
	// Scenarios returns what has been saved, by name.
	Scenarios(ctx context.Context, s *report.Snapshot) ([]scenario.Saved, error)
	// Save keeps a scenario under its name, in place of one that has it.
	Save(ctx context.Context, s *report.Snapshot, saved scenario.Saved) error
	// Forget removes a saved scenario.
	Forget(ctx context.Context, s *report.Snapshot, name string) error
	// Outcome compares a saved scenario with what happened since it was adopted.
	Outcome(ctx context.Context, s *report.Snapshot, saved *scenario.Saved) (*scenario.Outcome, error)
	// Encode writes a scenario with what came of it, as the command line writes it.
	Encode(ctx context.Context, s *report.Snapshot, of scenario.Scenario, r *scenario.Result, form Form) ([]byte, error)
	// Export writes a file of that name, or of one much like it if there is one,
	// and returns its path.
	Export(ctx context.Context, name string, content []byte) (path string, err error)
}

// Options is what the page can do besides asking the snapshot. All fields are
// optional.
type Options struct {
	Context context.Context // of all that is done in commands
	Actions Actions
	// Demo says that demo data can be opened.
	Demo bool
}

// view is what stands beneath the levers.
type view uint8

const (
	modelsView view = iota
	ideasView
	frontierView
	compareView
	trafficView
)

// Page is the page.
type Page struct {
	opts   Options
	keys   keyMap
	styles *ui.Styles
	lens   ui.Lens
	snap   *report.Snapshot

	draft
	cursor   int  // of the levers
	onLevers bool // keys go to the levers, not to what is below
	view     view
	before   view // that a view of its own came from

	work    work
	base    *scenario.Base
	basis   string // of the usage
	board   *scenario.Scoreboard
	result  *scenario.Result
	at      []int // of each lever, its place in the result; -1 if it is off
	broken  error // the levers together mean nothing
	failed  error // the usage could not be read
	ranking *scenario.Ranking
	rankErr error
	// keepWindow leaves out changes that might not have room for a request.
	keepWindow bool
	// flat lists every change by its saving alone, instead of a few in each part.
	flat bool

	marks []string // changes of the ranking, by their levers
	joint joint    // what they do together

	models *table.Model
	rows   *modelRows
	ideas  *table.Model
	list   *ideaRows
	chart  frontier
	beside comparison
	crowd  crowd
	drag   drag

	width, height int
	plan          plan
	said          []note // what is said about the figures
	chips         ui.Spots[*Page]
	frame         string // "" is to be drawn
}

var _ ui.Page = (*Page)(nil)

// draft is the scenario that is being made.
type draft struct {
	name   string // "" until it is saved
	note   string
	scope  budget.Scope
	period string
	levers []lever
	kept   string          // what of it is saved, see [draft.text]
	saved  *scenario.Saved // as it was loaded or saved; nil if it never was
}

// lever is one lever of the list.
type lever struct {
	scenario.Lever
	first scenario.Lever // as it was added
	off   bool
}

// New returns the page without data.
func New(opts Options) *Page {
	if opts.Context == nil {
		opts.Context = context.Background()
	}
	p := &Page{opts: opts, keys: newKeyMap(), styles: ui.DarkStyles(), draft: draft{period: usualPeriod}, view: ideasView}
	p.kept = p.text()
	p.rows, p.list = &modelRows{}, &ideaRows{}
	p.models, p.ideas = table.New(p.rows, p.keys.Table), table.New(p.list, p.keys.Table)
	p.crowd = newCrowd(p.keys.Table)
	p.redraw()
	return p
}

// Title implements ui.Page.
func (p *Page) Title() string { return title }

// CapturesText implements ui.Page: whatever is typed is typed into boxes.
func (p *Page) CapturesText() bool { return false }

// SetSize implements ui.Page.
func (p *Page) SetSize(width, height int) {
	if width != p.width || height != p.height {
		p.width, p.height = width, height
		p.redraw()
	}
}

// SetTheme implements ui.Page.
func (p *Page) SetTheme(st *ui.Styles) {
	p.styles, p.frame = st, ""
	for _, t := range []*table.Model{p.models, p.ideas, p.crowd.table} {
		t.SetTheme(st)
	}
}

// SetLens implements ui.Page.
func (p *Page) SetLens(l ui.Lens) {
	if other := !l.SameUsage(p.lens); other {
		p.follow(l)
	}
	p.lens = l
	p.fill()
	p.redraw()
}

// SetSnapshot implements ui.Page. What is on screen stays until the page is shown
// and has read the usage again.
func (p *Page) SetSnapshot(s *report.Snapshot) {
	if p.snap == nil || p.snap.Demo != s.Demo { // other data: nothing of before is of it
		p.base, p.result, p.ranking, p.board, p.failed = nil, nil, nil, nil, nil
		p.beside = comparison{}
	}
	p.snap = s
	p.work.stale = true
	p.fill()
	p.redraw()
}

// view is the lens that fits the data.
func (p *Page) sees() ui.Lens {
	if p.snap == nil {
		return ui.Lens{}
	}
	return p.lens.For(p.snap)
}

// on returns the levers that are switched on.
func (d *draft) on() []scenario.Lever {
	var out []scenario.Lever
	for i := range d.levers {
		if !d.levers[i].off {
			out = append(out, d.levers[i].Lever)
		}
	}
	return out
}

// text is the draft as text, to tell whether it has changed.
func (d *draft) text() string {
	out := d.period + "\n" + d.scope.String()
	for i := range d.levers {
		out += "\n" + d.levers[i].String()
		if d.levers[i].off {
			out += " off"
		}
	}
	return out
}

// dirty reports whether there is work that is kept nowhere.
func (d *draft) dirty() bool { return len(d.levers) > 0 && d.text() != d.kept }

// bookOf is the prices of a snapshot, none if it has none.
func bookOf(s *report.Snapshot) *pricing.Book {
	if s == nil || s.Book == nil {
		return pricing.NewBook(&pricing.Table{})
	}
	return s.Book
}
