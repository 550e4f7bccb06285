// Package budgets is the page that says whether the money will do: for every
// budget what is left of it and where it will end, with thresholds, a forecast
// and its range on one gauge; for the one under the cursor the spend of the
// period against an even plan, who spends, what was told to whom, and the limits
// of providers beside it. Budgets are made and changed here ([form]), and a hard
// limit is tried out on real usage before anybody sets one ([replay]).
//
// All figures come from [report.Budgets] of the snapshot; the page computes none
// of its own, so that it says what the command line and alerts say. What a
// snapshot does not hold is read, and changes are made, through [Actions], from
// commands; their answers come back wrapped in [ui.To].
package budgets

import (
	"context"
	"strings"
	"time"

	"tokpit/budget"
	"tokpit/report"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// title is the page's name, and the address of its messages.
const title = "Budgets"

// Editor changes budgets. A change of a budget that was changed elsewhere in the
// meantime is an error.
type Editor interface {
	// Save adds a budget (was is nil), or changes was into b.
	Save(ctx context.Context, s *report.Snapshot, was *budget.Budget, b budget.Budget) error
	Remove(ctx context.Context, s *report.Snapshot, was budget.Budget) error
}

// Teller does what a person can do about alerts; threshold "" is all of a
// budget's.
type Teller interface {
	Acknowledge(ctx context.Context, s *report.Snapshot, budget, threshold string) error
	// Snooze keeps a budget silent until an instant; a past one ends the silence.
	Snooze(ctx context.Context, s *report.Snapshot, budget, threshold string, until time.Time) error
	// Retry sends a message again that was given up, or does so at once.
	Retry(ctx context.Context, s *report.Snapshot, key string) error
}

// Reader reads what snapshots do not hold.
type Reader interface {
	// Spend is what counts against a budget that need not exist, in the period of
	// the snapshot's clock and so many earlier ones.
	Spend(ctx context.Context, s *report.Snapshot, b budget.Budget, earlier int) (report.BudgetSpend, error)
	// Replay reads the requests of a period. It tells how many records it has
	// read now and then.
	Replay(ctx context.Context, s *report.Snapshot, b budget.Budget, period usage.Span, read func(records int)) (*report.BudgetReplay, error)
	// Reaches returns what keeps somebody from being told; nil if all can be. It
	// only looks at the configuration, and takes no time.
	Reaches(s *report.Snapshot, targets []string) error
}

// Actions is all that the page can do besides showing. Its methods may take
// long; the page calls them from commands. An error may have a method
// Hint() string that says what to do next. The snapshot says whose data is
// meant: one's own or the demo's.
type Actions interface {
	Editor
	Teller
	Reader
}

// Options is what the page can do besides showing. All fields are optional.
type Options struct {
	Context  context.Context // of all that is done
	Actions  Actions
	ReadOnly string // why nothing can be changed; "" if it can
}

// Page is the list of budgets with the details of one.
type Page struct {
	opts   Options
	keys   keyMap
	styles *ui.Styles
	snap   *report.Snapshot

	items  []item
	cursor int
	offset int    // first budget of the list that is shown
	wanted string // budget to select once it is there
	marked map[string]bool
	day    time.Time
	scroll int // of the details
	hover  bool

	form   *form   // nil unless one is edited
	replay *replay // nil unless a limit is tried out

	weights []int64 // tokens of the cube's sets, once somebody asked for them

	settle   time.Duration // how long a person must pause before the spend is read
	busy     int           // actions under way
	spinning bool
	turn     int // of the spinner

	width, height int
	plan          plan
	frame         string // "" is to be drawn
}

var _ ui.Page = (*Page)(nil)

// New returns the page without data.
func New(opts Options) *Page {
	if opts.Context == nil {
		opts.Context = context.Background()
	}
	p := &Page{opts: opts, keys: newKeyMap(), styles: ui.DarkStyles(), settle: settles}
	p.enable()
	return p
}

// Title implements ui.Page.
func (p *Page) Title() string { return title }

// CapturesText implements ui.Page.
func (p *Page) CapturesText() bool { return p.form != nil }

// SetSize implements ui.Page.
func (p *Page) SetSize(width, height int) {
	if width != p.width || height != p.height {
		p.width, p.height = width, height
		p.arrange()
	}
}

// SetTheme implements ui.Page.
func (p *Page) SetTheme(st *ui.Styles) { p.styles, p.frame = st, "" }

// SetLens implements ui.Page: what counts against a budget is cash, whatever the
// other pages show.
func (p *Page) SetLens(ui.Lens) {}

// SetSnapshot implements ui.Page.
func (p *Page) SetSnapshot(s *report.Snapshot) {
	selected := p.selectedName()
	changed := p.snap == nil || p.snap.Demo != s.Demo
	p.snap, p.weights = s, nil
	if changed { // other people's budgets: nothing of these is meant
		p.closeReplay()
		p.marked = nil
	}
	if selected == "" { // nothing was chosen yet: what most needs to be looked at
		if worst := s.Budgets.Worst(); worst != nil {
			selected = worst.Budget.Name
		}
	}
	p.items = newItems(s)
	p.forget()
	for i := range p.items {
		if name := p.items[i].Budget.Name; name == p.wanted || p.wanted == "" && name == selected {
			p.cursor = i
		}
	}
	if p.selectedName() == p.wanted {
		p.wanted = ""
	}
	p.cursor = max(0, min(p.cursor, len(p.items)-1))
	p.arrange()
}

// selected is the budget under the cursor, nil if there is none.
func (p *Page) selected() *item {
	if p.cursor < len(p.items) {
		return &p.items[p.cursor]
	}
	return nil
}

func (p *Page) selectedName() string {
	if it := p.selected(); it != nil {
		return it.Budget.Name
	}
	return ""
}

// arrange divides the page again, after a change of size or data.
func (p *Page) arrange() {
	p.plan = arrange(p.width, p.height, len(p.items))
	p.clamp()
	p.redraw()
}

// redraw forgets the picture, and what could be done when it was drawn.
func (p *Page) redraw() {
	p.frame = ""
	p.enable()
}

// View implements ui.Page.
func (p *Page) View() string {
	if p.frame == "" {
		var lines []string
		switch {
		case p.snap == nil:
			lines = ui.NewPen(p.width, p.height).Lines(p.height)
		case p.form != nil:
			lines = p.drawForm()
		case p.replay != nil:
			lines = p.drawReplay()
		case len(p.items) == 0:
			lines = p.drawEmpty()
		default:
			lines = p.draw()
		}
		p.frame = strings.Join(lines, "\n")
	}
	return p.frame
}
