package simulate

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"tokpit/money"
	"tokpit/report"
	"tokpit/scenario"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// Before any lever the page answers what would save most, with what is not known
// beside it, and the best change can be taken with one key.
func TestOpensWithTheRanking(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.See("cash now, a month", "one change with the window kept saves", "basis reported", "What would save most?", "saves a month", "quality", "unknown", "fits", "window")
	if len(d.list.savings) < 3 {
		t.Fatalf("%d changes are listed", len(d.list.savings))
	}
	for i := 1; i < len(d.list.savings); i++ {
		if d.list.saves(d.list.savings[i]).Cmp(d.list.saves(d.list.savings[i-1])) > 0 {
			t.Errorf("row %d saves more than the one above it", i)
		}
	}
	first := d.list.at(d.ideas.Cursor())
	d.Keys("enter")
	if len(d.levers) != 1 || d.levers[0].String() != first.Lever.String() || !d.onLevers {
		t.Fatalf("levers %v", d.levers)
	}
	d.See("with 1 lever", "saves a month", "Models, before → after", "Total", "plan fees")
	if got := d.result.CashDelta(); got != first.Cash {
		t.Errorf("the lever saves %s, the ranking said %s", got, first.Cash)
	}
}

// The answer at the top keeps the context window, and W shows nothing else.
func TestWindowIsKept(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	best := scenario.BestKept(d.list.savings)
	if best == nil || !best.KeepsWindow() {
		t.Fatalf("the best is %+v", best)
	}
	d.See("with the window kept", ui.Text(best.Title))
	d.Keys("M")
	all := d.list.Len()
	d.Keys("W")
	if d.list.Len() >= all || d.list.Len()+d.list.hidden != all || scenario.BestKept(d.list.savings) != best {
		t.Errorf("%d of %d changes, %d hidden", d.list.Len(), all, d.list.hidden)
	}
	for _, s := range d.list.savings {
		if !s.KeepsWindow() {
			t.Errorf("%s is listed", s.Title)
		}
	}
	d.Keys("W")
	if d.list.Len() != all {
		t.Errorf("%d of %d changes are back", d.list.Len(), all)
	}
}

// The contributions of the levers add up to the difference, whatever is slid.
func TestContributionsAddUp(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	for _, l := range []string{"swap gpt-5.2=gpt-5-mini:60%", "input -20%", "cache-hit 80%", "batch 30%", "output -10%", "growth +50%"} {
		d.lever(l)
	}
	if len(d.levers) != 6 {
		t.Fatalf("%d levers: %v", len(d.levers), d.Notices)
	}
	for i := 1; i < len(d.levers); i++ {
		if d.levers[i].Kind.Stage() < d.levers[i-1].Kind.Stage() {
			t.Errorf("%s stands after %s", d.levers[i].Kind, d.levers[i-1].Kind)
		}
	}
	for _, k := range []string{"left", "up", "shift+right", "up", "H", "L", "down", "space", "right", "up", "0"} {
		d.Keys(k)
		for _, lens := range []ui.Lens{{}, {Cash: true}} {
			var sum money.Amount
			for i := range d.levers {
				if c := d.contribution(i); c != nil {
					x, _, _ := deltaOf(c, lens)
					sum = sum.Add(x)
				}
			}
			if a := amountsOf(d.result, lens); a.delta != sum {
				t.Fatalf("after %s: the levers make %s of %s", k, sum, a.delta)
			}
		}
	}
	d.See("together")
}

// A slider that would mean nothing together with the others does not move, and
// says why.
func TestSharesStayBelowAll(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.lever("swap gpt-5.2=gpt-5-mini:60%")
	d.lever("swap gpt-5.2=gpt-5-nano:40%")
	if len(d.levers) != 2 {
		t.Fatalf("%d levers", len(d.levers))
	}
	d.Keys("right")
	if len(d.Notices) == 0 || !strings.Contains(d.Notices[0], "more than there is") || d.levers[d.cursor].Share+d.levers[1-d.cursor].Share != scenario.Whole {
		t.Errorf("notices %v, shares %v %v", d.Notices, d.levers[0].Share, d.levers[1].Share)
	}
	d.lever("swap gpt-5.2=gemini-3-flash")
	d.See("is already sent elsewhere", "Replace", "Half of it to each", "Leave it")
	d.Keys("enter")
	if len(d.levers) != 1 || d.levers[0].To.Model != "gemini-3-flash" {
		t.Errorf("%v after both were replaced", d.levers)
	}
}

