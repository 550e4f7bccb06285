package slider

import (
	"testing"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"tokpit/tui/ui"
)

func draw(s Scale, v int64, width int) string {
	p := ui.NewPen(width, 1)
	s.Draw(p, ui.NewStyles(ui.Theme{}), v, width, true)
	p.End()
	return ansi.Strip(p.String())
}

func TestDraw(t *testing.T) {
	share := Scale{Low: 0, High: 100, Fine: 1, Coarse: 10}
	change := Scale{Low: -90, High: 90, Fine: 1, Coarse: 10}
	tokens := Scale{Low: 1, High: 1024, Rest: 1024, Fine: 50, Coarse: 500, Log: true}
	for _, c := range []struct {
		s    Scale
		v    int64
		want string
	}{
		{share, 0, "●──────────"}, {share, 60, "━━━━━━●────"}, {share, 100, "━━━━━━━━━━●"}, {share, 900, "━━━━━━━━━━●"},
		{change, 0, "─────●─────"}, {change, -54, "──●━━┼─────"}, {change, 90, "─────┼━━━━●"}, {change, -90, "●━━━━┼─────"},
		{tokens, 32, "─────●━━━━━"}, {tokens, 1024, "──────────●"}, {tokens, 1, "●━━━━━━━━━━"},
	} {
		if got := draw(c.s, c.v, 11); got != c.want {
			t.Errorf("%d of %+v: %s, want %s", c.v, c.s, got, c.want)
		}
	}
}

func TestSteps(t *testing.T) {
	change := Scale{Low: -90, High: 400, Fine: 1, Coarse: 10}
	tokens := Scale{Low: 16, High: 128_000, Fine: 50, Coarse: 500, Log: true}
	for _, c := range []struct {
		s      Scale
		v      int64
		n      int
		coarse bool
		want   int64
	}{
		{change, 0, 1, false, 1}, {change, 0, -1, false, -1}, {change, 37, 1, true, 40}, {change, 37, -1, true, 30}, {change, -37, 1, true, -30},
		{change, -37, -1, true, -40}, {change, -85, -1, true, -90}, {change, 399, 3, true, 400}, {change, 40, -1, true, 30},
		{tokens, 1000, 1, false, 1050}, {tokens, 1050, -1, false, 1000}, {tokens, 16, -1, false, 16}, {tokens, 1000, 1, true, 1500}, {tokens, 127_000, 1, true, 128_000},
	} {
		if got := c.s.Step(c.v, c.n, c.coarse); got != c.want {
			t.Errorf("%d steps from %d (coarse %v) are %d, want %d", c.n, c.v, c.coarse, got, c.want)
		}
	}
}

// Every scale fills its place, every step moves towards an end and stays between
// both, and what a column stands for is drawn in that column or beside it.
func TestScales(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Scale{Low: rapid.Int64Range(-1000, 1000).Draw(t, "low"), Fine: rapid.Int64Range(0, 50).Draw(t, "fine"), Coarse: rapid.Int64Range(0, 500).Draw(t, "coarse"),
			Log: rapid.Bool().Draw(t, "log")}
		if s.Log {
			s.Low = max(1, s.Low)
		}
		s.High = s.Low + rapid.Int64Range(0, 1_000_000).Draw(t, "length")
		s.Rest = rapid.Int64Range(s.Low-10, s.High+10).Draw(t, "rest")
		v := rapid.Int64Range(s.Low-10, s.High+10).Draw(t, "value")
		width := rapid.IntRange(0, 60).Draw(t, "width")
		if got := draw(s, v, width); ansi.StringWidth(got) != width {
			t.Fatalf("%d columns of %d: %q", ansi.StringWidth(got), width, got)
		}
		for _, coarse := range []bool{false, true} {
			up, down := s.Step(v, 1, coarse), s.Step(v, -1, coarse)
			at := s.Clamp(v)
			if up < at || down > at || up > s.High || down < s.Low || up == at && at < s.High || down == at && at > s.Low {
				t.Fatalf("from %d up to %d and down to %d", v, up, down)
			}
		}
		if width > 0 {
			x := rapid.IntRange(0, width-1).Draw(t, "x")
			got := s.At(x, width)
			if got < s.Low || got > s.High {
				t.Fatalf("column %d is %d", x, got)
			}
			// A step may be wider than a column.
			if c := s.column(got, width); s.High-s.Low >= 100*int64(width) && s.Fine < 50 && !s.Log && (c < x-1 || c > x+1) {
				t.Fatalf("column %d is %d, which lies in column %d", x, got, c)
			}
		}
	})
}
