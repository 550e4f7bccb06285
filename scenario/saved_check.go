package scenario

import (
	"math/big"
	"strings"
	"time"

	"tokpit/money"
	"tokpit/report"
	"tokpit/usage"
)

// Outcome compares what a scenario promised with what happened.
//
// Nobody can see what usage would have cost without the change, so it is worked
// out: for each project, what a request cost in the span that the scenario was
// computed on, times the requests that were made since. That is Unchanged; the
// actual effect is Actual less Unchanged, and the promise is scaled to the same
// volume. Where requests are not counted on both sides, tokens are the volume;
// these a change of prompts or models alters too.
//
// What the figure cannot tell apart from the change: requests that became longer
// or shorter for other reasons, work that moved between models inside a project,
// and prices that changed since. Projects without usage in the span have no
// before; they are left out, and New says what they cost.
type Outcome struct {
	Then, Since usage.Span // that the scenario was computed on, and that is compared
	Currency    string
	// Planned is the promise at the volume that happened.
	Planned, CashPlanned money.Amount
	// PlannedLow and PlannedHigh bound it if PlannedRanged.
	PlannedLow, PlannedHigh money.Amount
	PlannedRanged           bool
	Actual, Unchanged       money.Amount // cost
	CashActual              money.Amount // without the fees of plans
	CashUnchanged           money.Amount
	New                     money.Amount // cost since then that has no before
	ByTokens                bool         // volume is tokens, because requests are not counted everywhere
	VolumeThen, VolumeSince int64
	Notes                   []report.Note
}

// Effect is what happened to the cost; below zero is a saving.
func (o *Outcome) Effect() money.Amount { return o.Actual.Sub(o.Unchanged) }

// CashEffect is what happened to what leaves the account.
func (o *Outcome) CashEffect() money.Amount { return o.CashActual.Sub(o.CashUnchanged) }

// Basis is the span whose requests say what one costs without the change: that of
// the scenario, up to when it was adopted if it reaches beyond and began before.
func (s *Saved) Basis(adopted time.Time) usage.Span {
	span := s.Span
	if span.Until.After(adopted) && adopted.After(span.Since) {
		span.Until = adopted
	}
	return span
}

// OutcomeBy is what the reports for [Saved.Check] are grouped by.
func OutcomeBy() []usage.Dimension { return []usage.Dimension{usage.ByProject} }

// Check compares the scenario with what happened, given reports of its scope,
// grouped by [OutcomeBy]: over its span, and over the time since it was adopted.
func (s *Saved) Check(then, since *report.Report) (*Outcome, error) {
	o := &Outcome{Then: usage.Span{Since: then.Query.Since, Until: then.Query.Until}, Since: usage.Span{Since: since.Query.Since, Until: since.Query.Until}, Currency: s.Planned.Currency}
	if len(then.Total.Costs) > 0 || len(since.Total.Costs) > 0 || then.Total.Currency != since.Total.Currency {
		return nil, &fault{"the usage has prices in several currencies, which cannot be compared", "limit the scenario to one provider with --scope"}
	}
	was := make(map[string]*report.Sum)
	for i := range then.Rows {
		was[strings.Join(then.Rows[i].Keys, "\x00")] = &then.Rows[i].Sum
	}
	o.ByTokens = !requestsCounted(&then.Total) || !requestsCounted(&since.Total)
	for i := range since.Rows {
		now := &since.Rows[i].Sum
		before := was[strings.Join(since.Rows[i].Keys, "\x00")]
		if before == nil || o.volume(before) == 0 {
			o.New = o.New.Add(now.Cost)
			continue
		}
		a, b := o.volume(before), o.volume(now)
		o.VolumeThen, o.VolumeSince = o.VolumeThen+a, o.VolumeSince+b
		o.Actual, o.CashActual = o.Actual.Add(now.Cost), o.CashActual.Add(cashOfUse(now))
		o.Unchanged = o.Unchanged.Add(scaleAmount(before.Cost, b, a))
		o.CashUnchanged = o.CashUnchanged.Add(scaleAmount(cashOfUse(before), b, a))
	}
	if o.VolumeSince == 0 {
		return nil, &fault{"there is no usage since then in what the scenario is about", "wait for some, or give another day with --since"}
	}
	s.scalePlan(o)
	s.notes(o, then, since)
	return o, nil
}

// requestsCounted reports whether all of the usage has request counts.
func requestsCounted(s *report.Sum) bool { return s.Requests != usage.Absent && s.Uncounted == 0 }

func (o *Outcome) volume(s *report.Sum) int64 {
	if o.ByTokens {
		return s.Tokens.Total()
	}
	return max(s.Requests, 0)
}

// cashOfUse is the cash without plan fees, which no change of usage moves.
func cashOfUse(s *report.Sum) money.Amount { return s.Cash.Sub(s.PlanFee) }

// scalePlan brings the promise to the volume that happened: the promised share of
// the cost, of what it would have been unchanged.
func (s *Saved) scalePlan(o *Outcome) {
	p := &s.Planned
	o.Planned = portion(o.Unchanged, p.Delta(), p.Before)
	o.CashPlanned = portion(o.CashUnchanged, p.CashDelta(), p.CashBefore)
	if o.PlannedRanged = p.Ranged; p.Ranged {
		o.PlannedLow, o.PlannedHigh = portion(o.Unchanged, p.Low.Sub(p.Before), p.Before), portion(o.Unchanged, p.High.Sub(p.Before), p.Before)
	}
}

// portion returns whole × part/of, rounded at 1e-18; zero where there
// is nothing to take a share of.
func portion(whole, part, of money.Amount) money.Amount {
	if of.IsZero() {
		return money.Amount{}
	}
	x := new(big.Rat).Mul(ratOf(whole), ratOf(part))
	out, err := money.Parse(x.Quo(x, ratOf(of)).FloatString(money.Decimals))
	if err != nil { // beyond all money
		return money.Amount{}
	}
	return out
}

func ratOf(a money.Amount) *big.Rat {
	x, _ := new(big.Rat).SetString(a.String()) // an amount always reads back
	return x
}

func (s *Saved) notes(o *Outcome, then, since *report.Report) {
	add := func(code, text string) { o.Notes = append(o.Notes, report.Note{Code: code, Text: text}) }
	if o.ByTokens {
		add("volume", "not all requests are counted, so volume is tokens; what the change did to the number of tokens does not show")
	}
	if !o.New.IsZero() {
		add("new", "projects that had no usage in the scenario's span are left out")
	}
	if then.Total.UnpricedTokens > 0 || since.Total.UnpricedTokens > 0 {
		add("unpriced", "some usage has no price and is on neither side")
	}
	if o.Since.Until.Sub(o.Since.Since) < 7*24*time.Hour {
		add("short", "less than a week: weekdays and chance can outweigh the change")
	}
	if o.Then.Until.After(o.Since.Since) {
		add("overlap", "the span that the scenario was made for reaches into the time since it was adopted, so some of the change is in both")
	}
	if s.Book != since.Prices {
		add("prices", "the price book is another than when the scenario was saved; price changes are in the actual figure")
	}
}
