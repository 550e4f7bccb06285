package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tokpit/money"
	"tokpit/usage"
)

// caseFile is what the causes of an account's variances are found with.
type caseFile struct {
	l *ledger
	billed
	lines map[lineKey]map[int32]*entry // of the compared days
	used  map[place]bool               // that have usage, as far as the bill tells places apart
}

// explain finds the cause of every line's variance and adds them up.
func (f *caseFile) explain(out *AccountReconciliation) {
	f.used = make(map[place]bool)
	for at := range f.usedOn {
		f.used[f.told(at)] = true
	}
	causes := newCauseSums()
	lines, byLine := make(map[lineKey]*LineReconciliation), make(map[lineKey]*causeSums)
	for i := range out.Days {
		d := &out.Days[i]
		if d.Status == NotComparable {
			continue
		}
		day, ofDay := usage.SlotOf(d.Day).Day(), newCauseSums()
		for j := range d.Lines {
			line := &d.Lines[j]
			k := lineKey{f.currency, line.Model, line.Item}
			line.Cause = f.cause(k, day, f.lines[k][day])
			sum := lines[k]
			if sum == nil {
				sum = &LineReconciliation{Model: line.Model, Item: line.Item}
				lines[k], byLine[k] = sum, newCauseSums()
			}
			sum.add(&line.Compared)
			if line.Cause.Code != "" {
				for _, c := range []*causeSums{causes, ofDay, byLine[k]} {
					c.add(line.Cause, line.Variance(), d.Day)
				}
			}
		}
		d.Cause = ofDay.largest()
	}
	for k, sum := range lines {
		sum.judge(f.l.in.Tolerance)
		sum.Cause = byLine[k].largest()
		out.Lines = append(out.Lines, *sum)
	}
	slices.SortFunc(out.Lines, func(a, b LineReconciliation) int {
		return cmp.Or(b.Variance().Abs().Cmp(a.Variance().Abs()), lineKey{model: a.Model, item: a.Item}.compare(lineKey{model: b.Model, item: b.Item}))
	})
	out.Causes = causes.list()
}

// causeSums adds up variances by cause.
type causeSums struct {
	all  map[string]*CauseTotal
	most map[string]money.Amount // the largest variance of each, whose text is kept
	size map[string]money.Amount // variances without their signs
	days map[string]time.Time
}

func newCauseSums() *causeSums {
	return &causeSums{make(map[string]*CauseTotal), make(map[string]money.Amount), make(map[string]money.Amount), make(map[string]time.Time)}
}

// add expects days in order.
func (s *causeSums) add(c Cause, variance money.Amount, day time.Time) {
	t := s.all[c.Code]
	if t == nil {
		t = &CauseTotal{Cause: c, FirstDay: day}
		s.all[c.Code] = t
	}
	t.Amount, t.LastDay = t.Amount.Add(variance), day
	if off := variance.Abs(); off.Cmp(s.most[c.Code]) > 0 {
		s.most[c.Code], t.Cause = off, c
	}
	s.size[c.Code] = s.size[c.Code].Add(variance.Abs())
	if s.days[c.Code] != day {
		s.days[c.Code] = day
		t.Days++
	}
}

// list returns the causes, the one that moves most first.
func (s *causeSums) list() []CauseTotal {
	var out []CauseTotal
	for _, t := range s.all {
		out = append(out, *t)
	}
	slices.SortFunc(out, func(a, b CauseTotal) int {
		return cmp.Or(s.size[b.Code].Cmp(s.size[a.Code]), strings.Compare(a.Code, b.Code))
	})
	return out
}

func (s *causeSums) largest() Cause {
	if all := s.list(); len(all) > 0 {
		return all[0].Cause
	}
	return Cause{}
}

