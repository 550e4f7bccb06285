package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tokpit/config"
	"tokpit/report"
	"tokpit/usage"
)

type digestOptions struct {
	week, month, json    bool
	since, until, format string
}

func newDigest(a *app) *cobra.Command {
	var o digestOptions
	c := &cobra.Command{
		Use:   "digest",
		Short: "Sum up a week or a month: spend, what changed, where it is going",
		Long: `Prints what the last whole week or month cost, why that is not what the one
before cost, what changed most, where the month and the budgets are going, days
that stand out, and what somebody should look at.

tokpit watch sends it to those whom the configuration names, once for each
period and target, six hours after the week or month is over, when providers
have reported most of it:

  [notify]
  digest    = "weekly"         # or "monthly"
  digest_to = ["mail:owner@example.com"]

It carries the head of the audit trail, so that tokpit audit verify --head can
prove later that nothing was cut off.`,
		Example: `  tokpit digest
  tokpit digest --month --format md > october.md
  tokpit digest --since 2026-10-01 --until 2026-11-01 --json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			return a.runDigest(c, o)
		},
	}
	f := c.Flags()
	f.BoolVar(&o.week, "week", false, "the last whole week (the default, unless the configuration says monthly)")
	f.BoolVar(&o.month, "month", false, "the last whole month")
	f.StringVar(&o.since, "since", "", "from a day or instant on, or 7d, 30d, week, month, last-month, cycle")
	f.StringVar(&o.until, "until", "", "up to a day or instant, exclusive")
	f.StringVar(&o.format, "format", "text", "text, md or json")
	f.BoolVar(&o.json, "json", false, "print JSON")
	c.MarkFlagsMutuallyExclusive("week", "month", "since")
	return c
}

func (a *app) runDigest(c *cobra.Command, o digestOptions) error {
	if o.json {
		o.format = "json"
	}
	if !slices.Contains([]string{"text", "md", "json"}, o.format) {
		return hint(fmt.Errorf("unknown format %q", clip(o.format)), "there are text, md and json")
	}
	p, err := a.digestPeriod(o)
	if err != nil {
		return err
	}
	d, err := a.makeDigest(c.Context(), p)
	if err != nil {
		return err
	}
	switch o.format {
	case "md":
		return d.WriteMarkdown(c.OutOrStdout())
	case "json":
		return d.WriteJSON(c.OutOrStdout())
	}
	return d.WriteText(c.OutOrStdout())
}

// digestPeriod is what a digest is about, and what it is compared with.
type digestPeriod struct {
	kind         report.DigestKind
	span, before usage.Span
}

func (a *app) digestPeriod(o digestOptions) (digestPeriod, error) {
	switch {
	case o.until != "" && o.since == "":
		return digestPeriod{}, hint(errors.New("--until needs --since"), "say where it begins: --since 2026-11-01")
	case o.since != "":
		span, err := report.ParseSpan(o.since, o.until, a.zone, a.now(), a.config.Cycle.AnchorDay)
		if err != nil {
			return digestPeriod{}, err
		}
		if span.Until.IsZero() {
			y, m, d := a.now().In(a.zone).Date()
			span.Until = usage.StartOfDay(a.zone, y, m, d+1)
		}
		if !span.Since.Before(span.Until) {
			return digestPeriod{}, hint(errors.New("the span lies in the future"), "a digest is about usage that there is")
		}
		return digestPeriod{report.DigestSpan, span, a.spanBefore(span)}, nil
	case o.month, !o.week && a.config.Notify.Digest == config.DigestMonthly:
		return a.lastPeriod(report.DigestMonth), nil
	}
	return a.lastPeriod(report.DigestWeek), nil
}

// spanBefore is the span that is as long, in days where it is made of whole
// days, and ends where the given one begins.
func (a *app) spanBefore(s usage.Span) usage.Span {
	from, to := s.Since.In(a.zone), s.Until.In(a.zone)
	y, m, d := from.Date()
	yy, mm, dd := to.Date()
	if usage.StartOfDay(a.zone, y, m, d).Equal(s.Since) && usage.StartOfDay(a.zone, yy, mm, dd).Equal(s.Until) {
		days := int(time.Date(yy, mm, dd, 0, 0, 0, 0, time.UTC).Sub(time.Date(y, m, d, 0, 0, 0, 0, time.UTC)) / (24 * time.Hour))
		return usage.Span{Since: usage.StartOfDay(a.zone, y, m, d-days), Until: s.Since}
	}
	return usage.Span{Since: s.Since.Add(-s.Until.Sub(s.Since)), Until: s.Since}
}

// lastPeriod is the last week or month that is over, in the display zone.
func (a *app) lastPeriod(kind report.DigestKind) digestPeriod {
	now := a.now().In(a.zone)
	y, m, d := now.Date()
	day := func(y int, m time.Month, d int) time.Time { return usage.StartOfDay(a.zone, y, m, d) }
	if kind == report.DigestMonth {
		return digestPeriod{kind, usage.Span{Since: day(y, m-1, 1), Until: day(y, m, 1)}, usage.Span{Since: day(y, m-2, 1), Until: day(y, m-1, 1)}}
	}
	monday := d - (int(now.Weekday())+6)%7
	return digestPeriod{kind, usage.Span{Since: day(y, m, monday-7), Until: day(y, m, monday)}, usage.Span{Since: day(y, m, monday-14), Until: day(y, m, monday-7)}}
}

// makeDigest computes a digest from the store.
func (a *app) makeDigest(ctx context.Context, p digestPeriod) (*report.Digest, error) {
	r, err := a.budgetReader(ctx)
	if err != nil {
		return nil, err
	}
	budgets, err := a.store.Budgets(ctx)
	if err != nil {
		return nil, err
	}
	head, err := a.store.AuditHead(ctx)
	if err != nil {
		return nil, err
	}
	in := report.DigestInput{Kind: p.kind, Span: p.span, Before: p.before, Budgets: r.input(ctx, budgets...), AuditHead: head.String(), Demo: a.demo}
	if in.Budgets.Kept, err = a.kept(ctx); err != nil {
		return nil, err
	}
	for i := range r.sources {
		in.Quarantined += r.sources[i].Quarantined
	}
	return report.BuildDigest(in)
}
