package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/tokenizer"
)

// WriteText writes the estimates for people: one model as a card, several as a
// table. Amounts are rounded, and each figure says how it was found.
func (r *EstimateReport) WriteText(w io.Writer, o TextOptions) error {
	var b strings.Builder
	for _, line := range r.heading() {
		writeWrapped(&b, line, o.Width)
	}
	b.WriteString("\n")
	switch len(r.Rows) {
	case 0:
		b.WriteString("No models.\n")
	case 1:
		r.card(&b, o.Width)
	default:
		r.table(&b, o.Width)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// heading says what is estimated.
func (r *EstimateReport) heading() []string {
	p := &r.Query.Prompt
	parts := []string{plural(p.Text.Bytes, "byte") + " of text", plural(p.Text.Profile.Total(), "token") + " in " + tokenizer.O200K}
	for _, n := range []struct {
		n    int
		noun string
	}{{p.Chat.Messages, "message"}, {len(p.Chat.Tools), "tool"}, {len(p.Images), "image"}} {
		if n.n > 0 {
			parts = append(parts, plural(int64(n.n), n.noun))
		}
	}
	second := "Prices of " + r.AsOf.UTC().Format("2006-01-02 15:04 UTC") + ", book " + clean.Text(r.Book)
	if r.Tier != "" {
		second += ", " + clean.Text(r.Tier) + " tier"
	}
	out := []string{"Estimate: " + strings.Join(parts, ", "), second + "."}
	out[1] += " " + r.answers()
	if t := r.Query.Traffic; t.Known() {
		out[1] += " " + t.text() + "; a month is 365/12 days."
	}
	return out
}

// answers says how long answers are taken to be, of all models or of each.
func (r *EstimateReport) answers() string {
	shortest, longest, ok := AnswerLengths(r.Rows)
	want := r.Query.Output
	switch {
	case len(r.Rows) > 0 && !ok:
		return "No answer is counted: no model here gives text."
	case longest == 0 && r.basis() == noHistory:
		return "No answer is counted: no history yet, " + noHistory + "."
	case longest == 0 && want.Share > 0:
		return fmt.Sprintf("No answer is counted: p%d of your own is none.", want.Share)
	case !ok, longest == 0:
		return "No answer is counted (--output-tokens)."
	case shortest < longest:
		return fmt.Sprintf("Answers of %s to %s, p%d of each model's own: costs are what is spent, not a comparison of prices (p%d takes one length).",
			group(fmt.Sprint(shortest)), plural(longest, "token"), want.Share, want.Share)
	case want.Share == 0:
		return "Answers of " + plural(longest, "token") + "."
	}
	return "Answers of " + plural(longest, "token") + ": " + r.basis() + "."
}

// basis is why answers are as long as they are, "" if that differs.
func (r *EstimateReport) basis() string {
	basis := ""
	for i := range r.Rows {
		switch e := &r.Rows[i]; {
		case e.Mute:
		case basis == "":
			basis = e.OutputBasis
		case basis != e.OutputBasis:
			return fmt.Sprintf("p%d of each model's own", r.Query.Output.Share)
		}
	}
	return basis
}

func (t Traffic) text() string {
	if !t.Known() {
		return "calls not known"
	}
	if n := t.Calls / t.Days; n*t.Days == t.Calls {
		return plural(n, "call") + " per day"
	}
	return t.String() + " calls per day"
}

// estimateColumn is one column of the table.
type estimateColumn struct {
	title string
	// drop is when the column goes where there is not enough room: the highest
	// first, 0 never.
	drop int
	cell func(*Estimated) string
}

// columns are those that have anything to say.
func (r *EstimateReport) columns() []estimateColumn {
	any := func(f func(*Estimated) bool) bool {
		return slices.ContainsFunc(r.Rows, func(e Estimated) bool { return f(&e) })
	}
	per := func(title string, drop int, of func(*Estimated) (CostRange, bool), both bool) estimateColumn {
		decimals := r.decimals(of)
		return estimateColumn{title, drop, func(e *Estimated) string {
			if c, ok := of(e); ok && e.Priced {
				return rangeText(c, decimals, both)
			}
			return unknown
		}}
	}
	out := []estimateColumn{{"tokens", 0, func(e *Estimated) string { return e.tokensText() }}}
	out = append(out,
		per("input", 5, func(e *Estimated) (CostRange, bool) { return e.Input, true }, false),
		per("output", 4, func(e *Estimated) (CostRange, bool) { return e.OutputCost, true }, false))
	call := per("per call", 0, func(e *Estimated) (CostRange, bool) { return e.Total, true }, true)
	priced := call.cell
	call.cell = func(e *Estimated) string {
		if !e.Priced {
			return map[bool]string{true: "unpriced", false: unknown}[e.Counted]
		}
		return e.currencyMark() + priced(e) + e.longMark()
	}
	out = append(out, call)
	if any(func(e *Estimated) bool { return e.Cached.Known }) {
		out = append(out, per("cached", 6, func(e *Estimated) (CostRange, bool) { return e.Cached.CostRange, e.Cached.Known }, false))
	}
	if any(func(e *Estimated) bool { return e.Batch.Known }) {
		out = append(out, per("batch", 7, func(e *Estimated) (CostRange, bool) { return e.Batch.CostRange, e.Batch.Known }, false))
	}
	if r.Query.Traffic.Known() {
		out = append(out, per("per day", 8, func(e *Estimated) (CostRange, bool) { return e.PerDay.CostRange, e.PerDay.Known }, false),
			per("per month", 0, func(e *Estimated) (CostRange, bool) { return e.PerMonth.CostRange, e.PerMonth.Known }, true))
	}
	if shortest, longest, _ := AnswerLengths(r.Rows); shortest < longest {
		out = append(out, estimateColumn{"answer", 3, func(e *Estimated) string { return group(fmt.Sprint(e.Output)) }})
	}
	if any(func(e *Estimated) bool { return e.Baseline }) {
		out = append(out, estimateColumn{"against", 2, func(e *Estimated) string { return e.againstText() }})
	}
	return append(out, estimateColumn{"fits", 1, func(e *Estimated) string { return e.fitText() }})
}

// decimals is how many a column shows: two digits of its small amounts. A few that
// are far smaller do not count, see number.
func (r *EstimateReport) decimals(of func(*Estimated) (CostRange, bool)) int {
	var all []money.Amount
	for i := range r.Rows {
		if c, ok := of(&r.Rows[i]); ok && r.Rows[i].Priced && c.Point.Sign() > 0 {
			all = append(all, c.Point)
		}
	}
	if len(all) == 0 {
		return 2
	}
	slices.SortFunc(all, money.Amount.Cmp)
	whole, frac, _ := strings.Cut(all[len(all)/10].String(), ".")
	if whole != "0" || frac == "" {
		return 2
	}
	return min(max(len(frac)-len(strings.TrimLeft(frac, "0"))+2, 2), 9)
}

// rangeText writes a range as "0.12–0.15", or as "~0.13" without its bounds.
func rangeText(c CostRange, decimals int, both bool) string {
	low, high := number(c.Low, decimals), number(c.High, decimals)
	switch {
	case low == high:
		return low
	case both:
		return low + "–" + high
	}
	return "~" + number(c.Point, decimals)
}

// number writes an amount with so many decimals. What would be zero without being
// it is less than the last of them.
func number(a money.Amount, decimals int) string {
	if a.Sign() > 0 && a.Round(decimals).IsZero() {
		return "<0." + strings.Repeat("0", decimals-1) + "1"
	}
	whole, frac, point := strings.Cut(a.Format(decimals), ".")
	if !point {
		return group(whole)
	}
	return group(whole) + "." + frac
}

func (r *Estimated) tokensText() string {
	low, high := group(fmt.Sprint(r.Tokens.Low)), group(fmt.Sprint(r.Tokens.High))
	switch {
	case !r.Counted:
		return unknown
	case low == high:
		return low
	}
	return low + "–" + high
}

func (r *Estimated) currencyMark() string {
	if r.Currency == "USD" {
		return ""
	}
	return clean.Text(r.Currency) + " "
}

const (
	markLong  = "^"
	markEnds  = "†"
	markHours = "*"
)

func (r *Estimated) longMark() string {
	mark := ""
	if r.LongOver > 0 {
		mark = markLong
	}
	if r.Flags != 0 {
		mark += markHours
	}
	return mark
}

func (r *Estimated) againstText() string {
	switch {
	case r.Baseline:
		return "baseline"
	case !r.Relative:
		return unknown
	}
	sign, n := "+", r.PerMille
	if n < 0 {
		sign, n = "-", -n
	}
	if n >= 10_000 {
		return fmt.Sprintf("%s%s %%", sign, group(fmt.Sprint((n+5)/10)))
	}
	return fmt.Sprintf("%s%d.%d %%", sign, n/10, n%10)
}

func (r *Estimated) fitText() string {
	switch r.Fit {
	case Fits:
		return "yes"
	case MayFit:
		return "maybe"
	case TooLong:
		return "no, +" + compact(r.Over)
	}
	return unknown
}

// table prints the models in the order of the rows.
func (r *EstimateReport) table(b *strings.Builder, width int) {
	columns := r.columns()
	methods := r.methods()
	for {
		g := r.grid(columns, methods)
		worst := -1
		for i, c := range columns {
			if c.drop > 0 && (worst < 0 || c.drop > columns[worst].drop) {
				worst = i
			}
		}
		if width <= 0 || g.width() <= width || worst < 0 {
			if width > 0 {
				g.squeeze(width)
			}
			g.write(b)
			b.WriteString("\n")
			for _, line := range r.footing(methods, slices.ContainsFunc(columns, func(c estimateColumn) bool { return c.title == "cached" })) {
				writeWrapped(b, line, width)
			}
			return
		}
		columns = slices.Delete(slices.Clone(columns), worst, worst+1)
	}
}

func (r *EstimateReport) grid(columns []estimateColumn, methods []string) *grid {
	g := &grid{left: 1}
	head := []string{"model"}
	for _, c := range columns {
		head = append(head, c.title)
	}
	g.add(append(head, "how"))
	for i := range r.Rows {
		e := &r.Rows[i]
		row := []string{e.name()}
		for _, c := range columns {
			row = append(row, c.cell(e))
		}
		g.add(append(row, how(e, methods)))
	}
	return g
}

// name is what a model is called in the table, with a mark if its end is near.
func (r *Estimated) name() string {
	name := r.title()
	if r.HasLife && r.Life.String() != "active" {
		name += " " + markEnds
	}
	return name
}

func (r *Estimated) title() string {
	if r.Provider == "" {
		return clean.Text(r.Model)
	}
	return clean.Text(r.Provider + "/" + r.Model)
}

// methods are the ways in which the tokens of the rows were found, the most
// frequent ones first; in the table a number stands for each.
func (r *EstimateReport) methods() []string {
	times := map[string]int{}
	var out []string
	for i := range r.Rows {
		m := r.Rows[i].Tokens.Method
		if !r.Rows[i].Counted {
			m = r.Rows[i].Why
		}
		if times[m]++; times[m] == 1 {
			out = append(out, m)
		}
	}
	return out
}

func how(e *Estimated, methods []string) string {
	m := e.Tokens.Method
	if !e.Counted {
		m = e.Why
	}
	return fmt.Sprintf("[%d]", slices.Index(methods, m)+1)
}

// footing explains marks and methods.
func (r *EstimateReport) footing(methods []string, cached bool) []string {
	var out []string
	for i, m := range methods {
		out = append(out, fmt.Sprintf("[%d] %s", i+1, clean.Text(m)))
	}
	var long, ends, flagged, unpriced bool
	var flags []string
	for i := range r.Rows {
		e := &r.Rows[i]
		long, ends = long || e.LongOver > 0, ends || strings.HasSuffix(e.name(), markEnds)
		unpriced = unpriced || !e.Priced && e.Counted
		for _, f := range e.Flags.Names() {
			flagged = true
			if !slices.Contains(flags, f) {
				flags = append(flags, f)
			}
		}
	}
	if long {
		out = append(out, markLong+" the long-context price applies")
	}
	if flagged {
		out = append(out, markHours+" about the price: "+strings.Join(flags, ", "))
	}
	if ends {
		out = append(out, markEnds+" retired, or its end is announced")
	}
	if unpriced {
		out = append(out, "unpriced: the price book has no price for it")
	}
	if cached {
		out = append(out, "cached: all of the input comes from the provider's cache, which keeps no prompts under about 1,024 tokens")
	}
	return out
}
