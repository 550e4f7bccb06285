package cmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"tokpit/budget"
	"tokpit/report"
	"tokpit/usage"
)

func newLimits(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "limits",
		Short: "See all limits together, and which one bites first",
		Long: `Shows the limits that providers keep beside your own budgets: what is spent in
each, what is left, when it is reached at this pace, and which one bites first.
Limits that OpenAI tells of are read with its usage. Those that no interface
tells of, as an approved usage limit, are noted by hand with tokpit limits set.

Below stand the windows of plans: what Codex says of its allowances, and the
five-hour windows that Claude Code's logs imply.`,
		Example: `  tokpit limits
  tokpit limits set openai-approved --provider openai --kind approved --amount 1000 --tier "tier 3"
  tokpit limits apply -f limits.toml --dry-run
  tokpit limits windows --json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			all, err := a.together(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(c.OutOrStdout(), limitsOf(all, a.now(), a.zone))
			}
			return a.printLimits(c.OutOrStdout(), c.ErrOrStderr(), all)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	remove := newKeptRemove(a, keptRemoval{use: "rm NAME --yes", short: "Forget a limit that was noted", schema: "tokpit.limits.rm/1", what: "limit", kind: budget.KindLimit, show: "tokpit limits list"})
	c.AddCommand(newLimitsSet(a), newLimitsList(a), remove, newLimitsApply(a), newLimitsExport(a), newLimitsWindows(a), newLimitsTiers(a))
	return c
}

// together says where budgets, limits, credit and windows stand.
func (a *app) together(ctx context.Context) (*report.Budgets, error) {
	budgets, err := a.store.Budgets(ctx)
	if err != nil {
		return nil, err
	}
	r, err := a.budgetReader(ctx)
	if err != nil {
		return nil, err
	}
	in := r.input(ctx, budgets...)
	if in.Kept, err = a.kept(ctx); err != nil {
		return nil, err
	}
	return report.BuildBudgets(in)
}

func newLimitsSet(a *app) *cobra.Command {
	var x limitText
	var asJSON bool
	c := &cobra.Command{
		Use:   "set NAME --provider P --kind approved|hard|soft --amount AMOUNT",
		Short: "Note a limit that a provider keeps, or change what is named",
		Long: `Notes a limit. It is a note: nobody but the provider enforces it. Of a limit that
is there already only what is named changes; an empty value takes it away.`,
		Example: `  tokpit limits set openai-approved --provider openai --kind approved --amount 1000 --tier "tier 3"
  tokpit limits set web-hard --provider openai --kind hard --amount 200 --scope project=web`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			k, err := a.openKept(c)
			if err != nil {
				return err
			}
			names, err := a.names(c.Context())
			if err != nil {
				return err
			}
			full := x
			for i := range k.Limits {
				if k.Limits[i].Name == args[0] {
					full = x.over(c.Flags(), textOfLimit(&k.Limits[i]))
				}
			}
			full.Name = args[0]
			l, err := full.parse(names)
			if err != nil {
				return err
			}
			if err := a.keep(c, "tokpit.limits.set/1", []keptItem{limitItem(&l)}, false, asJSON); err != nil {
				return err
			}
			return a.warnOfProvider(c, l.Provider, l.Scope)
		},
	}
	x.register(c.Flags())
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// warnOfProvider says if no usage so far is of a provider or scope: it may be a
// slip.
func (a *app) warnOfProvider(c *cobra.Command, provider string, scope budget.Scope) error {
	b := budget.Budget{Scope: budget.Scope{usage.ByProvider: {provider}}}
	for d, values := range scope {
		b.Scope[d] = values
	}
	return a.warnOfScope(c, &b)
}

// limitsFile is the shape of a reviewable file of limits and tiers.
type limitsFile struct {
	Limit []limitText `toml:"limit,omitempty"`
	Tier  []tierText  `toml:"tier,omitempty"`
}

func newLimitsApply(a *app) *cobra.Command {
	return newKeptApply(a, "tokpit.limits.apply/1", &cobra.Command{
		Short: "Note the limits and usage tiers that a TOML file lists",
		Long: `Prints what every entry of the file changes, then notes them:

  [[limit]]
  name     = "openai-approved"
  provider = "openai"
  kind     = "approved"     # or hard, or soft
  amount   = "1000"
  tier     = "tier 3"

  [[tier]]                  # the provider's ladder, as its pages have it today
  provider = "openai"
  name     = "tier 3"
  paid     = "100"          # so much paid in all
  days     = 7              # and so long since the first payment
  limit    = "1000"

Tiers are data: write down the figures that the provider publishes. What is
missing for the next one is worked out from what has been paid (tokpit credits
billing, or purchases of credit). What the file does not name stays as it is.`,
		Example: `  tokpit limits apply -f limits.toml --dry-run`,
	}, func(ctx context.Context, path string) ([]keptItem, error) {
		names, err := a.names(ctx)
		if err != nil {
			return nil, err
		}
		return readLimits(path, names)
	})
}

func readLimits(path string, names *report.Names) ([]keptItem, error) {
	var file limitsFile
	if err := readFile(path, "limits", "tokpit limits apply", &file); err != nil {
		return nil, err
	}
	var items []keptItem
	for i := range file.Limit {
		l, err := file.Limit[i].parse(names)
		if err == nil {
			items, err = addItem(items, limitItem(&l))
		}
		if err != nil {
			return nil, inFile(path, "limit", i, file.Limit[i].Name, err)
		}
	}
	for i := range file.Tier {
		t, err := file.Tier[i].parse()
		if err == nil {
			items, err = addItem(items, tierItem(&t))
		}
		if err != nil {
			return nil, inFile(path, "tier", i, file.Tier[i].Name, err)
		}
	}
	if len(items) == 0 {
		return nil, hint(fmt.Errorf("%s lists no limit and no tier", path), "see: tokpit limits apply --help")
	}
	return items, nil
}

func newLimitsExport(a *app) *cobra.Command {
	return newKeptExport(a, "Limits and usage tiers", "tokpit limits apply", "Write the limits and tiers that were noted as a file that apply reads", func(k *report.Kept) any {
		var file limitsFile
		for i := range k.Limits {
			file.Limit = append(file.Limit, textOfLimit(&k.Limits[i]))
		}
		budget.SortTiers(k.Tiers)
		for i := range k.Tiers {
			file.Tier = append(file.Tier, textOfTier(&k.Tiers[i]))
		}
		return file
	})
}
