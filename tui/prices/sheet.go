package prices

import (
	"time"

	"tokpit/pricing"
	"tokpit/report"
	"tokpit/report/export"
	"tokpit/tui/ui"
)

// Sheet implements ui.Page: the table that is shown. Prices are of 1,000,000
// tokens, whatever the unit on screen.
func (p *Page) Sheet() func() *ui.Sheet {
	if p.snap == nil || p.typing || p.count(p.section) == 0 {
		return nil
	}
	snap, section := p.snap, p.section
	if section == book {
		items := make([]*item, p.items.Len()) // which the table may order anew in the meantime
		for i := range items {
			items[i] = p.items.At(i)
		}
		return func() *ui.Sheet { return bookSheet(snap, items) }
	}
	list := make([]*event, p.events[section].Len())
	for i := range list {
		list[i] = p.events[section].At(i)
	}
	return func() *ui.Sheet { return eventSheet(snap, section, list) }
}

func text(name string) export.Column { return export.Column{Name: name, Kind: export.Text} }

// dayCell is a day of UTC; the zero time is not known.
func dayCell(t time.Time) export.Cell {
	if t.IsZero() {
		return export.Cell{}
	}
	return export.TextCell(t.UTC().Format("2006-01-02"))
}

// positive is a count that is not known if it is 0.
func positive(n int64) export.Cell {
	if n == 0 {
		return export.Cell{}
	}
	return export.CountCell(n)
}

func bookSheet(s *report.Snapshot, items []*item) *ui.Sheet {
	columns := []export.Column{text("provider"), text("model"), {Name: "in_use", Kind: export.Flag}, text(export.Currency)}
	for k := pricing.Input; k <= pricing.Output; k++ {
		columns = append(columns, export.Column{Name: "price_" + k.String() + "_per_1m", Kind: export.Rate})
	}
	columns = append(columns, export.Column{Name: "context_tokens", Kind: export.Count}, export.Column{Name: "output_tokens_most", Kind: export.Count},
		export.Column{Name: "since", Kind: export.Date}, text("tiers"), text("status"), text("source"), text("price_book"))
	t := ui.NewSheet(s, "Prices per 1,000,000 tokens", "prices-"+s.AsOf.UTC().Format("2006-01-02"), columns)
	for _, it := range items {
		l := it.listing
		row := []export.Cell{ui.TextCell(it.ref.Provider), ui.TextCell(it.ref.Model), export.FlagCell(it.mine != nil), ui.TextCell(l.Row.Currency)}
		for k := pricing.Input; k <= pricing.Output; k++ {
			cell := export.Cell{}
			if rate, known := l.Rates.Of(k); known && it.priced {
				cell = export.RateCell(rate)
			}
			row = append(row, cell)
		}
		since := export.Cell{}
		if it.priced {
			since = dayCell(l.Since())
		}
		t.Rows = append(t.Rows, append(row, positive(l.Row.Window), positive(l.Row.MaxOutput), since, ui.TextCell(it.tiers), ui.TextCell(it.status),
			ui.TextCell(l.Row.Source), ui.TextCell(s.Prices)))
	}
	return t
}

func eventSheet(s *report.Snapshot, which section, list []*event) *ui.Sheet {
	title := map[section]string{changes: "Changes of prices", scheduled: "Announced changes of prices", retiring: "Models that shut down"}[which]
	columns := []export.Column{{Name: "date", Kind: export.Date}, text("provider"), text("model"), {Name: "in_use", Kind: export.Flag}}
	if which == retiring {
		columns = append(columns, text("replacement"), export.Column{Name: "tokens_in_cycle", Kind: export.Count}, text(export.Currency),
			export.Column{Name: "cost_before", Kind: export.Amount}, export.Column{Name: "cost_after", Kind: export.Amount}, text("source"))
	} else {
		columns = append(columns, text("change_per_1m"), text("factor"))
	}
	t := ui.NewSheet(s, title, title, columns)
	for _, e := range list {
		row := []export.Cell{dayCell(e.at), ui.TextCell(e.ref.Provider), ui.TextCell(e.ref.Model), export.FlagCell(e.mine != nil)}
		if which != retiring {
			t.Rows = append(t.Rows, append(row, ui.TextCell(e.what(pricing.PerMillion)), ui.TextCell(e.factor)))
			continue
		}
		var before, after, currency, source export.Cell
		if e.move.to != "" && e.move.why == "" {
			before, after, currency = export.AmountCell(e.move.before), export.AmountCell(e.move.after), ui.TextCell(e.move.currency)
		}
		if e.life != nil {
			source = ui.TextCell(e.life.Source)
		}
		t.Rows = append(t.Rows, append(row, ui.TextCell(replacement(e.life)), positive(tokensOf(e)), currency, before, after, source))
	}
	return t
}
