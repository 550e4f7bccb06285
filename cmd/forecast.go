package cmd

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/budget"
	"tokpit/money"
)

type forecastOptions struct {
	json     bool
	backtest []string
	unusual  bool
	days     int
}

func newForecast(a *app) *cobra.Command {
	var o forecastOptions
	c := &cobra.Command{
		Use:   "forecast",
		Short: "Say what the billing cycle is likely to end at",
		Long: `Says what the running billing cycle is likely to cost in the end, from the whole
days of the last eight weeks, with a band that holds 80 % of such outcomes. With
less than a week of days only the run rate is known.

--unusual says which of the last whole days stand out instead: those that cost
far more than the same weekday usually does, by two judges that have learned the
series, and whose rise that is. Nothing is said of days that have not been read
in full, or with less than five weeks of history.

--backtest tries the same method on series of days (CSV: day,value): every whole
month is predicted from eight of its days, and compared with what came.`,
		Example: `  tokpit forecast
  tokpit forecast --unusual --days 7
  tokpit forecast --backtest daily.csv --json`,
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case len(o.backtest) > 0:
				return runBacktests(c, a, append(o.backtest, args...), o.json)
			case len(args) > 0:
				return hint(fmt.Errorf("unexpected %q", clip(args[0])), "series to try the method on are given with --backtest")
			}
			if err := a.open(c); err != nil {
				return err
			}
			if o.unusual {
				return a.unusual(c, o.days, o.json)
			}
			return a.forecast(c, o.json)
		},
	}
	f := c.Flags()
	f.BoolVar(&o.json, "json", false, "print JSON")
	f.BoolVar(&o.unusual, "unusual", false, "say which days stand out, and why")
	f.IntVar(&o.days, "days", unusualDays, "with --unusual: how far back to look, a `number` of days")
	f.StringArrayVar(&o.backtest, "backtest", nil, "try the method on the series of a CSV `file` (further files may follow)")
	return c
}

type forecastDocument struct {
	Schema   string        `json:"schema"`
	AsOf     string        `json:"as_of"`
	Since    string        `json:"since"`
	Until    string        `json:"until"`
	Currency string        `json:"currency"`
	Spent    string        `json:"spent"`
	Forecast *forecastJSON `json:"forecast"`
	Method   *string       `json:"method"`
	Days     int           `json:"days"`
	WhyNot   *string       `json:"why_no_forecast"`
	RunRate  *string       `json:"run_rate"`
	Unpriced int64         `json:"unpriced_tokens"`
	PlanSet  bool          `json:"plan_set"`
	Notes    []noteJSON    `json:"notes"`
}

// cycleBudget is a budget over everything in the billing cycle, whose amount
// does not matter.
func (a *app) cycleBudget() budget.Budget {
	return budget.Budget{Name: "billing cycle", Amount: money.FromUnits(1), Currency: "USD", Period: budget.Monthly,
		Anchor: budget.Anchor{Day: a.config.Cycle.AnchorDay}, Zone: "UTC"}
}

func (a *app) forecast(c *cobra.Command, asJSON bool) error {
	r, err := a.budgetReader(c.Context())
	if err != nil {
		return err
	}
	b := a.cycleBudget()
	s, err := r.status(c.Context(), &b)
	if err != nil {
		return err
	}
	if !asJSON {
		_, err = io.WriteString(c.OutOrStdout(), s.forecastText(len(r.plans) > 0))
		return err
	}
	d := forecastDocument{Schema: "tokpit.forecast/1", AsOf: stamp(s.AsOf), Since: stamp(s.Period.Since), Until: stamp(s.Period.Until), Currency: b.Currency,
		Spent: s.Cost.String(), Forecast: forecastOf(s.Forecast), Days: s.Forecast.Days, WhyNot: optional(s.Why), Unpriced: s.UnpricedTokens,
		PlanSet: len(r.plans) > 0, Notes: []noteJSON{}}
	if s.Forecast.Known {
		d.Method = optional(s.Forecast.Method)
	}
	if s.HasRunRate {
		d.RunRate = optional(s.RunRate.String())
	}
	for _, n := range s.Spend.Notes {
		d.Notes = append(d.Notes, noteJSON{n.Code, n.Text})
	}
	return writeJSON(c.OutOrStdout(), d)
}

func (s *budgetStanding) forecastText(planSet bool) string {
	st, cur := &s.Status, s.Budget.Currency
	var b strings.Builder
	what := "spent"
	if !planSet {
		what = "of usage at list price (no plan set)"
	}
	if f := st.Forecast; f.Known {
		fmt.Fprintf(&b, "The cycle is likely to end at %s, 80%% band %s to %s\n", figure(f.Point, cur), f.Low.Format(2), f.High.Format(2))
		fmt.Fprintf(&b, "  method     %s, from %s\n", f.Method, count(int64(f.Days), "day"))
	} else {
		fmt.Fprintf(&b, "No forecast: %s\n", st.Why)
	}
	fmt.Fprintf(&b, "  cycle      %s, %.0f%% elapsed\n  so far     %s %s\n", spanIn(st.Budget, st.Period), 100*st.Elapsed, figure(st.Cost, cur), what)
	if st.HasRunRate {
		fmt.Fprintf(&b, "  run rate   %s by the end of the cycle\n", figure(st.RunRate, cur))
	}
	if st.UnpricedTokens > 0 {
		fmt.Fprintf(&b, "  unpriced   %s beside it, which may cost something\n", count(st.UnpricedTokens, "token"))
	}
	fmt.Fprintf(&b, "  as of      %s\n", st.AsOf.UTC().Format(time.RFC3339))
	return b.String()
}
