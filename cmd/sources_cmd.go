package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/report"
	"tokpit/usage"
	"tokpit/usage/importer/columns"
)

func newSources(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "sources",
		Short: "Connect providers, and see where usage comes from",
		Long: `Lists where usage comes from, and connects providers and gateways.

Logs of agents on this machine are found by themselves. A provider is connected
under a name of your choice, with an administrator's key. tokpit never keeps a
key, only where it is, and asks for it at each sync:

  env:NAME               an environment variable
  keyring:service/user   the system's keyring
  file:PATH              a file of your own with mode 0600
  cmd:COMMAND ARG…       what a command prints on its first line; the words are
                         split as a shell does, but no shell runs: for pipes
                         write cmd:sh -c '…'. It inherits this environment,
                         all variables of it

(On Windows nobody checks who may read a file: keep it in your own folder.)`,
		Example: `  tokpit sources add acme --type openai --key env:OPENAI_ADMIN_KEY
  tokpit sources add claude --type anthropic --key keyring:tokpit/anthropic
  tokpit sources add proxy --type litellm --key file:~/.config/litellm.key --base-url https://llm.example.com
  tokpit sources list
  tokpit sources test --all`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newSourcesAdd(a), newSourcesList(a), newSourcesTest(a), newSourcesRemove(a))
	return c
}

// connectFlags are what describes a connection on the command line.
type connectFlags struct{ kind, key, base, account, grain, since string }

func (o *connectFlags) register(c *cobra.Command, a *app) {
	var types []string
	for _, k := range a.kinds {
		types = append(types, k.name)
	}
	f := c.Flags()
	f.StringVar(&o.kind, "type", "", "what it is: "+strings.Join(types, ", "))
	f.StringVar(&o.key, "key", "", "where its key is, a `reference`: env:NAME, keyring:service/user, file:PATH or cmd:…")
	f.StringVar(&o.base, "base-url", "", "its `address`, if it is not the provider's own")
	f.StringVar(&o.account, "account", "", "the `name` of the account whose usage it is (default: the source's name)")
	f.StringVar(&o.grain, "grain", "", "how fine: 1d, 1h or 1m (default: what suits the type)")
	f.StringVar(&o.since, "since", "", "the first `day` to read (default: the first of the month before the last)")
}

// connecting turns the flags into plain values.
func (a *app) connecting(name string, o connectFlags) (report.Connecting, error) {
	c := report.Connecting{Name: name, Type: o.kind, KeyRef: o.key, BaseURL: o.base, Account: o.account, Grain: o.grain}
	if o.since == "" {
		return c, nil
	}
	var err error
	c.Since, err = a.day(o.since)
	return c, err
}

func newSourcesAdd(a *app) *cobra.Command {
	var o connectFlags
	var untested bool
	c := &cobra.Command{
		Use:   "add NAME --type TYPE --key REFERENCE",
		Short: "Connect a provider",
		Long: `Connects a provider under a name, after asking it for next to nothing, to see
whether it answers. The key is given by reference and never stored; see
tokpit sources --help. What a provider says about usage counts before what logs
say about the same account and day.`,
		Example: `  tokpit sources add acme --type openai --key env:OPENAI_ADMIN_KEY --since 2026-01-01
  tokpit sync --source acme`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			want, err := a.connecting(args[0], o)
			if err != nil {
				return err
			}
			added, err := a.connect(c.Context(), want, !untested)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s is connected, from %s on; now run: tokpit sync --source %s\n",
				added.Name, added.Since.Format(time.DateOnly), added.Name)
			return err
		},
	}
	o.register(c, a)
	c.Flags().BoolVar(&untested, "no-test", false, "do not ask the provider first")
	_ = c.MarkFlagRequired("type")
	_ = c.MarkFlagRequired("key")
	return c
}

// connect adds a connection, after a test if that is wanted.
func (a *app) connect(ctx context.Context, want report.Connecting, test bool) (connection, error) {
	c, err := a.admit(ctx, want)
	if err != nil {
		return c, err
	}
	if test {
		if err := a.try(ctx, c); err != nil {
			help := hintOf(err)
			if help != "" {
				help += "; "
			}
			return c, hint(fmt.Errorf("%s was not added: %w", c.Name, err), "%sto add it all the same: --no-test", help)
		}
	}
	return c, a.saveConnection(ctx, c)
}

