package estimate

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"tokpit/tui/ui"
)

// unsaved runs a command and returns what it says would be lost; told is false if
// it says nothing.
func unsaved(p *Page, cmd tea.Cmd) (what string, told bool) {
	if cmd == nil {
		return "", false
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		for _, c := range msg {
			if w, ok := unsaved(p, c); ok {
				what, told = w, true
			}
		}
	case ui.To:
		return unsaved(p, p.Update(msg.Msg))
	case ui.Unsaved:
		return msg.What, true
	}
	return what, told
}

// Text that is kept nowhere is asked about before the program ends; what is in a
// file, or is the example, is not.
func TestTextIsNotLostUnasked(t *testing.T) {
	p, d := newPage(t, 120, 40)
	d.files["a.txt"] = "from a file"
	d.editor = func(s string) string { return s + ", edited" }
	const what = "the text of a prompt"
	step := func(name string, cmd tea.Cmd, want string, told bool) {
		t.Helper()
		if got, ok := unsaved(p, cmd); got != want || ok != told {
			t.Errorf("%s: %q, %v, want %q, %v", name, got, ok, want, told)
		}
	}
	step("the example", p.Update(named("x")), "", false)
	step("a paste", p.Update(tea.PasteMsg{Content: "mine"}), what, true)
	step("more of it", p.Update(tea.PasteMsg{Content: " too"}), "", false)
	step("a file", p.Update(pathGiven{"a.txt"}), "", true)
	step("an editor", p.Update(edited{text: p.text}), what, true)
	step("cleared", p.Update(cleared{}), "", true)
	step("brought back", p.Update(named("z")), what, true)
}

// Colour codes that have lost their escape characters are a sign of what the
// terminal drops, and it is said with the text.
func TestDroppedEscapesAreSaid(t *testing.T) {
	for text, want := range map[string]bool{
		"[31mred[0m": true, "ok [1;32mfine[0;0m": true, "\x1b[31mred\x1b[0m": false, "a[1m": false, "x[0]m [12] [m [m": false, "": false,
		"[" + strings.Repeat("1", 40) + "m[0m": false,
	} {
		if got := lacksEscapes(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	p, _ := newPage(t, 120, 40)
	p.Update(tea.PasteMsg{Content: "[31mred[0m"})
	const said = "pasted without its escape characters"
	if !strings.Contains(plain(p), said) {
		t.Errorf("the page does not say so:\n%s", plain(p))
	}
	settle(p, p.Update(cleared{}))
	p.Update(tea.PasteMsg{Content: "plain"})
	if strings.Contains(plain(p), said) {
		t.Errorf("the page still says so:\n%s", plain(p))
	}
}
