package report

import (
	"cmp"
	"slices"
	"time"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/usage"
)

// UnusualDay is a whole day on which something cost far more than it usually
// does. Amounts are the cost of usage that no plan pays for, in US dollars.
//
// A day is named once: for all usage if that stands out; else for the providers,
// projects, keys and models that do, without those whose rise is mostly that of
// one already named. What is told is worth telling: a rise of a dollar or more,
// and for a part at least a sixth of what a usual day costs in all.
type UnusualDay struct {
	Day time.Time // its midnight in the zone asked for
	// By and Value name what stands out: all usage if By is "", else the usage
	// of one provider, project, key or model. Label is what people call it.
	By    usage.Dimension
	Value string
	Label string

	Cost money.Amount
	// Usual is the mean of comparable days: the same weekday of up to four weeks
	// before, without days that cost more than twice the middle one, rounded half
	// to even at 1e-18. Rise is Cost - Usual, above zero.
	Usual, Rise money.Amount
	Ratio       float64 // Cost / Usual, for showing; 0 if Usual is zero
	// Score and Limit are what the judge said, see [budget.Unusual].
	Score, Limit float64
	// Causes are the parts of the rise by the combination of dimensions that says
	// most, largest first; what they leave over comes last. They add up to Rise.
	Causes []RisePart
	// Text says it in a sentence: "Tue 17 Nov is 2.3× its usual: 81% of the rise
	// is key ci-bot on gpt-5". It names the subject if that is not all usage.
	Text string
}

// RisePart is a part of the rise of an unusual day.
type RisePart struct {
	// Dims are what the part is about, as key and model; empty for what is left
	// over.
	Dims   []usage.Dimension
	Values []string     // in parallel; "" is untracked, unallocated
	Label  string       // "key ci-bot on gpt-5", "the rest"
	Cost   money.Amount // of the day
	Usual  money.Amount // of comparable days, as that of the day
	Rise   money.Amount // Cost - Usual; below zero where less was spent than usual
	Share  float64      // Rise as a part of the day's, for showing
}

const (
	// unusualHistory is how many days a day is compared with: enough for the judge
	// to learn what is usual for a series.
	unusualHistory = 140
	// materialPart is the part of a usual day's cost that a rise must have to be
	// told of a part of the usage: one in so many.
	materialPart = 6
	// leastRatio is the ratio to comparable days from which a day is judged at all.
	leastRatio = 1.15
	// leastHistory is what [budget.Judge] needs, in days.
	leastHistory = 35
)

// unusual finds the days that stand out; why says so if none is looked for.
func (in *BudgetsInput) unusual() (days []UnusualDay, why string, err error) {
	t, err := in.costTable()
	if err != nil {
		return nil, "", err
	}
	judged := t.judged(in.Unusual)
	all := t.series(nil)
	switch {
	case len(judged) == 0:
		return nil, "no whole day is known yet", nil
	case len(all.history(judged[len(judged)-1])) < leastHistory:
		return nil, "too little history: days that stand out need five weeks of whole days with spend", nil
	}
	for _, day := range judged {
		if d, ok := t.judge(all, day); ok {
			days = append(days, d)
			continue
		}
		days = append(days, t.judgeParts(all, day)...)
	}
	slices.SortStableFunc(days, func(a, b UnusualDay) int { return cmp.Or(b.Day.Compare(a.Day), b.Rise.Cmp(a.Rise)) })
	for i := range days {
		days[i].Text = days[i].sentence()
	}
	return days, "", nil
}

// judge looks at one day of one series.
func (t *costTable) judge(s *costSeries, day int) (UnusualDay, bool) {
	like := s.comparable(t, day)
	if len(like) == 0 {
		return UnusualDay{}, false
	}
	u := UnusualDay{Day: t.days[day].In(t.zone), By: s.by, Value: s.value, Label: t.names.Of(s.by, s.value), Cost: s.costs[day], Usual: meanOf(s.costs, like)}
	u.Rise = u.Cost.Sub(u.Usual)
	usual := u.Usual.Float()
	if u.Rise.Cmp(t.material(s)) < 0 || u.Cost.Float() < leastRatio*usual {
		return u, false
	}
	if usual > 0 {
		u.Ratio = u.Cost.Float() / usual
	}
	verdict := budget.Judge(s.history(day), u.Cost.Float())
	if !verdict.Alarm {
		return u, false
	}
	u.Score, u.Limit = verdict.Score, verdict.Limit
	u.Causes = t.causes(&u, s, day, like)
	return u, true
}

// material is the least rise that is worth telling of a series.
func (t *costTable) material(s *costSeries) money.Amount {
	least := money.FromUnits(1)
	if s.by == "" {
		return least
	}
	if part := money.NewRate(t.usualDay).Scale(1, materialPart).Amount(); part.Cmp(least) > 0 {
		return part
	}
	return least
}

// judgeParts looks at the parts of a day that does not stand out as a whole.
func (t *costTable) judgeParts(all *costSeries, day int) []UnusualDay {
	type suspect struct {
		UnusualDay
		s    *costSeries
		like []int
	}
	var found []suspect
	for _, d := range seriesDims() {
		for _, value := range t.candidates(d, day) {
			s := t.seriesOf(d, value)
			if u, ok := t.judge(s, day); ok {
				found = append(found, suspect{u, s, s.comparable(t, day)})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b suspect) int { return b.Rise.Cmp(a.Rise) })
	var out []UnusualDay
	for i, x := range found {
		same := slices.ContainsFunc(found[:i], func(told suspect) bool {
			return slices.ContainsFunc(out, func(u UnusualDay) bool { return u.By == told.By && u.Value == told.Value }) && t.mostly(x.s, told.s, day, x.like)
		})
		if !same {
			out = append(out, x.UnusualDay)
		}
	}
	return out
}

// mostly reports whether at least half of the rise of x lies in y too.
func (t *costTable) mostly(x, y *costSeries, day int, like []int) bool {
	var rise, shared money.Amount
	for _, c := range t.rises(x, day, like) {
		rise = rise.Add(c.rise)
		if y.holds(&t.combos[c.combo]) {
			shared = shared.Add(c.rise)
		}
	}
	return shared.Add(shared).Cmp(rise) >= 0
}
