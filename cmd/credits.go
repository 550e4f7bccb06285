package cmd

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tokpit/budget"
	"tokpit/report"
)

func newCredits(a *app) *cobra.Command {
	var asJSON bool
	show := func(c *cobra.Command, _ []string) error {
		if err := a.open(c); err != nil {
			return err
		}
		all, err := a.credit(c)
		if err != nil {
			return err
		}
		if asJSON {
			return writeJSON(c.OutOrStdout(), creditsOf(all, a.now()))
		}
		return a.printCredits(c.OutOrStdout(), c.ErrOrStderr(), all)
	}
	c := &cobra.Command{
		Use:   "credits",
		Short: "Keep track of credit: what is left, and when it expires",
		Long: `Keeps the credit that accounts were given or have bought. Usage burns it: first
what expires first, of that what was given before what was paid for. What is left
at the instant of expiry is gone. Used, expired and balance add up to what was
granted, to the last digit; usage that no credit was there for is payable.

What burns credit is what the usage of the provider (or of the account, if one is
named) costs under no plan, by the basis that reports use.`,
		Example: `  tokpit credits add trial --provider openai --amount 5 --source trial --granted 2026-10-01 --expires 90d
  tokpit credits billing openai yes --paid 250 --first-paid 2026-03-01
  tokpit credits`,
		Args: cobra.NoArgs,
		RunE: show,
	}
	c.PersistentFlags().BoolVar(&asJSON, "json", false, "print JSON")
	list := &cobra.Command{Use: "list", Short: "Show what became of all credit", Args: cobra.NoArgs, RunE: show}
	remove := newKeptRemove(a, keptRemoval{use: "rm NAME --yes", short: "Forget credit", schema: "tokpit.credits.rm/1", what: "credit", kind: budget.KindGrant, show: "tokpit credits"})
	c.AddCommand(newCreditsAdd(a, &asJSON), list, remove, newCreditsBilling(a, &asJSON), newCreditsApply(a), newCreditsExport(a))
	return c
}

// credit says what became of all credit.
func (a *app) credit(c *cobra.Command) (*report.Budgets, error) {
	r, err := a.budgetReader(c.Context())
	if err != nil {
		return nil, err
	}
	in := r.input(c.Context())
	if in.Kept, err = a.kept(c.Context()); err != nil {
		return nil, err
	}
	return report.BuildBudgets(in)
}

// grantText is credit as a person writes it, on the command line or in a file.
type grantText struct {
	Name     string `toml:"name"`
	Provider string `toml:"provider"`
	Account  string `toml:"account,omitempty"`
	Amount   string `toml:"amount"`
	Currency string `toml:"currency,omitempty"`
	Source   string `toml:"source"`
	Granted  string `toml:"granted"`
	Expires  string `toml:"expires,omitempty"`
	Note     string `toml:"note,omitempty"`
}

func (x *grantText) register(f *pflag.FlagSet) {
	f.StringVar(&x.Provider, "provider", "", "who gave it, e.g. openai")
	f.StringVar(&x.Account, "account", "", "the `account` at the provider, if there are several")
	f.StringVar(&x.Amount, "amount", "", "how much, e.g. 5")
	f.StringVar(&x.Currency, "currency", "USD", "its currency")
	f.StringVar(&x.Source, "source", "", "trial, promotion or purchase")
	f.StringVar(&x.Granted, "granted", "", "since `when` it may be used: a day (UTC) or an RFC 3339 instant (default: now)")
	f.StringVar(&x.Expires, "expires", "", "from `when` on it may not: a day (UTC), an instant, or a time after it was granted such as 90d (default: never)")
	f.StringVar(&x.Note, "note", "", "a line for those who read it later")
}

