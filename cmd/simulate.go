package cmd

import (
	"github.com/spf13/cobra"
)

func newSimulate(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "simulate",
		Short: "See what your usage would cost with other models, prompts or prices",
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newSimulateTraffic(a))
	return c
}
