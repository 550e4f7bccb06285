package sources

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/chart"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// Coverage is told in UTC days, which is what providers report by.
const oneDay = 24 * time.Hour

// longest is how many days are looked back at.
const longest = 400

// lane is what is known, day by day, of one kind of figures of a source. A
// provider's connection has one for usage and one for its bills.
type lane struct {
	of    string // what it is of: the source's name, or what demo data pretends to be
	basis usage.Basis
	main  string // provider of most of it, "other" of several
	// days from history.first on: their height is tokens, or money of a bill.
	days    []chart.StripDay
	records []int64 // what came on each day
	// billed is the money of each day of a bill, by currency; nil of anything else.
	billed map[string][]money.Amount
	// covering: the source says which days it has read in full. Otherwise (logs
	// on this machine) what is there has been read.
	covering bool
	from, to int // days [from, to) between the first and the last that was read
}

// history is the lanes of all sources on one axis.
type history struct {
	first time.Time // UTC midnight of day 0
	days  int
	lanes [][]lane // by source, usage before bills
}

// laneKey tells the lanes of a source apart.
type laneKey struct {
	source int
	of     string
	basis  usage.Basis
}

// reader builds a history.
type reader struct {
	snap  *report.Snapshot
	first int32 // day 0, counted from 1970
	days  int
	lanes map[laneKey]*tally
	keys  []laneKey
}

// tally is a lane in the making.
type tally struct {
	counts    []int64 // records
	heights   []int64
	billed    map[string][]money.Amount // by currency
	covered   []bool
	covering  bool
	providers map[string]int64
}

// newHistory reads what every source brought on each day, from the cells and
// from what the sources say they have covered.
func newHistory(s *report.Snapshot) history {
	r := &reader{snap: s, lanes: make(map[laneKey]*tally)}
	setLanes := r.sets()
	if !r.bounds(setLanes) {
		return history{lanes: make([][]lane, len(s.Sources))}
	}
	r.count(setLanes)
	for i := range s.Sources {
		for _, c := range s.Sources[i].Coverage {
			r.cover(i, c)
		}
	}
	return r.finish()
}

// sets says which lane each set of dimensions of the cube belongs to; nil for
// one that belongs to no source any more.
func (r *reader) sets() []*laneKey {
	if r.snap.Cube == nil {
		return nil
	}
	out := make([]*laneKey, len(r.snap.Cube.Sets))
	for i := range r.snap.Cube.Sets {
		d := &r.snap.Cube.Sets[i]
		if at := r.owner(d); at >= 0 {
			out[i] = &laneKey{at, r.name(at, d.Source), d.Basis}
		}
	}
	return out
}

// owner is the source that usage came from: a connection by its type and
// account, the rest by name. All demo data comes from the one source there is.
func (r *reader) owner(d *usage.Dims) int {
	all := r.snap.Sources
	if r.snap.Demo && len(all) == 1 {
		return 0
	}
	return slices.IndexFunc(all, func(s report.SourceStatus) bool {
		if s.Type != "" {
			return s.Type == d.Source && cmp.Or(s.Account, s.Name) == d.Account
		}
		return s.Name == d.Source
	})
}

// name is what a lane is called: made-up data is told apart by what it pretends
// to be.
func (r *reader) name(source int, of string) string {
	if r.snap.Demo {
		return of
	}
	return r.snap.Sources[source].Name
}

func (r *reader) lane(k laneKey) *tally {
	l := r.lanes[k]
	if l == nil {
		l = &tally{counts: make([]int64, r.days), heights: make([]int64, r.days), covered: make([]bool, r.days), providers: make(map[string]int64)}
		r.lanes[k] = l
		r.keys = append(r.keys, k)
	}
	return l
}

// bounds finds the first day; the last is today.
func (r *reader) bounds(sets []*laneKey) bool {
	last := int32(r.snap.AsOf.Unix() / 86400)
	first := last + 1
	if c := r.snap.Cube; c != nil {
		for i := range c.Slot { // sorted by slot
			if sets[c.Set[i]] != nil {
				first = min(first, c.Slot[i].Day())
				break
			}
		}
	}
	for i := range r.snap.Sources {
		for _, c := range r.snap.Sources[i].Coverage {
			first = min(first, int32(max(c.Since.Unix(), 0)/86400))
		}
	}
	r.first = max(first, last-longest+1)
	r.days = int(last - r.first + 1)
	return r.days > 0
}

func (r *reader) count(sets []*laneKey) {
	c := r.snap.Cube
	if c == nil {
		return
	}
	lanes := make([]*tally, len(sets))
	for i, k := range sets {
		if k != nil {
			lanes[i] = r.lane(*k)
		}
	}
	input, read, short, long, output := &c.Tokens[0], &c.Tokens[1], &c.Tokens[2], &c.Tokens[3], &c.Tokens[4]
	at, day := usage.Slot(0), -1 // cells are sorted, so days are counted seldom
	for i, slot := range c.Slot {
		if slot >= at || i == 0 {
			day = int(slot.Day() - r.first)
			at = usage.Slot((slot.Day() + 1) * 96)
		}
		if l := lanes[c.Set[i]]; l != nil && day >= 0 && day < r.days {
			l.counts[day] += c.Records.At(i)
			l.heights[day] += input.At(i) + read.At(i) + short.At(i) + long.At(i) + output.At(i)
		}
	}
	for i, charged := range c.Reported {
		l, day := lanes[c.Set[i]], int(c.Slot[i].Day()-r.first)
		if l == nil || day < 0 || day >= r.days || sets[c.Set[i]].basis != usage.Billed {
			continue
		}
		for _, sum := range charged {
			l.bill(day, sum.Amount, sum.Currency)
			l.heights[day] += int64(min(sum.Amount.Abs().Float()*1e4, 1e15)) // only drawn
		}
	}
	for i, k := range sets {
		if k != nil {
			lanes[i].providers[c.Sets[i].Provider]++
		}
	}
}

