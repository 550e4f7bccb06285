package overview

import (
	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/overlay"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// lineDetail shows everything that is known of one line of a table.
func lineDetail(st *ui.Styles, s *report.Snapshot, what string, r *row) *overlay.Detail {
	r.make()
	rows := []overlay.Row{
		{Label: what + " · " + spanWords(s, r.lens)},
	}
	rows = append(rows, moneyRows(st, s, &r.line.Sum)...)
	if r.change != "" {
		was, _ := r.lens.Of(&r.line.Previous)
		note := r.change
		if r.line.Previous.Priced {
			full, _ := versus(s, r.lens)
			note = r.change + " vs " + ui.Money(was, r.line.Previous.Currency) + " in the " + full
		}
		rows = append(rows, overlay.Row{Wrap: true, Note: note})
	}
	rows = append(rows, overlay.Row{}, overlay.Row{Label: "Tokens"})
	rows = append(rows, tokenRows(st, &r.line.Sum)...)
	return overlay.NewDetail(r.name, rows)
}

// moneyRows writes the money of a sum.
func moneyRows(st *ui.Styles, s *report.Snapshot, sum *report.Sum) []overlay.Row {
	kind := kindOf(s, ui.Lens{})
	rows := []overlay.Row{{Label: kind, Value: ui.Lens{}.Cost(sum), Ink: st.Strong, Note: "tokens × price"}}
	if s.PlanSet {
		rows = append(rows, overlay.Row{Label: "Cash", Value: ui.Lens{Cash: true}.Cost(sum), Ink: st.Strong, Note: "without what a plan covers"})
		if sum.Priced && len(sum.Costs) == 0 {
			rows = append(rows, overlay.Row{Label: "Under a plan", Value: ui.Money(sum.PlanCost, sum.Currency), Note: "API-equivalent"})
		}
	}
	if sum.Ranged {
		rows = append(rows, overlay.Row{Label: "Range", Value: ui.Money(sum.Low, sum.Currency), Note: "to " + ui.Money(sum.High, sum.Currency)})
	}
	if sum.HasReported {
		rows = append(rows, overlay.Row{Label: "Provider says", Value: ui.Money(sum.Reported, sum.Currency), Note: "its own amount"})
	}
	if per := costOfOne(sum); per != ui.Unknown {
		row := overlay.Row{Label: "Per request", Value: per}
		if s.PlanSet && (ui.Lens{Cash: true}).Differs(sum) {
			row.Note = "API-equivalent"
		}
		rows = append(rows, row)
	}
	if total := sum.Tokens.Total(); total > 0 && sum.Priced && len(sum.Costs) == 0 {
		perMillion := money.NewRate(sum.Cost).Scale(1e6, total).Amount()
		rows = append(rows, overlay.Row{Label: "Per 1M tokens", Value: ui.UnitMoney(perMillion, sum.Currency), Note: "all classes together"})
	}
	if sum.Estimated {
		rows = append(rows, overlay.Row{Wrap: true, Note: "Part of this uses another vendor's price for the same model."})
	}
	return rows
}

// tokenRows writes the token classes of a sum.
func tokenRows(st *ui.Styles, sum *report.Sum) []overlay.Row {
	t := sum.Tokens
	total := t.Total()
	row := func(label string, n int64, note string) overlay.Row {
		if note == "" && total > 0 {
			note = ui.Percent(n*1000/total) + " of all"
		}
		return overlay.Row{Label: label, Value: ui.Group(ui.Digits(n)), Note: note}
	}
	rows := []overlay.Row{
		row("Input", t.Input, ""),
		row("Read from cache", t.CacheRead, ""),
		row("Written to cache", t.CacheWrite5m, ""),
	}
	if t.CacheWrite1h > 0 {
		rows = append(rows, row("Written for an hour", t.CacheWrite1h, ""))
	}
	rows = append(rows, row("Output", t.Output, ""))
	if t.Reasoning > 0 {
		rows = append(rows, row("  of which reasoning", t.Reasoning, ui.Percent(t.Reasoning*1000/max(t.Output, 1))+" of output"))
	}
	rows = append(rows, row("All", total, " "))
	if sum.UnpricedTokens > 0 {
		rows = append(rows, overlay.Row{Label: "Unpriced", Value: ui.Group(ui.Digits(sum.UnpricedTokens)), Note: "not in the cost", Ink: st.Warn})
	}
	if sum.Requests != usage.Absent {
		rows = append(rows, overlay.Row{}, overlay.Row{Label: "Requests", Value: ui.Requests(sum.Requests, sum.Uncounted > 0)})
	}
	if sum.UnpricedUnits > 0 {
		rows = append(rows, overlay.Row{Label: "Unpriced units", Value: ui.Count(sum.UnpricedUnits), Note: "not in the cost", Ink: st.Warn})
	}
	for _, q := range sum.Quantities {
		rows = append(rows, overlay.Row{Label: ui.Text(q.Meter), Value: ui.Count(q.N)})
	}
	if c, ok := sum.CacheShare(); ok {
		rows = append(rows, overlay.Row{Label: "Cache hit share", Value: ui.Percent(c), Note: "of all input"})
	}
	return rows
}

// dayDetail shows one day of the trend.
func dayDetail(st *ui.Styles, s *report.Snapshot, d *days, i int) *overlay.Detail {
	pt := &d.points[i]
	rows := moneyRows(st, s, &pt.Sum)
	if parts, all := d.total(i, i+1); len(parts) > 1 && pt.Sum.Priced {
		rows = append(rows, overlay.Row{}, overlay.Row{Label: d.title})
		for j, name := range d.series {
			note := ""
			if perMille, ok := ui.ShareOf(parts[j], all); ok {
				note = ui.Percent(perMille)
			}
			rows = append(rows, overlay.Row{Label: name, Value: ui.Money(parts[j], dollars), Note: note})
		}
	}
	if changes := d.changes[i]; len(changes) > 0 {
		rows = append(rows, overlay.Row{}, overlay.Row{Label: "Prices that changed"})
		for _, c := range changes {
			rows = append(rows, overlay.Row{Wrap: true, Note: ui.Text(c.Model) + ": " + ui.Text(c.Text)})
		}
	}
	rows = append(rows, overlay.Row{}, overlay.Row{Label: "Tokens"})
	rows = append(rows, tokenRows(st, &pt.Sum)...)
	return overlay.NewDetail(pt.Day.Format("Monday 2 January 2006"), rows)
}
