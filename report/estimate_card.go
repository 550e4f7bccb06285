package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"tokpit/internal/clean"
	"tokpit/money"
)

// card prints one model with all that is known of it.
func (r *EstimateReport) card(b *strings.Builder, width int) {
	e := &r.Rows[0]
	b.WriteString(e.title())
	if e.Asked != "" && e.Asked != e.Model && e.Asked != e.title() {
		b.WriteString(" (asked for as " + clean.Text(e.Asked) + ")")
	}
	b.WriteString("\n")
	lines := e.lines(r)
	first, second := 0, 0
	for _, l := range lines {
		first, second = max(first, len(l[0])), max(second, ansi.StringWidth(l[1]))
	}
	for _, l := range lines {
		line := fmt.Sprintf("  %-*s  %s", first, l[0], l[1])
		if l[2] != "" {
			pad := strings.Repeat(" ", second-ansi.StringWidth(l[1]))
			line += pad + "  " + l[2]
		}
		if width > 0 {
			line = ansi.Truncate(line, width, "…")
		}
		b.WriteString(line + "\n")
	}
}

// lines are label, figure and remark.
func (e *Estimated) lines(r *EstimateReport) [][3]string {
	var out [][3]string
	add := func(label, figure, remark string) { out = append(out, [3]string{label, figure, remark}) }
	cost := func(c CostRange) string {
		text := clean.Text(e.Currency) + " " + fine(c.Point)
		if low, high := fine(c.Low), fine(c.High); low != high {
			text += " (" + low + "–" + high + ")"
		}
		return text
	}
	optional := func(label string, c OptionalCost, remark string) {
		if c.Known {
			add(label, cost(c.CostRange), remark)
		}
	}
	if e.Counted {
		add("tokens", e.tokensText(), clean.Text(e.Tokens.Method))
	} else {
		add("tokens", "not known", e.Why)
	}
	add("answer", group(fmt.Sprint(e.Output)), e.OutputBasis)
	if !e.Priced {
		remark := ""
		if len(e.Candidates) > 0 {
			remark = "nearest names: " + strings.Join(e.Candidates, ", ")
		}
		add("price", "unpriced", remark)
	} else {
		long := ""
		if e.LongOver > 0 {
			long = "the price for requests of more than " + group(fmt.Sprint(e.LongOver)) + " tokens"
			if !e.LongLow {
				long += " applies to the high end"
			}
		}
		add("input", cost(e.Input), long)
		add("output", cost(e.OutputCost), "")
		add("per call", cost(e.Total), e.Flags.String())
		optional("cached", e.Cached, "all of the input from the cache")
		optional("cache fill", e.CacheFill, "the call that puts it there")
		optional("batch", e.Batch, "")
		optional("per day", e.PerDay, r.Query.Traffic.text())
		optional("per month", e.PerMonth, "365/12 days")
	}
	add("fits", e.Fit.String(), e.limitsText())
	if e.HasLife {
		add("status", e.Life.String(), dated("ends ", e.Shutdown))
	}
	if !e.Changes.IsZero() {
		add("price", "changes", dated("on ", e.Changes))
	}
	return out
}

// fine writes an amount with two decimals, or with four digits if it is less than
// one unit, without zeros at the end beyond cents.
func fine(a money.Amount) string {
	whole, frac, _ := strings.Cut(a.Abs().String(), ".")
	if whole != "0" || frac == "" {
		return number(a, 2)
	}
	zeros := len(frac) - len(strings.TrimLeft(frac, "0"))
	text := number(a, min(zeros+4, money.Decimals))
	for len(text) > len("0.00") && strings.HasSuffix(text, "0") {
		text = text[:len(text)-1]
	}
	return text
}

func (e *Estimated) limitsText() string {
	var parts []string
	if e.Over > 0 {
		parts = append(parts, group(fmt.Sprint(e.Over))+" tokens too long")
	}
	if e.Window > 0 {
		parts = append(parts, "window "+group(fmt.Sprint(e.Window)))
	}
	if e.MaxOutput > 0 {
		parts = append(parts, "longest answer "+group(fmt.Sprint(e.MaxOutput)))
	}
	return strings.Join(parts, ", ")
}

func dated(before string, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return before + t.UTC().Format(time.DateOnly)
}
