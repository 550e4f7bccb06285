package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"tokpit/budget"
	"tokpit/internal/clean"
	"tokpit/money"
)

// Title says what the digest is about: "Week from 2026-11-09 to 2026-11-15".
func (d *Digest) Title() string {
	first, last := d.Span.Since.In(d.Zone), d.Span.Until.Add(-time.Nanosecond).In(d.Zone)
	days := first.Format(time.DateOnly) + " to " + last.Format(time.DateOnly)
	switch d.Kind {
	case DigestWeek:
		return "Week from " + days
	case DigestMonth:
		return first.Format("January 2006")
	}
	return days
}

// Subject is the digest in one line, for people who read nothing else.
func (d *Digest) Subject() string {
	text := d.Title() + ": " + d.amount(&d.Report.Total)
	if change, ok := d.changeText(); ok {
		text += " (" + change + ")"
	}
	over := 0
	for i := range d.Budgets {
		if d.Budgets[i].State == budget.StateOver {
			over++
		}
	}
	if over > 0 {
		text += ", " + plural(int64(over), "budget") + " over"
	}
	return text
}

// amount is the headline's amount of a sum.
func (d *Digest) amount(s *Sum) string {
	if d.Cash {
		return moneyCell(s, s.Cash, s.CashKnown, func(c CurrencySum) money.Amount { return c.Cash })
	}
	return moneyCell(s, s.Cost, s.Priced, func(c CurrencySum) money.Amount { return c.Cost })
}

// changeText is the change of the total: "+12.3 %", "new".
func (d *Digest) changeText() (string, bool) {
	e := d.Moved.In(d.Cash)
	if !e.Known {
		return "", false
	}
	before := d.Moved.Before.Cost
	if d.Cash {
		before = d.Moved.Before.Cash
	}
	switch {
	case e.Change.IsZero():
		return "as before", true
	case before.Sign() <= 0:
		return "nothing before", true
	}
	ppm, ok := ratio(e.Change, before)
	if !ok {
		return "", false
	}
	return signedPart(ppm), true
}

// signedPart writes millionths as percent with one decimal: "+12.3 %".
func signedPart(ppm int64) string {
	sign := "+"
	if ppm < 0 {
		sign, ppm = "-", -ppm
	}
	tenths := (ppm + 500) / 1000
	return fmt.Sprintf("%s%d.%d %%", sign, tenths/10, tenths%10)
}

// headline is the cash, or else the cost, of the total.
func (r *Report) headline(cash bool) money.Amount {
	if cash {
		return r.Total.Cash
	}
	return r.Total.Cost
}

// signed is an amount of cents with its sign: "USD +15.86".
func signed(a money.Amount, currency string) string {
	text := amountText(a.Round(2), currency)
	if a.Round(2).Sign() <= 0 {
		return text
	}
	if before, figure, ok := strings.Cut(text, " "); ok {
		return before + " +" + figure
	}
	return "+" + text
}

// section is a part of a digest, to be written in any form.
type section struct {
	title string
	lines []string
	head  []string // of a table
	texts int      // its columns of text; the others are figures
	rows  [][]string
	items []LookItem
}

func (d *Digest) sections() []section {
	out := []section{d.spendSection()}
	for i := range d.Movers {
		out = append(out, d.moversSection(&d.Movers[i]))
	}
	out = append(out, d.forecastSection(), d.budgetsSection(), d.unusualSection(), section{title: "What to look at", items: d.Look})
	if len(d.Look) == 0 {
		out[len(out)-1].lines = []string{"Nothing: everything is priced, read and counted."}
	}
	return out
}

