package explore

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"tokpit/report"
	"tokpit/tui/period"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// looks is every kind of screen, as keys that lead there.
func looks() map[string][]string {
	return map[string][]string{
		"models":   nil,
		"compared": {"m"},
		"pivot":    {"v", "enter", "down", "right", "right"},
		"drilled":  {"end", "up", "enter", "enter"},
		"sessions": {"n"},
		"records":  {"d"},
		"unused":   {"U"},
		"typing":   {"/", "g", "p", "t"},
		"nothing":  {"/", "z", "z", "z"},
	}
}

// The screens as people see them, at three sizes.
func TestGoldenScreens(t *testing.T) {
	for _, size := range [][2]int{{80, 21}, {120, 37}, {200, 57}} {
		for name, keys := range looks() {
			t.Run(fmt.Sprintf("%s %dx%d", name, size[0], size[1]), func(t *testing.T) {
				d := newPage(t, sample(), size[0], size[1])
				d.Keys(keys...)
				lines := strings.Split(ansi.Strip(d.View()), "\n")
				for i := range lines {
					lines[i] = strings.TrimRight(lines[i], " ")
				}
				golden.RequireEqual(t, strings.Join(lines, "\n")+"\n")
			})
		}
	}
}

// Every look fills every size exactly, whatever the names.
func TestEveryLookFits(t *testing.T) {
	for name, keys := range looks() {
		for _, snap := range []func() *report.Snapshot{sample, tuitest.HostileExplored, tuitest.Huge, tuitest.Sparse, tuitest.Empty} {
			d := newPage(t, snap(), 120, 37)
			d.Keys(keys...)
			for w := 1; w <= 220; w += 23 {
				for h := 1; h <= 64; h += 9 {
					d.SetSize(w, h)
					lines := strings.Split(d.View(), "\n")
					if len(lines) != h {
						t.Fatalf("%s %dx%d: %d lines", name, w, h, len(lines))
					}
					for _, l := range lines {
						if got := ansi.StringWidth(ansi.Strip(l)); got > w {
							t.Fatalf("%s %dx%d: a line of %d columns: %q", name, w, h, got, ansi.Strip(l))
						}
					}
				}
			}
		}
	}
}

// What the page shows is what the engine says.
func TestFiguresAreTheEnginesOwn(t *testing.T) {
	s := sample()
	d := newPage(t, s, 200, 57)
	q := report.Query{Since: s.CycleStart, By: []usage.Dimension{usage.ByModel}}
	want, err := report.Run(s.Cube, s.Book, s.Plans, q, s.AsOf)
	if err != nil {
		t.Fatal(err)
	}
	d.See("Cash", "1–20 Nov 2026", "basis reported", "logged", "plan fees")
	for _, r := range want.Rows {
		lens := ui.Lens{Cash: true}
		d.See(r.Keys[0], lens.Cost(&r.Sum))
	}
	d.See(ui.Money(want.Total.Cash, "USD"), "! ", "unpriced", "house-model")
	d.SetLens(ui.Lens{})
	d.Run(d.Update(ui.Shown{}))
	d.See("API-equivalent", ui.Money(want.Total.Cost, "USD"))
}

func TestDrillDownToARecord(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.Typed("/5.2")
	d.Keys("enter", "enter")
	d.See("All usage › model gpt-5.2", "Checkout", "Search relevance", "unallocated")
	if got := d.step().by; !slices.Equal(got, []usage.Dimension{usage.ByProject}) {
		t.Fatalf("the next rows are by %v", got)
	}
	d.Keys("enter")
	d.See("model gpt-5.2 › project Checkout › records", "acme-openai" /* the panel */, "gpt-5.2")
	d.Keys("enter")
	d.See("What it costs", "input", "×  1.25 per 1M =", "total", "priced as", "openai/gpt-5.2", "price page", "in force since", "12 Nov 2026",
		"connection", "acme-openai", "basis", "reported", "response", "resp_1120-1400", "bucket", "completions/1h", "API key", "checkout-prod  (key_a)")
	d.Keys("esc", "backspace")
	d.See("by  project", "Search relevance")
	d.Keys("backspace")
	d.See("/5.2", "1 of 5 rows")
	d.Keys("esc")
	d.See("claude-opus-4-8")
	d.Run(d.walk(1))
	d.See("model gpt-5.2")
}

// The steps of a record add up to what it costs, on screen too.
func TestArithmeticOfARecord(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.Keys("d")
	tr := d.record()
	if tr == nil || len(tr.Steps) == 0 {
		t.Fatal("no record")
	}
	d.Keys("enter")
	for _, s := range tr.Steps {
		d.See(ui.Group(ui.Digits(s.N)), exact(s.Cost))
	}
	d.See(exact(tr.Total.Cost))
}

