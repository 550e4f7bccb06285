package cmd

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/pricing"
)

func newPrices(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "prices",
		Short: "Look into the price book, and change it",
		Long: `The price book is dated: usage is priced at what was in force at the time.
These commands show what it holds, where each figure comes from and how sure
its date is; update takes a newer list over after showing what would change.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newPricesList(a), newPricesShow(a), newPricesHistory(a), newPricesResolve(a), newPricesChanges(a),
		newPricesLifecycle(a), newPricesVersions(a), newPricesUpdate(a), newPricesRollback(a))
	return c
}

// priceFlags are what most of the commands take.
type priceFlags struct {
	json         bool
	provider, at string
}

func (o *priceFlags) bind(c *cobra.Command, at bool) {
	c.Flags().BoolVar(&o.json, "json", false, "print JSON")
	c.Flags().StringVar(&o.provider, "provider", "", "who bills: anthropic, openai, azure, …")
	if at {
		c.Flags().StringVar(&o.at, "at", "", "the `time`: YYYY-MM-DD or RFC 3339 (default: now)")
	}
}

// openAt is open for a command about one time, which it reads from --at.
func (a *app) openAt(c *cobra.Command, at string) (time.Time, error) {
	if err := a.open(c); err != nil {
		return time.Time{}, err
	}
	return a.instant(at)
}

// instant reads --at.
func (a *app) instant(text string) (time.Time, error) {
	if text == "" {
		return a.now(), nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC(), nil
	}
	t, err := time.ParseInLocation(time.DateOnly, text, a.zone)
	if err != nil {
		return t, hint(fmt.Errorf("time %q", clip(text)), "write a day (2026-11-20) or an instant (2026-11-20T15:00:00Z)")
	}
	return t, nil
}

// rateJSON are the prices of a row, USD (or its currency) per 1,000,000 tokens.
type rateJSON struct {
	Input        *string `json:"input"`
	CacheRead    *string `json:"cache_read"`
	CacheWrite5m *string `json:"cache_write_5m"`
	CacheWrite1h *string `json:"cache_write_1h"`
	Output       *string `json:"output"`
}

// rowJSON is one price.
type rowJSON struct {
	Provider    string   `json:"provider"`
	Model       string   `json:"model"`
	Rates       rateJSON `json:"rates"`
	Tier        string   `json:"service_tier"`
	ContextOver *int64   `json:"context_over"`
	Boundary    *string  `json:"boundary"`
	HoursUTC    *string  `json:"hours_utc"`
	Weekdays    *string  `json:"weekdays"`
	Currency    string   `json:"currency"`
	From        *string  `json:"from"`
	To          *string  `json:"to"`
	Status      *string  `json:"status"`
	Window      *int64   `json:"context_window"`
	Source      *string  `json:"source"`
	Confidence  string   `json:"confidence"`
	Origin      string   `json:"origin"`
	Learned     *string  `json:"learned"`
}

func makeRow(r *pricing.Row) rowJSON {
	j := rowJSON{Provider: r.Provider, Model: r.Model, Rates: makeRates(&r.Rates), Tier: r.Tier, Currency: r.Currency,
		From: optionalTime(r.From), To: optionalTime(r.To), Status: optional(r.Status.String()), Source: optional(r.Source),
		Confidence: r.Confidence.String(), Origin: r.Origin.String(), Learned: optionalTime(r.Learned)}
	if r.Window > 0 {
		j.Window = &r.Window
	}
	if r.Context.Over > 0 {
		over, boundary := r.Context.Over, "gt"
		if r.Context.Inclusive {
			boundary = "ge"
		}
		j.ContextOver, j.Boundary = &over, &boundary
	}
	if r.Hours != (pricing.Hours{}) {
		j.HoursUTC = optional(hoursText(r.Hours))
		if r.Hours.Weekdays {
			j.Weekdays = optional("Mon-Fri")
		}
	}
	return j
}

func makeRates(r *pricing.Rates) rateJSON {
	of := func(c pricing.Class) *string {
		rate, ok := r.Of(c)
		if !ok {
			return nil
		}
		text := rate.PerMillion()
		return &text
	}
	return rateJSON{of(pricing.Input), of(pricing.CacheRead), of(pricing.CacheWrite5m), of(pricing.CacheWrite1h), of(pricing.Output)}
}

func hoursText(h pricing.Hours) string {
	if h.Start == 0 && h.End == 0 {
		return "00:00-24:00"
	}
	return fmt.Sprintf("%02d:%02d-%02d:%02d", h.Start/60, h.Start%60, h.End/60, h.End%60)
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func optionalTime(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return optional(stamp(t))
}

// priceTable prints rows of prices for a person.
type priceTable struct{ w *tabwriter.Writer }

func newPriceTable(w io.Writer, columns ...string) *priceTable {
	t := &priceTable{tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
	fmt.Fprintln(t.w, strings.Join(columns, "\t"))
	return t
}

func (t *priceTable) row(cells ...string) {
	for i, c := range cells {
		cells[i] = clean.Text(c)
	}
	fmt.Fprintln(t.w, strings.Join(cells, "\t"))
}

// rates are the five cells of a row's prices per 1M; no price is "–".
func rateCells(r *pricing.Rates) []string {
	var out []string
	for _, c := range []pricing.Class{pricing.Input, pricing.CacheRead, pricing.CacheWrite5m, pricing.CacheWrite1h, pricing.Output} {
		if rate, ok := r.Of(c); ok {
			out = append(out, rate.PerMillion())
		} else {
			out = append(out, "–")
		}
	}
	return out
}

func dayText(t time.Time, none string) string {
	switch {
	case t.IsZero():
		return none
	case t.Equal(t.Truncate(24 * time.Hour)):
		return t.Format(time.DateOnly)
	}
	return stamp(t)
}

// conditions says when a row applies, besides its time.
func conditions(r *pricing.Row) string {
	parts := []string{r.Tier}
	if r.Context.Over > 0 {
		sign := ">"
		if r.Context.Inclusive {
			sign = "≥"
		}
		parts = append(parts, fmt.Sprintf("%s%s tokens of input", sign, group(r.Context.Over)))
	}
	if r.Hours != (pricing.Hours{}) {
		text := hoursText(r.Hours) + " UTC"
		if r.Hours.Weekdays {
			text += " Mon-Fri"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

type listDocument struct {
	Schema  string     `json:"schema"`
	AsOf    string     `json:"as_of"`
	Version string     `json:"book"`
	Rows    []listJSON `json:"rows"`
}

type listJSON struct {
	rowJSON
	Billed   rateJSON `json:"billed"` // with a discount, and cache classes that are billed as input
	Tiers    []string `json:"tiers"`
	Next     *string  `json:"next_change"`
	Shutdown *string  `json:"shutdown"`
}

func newPricesList(a *app) *cobra.Command {
	var o priceFlags
	c := &cobra.Command{
		Use:   "list [WORD…]",
		Short: "List the prices in force, per 1M tokens",
		RunE: func(c *cobra.Command, words []string) error {
			at, err := a.openAt(c, o.at)
			if err != nil {
				return err
			}
			query := strings.Join(words, " ")
			var list []pricing.Listing
			for _, l := range pricing.Search(a.book.List(at), query) {
				if o.provider == "" || l.Provider == o.provider {
					list = append(list, l)
				}
			}
			if o.json {
				return a.listJSON(c, at, list)
			}
			if len(list) == 0 {
				fmt.Fprintln(c.ErrOrStderr(), "tokpit: no model matches\nhint: tokpit prices list shows all; tokpit prices resolve NAME says what a name means")
			}
			t := newPriceTable(c.OutOrStdout(), "PROVIDER", "MODEL", "INPUT", "CACHE READ", "WRITE 5M", "WRITE 1H", "OUTPUT", "CURRENCY", "SINCE", "NOTE")
			for i := range list {
				l := &list[i]
				t.row(append(append([]string{l.Provider, l.Model}, rateCells(&l.Row.Rates)...), l.Row.Currency, dayText(l.Since(), "–"), listNote(l, at))...)
			}
			return t.w.Flush()
		},
	}
	o.bind(c, true)
	return c
}

// listNote is the most important thing about a model beside its price.
func listNote(l *pricing.Listing, at time.Time) string {
	var notes []string
	if s := l.Row.Status.String(); s != "" {
		notes = append(notes, s)
	}
	if !l.Discount.One() {
		notes = append(notes, "your discount: "+l.Discount.Percent()+" %")
	}
	if l.Row.Origin != pricing.Reviewed {
		notes = append(notes, l.Row.Origin.String())
	}
	if !l.Next.From.IsZero() && l.Next.From.After(at) {
		notes = append(notes, "changes "+dayText(l.Next.From, ""))
	}
	if l.HasLife {
		switch {
		case l.Life.StatusAt(at) == pricing.Retired:
			notes = append(notes, "retired "+dayText(l.Life.Shutdown, ""))
		case !l.Life.Shutdown.IsZero():
			notes = append(notes, "shuts down "+dayText(l.Life.Shutdown, ""))
		}
	}
	return strings.Join(notes, "; ")
}

func (a *app) listJSON(c *cobra.Command, at time.Time, list []pricing.Listing) error {
	d := listDocument{Schema: "tokpit.prices/1", AsOf: stamp(at), Version: a.book.Version(), Rows: []listJSON{}}
	for i := range list {
		l := &list[i]
		j := listJSON{rowJSON: makeRow(&l.Row), Billed: makeRates(&l.Rates), Tiers: []string{}, Next: optionalTime(l.Next.From)}
		for k := range l.Tiers {
			j.Tiers = append(j.Tiers, conditions(&l.Tiers[k]))
		}
		if l.HasLife {
			j.Shutdown = optionalTime(l.Life.Shutdown)
		}
		d.Rows = append(d.Rows, j)
	}
	return writeJSON(c.OutOrStdout(), d)
}
