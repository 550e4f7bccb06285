package simulate

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/pricing"
	"tokpit/report"
	"tokpit/scenario"
	"tokpit/tui/period"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// year is the usage of a year: as many cells as records, 50 models, 500 projects.
func year(tb testing.TB, n int) *report.Snapshot {
	tb.Helper()
	book, now := pricing.Embedded(), tuitest.Now()
	var models []pricing.ModelRef
	for _, l := range book.List(now) {
		if _, ok := l.Rates.Of(pricing.Output); ok && len(models) < 50 && slices.Contains([]string{"openai", "anthropic", "google", "deepseek"}, l.Provider) && l.Row.From.Year() >= 2025 {
			models = append(models, l.ModelRef)
		}
	}
	if len(models) < 50 {
		tb.Fatalf("the book has %d models of today", len(models))
	}
	random := rand.New(rand.NewPCG(7, 11))
	edges, b := book.Edges(), usage.NewBuilder(n)
	first := usage.SlotOf(now.AddDate(-1, 0, 1))
	for i := range n {
		m, in := models[random.IntN(len(models))], int64(random.IntN(6000)+200)
		d := usage.Dims{Source: "openai", Provider: m.Provider, Model: m.Model, Project: fmt.Sprintf("proj-%03d", random.IntN(500)), Basis: usage.Reported, Band: edges.Band(in)}
		b.Add(first+usage.Slot(int64(i)*364*96/int64(n)), 1, b.Set(d), usage.Measures{Records: 1, Requests: 1, Tokens: usage.Tokens{Input: in / 2, CacheRead: in - in/2, Output: int64(random.IntN(1500) + 1)}})
	}
	s := tuitest.Sample()
	s.Book, s.Cube, s.Uses = book, b.Cube(), nil
	return s
}

// sliding is a page over a year with four levers, and what slides one of them.
func sliding(tb testing.TB, n int) (d *driver, slide func(i int)) {
	d = newPage(tb, year(tb, n), 200, 57)
	d.period = period.All
	d.Run(d.prepare())
	top := d.base.Models()
	d.Run(d.insert(scenario.NewSwap(top[0].ModelRef, top[30].ModelRef, scenario.Whole*6/10)))
	for _, l := range []string{"input -20%", "cache-hit 80%", "batch 30%"} {
		d.lever(l)
	}
	if len(d.levers) != 4 {
		tb.Fatalf("%d levers: %v", len(d.levers), d.Notices)
	}
	return d, func(i int) {
		d.cursor = i / 8 % 4
		k := tea.KeyPressMsg{Code: tea.KeyRight}
		if i%8 >= 4 {
			k.Code = tea.KeyLeft
		}
		d.Update(k)
		d.View()
	}
}

// A slider move over a year of a million records, 50 models and 500 projects is
// done within a frame, Update and View together.
func TestSliderMove(t *testing.T) {
	if os.Getenv("TOKPIT_SPEED") == "" {
		t.Skip("set TOKPIT_SPEED on a quiet machine, as make soak does")
	}
	_, slide := sliding(t, 1_000_000)
	var all []time.Duration
	for i := range 64 {
		start := time.Now()
		slide(i)
		all = append(all, time.Since(start))
	}
	slices.Sort(all)
	t.Logf("median %v, nine in ten %v, longest %v", all[32], all[57], all[63])
	if limit := 16 * time.Millisecond; all[57] > slack*limit {
		t.Errorf("a slider move took %v", all[57])
	}
}

func BenchmarkSliderMove(b *testing.B) {
	_, slide := sliding(b, 1_000_000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		slide(i)
	}
}

// BenchmarkView draws all of the page anew.
func BenchmarkView(b *testing.B) {
	d, _ := sliding(b, 20_000)
	st := ui.NewStyles(ui.Theme{})
	b.ReportAllocs()
	for b.Loop() {
		d.SetTheme(st)
		d.View()
	}
}
