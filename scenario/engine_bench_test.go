package scenario

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"tokpit/pricing"
	"tokpit/usage"
)

// year is a million cells of a year: 50 models, 500 projects.
func year(tb testing.TB, n int) *usage.Cube {
	tb.Helper()
	book := pricing.Embedded()
	asOf := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	var models []pricing.ModelRef
	for _, l := range book.List(asOf) {
		if (l.Provider == "openai" || l.Provider == "anthropic" || l.Provider == "google" || l.Provider == "deepseek") && len(models) < 50 && l.Row.Rates.Known.Has(pricing.Output) && l.Row.From.Year() >= 2025 {
			models = append(models, l.ModelRef)
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	edges := book.Edges()
	b := usage.NewBuilder(n)
	first := usage.SlotOf(asOf.AddDate(-1, 0, 0))
	for i := range n {
		m := models[rng.IntN(len(models))]
		in := int64(rng.IntN(4000) + 200)
		if rng.IntN(50) == 0 {
			in = int64(rng.IntN(300_000))
		}
		d := usage.Dims{Source: "openai", Provider: m.Provider, Model: m.Model, Project: fmt.Sprintf("p%03d", rng.IntN(500)), Basis: usage.Reported}
		if rng.IntN(4) == 0 {
			d.Basis, d.Source = usage.Logged, "codex"
			d.Account = "own"
		}
		d.Band = edges.Band(in)
		k := int64(rng.IntN(3))
		m2 := usage.Measures{Records: 1, Requests: 1, Tokens: usage.Tokens{Input: in / (k + 1), CacheRead: in - in/(k+1), Output: int64(rng.IntN(2000)), Reasoning: 0}}
		m2.Reasoning = m2.Output / 3
		b.Add(first+usage.Slot(int64(i)*365*96/int64(n)), 1, b.Set(d), m2)
	}
	return b.Cube()
}

func yearBase(tb testing.TB) *Base {
	tb.Helper()
	base, err := Prepare(Input{Cube: year(tb, 1_000_000), Book: pricing.Embedded(), AsOf: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		tb.Fatal(err)
	}
	return base
}

// cpuTime is the processor time of the process, which other programs on the
// machine do not lengthen.
func cpuTime(tb testing.TB) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Skip(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

func BenchmarkPrepare(b *testing.B) {
	cube := year(b, 1_000_000)
	book := pricing.Embedded()
	for b.Loop() {
		if _, err := Prepare(Input{Cube: cube, Book: book, AsOf: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRun(b *testing.B) {
	base := yearBase(b)
	for _, texts := range [][]string{
		{"growth 2x"},
		{"swap openai/gpt-5=openai/gpt-5-mini:60%"},
		{"swap *=gpt-5-mini:60%"},
		{"swap openai/gpt-5=openai/gpt-5-mini:60%", "input -20%", "cache-hit 70%", "batch 30%"},
		{"growth 2x", "swap *=openai/gpt-5-mini:60%", "input -20%", "output -10%", "cache-hit 70%", "batch 30%", "price * -5%"},
	} {
		b.Run(fmt.Sprintf("%dlevers/%s", len(texts), strings.Fields(texts[0])[0]+strings.Fields(texts[0])[1][:2]), func(b *testing.B) {
			b.ReportAllocs()
			list := levers(b, texts...)
			if _, err := base.Run(list); err != nil { // finds the prices, which is kept
				b.Fatal(err)
			}
			before := cpuTime(b)
			for b.Loop() {
				if _, err := base.Run(list); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(cpuTime(b)-before)/float64(b.N), "cpu-ns/op")
		})
	}
}

// TestRunAllocatesLittle: what a slider move allocates depends on classes and
// levers, not on cells.
func TestRunAllocatesLittle(t *testing.T) {
	base, err := Prepare(Input{Cube: year(t, 50_000), Book: pricing.Embedded(), AsOf: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	list := levers(t, "swap openai/gpt-5=openai/gpt-5-mini:60%", "input -20%", "cache-hit 70%", "batch 30%")
	n := testing.AllocsPerRun(5, func() {
		if _, err := base.Run(list); err != nil {
			t.Fatal(err)
		}
	})
	if most := float64(25 * len(base.partitions[0].classes)); n > most {
		t.Errorf("%.0f allocations, want at most %.0f", n, most)
	}
}

func BenchmarkNewScope(b *testing.B) {
	base := yearBase(b)
	n := 0
	for b.Loop() {
		n++
		if _, err := base.Run(levers(b, fmt.Sprintf("input -20%% @project=p%03d", n%500))); err != nil {
			b.Fatal(err)
		}
	}
}