func (d *Digest) spendSection() section {
	t, cur := &d.Report.Total, d.Report.Total.Currency
	s := section{title: "Spend"}
	if t.Records == 0 && d.Moved.Before.Records == 0 && t.PlanFee.IsZero() {
		s.lines = []string{"No usage in this span, nor in the one before."}
		return s
	}
	kind := "Cost at list price"
	if d.Cash {
		kind = "Cash"
	}
	line := kind + ": " + d.amount(t)
	if d.Running {
		line += " so far"
	}
	if e := d.Moved.In(d.Cash); e.Known && d.Moved.Before.Records == 0 && e.Change == d.Report.headline(d.Cash) {
		line += ", nothing before"
	} else if e.Known {
		line += ", " + d.amount(&d.Moved.Before) + " before"
		if change, ok := d.changeText(); ok && !e.Change.IsZero() {
			line += ": " + signed(e.Change, cur) + " (" + change + ")"
		}
	}
	s.lines = append(s.lines, line+".")
	if e := d.Moved.In(d.Cash); e.Known && !e.Change.IsZero() {
		why := "Of the change, volume is " + signed(e.Volume, cur) + ", mix " + signed(e.Mix, cur) + ", price " + signed(e.Price, cur)
		if !e.Fees.Round(2).IsZero() {
			why += ", plan fees " + signed(e.Fees, cur)
		}
		s.lines = append(s.lines, why+".")
	}
	if d.Cash {
		s.lines = append(s.lines, "API-equivalent: "+moneyCell(t, t.Cost, t.Priced, func(c CurrencySum) money.Amount { return c.Cost })+"; plan fees "+amountText(t.PlanFee, cur)+".")
	}
	used := compact(t.Tokens.Total()) + " tokens"
	if t.Requests >= 0 {
		used += ", " + plural(t.Requests, "request")
	}
	s.lines = append(s.lines, upper(used)+". Basis: "+d.Report.basisText()+".", d.Report.kindText())
	return s
}

func (d *Digest) moversSection(m *Movers) section {
	s := section{title: "What changed most, by " + string(m.By), head: []string{string(m.By), "before", "now", "change"}, texts: 1}
	cur := d.Report.Total.Currency
	for _, r := range m.Rows {
		s.rows = append(s.rows, []string{r.Label, amountText(r.Before, cur), amountText(r.Now, cur), signed(r.Change, cur)})
	}
	if m.More > 0 {
		s.rows = append(s.rows, []string{plural(int64(m.More), "other"), "", "", signed(m.Rest, cur)})
	}
	if !m.Fees.Round(2).IsZero() {
		s.rows = append(s.rows, []string{"plan fees", "", "", signed(m.Fees, cur)})
	}
	return s
}

func (d *Digest) forecastSection() section {
	s := section{title: "Forecast"}
	st := d.Forecast
	if st == nil {
		s.lines = []string{"None: amounts are in several currencies."}
		return s
	}
	month := st.Now.In(d.Zone).Format("January 2006")
	line := month + " has cost " + amountText(st.Cost, st.Budget.Currency) + " so far"
	switch f := st.Forecast; {
	case f.Known:
		line += fmt.Sprintf(" and is likely to end at %s; 80 %% of such forecasts end between %s and %s.", amountText(f.Point, st.Budget.Currency),
			amountText(f.Low, st.Budget.Currency), amountText(f.High, st.Budget.Currency))
	case st.HasRunRate:
		line += "; at this pace it ends at " + amountText(st.RunRate, st.Budget.Currency) + ". No forecast: " + st.Why + "."
	default:
		line += ". No forecast: " + st.Why + "."
	}
	s.lines = []string{line}
	return s
}

func (d *Digest) budgetsSection() section {
	s := section{title: "Budgets"}
	if len(d.Budgets) == 0 {
		s.lines = []string{"None is set."}
		return s
	}
	s.head, s.texts = []string{"budget", "state", "spent", "limit", "used", "forecast"}, 2
	for i := range d.Budgets {
		b := &d.Budgets[i]
		if b.Err != nil {
			s.rows = append(s.rows, []string{clean.Text(b.Budget.Name), "unknown", unknown, amountText(b.Limit, b.Budget.Currency), unknown, unknown})
			continue
		}
		forecast := unknown
		if b.Forecast.Known {
			forecast = amountText(b.Forecast.Point, b.Budget.Currency)
		}
		s.rows = append(s.rows, []string{clean.Text(b.Budget.Name), string(b.State), amountText(b.Cost, b.Budget.Currency), amountText(b.Limit, b.Budget.Currency),
			strconv.FormatFloat(100*b.Used, 'f', 0, 64) + " %", forecast})
	}
	return s
}

