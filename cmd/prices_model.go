package cmd

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/pricing"
)

type rowsDocument struct {
	Schema   string    `json:"schema"`
	AsOf     string    `json:"as_of"`
	Book     string    `json:"book"`
	Name     string    `json:"name"`
	Provider *string   `json:"provider"`
	Model    *string   `json:"model"`
	Priced   string    `json:"priced"`
	Rows     []rowJSON `json:"rows"`
}

func (a *app) rowsDocument(kind, name string, at time.Time, r pricing.Resolution, rows []pricing.Row) rowsDocument {
	d := rowsDocument{Schema: "tokpit.prices." + kind + "/1", AsOf: stamp(at), Book: a.book.Version(), Name: clean.Text(name),
		Provider: optional(r.Provider), Model: optional(r.Model), Priced: r.PricedText(), Rows: []rowJSON{}}
	for i := range rows {
		d.Rows = append(d.Rows, makeRow(&rows[i]))
	}
	return d
}

// find resolves a name for a command that needs a price; without one it is an
// error that names the nearest.
func (a *app) find(name, provider string, at time.Time) (pricing.Resolution, string, error) {
	r := a.book.Resolve(provider, name, at)
	vendor := r.Provider
	if r.Priced == pricing.PricedAs {
		vendor = r.As
	}
	if r.Priced == pricing.PricedNo && !r.Free {
		advice := "tokpit prices list shows what there is"
		if len(r.Candidates) > 0 {
			advice = "nearest names: " + clean.Limit(strings.Join(r.Candidates, ", "), 400)
		}
		return r, "", hint(fmt.Errorf("%s has no price", clean.Text(clip(name))), "%s", advice)
	}
	return r, vendor, nil
}

func newPricesShow(a *app) *cobra.Command {
	var o priceFlags
	var tier string
	c := &cobra.Command{
		Use:   "show MODEL",
		Short: "Show the prices of a model at a time: base, tiers, long context, hours",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			at, err := a.openAt(c, o.at)
			if err != nil {
				return err
			}
			r, vendor, err := a.find(args[0], o.provider, at)
			if err != nil {
				return err
			}
			var rows []pricing.Row
			if l, ok := a.book.Listing(vendor, r.Model, at); ok {
				for _, row := range append([]pricing.Row{l.Row}, l.Tiers...) {
					if tier == "" || row.Tier == tier {
						rows = append(rows, row)
					}
				}
			}
			if o.json {
				return writeJSON(c.OutOrStdout(), a.rowsDocument("show", args[0], at, r, rows))
			}
			return a.printModel(c, at, r, vendor, rows)
		},
	}
	o.bind(c, true)
	c.Flags().StringVar(&tier, "tier", "", "only this service `tier`: standard, batch, flex, priority, fast")
	return c
}

func (a *app) printModel(c *cobra.Command, at time.Time, r pricing.Resolution, vendor string, rows []pricing.Row) error {
	w := c.OutOrStdout()
	fmt.Fprintf(w, "%s/%s at %s, per 1M tokens", clean.Text(vendor), clean.Text(r.Model), dayText(at.UTC(), ""))
	if r.Priced == pricing.PricedAs {
		fmt.Fprintf(w, " (an estimate: %s bills it and publishes no price here)", clean.Text(r.Provider))
	}
	fmt.Fprintln(w)
	if r.Free {
		fmt.Fprintln(w, "free")
	}
	t := newPriceTable(w, "APPLIES TO", "INPUT", "CACHE READ", "WRITE 5M", "WRITE 1H", "OUTPUT", "CURRENCY", "FROM", "TO", "SURE", "SOURCE")
	for i := range rows {
		row := &rows[i]
		t.row(append(append([]string{conditions(row)}, rateCells(&row.Rates)...), row.Currency,
			dayText(row.From, "–"), dayText(row.To, "open"), row.Confidence.String(), row.Source)...)
	}
	if err := t.w.Flush(); err != nil {
		return err
	}
	if life, ok := a.book.Lifecycle(vendor, r.Model); ok {
		fmt.Fprintln(w, lifeText(&life, at))
	}
	return nil
}

