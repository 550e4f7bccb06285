package budgets

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

// TestAccountsWithoutCredit: an account that has neither credit nor billing is on
// the page, and its credit can be what bites first.
func TestAccountsWithoutCredit(t *testing.T) {
	s := tuitest.Budgeted()
	if p := pageOf(spender(), s, 200, 57); strings.Contains(view(p), "no billing") {
		t.Fatal("an account that nobody spoke of")
	}
	s.Budgets.Accounts = append(s.Budgets.Accounts, &report.AccountStanding{Provider: "openai", Account: "acme", Currency: "USD", Billing: budget.BillingNo,
		State: budget.AccountNoBilling, Granted: money.FromUnits(5), Used: money.FromUnits(5)})
	p := pageOf(spender(), s, 200, 57)
	press(p, "home")
	want(t, view(p), "× openai acme", "no credit, no billing: refused", "bites first: openai acme credit: nothing is left of it")

	s = tuitest.Budgeted()
	s.Budgets.Limits = nil
	s.Budgets.Accounts = []*report.AccountStanding{{Provider: "openai", Currency: "USD", Billing: budget.BillingNo, State: budget.AccountCredit,
		Granted: money.FromUnits(5), Balance: money.FromUnits(5), EmptyAt: s.AsOf.Add(48 * time.Hour)}}
	s.Budgets.Grants = []report.GrantStanding{{GrantState: budget.GrantState{Grant: budget.Grant{Name: "trial", Provider: "openai", Amount: money.FromUnits(5), Currency: "USD"}, Balance: money.FromUnits(5)}}}
	p = pageOf(spender(), s, 200, 57)
	press(p, "home")
	want(t, view(p), "trial", "bites first: openai credit: 5.00 USD are left until")
}

// TestTheFirstLimitHasRoom: of many limits the one that bites first is shown.
func TestTheFirstLimitHasRoom(t *testing.T) {
	s := tuitest.Budgeted()
	s.Budgets.Limits = nil
	for i := range 12 {
		b := &budget.Budget{Name: fmt.Sprint("limit ", i), Amount: money.FromUnits(100), Currency: "USD", Period: budget.Monthly}
		l := report.LimitStanding{Status: budget.Status{Budget: b, Limit: b.Amount, Headroom: b.Amount, Period: b.At(s.AsOf)}, Provider: fmt.Sprint("p", i), Kind: budget.LimitHard, Origin: report.FromNote}
		if l.First = i == 11; l.First {
			l.Why = "it is the nearest"
		}
		s.Budgets.Limits = append(s.Budgets.Limits, l)
	}
	p := pageOf(spender(), s, 200, 57)
	press(p, "home")
	want(t, view(p), "▸ p11 hard", "bites first: it is the nearest", "and 4 more")
}

func TestAmountsInSentencesAreWrittenAsElsewhere(t *testing.T) {
	for text, want := range map[string]string{
		"reached: USD 1,477.61 of USD 1,900.00 spent": "reached: $1,477.61 of $1,900.00 spent",
		"nothing is spent":                            "nothing is spent",
	} {
		if got := ui.Written(text, "USD"); got != want {
			t.Errorf("%q is written %q", text, got)
		}
	}
	if got := ui.Written("CHF 3.00", "CHF"); got != "CHF 3.00" {
		t.Errorf("a currency without a sign is written %q", got)
	}
}
