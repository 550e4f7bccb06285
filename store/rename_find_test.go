package store

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"tokpit/internal/clean"
)

// TestFinderFindsWhatMentions: many words at once are found where each by itself
// is, whatever they have in common.
func TestFinderFindsWhatMentions(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 1))
	parts := []string{"ann", "lee", "@example.com", "-", "user", "/home/", "x", "é", "_", " ", ".", "team7", "=", ","}
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
			if x.add(w, fmt.Sprint("<", len(words), ">")); len(x.words) > had {
				words = append(words, w)
			}
		}
		s := text(20)
		for _, w := range words {
			want := clean.Mentions(s, w)
			got := false
			x.each(s, func(n finding) bool {
				got = got || (n.word.text == w || n.word.path && n.word.text == clean.Dashes(w)) && n.word.named(s, n.at)
				return true
			})
			if want {
				hits++
			}
			// A path is looked for as it is, and as folders are named, but not in
			// between.
			if want != got && !strings.ContainsAny(w, `/\`) {
				t.Fatalf("%q in %q: %v, want %v", w, s, got, want)
			}
		}
		if len(words) == 1 && !strings.Contains(words[0], "/") {
			if got, want := x.replace(s), clean.ReplaceMentions(s, words[0], "<0>"); got != want {
				t.Fatalf("%q for %q in %q: %q, want %q", "<0>", words[0], s, got, want)
			}
		}
	}
	if hits < 500 {
		t.Errorf("only %d words were to be found", hits)
	}
	x := newFinder()
	x.add("al", "")
	x.add("1234567", "")
	x.add("ann", "p1")
	x.add("ann lee", "p2")
	if got := x.replace("al 1234567 ann lee, joann, ann"); got != "al 1234567 p2, joann, p1" || x.ordinary != 2 {
		t.Errorf("%q", got)
	}
}
