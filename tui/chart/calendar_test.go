package chart

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"tokpit/money"
	"tokpit/tui/ui"
)

func yearOf(n int) []CalendarDay {
	days := make([]CalendarDay, n)
	last := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	for i := range days {
		days[i].Day = last.AddDate(0, 0, i-n+1)
		days[i].Amount = money.FromUnits(int64(i % 11))
	}
	return days
}

func TestCalendar(t *testing.T) {
	c := NewCalendar(yearOf(366), "USD")
	for _, theme := range ui.Themes() {
		st := ui.NewStyles(theme)
		for _, width := range []int{0, 3, 20, 57, 60, 110, 160} {
			lines := c.Draw(st, width, 365, true)
			if len(lines) != CalendarHeight {
				t.Fatalf("%d lines", len(lines))
			}
			for y, line := range lines {
				if w := ui.Width(ansi.Strip(line)); w != width {
					t.Fatalf("%s: line %d at width %d is %d wide", theme.Name(), y, width, w)
				}
				for x, r := range []rune(ansi.Strip(line)) {
					if day := c.Frame(width).At(x, y); r == '◆' && day != 365 {
						t.Errorf("%s, width %d: the cursor at %d,%d is day %d", theme.Name(), width, x, y, day)
					}
				}
			}
			if shown := strings.Count(strings.Join(lines, ""), "◆"); shown != 1 && width >= 20 {
				t.Errorf("%s, width %d: %d cursors", theme.Name(), width, shown)
			}
		}
	}
	text := ansi.Strip(strings.Join(c.Draw(ui.NewStyles(ui.Theme{}), 120, -1, true), "\n"))
	for _, want := range []string{"Mon", "Wed", "Dec", "Jan 26", "Nov"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	p := ui.NewPen(100, 1)
	c.Legend(p, ui.NewStyles(ui.Theme{}), true)
	if got := ansi.Strip(p.String()); !strings.Contains(got, "· none  ■ to $2.00") || !strings.Contains(got, "to $10.00") {
		t.Errorf("the legend is %q", got)
	}
}

// Every day that is shown is at one place, and the days before the first and
// after the last are at none.
func TestCalendarFindsEachDay(t *testing.T) {
	for _, n := range []int{0, 1, 5, 8, 100, 366} {
		c := NewCalendar(yearOf(n), "USD")
		for _, width := range []int{30, 60, 120} {
			f, seen := c.Frame(width), map[int]bool{}
			for y := range CalendarHeight {
				for x := 0; x < width; x += f.each {
					if i := f.At(x, y); i >= 0 {
						if seen[i] {
							t.Fatalf("day %d is twice", i)
						}
						if got := (int(c.days[i].Day.Weekday()) + 6) % 7; got != y-1 {
							t.Errorf("day %d is a %s in row %d", i, c.days[i].Day.Weekday(), y)
						}
						seen[i] = true
					}
				}
			}
			for i := f.First(); i < n; i++ {
				if !seen[i] {
					t.Errorf("%d days, width %d: day %d is nowhere", n, width, i)
				}
			}
		}
	}
}
