package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/report"
	"tokpit/store"
)

func newInvoice(a *app) *cobra.Command {
	var asJSON bool
	show := func(c *cobra.Command, _ []string) error {
		if err := a.open(c); err != nil {
			return err
		}
		all, err := a.invoices(c.Context())
		if err != nil {
			return err
		}
		if asJSON {
			return writeJSON(c.OutOrStdout(), invoicesDocument("tokpit.invoice.list/1", a.now(), all))
		}
		return printInvoices(c.OutOrStdout(), c.ErrOrStderr(), all)
	}
	c := &cobra.Command{
		Use:   "invoice",
		Short: "Enter what providers have invoiced",
		Long: `Keeps what providers have invoiced for billing cycles, as people enter it. The
number stands as InvoiceId beside the charges of that provider, account and cycle
in FOCUS files, where tax has a row of its own; tokpit variance compares the
amounts. The fee of a subscription is invoiced by its source: --provider
claude-code.`,
		Example: `  tokpit invoice add --provider openai --cycle 2026-10 --number INV-1042 --amount 1234.56 --tax 97.12 --date 2026-11-03
  tokpit invoice
  tokpit variance --cycle 2026-10`,
		Args: cobra.NoArgs,
		RunE: show,
	}
	c.PersistentFlags().BoolVar(&asJSON, "json", false, "print JSON")
	list := &cobra.Command{Use: "list", Short: "List all invoices", Args: cobra.NoArgs, RunE: show}
	c.AddCommand(newInvoiceAdd(a, &asJSON), list, newInvoiceRemove(a, &asJSON))
	return c
}

// invoices reads all that have been entered, by provider and number.
func (a *app) invoices(ctx context.Context) ([]report.Invoice, error) {
	all, err := a.store.Decisions(ctx, report.InvoiceKind)
	if err != nil {
		return nil, err
	}
	var out []report.Invoice
	for _, d := range all {
		i, err := report.DecodeInvoice(d.Name, d.Text)
		if errors.Is(err, report.ErrNewerClose) {
			return nil, hint(err, "use the newer tokpit that wrote it")
		}
		if err != nil {
			return nil, err
		}
		out = append(out, i)
	}
	return out, nil
}

func newInvoiceAdd(a *app, asJSON *bool) *cobra.Command {
	var i report.Invoice
	var amount, tax, date string
	c := &cobra.Command{
		Use:   "add --provider P --cycle CYCLE --number N --amount AMOUNT",
		Short: "Enter an invoice",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			return a.addInvoice(c, i, amount, tax, date, *asJSON)
		},
	}
	f := c.Flags()
	f.StringVar(&i.Provider, "provider", "", "who bills, e.g. openai; for a subscription its source")
	f.StringVar(&i.Account, "account", "", "the `account` at the provider, if there are several and it is about one")
	f.StringVar(&i.Cycle, "cycle", "", "the billing cycle, by the `month` in which it begins: 2026-10")
	f.StringVar(&i.Number, "number", "", "the invoice's `number`")
	f.StringVar(&amount, "amount", "", "what is invoiced in all, tax included; less than zero for a credit note")
	f.StringVar(&tax, "tax", "0", "how much of it is tax")
	f.StringVar(&i.Currency, "currency", "USD", "its currency")
	f.StringVar(&date, "date", "", "`day` of the invoice, YYYY-MM-DD")
	return c
}

func (a *app) addInvoice(c *cobra.Command, i report.Invoice, amount, tax, date string, asJSON bool) error {
	i.Provider, i.Account, i.Number = strings.ToLower(strings.TrimSpace(i.Provider)), strings.TrimSpace(i.Account), strings.TrimSpace(i.Number)
	i.Currency = currencyOf(i.Currency)
	if err := notKeys(i.Provider, i.Account, i.Number); err != nil {
		return err
	}
	for _, x := range []struct{ flag, value string }{{"provider", i.Provider}, {"cycle", i.Cycle}, {"number", i.Number}, {"amount", amount}} {
		if x.value == "" {
			return hint(fmt.Errorf("the invoice needs --%s", x.flag), "run: tokpit invoice add --help")
		}
	}
	if i.Number != clean.Text(i.Number) || i.Account != clean.Text(i.Account) || i.Provider != clean.Text(i.Provider) {
		return hint(errors.New("the invoice's texts hold characters that cannot be shown"), "write them without control characters")
	}
	var err error
	if i.Amount, err = parseMoney("amount", amount); err != nil {
		return err
	}
	if i.Tax, err = parseMoney("tax", tax); err != nil {
		return err
	}
	if date != "" {
		if i.Date, err = time.Parse(time.DateOnly, date); err != nil {
			return hint(fmt.Errorf("date %q", clip(date)), "write the day of the invoice as YYYY-MM-DD")
		}
	}
	if err := i.Validate(); err != nil {
		return hint(err, "run: tokpit invoice add --help")
	}
	err = a.store.AddDecision(c.Context(), a.actor(), report.InvoiceKind, store.Decision{Name: i.Key(), Text: i.Encode()}, nil, nil)
	if errors.Is(err, store.ErrExists) {
		return hint(fmt.Errorf("there is an invoice %s of %s already", clean.Text(i.Number), clean.Text(i.Provider)), "to correct it: tokpit invoice rm %s --provider %s --yes, and enter it again", clean.Text(i.Number), clean.Text(i.Provider))
	}
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(c.OutOrStdout(), invoicesDocument("tokpit.invoice.add/1", a.now(), []report.Invoice{i}))
	}
	_, err = fmt.Fprintf(c.OutOrStdout(), "entered %s of %s for %s: %s, of which tax %s\n", clean.Text(i.Number), clean.Text(i.Provider), i.Cycle, exactly(i.Amount, i.Currency), i.Tax)
	return err
}

