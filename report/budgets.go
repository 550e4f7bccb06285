package report

import (
	"errors"
	"slices"
	"time"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// Budgets is where everything that somebody decided about spending stands. The
// cockpit, the command line, alerts and digests all show it and compute nothing
// of their own, so that they say the same figures.
type Budgets struct {
	AsOf time.Time // the clock when it was made
	// Standings are in the order of the input; by name, as the store has them.
	Standings []BudgetStanding
	// Unusual are the days that stand out, newest first; see [UnusualDays].
	Unusual []UnusualDay
	// NoUnusual says why none is looked for; "" if they are.
	NoUnusual string

	// What providers allow and give, if it was asked for: limits (the budgets'
	// among them), credit and the accounts that have it, and plan windows.
	Limits   []LimitStanding
	Grants   []GrantStanding
	Accounts []*AccountStanding
	Windows  []WindowStanding

	Alerts     budget.Alerts     // what has been told
	Deliveries []budget.Delivery // what is on its way, has arrived or was given up
}

// BudgetsInput is what budgets are computed from.
type BudgetsInput struct {
	Budgets []budget.Budget
	// Cells returns what answers a query: the cells of q.Cells(), or more, at
	// session level if q.Fine(), with the person's rules applied. With exact it
	// returns the records themselves instead: session-level cells are whole UTC
	// days, and were too coarse. It is asked for exact only where q.Fine().
	Cells func(q *Query, exact bool) (*usage.Cube, error)
	Book  *pricing.Book
	Plans []pricing.Plan
	Names *Names
	// Sources that are still read; they decide up to when usage is known.
	Sources []SourceStatus
	Now     time.Time
	Zone    *time.Location // of unusual days; nil is UTC
	// Unusual asks for the unusual days of that many days back; 0 asks for none.
	Unusual int
	// Users asks for breakdowns by user even if only the records tell.
	Users bool
	// Kept asks for limits, credit and windows; nil asks for none.
	Kept *Kept

	Alerts     budget.Alerts
	Deliveries []budget.Delivery
}

// BudgetStanding is where one budget stands in the period that is running, and
// what to know about that. Its identities hold to the last digit:
//
//   - Headroom is Limit - Cost;
//   - the parts of every breakdown add up to Cost;
//   - Cost is what [Run] says is the cash of the scope in the period, without
//     plan fees if there is a scope.
type BudgetStanding struct {
	budget.Status
	Spend BudgetSpend  // the days that the status was made from
	Fees  money.Amount // the part of Cost that is flat fees of plans
	// Source names the source that decides AsOf, the one that was read longest
	// ago of those that count here; "" if nobody can say.
	Source string
	// Contributors are the parts of Cost by the dimension that says most:
	// Breakdowns[0].Parts. It is empty if nothing is spent.
	Contributors []Contributor
	Breakdowns   []Breakdown // the one that says most first
	// Err is set if the budget cannot be computed, as when a name in its scope
	// has become ambiguous. Then only Budget, Period, Limit and Now are there, and
	// State is "".
	Err error
}

// Breakdown divides a budget's spend by one dimension. Its parts add up to it.
type Breakdown struct {
	By usage.Dimension // key, project, model or user
	// Parts are the largest, largest first; then what they leave over, then fees.
	Parts []Contributor
}

// PartKind says what a part of a spend is.
type PartKind uint8

// The kinds of parts.
const (
	PartValue PartKind = iota // usage of one value of the dimension
	PartNone                  // usage without one: untracked, unallocated
	PartOther                 // the values that are not listed
	PartFees                  // flat fees of plans, which have no key, project or model
)

// Contributor is a part of a budget's spend.
type Contributor struct {
	By    usage.Dimension // what Value is a value of
	Kind  PartKind
	Value string // the id, of PartValue
	// Label is what people call it, harmless text: a name, "untracked",
	// "unallocated", "4 others", "plan fees".
	Label string
	Cost  money.Amount
	// Share is the part of the spend in thousandths, by largest remainder: the
	// shares of a breakdown add up to 1000. It is 0 throughout if a part is
	// negative or nothing is spent.
	Share int64
}

// BuildBudgets computes where the budgets stand. A budget that cannot be
// computed says so in its Err; the error returned is about what all need.
func BuildBudgets(in BudgetsInput) (*Budgets, error) {
	if in.Cells == nil || in.Book == nil {
		return nil, errors.New("budgets need cells and prices")
	}
	out := &Budgets{AsOf: in.Now.UTC(), Alerts: in.Alerts, Deliveries: in.Deliveries}
	for i := range in.Budgets {
		b := in.Budgets[i]
		s, err := in.standing(&b)
		if err != nil {
			s = BudgetStanding{Status: budget.Status{Budget: &b, Period: b.At(in.Now), Now: in.Now, Limit: b.Amount}, Err: err}
		}
		out.Standings = append(out.Standings, s)
	}
	if in.Unusual > 0 {
		var err error
		if out.Unusual, out.NoUnusual, err = in.unusual(); err != nil {
			return nil, err
		}
	}
	if in.Kept != nil {
		var err error
		out.Limits = in.limits(out.Standings)
		out.Grants, out.Accounts = in.grants()
		if out.Windows, err = in.windows(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Standing returns the standing of a budget by name, nil if there is none.
func (b *Budgets) Standing(name string) *BudgetStanding {
	if b == nil {
		return nil
	}
	i := slices.IndexFunc(b.Standings, func(s BudgetStanding) bool { return s.Budget.Name == name })
	if i < 0 {
		return nil
	}
	return &b.Standings[i]
}

// Worst returns the standing that most needs to be looked at, nil if there is
// none: over before warned before fine, then what a forecast exceeds, then the
// larger part of the limit that is used.
func (b *Budgets) Worst() *BudgetStanding {
	if b == nil {
		return nil
	}
	var worst *BudgetStanding
	for i := range b.Standings {
		if s := &b.Standings[i]; s.Err == nil && (worst == nil || s.Worse(worst)) {
			worst = s
		}
	}
	return worst
}

// Worse reports whether a standing needs to be looked at before another.
func (s *BudgetStanding) Worse(o *BudgetStanding) bool {
	if a, b := s.rank(), o.rank(); a != b {
		return a > b
	}
	return s.Used > o.Used
}

// rank orders states from good to bad.
func (s *BudgetStanding) rank() int {
	switch {
	case s.State == budget.StateOver:
		return 3
	case s.State == budget.StateWarn && s.Exceeds():
		return 2
	case s.State == budget.StateWarn || s.Exceeds():
		return 1
	}
	return 0
}

// Exceeds reports whether the period is likely to end above the limit.
func (s *BudgetStanding) Exceeds() bool {
	return s.Forecast.Known && s.Forecast.Point.Cmp(s.Limit) > 0
}

// standing computes where one budget stands now.
func (in *BudgetsInput) standing(b *budget.Budget) (BudgetStanding, error) {
	f, err := in.spend(b, 0)
	if err != nil {
		return BudgetStanding{}, err
	}
	s := BudgetStanding{Spend: f.spend, Source: f.source}
	s.Status = b.Assess(f.spend.Spend, in.Now)
	for _, d := range f.spend.FeeDays {
		if s.Period.Contains(d.Day) {
			s.Fees = s.Fees.Add(d.Cost)
		}
	}
	if s.Breakdowns, err = in.breakdowns(&s, f); err != nil {
		return s, err
	}
	if len(s.Breakdowns) > 0 {
		s.Contributors = s.Breakdowns[0].Parts
	}
	return s, nil
}

// BudgetPeriods returns where a budget stands now and how as many earlier
// periods ended, newest first, beside the amount that it has today.
func BudgetPeriods(in BudgetsInput, b *budget.Budget, earlier int) ([]budget.Status, error) {
	f, err := in.spend(b, earlier)
	if err != nil {
		return nil, err
	}
	var out []budget.Status
	period := b.At(in.Now)
	for range earlier + 1 {
		out = append(out, b.AssessIn(period, f.spend.Spend, in.Now))
		period = b.Before(period)
	}
	return out, nil
}

// found is what counts against a budget, and what it was found from.
type found struct {
	spend  BudgetSpend
	source string // decides spend.AsOf
	cube   *usage.Cube
	q      Query
}

// spend reads and adds up what counts against a budget. Session-level cells are
// whole UTC days: they answer if the budget's days are such days and no price
// changes within one, else the records do.
func (in *BudgetsInput) spend(b *budget.Budget, earlier int) (found, error) {
	f := found{q: BudgetQuery(b, in.Names, in.Now, earlier)}
	exact := false
	for {
		var err error
		if f.cube, err = in.Cells(&f.q, exact); err != nil {
			return f, err
		}
		s, err := in.count(b, &f)
		if err != nil {
			return f, err
		}
		if f.q.Fine() && !exact && s.coarse+s.shared > 0 {
			exact = true
			continue
		}
		f.spend.AsOf, f.source = in.asOf(s.sources(), f.q.Filter)
		return f, nil
	}
}

// count adds up what counts.
func (in *BudgetsInput) count(b *budget.Budget, f *found) (*spender, error) {
	s, q, err := spendOf(f.cube, in.Book, in.Plans, b, f.q)
	if err != nil {
		return nil, err
	}
	f.spend = s.spend(feesOf(b, in.Plans), &q, in.Now)
	return s, nil
}