// Values are typed as well as slid, and a whole lever may be.
func TestTypedValues(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.lever("swap gpt-5.2=gpt-5-mini:60%")
	type change struct{ text, want string }
	for _, c := range []change{{"25", "25%"}, {"0.4", "40%"}, {"70%", "70%"}} {
		d.Keys("enter")
		d.Typed(c.text)
		d.Keys("enter")
		if got := valueText(&d.levers[0].Lever); got != c.want {
			t.Errorf("%s typed is %s, want %s", c.text, got, c.want)
		}
	}
	d.Keys("enter")
	d.Typed("120%")
	d.Keys("enter")
	d.See("! ")
	d.Keys("esc", "enter")
	d.Typed("input -35% @project=proj_web")
	d.Keys("enter")
	if len(d.levers) != 1 || d.levers[0].String() != "input -35% @project=proj_web" {
		t.Errorf("levers %v", d.levers)
	}
}

// Dragging a slider sets it, on and past the ends of its track.
func TestMouseDrags(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.lever("batch 30%")
	place, row := d.plan.levers, leverRowOf(d.plan.levers.Dx())
	from := place.Min.X + row.trackAt()
	d.Run(d.Update(tea.MouseClickMsg{X: from + row.track/2, Y: place.Min.Y, Button: tea.MouseLeft}))
	if s := d.levers[0].Share; s < 45*scenario.Whole/100 || s > 56*scenario.Whole/100 {
		t.Errorf("the middle is %s", s.Percent())
	}
	d.Run(d.Update(tea.MouseMotionMsg{X: from + row.track + 40, Y: 3, Button: tea.MouseLeft}))
	if s := d.levers[0].Share; s != scenario.Whole {
		t.Errorf("past the end is %s", s.Percent())
	}
	d.Update(tea.MouseReleaseMsg{X: 1, Y: 1})
	d.Run(d.Update(tea.MouseMotionMsg{X: from, Y: place.Min.Y}))
	if s := d.levers[0].Share; s != scenario.Whole {
		t.Errorf("a mouse that holds nothing slid to %s", s.Percent())
	}
}

// What is saved is read back as it was; what is not is told to the root model.
func TestScenariosAreKept(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	if d.Unsaved != "" {
		t.Errorf("nothing was done and %q is unsaved", d.Unsaved)
	}
	d.lever("swap gpt-5.2=gpt-5-mini:60%")
	d.lever("input -20%")
	if d.Unsaved != "a scenario with 2 levers" {
		t.Errorf("unsaved is %q", d.Unsaved)
	}
	d.See("not saved")
	d.Keys("s")
	d.Typed("mini")
	d.Keys("enter")
	if d.Unsaved != "" || len(d.act.saved) != 1 || d.name != "mini" {
		t.Fatalf("unsaved %q, saved %v, notices %v", d.Unsaved, d.act.saved, d.Notices)
	}
	was := d.result.CashDelta()
	d.Miss("not saved")
	d.Keys("left")
	if d.Unsaved != "changes of mini" {
		t.Errorf("unsaved is %q", d.Unsaved)
	}
	d.Keys("o")
	d.See("mini", "a month")
	d.Keys("enter", "enter")
	if len(d.levers) != 2 || d.result.CashDelta() != was || d.Unsaved != "" {
		t.Errorf("levers %v save %s, were %s; unsaved %q", d.levers, d.result.CashDelta(), was, d.Unsaved)
	}
	d.Keys("A")
	if len(d.levers) != 0 || d.view != ideasView {
		t.Errorf("levers %v", d.levers)
	}
	d.lever("input -30%")
	d.Keys("A")
	d.See("Begin anew?", "Keep the levers")
	d.Keys("enter")
	if len(d.levers) != 1 {
		t.Error("the levers are gone unasked")
	}
}

// Work survives other data of the same kind, and other pages.
func TestWorkSurvives(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.lever("input -20%")
	next := sample()
	next.Revision++
	d.SetSnapshot(next)
	d.See("length of prompts", "with 1 lever")
	d.Run(d.Update(ui.Shown{}))
	d.See("length of prompts", "with 1 lever")
	if d.Unsaved == "" {
		t.Error("nothing is unsaved")
	}
}

// Stale bases are dropped.
func TestStaleBasesAreDropped(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	before := d.base
	old := d.prepare()
	d.Keys("t")
	late := old()
	d.Typed("7d")
	d.Keys("enter")
	now := d.base
	d.Run(d.Update(late.(ui.To).Msg))
	if d.base != now || now == before {
		t.Error("an older base was taken over")
	}
	d.See("last 7 days")
}

