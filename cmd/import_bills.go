package cmd

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tokpit/internal/clean"
	"tokpit/usage"
	"tokpit/usage/importer"
)

// billedDay is a day of an account's bill.
type billedDay struct {
	account string
	day     time.Time
}

// overlaps lists the earlier imports of bills that have charges of an account and
// a UTC day of which this import has brought charges too. A bill that was exported
// before its month was over says other amounts than the final one, so its rows are
// not known again: both count.
func (a *app) overlaps(ctx context.Context, x *importReceipt) ([]string, error) {
	if x.Added == 0 {
		return nil, nil
	}
	all, err := a.imports(ctx)
	if err != nil {
		return nil, err
	}
	near := make(map[string]bool)
	for i := range all {
		y := &all[i]
		if y.ID < x.ID && y.Format == x.Format && !y.First.IsZero() && !dayOf(y.First).After(x.Last) && !y.Last.Before(dayOf(x.First)) {
			near[y.ID] = true
		}
	}
	if len(near) == 0 {
		return nil, nil
	}
	mine, theirs := make(map[billedDay]bool), make(map[billedDay]map[string]bool)
	span := usage.Span{Since: dayOf(x.First), Until: dayOf(x.Last).AddDate(0, 0, 1)}
	err = a.store.Records(ctx, span, func(connection string, r *usage.Record) bool {
		if connection != x.Format || r.Basis != usage.Billed {
			return ctx.Err() == nil
		}
		at := billedDay{strings.Clone(r.Account), dayOf(r.Start)}
		switch id := r.Tags.Get(importer.Tag); {
		case id == x.ID:
			mine[at] = true
		case near[id]:
			if theirs[at] == nil {
				theirs[at] = make(map[string]bool)
			}
			theirs[at][id] = true
		}
		return ctx.Err() == nil
	})
	if err != nil {
		return nil, err
	}
	found := make(map[string]bool)
	for at := range mine {
		maps.Copy(found, theirs[at])
	}
	return slices.Sorted(maps.Keys(found)), ctx.Err()
}

func dayOf(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// replace takes the import back whose place the file is to take, once it is clear
// that the file brings something.
func (r *importRun) replace(ctx context.Context, f *importFile) error {
	all, err := r.app.imports(ctx)
	if err != nil {
		return err
	}
	known := false
	for i := range all {
		x := &all[i]
		if x.SHA256 == f.digest && x.Format == f.format.Name() {
			return hint(fmt.Errorf("%s was brought in as %s", clean.Limit(f.name, 200), x.ID), "take that back first: tokpit undo import %s", x.ID)
		}
		if x.ID == r.o.replace {
			known = true
			if x.Format != f.format.Name() {
				return hint(fmt.Errorf("%s is %s, and %s was %s", clean.Limit(f.name, 200), clean.Text(f.format.Name()), x.ID, clean.Text(x.Format)), "undo that one by itself: tokpit undo import %s", x.ID)
			}
		}
	}
	if !known {
		return hint(fmt.Errorf("there is no import %q", clip(r.o.replace)), "tokpit import list names them")
	}
	p, err := r.look(ctx, f)
	if err == nil && p.rows == 0 {
		err = hint(fmt.Errorf("%s: no row could be counted", clean.Limit(f.name, 200)), "nothing has been replaced; tokpit import %s --dry-run says why", clean.Limit(f.name, 200))
	}
	if err == nil {
		_, _, err = r.app.undoImport(ctx, r.o.replace)
	}
	return err
}

var errReplaceOne = errors.New("--replace is for one file")

// sayOverlaps warns of bills that may count twice.
func (x *imported) sayOverlaps(b *strings.Builder) {
	if len(x.overlaps) == 0 {
		return
	}
	old := x.overlaps[len(x.overlaps)-1]
	verb := "has"
	if len(x.overlaps) > 1 {
		verb = "have"
	}
	name := clean.Limit(x.file.name, 200)
	fmt.Fprintf(b, "warning: it has charges of days and accounts of which %s %s some too; both count\n", strings.Join(x.overlaps, ", "), verb)
	fmt.Fprintf(b, "  if this is a newer export of the same bill: tokpit undo import %s, then tokpit import %s --replace %s\n", x.receipt.ID, name, old)
}

// leftRowsJSON is what of a file was left out on purpose.
type leftRowsJSON struct {
	Rows   int64  `json:"rows"`
	Reason string `json:"reason"`
}

func leftDocument(left map[string]int64) []leftRowsJSON {
	out := []leftRowsJSON{}
	for _, why := range slices.Sorted(maps.Keys(left)) {
		out = append(out, leftRowsJSON{left[why], clean.Text(why)})
	}
	return out
}

func sayLeft(b *strings.Builder, left map[string]int64) {
	for _, l := range leftDocument(left) {
		fmt.Fprintf(b, "%s left out: %s\n", count(l.Rows, "row"), l.Reason)
	}
}
