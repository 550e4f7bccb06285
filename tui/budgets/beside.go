package budgets

import (
	"strings"
	"time"

	"tokpit/report"
	"tokpit/tui/entry"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// How many lines of each kind stand beside a budget.
const (
	mostLimits  = 8
	mostGrants  = 5
	mostWindows = 4
)

// drawBeside writes what stands beside the budgets: limits that providers keep
// and which of all bites first, credit that expires, and allowances of plans.
func (p *Page) drawBeside(w entry.Writer) {
	b := p.snap.Budgets
	p.drawLimits(w, b.Limits)
	p.drawGrants(w, b.Grants)
	p.drawWindows(w, b.Windows)
}

// drawLimits writes all limits together: ours alone are on the page already.
func (p *Page) drawLimits(w entry.Writer, all []report.LimitStanding) {
	others := false
	for i := range all {
		others = others || all[i].Origin != report.FromBudget
	}
	if !others {
		return
	}
	section(w, "Limits together", "ours and the providers'")
	for i := range all[:min(len(all), mostLimits)] {
		l := &all[i]
		name := l.Provider
		if name == "" {
			name = p.scopeWords(l.Budget.Scope)
		}
		name = ui.Cut(ui.Text(name), 13) + " " + string(l.Kind)
		if l.Origin == report.FromBudget {
			name = "our " + ui.Text(l.Budget.Name)
		}
		sign, k := "  ", w.St.Text
		switch {
		case l.Reached:
			sign, k = "× ", w.St.Bad
		case l.First:
			sign, k = "▸ ", w.St.Warn
		}
		w.Left(k, sign+name, 22)
		if l.Err != nil {
			w.Text(w.St.Bad, "cannot be computed")
			w.End()
			continue
		}
		w.Right(w.St.Text, ui.Money(l.Headroom, l.Budget.Currency), 12)
		w.Text(w.St.Muted, " left of "+ui.Money(l.Limit, l.Budget.Currency))
		if l.Refuses {
			w.Text(w.St.Muted, ", refuses")
		}
		if !l.ReachedAt.IsZero() {
			w.Text(w.St.Warn, ", reached "+ui.Day(l.ReachedAt.In(p.zone())))
		}
		w.End()
		if l.First && l.Why != "" {
			w.Para(w.St.Muted, "  bites first: ", l.Why)
		}
		if t := l.Tier; t != nil && t.Next != nil {
			w.Para(w.St.Muted, "  ", "tier "+t.Tier+": "+missing(t, l.Budget.Currency)+" for tier "+t.Next.Name)
		}
	}
	if rest := len(all) - mostLimits; rest > 0 {
		w.Para(w.St.Muted, "  ", "and "+ui.Count(int64(rest))+" more: tokpit limits")
	}
}

// missing says what an account lacks for its next tier, as far as that is known.
func missing(t *report.TierStanding, currency string) string {
	var parts []string
	if m := t.Missing; m.AmountKnown && m.Amount.Sign() > 0 {
		parts = append(parts, ui.Money(m.Amount, currency)+" to be paid")
	}
	if m := t.Missing; m.DaysKnown && m.Days > 0 {
		parts = append(parts, plural(m.Days, "day")+" to wait")
	}
	if len(parts) == 0 {
		return "nothing known is missing"
	}
	return strings.Join(parts, " and ")
}

// drawGrants writes credit, and when it is lost.
func (p *Page) drawGrants(w entry.Writer, all []report.GrantStanding) {
	n := 0
	for i := range all {
		g := &all[i]
		if g.Balance.Sign() <= 0 || n == mostGrants {
			continue
		}
		if n++; n == 1 {
			section(w, "Credit", "used before money")
		}
		k, until := w.St.Muted, "does not expire"
		if !g.Grant.Expires.IsZero() {
			until = "expires " + p.date(g.Grant.Expires)
		}
		if g.Warn > 0 {
			k, until = w.St.Warn, "! "+until
		}
		w.Left(w.St.Text, ui.Text(g.Grant.Name), 20)
		w.Right(w.St.Text, ui.Money(g.Balance, g.Grant.Currency), 12)
		w.Text(w.St.Muted, " of "+ui.Money(g.Grant.Amount, g.Grant.Currency)+", ")
		w.Text(k, until)
		w.End()
	}
}

// drawWindows writes the allowances of plans that begin anew by themselves.
func (p *Page) drawWindows(w entry.Writer, all []report.WindowStanding) {
	n := 0
	for i := range all {
		x := &all[i]
		if !x.Active || n == mostWindows {
			continue
		}
		if n++; n == 1 {
			section(w, "Plan windows", "as the tools say")
		}
		w.Left(w.St.Text, ui.Text(x.Source)+", "+ui.Text(x.Name), 22)
		if x.HasUsed {
			k := w.St.Text
			if x.Used >= usage.WholeShare*9/10 {
				k = w.St.Warn
			}
			w.Text(k, percent(report.Share(x.Used))+" used")
		} else {
			w.Text(w.St.Text, ui.Tokens(x.Sum.Tokens.Total())+" tokens")
		}
		if !x.Rolling {
			w.Text(w.St.Muted, ", anew "+p.in(x.Until))
		}
		if !x.FullAt.IsZero() {
			w.Text(w.St.Warn, ", full "+p.in(x.FullAt))
		}
		w.End()
	}
}

// date writes a day, with its year if that is another one.
func (p *Page) date(t time.Time) string {
	t = t.In(p.zone())
	if t.Year() != p.snap.AsOf.Year() {
		return t.Format("2 Jan 2006")
	}
	return t.Format("2 Jan")
}
