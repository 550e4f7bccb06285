package tui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokpit/budget"
	"tokpit/report"
	"tokpit/tui/filter"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// narrowed is a model over data with cells, with what holds on all pages.
func narrowed(tb testing.TB, width, height int, n ui.Narrow) *Model {
	m := shown(tb, tuitest.Explored(), width, height)
	play(m, n)
	return m
}

// What is chosen holds on all pages that keep to it, is said on the others, and
// goes with one key.
func TestTheLensHoldsOnAllPages(t *testing.T) {
	m := narrowed(t, 160, 48, ui.Narrow{Period: "7d", Filter: budget.Scope{usage.ByProject: {"proj_web"}}})
	want, err := report.Run(m.snap.Cube, m.snap.Book, m.snap.Plans, report.Query{Since: m.lens.View.Span.Since, Filter: m.lens.Filter, Zone: m.snap.Zone}, m.snap.AsOf)
	if err != nil {
		t.Fatal(err)
	}
	figure := m.lens.For(m.snap).Cost(&want.Total)
	wantText(t, m, "last 7 days ✕", "project Checkout ✕", "14–20 Nov 2026", "7–13 Nov 2026")
	if s := m.lens.View.Sum; m.lens.For(m.snap).Cost(&s) != figure {
		t.Errorf("the overview shows %s, the report says %s", m.lens.For(m.snap).Cost(&s), figure)
	}
	live(m, press("2"))
	live(m, ui.Shown{})
	wantText(t, m, "last 7 days ✕", "project Checkout", "14–20 Nov 2026", figure)
	live(m, press("4"))
	wantText(t, m, "last 7 days ✕", "of  project Checkout", "in  last 7 days")
	for title, what := range map[string]string{"Estimate": "all usage here", "Budgets": "each budget's own period and usage here", "Prices": "all prices here", "Sources": "all usage here"} {
		m.open(title)
		wantText(t, m, what+", other pages: ", "last 7 days ✕")
	}
	m.open("Overview")
	live(m, press("X"))
	if m.lens.Narrow() || m.lens.View != nil || strings.Contains(ansi.Strip(m.render()), "✕") {
		t.Errorf("X leaves %+v", m.lens)
	}
	live(m, press("u"))
	wantText(t, m, "last 7 days ✕", "project Checkout ✕")
}

// A chip opens what it is about; its cross takes it away.
func TestChips(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 16}} {
		m := narrowed(t, size[0], size[1], ui.Narrow{Period: "30d", Filter: budget.Scope{usage.ByProvider: {"openai"}}})
		y, from, until := m.chipBar()
		list, _ := m.chips(from, until)
		if len(list) == 0 {
			t.Fatalf("%v: no chips between %d and %d", size, from, until)
		}
		play(m, tea.MouseClickMsg{X: list[0].from + 2, Y: y, Button: tea.MouseLeft})
		if top, open := m.modals.Top(); !open || top.Title() != "Span of time" {
			t.Errorf("%v: a chip opens nothing", size)
		}
		m.modals.Pop()
		play(m, tea.MouseClickMsg{X: list[0].to - 2, Y: y, Button: tea.MouseLeft})
		if m.lens.Period != "" || len(m.lens.Filter) != 1 {
			t.Errorf("%v: the cross leaves %+v", size, m.lens)
		}
	}
	m := narrowed(t, 60, 20, ui.Narrow{Period: "30d", Filter: budget.Scope{usage.ByProvider: {"openai"}, usage.ByModel: {"gpt-5.2"}, usage.ByKey: {""}, usage.ByProject: {""}}})
	wantText(t, m, "last 30 days ✕", " +")
}

// Figures of before stay until the new ones are there, an answer to an older
// choice is dropped, and a choice survives new data; names do not survive other
// data.
func TestTheLensDoesNotBlock(t *testing.T) {
	m := narrowed(t, 120, 40, ui.Narrow{Period: "30d"})
	before := m.lens.View
	_, first := m.Update(ui.Narrow{Period: "7d"})
	if m.lens.View != before || !m.narrowed.running {
		t.Error("the figures of before are gone")
	}
	m.Update(ui.Narrow{Period: "yesterday"})
	run(m, first)
	if got := m.lens.View; got == before || !got.Span.Since.Equal(m.snap.AsOf.Truncate(24*3600e9).AddDate(0, 0, -1)) {
		t.Errorf("shown is %+v", got.Span)
	}
	wantText(t, m, "yesterday ✕", "Thu 19 Nov")
	old := m.lens.View
	run(m, m.load.restart(m.ctx, m.reporter))
	if m.lens.Period != "yesterday" || m.lens.View == old {
		t.Error("new data has lost the choice, or the figures are old")
	}
	play(m, ui.Narrow{Period: "no such time"})
	if m.lens.Period != "yesterday" {
		t.Error("nonsense was taken")
	}
	play(m, ui.Narrow{Period: "7d", Filter: budget.Scope{usage.ByProject: {"proj_web"}}})
	m.show(m.reporter, true)
	if m.lens.Period != "7d" || len(m.lens.Filter) != 0 || m.lens.View != nil {
		t.Errorf("other data has %+v", m.lens)
	}
}

// The filter is chosen by letters, several values at once, or written.
func TestChoosingAFilter(t *testing.T) {
	m := shown(t, tuitest.Explored(), 120, 40)
	play(m, press("f"))
	for _, r := range "checkout" {
		play(m, press(string(r)))
	}
	play(m, tea.KeyPressMsg{Code: tea.KeyEnter})
	if len(m.lens.Filter) != 1 || m.lens.View == nil {
		t.Fatalf("the filter is %v", m.lens.Filter)
	}
	play(m, press("f"))
	for _, r := range "model=gpt-5.2,model=gpt-5-mini" {
		play(m, press(string(r)))
	}
	play(m, tea.KeyPressMsg{Code: tea.KeyEnter})
	if got := m.lens.Filter.String(); got != "model=gpt-5-mini,model=gpt-5.2" {
		t.Errorf("written: %q", got)
	}
	wantText(t, m, "model gpt-5.2 or gpt-5-mini ✕")
	if filter.Text(m.snap.Names, m.lens.Filter) == "" {
		t.Error("a filter without words")
	}
}

// Why was Tuesday expensive: the chart's cursor, enter, and what moved against
// the Tuesday before.
func TestWhyTuesdayWasExpensive(t *testing.T) {
	m := narrowed(t, 160, 48, ui.Narrow{Period: "30d"})
	for range 4 {
		live(m, tea.KeyPressMsg{Code: tea.KeyLeft})
	}
	wantText(t, m, "Tue 17 Nov")
	live(m, tea.KeyPressMsg{Code: tea.KeyEnter})
	if m.page().Title() != "Explore" {
		t.Fatalf("enter leads to %s", m.page().Title())
	}
	wantText(t, m, "Tue 17 Nov 2026", "vs", "Tue 10 Nov 2026", "project, model", "volume", "mix", "Checkout")
	live(m, press("<"))
	if m.page().Title() != "Overview" {
		t.Errorf("back leads to %s", m.page().Title())
	}
	wantText(t, m, "Tue 17 Nov")
}