// parse returns the grant.
func (x *grantText) parse() (budget.Grant, error) {
	g := budget.Grant{Name: x.Name, Provider: strings.ToLower(strings.TrimSpace(x.Provider)), Account: strings.TrimSpace(x.Account),
		Currency: currencyOf(x.Currency), Source: budget.GrantSource(strings.ToLower(strings.TrimSpace(x.Source))), Note: strings.TrimSpace(x.Note)}
	if err := notKeys(x.Name, x.Provider, x.Account, x.Note); err != nil {
		return g, err
	}
	switch {
	case g.Provider == "":
		return g, hint(errors.New("the credit needs a provider"), "say whose it is: --provider openai")
	case g.Source == "":
		return g, hint(errors.New("the credit needs a source"), "trial: given to a new account; promotion: given for another reason; purchase: paid for")
	}
	var err error
	if g.Amount, err = parseMoney("amount", x.Amount); err != nil {
		return g, err
	}
	if g.Granted, err = parseMoment("granted", x.Granted); err != nil {
		return g, err
	}
	if days, ok := strings.CutSuffix(strings.TrimSpace(x.Expires), "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n < 1 || n > maxGrantDays {
			return g, hint(fmt.Errorf("expires: %q is no number of days", clip(x.Expires)), "give 1d to %dd, a day such as 2026-12-31 or an RFC 3339 instant", maxGrantDays)
		}
		g.Expires = g.Granted.AddDate(0, 0, n)
	} else if x.Expires != "" {
		if g.Expires, err = parseMoment("expires", x.Expires); err != nil {
			return g, err
		}
	}
	if err := g.Validate(); err != nil {
		return g, hint(plainly(err), "run: tokpit credits add --help")
	}
	return g, nil
}

// maxGrantDays is ten years.
const maxGrantDays = 3660

// parseMoment reads a day of UTC or an RFC 3339 instant, between 2020 and 2100.
func parseMoment(what, text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t, err = time.Parse(time.DateOnly, text)
	}
	if err != nil {
		return t, hint(fmt.Errorf("%s: %q is neither a day nor an instant", what, clip(text)), "give YYYY-MM-DD (a day of UTC) or RFC 3339 such as 2026-12-01T12:00:00Z")
	}
	if t.Year() < 2015 || t.Year() > 2100 {
		return t, hint(fmt.Errorf("%s: %s is not between 2015 and 2100", what, t.Format(time.DateOnly)), "check the year")
	}
	return t.UTC(), nil
}

func newCreditsAdd(a *app, asJSON *bool) *cobra.Command {
	var x grantText
	c := &cobra.Command{
		Use:   "add NAME --provider P --amount AMOUNT --source trial|promotion|purchase",
		Short: "Note credit that an account was given or has bought",
		Example: `  tokpit credits add trial --provider openai --amount 5 --source trial --granted 2026-10-01 --expires 90d
  tokpit credits add nov-topup --provider anthropic --amount 100 --source purchase --expires 2027-11-12T09:00:00Z`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			x.Name = args[0]
			if x.Granted == "" {
				x.Granted = stamp(a.now())
			}
			g, err := x.parse()
			if err != nil {
				return err
			}
			k, err := a.kept(c.Context())
			if err != nil {
				return err
			}
			item := grantItem(&g)
			if was := before(k, &item); was != nil && was.text != item.text {
				return hint(fmt.Errorf("there is credit of the name %s already", g.Name), "give it another name, or change it in a file: tokpit credits export, tokpit credits apply -f")
			}
			if err := a.keep(c, "tokpit.credits.add/1", []keptItem{item}, false, *asJSON); err != nil {
				return err
			}
			return a.warnOfProvider(c, g.Provider, nil)
		},
	}
	x.register(c.Flags())
	return c
}

// billingText is what is known of an account's billing, as a person writes it.
type billingText struct {
	Provider  string `toml:"provider"`
	Account   string `toml:"account,omitempty"`
	Billing   string `toml:"billing"`
	Paid      string `toml:"paid,omitempty"`
	Currency  string `toml:"currency,omitempty"`
	FirstPaid string `toml:"first_paid,omitempty"`
}

func (x *billingText) parse() (budget.Billing, error) {
	b := budget.Billing{Provider: strings.ToLower(strings.TrimSpace(x.Provider)), Account: strings.TrimSpace(x.Account), State: budget.BillingState(strings.ToLower(strings.TrimSpace(x.Billing)))}
	if err := notKeys(x.Provider, x.Account); err != nil {
		return b, err
	}
	var err error
	if x.Paid != "" {
		b.Currency = currencyOf(x.Currency)
		if b.Paid, err = parseMoney("paid", x.Paid); err != nil {
			return b, err
		}
	}
	if x.FirstPaid != "" {
		if b.First, err = parseMoment("first paid", x.FirstPaid); err != nil {
			return b, err
		}
	}
	if err := b.Validate(); err != nil {
		return b, hint(plainly(err), "run: tokpit credits billing --help")
	}
	return b, nil
}

