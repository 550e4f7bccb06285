package overview

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/period"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

// daysUpTo are the days of a snapshot in dollars: n of them up to a day that is
// today, each of which cost its number in the month.
func daysUpTo(last time.Time, n int) days {
	s := &report.Snapshot{AsOf: last.Add(15 * time.Hour), Zone: time.UTC, Series: []string{"openai"}}
	for i := range n {
		day := last.AddDate(0, 0, i-n+1)
		cost := money.FromUnits(int64(day.Day()))
		s.Trend = append(s.Trend, report.Point{Day: day, Parts: []money.Amount{cost}, Planned: []money.Amount{{}},
			Sum: report.Sum{Cost: cost, Priced: true, Currency: "USD"}})
	}
	return newDays(s, ui.Lens{}, nil)
}

func TestMonthsBesideTheCalendar(t *testing.T) {
	d := daysUpTo(time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), 70) // from 12 Sep
	got := d.byMonth().rows
	if len(got) != 2 || got[0] != (sumRow{"Nov 2026", money.FromUnits(210), true}) || got[1] != (sumRow{"Oct 2026", money.FromUnits(496), false}) {
		t.Errorf("months are %+v", got)
	}
	d = daysUpTo(time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), 366)
	if got := d.byMonth().rows; len(got) != 7 || got[6].name != "May 2026" {
		t.Errorf("months of a year are %+v", got)
	}
	d = daysUpTo(time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), 6)
	if rows := d.byMonth().rows; len(rows) != 0 || len(d.byWeekday().rows) != 0 {
		t.Errorf("six days have months %+v, weekdays %+v", rows, d.byWeekday().rows)
	}
}

// Today is not over, so its weekday's average is of the days before.
func TestWeekdaysBesideTheCalendar(t *testing.T) {
	d := daysUpTo(time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), 15) // Fri 6 to Fri 20
	rows := d.byWeekday().rows
	want := []int64{25, 27, 29, 31, 19, 21, 23} // twice the average; Fridays are 6 and 13
	for i, r := range rows {
		if r.amount.Add(r.amount) != money.FromUnits(want[i]) {
			t.Errorf("%s is %s, want half of %d", r.name, r.amount, want[i])
		}
	}
	if len(rows) != 7 || rows[0].name != "Mon" || rows[6].name != "Sun" {
		t.Errorf("weekdays are %+v", rows)
	}
}

// Beside the calendar of a large screen stand legend, weekdays and months; the
// legend right beside it.
func TestPanelBesideTheCalendar(t *testing.T) {
	p := newPage(tuitest.Sample(), 200, 57)
	got := panelLines(p, calendar)
	for _, want := range []string{"none", "to $", "average day", "Mon  ", "months", "Nov 2026…", "Oct 2026", "▣"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	for _, line := range strings.Split(got, "\n")[1:] {
		if at := strings.Index(line, "none"); at >= 0 && strings.Contains(line, strings.Repeat(" ", 12)+"· none") {
			t.Errorf("the legend is far from the calendar: %q", line)
		}
	}
}

// On a day on which a price changed, the chart says which and how, also where
// there is no room beside it.
func TestTheChartSaysWhatChanged(t *testing.T) {
	s := tuitest.Sample()
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 57}} {
		p := newPage(s, size[0], size[1])
		if !strings.ContainsAny(panelLines(p, trend), "▲▼") || !strings.Contains(panelLines(p, trend), "today") {
			t.Errorf("%v: no marks in\n%s", size, panelLines(p, trend))
		}
		for range 9 {
			p.Update(press(tea.KeyLeft))
		}
		got := panelLines(p, trend)
		if !strings.Contains(got, "▲ gpt-5.2") || size[0] > 100 && !strings.Contains(got, "cache read 0.125 → 0.175") {
			t.Errorf("%v: on 12 Nov the chart says\n%s", size, got)
		}
		p.Update(press(tea.KeyEscape))
		r := p.plan.at[trend]
		for x := r.Min.X; x < r.Max.X; x++ { // the mouse reads out the same
			if p.Update(tea.MouseMotionMsg{X: x, Y: r.Min.Y + 2}); p.hover >= 0 && p.days.points[p.hover].Day.Day() == 12 && p.days.points[p.hover].Day.Month() == 11 {
				if got := panelLines(p, trend); !strings.Contains(got, "▲ gpt-5.2") {
					t.Errorf("%v: under the mouse the chart says\n%s", size, got)
				}
			}
		}
	}
}

// In sixteen colours shades are shapes.
func TestCalendarInSixteenColours(t *testing.T) {
	p := newPage(tuitest.Sample(), 200, 57)
	p.SetTheme(ui.NewStyles(ui.Theme{Sixteen: true}))
	got := ansi.Strip(p.View())
	for _, shade := range []string{"░ to $", "▒ to $", "▓ to $", "█ to $"} {
		if !strings.Contains(got, shade) {
			t.Errorf("no %q on screen", shade)
		}
	}
}

// Where few days are shown each is named, and a calendar of a week is none; what
// is not of the time that somebody has chosen says so.
func TestAFewDays(t *testing.T) {
	s := recorded(t)
	s.Budgets = tuitest.Budgeted().Budgets
	c := period.Calendar(s)
	span, err := period.Parse(c, "7d")
	if err != nil {
		t.Fatal(err)
	}
	v, err := report.NewViewer(s, nil).View(report.ViewQuery{Span: span, Before: period.Before(c, "7d", span)})
	if err != nil {
		t.Fatal(err)
	}
	p := newPage(s, 200, 57)
	p.SetLens(ui.Lens{Period: "7d", View: v})
	got := view(p)
	for _, want := range []string{"Sat 14", "Sun 15", "Mon 16", "Thu 19", "today", "Budgets, each of its own time and usage"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "a year") {
		t.Errorf("a year of seven days:\n%s", got)
	}
}
