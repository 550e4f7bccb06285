package tokenizer

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/pkoukk/tiktoken-go"
	tiktoken_loader "github.com/pkoukk/tiktoken-go-loader"
)

// oracles gives the reference encoder of a name, made once.
var oracles = sync.OnceValue(func() func(string) *tiktoken.Tiktoken {
	tiktoken.SetBpeLoader(tiktoken_loader.NewOfflineLoader())
	var mu sync.Mutex
	known := make(map[string]*tiktoken.Tiktoken)
	return func(name string) *tiktoken.Tiktoken {
		mu.Lock()
		defer mu.Unlock()
		if known[name] == nil {
			enc, err := tiktoken.GetEncoding(name)
			if err != nil {
				panic(err)
			}
			known[name] = enc
		}
		return known[name]
	}
})

func oracle(name string) *tiktoken.Tiktoken { return oracles()(name) }

func get(t testing.TB, name string) *Encoding {
	t.Helper()
	e, err := Get(name)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// plain skips long comparisons where the race detector makes them longer still;
// they run in one goroutine.
func plain(t *testing.T) {
	t.Helper()
	if slowdown > 1 {
		t.Skip("nothing concurrent in it")
	}
}

// distinct are the encodings that differ in ordinary text.
var distinct = []string{O200K, CL100K, P50K, R50K}

// same fails unless an encoding gives the reference's tokens for valid UTF-8,
// in every way of asking for them.
func same(t testing.TB, name, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		panic("the reference replaces invalid bytes in its own way")
	}
	if name == O200K && strings.Contains(text, "'ſ'") {
		return // see TestLongS
	}
	want := oracle(name).EncodeOrdinary(text)
	e := get(t, name)
	got := e.AppendString(nil, text)
	equal := len(got) == len(want)
	for i := range got {
		equal = equal && int(got[i]) == want[i]
	}
	if !equal {
		t.Fatalf("%s: %.300q gives\n%v, the reference\n%v\n%s", name, text, clip(got), clip(want), firstDifference(e, got, want))
	}
	if n := e.CountString(text); n != len(want) {
		t.Fatalf("%s: %.300q counts %d, the reference %d", name, text, n, len(want))
	}
}

func clip[T any](s []T) []T { return s[:min(len(s), 40)] }

func firstDifference(e *Encoding, got []uint32, want []int) string {
	for i := range want {
		if i >= len(got) || int(got[i]) != want[i] {
			var a, b []string
			for k := max(i-2, 0); k < i+5; k++ {
				if k < len(got) {
					a = append(a, fmt.Sprintf("%q", e.Token(got[k])))
				}
				if k < len(want) {
					b = append(b, fmt.Sprintf("%q", e.Token(uint32(want[k]))))
				}
			}
			return fmt.Sprintf("at token %d: %s\nreference:   %s", i, strings.Join(a, " "), strings.Join(b, " "))
		}
	}
	return "more tokens than the reference"
}

func TestEdges(t *testing.T) {
	texts := []string{
		"", " ", "  ", "a", "A", "\n", "\r\n", "\r", "\t", "0", "'", "\x00", "\x7f",
		"Hello, world! It's 2026.", "don't DON'T Don'T dOn'ſ 'ſ 'S 's'", "they'll THEY'LL we've I'M I'd'", "'l 'll 'le 'r 're 'v 've 'x",
		"a  b   c    d", "a\n\n  b\n\t\nc \n d  \n", "\n\t\n", "\n \n", "a\n  \nb", "  \n  x", "\u0085a\u0085\u0085b", "\u00a0\u00a0x",
		"\ufeffBOM \ufeff", "x\u200bz \u2028\u2029 y", "1234567 12,345.67 ١٢٣٤٥ Ⅷ½²", " 123 x1y2",
		"<|endoftext|> a <|endofprompt|><|fim_prefix|> <|im_start|>user",
		"camelCase HTTPServer XMLHttpRequest ÄÖÜäöü ǅungla İstanbul ΑΒΓαβγ", "éa E\u0301A e\u0301 \u0301\u0301A \u0301AB \u0301Ab \u0301", " \u0301x\u0301Y",
		"中文字符，没有空格。日本語のテキスト、カタカナ・ひらがな。한국어 텍스트", "中A中AAb中AB 中文ABC", "ʰaʰBʰ ªº ໄທ ภาษาไทย",
		"👩‍👩‍👧‍👦 🇩🇪🇫🇷 👍🏽 🏳️‍🌈", "http://a.b/c//d/\n//x\n/* c */", "x /\n/ y\r\n/", "!!!\n\n///\r\n", "a/b\n/c", "\t\tif x == nil {\n\t\t\treturn\n\t\t}\n",
		strings.Repeat("=", 300), strings.Repeat(" ", 300) + "x", strings.Repeat("\n", 300), strings.Repeat("ab", 300), strings.Repeat("A", 200) + "b",
		strings.Repeat("🙂", 100), strings.Repeat("中", 200), strings.Repeat("-=", 100), "\U000e0041\U0001f468\u200d",
	}
	for _, name := range distinct {
		for _, text := range texts {
			same(t, name, text)
			same(t, name, "x"+text)
			same(t, name, " "+text+" a")
		}
	}
}

// TestEveryCodePoint puts each code point between, before and after others.
func TestEveryCodePoint(t *testing.T) {
	plain(t)
	step := rune(1)
	if testing.Short() {
		step = 7
	}
	for _, name := range distinct {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b strings.Builder
			for r := rune(1); r <= utf8.MaxRune; r += step {
				if r >= 0x33500 && r < 0xe0000 { // unassigned
					r = 0xe0000
				}
				if r > 0xe01f0 && r < 0x10fff0 { // unassigned, private use
					r = 0x10fff0
				}
				if !utf8.ValidRune(r) {
					continue
				}
				fmt.Fprintf(&b, "a%cb %c %c\n%cA%c%cz1%c2", r, r, r, r, r, r, r)
				if b.Len() > 1<<15 {
					same(t, name, b.String())
					b.Reset()
				}
			}
			same(t, name, b.String())
		})
	}
}

