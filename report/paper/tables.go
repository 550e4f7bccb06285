package paper

import (
	"cmp"
	"slices"

	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/report"
)

// mostRows is how many values a table names; the others are one row.
const mostRows = 8

// table is a breakdown of the total by one dimension. Its amounts and its changes
// add up.
type table struct {
	Title, By string
	// Second heads the column of API-equivalents, "" if there is none; Changed is
	// the head of that of changes.
	First, Second, Changed string
	Rows                   []tableRow
	Total                  tableRow
}

type tableRow struct {
	Name, Amount, Second, Share, Change string
	Bar                                 string // width in percent, of the largest row's; "" is none
	Quiet                               bool   // a rest, not a value
}

// line is a row before it is written.
type line struct {
	name   string
	sum    report.Sum
	amount money.Amount // of the headline
	known  bool
	change money.Amount
	moved  bool
	quiet  bool
}

func (w *words) table(title, by string, a *report.Answer) table {
	t := table{Title: title, By: by, First: w.kind()}
	if w.cash {
		t.Second = "API-equivalent"
	}
	if w.compared() && a.Moved.In(w.cash).Known {
		t.Changed = "Change"
	}
	lines := w.lines(a, t.Changed != "")
	shares := make([]int64, len(lines))
	var most int64
	for i := range lines {
		shares[i] = micro(lines[i].amount)
		most = max(most, shares[i])
	}
	tenths := report.Shares(shares, 1000)
	for i := range lines {
		l := &lines[i]
		row := tableRow{Name: l.name, Amount: w.text(&l.sum, w.cash), Quiet: l.quiet}
		if t.Second != "" {
			row.Second = w.text(&l.sum, false)
		}
		if l.known && w.currency != "" {
			row.Share = decimal(tenths[i]) + "\u00a0%"
			if most > 0 && !l.quiet {
				row.Bar = coordinate(float64(max(shares[i], 0)) / float64(most) * 100)
			}
		}
		if l.moved {
			row.Change = w.signed(l.change)
		}
		t.Rows = append(t.Rows, row)
	}
	t.Total = tableRow{Name: "Total", Amount: w.text(&a.Total, w.cash)}
	if t.Second != "" {
		t.Total.Second = w.text(&a.Total, false)
	}
	if t.Changed != "" {
		t.Total.Change = w.signed(a.Moved.In(w.cash).Change)
	}
	return t
}

// compared reports whether there is anything to compare with.
func (w *words) compared() bool {
	b := &w.in.Models.Moved.Before
	return w.in.Before.Since.Before(w.in.Before.Until) && (b.Records > 0 || !b.PlanFee.IsZero())
}

// lines are the largest rows of an answer, the others as one, and fees that
// belong to no row.
func (w *words) lines(a *report.Answer, compared bool) []line {
	d := a.Query.By[0]
	all := make([]line, len(a.Rows))
	for i := range a.Rows {
		r := &a.Rows[i]
		all[i] = line{name: clean.Limit(a.Query.Label(d, r.Keys[0]), 64), sum: r.Sum}
		all[i].amount, all[i].known = w.of(&r.Sum)
		if compared {
			m := a.Moves[i].In(w.cash)
			all[i].change, all[i].moved = m.Change, m.Known
		}
	}
	slices.SortStableFunc(all, func(x, y line) int {
		return cmp.Or(y.amount.Cmp(x.amount), y.sum.Cost.Cmp(x.sum.Cost), cmp.Compare(y.sum.Tokens.Total(), x.sum.Tokens.Total()))
	})
	kept := min(len(all), mostRows)
	if len(all) == mostRows+1 { // one more row is better than "1 other"
		kept++
	}
	if w.currency == "" {
		kept = min(len(all), 2*mostRows)
	}
	out := slices.Clone(all[:kept])
	rest := line{quiet: true}
	for _, l := range all[kept:] {
		rest.sum = plus(rest.sum, &l.sum)
		rest.change = rest.change.Add(l.change)
	}
	left := len(all) - kept
	if compared {
		for i := len(a.Rows); i < len(a.Moves); i++ { // which are gone
			rest.change = rest.change.Add(a.Moves[i].In(w.cash).Change)
			left++
		}
	}
	if left > 0 {
		rest.name, rest.moved = others(left, len(all) > kept), compared
		rest.amount, rest.known = w.of(&rest.sum)
		out = append(out, rest)
	}
	if fees, ok := w.fees(a); ok && w.currency != "" {
		l := line{name: "Plan fees", quiet: true, amount: fees, known: true, moved: compared, change: a.Between.In(w.cash).Change}
		l.sum = report.Sum{Cash: fees, CashKnown: true, Currency: w.currency}
		out = append(out, l)
	}
	return out
}

