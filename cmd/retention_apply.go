package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/store"
)

// settingRetained is when the retention was last applied.
const settingRetained = "retention/applied"

// pruned says what applying the retention came to.
type pruned struct {
	store.Pruned
	cells   string
	sizes   store.Compaction // zero if the file was not written anew
	planned bool
}

// muchFree is how much of a file must be unused before it is written anew
// without having been asked to.
func muchFree(st *store.Status) bool { return st.Free >= 4<<20 && st.Free >= st.Size/4 }

// prune applies the retention. By hand the file is written anew whenever
// something went, else when much of it is free.
func (a *app) prune(ctx context.Context, r *retention, byHand, plan bool) (*pruned, error) {
	horizon, err := r.horizon(a.now())
	if err != nil {
		return nil, err
	}
	p := store.Pruning{Before: horizon, Cells: r.Cells == cellsKeep, Old: unreadFile(horizon), Gone: goneFile, Plan: plan || !byHand}
	out := &pruned{cells: r.Cells, planned: plan}
	if out.Pruned, err = a.store.Prune(ctx, a.actor(), p); err != nil || plan {
		return out, pruneTrouble(err)
	}
	if !byHand {
		// A day without anything to prune needs no row in the trail.
		if out.Records+out.Cells+out.Quarantined == 0 {
			return nil, a.store.SetSetting(ctx, settingRetained, stamp(a.now()))
		}
		p.Plan = false
		if out.Pruned, err = a.store.Prune(ctx, a.actor(), p); err != nil {
			return out, pruneTrouble(err)
		}
	}
	if err := a.store.SetSetting(ctx, settingRetained, stamp(a.now())); err != nil {
		return out, err
	}
	st, err := a.store.Status(ctx)
	if err != nil {
		return out, err
	}
	if muchFree(&st) || byHand && out.Any() {
		if out.sizes, err = a.store.Compact(ctx); err != nil {
			return out, fmt.Errorf("what was pruned is gone from the records, but not yet from the unused parts of the file: %w", err)
		}
	}
	return out, nil
}

func pruneTrouble(err error) error {
	if errors.Is(err, store.ErrCorrupt) {
		return hint(err, "nothing more was pruned; run: tokpit doctor")
	}
	return err
}

// retain applies the retention after a sync, at most once a UTC day.
func (a *app) retain(ctx context.Context) (*pruned, error) {
	if a.demo {
		return nil, nil
	}
	r, err := a.retention(ctx)
	if err != nil || r == nil {
		return nil, err
	}
	last, err := a.store.Setting(ctx, settingRetained)
	if err != nil {
		return nil, err
	}
	if at, err := time.Parse(time.RFC3339, last); err == nil && at.UTC().Format(time.DateOnly) == a.now().UTC().Format(time.DateOnly) {
		return nil, nil
	}
	return a.prune(ctx, r, false, false)
}

func newRetentionApply(a *app, asJSON *bool) *cobra.Command {
	var dry bool
	c := &cobra.Command{
		Use:   "apply",
		Short: "Prune what is older than the retention, now",
		Long: `Prunes what is older than the retention and writes the file anew, so that nothing
of it is left there and its space is given back. It may be interrupted at any
time: the same command goes on from there. Backups that were made before still
hold it.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			r, err := a.retention(c.Context())
			if err != nil {
				return err
			}
			if r == nil {
				return hint(errors.New("there is no retention: records are kept for ever"), "set one: tokpit retention set 400d")
			}
			out, err := a.prune(c.Context(), r, true, dry)
			if err != nil {
				return err
			}
			if *asJSON {
				return writeJSON(c.OutOrStdout(), out.document(a.now()))
			}
			return out.print(c.OutOrStdout())
		},
	}
	c.Flags().BoolVar(&dry, "dry-run", false, "say what would go, and change nothing")
	return c
}

type prunedDocument struct {
	Schema      string  `json:"schema"`
	AsOf        string  `json:"as_of"`
	Planned     bool    `json:"dry_run"`
	From        *string `json:"from"` // the horizon before; null if there was none
	To          *string `json:"to"`
	Cells       string  `json:"cells"` // what becomes of sums: keep or prune
	Records     int64   `json:"records"`
	Days        int64   `json:"days"`
	PrunedCells int64   `json:"pruned_cells"`
	Quarantined int64   `json:"quarantined"`
	Cursors     int64   `json:"cursors"`
	Before      *int64  `json:"bytes_before"` // null: the file was not written anew
	After       *int64  `json:"bytes_after"`
}

func (p *pruned) document(asOf time.Time) prunedDocument {
	d := prunedDocument{Schema: "tokpit.retention.apply/1", AsOf: stamp(asOf), Planned: p.planned, Cells: p.cells, Records: p.Records,
		Days: p.Days, PrunedCells: p.Pruned.Cells, Quarantined: p.Quarantined, Cursors: p.Cursors}
	day := func(t time.Time) *string {
		if t.IsZero() {
			return nil
		}
		text := t.Format(time.DateOnly)
		return &text
	}
	d.From, d.To = day(p.From), day(p.To)
	if p.sizes.Before > 0 {
		d.Before, d.After = &p.sizes.Before, &p.sizes.After
	}
	return d
}

func (p *pruned) print(w io.Writer) error {
	verb := "pruned"
	if p.planned {
		verb = "would be pruned"
	}
	var b strings.Builder
	if p.Records+p.Pruned.Cells+p.Quarantined == 0 {
		fmt.Fprintf(&b, "nothing is older than %s\n", p.To.Format(time.DateOnly))
	} else {
		fmt.Fprintf(&b, "%s of %s before %s %s", count(p.Records, "record"), count(p.Days, "day"), p.To.Format(time.DateOnly), verb)
		if p.cells == cellsKeep {
			b.WriteString("; their sums stay\n")
		} else {
			fmt.Fprintf(&b, ", with their sums\n")
		}
	}
	if p.sizes.Before > 0 {
		fmt.Fprintf(&b, "the file had %s and has %s\n", kib(p.sizes.Before), kib(p.sizes.After))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func newRetentionReopen(a *app) *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use:   "reopen DAY --yes",
		Short: "Take records of pruned days again",
		Long: `Moves the horizon back to a UTC day. The sums of the days from there on are thrown
away, and the next sync reads again what still exists: logs that are still there,
and what providers still tell. What does not exist any more is then missing from
reports. Imported files have to be imported again.`,
		Example: `  tokpit retention rm && tokpit retention reopen 2026-01-01 --yes && tokpit sync`,
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			day, err := time.Parse(time.DateOnly, args[0])
			if err != nil {
				return hint(fmt.Errorf("day %q", clip(args[0])), "write it as 2026-01-31")
			}
			if err := a.open(c); err != nil {
				return err
			}
			h, err := a.store.Horizon(c.Context())
			if err != nil {
				return err
			}
			horizon := h.Records
			switch {
			case horizon.IsZero():
				return hint(errors.New("nothing has been pruned"), "see: tokpit retention show")
			case !day.Before(horizon):
				return hint(fmt.Errorf("records begin on %s already", horizon.Format(time.DateOnly)), "give an earlier day")
			case !yes:
				return hint(fmt.Errorf("the sums of %s to %s would be thrown away", args[0], horizon.AddDate(0, 0, -1).Format(time.DateOnly)),
					"what logs and providers do not tell any more is missing then; if that is meant, add --yes")
			}
			if err := a.store.Reopen(c.Context(), a.actor(), day); err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "records of %s and later are taken again: run tokpit sync\n", args[0])
			return err
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do it")
	return c
}
