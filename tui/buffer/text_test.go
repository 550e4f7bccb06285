package buffer

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tokpit/tokenizer"
)

func encodings(t testing.TB) []*tokenizer.Encoding {
	t.Helper()
	var out []*tokenizer.Encoding
	for _, name := range []string{tokenizer.O200K, tokenizer.CL100K, tokenizer.R50K} {
		e, err := tokenizer.Get(name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

// check compares everything that a text knows with its bytes.
func check(t interface {
	Helper()
	Fatalf(string, ...any)
}, text *Text, want []byte, counts bool) {
	t.Helper()
	if got := text.Bytes(); !bytes.Equal(got, want) {
		t.Fatalf("the text is %d bytes that differ from the %d expected", len(got), len(want))
	}
	for at, c := 0, 0; c < len(text.chunks); c++ {
		size := 0
		for i, p := range text.chunks[c].parts {
			if p.safe != (i == 0) {
				t.Fatalf("part %d of chunk %d says safe %v", i, c, p.safe)
			}
			if p.lines != bytes.Count(p.text, []byte{'\n'}) || len(p.text) == 0 || len(p.text) > most {
				t.Fatalf("part %d of chunk %d: %d lines, %d bytes", i, c, p.lines, len(p.text))
			}
			size += len(p.text)
		}
		if size != text.chunks[c].size || !tokenizer.Safe(want, at) {
			t.Fatalf("chunk %d at %d: size %d of %d, safe %v", c, at, text.chunks[c].size, size, tokenizer.Safe(want, at))
		}
		at += size
	}
	if !counts {
		return
	}
	for j := text.Pending(0, 1<<20); j != nil; j = text.Pending(0, 1<<20) {
		j.Count(context.Background())
		text.Apply(j)
	}
	got := text.Totals()
	if !got.Complete() || got.Bytes != int64(len(want)) || got.Lines != int64(bytes.Count(want, []byte{'\n'})) || got.Invalid != int64(tokenizer.Invalid(want)) {
		t.Fatalf("totals %+v of %d bytes", got, len(want))
	}
	for k, e := range text.encodings {
		if n := int64(e.Count(want)); got.Tokens[k] != n {
			t.Fatalf("%s: %d tokens, %d expected", e.Name(), got.Tokens[k], n)
		}
	}
	if n := int64(text.encodings[0].Count(want)); got.Profile.Total() != n {
		t.Fatalf("the profile has %d tokens, %d expected", got.Profile.Total(), n)
	}
}

// pieces are what texts of edits are made of: words, and everything that makes
// cutting hard.
func pieces() []string {
	return []string{" ", "\n", "the", " quick", "fox", "'s", "123", "4", "=====", "\t", "\r\n", "/", "//", "非常", "に", "한국어", "é", "e\u0301",
		"👨\u200d👩\u200d👧", "🇩🇪", "\xff", "\xe4\xbd", "\xf0\x9f", "\x80", "  ", "func main() {\n", strings.Repeat("a", 700), strings.Repeat("漢", 300),
		strings.Repeat("line of text, with 12 words\n", 60), strings.Repeat(" ", 900), strings.Repeat("=", 5000), strings.Repeat("x", 20_000)}
}

// Any sequence of edits leaves the same text, and the same counts, as counting
// the whole.
func TestEditsCountLikeTheWhole(t *testing.T) {
	all, piece := encodings(t), pieces()
	rapid.Check(t, func(t *rapid.T) {
		var want []byte
		text := NewText(all)
		made := func(n int) []byte {
			var b []byte
			for range n {
				b = append(b, rapid.SampledFrom(piece).Draw(t, "piece")...)
			}
			return b
		}
		if rapid.Bool().Draw(t, "loaded") {
			want = made(rapid.IntRange(0, 40).Draw(t, "begin"))
			text = Load(want)
			text.SetEncodings(all)
			check(t, text, want, false)
		}
		for range rapid.IntRange(1, 25).Draw(t, "edits") {
			from := rapid.IntRange(0, len(want)).Draw(t, "from")
			to := from
			if rapid.Bool().Draw(t, "removes") {
				to = min(len(want), from+rapid.SampledFrom([]int{1, 2, 5, 100, 9000, 40_000}).Draw(t, "much"))
			}
			b := made(rapid.SampledFrom([]int{0, 1, 1, 1, 3, 12}).Draw(t, "insert"))
			text.Replace(from, to, b)
			want = append(append(append([]byte{}, want[:from]...), b...), want[to:]...)
			check(t, text, want, false)
		}
		check(t, text, want, true)
	})
}

// Undoing everything and doing it again gives the texts and counts that were.
func TestUndo(t *testing.T) {
	all, piece := encodings(t), pieces()
	rapid.Check(t, func(t *rapid.T) {
		m := New(NewText(all), NewKeyMap())
		m.SetSize(30, 8)
		var seen [][]byte
		for range rapid.IntRange(1, 20).Draw(t, "edits") {
			seen = append(seen, m.Text().Bytes())
			n := m.Text().Len()
			m.SetCursor(rapid.IntRange(0, n).Draw(t, "at")) // which ends a run of typing
			if n > 0 && rapid.Bool().Draw(t, "delete") {
				m.Delete(m.Cursor()/2, m.Cursor()/2+1)
			} else {
				m.Insert([]byte(rapid.SampledFrom(piece).Draw(t, "piece")))
			}
		}
		last := m.Text().Bytes()
		for i := len(seen) - 1; i >= 0; i-- {
			if !m.Undo() || !bytes.Equal(m.Text().Bytes(), seen[i]) {
				t.Fatalf("undo %d gives another text", i)
			}
		}
		check(t, m.Text(), nil, true)
		for m.Redo() {
		}
		check(t, m.Text(), last, true)
	})
}

func TestTypingIsUndoneAsOne(t *testing.T) {
	m := New(NewText(encodings(t)), NewKeyMap())
	m.SetSize(30, 5)
	for _, r := range "hello world" {
		m.Insert([]byte(string(r)))
	}
	m.Insert([]byte("\n"))
	for _, r := range "again" {
		m.Insert([]byte(string(r)))
	}
	want := []string{"hello world\nagain", "hello world\n", "hello world", ""}
	for i, w := range want {
		if got := string(m.Text().Bytes()); got != w {
			t.Errorf("after %d undos %q, want %q", i, got, w)
		}
		m.Undo()
	}
}

// Terminals send a carriage return for each line end of a paste.
func TestPasteMendsLineEnds(t *testing.T) {
	m := New(NewText(encodings(t)), NewKeyMap())
	m.SetSize(30, 5)
	m.Paste("a\rb\r\nc\nd\r\r")
	if got := string(m.Text().Bytes()); got != "a\nb\nc\nd\n\n" {
		t.Errorf("%q", got)
	}
	u := Load([]byte("a\r\nb")) // a file is raw
	if m.Reset(u); string(m.Text().Bytes()) != "a\r\nb" {
		t.Errorf("a file became %q", m.Text().Bytes())
	}
	if !m.Undo() || m.Text().Len() != 9 {
		t.Error("opening a file cannot be undone")
	}
}
