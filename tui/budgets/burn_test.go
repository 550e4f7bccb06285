package budgets

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"tokpit/budget"
	"tokpit/tui/tuitest"
	"tokpit/usage"
)

// A day on which a price changed says so, on the axis and when it is pointed at;
// a budget of other models has nothing to do with it.
func TestPriceChangesOnTheChart(t *testing.T) {
	p := pageOf(spender(), tuitest.Budgeted(), 220, 57)
	press(p, "home")
	point := func() {
		r := p.plan.burn
		c := p.burnChart(p.selected())
		f := c.Frame(r.Dx(), r.Dy()-1)
		for x := range r.Dx() {
			if at, ok := f.At(x); ok && at.Day() == 12 {
				p.Update(tea.MouseMotionMsg{X: r.Min.X + x, Y: r.Min.Y + 4})
				return
			}
		}
	}
	want(t, view(p), "─▲─")
	point()
	want(t, view(p), "Thu 12 Nov: ", "· ▲ gpt-5.2: cache read 0.125 → 0.175 per 1M")
	other := tuitest.Budgeted()
	b := *other.Budgets.Standings[0].Budget
	b.Scope = budget.Scope{usage.ByModel: {"claude-opus-4-8"}}
	other.Budgets.Standings[0].Budget = &b
	p.SetSnapshot(other)
	point()
	if text := view(p); strings.Contains(text, "gpt-5.2:") || strings.Contains(text, "─▲─") {
		t.Errorf("a price of another model:\n%s", text)
	}
}

// What is over is not told of as left, and says since when.
func TestOverItsLimit(t *testing.T) {
	p := pageOf(spender(), tuitest.Budgeted(), 120, 37)
	want(t, view(p), "▸ ci", "over the limit of $300.00", "over since ")
	if strings.Contains(view(p), "over of") || strings.Contains(view(p), "nothing is left") {
		t.Errorf("it is said twice:\n%s", view(p))
	}
}
