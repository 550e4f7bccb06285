package overview

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/overlay"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
	"tokpit/usage"
)

func newPage(s *report.Snapshot, w, h int) *Page {
	p := New(Options{})
	p.SetLens(ui.Lens{Cash: true})
	p.SetSize(w, h)
	p.SetSnapshot(s)
	return p
}

func view(p *Page) string { return ansi.Strip(p.View()) }

func TestKindOfHeadline(t *testing.T) {
	for _, c := range []struct {
		plan, subscribable, cash bool
		want                     string
	}{
		{true, true, true, "Cash"},
		{true, true, false, "API-equivalent"},
		{true, false, true, "Cash"},
		{false, true, true, "API-equivalent (no plan set)"},
		{false, true, false, "API-equivalent (no plan set)"},
		{false, false, true, "Cost at list price"},
	} {
		s := tuitest.Sample()
		s.PlanSet, s.Subscribable = c.plan, c.subscribable
		h := newHeadline(s, ui.Lens{Cash: c.cash})
		if h.kind != c.want {
			t.Errorf("%+v: %q", c, h.kind)
		}
		if strings.Contains(strings.ToLower(h.kind+h.second), "spen") {
			t.Errorf("%+v: called spend", c)
		}
		if (h.second == "") == c.plan {
			t.Errorf("%+v: beside it %q", c, h.second)
		}
	}
}

func TestHeadlineFigures(t *testing.T) {
	s := tuitest.Sample()
	h := newHeadline(s, ui.Lens{Cash: true})
	want := headline{kind: "Cash", span: "1–20 Nov", figure: "$1,371.89", change: "▲ 19.6%", trend: ui.Up,
		against: "$1,147.51", versus: "previous cycle by now", vs: "last cycle by now", least: "last by now", second: "API-equivalent $3,811.10", fees: "plan fees $266.67", basis: "basis reported 19%, logged 81%", brief: "logged 81%"}
	if h != want {
		t.Errorf("got %+v\nwant %+v", h, want)
	}
	s.Cycle.Ranged, s.Cycle.Low, s.Cycle.High = true, money.FromUnits(3700), money.FromUnits(3900)
	s.Bases = s.Bases[1:]
	s.Previous = report.Sum{}
	h = newHeadline(s, ui.Lens{})
	if h.ranged != "between $3,700.00 and $3,900.00" || h.basis != "basis logged" || h.against != "" || !strings.Contains(h.change, "nothing") {
		t.Errorf("%+v", h)
	}
}

// What has no price is said to have none, wherever it is shown.
func TestUnpricedIsNeverZero(t *testing.T) {
	s := tuitest.Sparse()
	for _, size := range [][2]int{{60, 18}, {80, 21}, {120, 37}, {200, 57}} {
		p := newPage(s, size[0], size[1])
		got := view(p)
		if strings.Contains(strings.ReplaceAll(got, "$0 ┼", ""), "$0 ") || strings.Contains(got, "$0.00") {
			t.Errorf("%v: unpriced usage is shown as $0:\n%s", size, got)
		}
		if strings.Count(got, "unpriced") < 2 {
			t.Errorf("%v: unpriced usage is not named:\n%s", size, got)
		}
	}
}

func TestNotes(t *testing.T) {
	list := newNotes(tuitest.Sample(), false, ui.Lens{})
	line := func(w int) string {
		p := ui.NewPen(w, 1)
		drawNotes(p, ui.NewStyles(ui.Theme{}), list)
		return strings.TrimRight(ansi.Strip(p.Lines(1)[0]), " ")
	}
	for w, want := range map[int]string{
		200: "! 2 models unpriced (gpt-5.3-codex-preview, llama-4-scout-local): 1.6M tokens not in the cost   ! openai: the last sync failed   ! 3 rows quarantined   · 1 file with an unfinished line",
		80:  "! 2 models unpriced   ! openai failed   ! 3 rows quarantined   · 1 pending",
		60:  "! 2 models unpriced   ! openai failed   +2 more",
		32:  "! 2 models unpriced   +3 more",
	} {
		if got := line(w); got != want {
			t.Errorf("%d columns: %q, want %q", w, got, want)
		}
	}
	for w := 20; w < 220; w++ { // a note is whole or not there
		if got := line(w); strings.Contains(got, "…") && w >= 32 {
			t.Errorf("%d columns: %q", w, got)
		}
	}
	if got := newNotes(tuitest.Empty(), false, ui.Lens{}); len(got) != 0 {
		t.Errorf("notes about nothing: %v", got)
	}
}

