package report

import (
	"cmp"
	"math"
	"slices"
	"time"

	"tokpit/money"
	"tokpit/usage"
)

// seriesDims are the dimensions whose values are judged by themselves; where the
// rises of two are the same usage, the earlier one is told.
func seriesDims() []usage.Dimension {
	return []usage.Dimension{usage.ByKey, usage.ByProject, usage.ByModel, usage.ByProvider}
}

// combo is what the cost of a day is told apart by.
type combo struct {
	provider, project, key, model string
}

func (c *combo) of(d usage.Dimension) string {
	switch d {
	case usage.ByProvider:
		return c.provider
	case usage.ByProject:
		return c.project
	case usage.ByKey:
		return c.key
	}
	return c.model
}

// costTable is what usage cost by day and combo, exact, and which days are
// known in full.
type costTable struct {
	zone  *time.Location
	names *Names
	days  []time.Time // midnights
	whole []bool      // by day: it is over, and read in full
	// entries are sorted by day and combo, one of each.
	entries  []costEntry
	first    []int // by day: its first entry; and their number
	combos   []combo
	usualDay money.Amount // the mean of the days
	kept     map[seriesKey]*costSeries
}

type costEntry struct {
	day, combo int32
	cost       money.Amount
}

type seriesKey struct {
	by    usage.Dimension
	value string
}

// costTable adds up what the days cost.
func (in *BudgetsInput) costTable() (*costTable, error) {
	zone := in.Zone
	if zone == nil {
		zone = time.UTC
	}
	calendar := Calendar{Zone: zone}
	today := calendar.Day(in.Now)
	y, m, d := in.Now.In(zone).Date()
	q := Query{Since: usage.StartOfDay(zone, y, m, d-unusualHistory-in.Unusual).UTC(), Until: today.Until, Zone: zone, By: []usage.Dimension{usage.ByDay}}
	cube, err := in.Cells(&q, false)
	if err != nil {
		return nil, err
	}
	t := &costTable{zone: zone, names: in.Names, kept: make(map[seriesKey]*costSeries)}
	from, to := slotsOf(cube, q.Since, q.Until)
	group := t.number(cube.Sets)
	w := newWalker(cube, in.Book, newHeadline(cube, in.Plans, 0), cut(zone, q.By, from, to), nil, group)
	counted := t.walk(w, group)
	t.index(&w.cut, today.Since)
	t.judgeDays(in, cube, counted)
	return t, nil
}

// number groups sets by combo and by where they come from; the combos of the
// groups stay in order.
func (t *costTable) number(sets []usage.Dims) []int32 {
	type grouped struct {
		combo
		origin
	}
	ids := make(map[grouped]int32)
	group := make([]int32, len(sets))
	for i := range sets {
		d := &sets[i]
		k := grouped{combo{d.Provider, d.Project, d.Key, d.Model}, originOf(d)}
		id, ok := ids[k]
		if !ok {
			id = int32(len(t.combos))
			ids[k] = id
			t.combos = append(t.combos, k.combo)
		}
		group[i] = id
	}
	return group
}

// walk fills the entries, by bucket for now, and returns where they came from.
func (t *costTable) walk(w *walker, group []int32) map[origin]bool {
	type part struct {
		entries []costEntry
		from    []bool
	}
	parts := make([]part, workers(w.cube.Len()))
	consumers := make([]func(*chunk), len(parts))
	for i := range parts {
		p := &parts[i]
		p.from = make([]bool, len(w.sample))
		consumers[i] = func(ch *chunk) {
			if ch.counts && !ch.planned && ch.charge.Priced && ch.charge.Currency == defaultCurrency && !ch.charge.Cost.IsZero() {
				p.from[ch.class] = true
				p.entries = append(p.entries, costEntry{int32(ch.bucket), group[ch.sample], ch.charge.Cost})
			}
		}
	}
	w.walkAll(consumers)
	counted := make(map[origin]bool)
	for i := range parts {
		t.entries = append(t.entries, parts[i].entries...)
		for class, some := range parts[i].from {
			if some {
				counted[originOf(&w.cube.Sets[w.sample[class]])] = true
			}
		}
	}
	return counted
}

// index sorts the entries and names the days, up to yesterday.
func (t *costTable) index(c *buckets, today time.Time) {
	byDay := func(a, b costEntry) int { return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.combo, b.combo)) }
	slices.SortFunc(t.entries, byDay)
	merged := t.entries[:0]
	for _, e := range t.entries {
		if n := len(merged); n > 0 && merged[n-1].day == e.day && merged[n-1].combo == e.combo {
			merged[n-1].cost = merged[n-1].cost.Add(e.cost)
			continue
		}
		merged = append(merged, e)
	}
	t.entries = merged
	var total money.Amount
	at := 0
	for i := 0; i+1 < len(c.edges); i++ {
		day := (Calendar{Zone: t.zone}).Day(c.edges[i].Time()).Since
		if !day.Before(today) {
			break
		}
		t.days = append(t.days, day)
		t.first = append(t.first, at)
		for ; at < len(t.entries) && int(t.entries[at].day) == i; at++ {
			total = total.Add(t.entries[at].cost)
		}
	}
	t.entries, t.first = t.entries[:at], append(t.first, at)
	if n := len(t.days); n > 0 {
		t.usualDay = money.NewRate(total).Scale(1, int64(n)).Amount()
	}
}

