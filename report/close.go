package report

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// A billing cycle is closed once: its ledger is frozen, entry by entry, and a
// hash of the entries stands in the trail of decisions. What becomes known later
// never changes a closed cycle. It becomes corrections, which are booked in the
// cycle that is closed next: what was frozen, and all corrections of it, add up
// to what the figures are today, to the last digit.

// CloseKind is the kind under which closes are kept: a decision, which
// [Close.Encode] writes, and a document, which [Frozen.Document] writes, of the
// same name.
const CloseKind = "close"

// LateWindow is how long after its end a cycle still gets data of its own, as a
// rule: providers revise their reports, machines are synced late.
const LateWindow = 3 * 24 * time.Hour

// CycleState says how far a billing cycle has come.
type CycleState string

// The states of a cycle, in their order.
const (
	CycleOpen     CycleState = "open"     // it has not ended
	CycleClosing  CycleState = "closing"  // it has ended, and may be closed
	CycleClosed   CycleState = "closed"   // its ledger is frozen
	CycleInvoiced CycleState = "invoiced" // and all that was paid for in it has been invoiced
)

// Errors of closes.
var (
	// ErrDamaged: a frozen ledger is not what was frozen.
	ErrDamaged = errors.New("the frozen ledger is damaged")
	// ErrNewerClose: a later version of the program has written it.
	ErrNewerClose = errors.New("written by a newer version of tokpit")
)

// Close is a billing cycle that has been closed, or one account of it.
type Close struct {
	Cycle string     // the month in which it begins: "2026-10"
	Span  usage.Span // UTC
	// Account is the one that has been closed; "" is all of them but those of
	// Except, which had been closed by themselves.
	Account string
	Except  []string
	At      time.Time
	Book    string // version of the price book
	// Revision is that of the store when it was closed.
	Revision uint64
	Entries  int64  // corrections of earlier cycles included
	Hash     string // SHA-256 of the frozen entries, in hexadecimal
	// Totals are what the cycle's own entries come to, Booked the corrections of
	// earlier cycles that were booked with it.
	Totals, Booked []CloseTotal
	Tokens         int64
	UnpricedTokens int64
}

// CloseTotal is a sum in one currency: tokens × price, and what is paid.
type CloseTotal struct {
	Currency   string
	Cost, Cash money.Amount
}

// Name is what the close is kept under.
func (c *Close) Name() string {
	if c.Account == "" {
		return c.Cycle
	}
	return c.Cycle + "/" + c.Account
}

// Holds reports whether the close is about an account.
func (c *Close) Holds(account string) bool {
	if c.Account != "" {
		return account == c.Account
	}
	return !slices.Contains(c.Except, account)
}

// Frozen is a close with the entries that were frozen.
type Frozen struct {
	Close
	// Entries are the cycle's, by time and keys, and after them corrections of
	// earlier cycles.
	Entries []Entry
	names   []usage.Known
}

// Own are the entries of the cycle itself.
func (f *Frozen) Own() []Entry {
	n := slices.IndexFunc(f.Entries, func(e Entry) bool { return e.Correction != nil })
	if n < 0 {
		n = len(f.Entries)
	}
	return f.Entries[:n]
}

// Names are what projects, keys and organizations were called when the cycle was
// closed.
func (f *Frozen) Names() *Names { return NewNames(f.names) }

// FreezeInput is what a cycle is closed with.
type FreezeInput struct {
	CycleInput
	Cycle   string
	Account string   // "" is all
	Except  []string // accounts that have been closed by themselves
	// Booked are corrections of earlier cycles, see [Correct].
	Booked   []Entry
	Revision uint64
}

// CycleInput is what the entries of a cycle are made from.
type CycleInput struct {
	Cube  *usage.Cube // as for [Run], rules applied
	Book  *pricing.Book
	Plans []pricing.Plan
	Names *Names
	Span  usage.Span
	AsOf  time.Time
}

// CycleEntries is the ledger of a billing cycle, in UTC days: the entries of
// the accounts that holds lets in; nil lets all in. They may be kept.
func CycleEntries(in CycleInput, holds func(account string) bool) ([]Entry, error) {
	var out []Entry
	q := Query{Since: in.Span.Since, Until: in.Span.Until, Zone: time.UTC, By: LedgerBy(), Names: in.Names}
	err := Entries(in.Cube, in.Book, in.Plans, q, in.AsOf, func(e *Entry) error {
		if holds == nil || holds(e.Dims.Account) {
			out = append(out, e.kept())
		}
		return nil
	})
	return out, err
}

// kept returns a copy that shares nothing with what an entry was made from. Of
// the dimensions it keeps those that the ledger tells apart.
func (e *Entry) kept() Entry {
	out := *e
	d := *e.Dims
	d.User, d.Agent, d.Session, d.Machine = "", "", "", ""
	center := d.Tags.Get("cost_center")
	if d.Tags = ""; center != "" {
		d.Tags = usage.NewTags(map[string]string{"cost_center": center})
	}
	out.Dims, out.Keys = &d, slices.Clone(e.Keys)
	out.Quantities, out.Reported = slices.Clone(e.Quantities), slices.Clone(e.Reported)
	if e.Plan != nil {
		plan := *e.Plan
		out.Plan = &plan
	}
	out.frozen, out.units = true, nil
	if !e.Mixed && e.Plan == nil {
		for _, q := range e.Quantities {
			if rate, ok := e.Unit(q.Meter); ok {
				out.units = append(out.units, unitRate{q.Meter, rate})
			}
		}
	}
	return out
}

