package split

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/dlclark/regexp2"
)

// steps are the patterns as their vocabularies state them; each step cuts what
// the one before has left, and what matches nothing stays in one piece.
var steps = map[Pattern][]string{
	CL100K: {`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`},
	Qwen:   {`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`},
	R50K:   {`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`},
	O200K: {strings.Join([]string{
		`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?`,
		`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?`,
		`\p{N}{1,3}`, ` ?[^\s\p{L}\p{N}]+[\r\n/]*`, `\s*[\r\n]+`, `\s+(?!\S)`, `\s+`}, "|")},
	Tekken: {strings.Join([]string{
		`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+`,
		`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*`,
		`\p{N}`, ` ?[^\s\p{L}\p{N}]+[\r\n/]*`, `\s*[\r\n]+`, `\s+(?!\S)`, `\s+`}, "|")},
	DeepSeek: {`\p{N}{1,3}`, `[一-龥぀-ゟ゠-ヿ]+`,
		"[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+"},
}

// folded writes out that s without case is also ſ, U+017F, as it is for the
// official tokenizer's engine; this one does not know.
func folded(pattern string) string {
	return strings.ReplaceAll(pattern, "(?i:'s|", "(?i:'ſ|'s|")
}

// byRegex cuts text as the regular expressions say.
func byRegex(t testing.TB, res []*regexp2.Regexp, text string) []string {
	parts := []string{text}
	for _, re := range res {
		var next []string
		for _, part := range parts {
			runes, last := []rune(part), 0
			m, err := re.FindStringMatch(part)
			for ; m != nil && err == nil; m, err = re.FindNextMatch(m) {
				if m.Index > last {
					next = append(next, string(runes[last:m.Index]))
				}
				next = append(next, m.String())
				last = m.Index + m.Length
			}
			if err != nil {
				t.Fatal(err)
			}
			if last < len(runes) {
				next = append(next, string(runes[last:]))
			}
		}
		parts = next
	}
	return parts
}

func compiled() map[Pattern][]*regexp2.Regexp {
	out := make(map[Pattern][]*regexp2.Regexp)
	for p, list := range steps {
		for _, s := range list {
			out[p] = append(out[p], regexp2.MustCompile(folded(s), regexp2.None))
		}
	}
	return out
}

func check(t testing.TB, res map[Pattern][]*regexp2.Regexp, text string) {
	t.Helper()
	for p := range patterns {
		want := byRegex(t, res[p], text)
		var got []string
		for i := 0; i < len(text); {
			j := p.Next([]byte(text), i)
			if j <= i {
				t.Fatalf("pattern %d stands still at %d of %q", p, i, text)
			}
			got = append(got, text[i:j])
			i = j
		}
		if strings.Join(got, "\x00|") != strings.Join(want, "\x00|") {
			t.Fatalf("pattern %d cuts %q into\n%q, not\n%q", p, text, got, want)
		}
		var ends [7]int
		for i, k := 0, 0; i < len(text); {
			n := p.Ends(ends[:], []byte(text), i)
			for _, e := range ends[:n] {
				if text[i:e] != want[k] {
					t.Fatalf("pattern %d: Ends cuts %q at %d into %q, not %q", p, text, i, text[i:e], want[k])
				}
				i = e
				k++
			}
		}
	}
}

var alphabet = []string{
	"abcdefgxyz", "ABCDXYZ", "0123456789", " \t\u00a0\u2003", "\r\n", " ", "\n", "'", "'sStTrReEvVmMlLdDſ", "/", ".,;:!?()[]{}<>=+-*_#\"`~@$%^&|\\",
	"éüñÅßΩλЖя", "ªºʰˀ", "中文字日本語漢字", "ひらカタカナー゛゜・", "한국어", "ไทย", "\u0300\u0301\u0e31\u3099\u20dd", "🙂👩👍🏽\u200d\ufe0f🇩🇪", "\u0085\u2028\ufeff\u200b\x00\x7f\U000e0001\ue000", "١٢Ⅷ½²", "ǅǈ", "䷀鿿가힣퟿\u9fa6\ud7b0",
}

