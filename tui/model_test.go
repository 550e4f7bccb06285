package tui

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokpit/tui/overlay"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

func text(m *Model) string { return ansi.Strip(m.render()) }

func wantText(t *testing.T, m *Model, wants ...string) {
	t.Helper()
	got := text(m)
	for _, want := range wants {
		if !strings.Contains(got, want) {
			t.Errorf("the screen does not show %q:\n%s", want, got)
		}
	}
}

func rejectText(t *testing.T, m *Model, rejects ...string) {
	t.Helper()
	got := text(m)
	for _, reject := range rejects {
		if strings.Contains(got, reject) {
			t.Errorf("the screen shows %q:\n%s", reject, got)
		}
	}
}

func TestStaleLoadsAreDropped(t *testing.T) {
	m, f := newModel(t, tuitest.Sample())
	drive(m, tea.WindowSizeMsg{Width: 120, Height: 40})
	old := m.load.start(m.ctx, f)
	late := old()
	m.load.restart(m.ctx, f) // generation 2 is under way
	drive(m, late)
	if m.snap != nil {
		t.Fatal("the result of an older load was shown")
	}
	drive(m, loaded{gen: m.load.gen, snap: tuitest.Sample()}, loaded{gen: m.load.gen, err: errors.New("twice")})
	if m.snap == nil || m.failure != nil {
		t.Fatalf("snapshot %v, failure %v", m.snap != nil, m.failure)
	}
}

// However often data changes while a load runs, exactly one more follows it.
func TestChangesDuringALoadAreJoined(t *testing.T) {
	m, f := newModel(t, tuitest.Sample())
	first := m.load.start(m.ctx, f)
	for range 5 {
		_, cmd := m.Update(DataChanged{})
		run(m, cmd)
	}
	if f.loads != 0 {
		t.Fatal("a second load began beside the first")
	}
	_, cmd := m.Update(first())
	run(m, cmd)
	if f.loads != 2 || m.load.running || m.load.again {
		t.Fatalf("%d loads, running %v, again %v", f.loads, m.load.running, m.load.again)
	}
}

func TestErrorKeepsTheLastGoodData(t *testing.T) {
	m, f := newModel(t, tuitest.Sample())
	drive(m, tea.WindowSizeMsg{Width: 120, Height: 40})
	load(m)
	f.set(nil, errBusy)
	load(m)
	wantText(t, m, "! open store: busy", "close the other tokpit", "claude-opus-4-8")
	f.set(tuitest.Sample(), nil)
	_, cmd := m.Update(press("r"))
	run(m, cmd)
	rejectText(t, m, "open store: busy")
}

// A sync that fails is still said after the data was loaded again.
func TestFailedSyncStaysOnScreen(t *testing.T) {
	m, f := newModel(t, tuitest.Sample())
	drive(m, tea.WindowSizeMsg{Width: 120, Height: 40})
	load(m)
	f.failed = errors.New("codex: permission denied")
	_, cmd := m.Update(press("r"))
	run(m, cmd)
	if f.syncs != 1 || f.loads != 2 {
		t.Errorf("%d syncs, %d loads", f.syncs, f.loads)
	}
	wantText(t, m, "! codex: permission denied", "claude-opus-4-8")
}

func TestOnlyOneSyncAtATime(t *testing.T) {
	m, _ := newModel(t, tuitest.Sample())
	drive(m, tea.WindowSizeMsg{Width: 120, Height: 40})
	load(m)
	drive(m, press("r"))
	if _, cmd := m.Update(press("r")); cmd != nil {
		t.Error("r began a second sync")
	}
	wantText(t, m, "syncing")
}

func TestProgressComesAndGoes(t *testing.T) {
	m := shown(t, tuitest.Sample(), 120, 40)
	drive(m, Syncing{Done: 3, Total: 12})
	wantText(t, m, "syncing 3 of 12")
	drive(m, Syncing{Done: 12, Total: 12})
	rejectText(t, m, "syncing")
	wantText(t, m, "synced 2 min ago")
}

// Providers are named as they are read, and the page of sources says how far
// each is.
func TestProgressOfProviders(t *testing.T) {
	m := shown(t, tuitest.Connected(), 120, 40)
	drive(m, Syncing{Done: 1, Total: 4, Source: "acme-openai"})
	wantText(t, m, "reading acme-openai 25%")
	drive(m, Failed{errBusy}, Syncing{Done: 3, Total: 12}, Syncing{Done: 2, Total: 4, Source: "acme-openai"})
	wantText(t, m, "syncing 3 of 12 and 1 more")
	drive(m, ui.Open("Sources"))
	wantText(t, m, "reading 50%")
	drive(m, Syncing{Done: 4, Total: 4, Source: "acme-openai"})
	rejectText(t, m, "reading")
	wantText(t, m, "syncing 3 of 12", errBusy.Error()) // that a provider is read says nothing about the logs
	drive(m, Syncing{})
	rejectText(t, m, "syncing", errBusy.Error())
}

