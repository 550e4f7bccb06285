package report

import (
	"cmp"
	"slices"
	"strings"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// lineDimensions are the dimensions that a snapshot has tables of lines by.
func lineDimensions() [4]usage.Dimension {
	return [4]usage.Dimension{usage.ByModel, usage.ByProject, usage.ByProvider, usage.BySource}
}

// tables number the lines of all tables.
type tables struct {
	of    [][4]int32 // by class: the line that it belongs to in each table
	names []string   // by line
}

// newTables numbers the lines that the classes of a walk belong to.
func (b *build) newTables() tables {
	t := tables{of: make([][4]int32, len(b.w.sample))}
	for k, d := range lineDimensions() {
		ids := make(map[string]int32)
		for class := range t.of {
			name := value(d, b.dims(class))
			id, ok := ids[name]
			if !ok {
				id = int32(len(t.names))
				ids[name], t.names = id, append(t.names, name)
			}
			t.of[class][k] = id
		}
	}
	return t
}

// daysOfBuckets finds the day of the trend that each bucket lies in.
func (b *build) daysOfBuckets() []int32 {
	out := make([]int32, len(b.w.cut.edges)-1)
	day := -1
	for i := range out {
		for day+1 < len(b.trendDays) && b.w.cut.edges[i] >= firstSlot(b.trendDays[day+1]) {
			day++
		}
		if out[i] = int32(day); day >= len(b.trendDays)-1 {
			out[i] = -1
		}
	}
	return out
}

// lineDays adds up what a line costs by day. Days come in order.
type lineDays struct {
	currency string
	mixed    bool // there are several currencies
	list     []LineDay
}

func (l *lineDays) add(day int32, c *pricing.Charge, planned bool) {
	switch {
	case l.currency == "":
		l.currency = c.Currency
	case l.currency != c.Currency:
		l.mixed, l.list = true, nil
	}
	if l.mixed {
		return
	}
	if n := len(l.list); n == 0 || l.list[n-1].Day != int(day) {
		l.list = append(l.list, LineDay{Day: int(day)})
	}
	at := &l.list[len(l.list)-1]
	at.Cost = at.Cost.Add(c.Cost)
	if planned {
		at.Planned = at.Planned.Add(c.Cost)
	}
}

// merge adds the days of a later part of the walk.
func (l *lineDays) merge(o *lineDays) {
	l.mixed = l.mixed || o.mixed || l.currency != "" && o.currency != "" && l.currency != o.currency
	if l.currency = cmp.Or(l.currency, o.currency); l.mixed {
		l.list = nil
		return
	}
	later := o.list
	if n := len(l.list); n > 0 && len(later) > 0 && l.list[n-1].Day == later[0].Day {
		l.list[n-1].Cost = l.list[n-1].Cost.Add(later[0].Cost)
		l.list[n-1].Planned = l.list[n-1].Planned.Add(later[0].Planned)
		later = later[1:]
	}
	l.list = append(l.list, later...)
}

// costs leaves out days that cost nothing.
func (l *lineDays) costs() []LineDay {
	return slices.DeleteFunc(l.list, func(d LineDay) bool { return d.Cost == (money.Amount{}) })
}

// lines groups the cycle by one dimension, largest cost first, with the part of
// the previous cycle up to the same point beside it.
func (b *build) lines(d usage.Dimension) []Line {
	dims := lineDimensions()
	table := slices.Index(dims[:], d)
	type pair struct{ now, before tally }
	all := make(map[int32]*pair)
	for i := range b.w.sample {
		now, before := &b.sink.cycle[i], &b.sink.previous[i]
		if now.records == 0 && before.records == 0 {
			continue
		}
		id := b.tables.of[i][table]
		p := all[id]
		if p == nil {
			p = &pair{}
			all[id] = p
		}
		p.now.merge(now)
		p.before.merge(before)
	}
	out := make([]Line, 0, len(all))
	for id, p := range all {
		out = append(out, Line{Name: b.tables.names[id], Sum: p.now.sum(b.currency), Previous: p.before.sum(b.currency), Days: b.sink.days[id].costs()})
	}
	slices.SortFunc(out, func(x, y Line) int {
		return cmp.Or(y.Sum.Cost.Cmp(x.Sum.Cost), cmp.Compare(y.Sum.Tokens.Total(), x.Sum.Tokens.Total()), strings.Compare(x.Name, y.Name))
	})
	return out
}
