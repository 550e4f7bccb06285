package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/usage"
)

// Answer says in a sentence or two whether the figures can be trusted.
func (r *Reconciliation) Answer() string {
	if len(r.Accounts) == 0 {
		return r.noBill()
	}
	compared, first, last := 0, time.Time{}, time.Time{}
	for i := range r.Accounts {
		for j := range r.Accounts[i].Days {
			if d := &r.Accounts[i].Days[j]; d.Status != NotComparable {
				compared++
				if first.IsZero() || d.Day.Before(first) {
					first = d.Day
				}
				if d.Day.After(last) {
					last = d.Day
				}
			}
		}
	}
	if compared == 0 {
		return "Nobody knows yet: there is no day that is both billed and read in full."
	}
	span := "on " + first.Format(time.DateOnly)
	if last.After(first) {
		span = "from " + first.Format(time.DateOnly) + " to " + last.Format(time.DateOnly)
	}
	off, open, any := r.offText()
	known := "all of it for known reasons"
	if any {
		known = "all but " + open + " of it for known reasons"
	}
	out := ""
	switch r.Verdict() {
	case Trusted:
		out = fmt.Sprintf("Yes: %s was billed %s, and tokens × price gives the same within %s.", r.billedText(), span, perMilleText(r.Tolerance))
	case Explained:
		out = fmt.Sprintf("Yes, with differences that are understood: of %s billed %s, %s is off, %s.", r.billedText(), span, off, known)
	default:
		out = fmt.Sprintf("Not quite: of %s billed %s, %s is off, and %s of that is not explained.", r.billedText(), span, off, open)
	}
	if n := r.unread(); n > 0 {
		out += fmt.Sprintf(" %s could not be compared.", plural(n, "day"))
	}
	return out
}

// noBill says why there is no bill to compare with, and what brings one.
func (r *Reconciliation) noBill() string {
	switch {
	case !r.Bills.Since.IsZero():
		first, last := r.Bills.Since.UTC().Format(time.DateOnly), r.Bills.Until.Add(-time.Nanosecond).UTC().Format(time.DateOnly)
		if first != last {
			return fmt.Sprintf("Nobody knows: there is no bill of these days. Bills have been read of days from %s to %s.", first, last)
		}
		return fmt.Sprintf("Nobody knows: there is no bill of these days. A bill has been read of %s.", first)
	case r.Connected:
		return "Nobody knows yet: no bill has been read. A sync asks the connected providers for theirs."
	}
	return "Nobody knows yet: there is no bill to compare with. Connect a provider's cost report to get one."
}

// unread counts the days that will not become comparable by waiting.
func (r *Reconciliation) unread() (n int64) {
	for i := range r.Accounts {
		for j := range r.Accounts[i].Days {
			if d := &r.Accounts[i].Days[j]; d.Status == NotComparable && d.Cause.Code != CauseNotBilled {
				n++
			}
		}
	}
	return n
}

func perMilleText(n int64) string {
	if n%10 == 0 {
		return fmt.Sprintf("%d %%", n/10)
	}
	return fmt.Sprintf("%d.%d %%", n/10, n%10)
}

// byCurrency adds up something of the accounts.
func (r *Reconciliation) byCurrency(of func(*AccountReconciliation) money.Amount) string {
	var order []string
	sums := make(map[string]money.Amount)
	for i := range r.Accounts {
		a := &r.Accounts[i]
		if _, ok := sums[a.Currency]; !ok {
			order = append(order, a.Currency)
		}
		sums[a.Currency] = sums[a.Currency].Add(of(a))
	}
	parts := make([]string, len(order))
	for i, currency := range order {
		parts[i] = amountText(sums[currency], currency)
	}
	return strings.Join(parts, " and ")
}

func (r *Reconciliation) billedText() string {
	return r.byCurrency(func(a *AccountReconciliation) money.Amount { return a.Total.Billed })
}

