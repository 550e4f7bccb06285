package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tokpit/budget"
	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/usage"
)

// Kept is what people have noted of what providers allow and give. With it in
// their input, budgets are shown together with limits, credit and plan windows.
type Kept struct {
	Limits  []budget.Limit
	Tiers   []budget.Tier // every provider's ladder
	Grants  []budget.Grant
	Billing []budget.Billing
}

// LimitOrigin says who knows of a limit or of credit.
type LimitOrigin string

// The origins.
const (
	FromProvider LimitOrigin = "provider" // read from the provider
	FromNote     LimitOrigin = "noted"    // a person has noted it
	FromBudget   LimitOrigin = "budget"   // a budget of ours
)

// LimitStanding is where one limit stands in its running period, whoever keeps
// it: Status says what is spent in its scope, what is left (Headroom is Limit -
// Cost to the last digit), and the forecast. What counts is what counts against
// a budget of the same scope.
type LimitStanding struct {
	budget.Status
	Kind   budget.LimitKind // "" for a budget of ours
	Origin LimitOrigin
	// Connection names the source that it was read from; "" for the others.
	Connection        string
	Provider, Account string // "" where the limit is about no one provider
	// Refuses: requests are refused beyond it. Otherwise somebody is told.
	Refuses bool
	Note    string        // harmless text: whom an alert tells, or what a person noted
	Tier    *TierStanding // nil where no tier is noted
	Notes   []Note

	// Reached: nothing is left. ReachedAt is when that will be at this pace; zero
	// if it is not known, has happened, or does not happen before the period ends.
	Reached   bool
	ReachedAt time.Time
	// First marks the one limit that bites first; Why says why, in a sentence.
	First bool
	Why   string
	// Err is set if it cannot be computed; then only what the limit itself says is
	// there.
	Err error
}

// TierStanding is the usage tier of an account, and what is missing for the next
// one. Tiers are data that people note: nothing is known that nobody noted.
type TierStanding struct {
	Tier string
	// Next is the tier above; nil if none is noted.
	Next    *budget.Tier
	Missing budget.Missing // meaningful if Next is not nil
}

// limits says where all limits stand, those of the provider first, ours last.
func (in *BudgetsInput) limits(own []BudgetStanding) []LimitStanding {
	var out []LimitStanding
	for i := range in.Sources {
		for _, l := range in.readLimits(&in.Sources[i]) {
			out = append(out, in.limit(l))
		}
	}
	noted := slices.Clone(in.Kept.Limits)
	budget.SortLimits(noted)
	for i := range noted {
		l := &noted[i]
		out = append(out, in.limit(LimitStanding{Status: budget.Status{Budget: ref(l.Budget())}, Kind: l.Kind, Origin: FromNote,
			Provider: l.Provider, Account: l.Account, Refuses: l.Kind.Refuses(), Note: l.Note, Tier: in.tier(l)}))
	}
	for i := range own {
		s := &own[i]
		l := LimitStanding{Status: s.Status, Origin: FromBudget, Notes: s.Spend.Notes, Err: s.Err}
		if p := s.Budget.Scope[usage.ByProvider]; len(p) == 1 {
			l.Provider = p[0]
		}
		if l.Err == nil {
			l.when()
		}
		out = append(out, l)
	}
	markFirst(out)
	return out
}

func ref[T any](v T) *T { return &v }

// limit finds out where a limit stands whose budget says what it is about.
func (in *BudgetsInput) limit(l LimitStanding) LimitStanding {
	b := l.Budget
	f, err := in.spend(b, 0)
	if err != nil {
		l.Status = budget.Status{Budget: b, Period: b.At(in.Now), Now: in.Now, Limit: b.Amount}
		l.Err = err
		return l
	}
	l.Status, l.Notes = b.Assess(f.spend.Spend, in.Now), f.spend.Notes
	l.when()
	return l
}

// when finds out when the limit is reached.
func (l *LimitStanding) when() {
	l.Reached = l.Headroom.Sign() <= 0
	if e := l.Exhaustion; !l.Reached && e.Known && e.Within {
		l.ReachedAt = e.At
	}
}

// readLimits returns what a provider says is set for an account.
func (in *BudgetsInput) readLimits(s *SourceStatus) []LimitStanding {
	if s.Standing == nil {
		return nil
	}
	var out []LimitStanding
	names := make(map[string]int)
	for _, set := range s.Standing.Limits {
		period, ok := periodOf(set.Interval)
		if !ok || set.Amount.Sign() <= 0 || set.Currency == "" {
			continue // nothing that usage could be compared with
		}
		l := LimitStanding{Kind: budget.LimitSoft, Origin: FromProvider, Connection: s.Name, Provider: s.Type, Account: s.Account,
			Refuses: set.Enforced, Note: clean.Limit(set.Note, 200)}
		what := "alert"
		if set.Enforced {
			l.Kind, what = budget.LimitHard, "limit"
		}
		b := &budget.Budget{Amount: set.Amount, Currency: set.Currency, Period: period, Scope: budget.Scope{}, Hard: set.Enforced}
		of := s.Name
		switch {
		case set.Scope == usage.ByProvider && set.ID != "":
			l.Provider, of = set.ID, set.ID
		case set.Scope != usage.ByOrganization && set.ID != "":
			b.Scope[set.Scope] = []string{set.ID}
			of += " " + in.Names.Of(set.Scope, set.ID)
		}
		if l.Provider != "" {
			b.Scope[usage.ByProvider] = []string{l.Provider}
		}
		if l.Account != "" {
			b.Scope[usage.ByAccount] = ownAndUnnamed(l.Account)
		}
		b.Name = clean.Limit(of+" "+what, 80)
		if names[b.Name]++; names[b.Name] > 1 {
			b.Name += fmt.Sprintf(" %d", names[b.Name])
		}
		l.Budget = b
		out = append(out, l)
	}
	return out
}

