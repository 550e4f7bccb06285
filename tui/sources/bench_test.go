package sources

import (
	"testing"
	"time"

	"tokpit/tui/tuitest"
	"tokpit/usage"
)

// A year of a large organisation is laid out in a few milliseconds, while the
// screen waits.
func BenchmarkHistory(b *testing.B) {
	const cells, sets = 1_000_000, 500
	build := usage.NewBuilder(cells)
	s := tuitest.Connected()
	first := usage.SlotOf(s.AsOf.Add(-365 * 24 * time.Hour))
	for i := range cells {
		d := usage.Dims{Source: "openai", Account: "acme", Provider: "openai", Key: string(rune('a' + i%sets)), Basis: usage.Reported}
		build.Add(first+usage.Slot(i*365*96/cells), 1, build.Set(d), usage.Measures{Records: 1, Tokens: usage.Tokens{Input: 100}})
	}
	s.Cube = build.Cube()
	for b.Loop() {
		if h := newHistory(s); h.days < 300 {
			b.Fatal("too few days")
		}
	}
}
