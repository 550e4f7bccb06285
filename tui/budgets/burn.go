package budgets

import (
	"slices"
	"time"

	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/chart"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// burnChart is the chart of a budget.
func (p *Page) burnChart(it *item) chart.Burn {
	c := chart.Burn{Since: it.Period.Since, Until: it.Period.Until, Now: it.AsOf, Points: it.points, Plan: it.Limit.Float(),
		Currency: it.Budget.Currency, Hue: 2, Zone: it.zone, Cursor: p.day,
		Levels: []chart.Level{{Value: it.Limit.Float(), Label: "limit", Limit: true}}}
	for _, m := range it.Marks {
		if !m.Forecast {
			c.Levels = append(c.Levels, chart.Level{Value: m.At.Float(), Label: thresholdName(m.Threshold, it.Budget.Currency)})
		}
	}
	for _, change := range p.changes(it) {
		c.Changes = append(c.Changes, chart.BurnChange{At: change.At, Up: change.Up})
	}
	if f := it.Forecast; f.Known && !it.Ended {
		c.Foreseen, c.Point, c.Low, c.High = true, f.Point.Float(), f.Low.Float(), f.High.Float()
		c.PointLabel = "forecast"
	}
	return c
}

// drawBurn draws what is spent so far against an even plan, with a read-out of
// the day under the cursor.
func (p *Page) drawBurn() []string {
	r, st, it := p.plan.burn, p.styles, p.selected()
	pen := ui.NewPen(r.Dx(), r.Dy())
	if r.Dy() < 2 || it == nil {
		return pen.Lines(r.Dy())
	}
	head, readout := "Spent", p.readout(it)
	if readout != "" {
		readout += p.changesOn(it)
	} else {
		head, readout = "Spent against plan", "in "+it.Budget.Currency+" · even plan ···"
	}
	ui.SectionTitle(pen, st, head, false, ui.Cut(readout, max(0, r.Dx()-ui.Width(head)-5)))
	if it.Err != nil {
		return pen.Lines(r.Dy())
	}
	c := p.burnChart(it)
	return append(pen.Lines(1), c.Draw(st, r.Dx(), r.Dy()-1)...)
}

// changes are the prices that changed within a budget's period, of what counts
// against it as far as it names providers or models.
func (p *Page) changes(it *item) (out []report.PriceChange) {
	counts := func(by usage.Dimension, v string) bool {
		all, named := it.Budget.Scope[by]
		return !named || slices.Contains(all, v)
	}
	for _, c := range p.snap.PriceChanges {
		if it.Period.Contains(c.At) && counts(usage.ByProvider, c.Provider) && counts(usage.ByModel, c.Model) {
			out = append(out, c)
		}
	}
	return out
}

// changesOn says which prices changed on the day under the cursor.
func (p *Page) changesOn(it *item) string {
	for _, c := range p.changes(it) {
		if ui.Day(c.At.In(it.zone)) != ui.Day(p.day.In(it.zone)) {
			continue
		}
		sign := " · ▼ "
		if c.Up {
			sign = " · ▲ "
		}
		return sign + ui.Text(c.Model+": "+c.Text)
	}
	return ""
}

// readout says what was spent up to the day under the cursor, and what the plan
// would have.
func (p *Page) readout(it *item) string {
	if p.day.IsZero() || len(it.Burn) == 0 {
		return ""
	}
	i := 0
	for i+1 < len(it.Burn) && !it.Burn[i].At.After(p.day) {
		i++
	}
	b := it.Burn[i]
	day := ui.Day(b.At.Add(-time.Second).In(it.zone))
	if !b.Known {
		if !it.Forecast.Known {
			return day + ": plan " + it.money(b.Plan)
		}
		return day + ": expected " + it.money(it.expected(b.At)) + " · plan " + it.money(b.Plan)
	}
	ahead := b.Spent.Sub(b.Plan)
	if ahead.Sign() >= 0 {
		return day + ": " + it.money(b.Spent) + " spent, " + it.money(ahead) + " ahead of plan"
	}
	return day + ": " + it.money(b.Spent) + " spent, " + it.money(ahead.Neg()) + " below plan"
}

// expected is what the forecast says on the way to the end, as the chart draws
// it: a straight line.
func (it *item) expected(at time.Time) money.Amount {
	whole := int64(it.Period.Until.Sub(it.AsOf) / time.Second)
	done := int64(at.Sub(it.AsOf) / time.Second)
	if whole <= 0 || done >= whole {
		return it.Forecast.Point
	}
	return it.Cost.Add(money.NewRate(it.Forecast.Point.Sub(it.Cost)).Scale(max(0, done), whole).Amount())
}

// walk moves the day under the cursor; it begins at the day of the figures.
func (p *Page) walk(by int) {
	it := p.selected()
	if it == nil || len(it.Burn) < 2 || len(it.days) < 2 {
		return
	}
	days := it.days
	at := p.day
	if at.IsZero() {
		at = it.AsOf
		by = 0
	}
	i := 0
	for i+2 < len(days) && !days[i+1].After(at) {
		i++
	}
	i = max(0, min(i+by, len(days)-2))
	p.day = days[i].Add(days[i+1].Sub(days[i]) / 2)
}
