package cmd

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tokpit/budget"
	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/report"
	"tokpit/usage"
)

type replayOptions struct {
	limit, cycle, since string
	delay               time.Duration
	json                bool
}

func newBudgetReplay(a *app) *cobra.Command {
	var o replayOptions
	c := &cobra.Command{
		Use:   "replay NAME",
		Short: "Show what a hard limit would have refused",
		Long: `Replays the usage of a period against a hard limit. A provider enforces a limit
late, 5 to 10 minutes as a rule: what is asked for in the meantime is served,
and is the overshoot. From then on everything in the budget's scope is refused
until the period ends.

The replay goes request by request where usage is known so; a provider's bucket
counts as one request at its end. Flat fees of plans are left out: no limit
refuses them.`,
		Example: `  tokpit budget replay web --limit 150 --delay 10m
  tokpit budget replay web --cycle last`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			return a.replayBudget(c, args[0], o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.limit, "limit", "", "the `amount` of the hard limit (default: the budget's)")
	f.DurationVar(&o.delay, "delay", 10*time.Minute, "how late the provider enforces it, a `duration` up to 24h")
	f.StringVar(&o.cycle, "cycle", "", "which `period`: this or last (default: this)")
	f.StringVar(&o.since, "since", "", "replay the period that this `day` lies in")
	f.BoolVar(&o.json, "json", false, "print JSON")
	return c
}

// replayed is a replay with its answer.
type replayed struct {
	budget  *budget.Budget
	names   *report.Names
	replay  *report.BudgetReplay
	outcome budget.Outcome
}

func (a *app) replayBudget(c *cobra.Command, name string, o replayOptions) error {
	b, err := a.budget(c.Context(), name)
	if err != nil {
		return err
	}
	limit := b.Amount
	if o.limit != "" {
		if limit, err = money.Parse(strings.TrimPrefix(o.limit, "$")); err != nil || limit.Sign() <= 0 {
			return hint(fmt.Errorf("--limit %q is not an amount above zero", clip(o.limit)), "give a plain number such as 150 or 19.99")
		}
	}
	if o.delay < 0 || o.delay > 24*time.Hour {
		return hint(fmt.Errorf("--delay %s", o.delay), "give a duration between 0s and 24h, such as 10m")
	}
	period, err := a.periodAt(&b, o.cycle, o.since)
	if err != nil {
		return err
	}
	r, err := a.replayOf(c.Context(), &b, period, nil)
	if err != nil {
		return err
	}
	r.outcome = budget.NewReplay(period, r.replay.Pieces).Ask(limit, o.delay, b.Warn)
	if o.json {
		return writeJSON(c.OutOrStdout(), r.document(a.now()))
	}
	return r.print(c.OutOrStdout())
}

// replayOf reads and prices the records of a period. read is told of each one; it
// may be nil.
func (a *app) replayOf(ctx context.Context, b *budget.Budget, period usage.Span, read func()) (*replayed, error) {
	reader, err := a.budgetReader(ctx)
	if err != nil {
		return nil, err
	}
	q := report.BudgetQuery(b, reader.names, period.Since, 0)
	q.Since = period.Since                                                                                           // a replay needs no weeks before it
	cube, err := a.store.Cube(ctx, usage.Span{Since: period.Since, Until: period.Since.Add(time.Nanosecond)}, false) // for what is covered
	if err != nil {
		return nil, err
	}
	held := report.NewBudgetRecords()
	if err := a.store.Records(ctx, q.Cells(), func(_ string, r *usage.Record) bool {
		held.Add(r)
		if read != nil {
			read()
		}
		return ctx.Err() == nil
	}); err != nil {
		return nil, err
	}
	replay, err := held.Replay(b, period, q, a.rules, cube.Coverage, a.book, reader.plans)
	return &replayed{budget: b, names: reader.names, replay: replay}, err
}

type replayDocument struct {
	Schema          string         `json:"schema"`
	AsOf            string         `json:"as_of"`
	Name            string         `json:"name"`
	Since           string         `json:"since"`
	Until           string         `json:"until"`
	Currency        string         `json:"currency"`
	Limit           string         `json:"limit"`
	Delay           int64          `json:"delay_s"`
	Total           string         `json:"total"`
	Spent           string         `json:"spent"`
	Saved           string         `json:"saved"`
	Overshoot       string         `json:"overshoot"`
	ReachedAt       *string        `json:"reached_at"`
	StopsAt         *string        `json:"stops_at"`
	Refused         int64          `json:"refused"`
	RefusedRequests *int64         `json:"refused_requests"` // null: some sources do not count them
	Exact           bool           `json:"exact"`            // false: some usage is known by bucket only
	Unpriced        int64          `json:"unpriced_tokens"`
	Soft            []crossingJSON `json:"soft"`
	Keys            []refusedJSON  `json:"keys"`
	Projects        []refusedJSON  `json:"projects"`
	Models          []refusedJSON  `json:"models"`
}

type crossingJSON struct {
	Threshold string  `json:"threshold"`
	Amount    string  `json:"amount"`
	At        *string `json:"at"` // null: not reached
}

type refusedJSON struct {
	ID       *string `json:"id"` // null: untracked or unallocated
	Name     *string `json:"name"`
	Refused  int64   `json:"refused"`
	Requests *int64  `json:"requests"` // null: not counted
	Cost     string  `json:"cost"`
}

func (r *replayed) document(now time.Time) replayDocument {
	o, p := &r.outcome, r.replay.Period
	d := replayDocument{Schema: "tokpit.budget.replay/1", AsOf: stamp(now), Name: r.budget.Name, Since: stamp(p.Since), Until: stamp(p.Until), Currency: r.budget.Currency,
		Limit: o.Limit.String(), Delay: int64(o.Delay / time.Second), Total: o.Total.String(), Spent: o.Spent.String(), Saved: o.Saved.String(), Overshoot: o.Overshoot.String(),
		Refused: o.Refused, Exact: o.Exact, Unpriced: r.replay.UnpricedTokens, Soft: []crossingJSON{}}
	if o.Reached {
		d.ReachedAt, d.StopsAt = optionalTime(o.ReachedAt), optionalTime(o.StopsAt)
	}
	if o.RequestsKnown {
		d.RefusedRequests = &o.RefusedRequests
	}
	for _, x := range o.Soft {
		j := crossingJSON{Threshold: x.Threshold.String(), Amount: x.Amount.String()}
		if x.Reached {
			j.At = optionalTime(x.At)
		}
		d.Soft = append(d.Soft, j)
	}
	d.Keys, d.Projects, d.Models = r.refused(usage.ByKey), r.refused(usage.ByProject), r.refused(usage.ByModel)
	return d
}

func (r *replayed) refused(by usage.Dimension) []refusedJSON {
	out := []refusedJSON{}
	for _, x := range r.replay.RefusedBy(&r.outcome, by) {
		j := refusedJSON{ID: optional(x.Name), Name: optional(r.names.Of(by, x.Name)), Refused: x.Pieces, Cost: x.Cost.String()}
		if x.Requests != usage.Absent {
			j.Requests = &x.Requests
		}
		out = append(out, j)
	}
	return out
}

// print says what a limit would have done, the answer first.
func (r *replayed) print(w io.Writer) error {
	var b strings.Builder
	o, cur := &r.outcome, r.budget.Currency
	at := func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
	fmt.Fprintf(&b, "%s: %s\n", clean.Text(r.budget.Name), r.answer())
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-10s %s\n", name, fmt.Sprintf(format, args...))
	}
	line("period", "%s", spanIn(r.budget, r.replay.Period))
	line("limit", "%s, enforced %s late", figure(o.Limit, cur), o.Delay)
	for _, x := range o.Soft {
		when := "not reached"
		if x.Reached {
			when = at(x.At)
		}
		line("soft", "%s (%s): %s", x.Threshold, x.Amount.Format(2), when)
	}
	if o.Reached {
		line("hard", "reached %s, enforced from %s", at(o.ReachedAt), at(o.StopsAt))
		line("overshoot", "%s beyond the limit", figure(o.Overshoot, cur))
	}
	line("spent", "%s instead of %s", o.Spent.Format(2), figure(o.Total, cur))
	line("saved", "%s", figure(o.Saved, cur))
	for _, n := range r.notes() {
		fmt.Fprintf(&b, "  note: %s\n", n)
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	for _, by := range []usage.Dimension{usage.ByKey, usage.ByProject, usage.ByModel} {
		if err := r.table(w, by); err != nil {
			return err
		}
	}
	return nil
}

func (r *replayed) answer() string {
	o, cur := &r.outcome, r.budget.Currency
	switch {
	case !o.Reached:
		return fmt.Sprintf("a limit of %s would not have been reached; %s was spent", figure(o.Limit, cur), figure(o.Total, cur))
	case !o.Stopped:
		return fmt.Sprintf("a limit of %s would have been reached, and nothing refused", figure(o.Limit, cur))
	}
	return fmt.Sprintf("a limit of %s would have refused %s worth %s", figure(o.Limit, cur), r.pieces(), figure(o.Saved, cur))
}

// pieces counts what was refused: requests where they are known.
func (r *replayed) pieces() string {
	o := &r.outcome
	if o.RequestsKnown {
		return count(o.RefusedRequests, "request")
	}
	return count(o.Refused, "bucket") + " and requests"
}

func (r *replayed) notes() []string {
	var out []string
	if !r.outcome.Exact {
		out = append(out, fmt.Sprintf("%s of usage are known by the hour or day only; each counts as one request at its end", count(r.replay.Buckets, "bucket")))
	}
	if r.replay.Unseen > 0 {
		out = append(out, fmt.Sprintf("%s that a plan pays for are not in it", count(r.replay.Unseen, "record")))
	}
	if r.replay.UnpricedTokens > 0 {
		out = append(out, fmt.Sprintf("%s have no known price and count as free", count(r.replay.UnpricedTokens, "token")))
	}
	if r.replay.Ranged {
		out = append(out, "some prices are ranges; their base price counts")
	}
	return out
}

// mostRefused is how many lines a table of refusals has.
const mostRefused = 10

func (r *replayed) table(w io.Writer, by usage.Dimension) error {
	list := r.replay.RefusedBy(&r.outcome, by)
	if len(list) == 0 {
		return nil
	}
	fmt.Fprintf(w, "\nRefused by %s:\n", by)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, x := range list {
		if i == mostRefused {
			fmt.Fprintf(t, "  and %d more\n", len(list)-i)
			break
		}
		name := r.names.Of(by, x.Name)
		if name == "" {
			name = map[usage.Dimension]string{usage.ByKey: "untracked", usage.ByProject: "unallocated"}[by]
		}
		requests := "requests not counted"
		if x.Requests != usage.Absent {
			requests = count(x.Requests, "request")
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\n", name, figure(x.Cost, r.budget.Currency), requests)
	}
	return t.Flush()
}