// ownAndUnnamed is the usage of an account: what names it, and what names none.
// The latter counts in a headline only if the provider has a single account.
func ownAndUnnamed(account string) []string { return []string{account, ""} }

// periodOf returns the period that a provider calls an interval.
func periodOf(interval string) (budget.Period, bool) {
	p := budget.Period(strings.ToLower(strings.TrimSpace(interval)))
	switch p {
	case "daily":
		p = budget.Daily
	case "weekly":
		p = budget.Weekly
	case "monthly", "":
		p = budget.Monthly
	}
	return p, slices.Contains(budget.Periods(), p)
}

// tier says what an account lacks for the next tier.
func (in *BudgetsInput) tier(l *budget.Limit) *TierStanding {
	if l.Tier == "" {
		return nil
	}
	out := &TierStanding{Tier: l.Tier}
	next, ok := budget.Next(in.Kept.Tiers, l.Provider, l.Tier)
	if !ok {
		return out
	}
	facts := in.paid(l.Provider, l.Account, next.Currency)
	out.Next, out.Missing = &next, next.Missing(&facts, in.Now)
	return out
}

// billing returns what is noted of an account: of the account itself, or else of
// the provider without naming one.
func (k *Kept) billing(provider, account string) budget.Billing {
	out := budget.Billing{Provider: provider, Account: account, State: budget.BillingUnknown}
	for _, b := range k.Billing {
		if b.Provider == provider && (b.Account == account || b.Account == "" && out.State == budget.BillingUnknown && out.Currency == "") {
			out.State, out.Paid, out.Currency, out.First = b.State, b.Paid, b.Currency, b.First
			if b.Account == account {
				return out
			}
		}
	}
	return out
}

// paid returns what an account has paid, as noted, or else as credit that was
// bought says.
func (in *BudgetsInput) paid(provider, account, currency string) budget.Billing {
	b := in.Kept.billing(provider, account)
	sum, first, bought := money.Amount{}, time.Time{}, false
	for _, g := range in.Kept.Grants {
		if g.Provider == provider && g.Account == account && g.Source == budget.GrantPurchase && g.Currency == currency && !g.Granted.After(in.Now) {
			sum, bought = sum.Add(g.Amount), true
			if first.IsZero() || g.Granted.Before(first) {
				first = g.Granted
			}
		}
	}
	if b.Currency == "" && bought {
		b.Paid, b.Currency = sum, currency
	}
	if b.First.IsZero() {
		b.First = first
	}
	return b
}

// markFirst finds the limit that bites first: of those that refuse requests the
// one that is reached first, else of those that tell somebody. If none is reached
// before its period ends, it is the one that is nearest.
func markFirst(all []LimitStanding) {
	best := -1
	for i := range all {
		if all[i].Err == nil && (best < 0 || all[i].bitesBefore(&all[best])) {
			best = i
		}
	}
	if best >= 0 {
		all[best].First, all[best].Why = true, all[best].why(len(all))
	}
}

// urgency orders limits: 0 is reached, 1 will be, 2 holds.
func (l *LimitStanding) urgency() int {
	switch {
	case l.Reached:
		return 0
	case !l.ReachedAt.IsZero():
		return 1
	}
	return 2
}

func (l *LimitStanding) bitesBefore(o *LimitStanding) bool {
	bites := func(l *LimitStanding) int {
		switch {
		case l.urgency() < 2 && l.Refuses:
			return 0
		case l.urgency() < 2:
			return 1
		case l.Refuses:
			return 2
		}
		return 3
	}
	return cmp.Or(cmp.Compare(bites(l), bites(o)), cmp.Compare(l.urgency(), o.urgency()), l.ReachedAt.Compare(o.ReachedAt),
		cmp.Compare(o.Used, l.Used), strings.Compare(l.Budget.Name, o.Budget.Name)) < 0
}

func (l *LimitStanding) why(of int) string {
	does := "tells somebody"
	if l.Refuses {
		does = "refuses requests"
	}
	figures := amountText(l.Cost, l.Budget.Currency) + " of " + amountText(l.Limit, l.Budget.Currency) + " spent"
	switch {
	case l.Reached && l.Refuses:
		return fmt.Sprintf("it is reached and %s: %s", does, figures)
	case l.Reached:
		return fmt.Sprintf("it is reached and %s; none that refuses requests is: %s", does, figures)
	case !l.ReachedAt.IsZero() && of == 1:
		return fmt.Sprintf("it is reached on %s at this pace and %s: %s", l.ReachedAt.UTC().Format(time.DateOnly), does, figures)
	case !l.ReachedAt.IsZero() && l.Refuses:
		return fmt.Sprintf("it is the first that refuses requests, on %s at this pace: %s", l.ReachedAt.UTC().Format(time.DateOnly), figures)
	case !l.ReachedAt.IsZero():
		return fmt.Sprintf("it is reached on %s at this pace and %s; none that refuses requests is before its period ends: %s",
			l.ReachedAt.UTC().Format(time.DateOnly), does, figures)
	case !l.Forecast.Known:
		return fmt.Sprintf("it is the nearest; there is no forecast yet: %s", figures)
	}
	return fmt.Sprintf("it is the nearest, and is not reached before its period ends at this pace: %s", figures)
}

// FirstLimit returns the limit that bites first, nil if there is none.
func (b *Budgets) FirstLimit() *LimitStanding {
	if b == nil {
		return nil
	}
	for i := range b.Limits {
		if b.Limits[i].First {
			return &b.Limits[i]
		}
	}
	return nil
}
