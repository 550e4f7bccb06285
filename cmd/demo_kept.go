package cmd

import (
	"context"

	"tokpit/budget"
	"tokpit/store"
	"tokpit/usage/demo"
)

// seedKept notes what the demo's people know of limits and credit.
func (a *app) seedKept(ctx context.Context) error {
	by := make(map[string][]store.Decision)
	keep := func(i keptItem) { by[i.kind] = append(by[i.kind], store.Decision{Name: i.name, Text: i.text}) }
	for _, d := range demo.Limits() {
		keep(limitItem(&budget.Limit{Name: d.Name, Provider: d.Provider, Kind: budget.LimitKind(d.Kind), Amount: d.Amount, Currency: "USD", Period: budget.Monthly, Zone: "UTC", Note: d.Note}))
	}
	billed := make(map[string]bool)
	for _, d := range demo.Grants() {
		keep(grantItem(&budget.Grant{Name: d.Name, Provider: d.Provider, Amount: d.Amount, Currency: "USD", Granted: d.Granted, Expires: d.Expires, Source: budget.GrantSource(d.Source)}))
		if !billed[d.Provider] {
			billed[d.Provider] = true
			keep(billingItem(&budget.Billing{Provider: d.Provider, State: budget.BillingYes}))
		}
	}
	for kind, all := range by {
		if _, err := a.store.SetDecisions(ctx, a.actor(), kind, all...); err != nil {
			return err
		}
	}
	return nil
}
