package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/tui/tuitest"
)

// The ceilings for one View at 200×60, from the requirements.
const maxView, maxAllocs = time.Millisecond, 600

// every state of a page that is drawn anew, since an unchanged page is only a
// kept string.
func redraws(tb testing.TB) map[string]func() {
	out := map[string]func(){}
	for i := range newPages(tb.Context(), Options{}) {
		m := shown(tb, tuitest.Sample(), 200, 60)
		m.active = i
		name := m.page().Title()
		other := tuitest.Sample()
		out[name+" after new data"] = func() {
			m.page().SetSnapshot(other)
			m.render()
		}
		k := shown(tb, tuitest.Sample(), 200, 60)
		k.active = i
		n := 0
		out[name+" after a key"] = func() {
			n++
			key := tea.KeyPressMsg{Code: tea.KeyDown}
			if n%10 >= 5 {
				key.Code = tea.KeyUp
			}
			k.Update(key)
			k.render()
		}
		u := shown(tb, tuitest.Sample(), 200, 60)
		u.active = i
		out[name+" unchanged"] = func() { u.View() }
	}
	d := shown(tb, tuitest.Sample(), 200, 60)
	left := true
	out["Overview after another day"] = func() {
		code := tea.KeyLeft
		if left = !left; left {
			code = tea.KeyRight
		}
		d.Update(tea.KeyPressMsg{Code: code})
		d.render()
	}
	h := shown(tb, tuitest.Sample(), 200, 60)
	h.Update(press("?"))
	out["help box"] = func() { h.View() }
	return out
}

func BenchmarkView(b *testing.B) {
	for name, f := range redraws(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f()
			}
		})
	}
}

// BenchmarkPageView draws all panels of the overview anew.
func BenchmarkPageView(b *testing.B) {
	m := shown(b, tuitest.Sample(), 200, 60)
	b.ReportAllocs()
	for b.Loop() {
		m.page().SetTheme(m.styles) // marks every panel as to be drawn
		m.page().View()
	}
}

// A View stays under its ceilings: all panels of a page drawn anew, and the
// whole screen after a key.
func TestViewIsCheap(t *testing.T) {
	if testing.Short() {
		t.Skip("timing")
	}
	m := shown(t, tuitest.Sample(), 200, 60)
	check := func(name string, f func()) {
		t.Helper()
		f()
		if n := testing.AllocsPerRun(20, f); n > maxAllocs {
			t.Errorf("%s: %.0f allocations", name, n)
		}
		best := time.Hour
		for range 50 { // the best of many, since the machine has other work too
			start := time.Now()
			f()
			best = min(best, time.Since(start))
		}
		if best > maxView {
			t.Errorf("%s: %v", name, best)
		}
		t.Logf("%s: %v", name, best)
	}
	for i, p := range m.pages {
		m.active = i
		check(fmt.Sprintf("%s, all panels", p.Title()), func() { p.SetTheme(m.styles); p.View() })
	}
	for name, f := range redraws(t) {
		if !strings.HasSuffix(name, "after new data") && !strings.HasSuffix(name, "after another day") { // these are Update's work too
			check(name, f)
		}
	}
}
