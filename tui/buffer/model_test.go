package buffer

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"tokpit/tui/ui"
)

func editor(text string, width, height int) *Model {
	m := New(Load([]byte(text)), NewKeyMap())
	m.SetTheme(ui.NewStyles(ui.Theme{}))
	m.SetSize(width, height)
	m.SetFocus(true)
	return m
}

func lines(m *Model) []string {
	out := m.Lines()
	for i := range out {
		out[i] = strings.TrimRight(ansi.Strip(out[i]), " ")
	}
	return out
}

func stroke(code rune, mod tea.KeyMod) tea.KeyPressMsg { return tea.KeyPressMsg{Code: code, Mod: mod} }

func TestWrap(t *testing.T) {
	m := editor("the quick brown fox jumps\nover\n\n漢字が続くとどこでも折り返せる\n\tx\ty", 13, 12)
	want := []string{"the quick", "brown fox", "jumps", "over", "", "漢字が続くと", "どこでも折り", "返せる", "    x   y", "", "", ""}
	if got := lines(m); strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("wrapped as\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Characters that would move the cursor, hide or turn text round are drawn as
// signs; what they are is not changed.
func TestOddCharactersAreSigns(t *testing.T) {
	raw := "a\x1b[31mb\r\x00\x7f\xff\u202e\u200bz"
	m := editor(raw, 40, 1)
	if got := lines(m)[0]; got != "a␛[31mb␍␀␡\uFFFD··z" {
		t.Errorf("drawn as %q", got)
	}
	if string(m.Text().Bytes()) != raw {
		t.Error("drawing changes the text")
	}
}

// Rows cover the text without a gap, in both directions, and every drawn line has
// the width of the window.
func TestRowsCoverTheText(t *testing.T) {
	piece := pieces()
	rapid.Check(t, func(t *rapid.T) {
		var b []byte
		for range rapid.IntRange(0, 30).Draw(t, "pieces") {
			b = append(b, rapid.SampledFrom(piece).Draw(t, "piece")...)
		}
		width, height := rapid.IntRange(1, 90).Draw(t, "width"), rapid.IntRange(1, 20).Draw(t, "height")
		m := editor(string(b), width, height)
		var got []byte
		s := m.text.spot(0, m.column())
		starts := []int{0}
		for {
			got = append(got, s.bytes()...)
			next, ok := m.text.next(s, m.column())
			if !ok {
				break
			}
			if s = next; s.here().from < starts[len(starts)-1] {
				t.Fatalf("a row at %d follows one at %d", s.here().from, starts[len(starts)-1])
			}
			starts = append(starts, s.here().from)
		}
		if !bytes.Equal(got, b) {
			t.Fatalf("rows have %d bytes of %d", len(got), len(b))
		}
		for i := len(starts) - 1; i > 0; i-- {
			above, ok := m.text.previous(s, m.column())
			if !ok || above.here().from != starts[i-1] {
				t.Fatalf("above row %d at %d is one at %d", i, starts[i], above.here().from)
			}
			s = above
		}
		m.SetCursor(rapid.IntRange(0, len(b)).Draw(t, "cursor"))
		drawn := m.Lines()
		for _, l := range drawn {
			if w := ansi.StringWidth(l); w != width {
				t.Fatalf("a line of %d columns in a window of %d: %q", w, width, l)
			}
		}
		if n := strings.Count(strings.Join(drawn, ""), "\x1b[7"); n > 1 || n == 0 && width > 1 && len(b) == 0 {
			t.Fatalf("%d cursors", n)
		}
		if from, to := m.Window(); m.cursor < from || m.cursor > to {
			t.Fatalf("the cursor at %d is not in the window %d to %d", m.cursor, from, to)
		}
	})
}

// Going right and then left visits the same places, none of them inside of a
// character.
func TestCursorGoesByCharacters(t *testing.T) {
	text := "ab é e\u0301 한 👨\u200d👩\u200d👧! 漢\n\n\tx\r\nz"
	m := editor(text, 20, 6)
	places := []int{0}
	for m.cursor < len(text) {
		m.Update(stroke(tea.KeyRight, 0))
		places = append(places, m.cursor)
		if m.cursor < len(text) && !utf8.RuneStart(text[m.cursor]) || len(places) > len(text)+1 {
			t.Fatalf("the cursor stops at %d", m.cursor)
		}
	}
	for i := len(places) - 1; i >= 0; i-- {
		if m.cursor != places[i] {
			t.Fatalf("going left stops at %d, going right at %d", m.cursor, places[i])
		}
		m.Update(stroke(tea.KeyLeft, 0))
	}
	family := strings.Index(text, "👨")
	m.SetCursor(family)
	if m.Update(stroke(tea.KeyDelete, 0)); !strings.Contains(string(m.Text().Bytes()), "한 ! 漢") {
		t.Errorf("deleting a character leaves %q", m.Text().Bytes())
	}
}

func TestKeys(t *testing.T) {
	for _, c := range []struct {
		name, text string
		at         int
		keys       []tea.KeyPressMsg
		want       string // | is the cursor
	}{
		{"text", "ab", 1, []tea.KeyPressMsg{{Code: 'é', Text: "é"}}, "aé|b"},
		{"new line", "ab", 1, []tea.KeyPressMsg{stroke(tea.KeyEnter, 0)}, "a\n|b"},
		{"backspace", "aéb", 3, []tea.KeyPressMsg{stroke(tea.KeyBackspace, 0)}, "a|b"},
		{"joining lines", "a\nb", 2, []tea.KeyPressMsg{stroke(tea.KeyBackspace, 0)}, "a|b"},
		{"word back", "one two, three", 14, []tea.KeyPressMsg{stroke('w', tea.ModCtrl), stroke('w', tea.ModCtrl)}, "one |"},
		{"to the start", "x\none two", 6, []tea.KeyPressMsg{stroke('u', tea.ModCtrl)}, "x\n|two"},
		{"to the end", "one two\nx", 3, []tea.KeyPressMsg{stroke('k', tea.ModCtrl)}, "one|\nx"},
		{"to the end again", "one\nx", 3, []tea.KeyPressMsg{stroke('k', tea.ModCtrl)}, "one|x"},
		{"all and type", "one\ntwo", 2, []tea.KeyPressMsg{stroke('a', tea.ModCtrl), {Code: 'x', Text: "x"}}, "x|"},
		{"all and delete", "one\ntwo", 2, []tea.KeyPressMsg{stroke('a', tea.ModCtrl), stroke(tea.KeyBackspace, 0)}, "|"},
		{"undo", "ab", 2, []tea.KeyPressMsg{{Code: 'x', Text: "x"}, {Code: 'y', Text: "y"}, stroke('z', tea.ModCtrl)}, "ab|"},
		{"redo", "ab", 2, []tea.KeyPressMsg{{Code: 'x', Text: "x"}, stroke('z', tea.ModCtrl), stroke('y', tea.ModCtrl)}, "abx|"},
		{"the column is kept", "abcdef\nx\nuvwxyz", 4, []tea.KeyPressMsg{stroke(tea.KeyDown, 0), stroke(tea.KeyDown, 0)}, "abcdef\nx\nuvwx|yz"},
		{"up at the top", "abc", 2, []tea.KeyPressMsg{stroke(tea.KeyUp, 0)}, "ab|c"},
		{"end and home", "ab\ncd", 0, []tea.KeyPressMsg{stroke(tea.KeyEnd, 0), {Code: '!', Text: "!"}, stroke(tea.KeyHome, 0)}, "|ab!\ncd"},
		{"bottom", "ab\ncd", 0, []tea.KeyPressMsg{stroke(tea.KeyEnd, tea.ModCtrl)}, "ab\ncd|"},
		{"words", "one two", 0, []tea.KeyPressMsg{stroke(tea.KeyRight, tea.ModCtrl), stroke(tea.KeyRight, tea.ModCtrl), stroke(tea.KeyLeft, tea.ModCtrl)}, "one |two"},
	} {
		m := editor(c.text, 30, 5)
		m.SetCursor(c.at)
		for _, k := range c.keys {
			m.Update(k)
		}
		got := string(m.Text().Bytes())
		if got = got[:m.Cursor()] + "|" + got[m.Cursor():]; got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestMouseAndScrolling(t *testing.T) {
	m := editor(strings.Repeat("0123456789\n", 100), 20, 5)
	m.Update(tea.MouseClickMsg{X: 4, Y: 2, Button: tea.MouseLeft})
	if m.Cursor() != 26 {
		t.Errorf("a click leads to %d", m.Cursor())
	}
	m.Update(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	if from, _ := m.Window(); from != 33 || m.Cursor() != 26 {
		t.Errorf("the wheel leads to %d, the cursor is at %d", from, m.Cursor())
	}
	m.Update(tea.KeyPressMsg{Code: 'x', Text: "x"}) // what is typed is seen
	if from, to := m.Window(); m.Cursor() < from || m.Cursor() > to {
		t.Error("typing happens off screen")
	}
	m.Update(tea.MouseClickMsg{X: 4, Y: 40, Button: tea.MouseLeft})
	if m.Cursor() != 27 {
		t.Error("a click beside the editor moves the cursor")
	}
}

func FuzzEdit(f *testing.F) {
	f.Add([]byte("one two\nthree"), 3, 4, []byte("x"))
	f.Add([]byte("\xf0\x9f\x91"), 1, 1, []byte("\xa8"))
	all := encodings(f)
	f.Fuzz(func(t *testing.T, text []byte, from, to int, insert []byte) {
		if len(text) > 1<<16 || len(insert) > 1<<16 {
			t.Skip()
		}
		m := New(Load(text), NewKeyMap())
		m.Text().SetEncodings(all)
		m.SetSize(20, 5)
		from, to = clamp(from, len(text)), clamp(to, len(text))
		from, to = min(from, to), max(from, to)
		m.change(other, from, to, insert)
		check(t, m.Text(), append(append(append([]byte{}, text[:from]...), insert...), text[to:]...), true)
		m.Lines()
	})
}
