package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/scenario"
	"tokpit/store"
	"tokpit/usage"
)

// saveScenario keeps what has just been run.
func (a *app) saveScenario(c *cobra.Command, m *simulation, o *simulateOptions) error {
	ctx := c.Context()
	if len(m.scenario.Levers) == 0 {
		return hint(errors.New("a scenario without levers is not kept"), "add one: tokpit simulate --input -20%% --save %s", clean.Text(o.save))
	}
	s := scenario.Keep(m.scenario, m.result, m.zone.String(), m.book, a.now())
	s.Note = clean.Limit(o.note, 500)
	data, err := s.Encode()
	if err != nil {
		return err
	}
	_, err = a.store.Document(ctx, scenario.SavedKind, s.Name)
	verb := "saved"
	if err == nil {
		verb = "replaced"
	}
	if err := a.store.PutDocument(ctx, scenario.SavedKind, s.Name, data); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.ErrOrStderr(), "tokpit: %s the scenario %s\nhint: when the change is made, tokpit simulate adopt %s; then tokpit simulate check %s says what came of it\n", verb, s.Name, shellWord(s.Name), shellWord(s.Name))
	return err
}

// savedScenario reads a scenario by name.
func (a *app) savedScenario(ctx context.Context, name string) (scenario.Saved, error) {
	data, err := a.store.Document(ctx, scenario.SavedKind, name)
	if err != nil {
		return scenario.Saved{}, a.noSuchDocument(ctx, err, scenario.SavedKind, name, "scenario", "tokpit simulate --input -20% --save NAME")
	}
	s, err := scenario.DecodeSaved(data)
	if err != nil {
		return s, hint(errors.New(clean.Limit(err.Error(), 300)), "remove it: tokpit simulate rm %s --yes", shellWord(name))
	}
	return s, nil
}

// savedScenarios reads all of them, by name.
func (a *app) savedScenarios(ctx context.Context) ([]scenario.Saved, error) {
	names, err := a.store.Documents(ctx, scenario.SavedKind)
	if err != nil {
		return nil, err
	}
	var out []scenario.Saved
	for _, name := range names {
		data, err := a.store.Document(ctx, scenario.SavedKind, name)
		if errors.Is(err, store.ErrNotFound) { // removed since
			continue
		}
		if err != nil {
			return nil, err
		}
		s, err := scenario.DecodeSaved(data)
		if err != nil {
			return nil, hint(errors.New(clean.Limit(err.Error(), 300)), "remove it: tokpit simulate rm %s --yes", shellWord(name))
		}
		out = append(out, s)
	}
	return out, nil
}

const noScenarios = "tokpit: no scenarios\nhint: tokpit simulate --swap gpt-5=gpt-5-mini:60% --save NAME; tokpit simulate rank says what would save most\n"

func newSimulateList(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List the saved scenarios",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			all, err := a.savedScenarios(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(c.OutOrStdout(), savedDocument(a.now(), all))
			}
			return printSaved(c.OutOrStdout(), c.ErrOrStderr(), all)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func printSaved(w, talk io.Writer, all []scenario.Saved) error {
	if len(all) == 0 {
		_, err := io.WriteString(talk, noScenarios)
		return err
	}
	t := columnsText{left: 5}
	t.add("NAME", "SAVED", "ADOPTED", "SCOPE", "LEVERS", "CASH A MONTH", "LIST PRICE A MONTH")
	for i := range all {
		s := &all[i]
		adopted, scope := "–", "everything"
		if !s.Adopted.IsZero() {
			adopted = s.Adopted.UTC().Format(time.DateOnly)
		}
		if len(s.Scope) > 0 {
			scope = clean.Limit(s.Scope.String(), 40)
		}
		p := &s.Planned
		t.add(clean.Text(s.Name), s.SavedAt.UTC().Format(time.DateOnly), adopted, scope, clean.Limit(leversText(s.Levers), 60), change(p.PerMonth(p.CashDelta()), p.Currency), change(p.PerMonth(p.Delta()), p.Currency))
	}
	return t.write(w)
}

func leversText(all []scenario.Lever) string {
	var texts []string
	for _, l := range all {
		texts = append(texts, l.String())
	}
	return strings.Join(texts, "; ")
}

