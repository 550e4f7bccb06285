package cmd

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"tokpit/report"
	"tokpit/report/export"
	"tokpit/report/focus"
	"tokpit/usage"
)

// closedCycle is what is known of the cycle that an export is of: how far it has
// come, and, where it or some of its accounts have been closed, what was frozen.
type closedCycle struct {
	book     *closedBook
	cycle    cycle
	closes   []report.Close
	invoices []report.Invoice
	// frozen is set if the export can be made of frozen entries.
	frozen []*report.Frozen
}

// closedCycle reads what has been closed of the cycle that is exported, and says
// so in the manifest.
func (x *exporter) closedCycle(ctx context.Context) error {
	a := x.app
	b, err := a.closed(ctx)
	if err != nil {
		return err
	}
	x.closed = &closedCycle{book: b}
	if x.closed.invoices, err = a.invoices(ctx); err != nil || x.cycle == nil {
		return err
	}
	z := x.closed
	z.cycle = cycle{x.cycle.Name, usage.Span{Since: x.query.Since, Until: x.query.Until}}
	z.closes = report.InCycle(b.closes, z.cycle.name)
	state, err := b.state(ctx, z.cycle, z.invoices)
	if err != nil {
		return err
	}
	x.cycle.State, x.cycle.Closes = string(state), []export.ManifestClose{}
	if len(z.closes) == 0 {
		return nil
	}
	for i := range z.closes {
		c := &z.closes[i]
		x.cycle.Closes = append(x.cycle.Closes, export.ManifestClose{Name: c.Name(), Account: optional(c.Account), ClosedAt: stamp(c.At), PriceBook: c.Book, SHA256: c.Hash})
	}
	if !x.frozenAnswers() {
		x.answer.Notes = append(x.answer.Notes, report.Note{Code: "not_frozen",
			Text: fmt.Sprintf("the cycle %s has been closed, and these are its figures of today: frozen rows have the grain of the ledger (no --by, --records or --basis, and filters on its columns)", z.cycle.name)})
		return nil
	}
	for i := range z.closes {
		f, err := b.open(ctx, &z.closes[i])
		if err != nil {
			return err
		}
		z.frozen = append(z.frozen, f)
	}
	x.cycle.Frozen, z.cycle.span = true, z.closes[0].Span
	x.query.Zone, x.query.Since, x.query.Until = time.UTC, z.cycle.span.Since, z.cycle.span.Until
	if len(z.frozen) == 1 && z.frozen[0].Account == "" {
		x.query.Names = z.frozen[0].Names() // as things were called then
	}
	return x.unpricedThen(ctx)
}

// frozenAnswers reports whether what is asked for can be made of frozen entries.
func (x *exporter) frozenAnswers() bool {
	if x.opt.by != "" || x.opt.records || x.opt.page || x.query.Basis != 0 {
		return false
	}
	by := report.LedgerBy()
	for d := range x.query.Filter {
		if !slices.Contains(by, d) {
			return false
		}
	}
	return true
}

// ledger hands out the frozen entries of the cycle, those of accounts that have
// not been closed as they are today, and corrections of earlier cycles.
func (x *exporter) ledger(ctx context.Context, yield func(*report.Entry) error) error {
	z := x.closed
	var all []report.Entry
	whole := false
	for _, f := range z.frozen {
		all = append(all, f.Entries...)
		whole = whole || f.Account == ""
	}
	if !whole {
		in, err := z.book.today(ctx, z.cycle.span)
		if err != nil {
			return err
		}
		holds := z.book.holds(z.cycle.name)
		open, err := report.CycleEntries(in, func(account string) bool { return !holds(account) })
		if err != nil {
			return err
		}
		all = append(all, open...)
	}
	all = slices.DeleteFunc(all, func(e report.Entry) bool { return !x.passes(&e) })
	if len(z.frozen) > 1 || !whole {
		slices.SortStableFunc(all, func(a, b report.Entry) int {
			return cmp.Or(a.Span.Since.Compare(b.Span.Since), rankOf(&a)-rankOf(&b), slices.Compare(a.Keys, b.Keys))
		})
	}
	for i := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := yield(&all[i]); err != nil {
			return err
		}
	}
	return nil
}

// rankOf puts fees behind usage, and corrections behind both.
func rankOf(e *report.Entry) int {
	switch {
	case e.Correction != nil:
		return 2
	case e.Plan != nil:
		return 1
	}
	return 0
}

// passes reports whether an entry is what the filters let in. Fees belong to
// their source alone, as in reports.
func (x *exporter) passes(e *report.Entry) bool {
	by := report.LedgerBy()
	for d, values := range x.query.Filter {
		if e.Plan != nil && d != usage.BySource || !slices.Contains(values, e.Keys[slices.Index(by, d)]) {
			return false
		}
	}
	return true
}

// unpricedThen replaces what has no price today by what had none when the cycle
// was closed.
func (x *exporter) unpricedThen(ctx context.Context) error {
	var lacks []report.Unpriced
	err := x.ledger(ctx, func(e *report.Entry) error {
		if e.Charge.UnpricedTokens == 0 {
			return nil
		}
		i := slices.IndexFunc(lacks, func(u report.Unpriced) bool { return u.Provider == e.Dims.Provider && u.Model == e.Dims.Model })
		if i < 0 {
			i = len(lacks)
			lacks = append(lacks, report.Unpriced{Provider: e.Dims.Provider, Model: e.Dims.Model})
		}
		lacks[i].Tokens += e.Charge.UnpricedTokens
		return nil
	})
	x.answer.Unpriced = lacks
	return err
}

// focusOptions say what rows of FOCUS need to know beside the ledger.
func (x *exporter) focusOptions() focus.Options {
	o := focus.Options{Names: x.query.Names, Provider: providerTitle, Cycle: x.app.calendar().Cycle, Book: x.app.book.Version(), Invoice: x.invoiceOf}
	if z := x.closed; z != nil && len(z.frozen) > 0 {
		o.Period, o.Cycle = z.cycle.span, func(time.Time) usage.Span { return z.cycle.span }
	}
	return o
}

// invoiceOf is the number of the invoice that charges of a billing period are on.
func (x *exporter) invoiceOf(provider, account string, period usage.Span) string {
	if x.closed == nil {
		return ""
	}
	return report.InvoiceOf(x.closed.invoices, period.Since.Format("2006-01"), provider, account)
}

// taxes writes the tax of the cycle's invoices, which belongs to no entry: not
// where only some are asked for.
func (x *exporter) taxes(w *focus.Writer) error {
	if x.closed == nil || x.cycle == nil || len(x.query.Filter) > 0 || x.query.Basis != 0 {
		return nil
	}
	for i := range x.closed.invoices {
		if v := &x.closed.invoices[i]; v.Cycle == x.cycle.Name {
			if err := w.Tax(v, x.closed.cycle.span); err != nil {
				return err
			}
		}
	}
	return nil
}

// priceBook is that of the price book that the figures were made with.
func (x *exporter) priceBook() string {
	if x.closed != nil && len(x.closed.frozen) == 1 && x.closed.frozen[0].Account == "" {
		return x.closed.frozen[0].Book
	}
	return x.app.book.Version()
}
