package budgets

import (
	"tokpit/money"
	"tokpit/tui/entry"
	"tokpit/tui/ui"
)

// drawEmpty says what a budget is for, and proposes one.
func (p *Page) drawEmpty() []string {
	st := p.styles
	inner := max(0, min(p.width-4, 76))
	pen := ui.NewPen(inner, p.height)
	w := entry.Write(pen, st)
	pen.Blank(max(0, min(p.height/5, p.height-12)))
	switch {
	case p.snap.Budgets == nil:
		w.Heading("Where budgets stand is not known yet.")
		w.End()
		w.Para(st.Text, "", "It is worked out from usage, once some has been read: r reads it again.")
	default:
		p.drawInvitation(w)
	}
	lines := pen.Lines(p.height)
	out := ui.NewPen(p.width, p.height)
	for _, l := range lines {
		out.Space(max(0, (p.width-inner)/2))
		out.Drawn(l, inner)
		out.End()
	}
	return out.Lines(p.height)
}

func (p *Page) drawInvitation(w entry.Writer) {
	st := w.St
	w.Text(st.Headline, "Know before the month ends, not after.")
	w.End()
	w.End()
	w.Para(st.Text, "", "A budget is what you want to spend at most, in all or for one project, key or model. "+
		"This page then shows what is left and where the month will end.")
	w.End()
	w.Para(st.Text, "", "It tells the people you name when it matters, and tries out on your own usage what a hard limit would have refused.")
	w.End()
	if amount, last, ok := p.suggestion(); ok {
		w.Para(st.Text, "", "Last month you spent "+ui.Money(last, "USD")+"; a budget of "+ui.Money(amount, "USD")+" a month would leave some room.")
		w.End()
	}
	if why := p.cannot(); why != "" {
		w.Para(st.Warn, "! ", why)
		return
	}
	w.Text(st.AccentBold, " a ")
	w.Text(st.Text, " makes one; the form shows what it would have meant.")
	w.End()
	w.Text(st.Muted, " or: tokpit budget set all --amount 500 --warn 50%,80%,forecast:100%")
	w.End()
}

// suggestion is a round amount above what the last cycle cost in dollars; ok is
// false if that is not known.
func (p *Page) suggestion() (amount, last money.Amount, ok bool) {
	s := &p.snap.PreviousFull
	last, ok = s.Cost, s.Priced
	if p.snap.PlanSet {
		last, ok = s.Cash, s.CashKnown
	}
	if !ok || last.Sign() <= 0 || len(s.Costs) > 0 || s.Currency != "USD" {
		return money.Amount{}, last, false
	}
	return roundUp(last), last, true
}

// roundUp adds a fifth and rounds up to 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8 or 10 times a power of
// ten units.
func roundUp(a money.Amount) money.Amount {
	want := money.NewRate(a).Scale(6, 5).Amount()
	for power := int64(1); power <= 1e15; power *= 10 {
		for _, m := range []int64{10, 15, 20, 25, 30, 40, 50, 60, 80} {
			if c := money.NewRate(money.FromUnits(power)).Scale(m, 10).Amount(); c.Cmp(want) >= 0 {
				return c
			}
		}
	}
	return want
}
