package estimate

import (
	"slices"

	"tokpit/money"
	"tokpit/report"
	"tokpit/report/export"
	"tokpit/tui/ui"
)

// Sheet implements ui.Page: the models that are shown, in their order. No part of
// the text is in it.
func (p *Page) Sheet() func() *ui.Sheet {
	if p.snap == nil || p.CapturesText() || p.text.Len() == 0 || len(p.rows.shown()) == 0 {
		return nil
	}
	snap, rows, order := p.snap, p.rows.rows, p.rows.shown()
	return func() *ui.Sheet { return newSheet(snap, rows, order) }
}

func newSheet(s *report.Snapshot, rows []report.Estimated, order []int) *ui.Sheet {
	text := func(name string) export.Column { return export.Column{Name: name, Kind: export.Text} }
	count := func(name string) export.Column { return export.Column{Name: name, Kind: export.Count} }
	amount := func(name string) export.Column { return export.Column{Name: name, Kind: export.Amount} }
	t := ui.NewSheet(s, "Estimate of a prompt", "estimate-"+s.AsOf.UTC().Format("2006-01-02"), []export.Column{text("provider"), text("model"),
		count("input_tokens"), count("input_tokens_low"), count("input_tokens_high"), count("output_tokens"), text("output_basis"), text(export.Currency),
		amount("cost"), amount("cost_low"), amount("cost_high"), amount("cost_cached"), amount("cost_batch"), amount("cost_per_month"),
		text("baseline"), amount("cost_difference"), {Name: "cost_times", Kind: export.Rate}, text("why")})
	against := ""
	for i := range rows {
		if rows[i].Baseline {
			against = rows[i].Provider + "/" + rows[i].Model
		}
	}
	known := func(c report.OptionalCost) export.Cell {
		if !c.Known {
			return export.Cell{}
		}
		return export.AmountCell(c.Point)
	}
	for _, i := range order {
		r := &rows[i]
		row := []export.Cell{ui.TextCell(r.Provider), ui.TextCell(r.Model)}
		if r.Counted {
			row = append(row, export.CountCell(r.Tokens.Point), export.CountCell(r.Tokens.Low), export.CountCell(r.Tokens.High), export.CountCell(r.Output))
		} else {
			row = append(row, make([]export.Cell, 4)...)
		}
		row = append(row, ui.TextCell(r.OutputBasis), ui.TextCell(r.Currency))
		if r.Priced && r.Counted {
			row = append(row, export.AmountCell(r.Total.Point), export.AmountCell(r.Total.Low), export.AmountCell(r.Total.High), known(r.Cached), known(r.Batch), known(r.PerMonth))
		} else {
			row = append(row, make([]export.Cell, 6)...)
		}
		row = append(row, ui.TextCell(against), known(r.Difference), timesCell(r))
		t.Rows = append(t.Rows, append(row, ui.TextCell(r.Why)))
	}
	return t
}

// timesCell is what a model costs as a multiple of the baseline, in thousandths.
func timesCell(r *report.Estimated) export.Cell {
	if !r.Relative && !r.Baseline {
		return export.Cell{}
	}
	n, err := money.Parse(decimal(1000+r.PerMille, 3))
	if err != nil {
		return export.Cell{}
	}
	return export.RateCell(money.NewRate(n))
}

// brief keeps the columns that people compare.
func brief(t *ui.Sheet) *ui.Sheet {
	out := *t
	out.Columns, out.Rows = nil, make([][]export.Cell, len(t.Rows))
	for i, c := range t.Columns {
		keep := slices.Contains([]string{"provider", "model", "input_tokens", "output_tokens", export.Currency, "cost", "cost_times", "cost_difference"}, c.Name) ||
			c.Name == "cost_per_month" && slices.ContainsFunc(t.Rows, func(row []export.Cell) bool { return row[i].Known() })
		if !keep {
			continue
		}
		out.Columns = append(out.Columns, c)
		for y := range t.Rows {
			out.Rows[y] = append(out.Rows[y], t.Rows[y][i])
		}
	}
	return &out
}
