package tui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/tui/overlay"
	"tokpit/tui/ui"
)

// PageNames lists the pages in the order of their tabs.
func PageNames() []string {
	var out []string
	for _, p := range newPages(context.Background(), Options{}) {
		out = append(out, p.Title())
	}
	return out
}

// ErrNoPage means that no page has the name that was asked for.
var ErrNoPage = errors.New("no such page")

// Plain writes what pages show as linear text, without boxes and colours, as
// programs that read aloud and scripts want it: of the pages that are named, in
// whatever case, or of all of them. It returns [ErrNoPage] for another name.
//
// It is made from what the pages have prepared for the screen, so both say the
// same.
func Plain(ctx context.Context, r Reporter, opts Options, names ...string) (string, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m := New(ctx, r, opts)
	m.width, m.height = 200, 60
	m.resize()
	chosen, err := m.named(names)
	if err != nil {
		return "", err
	}
	snap, err := r.Snapshot(ctx)
	if err != nil {
		return "", err
	}
	m.load.running, m.load.gen = true, 1
	m.handle(loaded{gen: 1, snap: snap})
	var b strings.Builder
	for i, at := range chosen {
		if i > 0 {
			b.WriteByte('\n')
		}
		m.active = at
		lines, err := m.settled(ctx)
		if err != nil {
			return "", err
		}
		for _, l := range m.said(lines) {
			b.WriteString(l)
			b.WriteByte('\n')
		}
	}
	return b.String(), nil
}

// named finds pages by their names.
func (m *Model) named(names []string) ([]int, error) {
	var out []int
	for i := range m.pages {
		if len(names) == 0 {
			out = append(out, i)
		}
	}
	for _, name := range names {
		found := false
		for i, p := range m.pages {
			if strings.EqualFold(p.Title(), name) {
				out, found = append(out, i), true
			}
		}
		if !found {
			return nil, fmt.Errorf("%w: %s", ErrNoPage, ui.Text(name))
		}
	}
	return out, nil
}

// patience is how long a page may work before it is written that it did not
// answer.
const patience = time.Minute

// settled runs what the page on screen has to do until it can say what it shows.
func (m *Model) settled(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answers, waiting := make(chan tea.Msg), 0
	begin := func(cmd tea.Cmd) {
		if cmd == nil {
			return
		}
		waiting++
		go func() {
			select {
			case answers <- cmd():
			case <-ctx.Done():
			}
		}()
	}
	m.visited = nil
	begin(m.visit())
	for {
		if lines := m.page().Plain(); lines != nil || waiting == 0 {
			return lines, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%s: %w", m.page().Title(), ctx.Err())
		case msg := <-answers:
			waiting--
			switch msg := msg.(type) {
			case nil:
			case tea.BatchMsg:
				for _, cmd := range msg {
					begin(cmd)
				}
			default:
				begin(m.handle(msg))
			}
		}
	}
}

// said puts in front of a page's text what its tab and the lines above it say.
func (m *Model) said(lines []string) []string {
	s := ui.NewSpeech()
	s.Line(m.page().Title())
	if m.snap != nil {
		if m.snap.Demo {
			s.Line("Made-up data, to look around.")
		}
		s.Say("As of", m.snap.AsOf.In(zone(m.snap)).Format("Mon 2 Jan 2006 15:04 MST"))
	}
	if m.failure != nil {
		s.Say("! The last attempt failed", m.failure.text, m.failure.hint)
	}
	if m.opts.ReadOnly != "" {
		s.Say("Read-only", m.opts.ReadOnly)
	}
	if len(lines) == 0 {
		s.Line("Nothing is known yet.")
	}
	return append(s.Lines(), lines...)
}

// asked is a command of the palette that has no key.
type asked func(*Model) tea.Cmd

// unbound lists those commands.
func (m *Model) unbound() []overlay.Command {
	out := []overlay.Command{
		{Name: "Everywhere: plain text of this page", Msg: asked((*Model).plainText)},
		{Name: "Everywhere: tour, in two minutes", Msg: asked((*Model).guide)},
	}
	shown := "Everywhere: export for finance, what is shown as a file"
	if m.monthly() {
		out = append(out, overlay.Command{Name: "Everywhere: export for finance: a month (CSV, Excel, FOCUS, page)", Msg: asked((*Model).exportMonth)})
		shown = "Everywhere: export what is shown as a file"
	}
	if m.sheet() != nil {
		out = append(out, overlay.Command{Name: shown, Msg: asked((*Model).export)})
	}
	return out
}

// plainWidth is the widest that the box with a page's text is.
const plainWidth = 100

// plainText opens the text of the page on screen in a box.
func (m *Model) plainText() tea.Cmd {
	if m.snap == nil {
		return nil
	}
	lines := m.said(m.page().Plain())
	return ui.Send(overlay.Open{Modal: overlay.NewDocument(m.page().Title()+", as text", plainWidth, func(p *ui.Pen, st *ui.Styles) {
		for _, l := range lines {
			if l == "" {
				p.End()
			}
			for _, part := range ui.Wrap(l, max(p.Width(), 1)) {
				p.Text(st.Text, part)
				p.End()
			}
		}
	})})
}
