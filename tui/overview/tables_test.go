package overview

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/pricing"
	"tokpit/report"
	"tokpit/tui/period"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// recorded is a snapshot with cells: three weeks of two models in two projects,
// each day of another size, and a model that was used on one day only.
func recorded(t *testing.T) *report.Snapshot {
	t.Helper()
	asOf := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	b := usage.NewBuilder(0)
	for day := range 21 {
		at := usage.SlotOf(asOf.AddDate(0, 0, day-20).Add(-3 * time.Hour))
		for i, d := range []usage.Dims{{Provider: "openai", Model: "gpt-5.6-sol", Project: "shop"}, {Provider: "anthropic", Model: "claude-sonnet-5-5", Project: "docs"}} {
			d.Source, d.Basis = "codex", usage.Logged
			b.Add(at, 1, b.Set(d), usage.Measures{Records: 1, Requests: 1, Tokens: usage.Tokens{Input: int64(1_000_000 * (1 + (day*(i+2))%5)), Output: 100_000}})
		}
		if day == 12 {
			b.Add(at, 1, b.Set(usage.Dims{Provider: "openai", Model: "gpt-5.4-nano", Project: "shop", Source: "codex", Basis: usage.Logged}),
				usage.Measures{Records: 1, Requests: 1, Tokens: usage.Tokens{Input: 900_000_000}})
		}
	}
	return report.BuildSnapshot(report.Input{Cube: b.Cube(), Book: pricing.Embedded(), AsOf: asOf})
}

// panelLines is what a panel shows.
func panelLines(p *Page, which panel) string {
	r := p.plan.at[which]
	var out []string
	for _, line := range strings.Split(view(p), "\n")[r.Min.Y:r.Max.Y] {
		out = append(out, string([]rune(line)[r.Min.X:r.Max.X]))
	}
	return strings.Join(out, "\n")
}

// With a day chosen, every table is of that day beside the same day a week before,
// and says so; esc goes back.
func TestTablesFollowTheDay(t *testing.T) {
	s := recorded(t)
	for _, size := range [][2]int{{60, 20}, {80, 24}, {120, 40}, {200, 57}} {
		p := newPage(s, size[0], size[1])
		before := panelLines(p, models)
		for range 9 { // today is the first
			p.Update(press(tea.KeyLeft))
		}
		day := time.Date(2026, 11, 12, 0, 0, 0, 0, time.UTC)
		if p.plan.at[models].Empty() || !p.tabled.day.Equal(day) {
			t.Fatalf("%v: the tables are of %v", size, p.tabled.day)
		}
		for _, which := range p.focusable() {
			l, ok := p.tables[which]
			if !ok || p.plan.at[which].Empty() {
				continue
			}
			d := usage.Dimension(keyOf(which))
			r, err := report.Run(s.Cube, s.Book, s.Plans, report.Query{Since: day, Until: day.AddDate(0, 0, 1), By: []usage.Dimension{d}}, s.AsOf)
			if err != nil || len(r.Rows) != l.rows.Len() {
				t.Fatalf("%v: %d rows by %s, want %d, %v", size, l.rows.Len(), d, len(r.Rows), err)
			}
			got := panelLines(p, which)
			if !strings.Contains(got, l.title+" on Thu 12 Nov") {
				t.Errorf("%v: the title does not say the day:\n%s", size, got)
			}
			if strings.Contains(got, "change") && !strings.Contains(got, "vs Thu 5 Nov") {
				t.Errorf("%v: nothing says what the change is against:\n%s", size, got)
			}
			for _, row := range r.Rows {
				if cost := ui.Money(row.Sum.Cost, "USD"); !strings.Contains(got, cost) {
					t.Errorf("%v: by %s %s of %q is not in\n%s", size, d, cost, row.Keys, got)
				}
			}
		}
		p.Update(press(tea.KeyEscape))
		p.setFocus(models)
		if got := panelLines(p, models); got != before {
			t.Errorf("%v: after esc the table is\n%s\nand was\n%s", size, got, before)
		}
	}
}

// Today is compared with the same day a week before up to the same time, and in
// the calendar a day is chosen as in the chart.
func TestTablesOfTodayAndOfTheCalendar(t *testing.T) {
	p := newPage(recorded(t), 200, 57)
	p.Update(press(tea.KeyLeft))
	if got := panelLines(p, models); !strings.Contains(got, "Models on Fri 20 Nov") || !strings.Contains(got, "vs Fri 13 Nov by 15:00") {
		t.Errorf("today's table is\n%s", got)
	}
	p.setFocus(calendar)
	p.Update(press(tea.KeyLeft))
	if got := panelLines(p, projects); !strings.Contains(got, "Projects on Fri 13 Nov") || !strings.Contains(got, "vs Fri 6 Nov") {
		t.Errorf("a week before, chosen in the calendar:\n%s", got)
	}
}

