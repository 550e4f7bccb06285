package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tokpit/money"
)

// InvoiceKind is the kind under which invoices are kept, as decisions.
const InvoiceKind = "invoice"

// ErrInvoice is wrapped by the errors of [Invoice.Validate] and [DecodeInvoice].
var ErrInvoice = errors.New("invalid invoice")

// Invoice is what a provider has invoiced for a billing cycle, as a person has
// entered it.
type Invoice struct {
	// Provider is who bills, as in the ledger; for a subscription its source
	// ("claude-code").
	Provider string
	Account  string // "" is all accounts at the provider
	Cycle    string // "2026-10"
	Number   string // the provider's
	Currency string
	Amount   money.Amount // in all, tax included; less than zero is a credit note
	Tax      money.Amount // part of the amount
	Date     time.Time    // a day of UTC; zero is not known
}

// Net is the amount without tax.
func (i *Invoice) Net() money.Amount { return i.Amount.Sub(i.Tax) }

// Key is the name that an invoice is kept under: a provider uses a number once.
func (i *Invoice) Key() string { return i.Provider + "/" + i.Number }

// Validate reports what is wrong; the error wraps [ErrInvoice].
func (i *Invoice) Validate() error {
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", ErrInvoice, fmt.Sprintf(format, args...))
	}
	const longest = 200 // bytes of a name
	_, cycle := time.Parse("2006-01", i.Cycle)
	letter := func(r rune) bool { return r >= 'A' && r <= 'Z' }
	switch {
	case i.Provider == "" || len(i.Provider) > longest || strings.Contains(i.Provider, "/"):
		return wrong("the provider %.40q", i.Provider)
	case len(i.Account) > longest:
		return wrong("the account %.40q", i.Account)
	case cycle != nil:
		return wrong("the cycle %.40q is no month such as 2026-10", i.Cycle)
	case strings.TrimSpace(i.Number) == "" || len(i.Number) > longest:
		return wrong("the number %.40q", i.Number)
	case len(i.Currency) != 3 || strings.Trim(i.Currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" || !letter(rune(i.Currency[0])):
		return wrong("the currency %.40q is no ISO 4217 code", i.Currency)
	case i.Tax.Abs().Cmp(i.Amount.Abs()) > 0 || i.Tax.Sign()*i.Amount.Sign() < 0:
		return wrong("a tax of %s is no part of %s", i.Tax, i.Amount)
	}
	return nil
}

type invoiceText struct {
	Version  int    `json:"v"`
	Provider string `json:"provider"`
	Account  string `json:"account,omitempty"`
	Cycle    string `json:"cycle"`
	Number   string `json:"number"`
	Currency string `json:"currency"`
	Amount   string `json:"amount"`
	Tax      string `json:"tax,omitempty"`
	Date     string `json:"date,omitempty"`
}

// Encode returns the invoice as text that [DecodeInvoice] reads.
func (i *Invoice) Encode() string {
	t := invoiceText{1, i.Provider, i.Account, i.Cycle, i.Number, i.Currency, i.Amount.String(), "", ""}
	if !i.Tax.IsZero() {
		t.Tax = i.Tax.String()
	}
	if !i.Date.IsZero() {
		t.Date = i.Date.UTC().Format(time.DateOnly)
	}
	text, err := json.Marshal(t)
	if err != nil { // texts only: nothing can fail
		return ""
	}
	return string(text)
}

// DecodeInvoice reads what [Invoice.Encode] wrote. The error wraps
// [ErrInvoice] or [ErrNewerClose].
func DecodeInvoice(name, text string) (Invoice, error) {
	var t invoiceText
	if err := json.Unmarshal([]byte(text), &t); err != nil {
		return Invoice{}, fmt.Errorf("invoice %.80q: %w: %w", name, ErrInvoice, err)
	}
	if t.Version > 1 {
		return Invoice{}, fmt.Errorf("invoice %.80q: %w", name, ErrNewerClose)
	}
	i := Invoice{Provider: t.Provider, Account: t.Account, Cycle: t.Cycle, Number: t.Number, Currency: t.Currency}
	var bad [3]error
	i.Amount, bad[0] = money.Parse(t.Amount)
	if t.Tax != "" {
		i.Tax, bad[1] = money.Parse(t.Tax)
	}
	if t.Date != "" {
		i.Date, bad[2] = time.Parse(time.DateOnly, t.Date)
	}
	if err := errors.Join(bad[:]...); err != nil {
		return i, fmt.Errorf("invoice %.80q: %w: %w", name, ErrInvoice, err)
	}
	if err := i.Validate(); err != nil {
		return i, fmt.Errorf("invoice %.80q: %w", name, err)
	}
	if i.Key() != name {
		return i, fmt.Errorf("invoice %.80q: %w: it is kept under another name", name, ErrInvoice)
	}
	return i, nil
}

// InvoiceOf is the number of the invoice that an account's charges of a cycle
// are on: the account's own, else the provider's; "" if there is none, or if
// there are several and nobody knows on which.
func InvoiceOf(all []Invoice, cycle, provider, account string) string {
	for _, of := range []string{account, ""} {
		var numbers []string
		for i := range all {
			if x := &all[i]; x.Cycle == cycle && x.Provider == provider && x.Account == of {
				numbers = append(numbers, x.Number)
			}
		}
		switch {
		case len(numbers) == 1:
			return numbers[0]
		case len(numbers) > 1:
			return ""
		}
	}
	return ""
}

// BilledBy is who invoices an entry: its provider, and for the fee of a plan its
// source.
func (e *Entry) BilledBy() string {
	if e.Plan != nil {
		return e.Plan.Source
	}
	return e.Dims.Provider
}

// Invoiced reports whether all that is paid for among entries is on an invoice
// of the cycle. Nothing to pay is not invoiced.
func Invoiced(entries []Entry, all []Invoice, cycle string) bool {
	some := false
	for i := range entries {
		e := &entries[i]
		if e.Cash().IsZero() {
			continue
		}
		some = true
		by := e.BilledBy()
		if !slices.ContainsFunc(all, func(x Invoice) bool {
			return x.Cycle == cycle && x.Provider == by && (x.Account == "" || x.Account == e.Dims.Account)
		}) {
			return false
		}
	}
	return some
}
