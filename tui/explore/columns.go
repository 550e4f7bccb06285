package explore

import (
	"slices"
	"strings"

	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/table"
	"tokpit/tui/ui"
)

// column is one column of the table.
type column struct {
	id string
	table.Column
	dim   int // index of the row's dimension; -1 for figures
	text  func(l *line) string
	ink   func(st *ui.Styles, l *line) ui.Ink
	draw  func(p *ui.Pen, st *ui.Styles, l *line, w int) // instead of text
	order func(a, b *line) int
}

// The ids of the figures that a table may show.
const (
	colAmount   = "amount"
	colShare    = "share"
	colBefore   = "before"
	colChange   = "change"
	colPrice    = "price"
	colVolume   = "volume"
	colMix      = "mix"
	colFees     = "fees"
	colTokens   = "tokens"
	colRequests = "requests"
	colCache    = "cache"
	colPer      = "per"
	colOther    = "other"
	colInput    = "input"
	colRead     = "cache_read"
	colWrite    = "cache_write"
	colOutput   = "output"
	colThinking = "reasoning"
	colReported = "reported"
	colBilled   = "billed"
	colUnpriced = "unpriced"
	colRecords  = "records"
	colTrend    = "trend"
)

// optional lists the figures that can be shown or not, as people choose them.
func optional() []struct{ id, name, note string } {
	return []struct{ id, name, note string }{
		{colShare, "share", "of what is shown"},
		{colTokens, "tokens", "all classes"},
		{colRequests, "requests", "responses"},
		{colCache, "cache", "of the input, read from a cache"},
		{colPer, "per request", "API-equivalent cost"},
		{colOther, "the other figure", "API-equivalent beside cash"},
		{colTrend, "trend", "cost by day, each row by its own largest"},
		{colInput, "input", "tokens, without the cache"},
		{colRead, "cache read", "tokens"},
		{colWrite, "cache write", "tokens"},
		{colOutput, "output", "tokens"},
		{colThinking, "reasoning", "tokens, part of the output"},
		{colReported, "reported", "what the sources say it cost"},
		{colBilled, "billed", "what the providers billed"},
		{colUnpriced, "unpriced", "tokens without a price"},
		{colRecords, "records", "that were added up"},
	}
}

// usual is the figures that a table shows unless somebody chooses others.
func usual() []string {
	return []string{colShare, colTokens, colRequests, colOther, colCache, colPer, colTrend}
}

// kindOf names what the figures are. Usage that may be covered by a subscription
// is never called spend as long as no plan says so.
func kindOf(s *report.Snapshot, lens ui.Lens) string {
	switch {
	case s.PlanSet && lens.Cash:
		return "Cash"
	case s.PlanSet:
		return "API-equivalent"
	case s.Subscribable:
		return "API-equivalent (no plan set)"
	}
	return "Cost at list price"
}

// briefKind is [kindOf] for the head of a column.
func briefKind(s *report.Snapshot, lens ui.Lens) string {
	switch {
	case s.PlanSet && lens.Cash:
		return "cash"
	case s.PlanSet, s.Subscribable:
		return "API-equiv."
	}
	return "cost"
}

// columnsOf makes the columns of an answer's table.
func columnsOf(r *reply, lens ui.Lens, chosen []string, whole money.Amount) []column {
	out := nameColumns(r)
	priority := 1
	if r.step.view == sessionsView {
		out, priority = sessionColumns(r), 6
	}
	amount := column{id: colAmount, dim: -1, Column: table.Column{Title: briefKind(r.snap, lens), Right: true, Width: 11},
		text: func(l *line) string { return costText(l, lens) },
		ink: func(st *ui.Styles, l *line) ui.Ink {
			if _, ok := l.amount(lens); ok && !l.gone() {
				return st.Strong
			} else if l.sum.UnpricedTokens > 0 {
				return st.Warn
			}
			return st.Muted
		},
		order: func(a, b *line) int { return compareAmounts(a, b, lens) }}
	out = append(out, amount)
	add := func(c column) {
		c.Priority = priority
		c.dim = -1
		priority++
		out = append(out, c)
	}
	if r.compare {
		for _, c := range moveColumns(lens) {
			add(c)
		}
	}
	for _, id := range chosen {
		if gives(id, r) {
			continue // what matters more has its room
		}
		if id == colTrend {
			continue // comes last
		}
		if c, ok := figure(id, r, lens, whole); ok {
			add(c)
		}
	}
	if slices.Contains(chosen, colTrend) && !r.compare {
		if c, ok := trendColumn(r); ok {
			add(c)
		}
	}
	return out
}

// gives reports whether a usual figure leaves its room to why costs changed, or to
// what a session was.
func gives(id string, r *reply) bool {
	switch id {
	case colShare, colOther:
		return r.compare || r.step.view == sessionsView
	case colRequests, colCache, colPer:
		return r.compare
	}
	return false
}

// costText is an amount, in short form if it does not fit its column.
func costText(l *line, lens ui.Lens) string {
	if l.gone() {
		return "gone"
	}
	s := lens.Cost(l.sum)
	if a, ok := l.amount(lens); ok && ui.Width(s) > 11 {
		return ui.CompactMoney(a, l.sum.Currency)
	}
	return s
}

