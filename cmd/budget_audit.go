package cmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/store"
)

func newAudit(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "audit",
		Short: "Show who changed budgets, and prove that nobody changed that",
		Long: `Shows every change of a budget: when, by whom, and what it was before and after.
Each row holds the hash of the one before it, so that tokpit audit verify finds
rows that were edited, dropped or moved. A tail that was cut off is found with
the head of an earlier time, which tokpit budget export and tokpit audit print.`,
		Example: `  tokpit audit
  tokpit audit verify --head 12:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			rows, err := a.store.Audit(c.Context())
			if err != nil {
				return err
			}
			head, err := a.store.AuditHead(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				d := auditDocument{Schema: "tokpit.audit/1", AsOf: stamp(a.now()), Head: head.String(), Rows: []auditJSON{}}
				for i := range rows {
					d.Rows = append(d.Rows, auditOf(&rows[i]))
				}
				return writeJSON(c.OutOrStdout(), d)
			}
			for i := range rows {
				if err := printAudit(c.OutOrStdout(), &rows[i]); err != nil {
					return err
				}
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "head %s\n", head)
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.AddCommand(newAuditVerify(a))
	return c
}

type auditDocument struct {
	Schema string      `json:"schema"`
	AsOf   string      `json:"as_of"`
	Head   string      `json:"head"`
	Rows   []auditJSON `json:"rows"`
}

type verifyDocument struct {
	Schema   string   `json:"schema"`
	AsOf     string   `json:"as_of"`
	OK       bool     `json:"ok"`
	Rows     uint64   `json:"rows"`
	Head     string   `json:"head"`
	Problems []string `json:"problems"`
}

func newAuditVerify(a *app) *cobra.Command {
	var asJSON bool
	var noted []string
	c := &cobra.Command{
		Use:   "verify",
		Short: "Check the trail; exit status 1 if it was tampered with",
		Long: `Checks that no row of the trail was edited, dropped or moved, that budgets, plans
and what else is decided are what the trail says, and that the adopted prices are
those that it noted last.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var heads []store.AuditHead
			for _, text := range noted {
				h, err := store.ParseAuditHead(text)
				if err != nil {
					return hint(err, "give the head as tokpit audit and tokpit budget export print it")
				}
				heads = append(heads, h)
			}
			if err := a.open(c); err != nil {
				return err
			}
			check, err := a.store.VerifyAudit(c.Context(), heads...)
			if err != nil {
				return err
			}
			if len(check.Problems) == 0 { // else nothing that the trail says can be relied on
				problem, err := a.strangePrices(c.Context())
				if err != nil {
					return err
				}
				if problem != "" {
					check.Problems = append(check.Problems, problem)
				}
			}
			if err := a.printVerdict(c, &check, asJSON); err != nil {
				return err
			}
			if len(check.Problems) > 0 {
				return errNo
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().StringArrayVar(&noted, "head", nil, "a `head` that was noted at an earlier time (may be repeated)")
	return c
}

// strangePrices says that the adopted prices, which are kept beside the store,
// are not those that the trail noted last; "" if they are, or it noted none.
func (a *app) strangePrices(ctx context.Context) (string, error) {
	rows, err := a.store.Audit(ctx)
	if err != nil || a.demo {
		return "", err
	}
	slices.Reverse(rows)
	i := slices.IndexFunc(rows, func(r store.AuditRow) bool {
		what := strings.TrimPrefix(r.What, "could not ")
		return what == store.AuditAdoptPrices || what == store.AuditRollbackPrices
	})
	if i < 0 {
		return "", nil
	}
	now, err := a.readAdditions()
	if err != nil || additionsText(now) == rows[i].After {
		return "", err
	}
	return fmt.Sprintf("the adopted prices are not those of row %d, the last about them: somebody changed the file by hand, or from another store", rows[i].N), nil
}

func (a *app) printVerdict(c *cobra.Command, check *store.AuditCheck, asJSON bool) error {
	w := c.OutOrStdout()
	if asJSON {
		d := verifyDocument{"tokpit.audit.verify/1", stamp(a.now()), len(check.Problems) == 0, check.Rows, check.Head.String(), []string{}}
		for _, p := range check.Problems {
			d.Problems = append(d.Problems, clean.Text(p))
		}
		return writeJSON(w, d)
	}
	for _, p := range check.Problems {
		if _, err := fmt.Fprintln(w, clean.Text(p)); err != nil {
			return err
		}
	}
	verdict := "the trail is whole"
	if len(check.Problems) > 0 {
		verdict = "the trail is not whole"
	}
	_, err := fmt.Fprintf(w, "%s: %s, head %s\n", verdict, count(int64(check.Rows), "row"), check.Head)
	return err
}