func (d *Digest) unusualSection() section {
	s := section{title: "Unusual days"}
	for _, u := range d.Unusual {
		s.lines = append(s.lines, clean.Limit(u.Text, 500)+".")
	}
	if len(s.lines) == 0 {
		s.lines = []string{"None."}
		if d.NoUnusual != "" {
			s.lines = []string{"Not looked for: " + clean.Text(d.NoUnusual) + "."}
		}
	}
	return s
}

// foot says where the figures come from, and names the end of the trail of
// changes: tokpit audit verify --head finds out whether it was cut since.
func (d *Digest) foot() []string {
	out := []string{"As of " + d.AsOf.Format("2006-01-02 15:04 UTC") + ", days in " + d.Zone.String() + ", prices " + d.Prices + "."}
	if d.Demo {
		out = append(out, "This is demo data.")
	}
	if d.AuditHead != "" {
		out = append(out, "Audit head "+d.AuditHead)
	}
	return out
}

// Text is the digest as plain lines, for mail and terminals.
func (d *Digest) Text() string {
	const width = 76 // what mail shows without breaking lines
	var b strings.Builder
	b.WriteString(d.Title() + "\n")
	for _, s := range d.sections() {
		b.WriteString("\n" + strings.ToUpper(s.title) + "\n")
		for _, line := range s.lines {
			writeWrapped(&b, line, width)
		}
		if len(s.rows) > 0 {
			g := &grid{left: s.texts, total: -1}
			g.add(append(s.head, ""))
			for _, r := range s.rows {
				g.add(append(r, ""))
			}
			g.squeeze(width)
			g.write(&b)
		}
		for _, i := range s.items {
			text := i.Text
			if i.Hint != "" {
				text += "\nhint: " + clean.Limit(i.Hint, 300)
			}
			var item strings.Builder
			for line := range strings.SplitSeq(text, "\n") {
				writeWrapped(&item, line, width-2)
			}
			b.WriteString("- " + strings.ReplaceAll(strings.TrimSuffix(item.String(), "\n"), "\n", "\n  ") + "\n")
		}
	}
	b.WriteString("\n")
	for _, line := range d.foot() {
		b.WriteString(line + "\n")
	}
	return b.String()
}

// Markdown is the digest for wikis and issues (CommonMark with tables).
func (d *Digest) Markdown() string {
	var b strings.Builder
	b.WriteString("# " + markdown(d.Title()) + "\n")
	for _, s := range d.sections() {
		b.WriteString("\n## " + markdown(s.title) + "\n\n")
		for _, line := range s.lines {
			b.WriteString(markdown(line) + "\n")
		}
		if len(s.rows) > 0 {
			row := func(cells []string) {
				for i := range cells {
					b.WriteString("| " + markdown(cells[i]) + " ")
				}
				b.WriteString("|\n")
			}
			row(s.head)
			b.WriteString(strings.Repeat("|---", s.texts) + strings.Repeat("|---:", len(s.head)-s.texts) + "|\n")
			for _, r := range s.rows {
				row(r)
			}
		}
		for _, i := range s.items {
			b.WriteString("- " + markdown(i.Text))
			if i.Hint != "" {
				b.WriteString(" " + markdown("Hint: "+clean.Limit(i.Hint, 300)+"."))
			}
			b.WriteByte('\n')
		}
	}
	b.WriteString("\n---\n\n")
	for _, line := range d.foot() {
		b.WriteString(markdown(line) + "  \n")
	}
	return b.String()
}

// markdown disarms what Markdown and HTML give a meaning: names come from
// anywhere.
func markdown(s string) string {
	var b strings.Builder
	for _, r := range clean.Limit(s, 1000) {
		switch {
		case r == '<':
			b.WriteString("&lt;")
			continue
		case r == '&':
			b.WriteString("&amp;")
			continue
		case strings.ContainsRune("\\`*_[]|~#>!$@", r):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// WriteText writes [Digest.Text].
func (d *Digest) WriteText(w io.Writer) error {
	_, err := io.WriteString(w, d.Text())
	return err
}

// WriteMarkdown writes [Digest.Markdown].
func (d *Digest) WriteMarkdown(w io.Writer) error {
	_, err := io.WriteString(w, d.Markdown())
	return err
}

// upper begins a sentence.
func upper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
