package cmd

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/store"
)

func newRestore(a *app) *cobra.Command {
	var yes, asJSON bool
	c := &cobra.Command{
		Use:   "restore FILE",
		Short: "Put a backup in the place of the store",
		Long: `Checks a backup in full, then puts its content in the place of the store. A file
that is damaged, cut off, foreign or from a newer tokpit changes nothing; one
from an older tokpit is migrated. Where there is a store, it is replaced only
with --yes, and kept beside the new one as FILE.before-restore-TIME.

What was read since the backup was made is read again by the next sync, from logs
that are still there and from the providers.`,
		Example: `  tokpit restore ~/backups/tokpit-2026-11-20T150000Z.db --yes
  tokpit --store other.db restore ~/backups/tokpit-2026-11-20T150000Z.db`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			// The store may be damaged: nothing of it is read here.
			if err := a.settle(c.Context(), c.CommandPath()); a.store == nil || err != nil && !unusable(err) {
				return err
			}
			if a.demo {
				return hint(errors.New("the demo's data is not restored"), "leave --demo out")
			}
			return a.restore(c, args[0], yes, asJSON)
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "replace the store that is there")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

type restoreDocument struct {
	Schema    string  `json:"schema"`
	AsOf      string  `json:"as_of"`
	Path      string  `json:"path"` // of the store
	Revision  uint64  `json:"revision"`
	Records   int64   `json:"records"`
	SHA256    string  `json:"sha256"`
	Created   *string `json:"created"` // of the backup; null for a plain copy of a store
	Migrated  bool    `json:"migrated"`
	Before    *string `json:"before"` // where the store that was there is now; null if there was none
	Forgotten int64   `json:"forgotten_since"`
}

func (a *app) restore(c *cobra.Command, from string, yes, asJSON bool) error {
	r, err := a.store.Restore(c.Context(), a.actor(), from, yes)
	switch {
	case errors.Is(err, store.ErrExists):
		return hint(fmt.Errorf("there is a store: %s", clean.Text(a.store.Path())), "replace it with --yes; it is kept beside the new one")
	case errors.Is(err, store.ErrNewer):
		return hint(err, "restore it with the newer tokpit that wrote it; nothing has been changed")
	case errors.Is(err, store.ErrForeign): // it names the copy that was looked at
		return hint(fmt.Errorf("restore %s: it is no backup of a store", clean.Limit(from, 4096)), "use another backup; nothing has been changed")
	case errors.Is(err, store.ErrCorrupt):
		return hint(err, "use another backup; nothing has been changed")
	case err != nil:
		return err
	}
	d := restoreDocument{Schema: "tokpit.restore/1", AsOf: stamp(a.now()), Path: a.store.Path(), Revision: r.Revision, Records: r.Records, SHA256: r.SHA256,
		Migrated: r.Migrated, Forgotten: r.Forgotten}
	if r.Sealed {
		created := stamp(r.Created)
		d.Created = &created
	}
	if r.Before != "" {
		d.Before = &r.Before
	}
	if r.Forgotten > 0 {
		fmt.Fprintf(c.ErrOrStderr(), "tokpit: %s since the backup was made may be in the store again\nhint: it is refused when it arrives anew; forget what is there: tokpit forget\n",
			count(r.Forgotten, "thing")+" that "+map[bool]string{true: "was", false: "were"}[r.Forgotten == 1]+" forgotten")
	}
	if asJSON {
		return writeJSON(c.OutOrStdout(), d)
	}
	return printRestored(c, &r, &d)
}

func printRestored(c *cobra.Command, r *store.Restored, d *restoreDocument) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n  %s, revision %d, verified", clean.Text(d.Path), count(r.Records, "record"), r.Revision)
	switch {
	case r.Sealed:
		fmt.Fprintf(&b, ", as it was on %s\n", stamp(r.Created))
	default:
		b.WriteString(", from a plain copy of a store\n")
	}
	if r.Migrated {
		fmt.Fprintf(&b, "  migrated from schema %d\n", r.Schema)
	}
	if r.Before != "" {
		fmt.Fprintf(&b, "  the store that was there is now %s\n", clean.Text(r.Before))
	}
	_, err := fmt.Fprint(c.OutOrStdout(), b.String())
	return err
}
