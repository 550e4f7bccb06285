package explore

import (
	"strings"

	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/filter"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// line is one row of an answer, with what people read for it.
type line struct {
	keys    []string // as the answer has them
	key     string   // all of them, for finding the row again
	names   []string // what people read
	search  string   // lower case
	sum     *report.Sum
	billed  *report.Sum         // nil if nothing was billed, or it was not asked for
	move    *report.Move        // nil if nothing is compared
	at      int                 // of the answer's cells; -1 if it has none
	days    []float64           // what it cost by the trend's own days; nil is not known
	session *report.SessionLine // in the list of sessions
}

// newLines makes the rows of an answer, those that have gone included.
func newLines(r *reply) []line {
	out := make([]line, 0, max(len(r.answer.Rows), len(r.answer.Moves)))
	for i := range r.answer.Rows {
		row := &r.answer.Rows[i]
		l := newLine(r, row.Keys, &row.Sum)
		l.at = i
		if i < len(r.answer.Moves) {
			l.move = &r.answer.Moves[i]
		}
		out = append(out, l)
	}
	for i := len(r.answer.Rows); i < len(r.answer.Moves); i++ {
		m := &r.answer.Moves[i]
		l := newLine(r, m.Keys, &m.Now)
		l.move = m
		out = append(out, l)
	}
	return out
}

func newLine(r *reply, keys []string, sum *report.Sum) line {
	l := line{keys: keys, key: keyOf(keys), sum: sum, at: -1, names: make([]string, len(keys))}
	for i, k := range keys {
		l.names[i] = nameOf(r.snap.Names, r.step.by[i], k)
	}
	l.search = strings.ToLower(strings.Join(l.names, "\n") + "\n" + strings.Join(keys, "\n"))
	return l
}

// nameOf is what people read for a value: its name, or what is known of it if it
// nameOf is what people call a value of a dimension.
func nameOf(names *report.Names, d usage.Dimension, value string) string {
	if value != "" && d.IsTime() {
		return timeName(d, value)
	}
	return filter.Name(names, d, value)
}

func dimName(d usage.Dimension) string { return filter.DimName(d) }

// dimNote says what a dimension tells apart.
func dimNote(d usage.Dimension) string {
	switch d {
	case usage.ByHour, usage.ByDay, usage.ByWeek, usage.ByMonth:
		return "time"
	case usage.ByProvider:
		return "who bills"
	case usage.ByAccount:
		return "at the provider"
	case usage.ByProject, usage.ByCostCenter:
		return "what for"
	case usage.ByKey, usage.ByUser:
		return "who"
	case usage.ByAgent, usage.BySession:
		return "of coding agents"
	case usage.ByModel:
		return "as recorded"
	case usage.ByPricedAs:
		return "model whose price counts"
	case usage.ByTier:
		return "standard, batch, priority"
	case usage.ByBand:
		return "total input, for long-context prices"
	case usage.BySource:
		return "where it was read"
	case usage.ByBasis:
		return "how it is known"
	case usage.ByLineItem:
		return "of the provider's bill"
	}
	return ""
}

// amount is what a lens sees of a line.
func (l *line) amount(lens ui.Lens) (money.Amount, bool) {
	if len(l.sum.Costs) > 0 {
		return money.Amount{}, false
	}
	return lens.Of(l.sum)
}

// gone reports a row that there was before, and is no more.
func (l *line) gone() bool { return l.at < 0 && l.move != nil }

// compareAmounts orders what has no amount below every amount, and that by its
// tokens.
func compareAmounts(a, b *line, lens ui.Lens) int {
	x, knownX := a.amount(lens)
	y, knownY := b.amount(lens)
	switch {
	case knownX != knownY:
		if knownX {
			return 1
		}
		return -1
	case !knownX:
		return compareInts(a.sum.Tokens.Total(), b.sum.Tokens.Total())
	}
	return x.Cmp(y)
}

func compareInts(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
