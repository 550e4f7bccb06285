package budgets

import (
	"tokpit/report"
	"tokpit/report/export"
	"tokpit/tui/ui"
)

// Sheet implements ui.Page: all budgets, in their order.
func (p *Page) Sheet() func() *ui.Sheet {
	if p.snap == nil || p.form != nil || p.replay != nil || len(p.items) == 0 {
		return nil
	}
	snap, items := p.snap, p.items
	return func() *ui.Sheet { return newSheet(snap, items) }
}

func newSheet(s *report.Snapshot, items []item) *ui.Sheet {
	text := func(name string) export.Column { return export.Column{Name: name, Kind: export.Text} }
	amount := func(name string) export.Column { return export.Column{Name: name, Kind: export.Amount, Sum: true} }
	at := func(name string) export.Column { return export.Column{Name: name, Kind: export.Time} }
	t := ui.NewSheet(s, "Budgets", "budgets-"+s.AsOf.UTC().Format("2006-01-02"), []export.Column{text("budget"), text("scope"), text("period"),
		at("period_start"), at("period_end"), at("as_of"), text("state"), text(export.Currency), amount("limit"), amount("spent"), amount("plan_fees"),
		amount("headroom"), amount("forecast"), amount("forecast_low"), amount("forecast_high"), at("exhausted"), text("trouble")})
	for i := range items {
		it := &items[i]
		row := []export.Cell{ui.TextCell(it.Budget.Name), ui.TextCell(it.Budget.Scope.String()), ui.TextCell(string(it.Budget.Period)),
			export.TimeCell(it.Period.Since), export.TimeCell(it.Period.Until), export.TimeCell(it.AsOf), ui.TextCell(string(it.State)),
			ui.TextCell(it.Budget.Currency), export.AmountCell(it.Budget.Amount)}
		if it.Err != nil { // then nothing else is known
			t.Rows = append(t.Rows, append(append(row, make([]export.Cell, 7)...), ui.TextCell(it.Err.Error())))
			continue
		}
		row = append(row, export.AmountCell(it.Cost), export.AmountCell(it.Fees), export.AmountCell(it.Headroom))
		if f := &it.Forecast; f.Known {
			row = append(row, export.AmountCell(f.Point), export.AmountCell(f.Low), export.AmountCell(f.High))
		} else {
			row = append(row, make([]export.Cell, 3)...)
		}
		spent := export.Cell{}
		if it.Exhaustion.Known && it.Exhaustion.Within {
			spent = export.TimeCell(it.Exhaustion.At)
		}
		t.Rows = append(t.Rows, append(row, spent, export.Cell{}))
	}
	return t
}

// Clips implements ui.Clipped: what is spent, what is left, and the row.
func (p *Page) Clips() []ui.Clip {
	it := p.selected()
	if it == nil || p.snap == nil || p.form != nil || p.replay != nil {
		return nil
	}
	one := newSheet(p.snap, []item{*it})
	out := one.CellClips(0, "spent")
	out = append(out, one.RowClip(0))
	return append(out, one.CellClips(0, "headroom", "limit", "forecast", "exhausted")...)
}