func newCreditsBilling(a *app, asJSON *bool) *cobra.Command {
	var x billingText
	c := &cobra.Command{
		Use:   "billing PROVIDER yes|no|unknown",
		Short: "Note whether an account has billing information",
		Long: `Notes whether an account is charged when its credit is gone. With no, its
requests are refused then: tokpit credits says "no billing". What has been paid so
far, and since when, decides about usage tiers (tokpit limits); credit that was
bought counts where neither is noted.`,
		Example: `  tokpit credits billing openai yes --paid 250 --first-paid 2026-03-01`,
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			x.Provider, x.Billing = args[0], args[1]
			b, err := x.parse()
			if err != nil {
				return err
			}
			if err := a.open(c); err != nil {
				return err
			}
			return a.keep(c, "tokpit.credits.billing/1", []keptItem{billingItem(&b)}, false, *asJSON)
		},
	}
	f := c.Flags()
	f.StringVar(&x.Account, "account", "", "the `account` at the provider, if there are several")
	f.StringVar(&x.Paid, "paid", "", "what has been paid in all, e.g. 250")
	f.StringVar(&x.Currency, "currency", "USD", "its currency")
	f.StringVar(&x.FirstPaid, "first-paid", "", "`when` the first payment was made: a day (UTC) or an RFC 3339 instant")
	return c
}

// creditsFile is the shape of a reviewable file of credit and billing.
type creditsFile struct {
	Grant   []grantText   `toml:"grant,omitempty"`
	Billing []billingText `toml:"billing,omitempty"`
}

func newCreditsApply(a *app) *cobra.Command {
	return newKeptApply(a, "tokpit.credits.apply/1", &cobra.Command{
		Short: "Note the credit and billing that a TOML file lists",
		Long: `Prints what every entry of the file changes, then notes them:

  [[grant]]
  name     = "trial"
  provider = "openai"
  amount   = "5"
  source   = "trial"                  # or promotion, or purchase
  granted  = "2026-10-01"
  expires  = "2026-12-30T00:00:00Z"   # or 90d; without it never

  [[billing]]
  provider   = "openai"
  billing    = "yes"                  # or no, or unknown
  paid       = "250"
  first_paid = "2026-03-01"

What the file does not name stays as it is.`,
		Example: `  tokpit credits apply -f credits.toml --dry-run`,
	}, func(_ context.Context, path string) ([]keptItem, error) { return readCredits(path) })
}

func readCredits(path string) ([]keptItem, error) {
	var file creditsFile
	if err := readFile(path, "credit", "tokpit credits apply", &file); err != nil {
		return nil, err
	}
	var items []keptItem
	for i := range file.Grant {
		g, err := file.Grant[i].parse()
		if err == nil {
			items, err = addItem(items, grantItem(&g))
		}
		if err != nil {
			return nil, inFile(path, "grant", i, file.Grant[i].Name, err)
		}
	}
	for i := range file.Billing {
		b, err := file.Billing[i].parse()
		if err == nil {
			items, err = addItem(items, billingItem(&b))
		}
		if err != nil {
			return nil, inFile(path, "billing", i, file.Billing[i].Provider, err)
		}
	}
	if len(items) == 0 {
		return nil, hint(fmt.Errorf("%s lists no credit and no billing", path), "see: tokpit credits apply --help")
	}
	return items, nil
}

func newCreditsExport(a *app) *cobra.Command {
	return newKeptExport(a, "Credit and billing", "tokpit credits apply", "Write credit and billing as a file that apply reads", func(k *report.Kept) any {
		var file creditsFile
		for i := range k.Grants {
			g := &k.Grants[i]
			file.Grant = append(file.Grant, grantText{g.Name, g.Provider, g.Account, g.Amount.String(), g.Currency, string(g.Source), stampOrNone(g.Granted), stampOrNone(g.Expires), g.Note})
		}
		for i := range k.Billing {
			b := &k.Billing[i]
			x := billingText{Provider: b.Provider, Account: b.Account, Billing: string(b.State), Currency: b.Currency, FirstPaid: stampOrNone(b.First)}
			if b.Currency != "" {
				x.Paid = b.Paid.String()
			}
			file.Billing = append(file.Billing, x)
		}
		return file
	})
}

// stampOrNone is an instant as text that parseMoment reads, "" for none.
func stampOrNone(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
