package cmd

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"tokpit/budget"
	"tokpit/internal/clean"
)

func newLimitsTiers(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "tiers",
		Short: "List the usage tiers that were noted",
		Long: `Lists the ladder of usage tiers of every provider, as it was noted with tokpit
limits apply. tokpit knows no tiers of its own: providers change them.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			k, err := a.openKept(c)
			if err != nil {
				return err
			}
			budget.SortTiers(k.Tiers)
			if asJSON {
				d := tiersDocument{"tokpit.limits.tiers/1", stamp(a.now()), []tierJSON{}}
				for i := range k.Tiers {
					d.Tiers = append(d.Tiers, tierOf(&k.Tiers[i]))
				}
				return writeJSON(c.OutOrStdout(), d)
			}
			if len(k.Tiers) == 0 {
				_, err := io.WriteString(c.ErrOrStderr(), "tokpit: no usage tier has been noted\nhint: write the provider's ladder into a file: tokpit limits apply --help\n")
				return err
			}
			t := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(t, "PROVIDER\tTIER\tPAID\tDAYS\tLIMIT")
			for i := range k.Tiers {
				x := &k.Tiers[i]
				limit := "not noted"
				if !x.Limit.IsZero() {
					limit = figure(x.Limit, x.Currency)
				}
				fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\n", clean.Text(x.Provider), clean.Text(x.Name), figure(x.Paid, x.Currency), x.Days, limit)
			}
			return t.Flush()
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.AddCommand(newKeptRemove(a, keptRemoval{use: "rm PROVIDER TIER --yes", short: "Forget a usage tier", schema: "tokpit.limits.tiers.rm/1", what: "tier", kind: budget.KindTier, show: "tokpit limits tiers",
		args: 2, name: func(args []string) string { return (&budget.Tier{Provider: args[0], Name: args[1]}).Key() }}))
	return c
}