func TestOneSourceIsSynced(t *testing.T) {
	m, f := newModel(t, tuitest.Connected())
	drive(m, tea.WindowSizeMsg{Width: 120, Height: 40})
	load(m)
	_, cmd := m.Update(ui.Sync{Source: "acme-openai"})
	run(m, cmd)
	if f.syncs != 1 || !slices.Equal(f.synced, []string{"acme-openai"}) {
		t.Errorf("%d syncs of %v", f.syncs, f.synced)
	}
	_, cmd = m.Update(ui.Sync{})
	run(m, cmd)
	if f.syncs != 2 || len(f.synced) != 1 {
		t.Errorf("%d syncs of %v", f.syncs, f.synced)
	}
}

func TestLensToggles(t *testing.T) {
	m := shown(t, tuitest.Sample(), 120, 24)
	wantText(t, m, "Cash  1–20 Nov", "$1,371.89", "API-equivalent $3,811.10", "basis reported 19%, logged 81%")
	drive(m, press("c"), press("j"))
	wantText(t, m, "API-equivalent  1–20 Nov", "$3,811.10", "cash $1,371.89")
	drive(m, press("$"), press("j"))
	wantText(t, m, "Cash  1–20 Nov")
}

// told counts how often a page is told that it is on screen.
type told struct {
	ui.Page
	times int
}

func (p *told) Update(msg tea.Msg) tea.Cmd {
	if _, ok := msg.(ui.Shown); ok {
		p.times++
	}
	return p.Page.Update(msg)
}

// The page on screen is told of another lens at once: it may have to work something
// out, which only a command may do.
func TestPagesAreToldOfTheLens(t *testing.T) {
	m := shown(t, tuitest.Sample(), 120, 40)
	p := &told{Page: m.pages[m.active]}
	m.pages[m.active] = p
	drive(m, press("j"), press("c"))
	if p.times != 2 { // when it came, and of the lens
		t.Errorf("told %d times", p.times)
	}
}

// Without a plan the figure is never called cash or spend, and the key says how
// to set one.
func TestNoPlanIsSaid(t *testing.T) {
	s := tuitest.Sample()
	s.PlanSet = false
	m := shown(t, s, 120, 40)
	wantText(t, m, "API-equivalent (no plan set)", "3") // in big digits
	rejectText(t, m, "Cash", "cash ", "pent")
	drive(m, press("c"))
	wantText(t, m, "No plan is set", "tokpit plan set")
	s.Subscribable = false
	m = shown(t, s, 120, 40)
	wantText(t, m, "Cost at list price")
}

func TestRouting(t *testing.T) {
	m := shown(t, tuitest.Sample(), 120, 40)
	drive(m, press(fmt.Sprint(len(m.pages)))) // the last page
	wantText(t, m, "Looked at")
	drive(m, press("]"))
	wantText(t, m, "Models ──")
	drive(m, press("["))
	wantText(t, m, "Looked at")
	drive(m, ui.Open("Overview"))
	wantText(t, m, "Models ──")

	drive(m, press("?"))
	if _, open := m.modals.Top(); !open {
		t.Fatal("? opened nothing")
	}
	if _, cmd := m.Update(press("2")); cmd != nil || m.active != 0 {
		t.Error("a key went through an open box")
	}
	drive(m, tea.KeyPressMsg{Code: tea.KeyEscape})
	if _, open := m.modals.Top(); open {
		t.Error("esc did not close the box")
	}
}

func quits(cmd tea.Cmd) bool {
	if cmd == nil {
		return false
	}
	_, ok := cmd().(tea.QuitMsg)
	return ok
}

// ctrl+c ends the program from every state; q is text where text is typed.
func TestQuit(t *testing.T) {
	for name, start := range states(t) {
		m := start(80, 24)
		_, cmd := m.Update(tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl})
		if !quits(cmd) {
			t.Errorf("%s: ctrl+c does not quit", name)
		}
	}
	m := shown(t, tuitest.Sample(), 80, 24)
	drive(m, press(":"))
	if _, cmd := m.Update(press("q")); quits(cmd) {
		t.Error("q quits while a command is typed")
	}
	m = shown(t, tuitest.Sample(), 80, 24)
	if _, cmd := m.Update(press("q")); !quits(cmd) {
		t.Error("q does not quit")
	}
}

