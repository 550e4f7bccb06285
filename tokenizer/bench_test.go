package tokenizer

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// corpora are texts of the kinds that people send. TOKPIT_CORPUS names a folder
// with better ones (en.txt, code.txt, cjk.txt, json.txt), as .ci/tokens builds.
func corpora(t testing.TB) map[string]string {
	out := make(map[string]string)
	if dir := os.Getenv("TOKPIT_CORPUS"); dir != "" {
		for _, name := range []string{"en", "code", "cjk", "json"} {
			text, err := os.ReadFile(filepath.Join(dir, name+".txt"))
			if err != nil || !utf8.Valid(text) {
				t.Fatalf("corpus %s: %v", name, err)
			}
			out[name] = string(text)
		}
		return out
	}
	out["code"] = goSources(t, 1<<20)
	out["en"] = comments(out["code"])
	out["cjk"] = phrases(1 << 19)
	return out
}

// comments returns the doc comments of Go code: English prose.
func comments(code string) string {
	var b strings.Builder
	for line := range strings.Lines(code) {
		if text, ok := strings.CutPrefix(strings.TrimLeft(line, "\t"), "// "); ok {
			b.WriteString(text)
		}
	}
	return b.String()
}

// phrases makes text of common characters, in words that come again.
func phrases(size int) string {
	r := rand.New(rand.NewPCG(7, 7))
	han := []rune("的一是不了人我在有他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生自会那后能对着事其里所去行过家十用发天如然作方成者多日都三小军二无同么经法当起与好看学进种将还分此心前面又定见只主没公从")
	kana := []rune("のにはをたがでてとしれさあるいるもなかこそうまよくきつ")
	words := make([]string, 3000)
	for i := range words {
		set := han
		if i%3 == 0 {
			set = kana
		}
		for range 1 + r.IntN(4) {
			words[i] += string(set[r.IntN(len(set))])
		}
	}
	var b strings.Builder
	for b.Len() < size {
		for range 2 + r.IntN(6) {
			b.WriteString(words[int(r.ExpFloat64()*400)%len(words)])
		}
		b.WriteString([]string{"，", "。", "、", "。\n"}[r.IntN(4)])
	}
	return b.String()
}

func BenchmarkCount(b *testing.B) {
	for kind, text := range corpora(b) {
		for _, name := range []string{O200K, CL100K} {
			e := get(b, name)
			b.Run(fmt.Sprintf("%s/%s/tokpit", name, kind), func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					e.CountString(text)
				}
			})
			b.Run(fmt.Sprintf("%s/%s/tokpit-cold", name, kind), func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					e.idle = nil
					e.CountString(text)
				}
			})
			benchmarkOracle(b, name, kind, text)
		}
	}
}

func benchmarkOracle(b *testing.B, name, kind, text string) {
	b.Run(fmt.Sprintf("%s/%s/tiktoken-go", name, kind), func(b *testing.B) {
		o := oracle(name)
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			o.EncodeOrdinary(text)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	for kind, text := range corpora(b) {
		e := get(b, O200K)
		var ids []uint32
		b.Run(fmt.Sprintf("%s/%s/tokpit", O200K, kind), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				ids = e.AppendString(ids[:0], text)
			}
		})
		benchmarkOracle(b, O200K, kind, text)
	}
}

func BenchmarkHostile(b *testing.B) {
	for kind, text := range hostile(1 << 20) {
		for _, name := range []string{O200K, CL100K, R50K} {
			e := get(b, name)
			b.Run(name+"/"+kind, func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					e.CountString(text)
				}
			})
		}
	}
}

// hostile are texts that make other tokenizers slow.
func hostile(size int) map[string]string {
	r := rand.New(rand.NewPCG(5, 6))
	random := func(set string) string {
		runes := []rune(set)
		var b strings.Builder
		for b.Len() < size {
			b.WriteRune(runes[r.IntN(len(runes))])
		}
		return b.String()
	}
	han := make([]rune, 0, 6000)
	for c := rune(0x4e00); len(han) < 6000; c++ {
		han = append(han, c)
	}
	const letters = "abcdefghijklmnopqrstuvwxyz"
	return map[string]string{
		"a": strings.Repeat("a", size), "A": strings.Repeat("A", size), "spaces": strings.Repeat(" ", size), "newlines": strings.Repeat("\n", size),
		"equals": strings.Repeat("=", size), "emoji": strings.Repeat("👩\u200d👩\u200d👧🇩🇪👍🏽", size/36), "one-emoji": strings.Repeat("🙂", size/4),
		"one-han": strings.Repeat("中", size/3), "han": random(string(han)), "letters": random(letters), "dna": random("ACGT"), "ab": strings.Repeat("ab", size/2),
		"base64": random(letters + strings.ToUpper(letters) + "0123456789+/"), "zeros": strings.Repeat("0", size), "marks": strings.Repeat("\u0301", size/2),
		"nul": strings.Repeat("\x00", size), "digits": random("0123456789"), "spaces-x": strings.Repeat(" ", size) + "x", "crlf": strings.Repeat("\r\n", size/2), "tabs": strings.Repeat("\t", size),
		"signs": random("=-_*#~.,;:!?"), "caps": random(strings.ToUpper(letters)), "mixed-case": random("aA"), "kana": random("あいうえおかきくけこさしすせそ"),
	}
}
