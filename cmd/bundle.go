package cmd

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"slices"

	"github.com/spf13/cobra"

	"tokpit/store"
	"tokpit/usage"
	"tokpit/usage/bundle"
)

func newBundle(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "bundle",
		Short: "Carry usage from one machine to another in a file",
		Long: `Brings the usage of several machines together without a server: each exports a
bundle, a file that you carry or copy as you like, and imports those of the
others. In any order and however often, machines that have exchanged what they
know show the same totals: a response that is found on two of them counts once,
and what was taken back on one does not come again from another.

A bundle holds counts, names and times, no prompts, keys, prices, budgets or
other decisions; its form is described in docs/bundle.md. The figures of a
provider go along too, and are taken only where that account is not asked
directly: the newest ones count.`,
		Example: `  tokpit bundle export laptop.tokpit
  tokpit bundle show laptop.tokpit
  tokpit bundle import laptop.tokpit desk.tokpit`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newBundleExport(a), newBundleImport(a), newBundleShow(a))
	return c
}

// settingStore is the random name of the store in bundles, which tells apart
// machines of one label.
const settingStore = "bundle-store"

// storeName returns the store's random name, which is made up when it is first
// needed.
func (a *app) storeName(ctx context.Context) (string, error) {
	name, err := a.store.Setting(ctx, settingStore)
	if err != nil || name != "" {
		return name, err
	}
	var random [8]byte
	if _, err := rand.Read(random[:]); err != nil {
		return "", err
	}
	name = hex.EncodeToString(random[:])
	return name, a.store.SetSetting(ctx, settingStore, name)
}

// bundled lists the connections that are known from bundles only, by name.
func (a *app) bundled(ctx context.Context, status store.Status, own []connection) (map[string]bundle.Connection, error) {
	out := make(map[string]bundle.Connection)
	local := a.localNames()
	for _, c := range status.Connections {
		if local[c.Name] || slices.ContainsFunc(own, func(o connection) bool { return o.Name == c.Name }) {
			continue
		}
		cursors, err := a.store.Cursors(ctx, c.Name)
		if err != nil {
			return nil, err
		}
		if origin, ok := bundle.Origin(c.Name, cursors); ok {
			out[c.Name] = origin
		}
	}
	return out, nil
}

func (a *app) localNames() map[string]bool {
	out := make(map[string]bool)
	for _, s := range a.local(nil) {
		out[s.Name()] = true
	}
	return out
}

// sameAccount reports whether two lists of coverage are of one account on one
// basis.
func sameAccount(a, b []usage.Coverage) bool {
	for _, x := range a {
		for _, y := range b {
			if x.Provider == y.Provider && x.Account == y.Account && x.Basis == y.Basis {
				return true
			}
		}
	}
	return false
}

// bundleHint says what to do about a file that is no bundle that can be used.
func bundleHint(err error) error {
	switch {
	case err == nil || hintOf(err) != "":
		return err
	case isAny(err, bundle.ErrNewer):
		return hint(err, "update tokpit on this machine, then import it again; nothing was stored")
	case isAny(err, bundle.ErrDamaged):
		return hint(err, "copy it again, or export it again; nothing of it was stored")
	case isAny(err, bundle.ErrForeign):
		return hint(err, "give a file that tokpit bundle export has made; for files of other programs see tokpit import")
	}
	return err
}

// machineOf is how a bundle's machine is called in talk.
func machineOf(label string) string {
	if label == "" {
		return "a machine without a label"
	}
	return label
}

// bundledKind begins what kind of source one is that is known from bundles only.
const bundledKind = "from bundles of "
