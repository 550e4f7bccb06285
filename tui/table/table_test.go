package table

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokpit/tui/ui"
)

type item struct {
	name string
	n    int
}

func columns() []SliceColumn[item] {
	return []SliceColumn[item]{
		{
			Column:  Column{Title: "name", Width: 6, Flex: 1},
			Draw:    func(p *ui.Pen, st *ui.Styles, i *item, w int) { p.Left(st.Text, i.name, w) },
			Compare: func(a, b *item) int { return strings.Compare(a.name, b.name) },
		},
		{
			Column:  Column{Title: "n", Right: true, Width: 7},
			Draw:    func(p *ui.Pen, st *ui.Styles, i *item, w int) { p.Right(st.Text, ui.Count(int64(i.n)), w) },
			Compare: func(a, b *item) int { return cmp.Compare(a.n, b.n) },
		},
		{
			Column: Column{Title: "twice", Right: true, Width: 9, Priority: 2},
			Draw:   func(p *ui.Pen, st *ui.Styles, i *item, w int) { p.Right(st.Muted, ui.Count(int64(2*i.n)), w) },
		},
		{
			Column: Column{Title: "kind", Width: 8, Priority: 1},
			Draw:   func(p *ui.Pen, st *ui.Styles, i *item, w int) { p.Left(st.Muted, "a kind of thing", w) },
		},
	}
}

func items(n int) []item {
	out := make([]item, n)
	for i := range out {
		out[i] = item{fmt.Sprintf("row-%05d", i), (i * 7919) % 1000}
	}
	return out
}

func newTable(n int) (*Model, *Slice[item]) {
	rows := NewSlice(columns(), func(i *item) string { return i.name }, items(n))
	m := New(rows, NewKeyMap())
	m.SetFocus(true)
	m.SetSize(60, 12)
	return m, rows
}

func lines(m *Model) []string {
	out := m.Lines()
	for i := range out {
		out[i] = ansi.Strip(out[i])
	}
	return out
}

func press(code rune) tea.KeyPressMsg {
	if code < 0x7f {
		return tea.KeyPressMsg{Code: code, Text: string(code)}
	}
	return tea.KeyPressMsg{Code: code}
}

func TestMovingScrolls(t *testing.T) {
	m, _ := newTable(100)
	for range 30 {
		m.Update(press(tea.KeyDown))
	}
	got := lines(m)
	if !strings.HasPrefix(got[11], "▸ row-00030") || !strings.HasPrefix(got[1], "  row-00020") {
		t.Errorf("after 30 rows down:\n%s", strings.Join(got, "\n"))
	}
	m.Update(press(tea.KeyEnd))
	if m.Selected() != "row-00099" {
		t.Errorf("end selects %s", m.Selected())
	}
	if m.Update(press(tea.KeyDown)) {
		t.Error("down at the end changed something")
	}
	m.Update(press('g'))
	m.Update(press(tea.KeyPgDown))
	if m.Selected() != "row-00011" {
		t.Errorf("page down selects %s", m.Selected())
	}
}

func TestSortKeepsTheSelection(t *testing.T) {
	m, rows := newTable(50)
	m.SetCursor(17)
	m.SortBy(1, true)
	if m.Selected() != "row-00017" {
		t.Errorf("sorting selects %s", m.Selected())
	}
	if rows.At(0).n < rows.At(1).n {
		t.Error("the largest is not first")
	}
	if got := lines(m)[0]; !strings.Contains(got, "↓n") {
		t.Errorf("the header does not show the order: %q", got)
	}
	m.Update(press('S'))
	if rows.At(0).n > rows.At(1).n || !strings.Contains(lines(m)[0], "↑n") {
		t.Error("S does not reverse")
	}
	// New data is sorted in the same way and keeps the row.
	m.SetRows(NewSlice(columns(), func(i *item) string { return i.name }, items(60)))
	if m.Selected() != "row-00017" || m.rows.Len() != 60 {
		t.Errorf("new data selects %s", m.Selected())
	}
	m.Update(press('s'))
	if !strings.Contains(lines(m)[0], "name↑") {
		t.Errorf("s does not go on to the next column: %q", lines(m)[0])
	}
}

func TestMouse(t *testing.T) {
	m, rows := newTable(100)
	click := func(x, y int) bool { return m.Update(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft}) }
	click(10, 4)
	if m.Selected() != "row-00003" {
		t.Errorf("a click on the fourth row selects %s", m.Selected())
	}
	m.Update(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	if m.Selected() != "row-00006" {
		t.Errorf("the wheel selects %s", m.Selected())
	}
	x := strings.Index(lines(m)[0], "  n ")
	click(x+2, 0)
	if rows.At(0).n < rows.At(1).n {
		t.Error("a click on a number's header does not put the largest first")
	}
	click(x+2, 0)
	if rows.At(0).n > rows.At(1).n {
		t.Error("a second click does not reverse")
	}
	if click(10, 40) || click(10, -2) {
		t.Error("a click outside did something")
	}
}

// Columns go by priority, and every line keeps its width.
func TestNarrowing(t *testing.T) {
	m, _ := newTable(20)
	for w := range 90 {
		m.SetSize(w, 8)
		got := lines(m)
		if len(got) != 8 {
			t.Fatalf("width %d: %d lines", w, len(got))
		}
		for _, l := range got {
			if ansi.StringWidth(l) != w {
				t.Fatalf("width %d: %q", w, l)
			}
		}
		header := got[0]
		if strings.Contains(header, "twice") && !strings.Contains(header, "kind") {
			t.Errorf("width %d: the column of lower rank stayed: %q", w, header)
		}
	}
	m.SetSize(24, 8)
	if h := lines(m)[0]; strings.Contains(h, "twice") || strings.Contains(h, "kind") || !strings.Contains(h, " n") {
		t.Errorf("at 24 columns: %q", h)
	}
}

func TestFlexShares(t *testing.T) {
	got := fit([]Column{{Width: 5, Flex: 3, Max: 10}, {Width: 5, Flex: 1}, {Width: 4}}, 60)
	if got[0] != 10 || got[2] != 4 || gutter+got[0]+gap+got[1]+gap+got[2] != 60 {
		t.Errorf("widths %v do not fill 60", got)
	}
}

func TestEmptyTable(t *testing.T) {
	m, _ := newTable(0)
	for _, k := range []rune{tea.KeyUp, tea.KeyDown, tea.KeyEnd, 's', 'S'} {
		m.Update(press(k))
	}
	if m.Selected() != "" || len(m.Lines()) != 12 {
		t.Error("an empty table has a selection, or no lines")
	}
	m.SetSize(0, 0)
	m.Lines()
}

func TestLargeTableIsCheap(t *testing.T) {
	if testing.Short() {
		t.Skip("timing")
	}
	m, _ := newTable(100_000)
	m.SetSize(200, 51)
	m.SetCursor(50_000)
	best := time.Hour
	for range 50 {
		start := time.Now()
		m.Update(press(tea.KeyDown))
		m.Lines()
		best = min(best, time.Since(start))
	}
	t.Log(best)
	if best > 400*time.Microsecond {
		t.Errorf("a key and 50 rows of 100,000 took %v", best)
	}
}

func BenchmarkLines100k(b *testing.B) {
	m, _ := newTable(100_000)
	m.SetSize(200, 51)
	b.ReportAllocs()
	for b.Loop() {
		m.Update(press(tea.KeyDown))
		m.Lines()
	}
}
