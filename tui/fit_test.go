package tui

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokpit/report"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

// states is every kind of screen, as a way to bring a fresh model into it.
func states(tb testing.TB) map[string]func(width, height int) *Model {
	from := func(snap func() *report.Snapshot, msgs ...tea.Msg) func(int, int) *Model {
		return func(width, height int) *Model {
			m := shown(tb, snap(), width, height)
			drive(m, msgs...)
			return m
		}
	}
	noPlan := func() *report.Snapshot {
		s := tuitest.Sample()
		s.PlanSet, s.Demo = false, true
		return s
	}
	left := tea.KeyPressMsg{Code: tea.KeyLeft}
	detail := func(width, height int) *Model {
		m := shown(tb, tuitest.Hostile(), width, height)
		_, cmd := m.Update(press("i"))
		run(m, cmd)
		return m
	}
	return map[string]func(int, int) *Model{
		"sample":          from(tuitest.Sample),
		"budgeted":        from(tuitest.Budgeted),
		"no plan":         from(noPlan),
		"day":             from(tuitest.Sample, left, left, press("c")),
		"light":           from(tuitest.Sample, press("T")),
		"mono":            from(tuitest.Sample, tea.ColorProfileMsg{Profile: 1}),
		"hostile":         from(tuitest.Hostile, press("c")),
		"huge":            from(tuitest.Huge, left),
		"sparse":          from(tuitest.Sparse, left),
		"empty":           from(tuitest.Empty),
		"help":            from(tuitest.Sample, press("?")),
		"palette":         from(tuitest.Sample, press(":"), press("o")),
		"details":         detail,
		"prices":          from(tuitest.Sample, ui.Open("Prices")),
		"hostile prices":  from(tuitest.Hostile, ui.Open("Prices"), press("U")),
		"huge prices":     from(tuitest.Huge, ui.Open("Prices"), press("U"), press("U")),
		"hostile changes": from(tuitest.Hostile, ui.Open("Prices"), press("l")),
		"retiring":        from(tuitest.Hostile, ui.Open("Prices"), press("h")),
		"no book":         from(tuitest.Sparse, ui.Open("Prices")),
		"hostile price details": func(width, height int) *Model {
			m := shown(tb, tuitest.Hostile(), width, height)
			drive(m, ui.Open("Prices"))
			_, cmd := m.Update(tea.KeyPressMsg{Code: tea.KeyEnter})
			run(m, cmd)
			return m
		},
		"sources":         from(tuitest.Connected, ui.Open("Sources"), tea.KeyPressMsg{Code: tea.KeyDown}, tea.KeyPressMsg{Code: tea.KeyDown}),
		"plain sources":   from(tuitest.Hostile, ui.Open("Sources")),
		"hostile sources": from(tuitest.HostileConnected, ui.Open("Sources"), left, left),
		"no sources":      from(tuitest.Sparse, ui.Open("Sources")),
		"connect":         from(tuitest.Connected, ui.Open("Sources"), press("a"), tea.KeyPressMsg{Code: tea.KeyTab}),
		"estimate": func(width, height int) *Model {
			return estimating(tb, tuitest.Sample(), prompt, width, height, "b", "down", "w")
		},
		"nothing to estimate": func(width, height int) *Model { return estimating(tb, tuitest.Sample(), "", width, height) },
		"typing a prompt": func(width, height int) *Model {
			return estimating(tb, tuitest.Sample(), prompt, width, height, "tab", "down", "down")
		},
		"token numbers": func(width, height int) *Model {
			return estimating(tb, tuitest.Sample(), prompt, width, height, "p", "p", "#")
		},
		"hostile prompt": func(width, height int) *Model {
			return estimating(tb, tuitest.Hostile(), hostilePrompt(), width, height, "p", "#", "b")
		},
		"hostile typing": func(width, height int) *Model {
			return estimating(tb, tuitest.Hostile(), hostilePrompt(), width, height, "tab", "ctrl+a")
		},
		"prompt without prices": func(width, height int) *Model { return estimating(tb, tuitest.Sparse(), prompt, width, height) },
		"prompt details": func(width, height int) *Model {
			return estimating(tb, tuitest.Sample(), prompt, width, height, "enter")
		},
		"columns of estimates": func(width, height int) *Model { return estimating(tb, tuitest.Hostile(), prompt, width, height, "v") },
		"a file to estimate":   func(width, height int) *Model { return estimating(tb, tuitest.Sample(), prompt, width, height, "o") },
		"stale":                from(tuitest.Sample, Failed{errBusy}, Syncing{Done: 3, Total: 12}),
		"hostile error": from(tuitest.Sample, Failed{fmt.Errorf("%s", strings.Join(tuitest.HostileNames(), " "))},
			ui.Notice(strings.Repeat("very long ", 40))),
		"loading": func(width, height int) *Model {
			m, _ := newModel(tb, nil)
			drive(m, tea.WindowSizeMsg{Width: width, Height: height})
			return m
		},
		"failed": func(width, height int) *Model {
			m, f := newModel(tb, nil)
			f.err = errBusy
			drive(m, tea.WindowSizeMsg{Width: width, Height: height})
			load(m)
			return m
		},
	}
}