// Freeze closes a cycle. The error is an [InputError] if it has not ended.
func Freeze(in FreezeInput) (*Frozen, error) {
	if in.AsOf.Before(in.Span.Until) {
		return nil, &InputError{fmt.Sprintf("the cycle %s has not ended", in.Cycle), "it can be closed from " + in.Span.Until.UTC().Format(time.RFC3339) + " on"}
	}
	f := &Frozen{Close: Close{Cycle: in.Cycle, Span: in.Span, Account: in.Account, Except: in.Except, At: in.AsOf.UTC().Truncate(time.Second),
		Book: in.Book.Version(), Revision: in.Revision}}
	if f.Account != "" {
		f.Except = nil
	}
	var err error
	if f.Entries, err = CycleEntries(in.CycleInput, f.Holds); err != nil {
		return nil, err
	}
	f.Totals, f.Booked = Totals(f.Entries), Totals(in.Booked)
	for i := range f.Entries {
		f.Tokens += f.Entries[i].Total()
		f.UnpricedTokens += f.Entries[i].Charge.UnpricedTokens
	}
	f.Entries = append(f.Entries, in.Booked...)
	f.Close.Entries = int64(len(f.Entries))
	f.names = namesOf(f.Entries, in.Names)
	f.Hash = f.hash()
	return f, nil
}

// Totals adds entries up, by currency.
func Totals(entries []Entry) []CloseTotal {
	sums := make(map[string]*CloseTotal)
	var out []CloseTotal
	for i := range entries {
		c := &entries[i].Charge
		if c.Currency == "" {
			continue
		}
		t := sums[c.Currency]
		if t == nil {
			t = &CloseTotal{Currency: c.Currency}
			sums[c.Currency] = t
		}
		t.Cost, t.Cash = t.Cost.Add(entries[i].Cost()), t.Cash.Add(entries[i].Cash())
	}
	for _, t := range sums {
		if !t.Cost.IsZero() || !t.Cash.IsZero() {
			out = append(out, *t)
		}
	}
	slices.SortFunc(out, func(a, b CloseTotal) int { return strings.Compare(a.Currency, b.Currency) })
	return out
}

// namesOf are the names of what entries belong to.
func namesOf(entries []Entry, names *Names) []usage.Known {
	seen := make(map[[2]string]bool)
	var out []usage.Known
	for i := range entries {
		d := entries[i].Dims
		for _, at := range []struct {
			kind usage.Dimension
			id   string
		}{{usage.ByOrganization, d.Organization}, {usage.ByProject, d.Project}, {usage.ByKey, d.Key}} {
			k := [2]string{string(at.kind), at.id}
			if at.id == "" || seen[k] {
				continue
			}
			seen[k] = true
			if known, ok := names.Entity(at.kind, at.id); ok && known.Name != "" {
				out = append(out, usage.Known{Entity: usage.Entity{Kind: at.kind, ID: at.id, Name: known.Name}})
			}
		}
	}
	slices.SortFunc(out, func(a, b usage.Known) int {
		return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.ID, b.ID))
	})
	return out
}

// MayClose reports what speaks against closing a cycle, given all that are
// closed: nil if nothing. The error is an [InputError].
func MayClose(c *Close, closed []Close) error {
	for i := range closed {
		o := &closed[i]
		overlap := o.Span.Since.Before(c.Span.Until) && c.Span.Since.Before(o.Span.Until)
		switch {
		case o.Cycle == c.Cycle && o.Account == c.Account:
			return &InputError{fmt.Sprintf("%s is closed since %s", c.Name(), o.At.UTC().Format(time.RFC3339)),
				"what has changed since is booked as corrections with the next cycle: tokpit close diff " + c.Cycle}
		case !overlap:
		case o.Cycle != c.Cycle:
			return &InputError{fmt.Sprintf("the cycle %s overlaps %s, which is closed", c.Cycle, o.Cycle), "cycles that begin on another day (anchor_day) cannot be closed beside those that are"}
		case o.Account == "" && o.Holds(c.Account):
			return &InputError{fmt.Sprintf("%s is closed for all accounts", o.Cycle), "see: tokpit close list"}
		case c.Account == "" && !slices.Contains(c.Except, o.Account):
			return &InputError{fmt.Sprintf("the account %s of %s has been closed meanwhile", o.Account, o.Cycle), "try again"}
		}
	}
	return nil
}

// InCycle returns the closes of a cycle, that of all accounts first.
func InCycle(all []Close, cycle string) []Close {
	var out []Close
	for i := range all {
		if all[i].Cycle == cycle {
			out = append(out, all[i])
		}
	}
	slices.SortFunc(out, func(a, b Close) int { return strings.Compare(a.Account, b.Account) })
	return out
}

// StateOf is how far a cycle has come, given its closes. Whether it has been
// invoiced is for those to say who know the invoices.
func StateOf(span usage.Span, closes []Close, now time.Time) CycleState {
	switch {
	case now.Before(span.Until):
		return CycleOpen
	case slices.ContainsFunc(closes, func(c Close) bool { return c.Account == "" }):
		return CycleClosed
	}
	return CycleClosing
}
