package overview

import (
	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/report/export"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// Sheet implements ui.Page: the panel that has the focus, all its rows.
func (p *Page) Sheet() func() *ui.Sheet {
	if p.snap == nil || p.snap.Empty {
		return nil
	}
	if p.focus == trend {
		snap, lens, d := p.snap, p.lens, p.days
		bars, first := d.chart(p.span, -1)
		r := p.plan.at[trend]
		from := first + len(bars.Bars) - bars.Frame(r.Dx(), r.Dy()-1).Count()
		return func() *ui.Sheet { return daySheet(snap, lens, &d, max(from, 0)) }
	}
	l, ok := p.tables[p.focus]
	if !ok || l.rows.Len() == 0 {
		return nil
	}
	lines := make([]*report.Line, l.rows.Len()) // which the table may order anew in the meantime
	for i := range lines {
		lines[i] = l.rows.At(i).line
	}
	snap, lens, which, title := p.tabled.snap, p.tabled.lens, p.focus, l.title
	return func() *ui.Sheet { return lineSheet(snap, lens, which, title, lines) }
}

// keyOf is the column that names a line.
func keyOf(which panel) string {
	return map[panel]string{models: "model", projects: "project", providers: "provider", sourceLines: "source"}[which]
}

func lineSheet(s *report.Snapshot, lens ui.Lens, which panel, title string, lines []*report.Line) *ui.Sheet {
	columns := []export.Column{{Name: keyOf(which), Kind: export.Text}}
	if which == projects {
		columns = append(columns, export.Column{Name: "project_name", Kind: export.Text})
	}
	columns = append(columns, ui.SumColumns()...)
	columns = append(columns, export.Column{Name: "cost_before", Kind: export.Amount, Sum: true}, export.Column{Name: "cash_before", Kind: export.Amount, Sum: true})
	words, name := " of the billing cycle", title+"-"+s.CycleStart.In(zone(s)).Format("2006-01-02")
	if ownTime(lens) {
		if words, name = " of "+spanWords(s, lens), title; !lens.View.Span.Since.IsZero() {
			name += "-" + lens.View.Span.Since.In(zone(s)).Format("2006-01-02")
		}
	}
	if part := filterWords(s, lens); part != "" {
		words, name = words+", "+part, name+"-"+part
	}
	t := ui.NewSheet(s, title+words, name, columns).Of(lens.View)
	for _, l := range lines {
		keys := []export.Cell{ui.TextCell(l.Name)}
		if which == projects {
			name := s.Names.Of(usage.ByProject, l.Name)
			if clean.Text(name) == clean.Text(l.Name) {
				name = "" // it has none
			}
			keys = append(keys, ui.TextCell(name))
		}
		var cost, cash export.Cell
		if b := &l.Previous; len(b.Costs) == 0 && (b.Currency == l.Sum.Currency || l.Sum.Currency == "") {
			if b.Priced {
				cost = export.AmountCell(b.Cost)
			}
			if b.CashKnown {
				cash = export.AmountCell(b.Cash)
			}
		}
		t.AddSum(keys, &l.Sum, cost, cash)
	}
	return t
}

// daySheet is the days of the chart from one on, with what each is made of.
func daySheet(s *report.Snapshot, lens ui.Lens, d *days, from int) *ui.Sheet {
	columns := append([]export.Column{{Name: "day", Kind: export.Date}}, ui.SumColumns()...)
	for i, name := range d.series {
		if d.fees && i == len(d.series)-1 {
			name = "plan_fees"
		} else {
			name = "provider=" + name
		}
		columns = append(columns, export.Column{Name: name + " (" + dollars + ")", Kind: export.Amount, Sum: true})
	}
	title := d.title
	if part := filterWords(s, lens); part != "" {
		title += ", " + part
	}
	t := ui.NewSheet(s, title, title, columns).Of(lens.View)
	for i := from; i < len(d.points); i++ {
		parts := make([]export.Cell, len(d.series))
		for k, a := range d.parts[i] {
			if k < len(parts) {
				parts[k] = export.AmountCell(a)
			}
		}
		t.AddSum([]export.Cell{export.TextCell(d.points[i].Day.Format("2006-01-02"))}, &d.points[i].Sum, parts...)
	}
	return t
}

// Clips implements ui.Clipped: the headline, and what is under the cursor.
func (p *Page) Clips() (out []ui.Clip) {
	if p.snap == nil || p.snap.Empty {
		return nil
	}
	one := new(ui.Sheet)
	if l, ok := p.tables[p.focus]; ok && l.table.Cursor() < l.rows.Len() {
		one = lineSheet(p.tabled.snap, p.tabled.lens, p.focus, l.title, []*report.Line{l.rows.At(l.table.Cursor()).line})
	} else if d := p.days; p.focus == trend && p.cursor >= 0 && p.cursor < len(d.points) {
		if one = daySheet(p.snap, p.lens, &d, p.cursor); len(one.Rows) > 1 {
			one.Rows = one.Rows[:1]
		}
	}
	if len(one.Rows) > 0 {
		out = append(one.CellClips(0, p.figure()), one.RowClip(0))
		out = append(out, one.CellClips(0, "requests", "input_tokens", "output_tokens")...)
	}
	return out
}

// figure is the column that the page shows.
func (p *Page) figure() string {
	if p.lens.For(p.snap).Cash {
		return "cash"
	}
	return "cost"
}
