package cmd

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tokpit/budget"
	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/store"
	"tokpit/usage"
)

func newBudget(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "budget",
		Short: "Decide what to spend at most, and see where that stands",
		Long: `A budget is an amount for each day, week, month, quarter or year, over all usage
or a part of it. What counts is cash, by the basis that reports use: a budget
over everything counts the cost of usage under no plan and the fees of plans; a
budget with a scope counts the cost of usage under no plan. Usage that a plan
pays for never counts.

tokpit refuses no request. --hard marks a budget that should be a hard limit;
tokpit budget replay shows what one would have refused.`,
		Example: `  tokpit budget set all --amount 500 --warn 50%,80%,forecast:100%
  tokpit budget set web --amount 200 --period month --anchor 15 --scope provider=openai,project=web
  tokpit budget check || echo over
  tokpit budget replay web --limit 150 --delay 10m
  tokpit budget export > budgets.toml && tokpit budget apply -f budgets.toml --dry-run`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newBudgetSet(a), newBudgetList(a), newBudgetShow(a), newBudgetCheck(a), newBudgetHistory(a), newBudgetReplay(a),
		newBudgetRemove(a), newBudgetApply(a), newBudgetExport(a), newBudgetAlerts(a), newBudgetAck(a), newBudgetSnooze(a), newBudgetTestAlert(a), newBudgetRetry(a))
	return c
}

// actor is who makes changes from the command line: whoever the operating
// system says runs it.
func (a *app) actor() usage.Actor {
	who := usage.Local()
	who.Via = "command"
	if u, err := user.Current(); err == nil {
		who.Name = clean.Text(u.Username)
	}
	return who
}

func newBudgetSet(a *app) *cobra.Command {
	var o budgetFlags
	c := &cobra.Command{
		Use:   "set NAME --amount AMOUNT",
		Short: "Add a budget, or change the parts of one that are named",
		Long: `Adds a budget. Of a budget that is there already only what is named changes;
an empty value takes it away (--scope "").

A scope names dimensions and values, by id or by name. Values of one dimension
are alternatives, dimensions must all match, an empty value is usage without
one: --scope provider=openai,project=web,project=api,key=

Thresholds are percents of the amount, or amounts, of what is spent or of what
the forecast says: --warn 50%,80%,450,forecast:100%`,
		Example: `  tokpit budget set all --amount 500
  tokpit budget set web --amount 200 --scope project=web --warn 80%,forecast:100% --notify mail:owner@example.com`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			return a.setBudget(c, args[0], &o)
		},
	}
	o.register(c)
	return c
}

func (a *app) setBudget(c *cobra.Command, name string, o *budgetFlags) error {
	names, err := a.names(c.Context())
	if err != nil {
		return err
	}
	before, b, known, err := a.changeBudget(c, name, o, names)
	for tries := 1; tries < mostLooks && errors.Is(err, store.ErrChanged); tries++ { // by another process: what is not named here stays as it is now
		before, b, known, err = a.changeBudget(c, name, o, names)
	}
	if err != nil {
		return err
	}
	if err := a.warnOfScope(c, &b); err != nil {
		return err
	}
	a.warnOfTargets(c.ErrOrStderr(), b)
	warnOfThresholds(c.ErrOrStderr(), b)
	change := budgetChange{Name: name, What: changeAdd, Fields: differences(&before, &b)}
	if known {
		change.What = changeEdit
	}
	if len(change.Fields) == 0 {
		change.What = changeNone
	}
	if o.json {
		return writeJSON(c.OutOrStdout(), changesDoc("tokpit.budget.set/1", a.now(), []budgetChange{change}, true))
	}
	return printChanges(c.OutOrStdout(), []budgetChange{change})
}

// changeBudget changes what is named of the budget that is there now.
func (a *app) changeBudget(c *cobra.Command, name string, o *budgetFlags, names *report.Names) (before, b budget.Budget, known bool, err error) {
	all, err := a.store.Budgets(c.Context())
	if err != nil {
		return before, b, false, err
	}
	before = budget.Budget{Name: name}
	var seen *budget.Budget
	if i := slices.IndexFunc(all, func(b budget.Budget) bool { return b.Name == name }); i >= 0 {
		before, seen = all[i], &all[i]
	}
	if b, err = o.change(c.Flags(), before, seen == nil, names); err != nil {
		return before, b, false, err
	}
	if _, err = a.store.ReplaceBudget(c.Context(), a.actor(), seen, b); err != nil {
		err = hint(err, "run: tokpit budget set --help")
	}
	return before, b, seen != nil, err
}

// warnOfScope says which values of a scope no usage has had so far: they may be
// slips.
func (a *app) warnOfScope(c *cobra.Command, b *budget.Budget) error {
	if len(b.Scope) == 0 {
		return nil
	}
	cube, err := a.store.Cube(c.Context(), usage.Span{}, true)
	if err != nil {
		return err
	}
	names, err := a.names(c.Context())
	if err != nil {
		return err
	}
	cube = a.rules.Apply(cube, names)
	for d, values := range b.Scope {
		for _, v := range values {
			if !slices.ContainsFunc(cube.Sets, func(x usage.Dims) bool { return d.Of(&x) == v }) {
				fmt.Fprintf(c.ErrOrStderr(), "tokpit: no usage so far has %s=%s\nhint: tokpit report --by %s lists what there is\n", d, clean.Text(clip(v)), d)
			}
		}
	}
	return nil
}

func newBudgetRemove(a *app) *cobra.Command {
	var yes, asJSON bool
	c := &cobra.Command{
		Use:   "rm NAME --yes",
		Short: "Remove a budget",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if !yes {
				return hint(fmt.Errorf("this removes the budget %s", clean.Text(clip(args[0]))), "say --yes to do it; tokpit budget show %s shows it", clean.Text(clip(args[0])))
			}
			if err := a.open(c); err != nil {
				return err
			}
			b, err := a.budget(c.Context(), args[0])
			if err != nil {
				return err
			}
			err = a.store.RemoveBudget(c.Context(), a.actor(), args[0])
			if errors.Is(err, store.ErrNotFound) { // somebody was quicker
				return noSuchBudget(args[0], nil)
			}
			if err != nil {
				return err
			}
			change := budgetChange{Name: b.Name, What: changeRemove, Fields: differences(&b, &budget.Budget{Name: b.Name})}
			if asJSON {
				return writeJSON(c.OutOrStdout(), changesDoc("tokpit.budget.rm/1", a.now(), []budgetChange{change}, true))
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "removed the budget %s\n", clean.Text(b.Name))
			return err
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do it")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// budget returns a stored budget.
func (a *app) budget(ctx context.Context, name string) (budget.Budget, error) {
	all, err := a.store.Budgets(ctx)
	if err != nil {
		return budget.Budget{}, err
	}
	for _, b := range all {
		if b.Name == name {
			return b, nil
		}
	}
	return budget.Budget{}, noSuchBudget(name, all)
}

func noSuchBudget(name string, all []budget.Budget) error {
	err := fmt.Errorf("there is no budget %q", clean.Text(clip(name)))
	if len(all) == 0 {
		return hint(err, "set one: tokpit budget set %s --amount 500", clean.Text(clip(name)))
	}
	var names []string
	for _, b := range all[:min(len(all), 20)] {
		names = append(names, clean.Text(b.Name))
	}
	return hint(err, "there are: %s", strings.Join(names, ", "))
}
