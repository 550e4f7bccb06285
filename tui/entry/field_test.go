package entry

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokpit/tui/ui"
)

// A field that began with more than it takes keeps that, and takes no more.
func TestLongField(t *testing.T) {
	var f Field
	f.Set(strings.Repeat("x", Longest+50))
	f.Insert("y")
	if len(f.Text()) != Longest+50 {
		t.Errorf("%d characters", len(f.Text()))
	}
	k := NewKeys()
	f.Edit(tea.KeyPressMsg{Code: 'u', Mod: tea.ModCtrl}, &k)
	f.Insert("a\x1b[31mb\nc")
	if strings.ContainsAny(f.Text(), "\x1b\n") || f.Text() == "" {
		t.Errorf("kept %q", f.Text())
	}
	g := f.Clone()
	g.Insert("!")
	if g.Text() == f.Text() {
		t.Error("a clone is the same field")
	}
}

// What is typed over a suggestion replaces it; moving in it keeps it.
func TestSuggestion(t *testing.T) {
	k := NewKeys()
	for _, tt := range []struct {
		press tea.KeyPressMsg
		want  string
	}{
		{tea.KeyPressMsg{}, "3000"},
		{tea.KeyPressMsg{Code: tea.KeyBackspace}, "3000"},
		{tea.KeyPressMsg{Code: 'u', Mod: tea.ModCtrl}, "3000"},
		{tea.KeyPressMsg{Code: tea.KeyEnd}, "80003000"},
		{tea.KeyPressMsg{Code: tea.KeyHome}, "30008000"},
	} {
		var f Field
		f.Suggest("8000")
		f.Edit(tt.press, &k)
		for _, r := range "3000" {
			f.Insert(string(r))
		}
		if f.Text() != tt.want {
			t.Errorf("after %v: %q, want %q", tt.press, f.Text(), tt.want)
		}
	}
	var f Field
	f.Suggest("8000")
	if f.Text() != "8000" {
		t.Errorf("untouched: %q", f.Text())
	}
}

// Rows, choices, buttons and paragraphs fit any width.
func TestEverythingFits(t *testing.T) {
	st := ui.NewStyles(ui.Theme{})
	var f Field
	f.Set("non-ASCII 日本語 and a long text that does not fit")
	for w := range 60 {
		p := ui.NewPen(w, 10)
		for _, focused := range []bool{true, false} {
			Row(p, st, "Label", focused)
			f.Draw(p, st, "placeholder", focused)
			p.End()
			Row(p, st, "Choice", focused)
			Choice(p, st, "日本語", focused)
			p.End()
			Button(p, st, " Save ", focused)
			p.End()
		}
		out := Write(p, st)
		out.Heading("Title")
		out.Fact("label", "a value that goes on and on")
		out.Para(st.Warn, "! ", "a paragraph that goes on and on")
		for _, l := range p.Lines(p.Height()) {
			if got := ansi.StringWidth(ansi.Strip(l)); got != w {
				t.Fatalf("%d columns of %d: %q", got, w, l)
			}
		}
	}
}
