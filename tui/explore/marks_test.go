package explore

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"tokpit/report"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// Rows that are marked are counted and added up, and looked into together: what
// they come to is what a report with the same filter says.
func TestMarkedRowsTogether(t *testing.T) {
	d := newPage(t, sample(), 160, 50)
	d.Keys("space", "down", "down", " ")
	marked := d.marked()
	if len(marked) != 2 {
		t.Fatalf("%d rows are marked", len(marked))
	}
	names := []string{marked[0].keys[0], marked[1].keys[0]}
	want, err := report.Run(d.snap.Cube, d.snap.Book, d.snap.Plans,
		report.Query{Since: d.snap.CycleStart, By: []usage.Dimension{usage.ByModel}, Filter: map[usage.Dimension][]string{usage.ByModel: names}}, d.snap.AsOf)
	if err != nil {
		t.Fatal(err)
	}
	sum := ui.Money(want.Total.Cash, "USD")
	d.See("▸✓", "✓ 2 marked", sum, ui.Tokens(want.Total.Tokens.Total()))
	d.Keys("enter")
	d.See("model in ("+names[0]+", "+names[1]+")", "by  project", sum)
	if d.reply.answer.Total.Cash != want.Total.Cash || d.reply.answer.Total.Tokens != want.Total.Tokens {
		t.Errorf("looked into, they cost %s, a report says %s", d.reply.answer.Total.Cash, want.Total.Cash)
	}
	d.Keys("backspace")
	d.See("✓ 2 marked")
	d.Keys("m")
	d.See("model in (", "vs", "change")
	if n := len(d.reply.shaped.lines); n != 2 {
		t.Errorf("%d rows are compared", n)
	}
	d.Keys("backspace", "=")
	if n := len(d.reply.shaped.lines); n != 2 || d.step().compare {
		t.Errorf("%d rows are left", n)
	}
	d.Keys("backspace", "/", "g", "p", "t", "enter", "esc")
	d.Miss("marked")
	d.See("/gpt")
	d.Keys("esc")
	d.Miss("/gpt")
}

// Several dimensions or times are looked into together only if a filter can tell
// them from the other rows.
func TestMarksThatNoFilterTellsApart(t *testing.T) {
	d := newPage(t, sample(), 160, 50)
	d.Keys("b")
	d.Typed("project")
	d.Keys("tab", "enter")
	if got := d.step().by; len(got) != 2 {
		t.Fatalf("by %v", got)
	}
	mark := func(names ...string) {
		t.Helper()
		d.setMarks(nil)
		for i, l := range d.reply.shaped.lines {
			if slices.Contains(names, strings.Join(l.names, "/")) {
				d.Run(d.mark(i))
			}
		}
		if len(d.marked()) != len(names) {
			t.Fatalf("marked %d of %q in %q", len(d.marked()), names, d.order())
		}
	}
	mark("gpt-5.2/Checkout", "gpt-5.2/Search relevance")
	d.Keys("=")
	if len(d.reply.shaped.lines) != 2 || len(d.Notices) > 0 {
		t.Errorf("%d rows, %q", len(d.reply.shaped.lines), d.Notices)
	}
	d.Keys("backspace")
	mark("gpt-5.2/Search relevance", "claude-sonnet-5/Checkout")
	d.Keys("enter")
	if n := d.Notices; len(n) != 1 || !strings.Contains(n[0], "cannot be told from others") {
		t.Errorf("notices: %q", n)
	}
	d.setMarks(nil)
	d.Keys("b")
	d.Typed("day")
	d.Keys("enter", "space", "down", "down", "space", "enter")
	if n := d.Notices; len(n) != 2 || !strings.Contains(n[1], "without a gap") {
		t.Errorf("notices: %q", n)
	}
	d.Keys("up", "space", "enter")
	d.See("1–3 Nov 2026")
}

// The mouse marks: in the column of marks, and with ctrl or shift.
func TestMarksByMouse(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	r := d.plan.table
	click := func(x, row int, mod tea.KeyMod) {
		d.Run(d.Update(tea.MouseClickMsg{X: r.Min.X + x, Y: r.Min.Y + 1 + row, Button: tea.MouseLeft, Mod: mod}))
	}
	click(0, 1, 0)
	click(10, 2, tea.ModCtrl)
	if got := len(d.marked()); got != 2 || d.step().id != 0 {
		t.Fatalf("%d rows are marked", got)
	}
	click(1, 1, 0)
	click(10, 3, tea.ModShift)
	if got := len(d.marked()); got != 4 { // from the cursor in the first row
		t.Errorf("%d rows are marked", got)
	}
	click(10, 1, 0)
	if d.table.Cursor() != 1 || len(d.marked()) != 4 {
		t.Error("a click on a name does not choose the row")
	}
}

// What is copied and exported is the marked rows.
func TestMarkedRowsLeaveTheProgram(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.Keys("space", "down", "space")
	sheet := d.Sheet()()
	if len(sheet.Rows) != 2 || !strings.Contains(sheet.Title, "2 marked rows") {
		t.Errorf("%q has %d rows", sheet.Title, len(sheet.Rows))
	}
	clips := d.Clips()
	if len(clips) < 2 || clips[0].Name != "the sum of 2 marked rows" {
		t.Fatalf("clips: %+v", clips)
	}
	want := d.marked()[0].sum.Cash.Add(d.marked()[1].sum.Cash)
	if clips[0].Text != want.String() {
		t.Errorf("the sum is %s, not %s", clips[0].Text, want)
	}
	text, err := clips[1].Make()
	if err != nil {
		t.Fatal(err)
	}
	in := csv.NewReader(strings.NewReader(string(text)))
	in.Comma = '\t'
	if rows, err := in.ReadAll(); err != nil || len(rows) != 3 {
		t.Errorf("%d lines are copied, %v", len(rows), err)
	}
}