func TestDemoFromFirstRun(t *testing.T) {
	m := shown(t, tuitest.Empty(), 120, 40)
	wantText(t, m, "No usage found yet", "Not on this machine yet", "/home/mara/.claude/projects", "permission denied", "d  look around with demo data", "tokpit import FILE")
	_, cmd := m.Update(press("d"))
	run(m, cmd)
	wantText(t, m, "demo data", "claude-opus-4-8")
	f := m.reporter.(*fake)
	_, cmd = m.Update(press("r"))
	run(m, cmd)
	if f.syncs != 0 {
		t.Error("demo data was synced")
	}
	drive(m, Failed{errBusy}, Syncing{Done: 1, Total: 2})
	rejectText(t, m, "busy", "syncing")
	wantText(t, m, "D leave demo")
	_, cmd = m.Update(press("D"))
	run(m, cmd)
	wantText(t, m, "No usage found yet")
	rejectText(t, m, "D leave demo")
}

// What a sync failed at is said until the next one has ended well, however
// often the data is loaded in between.
func TestFailureOutsideIsShownUntilTheNextSync(t *testing.T) {
	m := shown(t, tuitest.Sample(), 120, 40)
	drive(m, Syncing{}, Failed{errBusy})
	load(m)
	wantText(t, m, "open store: busy")
	drive(m, Syncing{Done: 1, Total: 2}, Syncing{})
	rejectText(t, m, "open store: busy")
}

// Every binding that works is in the help and in the palette, and those that the
// footer names are there at a width that has room.
func TestEveryBindingIsFound(t *testing.T) {
	for i := range newPages(t.Context(), Options{}) {
		m := shown(t, tuitest.Sample(), 300, 70)
		m.active = i
		all := m.global()
		for _, column := range m.page().FullHelp() {
			all = append(all, column...)
		}
		footer := lastLine(text(m))
		for _, b := range m.ShortHelp() {
			if b.Enabled() && !strings.Contains(footer, b.Help().Key+" "+b.Help().Desc) {
				t.Errorf("%s: the footer lacks %q", m.page().Title(), b.Help())
			}
			if !slices.ContainsFunc(all, func(o key.Binding) bool { return slices.Equal(o.Keys(), b.Keys()) }) {
				t.Errorf("%s: %q is in the footer but not in the help", m.page().Title(), b.Help())
			}
		}
		commands := m.commands()
		drive(m, press("?"))
		help := text(m)
		for _, b := range all {
			if !b.Enabled() {
				continue
			}
			if !strings.Contains(help, b.Help().Desc) {
				t.Errorf("%s: the help lacks %q", m.page().Title(), b.Help())
			}
			if !slices.ContainsFunc(commands, func(c overlay.Command) bool { return strings.HasSuffix(c.Name, ": "+b.Help().Desc) }) {
				t.Errorf("%s: the palette lacks %q", m.page().Title(), b.Help())
			}
			if msg, ok := overlay.Press(b); !ok || !key.Matches(msg, b) {
				t.Errorf("%q cannot be pressed by name: %q", b.Keys(), msg.String())
			}
		}
	}
}

// At every width the footer ends with help and quit.
func TestFooterAlwaysShowsTheWayOut(t *testing.T) {
	m := shown(t, tuitest.Sample(), 40, 10)
	for w := 40; w <= 200; w++ {
		drive(m, tea.WindowSizeMsg{Width: w, Height: 24})
		if foot := lastLine(text(m)); !strings.Contains(foot, "? help  q quit") {
			t.Fatalf("width %d: %q", w, foot)
		}
	}
}

func lastLine(s string) string { return s[strings.LastIndexByte(s, '\n')+1:] }

func TestPaletteRunsACommand(t *testing.T) {
	m := shown(t, tuitest.Sample(), 120, 40)
	drive(m, press(":"))
	for _, r := range "go sources" {
		drive(m, tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	_, cmd := m.Update(tea.KeyPressMsg{Code: tea.KeyEnter})
	run(m, cmd)
	wantText(t, m, "Looked at")
	drive(m, press(":"))
	for _, r := range "next theme" {
		drive(m, tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	_, cmd = m.Update(tea.KeyPressMsg{Code: tea.KeyEnter})
	run(m, cmd)
	if !m.styles.Theme.Light {
		t.Error("the command did not press its key")
	}
}

func TestStaleDataIsMarked(t *testing.T) {
	s := tuitest.Sample()
	s.LastSync = s.AsOf.AddDate(0, 0, -3)
	m := shown(t, s, 120, 40)
	wantText(t, m, "! synced 3 days ago")
}

func TestReadOnlyIsSaid(t *testing.T) {
	f := &fake{snap: tuitest.Sample()}
	m := New(t.Context(), f, Options{Now: tuitest.Now, ReadOnly: "the store was written by a newer tokpit"})
	drive(m, tea.WindowSizeMsg{Width: 100, Height: 30})
	load(m)
	wantText(t, m, "! read-only: the store was written by a newer tokpit", "Cash")
}
