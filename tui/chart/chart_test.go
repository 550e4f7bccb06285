package chart

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"pgregory.net/rapid"

	"tokpit/tui/ui"
)

func sample(n int) *Bars {
	b := &Bars{Hues: []int{0, 1, 2}, Currency: "USD", Cursor: -1, Least: 1}
	today := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	for i := range n {
		v := 40 + 30*math.Sin(float64(i)*0.6)
		b.Bars = append(b.Bars, Bar{Day: today.AddDate(0, 0, i-n+1), Parts: []float64{v, v / 3, v / 9}})
	}
	if n > 12 {
		b.Bars[n-12].Mark, b.Bars[n-5].Mark = MarkDown, MarkUp
	}
	return b
}

func draw(b *Bars, w, h int) string {
	return ansi.Strip(strings.Join(b.Draw(ui.NewStyles(ui.Theme{}), w, h), "\n"))
}

func TestBarsGolden(t *testing.T) {
	b := sample(30)
	b.Cursor = 20
	var out strings.Builder
	for _, size := range [][2]int{{70, 10}, {100, 16}, {36, 6}} {
		out.WriteString(draw(b, size[0], size[1]) + "\n\n")
	}
	mono := b.Draw(ui.NewStyles(ui.Theme{Mono: true}), 70, 10)
	out.WriteString(strings.Join(mono, "\n"))
	golden.RequireEqual(t, out.String())
}

func TestAxisTicks(t *testing.T) {
	for _, c := range []struct {
		highest float64
		lines   int
		want    string
	}{
		{180, 8, "$0 $100 $200"},
		{195, 4, "$0 $100 $200"},
		{149, 9, "$0 $50 $100 $150"},
		{900, 13, "$0 $300 $600 $900"},
		{1000, 15, "$0 $200 $400 $600 $800 $1,000"},
		{0.9, 15, "$0 $0.20 $0.40 $0.60 $0.80 $1.00"},
		{0.00043, 4, "$0 $0.0003 $0.0006"},
		{12_345, 10, "$0 $5k $10k"},
		{0, 4, "$0 $0.50 $1.00"},
		{math.NaN(), 4, "$0 $0.50 $1.00"},
		{math.Inf(1), 4, "$0 $0.50 $1.00"},
		{5e-324, 4, ""}, {math.MaxFloat64, 9, ""},
	} {
		a := newAxis(c.highest, c.lines, 5, "USD")
		var got []string
		for i := range a.ticks + 1 {
			got = append(got, a.label(i))
		}
		if c.want != "" && strings.Join(got, " ") != c.want {
			t.Errorf("%v on %d lines: %v, want %v", c.highest, c.lines, got, c.want)
		}
	}
}

// Ticks stand at equal distances, also from zero, and mean what is on their line;
// the highest value fits and fills most of the plot.
func TestTicksAreEquallyFarApart(t *testing.T) {
	for lines := 1; lines <= 40; lines++ {
		for highest := 0.0003; highest < 3e6; highest *= 1.07 {
			a := newAxis(highest, lines, 5, "USD")
			if a.top < highest*(1-1e-9) || highest < a.top*0.5 && lines > 3 {
				t.Fatalf("%v on %d lines: the top is %v", highest, lines, a.top)
			}
			if a.ticks < 1 || a.ticks > 5 && lines > 3 || lines > 5 && a.ticks < 2 {
				t.Fatalf("%v on %d lines has %d ticks", highest, lines, a.ticks)
			}
			seen, last := 0, -1
			for y := range lines {
				tick := a.tick(y)
				if tick == 0 {
					continue
				}
				if seen++; tick != seen || y-last != a.each {
					t.Fatalf("%v on %d lines: tick %d on line %d, the one before on %d", highest, lines, tick, y, last)
				}
				if value := a.top / float64(lines) * float64(y+1); math.Abs(value-a.step*float64(tick)) > a.step*1e-9 {
					t.Fatalf("%v on %d lines: line %d is %v, its tick %v", highest, lines, y, value, a.step*float64(tick))
				}
				last = y
			}
			if seen != a.ticks || a.label(1) == a.label(2) {
				t.Fatalf("%v on %d lines: %d ticks of %d, %s and %s", highest, lines, seen, a.ticks, a.label(1), a.label(2))
			}
		}
	}
}

// Every chart has its size, whatever the values; no bar is higher than the plot,
// and what is not nothing is seen.
func TestBarsFit(t *testing.T) {
	st := ui.NewStyles(ui.Theme{})
	rapid.Check(t, func(t *rapid.T) {
		b := sample(rapid.IntRange(0, 120).Draw(t, "days"))
		for i := range b.Bars {
			b.Bars[i].Parts = rapid.SliceOfN(rapid.SampledFrom([]float64{0, 1e-9, 1, 37, 1e3, 1e19, -5, math.NaN()}), 0, 4).Draw(t, "parts")
		}
		b.Cursor = rapid.IntRange(-1, len(b.Bars)).Draw(t, "cursor")
		b.Least = rapid.IntRange(0, 3).Draw(t, "least")
		w, h := rapid.IntRange(0, 160).Draw(t, "width"), rapid.IntRange(0, 30).Draw(t, "height")
		lines := b.Draw(st, w, h)
		if len(lines) != h {
			t.Fatalf("%d lines, want %d", len(lines), h)
		}
		for _, l := range lines {
			if ansi.StringWidth(l) != w {
				t.Fatalf("%d columns, want %d: %q", ansi.StringWidth(l), w, l)
			}
		}
		f := b.Frame(w, h)
		seen := 0
		for x := range w {
			if i := f.At(x); i >= 0 {
				if i >= len(b.Bars) {
					t.Fatalf("column %d is day %d of %d", x, i, len(b.Bars))
				}
				seen++
			}
		}
		if seen != f.Count()*f.step {
			t.Fatalf("%d columns of %d bars", seen, f.Count())
		}
	})
}