func TestRowsAreRankedByTheLens(t *testing.T) {
	s := tuitest.Sample()
	names := func(lens ui.Lens) string {
		var out []string
		for _, r := range newRows(s.Models, lens, "unknown")[:3] {
			out = append(out, r.line.Name)
		}
		return strings.Join(out, " ")
	}
	if got := names(ui.Lens{}); got != "claude-opus-4-8 claude-sonnet-5 gpt-5.2" {
		t.Errorf("by cost: %s", got)
	}
	if got := names(ui.Lens{Cash: true}); got != "gpt-5.2 claude-opus-4-8 gemini-3-pro" {
		t.Errorf("by cash: %s", got)
	}
	rows := newRows(s.Models, ui.Lens{}, "unknown")
	if last := rows[len(rows)-1].make(); last.known || last.cost != "unpriced" || last.hasPart {
		t.Errorf("the last row is %+v", last)
	}
	if r := newRows(s.Projects, ui.Lens{}, "unallocated")[3].make(); r.name != "unallocated" {
		t.Errorf("a line without a name is %q", r.name)
	}
	if r := rows[3].make(); r.line.Name != "gpt-5.2-codex" || r.change != "new" {
		t.Errorf("%s is %q", r.line.Name, r.change)
	}
}

// The parts of a day of cash add up to its cash.
func TestCashPartsAddUp(t *testing.T) {
	s := tuitest.Sample()
	d := newDays(s, ui.Lens{Cash: true}, nil)
	for i := range s.Trend {
		if _, all := d.total(i, i+1); all != s.Trend[i].Sum.Cash {
			t.Fatalf("%s: parts are %s, cash is %s", s.Trend[i].Day, all, s.Trend[i].Sum.Cash)
		}
	}
	if d := newDays(s, ui.Lens{}, nil); d.title != "API-equivalent per day" || len(d.series) != 3 {
		t.Errorf("%q of %v", d.title, d.series)
	}
}

// A rise is marked even where another price fell on the same day, and days are
// those of the snapshot's zone.
func TestPriceMarks(t *testing.T) {
	s := tuitest.Sample()
	at := s.PriceChanges[1].At
	s.PriceChanges = append(s.PriceChanges, report.PriceChange{At: at, Model: "other"})
	d := newDays(s, ui.Lens{}, nil)
	i := d.index(at)
	if d.points[i].Day.Day() != 12 || d.bars[i].Mark == 0 || d.bars[i].Mark != d.bars[d.index(at)].Mark {
		t.Errorf("mark %d on %s", d.bars[i].Mark, d.points[i].Day)
	}
	if len(d.changes[i]) != 2 {
		t.Errorf("%d changes that day", len(d.changes[i]))
	}
	if d.bars[i].Mark != 1 {
		t.Error("a fall hides a rise")
	}
}

func press(code rune) tea.KeyPressMsg {
	if code < 0x7f && code > 0x20 {
		return tea.KeyPressMsg{Code: code, Text: string(code)}
	}
	return tea.KeyPressMsg{Code: code}
}

