package report

import "tokpit/money"

// between fills in what the total's move has and the rows' moves have not.
func (a *Answer) between() {
	now, before := &a.Moved.Now, &a.Moved.Before
	nowFee, beforeFee, rest := now.PlanFee, before.PlanFee, a.Moved
	for i := range a.Moves {
		m := &a.Moves[i]
		nowFee, beforeFee = nowFee.Sub(m.Now.PlanFee), beforeFee.Sub(m.Before.PlanFee)
		rest.Change, rest.Price = rest.Change.Sub(m.Change), rest.Price.Sub(m.Price)
		rest.Volume, rest.Mix = rest.Volume.Sub(m.Volume), rest.Mix.Sub(m.Mix)
		rest.Cash = rest.Cash.less(&m.Cash)
	}
	out := &a.Between
	cost, cash := a.Moved.comparable()
	if cost {
		out.Change, out.Price, out.Volume, out.Mix, out.Known = rest.Change, rest.Price, rest.Volume, rest.Mix, rest.Known
	}
	if cash {
		out.Cash = rest.Cash
		out.Now.feeOnly(nowFee, now.Currency)
		out.Before.feeOnly(beforeFee, before.Currency)
	}
}

// less takes the amounts of other effects away.
func (e Effects) less(o *Effects) Effects {
	e.Change, e.Price, e.Volume = e.Change.Sub(o.Change), e.Price.Sub(o.Price), e.Volume.Sub(o.Volume)
	e.Mix, e.Fees = e.Mix.Sub(o.Mix), e.Fees.Sub(o.Fees)
	return e
}

// feeOnly puts a fee into a sum of nothing.
func (s *Sum) feeOnly(fee money.Amount, currency string) {
	if !fee.IsZero() {
		s.PlanFee, s.Cash, s.CashKnown, s.Currency = fee, fee, true, currency
	}
}
