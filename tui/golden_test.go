package tui

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

// The screens as people see them, at three sizes. Run with -update after a
// change of looks, and read the difference.
func TestGoldenScreens(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
		for _, name := range []string{"sample", "budgeted", "no plan", "empty", "stale", "sources", "connect", "hostile", "prices", "estimate", "nothing to estimate", "typing a prompt", "hostile prompt"} {
			t.Run(fmt.Sprintf("%s %dx%d", name, size[0], size[1]), func(t *testing.T) {
				m := states(t)[name](size[0], size[1])
				golden.RequireEqual(t, plain(m.render()))
			})
		}
	}
	for _, name := range []string{"help", "palette", "details", "failed", "loading", "mono", "token numbers", "prompt details", "columns of estimates", "a file to estimate", "prompt without prices"} {
		t.Run(name+" 80x24", func(t *testing.T) {
			golden.RequireEqual(t, plain(states(t)[name](80, 24).render()))
		})
	}
	for _, keys := range []string{"l", "ll", "lll", "jj\r"} {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
			t.Run(fmt.Sprintf("prices %q %dx%d", keys, size[0], size[1]), func(t *testing.T) {
				m := shown(t, tuitest.Sample(), size[0], size[1])
				drive(m, ui.Open("Prices"))
				for _, r := range keys {
					msg := press(string(r))
					if r == '\r' {
						msg = tea.KeyPressMsg{Code: tea.KeyEnter}
					}
					_, cmd := m.Update(msg)
					run(m, cmd)
				}
				golden.RequireEqual(t, plain(m.render()))
			})
		}
	}
	t.Run("narrow 60x20", func(t *testing.T) {
		m := shown(t, tuitest.Sample(), 60, 20)
		drive(m, tea.KeyPressMsg{Code: tea.KeyTab})
		golden.RequireEqual(t, plain(m.render()))
	})
	t.Run("least 40x10", func(t *testing.T) {
		golden.RequireEqual(t, plain(shown(t, tuitest.Sample(), 40, 10).render()))
	})
}

// plain takes colours off, and blanks at the ends of lines, which editors do
// anyway.
func plain(screen string) string {
	lines := strings.Split(ansi.Strip(screen), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n"
}
