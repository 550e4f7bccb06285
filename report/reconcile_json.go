package report

import (
	"io"

	"strconv"
	"time"
)

// ReconcileSchema names the shape of the JSON form.
const ReconcileSchema = "tokpit.reconcile/1"

// WriteJSON writes the reconciliation as one document, a day to a line. Amounts
// are exact decimals in the account's currency; variances are billed less
// priced.
func (r *Reconciliation) WriteJSON(w io.Writer) error {
	e := encoder{b: make([]byte, 0, 4096)}
	e.raw("{")
	e.text("schema", ReconcileSchema)
	e.time("as_of", r.AsOf)
	e.time("since", r.Span.Since)
	e.time("until", r.Span.Until)
	e.int("tolerance_per_mille", r.Tolerance)
	e.text("prices", r.Prices)
	e.text("verdict", r.Verdict().String())
	e.text("answer", r.Answer())
	list(&e, "accounts", r.Accounts, func(a *AccountReconciliation) { e.reconciled(a, r.Tolerance) })
	e.comparisons(r.Bases)
	e.raw("}\n")
	_, err := w.Write(e.b)
	return err
}

func (e *encoder) reconciled(a *AccountReconciliation, tolerance int64) {
	e.raw("\n{")
	e.text("provider", a.Provider)
	e.optional("account", a.Account)
	e.text("currency", a.Currency)
	e.text("verdict", a.Verdict(tolerance).String())
	e.compared("total", &a.Total)
	e.compared("not_compared", &a.Left)
	e.key("causes")
	e.raw("[")
	for i, c := range a.Causes {
		if i > 0 {
			e.raw(",")
		}
		e.raw("\n {")
		e.text("code", c.Code)
		e.text("text", c.Text)
		e.amount("amount", c.Amount, true)
		e.int("days", int64(c.Days))
		e.text("first_day", c.FirstDay.Format(time.DateOnly))
		e.text("last_day", c.LastDay.Format(time.DateOnly))
		e.raw("}")
	}
	e.raw("]")
	e.lines(a.Lines)
	list(e, "days", a.Days, func(d *DayReconciliation) {
		e.raw("\n {")
		e.text("day", d.Day.Format(time.DateOnly))
		e.optional("basis", d.Basis.String())
		e.sides(&d.Compared)
		e.cause(d.Cause)
		e.lines(d.Lines)
		e.raw("}")
	})
	e.raw("}")
}

func (e *encoder) compared(name string, c *Compared) {
	e.key(name)
	e.raw("{")
	e.sides(c)
	e.raw("}")
}

func (e *encoder) sides(c *Compared) {
	e.amount("billed", c.Billed, true)
	e.amount("priced", c.Priced, true)
	if c.Low != c.High {
		e.amount("priced_low", c.Low, true)
		e.amount("priced_high", c.High, true)
	}
	e.amount("variance", c.Variance(), true)
	e.key("variance_per_mille")
	if n, ok := c.PerMille(); ok {
		e.b = strconv.AppendInt(e.b, n, 10)
	} else {
		e.raw("null")
	}
	e.int("tokens", c.Tokens)
	e.key("billed_tokens")
	if c.HasBilledTokens {
		e.b = strconv.AppendInt(e.b, c.BilledTokens, 10)
	} else {
		e.raw("null")
	}
	e.int("unpriced_tokens", c.UnpricedTokens)
	e.text("status", c.Status.String())
}

func (e *encoder) cause(c Cause) {
	e.key("cause")
	if c.Code == "" {
		e.raw("null")
		return
	}
	e.raw("{")
	e.text("code", c.Code)
	e.text("text", c.Text)
	e.raw("}")
}

func (e *encoder) lines(all []LineReconciliation) {
	list(e, "lines", all, func(l *LineReconciliation) {
		e.raw("{")
		e.optional("model", l.Model)
		e.text("item", l.Item)
		e.sides(&l.Compared)
		e.cause(l.Cause)
		e.raw("}")
	})
}

func (e *encoder) comparisons(all []BasisComparison) {
	list(e, "bases", all, func(c *BasisComparison) {
		e.raw("\n{")
		e.text("provider", c.Provider)
		e.optional("account", c.Account)
		e.text("higher", c.Higher.String())
		e.text("lower", c.Lower.String())
		e.int("days", int64(c.Days))
		e.int("higher_tokens", c.HigherTokens)
		e.int("lower_tokens", c.LowerTokens)
		e.amount("higher_cost", c.HigherCost, true)
		e.amount("lower_cost", c.LowerCost, true)
		e.text("currency", defaultCurrency)
		e.int("lower_only_days", int64(c.LowerOnly))
		e.raw("}")
	})
}