// admit checks whether a connection may be added.
func (a *app) admit(ctx context.Context, want report.Connecting) (connection, error) {
	c, err := a.settleConnection(want)
	if err != nil {
		return c, err
	}
	if a.demo {
		return c, hint(errors.New("the demo reads made-up data only"), "leave --demo out")
	}
	all, err := a.connections(ctx)
	if err != nil {
		return c, err
	}
	if err := a.clash(c, all); err != nil {
		return c, err
	}
	if err := a.leftBehind(ctx, c, all); err != nil {
		return c, err
	}
	maps, err := a.savedMaps(ctx)
	if err != nil {
		return c, err
	}
	if slices.ContainsFunc(maps, func(m columns.Map) bool { return m.Name == c.Name }) {
		return c, hint(fmt.Errorf("%s is the name of a column map, whose imports are a source of that name", c.Name), "choose another name")
	}
	if c.before, err = a.store.Kinds(ctx, c.Name); err != nil {
		return c, err
	}
	c.covered, err = a.covered(ctx, c)
	return c, err
}

// covered is the days of usage that a source of the connection's name has read.
func (a *app) covered(ctx context.Context, c connection) (out []usage.Span, err error) {
	k, err := a.kindOf(c.Type)
	if err != nil {
		return nil, err
	}
	all, err := a.store.Coverage(ctx)
	if err != nil {
		return nil, err
	}
	for _, span := range all[c.Name] {
		if span.Basis == k.basis && !slices.Contains(out, span.Span) {
			out = append(out, span.Span)
		}
	}
	return out, nil
}

func newSourcesRemove(a *app) *cobra.Command {
	var keep, purge bool
	c := &cobra.Command{
		Use:   "remove NAME --keep|--purge",
		Short: "Disconnect a provider",
		Long: `Disconnects a provider. Say what is to become of what it has told so far:

  --keep    its usage stays in all reports; only the connection and what it
            remembers between syncs go
  --purge   its usage, names and bills go too, and cannot be brought back unless
            the provider still has them`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if keep == purge {
				return hint(errors.New("say what is to become of its usage"),
					"--keep leaves it in all reports; --purge deletes it as well")
			}
			if err := a.open(c); err != nil {
				return err
			}
			if err := a.disconnect(c.Context(), args[0], purge); err != nil {
				return err
			}
			said := "its usage was kept"
			if purge {
				said = "its usage is deleted"
			}
			_, err := fmt.Fprintf(c.OutOrStdout(), "%s is disconnected, %s\n", args[0], said)
			return err
		},
	}
	c.Flags().BoolVar(&keep, "keep", false, "keep its usage")
	c.Flags().BoolVar(&purge, "purge", false, "delete its usage too")
	return c
}

// disconnect removes a connection. What is left of one that was removed before
// can be purged under its name.
func (a *app) disconnect(ctx context.Context, name string, purge bool) error {
	all, err := a.connections(ctx)
	if err != nil {
		return err
	}
	connected := slices.ContainsFunc(all, func(c connection) bool { return c.Name == name })
	if !connected {
		if err := a.leftover(ctx, name, all, purge); err != nil {
			return err
		}
	}
	// What can be tried again under the name goes last: a connection without its
	// cursors, then usage without its connection.
	if connected {
		if err := a.store.RemoveConnection(ctx, name, false); err != nil {
			return err
		}
		if err := a.store.PutDocument(ctx, kindConnection, name, nil); err != nil {
			return err
		}
	}
	if !purge {
		return nil
	}
	return a.store.RemoveConnection(ctx, name, true)
}

// leftover returns nil if a name that is not connected has usage to purge.
func (a *app) leftover(ctx context.Context, name string, all []connection, purge bool) error {
	for _, s := range a.local(nil) {
		if s.Name() == name {
			return hint(fmt.Errorf("%s is not a connection: it is found by itself", name), "its usage stays; delete the logs if they are not to be read")
		}
	}
	status, err := a.store.Status(ctx)
	if err != nil {
		return err
	}
	for _, c := range status.Connections {
		if c.Name == name && purge {
			return nil
		}
	}
	var known []string
	for _, c := range all {
		known = append(known, c.Name)
	}
	if len(known) == 0 {
		return hint(fmt.Errorf("there is no source %q to remove", clip(name)), "nothing is connected")
	}
	return hint(fmt.Errorf("there is no source %q to remove", clip(name)), "connected: %s", strings.Join(known, ", "))
}