// offText says how much is off, and how much of that for no known reason.
func (r *Reconciliation) offText() (off, open string, any bool) {
	off = r.byCurrency(func(a *AccountReconciliation) money.Amount { all, _ := a.off(); return all })
	open = r.byCurrency(func(a *AccountReconciliation) money.Amount {
		_, open := a.off()
		any = any || !open.IsZero()
		return open
	})
	return off, open, any
}

// WriteText writes the reconciliation for people: the answer first, then each
// account with the causes of its variance, the days and lines that differ, and
// what could not be compared.
func (r *Reconciliation) WriteText(w io.Writer, o TextOptions) error {
	var b strings.Builder
	writeWrapped(&b, "Can these numbers be trusted? "+r.Answer(), o.Width)
	for i := range r.Accounts {
		r.writeAccount(&b, &r.Accounts[i], o.Width)
	}
	r.writeBases(&b, o.Width)
	_, err := io.WriteString(w, b.String())
	return err
}

func accountName(provider, account string) string {
	if account == "" {
		return clean.Text(provider)
	}
	return clean.Text(provider) + " · " + clean.Text(account)
}

// variance writes a signed amount.
func variance(a money.Amount, currency string) string {
	text := amountText(a, currency)
	if a.Sign() > 0 {
		return strings.Replace(text, " ", " +", 1)
	}
	return text
}

// percent writes the variance as a part of what is billed.
func (c *Compared) percent() string {
	ppm, ok := ratio(c.Variance(), c.Billed)
	if !ok {
		return unknown
	}
	sign := "+"
	if c.Variance().Sign() < 0 {
		sign, ppm = "-", -ppm
	}
	if c.Variance().IsZero() {
		sign = ""
	}
	n := (ppm + 500) / 1000
	return fmt.Sprintf("%s%d.%d %%", sign, n/10, n%10)
}

func (s Status) text() string {
	return strings.ReplaceAll(s.String(), "_", " ")
}

func causeText(code string) string { return strings.ReplaceAll(code, "_", " ") }

// Most rows of the tables below.
const (
	mostLines = 12
	mostDays  = 40
)

func (r *Reconciliation) writeAccount(b *strings.Builder, a *AccountReconciliation, width int) {
	b.WriteString("\n")
	t := &a.Total
	writeWrapped(b, fmt.Sprintf("%s: billed %s, tokens × price %s, variance %s (%s): %s", accountName(a.Provider, a.Account),
		amountText(t.Billed, a.Currency), amountText(t.Priced, a.Currency), variance(t.Variance(), a.Currency), t.percent(), t.Status.text()), width)
	if len(a.Causes) > 0 {
		b.WriteString("\n")
		g := &grid{left: 2}
		g.add([]string{"cause", "days", "variance", ""})
		for _, c := range a.Causes {
			days := c.FirstDay.Format(time.DateOnly)
			if c.Days > 1 {
				days += fmt.Sprintf(" … %s (%d)", c.LastDay.Format("01-02"), c.Days)
			}
			g.add([]string{causeText(c.Code), days, variance(c.Amount, a.Currency), ""})
		}
		g.fit(width).write(b)
		for _, c := range a.Causes {
			if c.Code != CauseRounding && c.Code != CauseSmall {
				writeWrapped(b, "· "+causeText(c.Code)+": "+clean.Limit(c.Text, 300), width)
			}
		}
	}
	r.writeDays(b, a, width)
	r.writeLines(b, a, width)
	r.writeLeft(b, a, width)
}

func (r *Reconciliation) writeDays(b *strings.Builder, a *AccountReconciliation, width int) {
	g := &grid{left: 1}
	g.add([]string{"day", "billed", "tokens × price", "variance", "", "cause"})
	fine, more := 0, 0
	for i := range a.Days {
		d := &a.Days[i]
		switch {
		case d.Status == NotComparable:
		case !a.differs(d):
			fine++
		case len(g.rows) > mostDays:
			more++
		default:
			g.add([]string{d.Day.Format(time.DateOnly), amountText(d.Billed, a.Currency), amountText(d.Priced, a.Currency),
				variance(d.Variance(), a.Currency), d.percent(), causeText(d.Cause.Code)})
		}
	}
	b.WriteString("\n")
	if len(g.rows) > 1 {
		g.fit(width).write(b)
	}
	text := fmt.Sprintf("%s agree", plural(int64(fine), "day"))
	if fine == 1 {
		text = "1 day agrees"
	}
	if more > 0 {
		text += fmt.Sprintf(", %s more differ", plural(int64(more), "day"))
	}
	writeWrapped(b, text+".", width)
}

