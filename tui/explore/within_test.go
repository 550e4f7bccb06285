package explore

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// What a row consists of is what drilling down says, to the last digit: each of
// its parts, its days, and its total.
func TestRowConsistsOfWhatDrillingDownSays(t *testing.T) {
	for _, by := range []string{"model", "project", "provider", "tier", "day"} {
		d := newPage(t, sample(), 200, 57)
		d.Keys("b")
		d.Typed(by)
		d.Keys("enter")
		for row := range d.reply.shaped.lines {
			d.table.SetCursor(row)
			d.Run(d.Update(nil))
			w := d.within()
			if w == nil || w.err != nil {
				t.Fatalf("by %s: nothing is known of row %d: %+v", by, row, w)
			}
			l, lens := d.selected(), ui.Lens{Cash: true}
			q := d.question()
			q.step, _ = d.narrowed(false)
			for _, part := range w.parts {
				q.step.by, q.step.auto = []usage.Dimension{part.dim}, false
				r := q.answer(t.Context())
				if r.err != nil || len(r.answer.Rows) != part.all {
					t.Fatalf("by %s: %q has %d of %d parts by %s, %v", by, l.names, part.all, len(r.answer.Rows), part.dim, r.err)
				}
				for _, line := range part.lines {
					i := slices.IndexFunc(r.answer.Rows, func(x report.Row) bool { return x.Keys[0] == line.value })
					if want, _ := lens.Of(&r.answer.Rows[i].Sum); line.amount != want {
						t.Errorf("by %s: %q, %s %s: %s, drilled into it is %s", by, l.names, part.dim, line.name, line.amount, want)
					}
				}
				if r.trend.readout(r.trend.names[r.trend.lead]) != w.trend.readout(w.trend.names[w.trend.lead]) || !slices.Equal(r.trend.amounts, w.trend.amounts) {
					t.Errorf("by %s: %q has another time than drilling down says", by, l.names)
				}
			}
			var days money.Amount
			for _, a := range w.trend.amounts[w.trend.lead:] {
				days = days.Add(a)
			}
			amount, ok := l.amount(lens)
			if w.trend.unit == usage.ByHour { // which has no fees
				amount = amount.Sub(l.sum.PlanFee)
			}
			if ok && days != amount {
				t.Errorf("by %s: the days of %q add up to %s, not %s", by, l.names, days, amount)
			}
		}
	}
}

// The small charts in the table are the rows' own days.
func TestSparksAreTheDaysOfRows(t *testing.T) {
	d := newPage(t, sample(), 200, 57)
	d.See("by day")
	for row, l := range d.reply.shaped.lines {
		d.table.SetCursor(row)
		d.Run(d.Update(nil))
		if own := d.within().trend.own(); !slices.Equal(own, l.days) {
			t.Errorf("%q: %v, its days are %v", l.names, l.days, own)
		}
	}
}

// A time that begins within a day has of that day what is in it, and no more.
func TestDaysOfATimeThatBeginsWithinOne(t *testing.T) {
	d := newPage(t, sample(), 200, 57)
	since := d.snap.AsOf.AddDate(0, 0, -6).Truncate(24 * time.Hour).Add(11 * time.Hour)
	d.SetLens(ui.Lens{Period: since.Format(time.RFC3339)})
	d.Run(d.Update(ui.Shown{}))
	var days money.Amount
	for _, a := range d.reply.trend.amounts[d.reply.trend.lead:] {
		days = days.Add(a)
	}
	if want := d.reply.answer.Total.Cost; d.reply.trend.unit != usage.ByDay || days != want || want.IsZero() {
		t.Errorf("by %s the days add up to %s, all is %s", d.reply.trend.unit, days, want)
	}
	d.table.SetCursor(1)
	d.Run(d.Update(nil))
	if own := d.within().trend.own(); !slices.Equal(own, d.selected().days) {
		t.Errorf("the days of a row are %v, in the table %v", own, d.selected().days)
	}
}

// Where a table was made of the records themselves, as a price changed within a
// day, what its rows consist of is too, and nothing is read again for it.
func TestRowConsistsOfTheRecordsOfItsTable(t *testing.T) {
	d := newPage(t, sample(), 200, 57)
	d.Keys("b")
	d.Typed("agent")
	d.Keys("enter")
	if d.fine == nil || !d.fathomable() {
		t.Fatalf("agents are told from coarse cells: %v, %v", d.fine, d.fathomable())
	}
	exact := *d.fine
	exact.exact = true
	d.fine = &exact
	d.act.cubes = 0
	d.table.SetCursor(1)
	d.Run(d.Update(nil))
	if w := d.within(); w == nil || w.err != nil {
		t.Fatalf("nothing is known: %+v", w)
	}
	if d.act.cubes != 0 {
		t.Errorf("read %d times again", d.act.cubes)
	}
}

