package simulate

import (
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"tokpit/budget"
	"tokpit/scenario"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// Marked changes say what they save together, which is what they save as levers,
// and are taken in the order in which levers apply.
func TestMarkedChangesAreTakenTogether(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	var keys []string
	var sum, joint string
	for i := range d.list.rows { // the shorter prompts, then what is applied before them
		if s := d.list.at(i); s != nil && (s.Lever.Kind == scenario.Tier || s.Lever.Kind == scenario.Prompt) && len(keys) < 2 {
			d.ideas.SetCursor(i)
			d.Keys("space")
			keys = append(keys, s.Lever.String())
		}
	}
	if len(d.marked()) != 2 {
		t.Fatalf("marked: %q", d.marks)
	}
	base, err := d.base.Run(d.draft.on())
	if err != nil {
		t.Fatal(err)
	}
	all := []scenario.Lever{d.marked()[0].Lever, d.marked()[1].Lever}
	slices.SortStableFunc(all, func(a, b scenario.Lever) int { return a.Kind.Stage() - b.Kind.Stage() })
	want, err := d.base.Run(all)
	if err != nil {
		t.Fatal(err)
	}
	lens := ui.Lens{Cash: d.list.byCash}
	saved := want.PerMonth(amountsOf(base, lens).after.Sub(amountsOf(want, lens).after))
	joint = ui.Money(saved, d.list.currency)
	one := d.list.saves(d.marked()[0]).Add(d.list.saves(d.marked()[1]))
	sum = ui.Money(one, d.list.currency)
	d.See("✓", "✓ 2 marked, together", joint, "enter takes 2 marked changes", "One by one the marked changes save "+sum+" a month, together "+joint)
	if one.Cmp(saved) <= 0 {
		t.Errorf("together they save %s, one by one %s", joint, sum)
	}
	most := d.marked()[0].Lever.String()
	d.Keys("enter")
	if at := d.levers[d.cursor].Lever.String(); at != most {
		t.Errorf("the cursor is on %s, %s saves most", at, most)
	}
	if len(d.levers) != 2 || d.levers[0].Kind.Stage() > d.levers[1].Kind.Stage() || len(d.marks) != 0 {
		t.Fatalf("levers %v, marks %q", d.levers, d.marks)
	}
	got := amountsOf(d.result, lens).monthly(d.result)
	if got.before.Sub(got.after) != saved {
		t.Errorf("as levers they save %s, marked they were to save %s", got.before.Sub(got.after), saved)
	}
	d.See("with 2 levers", "Models, before → after", "together")
}

// Changes that mean nothing together say so and are not taken.
func TestMarksThatExcludeEachOther(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	var from string
	for i := range d.list.rows {
		if s := d.list.at(i); s != nil && s.Lever.Kind == scenario.Swap && (from == "" || from == s.Lever.From.Model) && len(d.marks) < 2 {
			from = s.Lever.From.Model
			d.ideas.SetCursor(i)
			d.Keys("space")
		}
	}
	if len(d.marks) != 2 {
		t.Skip("no model has two swaps")
	}
	d.See("! impossible", "! the marked changes cannot be taken together")
	d.Keys("enter")
	if len(d.levers) != 0 || len(d.Notices) != 1 || !strings.Contains(d.Notices[0], "cannot be taken together") {
		t.Errorf("levers %v, notices %q", d.levers, d.Notices)
	}
	d.Keys("esc")
	d.Miss("✓", "impossible")
}

// The mouse marks in the column of marks, and with ctrl.
func TestMarksByMouse(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	at := d.plan.below.Min
	click := func(x, row int, mod tea.KeyMod) {
		d.Run(d.Update(tea.MouseClickMsg{X: at.X + x, Y: at.Y + 1 + row, Button: tea.MouseLeft, Mod: mod}))
	}
	click(0, 1, 0)
	click(10, 2, tea.ModCtrl)
	if len(d.marked()) != 2 || len(d.levers) != 0 {
		t.Fatalf("marked %q, levers %v", d.marks, d.levers)
	}
	click(0, 0, 0) // the head of a part
	click(1, 1, 0)
	if got := d.marked(); len(got) != 1 || got[0] != d.list.at(2) {
		t.Errorf("marked %q", d.marks)
	}
}

// What marked changes save together is worked out anew with another ranking, also
// where usage has to be grouped for them first.
func TestMarksOfAnotherRanking(t *testing.T) {
	d := newPage(t, sample(), 200, 57)
	r := *d.ranking
	r.Savings = slices.Clone(r.Savings)
	for i, of := range []string{"anthropic", "openai"} {
		r.Savings[i].Lever.Scope = budget.Scope{usage.ByProvider: {of}}
		d.marks = append(d.marks, r.Savings[i].Lever.String())
	}
	d.Run(d.Update(ranked{gen: d.work.gen, ranking: &r}))
	if len(d.marked()) != 2 || d.joint.result == nil || len(d.joint.result.Levers) != 2 {
		t.Errorf("%q are worked out as %+v", d.marks, d.joint)
	}
}

// Another lens leaves other changes to be marked. What they save together is worked out
// as soon as the page is told that it is on screen, also where usage has to be grouped
// for them first: nobody has to press a key.
func TestMarksFollowTheLens(t *testing.T) {
	d := newPage(t, sample(), 200, 57)
	r := *d.ranking
	r.Savings = slices.Clone(r.Savings)
	for i, of := range []string{"anthropic", "openai"} {
		r.Savings[i].Lever.Scope = budget.Scope{usage.ByProvider: {of}}
		d.marks = append(d.marks, r.Savings[i].Lever.String())
	}
	d.ranking = &r
	d.SetLens(ui.Lens{})
	d.See("✓ 2 marked, together")
	d.Run(d.Update(ui.Shown{}))
	a, _, ok := d.joint.saves(d.Page)
	if !ok || len(d.joint.result.Levers) != 2 {
		t.Fatalf("worked out as %+v", d.joint)
	}
	d.See(ui.Money(a, d.list.currency))
}

// A marked change that is not shown any more is not in what is saved together.
func TestMarksThatAreHidden(t *testing.T) {
	d := newPage(t, sample(), 200, 57)
	for i := range d.list.rows {
		if s := d.list.at(i); s != nil && s.Lever.Kind == scenario.Swap && !s.KeepsWindow() && len(d.marks) == 0 || s != nil && s.Lever.Kind == scenario.Prompt && len(d.marks) == 1 {
			d.ideas.SetCursor(i)
			d.Keys("space")
		}
	}
	if len(d.marked()) != 2 || len(d.joint.result.Levers) != 2 {
		t.Skipf("marked: %q, %v", d.marks, d.joint.err)
	}
	d.Keys("W")
	if n := len(d.marked()); n == 2 || len(d.joint.result.Levers) != n {
		t.Errorf("%d are marked, and %d saved by", n, len(d.joint.result.Levers))
	}
}

// What is not known of the quality is said, and does not shout: nobody has to do
// anything about forty such rows.
func TestUnknownDoesNotShout(t *testing.T) {
	d := newPage(t, sample(), 200, 57)
	d.See("unknown")
	st := ui.NewStyles(ui.Theme{})
	for i := range d.list.savings {
		if text, ink := qualityText(st, d.list.savings[i]); text == "unknown" && ink != st.Muted {
			t.Errorf("%s: %q is not muted", d.list.savings[i].Title, text)
		}
	}
}

// Notes that have no room are counted, and i has them all.
func TestNotesOnSmallScreens(t *testing.T) {
	for _, size := range [][2]int{{60, 17}, {80, 21}} {
		d := newPage(t, sample(), size[0], size[1])
		if len(d.said) < 3 {
			t.Fatalf("%d notes", len(d.said))
		}
		d.See("i: ", " more")
		said := d.said
		d.Keys("i")
		d.SetSize(200, 90) // the box scrolls
		screen := strings.Join(strings.Fields(d.Screen()), " ")
		for _, n := range said {
			if !strings.Contains(screen, strings.Join(strings.Fields(n.text), " ")) {
				t.Errorf("%v: i does not say %q:\n%s", size, n.text, d.Screen())
			}
		}
	}
}

// The mouse over a dot of the frontier says which model it is; a click chooses it.
func TestMouseOverTheFrontier(t *testing.T) {
	act := newActions()
	act.sets = scored()
	d := idlePage(t, act, sample(), 120, 37)
	d.Run(d.Update(ui.Shown{}))
	d.Keys("F")
	r := d.plan.below
	s := d.chart.scatter(d.Page)
	f := s.frame(r.Dx(), r.Dy()-wordLines)
	for i, m := range d.chart.marks {
		at := tea.Mouse{X: r.Min.X + f.left + f.column(m.Cost.Float()), Y: r.Min.Y + f.row(m.Value.Float()), Button: tea.MouseLeft}
		d.Update(tea.MouseMotionMsg{X: at.X, Y: at.Y})
		d.See("▸ " + m.Model.Model + "  " + ui.Money(m.Cost, "USD"))
		d.Update(tea.MouseMotionMsg{})
		if d.chart.cursor == i {
			continue
		}
		d.Run(d.Update(tea.MouseClickMsg(at)))
		if d.chart.cursor != i {
			t.Errorf("a click on %s chose %d", m.Model.Model, d.chart.cursor)
		}
	}
	d.Run(d.Update(tea.MouseMotionMsg{}))
	if d.chart.over != 0 {
		t.Error("the mouse has left and is still followed")
	}
	last := tea.MouseMotionMsg{X: r.Min.X + f.left + f.column(d.chart.marks[0].Cost.Float()), Y: r.Min.Y + f.row(d.chart.marks[0].Value.Float())}
	d.chart.cursor = 0
	d.Update(last)
	d.Keys("down")
	d.See("▸ " + d.chart.marks[1].Model.Model) // which enter would take
}
