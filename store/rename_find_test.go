package store

import (
	"math/rand/v2"
	"strings"
	"testing"

	"tokpit/internal/clean"
)

// TestFinderFindsWhatMentions: many words at once are found where each by itself
// is, whatever they have in common.
func TestFinderFindsWhatMentions(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 1))
	parts := []string{"ann", "lee", "@example.com", "-", "user", "home:", "x", "é", "_", " ", ".", "team7", "=", ","}
	text := func(n int) string {
		var b strings.Builder
		for range 1 + rnd.IntN(n) {
			b.WriteString(parts[rnd.IntN(len(parts))])
		}
		return b.String()
	}
	hits := 0
	for range 5000 {
		x := newFinder()
		var words []string
		for range 1 + rnd.IntN(6) {
			w := text(3)
			had := len(x.words)
			if x.add(w); len(x.words) > had {
				words = append(words, w)
			}
		}
		s := text(20)
		for _, w := range words {
			want, got := clean.Mentions(s, w), false
			x.each(s, func(n finding) bool {
				got = got || n.word.text == w && clean.MentionsAt(s, w, n.at)
				return true
			})
			if want {
				hits++
			}
			if want != got {
				t.Fatalf("%q in %q: %v, want %v", w, s, got, want)
			}
		}
	}
	if hits < 300 {
		t.Errorf("only %d words were to be found", hits)
	}
	x := newFinder()
	for _, w := range []string{"al", "1234567", "ann", "ann lee"} {
		x.add(w)
	}
	if !x.inBytes([]byte("to ann."), false) || x.inBytes([]byte("al 1234567 joann"), false) || x.ordinary != 2 {
		t.Error("a name is not found, or a number is")
	}
}
