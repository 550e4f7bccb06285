package overview

import (
	"cmp"
	"slices"
	"strings"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/chart"
	"tokpit/tui/ui"
)

// gauge is a budget on one line.
type gauge struct {
	name, amounts, word string
	state               budget.State
	bar                 chart.Budget
}

// mostGauge is the most over its limit, as a part of it, that a gauge shows.
const mostGauge = 1.4

// newGauges words the budgets, the one to look at first before the others.
func newGauges(s *report.Snapshot) []gauge {
	if s.Budgets == nil {
		return nil
	}
	var list []*report.BudgetStanding
	for i := range s.Budgets.Standings {
		list = append(list, &s.Budgets.Standings[i])
	}
	slices.SortStableFunc(list, func(a, b *report.BudgetStanding) int {
		switch {
		case a.Worse(b):
			return -1
		case b.Worse(a):
			return 1
		}
		return cmp.Compare(a.Budget.Name, b.Budget.Name)
	})
	var out []gauge
	most := 1.0
	for _, st := range list {
		g := newGauge(st)
		most = max(most, g.bar.Used, g.bar.High)
		out = append(out, g)
	}
	for i := range out {
		out[i].bar.Most = min(most*1.04, mostGauge)
	}
	return out
}

func newGauge(st *report.BudgetStanding) gauge {
	g := gauge{name: ui.Text(st.Budget.Name), state: st.State, word: stateWord(st)}
	limit := st.Limit.Float()
	if st.Err != nil || limit <= 0 {
		g.amounts = "cannot be computed"
		return g
	}
	g.amounts = ui.Money(st.Cost, st.Budget.Currency) + " of " + round(st.Limit, st.Budget.Currency)
	g.bar = chart.Budget{Used: st.Used, Elapsed: -1, Most: 1}
	if f := st.Forecast; f.Known {
		g.bar.Foreseen, g.bar.Point, g.bar.Low, g.bar.High = true, f.Point.Float()/limit, f.Low.Float()/limit, f.High.Float()/limit
	}
	return g
}

// round writes an amount without cents that it does not have.
func round(a money.Amount, currency string) string {
	return strings.TrimSuffix(ui.Money(a, currency), ".00")
}

// stateWord names where a budget stands, with a sign so that no colour is
// needed.
func stateWord(st *report.BudgetStanding) string {
	switch {
	case st.State == budget.StateOver:
		return "× over"
	case st.Exceeds():
		return "! will be over"
	case st.State == budget.StateWarn:
		return "! warn"
	case st.State == budget.StateOK:
		return "✓ ok"
	}
	return "? unknown"
}

func stateInk(st *ui.Styles, s budget.State) ui.Ink {
	switch s {
	case budget.StateOver:
		return st.Bad
	case budget.StateWarn:
		return st.Warn
	case budget.StateOK:
		return st.Good
	}
	return st.Muted
}

// gaugeColumns is how many gauges stand side by side.
func gaugeColumns(width int) int {
	switch {
	case width >= 228:
		return 3
	case width >= 150:
		return 2
	}
	return 1
}

// drawGauges draws the budgets under a title, side by side where there is room.
func drawGauges(st *ui.Styles, all []gauge, width, height int, narrow bool) []string {
	p := ui.NewPen(width, height)
	cols := gaugeColumns(width)
	shown := all[:min(len(all), cols*(height-1))]
	remark := "◆ forecast  ┃ limit"
	if n := len(all) - len(shown); n > 0 {
		remark = ui.Count(int64(n)) + " more on Budgets  " + remark
	}
	title := "Budgets"
	if narrow { // which what somebody has chosen does not change
		title += ", each of its own time and usage"
	}
	ui.SectionTitle(p, st, title, false, remark)
	var name, amounts, word int
	for i := range shown {
		g := &shown[i]
		name, amounts, word = max(name, ui.Width(g.name)), max(amounts, ui.Width(g.amounts)), max(word, ui.Width(g.word))
	}
	cell := (width - gapColumns*(cols-1)) / cols
	name = min(name, max(8, cell/4))
	for i := range shown {
		p.To(i % cols * (cell + gapColumns))
		shown[i].draw(p, st, cell, name, amounts, word)
		if i%cols == cols-1 || i == len(shown)-1 {
			p.End()
		}
	}
	return p.Lines(height)
}

// draw writes one budget in a cell: its name, the gauge, the amounts and the
// state.
func (g *gauge) draw(p *ui.Pen, st *ui.Styles, cell, name, amounts, word int) {
	end := p.Width() - p.Room() + cell
	p.Left(st.Text, ui.CutName(g.name, name), name)
	p.Space(2)
	bar := cell - name - amounts - word - 6
	if bar >= 8 {
		if g.bar.Most > 0 {
			g.bar.Ink = stateInk(st, g.state)
			g.bar.Draw(p, st, bar)
		}
		p.To(end - amounts - word - 2)
	}
	p.Right(st.Text, g.amounts, min(amounts, max(0, end-(p.Width()-p.Room())-word-2)))
	p.Space(2)
	ink := stateInk(st, g.state)
	if strings.HasPrefix(g.word, "!") {
		ink = st.Warn
	}
	p.Left(ink, g.word, word)
}

// budgetNote says how the budget stands that most needs to be looked at, where
// there is no room for gauges.
func budgetNote(s *report.Snapshot) (note, bool) {
	w := s.Budgets.Worst()
	if w == nil {
		if s.Budgets == nil || len(s.Budgets.Standings) == 0 {
			return note{}, false
		}
		name := ui.Text(s.Budgets.Standings[0].Budget.Name)
		return note{"budget " + ui.Cut(name, 30) + " cannot be computed", ui.Cut(name, 16) + " unknown", true}, true
	}
	name, cur := ui.Text(w.Budget.Name), w.Budget.Currency
	of := " of " + round(w.Limit, cur)
	full, short, warn := "", "", true
	switch {
	case w.State == budget.StateOver:
		full, short = "is over by "+ui.Money(w.Headroom.Neg(), cur)+of, "over"
		if w.Headroom.IsZero() {
			full = "is used up," + of[3:]
		}
	case w.Exceeds():
		full, short = "is likely to end at "+ui.Money(w.Forecast.Point, cur)+of, "will be over"
	case w.State == budget.StateWarn:
		full, short = "has used "+ui.Money(w.Cost, cur)+of, "warns"
	default:
		full, short, warn = "has used "+ui.Money(w.Cost, cur)+of, "ok", false
	}
	return note{"budget " + ui.Cut(name, 30) + " " + full, ui.Cut(name, 16) + " " + short, warn}, true
}

// recentDays is how long a day that stood out is news.
const recentDays = 7

// unusualNote says which day of the last week stood out most recently.
func unusualNote(s *report.Snapshot) (note, bool) {
	if s.Budgets == nil || len(s.Budgets.Unusual) == 0 {
		return note{}, false
	}
	u := &s.Budgets.Unusual[0]
	if s.AsOf.Sub(u.Day).Hours() > 24*(recentDays+1) {
		return note{}, false
	}
	return note{ui.Text(u.Text), u.Day.Format("Mon 2 Jan") + " unusual", true}, true
}