// TestLongS: without case, the s of a contraction is also ſ. The official
// tokenizer's regular expressions know that, the reference's do not; here is the
// only place found where that gives other tokens.
func TestLongS(t *testing.T) {
	e := get(t, O200K)
	for text, want := range map[string][]uint32{
		"don'ſ'st": {22130, 6, 70067, 6, 302}, "it'ſ'tt": {278, 6, 70067, 6, 1037}, "'ſ'st": {6, 70067, 885, 83}, // npm tiktoken 1.0.22
	} {
		if got := e.AppendString(nil, text); !slices.Equal(got, want) {
			t.Errorf("%q gives %v, want %v", text, got, want)
		}
	}
}

// goSources returns Go files of the toolchain up to a number of bytes.
func goSources(t testing.TB, size int) string {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Skip("no toolchain here")
	}
	var b strings.Builder
	for _, dir := range []string{"net/http", "go/types", "strconv", "time", "unicode", "text/template"} {
		files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(root)), "src", dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Skip("no sources of the toolchain here")
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil || !utf8.Valid(text) {
				continue
			}
			b.Write(text)
			if b.Len() > size {
				return b.String()
			}
		}
	}
	return b.String()
}

func TestSources(t *testing.T) {
	t.Parallel()
	plain(t)
	text := goSources(t, 600<<10)
	for _, name := range distinct {
		same(t, name, text)
	}
}

// alphabet is what random text is made of: one string for each kind of trouble.
var alphabet = []string{
	"abcdefghijklmnopqrstuvwxyz", "ABCDEFGH", "0123456789", " \t\u00a0\u2003", "\r\n", " ", "\n", "'", "'sStTrReEvVmMlLdDſ", "/", ".,;:!?()[]{}<>=+-*_#\"`~@$%^&|\\",
	"éüñÅßΩλЖя", "ªºʰˀ", "中文字日本語漢字假名", "ひらがなカタカナー゛゜", "한국어텍스트", "ไทยภาษา", "العربية", "\u0300\u0301\u0308\u0e31\u3099\u20dd", "🙂👩👍🏽\u200d\ufe0f🇩🇪", "\u0085\u2028\ufeff\u200b\x00\x7f\U000e0001", "١٢Ⅷ½²", "ǅǈ",
}

// randomText makes text of runs: of one kind, of one character, or mixed.
func randomText(r *rand.Rand, size int) string {
	var b strings.Builder
	for b.Len() < size {
		set := []rune(alphabet[r.IntN(len(alphabet))])
		n := 1 + r.IntN(6)
		if r.IntN(20) == 0 {
			n = 1 + r.IntN(200)
		}
		switch c := set[r.IntN(len(set))]; r.IntN(6) {
		case 0:
			for range n {
				b.WriteRune(c)
			}
		default:
			for range n {
				b.WriteRune(set[r.IntN(len(set))])
			}
		}
	}
	return b.String()
}

func TestRandomText(t *testing.T) {
	t.Parallel()
	rounds := 400
	if testing.Short() || slowdown > 1 {
		rounds = 30
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range rounds {
		text := randomText(r, 1+r.IntN(3000))
		for _, name := range distinct {
			same(t, name, text)
		}
	}
}

// TestLongPieces compares single pieces that are merged in windows.
func TestLongPieces(t *testing.T) {
	t.Parallel()
	plain(t)
	r := rand.New(rand.NewPCG(3, 4))
	sets := []string{"abcdefghijklmnopqrstuvwxyz", "etaoin", "ab", "a", "中文字日本語漢字假名的一是不了人我在有他这", "ひらがな", "한국어텍스트는", "=-", "=", " ", "👩👍🏽\u200d🇩🇪", "аеиоу", "ACGT"}
	for _, set := range sets {
		runes := []rune(set)
		for _, size := range []int{30, 63, 64, 65, 66, 130, 900, 1023, 1024, 1025, 1190, 2500, 6000} {
			text := make([]rune, 0, size)
			for len(string(text)) < size {
				if r.IntN(9) == 0 && len(text) > 20 { // repeat something
					text = append(text, text[len(text)-20:]...)
				}
				text = append(text, runes[r.IntN(len(runes))])
			}
			for _, name := range distinct {
				same(t, name, string(text))
			}
		}
	}
}

func FuzzEncode(f *testing.F) {
	for i, s := range alphabet {
		f.Add(s, uint8(i))
	}
	f.Add("x's \r\n\r\n//\n", uint8(1))
	f.Fuzz(func(t *testing.T, text string, repeat uint8) {
		text = strings.ToValidUTF8(text, "\ufffd")
		for _, name := range distinct {
			same(t, name, text)
			if len(text) < 40 {
				same(t, name, strings.Repeat(text, int(repeat)))
			}
		}
	})
}

func TestEncodingNames(t *testing.T) {
	for _, name := range Names() {
		if _, err := Get(name); err != nil {
			t.Error(err)
		}
	}
	if _, err := Get("gpt2"); err == nil {
		t.Error("gpt2 is there")
	}
	// Nothing is missing that the reference has: it is never needed to count.
	for _, name := range tiktoken.MODEL_TO_ENCODING {
		if name != "gpt2" && !slices.Contains(Names(), name) {
			t.Errorf("the reference has %s", name)
		}
	}
}
