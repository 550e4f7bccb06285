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
func (p *Page) drawBeside(w entry.Writer, b *report.Budgets) {
	first := b.Bites()
	p.drawLimits(w, b.Limits, first)
	p.drawCredit(w, b, first)
	p.drawWindows(w, b.Windows)
}

// drawLimits writes all limits together: ours alone are on the page already. The
// one that bites first is among those that there is room for.
func (p *Page) drawLimits(w entry.Writer, all []report.LimitStanding, first *report.Bite) {
	others := false
	for i := range all {
		others = others || all[i].Origin != report.FromBudget
	}
	if !others {
		return
	}
	section(w, "Limits together", "ours and the providers'")
	var most []*report.LimitStanding
	name := 22
	if w.Width() >= roomy {
		name = 34
	}
	for i := range all {
		if l := &all[i]; len(most) < mostLimits {
			most = append(most, l)
		} else if first != nil && l == first.Limit {
			most[mostLimits-1] = l
		}
	}
	for _, l := range most {
		p.drawLimit(w, l, first, name)
	}
	if rest := len(all) - len(most); rest > 0 {
		w.Para(w.St.Muted, "  ", "and "+ui.Count(int64(rest))+" more: tokpit limits")
	}
}

// roomy is from where the details have room for whole names.
const roomy = 76

// drawLimit writes one limit, with why it bites first if it does.
func (p *Page) drawLimit(w entry.Writer, l *report.LimitStanding, first *report.Bite, width int) {
	bites := first != nil && first.Limit == l
	name := l.Provider
	if name == "" {
		name = p.scopeWords(l.Budget.Scope)
	}
	name = ui.Cut(ui.Text(name), width-9) + " " + string(l.Kind)
	if l.Origin == report.FromBudget {
		name = "our " + ui.Text(l.Budget.Name)
	}
	sign, k := "  ", w.St.Text
	switch {
	case l.Reached:
		sign, k = "× ", w.St.Bad
	case bites:
		sign, k = "▸ ", w.St.Warn
	}
	w.Left(k, sign+name, width)
	if l.Err != nil {
		w.Text(w.St.Bad, "cannot be computed")
		w.End()
		return
	}
	headroom, what := l.Headroom, " left of "
	if headroom.Sign() < 0 {
		headroom, what = headroom.Neg(), " over "
	}
	w.Right(w.St.Text, ui.Money(headroom, l.Budget.Currency), 12)
	w.Text(w.St.Muted, what+ui.Money(l.Limit, l.Budget.Currency))
	if l.Refuses {
		w.Text(w.St.Muted, ", refuses")
	}
	if !l.ReachedAt.IsZero() {
		reached := ", reached "
		if l.ReachedAt.After(p.snap.AsOf) {
			reached = ", will be reached "
		}
		w.Text(w.St.Warn, reached+ui.Day(l.ReachedAt.In(p.zone())))
	}
	w.End()
	if bites && first.Why != "" {
		w.Para(w.St.Muted, "  bites first: ", ui.Written(first.Why, l.Budget.Currency))
	}
	if t := l.Tier; t != nil && t.Next != nil {
		w.Para(w.St.Muted, "  ", "tier "+t.Tier+": "+missing(t, l.Budget.Currency)+" for tier "+t.Next.Name)
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

// drawCredit writes credit, when it is lost, and which accounts have none and no
// bill that takes over.
func (p *Page) drawCredit(w entry.Writer, b *report.Budgets, first *report.Bite) {
	begun := false
	begin := func() {
		if !begun {
			section(w, "Credit", "used before money")
		}
		begun = true
	}
	n := 0
	for i := range b.Grants {
		if g := &b.Grants[i]; g.Balance.Sign() > 0 && n < mostGrants {
			n++
			begin()
			p.drawGrant(w, g)
		}
	}
	for _, a := range b.Accounts {
		if a.Err == nil && !a.State.Refuses() {
			continue
		}
		begin()
		name := ui.Text(a.Provider)
		if a.Account != "" {
			name += " " + ui.Text(a.Account)
		}
		w.Left(w.St.Bad, "× "+name, 20)
		if a.Err != nil {
			w.Text(w.St.Bad, "cannot be computed")
		} else {
			w.Text(w.St.Bad, " no credit, no billing: refused")
		}
		w.End()
	}
	if begun && first != nil && first.Account != nil {
		w.Para(w.St.Muted, "  bites first: ", first.Name+": "+first.Why)
	}
}

func (p *Page) drawGrant(w entry.Writer, g *report.GrantStanding) {
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