// judgeDays finds out which days are known in full: those that had ended when
// every source that counts was last read, and that lie in what the sources say
// they have read in full, of those that say so.
func (t *costTable) judgeDays(in *BudgetsInput, cube *usage.Cube, counted map[origin]bool) {
	asOf, _ := in.asOf(counted, nil)
	t.whole = make([]bool, len(t.days))
	for i, day := range t.days {
		end := nextDay(t.zone, day)
		t.whole[i] = !asOf.IsZero() && !end.After(asOf)
		for j := range cube.Coverage {
			c := &cube.Coverage[j]
			if c.Basis == usage.Billed || !t.whole[i] {
				continue
			}
			t.whole[i] = !in.missed(cube.Coverage, c, usage.Span{Since: day, Until: end})
		}
	}
}

// missed reports whether a day has not been read in full by who covers c: it
// lies between two spans that it has read, or after the last one while it is
// still read.
func (in *BudgetsInput) missed(all []usage.Coverage, c *usage.Coverage, day usage.Span) bool {
	same := func(o *usage.Coverage) bool { return o.Provider == c.Provider && o.Basis == c.Basis }
	var first, last time.Time
	for i := range all {
		o := &all[i]
		if !same(o) || o.Account != c.Account {
			continue
		}
		if !o.Since.After(day.Since) && !o.Until.Before(day.Until) {
			return false
		}
		if first.IsZero() || o.Since.Before(first) {
			first = o.Since
		}
		if o.Until.After(last) {
			last = o.Until
		}
	}
	if !day.Since.Before(last) && !slices.ContainsFunc(in.Sources, func(s SourceStatus) bool {
		return slices.ContainsFunc(s.Coverage, func(o usage.Coverage) bool { return same(&o) && o.Until.Equal(last) })
	}) {
		return false
	}
	return day.Until.After(first)
}

// judged are the last days known in full among the last n.
func (t *costTable) judged(n int) (out []int) {
	for i := max(0, len(t.days)-n); i < len(t.days); i++ {
		if t.whole[i] {
			out = append(out, i)
		}
	}
	return out
}

// costSeries is what one part of the usage cost, by day.
type costSeries struct {
	seriesKeyed
	costs []money.Amount
	plain []float64 // the same; for days not known in full what the same weekday was
	from  int       // the first day with spend
}

type seriesKeyed struct {
	by    usage.Dimension // "" is all usage
	value string
}

func (k *seriesKeyed) holds(c *combo) bool { return k.by == "" || c.of(k.by) == k.value }

// seriesOf returns the series of a value, which is made once.
func (t *costTable) seriesOf(d usage.Dimension, value string) *costSeries {
	k := seriesKey{d, value}
	s := t.kept[k]
	if s == nil {
		s = t.series(&seriesKeyed{d, value})
		t.kept[k] = s
	}
	return s
}

// series adds up a part of the usage; nil is all.
func (t *costTable) series(of *seriesKeyed) *costSeries {
	s := &costSeries{costs: make([]money.Amount, len(t.days)), plain: make([]float64, len(t.days)), from: len(t.days)}
	if of != nil {
		s.seriesKeyed = *of
	}
	for day := range t.days {
		for _, e := range t.entries[t.first[day]:t.first[day+1]] {
			if s.holds(&t.combos[e.combo]) {
				s.costs[day] = s.costs[day].Add(e.cost)
			}
		}
		if s.from > day && !s.costs[day].IsZero() {
			s.from = day
		}
		s.plain[day] = math.Max(0, s.costs[day].Float())
		if !t.whole[day] && day >= s.from+7 {
			s.plain[day] = s.plain[day-7]
		}
	}
	return s
}

// history is what the judge compares a day with.
func (s *costSeries) history(day int) []float64 {
	return s.plain[min(s.from, day):day]
}

// comparable returns the days that a day is measured against.
func (s *costSeries) comparable(t *costTable, day int) []int {
	var like []int
	for back := 7; back <= 28 && day-back >= s.from; back += 7 {
		if t.whole[day-back] {
			like = append(like, day-back)
		}
	}
	if len(like) < 2 {
		return nil
	}
	slices.SortFunc(like, func(a, b int) int { return s.costs[a].Cmp(s.costs[b]) })
	middle := s.costs[like[(len(like)-1)/2]]
	return slices.DeleteFunc(like, func(d int) bool { return s.costs[d].Cmp(middle.Add(middle)) > 0 && !middle.IsZero() })
}

// candidates are the values of a dimension that cost enough on a day to matter,
// largest first, usage without one left out.
func (t *costTable) candidates(d usage.Dimension, day int) []string {
	costs := make(map[string]money.Amount)
	for _, e := range t.entries[t.first[day]:t.first[day+1]] {
		if v := t.combos[e.combo].of(d); v != "" {
			costs[v] = costs[v].Add(e.cost)
		}
	}
	least := t.material(&costSeries{seriesKeyed: seriesKeyed{by: d}})
	var out []string
	for v, cost := range costs {
		if cost.Cmp(least) >= 0 {
			out = append(out, v)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(costs[b].Cmp(costs[a]), cmp.Compare(a, b)) })
	return out
}

// meanOf is the mean of some days, rounded half to even.
func meanOf(costs []money.Amount, days []int) money.Amount {
	var sum money.Amount
	for _, d := range days {
		sum = sum.Add(costs[d])
	}
	return money.NewRate(sum).Scale(1, int64(len(days))).Amount()
}
