package export

import (
	"slices"
	"time"

	"tokpit/money"
	"tokpit/report"
	"tokpit/usage"
)

// Convert is a writer that adds the money of every row in a display currency,
// with the rate, its date and who says so. Each row is converted at the rate of
// its last day; the columns are for reading and are not added up.
type Convert struct {
	To      Writer
	Display *report.Display
	Day     time.Time // of rows that name no time

	currency, cost, cash, at int // columns, -1 if there is none
	unit                     usage.Dimension
	cells                    []Cell
}

// Begin implements [Writer].
func (c *Convert) Begin(columns []Column) error {
	find := func(names ...string) int {
		for _, name := range names {
			if i := slices.IndexFunc(columns, func(c Column) bool { return c.Name == name }); i >= 0 {
				return i
			}
		}
		return -1
	}
	c.currency, c.cost, c.cash = find(Currency), find("cost"), find("cash", "charged")
	c.at, c.unit = find("day", "hour", "week", "month", "period_start"), usage.ByDay
	if c.at >= 0 {
		switch columns[c.at].Name {
		case "week":
			c.unit = usage.ByWeek
		case "month":
			c.unit = usage.ByMonth
		}
	}
	return c.To.Begin(append(slices.Clone(columns), []Column{
		{"display_currency", Text, "ISO 4217, of the converted amounts; empty if there is no rate", false},
		{"display_cost", Amount, "cost × fx_rate, rounded once, half to even, at 1e-18", false},
		{"display_cash", Amount, "cash × fx_rate, in the same way", false},
		{"fx_rate", Amount, "what one unit of currency was worth in display_currency", false},
		{"fx_date", Date, "the day of the rate: the row's last day, or the newest of the week before", false},
		{"fx_source", Text, "who says so", false},
	}...))
}

// Row implements [Writer].
func (c *Convert) Row(cells []Cell) error {
	c.cells = append(append(c.cells[:0], cells...), make([]Cell, 6)...)
	added := c.cells[len(cells):]
	if c.currency < 0 || !cells[c.currency].known {
		return c.To.Row(c.cells)
	}
	day := c.Day
	if c.at >= 0 && cells[c.at].known {
		if last, ok := report.LastDay(c.unit, cells[c.at].text); ok && last.Before(day) {
			day = last
		}
	}
	rate, ok := c.Display.Rates.On(cells[c.currency].text, c.Display.Currency, day)
	if !ok {
		return c.To.Row(c.cells)
	}
	added[0], added[3], added[4], added[5] = TextCell(c.Display.Currency), AmountCell(rate.Rate), TextCell(rate.Day.Format(time.DateOnly)), TextCell(rate.Source)
	for i, from := range []int{c.cost, c.cash} {
		if from >= 0 && cells[from].known {
			if a, fits := money.Convert(cells[from].amount, rate.Rate); fits {
				added[1+i] = AmountCell(a)
			}
		}
	}
	return c.To.Row(c.cells)
}

// End implements [Writer].
func (c *Convert) End() error { return c.To.End() }
