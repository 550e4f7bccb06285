package report

import (
	"fmt"
	"time"

	"tokpit/budget"
	"tokpit/internal/clean"
)

// Bite is what bites first: a limit, or credit that no bill takes over from.
type Bite struct {
	Limit   *LimitStanding   // nil if it is credit
	Account *AccountStanding // nil if it is a limit
	Name    string           // harmless text
	Why     string           // a sentence without its end
}

// Bites returns what bites first, nil if nothing is known that could. Credit
// competes where requests are refused once it is used up: on an account of which
// somebody has noted that it has no billing.
func (b *Budgets) Bites() *Bite {
	if b == nil {
		return nil
	}
	var out *Bite
	if l := b.FirstLimit(); l != nil {
		out = &Bite{Limit: l, Name: clean.Text(l.Budget.Name), Why: l.Why}
	}
	var first *AccountStanding
	for _, a := range b.Accounts {
		if a.refuses() && (first == nil || a.refusesAt().Before(first.refusesAt())) {
			first = a
		}
	}
	if first == nil {
		return out
	}
	if out != nil && out.Limit.Refuses && out.Limit.urgency() < 2 && !first.refusesAt().Before(out.Limit.ReachedAt) {
		return out
	}
	return &Bite{Account: first, Name: first.label() + " credit", Why: first.why()}
}

// Refuses reports whether requests are refused beyond it.
func (b *Bite) Refuses() bool { return b.Limit == nil || b.Limit.Refuses }

// Reached reports whether nothing is left.
func (b *Bite) Reached() bool {
	if b.Limit != nil {
		return b.Limit.Reached
	}
	return b.Account.State.Refuses()
}

// At is when nothing will be left; zero if that is so, or not foreseen.
func (b *Bite) At() time.Time {
	if b.Limit != nil {
		return b.Limit.ReachedAt
	}
	return b.Account.refusesAt()
}

// refuses reports whether requests are refused, or will be.
func (a *AccountStanding) refuses() bool {
	return a.Err == nil && a.Currency != "" && a.Billing == budget.BillingNo && (a.State.Refuses() || !a.EmptyAt.IsZero())
}

// refusesAt is when that begins; zero if it has.
func (a *AccountStanding) refusesAt() time.Time {
	if a.State.Refuses() {
		return time.Time{}
	}
	return a.EmptyAt
}

// label names the account in harmless text.
func (a *AccountStanding) label() string {
	if a.Account != "" {
		return clean.Text(a.Provider + " " + a.Account)
	}
	return clean.Text(a.Provider)
}

func (a *AccountStanding) why() string {
	if a.State.Refuses() {
		return "nothing is left of it and no bill takes over, so requests are refused"
	}
	return fmt.Sprintf("%s %s are left until %s at this pace, and no bill takes over then: requests will be refused",
		a.Balance.Format(2), a.Currency, a.EmptyAt.UTC().Format(time.DateOnly))
}

// RefusedText says that an account has used up its credit and that no bill takes
// over; "" if that is not so.
func (a *AccountStanding) RefusedText() string {
	if a.Err != nil || !a.State.Refuses() || a.Granted.Sign() <= 0 {
		return ""
	}
	return "Account " + a.label() + ": no credit is left and there is no billing, so requests are refused."
}
