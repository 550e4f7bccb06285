package sources

import (
	"tokpit/report"
	"tokpit/report/export"
	"tokpit/tui/ui"
)

// Sheet implements ui.Page: the sources, in their order.
func (p *Page) Sheet() func() *ui.Sheet {
	p.take()
	if p.snap == nil || p.form != nil || p.rows.Len() == 0 {
		return nil
	}
	items := make([]*item, p.rows.Len()) // which the table may order anew in the meantime
	for i := range items {
		items[i] = p.rows.At(i)
	}
	snap := p.snap
	return func() *ui.Sheet { return newSheet(snap, items) }
}

func newSheet(s *report.Snapshot, items []*item) *ui.Sheet {
	text := func(name string) export.Column { return export.Column{Name: name, Kind: export.Text} }
	count := func(name string) export.Column { return export.Column{Name: name, Kind: export.Count, Sum: true} }
	at := func(name string) export.Column { return export.Column{Name: name, Kind: export.Time} }
	t := ui.NewSheet(s, "Sources", "sources-"+s.AsOf.UTC().Format("2006-01-02"), []export.Column{text("source"), text("state"), text("kind"), text("type"),
		text("account"), text("basis"), at("last_sync"), at("first_usage"), at("last_usage"), count("records"), count("quarantined"), count("pending"),
		count("files"), text("error")})
	for _, it := range items {
		t.Rows = append(t.Rows, []export.Cell{ui.TextCell(it.Name), ui.TextCell(it.words()), ui.TextCell(it.kind()), ui.TextCell(it.Type),
			ui.TextCell(it.Account), ui.TextCell(it.Basis.String()), export.TimeCell(it.Synced), export.TimeCell(it.First), export.TimeCell(it.Last),
			export.CountCell(it.Records), export.CountCell(it.Quarantined), export.CountCell(it.Pending), export.CountCell(it.Files), ui.TextCell(it.Err)})
	}
	return t
}

// Clips implements ui.Clipped: how many records there are, the row, and what went
// wrong.
func (p *Page) Clips() []ui.Clip {
	it := p.selected()
	if it == nil || p.snap == nil || p.form != nil {
		return nil
	}
	one := newSheet(p.snap, []*item{it})
	out := append(one.CellClips(0, "records"), one.RowClip(0))
	return append(out, one.CellClips(0, "source", "error", "quarantined")...)
}
