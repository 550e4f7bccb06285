package estimate

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/tui/buffer"
)

// corpus is text of some size: prose, code, data and other scripts, no two lines
// alike.
func corpus(size int) []byte {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "Paragraph %d says that counting %d words takes no longer than reading them.\n", i, i*7)
		fmt.Fprintf(&b, "\tif err := step%d(ctx, %q); err != nil {\n\t\treturn fmt.Errorf(\"step: %%w\", err)\n\t}\n", i%97, "name")
		fmt.Fprintf(&b, "{\"id\": %d, \"at\": \"2026-11-20T15:%02d:00Z\", \"ok\": true}\n", i*31, i%60)
		if i%5 == 0 {
			fmt.Fprintf(&b, "第%d章 速い計算は安い。Быстро и дёшево 🐢 naïve façade\n", i)
		}
	}
	return []byte(b.String()[:size])
}

// texts are what makes editing slow elsewhere.
func texts() map[string][]byte {
	const size = 10 << 20
	return map[string][]byte{
		"mixed":    corpus(size),
		"one line": []byte(strings.Repeat("all of this is on one line, ", size/28)),
		"one word": []byte(strings.Repeat("a", size)),
		"emoji":    []byte(strings.Repeat("👨\u200d👩\u200d👧🇩🇪👍🏽", size/41)),
		"newlines": []byte(strings.Repeat("\n", size)),
	}
}

// loaded is a page with a text that has been counted.
func loaded(tb testing.TB, text []byte) *Page {
	p, _ := newPage(tb, 200, 60)
	p.editor.Reset(buffer.Load(text))
	settle(p, p.changed())
	press(p, "m", "tab")
	p.editor.SetCursor(p.text.Len() / 2)
	p.redraw()
	p.View()
	if !p.text.Totals().Complete() {
		tb.Fatal("the text is not counted")
	}
	return p
}

// A key costs at most a frame of 16 ms, all counts and all prices of 329 models
// included, whatever ten megabytes are in the text.
func TestKeyInTenMegabytes(t *testing.T) {
	if os.Getenv("TOKPIT_SPEED") == "" {
		t.Skip("set TOKPIT_SPEED on a quiet machine, as make soak does")
	}
	for name, text := range texts() {
		t.Run(name, func(t *testing.T) {
			p := loaded(t, text)
			keys := []tea.KeyPressMsg{{Code: 'x', Text: "x"}, {Code: tea.KeySpace, Text: " "}, {Code: tea.KeyLeft}, {Code: tea.KeyBackspace},
				{Code: tea.KeyEnter}, {Code: tea.KeyDown}, {Code: tea.KeyPgUp}, {Code: '字', Text: "字"}, {Code: tea.KeyEnd, Mod: tea.ModCtrl}, {Code: tea.KeyHome, Mod: tea.ModCtrl}, {Code: 'z', Mod: tea.ModCtrl}}
			var all []time.Duration
			for range 4 {
				for _, k := range keys {
					start := time.Now()
					cmd := p.Update(k)
					p.View()
					all = append(all, time.Since(start))
					if name == "mixed" || name == "one line" { // one word of ten megabytes takes its time elsewhere
						settle(p, cmd)
					}
				}
			}
			slices.Sort(all)
			t.Logf("median %v, nine in ten %v, longest %v", all[len(all)/2], all[len(all)*9/10], all[len(all)-1])
			if limit := 16 * time.Millisecond; all[len(all)*9/10] > slack*limit {
				t.Errorf("a key took %v", all[len(all)*9/10])
			}
		})
	}
}

// A file of twenty megabytes shows a first count within half a second, and keys
// go on meanwhile.
func TestOpenTwentyMegabytes(t *testing.T) {
	if os.Getenv("TOKPIT_SPEED") == "" {
		t.Skip("set TOKPIT_SPEED on a quiet machine, as make soak does")
	}
	p, d := newPage(t, 200, 60)
	d.files["big"] = string(corpus(20 << 20))
	start := time.Now()
	msg := p.open("big")()
	due := []tea.Cmd{p.Update(unwrap(msg))}
	answered := func() tea.Msg { // of the first command that is due
		cmd := due[0]
		due = due[1:]
		if cmd == nil {
			return nil
		}
		msg := cmd()
		if batch, ok := msg.(tea.BatchMsg); ok {
			due = append(due, batch...)
			return nil
		}
		return unwrap(msg)
	}
	blocked := time.Now()
	for p.current().Tokens.Point == 0 && len(due) > 0 {
		due = append(due, p.Update(answered()))
	}
	p.View()
	first := time.Since(start)
	longest := time.Duration(0)
	for len(due) > 0 && !p.text.Totals().Complete() {
		answer := answered()
		key := time.Now()
		p.Update(tea.KeyPressMsg{Code: 'p', Text: "p"})
		due = append(due, p.Update(answer))
		p.View()
		longest = max(longest, time.Since(key))
	}
	t.Logf("first count after %v (opened after %v), all after %v, longest update %v", first, blocked.Sub(start), time.Since(start), longest)
	if !p.text.Totals().Complete() || first > slack*500*time.Millisecond || longest > slack*16*time.Millisecond {
		t.Error("too slow")
	}
}

// BenchmarkKey is one key in ten megabytes, Update and View together.
func BenchmarkKey(b *testing.B) {
	for name, text := range texts() {
		b.Run(name, func(b *testing.B) {
			p := loaded(b, text)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				k := tea.KeyPressMsg{Code: 'x', Text: "x"}
				if i%2 == 1 {
					k = tea.KeyPressMsg{Code: tea.KeyBackspace}
				}
				p.Update(k)
				p.View()
			}
		})
	}
}
