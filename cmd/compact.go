package cmd

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newCompact(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "compact",
		Short: "Give back the space that the store does not use",
		Long: `Writes everything that is in use to a new file and puts it in the place of the
store. The space of what was deleted is given back, and nothing of it is left to
be read. It needs room for the new file while it works; others wait meanwhile.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			sizes, err := a.store.Compact(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(c.OutOrStdout(), struct {
					Schema string `json:"schema"`
					AsOf   string `json:"as_of"`
					Before int64  `json:"bytes_before"`
					After  int64  `json:"bytes_after"`
				}{"tokpit.compact/1", stamp(a.now()), sizes.Before, sizes.After})
			}
			if sizes.Before == 0 {
				_, err = fmt.Fprintln(c.OutOrStdout(), "nothing has been stored yet")
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "the file had %s and has %s\n", kib(sizes.Before), kib(sizes.After))
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
