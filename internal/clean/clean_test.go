package clean

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "claude-sonnet-4-5", "claude-sonnet-4-5"},
		{"empty", "", ""},
		{"letters of other scripts", "Ünïcode 模型 العربية", "Ünïcode 模型 العربية"},
		{"emoji", "ship it 🚀", "ship it 🚀"},
		{"colour", "\x1b[31mred\x1b[0m", "red"},
		{"colour with colons", "\x1b[38:2::255:0:0mred", "red"},
		{"private mode", "\x1b[?1049hx\x1b[?1049l", "x"},
		{"title", "\x1b]0;pwned\x07name", "name"},
		{"clipboard", "a\x1b]52;c;ZXZpbA==\x1b\\b", "ab"},
		{"hyperlink", "\x1b]8;;https://x.test\x1b\\text\x1b]8;;\x1b\\", "text"},
		{"device control", "\x1bPq#0;2;0\x1b\\x", "x"},
		{"application command", "\x1b_Gf=100;AAAA\x1b\\x", "x"},
		{"one-character CSI", "\u009b31mred", "red"},
		{"one-character OSC", "\u009d0;t\u009cx", "x"},
		{"charset", "\x1b(0lqk\x1b(B", "lqk"},
		{"reset", "\x1bcx", "x"},
		{"save cursor", "\x1b7x\x1b8", "x"},
		{"unclosed title", "\x1b]0;name", "0;name"},
		{"unclosed CSI", "a\x1b[31", "a"},
		{"escape at the end", "a\x1b", "a"},
		{"two escapes", "\x1b\x1b[31mx", "x"},
		{"line breaks", "a\nb\r\nc\td\u2028e", "a b  c d e"},
		{"other controls", "a\x00b\x08c\x7fd\u0081e", "abcde"},
		{"override", "exe.\u202egnp", "exe.gnp"},
		{"isolates", "\u2066a\u2067b\u2068c\u2069", "abc"},
		{"marks", "\u200ea\u200f\u061c", "a"},
		{"zero width", "a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg", "abcdefg"},
		{"tags", "a\U000e0041\U000e007f", "a"},
		{"not UTF-8", "a\xff\xfeb\xc3", "a\ufffd\ufffdb\ufffd"},
		{"raw C1 byte", "a\x9b31m", "a\ufffd31m"},
		{"replacement kept", "a\ufffdb", "a\ufffdb"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Text(c.in); got != c.want {
				t.Errorf("Text(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestLimit(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"äöüß", 4, "äöüß"},
		{"äöüß", 3, "äö…"},
		{"ab\x1b[0mc", 3, "abc"},
		{"abcd", 1, "…"},
		{"abcd", 0, ""},
		{"", 0, ""},
	} {
		if got := Limit(c.in, c.n); got != c.want {
			t.Errorf("Limit(%q, %d) = %q, want %q", c.in, c.n, got, c.want)
		}
	}
	if got := Text(strings.Repeat("x", 1<<20)); utf8.RuneCountInString(got) != MaxRunes {
		t.Errorf("a megabyte became %d runes", utf8.RuneCountInString(got))
	}
}

func TestPlainTextIsFree(t *testing.T) {
	s := strings.Repeat("a plain name ", 10)
	if n := testing.AllocsPerRun(100, func() { Text(s) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"plain", "\x1b[31mred\x1b[0m", "\x1b]0;t\x07x", "a\u202eb\u2066c\u200d", "\xff\x9b", "\x1bP\x1b", "\u009d\u009c",
		strings.Repeat("é", 300)} {
		f.Add(s, 40)
	}
	f.Fuzz(func(t *testing.T, s string, n int) {
		for _, got := range []string{Text(s), Limit(s, n%1000)} {
			if !utf8.ValidString(got) {
				t.Fatalf("not UTF-8: %q", got)
			}
			for _, r := range got {
				if r < 0x20 || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 ||
					r >= 0x200b && r <= 0x200f || r == 0xfeff || r == 0x2028 || r == 0x2029 {
					t.Fatalf("%q of %q keeps %U", got, s, r)
				}
			}
		}
		once := Text(s)
		if twice := Text(once); twice != once {
			t.Fatalf("cleaning %q again: %q, then %q", s, once, twice)
		}
		if k := n % 1000; utf8.RuneCountInString(Limit(s, k)) > max(k, 0) {
			t.Fatalf("Limit(%q, %d) is too long", s, k)
		}
	})
}

func BenchmarkText(b *testing.B) {
	for _, c := range []struct{ name, s string }{{"plain", "claude-sonnet-4-5-20250929"}, {"coloured", "\x1b[31mclaude\x1b[0m 模型"}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Text(c.s)
			}
		})
	}
}
