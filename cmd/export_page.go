package cmd

import (
	"context"
	"io"
	"time"

	"tokpit/report"
	"tokpit/report/paper"
	"tokpit/usage"
)

// mostDays is how many days a page draws one by one; of longer spans it draws the
// months.
const mostDays = 370

// pageCycle is what a page is about unless somebody says: the running cycle.
func (a *app) pageCycle(o *exportOptions) {
	if o.since == "" && o.until == "" && o.cycle == "" {
		calendar := report.Calendar{Now: a.now(), Anchor: a.config.Cycle.AnchorDay}
		o.cycle = calendar.Cycle(a.now()).Since.Format("2006-01")
	}
}

// page writes the one-page report. Its figures are those of the query; budgets
// and what somebody should look at are of all usage, and left out of a page of a
// part of it.
func (x *exporter) page(ctx context.Context, to io.Writer, write func(io.Writer, *paper.Input) error) error {
	a := x.app
	q := x.query
	in := &paper.Input{Demo: a.demo, Version: version(), Audit: x.head, Title: x.pageTitle()}
	if err := x.pageSpan(ctx, &q, in); err != nil {
		return err
	}
	if x.cycle != nil {
		in.State = x.cycle.State
	}
	q.By = []usage.Dimension{usage.ByDay}
	if in.Span.Until.Sub(in.Span.Since) > mostDays*24*time.Hour {
		q.By = []usage.Dimension{usage.ByMonth}
	}
	var err error
	if in.Days, err = a.report(ctx, q); err != nil {
		return err
	}
	if err := x.pageTables(ctx, q, in); err != nil {
		return err
	}
	s, err := a.snapshot(ctx, time.Time{})
	if err != nil {
		return err
	}
	if err := x.pageChanges(ctx, q, s, in); err != nil {
		return err
	}
	if len(q.Filter) > 0 || q.Basis != 0 {
		in.NoBudgets = "Not shown: this page is of a part of all usage."
		return write(to, in)
	}
	in.Budgets = s.Budgets.Standings
	d, err := a.makeDigest(ctx, digestPeriod{report.DigestSpan, in.Span, in.Before})
	if err != nil {
		return err
	}
	in.Forecast, in.Unusual = d.Forecast, d.Unusual
	for _, l := range d.Look {
		switch l.Code {
		case "unpriced", "range", "estimated", "quarantined", "currencies": // which the page says elsewhere
		default:
			in.Look = append(in.Look, l)
		}
	}
	return write(to, in)
}

// pageTitle names a cycle that is a calendar month.
func (x *exporter) pageTitle() string {
	if x.cycle == nil {
		return ""
	}
	since := x.query.Since
	if since.Day() == 1 {
		return since.Format("January 2006")
	}
	return "Cycle " + x.cycle.Name
}

// pageSpan closes an open span, and finds the one that it is compared with: the
// month before a month, else as many days. What runs is compared up to the same
// hour.
func (x *exporter) pageSpan(ctx context.Context, q *report.Query, in *paper.Input) error {
	a := x.app
	if q.Until.IsZero() {
		y, m, d := a.now().In(q.Zone).Date()
		q.Until = usage.StartOfDay(q.Zone, y, m, d+1)
	}
	compared := !q.Since.IsZero()
	if !compared {
		first := *q
		first.By = []usage.Dimension{usage.ByDay}
		rep, err := a.report(ctx, first)
		if err != nil {
			return err
		}
		q.Since = q.Until.AddDate(0, 0, -1)
		if len(rep.Rows) > 0 {
			if t, err := time.ParseInLocation(time.DateOnly, rep.Rows[0].Keys[0], q.Zone); err == nil {
				q.Since = usage.StartOfDay(q.Zone, t.Year(), t.Month(), t.Day())
			}
		}
	}
	in.Span = usage.Span{Since: q.Since, Until: q.Until}
	in.Running = a.now().Before(q.Until)
	if !compared {
		return nil
	}
	in.Before = a.spanBefore(in.Span)
	calendar := report.Calendar{Now: a.now(), Anchor: a.config.Cycle.AnchorDay, CycleZone: time.UTC}
	local := q.Since.In(q.Zone)
	switch {
	case calendar.Cycle(q.Since) == in.Span:
		in.Before = calendar.Cycle(q.Since.Add(-time.Nanosecond))
	case local.Day() == 1 && usage.StartOfDay(q.Zone, local.Year(), local.Month(), 1).Equal(q.Since) && usage.StartOfDay(q.Zone, local.Year(), local.Month()+1, 1).Equal(q.Until):
		in.Before = usage.Span{Since: usage.StartOfDay(q.Zone, local.Year(), local.Month()-1, 1), Until: q.Since}
	}
	if in.Running {
		if until := in.Before.Since.Add(a.now().Truncate(time.Hour).Sub(q.Since)); until.Before(in.Before.Until) && in.Before.Since.Before(until) {
			in.Before.Until = until
		}
	}
	return nil
}

// pageTables answers by model and by project, beside the span before.
func (x *exporter) pageTables(ctx context.Context, q report.Query, in *paper.Input) error {
	a := x.app
	eq := report.ExploreQuery{Query: q, Before: in.Before}
	cells := q
	span := eq.Cells()
	cells.Since, cells.Until = span.Since, span.Until
	cube, err := a.rawCube(ctx, cells)
	if q.Fine() {
		cube, err = a.store.RecordsCube(ctx, span)
	}
	if err != nil {
		return err
	}
	plans, err := a.store.Plans(ctx)
	if err != nil {
		return err
	}
	explorer := report.NewExplorer(a.rules.Apply(cube, q.Names), a.book, plans)
	for _, one := range []struct {
		by  usage.Dimension
		out **report.Answer
	}{{usage.ByModel, &in.Models}, {usage.ByProject, &in.Projects}} {
		eq.By = []usage.Dimension{one.by}
		if *one.out, err = explorer.Explore(eq, a.now()); err != nil {
			return err
		}
	}
	in.Models.Quarantined, in.Models.Notes = in.Days.Quarantined, in.Days.Notes
	if x.cycle != nil && len(x.cycle.Closes) > 0 {
		in.Models.Notes = append(in.Models.Notes, report.Note{Code: "not_frozen", Text: "the cycle has been closed, and these are its figures of today; an export of its ledger has the frozen ones"})
	}
	return nil
}

// pageChanges are the price changes of the models that the page is about.
func (x *exporter) pageChanges(ctx context.Context, q report.Query, s *report.Snapshot, in *paper.Input) error {
	q.By = []usage.Dimension{usage.ByPricedAs}
	rep, err := x.app.report(ctx, q)
	if err != nil {
		return err
	}
	used := make(map[string]bool)
	for i := range rep.Rows {
		used[rep.Rows[i].Keys[0]] = true
	}
	for _, c := range s.PriceChanges {
		if used[c.Model] && !c.At.Before(in.Span.Since) && c.At.Before(in.Span.Until) {
			in.Changes = append(in.Changes, c)
		}
	}
	return nil
}
