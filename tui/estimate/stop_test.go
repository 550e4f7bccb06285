package estimate

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
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
	p.Update(named("."))
	settle(p, cmd)
	if p.text.Totals().Complete() || !strings.Contains(plain(p), "stopped") {
		t.Fatal(". does not stop counting")
	}
	settle(p, p.Update(named(".")))
	if !p.text.Totals().Complete() {
		t.Error(". does not go on")
	}
}

// A filter that no model matches leaves the chosen one and its figures.
func TestFilterLeavesTheChosen(t *testing.T) {
	p, _ := newPage(t, 120, 40)
	settle(p, p.Update(tea.PasteMsg{Content: "how much is this?"}))
	want := *choose(t, p, "openai", "gpt-5.4")
	p.setFilter("no-such-name")
	p.redraw()
	if e := p.current(); p.rows.Len() != 0 || e == nil || e.ModelRef != want.ModelRef || e.Total != want.Total {
		t.Fatalf("%d rows and %+v", p.rows.Len(), e)
	}
	if s := plain(p); strings.Contains(s, "no model  tokens") || !strings.Contains(s, "gpt-5.4") {
		t.Errorf("the head:\n%s", s)
	}
	if press(p, "enter") != nil && p.current() == nil {
		t.Error("details of nothing")
	}
	p.setFilter("")
	if e := p.current(); e.ModelRef != want.ModelRef {
		t.Errorf("afterwards %s is chosen", e.Model)
	}
}

// A prompt that does not fit says so beside its figures, big or on one line.
func TestTooLongIsSaidInTheHead(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {60, 20}} {
		p, _ := newPage(t, size[0], size[1])
		settle(p, p.Update(tea.PasteMsg{Content: strings.Repeat("a text of many words ", 60_000)}))
		choose(t, p, "openai", "gpt-4o")
		p.redraw()
		if s := strings.Join(p.drawHead(), "\n"); !strings.Contains(ansi.Strip(s), "! too long by ") {
			t.Errorf("at %v the head does not say that the text is too long:\n%s", size, ansi.Strip(s))
		}
	}
}
