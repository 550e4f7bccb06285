package cmd

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/report"
)

func newCloseList(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List billing cycles, and how far each has come",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			all, err := a.closeList(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(c.OutOrStdout(), struct {
					Schema string      `json:"schema"`
					AsOf   string      `json:"as_of"`
					Cycles []closeJSON `json:"cycles"`
				}{"tokpit.close.list/1", stamp(a.now()), all})
			}
			return printCloses(c.OutOrStdout(), c.ErrOrStderr(), all)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// closeList lists all cycles with usage, newest first, and every close of each.
func (a *app) closeList(ctx context.Context) ([]closeJSON, error) {
	b, err := a.closed(ctx)
	if err != nil {
		return nil, err
	}
	invoices, err := a.invoices(ctx)
	if err != nil {
		return nil, err
	}
	status, err := a.store.Status(ctx)
	if err != nil {
		return nil, err
	}
	cycles := b.cycles()
	for i := range status.Connections {
		if first := status.Connections[i].First; !first.IsZero() {
			cycles = a.cyclesSince(first, cycles)
		}
	}
	slices.SortFunc(cycles, func(x, y cycle) int { return y.span.Since.Compare(x.span.Since) })
	out := []closeJSON{}
	for _, c := range cycles {
		state, err := b.state(ctx, c, invoices)
		if err != nil {
			return nil, err
		}
		of := report.InCycle(b.closes, c.name)
		for i := range of {
			out = append(out, closeOf(&of[i], state, true))
		}
		if len(of) == 0 {
			out = append(out, closeJSON{Cycle: c.name, Except: []string{}, State: string(state), Since: stamp(c.span.Since), Until: stamp(c.span.Until), Totals: []totalJSON{}, Booked: []totalJSON{}})
		}
	}
	return out, nil
}

// cyclesSince adds the cycles from an instant up to now.
func (a *app) cyclesSince(first time.Time, to []cycle) []cycle {
	const most = 1200 // a hundred years
	for range most {
		c := a.cycleOf(first)
		if c.span.Since.After(a.now()) {
			break
		}
		if !slices.ContainsFunc(to, func(o cycle) bool { return o.name == c.name }) {
			to = append(to, c)
		}
		first = c.span.Until
	}
	return to
}

func printCloses(w, talk io.Writer, all []closeJSON) error {
	if len(all) == 0 {
		_, err := io.WriteString(talk, "tokpit: nothing has been stored yet\nhint: run: tokpit sync\n")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "CYCLE\tACCOUNT\tSTATE\tENTRIES\tCASH\tCORRECTIONS\tCLOSED\tSHA256")
	text := func(s *string, most int) string {
		if s == nil {
			return ""
		}
		return clean.Text((*s)[:min(len(*s), most)])
	}
	sums := func(all []totalJSON) string {
		var parts []string
		for _, x := range all {
			parts = append(parts, centsOf(x.Cash)+" "+text(x.Currency, 3))
		}
		return strings.Join(parts, ", ")
	}
	for i := range all {
		c := &all[i]
		account, entries := text(c.Account, 60), ""
		if c.Account == nil && c.ClosedAt != nil {
			account = "(all)"
		}
		if len(c.Except) > 0 {
			account = "(the others)"
		}
		if c.Entries != nil {
			entries = group(*c.Entries)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", c.Cycle, account, c.State, entries, sums(c.Totals), sums(c.Booked), text(c.ClosedAt, 20), text(c.Hash, 12))
	}
	return t.Flush()
}

// centsOf writes an exact amount in cents.
func centsOf(exact string) string {
	a, err := money.Parse(exact)
	if err != nil {
		return exact
	}
	return a.Format(2)
}
