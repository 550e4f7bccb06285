package tui

import (
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"tokpit/report"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

// column is where a text stands on a line of the screen.
func column(t *testing.T, m *Model, text string) (x, y int) {
	t.Helper()
	for y, line := range strings.Split(plain(m.render()), "\n") {
		if i := strings.Index(line, text); i >= 0 {
			return ui.Width(line[:i]), y
		}
	}
	t.Fatalf("no %q on the screen:\n%s", text, plain(m.render()))
	return 0, 0
}

func click(t *testing.T, m *Model, text string) tea.Cmd {
	t.Helper()
	x, y := column(t, m, text)
	_, cmd := m.Update(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
	return cmd
}

// The keys of the footer and of the edge of a box can be clicked.
func TestKeysCanBeClicked(t *testing.T) {
	m := shown(t, tuitest.Sample(), 160, 40)
	click(t, m, "? help")
	wantText(t, m, "╭─ Keys")
	click(t, m, "esc close")
	rejectText(t, m, "╭─ Keys")
	for width := 60; width <= 200; width += 20 {
		drive(m, tea.WindowSizeMsg{Width: width, Height: 30})
		click(t, m, "? help")
		wantText(t, m, "╭─ Keys")
		drive(m, tea.KeyPressMsg{Code: tea.KeyEscape})
		if cmd := click(t, m, "q quit"); !quits(cmd) {
			t.Errorf("width %d: q cannot be clicked", width)
		}
	}
	drive(m, tea.MouseClickMsg{X: 0, Y: 29, Button: tea.MouseLeft}, tea.MouseClickMsg{X: 199, Y: 29, Button: tea.MouseLeft})
}

// Help tells of the box that is open first, also where text is typed.
func TestHelpKnowsTheBox(t *testing.T) {
	m := shown(t, tuitest.Sample(), 160, 50)
	f1 := tea.KeyPressMsg{Code: tea.KeyF1}
	drive(m, press(":"), f1)
	wantText(t, m, "╭─ Keys", "This box: Commands", "do it", "Everywhere")
	drive(m, f1)
	wantText(t, m, "╭─ Commands")
	drive(m, tea.KeyPressMsg{Code: tea.KeyEscape}, ui.Open("Prices"), press("/"), f1)
	wantText(t, m, "╭─ Keys", "Prices", "keep the filter")
	rejectText(t, m, "This box")
}

// footer is the last line of the screen.
func footer(m *Model) string {
	lines := strings.Split(strings.TrimRight(plain(m.render()), "\n"), "\n")
	return lines[len(lines)-1]
}

// The footer offers what does something on the page that is shown.
func TestFooterOffersWhatWorksHere(t *testing.T) {
	m := shown(t, tuitest.Explored(), 300, 40)
	for _, p := range m.pages {
		m.open(p.Title())
		for _, offer := range []string{"t time", "f filter", "c cash/API"} {
			if got := strings.Contains(footer(m), offer); got != narrows(p) {
				t.Errorf("%s: %q is offered: %v in %q", p.Title(), offer, got, footer(m))
			}
		}
	}
	m.open("Overview")
	drive(m, tea.WindowSizeMsg{Width: 80, Height: 24})
	if got := footer(m); !strings.Contains(got, "t time  f filter") {
		t.Errorf("80 columns have room for more: %q", got)
	}
}

// Names of pages stay as long as there is room for them; what else stands in
// their line gives way. In short, the widths at which something changes, and every
// ninth.
func TestTabsKeepTheirNames(t *testing.T) {
	t.Parallel()
	demo := tuitest.Sample()
	demo.Demo = true
	old := tuitest.Sample()
	old.LastSync = old.AsOf.AddDate(0, 0, -12)
	for name, snap := range map[string]*report.Snapshot{"demo": demo, "own": tuitest.Sample(), "old": old} {
		for width := 40; width <= 200; width++ {
			if testing.Short() && width%9 != 0 && !slices.Contains([]int{40, 59, 60, 79, 80, 119, 120, 200}, width) {
				continue
			}
			m := shown(t, snap, width, 24)
			for i := range m.pages {
				m.active = i
				line, _, _ := strings.Cut(plain(m.render()), "\n")
				for k, p := range m.pages {
					if (width >= 80 || k == i) && !strings.Contains(line, p.Title()) {
						t.Fatalf("%s, %d columns: no %s in %q", name, width, p.Title(), line)
					}
				}
				switch {
				case name == "demo" && width >= 60 && !strings.Contains(line, "demo"):
					t.Fatalf("%d columns: nothing says that it is demo data: %q", width, line)
				case name == "old" && width >= 60 && !strings.Contains(line, "! "):
					t.Fatalf("%d columns: nothing says that data is old: %q", width, line)
				}
			}
		}
	}
}

// A notice is said in full: where its line is too short, over the end of the page.
func TestNoticesAreWhole(t *testing.T) {
	m := shown(t, tuitest.Sample(), 80, 24)
	long := strings.TrimSpace(strings.Repeat("a long remark ", 9)) + " and its end"
	for _, width := range []int{80, 60, 200} {
		drive(m, tea.WindowSizeMsg{Width: width, Height: 24}, ui.Notice(long))
		screen := m.render()
		checkFits(t, screen, width, 24)
		var got []string
		for _, l := range strings.Split(plain(screen), "\n") {
			if strings.Contains(l, "remark") || strings.Contains(l, "its end") {
				got = append(got, strings.TrimSpace(l))
			}
		}
		if strings.Join(got, " ") != long {
			t.Errorf("%d columns: %q", width, got)
		}
	}
	drive(m, press("j"))
	rejectText(t, m, "remark")
	drive(m, ui.Notice(strings.Repeat("much too long ", 90)))
	checkFits(t, m.render(), 200, 24)
}
