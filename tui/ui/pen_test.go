package ui

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

// Whatever is drawn, every line is exactly as wide as the pen, by both ways of
// measuring, and carries nothing but colours.
func TestPenLinesAreExact(t *testing.T) {
	st := NewStyles(Theme{})
	inks := []Ink{{}, st.Text, st.BadgeWarn, st.TabActive, st.SeriesOn(1, 2)}
	texts := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z▲ ]{0,20}`),
		rapid.SampledFrom([]string{"日本語", "👨\u200d👩\u200d👧", "\x1b[31mred\x1b[0m", "a\tb\nc", "e\u0301", "\u200d", "क्षत्रिय", "\xff\xfe", "\ufe0f", "❤\ufe0f", "🇩🇪", "한국어", "\u202eabc"}))
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(0, 40).Draw(t, "width")
		p := NewPen(width, 2)
		for range rapid.IntRange(0, 12).Draw(t, "steps") {
			k := rapid.SampledFrom(inks).Draw(t, "ink")
			s := texts.Draw(t, "text")
			w := rapid.IntRange(-2, 30).Draw(t, "w")
			switch rapid.IntRange(0, 7).Draw(t, "what") {
			case 0:
				p.Text(k, s)
			case 1:
				p.Left(k, s, w)
			case 2:
				p.Right(k, s, w)
			case 3:
				p.Fill(k, '─', w)
			case 4:
				p.Space(w)
			case 5:
				p.To(w)
			case 6:
				p.Under(st.Selected)
			case 7:
				p.End()
			}
		}
		p.End()
		height := rapid.IntRange(0, 6).Draw(t, "height")
		lines := p.Lines(height)
		if len(lines) != height {
			t.Fatalf("%d lines, want %d", len(lines), height)
		}
		for _, l := range lines {
			plain := ansi.Strip(l)
			if ansi.StringWidth(plain) != width || ansi.StringWidthWc(plain) != width {
				t.Fatalf("width %d: %q is %d and %d columns", width, plain, ansi.StringWidth(plain), ansi.StringWidthWc(plain))
			}
			if strings.ContainsAny(plain, "\x1b\n\r\t\x07") {
				t.Fatalf("control characters in %q", plain)
			}
		}
	})
}

func TestPenKeepsTheRowBackground(t *testing.T) {
	st := NewStyles(Theme{})
	p := NewPen(20, 1)
	p.Under(st.Selected)
	p.Text(st.Badge, "badge")
	p.Text(st.Good, "after")
	p.End()
	line := p.Lines(1)[0]
	badge := strings.Index(line, "badge")
	if after := line[badge+len("badge"):]; !strings.Contains(after[:strings.Index(after, "after")], st.Selected.open) {
		t.Errorf("a badge ended the row's background: %q", line)
	}
	if !strings.HasSuffix(line, "\x1b[49m") {
		t.Errorf("the row's background does not end with the row: %q", line)
	}
}

func TestTextKeepsWhatPeopleWrite(t *testing.T) {
	for in, want := range map[string]string{
		"checkout-api": "checkout-api", "größe": "größe", "日本語": "日本語", "Ελληνικά": "Ελληνικά", "עברית": "עברית", "한국어": "한국어",
		"e\u0301": "e\u0301", "": "", "a\tb\r\nc": "a b  c",
		"\x1b]52;c;cm0gLXJm\x07copy": "copy", "\u202egnp.exe": "gnp.exe", "👍🏽": "👍", "❤\ufe0f 1\ufe0f⃣": "❤ 1",
		"👨\u200d👩\u200d👧": "👨👩👧", "🇩🇪": "DE", "\u0301a": "\uFFFDa",
	} {
		if got := Text(in); got != want {
			t.Errorf("Text(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"a", "\x1b[2J", "👨\u200d👩\u200d👧\u200d👦", "क्षत्रिय", "\xff", "e\u0301\u0301\u0301\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := Text(s)
		if !utf8.ValidString(out) {
			t.Fatalf("%q is not UTF-8", out)
		}
		if ansi.StringWidth(out) != ansi.StringWidthWc(out) {
			t.Fatalf("%q is %d columns by cluster and %d by rune", out, ansi.StringWidth(out), ansi.StringWidthWc(out))
		}
		if strings.ContainsFunc(out, hidden) {
			t.Fatalf("%q has hidden characters", out)
		}
		if again := Text(out); again != out {
			t.Fatalf("Text is not idempotent: %q, then %q", out, again)
		}
	})
}

func TestCut(t *testing.T) {
	for _, s := range []string{"plain ascii text", "日本語テキスト", "mixed 日本 text", "ä"} {
		for w := range 20 {
			if got := Cut(s, w); Width(got) > w || w > 0 && Width(s) > w && !strings.HasSuffix(got, "…") {
				t.Errorf("Cut(%q, %d) = %q", s, w, got)
			}
			if got := CutMiddle(s, w); Width(got) > w {
				t.Errorf("CutMiddle(%q, %d) = %q", s, w, got)
			}
		}
	}
	if got := CutMiddle("/home/mara/.claude/projects", 20); got != "/home/…aude/projects" {
		t.Errorf("CutMiddle = %q", got)
	}
}
