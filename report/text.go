package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/usage"
)

// TextOptions say how the table for people looks.
type TextOptions struct {
	// Width is the number of columns that a line may have; 0 is no limit. What
	// does not fit is left out, tokens before money.
	Width int
}

// WriteText writes the report as a table for people: amounts are rounded and
// names are cut. What is doubtful about a figure is marked and explained below.
func (r *Report) WriteText(w io.Writer, o TextOptions) error {
	var b strings.Builder
	for _, line := range r.heading() {
		writeWrapped(&b, line, o.Width)
	}
	b.WriteString("\n")
	if len(r.Rows) == 0 && r.Total.Uncounted == 0 && r.Total.Requests == 0 && r.Total.Tokens.IsZero() {
		b.WriteString("No usage in this span.\n")
	}
	if len(r.Rows) > 0 || !r.Total.Tokens.IsZero() || r.Total.PlanFee.Sign() > 0 || r.Total.HasReported {
		r.table(o.Width).write(&b)
	}
	if foot := r.footing(); len(foot) > 0 {
		b.WriteString("\n")
		for _, line := range foot {
			writeWrapped(&b, line, o.Width)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// heading says what the figures are: span, basis and kind of money.
func (r *Report) heading() []string {
	q := &r.Query
	span := "all history"
	switch {
	case !q.Since.IsZero() && !q.Until.IsZero():
		span = r.instant(q.Since) + " until " + r.instant(q.Until)
	case !q.Since.IsZero():
		span = "since " + r.instant(q.Since)
	case !q.Until.IsZero():
		span = "until " + r.instant(q.Until)
	}
	first := fmt.Sprintf("Usage, %s (%s)", span, q.Zone)
	for _, d := range q.filtered() {
		var names []string
		for _, v := range q.Filter[d] {
			if name := q.label(d, v); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		first += fmt.Sprintf(", %s %s", d, clean.Text(strings.Join(names, " or ")))
	}
	return []string{first, "Basis: " + r.basisText() + ". " + r.kindText()}
}

// instant writes a time as short as it can be.
func (r *Report) instant(t time.Time) string {
	local := t.In(r.Query.Zone)
	if local.Hour() == 0 && local.Minute() == 0 && local.Second() == 0 && local.Nanosecond() == 0 {
		return local.Format(time.DateOnly)
	}
	return local.Format("2006-01-02 15:04:05 MST")
}

// basisText names the basis of the total, or the mix.
func (r *Report) basisText() string {
	if r.Query.Basis != 0 {
		return r.Query.Basis.String() + " only"
	}
	var counted []BasisShare
	var tokens []int64
	for _, s := range r.Bases {
		if s.Counted > 0 {
			counted = append(counted, s)
			tokens = append(tokens, s.Counted)
		}
	}
	switch len(counted) {
	case 0:
		return "none"
	case 1:
		return basisName(counted[0].Basis)
	}
	parts := make([]string, len(counted))
	for i, share := range Shares(tokens, 1000) {
		parts[i] = fmt.Sprintf("%s %d.%d %%", basisName(counted[i].Basis), share/10, share%10)
	}
	return strings.Join(parts, ", ") + " of the tokens"
}

func basisName(b usage.Basis) string {
	if b == usage.BasisUnknown {
		return "unknown"
	}
	return b.String()
}

// kindText says what the money is.
func (r *Report) kindText() string {
	switch {
	case r.Query.Basis == usage.Billed:
		return "Amounts are what the providers billed."
	case r.PlanSet:
		return "Cash is usage under no plan at list price, plus plan fees; API-equivalent is every token at list price."
	case r.Subscribable:
		return "Amounts are API-equivalent (no plan set): tokens at list price, not necessarily spent."
	}
	return "Amounts are tokens at list price."
}

// Doubts that mark a row.
const (
	markUnpriced  = "?"
	markRange     = "*"
	markEstimated = "~"
)

func marks(s *Sum) string {
	out := ""
	if (s.UnpricedTokens > 0 || s.UnpricedUnits > 0) && s.Priced {
		out += markUnpriced
	}
	if s.Ranged {
		out += markRange
	}
	if s.Estimated {
		out += markEstimated
	}
	return out
}

// footing explains what is missing or doubtful.
func (r *Report) footing() []string {
	var out []string
	seen := ""
	for i := range r.Rows {
		seen += marks(&r.Rows[i].Sum)
		if len(seen) > 100 {
			break
		}
	}
	seen += marks(&r.Total)
	if len(r.Unpriced) > 0 {
		out = append(out, markUnpriced+" "+r.unpricedText())
	}
	for _, q := range r.UnpricedMeters {
		out = append(out, fmt.Sprintf("%s unpriced: %s of %s have no price and are not in the amounts", markUnpriced, group(fmt.Sprint(q.N)), clean.Text(q.Meter)))
	}
	if strings.Contains(seen, markRange) {
		text := markRange + " a range: some usage does not say which of several prices applies; the amount is at the base price"
		if r.Total.Ranged {
			text += fmt.Sprintf(". Total: %s to %s", amountText(r.Total.Low, r.Total.Currency), amountText(r.Total.High, r.Total.Currency))
		}
		out = append(out, text)
	}
	if strings.Contains(seen, markEstimated) {
		out = append(out, markEstimated+" an estimate: another vendor's list price stands in")
	}
	if s := &r.Total; s.HasReported && s.ReportedRecords < s.Records && r.Query.Basis != usage.Billed {
		out = append(out, fmt.Sprintf("reported cost is what the sources themselves say; %s of %s", group(fmt.Sprint(s.ReportedRecords)), plural(s.Records, "record")+" have one"))
	}
	if r.Quarantined > 0 {
		out = append(out, "quarantined: "+uncounted(r.Quarantined)+" (tokpit doctor names each)")
	}
	if r.Display != nil {
		out = append(out, r.shownFooting()...)
	}
	for _, n := range r.Notes {
		out = append(out, "note: "+clean.Limit(n.Text, 500))
	}
	return out
}

func (r *Report) unpricedText() string {
	var tokens int64
	var names []string
	for i := range r.Unpriced {
		u := &r.Unpriced[i]
		tokens += u.Tokens
		if i < 5 {
			name := label(usage.ByModel, u.Model)
			if len(u.Candidates) > 0 {
				name += " (near: " + clean.Text(u.Candidates[0]) + ")"
			}
			names = append(names, name)
		}
	}
	if more := len(r.Unpriced) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return fmt.Sprintf("unpriced: %s tokens have no price and are not in the amounts: %s", compact(tokens), strings.Join(names, ", "))
}

// label is what people read for a value: its name where it has one.
func (q *Query) label(d usage.Dimension, v string) string {
	if v == "" {
		return label(d, v)
	}
	return q.Names.Of(d, v)
}

// label is what people read for a value of a dimension: what is not known has
// a name too.
func label(d usage.Dimension, v string) string {
	if v != "" {
		return clean.Text(v)
	}
	switch d {
	case usage.ByKey:
		return "untracked"
	case usage.ByProject, usage.ByCostCenter:
		return "unallocated"
	case usage.ByPricedAs:
		return "unpriced"
	case usage.ByTier:
		return "standard"
	}
	return "unknown"
}

// table lays the rows out.
func (r *Report) table(width int) *grid {
	kinds := [][]column{
		{columnRequests, columnInput, columnCacheRead, columnCacheWrite, columnOutput, columnCost, columnCash, columnReported, columnShown, columnRate, columnMarks},
		{columnRequests, columnTokens, columnCost, columnCash, columnReported, columnShown, columnRate, columnMarks},
		{columnTokens, columnCost, columnCash, columnReported, columnShown, columnRate, columnMarks},
		{columnCost, columnCash, columnReported, columnShown, columnRate, columnMarks},
		{columnCost, columnCash, columnShown, columnRate, columnMarks},
	}
	without := func(c column) bool {
		return c == columnCash && !r.PlanSet || c == columnReported && !r.Total.HasReported || (c == columnShown || c == columnRate) && r.Display == nil
	}
	if r.Query.Basis == usage.Billed {
		kinds = [][]column{{columnReported, columnMarks}}
		without = func(column) bool { return false }
	}
	var g *grid
	for _, columns := range kinds {
		columns = slices.DeleteFunc(slices.Clone(columns), without)
		g = r.grid(columns)
		if width <= 0 || g.width() <= width {
			return g
		}
	}
	g.squeeze(width)
	return g
}

func (r *Report) grid(columns []column) *grid {
	g := &grid{left: len(r.Query.By)}
	head := make([]string, 0, g.left+len(columns))
	for _, d := range r.Query.By {
		head = append(head, clean.Text(strings.ReplaceAll(string(d), "_", " ")))
	}
	if g.left == 0 {
		g.left, head = 1, append(head, "")
	}
	for _, c := range columns {
		head = append(head, r.title(c))
	}
	g.add(head)
	for i := range r.Rows {
		row := make([]string, 0, len(head))
		for j, d := range r.Query.By {
			row = append(row, r.Query.label(d, r.Rows[i].Keys[j]))
		}
		g.add(r.cells(row, columns, &r.Rows[i].Sum, r.Rows[i].Keys))
	}
	total := make([]string, g.left, len(head))
	total[0] = "total"
	g.total = len(g.rows)
	g.add(r.cells(total, columns, &r.Total, nil))
	return g
}

// column is one kind of figure.
type column uint8

const (
	columnRequests column = iota
	columnInput
	columnCacheRead
	columnCacheWrite
	columnOutput
	columnTokens
	columnCost
	columnCash
	columnReported
	columnShown // in the display currency
	columnRate  // that it was converted at
	columnMarks
)

func (r *Report) title(c column) string {
	titles := [...]string{"requests", "input", "cache read", "cache write", "output", "tokens", "cost", "cash", "reported cost", "", "rate", ""}
	switch {
	case c == columnShown:
		return "in " + r.Display.Currency
	case c == columnCost && (r.PlanSet || r.Subscribable):
		return "API-equivalent"
	case c == columnReported && r.Query.Basis == usage.Billed:
		return "billed"
	}
	return titles[c]
}

func (r *Report) cells(row []string, columns []column, s *Sum, keys []string) []string {
	for _, c := range columns {
		switch c {
		case columnShown:
			figure, _ := r.shownText(s, keys)
			row = append(row, figure)
		case columnRate:
			_, rate := r.shownText(s, keys)
			row = append(row, rate)
		default:
			row = append(row, cell(c, s))
		}
	}
	return row
}

// unknown stands for a figure that is not there.
const unknown = "–"

func cell(c column, s *Sum) string {
	t := &s.Tokens
	switch c {
	case columnRequests:
		switch {
		case s.Requests == usage.Absent:
			return unknown
		case s.Uncounted > 0:
			return "≥ " + group(fmt.Sprint(s.Requests))
		}
		return group(fmt.Sprint(s.Requests))
	case columnInput:
		return compact(t.Input)
	case columnCacheRead:
		return compact(t.CacheRead)
	case columnCacheWrite:
		return compact(t.CacheWrite5m + t.CacheWrite1h)
	case columnOutput:
		return compact(t.Output)
	case columnTokens:
		return compact(t.Total())
	case columnCost:
		return moneyCell(s, s.Cost, s.Priced, func(c CurrencySum) money.Amount { return c.Cost })
	case columnCash:
		return moneyCell(s, s.Cash, s.CashKnown, func(c CurrencySum) money.Amount { return c.Cash })
	case columnReported:
		if len(s.Costs) == 0 && !s.HasReported {
			return unknown
		}
		return moneyCell(s, s.Reported, true, func(c CurrencySum) money.Amount { return c.Reported })
	}
	return marks(s)
}

func moneyCell(s *Sum, a money.Amount, known bool, of func(CurrencySum) money.Amount) string {
	switch {
	case len(s.Costs) > 0:
		parts := make([]string, len(s.Costs))
		for i, c := range s.Costs {
			parts[i] = amountText(of(c), c.Currency)
		}
		return strings.Join(parts, " + ")
	case known:
		return amountText(a, s.Currency)
	case s.UnpricedTokens > 0 || s.UnpricedUnits > 0:
		return "unpriced"
	}
	return unknown
}
