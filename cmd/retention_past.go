package cmd

import (
	"context"
	"fmt"
	"time"

	"tokpit/report"
	"tokpit/store"
)

// pastOf says from when on there is what a query asks for: records, or what
// only records know; nil if there is all of it.
func pastOf(h store.Horizon, q report.Query, records bool) *report.Note {
	reaches := func(day time.Time) bool {
		return !day.IsZero() && q.Since.Before(day) && (q.Until.IsZero() || q.Until.After(q.Since))
	}
	switch {
	case reaches(h.Sums):
		return &report.Note{Code: "pruned", Text: fmt.Sprintf("figures begin on %s: what was before is pruned (tokpit retention)", h.Sums.Format(time.DateOnly))}
	case records && reaches(h.Records):
		return &report.Note{Code: "pruned", Text: fmt.Sprintf("records, sessions, users and agents begin on %s: of what was before only the sums are kept (tokpit retention)",
			h.Records.Format(time.DateOnly))}
	}
	return nil
}

// recordsOf refuses to look for records where all of them have been pruned.
func (a *app) recordsOf(ctx context.Context, q report.Query) error {
	h, err := a.store.Horizon(ctx)
	if err != nil || h.Records.IsZero() || q.Until.IsZero() || q.Until.After(h.Records) {
		return err
	}
	return hint(fmt.Errorf("there are no records before %s: they are pruned", h.Records.Format(time.DateOnly)), "see: tokpit retention")
}
