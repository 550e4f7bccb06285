package report

import (
	"slices"
	"time"

	"tokpit/money"
	"tokpit/usage"
)

// EstimateBudget holds an estimate against what is left of a budget.
type EstimateBudget struct {
	Name     string
	Currency string
	Limit    money.Amount
	Spent    money.Amount
	Headroom money.Amount // Limit - Spent
	AsOf     time.Time    // up to when the spend is known
	Model    string
	// Cost is the high end of one call, or of all calls of the traffic from now
	// until Until, the end of the budget's period.
	Cost  money.Amount
	Until time.Time    // zero for one call
	Left  money.Amount // Headroom - Cost
	Fits  bool         // Left is not below zero
}

// HoldAgainst says whether an estimate fits into what is left of a budget. The
// estimate must be priced in the budget's currency.
func HoldAgainst(s *BudgetStanding, r *Estimated, t Traffic) EstimateBudget {
	b := EstimateBudget{Name: s.Budget.Name, Currency: s.Budget.Currency, Limit: s.Limit, Spent: s.Cost, Headroom: s.Headroom, AsOf: s.AsOf,
		Model: r.Model, Cost: r.Total.High}
	if t.Known() && r.PerDay.Known {
		b.Until = s.Period.Until
		rest := max(0, s.Period.Until.Sub(s.Now))
		b.Cost = money.NewRate(r.PerDay.High).Scale(int64(rest/time.Second), 24*60*60).Amount()
	}
	b.Left = b.Headroom.Sub(b.Cost)
	b.Fits = b.Left.Sign() >= 0
	return b
}

// Foreign returns the first dimension of a budget's scope that a model is known
// to lie outside of; "" if it may count.
func (s *BudgetStanding) Foreign(r *Estimated, names *Names) usage.Dimension {
	for _, x := range []struct {
		d usage.Dimension
		v string
	}{{usage.ByProvider, r.Provider}, {usage.ByModel, r.Model}} {
		values, named := s.Budget.Scope[x.d]
		if !named || x.v == "" {
			continue
		}
		holds := slices.ContainsFunc(values, func(v string) bool {
			return v == x.v || v == r.Asked || slices.Contains(names.Find(x.d, v), x.v)
		})
		if !holds {
			return x.d
		}
	}
	return ""
}

// budget writes whether the estimate fits a budget.
func (e *encoder) budget(b *EstimateBudget) {
	e.key("budget")
	if b == nil {
		e.raw("null")
		return
	}
	e.raw("{")
	e.text("name", b.Name)
	e.text("model", b.Model)
	e.text("currency", b.Currency)
	e.text("limit", b.Limit.String())
	e.text("spent", b.Spent.String())
	e.text("headroom", b.Headroom.String())
	e.time("as_of", b.AsOf)
	e.text("cost_high", b.Cost.String())
	e.time("calls_until", b.Until)
	e.text("left", b.Left.String())
	e.bool("fits", b.Fits)
	e.raw("}")
}
