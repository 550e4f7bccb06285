package overview

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

// Where there is room every budget has a gauge, the one to look at first before
// the others; elsewhere the first one is a note.
func TestBudgetsAreShown(t *testing.T) {
	s := tuitest.Budgeted()
	worst := s.Budgets.Worst()
	for _, size := range [][2]int{{80, 37}, {120, 37}, {200, 57}, {300, 57}} {
		got := view(newPage(s, size[0], size[1]))
		at := -1
		for _, g := range newGauges(s)[:3] {
			i := strings.Index(got, g.name+"  ")
			if i <= at || !strings.Contains(got, g.amounts) || !strings.Contains(got, g.word) {
				t.Errorf("%v: %s is not there, or in the wrong place:\n%s", size, g.name, got)
			}
			at = i
		}
		if !strings.Contains(got, "Budgets ─") || !strings.Contains(got, "◆") || strings.Contains(got, "budget "+worst.Budget.Name) {
			t.Errorf("%v:\n%s", size, got)
		}
	}
	if first := newGauges(s)[0].name; first != worst.Budget.Name {
		t.Errorf("%s comes first, %s is the worst", first, worst.Budget.Name)
	}
	for _, size := range [][2]int{{40, 21}, {60, 37}, {80, 21}, {120, 21}} {
		got := view(newPage(s, size[0], size[1]))
		if !strings.Contains(got, "! "+worst.Budget.Name) && !strings.Contains(got, "! budget "+worst.Budget.Name) || strings.Contains(got, "Budgets ─") {
			t.Errorf("%v:\n%s", size, got)
		}
	}
	none := view(newPage(tuitest.Unbudgeted(), 120, 37))
	if strings.Contains(none, "udget") || none != view(newPage(tuitest.Sample(), 120, 37)) {
		t.Errorf("budgets that are not there:\n%s", none)
	}
}

// Whatever they are called, gauges fill their place and no more, and amounts and
// states are whole. In short, a part of the sizes.
func TestGaugesFit(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*report.Snapshot{"sample": tuitest.Budgeted(), "hostile": tuitest.HostileBudgets()} {
		all := newGauges(s)
		all = append(all, gauge{name: "broken", amounts: "cannot be computed", word: "? unknown"})
		for width := 78; width < 320; width++ {
			for height := 2; height < 7; height++ {
				if testing.Short() && (width+height)%5 != 0 {
					continue
				}
				lines := drawGauges(ui.NewStyles(ui.Theme{}), all, width, height, width%2 == 0)
				for _, l := range lines {
					if w := ui.Width(ansi.Strip(l)); w != width {
						t.Fatalf("%s, %d columns: %d in %q", name, width, w, ansi.Strip(l))
					}
				}
				text := ansi.Strip(strings.Join(lines, "\n"))
				if shown := min(len(all), gaugeColumns(width)*(height-1)); name == "sample" && (!strings.Contains(text, all[shown-1].amounts) || !strings.Contains(text, all[shown-1].word)) {
					t.Fatalf("%d columns: %s is cut:\n%s", width, all[shown-1].name, text)
				}
			}
		}
	}
}

func TestWordsOfBudgets(t *testing.T) {
	b := &budget.Budget{Name: "web", Amount: money.FromUnits(100), Currency: "USD"}
	standing := func(spent int64, state budget.State, forecast int64) report.BudgetStanding {
		st := budget.Status{Budget: b, Limit: b.Amount, State: state, Headroom: money.FromUnits(100 - spent)}
		st.Cost = money.FromUnits(spent)
		if forecast > 0 {
			st.Forecast = budget.Forecast{Known: true, Point: money.FromUnits(forecast)}
		}
		return report.BudgetStanding{Status: st}
	}
	for _, c := range []struct {
		st         report.BudgetStanding
		word, note string
	}{
		{standing(120, budget.StateOver, 200), "× over", "! budget web is over by $20.00 of $100"},
		{standing(100, budget.StateOver, 200), "× over", "! budget web is used up, $100"},
		{standing(60, budget.StateWarn, 130), "! will be over", "! budget web is likely to end at $130.00 of $100"},
		{standing(60, budget.StateOK, 130), "! will be over", "! budget web is likely to end at $130.00 of $100"},
		{standing(60, budget.StateWarn, 90), "! warn", "! budget web has used $60.00 of $100"},
		{standing(10, budget.StateOK, 0), "✓ ok", "· budget web has used $10.00 of $100"},
	} {
		s := tuitest.Sample()
		s.Budgets = &report.Budgets{Standings: []report.BudgetStanding{c.st}}
		n, ok := budgetNote(s)
		sign := "· "
		if n.warn {
			sign = "! "
		}
		if got := sign + n.text; !ok || got != c.note || stateWord(&c.st) != c.word {
			t.Errorf("%q and %q, want %q and %q", got, stateWord(&c.st), c.note, c.word)
		}
	}
}

// A day that stood out is news for a week.
func TestUnusualDaysAreNoted(t *testing.T) {
	s := tuitest.Sample()
	day := time.Date(2026, 11, 17, 0, 0, 0, 0, time.UTC)
	s.Budgets = &report.Budgets{Unusual: []report.UnusualDay{{Day: day, Text: "Tue 17 Nov is 2.3× its usual: 81% of the rise is key ci-bot on gpt-5"}}}
	if got := view(newPage(s, 200, 57)); !strings.Contains(got, "! Tue 17 Nov is 2.3× its usual: 81% of the rise is key ci-bot on gpt-5") {
		t.Errorf("not said:\n%s", got)
	}
	if got := view(newPage(s, 80, 21)); !strings.Contains(got, "! Tue 17 Nov") {
		t.Errorf("not said:\n%s", got)
	}
	s.Budgets.Unusual[0].Day = day.AddDate(0, 0, -10)
	if got := view(newPage(s, 200, 57)); strings.Contains(got, "ci-bot on") {
		t.Errorf("said too long:\n%s", got)
	}
}

// A click on the budgets opens their page.
func TestClickOnBudgets(t *testing.T) {
	p := newPage(tuitest.Budgeted(), 120, 37)
	at := p.plan.at[gauges].Min
	cmd := p.Update(tea.MouseClickMsg{X: at.X + 3, Y: at.Y + 1, Button: tea.MouseLeft})
	if cmd == nil || cmd() != ui.Open("Budgets") {
		t.Error("nothing opens")
	}
}
