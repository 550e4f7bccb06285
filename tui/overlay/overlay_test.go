package overlay

import (
	"image"
	"strings"
	"testing"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"tokpit/tui/ui"
)

func TestColumnsOfWideText(t *testing.T) {
	for _, c := range []struct {
		from, until int
		want        string
	}{
		{0, 4, "日本"}, {0, 3, "日 "}, {1, 4, " 本"}, {1, 3, "  "}, {4, 8, "ab  "}, {9, 12, "   "}, {3, 3, ""},
	} {
		if got := columns("日本ab", c.from, c.until); got != c.want {
			t.Errorf("columns(%d, %d) = %q, want %q", c.from, c.until, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		line := ui.Text(rapid.String().Draw(t, "line"))
		from := rapid.IntRange(0, 40).Draw(t, "from")
		until := from + rapid.IntRange(0, 40).Draw(t, "n")
		if got := ansi.StringWidth(columns(line, from, until)); got != until-from {
			t.Fatalf("%q from %d until %d is %d columns", line, from, until, got)
		}
	})
}

func TestStackKeepsThePagesSize(t *testing.T) {
	st := ui.NewStyles(ui.Theme{})
	long := NewDetail("A long title "+strings.Repeat("x", 300), []Row{{Label: "heading"}, {Label: "l", Value: "v", Note: strings.Repeat("n", 200)}, {},
		{Wrap: true, Note: strings.Repeat("words that wrap ", 40)}})
	help := NewHelp([]Group{{Title: "One", Bindings: binds(30)}, {Title: "Two", Bindings: binds(5)}, {Title: "Three", Bindings: binds(2)}})
	palette := NewPalette(Commands("One", binds(40)))
	for _, m := range []Modal{long, help, palette} {
		for w := 8; w < 120; w += 3 {
			for h := 4; h < 50; h += 2 {
				var s Stack
				s.Push(m)
				page := strings.Repeat(strings.Repeat("日", w/2)+"\n", h-1) + "last"
				lines := strings.Split(s.Draw(st, page, w, h), "\n")
				if len(lines) != h {
					t.Fatalf("%T %dx%d: %d lines", m, w, h, len(lines))
				}
				for _, l := range lines {
					if ansi.StringWidth(l) > w {
						t.Fatalf("%T %dx%d: %q", m, w, h, ansi.Strip(l))
					}
				}
			}
		}
	}
}

func binds(n int) []key.Binding {
	out := make([]key.Binding, n)
	for i := range out {
		k := string(rune('a' + i%26))
		out[i] = key.NewBinding(key.WithKeys(k), key.WithHelp(k, "do thing number "+k))
	}
	return out
}

func TestScrolling(t *testing.T) {
	st := ui.NewStyles(ui.Theme{})
	d := NewDetail("t", nil)
	for i := range 30 {
		d.rows = append(d.rows, Row{Label: string(rune('A' + i))})
	}
	d.Lines(st, 20, 10)
	for range 3 {
		d.Update(tea.KeyPressMsg{Code: tea.KeyDown})
	}
	if got := ansi.Strip(d.Lines(st, 20, 10)[0]); strings.TrimSpace(got) != "D" {
		t.Errorf("three down shows %q first", got)
	}
	for range 9 {
		d.Update(tea.KeyPressMsg{Code: tea.KeyPgDown})
	}
	if got := ansi.Strip(d.Lines(st, 20, 10)[9]); strings.TrimSpace(got) != string(rune('A'+29)) {
		t.Errorf("the end shows %q last", got)
	}
	if len(d.ShortHelp()) != 3 {
		t.Error("a box that scrolls does not say so")
	}
	if _, done := d.Update(tea.KeyPressMsg{Code: tea.KeyEscape}); !done {
		t.Error("esc does not close")
	}
}

func TestStackTakesTheTopmost(t *testing.T) {
	var s Stack
	area := image.Rect(0, 0, 80, 24)
	a, b := NewDetail("a", []Row{{Label: "x"}}), NewDetail("b", []Row{{Label: "x"}})
	s.Push(a)
	s.Push(b)
	s.Update(tea.KeyPressMsg{Code: tea.KeyEscape}, area)
	if m, _ := s.Top(); m != Modal(a) {
		t.Error("esc closed another box than the topmost")
	}
	s.Update(tea.MouseClickMsg{X: 40, Y: 12, Button: tea.MouseLeft}, area)
	if _, open := s.Top(); !open {
		t.Error("a click inside closed the box")
	}
	s.Update(tea.MouseClickMsg{X: 0, Y: 0, Button: tea.MouseLeft}, area)
	if _, open := s.Top(); open {
		t.Error("a click beside the box did not close it")
	}
}

func TestPaletteSearch(t *testing.T) {
	p := NewPalette([]Command{{Name: "Go to Overview", Msg: ui.Open("Overview")}, {Name: "Go to Sources", Msg: ui.Open("Sources")},
		{Name: "Everywhere: theme", Keys: "T", Msg: tea.KeyPressMsg{Code: 'T'}}})
	for _, r := range "gosrc" {
		p.Update(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	cmd, done := p.Update(tea.KeyPressMsg{Code: tea.KeyEnter})
	if !done || cmd() != tea.Msg(ui.Open("Sources")) {
		t.Error("gosrc does not find Go to Sources")
	}
	p.Update(tea.PasteMsg{Content: strings.Repeat("zz\x1b[31m\n", 500)})
	if len(p.input) > maxInput || strings.ContainsRune(string(p.input), '\x1b') {
		t.Errorf("a paste became %q", string(p.input))
	}
	if cmd, done := p.Update(tea.KeyPressMsg{Code: tea.KeyEnter}); done || cmd != nil {
		t.Error("enter on nothing did something")
	}
	for range maxInput {
		p.Update(tea.KeyPressMsg{Code: tea.KeyBackspace})
	}
	if len(p.found) != 3 {
		t.Errorf("an empty search finds %d of 3", len(p.found))
	}
}

func TestPress(t *testing.T) {
	for _, name := range []string{"a", "T", "?", "$", ":", "up", "shift+tab", "ctrl+k", "ctrl+pgdown", "f1", "enter", "esc", "space"} {
		b := key.NewBinding(key.WithKeys(name))
		msg, ok := Press(b)
		if name == "f1" {
			if ok {
				t.Error("f1 should not be made up from its letters")
			}
			continue
		}
		if !ok || !key.Matches(msg, b) {
			t.Errorf("%s is pressed as %q", name, msg.String())
		}
	}
}