func TestDaysByKey(t *testing.T) {
	p := newPage(tuitest.Sample(), 120, 37)
	p.Update(press(tea.KeyLeft))
	if got := view(p); !strings.Contains(got, "Fri 20 Nov (today)") {
		t.Fatalf("the first step is not today:\n%s", got)
	}
	for range 200 {
		p.Update(press(tea.KeyLeft))
	}
	if first := len(p.days.points) - p.shownDays(); p.cursor != first {
		t.Errorf("the cursor left the chart: %d, first %d", p.cursor, first)
	}
	p.Update(press(tea.KeyEscape))
	// New data keeps the day, not its number.
	p.Update(press(tea.KeyLeft))
	p.Update(press(tea.KeyLeft))
	day := p.days.points[p.cursor].Day
	s := tuitest.Sample()
	s.Trend = s.Trend[50:]
	p.SetSnapshot(s)
	if !p.days.points[p.cursor].Day.Equal(day) {
		t.Errorf("after new data %s is chosen, not %s", p.days.points[p.cursor].Day, day)
	}
	p.Update(press(tea.KeyEscape))
	if p.cursor != -1 {
		t.Error("esc does not end the choice")
	}
}

// open returns the box that a key opens.
func open(t *testing.T, p *Page, code rune) string {
	t.Helper()
	cmd := p.Update(press(code))
	if cmd == nil {
		t.Fatal("nothing opens")
	}
	m := cmd().(overlay.Open).Modal
	w, h := m.Size(100, 60)
	return m.Title() + "\n" + ansi.Strip(strings.Join(m.Lines(ui.NewStyles(ui.Theme{}), w, h), "\n"))
}

func TestDetails(t *testing.T) {
	s := tuitest.Sample()
	s.Models[0].Sum.Ranged, s.Models[0].Sum.Low, s.Models[0].Sum.High = true, money.FromUnits(1900), money.FromUnits(2100)
	p := newPage(s, 120, 37)
	p.SetLens(ui.Lens{})
	got := open(t, p, 'i')
	for _, want := range []string{"claude-opus-4-8", "API-equivalent", "$1,980.04", "Cash", "$158.40", "Under a plan", "$1,821.64", "Range", "to $2,100.00",
		"▲ 9.3% vs $1,812.20", "Read from cache", "3,821,477,200", "of which reasoning", "Cache hit share", "84.6%"} {
		if !strings.Contains(got, want) {
			t.Errorf("the details lack %q:\n%s", want, got)
		}
	}
	for p.focus != trend {
		p.Update(press(tea.KeyTab))
	}
	got = open(t, p, 'i')
	for _, want := range []string{"Friday 20 November 2026", "anthropic", "72.0%", "Tokens"} {
		if !strings.Contains(got, want) {
			t.Errorf("the day's details lack %q:\n%s", want, got)
		}
	}
}

func TestFocusGoesRound(t *testing.T) {
	for _, size := range [][2]int{{60, 20}, {60, 9}, {90, 30}, {180, 50}} {
		p := newPage(tuitest.Sample(), size[0], size[1])
		start, seen := p.focus, map[panel]bool{}
		for range 10 {
			seen[p.focus] = true
			if p.plan.at[p.focus].Empty() {
				t.Fatalf("%v: the focus is on a panel that is not shown", size)
			}
			p.Update(press(tea.KeyTab))
		}
		for range 10 {
			p.Update(tea.KeyPressMsg{Code: tea.KeyTab, Mod: tea.ModShift})
		}
		if p.focus != start || !seen[projects] {
			t.Errorf("%v: focus ends on %d after %v", size, p.focus, seen)
		}
	}
}

