package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/store"
)

// How long records are kept is a decision, so that every change of it is in the
// audit trail.
const (
	kindRetention = "retention"
	nameRetention = "records"
)

// retention is how long records are kept, as text in the store.
type retention struct {
	Keep  string `toml:"keep"`  // "400d"
	Cells string `toml:"cells"` // what becomes of the sums: keep or prune
}

// leastKept is the shortest retention. Providers revise the days that they have
// reported, and budgets look at the month that has ended.
const leastKept = 31

// parseKeep reads a number of days or weeks.
func parseKeep(text string) (days int, err error) {
	text = strings.ToLower(strings.TrimSpace(text))
	number, unit := strings.TrimSuffix(text, "d"), 1
	if weeks, ok := strings.CutSuffix(text, "w"); ok {
		number, unit = weeks, 7
	}
	n, err := strconv.Atoi(number)
	if err != nil || number == text || n < 1 || n > 40_000 {
		return 0, hint(fmt.Errorf("retention %q", clip(text)), "give a number of days or weeks, such as 400d or 60w")
	}
	if n *= unit; n < leastKept {
		return 0, hint(fmt.Errorf("retention of %s", count(int64(n), "day")), "the shortest is %dd: providers revise what they have reported, and budgets look at the month before", leastKept)
	}
	return n, nil
}

// horizon is the first UTC day that records are kept of.
func (r *retention) horizon(now time.Time) (time.Time, error) {
	days, err := parseKeep(r.Keep)
	if err != nil {
		return time.Time{}, err
	}
	return now.UTC().Truncate(24*time.Hour).AddDate(0, 0, -days), nil
}

func (r *retention) describe() string {
	if r.Cells == cellsPrune {
		return fmt.Sprintf("records are kept for %s; of older ones nothing stays", r.Keep)
	}
	return fmt.Sprintf("records are kept for %s; of older ones only the sums stay", r.Keep)
}

const (
	cellsKeep  = "keep"
	cellsPrune = "prune"
)

// retention reads what was decided, nil if nothing was.
func (a *app) retention(ctx context.Context) (*retention, error) {
	all, err := a.store.Decisions(ctx, kindRetention)
	if err != nil {
		return nil, err
	}
	for _, d := range all {
		if d.Name != nameRetention {
			continue
		}
		var r retention
		if err := toml.Unmarshal([]byte(d.Text), &r); err != nil || r.Cells != cellsKeep && r.Cells != cellsPrune {
			return nil, hint(errors.New("the retention cannot be read"), "set it again: tokpit retention set 400d")
		}
		return &r, nil
	}
	return nil, nil
}

func newRetention(a *app) *cobra.Command {
	var asJSON bool
	show := func(c *cobra.Command, _ []string) error {
		if err := a.open(c); err != nil {
			return err
		}
		return a.showRetention(c, asJSON)
	}
	c := &cobra.Command{
		Use:   "retention",
		Short: "Say how long records are kept, and prune older ones",
		Long: `Records older than the retention are pruned: after a sync, once a day, and by
tokpit retention apply. With them go their sessions, users and agents, the ids
that they were recognised by, and rows that could not be counted in files that
are not read any more.

By default the sums stay: quarter hours by project, key, model and everything
else, so that reports of old months say what they said. With --cells prune
nothing of those days stays. Cycles that were closed stay as they were frozen in
either case.

The horizon is a UTC day and only moves forward. What arrives for a day before it
is refused and counted, never added a second time. Sums keep the context bands
that they were cut at: where a price that is learned later has another threshold,
the cost of old days is a range.`,
		Example: `  tokpit retention set 400d
  tokpit retention apply --dry-run
  tokpit retention set 90d --cells prune && tokpit retention apply`,
		Args: cobra.NoArgs,
		RunE: show,
	}
	c.PersistentFlags().BoolVar(&asJSON, "json", false, "print JSON")
	c.AddCommand(newRetentionSet(a, &asJSON), &cobra.Command{Use: "show", Short: "Show the retention and what there is", Args: cobra.NoArgs, RunE: show},
		newRetentionRemove(a), newRetentionApply(a, &asJSON), newRetentionReopen(a))
	return c
}

