// Package tui is the cockpit: pages under a tab bar, in the whole terminal.
//
// The root model owns what pages share (size, theme, data, lens, errors) and
// pushes it down; it routes messages in a fixed order: what concerns all pages,
// then the open boxes, then a page that takes text, then the global keys, then
// the active page. It knows pages only by the contract [ui.Page], and lists them
// in one place, pages.go.
//
// It reaches the rest of the program through the small interfaces that
// [Options] takes, and is told of changes by messages ([DataChanged],
// [Syncing], [Failed]) that may be sent from any goroutine.
package tui

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/report"
	"tokpit/tui/layout"
	"tokpit/tui/overlay"
	"tokpit/tui/trail"
	"tokpit/tui/ui"
)

// Model is the root of the program.
type Model struct {
	ctx      context.Context
	reporter Reporter
	opts     Options

	pages  []ui.Page
	active int
	modals overlay.Stack
	keys   keyMap

	width, height int
	screen        layout.Screen
	styles        *ui.Styles
	look          look
	lens          ui.Lens
	narrowed      narrowing

	load     loader
	snap     *report.Snapshot
	visited  ui.Page          // the page that was told last that it is on screen
	seen     *report.Snapshot // and what data it had
	failure  *failure
	banners  []string // drawn above every page
	notice   string
	unsaved  []ui.Unsaved
	spots    []spot // keys of the footer, as drawn
	been     trail.Trail
	undo     trail.Undo
	recent   []string // commands run lately, the last first
	demo     bool     // demo data was opened from inside
	own      Reporter // what was shown before
	syncing  bool
	opening  bool
	stopSync context.CancelFunc // of the sync that runs
	greeted  bool
	progress []Syncing // of what is being read, by source
	spinning bool
	frame    int // of the spinner
	now      time.Time
}

// failure is an error that is shown until it is answered.
type failure struct {
	text, hint string
	loading    bool // a good load answers it
}

// New returns the cockpit over a reporter. The context bounds all loads.
func New(ctx context.Context, r Reporter, opts Options) *Model {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	m := &Model{
		ctx: ctx, reporter: r, opts: opts, keys: newKeyMap(), pages: newPages(ctx, opts),
		lens: ui.Lens{Cash: true, Period: opts.Period}, now: opts.Now(), look: newLook(opts.Theme), styles: ui.DarkStyles(),
	}
	m.restyle()
	for _, p := range m.pages {
		p.SetLens(m.lens)
	}
	return m
}

// fps is how often a second the screen is redrawn at most. Bubble Tea looks that
// often whether there is something to draw, also when nobody does anything, and
// each look wakes threads: 45 a second took 1.0 to 1.2 % of a processor on an idle
// virtual machine, and are too many. A key waits 25 ms at worst for its frame, so
// that with the 4 ms that a page takes it is there within 30.
const fps = 40

// NewProgram returns a program that runs the model.
func NewProgram(m *Model, opts ...tea.ProgramOption) *tea.Program {
	all := []tea.ProgramOption{tea.WithContext(m.ctx), tea.WithFPS(fps)}
	return tea.NewProgram(m, append(all, opts...)...)
}

// Init implements tea.Model.
func (m *Model) Init() tea.Cmd {
	return tea.Batch(tea.RequestBackgroundColor, m.reload(), tick(ageEvery, false))
}

// Update implements tea.Model.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := m.handle(msg)
	m.been.Note(m.here())
	return m, tea.Batch(cmd, m.visit())
}

// visit tells the page on screen that it is, once it has come there and each
// time that it has new data.
func (m *Model) visit() tea.Cmd {
	if m.snap == nil || m.visited == m.page() && m.seen == m.snap {
		return nil
	}
	m.visited, m.seen = m.page(), m.snap
	return m.page().Update(ui.Shown{})
}

// handle routes a message.
func (m *Model) handle(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		m.resize()
	case tea.EnvMsg, tea.BackgroundColorMsg, tea.ColorProfileMsg, themed:
		m.relook(msg)
	case loaded:
		return m.applyLoad(msg)
	case synced:
		return m.applySync(msg)
	case opened:
		return m.applyDemo(msg)
	case ticked:
		return m.applyTick(msg)
	case DataChanged, Syncing, Failed:
		return m.outside(msg)
	case viewed, valued, ui.Narrow, ui.ChoosePeriod, ui.ChooseFilter, ui.Look:
		return m.lensed(msg)
	case asked:
		return msg(m)
	case ui.Open:
		m.open(string(msg))
	case ui.Undoable:
		m.undo.Push(msg)
	case ui.Seek:
		return m.seek(msg)
	case overlay.Reply:
		return msg()
	case overlay.More:
		msg.Palette.Add(msg.Commands)
	case ui.Notice:
		m.notice = string(msg)
	case ui.OpenDemo:
		return m.openDemo()
	case ui.Tour:
		return m.guide()
	case ui.Sync:
		return m.refresh(msg.Source)
	case ui.To:
		return m.deliver(msg)
	case ui.Unsaved:
		m.noteUnsaved(msg)
	case overlay.Open:
		m.modals.Push(msg.Modal)
	case tea.KeyPressMsg:
		return m.press(msg)
	case tea.PasteMsg:
		return m.paste(msg)
	case tea.MouseMsg:
		return m.mouse(msg)
	}
	return nil
}

// fail shows an error with its hint. A load's error goes with the next good
// load; others say nothing about loading and stay.
func (m *Model) fail(err error, loading bool) {
	if err == nil || errors.Is(err, context.Canceled) && m.ctx.Err() != nil {
		return
	}
	f := failure{text: err.Error(), loading: loading}
	if hinted := Hinted(nil); errors.As(err, &hinted) {
		f.hint = hinted.Hint()
	}
	m.failure = &f
	m.resize()
}

// resize divides the screen again, after a change of size or of the banner.
func (m *Model) resize() {
	m.banners = m.banner()
	m.screen = layout.NewScreen(m.width, m.height, len(m.banners))
	m.keys.Cash.SetEnabled(m.snap != nil && !m.snap.Empty && (m.snap.PlanSet || m.snap.Subscribable))
	m.keys.enableLens(m.snap != nil && !m.snap.Empty, m.lens.Narrow())
	for _, p := range m.pages {
		p.SetSize(m.screen.Body.Dx(), m.screen.Body.Dy())
	}
}

// open shows the page with a title.
func (m *Model) open(title string) {
	for i, p := range m.pages {
		if p.Title() == title {
			m.active = i
		}
	}
}

// deliver gives a message to the page that it is for.
func (m *Model) deliver(msg ui.To) tea.Cmd {
	for _, p := range m.pages {
		if p.Title() == msg.Page {
			return p.Update(msg.Msg)
		}
	}
	return nil
}

// page is the active page.
func (m *Model) page() ui.Page { return m.pages[m.active] }

// View implements tea.Model.
func (m *Model) View() tea.View {
	v := tea.NewView(m.render())
	v.AltScreen = true
	v.MouseMode = tea.MouseModeAllMotion
	v.WindowTitle = "tokpit"
	if m.look.paper() {
		v.BackgroundColor, v.ForegroundColor = ui.Paper(m.styles.Theme)
	}
	return v
}
