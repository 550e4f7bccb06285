package estimate

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"tokpit/report"
	"tokpit/tokenizer"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

// Whatever is pressed, pasted, clicked and resized: the page fills its place, no
// line is wider, and its counts are those of its text.
func TestMonkey(t *testing.T) {
	keys := strings.Fields("tab esc enter down backspace space i f e x X z Z a n + w W / b v m t # y K J s S q 7 é 漢 ctrl+a ctrl+z ctrl+y ctrl+w ctrl+k ctrl+u ctrl+l ctrl+o")
	pasted := append(tuitest.HostileNames(), "", "word ", "a\rb", strings.Repeat("long ", 30_000), strings.Repeat("z", 70_000), "500", "200x3/day", "1024x1024", "p90")
	names := []string{tokenizer.O200K, tokenizer.CL100K}
	rapid.Check(t, func(r *rapid.T) {
		p, d := newPage(t, 120, 40)
		d.editor = func(s string) string { return s }
		width, height := 120, 40
		for range rapid.IntRange(1, 40).Draw(r, "steps") {
			var msg tea.Msg
			switch rapid.IntRange(0, 9).Draw(r, "what") {
			case 0:
				width, height = rapid.IntRange(1, 220).Draw(r, "width"), rapid.IntRange(1, 70).Draw(r, "height")
				p.SetSize(width, height)
			case 1:
				msg = tea.PasteMsg{Content: rapid.SampledFrom(pasted).Draw(r, "pasted")}
			case 2:
				msg = tea.MouseClickMsg{X: rapid.IntRange(0, width).Draw(r, "x"), Y: rapid.IntRange(0, height).Draw(r, "y"), Button: tea.MouseLeft}
			case 3:
				msg = tea.MouseWheelMsg{X: rapid.IntRange(0, width).Draw(r, "x"), Y: rapid.IntRange(0, height).Draw(r, "y"), Button: tea.MouseWheelDown}
			default:
				k := rapid.SampledFrom(keys).Draw(r, "key")
				if k == "e" && !p.editing() && !p.typing {
					continue // leaves the screen
				}
				msg = named(k)
			}
			if box := settle(p, p.Update(msg)); box != nil && rapid.Bool().Draw(r, "answers") {
				box.Update(tea.PasteMsg{Content: rapid.SampledFrom(pasted).Draw(r, "answer")})
				cmd, _ := box.Update(tea.KeyPressMsg{Code: tea.KeyEnter})
				settle(p, cmd)
			}
			lines := strings.Split(p.View(), "\n")
			if len(lines) != height {
				r.Fatalf("%d lines of %d", len(lines), height)
			}
			for _, l := range lines {
				if w := ansi.StringWidth(l); w > width {
					r.Fatalf("a line of %d columns of %d: %q", w, width, ansi.Strip(l))
				}
			}
			for _, b := range append(p.ShortHelp(), p.FullHelp()[1]...) {
				if b.Enabled() && (b.Help().Key == "" || b.Help().Desc == "") {
					r.Fatalf("a binding of %v without words", b.Keys())
				}
			}
		}
		want, err := report.Measure(tokenizer.Library{}, names, p.text.Bytes())
		if err != nil {
			r.Fatal(err)
		}
		settle(p, p.Update(ui.Shown{}))
		if got := p.measured(); p.text.Totals().Complete() && (got.Counts[names[0]] != want.Counts[names[0]] || got.Counts[names[1]] != want.Counts[names[1]] || got.Invalid != want.Invalid) {
			r.Fatalf("%+v, want %+v", got, want)
		}
	})
}