func others(n int, some bool) string {
	switch {
	case !some:
		return "No longer used"
	case n == 1:
		return "1 other"
	}
	return report.CountText(int64(n)) + " others"
}

// plus adds what a table shows of sums in one currency.
func plus(s report.Sum, o *report.Sum) report.Sum {
	s.Cost, s.Cash, s.PlanFee = s.Cost.Add(o.Cost), s.Cash.Add(o.Cash), s.PlanFee.Add(o.PlanFee)
	s.Priced, s.CashKnown = s.Priced || o.Priced, s.CashKnown || o.CashKnown
	s.UnpricedTokens += o.UnpricedTokens
	s.Tokens = s.Tokens.Add(o.Tokens)
	if s.Currency == "" {
		s.Currency = o.Currency
	}
	return s
}

// fees is what the total has and no row.
func (w *words) fees(a *report.Answer) (money.Amount, bool) {
	if !w.cash || len(a.Total.Costs) > 0 || !a.Total.CashKnown {
		return money.Amount{}, false
	}
	rest := a.Total.Cash
	for i := range a.Rows {
		rest = rest.Sub(a.Rows[i].Sum.Cash)
	}
	change := a.Between.In(true).Change
	return rest, !rest.IsZero() || !change.IsZero()
}

// effect is a step from the amount before to that of now.
type effect struct {
	Name, Amount, About string
	From, Width         string // of the bar, in percent
	Kind                string // "sum", "up" or "down"
}

// why says what the total changed by.
func (w *words) why() ([]string, []effect) {
	a := w.in.Models
	e := a.Moved.In(w.cash)
	if !w.in.Before.Since.Before(w.in.Before.Until) {
		return nil, nil
	}
	if !w.compared() {
		return []string{"Nothing was used in the span before, " + w.spanText(w.in.Before) + "."}, nil
	}
	if !e.Known || w.currency == "" {
		return []string{"It cannot be said what changed: an amount of either span is not known."}, nil
	}
	before, now := a.Moved.Before, a.Moved.Now
	was, _ := w.of(&before)
	is, _ := w.of(&now)
	if was.IsZero() && is.IsZero() {
		return []string{"Nothing was spent, then or now."}, nil
	}
	steps := []struct {
		name, about string
		amount      money.Amount
	}{{"Volume", "more or less of everything", e.Volume}, {"Mix", "other models, other classes of tokens", e.Mix}, {"Price", "the same for more or less money", e.Price}, {"Plan fees", "plans that began or ended, and days that are due", e.Fees}}
	level, low, high := was.Float(), min(0, was.Float(), is.Float()), max(was.Float(), is.Float())
	for _, s := range steps {
		level += s.amount.Float()
		low, high = min(low, level), max(high, level)
	}
	scale := 100 / max(high-low, 1e-9)
	bar := func(from, to float64) (string, string) {
		return coordinate((min(from, to) - low) * scale), coordinate(max((max(from, to)-min(from, to))*scale, 0.4))
	}
	first := effect{Name: "Before", Amount: w.cents(was), About: w.spanText(w.in.Before), Kind: "sum"}
	first.From, first.Width = bar(0, was.Float())
	out := []effect{first}
	level = was.Float()
	for _, s := range steps {
		if s.amount.Round(2).IsZero() {
			continue
		}
		next := effect{Name: s.name, Amount: w.signed(s.amount), About: s.about, Kind: "up"}
		if s.amount.Sign() < 0 {
			next.Kind = "down"
		}
		next.From, next.Width = bar(level, level+s.amount.Float())
		level += s.amount.Float()
		out = append(out, next)
	}
	last := effect{Name: "Now", Amount: w.cents(is), Kind: "sum"}
	last.From, last.Width = bar(0, is.Float())
	return nil, append(out, last)
}
