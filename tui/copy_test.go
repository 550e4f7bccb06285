package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/overlay"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

// copies sends messages and returns what they put on the clipboard.
func copies(m *Model, msgs ...tea.Msg) (out []string) {
	var follow func(cmd tea.Cmd)
	follow = func(cmd tea.Cmd) {
		if cmd == nil {
			return
		}
		switch msg := cmd().(type) {
		case nil:
		case tea.BatchMsg:
			for _, c := range msg {
				follow(c)
			}
		default:
			if strings.HasSuffix(fmt.Sprintf("%T", msg), ".setClipboardMsg") { // which has no name outside
				out = append(out, fmt.Sprint(msg))
			}
			_, next := m.Update(msg)
			follow(next)
		}
	}
	for _, msg := range msgs {
		_, cmd := m.Update(msg)
		follow(cmd)
	}
	return out
}

// yy copies the figure under the cursor with all its digits, and says so.
func TestCopyTheFigure(t *testing.T) {
	m := shown(t, tuitest.Sample(), 120, 40)
	drive(m, press("y"))
	wantText(t, m, "╭─ Copy", "1", "the row", "the table as Markdown", "the table as CSV")
	got := copies(m, press("y"))
	if len(got) != 1 {
		t.Fatalf("copied %q", got)
	}
	top := slices.IndexFunc(m.snap.Models, func(l report.Line) bool { return l.Name == "gpt-5.2" }) // under the cursor
	if a, err := money.Parse(got[0]); err != nil || a != m.snap.Models[top].Sum.Cash {
		t.Errorf("the figure is %q, the model's cash %s", got[0], m.snap.Models[top].Sum.Cash)
	}
	wantText(t, m, "Copied cash: "+got[0])
	rejectText(t, m, "╭─ Copy")
}

// Every page has something to copy, tables as Markdown and CSV, and nothing that
// is copied acts in a terminal.
func TestEveryPageCopies(t *testing.T) {
	for name, snap := range map[string]func() *Model{
		"everything": func() *Model { return shown(t, everything(), 160, 50) },
		"hostile":    func() *Model { return shown(t, tuitest.HostileExplored(), 120, 40) },
	} {
		m := snap()
		for i, p := range m.pages {
			m.active = i
			live(m, ui.Notice("here"))
			if m.page().CapturesText() { // y is text here
				continue
			}
			found := clips(p)
			if len(found) == 0 && p.Sheet() == nil {
				t.Logf("%s: %s has nothing to copy", name, p.Title())
				continue
			}
			for _, keys := range []string{"y", "m", "c", "t"} {
				drive(m, press("y"))
				if _, open := m.modals.Top(); !open {
					t.Errorf("%s: y opens nothing on %s", name, p.Title())
				}
				for _, text := range copies(m, press(keys)) {
					if at := strings.IndexFunc(text, func(r rune) bool {
						return r < 0x20 && !strings.ContainsRune("\r\n\t", r) || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e
					}); at >= 0 {
						t.Errorf("%s: %s copies %q", name, p.Title(), text)
					}
				}
				for _, open := m.modals.Top(); open; _, open = m.modals.Top() {
					m.modals.Pop()
				}
			}
		}
	}
}

// What a box says can be copied from it, and the box stays.
func TestCopyFromABox(t *testing.T) {
	m := shown(t, tuitest.Sample(), 120, 40)
	play(m, press("i"))
	wantText(t, m, "╭─ gpt-5.2", "Read from cache")
	drive(m, press("y"))
	wantText(t, m, "the whole box")
	got := copies(m, press("1"))
	if len(got) != 1 || !strings.HasPrefix(got[0], "gpt-5.2\n") || !strings.Contains(got[0], "Read from cache ") {
		t.Errorf("copied %q", got)
	}
	wantText(t, m, "Copied the whole box")
	if _, open := m.modals.Top(); !open {
		t.Error("the box is gone")
	}
	box := overlay.NewDetail("a\x1b]52;c;AAAA\x07b", []overlay.Row{{Label: "x\x1b[2J", Value: "1\u202e2"}})
	drive(m, overlay.Open{Modal: box}, press("y"))
	if got := copies(m, press("y")); len(got) != 1 || strings.ContainsAny(got[0], "\x1b\x07\u202e") {
		t.Errorf("copied %q", got)
	}
}
