package report

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"tokpit/usage"
)

// billed is one account in one currency.
type billed struct {
	*accountLedger
	currency string
	foreign  bool // one side has only other currencies
}

// accounts lists the accounts with a bill.
func (l *ledger) accounts() []billed {
	var out []billed
	for _, id := range slices.Sorted(maps.Keys(l.book)) {
		a := l.book[id]
		if len(a.bill) == 0 {
			if _, says := l.claim(id, usage.Billed, 0); !says {
				continue // nobody has asked for its bill
			}
		}
		main := defaultCurrency
		if len(a.bill) > 0 && !a.bill[main] {
			main = slices.Min(slices.Collect(maps.Keys(a.bill)))
		}
		a.settle(main)
		all := maps.Clone(a.bill)
		maps.Copy(all, a.pricedIn)
		all[main] = true
		for _, currency := range slices.Sorted(maps.Keys(all)) {
			billedIn, pricedIn := a.bill[currency], a.pricedIn[currency]
			if billedIn || pricedIn {
				out = append(out, billed{a, currency, len(all) > 1 && billedIn != pricedIn && len(a.bill) > 0 && len(a.pricedIn) > 0})
			}
		}
	}
	slices.SortFunc(out, func(x, y billed) int {
		return cmp.Or(strings.Compare(x.provider, y.provider), strings.Compare(x.name, y.name), strings.Compare(x.currency, y.currency))
	})
	return out
}

// settle gives what has no price the currency of the bill.
func (a *accountLedger) settle(main string) {
	for _, d := range a.days {
		for _, k := range slices.Collect(maps.Keys(d.lines)) {
			if k.currency != "" {
				continue
			}
			e := d.lines[k]
			delete(d.lines, k)
			d.entry(lineKey{main, k.model, k.item}).merge(e)
			a.pricedIn[main] = true
		}
	}
}

func (e *entry) merge(o *entry) {
	e.add(&o.Compared)
	for tier, s := range o.tiers {
		sidesOf(e.tiers, tier).merge(s)
	}
	for at, s := range o.places {
		sidesOf(e.places, at).merge(s)
	}
	for k, tokens := range o.pieces {
		e.pieces[k] = e.pieces[k].Add(tokens)
	}
}

func (s *sides) merge(o *sides) {
	s.billed, s.priced = s.billed.Add(o.billed), s.priced.Add(o.priced)
}

// account compares one account.
func (l *ledger) account(b billed) AccountReconciliation {
	out := AccountReconciliation{Provider: b.provider, Account: b.name, Currency: b.currency}
	file := &caseFile{l: l, billed: b, lines: make(map[lineKey]map[int32]*entry)}
	for _, day := range slices.Sorted(maps.Keys(b.days)) {
		d := l.day(b, day)
		if len(d.Lines) == 0 {
			continue
		}
		out.Days = append(out.Days, d)
		if d.Status == NotComparable {
			out.Left.add(&d.Compared)
			continue
		}
		out.Total.add(&d.Compared)
		for k, e := range b.days[day].lines {
			if k.currency == b.currency {
				if file.lines[k] == nil {
					file.lines[k] = make(map[int32]*entry)
				}
				file.lines[k][day] = e
			}
		}
	}
	out.Total.judge(l.in.Tolerance)
	if out.Left.Status = NotComparable; len(out.Days) > 0 && out.Total == (Compared{}) {
		out.Total.Status = NotComparable
	}
	file.explain(&out)
	return out
}

// day compares one day of an account, without causes of variances.
func (l *ledger) day(b billed, day int32) DayReconciliation {
	from := b.days[day]
	d := DayReconciliation{Day: (usage.Slot(day) * 96).Time(), Basis: from.basis}
	for _, k := range slices.SortedFunc(maps.Keys(from.lines), lineKey.compare) {
		if k.currency != b.currency {
			continue
		}
		e := from.lines[k]
		e.judge(l.in.Tolerance)
		d.Lines = append(d.Lines, LineReconciliation{Model: k.model, Item: k.item, Compared: e.Compared})
		d.add(&e.Compared)
	}
	d.judge(l.in.Tolerance)
	if cause := l.incomparable(b, day); cause.Code != "" {
		d.Status, d.Cause = NotComparable, cause
		for i := range d.Lines {
			d.Lines[i].Status, d.Lines[i].Cause = NotComparable, cause
		}
	}
	return d
}

// finalAfter is how long after a UTC day its bill is not to be relied on.
const finalAfter = 48 * time.Hour

// young reports whether a day's bill may still change.
func (l *ledger) young(day int32) bool {
	return l.in.AsOf.Sub((usage.Slot(day+1) * 96).Time()) < finalAfter
}

// incomparable says why a day cannot be compared; its code is "" if it can.
func (l *ledger) incomparable(b billed, day int32) Cause {
	if b.foreign {
		return Cause{CauseCurrency, "the bill and the prices are in different currencies"}
	}
	covered, says := l.claim(b.id, usage.Billed, day)
	if !covered && (says || !b.days[day].billed) {
		if l.young(day) {
			return Cause{CauseNotBilled, "the bill of a day is complete a day or two after it"}
		}
		return Cause{CauseBillNotRead, "the bill of this day has not been read"}
	}
	covered, says = l.claim(b.id, usage.Reported, day)
	if !says || covered {
		return Cause{}
	}
	if basis := b.days[day].basis; basis != 0 && basis == preferred(l.in.Cube.Prefer, b.accountKey) {
		return Cause{}
	}
	text := "the provider's usage report has not been read for this day"
	if b.days[day].basis != 0 && b.days[day].basis != usage.Reported {
		text += "; " + b.days[day].basis.String() + " usage stands in"
	}
	return Cause{CauseNotRead, text}
}

// comparisons sets the bases of each account against each other.
func (l *ledger) comparisons() []BasisComparison {
	type pair struct {
		account       int32
		higher, lower usage.Basis
	}
	all := make(map[pair]*BasisComparison)
	get := func(p pair) *BasisComparison {
		c := all[p]
		if c == nil {
			k := l.head.names[p.account]
			c = &BasisComparison{Provider: k.provider, Account: k.name, Higher: p.higher, Lower: p.lower}
			all[p] = c
		}
		return c
	}
	for k, sum := range l.bases {
		for lower := usage.Imported; lower < k.basis; lower++ {
			other := l.bases[basisDay{k.account, lower, k.day}]
			if other == nil {
				continue
			}
			c := get(pair{k.account, k.basis, lower})
			c.Days++
			c.HigherTokens, c.LowerTokens = c.HigherTokens+sum.tokens, c.LowerTokens+other.tokens
			c.HigherCost, c.LowerCost = c.HigherCost.Add(sum.cost), c.LowerCost.Add(other.cost)
		}
		for higher := k.basis + 1; higher <= usage.Reported; higher++ {
			if covered, _ := l.claim(k.account, higher, k.day); covered && l.bases[basisDay{k.account, higher, k.day}] == nil {
				get(pair{k.account, higher, k.basis}).LowerOnly++
			}
		}
	}
	out := make([]BasisComparison, 0, len(all))
	for _, c := range all {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(x, y BasisComparison) int {
		return cmp.Or(strings.Compare(x.Provider, y.Provider), strings.Compare(x.Account, y.Account), cmp.Compare(y.Higher, x.Higher), cmp.Compare(y.Lower, x.Lower))
	})
	return out
}