func exactly(a money.Amount, currency string) string { return a.String() + " " + currency }

func newInvoiceRemove(a *app, asJSON *bool) *cobra.Command {
	var yes bool
	var provider string
	c := &cobra.Command{
		Use:   "rm NUMBER --yes",
		Short: "Take an invoice away that was entered by mistake",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if !yes {
				return mustConfirm("invoice", args[0], "tokpit invoice")
			}
			if err := a.open(c); err != nil {
				return err
			}
			return a.removeInvoice(c, strings.ToLower(provider), args[0], *asJSON)
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do it")
	c.Flags().StringVar(&provider, "provider", "", "whose invoice it is, if several use the number")
	return c
}

func (a *app) removeInvoice(c *cobra.Command, provider, number string, asJSON bool) error {
	all, err := a.invoices(c.Context())
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(i report.Invoice) bool { return i.Number != number || provider != "" && i.Provider != provider })
	switch len(all) {
	case 0:
		return hint(fmt.Errorf("there is no invoice %q", clean.Text(clip(number))), "see: tokpit invoice")
	case 1:
	default:
		return hint(fmt.Errorf("several providers have an invoice %q", clean.Text(clip(number))), "say whose: --provider %s", clean.Text(all[0].Provider))
	}
	if err := a.store.RemoveDecision(c.Context(), a.actor(), report.InvoiceKind, all[0].Key()); err != nil {
		return err
	}
	if asJSON {
		return writeJSON(c.OutOrStdout(), invoicesDocument("tokpit.invoice.rm/1", a.now(), all))
	}
	_, err = fmt.Fprintf(c.OutOrStdout(), "removed the invoice %s of %s\n", clean.Text(number), clean.Text(all[0].Provider))
	return err
}

func printInvoices(w, talk io.Writer, all []report.Invoice) error {
	if len(all) == 0 {
		_, err := io.WriteString(talk, "tokpit: no invoice has been entered\nhint: tokpit invoice add --provider openai --cycle 2026-10 --number INV-1042 --amount 1234.56\n")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "CYCLE\tPROVIDER\tACCOUNT\tNUMBER\tDATE\tAMOUNT\tOF WHICH TAX")
	slices.SortStableFunc(all, func(x, y report.Invoice) int { return strings.Compare(y.Cycle, x.Cycle) })
	for i := range all {
		x := &all[i]
		date := ""
		if !x.Date.IsZero() {
			date = x.Date.Format(time.DateOnly)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", x.Cycle, clean.Text(x.Provider), clean.Text(x.Account), clean.Text(x.Number), date, exactly(x.Amount, x.Currency), x.Tax)
	}
	return t.Flush()
}

type invoiceJSON struct {
	Provider string  `json:"provider"`
	Account  *string `json:"account"` // null: all accounts
	Cycle    string  `json:"cycle"`
	Number   string  `json:"number"`
	Date     *string `json:"date"`
	Currency string  `json:"currency"`
	Amount   string  `json:"amount"` // tax included
	Tax      string  `json:"tax"`
	Net      string  `json:"net"`
}

type invoicesJSON struct {
	Schema   string        `json:"schema"`
	AsOf     string        `json:"as_of"`
	Invoices []invoiceJSON `json:"invoices"`
}

func invoicesDocument(schema string, now time.Time, all []report.Invoice) invoicesJSON {
	d := invoicesJSON{schema, stamp(now), []invoiceJSON{}}
	for i := range all {
		x := &all[i]
		j := invoiceJSON{Provider: x.Provider, Account: optional(x.Account), Cycle: x.Cycle, Number: x.Number, Currency: x.Currency, Amount: x.Amount.String(),
			Tax: x.Tax.String(), Net: x.Net().String()}
		if !x.Date.IsZero() {
			j.Date = optional(x.Date.Format(time.DateOnly))
		}
		d.Invoices = append(d.Invoices, j)
	}
	return d
}
