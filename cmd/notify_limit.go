package cmd

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"time"

	"tokpit/budget"
	"tokpit/internal/clean"
	"tokpit/report"
)

// nearLimit is the part of a limit, in percent, at which people are warned that
// requests are about to be refused.
const nearLimit = 90

// lookAtAllowances tells of limits that providers keep (at 90 % if requests are
// refused beyond, and once nothing is left), of credit that has run out where no
// bill takes over, and of credit that is about to expire.
func (a *app) lookAtAllowances(ctx context.Context, e *evaluation) error {
	named := a.config.Notify.To
	targets := slices.Clone(named)
	for i := range e.Budgets {
		if len(named) == 0 { // somebody keeps an eye on money all the same
			targets = append(targets, e.Budgets[i].Targets()...)
		}
	}
	slices.Sort(targets)
	if targets = slices.Compact(targets); len(targets) == 0 {
		return nil
	}
	all, err := a.allowances(ctx)
	if err != nil || all == nil {
		return err
	}
	if err := a.tellLimits(ctx, e, all, targets); err != nil {
		return err
	}
	return a.tellCredit(ctx, e, all, named)
}

// allowances is where limits and credit stand; nil if none is known.
func (a *app) allowances(ctx context.Context) (*report.Budgets, error) {
	kept, err := a.kept(ctx)
	if err != nil {
		return nil, err
	}
	r, err := a.budgetReader(ctx)
	if err != nil {
		return nil, err
	}
	read := slices.ContainsFunc(r.sources, func(s report.SourceStatus) bool { return s.Standing != nil && len(s.Standing.Limits) > 0 })
	if !read && len(kept.Limits)+len(kept.Grants) == 0 {
		return nil, nil
	}
	in := r.input(ctx)
	in.Kept = kept
	return report.BuildBudgets(in)
}

// tellLimits tells each target once in a period of a limit of some amount, and
// of an account each time that it has used up all that it was given.
func (a *app) tellLimits(ctx context.Context, e *evaluation, all *report.Budgets, targets []string) error {
	believed, err := a.believed(ctx, all.Limits)
	if err != nil {
		return err
	}
	for i := range all.Limits {
		l := &all.Limits[i]
		level := limitLevel(l)
		if level == 0 || !believed[i] {
			continue
		}
		if level < 100 { // what was told of all of it is not taken back
			if told, err := a.knows(ctx, limitKey(l, 100, targets[0])); err != nil || told {
				if err != nil {
					return err
				}
				continue
			}
		}
		subject := limitSubject(l)
		var out []budget.Delivery
		for _, target := range targets {
			out = append(out, budget.NewDelivery(limitKey(l, level, target), target, subject, limitBody(l, subject), a.now()))
		}
		if err := a.tell(ctx, e, subject, out); err != nil {
			return err
		}
	}
	for _, acc := range all.Accounts {
		text := acc.RefusedText()
		if text == "" {
			continue
		}
		body := budget.Body{Kind: "credit", Level: "over", Text: fmt.Sprintf("%s\n\nGranted  %s %s\nUsed     %s\nExpired  %s\nBeyond   %s\n", text,
			acc.Granted.Format(2), acc.Currency, acc.Used.Format(2), acc.Expired.Format(2), acc.Payable.Format(2)),
			Fields: []budget.Field{{Name: "provider", Label: "Provider", Value: acc.Provider}, {Name: "account", Label: "Account", Value: acc.Account},
				{Name: "currency", Label: "Currency", Value: acc.Currency}, {Name: "amount", Label: "Granted", Value: acc.Granted.String()},
				{Name: "used", Label: "Used", Value: acc.Used.String()}, {Name: "expired", Label: "Expired", Value: acc.Expired.String()}, {Name: "balance", Label: "Left", Value: acc.Balance.String()}}}
		var out []budget.Delivery
		for _, target := range targets {
			key := keyOf("tokpit-no-billing-1", acc.Provider, acc.Account, acc.Currency, acc.Granted.String(), target)
			out = append(out, budget.NewDelivery(key, target, text, body, a.now()))
		}
		if err := a.tell(ctx, e, text, out); err != nil {
			return err
		}
	}
	return nil
}

// settingClocks is when each limit was last looked at, as an alert state.
const settingClocks = "limit clocks"

