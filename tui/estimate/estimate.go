// Package estimate is the page on which a person pastes, types or opens a prompt
// and sees what it costs on every model before sending it.
//
// The text lives in a [buffer.Text], in memory and nowhere else: no message of
// this package that may end in a log, an error or a crash report holds any of it.
// After each change the counts of the text go to a [report.Estimator], which
// prices all models in less than a millisecond; text that is too long to be
// counted between two keys is counted by commands, a few megabytes at a time.
//
// What the page needs of the machine (files, $EDITOR, the person's own requests)
// it asks of a [Desk], from commands; the answers come back wrapped in [ui.To].
package estimate

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokpit/pricing"
	"tokpit/report"
	"tokpit/tokenizer"
	"tokpit/tui/buffer"
	"tokpit/tui/table"
	"tokpit/tui/ui"
)

// title is the page's name, and the address of its messages.
const title = "Estimate"

// Desk is what the page needs of the machine. Its methods are called from
// commands. Their errors never hold any of a text, and may have a method
// Hint() string that says what to do next.
type Desk interface {
	// Open reads a file as it is.
	Open(ctx context.Context, path string) ([]byte, error)
	// Complete returns what a path that is being typed may go on as, folders with
	// a separator at their end, the best first.
	Complete(ctx context.Context, path string) []string
	// Image reads the size of an image file.
	Image(ctx context.Context, path string) (tokenizer.Image, error)
	// Edit prepares to have a text, which it does not change, edited in the
	// person's own editor.
	Edit(text []byte) (Editing, error)
	// History tells how long the answers to the requests were that a snapshot is of:
	// the person's own, or those of made-up data.
	History(ctx context.Context, of *report.Snapshot) (*report.History, error)
	// Library is the encodings that there are.
	Library(ctx context.Context) (tokenizer.Library, error)
}

// Editing is an editor over a copy of a text.
type Editing interface {
	tea.ExecCommand
	// Result returns the text as it was left, and removes the copy. It is called
	// once, also after Run has failed.
	Result() ([]byte, error)
}

// Options is what the page can do besides counting. All fields are optional.
type Options struct {
	Context context.Context // of all that the desk does
	Desk    Desk
}

// Page is the estimate of a prompt.
type Page struct {
	opts   Options
	keys   keyMap
	styles *ui.Styles
	snap   *report.Snapshot

	editor *buffer.Model
	text   *buffer.Text
	job    counting

	kept    uint64 // the revision of the text that is kept elsewhere
	told    bool   // that there is text that would be lost
	dropped bool   // what was pasted lacks its escape characters

	estimator *report.Estimator
	library   tokenizer.Library
	history   *report.History
	asked     reading
	building  int // generation of the estimator that is asked for
	all       bool
	names     []string

	ask    settings
	rows   *listing
	table  *table.Model
	pins   *table.Model // the pinned rows, with the table's head
	above  bool         // the cursor is among them
	chosen pricing.ModelRef
	moved  bool   // somebody has moved the cursor
	cost   column // that the table was sorted by before lengths spoke against it; colMark if none was
	filter string
	typing bool // a part of a model's name

	strip stripState
	load  loading

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
	p := &Page{opts: opts, keys: newKeyMap(), styles: ui.DarkStyles(), ask: newSettings(), text: buffer.NewText(nil)}
	p.editor = buffer.New(p.text, p.keys.Editor)
	p.rows = newListing()
	p.table, p.pins = table.New(p.rows, p.keys.Table), table.New(pinned{p.rows}, p.keys.Table)
	p.table.SetSorting(colCall.place(p.rows), false)
	p.keys.enable(p)
	return p
}

// Title implements ui.Page.
func (p *Page) Title() string { return title }

// CapturesText implements ui.Page.
func (p *Page) CapturesText() bool { return p.editing() || p.typing }

func (p *Page) editing() bool { return p.editor.Focused() }

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
	p.editor.SetTheme(st)
	p.table.SetTheme(st)
	p.pins.SetTheme(st)
}

// SetLens implements ui.Page: what has not been sent is under no plan yet.
func (p *Page) SetLens(ui.Lens) {}

// SetSnapshot implements ui.Page. The prices of another book are taken over once
// the page is on screen.
func (p *Page) SetSnapshot(s *report.Snapshot) {
	p.snap = s
	p.frame = ""
}

// empty reports whether there is nothing to estimate yet.
func (p *Page) empty() bool {
	return p.text.Len() == 0 && len(p.ask.images) == 0 && !p.editing() && p.load.path == ""
}

// redraw is called after every change.
func (p *Page) redraw() {
	p.arrange()
	p.keys.enable(p)
}

// arrange gives every part its place.
func (p *Page) arrange() {
	p.plan = arrange(p.width, p.height, p.editing(), p.strip.mode)
	window := p.plan.text
	if window.Empty() { // tokens are shown in its place
		window = p.plan.strip
	}
	p.editor.SetSize(window.Dx(), window.Dy())
	p.sizeTables()
	p.frame = ""
}

// View implements ui.Page.
func (p *Page) View() string {
	if p.frame == "" {
		p.frame = strings.Join(p.draw(), "\n")
	}
	return p.frame
}
