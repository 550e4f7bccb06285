package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tokpit/money"
	"tokpit/usage"
)

// Variance sets three figures of a billing cycle against each other, by who
// bills and account: what was metered (tokens × price), what the provider itself
// reports, and what it has invoiced.
type Variance struct {
	AsOf   time.Time
	Cycle  string
	Span   usage.Span
	State  CycleState
	Prices string
	// Tolerance in thousandths, and Least an amount in any currency: a difference
	// within either is none.
	Tolerance int64
	Least     money.Amount
	Accounts  []AccountVariance // by provider and account
}

// VarianceInput is what a variance is made from.
type VarianceInput struct {
	Cycle string
	Span  usage.Span
	State CycleState
	AsOf  time.Time
	// Entries are the cycle's: the frozen ones if it has been closed, and Today
	// those of today, which are the same if it has not.
	Entries, Today []Entry
	Invoices       []Invoice // of all cycles
	Reconciled     *Reconciliation
	Tolerance      int64
	Least          money.Amount
}

// DefaultLeast is what may differ, whatever it is a part of: one unit.
func DefaultLeast() money.Amount { return money.FromUnits(1) }

// DefaultVariance is what may differ, in thousandths.
const DefaultVariance = 5

// Figure is an amount that may not be known.
type Figure struct {
	Amount money.Amount
	Known  bool
}

func (f *Figure) add(a money.Amount) { f.Amount, f.Known = f.Amount.Add(a), true }

// Less returns f - g, which is known if both are.
func (f Figure) Less(g Figure) Figure {
	if !f.Known || !g.Known {
		return Figure{}
	}
	return Figure{f.Amount.Sub(g.Amount), true}
}

// AccountVariance is one account in one currency.
type AccountVariance struct {
	Provider string // who bills; for subscriptions the source
	Account  string
	// Whole: all accounts of the provider, because an invoice is about all.
	Whole    bool
	Currency string
	// Metered is tokens × price of usage under no plan, or the fee; Billed what the
	// provider's cost report says, or else what it says beside its usage
	// (FromUsage); Invoiced is without Tax.
	Metered, Billed, Invoiced Figure
	FromUsage                 bool
	Tax                       money.Amount
	Numbers                   []string // of the invoices
	UnpricedTokens            int64
	// Out: some difference is beyond the tolerance.
	Out    bool
	Causes []VarianceCause
}

// VarianceCause is a likely cause of a difference.
type VarianceCause struct {
	Code, Text string
	Amount     Figure // how much of it, where that can be told
}

// Causes of variances beside those of reconciliations.
const (
	CauseNotInvoiced = "not_invoiced"       // no invoice has been entered
	CauseCorrections = "corrections"        // what has changed since the cycle was closed
	CauseTax         = "tax"                // tax may be in one figure and not in the other
	CauseCredit      = "credit_or_discount" // the invoice is lower than all that is known
	CauseOther       = "other_charges"      // the invoice is higher
)

// OutOfTolerance reports whether any account is.
func (v *Variance) OutOfTolerance() bool {
	return slices.ContainsFunc(v.Accounts, func(a AccountVariance) bool { return a.Out })
}

// BuildVariance compares the figures of a cycle.
func BuildVariance(in VarianceInput) *Variance {
	v := &varianceBuilder{in: &in, rows: make(map[varianceKey]*varianceRow), wide: make(map[string]bool)}
	for i := range in.Invoices {
		if x := &in.Invoices[i]; x.Cycle == in.Cycle && x.Account == "" {
			v.wide[x.Provider] = true
		}
	}
	v.metered()
	v.billed()
	v.invoiced()
	out := &Variance{AsOf: in.AsOf.UTC(), Cycle: in.Cycle, Span: in.Span, State: in.State, Tolerance: in.Tolerance, Least: in.Least}
	if in.Reconciled != nil {
		out.Prices = in.Reconciled.Prices
	}
	for k, r := range v.rows {
		if r.empty() {
			continue
		}
		r.judge(&in)
		r.Provider, r.Account, r.Currency, r.Whole = k.provider, k.account, k.currency, v.wide[k.provider]
		out.Accounts = append(out.Accounts, r.AccountVariance)
	}
	slices.SortFunc(out.Accounts, func(a, b AccountVariance) int {
		return cmp.Or(strings.Compare(a.Provider, b.Provider), strings.Compare(a.Account, b.Account), strings.Compare(a.Currency, b.Currency))
	})
	return out
}

type varianceKey struct{ provider, account, currency string }

type varianceRow struct {
	AccountVariance
	today money.Amount
	said  Figure // beside the usage
}

type varianceBuilder struct {
	in   *VarianceInput
	rows map[varianceKey]*varianceRow
	wide map[string]bool // providers whose invoices are about all accounts
}

func (v *varianceBuilder) row(provider, account, currency string) *varianceRow {
	if v.wide[provider] {
		account = ""
	}
	k := varianceKey{provider, account, currency}
	r := v.rows[k]
	if r == nil {
		r = &varianceRow{}
		v.rows[k] = r
	}
	return r
}

