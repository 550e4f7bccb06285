package tui

import (
	"errors"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"tokpit/report"
	"tokpit/tui/tuitest"
)

// plainOf is the text of pages over a snapshot.
func plainOf(t *testing.T, snap *report.Snapshot, names ...string) string {
	t.Helper()
	f := &fake{snap: snap}
	text, err := Plain(t.Context(), f, Options{Now: tuitest.Now, Desk: desk{}}, names...)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func snapshots() map[string]func() *report.Snapshot {
	return map[string]func() *report.Snapshot{"sample": tuitest.Sample, "explored": tuitest.Explored, "budgeted": tuitest.Budgeted, "connected": tuitest.Connected,
		"hostile": tuitest.Hostile, "hostile explored": tuitest.HostileExplored, "hostile connected": tuitest.HostileConnected, "sparse": tuitest.Sparse, "empty": tuitest.Empty}
}

// Every page has a text, of any data: its title first, then lines without boxes,
// bars, colours or control characters, the same each time.
func TestPlainTextOfEveryPage(t *testing.T) {
	for name, snap := range snapshots() {
		for _, page := range PageNames() {
			t.Run(name+" "+page, func(t *testing.T) {
				t.Parallel()
				text := plainOf(t, snap(), strings.ToLower(page))
				lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
				if lines[0] != page || len(lines) < 3 {
					t.Fatalf("not a text:\n%s", text)
				}
				for _, l := range lines {
					if l != ansi.Strip(l) || hasHarmful(l) || strings.ContainsFunc(l, func(r rune) bool { return r >= 0x2500 && r < 0x25A0 }) {
						t.Errorf("not plain: %q", l)
					}
				}
				if again := plainOf(t, snap(), page); again != text {
					t.Errorf("another text the second time:\n%s\n%s", text, again)
				}
			})
		}
	}
}

// The text says the figures that the screen has at its top.
func TestPlainTextSaysWhatTheScreenSays(t *testing.T) {
	figures := 0
	for i, page := range PageNames() {
		m := shown(t, tuitest.Explored(), 100, 30)
		m.active = i
		lines, err := m.settled(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		screen := ansi.Strip(m.render())
		for word := range strings.FieldsSeq(strings.Join(lines[:min(len(lines), 2)], " ")) {
			if word = strings.Trim(word, ",.;:"); !strings.HasPrefix(word, "$") {
				continue
			}
			if figures++; !strings.Contains(screen, word) {
				t.Errorf("%s: %s is not on the screen:\n%s\n%s", page, word, lines[0], screen)
			}
			break
		}
	}
	if figures < 3 {
		t.Errorf("only %d figures", figures)
	}
}

func TestPlainTextOfWhatIsNotThere(t *testing.T) {
	if _, err := Plain(t.Context(), &fake{snap: tuitest.Sample()}, Options{Now: tuitest.Now}, "Invoices"); !errors.Is(err, ErrNoPage) {
		t.Errorf("got %v", err)
	}
	if _, err := Plain(t.Context(), &fake{err: errBusy}, Options{Now: tuitest.Now}); !errors.Is(err, errBusy) {
		t.Errorf("got %v", err)
	}
}

// In the cockpit the palette opens the text of the page.
func TestPlainTextFromThePalette(t *testing.T) {
	m := shown(t, tuitest.Sample(), 120, 40)
	_, cmd := m.Update(press(":"))
	run(m, cmd)
	for _, r := range "plain text" {
		_, cmd = m.Update(press(string(r)))
		run(m, cmd)
	}
	_, cmd = m.Update(enter())
	run(m, cmd)
	screen := ansi.Strip(m.render())
	for _, want := range []string{"Overview, as text", "As of: "} {
		if !strings.Contains(screen, want) {
			t.Errorf("no %q in\n%s", want, screen)
		}
	}
	checkFits(t, m.render(), 120, 40)
}