// believed reports of each limit whether its period is not one that is over by
// an earlier look: then the clock was set back, and is believed after an hour.
func (a *app) believed(ctx context.Context, limits []report.LimitStanding) ([]bool, error) {
	text, err := a.store.Setting(ctx, settingClocks)
	if err != nil {
		return nil, err
	}
	was, err := budget.DecodeAlerts([]byte(text))
	if err != nil {
		was = budget.Alerts{} // of a newer program: begin anew
	}
	parts, next := was.ByBudget(), make(map[string]budget.Alerts) // without limits that are gone
	out := make([]bool, len(limits))
	changed := false
	for i := range limits {
		l := &limits[i]
		name := keyOf(string(l.Origin), l.Provider, l.Account, l.Budget.Name, l.Budget.Scope.String(), string(l.Kind))
		old := parts[name]
		next[name], out[i] = old, true
		if l.Err != nil || l.Origin == report.FromBudget || !l.Period.Contains(l.Now) {
			continue
		}
		next[name], out[i] = old.Tick(name, l.Period, l.Now)
		if out[i] && len(old.Clocks) > 0 && old.Clocks[0].Back.IsZero() && l.Period.Contains(old.Clocks[0].Latest) {
			next[name] = old // time has passed in the same period, which is no news
		} else {
			changed = true
		}
	}
	if !changed {
		return out, nil
	}
	encoded, err := budget.JoinAlerts(next).Encode()
	if err != nil {
		return nil, err
	}
	return out, a.store.SetSetting(ctx, settingClocks, string(encoded))
}

// tell keeps messages, and notes them if any is new.
func (a *app) tell(ctx context.Context, e *evaluation, text string, out []budget.Delivery) error {
	added, err := a.store.Enqueue(ctx, out...)
	if err == nil && added > 0 {
		e.Notes = append(e.Notes, text)
	}
	return err
}

// knows reports whether a message was made already.
func (a *app) knows(ctx context.Context, key string) (bool, error) {
	all, err := a.store.Deliveries(ctx)
	return slices.ContainsFunc(all, func(d budget.Delivery) bool { return d.Key == key }), err
}

// limitLevel is how much of a provider's limit is spent, as far as that is told,
// in percent; 0 if nobody needs to know.
func limitLevel(l *report.LimitStanding) int {
	switch {
	case l.Err != nil || l.Origin == report.FromBudget || l.Ended || !l.Period.Contains(l.Now):
		return 0
	case l.Reached:
		return 100
	case l.Refuses && l.Cost.Cmp(budget.Threshold{Percent: nearLimit * 1000}.At(l.Limit)) >= 0:
		return nearLimit
	}
	return 0
}

func limitSubject(l *report.LimitStanding) string {
	whose := ""
	if l.Provider != "" {
		whose = " (" + clean.Text(l.Provider) + ")"
	}
	return fmt.Sprintf("Limit %s%s: %s of %s spent (%.0f %%)", clean.Text(l.Budget.Name), whose, figure(l.Cost, l.Budget.Currency), figure(l.Limit, l.Budget.Currency), 100*l.Used)
}

func limitBody(l *report.LimitStanding, subject string) budget.Body {
	level, does := "warn", "The provider tells somebody when it is reached."
	switch {
	case l.Refuses && l.Reached:
		level, does = "over", "By these figures the provider refuses requests until the period ends."
	case l.Refuses:
		does = "Once nothing is left the provider refuses requests."
	case l.Reached:
		level = "over"
	}
	since, until, asOf := stamp(l.Period.Since), stamp(l.Period.Until), stamp(l.AsOf)
	text := fmt.Sprintf("%s.\n%s\n\nLimit     %s, %s\nPeriod    until %s\nSpent     %s\nHeadroom  %s\n\nUsage as of %s.\n", subject, does,
		figure(l.Limit, l.Budget.Currency), kindText(l), until, figure(l.Cost, l.Budget.Currency), figure(l.Headroom, l.Budget.Currency), asOf)
	return budget.Body{Kind: "limit", Level: level, Text: text, Fields: []budget.Field{{Name: "limit_name", Label: "Limit", Value: l.Budget.Name}, {Name: "provider", Label: "Provider", Value: l.Provider},
		{Name: "account", Label: "Account", Value: l.Account}, {Name: "kind", Label: "Kind", Value: string(l.Kind)}, {Name: "refuses", Label: "Refuses requests", Value: strconv.FormatBool(l.Refuses)},
		{Name: "currency", Label: "Currency", Value: l.Budget.Currency}, {Name: "period_since", Label: "Period from", Value: since}, {Name: "period_until", Label: "Period until", Value: until},
		{Name: "limit", Label: "Amount", Value: l.Limit.String()}, {Name: "spent", Label: "Spent", Value: l.Cost.String()}, {Name: "headroom", Label: "Headroom", Value: l.Headroom.String()},
		{Name: "as_of", Label: "As of", Value: asOf}}}
}

// limitKey names what is told of a limit to a target.
func limitKey(l *report.LimitStanding, level int, target string) string {
	return keyOf("tokpit-limit-1", string(l.Origin), l.Provider, l.Account, l.Budget.Name, l.Budget.Scope.String(), string(l.Kind), l.Period.Since.UTC().Format(time.RFC3339),
		l.Limit.String(), l.Budget.Currency, strconv.Itoa(level), target)
}

// keyOf names a message by all that makes it what it is.
func keyOf(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