func TestBackKeepsThePlace(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.Keys("down", "down")
	was := d.table.Selected()
	d.Keys("m", "backspace")
	if got := d.table.Selected(); got != was || d.step().compare {
		t.Errorf("back is on %q, was on %q", got, was)
	}
	d.Run(d.walk(1))
	if !d.step().compare {
		t.Error("forward does not compare again")
	}
	d.Keys("backspace", "v", "enter")
	if d.trail.at != len(d.trail.steps)-1 || d.trail.move(1) {
		t.Error("a new step leaves steps ahead")
	}
}

func TestFilterAsYouType(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.Keys("b")
	d.Typed("project")
	d.Keys("enter")
	d.Keys("/")
	if !d.CapturesText() {
		t.Fatal("typing is not captured")
	}
	d.Typed("search REL")
	if got := d.order(); !slices.Equal(got, []string{"Search relevance"}) {
		t.Errorf("by name: %q", got)
	}
	d.See("1 of 3 rows", "these rows", "/search REL▏")
	for range 10 {
		d.Keys("backspace")
	}
	d.Typed("proj_ml q")
	d.See("No row has")
	d.Keys("esc")
	if d.CapturesText() || len(d.order()) != 3 {
		t.Errorf("after esc: %q", d.order())
	}
	d.Keys("/")
	d.Typed("unalloc")
	if got := d.order(); !slices.Equal(got, []string{"unallocated"}) {
		t.Errorf("what has no project: %q", got)
	}
}

func TestPivot(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.Keys("v", "enter") // by day
	d.See("over", "day", "total", "1 Nov", "2 Nov", "plan fees")
	a := d.reply.answer
	if len(a.Columns) != 20 || len(a.Cells) != len(a.Rows) {
		t.Fatalf("%d columns, %d rows of cells", len(a.Columns), len(a.Cells))
	}
	d.Keys("right", "right", "enter") // the second of November
	d.See("Mon 2 Nov 2026")
	span, err := newSpan(period.Calendar(d.snap), d.period(), d.step())
	if err != nil || span.Until.Sub(span.Since).Hours() != 24 || span.Since.Day() != 2 {
		t.Errorf("a cell is %v, %v", span.Span, err)
	}
	d.Keys("backspace")
	for range 19 {
		d.Keys("right")
	}
	d.See("20 Nov")
	if d.offset == 0 {
		d.TB.Error("the columns do not follow the cursor")
	}
	d.Keys("s")
	d.See("↓20 Nov")
	d.Keys("w")
	if got := d.step(); got.pivot != usage.ByModel || !slices.Equal(got.by, []usage.Dimension{usage.ByDay}) {
		t.Errorf("turned round: %v over %v", got.by, got.pivot)
	}
}

// Rows, columns and cells of a pivot add up to the total, fees included,
// whatever the columns are.
func TestPivotAddsUp(t *testing.T) {
	for _, keys := range [][]string{{"v", "enter"}, {"b", "w", "e", "e", "k", "enter", "v", "p", "r", "o", "v", "i", "d", "enter"}} {
		d := newPage(t, sample(), 160, 37)
		d.Keys(keys...)
		a := d.reply.answer
		total := d.reply.shaped.apart
		for i := range a.Rows {
			row := a.Rows[i].Sum.Cash
			total = total.Add(row)
			for j := range a.Cells[i] {
				row = row.Sub(a.Cells[i][j].Cash)
			}
			if len(a.Apart.Column) > 0 {
				row = row.Sub(a.Apart.Column[i].Cash)
			}
			if !row.IsZero() {
				t.Errorf("%v: row %v differs from its cells by %s", keys, a.Rows[i].Keys, row)
			}
		}
		if total != a.Total.Cash {
			t.Errorf("%v: rows and fees make %s of %s", keys, total, a.Total.Cash)
		}
		across := feesOf(&a.Apart).Cash
		for j := range a.Sums {
			across = across.Add(a.Sums[j].Cash)
		}
		if across != a.Total.Cash {
			t.Errorf("%v: columns and fees make %s of %s", keys, across, a.Total.Cash)
		}
	}
}

