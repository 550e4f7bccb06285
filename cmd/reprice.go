package cmd

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
)

type repriceOptions struct {
	json               bool
	from, since, until string
	force              bool
}

func newReprice(a *app) *cobra.Command {
	var o repriceOptions
	var dryRun bool
	c := &cobra.Command{
		Use:   "reprice [--from FILE|URL] [--book VERSION]",
		Short: "Show what another price book would make of the past",
		Long: `Compares what your usage costs with the price book in force with what it would
cost under another one, by month and model: a list that you have not adopted
yet (--from), or the book as it was in an earlier version (--book). Nothing is
changed: cost is always computed when it is read, so this is always a dry run.`,
		Example: `  tokpit reprice --dry-run --from model_prices.json
  tokpit reprice --dry-run --book 2026-08-01`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			return a.runReprice(c, o)
		},
	}
	f := c.Flags()
	f.BoolVar(&dryRun, "dry-run", false, "nothing is ever changed; for clearness in scripts")
	f.BoolVar(&o.json, "json", false, "print JSON")
	f.StringVar(&o.from, "from", "", "a price list: `file` or https address")
	f.BoolVar(&o.force, "force", false, "with --from: doubtful prices too")
	f.StringVar(&o.since, "since", "", "first `time`, inclusive (default: all history)")
	f.StringVar(&o.until, "until", "", "last `time`, exclusive")
	return c
}

func (a *app) runReprice(c *cobra.Command, o repriceOptions) error {
	q, err := a.query(reportOptions{since: o.since, until: o.until})
	if err != nil {
		return err
	}
	after := a.book // with --book
	switch {
	case o.from != "" && a.bookVersion != "":
		return hint(fmt.Errorf("--from and --book exclude each other"), "compare one book at a time")
	case o.from != "":
		if after, err = a.bookWith(c, o); err != nil {
			return err
		}
	case a.bookVersion == "":
		return hint(fmt.Errorf("there is nothing to compare with"), "give a list with --from, or an earlier book with --book (tokpit prices versions)")
	}
	if q.Names, err = a.names(c.Context()); err != nil {
		return err
	}
	cube, err := a.cube(c.Context(), q)
	if err != nil {
		return err
	}
	plans, err := a.store.Plans(c.Context())
	if err != nil {
		return err
	}
	r, err := report.Reprice(cube, a.latest, after, plans, q, a.now())
	if err != nil {
		return err
	}
	if o.json {
		return writeJSON(c.OutOrStdout(), repriceJSON(r))
	}
	return printReprice(c.OutOrStdout(), r)
}

// bookWith is the book in force with one more list.
func (a *app) bookWith(c *cobra.Command, o repriceOptions) (*pricing.Book, error) {
	changes, additions, err := a.compareList(c, o.from)
	if err != nil {
		return nil, err
	}
	next, _, err := changes.Apply(additions, o.force)
	if err != nil {
		return nil, hint(err, "--force compares it all the same")
	}
	book, err := pricing.Embedded().Adding(next)
	if err != nil {
		return nil, err
	}
	overlay, err := overlayOf(&a.config)
	if err != nil {
		return nil, err
	}
	return book.With(overlay)
}

type repriceDocument struct {
	Schema string           `json:"schema"`
	AsOf   string           `json:"as_of"`
	Books  [2]string        `json:"books"`
	Before *string          `json:"before"`
	After  *string          `json:"after"`
	Delta  *string          `json:"delta"`
	Money  *string          `json:"currency"`
	Rows   []repriceRowJSON `json:"rows"`
}

type repriceRowJSON struct {
	Month    string   `json:"month"`
	Provider *string  `json:"provider"`
	Model    *string  `json:"model"`
	Before   *string  `json:"before"`
	After    *string  `json:"after"`
	Delta    *string  `json:"delta"`
	Unpriced [2]int64 `json:"unpriced_tokens"`
}

// known is an amount, or null where nothing is priced.
func known(s *report.Sum) *string {
	if !s.Priced {
		return nil
	}
	return optional(s.Cost.String())
}

func difference(before, after *report.Sum, delta money.Amount) *string {
	if !before.Priced || !after.Priced {
		return nil
	}
	return optional(delta.String())
}

func repriceJSON(r *report.Repriced) repriceDocument {
	d := repriceDocument{Schema: "tokpit.reprice/1", AsOf: stamp(r.AsOf), Books: [2]string{r.BeforeBook, r.AfterBook},
		Before: known(&r.Before), After: known(&r.After), Delta: difference(&r.Before, &r.After, r.Delta()), Money: optional(r.After.Currency), Rows: []repriceRowJSON{}}
	for i := range r.Rows {
		row := &r.Rows[i]
		d.Rows = append(d.Rows, repriceRowJSON{row.Month, optional(row.Provider), optional(row.Model), known(&row.Before), known(&row.After),
			difference(&row.Before, &row.After, row.Delta()), [2]int64{row.Before.UnpricedTokens, row.After.UnpricedTokens}})
	}
	return d
}

func printReprice(w io.Writer, r *report.Repriced) error {
	fmt.Fprintf(w, "book %s against %s\n", r.BeforeBook, r.AfterBook)
	if len(r.Rows) == 0 {
		_, err := fmt.Fprintln(w, "no figure changes")
		return err
	}
	amount := func(s *report.Sum) string {
		if !s.Priced {
			return "unpriced"
		}
		return s.Cost.Format(4)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "month\tmodel\tbefore\tafter\tdifference\t")
	for i := range r.Rows {
		row := &r.Rows[i]
		delta := "–"
		if d := difference(&row.Before, &row.After, row.Delta()); d != nil {
			delta = row.Delta().Format(4)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t\n", row.Month, clean.Text(row.Provider+"/"+row.Model), amount(&row.Before), amount(&row.After), delta)
	}
	fmt.Fprintf(t, "total\t\t%s\t%s\t%s\t\n", amount(&r.Before), amount(&r.After), r.Delta().Format(4))
	return t.Flush()
}
