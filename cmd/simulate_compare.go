package cmd

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/scenario"
)

func newSimulateCompare(a *app) *cobra.Command {
	var o spanFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "compare NAME NAME…",
		Short: "Set up to four saved scenarios side by side",
		Long: `Computes up to four scenarios again, on the span that each was saved with, or all
on the one that is given; each keeps its scope. Where they are about different
usage, that is said: only what a month would change is then comparable.`,
		Example: `  tokpit simulate compare mini-for-support batch-nightly --since 30d`,
		Args:    cobra.MinimumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > scenario.MostCompared {
				return hint(fmt.Errorf("%d scenarios", len(args)), "give at most %d", scenario.MostCompared)
			}
			if err := a.open(c); err != nil {
				return err
			}
			return a.compareScenarios(c, args, o, asJSON)
		},
	}
	f := c.Flags()
	f.StringVar(&o.since, "since", "", "first `time`, inclusive (default: each its own)")
	f.StringVar(&o.until, "until", "", "last `time`, exclusive")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (a *app) compareScenarios(c *cobra.Command, args []string, o spanFlags, asJSON bool) error {
	ctx := c.Context()
	names, err := a.names(ctx)
	if err != nil {
		return err
	}
	var all []*simulation
	for _, name := range args {
		s, err := a.savedScenario(ctx, name)
		if err != nil {
			return err
		}
		var m *simulation
		if o.since == "" && o.until == "" {
			m, err = a.again(ctx, &s)
		} else {
			m, err = a.simulate(ctx, s.Scenario, o, names)
		}
		if err != nil {
			return hint(fmt.Errorf("%s: %w", clean.Text(clip(name)), errors.New(clean.Limit(err.Error(), 300))), "%s", hintOf(err))
		}
		all = append(all, m)
	}
	if asJSON {
		d := compareDoc{Schema: "tokpit.simulate.compare/1", AsOf: stamp(a.now()), Scenarios: []comparedJSON{}}
		for _, m := range all {
			d.Scenarios = append(d.Scenarios, comparedJSON{m.scenario.Name, m.document()})
		}
		return writeJSON(c.OutOrStdout(), d)
	}
	return printCompared(c.OutOrStdout(), all)
}

type compareDoc struct {
	Schema    string         `json:"schema"`
	AsOf      string         `json:"as_of"`
	Scenarios []comparedJSON `json:"scenarios"`
}

type comparedJSON struct {
	Name   string      `json:"name"`
	Result simulateDoc `json:"result"`
}

func printCompared(w io.Writer, all []*simulation) error {
	t := columnsText{left: 1}
	add := func(name string, of func(*simulation) string) {
		row := []string{name}
		for _, m := range all {
			row = append(row, of(m))
		}
		t.add(row...)
	}
	add("", func(m *simulation) string { return clean.Limit(m.scenario.Name, 30) })
	add("span", func(m *simulation) string {
		return m.result.Span.Since.In(m.zone).Format(time.DateOnly) + ", " + count(m.result.Days, "day")
	})
	add("scope", func(m *simulation) string { return clean.Limit(m.scopeText(), 30) })
	add("levers", func(m *simulation) string { return fmt.Sprint(len(m.scenario.Levers)) })
	amount := func(of func(*scenario.Result) money.Amount) func(*simulation) string {
		return func(m *simulation) string { return grouped(of(m.result), m.result.Before.Currency) }
	}
	delta := func(of func(*scenario.Result) money.Amount) func(*simulation) string {
		return func(m *simulation) string { return change(of(m.result), m.result.Before.Currency) }
	}
	add("before", amount(func(r *scenario.Result) money.Amount { return r.Before.Cost }))
	add("after", amount(func(r *scenario.Result) money.Amount { return r.After.Cost }))
	add("change", delta((*scenario.Result).Delta))
	add("cash change", delta((*scenario.Result).CashDelta))
	add("a month", delta(func(r *scenario.Result) money.Amount { return r.PerMonth(r.Delta()) }))
	add("cash a month", delta(func(r *scenario.Result) money.Amount { return r.PerMonth(r.CashDelta()) }))
	add("range a month", func(m *simulation) string {
		spread, _ := m.result.Spread()
		if spread.Exact() {
			return "exact"
		}
		return change(m.result.PerMonth(spread.Low), "") + " to " + change(m.result.PerMonth(spread.High), "")
	})
	add("quality", func(m *simulation) string {
		known := 0
		for i := range m.swaps {
			if len(m.swaps[i].quality) > 0 {
				known++
			}
		}
		if known == 0 {
			return "unknown"
		}
		return fmt.Sprintf("scores for %d of %s", known, count(int64(len(m.swaps)), "swap"))
	})
	if err := t.write(w); err != nil {
		return err
	}
	for _, m := range all[1:] {
		x, y := all[0], m
		if x.result.Span != y.result.Span || x.scopeText() != y.scopeText() {
			fmt.Fprintln(w, "\nnote: they are about different usage; compare what changes a month, not the totals")
			break
		}
	}
	for _, m := range all {
		fmt.Fprintf(w, "\n%s: %s\n", clean.Text(m.scenario.Name), clean.Limit(leversText(m.scenario.Levers), 300))
		for i := range m.swaps {
			fmt.Fprintf(w, "  %s\n", clean.Limit(m.swaps[i].text(), 300))
		}
		for _, n := range scenario.Gather(m.result.Notes) {
			fmt.Fprintf(w, "  note: %s\n", clean.Limit(n.Text, 500))
		}
	}
	return nil
}

type savedDoc struct {
	Schema    string      `json:"schema"`
	AsOf      string      `json:"as_of"`
	Scenarios []savedJSON `json:"scenarios"`
}

type savedJSON struct {
	Name     string              `json:"name"`
	Since    string              `json:"since"`
	Until    string              `json:"until"`
	TZ       string              `json:"tz"`
	Scope    map[string][]string `json:"scope"`
	Levers   []string            `json:"levers"`
	Saved    string              `json:"saved_at"`
	Adopted  *string             `json:"adopted"`
	Prices   string              `json:"prices"`
	Note     *string             `json:"note"`
	Currency *string             `json:"currency"`
	Days     int64               `json:"days"`
	Before   string              `json:"before"`
	After    string              `json:"after"`
	deltaJSON
	Known bool `json:"known"`
}

func savedDocument(now time.Time, all []scenario.Saved) savedDoc {
	d := savedDoc{Schema: "tokpit.simulate.list/1", AsOf: stamp(now), Scenarios: []savedJSON{}}
	for i := range all {
		s, p := &all[i], &all[i].Planned
		j := savedJSON{Name: s.Name, Since: stamp(s.Span.Since), Until: stamp(s.Span.Until), TZ: s.Zone, Scope: map[string][]string{}, Levers: []string{}, Saved: stamp(s.SavedAt), Adopted: optionalTime(s.Adopted),
			Prices: s.Book, Note: optional(s.Note), Currency: optional(p.Currency), Days: p.Days, Before: p.Before.String(), After: p.After.String(), Known: p.Known}
		j.Delta, j.Cash = optional(p.Delta().String()), optional(p.CashDelta().String())
		if p.Ranged {
			j.DeltaLow, j.DeltaHigh = optional(p.Low.Sub(p.Before).String()), optional(p.High.Sub(p.Before).String())
		}
		for dim, values := range s.Scope {
			j.Scope[string(dim)] = values
		}
		for _, l := range s.Levers {
			j.Levers = append(j.Levers, l.String())
		}
		d.Scenarios = append(d.Scenarios, j)
	}
	return d
}
