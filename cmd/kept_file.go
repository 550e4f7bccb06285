package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/cobra"

	"tokpit/config"
	"tokpit/internal/clean"
	"tokpit/report"
)

// The verbs that all lists of noted facts share: rm, apply and export.

// keptRemoval describes a command that removes an item by name.
type keptRemoval struct {
	use, short         string
	schema, what, kind string
	show               string                // the command that lists the items
	args               int                   // 1 if zero
	name               func([]string) string // of the arguments; the first if nil
}

func newKeptRemove(a *app, r keptRemoval) *cobra.Command {
	var yes, asJSON bool
	c := &cobra.Command{
		Use:   r.use,
		Short: r.short,
		Args:  cobra.ExactArgs(max(1, r.args)),
		RunE: func(c *cobra.Command, args []string) error {
			name := args[0]
			if r.name != nil {
				name = r.name(args)
			}
			if !yes {
				return mustConfirm(r.what, name, r.show)
			}
			if err := a.open(c); err != nil {
				return err
			}
			return a.drop(c, r.schema, r.what, r.kind, name, asJSON)
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do it")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// mustConfirm asks for --yes before something is removed.
func mustConfirm(what, name, show string) error {
	return hint(fmt.Errorf("this removes the %s %s", what, clean.Text(clip(name))), "say --yes to do it; %s shows it", show)
}

// newKeptApply makes a command whose words are given into one that notes what a
// TOML file lists.
func newKeptApply(a *app, schema string, c *cobra.Command, read func(ctx context.Context, path string) ([]keptItem, error)) *cobra.Command {
	var o applyOptions
	c.Use, c.Args = "apply -f FILE", cobra.NoArgs
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := a.open(c); err != nil {
			return err
		}
		items, err := read(c.Context(), o.path)
		if err != nil {
			return err
		}
		return a.keep(c, schema, items, o.dryRun, o.json)
	}
	o.register(c)
	return c
}

// newKeptExport makes a command that writes a file which apply reads.
func newKeptExport(a *app, what, apply, short string, file func(*report.Kept) any) *cobra.Command {
	return &cobra.Command{
		Use:   "export",
		Short: short,
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			k, err := a.openKept(c)
			if err != nil {
				return err
			}
			return a.exportFile(c, what, apply, file(k))
		},
	}
}

// exportFile writes a TOML file that says where it comes from.
func (a *app) exportFile(c *cobra.Command, what, apply string, file any) error {
	head, err := a.store.AuditHead(c.Context())
	if err != nil {
		return err
	}
	text, err := toml.Marshal(file)
	if err != nil {
		return fmt.Errorf("write %s: %w", strings.ToLower(what), err)
	}
	_, err = fmt.Fprintf(c.OutOrStdout(), "# %s as of %s. %s -f FILE notes them.\n# audit head %s\n\n%s", what, stamp(a.now()), apply, head, text)
	return err
}

// addItem adds an item that is not there yet.
func addItem(items []keptItem, one keptItem) ([]keptItem, error) {
	for i := range items {
		if items[i].kind == one.kind && items[i].name == one.name {
			return nil, fmt.Errorf("the %s %s is named twice", one.kind, clean.Text(clip(one.name)))
		}
	}
	return append(items, one), nil
}

// maxFile is far more than anybody writes by hand.
const maxFile = 1 << 20

// readFile decodes a reviewable TOML file for a command, e.g. "tokpit plan apply".
func readFile(path, what, command string, into any) error {
	f, err := os.Open(path)
	if err != nil {
		return hint(err, "give a TOML file of %s with -f", what)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = errors.New("larger than 1 MiB")
	}
	if err != nil {
		return hint(fmt.Errorf("%s: %w", path, err), "give a TOML file of %s with -f", what)
	}
	if err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(into); err != nil {
		return hint(fmt.Errorf("%s: %w", path, config.Explain(err)), "see: %s --help", command)
	}
	return nil
}

// inFile says which entry of a file an error is about.
func inFile(path, what string, i int, name string, err error) error {
	advice := "nothing has been changed"
	if h := hintOf(err); h != "" {
		advice = h + "; " + advice
	}
	return hint(fmt.Errorf("%s, %s %d (%s): %w", path, what, i+1, clean.Text(clip(name)), err), "%s", advice)
}