// The keys say what they would do: enter asks why a chosen day is as it is, and
// from a row of its tables it looks into that row on that day.
func TestEnterOnAChosenDay(t *testing.T) {
	p := newPage(recorded(t), 120, 40)
	enter := func() string {
		for _, b := range p.ShortHelp() {
			if key.Matches(press(tea.KeyEnter), b) {
				return b.Help().Desc
			}
		}
		return ""
	}
	if got := enter(); got != "look inside" {
		t.Errorf("without a day enter says %q", got)
	}
	p.Update(press(tea.KeyLeft))
	p.Update(press(tea.KeyLeft))
	if got := enter(); got != "why this day" {
		t.Errorf("with a day enter says %q", got)
	}
	day := time.Date(2026, 11, 19, 0, 0, 0, 0, time.UTC)
	p.Update(press(tea.KeyTab))
	if got := enter(); p.focus != models || got != "look inside" {
		t.Errorf("in a table enter says %q", got)
	}
	look, ok := p.Update(press(tea.KeyEnter))().(ui.Look)
	if !ok || !look.Day.Equal(day) || len(look.Filter[usage.ByModel]) != 1 {
		t.Errorf("enter sends %+v", look)
	}
	if sheet := p.Sheet()(); !strings.Contains(sheet.Title, "Thu 19 Nov 2026") || strings.Contains(sheet.Title, "cycle") {
		t.Errorf("the table leaves as %q", sheet.Title)
	}
	if got := open(t, p, 'i'); !strings.Contains(got, "Thu 19 Nov 2026") || strings.Contains(got, "cycle") {
		t.Errorf("details of a row of the day:\n%s", got)
	}
	if got := strings.Join(p.Plain(), "\n"); !strings.Contains(got, "Models on Thu 19 Nov") {
		t.Errorf("read aloud, the tables are of\n%s", got)
	}
}

// Under a filter the tables of a day are of the part that passes it.
func TestTablesOfADayUnderAFilter(t *testing.T) {
	s := recorded(t)
	c := period.Calendar(s)
	span, err := period.Parse(c, "7d")
	if err != nil {
		t.Fatal(err)
	}
	filter := map[usage.Dimension][]string{usage.ByProject: {"docs"}}
	v, err := report.NewViewer(s, nil).View(report.ViewQuery{Span: span, Before: period.Before(c, "7d", span), Filter: filter})
	if err != nil {
		t.Fatal(err)
	}
	p := newPage(s, 200, 57)
	p.SetLens(ui.Lens{Period: "7d", Filter: filter, View: v})
	p.Update(press(tea.KeyLeft))
	p.Update(press(tea.KeyLeft))
	if got := panelLines(p, models); !strings.Contains(got, "Models on Thu 19 Nov") || !strings.Contains(got, "claude-sonnet-5-5") || strings.Contains(got, "gpt-5.6-sol") {
		t.Errorf("the table is\n%s", got)
	}
}

// A sparkline has one bar for each of the last days, and says its highest day
// where nothing is drawn.
func TestSparklinesOfRows(t *testing.T) {
	s := recorded(t)
	p := newPage(s, 200, 57)
	got := panelLines(p, models)
	if !strings.Contains(got, "14 days") {
		t.Fatalf("no days in\n%s", got)
	}
	for _, line := range strings.Split(got, "\n") {
		if strings.Contains(line, "gpt-5.4-nano") && !strings.Contains(line, "·····▇········") {
			t.Errorf("used on one day: %q", line)
		}
	}
	if said := strings.Join(p.Plain(), "\n"); !strings.Contains(said, "on Thu 12 Nov") {
		t.Errorf("read aloud, no day is the highest:\n%s", said)
	}
	for _, r := range p.tables[models].all {
		if said := r.make().sayDays(7); r.line.Name == "gpt-5.4-nano" && said != "" {
			t.Errorf("in the last 7 days it says %q", said)
		}
	}
	for i := range s.Models {
		s.Models[i].Days = nil
	}
	if got := panelLines(newPage(s, 200, 57), models); strings.Contains(got, "14 days") {
		t.Errorf("days that nobody knows:\n%s", got)
	}
}

// A table that does not fit says which of its rows are shown, as it moves.
func TestTitlesSayWhatIsShown(t *testing.T) {
	p := newPage(tuitest.Sample(), 120, 30)
	l := p.tables[models]
	shown, all := l.table.Rows(), l.rows.Len()
	if shown >= all {
		t.Fatalf("all %d rows are shown", all)
	}
	wantTitle := func(first int) {
		t.Helper()
		if want := fmt.Sprintf("─ %d–%d of %d", first, first+shown-1, all); !strings.Contains(view(p), want) {
			t.Errorf("no %q in\n%s", want, view(p))
		}
	}
	wantTitle(1)
	p.Update(press(tea.KeyEnd))
	wantTitle(all - shown + 1)
}
