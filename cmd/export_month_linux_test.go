package cmd_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// see waits until the screen says something.
func (s *seat) see(text string) string {
	s.tb.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if screen := s.screen(); strings.Contains(screen, text) {
			return screen
		}
	}
	s.tb.Fatalf("the screen never says %q:\n%s", text, s.screen())
	return ""
}

// TestMonthsLeaveTheCockpit: who looks for "finance" in the cockpit gets the last
// whole month as the command writes it, byte for byte, in every form, with its
// manifest; the screen says what it adds up to with every digit, and what it lacks;
// and nothing is replaced unasked.
func TestMonthsLeaveTheCockpit(t *testing.T) {
	t.Parallel()
	m := demoed(t)
	m.run("--demo", "close", "2026-09", "--yes").ok()
	folder, other := t.TempDir(), t.TempDir()
	c := m.command("--demo")
	c.Dir = folder
	c.Env = append(c.Env, "TERM=xterm-256color", "TERM_PROGRAM=vt")
	s := sit(t, c, 120, 40)
	s.see("Welcome")
	s.press("\x1b")
	s.see("▎deepseek-v4-pro") // where the tour was
	s.press(":finance")
	s.see("export for finance: a month (CSV, Excel, FOCUS, page)")
	s.press("\r")
	s.see("▸ October 2026")
	s.see(folder)
	forms := [][2]string{{"csv", "csv"}, {"xlsx", "xlsx"}, {"focus", "focus.csv"}, {"html", "html"}, {"jsonl", "jsonl"}}
	for i, form := range forms {
		if i > 0 {
			s.press("\r")
			s.see("▸ October 2026")
			s.press("\x1b[C")
		}
		name := "tokpit-2026-10." + form[1]
		s.see(name)
		s.press("\r")
		screen := s.see("✓ October 2026 is in " + name)
		m.run("--demo", "export", "--cycle", "2026-10", "--format", form[0], "--allow-unpriced", "-o", filepath.Join(other, name)).ok()
		same(t, filepath.Join(folder, name), filepath.Join(other, name))
		same(t, filepath.Join(folder, name+".manifest.json"), filepath.Join(other, name+".manifest.json"))
		for _, sum := range sums(t, filepath.Join(other, name+".manifest.json"), "cost", "cash", "BilledCost", "ListCost") {
			if !strings.Contains(screen, "USD "+sum) {
				t.Errorf("%s: %s is not said:\n%s", name, sum, screen)
			}
		}
		if !strings.Contains(screen, "5,264,225 tokens of lighthouse-rerank-2, which have no price") {
			t.Errorf("%s: what it lacks is not said:\n%s", name, screen)
		}
	}

	frozenMonth(t, m, s, folder, other, len(forms)-1)
	if found, _ := filepath.Glob(filepath.Join(folder, ".*")); found != nil {
		t.Errorf("left behind: %q", found)
	}
}

// frozenMonth goes on after the last of some forms: what has been closed is written
// as it was frozen, under a name of one's own, and a file that is there stays until
// somebody says otherwise.
func frozenMonth(t *testing.T, m *machine, s *seat, folder, other string, last int) {
	t.Helper()
	s.press("\r")
	s.see("▸ October 2026")
	s.press("\x1b[B")
	s.see("▸ September 2026  closed")
	s.press(strings.Repeat("\x1b[D", last) + "n")
	s.press("\x15september\r")
	s.see("september.csv")
	s.press("\r")
	s.see("✓ September 2026 is in september.csv")
	m.run("--demo", "export", "--cycle", "2026-09", "-o", filepath.Join(other, "september.csv")).ok()
	same(t, filepath.Join(folder, "september.csv"), filepath.Join(other, "september.csv"))

	mine := []byte("mine\n")
	if err := os.WriteFile(filepath.Join(folder, "september.csv"), mine, 0o644); err != nil {
		t.Fatal(err)
	}
	s.press("\r")
	s.see("▸ September 2026")
	s.press("\r")
	s.see("is there already")
	s.press("\x1b")
	s.see("▸ September 2026")
	if got, err := os.ReadFile(filepath.Join(folder, "september.csv")); err != nil || !bytes.Equal(got, mine) {
		t.Fatalf("what was there is %q, %v", got, err)
	}
	s.press("\r")
	s.see("is there already")
	s.press("r")
	s.see("✓ September 2026 is in september.csv")
	same(t, filepath.Join(folder, "september.csv"), filepath.Join(other, "september.csv"))
}

// same fails unless two files have the same bytes.
func same(t *testing.T, a, b string) {
	t.Helper()
	x, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := os.ReadFile(b)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(x, y) {
		t.Errorf("%s: %d bytes, the command's file has %d", filepath.Base(a), len(x), len(y))
	}
}

// sums are what columns add up to in dollars, as a manifest says; those that there
// are.
func sums(t *testing.T, manifest string, columns ...string) (out []string) {
	t.Helper()
	text, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	var m struct{ Sums map[string]any }
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	for _, c := range columns {
		if by, ok := m.Sums[c].(map[string]any); ok {
			if amount, ok := by["USD"].(string); ok {
				out = append(out, amount)
			}
		}
	}
	return out
}