// bill adds to the money of a day.
func (t *tally) bill(day int, a money.Amount, currency string) {
	if t.billed == nil {
		t.billed = make(map[string][]money.Amount)
	}
	if t.billed[currency] == nil {
		t.billed[currency] = make([]money.Amount, len(t.counts))
	}
	t.billed[currency][day] = t.billed[currency][day].Add(a)
}

// cover marks days as read. A provider's coverage belongs to the connection; in
// demo data it tells the lane.
func (r *reader) cover(source int, c usage.Coverage) {
	l := r.lane(laneKey{source, r.name(source, c.Provider), c.Basis})
	l.covering = true
	if len(l.providers) == 0 {
		l.providers[c.Provider]++
	}
	from, to := int(c.Since.Unix()/86400-int64(r.first)), int(c.Until.Unix()/86400-int64(r.first))
	for day := max(from, 0); day < min(to, r.days); day++ {
		l.covered[day] = true
	}
}

func (r *reader) finish() history {
	h := history{first: time.Unix(int64(r.first)*86400, 0).UTC(), days: r.days, lanes: make([][]lane, len(r.snap.Sources))}
	slices.SortFunc(r.keys, func(a, b laneKey) int {
		return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.of, b.of), cmp.Compare(b.basis, a.basis))
	})
	for _, k := range r.keys {
		l := r.lanes[k].lane(k)
		if !l.covering { // what is on this machine is known until it was last looked at
			synced := r.snap.Sources[k.source].Synced
			if r.snap.Demo || synced.IsZero() {
				synced = r.snap.AsOf
			}
			l.settle(int(synced.Unix()/86400-int64(r.first)) + 1)
		}
		h.lanes[k.source] = append(h.lanes[k.source], l)
	}
	return h
}

// lane says what is known of each day of a tally.
func (t *tally) lane(k laneKey) lane {
	l := lane{of: k.of, basis: k.basis, days: make([]chart.StripDay, len(t.counts)), records: t.counts, billed: t.billed, covering: t.covering, from: len(t.counts)}
	main, most := "", int64(0)
	for p, n := range t.providers {
		if n > most || n == most && p < main {
			main, most = p, n
		}
	}
	l.main = main
	for i, n := range t.counts {
		if t.covered[i] || n > 0 && !t.covering {
			l.from, l.to = min(l.from, i), i+1
		}
	}
	for i := range l.days {
		d := &l.days[i]
		d.N = t.heights[i]
		came := t.counts[i] > 0
		switch {
		case (i < l.from || i >= l.to) && came:
			d.State = chart.DayPart
		case i < l.from || i >= l.to: // nothing is known
		case came && (!t.covering || t.covered[i]):
			d.State = chart.DayUsed
		case !t.covering || t.covered[i]:
			d.State = chart.DayQuiet
		case came:
			d.State = chart.DayPart
		default:
			d.State = chart.DayHole
		}
	}
	return l
}

// settle says that nothing happened after the last record, until a day.
func (l *lane) settle(until int) {
	if l.from >= l.to {
		return
	}
	for ; l.to < min(until, len(l.days)); l.to++ {
		l.days[l.to].State = chart.DayQuiet
	}
}

// fold joins lanes into one that hides no hole, for where there is no room for
// all. Bills are left out if there is usage.
func fold(lanes []lane) lane {
	if len(lanes) == 0 {
		return lane{}
	}
	usages := slices.DeleteFunc(slices.Clone(lanes), func(l lane) bool { return l.basis == usage.Billed })
	if len(usages) == 0 {
		usages = lanes
	}
	out := usages[0]
	out.days, out.records = slices.Clone(out.days), slices.Clone(out.records)
	if len(usages) > 1 && out.billed != nil {
		out.billed = make(map[string][]money.Amount)
		for i := range usages {
			for currency, amounts := range usages[i].billed {
				out.billed[currency] = summed(out.billed[currency], amounts)
			}
		}
	}
	for _, l := range usages[1:] {
		for i, d := range l.days {
			out.days[i].State = max(out.days[i].State, d.State)
			out.days[i].N += d.N
			out.records[i] += l.records[i]
		}
		out.from, out.to = min(out.from, l.from), max(out.to, l.to)
		out.covering = out.covering || l.covering
		if l.main != out.main {
			out.main = "other"
		}
	}
	return out
}

// summed is the sum of two rows of amounts; the first may be missing.
func summed(a, b []money.Amount) []money.Amount {
	out := slices.Clone(b)
	for i := range a {
		out[i] = out[i].Add(a[i])
	}
	return out
}

// money writes what a bill says of a day: amounts of several currencies are never
// one sum.
func (l *lane) money(day, width int) string {
	var out []string
	currencies := slices.Sorted(maps.Keys(l.billed))
	for _, currency := range currencies {
		if a := l.billed[currency][day]; !a.IsZero() {
			out = append(out, ui.Money(a, currency))
		}
	}
	text := strings.Join(out, " + ")
	switch {
	case len(out) == 0 && len(currencies) > 0:
		return ui.Money(money.Amount{}, currencies[0])
	case ansi.StringWidth(text) > width:
		return "several" // currencies
	}
	return text
}

// holes lists the runs of days [from, until) that were not read.
func (l *lane) holes() (out [][2]int) {
	for i := l.from; i < l.to; i++ {
		if s := l.days[i].State; s != chart.DayHole && s != chart.DayPart {
			continue
		}
		if n := len(out); n > 0 && out[n-1][1] == i {
			out[n-1][1]++
		} else {
			out = append(out, [2]int{i, i + 1})
		}
	}
	return out
}
