package paper

import (
	"math"
	"strconv"

	"tokpit/budget"
	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/report"
)

// gauge is a budget: what is spent, what is likely, and where somebody is told.
// Places are parts of the picture's width in percent.
type gauge struct {
	Name, Scope, Period string
	State               string // in a word
	Class               string // "ok", "warn", "over"; of the state
	Spent, Limit, Used  string
	Forecast, Left      string
	Err                 string

	Bar, LimitAt     string
	Low, Band, Point string // "" without a forecast
	Marks            []string
	About            string
}

func newGauge(s *report.BudgetStanding) gauge {
	b := s.Budget
	w := words{currency: b.Currency}
	g := gauge{Name: clean.Limit(b.Name, 64), Scope: clean.Limit(b.Scope.String(), 120), Period: clean.Text(string(b.Period)), Limit: w.full(s.Limit), State: clean.Limit(string(s.State), 16)}
	if g.Scope == "" {
		g.Scope = "all usage"
	}
	if s.Err != nil {
		g.State, g.Class, g.Err = "unknown", "warn", clean.Limit(s.Err.Error(), 200)
		return g
	}
	g.Spent, g.Used = w.full(s.Cost), strconv.FormatFloat(100*s.Used, 'f', 0, 64)+"\u00a0%"
	g.Left = w.cents(s.Headroom) + " left"
	if s.Headroom.Sign() < 0 {
		g.Left = w.cents(s.Headroom.Neg()) + " over"
	}
	g.Class = "ok"
	switch s.State {
	case budget.StateOver:
		g.Class = "over"
	case budget.StateWarn:
		g.Class = "warn"
	}
	f := s.Forecast
	if f.Known {
		g.Forecast = "likely to end at " + w.cents(f.Point) + " (" + w.cents(f.Low) + " to " + w.cents(f.High) + ")"
	} else if s.Why != "" {
		g.Forecast = "no forecast: " + clean.Limit(s.Why, 120)
	}
	g.draw(s)
	g.About = g.Spent + " of " + g.Limit + " spent"
	if f.Known {
		g.About += ", " + g.Forecast
	}
	return g
}

// draw places the parts of the picture. Its right edge is a little more than the
// limit, or than what is spent or likely beyond it, up to twice the limit.
func (g *gauge) draw(s *report.BudgetStanding) {
	limit := s.Limit.Float()
	if limit <= 0 {
		limit = max(s.Cost.Float(), 1)
	}
	share := func(a money.Amount) float64 { return a.Float() / limit }
	most := math.Max(1, share(s.Cost))
	if s.Forecast.Known {
		most = math.Max(most, share(s.Forecast.High))
	}
	most = min(most, 2) * 1.04
	at := func(part float64) float64 { return max(0, min(part/most*100, 100)) }
	g.Bar, g.LimitAt = coordinate(at(share(s.Cost))), coordinate(at(1))
	if f := s.Forecast; f.Known {
		low, high := at(share(f.Low)), at(share(f.High))
		g.Low, g.Band, g.Point = coordinate(low), coordinate(max(high-low, 0.4)), coordinate(at(share(f.Point)))
	}
	for _, m := range s.Marks {
		if x := at(share(m.At)); m.At.Cmp(s.Limit) != 0 && x < 100 {
			g.Marks = append(g.Marks, coordinate(x))
		}
	}
}
