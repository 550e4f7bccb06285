package simulate

import (
	"slices"
	"strings"
	"time"

	"tokpit/money"
	"tokpit/report"
	"tokpit/report/export"
	"tokpit/scenario"
	"tokpit/tui/ui"
)

// Sheet implements ui.Page: the table below the levers. While the keys go to the
// levers, the same key removes one.
func (p *Page) Sheet() func() *ui.Sheet {
	if p.snap == nil || p.keys.Remove.Enabled() || p.keys.Drop.Enabled() {
		return nil
	}
	snap, name := p.snap, p.name
	if name == "" {
		name = "scenario"
	}
	switch {
	case p.view == modelsView && p.result != nil && p.broken == nil && len(p.rows.order) > 0:
		result, order := p.result, slices.Clone(p.rows.order)
		return func() *ui.Sheet { return modelSheet(snap, name, result, order) }
	case p.view == ideasView && p.ranking != nil:
		var list []*scenario.Saving
		for i := range p.list.rows {
			if s := p.list.rows[i].saving; s != nil {
				list = append(list, s)
			}
		}
		if currency := p.list.currency; len(list) > 0 {
			return func() *ui.Sheet { return ideaSheet(snap, currency, list) }
		}
	}
	return nil
}

func exactCell(a money.Amount, known bool) export.Cell {
	if !known {
		return export.Cell{}
	}
	return export.AmountCell(a)
}

// modelSheet is the models before and after, over the whole span.
func modelSheet(s *report.Snapshot, name string, r *scenario.Result, order []int) *ui.Sheet {
	columns := []export.Column{{Name: "provider", Kind: export.Text}, {Name: "model", Kind: export.Text}, {Name: "known", Kind: export.Flag}}
	for _, column := range []string{"cost_before", "cost_after", "cash_before", "cash_after"} {
		columns = append(columns, export.Column{Name: column, Kind: export.Amount, Sum: true})
	}
	columns = append(columns, export.Column{Name: export.Currency, Kind: export.Text}, export.Column{Name: "tokens_before", Kind: export.Count, Sum: true},
		export.Column{Name: "tokens_after", Kind: export.Count, Sum: true}, export.Column{Name: "since", Kind: export.Time}, export.Column{Name: "until", Kind: export.Time})
	t := ui.NewSheet(s, "Models before and after, "+name, name+"-models", columns)
	for _, i := range order {
		m := &r.Models[i]
		b, a := &m.Before, &m.After
		one := len(b.Costs) == 0 && len(a.Costs) == 0
		t.Rows = append(t.Rows, []export.Cell{ui.TextCell(m.Provider), ui.TextCell(m.Model), export.FlagCell(m.Known), exactCell(b.Cost, b.Priced && one),
			exactCell(a.Cost, a.Priced && m.Known && one), exactCell(b.Cash, b.CashKnown && one), exactCell(a.Cash, a.CashKnown && m.Known && one),
			ui.TextCell(r.Before.Currency), export.CountCell(b.Tokens.Total()), export.CountCell(a.Tokens.Total()),
			export.TimeCell(r.Span.Since), export.TimeCell(r.Span.Until)})
	}
	return t
}

// ideaSheet is the changes that save most, with what is not known of each: a
// smaller bill alone is no reason for a swap.
func ideaSheet(s *report.Snapshot, currency string, list []*scenario.Saving) *ui.Sheet {
	text := func(name string) export.Column { return export.Column{Name: name, Kind: export.Text} }
	amount := func(name string) export.Column { return export.Column{Name: name, Kind: export.Amount} }
	t := ui.NewSheet(s, "What would save most", "savings-"+s.AsOf.UTC().Format("2006-01-02"), []export.Column{text("change"), text("lever"), text(export.Currency),
		amount("cost_change"), amount("cost_change_low"), amount("cost_change_high"), amount("cash_change"), amount("cost_change_a_month"), amount("cash_change_a_month"),
		{Name: "known", Kind: export.Flag}, text("quality"), {Name: "model_ends", Kind: export.Date}, text("mind")})
	for _, x := range list {
		ends := export.Cell{}
		if x.Swap != nil && !x.Swap.Ends.IsZero() {
			ends = export.TextCell(x.Swap.Ends.Format(time.DateOnly))
		}
		var mind []string
		for _, c := range x.Caveats {
			mind = append(mind, c.Text)
		}
		t.Rows = append(t.Rows, []export.Cell{ui.TextCell(x.Title), ui.TextCell(x.Lever.String()), ui.TextCell(currency), export.AmountCell(x.Cost),
			exactCell(x.CostLow, x.Ranged), exactCell(x.CostHigh, x.Ranged), export.AmountCell(x.Cash), export.AmountCell(x.PerMonth), export.AmountCell(x.CashPerMonth),
			export.FlagCell(x.Known), ui.TextCell(x.QualityText()), ends, ui.TextCell(strings.Join(mind, "; "))})
	}
	return t
}
