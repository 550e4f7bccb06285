package chart

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
	"pgregory.net/rapid"

	"tokpit/tui/ui"
)

// strips are lanes over half a year with a hole of three days, a day read in
// part, weekends, and a lane that begins late.
func strips(days int) *Strips {
	s := &Strips{First: time.Date(2026, 5, 20, 0, 0, 0, 0, time.UTC), Labels: 20, Cursor: -1}
	for i, name := range []string{"claude-code", "openai", "late"} {
		l := Lane{Label: name, Hue: i, Days: make([]StripDay, days), Strong: i == 1}
		for d := range l.Days {
			c := StripDay{DayUsed, int64(100 + d*(i+1))}
			switch {
			case i == 2 && d < days/2:
				c = StripDay{}
			case i == 1 && d >= days*6/10 && d < days*6/10+3:
				c = StripDay{State: DayHole}
			case i == 1 && d == days-2:
				c.State = DayPart
			case d%7 == 3:
				c = StripDay{State: DayQuiet}
			}
			l.Days[d] = c
		}
		s.Lanes = append(s.Lanes, l)
	}
	return s
}

func TestStripsGolden(t *testing.T) {
	var out strings.Builder
	write := func(s *Strips, width int, theme ui.Theme) {
		out.WriteString(ansi.Strip(strings.Join(s.Draw(ui.NewStyles(theme), width, 4), "\n")) + "\n\n")
	}
	write(strips(185), 70, ui.Theme{})
	write(strips(185), 220, ui.Theme{})
	write(strips(24), 100, ui.Theme{})
	s := strips(400)
	s.Daily, s.Cursor = true, 380
	write(s, 70, ui.Theme{Mono: true})
	s.Cursor = 30
	write(s, 70, ui.Theme{})
	legend := ui.NewPen(60, 1)
	StripLegend(legend, ui.NewStyles(ui.Theme{}))
	out.WriteString(ansi.Strip(legend.Lines(1)[0]))
	golden.RequireEqual(t, out.String())
}

// However narrow the place: a hole is always seen, every day has a column, and
// a column says which days it stands for.
func TestStripsHideNothing(t *testing.T) {
	st := ui.NewStyles(ui.Theme{})
	rapid.Check(t, func(t *rapid.T) {
		days := rapid.IntRange(1, 800).Draw(t, "days")
		width := rapid.IntRange(0, 240).Draw(t, "width")
		s := &Strips{First: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Labels: rapid.IntRange(0, 30).Draw(t, "labels"),
			Cursor: rapid.IntRange(-1, days-1).Draw(t, "cursor"), Daily: rapid.Bool().Draw(t, "daily")}
		l := Lane{Days: make([]StripDay, days)}
		hole := rapid.IntRange(0, days-1).Draw(t, "hole")
		for i := range l.Days {
			l.Days[i] = StripDay{DayUsed, int64(i)}
		}
		l.Days[hole].State = DayHole
		s.Lanes = []Lane{l}
		lines := s.Draw(st, width, 2)
		for _, line := range lines {
			if got := ansi.StringWidth(ansi.Strip(line)); got != width {
				t.Fatalf("a line of %d columns in %d", got, width)
			}
		}
		f := s.Frame(width)
		seen, shown := make([]bool, days), 0
		for x := range width {
			from, until, ok := f.At(x)
			if !ok {
				continue
			}
			if a, b := f.Column(from); a != from || b != until || from >= until {
				t.Fatalf("column %d is [%d, %d), day %d is in [%d, %d)", x, from, until, from, a, b)
			}
			for d := from; d < until; d++ {
				if !seen[d] {
					seen[d] = true
					shown++
				}
			}
		}
		if room := width - s.Labels; room > 0 && !s.Daily && shown != days {
			t.Fatalf("%d of %d days are shown", shown, days)
		}
		if s.Cursor >= 0 && width > s.Labels && !seen[s.Cursor] {
			t.Fatal("the cursor is not on screen")
		}
		if seen[hole] && !strings.Contains(ansi.Strip(lines[1]), "×") {
			t.Fatalf("the hole is hidden: %q", ansi.Strip(lines[1]))
		}
	})
}