func newSimulateShow(a *app) *cobra.Command {
	var out outputForm
	c := &cobra.Command{
		Use:   "show NAME",
		Short: "Show a saved scenario, computed again on the usage that it was made for",
		Long: `Computes the scenario again on the span that it was saved with: late usage and
corrected prices are in it, so it may differ from what was promised then, which
stands beside it.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := out.check(); err != nil {
				return err
			}
			if err := a.open(c); err != nil {
				return err
			}
			return a.showScenario(c, args[0], out)
		},
	}
	out.register(c)
	return c
}

func (a *app) showScenario(c *cobra.Command, name string, form outputForm) error {
	s, err := a.savedScenario(c.Context(), name)
	if err != nil {
		return err
	}
	m, err := a.again(c.Context(), &s)
	if err != nil {
		return err
	}
	out := c.OutOrStdout()
	if form.json || form.csv || form.md {
		return m.write(out, form)
	}
	p := &s.Planned
	fmt.Fprintf(out, "%s, saved %s", clean.Text(s.Name), s.SavedAt.UTC().Format(time.DateOnly))
	if !s.Adopted.IsZero() {
		fmt.Fprintf(out, ", adopted %s", s.Adopted.UTC().Format(time.DateOnly))
	}
	fmt.Fprintf(out, ": promised %s of cash, %s at list price, over %s\n", change(p.CashDelta(), p.Currency), change(p.Delta(), p.Currency), count(p.Days, "day"))
	if s.Note != "" {
		fmt.Fprintf(out, "%s\n", clean.Limit(s.Note, 500))
	}
	fmt.Fprintln(out)
	return m.print(out)
}

// again runs a saved scenario on its own span.
func (a *app) again(ctx context.Context, s *scenario.Saved) (*simulation, error) {
	names, err := a.names(ctx)
	if err != nil {
		return nil, err
	}
	m, err := a.prepareQuery(ctx, &s.Scenario, report.Query{Since: s.Span.Since, Until: s.Span.Until, Zone: a.zone, By: []usage.Dimension{usage.ByModel}}, names)
	if err != nil {
		return nil, err
	}
	if m.result, err = m.base.Run(s.Levers); err != nil {
		return nil, err
	}
	board, err := a.scoreboard(ctx)
	if err == nil {
		m.judge(a, board)
	}
	return m, err
}

func newSimulateRemove(a *app) *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use:   "rm NAME --yes",
		Short: "Forget a saved scenario",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if !yes {
				return hint(fmt.Errorf("this forgets the scenario %s", clean.Text(clip(args[0]))), "say --yes to do it; tokpit simulate list shows them")
			}
			if err := a.open(c); err != nil {
				return err
			}
			if _, err := a.store.Document(c.Context(), scenario.SavedKind, args[0]); err != nil {
				return a.noSuchDocument(c.Context(), err, scenario.SavedKind, args[0], "scenario", "tokpit simulate --input -20% --save NAME")
			}
			if err := a.store.PutDocument(c.Context(), scenario.SavedKind, args[0], nil); err != nil {
				return err
			}
			_, err := fmt.Fprintf(c.OutOrStdout(), "removed the scenario %s\n", clean.Text(args[0]))
			return err
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do it")
	return c
}

func newSimulateAdopt(a *app) *cobra.Command {
	var on string
	c := &cobra.Command{
		Use:   "adopt NAME [--on DATE]",
		Short: "Say that the change was made, so that it can be checked",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			s, err := a.savedScenario(c.Context(), args[0])
			if err != nil {
				return err
			}
			at := a.now().UTC()
			if on != "" {
				day, err := time.ParseInLocation(time.DateOnly, on, a.zone)
				if err != nil {
					return hint(fmt.Errorf("--on: %q is not a day", clean.Text(clip(on))), "give it as YYYY-MM-DD")
				}
				at = day.UTC()
			}
			if at.After(a.now()) {
				return hint(fmt.Errorf("%s is not yet", clean.Text(on)), "say so when the change has been made")
			}
			s.Adopted = at.Truncate(usage.SlotLength)
			data, err := s.Encode()
			if err == nil {
				err = a.store.PutDocument(c.Context(), scenario.SavedKind, s.Name, data)
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s: adopted %s\n", clean.Text(s.Name), stamp(s.Adopted))
			return err
		},
	}
	c.Flags().StringVar(&on, "on", "", "the first `day` of the change (default: now)")
	return c
}