func TestCompare(t *testing.T) {
	d := newPage(t, sample(), 160, 37)
	d.Keys("m")
	d.See("vs", "1–20 Oct 2026", "↓change", "volume", "mix", "price", "before")
	var last report.Effects
	sum := d.reply.answer.Between.Cash
	for i, l := range d.reply.shaped.lines {
		if l.move == nil {
			t.Fatalf("%q has no move", l.names)
		}
		e := l.move.In(true)
		if e.Known && e.Price.Add(e.Volume).Add(e.Mix).Add(e.Fees) != e.Change {
			t.Errorf("%q: the effects are not the change", l.names)
		}
		if i > 0 && last.Known && e.Known && e.Change.Abs().Cmp(last.Change.Abs()) > 0 {
			t.Errorf("%q moved more than the row before it", l.names)
		}
		last = e
		sum.Change, sum.Volume, sum.Mix = sum.Change.Add(e.Change), sum.Volume.Add(e.Volume), sum.Mix.Add(e.Mix)
	}
	if want := d.reply.answer.Moved.Cash; sum.Change != want.Change || sum.Volume != want.Volume || sum.Mix != want.Mix {
		t.Errorf("the columns add up to %+v, the total is %+v", sum, want)
	}
	d.See("fees and shifts", signedMoney(d.reply.answer.Moved.Cash.Volume, "USD", 9))
	d.Keys("t", "home")
	d.Typed("all")
	d.Keys("enter")
	d.See("nothing: no time before")
	d.Keys("m", "m")
	if len(d.Notices) == 0 || !strings.Contains(d.Notices[len(d.Notices)-1], "nothing before") {
		t.Errorf("notices: %q", d.Notices)
	}
}

func TestGoneRows(t *testing.T) {
	d := newPage(t, sample(), 160, 37)
	d.Keys("t")
	d.Typed("2026-11-15..2026-11-19") // the flex model ended twelve days ago
	d.Keys("enter", "b")
	d.Typed("tier")
	d.Keys("enter", "m")
	d.See("15–18 Nov 2026", "11–14 Nov 2026")
	d.Keys("t")
	d.Typed("7d")
	d.Keys("enter", "b")
	d.Typed("model")
	d.Keys("enter")
	d.See("14–20 Nov 2026", "gone")
	d.Typed("/gpt-5-mini")
	d.Keys("enter", "enter")
	if n := d.Notices; len(n) == 0 || !strings.Contains(n[len(n)-1], "Nothing of it is left") {
		t.Errorf("looking into what has gone: %q", n)
	}
}

func TestSessions(t *testing.T) {
	d := newPage(t, sample(), 200, 57)
	d.Keys("n")
	d.See("sessions", "session-1120", "API-equiv.", "main")
	if d.act.cubes != 1 {
		t.Errorf("%d cubes read", d.act.cubes)
	}
	d.Keys("/")
	d.Typed("1119")
	d.See("1 of 20 sessions")
	d.Keys("enter", "enter")
	d.See("› session session-1119 › records")
	if q := d.act.records[len(d.act.records)-1]; !slices.Equal(q.Filter[usage.BySession], []string{"session-1119"}) {
		t.Errorf("records of %v", q.Filter)
	}
}

func TestUnused(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.Keys("U")
	d.See("2 keys and projects without usage", "left behind", "Hackathon", "never")
	d.Keys("enter")
	d.See("key_old", "created", "what to do")
}

func TestMouse(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	click := func(x, y int) { d.Run(d.Update(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})) }
	top := d.plan.table.Min
	click(top.X+8, top.Y+3)
	if d.table.Cursor() != 2 {
		t.Errorf("a click chose row %d", d.table.Cursor())
	}
	click(top.X+8, top.Y+3)
	d.See("› model")
	d.View()
	click(d.chips.Place(0).Min.X, d.chips.Place(0).Min.Y) // all usage
	if len(d.step().wheres) != 0 {
		t.Error("the first crumb does not lead to all usage")
	}
	d.Keys("b")
	d.Typed("model")
	d.Keys("enter", "v", "enter")
	click(d.plan.table.Min.X+d.grid().left+2*(cellWidth+cellGap)+3, d.plan.table.Min.Y+2)
	if d.step().column != 3 || d.table.Cursor() != 1 {
		t.Errorf("a click chose column %d of row %d", d.step().column, d.table.Cursor())
	}
	was := d.order()
	click(d.plan.table.Min.X+4, d.plan.table.Min.Y)
	if slices.Equal(was, d.order()) || !slices.IsSorted(d.order()) {
		t.Errorf("a click on the head of the names gives %q", d.order())
	}
}

func TestNoActions(t *testing.T) {
	p := New(Options{Context: t.Context()})
	d := drive(t, p, sample(), 120, 37)
	d.Run(p.Update(ui.Shown{}))
	d.See("claude-opus-4-8")
	d.Keys("n", "d", "e", "end", "up", "enter", "enter", "enter", "enter")
	for _, b := range p.ShortHelp() {
		if b.Enabled() && (b.Help().Desc == "records" || b.Help().Desc == "sessions" || b.Help().Desc == "export") {
			t.Errorf("%q cannot be done", b.Help().Desc)
		}
	}
}

func TestErrorsAreShown(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.act.err = errStore
	d.Keys("n")
	d.See("! this could not be answered", "open store: busy", "< goes back")
	d.Keys("backspace")
	d.See("claude-opus-4-8")
	d.Miss("busy")
}
