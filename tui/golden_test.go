package tui

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"tokpit/tui/tuitest"
)

// The screens as people see them, at three sizes. Run with -update after a
// change of looks, and read the difference.
func TestGoldenScreens(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
		for _, name := range []string{"sample", "no plan", "empty", "stale", "sources", "connect", "hostile", "prices"} {
			t.Run(fmt.Sprintf("%s %dx%d", name, size[0], size[1]), func(t *testing.T) {
				m := states(t)[name](size[0], size[1])
				golden.RequireEqual(t, plain(m.render()))
			})
		}
	}
	for _, name := range []string{"help", "palette", "details", "failed", "loading", "mono"} {
		t.Run(name+" 80x24", func(t *testing.T) {
			golden.RequireEqual(t, plain(states(t)[name](80, 24).render()))
		})
	}
	for _, keys := range []string{"l", "ll", "lll", "jj\r"} {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
			t.Run(fmt.Sprintf("prices %q %dx%d", keys, size[0], size[1]), func(t *testing.T) {
				m := shown(t, tuitest.Sample(), size[0], size[1])
				for _, r := range "3" + keys {
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
