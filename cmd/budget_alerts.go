package cmd

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tokpit/budget"
	"tokpit/internal/clean"
	"tokpit/money"
)

func newBudgetAlerts(a *app) *cobra.Command {
	var asJSON, all bool
	c := &cobra.Command{
		Use:   "alerts",
		Short: "Show what was reached, who was told, and what could not be sent",
		Long: `Lists the thresholds that were reached, newest first, which budgets are silent
until when, and the messages that are on their way or could not be handed over,
with the reason and the time of the next attempt. --all lists messages that
arrived as well.

A message that failed is tried again after a minute, then ever more slowly, for
four days; tokpit budget retry tries at once.`,
		Example: `  tokpit budget alerts
  tokpit budget ack web
  tokpit budget snooze web 80% --for 2d`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			d, err := a.alerts(c, all)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(c.OutOrStdout(), d)
			}
			if len(d.Alerts)+len(d.Snoozes)+len(d.Deliveries) == 0 {
				return a.nothingTold(c)
			}
			return d.print(c.OutOrStdout())
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&all, "all", false, "list messages that arrived as well")
	return c
}

// nothingTold says why there is nothing to list, and how many thresholds are reached
// all the same: nobody has looked at them yet.
func (a *app) nothingTold(c *cobra.Command) error {
	all, err := a.store.Budgets(c.Context())
	if err != nil {
		return err
	}
	reader, err := a.budgetReader(c.Context())
	if err != nil {
		return err
	}
	standings, err := reader.standings(c.Context(), all...)
	if err != nil {
		return err
	}
	set, reached := 0, 0
	for i := range standings {
		for _, m := range standings[i].Marks {
			if set++; m.Reached {
				reached++
			}
		}
	}
	text, advice := "no threshold is reached now", "thresholds are looked at by tokpit watch, and by the cockpit while it is open"
	switch {
	case set == 0:
		text, advice = "no budget has a threshold", "tokpit budget set NAME --warn 80% --notify mail:owner@example.com"
	case reached == 1:
		text = "1 threshold is reached now"
	case reached > 1:
		text = count(int64(reached), "threshold") + " are reached now"
	}
	if reached > 0 {
		advice = "tokpit budget check shows where budgets stand; " + advice
	}
	_, err = fmt.Fprintf(c.ErrOrStderr(), "tokpit: nothing has been told so far; %s\nhint: %s\n", text, advice)
	return err
}

type alertsDocument struct {
	Schema     string         `json:"schema"`
	AsOf       string         `json:"as_of"`
	Alerts     []alertJSON    `json:"alerts"`
	Snoozes    []snoozeJSON   `json:"snoozes"`
	Deliveries []deliveryJSON `json:"deliveries"`
}

type alertJSON struct {
	Budget    string   `json:"budget"`
	Threshold string   `json:"threshold"`
	Since     string   `json:"since"` // of the period
	Until     string   `json:"until"`
	Amount    string   `json:"amount"` // what the threshold meant
	Value     string   `json:"value"`  // the spend or forecast that reached it
	Currency  *string  `json:"currency"`
	FiredAt   string   `json:"fired_at"`
	AckedAt   *string  `json:"acked_at"`
	AckedBy   *string  `json:"acked_by"`
	Told      []string `json:"told"` // targets that a message was made for
}

type snoozeJSON struct {
	Budget    string  `json:"budget"`
	Threshold *string `json:"threshold"` // null is all
	Until     string  `json:"until"`
}

type deliveryJSON struct {
	Key      string  `json:"key"`
	Target   string  `json:"target"`
	Kind     string  `json:"kind"`
	Subject  string  `json:"subject"`
	State    string  `json:"state"` // "waiting", "sending", "sent" or "failed"
	Created  string  `json:"created"`
	Attempts int     `json:"attempts"`
	NextTry  *string `json:"next_try"`
	SentAt   *string `json:"sent_at"`
	GaveUpAt *string `json:"gave_up_at"`
	Error    *string `json:"error"`
	Hint     *string `json:"hint"`
}

// alerts reads what was told to whom.
func (a *app) alerts(c *cobra.Command, all bool) (*alertsDocument, error) {
	ctx, now := c.Context(), a.now()
	d := &alertsDocument{Schema: "tokpit.budget.alerts/1", AsOf: stamp(now), Alerts: []alertJSON{}, Snoozes: []snoozeJSON{}, Deliveries: []deliveryJSON{}}
	state, err := a.store.Alerts(ctx)
	if err != nil {
		return nil, err
	}
	budgets, err := a.store.Budgets(ctx)
	if err != nil {
		return nil, err
	}
	deliveries, err := a.store.Deliveries(ctx)
	if err != nil {
		return nil, err
	}
	for _, x := range state.Fired("") {
		d.Alerts = append(d.Alerts, alertDoc(&x, budgets))
	}
	for _, z := range state.Snoozes {
		if z.Until.After(now) {
			d.Snoozes = append(d.Snoozes, snoozeJSON{z.Budget, optional(z.Threshold), stamp(z.Until)})
		}
	}
	for i := range deliveries {
		if x := &deliveries[i]; all || x.Done.IsZero() {
			d.Deliveries = append(d.Deliveries, a.deliveryDoc(x, now))
		}
	}
	slices.Reverse(d.Deliveries) // newest first
	return d, nil
}

