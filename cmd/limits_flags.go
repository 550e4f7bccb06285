package cmd

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/report"
)

// limitText is a limit as a person writes it, on the command line or in a file.
type limitText struct {
	Name     string `toml:"name"`
	Provider string `toml:"provider"`
	Account  string `toml:"account,omitempty"`
	Kind     string `toml:"kind"`
	Amount   string `toml:"amount"`
	Currency string `toml:"currency,omitempty"`
	Period   string `toml:"period,omitempty"`
	Anchor   string `toml:"anchor,omitempty"`
	Zone     string `toml:"zone,omitempty"`
	Scope    string `toml:"scope,omitempty"`
	Tier     string `toml:"tier,omitempty"`
	Note     string `toml:"note,omitempty"`
}

func textOfLimit(l *budget.Limit) limitText {
	return limitText{l.Name, l.Provider, l.Account, string(l.Kind), l.Amount.String(), l.Currency, string(l.Period), l.Anchor.String(), l.Zone, l.Scope.String(), l.Tier, l.Note}
}

func (x *limitText) register(f *pflag.FlagSet) {
	f.StringVar(&x.Provider, "provider", "", "whose limit it is, e.g. openai")
	f.StringVar(&x.Account, "account", "", "the `account` at the provider, if there are several")
	f.StringVar(&x.Kind, "kind", "", "approved (the most that the provider allows), hard (requests are refused) or soft (somebody is told)")
	f.StringVar(&x.Amount, "amount", "", "how much for each period, e.g. 500")
	f.StringVar(&x.Currency, "currency", "USD", "its currency")
	f.StringVar(&x.Period, "period", "month", "day, week, month, quarter or year")
	f.StringVar(&x.Anchor, "anchor", "", "the `day` that a period begins on, as of budgets")
	f.StringVar(&x.Zone, "zone", "UTC", "the time `zone` that periods begin in; providers reckon in UTC")
	f.StringVar(&x.Scope, "scope", "", "the part of the provider's usage that counts, `dimension=value,…`")
	f.StringVar(&x.Tier, "tier", "", "the usage `tier` that the provider has the account in")
	f.StringVar(&x.Note, "note", "", "a line for those who read it later")
}

// over takes from b what the flags do not name.
func (x *limitText) over(f *pflag.FlagSet, b limitText) limitText {
	out := *x
	for name, field := range map[string][2]*string{"provider": {&out.Provider, &b.Provider}, "account": {&out.Account, &b.Account}, "kind": {&out.Kind, &b.Kind},
		"amount": {&out.Amount, &b.Amount}, "currency": {&out.Currency, &b.Currency}, "period": {&out.Period, &b.Period}, "anchor": {&out.Anchor, &b.Anchor},
		"zone": {&out.Zone, &b.Zone}, "scope": {&out.Scope, &b.Scope}, "tier": {&out.Tier, &b.Tier}, "note": {&out.Note, &b.Note}} {
		if !f.Changed(name) {
			*field[0] = *field[1]
		}
	}
	if f.Changed("period") && !f.Changed("anchor") {
		out.Anchor = "" // that of another kind of period
	}
	return out
}

// parse returns the limit. Names in its scope become ids.
func (x *limitText) parse(names *report.Names) (budget.Limit, error) {
	l := budget.Limit{Name: x.Name, Provider: strings.ToLower(strings.TrimSpace(x.Provider)), Account: strings.TrimSpace(x.Account),
		Kind: budget.LimitKind(strings.ToLower(strings.TrimSpace(x.Kind))), Currency: currencyOf(x.Currency), Period: budget.Period(orElse(x.Period, "month")),
		Zone: orElse(x.Zone, "UTC"), Tier: strings.TrimSpace(x.Tier), Note: strings.TrimSpace(x.Note)}
	if err := notKeys(x.Name, x.Provider, x.Account, x.Scope, x.Tier, x.Note); err != nil {
		return l, err
	}
	switch {
	case l.Provider == "":
		return l, hint(errors.New("the limit needs a provider"), "say whose it is: --provider openai")
	case l.Kind == "":
		return l, hint(errors.New("the limit needs a kind"), "approved: the most that the provider allows; hard: it refuses requests; soft: it tells somebody")
	}
	var err error
	if l.Amount, err = parseMoney("amount", x.Amount); err != nil {
		return l, err
	}
	if l.Anchor, err = budget.ParseAnchor(strings.TrimSpace(x.Anchor), l.Period); err != nil {
		return l, hint(plainly(err), "periods: day, week (anchor 1 to 7), month (anchor 15), quarter and year (anchor 04-06)")
	}
	if l.Scope, err = parseScope(x.Scope, names); err != nil {
		return l, err
	}
	if err := l.Validate(); err != nil {
		return l, hint(plainly(err), "run: tokpit limits set --help")
	}
	return l, nil
}

func orElse(text, standard string) string {
	if text = strings.TrimSpace(text); text == "" {
		return standard
	}
	return text
}

func currencyOf(text string) string { return strings.ToUpper(orElse(text, "USD")) }

func parseMoney(what, text string) (money.Amount, error) {
	if strings.TrimSpace(text) == "" {
		return money.Amount{}, hint(fmt.Errorf("the %s is missing", what), "give a plain number such as 500 or 19.99")
	}
	a, err := money.Parse(strings.TrimPrefix(strings.TrimSpace(text), "$"))
	if err != nil {
		return a, hint(fmt.Errorf("%s: %w", what, err), "give a plain number such as 500 or 19.99")
	}
	return a, nil
}

// tierText is one step of a provider's ladder, as a person writes it.
type tierText struct {
	Provider string `toml:"provider"`
	Name     string `toml:"name"`
	Paid     string `toml:"paid,omitempty"`
	Days     int64  `toml:"days,omitempty"`
	Limit    string `toml:"limit,omitempty"`
	Currency string `toml:"currency,omitempty"`
}

func textOfTier(t *budget.Tier) tierText {
	x := tierText{Provider: t.Provider, Name: t.Name, Days: t.Days, Currency: t.Currency}
	if !t.Paid.IsZero() {
		x.Paid = t.Paid.String()
	}
	if !t.Limit.IsZero() {
		x.Limit = t.Limit.String()
	}
	return x
}

func (x *tierText) parse() (budget.Tier, error) {
	t := budget.Tier{Provider: strings.ToLower(strings.TrimSpace(x.Provider)), Name: strings.TrimSpace(x.Name), Days: x.Days, Currency: currencyOf(x.Currency)}
	if err := notKeys(x.Provider, x.Name); err != nil {
		return t, err
	}
	var err error
	if x.Paid != "" {
		if t.Paid, err = parseMoney("paid", x.Paid); err != nil {
			return t, err
		}
	}
	if x.Limit != "" {
		if t.Limit, err = parseMoney("limit", x.Limit); err != nil {
			return t, err
		}
	}
	if err := t.Validate(); err != nil {
		return t, hint(plainly(err), "see: tokpit limits apply --help")
	}
	return t, nil
}
