package explore

import (
	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/chart"
	"tokpit/tui/table"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// figure makes one of the columns that can be chosen; false if it says nothing
// here.
func figure(id string, r *reply, lens ui.Lens, whole money.Amount) (column, bool) {
	number := func(title string, width int, n func(*report.Sum) int64, text func(int64) string) (column, bool) {
		return column{id: id, Column: table.Column{Title: title, Right: true, Width: width},
			text: func(l *line) string {
				if l.gone() {
					return ui.Unknown
				}
				return text(n(l.sum))
			},
			order: func(a, b *line) int { return compareInts(n(a.sum), n(b.sum)) }}, true
	}
	tokens := func(title string, n func(*usage.Tokens) int64) (column, bool) {
		return number(title, max(6, len(title)), func(s *report.Sum) int64 { return n(&s.Tokens) }, ui.Tokens)
	}
	switch id {
	case colShare:
		return shareColumn(lens, whole)
	case colTokens:
		return tokens("tokens", func(t *usage.Tokens) int64 { return t.Total() })
	case colInput:
		return tokens("input", func(t *usage.Tokens) int64 { return t.Input })
	case colRead:
		return tokens("cached", func(t *usage.Tokens) int64 { return t.CacheRead })
	case colWrite:
		return tokens("written", func(t *usage.Tokens) int64 { return t.CacheWrite5m + t.CacheWrite1h })
	case colOutput:
		return tokens("output", func(t *usage.Tokens) int64 { return t.Output })
	case colThinking:
		return tokens("reason.", func(t *usage.Tokens) int64 { return t.Reasoning })
	case colUnpriced:
		return number("unpriced", 8, func(s *report.Sum) int64 { return s.UnpricedTokens }, ui.Tokens)
	case colRecords:
		return number("records", 9, func(s *report.Sum) int64 { return s.Records }, ui.Count)
	case colRequests:
		c, ok := number("requests", 10, func(s *report.Sum) int64 { return s.Requests }, ui.Count)
		c.text = func(l *line) string { return ui.Requests(l.sum.Requests, l.sum.Uncounted > 0) }
		return c, ok
	}
	return moneyFigure(id, r, lens)
}

// perRequest is the API-equivalent of one request; at most that, if some are not
// counted.
func perRequest(s *report.Sum) string {
	a, atMost, ok := ui.PerRequest(s)
	switch {
	case !ok:
		return ui.Unknown
	case atMost:
		return "≤" + ui.UnitMoney(a, s.Currency)
	}
	return ui.UnitMoney(a, s.Currency)
}

// paidColumn is a column of an amount that lines may have.
func paidColumn(id, title string, get func(*line) (*report.Sum, money.Amount, bool)) column {
	return column{id: id, Column: table.Column{Title: title, Right: true, Width: 11},
		text: func(l *line) string {
			if s, a, ok := get(l); ok {
				return ui.Money(a, s.Currency)
			}
			return ui.Unknown
		},
		order: func(a, b *line) int {
			_, x, _ := get(a)
			_, y, _ := get(b)
			return x.Cmp(y)
		}}
}

func moneyFigure(id string, r *reply, lens ui.Lens) (column, bool) {
	c := column{id: id, Column: table.Column{Right: true, Width: 11}}
	other := ui.Lens{Cash: !lens.Cash}
	switch id {
	case colOther:
		if !r.snap.PlanSet {
			return column{}, false
		}
		c.Title = briefKind(r.snap, other)
		c.text = func(l *line) string { return costText(l, other) }
		c.order = func(a, b *line) int { return compareAmounts(a, b, other) }
	case colReported:
		c = paidColumn(id, "reported", func(l *line) (*report.Sum, money.Amount, bool) { return l.sum, l.sum.Reported, l.sum.HasReported })
	case colBilled:
		c = paidColumn(id, "billed", func(l *line) (*report.Sum, money.Amount, bool) {
			if l.billed == nil {
				return nil, money.Amount{}, false
			}
			return l.billed, l.billed.Reported, l.billed.HasReported
		})
	case colPer:
		c.Title, c.Width = "per req.", 10
		if lens.Differs(&r.answer.Total) {
			c.Title = "API/req."
		}
		c.text = func(l *line) string { return perRequest(l.sum) }
		c.order = func(a, b *line) int {
			x, _, _ := ui.PerRequest(a.sum)
			y, _, _ := ui.PerRequest(b.sum)
			return x.Cmp(y)
		}
	case colCache:
		c.Title, c.Width = "cache", 6
		c.text = func(l *line) string {
			if n, ok := l.sum.CacheShare(); ok {
				return ui.Percent(n)
			}
			return ui.Unknown
		}
		c.order = func(a, b *line) int {
			x, _ := a.sum.CacheShare()
			y, _ := b.sum.CacheShare()
			return compareInts(x, y)
		}
	default:
		return column{}, false
	}
	return c, true
}

func shareColumn(lens ui.Lens, whole money.Amount) (column, bool) {
	return column{id: colShare, Column: table.Column{Title: "share", Width: 6, Flex: 1, Max: 14},
		text: func(l *line) string {
			if n, ok := shareOf(l, lens, whole); ok {
				return ui.Percent(n)
			}
			return ""
		},
		draw: func(p *ui.Pen, st *ui.Styles, l *line, w int) {
			n, ok := shareOf(l, lens, whole)
			if !ok {
				p.Space(w)
				return
			}
			chart.Share(p, st, st.Accent, n, w)
		},
		order: func(a, b *line) int { return compareAmounts(a, b, lens) }}, true
}

// trendColumn draws the days of each row. It may be asked before they are known.
func trendColumn(r *reply) (column, bool) {
	n := len(r.trend.names) - r.trend.lead
	if r.step.view != usageView || n < 2 {
		return column{}, false
	}
	width := min(n, 31)
	return column{id: colTrend, Column: table.Column{Title: "by " + string(r.trend.unit), Width: max(width, len("by month"))},
		text: func(*line) string { return "" },
		draw: func(p *ui.Pen, st *ui.Styles, l *line, w int) {
			ink := st.Accent
			for i, d := range r.step.by {
				if hue := st.Hue(d, l.keys[i]); hue != ui.Unmarked {
					ink = st.Series(hue)
				}
			}
			values, chosen := l.days, r.chosen
			if len(values) > width {
				values, chosen = binned(values, width), chosen*width/len(values)
			}
			if r.chosen < 0 {
				chosen = -1
			}
			chart.Spark(p, st, ink, values, chosen, width)
		}}, true
}

// binned adds up neighbours, so that n values are left.
func binned(values []float64, n int) []float64 {
	out := make([]float64, n)
	for i, v := range values {
		out[i*n/len(values)] += v
	}
	return out
}

// shareOf is a line's part of the whole, in thousandths.
func shareOf(l *line, lens ui.Lens, whole money.Amount) (int64, bool) {
	a, ok := l.amount(lens)
	if !ok {
		return 0, false
	}
	return ui.ShareOf(a, whole)
}