func alertDoc(x *budget.Alert, budgets []budget.Budget) alertJSON {
	j := alertJSON{Budget: x.Budget, Threshold: x.Threshold.String(), Since: stamp(x.Period.Since), Until: stamp(x.Period.Until),
		Amount: x.Amount.String(), Value: x.Value.String(), FiredAt: stamp(x.FiredAt), AckedAt: optionalTime(x.AckedAt), AckedBy: optional(x.AckedBy), Told: []string{}}
	if i := slices.IndexFunc(budgets, func(b budget.Budget) bool { return b.Name == x.Budget }); i >= 0 {
		j.Currency = optional(budgets[i].Currency)
	}
	for _, t := range x.Told {
		j.Told = append(j.Told, t.Target)
	}
	return j
}

func (a *app) deliveryDoc(d *budget.Delivery, now time.Time) deliveryJSON {
	j := deliveryJSON{Key: d.Key, Target: targetOf(d), Kind: d.Body.Kind, Subject: d.Subject, Created: stamp(d.Created), Attempts: d.Attempts,
		SentAt: optionalTime(d.Done), GaveUpAt: optionalTime(d.GaveUp), Error: optional(a.keys.redactor.Text(d.LastErr))}
	switch {
	case !d.Done.IsZero():
		j.State = "sent"
		return j
	case !d.GaveUp.IsZero():
		j.State, j.Hint = "failed", optional("tokpit budget retry "+d.Key[:min(len(d.Key), 8)])
	case d.Claimed != "" && now.Before(d.Lease):
		j.State = "sending"
	default:
		j.State, j.NextTry = "waiting", optionalTime(d.NextTry)
	}
	if err := a.serves(targetOf(d)); err != nil {
		j.Hint = optional(hintOf(err))
	} else if j.State == "waiting" && d.Channel == "terminal" && d.Attempts == 0 {
		j.Hint = optional("it waits for a terminal: open the cockpit, or run tokpit watch in one")
	}
	return j
}

func (d *alertsDocument) print(w io.Writer) error {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	if len(d.Alerts) > 0 {
		fmt.Fprintln(t, "REACHED\tBUDGET\tTHRESHOLD\tVALUE\tPERIOD\tTOLD\tSEEN")
	}
	for _, x := range d.Alerts {
		seen, currency := "not yet", ""
		if x.AckedAt != nil {
			seen = *x.AckedAt
			if x.AckedBy != nil {
				seen = "by " + *x.AckedBy
			}
		}
		if x.Currency != nil {
			currency = " " + *x.Currency
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s of %s%s\tuntil %s\t%s\t%s\n", x.FiredAt, clean.Text(x.Budget), x.Threshold, short(x.Value), short(x.Amount), currency,
			x.Until, clean.Text(orNone(x.Told)), clean.Text(seen))
	}
	_ = t.Flush() // to memory
	for _, z := range d.Snoozes {
		what := "all thresholds"
		if z.Threshold != nil {
			what = *z.Threshold
		}
		fmt.Fprintf(&b, "silent: budget %s, %s, until %s\n", clean.Text(z.Budget), what, z.Until)
	}
	for _, x := range d.Deliveries {
		fmt.Fprintf(&b, "%s  %s to %s: %s\n", x.Key[:min(len(x.Key), 8)], x.State, clean.Text(x.Target), clean.Limit(x.Subject, 160))
		if x.Error != nil {
			fmt.Fprintf(&b, "          %s (%s)\n", clean.Limit(*x.Error, 500), count(int64(x.Attempts), "attempt"))
		}
		if x.NextTry != nil {
			fmt.Fprintf(&b, "          next attempt %s\n", *x.NextTry)
		}
		if x.Hint != nil {
			fmt.Fprintf(&b, "          hint: %s\n", clean.Limit(*x.Hint, 500))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func orNone(targets []string) string {
	if len(targets) == 0 {
		return "nobody is named"
	}
	return strings.Join(targets, ", ")
}

// short is an exact amount for a person.
func short(exact string) string {
	a, err := money.Parse(exact)
	if err != nil {
		return exact
	}
	return a.Format(2)
}
