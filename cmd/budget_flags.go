package cmd

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tokpit/budget"
	"tokpit/config"
	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/budgets"
)

// budgetFlags are what describes a budget on the command line.
type budgetFlags struct {
	amount, currency, period, anchor, zone, scope, warn string
	hard, json                                          bool
	notify                                              []string
}

func (o *budgetFlags) register(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.amount, "amount", "", "how much for each period, e.g. 500 or 19.99")
	f.StringVar(&o.currency, "currency", "USD", "its currency; usage at prices in another one does not count")
	f.StringVar(&o.period, "period", "month", "day, week, month, quarter or year")
	f.StringVar(&o.anchor, "anchor", "", "the `day` that a period begins on: 15 of a month (its last day if it is shorter), 1 to 7 of a week, 04-06 of a year or quarter")
	f.StringVar(&o.zone, "zone", "UTC", "the time `zone` whose midnights periods begin at, an IANA name")
	f.StringVar(&o.scope, "scope", "", "the part of usage that counts, `dimension=value,…` (default: everything)")
	f.StringVar(&o.warn, "warn", "", "where somebody is told, `thresholds` such as 50%,80%,forecast:100%")
	f.BoolVar(&o.hard, "hard", false, "it should be a hard limit (tokpit itself refuses nothing)")
	f.StringSliceVar(&o.notify, "notify", nil, "who is told: `targets` mail:ADDRESS, terminal, or the name of a webhook, separated by commas")
	f.BoolVar(&o.json, "json", false, "print JSON")
}

// change returns the budget with what the flags name. A new one takes the
// defaults for the rest.
func (o *budgetFlags) change(f *pflag.FlagSet, b budget.Budget, fresh bool, names *report.Names) (budget.Budget, error) {
	if fresh && !f.Changed("amount") {
		return b, hint(fmt.Errorf("the budget %s needs an amount", clean.Text(clip(b.Name))), "give one: --amount 500")
	}
	takes := func(name string) bool { return fresh || f.Changed(name) }
	text := budgetText{Amount: b.Amount.String(), Currency: b.Currency, Period: string(b.Period), Anchor: b.Anchor.String(), Zone: b.Zone,
		Scope: b.Scope.String(), Warn: thresholdTexts(b.Warn), Hard: b.Hard, Notify: b.Notify}
	for name, to := range map[string]struct {
		field *string
		value string
	}{"amount": {&text.Amount, o.amount}, "currency": {&text.Currency, o.currency}, "period": {&text.Period, o.period},
		"anchor": {&text.Anchor, o.anchor}, "zone": {&text.Zone, o.zone}, "scope": {&text.Scope, o.scope}} {
		if takes(name) {
			*to.field = to.value
		}
	}
	if f.Changed("period") && !f.Changed("anchor") {
		text.Anchor = "" // that of another kind of period
	}
	if takes("warn") {
		text.Warn = strings.Split(o.warn, ",")
	}
	if takes("hard") {
		text.Hard = o.hard
	}
	if takes("notify") {
		text.Notify = o.notify
	}
	return text.parse(b.Name, names)
}

// budgetText is a budget as a person writes it.
type budgetText struct {
	Amount, Currency, Period, Anchor, Zone, Scope string
	Warn                                          []string
	Hard                                          bool
	Notify                                        []string
}

func thresholdTexts(all []budget.Threshold) []string {
	var out []string
	for _, t := range all {
		out = append(out, t.String())
	}
	return out
}

// parse returns the budget. Names in the scope become ids, which stay when a
// name changes.
func (x *budgetText) parse(name string, names *report.Names) (budget.Budget, error) {
	b := budget.Budget{Name: name, Currency: strings.ToUpper(strings.TrimSpace(x.Currency)), Period: budget.Period(strings.TrimSpace(x.Period)),
		Zone: strings.TrimSpace(x.Zone), Hard: x.Hard}
	if clean.Text(name) != name {
		return b, hint(errors.New("the name of a budget holds characters that a terminal would obey"), "use letters, digits and punctuation")
	}
	for _, s := range append([]string{name, x.Scope}, x.Notify...) {
		if config.LooksLikeKey(s) { // it would be stored, shown and kept in the audit trail
			return b, hint(errors.New("a budget holds what looks like a key itself, and is not repeated here"), "name keys by their id or name, and channels by the name they have in the configuration")
		}
	}
	var err error
	if b.Amount, err = money.Parse(strings.TrimPrefix(strings.TrimSpace(x.Amount), "$")); err != nil {
		return b, hint(fmt.Errorf("amount: %w", err), "give a plain number such as 500 or 19.99")
	}
	if b.Anchor, err = budget.ParseAnchor(strings.TrimSpace(x.Anchor), b.Period); err != nil {
		return b, hint(err, "periods: day, week (--anchor 1 to 7), month (--anchor 15), quarter and year (--anchor 04-06)")
	}
	if b.Warn, err = budget.ParseThresholds(strings.Join(x.Warn, ",")); err != nil {
		return b, hint(err, "thresholds are percents or amounts, of spend or forecast: 50%%,80%%,450,forecast:100%%")
	}
	if b.Scope, err = parseScope(x.Scope, names); err != nil {
		return b, err
	}
	for _, n := range x.Notify {
		if n = strings.TrimSpace(n); n != "" && !slices.Contains(b.Notify, n) {
			b.Notify = append(b.Notify, n)
		}
	}
	if err := b.Validate(); err != nil {
		return b, hint(err, "run: tokpit budget set --help")
	}
	return b, nil
}

// warnOfThresholds says which thresholds may be slips.
func warnOfThresholds(talk io.Writer, all ...budget.Budget) {
	for i := range all {
		for _, d := range budgets.Doubts(&all[i]) {
			fmt.Fprintf(talk, "tokpit: budget %s, warn: %s\n", clean.Text(clip(all[i].Name)), clean.Text(d))
		}
	}
}

func parseScope(text string, names *report.Names) (budget.Scope, error) {
	scope, err := budget.ParseScope(text)
	if err != nil {
		return nil, hint(err, "write it as dimension=value,…; dimensions: provider account organization environment project key user agent machine model source cost_center tag:<name>")
	}
	if len(scope) == 0 {
		return nil, nil
	}
	out := make(budget.Scope, len(scope))
	for d, values := range scope {
		for _, v := range values {
			id, err := names.ID(d, v)
			if err != nil {
				return nil, err
			}
			if !slices.Contains(out[d], id) {
				out[d] = append(out[d], id)
			}
		}
		slices.Sort(out[d])
	}
	return out, nil
}