func (v *varianceBuilder) metered() {
	for i := range v.in.Entries {
		e := &v.in.Entries[i]
		by, account := e.BilledBy(), e.Dims.Account
		if n := e.Charge.UnpricedTokens; n != 0 && !e.Planned {
			v.row(by, account, cmp.Or(e.Charge.Currency, defaultCurrency)).UnpricedTokens += n
		}
		if e.Charge.Currency != "" && !e.Planned && (e.Charge.Priced || e.Plan != nil) {
			v.row(by, account, e.Charge.Currency).Metered.add(e.Cash())
		}
		for _, said := range e.Reported {
			if !e.Planned {
				v.row(by, account, said.Currency).said.add(said.Amount)
			}
		}
	}
	for i := range v.in.Today {
		if e := &v.in.Today[i]; e.Charge.Currency != "" && !e.Planned {
			r := v.row(e.BilledBy(), e.Dims.Account, e.Charge.Currency)
			r.today = r.today.Add(e.Cash())
		}
	}
}

func (v *varianceBuilder) billed() {
	if v.in.Reconciled != nil {
		for i := range v.in.Reconciled.Accounts {
			a := &v.in.Reconciled.Accounts[i]
			r := v.row(a.Provider, a.Account, a.Currency)
			r.Billed.add(a.Total.Billed.Add(a.Left.Billed))
			for _, c := range a.Causes {
				r.cause(c.Code, c.Text, c.Amount)
			}
			for j := range a.Days {
				if d := &a.Days[j]; d.Status == NotComparable {
					r.cause(d.Cause.Code, d.Cause.Text, d.Variance())
				}
			}
		}
	}
	for _, r := range v.rows {
		if !r.Billed.Known && r.said.Known {
			r.Billed, r.FromUsage = r.said, true
		}
	}
}

func (v *varianceBuilder) invoiced() {
	for i := range v.in.Invoices {
		x := &v.in.Invoices[i]
		if x.Cycle != v.in.Cycle {
			continue
		}
		r := v.row(x.Provider, x.Account, x.Currency)
		r.Invoiced.add(x.Net())
		r.Tax = r.Tax.Add(x.Tax)
		r.Numbers = append(r.Numbers, x.Number)
	}
}

func (r *varianceRow) empty() bool {
	return !r.Billed.Known && !r.Invoiced.Known && r.Metered.Amount.IsZero() && r.UnpricedTokens == 0
}

// cause adds to what a cause comes to.
func (r *varianceRow) cause(code, text string, amount money.Amount) {
	i := slices.IndexFunc(r.Causes, func(c VarianceCause) bool { return c.Code == code })
	if i < 0 {
		i = len(r.Causes)
		r.Causes = append(r.Causes, VarianceCause{Code: code, Text: text})
	}
	r.Causes[i].Amount.add(amount)
}

// judge compares the figures, and adds the causes that they show by themselves.
func (r *varianceRow) judge(in *VarianceInput) {
	within := func(f, g Figure) bool {
		off := f.Less(g)
		allowed := part(g.Amount, in.Tolerance, 1000)
		return !off.Known || off.Amount.Abs().Cmp(in.Least) <= 0 || off.Amount.Abs().Cmp(allowed) <= 0
	}
	billed, paid, both := within(r.Billed, r.Metered), within(r.Invoiced, r.Metered), within(r.Invoiced, r.Billed)
	r.Out = !billed || !paid || !both
	if billed && (paid || !r.Invoiced.Known) {
		r.Causes = slices.DeleteFunc(r.Causes, func(c VarianceCause) bool {
			return c.Code == CauseRounding || c.Code == CauseSmall || c.Amount.Amount.IsZero()
		})
	}
	if changed := r.today.Sub(r.Metered.Amount); !changed.IsZero() {
		r.cause(CauseCorrections, "the figures have changed since the cycle was closed: tokpit close diff "+in.Cycle, changed)
	}
	if r.UnpricedTokens > 0 && !slices.ContainsFunc(r.Causes, func(c VarianceCause) bool { return c.Code == CauseUnpriced }) {
		r.Causes = append(r.Causes, VarianceCause{Code: CauseUnpriced, Text: compact(r.UnpricedTokens) + " tokens have no price, and are in no metered amount"})
	}
	if !r.Invoiced.Known {
		r.Causes = append(r.Causes, VarianceCause{Code: CauseNotInvoiced, Text: "no invoice of the cycle has been entered"})
		return
	}
	known := r.Metered
	if r.Billed.Known {
		known = r.Billed
	}
	off := r.Invoiced.Less(known)
	gross := Figure{r.Invoiced.Amount.Add(r.Tax), true}
	switch {
	case within(r.Invoiced, known):
	case !r.Tax.IsZero() && within(gross, known):
		r.Causes = append(r.Causes, VarianceCause{CauseTax, "with its tax the invoice agrees: the amount may have been entered without tax", Figure{r.Tax.Neg(), true}})
	case off.Amount.Sign() < 0:
		r.Causes = append(r.Causes, VarianceCause{CauseCredit, "the invoice is lower: credit was used, or there is a discount that is not in the price book", off})
	default:
		r.Causes = append(r.Causes, VarianceCause{CauseOther, "the invoice is higher: other charges, tax that was not entered, or usage that is not known", off})
	}
}

// Answer says in a line how it stands.
func (v *Variance) Answer() string {
	out, compared := 0, 0
	for i := range v.Accounts {
		a := &v.Accounts[i]
		if a.Out {
			out++
		}
		if a.Billed.Known || a.Invoiced.Known {
			compared++
		}
	}
	switch {
	case compared == 0:
		return "there is no bill and no invoice to compare with"
	case out == 0:
		return fmt.Sprintf("%d of %d compared, all within the tolerance", compared, len(v.Accounts))
	}
	return fmt.Sprintf("%d of %d compared, %d beyond the tolerance", compared, len(v.Accounts), out)
}
