package cmd

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"

	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/report/export"
	"tokpit/scenario"
)

func (m *simulation) write(w io.Writer, form outputForm) error {
	switch {
	case form.json:
		return writeJSON(w, m.document())
	case form.csv:
		return m.csv(w)
	case form.md:
		return m.markdown(w)
	}
	return m.print(w)
}

// print writes what a person reads: the answer first, then what it is made of,
// then what is not known.
func (m *simulation) print(w io.Writer) error {
	var b strings.Builder
	r := m.result
	fmt.Fprintf(&b, "%s\n%s\n\n", m.heading(), m.kind())
	for _, write := range []func(io.Writer) error{m.printTotals, m.printLevers, m.printModels} {
		if err := write(&b); err != nil {
			return err
		}
	}
	for i := range m.swaps {
		fmt.Fprintf(&b, "%s\n", clean.Limit(m.swaps[i].text(), 500))
	}
	if !r.Training.IsZero() {
		fmt.Fprintf(&b, "training: %s once, not in the amounts after\n", grouped(r.Training, r.Before.Currency))
	}
	if !r.Known {
		b.WriteString("not known: a lever could not be computed; what it is about stays as it is\n")
	}
	for _, n := range scenario.Gather(r.Notes) {
		fmt.Fprintf(&b, "note: %s\n", clean.Limit(n.Text, 500))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// heading names the usage: "Simulated: 2026-10-21 until 2026-11-20 (30 days), project=web".
func (m *simulation) heading() string {
	return fmt.Sprintf("Simulated on %s, %s", m.spanText(), m.scopeText())
}

func (m *simulation) spanText() string {
	day := func(t time.Time) string {
		t = t.In(m.zone)
		if t.Hour() == 0 && t.Minute() == 0 {
			return t.Format(time.DateOnly)
		}
		return t.Format("2006-01-02 15:04")
	}
	s := m.result.Span
	return fmt.Sprintf("%s until %s (%s, %s)", day(s.Since), day(s.Until), count(m.result.Days, "day"), m.zone)
}

func (m *simulation) scopeText() string {
	if len(m.scenario.Scope) == 0 {
		return "everything"
	}
	return clean.Text(m.scenario.Scope.String())
}

// kind says what the money is.
func (m *simulation) kind() string {
	switch {
	case m.planSet:
		return "Cash is usage under no plan at list price, plus plan fees, which stay; API-equivalent is every token at list price."
	case m.subscribable:
		return "Amounts are API-equivalent (no plan set): tokens at list price, not necessarily spent."
	}
	return "Amounts are tokens at list price."
}

func (m *simulation) costName() string {
	if m.planSet || m.subscribable {
		return "API-equivalent"
	}
	return "cost"
}

func (m *simulation) printTotals(w io.Writer) error {
	r, cur := m.result, m.result.Before.Currency
	t := columnsText{left: 1}
	t.add("", "BEFORE", "AFTER", "CHANGE", "", "A MONTH")
	line := func(name string, before, after money.Amount, known bool) {
		if !known {
			t.add(name, "unpriced", "unpriced", "–", "", "–")
			return
		}
		delta := after.Sub(before)
		t.add(name, grouped(before, cur), grouped(after, cur), change(delta, cur), percentOf(delta, before), change(r.PerMonth(delta), cur))
	}
	spread := func(x scenario.AmountRange) {
		if low, high := change(x.Low, ""), change(x.High, ""); low != high && m.priced() {
			t.add("", "", "", low+" to "+high, "", change(r.PerMonth(x.Low), "")+" to "+change(r.PerMonth(x.High), ""))
		}
	}
	cost, cash := r.Spread()
	if m.planSet {
		line("cash", r.Before.Cash, r.After.Cash, m.cashKnown())
		spread(cash)
	}
	line(m.costName(), r.Before.Cost, r.After.Cost, m.priced())
	spread(cost)
	if err := t.write(w); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}

// change is an amount with its sign: "−412.00 USD".
func change(a money.Amount, currency string) string {
	text := strings.TrimSpace(groupedNumber(a) + " " + currency)
	switch a.Sign() {
	case 1:
		return "+" + text
	case -1:
		return strings.Replace(text, "-", "−", 1)
	}
	return text
}

// percentOf is a change in percent of what it changes, for people.
func percentOf(part, whole money.Amount) string {
	if whole.IsZero() || part.IsZero() {
		return ""
	}
	p := 100 * part.Float() / whole.Float()
	if p < 0.5 && p > -0.5 {
		return "(<1 %)"
	}
	return strings.Replace(fmt.Sprintf("(%+.0f %%)", p), "-", "−", 1)
}

func (m *simulation) printLevers(w io.Writer) error {
	r, cur := m.result, m.result.Before.Currency
	if len(r.Levers) == 0 {
		return nil
	}
	t := columnsText{left: 1}
	head := []string{"LEVER"}
	if m.planSet {
		head = append(head, "CASH")
	}
	t.add(append(head, strings.ToUpper(m.costName()), "RANGE")...)
	for i := range r.Levers {
		x := &r.Levers[i]
		row := []string{clean.Limit(x.Lever.String(), 70)}
		if !x.Known && !x.Applied {
			for range head[1:] {
				row = append(row, "not known")
			}
			t.add(append(row, "not known", "")...)
			continue
		}
		if m.planSet {
			row = append(row, change(x.Cash, cur))
		}
		row = append(row, change(x.Cost, cur))
		span := ""
		if low, high := change(x.CostLow, ""), change(x.CostHigh, ""); low != high {
			span = low + " to " + high
		}
		row = append(row, span)
		t.add(row...)
		if !x.Payback.IsZero() {
			t.add("  pays back its training on " + x.Payback.Format(time.DateOnly))
		}
	}
	if err := t.write(w); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}

// mostModels is how many models are printed that do not change.
const mostModels = 8

func (m *simulation) printModels(w io.Writer) error {
	r, cur := m.result, m.result.Before.Currency
	t := columnsText{left: 1}
	t.add("MODEL", "BEFORE", "AFTER", "CHANGE", "")
	amount := func(s *report.Sum) string {
		switch {
		case s.Priced:
			return grouped(s.Cost, cur)
		case s.UnpricedTokens > 0:
			return "unpriced"
		}
		return "–"
	}
	same, rest := 0, 0
	for i := range r.Models {
		x := &r.Models[i]
		delta := x.After.Cost.Sub(x.Before.Cost)
		if delta.IsZero() {
			if same++; same > mostModels {
				rest++
				continue
			}
		}
		t.add(clean.Text(modelName(x.ModelRef)), amount(&x.Before), amount(&x.After), changeOrSame(delta, cur), percentOf(delta, x.Before.Cost))
	}
	if rest > 0 {
		t.add(fmt.Sprintf("and %d more that stay as they are", rest))
	}
	if err := t.write(w); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}

// changeOrSame leaves out what does not change.
func changeOrSame(a money.Amount, currency string) string {
	if a.IsZero() {
		return "–"
	}
	return change(a, currency)
}

func modelName(m pricing.ModelRef) string {
	name := m.Model
	if name == "" {
		name = "unknown"
	}
	if m.Provider != "" {
		name = m.Provider + "/" + name
	}
	return name
}

// text says what is known of the quality of a swap.
func (s *swapQuality) text() string {
	text := fmt.Sprintf("quality of %s instead of %s: ", s.to, s.from)
	if len(s.quality) == 0 {
		return text + "unknown"
	}
	parts := []string{s.quality[0].Text()}
	if n := len(s.quality) - 1; n > 0 {
		parts = append(parts, count(int64(n), "more metric"))
	}
	return text + strings.Join(parts, ", and ")
}

// csv writes totals, levers and models in one table, with every digit.
func (m *simulation) csv(w io.Writer) error {
	r := m.result
	out := csv.NewWriter(w)
	_ = out.Write([]string{"part", "name", "provider", "model", "currency", "before", "after", "delta", "delta_low", "delta_high", "cash_before", "cash_after", "cash_delta"})
	text := func(p *string) string {
		if p == nil {
			return ""
		}
		return *p
	}
	c := m.change()
	_ = out.Write([]string{"total", "", "", "", r.Before.Currency, text(knownAmount(r.Before.Cost, r.Before.Priced)), text(knownAmount(r.After.Cost, r.After.Priced)), text(c.Delta), text(c.DeltaLow), text(c.DeltaHigh),
		text(knownAmount(r.Before.Cash, r.Before.CashKnown)), text(knownAmount(r.After.Cash, r.After.CashKnown)), text(c.Cash)})
	for i := range r.Levers {
		l := leverOf(&r.Levers[i], m.cashKnown())
		_ = out.Write([]string{"lever", export.Guard(l.Name), "", "", r.Before.Currency, "", "", text(l.Delta), text(l.DeltaLow), text(l.DeltaHigh), "", "", text(l.Cash)})
	}
	for _, row := range m.document().Rows {
		_ = out.Write([]string{"model", "", export.Guard(text(row.Provider)), export.Guard(text(row.Model)), r.Before.Currency, text(row.Before.Cost), text(row.After.Cost), text(row.Delta), "", "",
			text(row.Before.Cash), text(row.After.Cash), text(row.Cash)})
	}
	out.Flush()
	return out.Error()
}

// markdown writes a summary to paste into a ticket.
func (m *simulation) markdown(w io.Writer) error {
	var b strings.Builder
	r, cur := m.result, m.result.Before.Currency
	title := "What if"
	if m.scenario.Name != "" {
		title = mdText(m.scenario.Name)
	}
	fmt.Fprintf(&b, "### %s\n\n%s: %s.\n%s\n\n", title, mdText(m.spanText()), mdText(m.scopeText()), m.kind())
	delta, before, after, name := r.Delta(), r.Before.Cost, r.After.Cost, m.costName()
	if m.planSet {
		delta, before, after, name = r.CashDelta(), r.Before.Cash, r.After.Cash, "cash"
	}
	if m.priced() {
		fmt.Fprintf(&b, "**%s %s a month** %s (%s: %s → %s over the span)", change(r.PerMonth(delta), cur), name, percentOf(delta, before), name, grouped(before, cur), grouped(after, cur))
		spread, cash := r.Spread()
		if m.planSet {
			spread = cash
		}
		if !spread.Exact() {
			fmt.Fprintf(&b, "; between %s and %s a month", change(r.PerMonth(spread.Low), cur), change(r.PerMonth(spread.High), cur))
		}
		b.WriteString("\n\n")
	}
	if !r.Known {
		b.WriteString("**Not all of it is known**: a lever could not be computed, and what it is about stays as it is.\n\n")
	}
	b.WriteString("| lever | change | cash |\n|---|---:|---:|\n")
	for i := range r.Levers {
		x := &r.Levers[i]
		cost, cash := change(x.Cost, cur), change(x.Cash, cur)
		if !x.Known && !x.Applied {
			cost, cash = "not known", "not known"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", mdText(x.Lever.String()), cost, cash)
	}
	b.WriteString("\n")
	for i := range m.swaps {
		fmt.Fprintf(&b, "- %s\n", mdText(m.swaps[i].text()))
	}
	for _, n := range scenario.Gather(r.Notes) {
		fmt.Fprintf(&b, "- %s\n", mdText(n.Text))
	}
	fmt.Fprintf(&b, "- prices: book %s, computed %s\n", m.book, stamp(m.now))
	_, err := io.WriteString(w, b.String())
	return err
}

// mdText makes a text harmless inside a line of Markdown.
func mdText(s string) string {
	return strings.NewReplacer("|", `\|`, "`", "'", "<", "&lt;", "[", `\[`, "*", `\*`, "_", `\_`).Replace(clean.Limit(s, 500))
}
