package tokenizer

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pkoukk/tiktoken-go-loader/assets"

	"tokpit/tokenizer/bpe"
	"tokpit/tokenizer/vocab"
)

// tokensOf returns a vocabulary of the reference by rank.
func tokensOf(t testing.TB, name string) [][]byte {
	t.Helper()
	text, err := assets.Assets.ReadFile(name + ".tiktoken")
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := vocab.ParseTiktoken(text)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

// TestEmbeddedTablesAreTheVocabularies: the embedded blocks are what the
// generator makes of the hash-checked files.
func TestEmbeddedTablesAreTheVocabularies(t *testing.T) {
	plain(t)
	for name, c := range map[string]struct {
		sum   string
		block []byte
	}{
		P50K:   {"94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069", unpacked(t, p50kPacked)},
		CL100K: {"223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7", unpacked(t, cl100kPacked)},
		O200K:  {"446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d", o200kTable},
	} {
		text, err := assets.Assets.ReadFile(name + ".tiktoken")
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(text)); got != c.sum {
			t.Errorf("%s has the hash %s", name, got)
		}
		block, err := bpe.Build(tokensOf(t, name))
		if err != nil || !bytes.Equal(block, c.block) {
			t.Errorf("%s: the embedded table is another one (%v); run: go generate ./tokenizer", name, err)
		}
		if _, err := bpe.Open(c.block, true); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	small, large := tokensOf(t, R50K), tokensOf(t, P50K)
	if len(small) != r50kTokens {
		t.Errorf("r50k_base has %d tokens", len(small))
	}
	for i := range small {
		if !bytes.Equal(small[i], large[i]) {
			t.Fatalf("token %d differs", i)
		}
	}
}

// unpacked returns the block of an embedded table, after making sure that packing
// it again gives what is embedded.
func unpacked(t *testing.T, packed []byte) []byte {
	t.Helper()
	block, err := bpe.Unpack(packed)
	if err != nil {
		t.Fatal(err)
	}
	again, err := bpe.Pack(block)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := bpe.Unpack(again); err != nil || !bytes.Equal(back, block) {
		t.Errorf("packing a table again makes another one: %v", err)
	}
	return block
}

// familyTokens makes a vocabulary with as many tokens as a family has, of the
// beginning of o200k_base.
func familyTokens(t testing.TB, n int) [][]byte {
	return tokensOf(t, O200K)[:n]
}

func tiktokenFile(tokens [][]byte) []byte {
	var b bytes.Buffer
	for i, tok := range tokens {
		fmt.Fprintf(&b, "%s %d\n", base64.StdEncoding.EncodeToString(tok), i)
	}
	return b.Bytes()
}

func TestAdopt(t *testing.T) {
	tokens := familyTokens(t, 128000)
	stored, info, err := Adopt(Llama3, tiktokenFile(tokens))
	if err != nil || info.Family != Llama3 || info.Tokens != 128000 || len(info.SHA256) != 64 {
		t.Fatalf("%+v, %v", info, err)
	}
	e, again, err := OpenStored(stored)
	if err != nil || again != info {
		t.Fatalf("%+v, %v", again, err)
	}
	text := "Hello 12345 wörld, 中文 and don't.\n"
	var got string
	for _, id := range e.AppendString(nil, text) {
		got += string(e.Token(id))
	}
	if got != text {
		t.Errorf("decodes to %q", got)
	}
	l := Library{}.With(Llama3, e)
	if m := l.For("groq", "llama-3.1-8b-instant"); !m.Exact || m.Encoding != string(Llama3) {
		t.Errorf("%+v", m)
	} else if got, err := l.Get(m.Encoding); got != e || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	if m := l.For("", "qwen2.5-7b"); m.Exact {
		t.Errorf("%+v", m)
	}
	if m := (Library{}).For("groq", "llama-3.1-8b-instant"); m.Exact {
		t.Errorf("%+v", m)
	}
	for _, damage := range []func([]byte) []byte{
		func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
		func(b []byte) []byte { return b[:len(b)-9] },
		func(b []byte) []byte { return b[3:] },
		func(b []byte) []byte { return bytes.Replace(b, []byte("llama-3"), []byte("llama-9"), 1) },
		func([]byte) []byte { return nil },
	} {
		if _, _, err := OpenStored(damage(bytes.Clone(stored))); !errors.Is(err, ErrVocabulary) {
			t.Errorf("a damaged one: %v", err)
		}
	}
}

// huggingFile writes tokens as a tokenizer.json, with a change.
func huggingFile(t testing.TB, tokens [][]byte, regex string) func(change func(map[string]any)) []byte {
	alphabet := make(map[byte]rune)
	next := rune(0x100)
	for b := range 256 {
		if b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae {
			alphabet[byte(b)] = rune(b)
		} else {
			alphabet[byte(b)] = next
			next++
		}
	}
	name := func(tok []byte) string {
		var b strings.Builder
		for _, c := range tok {
			b.WriteRune(alphabet[c])
		}
		return b.String()
	}
	block, err := bpe.Build(tokens)
	if err != nil {
		t.Fatal(err)
	}
	table, err := bpe.Open(block, true)
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]int{"<|special|>": len(tokens)}
	var merges []string
	for id, tok := range tokens {
		words[name(tok)] = id
		for k := 1; k < len(tok); k++ {
			a, b := table.Find(tok[:k]), table.Find(tok[k:])
			if a != bpe.None && b != bpe.None && table.Pair(a, b) == uint32(id) {
				merges = append(merges, name(tok[:k])+" "+name(tok[k:]))
			}
		}
	}
	return func(change func(map[string]any)) []byte {
		doc := map[string]any{
			"version": "1.0", "normalizer": nil, "added_tokens": []any{map[string]any{"id": len(tokens), "content": "<|special|>"}},
			"pre_tokenizer": map[string]any{"type": "Sequence", "pretokenizers": []any{
				map[string]any{"type": "Split", "pattern": map[string]any{"Regex": regex}, "behavior": "Isolated", "invert": false},
				map[string]any{"type": "ByteLevel", "add_prefix_space": false, "use_regex": false},
			}},
			"model": map[string]any{"type": "BPE", "vocab": words, "merges": slices.Clone(merges), "ignore_merges": true},
		}
		change(doc)
		out, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

func TestAdoptTokenizerJSON(t *testing.T) {
	t.Parallel()
	plain(t)
	tokens := familyTokens(t, 128000)
	file := huggingFile(t, tokens, cl100kRegex)
	stored, _, err := Adopt(Llama3, file(func(map[string]any) {}))
	if err != nil {
		t.Fatal(err)
	}
	plain, _, err := Adopt(Llama3, tiktokenFile(tokens))
	if err != nil {
		t.Fatal(err)
	}
	_, a, _ := bytes.Cut(stored[len(storedMagic):], []byte("\n"))
	_, b, _ := bytes.Cut(plain[len(storedMagic):], []byte("\n"))
	if !bytes.Equal(a, b) {
		t.Error("the same vocabulary gives another table")
	}
	model := func(d map[string]any) map[string]any { return d["model"].(map[string]any) }
	for what, change := range map[string]func(map[string]any){
		"another pattern": func(d map[string]any) {
			d["pre_tokenizer"].(map[string]any)["pretokenizers"].([]any)[0].(map[string]any)["pattern"] = map[string]any{"Regex": `\w+`}
		},
		"a normalizer":      func(d map[string]any) { d["normalizer"] = map[string]any{"type": "Lowercase"} },
		"NFC":               func(d map[string]any) { d["normalizer"] = map[string]any{"type": "NFC"} },
		"no merges":         func(d map[string]any) { model(d)["merges"] = []string{} },
		"a merge less":      func(d map[string]any) { m := model(d)["merges"].([]string); model(d)["merges"] = m[:len(m)-1] },
		"another order":     func(d map[string]any) { m := model(d)["merges"].([]string); m[5], m[5000] = m[5000], m[5] },
		"another kind":      func(d map[string]any) { model(d)["type"] = "Unigram" },
		"byte fallback":     func(d map[string]any) { model(d)["byte_fallback"] = true },
		"a triple":          func(d map[string]any) { model(d)["merges"].([]string)[7] = "a b c" },
		"unknown in merges": func(d map[string]any) { model(d)["merges"].([]string)[7] = "a \u4e00" },
	} {
		if testing.Short() && what != "NFC" && what != "a merge less" {
			continue
		}
		if _, _, err := Adopt(Llama3, file(change)); !errors.Is(err, ErrVocabulary) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestAdoptTekken(t *testing.T) {
	t.Parallel()
	plain(t)
	tokens := familyTokens(t, 130072)
	type entry struct {
		Rank  int    `json:"rank"`
		Bytes []byte `json:"token_bytes"`
	}
	var list []entry
	for i, tok := range tokens {
		list = append(list, entry{i, tok})
	}
	list = append(list, entry{130072, []byte("never used, as the model has fewer")})
	file, err := json.Marshal(map[string]any{
		"config": map[string]any{"pattern": tekkenRegex, "default_vocab_size": 131072, "default_num_special_tokens": 1000}, "vocab": list,
	})
	if err != nil {
		t.Fatal(err)
	}
	stored, _, err := Adopt(Tekken, file)
	if err != nil {
		t.Fatal(err)
	}
	e, _, err := OpenStored(stored)
	if err != nil {
		t.Fatal(err)
	}
	if ids := e.AppendString(nil, "a"); len(ids) != 1 || ids[0] < 1000 || string(e.Token(ids[0])) != "a" {
		t.Errorf("%v", ids)
	}
	if _, _, err := Adopt(Llama3, file); !errors.Is(err, ErrVocabulary) {
		t.Errorf("as Llama: %v", err)
	}
}

func TestHostileVocabularies(t *testing.T) {
	plain(t)
	deep := strings.Repeat("[", 200_000)
	for what, file := range map[string]string{
		"nothing": "", "prose": "hello there\n", "binary": "\x00\x01\x02\xff", "no rank": "YQ==\n", "bad base64": "*** 1\n", "a huge rank": "YQ== 4294967295\n",
		"a rank beyond": "YQ== 99999999999999999999\n", "negative": "YQ== -1\n", "twice": "YQ== 0\nYg== 0\n", "the same": "YQ== 0\nYQ== 1\n", "few": "YQ== 0\nYg== 1\n",
		"a long token": base64.StdEncoding.EncodeToString(make([]byte, 1<<16)) + " 0\n",
		"open":         "{", "a list": "[1,2]", "not JSON": "{]", "deep": `{"x":` + deep, "deep model": `{"model":{"vocab":` + deep, "types": `{"model":{"vocab":{"a":"b"}}}`, "negative id": `{"model":{"vocab":{"a":-1}}}`,
		"big id": `{"model":{"vocab":{"a":4000000000}}}`, "null": `{"model":null}`, "empty": `{}`, "tekken": `{"config":{"default_vocab_size":-5},"vocab":[]}`, "tekken size": `{"config":{"default_vocab_size":1000000000000},"vocab":[{"rank":0,"token_bytes":"YQ=="}]}`,
	} {
		for _, f := range Addable() {
			if _, _, err := Adopt(f, []byte(file)); !errors.Is(err, ErrVocabulary) {
				t.Errorf("%s, as %s: %v", what, f, err)
			}
		}
	}
	many := []byte(`{"model":{"type":"BPE","vocab":{`)
	for i := range 300_000 {
		many = append(many, `"k`+strconv.Itoa(i)+`":`+strconv.Itoa(i)+`,`...)
	}
	if _, _, err := Adopt(Llama3, append(many, `"x":1}}}`...)); !errors.Is(err, ErrVocabulary) || !strings.Contains(err.Error(), "more than") {
		t.Errorf("too many tokens: %v", err)
	}
	if _, _, err := Adopt(Gemini, nil); !errors.Is(err, ErrVocabulary) {
		t.Errorf("a family that cannot be added: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("YQ== 0\nYg== 1\n"))
	f.Add([]byte(`{"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b",["a","b"]]},"pre_tokenizer":{"type":"ByteLevel"},"added_tokens":[{"content":"x"}]}`))
	f.Add([]byte(`{"config":{"pattern":"x","default_vocab_size":2,"default_num_special_tokens":1},"vocab":[{"rank":0,"token_bytes":"YQ=="}]}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		v, err := vocab.Parse(file)
		if err != nil {
			return
		}
		if block, err := bpe.Build(v.Tokens); err == nil {
			if _, err := bpe.Open(block, true); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestPeopleVocabularies compares the families with real files and what other
// implementations made of them, when .ci/tokens has put them there.
func TestPeopleVocabularies(t *testing.T) {
	dir := os.Getenv("TOKPIT_FAMILIES")
	if dir == "" {
		t.Skip("run .ci/tokens")
	}
	for _, f := range Addable() {
		file, err := os.ReadFile(filepath.Join(dir, string(f)+".json"))
		if err != nil {
			t.Fatal(err)
		}
		stored, info, err := Adopt(f, file)
		if err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		e, _, err := OpenStored(stored)
		if err != nil {
			t.Fatal(err)
		}
		checkDigests(t, dir, string(f), e)
		t.Logf("%s: %d tokens, stored %d bytes", f, info.Tokens, len(stored))
	}
}