// The heights of stacked parts add up to the height of the whole, and a small
// amount is never drawn as nothing.
func TestBarHeights(t *testing.T) {
	b := &Bars{Bars: []Bar{{Parts: []float64{50, 50}}, {Parts: []float64{100}}, {Parts: []float64{0, 0.001}}, {Parts: []float64{0, 0}}}, Least: 1}
	f := b.Frame(40, 12)
	levels := b.levels(f, 80)
	want := [][]int{{40, 80}, {80, 80}, {0, 1}, {0, 0}}
	for i := range want {
		if levels[i][0] != want[i][0] || levels[i][1] != want[i][1] {
			t.Errorf("bar %d: %v, want %v", i, levels[i], want[i])
		}
	}
}

func TestSmallCharts(t *testing.T) {
	st := ui.NewStyles(ui.Theme{})
	for perMille, want := range map[int64]string{0: "──────────", 1: "╸─────────", 500: "━━━━━─────", 550: "━━━━━╸────", 1000: "━━━━━━━━━━", 5000: "━━━━━━━━━━", -3: "──────────"} {
		p := ui.NewPen(10, 1)
		Share(p, st, st.Accent, perMille, 10)
		p.End()
		if got := ansi.Strip(p.String()); got != want {
			t.Errorf("Share(%d) = %s, want %s", perMille, got, want)
		}
	}
	p := ui.NewPen(8, 1)
	Spark(p, st, st.Accent, []float64{9, 0, 1, 4, 8}, 1, 8)
	p.End()
	if got := ansi.Strip(p.String()); got != "   ▇┊▂▄▆" {
		t.Errorf("Spark = %q", got)
	}
	p = ui.NewPen(4, 1)
	Spark(p, st, st.Accent, []float64{9e300, 0, 0.001, math.NaN(), math.Inf(1)}, -1, 9)
	p.End()
	if got := ansi.Strip(p.String()); got != "·▁·▁" {
		t.Errorf("Spark of odd values = %q", got)
	}
	p = ui.NewPen(20, 1)
	Gauge(p, st, 1250, 20)
	p.End()
	if got := ansi.Strip(p.String()); got != "━━━━━━━━━━━━  125.0%" {
		t.Errorf("Gauge = %q", got)
	}
}

func BenchmarkBars(b *testing.B) {
	c, st := sample(90), ui.NewStyles(ui.Theme{})
	b.ReportAllocs()
	for b.Loop() {
		c.Draw(st, 190, 24)
	}
}

// A step chart fills its place at every size, whatever its values.
func TestStepsFit(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n) }
	for name, s := range map[string]Steps{
		"none":   {Now: day(3), Until: day(3)},
		"one":    {Steps: []Step{{At: day(0), Values: []float64{1, 5}}}, Now: day(9), Until: day(9)},
		"future": {Steps: []Step{{At: day(5), Values: []float64{2}}, {At: day(50), Values: []float64{1}, Mark: MarkDown}}, Now: day(1), Until: day(60)},
		"same":   {Steps: []Step{{At: day(5), Values: []float64{0, 0}}, {At: day(5), Values: []float64{0, 1e15}, Mark: MarkUp}}, Now: day(5), Until: day(5)},
		"odd":    {Steps: []Step{{At: day(5), Values: []float64{math.NaN(), math.Inf(1)}}}, Now: day(7), Until: day(1)},
	} {
		for w := range 90 {
			for h := range 16 {
				lines := s.Draw(ui.NewStyles(ui.Theme{Mono: w%2 == 0}), w, h)
				if len(lines) != h {
					t.Fatalf("%s %dx%d: %d lines", name, w, h, len(lines))
				}
				for _, l := range lines {
					if ui.Width(ansi.Strip(l)) != w {
						t.Fatalf("%s %dx%d: %q", name, w, h, ansi.Strip(l))
					}
				}
			}
		}
	}
}

func TestStepsSayWhatChanged(t *testing.T) {
	day := func(m time.Month, d int) time.Time { return time.Date(2026, m, d, 0, 0, 0, 0, time.UTC) }
	s := Steps{Steps: []Step{{At: day(1, 1), Values: []float64{5, 25}}, {At: day(4, 1), Values: []float64{4, 20}, Mark: MarkDown},
		{At: day(9, 1), Values: []float64{8, 40}, Mark: MarkUp}}, Now: day(6, 1), Until: day(11, 1), Hues: []int{2, 0}, Currency: "USD"}
	got := ansi.Strip(strings.Join(s.Draw(ui.NewStyles(ui.Theme{}), 70, 10), "\n"))
	for _, want := range []string{"$40", "▼", "▲", "1 Apr 26", "1 Sep 26", "now", "Jan 2026"} {
		if !strings.Contains(got, want) {
			t.Errorf("the chart lacks %q:\n%s", want, got)
		}
	}
}
