package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/store"
	"tokpit/usage"
)

// cycle is a billing cycle that somebody named.
type cycle struct {
	name string // "2026-10"
	span usage.Span
}

// cycleNamed reads the month in which a cycle begins.
func (a *app) cycleNamed(text string) (cycle, error) {
	month, err := time.Parse("2006-01", text)
	if err != nil || month.Year() < 2015 || month.Year() > 2100 {
		return cycle{}, hint(fmt.Errorf("cycle %q", clip(text)), "write the month in which it begins, such as 2026-10")
	}
	return cycle{text, a.calendar().Cycle(month.AddDate(0, 1, -1))}, nil // the anchor's day of that month is not later
}

func (a *app) calendar() report.Calendar {
	return report.Calendar{Now: a.now(), Anchor: a.config.Cycle.AnchorDay}
}

// cycleOf is the cycle that an instant lies in.
func (a *app) cycleOf(t time.Time) cycle {
	span := a.calendar().Cycle(t)
	return cycle{span.Since.Format("2006-01"), span}
}

// closedBook is everything that has been closed, and its entries as they are
// asked for.
type closedBook struct {
	app    *app
	closes []report.Close // by name
	frozen map[string]*report.Frozen
	names  *report.Names
}

// closed reads what has been closed.
func (a *app) closed(ctx context.Context) (*closedBook, error) {
	all, err := a.store.Decisions(ctx, report.CloseKind)
	if err != nil {
		return nil, err
	}
	b := &closedBook{app: a, frozen: make(map[string]*report.Frozen)}
	if b.closes, err = decodeCloses(all); err != nil {
		return nil, err
	}
	b.names, err = a.names(ctx)
	return b, err
}

func decodeCloses(all []store.Decision) ([]report.Close, error) {
	var out []report.Close
	for _, d := range all {
		c, err := report.DecodeClose(d.Name, d.Text)
		if err != nil {
			return nil, closeTrouble(err)
		}
		out = append(out, c)
	}
	return out, nil
}

// closeTrouble says what can be done about a close that cannot be read.
func closeTrouble(err error) error {
	if errors.Is(err, report.ErrNewerClose) {
		return hint(err, "use the newer tokpit that wrote it")
	}
	return hint(err, "put back a backup of the store; tokpit close verify checks all closes")
}

// open reads the entries of a close.
func (b *closedBook) open(ctx context.Context, c *report.Close) (*report.Frozen, error) {
	if f := b.frozen[c.Name()]; f != nil {
		return f, nil
	}
	document, err := b.app.store.Document(ctx, report.CloseKind, c.Name())
	if errors.Is(err, store.ErrNotFound) {
		err = fmt.Errorf("close %.80q: %w: it is not there", c.Name(), report.ErrDamaged)
	}
	if err != nil {
		return nil, closeTrouble(err)
	}
	f, err := report.OpenFrozen(*c, document)
	if err != nil {
		return nil, closeTrouble(err)
	}
	b.frozen[c.Name()] = f
	return f, nil
}

// all opens every close.
func (b *closedBook) all(ctx context.Context) ([]*report.Frozen, error) {
	var out []*report.Frozen
	for i := range b.closes {
		f, err := b.open(ctx, &b.closes[i])
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// cycles are those of which something has been closed, oldest first.
func (b *closedBook) cycles() []cycle {
	var out []cycle
	for i := range b.closes {
		c := &b.closes[i]
		if !slices.ContainsFunc(out, func(o cycle) bool { return o.name == c.Cycle }) {
			out = append(out, cycle{c.Cycle, c.Span})
		}
	}
	slices.SortFunc(out, func(a, b cycle) int { return a.span.Since.Compare(b.span.Since) })
	return out
}

// holds reports whether an account of a cycle has been closed.
func (b *closedBook) holds(name string) func(account string) bool {
	of := report.InCycle(b.closes, name)
	return func(account string) bool {
		return slices.ContainsFunc(of, func(c report.Close) bool { return c.Holds(account) })
	}
}

// today is what a cycle's figures are made from now.
func (b *closedBook) today(ctx context.Context, span usage.Span) (report.CycleInput, error) {
	a := b.app
	in := report.CycleInput{Book: a.book, Names: b.names, Span: span, AsOf: a.now()}
	q := report.Query{Since: span.Since, Until: span.Until, Zone: time.UTC, By: report.LedgerBy(), Names: b.names}
	var err error
	if in.Cube, err = a.cube(ctx, q); err != nil {
		return in, err
	}
	in.Plans, err = a.store.Plans(ctx)
	return in, err
}

// due are the corrections of a closed cycle that have not been booked, of the
// accounts that both lets in.
func (b *closedBook) due(ctx context.Context, c cycle, of func(account string) bool) (standing, corrections []report.Entry, err error) {
	all, err := b.all(ctx)
	if err != nil {
		return nil, nil, err
	}
	closed := b.holds(c.name)
	both := func(account string) bool { return closed(account) && (of == nil || of(account)) }
	standing = report.Standing(c.name, all, both)
	if pruned, err := b.pruned(ctx, c); err != nil || pruned {
		return standing, nil, err
	}
	in, err := b.today(ctx, c.span)
	if err != nil {
		return nil, nil, err
	}
	today, err := report.CycleEntries(in, both)
	if err != nil {
		return nil, nil, err
	}
	return standing, report.Correct(c.name, standing, today), nil
}

// pruned reports whether what a cycle's figures were made from is not there any
// more, so that it stands as it was frozen: days without sums, or without the
// users that rules ask for.
func (b *closedBook) pruned(ctx context.Context, c cycle) (bool, error) {
	h, err := b.app.store.Horizon(ctx)
	return c.span.Since.Before(h.Sums) || b.app.rules.Fine() && c.span.Since.Before(h.Records), err
}

// state says how far a cycle has come.
func (b *closedBook) state(ctx context.Context, c cycle, invoices []report.Invoice) (report.CycleState, error) {
	of := report.InCycle(b.closes, c.name)
	state := report.StateOf(c.span, of, b.app.now())
	if state != report.CycleClosed || !slices.ContainsFunc(invoices, func(i report.Invoice) bool { return i.Cycle == c.name }) {
		return state, nil
	}
	var entries []report.Entry
	for i := range of {
		f, err := b.open(ctx, &of[i])
		if err != nil {
			return state, err
		}
		entries = append(entries, f.Own()...)
	}
	if report.Invoiced(entries, invoices, c.name) {
		state = report.CycleInvoiced
	}
	return state, nil
}

// accountWords names the accounts of a close.
func accountWords(c *report.Close) string {
	switch {
	case c.Account != "":
		return "account " + clean.Text(c.Account)
	case len(c.Except) > 0:
		return "all accounts but " + clean.Text(strings.Join(c.Except, ", "))
	}
	return "all accounts"
}