// cause finds the likely cause of a line's variance on a day.
func (f *caseFile) cause(k lineKey, day int32, e *entry) Cause {
	v := e.Variance()
	switch {
	case v.IsZero():
		return Cause{}
	case e.Status == TiesOut:
		return Cause{CauseRounding, "too small to matter"}
	case !near(e.Priced, e.Billed, f.l.in.Tolerance) && f.late(k, day, e).Code != "":
		return f.late(k, day, e)
	case e.Low != e.High && e.Billed.Cmp(e.Low) >= 0 && e.Billed.Cmp(e.High) <= 0:
		return Cause{CauseRange, fmt.Sprintf("the bill lies between %s and %s: the usage does not say which price applies", f.money(e.Low), f.money(e.High))}
	case e.Status == Within:
		return Cause{CauseSmall, "a small difference"}
	case e.UnpricedTokens > 0:
		return Cause{CauseUnpriced, fmt.Sprintf("%s: %s tokens have no price", k.model, compact(e.UnpricedTokens))}
	}
	finders := []func(lineKey, int32, *entry) Cause{f.late, f.untracked, f.oneSided, f.tier, f.price, f.class, f.constant}
	if e.HasBilledTokens && e.Tokens > 0 {
		if off := e.BilledTokens - e.Tokens; off > e.Tokens/200 || -off > e.Tokens/200 {
			finders = finders[:3] // other tokens: prices do not explain it
			finders = append(finders, f.class)
		} else {
			finders = finders[3:] // the same tokens at another price
		}
	}
	for _, find := range finders {
		if c := find(k, day, e); c.Code != "" {
			return c
		}
	}
	if f.l.young(day) {
		return Cause{CauseLate, "the day is young: its bill and its usage may still change"}
	}
	text := "no cause found"
	if e.HasBilledTokens {
		text = fmt.Sprintf("the bill is about %s tokens, the usage about %s", compact(e.BilledTokens), compact(e.Tokens))
	}
	return Cause{CauseUnknown, text}
}

func (f *caseFile) money(a money.Amount) string { return amountText(a, f.currency) }

func dayName(day int32) string { return (usage.Slot(day) * 96).Time().Format(time.DateOnly) }

// late looks for the opposite variance on the day before or after.
func (f *caseFile) late(k lineKey, day int32, e *entry) Cause {
	v := e.Variance()
	for _, other := range []int32{day + 1, day - 1} {
		o := f.lines[k][other]
		if o == nil || !near(o.Variance().Neg(), v, 20) {
			continue
		}
		where := "after"
		if other < day {
			where = "before"
		}
		return Cause{CauseLate, fmt.Sprintf("booked on the day %s: %s is off by as much the other way", where, dayName(other))}
	}
	return Cause{}
}

// told cuts a place to what the bill tells apart.
func (f *caseFile) told(at place) place {
	if !f.keys {
		at.key = ""
	}
	if !f.projects {
		at.project = ""
	}
	return at
}

// untracked looks whether the variance lies where no usage report has a key, or
// on keys and projects that none has.
func (f *caseFile) untracked(_ lineKey, _ int32, e *entry) Cause {
	if !f.keys && !f.projects {
		return Cause{}
	}
	places := make(map[place]*sides)
	for at, s := range e.places {
		sidesOf(places, f.told(at)).merge(s)
	}
	var sum money.Amount
	var where []string
	for _, at := range slices.SortedFunc(maps.Keys(places), place.compare) {
		s := places[at]
		off := s.billed.Sub(s.priced)
		if near(s.priced, s.billed, f.l.in.Tolerance) || f.used[at] && (at.key != "" || !f.keys) {
			continue
		}
		sum = sum.Add(off)
		where = append(where, f.placeName(at))
	}
	if len(where) == 0 || !near(sum, e.Variance(), 50) {
		return Cause{}
	}
	if more := len(where) - 3; more > 0 {
		where = append(where[:3], fmt.Sprintf("%d more", more))
	}
	return Cause{CauseUntracked, "it is all on " + strings.Join(where, ", ") + ": the usage report does not show it"}
}

func (p place) compare(o place) int {
	return cmp.Or(strings.Compare(p.project, o.project), strings.Compare(p.key, o.key))
}

func (f *caseFile) placeName(at place) string {
	var parts []string
	switch {
	case at.key != "":
		parts = append(parts, "key "+f.l.in.Names.Of(usage.ByKey, at.key))
	case f.keys:
		parts = append(parts, "usage without a key")
	}
	switch {
	case at.project != "":
		parts = append(parts, "project "+f.l.in.Names.Of(usage.ByProject, at.project))
	case f.projects && len(parts) == 0:
		parts = append(parts, "usage without a project")
	}
	return strings.Join(parts, " of ")
}

// oneSided is about lines that only the bill has, or only the usage.
func (f *caseFile) oneSided(k lineKey, day int32, e *entry) Cause {
	switch {
	case f.l.young(day):
	case e.Billed.IsZero():
		text := "the bill does not have it: free, paid by credits, or billed under another name"
		if len(e.tiers) == 1 && e.tiers["priority"] != nil {
			text = "the bill does not have it: committed capacity is not in the cost report"
		}
		return Cause{CauseNotOnTheBill, text}
	case e.Priced.IsZero() && e.Tokens == 0:
		if itemRank(k.item) == 4 {
			return Cause{CauseNoUsage, "the usage report has nothing that this line could be compared with"}
		}
		return Cause{CauseNoUsage, "the usage that was read has none of it"}
	}
	return Cause{}
}