func newRetentionSet(a *app, asJSON *bool) *cobra.Command {
	r := retention{Cells: cellsKeep}
	c := &cobra.Command{
		Use:   "set DURATION",
		Short: "Set how long records are kept",
		Long: `Sets how long records are kept, in days (400d) or weeks (60w). Nothing is pruned
yet: that happens after the next sync of another day, or by tokpit retention apply.`,
		Example: `  tokpit retention set 400d
  tokpit retention set 26w --cells prune`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			days, err := parseKeep(args[0])
			if err != nil {
				return err
			}
			if r.Cells != cellsKeep && r.Cells != cellsPrune {
				return hint(fmt.Errorf("--cells %q", clip(r.Cells)), "keep: old months still add up; prune: nothing of them stays")
			}
			r.Keep = fmt.Sprintf("%dd", days)
			if err := a.open(c); err != nil {
				return err
			}
			text, err := toml.Marshal(r)
			if err != nil {
				return err
			}
			if _, err := a.store.SetDecision(c.Context(), a.actor(), kindRetention, nameRetention, string(text)); err != nil {
				return err
			}
			return a.showRetention(c, *asJSON)
		},
	}
	c.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		if strings.HasPrefix(err.Error(), "unknown shorthand flag: ") { // -1d
			_, text, _ := strings.Cut(err.Error(), " in ")
			if _, wrong := parseKeep(text); wrong != nil && len(text) > 1 && text[1] >= '0' && text[1] <= '9' {
				return wrong
			}
		}
		return c.Parent().FlagErrorFunc()(c, err)
	})
	c.Flags().StringVar(&r.Cells, "cells", cellsKeep, "what becomes of the `sums` of days that are pruned: keep or prune")
	return c
}

func newRetentionRemove(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "rm",
		Short: "Keep records for ever from now on",
		Long: `Keeps records for ever from now on. What has been pruned does not come back by
that; see tokpit retention reopen.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			err := a.store.RemoveDecision(c.Context(), a.actor(), kindRetention, nameRetention)
			if errors.Is(err, store.ErrNotFound) {
				return hint(errors.New("there is no retention: records are kept for ever"), "set one: tokpit retention set 400d")
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), "records are kept for ever from now on")
			return err
		},
	}
}

type retentionDocument struct {
	Schema  string  `json:"schema"`
	AsOf    string  `json:"as_of"`
	Keep    *string `json:"keep"`    // null: for ever
	Cells   *string `json:"cells"`   // null: there is no retention
	Horizon *string `json:"horizon"` // the first day with records; null if none was pruned
	Next    *string `json:"next"`    // what the horizon is when the retention is applied; null: there is none
	Applied *string `json:"applied"` // when it last was; null: never
	Size    int64   `json:"size"`    // bytes
	Free    int64   `json:"free"`
}

func (a *app) showRetention(c *cobra.Command, asJSON bool) error {
	ctx := c.Context()
	r, err := a.retention(ctx)
	if err != nil {
		return err
	}
	st, err := a.store.Status(ctx)
	if err != nil {
		return err
	}
	applied, err := a.store.Setting(ctx, settingRetained)
	if err != nil {
		return err
	}
	d := retentionDocument{Schema: "tokpit.retention/1", AsOf: stamp(a.now()), Size: st.Size, Free: st.Free}
	if applied != "" {
		d.Applied = &applied
	}
	if !st.Horizon.Records.IsZero() {
		day := st.Horizon.Records.Format(time.DateOnly)
		d.Horizon = &day
	}
	if r != nil {
		next, err := r.horizon(a.now())
		if err != nil {
			return err
		}
		day := next.Format(time.DateOnly)
		d.Keep, d.Cells, d.Next = &r.Keep, &r.Cells, &day
	}
	if asJSON {
		return writeJSON(c.OutOrStdout(), d)
	}
	return printRetention(c.OutOrStdout(), r, &d)
}

func printRetention(w io.Writer, r *retention, d *retentionDocument) error {
	var b strings.Builder
	if r == nil {
		b.WriteString("records are kept for ever (tokpit retention set 400d changes that)\n")
	} else {
		fmt.Fprintf(&b, "%s\n", r.describe())
		fmt.Fprintf(&b, "  applied today, records begin on %s\n", *d.Next)
	}
	switch {
	case d.Horizon == nil:
		b.WriteString("  nothing has been pruned yet\n")
	default:
		fmt.Fprintf(&b, "  pruned: records begin on %s\n", *d.Horizon)
	}
	if d.Applied != nil {
		fmt.Fprintf(&b, "  last applied %s\n", clean.Text(*d.Applied))
	}
	fmt.Fprintf(&b, "  the file has %s, of which %s unused\n", kib(d.Size), kib(d.Free))
	_, err := io.WriteString(w, b.String())
	return err
}

// kib writes a number of bytes for a person.
func kib(n int64) string {
	if n >= 10<<20 {
		return group(n>>20) + " MiB"
	}
	return group((n+1023)>>10) + " KiB"
}

// unreadFile reports whether a file holds nothing that is read any more: it is
// gone, or was last written before the horizon.
func unreadFile(horizon time.Time) func(connection, file string) bool {
	return func(_, file string) bool {
		if !strings.HasPrefix(file, "/") && !strings.Contains(file, `:\`) {
			return false // a provider's answer, not a file
		}
		info, err := os.Stat(file)
		return errors.Is(err, os.ErrNotExist) || err == nil && info.ModTime().Before(horizon)
	}
}

// goneFile reports whether a cursor is that of a log that is not there any more.
func goneFile(_, cursor string) bool {
	file, ok := strings.CutPrefix(cursor, "f:")
	if !ok {
		return false // what else a source remembers outlives its logs
	}
	_, err := os.Lstat(file)
	return errors.Is(err, os.ErrNotExist)
}
