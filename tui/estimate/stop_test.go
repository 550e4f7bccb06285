package estimate

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
)

// Counting a long text can be stopped, and goes on.
func TestStop(t *testing.T) {
	p, _ := newPage(t, 120, 40)
	cmd := p.Update(tea.PasteMsg{Content: strings.Repeat("a text of many words ", 400_000)})
	if p.text.Totals().Complete() || !strings.Contains(plain(p), "counting") {
		t.Fatal("eight megabytes are counted at once")
	}
	if p.current().Tokens.Point == 0 {
		t.Error("there is no first count")
	}
	p.Update(named("space"))
	settle(p, cmd)
	if p.text.Totals().Complete() || !strings.Contains(plain(p), "stopped") {
		t.Fatal("space does not stop counting")
	}
	settle(p, p.Update(named("space")))
	if !p.text.Totals().Complete() {
		t.Error("space does not go on")
	}
}
