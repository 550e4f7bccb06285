package tui

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokpit/tui/tour"
	"tokpit/tui/tuitest"
)

type newcomer struct{ met int }

func (n *newcomer) New() bool                 { return n.met == 0 }
func (n *newcomer) Met(context.Context) error { n.met++; return nil }

// The tour names no page and no key that is not there.
func TestTourNamesWhatIsThere(t *testing.T) {
	m := shown(t, tuitest.Explored(), 120, 40)
	seen := make(map[string]bool)
	for _, s := range tour.Steps() {
		if s.Page != "" && !slices.Contains(PageNames(), s.Page) {
			t.Errorf("there is no page %q", s.Page)
		}
		seen[s.Page] = true
		m.open(s.Page)
		bound := m.global()
		for _, column := range m.page().FullHelp() {
			bound = append(bound, column...)
		}
		for _, k := range s.Keys {
			if !slices.ContainsFunc(bound, func(b key.Binding) bool { return b.Help().Key == k[0] || slices.Contains(b.Keys(), k[0]) }) {
				t.Errorf("%s: no key %q (%s)", s.Page, k[0], k[1])
			}
		}
	}
	for _, page := range PageNames() {
		if !seen[page] {
			t.Errorf("the tour leaves %s out", page)
		}
	}
}

// The keys of a stop are written as its page writes them, and are not those that
// the tour itself takes: pressed there, they end it and do what was said.
func TestTourKeysWork(t *testing.T) {
	for i, s := range tour.Steps() {
		for _, k := range s.Keys {
			m := shown(t, tuitest.Explored(), 120, 40)
			m.Update(asked((*Model).guide))
			for range i {
				if _, cmd := m.Update(enter()); cmd != nil {
					drain(m, cmd)
				}
			}
			top, _ := m.modals.Top()
			bound := m.global()
			for _, column := range m.page().FullHelp() {
				bound = append(bound, column...)
			}
			if !slices.ContainsFunc(bound, func(b key.Binding) bool {
				return slices.Contains(strings.Split(b.Help().Key, "/"), k[0]) || b.Help().Key == k[0]
			}) {
				t.Errorf("%s: no page shows the key %q (%s)", s.Title, k[0], k[1])
			}
			msg := press(k[0])
			if k[0] == "tab" {
				msg = tea.KeyPressMsg{Code: tea.KeyTab}
			}
			_, cmd := m.Update(msg)
			if again, open := m.modals.Top(); open && again == top {
				t.Errorf("%s: %q (%s) does nothing", s.Title, k[0], k[1])
			}
			if cmd == nil || cmd() != tea.Msg(msg) {
				t.Errorf("%s: %q does not reach the page", s.Title, k[0])
			}
		}
	}
}

// Over the welcome the keys that stand around it work: those of pages, and of all.
func TestTheWelcomeIsInNobodysWay(t *testing.T) {
	m := shown(t, tuitest.Explored(), 120, 40)
	m.Update(asked((*Model).guide))
	if _, cmd := m.Update(press("4")); cmd != nil {
		drain(m, cmd)
	}
	if _, open := m.modals.Top(); open || m.page().Title() != PageNames()[3] {
		t.Errorf("4 leads to %s, a box is open: %t", m.page().Title(), open)
	}
	_, cmd := m.Update(asked((*Model).guide))
	drain(m, cmd)
	if _, cmd := m.Update(press("?")); cmd != nil {
		drain(m, cmd)
	}
	if top, open := m.modals.Top(); !open || strings.HasPrefix(top.Title(), "Welcome") {
		t.Error("? does not list the keys")
	}
}

