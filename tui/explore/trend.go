package explore

import (
	"slices"
	"time"

	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/period"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// trend is what a question has cost over its time, and for a while before it.
type trend struct {
	unit    usage.Dimension
	names   []string // of days, hours …, without gaps
	lead    int      // so many of them lie before the time of the question
	amounts []money.Amount
	priced  []bool
	tokens  []int64
	// requests are those that are counted; nil if none are.
	requests []int64
	most     int // index of the largest of the question's time; -1 if nothing cost anything
	// currency is that of the amounts: what is in another one is not drawn.
	currency string
	running  bool // the last one is not over
	changes  map[int][]report.PriceChange
}

// longestLead is how many days a chart shows at most from before the question's
// own.
const longestLead = 31

// trend asks the same by time, with the price changes of the models in it.
func (q *question) trend(e Engine, query report.ExploreQuery, s *step) (trend, error) {
	t, err := newTrend(e, query, q.snap, q.lens)
	t.mark(q.snap, q.models(s))
	return t, err
}

// newTrend asks for the same by time.
func newTrend(e Engine, q report.ExploreQuery, s *report.Snapshot, cash bool) (trend, error) {
	t := trend{unit: usage.ByDay, most: -1}
	c, fine := period.Calendar(s), q.Fine()
	from, until := q.Since, q.Until
	var first time.Time
	if cube := cubeOf(s); cube.Len() > 0 {
		first = cube.Slot[0].Time()
	}
	if from.IsZero() {
		from = first
	}
	if until.IsZero() || until.After(s.AsOf) && from.Before(s.AsOf) {
		until, t.running = s.AsOf, true
	}
	switch hours := until.Sub(from).Hours(); {
	case hours <= 49 && !fine:
		t.unit = usage.ByHour
	case hours > 24*800:
		t.unit = usage.ByMonth
	case hours > 24*120:
		t.unit = usage.ByWeek
	}
	t.names = timeNames(c, t.unit, from, until)
	if t.unit == usage.ByDay && !fine && from.Equal(c.Day(from).Since) { // else its first day has two parts
		before := c.Day(from.AddDate(0, 0, -min(len(t.names), longestLead))).Since
		if before.Before(first) {
			before = c.Day(first).Since
		}
		if before.Before(from) {
			lead := timeNames(c, t.unit, before, from)
			t.lead = len(lead)
			t.names, q.Since = append(lead, t.names...), before
		}
	}
	q.By, q.Pivot, q.Before = []usage.Dimension{t.unit}, "", usage.Span{}
	a, err := e.Explore(q, s.AsOf)
	if err != nil {
		return t, err
	}
	t.fill(a, ui.Lens{Cash: cash}.For(s))
	return t, nil
}

// fill takes the amounts of an answer by time.
func (t *trend) fill(a *report.Answer, lens ui.Lens) {
	n := len(t.names)
	t.amounts, t.priced, t.tokens = make([]money.Amount, n), make([]bool, n), make([]int64, n)
	t.currency = a.Total.Currency
	at := make(map[string]int, n)
	for i, name := range t.names {
		at[name] = i
	}
	for i := range a.Rows {
		r := &a.Rows[i]
		j, ok := at[r.Keys[0]]
		if !ok {
			continue
		}
		t.tokens[j] = r.Sum.Tokens.Total()
		if r.Sum.Requests > 0 {
			if t.requests == nil {
				t.requests = make([]int64, n)
			}
			t.requests[j] = r.Sum.Requests
		}
		amount, known := lens.Of(&r.Sum)
		if !known || len(r.Sum.Costs) > 0 || t.currency != "" && r.Sum.Currency != t.currency {
			continue
		}
		t.amounts[j], t.priced[j], t.currency = amount, true, r.Sum.Currency
		if j >= t.lead && amount.Sign() > 0 && (t.most < 0 || amount.Cmp(t.amounts[t.most]) > 0) {
			t.most = j
		}
	}
}

// mark notes the price changes of some models.
func (t *trend) mark(s *report.Snapshot, of func(provider, model string) bool) {
	if t.unit != usage.ByDay {
		return
	}
	z := period.Zone(s)
	for _, c := range s.PriceChanges {
		i := slices.Index(t.names, c.At.In(z).Format(time.DateOnly))
		if i < 0 || !of(c.Provider, c.Model) {
			continue
		}
		if t.changes == nil {
			t.changes = make(map[int][]report.PriceChange)
		}
		t.changes[i] = append(t.changes[i], c)
	}
}

// at is the index of a name, -1 if it is not there or lies before the question's
// own time.
func (t *trend) at(name string) int {
	if i := slices.Index(t.names, name); i >= t.lead {
		return i
	}
	return -1
}

// costliest lists the indexes of the n largest, the largest first.
func (t *trend) costliest(n int) []int {
	var out []int
	for i := t.lead; i < len(t.names); i++ {
		if t.amounts[i].Sign() > 0 {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(a, b int) int { return t.amounts[b].Cmp(t.amounts[a]) })
	return out[:min(n, len(out))]
}

// figure is what one of them cost, in words.
func (t *trend) figure(i int) string {
	switch {
	case t.priced[i]:
		return ui.Money(t.amounts[i], t.currency)
	case t.tokens[i] > 0:
		return ui.Unpriced
	}
	return "nothing"
}

// own is the amounts of the question's own time, as they are drawn.
func (t *trend) own() []float64 {
	out := make([]float64, len(t.names)-t.lead)
	for i := range out {
		out[i] = max(0, t.amounts[t.lead+i].Float())
	}
	return out
}

// mostSparks is how many small bars the rows of a table have at most; a longer
// table has none.
const mostSparks = 20_000

// sparks gives every line its amounts by time.
func (q *question) sparks(e Engine, query report.ExploreQuery, r *reply) error {
	own := r.trend.names[r.trend.lead:]
	if len(own) < 2 || len(own)*len(r.lines) > mostSparks || slices.ContainsFunc(r.step.by, usage.Dimension.IsTime) {
		return nil
	}
	query.Pivot, query.Before = r.trend.unit, usage.Span{}
	a, err := e.Explore(query, q.snap.AsOf)
	if err != nil {
		return err
	}
	lines, at := make(map[string]*line, len(r.lines)), make(map[string]int, len(own))
	for i := range r.lines {
		lines[r.lines[i].key] = &r.lines[i]
	}
	for i, name := range own {
		at[name] = i
	}
	lens := ui.Lens{Cash: q.lens}.For(q.snap)
	for i := range a.Rows {
		l := lines[keyOf(a.Rows[i].Keys)]
		if l == nil {
			continue
		}
		l.days = make([]float64, len(own))
		for j, name := range a.Columns {
			k, ok := at[name]
			if amount, known := lens.Of(&a.Cells[i][j]); ok && known && len(a.Cells[i][j].Costs) == 0 {
				l.days[k] = max(0, amount.Float())
			}
		}
	}
	return nil
}