func nameColumns(r *reply) []column {
	var out []column
	for i, d := range r.step.by {
		c := column{id: "by:" + string(d), dim: i, Column: table.Column{Title: dimName(d), Width: 14, Flex: 6, Max: 40},
			text: func(l *line) string { return l.names[i] },
			ink: func(st *ui.Styles, l *line) ui.Ink {
				if l.keys[i] == "" || l.gone() {
					return st.Muted
				}
				return st.Text
			},
			order: func(a, b *line) int {
				if d.IsTime() {
					return strings.Compare(a.keys[i], b.keys[i])
				}
				return strings.Compare(a.names[i], b.names[i])
			}}
		longest := ui.Width(dimName(d))
		for j := range r.lines {
			longest = max(longest, ui.Width(r.lines[j].names[i])+1) // a mark may stand before it
		}
		c.Width, c.Max = min(max(longest, 12), 27), max(longest, 12)
		if len(r.step.by) > 1 || r.compare {
			c.Width = min(c.Width, 17)
		}
		if d.IsTime() {
			c.Width, c.Flex, c.Max = 16, 0, 0
		}
		c.draw = func(p *ui.Pen, st *ui.Styles, l *line, w int) {
			st.Name(p, st.Hue(d, l.keys[i]), c.ink(st, l), l.names[i], w)
		}
		out = append(out, c)
	}
	return out
}

// moveColumns say what has changed, and why.
func moveColumns(lens ui.Lens) []column {
	of := func(id, title string, width int, get func(*report.Effects) money.Amount) column {
		effect := func(l *line) (money.Amount, string, bool) {
			if l.move == nil {
				return money.Amount{}, "", false
			}
			e := l.move.In(lens.Cash)
			return get(&e), currencyOf(l.move), e.Known
		}
		return column{id: id, Column: table.Column{Title: title, Right: true, Width: width},
			text: func(l *line) string {
				a, currency, ok := effect(l)
				if !ok || a.IsZero() && !compared(id, l.move, lens) {
					return ui.Unknown
				}
				return signedMoney(a, currency, width)
			},
			ink: func(st *ui.Styles, l *line) ui.Ink {
				a, _, ok := effect(l)
				switch {
				case !ok, a.IsZero(), id == colChange && minor(l.move, lens):
					return st.Muted
				case id == colChange:
					return changeInk(st, a)
				}
				return st.Text
			},
			order: func(a, b *line) int {
				x, _, _ := effect(a)
				y, _, _ := effect(b)
				if id == colChange {
					return x.Abs().Cmp(y.Abs())
				}
				return x.Cmp(y)
			}}
	}
	before := column{id: colBefore, Column: table.Column{Title: "before", Right: true, Width: 11},
		text: func(l *line) string {
			if l.move == nil {
				return ui.Unknown
			}
			return lens.Cost(&l.move.Before)
		},
		order: func(a, b *line) int { return moveBefore(a, lens).Cmp(moveBefore(b, lens)) }}
	out := []column{
		of(colChange, "change", 10, func(e *report.Effects) money.Amount { return e.Change }),
		of(colVolume, "volume", 9, func(e *report.Effects) money.Amount { return e.Volume }),
		of(colMix, "mix", 9, func(e *report.Effects) money.Amount { return e.Mix }),
		of(colPrice, "price", 9, func(e *report.Effects) money.Amount { return e.Price }),
	}
	out = append(out, before)
	if lens.Cash {
		out = append(out, of(colFees, "fees", 9, func(e *report.Effects) money.Amount { return e.Fees }))
	}
	return out
}

// compared reports whether one of the effects could be anything: there is no
// price or mix to compare if a row is new or gone, no reason if it is free on
// both sides, and no fee if there is none.
func compared(id string, m *report.Move, lens ui.Lens) bool {
	if id == colChange {
		return true
	}
	if id == colFees {
		return !m.Before.PlanFee.IsZero() || !m.Now.PlanFee.IsZero()
	}
	before, _ := lens.Of(&m.Before)
	now, _ := lens.Of(&m.Now)
	if before.IsZero() && now.IsZero() {
		return false
	}
	return id == colVolume || m.Before.Records > 0 && m.Now.Records > 0
}

func moveBefore(l *line, lens ui.Lens) money.Amount {
	if l.move == nil {
		return money.Amount{}
	}
	a, _ := lens.Of(&l.move.Before)
	return a
}

func currencyOf(m *report.Move) string {
	if m.Now.Currency != "" {
		return m.Now.Currency
	}
	return m.Before.Currency
}

// minor reports a change of less than a tenth: if every row is coloured, none is.
func minor(m *report.Move, lens ui.Lens) bool {
	was, _ := lens.Of(&m.Before)
	return m.In(lens.Cash).Change.Abs().Cmp(money.NewRate(was.Abs()).Scale(1, 10).Amount()) < 0
}

func changeInk(st *ui.Styles, a money.Amount) ui.Ink {
	switch a.Sign() {
	case 1:
		return st.Warn
	case -1:
		return st.Good
	}
	return st.Muted
}

// signedMoney writes a difference with its sign, in short form if need be.
func signedMoney(a money.Amount, currency string, width int) string {
	if a.IsZero() {
		return "="
	}
	sign := "+"
	if a.Sign() < 0 {
		sign = "-"
	}
	s := sign + ui.Money(a.Abs(), currency)
	if ui.Width(s) > width {
		s = sign + ui.CompactMoney(a.Abs(), currency)
	}
	return s
}