func lifeText(l *pricing.Life, at time.Time) string {
	parts := []string{l.StatusAt(at).String()}
	for _, d := range []struct {
		what string
		day  time.Time
	}{{"released", l.Released}, {"deprecated", l.Deprecated}, {"shuts down", l.Shutdown}, {"not before", l.Earliest}} {
		if !d.day.IsZero() {
			parts = append(parts, d.what+" "+dayText(d.day, ""))
		}
	}
	if len(l.Replacements) > 0 {
		parts = append(parts, "replaced by "+strings.Join(l.Replacements, " or "))
	}
	if l.Note != "" {
		parts = append(parts, l.Note)
	}
	return clean.Limit(strings.Join(parts, "; "), 600)
}

func newPricesHistory(a *app) *cobra.Command {
	var o priceFlags
	c := &cobra.Command{
		Use:   "history MODEL",
		Short: "Show every base price that a model has had, and the scheduled ones",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			r, vendor, err := a.find(args[0], o.provider, a.now())
			if err != nil {
				return err
			}
			rows := a.book.History(vendor, r.Model)
			if o.json {
				return writeJSON(c.OutOrStdout(), a.rowsDocument("history", args[0], a.now(), r, rows))
			}
			return a.printModel(c, a.now(), r, vendor, rows)
		},
	}
	o.bind(c, false)
	return c
}

type resolveDocument struct {
	Schema     string   `json:"schema"`
	AsOf       string   `json:"as_of"`
	Name       string   `json:"name"`
	Model      *string  `json:"model"`
	Provider   *string  `json:"provider"`
	Tier       string   `json:"service_tier"`
	Free       bool     `json:"free"`
	Priced     string   `json:"priced"`
	Rule       string   `json:"rule"`
	Candidates []string `json:"candidates"`
	Flags      []string `json:"flags"`
}

func newPricesResolve(a *app) *cobra.Command {
	var o priceFlags
	c := &cobra.Command{
		Use:   "resolve NAME",
		Short: "Say what a recorded model name is priced as, and by which rules",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			at, err := a.openAt(c, o.at)
			if err != nil {
				return err
			}
			r := a.book.Resolve(o.provider, args[0], at)
			d := resolveDocument{Schema: "tokpit.prices.resolve/1", AsOf: stamp(at), Name: clean.Text(args[0]), Model: optional(r.Model),
				Provider: optional(r.Provider), Tier: r.Tier, Free: r.Free, Priced: r.PricedText(), Rule: clean.Text(r.Rule),
				Candidates: []string{}, Flags: r.Flags.Names()}
			if d.Tier == "" {
				d.Tier = pricing.Standard
			}
			if d.Flags == nil {
				d.Flags = []string{}
			}
			d.Candidates = append(d.Candidates, r.Candidates...)
			if o.json {
				return writeJSON(c.OutOrStdout(), d)
			}
			return d.print(c)
		},
	}
	o.bind(c, true)
	return c
}

func (d *resolveDocument) print(c *cobra.Command) error {
	or := func(s *string, none string) string {
		if s == nil {
			return none
		}
		return clean.Text(*s)
	}
	w := c.OutOrStdout()
	fmt.Fprintf(w, "name      %s\nprovider  %s\nmodel     %s\ntier      %s\n", d.Name, or(d.Provider, "not known"), or(d.Model, "not known"), clean.Text(d.Tier))
	priced := map[bool]string{true: "free", false: d.Priced}[d.Free]
	if priced == "no" {
		priced = "no: unpriced"
	}
	_, err := fmt.Fprintf(w, "priced    %s\nrule      %s\n", clean.Text(priced), d.Rule)
	if len(d.Flags) > 0 {
		_, err = fmt.Fprintf(w, "flags     %s\n", strings.Join(d.Flags, ", "))
	}
	if len(d.Candidates) > 0 {
		_, err = fmt.Fprintf(w, "nearest   %s\n", clean.Limit(strings.Join(d.Candidates, ", "), 400))
	}
	return err
}
