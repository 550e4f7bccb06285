package cmd

import (
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tokpit/tui"
)

// runPlain writes what pages of the cockpit show, as text.
func (a *app) runPlain(c *cobra.Command, pages []string) error {
	out, err := a.catchUp(c)
	if err != nil {
		return err
	}
	d := newDesk(a, 0)
	text, err := tui.Plain(c.Context(), d, tui.Options{Now: a.now, Explorer: explorer{d}, Desk: prompter{d}, Budgets: budgeter{d}, Simulator: simulator{d},
		ReadOnly: mayOnlyLook(a.actor())}, pages...)
	if errors.Is(err, tui.ErrNoPage) {
		return hint(err, "the pages are %s", strings.ToLower(strings.Join(tui.PageNames(), ", ")))
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(c.OutOrStdout(), text)
	return errors.Join(unlessBrokenPipe(err), out.failure())
}