// Each step shows its page above the box, at every size; the last key ends it.
func TestTour(t *testing.T) {
	for _, size := range [][2]int{{40, 10}, {60, 20}, {80, 24}, {200, 60}} {
		m := shown(t, tuitest.Explored(), size[0], size[1])
		m.Update(asked((*Model).guide))
		for i, s := range tour.Steps() {
			if _, open := m.modals.Top(); !open {
				t.Fatalf("%v: ended before %q", size, s.Title)
			}
			checkFits(t, m.render(), size[0], size[1])
			if screen := ansi.Strip(m.render()); !strings.Contains(screen, s.Title) {
				t.Errorf("%v: no %q on\n%s", size, s.Title, screen)
			}
			if i > 0 && s.Page != "" && m.page().Title() != s.Page {
				t.Errorf("%q is shown over %s", s.Title, m.page().Title())
			}
			if size[1] >= 20 && !strings.Contains(strings.Join(strings.Fields(ansi.Strip(m.render())), " "), s.Text[len(s.Text)-9:]) {
				t.Errorf("%v: the text of %q is cut:\n%s", size, s.Title, ansi.Strip(m.render()))
			}
			_, cmd := m.Update(enter())
			if cmd != nil {
				drain(m, cmd)
			}
		}
		if _, open := m.modals.Top(); open {
			t.Errorf("%v: it does not end", size)
		}
	}
}

// It is offered once, when there is something to look at, and esc ends it.
func TestTourIsOfferedOnce(t *testing.T) {
	n := &newcomer{}
	f := &fake{snap: tuitest.Empty()}
	m := New(t.Context(), f, Options{Demo: f, Newcomer: n, Now: tuitest.Now})
	drive(m, tea.WindowSizeMsg{Width: 100, Height: 30})
	load(m)
	if _, open := m.modals.Top(); open || n.met > 0 {
		t.Fatal("offered over nothing")
	}
	if screen := ansi.Strip(m.render()); !strings.Contains(screen, "take a tour") {
		t.Errorf("the welcome does not lead to it:\n%s", screen)
	}
	f.set(tuitest.Sample(), nil)
	_, cmd := m.Update(m.load.restart(m.ctx, f)())
	run(m, cmd)
	if top, open := m.modals.Top(); !open || !strings.HasPrefix(top.Title(), "Welcome") || n.met != 1 {
		t.Fatalf("not offered: %v, %d", open, n.met)
	}
	m.Update(tea.KeyPressMsg{Code: tea.KeyEscape})
	_, cmd = m.Update(m.load.restart(m.ctx, f)())
	run(m, cmd)
	if _, open := m.modals.Top(); open {
		t.Error("offered again")
	}
}

// From the welcome it goes over demo data.
func TestTourFromTheWelcome(t *testing.T) {
	m := shown(t, tuitest.Empty(), 100, 30)
	_, cmd := m.Update(press("w"))
	run(m, cmd)
	if _, open := m.modals.Top(); !open || !m.demo {
		t.Errorf("tour %v, demo %v", open, m.demo)
	}
}

// esc stops a sync: its end is no failure, and another one may begin.
func TestEscStopsASync(t *testing.T) {
	m, f := newModel(t, tuitest.Sample())
	f.gate = make(chan struct{})
	drive(m, tea.WindowSizeMsg{Width: 100, Height: 30})
	load(m)
	before := ansi.Strip(m.renderFooter())
	m.refresh("")
	ctx := m.under()
	if m.Update(tea.KeyPressMsg{Code: tea.KeyEscape}); ctx.Err() == nil {
		t.Fatal("it goes on")
	}
	if !strings.Contains(m.notice, "Stopped") || strings.Contains(before, "stop reading") {
		t.Errorf("notice %q, keys before %q", m.notice, before)
	}
	m.Update(synced{ctx.Err()})
	if m.failure != nil || m.syncing || m.keys.Stop.Enabled() {
		t.Errorf("failure %v, syncing %v", m.failure, m.syncing)
	}
	m.refresh("")
	m.Update(synced{errBusy})
	if m.failure == nil {
		t.Error("a failure of the next one is hidden")
	}
}

func TestTimeLeft(t *testing.T) {
	at := tuitest.Now()
	s := Syncing{Done: 25, Total: 100, began: at}
	for after, want := range map[int]string{1: "", 10: ", 30 s left", 60: ", 3 min left", 3600: ", 3 h left"} {
		if got := s.left(at.Add(time.Duration(after) * time.Second)); got != want {
			t.Errorf("after %d s: %q, want %q", after, got, want)
		}
	}
	if got := (&Syncing{Done: 1, Total: 9}).left(at); got != "" {
		t.Errorf("nobody knows since when: %q", got)
	}
}