// Every state fills every size exactly: as many lines as the terminal has, none
// wider, nothing but printable characters and colours in them.
func TestEveryScreenFits(t *testing.T) {
	stepX, stepY := 11, 3
	if testing.Short() {
		stepX, stepY = 23, 9
	}
	for name, start := range states(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := start(120, 40)
			for w := 40; w <= 220; w += stepX {
				for h := 10; h <= 70; h += stepY {
					drive(m, tea.WindowSizeMsg{Width: w, Height: h})
					checkFits(t, m.render(), w, h)
				}
			}
			for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}, {40, 10}, {220, 70}} {
				checkFits(t, start(size[0], size[1]).render(), size[0], size[1])
			}
		})
	}
}

// A terminal that is too small for anything is not drawn over its edges either. In
// short, every width and every height, but not each with each.
func TestTinyScreensFit(t *testing.T) {
	t.Parallel()
	for w := range 42 {
		for h := range 12 {
			if testing.Short() && (w+5*h)%12 != 0 {
				continue
			}
			m := shown(t, tuitest.Sample(), w, h)
			for y, line := range strings.Split(m.render(), "\n") {
				if ansi.StringWidth(line) > w || y >= max(h, 1) {
					t.Fatalf("%dx%d: line %d is %q", w, h, y, line)
				}
			}
		}
	}
}

func checkFits(t *testing.T, screen string, w, h int) {
	t.Helper()
	lines := strings.Split(screen, "\n")
	if len(lines) != h {
		t.Fatalf("%dx%d: %d lines:\n%s", w, h, len(lines), ansi.Strip(screen))
	}
	for y, line := range lines {
		plain := ansi.Strip(line)
		if got := ansi.StringWidth(plain); got > w {
			t.Fatalf("%dx%d: line %d is %d columns wide: %q", w, h, y, got, plain)
		}
		if got := ansi.StringWidthWc(plain); got > w {
			t.Fatalf("%dx%d: line %d is %d columns wide by runes: %q", w, h, y, got, plain)
		}
		if hasHarmful(plain) {
			t.Fatalf("%dx%d: line %d has something harmful: %q", w, h, y, plain)
		}
		if rest := strings.Map(keepEscapes, stripColours(line)); rest != "" {
			t.Fatalf("%dx%d: line %d has an escape sequence that is no colour: %q", w, h, y, line)
		}
	}
}

func hasHarmful(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return r < 0x20 || r >= 0x7f && r < 0xa0 || r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
	})
}

func keepEscapes(r rune) rune {
	if r == 0x1b || r == 0x9b {
		return r
	}
	return -1
}

// stripColours takes SGR sequences out, and nothing else.
func stripColours(s string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "\x1b[")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		end := strings.IndexFunc(rest, func(r rune) bool { return r != ';' && (r < '0' || r > '9') })
		if end < 0 || rest[end] != 'm' {
			b.WriteString("\x1b")
			s = rest
			continue
		}
		s = rest[end+1:]
	}
}
