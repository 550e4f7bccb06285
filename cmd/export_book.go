package cmd

import (
	"context"
	"io"

	"tokpit/report"
	"tokpit/report/export"
	"tokpit/usage"
)

// workbook begins an Excel workbook of an export: its summary answers the same
// query.
func (x *exporter) workbook(ctx context.Context, to io.Writer) (export.Writer, error) {
	s := export.Summary{Title: "Usage and cost of language models", Total: x.answer}
	for _, one := range []struct {
		by  usage.Dimension
		out **report.Report
	}{{usage.ByMonth, &s.Months}, {usage.ByProject, &s.Projects}, {usage.ByModel, &s.Models}, {usage.ByDay, &s.Daily}} {
		q := x.query
		q.By = []usage.Dimension{one.by}
		var err error
		if *one.out, err = x.app.report(ctx, q); err != nil {
			return nil, err
		}
	}
	if x.app.demo {
		s.Title += " (demo data)"
	}
	s.Made = [][2]string{{"made by", "tokpit " + version() + ", " + stamp(x.app.now())}, {"basis", x.answer.BasisText()}, {"money", x.answer.KindText()},
		{"price book", x.app.book.Version()}, {"table", x.schema}, {"audit head", x.head}}
	if x.cycle != nil {
		s.Made = append(s.Made, [2]string{"cycle", x.cycle.Name + ", " + x.cycle.State})
		if x.cycle.Frozen {
			s.Made = append(s.Made, [2]string{"frozen", "the rows are those of the closed ledger; this sheet and its charts are of today's figures"})
		}
	}
	return export.NewWorkbook(to, s), nil
}
