package cmd

import (
	"time"

	"tokpit/money"
	"tokpit/report"
)

// closeJSON is a close: cost and cash are exact decimals, by currency.
type closeJSON struct {
	Cycle    string      `json:"cycle"`
	Account  *string     `json:"account"` // null: all but those of except
	Except   []string    `json:"except"`
	State    string      `json:"state"` // of the cycle: open, closing, closed, invoiced
	Since    string      `json:"since"`
	Until    string      `json:"until"`
	ClosedAt *string     `json:"closed_at"` // null: not closed
	Entries  *int64      `json:"entries"`   // corrections included
	Tokens   *int64      `json:"tokens"`
	Unpriced *int64      `json:"unpriced_tokens"`
	Totals   []totalJSON `json:"totals"`
	Booked   []totalJSON `json:"corrections"` // of earlier cycles, booked with it
	Book     *string     `json:"price_book"`
	Hash     *string     `json:"sha256"`
}

type totalJSON struct {
	Currency *string `json:"currency"`
	Cost     string  `json:"cost"`
	Cash     string  `json:"cash"`
}

func totalsOf(all []report.CloseTotal) []totalJSON {
	out := []totalJSON{}
	for _, t := range all {
		out = append(out, totalJSON{optional(t.Currency), t.Cost.String(), t.Cash.String()})
	}
	return out
}

func closeOf(c *report.Close, state report.CycleState, done bool) closeJSON {
	out := closeJSON{Cycle: c.Cycle, Account: optional(c.Account), Except: append([]string{}, c.Except...), State: string(state), Since: stamp(c.Span.Since),
		Until: stamp(c.Span.Until), Entries: &c.Entries, Tokens: &c.Tokens, Unpriced: &c.UnpricedTokens, Totals: totalsOf(c.Totals), Booked: totalsOf(c.Booked),
		Book: optional(c.Book), Hash: optional(c.Hash)}
	if done {
		out.ClosedAt = optional(stamp(c.At))
	}
	return out
}

type closeDocument struct {
	Schema string `json:"schema"`
	AsOf   string `json:"as_of"`
	Closed bool   `json:"closed"` // false: shown only
	closeJSON
	Warnings []noteJSON `json:"warnings"`
}

func (x *closing) document(now time.Time) closeDocument {
	d := closeDocument{Schema: "tokpit.close/1", AsOf: stamp(now), Closed: x.done, closeJSON: closeOf(&x.frozen.Close, x.state, x.done), Warnings: []noteJSON{}}
	for _, n := range x.warnings {
		d.Warnings = append(d.Warnings, noteJSON{n.Code, n.Text})
	}
	return d
}

// signed writes an amount with its sign, in cents; less than that, exactly.
func signed(a money.Amount, currency string) string {
	text := a.Format(2)
	if !a.IsZero() && a.Round(2).IsZero() {
		text = a.String()
	}
	if a.Sign() > 0 {
		text = "+" + text
	}
	if currency == "" {
		return text
	}
	return text + " " + currency
}
