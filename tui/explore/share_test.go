package explore

import (
	"image"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"tokpit/money"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// A very large screen says more of the row under the cursor: how much of all rows it
// is, its tokens and its requests, day by day. They follow the cursor of the charts
// and the mouse, as the others do.
func TestLargeScreensSayMore(t *testing.T) {
	d := newPage(t, sample(), 300, 78)
	l := d.selected()
	cost, _ := l.amount(ui.Lens{Cash: true})
	all := &d.reply.trend
	var whole money.Amount
	for _, a := range all.amounts[all.lead:] {
		whole = whole.Add(a)
	}
	share := ui.Percent(int64(cost.Float()/whole.Float()*1000 + 0.5))
	d.See(l.names[0]+" by day", "All rows by day, "+l.names[0]+" at the bottom", ui.Money(cost, all.currency)+" of "+ui.Money(whole, all.currency)+", "+share,
		"Tokens by day", "Requests by day")
	r := d.plan.share
	y, x := r.Min.Y+r.Dy()/2, r.Min.X
	for ; x < r.Max.X && d.timeAt(image.Pt(x, y)) == ""; x++ {
	}
	d.Run(d.Update(tea.MouseClickMsg{X: x + 20, Y: y, Button: tea.MouseLeft}))
	i := all.at(d.step().time)
	if i < 0 {
		t.Fatal("a click on the chart chooses no day")
	}
	own := d.within().trend
	at := own.at(d.step().time)
	day := timeName(all.unit, all.names[i])
	d.See(day+"  "+ui.Money(own.amounts[at], all.currency)+" of "+ui.Money(all.amounts[i], all.currency), day+"  "+ui.Count(own.tokens[at]), day+"  "+ui.Count(own.requests[at]))
}

// Rows without colours of their own have that of the theme, on every theme.
func TestSharesOfRowsWithoutColours(t *testing.T) {
	for _, theme := range ui.Themes() {
		d := newPage(t, sample(), 300, 78)
		d.SetTheme(ui.NewStyles(theme))
		d.Keys("b")
		top, _ := d.Modals.Top()
		top.Update(tea.PasteMsg{Content: "project"})
		d.Keys("enter")
		if d.step().by[0] != usage.ByProject || !strings.Contains(d.Screen(), "at the bottom") {
			t.Fatalf("%s:\n%s", theme.Name(), d.Screen())
		}
	}
}
