package chart

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"tokpit/tui/ui"
)

// burning is a month in which ten a day are spent, up to its twentieth day.
func burning() Burn {
	since := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	b := Burn{Since: since, Until: since.AddDate(0, 1, 0), Now: since.AddDate(0, 0, 20), Plan: 400, Currency: "USD",
		Levels: []Level{{Value: 400, Label: "limit", Limit: true}, {Value: 200, Label: "50 %"}},
		Point:  300, Low: 280, High: 330, Foreseen: true, PointLabel: "forecast"}
	for i := range 21 {
		b.Points = append(b.Points, BurnPoint{At: since.AddDate(0, 0, i), Served: float64(10 * i), Total: float64(10 * i)})
	}
	return b
}

func drawnBurn(b *Burn, st *ui.Styles, w, h int) []string {
	lines := b.Draw(st, w, h)
	for i := range lines {
		lines[i] = ansi.Strip(lines[i])
	}
	return lines
}

func TestBurn(t *testing.T) {
	b := burning()
	st := ui.NewStyles(ui.Theme{})
	text := strings.Join(drawnBurn(&b, st, 100, 22), "\n")
	for _, want := range []string{"limit", "50 %", "forecast", "$400 ┤━━", "$0 ┼", "1 Nov", "now", "30 Nov", "•", "░", "⠁", "█"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	f := b.Frame(100, 22)
	if at, ok := f.At(f.left); !ok || at.Sub(b.Since) > 12*time.Hour {
		t.Errorf("the first column is %v, %v", at, ok)
	}
	if _, ok := f.At(99); ok {
		t.Error("the words are part of the chart")
	}
	for x := f.left; x < f.left+f.columns; x++ { // a column stands for an instant within it
		at, ok := f.At(x)
		if !ok || f.column(at) != x-f.left {
			t.Fatalf("column %d is %v, which is column %d", x-f.left, at, f.column(at))
		}
	}
}

// What is refused stands on what is served, and is told from it without colours.
func TestBurnOfWhatIsRefused(t *testing.T) {
	b := burning()
	b.Plan, b.Foreseen = 0, false
	for i := range b.Points {
		b.Points[i].Served = min(b.Points[i].Total, 100)
	}
	b.Marks = []BurnMark{{At: b.Points[10].At, Label: "stopped"}}
	for _, theme := range []ui.Theme{{}, {Light: true}, {Mono: true}} {
		text := strings.Join(drawnBurn(&b, ui.NewStyles(theme), 80, 16), "\n")
		if !strings.Contains(text, "▒") || !strings.Contains(text, "█") || !strings.Contains(text, "stopped") {
			t.Errorf("%+v:\n%s", theme, text)
		}
	}
}

// Lines over the area neither cut it nor hide: the plan is dots on it, and what is
// over the limit begins at its line.
func TestBurnOverItsLimit(t *testing.T) {
	b := burning()
	b.Levels[0].Value, b.Plan, b.Foreseen = 100, 100, false
	b.Changes = []BurnChange{{At: b.Points[5].At, Up: true}, {At: b.Points[5].At}, {At: b.Points[9].At}, {At: b.Until}}
	st := ui.NewStyles(ui.Theme{})
	f := b.Frame(80, 22)
	lines := b.Draw(st, 80, 22)
	line, bad := st.Over(b.Hue)
	limit := f.rows - 1 - f.row(100)
	if !strings.Contains(lines[limit], bad.String("▀")[:len(bad.String("▀"))-10]) || !strings.Contains(lines[limit], "━") {
		t.Errorf("the limit: %q", lines[limit])
	}
	if over := lines[limit-2]; !strings.Contains(over, st.Bad.String("█")[:10]) {
		t.Errorf("what is over: %q", over)
	}
	for y, l := range drawnBurn(&b, st, 80, 22)[:f.rows] {
		area := strings.Trim(string([]rune(l)[f.left:f.left+f.column(b.Now)]), " ")
		if gap := strings.IndexByte(area, ' '); gap >= 0 {
			t.Errorf("line %d has a hole: %q", y, area)
		}
	}
	dots := 0
	for _, l := range lines[limit+1 : f.rows] {
		dots += strings.Count(l, line.String("")[:12])
	}
	if dots == 0 {
		t.Errorf("no plan on the area:\n%s", strings.Join(lines, "\n"))
	}
	axis := []rune(ansi.Strip(lines[f.rows]))
	for at, want := range map[int]rune{5: '▲', 9: '▼'} {
		if got := axis[f.left+f.column(b.Points[at].At)]; got != want {
			t.Errorf("day %d has %q, want %q: %s", at, got, want, string(axis))
		}
	}
	if got := strings.Count(string(axis), "▲") + strings.Count(string(axis), "▼"); got != 2 {
		t.Errorf("%d marks of prices: %s", got, string(axis))
	}
}

// Whatever the size and the figures: as many lines as there are, none wider.
func TestBurnFits(t *testing.T) {
	odd := burning()
	odd.Point, odd.High, odd.Levels[0].Value, odd.Points[20].Total = math.Inf(1), math.NaN(), 1e30, -5
	none := Burn{}
	one := burning()
	one.Until = one.Since.Add(time.Hour)
	one.Cursor = one.Since
	for _, b := range []Burn{burning(), odd, none, one} {
		for _, w := range []int{0, 1, 5, 12, 30, 56, 80, 200} {
			for _, h := range []int{0, 1, 2, 3, 7, 40} {
				lines := drawnBurn(&b, ui.NewStyles(ui.Theme{}), w, h)
				if len(lines) != h {
					t.Fatalf("%dx%d: %d lines", w, h, len(lines))
				}
				for _, l := range lines {
					if got := ansi.StringWidth(l); got != w {
						t.Fatalf("%dx%d: %d columns: %q", w, h, got, l)
					}
				}
			}
		}
	}
}

func TestBudgetGauge(t *testing.T) {
	st := ui.NewStyles(ui.Theme{})
	draw := func(g Budget, w int) string {
		p := ui.NewPen(w, 1)
		g.Draw(p, st, w)
		p.End()
		return ansi.Strip(p.String())
	}
	for _, c := range []struct {
		g    Budget
		want string
	}{
		{Budget{Used: 0, Elapsed: -1, Most: 1.25}, "────────────────┃   "},
		{Budget{Used: 0.5, Elapsed: 0.25, Most: 1.25, Marks: []float64{0.3, 0.8}, Foreseen: true, Point: 0.9, Low: 0.85, High: 1.1}, "━━━━╂━━━────┼═◆═┃═  "},
		{Budget{Used: 7, Elapsed: -1, Most: 1.25}, "━━━━━━━━━━━━━━━━┃━━▶"},
		{Budget{Used: 0.001, Elapsed: -1, Most: 1.25}, "━───────────────┃   "},
		{Budget{Used: math.Inf(1), Point: math.NaN(), High: math.Inf(1), Foreseen: true, Elapsed: -1, Most: math.NaN()}, ""},
	} {
		got := draw(c.g, 20)
		if c.want != "" && got != c.want {
			t.Errorf("%+v:\n%q, want\n%q", c.g, got, c.want)
		}
		for w := range 40 {
			if n := ansi.StringWidth(draw(c.g, w)); n != w {
				t.Errorf("%+v: %d columns of %d", c.g, n, w)
			}
		}
	}
}
