package sinktest

import (
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"tokpit/usage"
)

// Damaged cuts off and overwrites a file that a source reads, and puts other
// things in its place. The source must go on each time, count nothing that is
// not believable, and count what it did before once the file is back.
func Damaged(t *testing.T, src usage.Source, path string) {
	t.Helper()
	whole := string(Read(t, path))
	var before Sink
	before.Pull(t, src)
	if len(before.Records) == 0 {
		t.Fatal("nothing to be damaged")
	}
	replaced := func(content string) {
		t.Helper()
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
		Write(t, path, content)
		Sound(t, src)
	}
	for _, cut := range []int{0, 1, 99, len(whole) / 3, len(whole) / 2, len(whole) - 1} {
		replaced(whole[:min(cut, len(whole))])
	}
	dice := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		spoilt := []byte(whole)
		for range 8 {
			spoilt[dice.IntN(len(spoilt))] = byte(dice.Uint32())
		}
		replaced(string(spoilt))
	}
	for _, foreign := range []string{"\x89PNG\r\n\x1a\n", "PK\x03\x04", "SQLite format 3\x00", "{}", "[[[[", "null\n", "{\"a\":\n\xff\xfe\n", string(make([]byte, 1<<20))} {
		replaced(foreign)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	Sound(t, src)
	replaced(whole)
	var after Sink
	after.Pull(t, src)
	ids := func(s *Sink) (out []string) {
		for id := range s.Records {
			out = append(out, id)
		}
		slices.Sort(out)
		return out
	}
	if !slices.Equal(ids(&after), ids(&before)) || after.Total().Tokens != before.Total().Tokens {
		t.Errorf("after the damage %+v, before it %+v", after.Total(), before.Total())
	}
}
