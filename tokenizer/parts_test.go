package tokenizer

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"
)

// TestCutsAreSafe: text cut at safe places counts as a whole, whatever follows.
func TestCutsAreSafe(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	for range 300 {
		text := []byte(randomText(r, 1+r.IntN(600)))
		if r.IntN(4) == 0 { // invalid bytes are cut safely too
			for range 5 {
				text[r.IntN(len(text))] = byte(r.IntN(256))
			}
		}
		for _, name := range distinct {
			e := get(t, name)
			whole := e.Append(nil, text)
			common, own := 0, 0
			var a, b []uint32
			for i := 1; i <= len(text); i++ {
				if i == len(text) || Safe(text, i) {
					a = e.Append(a, text[common:i])
					common = i
				}
				if i == len(text) || e.pattern.Safe(text, i) {
					b = e.Append(b, text[own:i])
					own = i
				} else if i < len(text) && Safe(text, i) {
					t.Fatalf("%s: %d of %q is safe for all but not for it", name, i, text)
				}
			}
			if !equal(a, whole) || !equal(b, whole) {
				t.Fatalf("%s: %q is %v, in parts %v and %v", name, text, whole, a, b)
			}
		}
	}
}

func equal(a, b []uint32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestCountAllAndReader(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 11))
	part := 1
	if testing.Short() {
		part = 3
	}
	texts := [][]byte{nil, []byte("one line"), []byte(randomText(r, 900_000/part)), []byte(strings.Repeat("word ", 100_000/part)), []byte(strings.Repeat("a", 700_000/part)), []byte(strings.Repeat("b\xff \xe4\xb8", 60_000/part))}
	for i, text := range texts {
		for _, name := range distinct {
			e := get(t, name)
			want := Tally{Tokens: int64(e.Count(text)), Bytes: int64(len(text)), Invalid: int64(Invalid(text))}
			got, err := e.CountAll(t.Context(), text)
			if err != nil || got != want {
				t.Errorf("text %d, %s: on all cores %+v, %v; want %+v", i, name, got, err, want)
			}
			got, err = e.CountReader(t.Context(), iotest.HalfReader(bytes.NewReader(text)))
			if err != nil || got != want {
				t.Errorf("text %d, %s: read %+v, %v; want %+v", i, name, got, err, want)
			}
		}
	}
}

// endless is a stream that is one word.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.left)
	for i := range p[:n] {
		p[i] = 'z'
	}
	e.left -= n
	return n, nil
}

func TestReaderBoundsWhatItHolds(t *testing.T) {
	e := get(t, O200K)
	const size = 5 * longest / 2
	got, err := e.CountReader(t.Context(), &endless{left: size})
	if err != nil || got.Bytes != size || got.Forced != 2 {
		t.Errorf("got %+v, %v", got, err)
	}
	want := int64(e.CountString(strings.Repeat("z", size)))
	if d := got.Tokens - want; d < -4 || d > 4 {
		t.Errorf("%d tokens, want about %d", got.Tokens, want)
	}
}

func TestReaderPassesErrorsOn(t *testing.T) {
	e := get(t, O200K)
	broken := errors.New("broken")
	got, err := e.CountReader(t.Context(), io.MultiReader(strings.NewReader("some words"), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || got.Tokens != 2 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestCancelled(t *testing.T) {
	e := get(t, O200K)
	r := rand.New(rand.NewPCG(1, 1))
	word := make([]byte, 16<<20)
	for i := range word {
		word[i] = 'a' + byte(r.IntN(26))
	}
	var ctx context.Context
	took := time.Hour
	for try := 0; try == 0 || try < 5 && took > slowdown*time.Second; try++ { // the machine may be busy
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		start := time.Now()
		if _, err := e.CountAll(ctx, word); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		took = min(took, time.Since(start))
	}
	if took > slowdown*time.Second {
		t.Errorf("took %v to notice", took)
	}
	if _, err := e.CountReader(ctx, bytes.NewReader(word)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if n := e.CountString("hello world"); n != 2 {
		t.Errorf("then counts %d", n)
	}
}

// TestInvalid holds the rule for invalid bytes against the one that Go's own
// conversions to valid text could give, and the tokens against repaired text.
func TestInvalid(t *testing.T) {
	const f = replacement
	for in, want := range map[string]string{
		"ok": "ok", "\xff": f, "a\x80b": "a" + f + "b", "\xe4\xb8": f, "\xe4\xb8x": f + "x", "\xe4": f, "\xf0\x9f\x91": f, "\xf0\x9f\x91\xf0\x9f": f + f,
		"\xc0\xaf": f + f, "\xe0\x80\xaf": f + f + f, "\xed\xa0\x80": f + f + f, "\xf4\x90\x80\x80": f + f + f + f, "\xf0\x80\x80": f + f + f, "\xc3(": f + "(", "中\xe4\xb8\x81\xe4": "中丁" + f, f: f,
	} {
		if got := string(repair(nil, []byte(in))); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
		for _, name := range distinct {
			e := get(t, name)
			if got := e.CountString(in); got != e.CountString(want) {
				t.Errorf("%s: %q counts %d", name, in, got)
			}
		}
	}
	if n := Invalid([]byte("a\xffb\xe4\xb8c")); n != 3 {
		t.Errorf("%d invalid bytes, want 3", n)
	}
}

// TestSpans: the spans of a window are those of the whole that touch it, and
// together they are the text.
func TestSpans(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 13))
	rounds := 150
	if testing.Short() {
		rounds = 40
	}
	for round := range rounds {
		text := []byte(randomText(r, 1+r.IntN(500)))
		if round%3 == 0 {
			text[r.IntN(len(text))] = 0xff
		}
		for _, name := range distinct {
			e := get(t, name)
			ids := e.Append(nil, text)
			all := e.Spans(nil, text, 0, len(text))
			pos := 0
			for i, s := range all {
				if s.ID != ids[i] || s.Start != pos {
					t.Fatalf("%s: %q: span %d is %+v, after %d, token %d", name, text, i, s, pos, ids[i])
				}
				pos = s.End
				if utf8.Valid(text) && string(e.Token(s.ID)) != string(text[s.Start:s.End]) {
					t.Fatalf("%s: %q is not token %d", name, text[s.Start:s.End], s.ID)
				}
			}
			if len(all) != len(ids) || pos != len(text) {
				t.Fatalf("%s: %d spans to %d, %d tokens to %d", name, len(all), pos, len(ids), len(text))
			}
			from := r.IntN(len(text))
			to := from + 1 + r.IntN(len(text)-from)
			var want []Span
			for _, s := range all {
				if s.End > from && s.Start < to {
					want = append(want, s)
				}
			}
			got := e.Spans(nil, text, from, to)
			if len(got) != len(want) {
				t.Fatalf("%s: %q [%d,%d): %v, want %v", name, text, from, to, got, want)
			}
			for i := range got {
				if got[i] != want[i] {
					t.Fatalf("%s: %q [%d,%d): %v, want %v", name, text, from, to, got, want)
				}
			}
		}
	}
}
