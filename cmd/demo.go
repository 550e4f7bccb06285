package cmd

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"tokpit/budget"
	"tokpit/pricing"
	"tokpit/store"
	"tokpit/usage/demo"
)

const settingDemo = "demo"

// seedDemo fills the demo's own store up to the clock. A store that was made
// under a later clock, or by a program with other demo data, is made anew: it
// holds nothing that anybody could miss.
func (a *app) seedDemo(ctx context.Context) error {
	version := version() + " " + demo.Edition + " " + a.book.Version()
	made, err := a.store.Setting(ctx, settingDemo)
	if err != nil && !unusable(err) {
		return err
	}
	stamped, madeAt, _ := cutLast(made)
	at, parseErr := time.Parse(time.RFC3339, madeAt)
	if err != nil || made != "" && (stamped != version || parseErr != nil || at.After(a.now())) {
		if err := os.Remove(a.store.Path()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		made = ""
	}
	if made != "" && at.Equal(a.now().Truncate(time.Second)) {
		return nil
	}
	out, err := a.sync(ctx, a.local(nil), nil)
	if unusable(err) && !errors.Is(err, store.ErrBusy) && made != "" {
		if err := os.Remove(a.store.Path()); err != nil {
			return err
		}
		made = ""
		out, err = a.sync(ctx, a.local(nil), nil)
	}
	if err != nil {
		return err
	}
	if err := out.failure(); err != nil {
		return err
	}
	var plans []pricing.Plan
	for _, p := range demo.Plans() {
		plans = append(plans, pricing.Plan{Source: p.Source, Monthly: p.Monthly, Currency: p.Currency, From: p.From})
	}
	if err := a.store.SetPlans(ctx, a.actor(), plans...); err != nil {
		return err
	}
	if made == "" { // what somebody has changed since stays changed
		if err := a.seedBudgets(ctx); err != nil {
			return err
		}
		if err := a.seedKept(ctx); err != nil {
			return err
		}
	}
	return a.store.SetSetting(ctx, settingDemo, version+" "+stamp(a.now()))
}

// seedBudgets sets what the demo's people decided.
func (a *app) seedBudgets(ctx context.Context) error {
	var all []budget.Budget
	for _, d := range demo.Budgets() {
		scope, err := budget.ParseScope(d.Scope)
		if err != nil {
			return err
		}
		warn, err := budget.ParseThresholds(d.Warn)
		if err != nil {
			return err
		}
		all = append(all, budget.Budget{Name: d.Name, Amount: d.Amount, Currency: d.Currency, Period: budget.Period(d.Period), Zone: "UTC", Scope: scope, Warn: warn, Hard: d.Hard})
	}
	_, err := a.store.SetBudgets(ctx, a.actor(), all...)
	return err
}

// cutLast splits "version book instant" before its last word.
func cutLast(s string) (before, after string, ok bool) {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == ' ' {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}