// Up to four scenarios stand side by side.
func TestSideBySide(t *testing.T) {
	d := newPage(t, sample(), 160, 47)
	for i, l := range []string{"input -20%", "batch 50%", "swap gpt-5.2=gpt-5-mini", "output -30%"} {
		d.lever(l)
		d.Keys("S")
		for range 12 {
			d.Keys("backspace")
		}
		d.Typed(fmt.Sprintf("plan-%d", i))
		d.Keys("enter")
	}
	d.Keys("v", "enter")
	d.See("Scenarios side by side", "plan-3", "before a month", "difference", "range", "quality", "unknown")
	d.Keys("tab", "tab")
	if d.onLevers {
		d.Keys("tab")
	}
	d.Keys("x")
	if len(d.beside.columns) != 0 && len(d.beside.columns) != 1 {
		t.Errorf("%d columns", len(d.beside.columns))
	}
	for i := range 4 {
		d.Run(d.addBeside(d.act.saved[fmt.Sprintf("plan-%d", i)]))
	}
	if len(d.beside.columns) != 4 {
		t.Fatalf("%d columns", len(d.beside.columns))
	}
	d.Run(d.addBeside(d.act.saved["plan-0"]))
	if len(d.beside.columns) != 4 {
		t.Error("five stand side by side")
	}
	d.Keys("esc")
	if d.view == compareView {
		t.Error("esc does not lead back")
	}
}

// Without scores the quality is unknown, and says so; with scores the chart shows
// what nothing beats.
func TestFrontier(t *testing.T) {
	d := newPage(t, sample(), 140, 47)
	d.act.sets = scored()
	d.SetSnapshot(func() *report.Snapshot { s := sample(); s.Demo = true; return s }())
	d.Run(d.Update(ui.Shown{}))
	d.Keys("F")
	for range 6 {
		if len(d.chart.marks) > 2 {
			break
		}
		d.Keys("right")
	}
	d.See("tickets answered", "◆", "●", "nothing is cheaper and better", "a month")
	if d.chart.selected() == nil {
		d.Keys("down")
	}
	want := d.chart.selected()
	d.Keys("enter")
	if len(d.levers) != 1 || want == nil || d.levers[0].String() != want.Lever.String() {
		t.Errorf("levers %v", d.levers)
	}
	plain := newPage(t, sample(), 140, 47)
	plain.Keys("F")
	plain.See("quality: unknown")
}

// Saving money is never said without what is known of quality.
func TestQualityStandsBesideTheSaving(t *testing.T) {
	for _, l := range []string{"swap gpt-5.2=gpt-5-nano", "input -50%", "output-cap 100", "effort -50%"} {
		for _, size := range [][2]int{{58, 18}, {80, 21}, {120, 37}, {200, 57}} {
			d := newPage(t, sample(), size[0], size[1])
			d.lever(l)
			d.See("quality: unknown")
		}
	}
}

// An output cap asks for the records, once.
func TestCapsReadRecords(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	n := len(d.act.levers)
	d.lever("output-cap 500")
	d.Keys("left", "left")
	if len(d.act.levers) != n+1 || len(d.act.levers[n]) != 1 || d.act.levers[n][0].Kind != scenario.OutputCap {
		t.Errorf("the usage was read %d times more", len(d.act.levers)-n)
	}
}

func TestStates(t *testing.T) {
	bare := sample()
	bare.Book = nil
	d := newPage(t, bare, 100, 30)
	d.See("No price book is loaded")
	d = newPage(t, sample(), 100, 30)
	d.act.err = errStore
	d.Keys("t", "down", "enter")
	d.See("open store: busy", "figures of before")
	failing := newActions()
	failing.err = errStore
	other := idlePage(t, failing, sample(), 100, 30)
	other.See("reading usage…")
	other.Run(other.Update(ui.Shown{}))
	other.See("the usage could not be read", "open store: busy")
	none := newPage(t, sample(), 100, 30)
	none.Narrow(ui.Narrow{Filter: map[usage.Dimension][]string{usage.ByProject: {"nobody"}}})
	none.See("Nothing was used in project")
}

// The screens as people see them. Run with -update after a change of looks, and
// read the difference.
func TestGoldenScreens(t *testing.T) {
	for _, size := range [][2]int{{80, 21}, {120, 37}, {200, 57}, {60, 17}} {
		for name, keys := range map[string]func(d *driver){
			"ranking": func(*driver) {},
			"levers": func(d *driver) {
				d.lever("swap gpt-5.2=gpt-5-mini:60%")
				d.lever("input -20%")
				d.lever("cache-hit 80%")
				d.lever("growth +10%..+20%..+50%")
				d.Keys("space", "down")
			},
			"frontier": func(d *driver) { d.Keys("F") },
			"compare": func(d *driver) {
				d.lever("input -20%")
				d.Keys("v", "enter")
			},
			"traffic": func(d *driver) { d.Keys("N", "down") },
		} {
			t.Run(fmt.Sprintf("%s %dx%d", name, size[0], size[1]), func(t *testing.T) {
				d := newPage(t, sample(), size[0], size[1])
				d.act.sets = scored()
				d.board = nil
				d.Run(d.prepare())
				keys(d)
				lines := strings.Split(ansi.Strip(d.View()), "\n")
				for i := range lines {
					lines[i] = strings.TrimRight(lines[i], " ")
				}
				golden.RequireEqual(t, strings.Join(lines, "\n")+"\n")
			})
		}
	}
}
