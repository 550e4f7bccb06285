package budget

import (
	"slices"
	"sort"
	"time"

	"tokpit/money"
	"tokpit/usage"
)

// Spent is one piece of spend that a replay goes through: one request, or a
// provider's bucket of several, which is taken as one request at its end.
type Spent struct {
	At       time.Time
	Cost     money.Amount
	Requests int64 // usage.Absent where the source does not count them
	Bucket   bool
	Group    uint32 // index of whatever refusals are counted by: keys, projects
}

// Replay is the spend of one period, ready to be asked what a limit would have
// done. It answers in the time that it takes to walk what was refused.
//
// A provider enforces a limit late: it adds up what it has seen, which is what
// was served up to a delay ago. A request is refused when, at its time, that
// sum has reached the limit. Refused requests cost nothing, so the sum never
// falls, and from the first refusal to the end of the period all are refused.
type Replay struct {
	period   usage.Span
	at       []int64        // milliseconds, sorted
	until    []money.Amount // cost of the first i pieces; one longer than at
	counted  []int64        // requests of the first i pieces
	requests []int64
	groups   []uint32
	buckets  bool
	lacking  bool // some pieces do not count requests
	most     uint32
}

// NewReplay prepares the spend that lies in a period. The order of pieces of
// one instant is kept.
func NewReplay(period usage.Span, spend []Spent) *Replay {
	in := make([]Spent, 0, len(spend))
	for _, s := range spend {
		if period.Contains(s.At) {
			in = append(in, s)
		}
	}
	slices.SortStableFunc(in, func(a, b Spent) int { return a.At.Compare(b.At) })
	n := len(in)
	r := &Replay{period: period, at: make([]int64, n), until: make([]money.Amount, n+1), counted: make([]int64, n+1),
		requests: make([]int64, n), groups: make([]uint32, n)}
	for i := range in {
		s := &in[i]
		r.at[i], r.groups[i] = s.At.UnixMilli(), s.Group
		r.until[i+1] = r.until[i].Add(s.Cost)
		r.requests[i] = max(s.Requests, 0)
		r.counted[i+1] = r.counted[i] + r.requests[i]
		r.buckets = r.buckets || s.Bucket
		r.lacking = r.lacking || s.Requests == usage.Absent
		r.most = max(r.most, s.Group+1)
	}
	return r
}

// Outcome is what a limit would have done.
type Outcome struct {
	Limit money.Amount
	Delay time.Duration
	Total money.Amount // what was really spent

	Reached   bool
	ReachedAt time.Time    // when spend reached the limit
	StopsAt   time.Time    // when the provider would have known: a delay later
	Stopped   bool         // something was refused
	Spent     money.Amount // what would have been spent
	Saved     money.Amount // Total - Spent
	Overshoot money.Amount // Spent - Limit if reached, else 0

	Refused         int64 // pieces: requests, or buckets
	RefusedRequests int64
	// RequestsKnown is false where some sources do not count requests.
	RequestsKnown bool
	Groups        []Refusal // by group, largest cost first; groups without refusals are left out
	Soft          []Crossing

	// Exact is false where the spend came in buckets: a bucket is served or
	// refused as a whole.
	Exact bool
}

// Refusal is what one group would have lost.
type Refusal struct {
	Group    uint32
	Pieces   int64
	Requests int64
	Cost     money.Amount
}

// Crossing is when a soft threshold would have been reached and told.
type Crossing struct {
	Threshold Threshold
	Amount    money.Amount
	Reached   bool
	At        time.Time // when spend reached it; somebody is told a delay later
}

// Ask says what a limit with a delay would have done. Thresholds on forecasts
// are not replayed and are left out.
func (r *Replay) Ask(limit money.Amount, delay time.Duration, warn []Threshold) Outcome {
	n := len(r.at)
	o := Outcome{Limit: limit, Delay: delay, Total: r.until[n], Spent: r.until[n], Exact: !r.buckets, RequestsKnown: !r.lacking}
	cut := n
	if k, ok := r.reaches(limit); ok {
		o.Reached = true
		o.ReachedAt = time.UnixMilli(r.at[k]).UTC()
		o.StopsAt = o.ReachedAt.Add(delay)
		known := o.StopsAt.UnixMilli()
		cut = k + 1 + sort.Search(n-k-1, func(i int) bool { return r.at[k+1+i] >= known })
		o.Spent = r.until[cut]
		o.Overshoot = o.Spent.Sub(limit)
	}
	o.Stopped = cut < n
	o.Saved = o.Total.Sub(o.Spent)
	o.Refused, o.RefusedRequests = int64(n-cut), r.counted[n]-r.counted[cut]
	o.Groups = r.refusals(cut)
	for _, t := range warn {
		if t.Forecast {
			continue
		}
		c := Crossing{Threshold: t, Amount: t.At(limit)}
		if k, ok := r.reaches(c.Amount); ok && k < cut {
			c.Reached, c.At = true, time.UnixMilli(r.at[k]).UTC()
		}
		o.Soft = append(o.Soft, c)
	}
	return o
}

// reaches returns the piece with which the sum reaches an amount.
func (r *Replay) reaches(amount money.Amount) (k int, ok bool) {
	n := len(r.at)
	k = sort.Search(n, func(i int) bool { return r.until[i+1].Cmp(amount) >= 0 })
	return k, k < n
}

// refusals adds up what is refused from a piece on.
func (r *Replay) refusals(cut int) []Refusal {
	if cut == len(r.at) {
		return nil
	}
	all := make([]Refusal, r.most)
	for i := cut; i < len(r.at); i++ {
		f := &all[r.groups[i]]
		f.Pieces++
		f.Requests += r.requests[i]
		f.Cost = f.Cost.Add(r.until[i+1].Sub(r.until[i]))
	}
	for g := range all {
		all[g].Group = uint32(g)
	}
	all = slices.DeleteFunc(all, func(f Refusal) bool { return f.Pieces == 0 })
	slices.SortStableFunc(all, func(a, b Refusal) int { return b.Cost.Cmp(a.Cost) })
	return all
}
