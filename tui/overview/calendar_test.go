package overview

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokpit/tui/chart"
	"tokpit/tui/overlay"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

// The calendar of a large screen: arrows choose a day, its figures are read out,
// and enter opens it in Explore.
func TestCalendarPanel(t *testing.T) {
	p := newPage(tuitest.Sample(), 200, 57)
	if p.plan.at[calendar].Empty() {
		t.Fatal("no room for a calendar")
	}
	if small := newPage(tuitest.Sample(), 120, 37); !small.plan.at[calendar].Empty() {
		t.Error("a calendar where there is no room")
	}
	p.setFocus(calendar)
	last := len(p.days.points) - 1
	p.Update(press(tea.KeyDown)) // from none: today
	p.Update(press(tea.KeyLeft))
	p.Update(press(tea.KeyUp))
	if p.cursor != last-8 {
		t.Fatalf("a week and a day before today is day %d of %d", p.cursor, last)
	}
	pt := &p.days.points[p.cursor]
	want := pt.Day.Format("Mon 2 Jan 2006") + "  " + p.lens.For(p.snap).Cost(&pt.Sum)
	if !strings.Contains(ansi.Strip(p.View()), want) {
		t.Errorf("no %q on screen", want)
	}
	look, ok := p.Update(press(tea.KeyEnter))().(ui.Look)
	if !ok || !look.Day.Equal(pt.Day) || len(look.By) == 0 {
		t.Errorf("enter sends %+v", look)
	}
	r := p.plan.at[calendar]
	f := p.days.calendar.Frame(chart.CalendarWidth(true))
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			p.Update(tea.MouseMotionMsg{X: x, Y: y})
			if at := f.At(x-r.Min.X, y-r.Min.Y-1); p.hover != at {
				t.Fatalf("hover over %d,%d shows day %d, not %d", x, y, p.hover, at)
			}
		}
	}
}

func TestCalendarBox(t *testing.T) {
	p := newPage(tuitest.Sample(), 80, 21)
	box := p.Update(tea.KeyPressMsg{Code: 'C', Text: "C"})().(overlay.Open).Modal
	for _, size := range [][2]int{{60, 10}, {76, 17}, {150, 40}} {
		w, h := box.Size(size[0], size[1])
		for y, line := range box.Lines(ui.NewStyles(ui.Theme{}), w, h) {
			if got := ui.Width(ansi.Strip(line)); got != w {
				t.Fatalf("line %d of %v is %d wide", y, size, got)
			}
		}
	}
	w, h := box.Size(76, 17)
	read := func() string { return ansi.Strip(strings.Join(box.Lines(ui.NewStyles(ui.Theme{}), w, h), "\n")) }
	today := p.days.points[len(p.days.points)-1].Day
	if !strings.Contains(read(), today.Format("Mon 2 Jan 2006")) || !strings.Contains(read(), "■ to $") {
		t.Error(read())
	}
	legend := ui.NewPen(40, chart.CalendarHeight)
	p.days.calendar.Legend(legend, ui.NewStyles(ui.Theme{}), false)
	for _, said := range legend.Lines(legend.Height()) {
		if said = strings.TrimSpace(ansi.Strip(said)); !strings.Contains(read(), said) {
			t.Errorf("the legend lacks %q:\n%s", said, read())
		}
	}
	box.Update(press(tea.KeyLeft))
	if !strings.Contains(read(), today.AddDate(0, 0, -7).Format("Mon 2 Jan 2006")) {
		t.Error(read())
	}
	cmd, done := box.Update(press(tea.KeyEnter))
	if seek, ok := cmd().(ui.Seek); !done || !ok || seek.Name != today.AddDate(0, 0, -7).Format(time.DateOnly) {
		t.Errorf("enter sends %+v, %v", seek, done)
	}
}