func randomText(r *rand.Rand, size int) string {
	var b strings.Builder
	for b.Len() < size {
		set := []rune(alphabet[r.IntN(len(alphabet))])
		c, n := set[r.IntN(len(set))], 1+r.IntN(5)
		for range n {
			b.WriteRune(c)
			if n%2 == 0 {
				c = set[r.IntN(len(set))]
			}
		}
	}
	return b.String()
}

func TestPatterns(t *testing.T) {
	res := compiled()
	r := rand.New(rand.NewPCG(1, 2))
	rounds := 3000
	if testing.Short() {
		rounds = 400
	}
	for range rounds {
		check(t, res, randomText(r, 1+r.IntN(60)))
	}
	check(t, res, "func main() {\n\tfmt.Println(\"it's 12345, HTTPServer's XMLHttpRequest\")\n\n  // don't\r\n}\n")
}

func FuzzPatterns(f *testing.F) {
	res := compiled()
	r := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		f.Add(randomText(r, 40))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) < 500 {
			check(t, res, strings.ToValidUTF8(text, "\ufffd"))
		}
	})
}

// FuzzAnyBytes: invalid text is cut somehow, never beyond its end.
func FuzzAnyBytes(f *testing.F) {
	f.Add([]byte("a\xe5"), uint8(1))
	f.Add([]byte("\xe3\x81 \xf0\x9f"), uint8(0))
	f.Fuzz(func(t *testing.T, text []byte, cut uint8) {
		var ends [5]int
		for p := range patterns {
			for i := 0; i < len(text); {
				n := p.Ends(ends[:], text, i)
				if n == 0 || ends[0] <= i || ends[n-1] > len(text) || p.Next(text, i) != ends[0] && utf8.Valid(text) {
					t.Fatalf("pattern %d at %d of %q: %v", p, i, text, ends[:n])
				}
				i = ends[n-1]
			}
			p.Safe(text, int(cut))
			p.Cut(text, 0, len(text))
		}
	})
}

// TestClasses compares the table with the unicode package. Characters that a
// newer Unicode has added may differ.
func TestClasses(t *testing.T) {
	differ := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		want := Other
		switch {
		case r == '\n' || r == '\r':
			want = Line
		case unicode.Is(unicode.White_Space, r):
			want = Space
		case unicode.Is(unicode.N, r):
			want = Number
		case unicode.Is(unicode.M, r):
			want = Mark
		case unicode.Is(unicode.Lu, r) || unicode.Is(unicode.Lt, r):
			want = Upper
		case unicode.Is(unicode.Ll, r):
			want = Lower
		case unicode.Is(unicode.L, r):
			want = Plain
		case unicode.Is(unicode.P, r) || unicode.Is(unicode.S, r):
			want = Sign
		}
		got := Of(r)
		if got != want && got != Other {
			t.Fatalf("%U is %b, want %b", r, got, want)
		}
		if got != want {
			differ++
		}
		if r < 0x80 && ascii[r] != got {
			t.Fatalf("%U is %b as ASCII, %b in the table", r, ascii[r], got)
		}
		var b [4]byte
		if n := utf8.EncodeRune(b[:], r); n == 3 && plainLead[b[0]] && utf8.ValidRune(r) && got != Plain {
			t.Fatalf("%U is %b", r, got)
		}
	}
	if unicode.Version == "15.0.0" && differ > 0 {
		t.Errorf("%d characters differ; run: go generate ./tokenizer", differ)
	}
	if Of(-1) != Of(utf8.RuneError) || Of(unicode.MaxRune+1) != Of(utf8.RuneError) {
		t.Error("what is no character is not U+FFFD")
	}
}