func TestWelcomeSaysWhereItLooked(t *testing.T) {
	s := tuitest.Empty()
	for _, size := range [][2]int{{40, 7}, {60, 15}, {80, 21}, {200, 57}} {
		got := ansi.Strip(strings.Join(Welcome(ui.NewStyles(ui.Theme{}), s, true, size[0], size[1]), "\n"))
		for _, want := range []string{"No usage found yet", "d  look around with demo data", "r  look again", "7  connect a provider", "tokpit import FILE"} {
			if !strings.Contains(got, want) {
				t.Errorf("%v lacks %q:\n%s", size, want, got)
			}
		}
	}
	for range 20 { // tools that were not found
		s.Sources = append(s.Sources, report.SourceStatus{Name: fmt.Sprintf("tool-%d", len(s.Sources)), Places: []usage.Place{{Path: "/home/mara/one", Why: "default"}, {Path: "/home/mara/two", Why: "default"}}})
	}
	folded := ansi.Strip(strings.Join(Welcome(ui.NewStyles(ui.Theme{}), s, true, 80, 21), "\n"))
	for _, want := range []string{"CODEX_HOME", "permission denied", "21 tools; 7 says where each was looked for", "– claude-code  – tool-2", "– tool-21"} {
		if !strings.Contains(folded, want) {
			t.Errorf("many tools: no %q:\n%s", want, folded)
		}
	}
	if wide := ansi.Strip(strings.Join(Welcome(ui.NewStyles(ui.Theme{}), s, true, 200, 57), "\n")); !strings.Contains(wide, "– tool-21       /home/mara/one · /home/mara/two") {
		t.Errorf("with room for it, places are not said:\n%s", wide)
	}
	s.Sources = s.Sources[:2]
	got := ansi.Strip(strings.Join(Welcome(ui.NewStyles(ui.Theme{}), s, false, 80, 21), "\n"))
	if strings.Contains(got, "demo") {
		t.Error("demo data is offered where there is none")
	}

	// While the first sync runs nobody knows whether there is usage.
	s.LastSync, s.Sources[0].Synced = time.Time{}, time.Time{}
	s.Sources[0].Places[0].Found = true // its files are counted by the sync
	got = ansi.Strip(strings.Join(Welcome(ui.NewStyles(ui.Theme{}), s, true, 80, 21), "\n"))
	if !strings.Contains(got, "No usage read yet") || !strings.Contains(got, "projects  not read yet") {
		t.Errorf("before anything was read:\n%s", got)
	}
}

// No basis is left without a name.
func TestBasisNames(t *testing.T) {
	for b := usage.Billed; b <= usage.Reported; b++ {
		if got, brief := basisOf([]report.BasisShare{{Basis: b, Tokens: 1}}); got != "basis "+b.String() || brief != b.String() {
			t.Errorf("%v: %q, %q", b, got, brief)
		}
	}
	if got, brief := basisOf(nil); got != "" || brief != "" {
		t.Errorf("no basis is %q, %q", got, brief)
	}
}

// However little room there is, the headline says what it is and on what basis.
// In short, a part of the sizes.
func TestEveryHeadlineNamesItsBasis(t *testing.T) {
	t.Parallel()
	s := tuitest.Sample()
	s.Bases = append(s.Bases, report.BasisShare{Basis: usage.Metered, Counted: 900_000_000})
	for _, plan := range []bool{true, false} {
		s.PlanSet = plan
		for _, cash := range []bool{true, false} {
			for w := 40; w < 220; w++ {
				for i, h := range []int{7, 15, 21, 37, 57} {
					if testing.Short() && (w+i)%15 != 0 {
						continue
					}
					p := newPage(s, w, h)
					p.SetLens(ui.Lens{Cash: cash})
					got := view(p)
					if !strings.Contains(got, kindOf(s, ui.Lens{Cash: cash})) || !strings.Contains(got, "logged") {
						t.Fatalf("plan %v, cash %v at %dx%d:\n%s", plan, cash, w, h, got)
					}
				}
			}
		}
	}
}

// Projects are called what people call them, and ids stay with what is loaded.
func TestProjectsHaveNames(t *testing.T) {
	s := tuitest.Sample()
	id := s.Projects[0].Name
	s.Names = report.NewNames([]usage.Known{{Entity: usage.Entity{Kind: usage.ByProject, ID: id, Name: "Web\x1b[31m shop"}}})
	if got := view(newPage(s, 120, 40)); !strings.Contains(got, "Web shop") || strings.Contains(got, id) {
		t.Errorf("%s is not called by its name:\n%s", id, got)
	}
}
