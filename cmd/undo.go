package cmd

import "github.com/spf13/cobra"

func newUndo(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "undo",
		Short: "Take something back",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newUndoImport(a))
	return c
}
