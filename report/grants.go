package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/usage"
)

// GrantStanding is what became of one grant of credit: Used, Expired and Balance
// add up to its Amount.
type GrantStanding struct {
	budget.GrantState
	Origin  LimitOrigin // FromNote or FromProvider
	Account *AccountStanding
	// Warn is the latest warning that is due, in days before expiry: 14, 7 or 1; 0
	// if none is, or nothing is left to lose.
	Warn int
}

// AccountStanding is what an account's credit allows, over all its grants in one
// currency.
type AccountStanding struct {
	Provider, Account string
	Currency          string // "" if no credit is known
	Billing           budget.BillingState
	State             budget.AccountState
	Granted           money.Amount // of all grants that have begun
	Used, Expired     money.Amount
	Balance           money.Amount // Granted - Used - Expired
	// Payable is usage since the first grant that no credit was there for.
	Payable money.Amount
	// EmptyAt is when nothing will be left at the pace of the last 7 days, by use
	// or by expiry; zero if nothing is left now, or not within two years.
	EmptyAt time.Time
	// NextExpiry is when part of the balance expires; zero if none of it does.
	NextExpiry time.Time
	Notes      []Note
	Err        error // set if it cannot be computed
}

// creditAccount names the grants that are burned together.
type creditAccount struct{ provider, account, currency string }

// grants says what became of all credit, account by account: what a person has
// noted, then what providers say.
func (in *BudgetsInput) grants() (out []GrantStanding, accounts []*AccountStanding) {
	by := make(map[creditAccount][]budget.Grant)
	for _, g := range in.Kept.Grants {
		k := creditAccount{g.Provider, g.Account, g.Currency}
		by[k] = append(by[k], g)
	}
	for _, b := range in.Kept.Billing { // an account without credit has a state too
		if !slices.ContainsFunc(in.Kept.Grants, func(g budget.Grant) bool { return g.Provider == b.Provider && g.Account == b.Account }) {
			by[creditAccount{b.Provider, b.Account, ""}] = nil
		}
	}
	var keys []creditAccount
	for k := range by {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b creditAccount) int {
		return cmp.Or(strings.Compare(a.provider, b.provider), strings.Compare(a.account, b.account), strings.Compare(a.currency, b.currency))
	})
	for _, k := range keys {
		states, account := in.burn(k, by[k])
		accounts = append(accounts, account)
		for _, s := range states {
			out = append(out, GrantStanding{GrantState: s, Origin: FromNote, Account: account, Warn: s.Warning(in.Now)})
		}
	}
	for i := range in.Sources {
		if g, ok := in.told(&in.Sources[i]); ok {
			out, accounts = append(out, g), append(accounts, g.Account)
		}
	}
	return out, accounts
}

// told is the credit that a provider itself tells of.
func (in *BudgetsInput) told(s *SourceStatus) (GrantStanding, bool) {
	st := s.Standing
	if st == nil || st.Currency == "" {
		return GrantStanding{}, false
	}
	left := st.Granted.Sub(st.Used)
	a := &AccountStanding{Provider: cmp.Or(s.Type, s.Name), Account: s.Account, Currency: st.Currency, Granted: st.Granted, Used: st.Used, Balance: left}
	a.Billing = in.Kept.billing(a.Provider, a.Account).State
	a.State = budget.StateOf(left, a.Billing)
	g := budget.Grant{Name: s.Name + " credit", Provider: a.Provider, Account: s.Account, Amount: st.Granted, Currency: st.Currency}
	return GrantStanding{GrantState: budget.GrantState{Grant: g, Used: st.Used, Balance: left}, Origin: FromProvider, Account: a}, true
}

// burn goes through the usage of an account since its first grant.
func (in *BudgetsInput) burn(k creditAccount, grants []budget.Grant) ([]budget.GrantState, *AccountStanding) {
	a := &AccountStanding{Provider: k.provider, Account: k.account, Currency: k.currency, Billing: in.Kept.billing(k.provider, k.account).State}
	a.State = budget.StateOf(a.Balance, a.Billing)
	if len(grants) == 0 {
		return nil, a
	}
	takings, pace, err := in.takings(k, grants, a)
	if err != nil {
		a.Err = err
		return nil, a
	}
	states, payable := budget.Burn(grants, takings, in.Now)
	a.Payable = payable
	coarse := 0
	for _, s := range states {
		if s.Coarse {
			coarse++
		}
		if s.Pending {
			continue
		}
		a.Granted, a.Used, a.Expired, a.Balance = a.Granted.Add(s.Amount), a.Used.Add(s.Used), a.Expired.Add(s.Expired), a.Balance.Add(s.Balance)
		if !s.Expires.IsZero() && s.Balance.Sign() > 0 && (a.NextExpiry.IsZero() || s.Expires.Before(a.NextExpiry)) {
			a.NextExpiry = s.Expires
		}
	}
	a.State = budget.StateOf(a.Balance, a.Billing)
	if coarse > 0 {
		a.Notes = append(a.Notes, Note{"coarse_time", fmt.Sprintf("usage that is known by the hour or the day only, while credit began or expired, takes from %s", plural(int64(coarse), "grant"))})
	}
	a.EmptyAt = emptyAt(states, pace, in.Now)
	return states, a
}

// paceDays is how many days the pace of an account is measured over.
const paceDays = 7

