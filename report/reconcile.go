package report

import (
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// Reconciliation sets what providers bill against what the figures here say:
// the bill's line items against tokens × price of the usage that counts, by
// account, UTC day and line. It answers whether the figures can be trusted, and
// where not, why.
//
// Everything adds up: the variance of a day is the sum of its lines, that of an
// account the sum of its compared days, of its lines, and of its causes. Days
// that cannot be compared are listed and stand in no sum but their own.
type Reconciliation struct {
	AsOf time.Time
	Span usage.Span // whole UTC days
	// Tolerance is what may differ without being a difference, in thousandths of
	// the billed amount.
	Tolerance int64
	Prices    string
	Names     *Names
	Accounts  []AccountReconciliation // by provider and account; those with a bill
	// For the answer where no account has a bill: of which days there are bills at
	// all, and whether a source is connected that could bring some.
	Bills     usage.Span
	Connected bool
	// Bases compares what several sources know of the same days.
	Bases []BasisComparison
}

// ReconcileInput is what a reconciliation is made from.
type ReconcileInput struct {
	Cube  *usage.Cube // of whole UTC days, rules applied
	Book  *pricing.Book
	Plans []pricing.Plan
	Names *Names
	Span  usage.Span // widened to whole UTC days; a zero end is the cube's
	AsOf  time.Time
	// Tolerance in thousandths; 0 is DefaultTolerance, less than 0 is none.
	Tolerance int64
	// Provider and Account limit what is compared; "" is all.
	Provider, Account string
}

// DefaultTolerance is one percent.
const DefaultTolerance = 10

// Status says how well a bill and the figures agree.
type Status uint8

// The states, from the best to the worst.
const (
	TiesOut       Status = iota // but for rounding
	Within                      // within the tolerance, or within the range that the figures give
	Differs                     // by more
	NotComparable               // one of the two sides is not known
)

func (s Status) String() string {
	return [...]string{"ties_out", "within_tolerance", "differs", "not_comparable"}[min(s, NotComparable)]
}

// Compared is an amount on the bill and the same in the figures.
type Compared struct {
	Billed money.Amount
	// Priced is tokens × price; Low and High differ from it if it is a range.
	Priced, Low, High money.Amount
	Tokens            int64 // of the usage
	UnpricedTokens    int64
	// BilledTokens is how many tokens the bill is about; HasBilledTokens is
	// false where it does not say.
	BilledTokens    int64
	HasBilledTokens bool
	Status          Status
}

// Variance is how much more is billed than the figures say.
func (c *Compared) Variance() money.Amount { return c.Billed.Sub(c.Priced) }

// PerMille is the variance in thousandths of the billed amount; false if
// nothing is billed.
func (c *Compared) PerMille() (int64, bool) {
	ppm, ok := ratio(c.Variance(), c.Billed)
	return ppm / 1000, ok
}

func (c *Compared) add(d *Compared) {
	c.Billed, c.Priced = c.Billed.Add(d.Billed), c.Priced.Add(d.Priced)
	c.Low, c.High = c.Low.Add(d.Low), c.High.Add(d.High)
	c.Tokens, c.UnpricedTokens = c.Tokens+d.Tokens, c.UnpricedTokens+d.UnpricedTokens
	c.BilledTokens, c.HasBilledTokens = c.BilledTokens+d.BilledTokens, c.HasBilledTokens || d.HasBilledTokens
}

// judge sets the status by the amounts.
func (c *Compared) judge(perMille int64) {
	off := c.Variance().Abs()
	switch {
	case off.Cmp(rounding()) <= 0 || off.Cmp(part(c.Billed, 10, 1_000_000)) <= 0:
		c.Status = TiesOut
	case off.Cmp(part(c.Billed, perMille, 1000)) <= 0, c.Low != c.High && c.Billed.Cmp(c.Low) >= 0 && c.Billed.Cmp(c.High) <= 0:
		c.Status = Within
	default:
		c.Status = Differs
	}
}

// rounding is what bills may be rounded by: a hundredth of a cent a line.
func rounding() money.Amount { return money.FromAtto(1e14) }

// AccountReconciliation is one account of a provider in one currency.
type AccountReconciliation struct {
	Provider, Account, Currency string
	// Total is the sum of the days that can be compared.
	Total Compared
	Days  []DayReconciliation // with anything on either side, oldest first
	// Lines are the sums of the compared days by line, largest variance first.
	Lines []LineReconciliation
	// Causes divide Total's variance, largest first.
	Causes []CauseTotal
	// Left is the sum of the days that cannot be compared.
	Left Compared
}

// DayReconciliation is one UTC day of an account.
type DayReconciliation struct {
	Day   time.Time
	Basis usage.Basis // of the usage; zero if there is none
	Compared
	// Cause says why the day cannot be compared, or what most of its variance
	// comes from; its code is "" if there is nothing to say.
	Cause Cause
	Lines []LineReconciliation // by model and item
}

// LineReconciliation is one line of a bill: all tiers, keys and projects.
type LineReconciliation struct {
	Model string // in the price book's words where it knows it; "" if a line has none
	// Item is "input", "cache_read", "cache_write", "output", a meter, or the
	// line item in the provider's own words.
	Item string
	Compared
	// Cause is that of the variance, of most of it on sums over days; its code is
	// "" if there is none.
	Cause Cause
}

// Cause is what a variance most likely comes from.
type Cause struct {
	Code string // see the constants
	Text string // the evidence, for people
}

// CauseTotal is the part of an account's variance that has one cause.
type CauseTotal struct {
	Cause             // the text is that of the largest line
	Amount            money.Amount
	Days              int
	FirstDay, LastDay time.Time
}

// Why a day cannot be compared, and what a variance comes from.
const (
	CauseNotRead      = "usage_not_read"   // the provider's usage report has not been read for the day
	CauseBillNotRead  = "bill_not_read"    // the bill has not
	CauseNotBilled    = "not_billed_yet"   // the day is too young
	CauseCurrency     = "other_currency"   // the bill and the prices have different ones
	CauseLate         = "late_data"        // booked on the day before or after, or not final yet
	CauseUnpriced     = "unpriced_model"   // the price book has no price for it
	CauseUntracked    = "untracked_key"    // billed on keys that no usage report shows
	CauseTier         = "missing_tier"     // billed at another service tier than the usage says
	CausePrice        = "price_change"     // billed at the price before or after a change
	CauseCache        = "cache_class"      // tokens billed in another class: cached or not
	CauseDiscount     = "discount"         // billed at a constant part of the list price
	CauseSurcharge    = "surcharge"        // billed at a constant multiple of it
	CauseRange        = "price_range"      // the usage does not say which of several prices applies
	CauseNoUsage      = "no_usage"         // on the bill, but in no usage report
	CauseNotOnTheBill = "not_on_the_bill"  // in the usage, but on no bill
	CauseRounding     = "rounding"         // too small to matter
	CauseSmall        = "within_tolerance" // small, and not explained
	CauseUnknown      = "unexplained"
)

// BasisComparison sets two bases against each other, on the days on which both
// have usage of an account.
type BasisComparison struct {
	Provider, Account         string
	Higher, Lower             usage.Basis
	Days                      int
	HigherTokens, LowerTokens int64
	HigherCost, LowerCost     money.Amount // tokens × price, in US dollars
	// LowerOnly is the number of days that the higher basis covers without any
	// usage, and on which the lower one has some.
	LowerOnly int
}

// Verdict is the answer to whether the figures can be trusted.
type Verdict uint8

// The verdicts.
const (
	Unknown   Verdict = iota // there is nothing to compare
	Trusted                  // bill and figures agree within the tolerance
	Explained                // they differ, and it is known why
	Doubtful                 // they differ by more than is explained
)

func (v Verdict) String() string {
	return [...]string{"unknown", "trusted", "explained", "doubtful"}[min(v, Doubtful)]
}

// Verdict sums up an account. Differences are added up without their signs, so
// that two that cancel out are still two.
func (a *AccountReconciliation) Verdict(tolerance int64) Verdict {
	all, open := a.off()
	compared := false
	for i := range a.Days {
		compared = compared || a.Days[i].Status != NotComparable
	}
	allowed := part(a.Total.Billed, max(tolerance, 0), 1000)
	switch {
	case !compared:
		return Unknown
	case all.Cmp(allowed) <= 0:
		return Trusted
	case open.Cmp(allowed) <= 0:
		return Explained
	}
	return Doubtful
}

// off adds up the differences of all lines, and of those without a known cause.
func (a *AccountReconciliation) off() (all, open money.Amount) {
	for i := range a.Days {
		d := &a.Days[i]
		if d.Status == NotComparable {
			continue
		}
		for j := range d.Lines {
			v := d.Lines[j].Variance().Abs()
			all = all.Add(v)
			switch d.Lines[j].Cause.Code {
			case CauseUnknown, CauseUnpriced, CauseNoUsage, CauseNotOnTheBill:
				open = open.Add(v)
			}
		}
	}
	return all, open
}

// Verdict is that of the account with the worst one.
func (r *Reconciliation) Verdict() Verdict {
	worst := Unknown
	for i := range r.Accounts {
		worst = max(worst, r.Accounts[i].Verdict(r.Tolerance))
	}
	return worst
}

// Reconcile compares bills with figures. It looks at what the headline counts,
// except usage under a plan, which no bill by tokens contains.
func Reconcile(in ReconcileInput) (*Reconciliation, error) {
	if !in.Span.Since.IsZero() && !in.Span.Until.IsZero() && !in.Span.Since.Before(in.Span.Until) {
		return nil, (&Query{Since: in.Span.Since, Until: in.Span.Until}).check()
	}
	return reconcile(in, newHeadline(in.Cube, in.Plans, 0)), nil
}

// reconcile is Reconcile with a headline that has been decided already.
func reconcile(in ReconcileInput, head *headline) *Reconciliation {
	if in.Tolerance == 0 {
		in.Tolerance = DefaultTolerance
	}
	in.Tolerance = max(in.Tolerance, 0)
	from, to := wholeDays(in.Cube, in.Span)
	r := &Reconciliation{AsOf: in.AsOf.UTC(), Span: usage.Span{Since: from.Time(), Until: to.Time()}, Tolerance: in.Tolerance,
		Prices: in.Book.Version(), Names: in.Names}
	l := newLedger(&in, head, from, to)
	l.read()
	for _, account := range l.accounts() {
		r.Accounts = append(r.Accounts, l.account(account))
	}
	r.Bases = l.comparisons()
	return r
}

// wholeDays widens a span to UTC days, within those of the cube.
func wholeDays(cube *usage.Cube, span usage.Span) (from, to usage.Slot) {
	if n := cube.Len(); n > 0 {
		from, to = usage.Slot(cube.Slot[0].Day())*96, usage.Slot(cube.Slot[n-1].Day()+1)*96
	}
	if !span.Since.IsZero() {
		from = usage.Slot(usage.SlotOf(span.Since).Day()) * 96
	}
	if !span.Until.IsZero() {
		to = usage.Slot((firstSlot(span.Until)-1).Day()+1) * 96 // behind the day of the last slot inside
	}
	return from, max(from, to)
}
