package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/store"
	"tokpit/usage"
	"tokpit/usage/importer"
)

func newUndoImport(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "import ID",
		Short: "Take an import back",
		Long: `Removes exactly the usage that an import brought in, after which the file can be
imported again. tokpit import list names imports.

Where a later import met rows of this one they were counted once, as this one's:
that one has to be undone first, or its rows would be lost with this one.`,
		Example: "  tokpit undo import 20261121T114502-3f9a2c",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			x, removed, err := a.undoImport(c.Context(), args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(c.OutOrStdout(), struct {
					Schema  string `json:"schema"`
					AsOf    string `json:"as_of"`
					Import  string `json:"import"`
					Removed int64  `json:"removed"`
				}{"tokpit.undo-import/1", stamp(a.now()), x.ID, removed})
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s of %s removed; the file can be imported again\n", count(removed, "record"), clean.Text(x.File))
			if err == nil && x.Replaced > 0 {
				_, err = fmt.Fprintf(c.OutOrStdout(), "%s of earlier imports that it had updated stay as updated\n", count(x.Replaced, "record"))
			}
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// undoImport removes the records of an import. It may be cut off at any point and
// called again: the receipt says that it is under way, and goes last.
func (a *app) undoImport(ctx context.Context, id string) (x importReceipt, removed int64, err error) {
	all, err := a.imports(ctx)
	if err != nil {
		return x, 0, err
	}
	for i := range all {
		if all[i].ID == id {
			x = all[i]
		}
	}
	if x.ID == "" {
		return x, 0, hint(fmt.Errorf("there is no import %q", clip(id)), "tokpit import list names them")
	}
	if err := needsFirst(&x, all); err != nil {
		return x, 0, err
	}
	if x.State != importUndoing {
		x.State = importUndoing
		if err := a.noteImport(ctx, &x); err != nil {
			return x, 0, err
		}
	}
	// The cursor goes first: should the rest never come, the file is not taken for
	// one that was read.
	forget := usage.Batch{Cursors: usage.Cursors{importer.CursorOf(x.SHA256): nil}, Reread: []string{clean.Limit(x.Path, 4096)}}
	if _, err := a.store.Commit(ctx, x.Format, forget); err != nil {
		return x, 0, err
	}
	if removed, err = a.removeImported(ctx, &x); err != nil {
		return x, removed, err
	}
	err = a.store.RemoveDecision(ctx, a.actor(), kindImport, x.ID)
	if errors.Is(err, store.ErrNotFound) {
		err = nil // another process has finished it
	}
	return x, removed, err
}

// needsFirst returns an error that names the later imports which may have met rows
// of this one.
func needsFirst(x *importReceipt, all []importReceipt) error {
	var later []string
	for i := range all {
		y := &all[i]
		met := y.Duplicates+y.Replaced > 0 || y.State != importDone
		// Rows that are known by their content lie at one time in every file.
		apart := x.State == importDone && y.State == importDone && x.Own+y.Own == 0 && (y.First.After(x.Last) || y.Last.Before(x.First))
		if y.ID > x.ID && y.Format == x.Format && met && !apart {
			later = append(later, y.ID)
		}
	}
	if len(later) == 0 {
		return nil
	}
	return hint(fmt.Errorf("%s has rows in common with later imports: %s", x.ID, strings.Join(later, ", ")),
		"undo the last one first: tokpit undo import %s", later[len(later)-1])
}

// undoBatch is how many records are removed at once.
const undoBatch = 16384

// removeImported removes the records that carry the import's tag. It looks through
// the store piece by piece, since nobody can write while it reads.
func (a *app) removeImported(ctx context.Context, x *importReceipt) (removed int64, err error) {
	since := time.Time{}
	for {
		var batch usage.Batch
		last := since
		err := a.store.Records(ctx, usage.Span{Since: since}, func(connection string, r *usage.Record) bool {
			if connection != x.Format || r.Tags.Get(importer.Tag) != x.ID {
				return ctx.Err() == nil
			}
			// Within a day records need not come in order of time.
			if day := r.Start.UTC().Truncate(24 * time.Hour); day.After(last) {
				last = day
			}
			batch.Removed = append(batch.Removed, usage.Removed{ID: r.ID, Start: r.Start})
			return len(batch.Removed) < 8*undoBatch && ctx.Err() == nil
		})
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || len(batch.Removed) == 0 {
			return removed, err
		}
		for all := batch.Removed; len(all) > 0; {
			n := min(len(all), undoBatch)
			if _, err := a.store.Commit(ctx, x.Format, usage.Batch{Removed: all[:n]}); err != nil {
				return removed, err
			}
			removed += int64(n)
			all = all[n:]
		}
		since = last
	}
}
