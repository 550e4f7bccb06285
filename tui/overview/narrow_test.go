package overview

import (
	"strings"
	"testing"

	"tokpit/budget"
	"tokpit/report"
	"tokpit/tui/period"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// filtered is a page of a part of the usage of the cycle, with the day of the week
// before that stands out among all usage.
func filtered(t *testing.T, filter budget.Scope, width, height int) (*Page, *report.Snapshot) {
	t.Helper()
	s := tuitest.Explored()
	s.Budgets = &report.Budgets{Unusual: []report.UnusualDay{{Day: s.AsOf.AddDate(0, 0, -3), Text: "Tue 17 Nov is 3 times its usual"}}}
	c := period.Calendar(s)
	span, err := period.Parse(c, "cycle")
	if err != nil {
		t.Fatal(err)
	}
	v, err := report.NewViewer(s, nil).View(report.ViewQuery{Span: span, Before: period.Before(c, "cycle", span), Filter: filter, History: true})
	if err != nil {
		t.Fatal(err)
	}
	p := New(Options{})
	p.SetSize(width, height)
	p.SetLens(ui.Lens{Cash: true, Filter: filter, View: v})
	p.SetSnapshot(s)
	return p, s
}

// A filtered page says what the part cost in the whole last cycle, as reports do.
func TestWholeLastCycleOfAPart(t *testing.T) {
	filter := budget.Scope{usage.ByProject: {"proj_web"}}
	p, s := filtered(t, filter, 120, 37)
	want, err := report.Run(s.Cube, s.Book, s.Plans, report.Query{Since: s.CycleStart.AddDate(0, -1, 0), Until: s.CycleStart, Zone: s.Zone, Filter: filter}, s.AsOf)
	if err != nil {
		t.Fatal(err)
	}
	figure := ui.Lens{Cash: true}.Cost(&want.Total)
	if said := strings.Join(p.Plain(), "\n"); !strings.HasPrefix(figure, "$") || !strings.Contains(said, "Whole last cycle: "+figure) {
		t.Errorf("%s is not in\n%s", figure, said)
	}
}

// What no usage passes has no figures: nothing is said to be not known, where it
// is known that there is nothing.
func TestAFilterThatNothingPasses(t *testing.T) {
	p, _ := filtered(t, budget.Scope{usage.ByProject: {"no such"}}, 80, 21)
	for _, c := range p.cards {
		if c.value == ui.Unknown {
			t.Errorf("there is %+v", c)
		}
	}
	if h := p.headline; h.figure != "no usage" || strings.Contains(h.second, ui.Unknown) {
		t.Errorf("the headline is %+v", h)
	}
	for _, size := range [][2]int{{38, 9}, {60, 18}, {80, 21}, {120, 37}, {200, 57}} {
		p.SetSize(size[0], size[1])
		for line := range strings.SplitSeq(strings.SplitN(view(p), "──", 2)[0], "\n") {
			if line += "  "; strings.Contains(line, "·  ") {
				t.Errorf("%v: nothing follows the sign: %q", size, line)
			}
		}
	}
}

// Under a filter a page says nothing of what is not of it.
func TestAFilteredPageLeavesOutTheWhole(t *testing.T) {
	for _, c := range []struct {
		filter budget.Scope
		fees   bool
	}{
		{nil, true},
		{budget.Scope{usage.ByProject: {"proj_web"}}, false},
		{budget.Scope{usage.ByProject: {"no such"}}, false},
		{budget.Scope{usage.BySource: {"claude-code"}}, true},
	} {
		p, _ := filtered(t, c.filter, 160, 57)
		all := view(p) + strings.Join(p.Plain(), "\n")
		if got := strings.Contains(all, "plan fees $"); got != c.fees {
			t.Errorf("%v: plan fees: %v\n%s", c.filter, got, view(p))
		}
		if got := strings.Contains(all, "■ plan fees"); got != c.fees {
			t.Errorf("%v: plan fees in the chart: %v\n%s", c.filter, got, view(p))
		}
		if used := p.headline.figure != "no usage"; !c.fees && used != strings.Contains(all, "without plan fees") {
			t.Errorf("%v: it is not said that plan fees are left out\n%s", c.filter, view(p))
		}
		if got := strings.Contains(all, "Tue 17 Nov is 3"); got != (c.filter == nil) {
			t.Errorf("%v: the unusual day of all usage: %v", c.filter, got)
		}
	}
}

// The figure is compared with the cycle before up to now, and that is said at
// every width.
func TestTheCycleBeforeIsOnlyUpToNow(t *testing.T) {
	for width := 38; width <= 200; width++ {
		for _, height := range []int{9, 21, 37} {
			got := view(newPage(tuitest.Sample(), width, height))
			for line := range strings.SplitSeq(got, "\n") {
				if strings.Contains(line, "▲ 19.6%") && !strings.Contains(line, "by now") {
					t.Fatalf("%d columns: %q", width, line)
				}
			}
		}
	}
}
