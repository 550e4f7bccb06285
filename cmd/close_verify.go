package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/report"
)

func newCloseVerify(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "verify",
		Short: "Check that closed cycles are what was closed",
		Long: `Reads every frozen ledger again, computes its SHA-256 and compares it with the
one in the trail of decisions. Exit status 1 means that something has changed.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			all, err := a.verifyCloses(c.Context())
			if err != nil {
				return err
			}
			ok := !slices.ContainsFunc(all, func(x closeCheckJSON) bool { return !x.OK })
			if asJSON {
				err = writeJSON(c.OutOrStdout(), struct {
					Schema string           `json:"schema"`
					AsOf   string           `json:"as_of"`
					OK     bool             `json:"ok"`
					Closes []closeCheckJSON `json:"closes"`
				}{"tokpit.close.verify/1", stamp(a.now()), ok, all})
			} else {
				err = printCloseChecks(c.OutOrStdout(), all)
			}
			if err == nil && !ok {
				err = errNo
			}
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// closeCheckJSON says whether a close is what was closed.
type closeCheckJSON struct {
	Name   string  `json:"name"`
	OK     bool    `json:"ok"`
	Hash   *string `json:"sha256"`
	Detail string  `json:"detail"`
}

func printCloseChecks(w io.Writer, all []closeCheckJSON) error {
	if len(all) == 0 {
		_, err := io.WriteString(w, "nothing has been closed\n")
		return err
	}
	for _, x := range all {
		word := "ok"
		if !x.OK {
			word = "DAMAGED"
		}
		if _, err := fmt.Fprintf(w, "%s: %s: %s\n", clean.Text(x.Name), word, clean.Text(x.Detail)); err != nil {
			return err
		}
	}
	return nil
}

// verifyCloses compares every close with the trail, and its entries with its
// hash.
func (a *app) verifyCloses(ctx context.Context) ([]closeCheckJSON, error) {
	decisions, err := a.store.Decisions(ctx, report.CloseKind)
	if err != nil {
		return nil, err
	}
	rows, err := a.store.Audit(ctx)
	if err != nil {
		return nil, err
	}
	trail := make(map[string]string)
	for i := range rows {
		if rows[i].What == "set "+report.CloseKind {
			if _, twice := trail[rows[i].Name]; !twice { // the first one closed it
				trail[rows[i].Name] = rows[i].After
			}
		}
	}
	out := []closeCheckJSON{}
	b := &closedBook{app: a, frozen: make(map[string]*report.Frozen)}
	for _, d := range decisions {
		x := closeCheckJSON{Name: d.Name}
		noted, there := trail[d.Name]
		delete(trail, d.Name)
		c, err := report.DecodeClose(d.Name, d.Text)
		var f *report.Frozen
		if err == nil {
			x.Hash = optional(c.Hash)
			f, err = b.open(ctx, &c)
		}
		switch {
		case err != nil && !errors.Is(err, report.ErrDamaged):
			return nil, err
		case err != nil:
			x.Detail = err.Error()
		case !there:
			x.Detail = "the trail of decisions does not know it"
		case noted != d.Text:
			x.Detail = "the trail of decisions says something else"
		default:
			x.OK, x.Detail = true, fmt.Sprintf("%s, sha256 %s", count(int64(len(f.Entries)), "entry"), c.Hash)
		}
		out = append(out, x)
	}
	for name := range trail {
		out = append(out, closeCheckJSON{Name: name, Detail: "the trail of decisions knows it, and it is not there"})
	}
	slices.SortFunc(out, func(x, y closeCheckJSON) int { return strings.Compare(x.Name, y.Name) })
	return out, nil
}
