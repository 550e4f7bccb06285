package sources

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"tokpit/report"
	"tokpit/tui/chart"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// On wide screens the parts follow each other: nothing lies in the middle of an
// empty screen, and no reason is cut while there is room.
func TestWideHasNoHoles(t *testing.T) {
	for _, size := range [][2]int{{140, 45}, {200, 57}, {300, 77}} {
		p := newPage(tuitest.Connected(), size[0], size[1])
		lines := strings.Split(strings.TrimRight(view(p), " \n"), "\n")
		for y := range len(lines) - 2 {
			if strings.TrimSpace(lines[y]+lines[y+1]+lines[y+2]) == "" {
				t.Errorf("%v: nothing from line %d on:\n%s", size, y, view(p))
				break
			}
		}
		if size[0] >= 200 {
			reject(t, strings.Join(lines, "\n"), "…")
		}
	}
}

// What a person brought in says how more of it comes.
func TestImportedSaysWhatNext(t *testing.T) {
	s := tuitest.Connected()
	s.Sources = append([]report.SourceStatus{{Name: "cursor", Kind: "imported by hand", Basis: usage.Imported, Records: 2, Files: 1,
		Synced: s.AsOf.AddDate(0, 0, -90), First: s.AsOf.AddDate(-1, 0, 0), Last: s.AsOf.AddDate(0, 0, -90)}}, s.Sources...)
	p := newPage(s, 200, 57)
	want(t, view(p), "imported by hand", "last import", "2 from 1 file,", "tokpit import FILE brings in what is newer", "tokpit undo import")
}

// Where no bill has been read it says so, as far as there is room.
func TestNothingToCompare(t *testing.T) {
	s := tuitest.Connected()
	s.Reconcile = nil
	for _, size := range [][2]int{{120, 60}, {200, 57}} {
		want(t, view(newPage(s, size[0], size[1])), "No bill has been read yet")
	}
}

// The form says where it is, and a click on that leads back.
func TestTheWayBackFromTheForm(t *testing.T) {
	p, _ := connecting(t)
	want(t, view(p), "Sources › Connect a source")
	p.Update(tea.MouseClickMsg{X: 3, Y: 0, Button: tea.MouseLeft})
	if p.form != nil {
		t.Error("the form stays, though nothing was typed")
	}
}

// Where there is room left, the days of the chosen source are listed, with what
// was read of each and what it was billed; the day under the cursor is among them.
func TestDaysOfTheChosenSource(t *testing.T) {
	p := newPage(tuitest.Connected(), 300, 77)
	name := p.selectedName()
	screen := view(p)
	want(t, screen, "Days of "+name, "the newest first")
	p.Update(tea.KeyPressMsg{Code: tea.KeyDown})
	if p.selectedName() == name {
		t.Fatal("there is one source only")
	}
	want(t, view(p), "Days of "+p.selectedName())
	for range 120 {
		p.Update(tea.KeyPressMsg{Code: tea.KeyLeft})
	}
	want(t, view(p), p.dayAt(p.day).Format("Mon 2 Jan 06"))
	l := lane{records: []int64{3}, days: []chart.StripDay{{State: chart.DayHole}}}
	pen := ui.NewPen(60, 1)
	p.drawDay(pen, []lane{l}, 0)
	pen.End()
	want(t, pen.String(), "× not read")
	for _, size := range [][2]int{{120, 40}, {80, 24}, {60, 20}} { // no room
		reject(t, view(newPage(tuitest.Connected(), size[0], size[1])), "Days of ")
	}
}