// A cursor that goes on ends what was worked out for the row before, and a row
// that is known is not asked for again.
func TestRowsAreWorkedOutAtRest(t *testing.T) {
	d := newPage(t, sample(), 200, 57)
	d.See("by project", "costliest days", "gpt-5.2 by day")
	d.follower.rest = usualRest
	if cmd := d.Update(tea.KeyPressMsg{Code: tea.KeyDown}); cmd == nil {
		t.Fatal("nothing is asked for another row")
	}
	d.See("Working out what it consists of")
	gen := d.follower.gen
	d.Update(tea.KeyPressMsg{Code: tea.KeyDown})
	if cmd := d.Update(rested{gen}); cmd != nil {
		t.Error("a row that was passed by is worked out")
	}
	cmd := d.Update(rested{d.follower.gen})
	if cmd == nil {
		t.Fatal("the row at rest is not worked out")
	}
	d.Update(tea.KeyPressMsg{Code: tea.KeyDown})
	msg, ok := cmd().(ui.To)
	if w := msg.Msg.(fathomed).w; !ok || w.err != context.Canceled {
		t.Errorf("what is worked out for a row that was left ended with %v", w.err)
	}
	d.Update(msg.Msg)
	if len(d.follower.known) != 1 {
		t.Errorf("%d rows are known, one is", len(d.follower.known))
	}
	if cmd := d.Update(tea.KeyPressMsg{Code: tea.KeyHome}); cmd != nil {
		t.Error("what is known is asked for again")
	}
	d.See("costliest days")
}

// Where there is no room for what a row consists of, nobody asks.
func TestSmallScreensAskForNothingMore(t *testing.T) {
	d := newPage(t, sample(), 80, 21)
	d.Keys("down", "up")
	if len(d.follower.known) != 0 {
		t.Errorf("%d rows were worked out", len(d.follower.known))
	}
}

// The charts have a cursor: arrows and the mouse choose a day, whose figure is
// said; enter looks into the row on that day.
func TestCursorOfCharts(t *testing.T) {
	d := newPage(t, sample(), 200, 57)
	d.Keys("left", "left")
	day := "Thu 19 Nov 2026"
	a, err := report.Run(d.snap.Cube, d.snap.Book, d.snap.Plans, report.Query{Since: d.snap.CycleStart, By: []usage.Dimension{usage.ByDay}}, d.snap.AsOf)
	if err != nil {
		t.Fatal(err)
	}
	want := a.Rows[slices.IndexFunc(a.Rows, func(r report.Row) bool { return r.Keys[0] == "2026-11-19" })].Sum
	d.See(day + "  " + ui.Money(want.Cash, "USD"))
	d.Keys("enter")
	d.See("Thu 19 Nov 2026", "19 Nov 2026")
	if got := d.step().wheres; len(got) != 2 || got[1].dim != usage.ByDay || got[1].values[0] != "2026-11-19" {
		t.Errorf("looked into %v", got)
	}
	d.Keys("backspace", "esc")
	if d.step().time != "" {
		t.Error("esc does not let go of the day")
	}
	d.View()
	r := d.times[0].place
	x := r.Min.X + r.Dx()/2 + 20
	d.Update(tea.MouseMotionMsg{X: x, Y: 1})
	if d.hover == "" {
		t.Fatal("the mouse over the chart in the head names no day")
	}
	d.See(d.reply.trend.readout(d.hover))
	d.Update(tea.MouseMotionMsg{X: 0, Y: 0})
	d.Update(tea.MouseClickMsg{X: x, Y: 1, Button: tea.MouseLeft})
	if d.step().time == "" || d.hover != "" {
		t.Errorf("a click chose %q, the mouse is at %q", d.step().time, d.hover)
	}
	if strings.Count(d.Screen(), d.reply.trend.readout(d.step().time)) != 1 {
		t.Error("the day that was clicked is not named")
	}
}

// Price changes of the models in a row are marked in its chart.
func TestPriceChangesAreMarked(t *testing.T) {
	d := newPage(t, sample(), 200, 57)
	d.See("▲ Thu 12 Nov 2026  gpt-5.2  cache read 0.125 → 0.175 per 1M")
	d.Keys("end")
	d.Miss("0.125 → 0.175")
}