// takings is what the usage of an account cost, between the instants at which
// grants begin and end, and in the last days for the pace.
func (in *BudgetsInput) takings(k creditAccount, grants []budget.Grant, a *AccountStanding) (all []budget.Taking, pace money.Amount, err error) {
	since := slices.MinFunc(grants, func(a, b budget.Grant) int { return a.Granted.Compare(b.Granted) }).Granted
	q := Query{Since: since.UTC().Truncate(24 * time.Hour), Until: firstSlot(in.Now).Time(), Zone: time.UTC, Names: in.Names,
		Filter: map[usage.Dimension][]string{usage.ByProvider: {k.provider}}}
	if k.account != "" {
		q.Filter[usage.ByAccount] = ownAndUnnamed(k.account)
	}
	if !q.Since.Before(q.Until) {
		return nil, pace, nil // nothing has begun
	}
	cube, err := in.Cells(&q, false)
	if err != nil {
		return nil, pace, err
	}
	if q, err = q.named(); err != nil {
		return nil, pace, err
	}
	from, to := slotsOf(cube, q.Since, q.Until)
	recent := in.Now.Add(-paceDays * 24 * time.Hour)
	w := newWalker(cube, in.Book, newHeadline(cube, in.Plans, 0), buckets{time.UTC, edgesAround(grants, recent, from, to)}, keepSets(cube.Sets, q.Filter), make([]int32, len(cube.Sets)))
	var unpriced int64
	w.walkAll([]func(*chunk){func(ch *chunk) {
		if !ch.counts || ch.planned {
			return
		}
		unpriced += ch.charge.UnpricedTokens
		if !ch.charge.Priced || ch.charge.Currency != k.currency || ch.charge.Cost.IsZero() {
			return
		}
		t := budget.Taking{Since: w.cut.edges[ch.bucket].Time(), Until: w.cut.edges[ch.bucket+1].Time(), Cost: ch.charge.Cost}
		if !t.Since.Before(recent) {
			pace = pace.Add(t.Cost)
		}
		if ch.coarse > 0 {
			t.Until = endOfCells(cube, w.cut.edges[ch.bucket], w.cut.edges[ch.bucket+1])
		}
		if t.Until.After(since) {
			all = append(all, t)
		}
	}})
	if unpriced > 0 {
		a.Notes = append(a.Notes, Note{"unpriced", fmt.Sprintf("%s have no known price and take nothing from it", plural(unpriced, "token"))})
	}
	return all, pace, nil
}

// edgesAround cuts time so that within a bucket the same grants are there: at the
// quarter hour of every instant at which that changes, and at the hour and day
// that it lies in, which coarser cells may span.
func edgesAround(grants []budget.Grant, recent time.Time, from, to usage.Slot) []usage.Slot {
	edges := []usage.Slot{from, to, firstSlot(recent)}
	for _, g := range grants {
		for _, t := range []time.Time{g.Granted, g.Expires} {
			if t.IsZero() {
				continue
			}
			for _, unit := range []time.Duration{usage.SlotLength, time.Hour, 24 * time.Hour} {
				edges = append(edges, usage.SlotOf(t.UTC().Truncate(unit)), firstSlot(t.UTC().Add(unit-1).Truncate(unit)))
			}
		}
	}
	slices.Sort(edges)
	edges = slices.DeleteFunc(slices.Compact(edges), func(s usage.Slot) bool { return s < from || s > to })
	if len(edges) < 2 {
		return []usage.Slot{from, to}
	}
	return edges
}

// endOfCells is when the last of the cells ends that begin in a bucket. Cells that
// reach past it come from a source of one grain, so they end together.
func endOfCells(cube *usage.Cube, from, to usage.Slot) time.Time {
	end := to
	first, _ := slices.BinarySearch(cube.Slot, from)
	for i := first; i < cube.Len() && cube.Slot[i] < to; i++ {
		end = max(end, cube.Slot[i]+usage.Slot(cube.Width[i]))
	}
	return end.Time()
}

// farthest is how many days ahead the end of credit is looked for.
const farthest = 2 * 366

// emptyAt returns when nothing is left if days go on as the last ones did.
func emptyAt(states []budget.GrantState, week money.Amount, now time.Time) time.Time {
	var grants []budget.Grant
	for _, s := range states {
		if !s.Pending && s.Balance.Sign() > 0 {
			g := s.Grant
			g.Amount, g.Granted = s.Balance, now
			grants = append(grants, g)
		}
	}
	if len(grants) == 0 {
		return time.Time{}
	}
	day := money.NewRate(week).Scale(1, paceDays).Amount()
	left := func(days int) bool {
		var ahead []budget.Taking
		for i := range days {
			at := now.Add(time.Duration(i) * 24 * time.Hour)
			ahead = append(ahead, budget.Taking{Since: at, Until: at, Cost: day})
		}
		after, _ := budget.Burn(grants, ahead, now.Add(time.Duration(days)*24*time.Hour))
		return slices.ContainsFunc(after, func(s budget.GrantState) bool { return s.Balance.Sign() > 0 })
	}
	if left(farthest) {
		return time.Time{}
	}
	low, high := 0, farthest // left(low), not left(high)
	for high-low > 1 {
		if mid := (low + high) / 2; left(mid) {
			low = mid
		} else {
			high = mid
		}
	}
	return now.Add(time.Duration(high) * 24 * time.Hour)
}