// differs reports whether a day or any of its lines does.
func (a *AccountReconciliation) differs(d *DayReconciliation) bool {
	for i := range d.Lines {
		if d.Lines[i].Status == Differs {
			return true
		}
	}
	return d.Status == Differs
}

func (r *Reconciliation) writeLines(b *strings.Builder, a *AccountReconciliation, width int) {
	g := &grid{left: 1}
	g.add([]string{"line", "billed", "tokens × price", "variance", "", "cause"})
	for i := range a.Lines {
		line := &a.Lines[i]
		if line.Status != Differs || len(g.rows) > mostLines {
			continue
		}
		name := clean.Limit(strings.ReplaceAll(line.Item, "_", " "), 60)
		if line.Model != "" {
			name = clean.Text(line.Model) + ", " + name
		}
		g.add([]string{name, amountText(line.Billed, a.Currency), amountText(line.Priced, a.Currency), variance(line.Variance(), a.Currency), line.percent(), causeText(line.Cause.Code)})
	}
	if len(g.rows) > 1 {
		b.WriteString("\n")
		g.fit(width).write(b)
	}
}

// writeLeft lists the days that cannot be compared, neighbours together.
func (r *Reconciliation) writeLeft(b *strings.Builder, a *AccountReconciliation, width int) {
	for i := 0; i < len(a.Days); {
		d := &a.Days[i]
		j := i + 1
		if d.Status != NotComparable {
			i = j
			continue
		}
		sum := d.Compared
		for ; j < len(a.Days) && a.Days[j].Status == NotComparable && a.Days[j].Cause == d.Cause; j++ {
			sum.add(&a.Days[j].Compared)
		}
		days := d.Day.Format(time.DateOnly)
		if j > i+1 {
			days += " … " + a.Days[j-1].Day.Format("01-02")
		}
		if i == 0 || a.Days[i-1].Status != NotComparable {
			b.WriteString("\n")
		}
		writeWrapped(b, fmt.Sprintf("Not compared: %s (billed %s, tokens × price %s): %s.", days, amountText(sum.Billed, a.Currency), amountText(sum.Priced, a.Currency), d.Cause.Text), width)
		i = j
	}
}

// writeBases says what several sources know of the same days.
func (r *Reconciliation) writeBases(b *strings.Builder, width int) {
	if len(r.Bases) == 0 {
		return
	}
	b.WriteString("\nThe same days, as other sources know them:\n")
	for i := range r.Bases {
		c := &r.Bases[i]
		text := fmt.Sprintf("%s: %s has %s tokens (%s), %s has %s (%s), on %s that both have usage of", accountName(c.Provider, c.Account),
			c.Higher, compact(c.HigherTokens), amountText(c.HigherCost, defaultCurrency), c.Lower, compact(c.LowerTokens), amountText(c.LowerCost, defaultCurrency),
			plural(int64(c.Days), "day"))
		if c.LowerOnly > 0 {
			text += fmt.Sprintf("; %s has usage on %s more, on which %s knows of none", c.Lower, plural(int64(c.LowerOnly), "day"), c.Higher)
		}
		if c.Lower < usage.Metered && c.LowerTokens > c.HigherTokens {
			text += ". It is more than the higher basis has: some of it may belong to another account"
		}
		writeWrapped(b, text+".", width)
	}
}

// fit narrows the names of a table to a width.
func (g *grid) fit(width int) *grid {
	if width > 0 {
		g.squeeze(width)
	}
	return g
}
