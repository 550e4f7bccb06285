package sources

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokpit/report"
	"tokpit/tui/tuitest"
	"tokpit/usage"
)

func view(p *Page) string { return ansi.Strip(p.View()) }

func newPage(s *report.Snapshot, w, h int) *Page {
	p := New(Options{})
	p.SetSize(w, h)
	p.SetSnapshot(s)
	return p
}

func TestDetailFollowsTheCursor(t *testing.T) {
	p := newPage(tuitest.Sample(), 110, 30)
	for _, want := range []string{"▸ claude-code", "✓ /home/mara/.claude/projects  1,320 files (default)", "– /home/mara/.config/claude/projects  not there (XDG_CONFIG_HOME)",
		"logged: what the agent wrote down", "tokpit doctor names file and line", "184,220", "2 min ago (20 Nov 2026 14:58 UTC)"} {
		if !strings.Contains(view(p), want) {
			t.Errorf("the page lacks %q:\n%s", want, view(p))
		}
	}
	p.Update(tea.KeyPressMsg{Code: tea.KeyEnd})
	for _, want := range []string{"▸ openai", "! the usage API answered 429", "hint: it is tried again by itself at 15:10", "26 h ago"} {
		if !strings.Contains(view(p), want) {
			t.Errorf("the page lacks %q:\n%s", want, view(p))
		}
	}
	p.Update(tea.MouseClickMsg{X: 5, Y: 3, Button: tea.MouseLeft})
	if !strings.Contains(view(p), "▸ codex") {
		t.Errorf("a click on the second row does not choose it:\n%s", view(p))
	}
}

func TestNothingToShow(t *testing.T) {
	if got := view(newPage(&report.Snapshot{}, 60, 12)); !strings.Contains(got, "No source is known yet.") {
		t.Errorf("without sources:\n%s", got)
	}
	for b := usage.Billed; b <= usage.Reported; b++ {
		if !strings.HasPrefix(basis(b), b.String()+":") {
			t.Errorf("%v is explained as %q", b, basis(b))
		}
	}
}
