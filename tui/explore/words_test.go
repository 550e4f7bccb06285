package explore

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// A total stands beneath rows that are not all on screen: the page says how many
// more there are, wherever it is scrolled to.
func TestRowsThatAreNotOnScreen(t *testing.T) {
	d := newPage(t, sample(), 80, 9)
	d.See("↓ 2 more")
	d.Miss("↑")
	d.Keys("end")
	d.See("↑ 2 more", "house-model")
	d.Miss("↓ 2")
	d.SetSize(80, 30)
	d.Miss("more")
}

// An axis says as much of a time as tells its ends apart.
func TestAxisTimes(t *testing.T) {
	for _, c := range []struct {
		unit  usage.Dimension
		width int
		names []string
		want  string
	}{
		{usage.ByHour, 20, []string{"2026-11-02T00:00:00Z", "2026-11-02T23:00:00Z"}, "00:00 23:00"},
		{usage.ByHour, 7, []string{"2026-11-02T00:00:00Z", "2026-11-03T23:00:00Z"}, "Mon 00h Tue 23h"},
		{usage.ByHour, 7, []string{"2026-11-02T00:00:00Z", "2026-11-20T23:00:00Z"}, "2. 00h 20. 23h"},
		{usage.ByDay, 20, []string{"2026-11-01", "2026-11-20"}, "1 Nov 20 Nov"},
		{usage.ByWeek, 20, []string{"2025-11-17", "2026-11-16"}, "17 Nov 2025 16 Nov 2026"},
		{usage.ByWeek, 7, []string{"2025-11-17", "2026-11-16"}, "17 Nov 16 Nov"},
		{usage.ByMonth, 7, []string{"2025-11", "2026-11"}, "Nov 25 Nov 26"},
		{usage.ByModel, 7, []string{"gpt-5.2"}, "gpt-5.2"},
	} {
		label := axisTime(c.unit, c.names, c.width)
		var got []string
		for _, n := range c.names {
			got = append(got, label(n))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%v is %q, want %q", c.names, s, c.want)
		}
	}
	d := newPage(t, sample(), 120, 37)
	d.Narrow(ui.Narrow{Period: "2026-11-10"})
	d.See("00:00", "23:00")
	d.Narrow(ui.Narrow{Period: "365d"})
	d.See("2025", "16 Nov 2026")
}

// The cells of a pivot have a currency: one for all, or each its own.
func TestCurrencyOfAPivot(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.Keys(looks()["pivot"]...)
	d.See("model, in $")
	d.reply.answer.Total.Costs = []report.CurrencySum{{Currency: "EUR"}, {Currency: "USD"}}
	for i := range d.reply.answer.Rows {
		d.reply.answer.Rows[i].Sum.Currency = "EUR"
	}
	d.frame = ""
	d.See("€214.52")
	d.Miss("model, in")
}

// What cannot be read as a span is answered with what can be.
func TestNonsenseForASpan(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.Keys("t")
	d.Typed("tomorrowish")
	d.See("Nothing matches.", "2026-10-01..2026-11-01", "7d")
	d.Keys("enter")
	d.See("Nothing matches.")
}

// Effects that could not be anything are unknown, not the same as before.
func TestEffectsThatCannotBe(t *testing.T) {
	sum := func(cost, cash, fee, records int64) report.Sum {
		return report.Sum{Cost: money.FromUnits(cost), Cash: money.FromUnits(cash), PlanFee: money.FromUnits(fee), Records: records, Priced: records > 0, CashKnown: true, Currency: "USD"}
	}
	for _, c := range []struct {
		name string
		move report.Move
		cash bool
		want string // of volume, mix, price, fees
	}{
		{"as before", report.Move{Before: sum(5, 5, 0, 2), Now: sum(5, 5, 0, 2)}, true, "= = = –"},
		{"new", report.Move{Now: sum(5, 5, 0, 2)}, true, "= – – –"},
		{"gone", report.Move{Before: sum(5, 5, 0, 2)}, true, "= – – –"},
		{"free", report.Move{Before: sum(5, 0, 0, 2), Now: sum(7, 0, 0, 2)}, true, "– – – –"},
		{"free, by its cost", report.Move{Before: sum(5, 0, 0, 2), Now: sum(7, 0, 0, 2)}, false, "= = =" /* no fees */},
		{"fees", report.Move{Before: sum(5, 5, 1, 2), Now: sum(5, 5, 1, 2)}, true, "= = = ="},
	} {
		c.move.Known, c.move.Cash.Known = true, true
		var got []string
		for _, col := range moveColumns(ui.Lens{Cash: c.cash}) {
			if col.id == colVolume || col.id == colMix || col.id == colPrice || col.id == colFees {
				got = append(got, col.text(&line{sum: &c.move.Now, move: &c.move}))
			}
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %s, want %s", c.name, s, c.want)
		}
	}
}

// Why a cost changed is said in words.
func TestReasonsAreWords(t *testing.T) {
	d := newPage(t, tuitest.Explored(), 200, 57)
	d.Keys("m")
	d.See("used less", "as before")
	d.Miss("of a unit", "spread", "more or less")
}

// A table that lacks a line or two takes them from what stands beneath it.
func TestRoomForTheLastRows(t *testing.T) {
	for rows, more := range map[int]int{10: 0, 15: 0, 16: 0, 17: 0, 18: 1, 40: 1} {
		p := arrange(118, 37, content{rows: rows, feet: 2})
		if got := p.more.Dy(); got != more || p.panel.Dy() < panelLines-panelSpare || more > 0 && p.panel.Dy() != panelLines {
			t.Errorf("%d rows: %d lines for more, %d for the panel", rows, got, p.panel.Dy())
		}
	}
	if p := arrange(118, 37, content{rows: 17, feet: 2, moves: true}); p.panel.Dy() != panelLines || p.more.Dy() != 1 {
		t.Errorf("compared: %+v", p)
	}
}

// What the models of a session cost is what its row says, not what a plan has
// left of it.
func TestModelsOfASession(t *testing.T) {
	d := newPage(t, sample(), 120, 37)
	d.Keys("n")
	l := d.selected()
	if l == nil || l.session == nil || len(l.session.Models) == 0 {
		t.Fatal("no session")
	}
	pen := ui.NewPen(60, 10)
	d.sessionOf(pen, d.styles, l)
	got := ansi.Strip(strings.Join(pen.Lines(10), "\n"))
	for i := range l.session.Models {
		if want := ui.Money(l.session.Models[i].Sum.Cost, "USD"); !strings.Contains(got, want) || want == "$0.00" {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if !strings.Contains(got, "API-equiv.") {
		t.Errorf("the figures have no name:\n%s", got)
	}
}
