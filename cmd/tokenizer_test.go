package cmd_test

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// vocabulary writes a made-up vocabulary with as many tokens as a family has:
// every byte, every pair of bytes, then triples.
func (m *machine) vocabulary(name string, tokens int) string {
	m.t.Helper()
	var b strings.Builder
	b.Grow(tokens * 16)
	rank := 0
	add := func(token ...byte) {
		if rank < tokens {
			fmt.Fprintf(&b, "%s %d\n", base64.StdEncoding.EncodeToString(token), rank)
			rank++
		}
	}
	for i := range 256 {
		add(byte(i))
	}
	for i := range 1 << 16 {
		add(byte(i>>8), byte(i))
	}
	for i := 0; rank < tokens; i++ {
		add(byte('a'+i>>16), byte(i>>8), byte(i))
	}
	path := m.path(name)
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		m.t.Fatal(err)
	}
	return path
}

func TestAddedVocabularies(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	file := m.vocabulary("llama.tiktoken", 128_000)
	text := m.path("text.txt")
	if err := os.WriteFile(text, []byte("abcdefgh"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := m.run("count", "--model", "llama-3.3-70b", text)
	if r.ok(); !strings.Contains(r.stderr, "estimate, Llama 3 ratios") {
		t.Errorf("before: %s", r.stderr)
	}
	added := m.run("tokenizer", "add", "llama-3", file)
	if added.ok(); !strings.HasPrefix(added.stdout, "llama-3: 128,000 tokens, sha256 ") {
		t.Errorf("%q", added.stdout)
	}
	sum := strings.TrimSpace(added.stdout[len("llama-3: 128,000 tokens, sha256 "):])
	kept := filepath.Join(m.home, ".local", "share", "tokpit", "vocabularies", "llama-3.vocabulary")
	if runtime.GOOS != "windows" {
		if info, err := os.Stat(kept); err != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("%v, %v", info, err)
		}
	}
	// abc, def and gh, or the like: fewer than the eight bytes, and exactly.
	r = m.run("count", "--model", "llama-3.3-70b", text)
	if r.ok(); r.stderr != "" || !strings.HasSuffix(r.stdout, "\t"+text+"\n") {
		t.Errorf("after: %q, %q", r.stdout, r.stderr)
	}
	exact := strings.SplitN(r.stdout, "\t", 2)[0]
	if r := m.run("count", "--encoding", "llama-3", text); !strings.HasPrefix(r.stdout, exact+"\t") {
		t.Errorf("by its name: %q, want %s", r.stdout, exact)
	}
	if r := m.run("estimate", "--model", "groq/llama-3.3-70b-versatile", text); !strings.Contains(r.stdout, "exact, llama-3") {
		t.Errorf("estimate: %s", r.stdout)
	}
	list := m.run("tokenizer", "list")
	if list.ok(); !strings.Contains(list.stdout, "exactly     "+sum) || !strings.Contains(list.stdout, "as a range  none: tokpit tokenizer add qwen FILE") {
		t.Errorf("%s", list.stdout)
	}
	doc := m.run("tokenizer", "list", "--json")
	if doc.ok(); !strings.Contains(doc.stdout, `"sha256": "`+sum+`"`) || !strings.Contains(doc.stdout, `"tokens": 128000`) {
		t.Errorf("%s", doc.stdout)
	}

	m.damaged(kept, text)
}

// damaged checks that a vocabulary that was changed is refused wherever it would
// be used, and can be forgotten.
func (m *machine) damaged(kept, text string) {
	t := m.t
	t.Helper()
	data, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(kept, data, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"count", "--model", "llama-3.3-70b", text}, {"count", "--encoding", "llama-3", text}, {"estimate", text}} {
		if r := m.run(args...); r.status != 2 || !strings.Contains(r.stderr, "vocabulary of llama-3: ") || !strings.Contains(r.stderr, "tokpit tokenizer remove llama-3") {
			t.Errorf("%q ends with %d: %s", args, r.status, r.stderr)
		}
	}
	if r := m.run("tokenizer", "list"); !strings.Contains(r.stdout, "not usable") {
		t.Errorf("%s", r.stdout)
	}
	m.run("count", text).ok() // what does not need it goes on
	m.run("tokenizer", "remove", "llama-3").ok()
	if r := m.run("tokenizer", "remove", "llama-3"); r.status != 2 || !strings.Contains(r.stderr, "no vocabulary of llama-3 was added") {
		t.Errorf("%s", r.stderr)
	}
	if r := m.run("count", "--model", "llama-3.3-70b", text); !strings.Contains(r.stderr, "estimate") {
		t.Errorf("%s", r.stderr)
	}
	if left, err := os.ReadDir(filepath.Dir(kept)); err != nil || len(left) > 0 {
		t.Errorf("%v is left behind (%v)", left, err)
	}
}

func TestVocabulariesThatAreNone(t *testing.T) {
	m := newMachine(t)
	short := m.vocabulary("short.tiktoken", 5000)
	junk := m.path("junk.json")
	if err := os.WriteFile(junk, []byte(`{"a secret": 1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"add", "llama-3", short}, "it has 5000 tokens, llama-3 has 128000"},
		{[]string{"add", "qwen", junk}, "cannot use this vocabulary"},
		{[]string{"add", "claude-3", short}, `vocabularies of "claude-3" cannot be added`},
		{[]string{"add", "qwen", m.path("nothing")}, "no such file"},
		{[]string{"add", "qwen", m.home}, "is a directory"},
		{[]string{"add", "qwen"}, "needs 2 arguments, not 1"},
		{[]string{"remove", "gpt"}, "families: llama-3, qwen, tekken, deepseek-v3"},
	} {
		r := m.run(append([]string{"tokenizer"}, c.args...)...)
		if r.status != 2 || !strings.Contains(r.stderr, c.want) || !strings.Contains(r.stderr, "hint: ") || strings.Contains(r.stderr, "secret") {
			t.Errorf("%q ends with %d: %s", c.args, r.status, r.stderr)
		}
	}
	if _, err := os.Stat(filepath.Join(m.home, ".local", "share", "tokpit", "vocabularies")); !os.IsNotExist(err) {
		t.Error("something was kept")
	}
}
