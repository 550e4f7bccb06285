package cmd

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/cobra"

	"tokpit/budget"
	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/usage"
)

// budgetFile is the shape of a reviewable file of budgets.
type budgetFile struct {
	Budget []budgetEntry `toml:"budget"`
}

type budgetEntry struct {
	Name     string              `toml:"name"`
	Amount   string              `toml:"amount"`
	Currency string              `toml:"currency,omitempty"`
	Period   string              `toml:"period,omitempty"`
	Anchor   string              `toml:"anchor,omitempty"`
	Zone     string              `toml:"zone,omitempty"`
	Warn     []string            `toml:"warn,omitempty"`
	Hard     bool                `toml:"hard,omitempty"`
	Notify   []string            `toml:"notify,omitempty"`
	Scope    map[string][]string `toml:"scope,omitempty"`
}

type applyOptions struct {
	path         string
	dryRun, json bool
}

func newBudgetApply(a *app) *cobra.Command {
	var o applyOptions
	c := &cobra.Command{
		Use:   "apply -f FILE",
		Short: "Set the budgets that a TOML file lists",
		Long: `Prints what every [[budget]] of the file changes, then sets them, all or none:

  [[budget]]
  name   = "web"
  amount = "200"
  period = "month"        # day, week, month (default), quarter, year
  anchor = "15"
  warn   = ["80%", "forecast:100%"]
  [budget.scope]
  project = ["web", "api"]

Each budget becomes what the file says of it; budgets that the file does not
name stay as they are. tokpit budget export writes such a file.`,
		Example: `  tokpit budget apply -f budgets.toml --dry-run`,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			return a.applyBudgets(c, o)
		},
	}
	o.register(c)
	return c
}

func (o *applyOptions) register(c *cobra.Command) {
	f := c.Flags()
	f.StringVarP(&o.path, "file", "f", "", "the `file`")
	f.BoolVar(&o.dryRun, "dry-run", false, "print what would change, and change nothing")
	f.BoolVar(&o.json, "json", false, "print JSON")
	_ = c.MarkFlagRequired("file")
}

func (a *app) applyBudgets(c *cobra.Command, o applyOptions) error {
	ctx := c.Context()
	names, err := a.names(ctx)
	if err != nil {
		return err
	}
	list, err := readBudgets(o.path, names)
	if err != nil {
		return err
	}
	stored, err := a.store.Budgets(ctx)
	if err != nil {
		return err
	}
	var changes []budgetChange
	different := 0
	for i := range list {
		change := budgetChange{Name: list[i].Name, What: changeAdd}
		before := budget.Budget{Name: list[i].Name}
		if k := slices.IndexFunc(stored, func(b budget.Budget) bool { return b.Name == list[i].Name }); k >= 0 {
			before, change.What = stored[k], changeEdit
		}
		if change.Fields = differences(&before, &list[i]); len(change.Fields) == 0 {
			change.What = changeNone
		} else {
			different++
		}
		changes = append(changes, change)
	}
	if !o.json {
		if err := printChanges(c.OutOrStdout(), changes); err != nil {
			return err
		}
	}
	a.warnOfTargets(c.ErrOrStderr(), list...)
	warnOfThresholds(c.ErrOrStderr(), list...)
	if !o.dryRun {
		if _, err := a.store.SetBudgets(ctx, a.actor(), list...); err != nil {
			return hint(fmt.Errorf("%s: %w", o.path, err), "nothing has been changed")
		}
	}
	switch {
	case o.json:
		return writeJSON(c.OutOrStdout(), changesDoc("tokpit.budget.apply/1", a.now(), changes, !o.dryRun))
	case o.dryRun:
		_, err = fmt.Fprintf(c.OutOrStdout(), "nothing has been changed; without --dry-run this would change %s\n", count(int64(different), "budget"))
	default:
		_, err = fmt.Fprintf(c.OutOrStdout(), "changed %s of %d\n", count(int64(different), "budget"), len(list))
	}
	return err
}

func readBudgets(path string, names *report.Names) ([]budget.Budget, error) {
	var file budgetFile
	if err := readFile(path, "budgets", "tokpit budget apply", &file); err != nil {
		return nil, err
	}
	if len(file.Budget) == 0 {
		return nil, hint(fmt.Errorf("%s lists no budget", path), "see: tokpit budget apply --help")
	}
	var out []budget.Budget
	for i := range file.Budget {
		b, err := file.Budget[i].budget(names)
		if err == nil && slices.ContainsFunc(out, func(o budget.Budget) bool { return o.Name == b.Name }) {
			err = errors.New("it is named twice")
		}
		if err != nil {
			return nil, inFile(path, "budget", i, file.Budget[i].Name, err)
		}
		out = append(out, b)
	}
	return out, nil
}

func (e *budgetEntry) budget(names *report.Names) (budget.Budget, error) {
	scope := make(budget.Scope, len(e.Scope))
	for d, values := range e.Scope {
		scope[usage.Dimension(d)] = values
	}
	x := budgetText{Amount: e.Amount, Currency: e.Currency, Period: e.Period, Anchor: e.Anchor, Zone: e.Zone, Scope: scope.String(),
		Warn: e.Warn, Hard: e.Hard, Notify: e.Notify}
	for field, standard := range map[*string]string{&x.Currency: "USD", &x.Period: string(budget.Monthly), &x.Zone: "UTC"} {
		if *field == "" {
			*field = standard
		}
	}
	return x.parse(e.Name, names)
}

func newBudgetExport(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "export",
		Short: "Write all budgets as a file that apply reads",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			all, err := a.store.Budgets(c.Context())
			if err != nil {
				return err
			}
			head, err := a.store.AuditHead(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				d := exportDocument{definitionsDocument{"tokpit.budget.export/1", stamp(a.now()), []definitionJSON{}}, head.String()}
				for i := range all {
					d.Budgets = append(d.Budgets, definitionOf(&all[i]))
				}
				return writeJSON(c.OutOrStdout(), d)
			}
			text, err := exportBudgets(all)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "# Budgets as of %s. tokpit budget apply -f FILE sets them.\n# audit head %s\n%s", stamp(a.now()), head, text)
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, which apply does not read")
	return c
}

type exportDocument struct {
	definitionsDocument
	AuditHead string `json:"audit_head"`
}

func exportBudgets(all []budget.Budget) (string, error) {
	var out strings.Builder
	for i := range all {
		b := &all[i]
		e := budgetEntry{Name: b.Name, Amount: b.Amount.String(), Currency: b.Currency, Period: string(b.Period), Anchor: b.Anchor.String(),
			Zone: b.Zone, Warn: thresholdTexts(b.Warn), Hard: b.Hard, Notify: b.Notify}
		for d, values := range b.Scope {
			if e.Scope == nil {
				e.Scope = make(map[string][]string, len(b.Scope))
			}
			e.Scope[string(d)] = slices.Sorted(slices.Values(values))
		}
		text, err := toml.Marshal(budgetFile{[]budgetEntry{e}})
		if err != nil {
			return "", fmt.Errorf("write the budget %s: %w", clean.Text(b.Name), err)
		}
		out.WriteByte('\n')
		out.Write(text)
	}
	return out.String(), nil
}
