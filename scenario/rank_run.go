package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
)

const (
	// mostExact is how many swaps are computed to the last digit.
	mostExact = 300
	// tooMany is the share of requests that may not fit into a context window
	// before a swap is no longer worth a thought: one in twenty.
	tooMany = 20
)

// Rank computes every sensible single change over the base: for each model in
// use each plausible substitute, and the levers that change no model. A
// substitute is a current model that gives text, is priced in the same currency
// and can read what the old one has read. All of them are held against today's
// list prices first; the most promising are then computed as [Base.Run] does.
func (b *Base) Rank(o RankOptions) (*Ranking, error) {
	r := &Ranking{Before: b.before, Currency: b.currency()}
	uses := b.uses()
	r.swaps(b, uses, &o)
	if err := r.levers(b, uses); err != nil {
		return nil, err
	}
	r.Savings = slices.DeleteFunc(r.Savings, func(s Saving) bool { return !o.All && s.Cash.Sign() >= 0 && s.Cost.Sign() >= 0 })
	r.sort()
	if !r.ByCash && len(r.Savings) > 0 {
		r.Notes = append(r.Notes, report.Note{Code: "plans", Text: "none of this moves cash: the usage is under plans whose fees stay; amounts are API-equivalents"})
	}
	slices.SortFunc(r.LeftOut, func(x, y LeftOut) int { return cmp.Or(y.Swaps-x.Swaps, strings.Compare(x.Reason, y.Reason)) })
	return r, nil
}

// sort puts what saves most first: by cash, where any change moves cash.
func (r *Ranking) sort() {
	for i := range r.Savings {
		r.ByCash = r.ByCash || !r.Savings[i].Cash.IsZero()
	}
	slices.SortStableFunc(r.Savings, func(x, y Saving) int {
		if r.ByCash {
			if c := x.Cash.Cmp(y.Cash); c != 0 {
				return c
			}
		}
		return cmp.Or(x.Cost.Cmp(y.Cost), strings.Compare(x.Title, y.Title), strings.Compare(x.Lever.String(), y.Lever.String()))
	})
}

func (r *Ranking) leave(reason string, swaps int) {
	if swaps == 0 {
		return
	}
	for i := range r.LeftOut {
		if r.LeftOut[i].Reason == reason {
			r.LeftOut[i].Swaps += swaps
			return
		}
	}
	r.LeftOut = append(r.LeftOut, LeftOut{reason, swaps})
}

// used is a model in use, with what decides whether another can take its place.
type used struct {
	ModelUse
	ref     pricing.ModelRef // of the book
	listing pricing.Listing
	listed  bool
	classes []*class
	exact   []*class // the same, with all requests that are known
	total   amounts
	logged  bool // most of it is of agents
}

// uses lists the models in use that have a price.
func (b *Base) uses() []used {
	byModel := make(map[pricing.ModelRef][]*class)
	part := b.partitionFor(nil, nil)
	for i := range part.classes {
		c := &part.classes[i]
		byModel[c.ref()] = append(byModel[c.ref()], c)
	}
	var out []used
	for _, m := range b.models {
		u := used{ModelUse: m, classes: byModel[m.ModelRef], exact: byModel[m.ModelRef]}
		if b.Requests() > MostRanked {
			u.classes = b.withoutRequests(u.exact)
		}
		res := b.book.Resolve(m.Provider, m.Model, b.asOf)
		u.ref = pricing.ModelRef{Provider: res.Provider, Model: res.Model}
		if res.Priced == pricing.PricedAs {
			u.ref.Provider = res.As
		}
		u.listing, u.listed = b.book.Listing(u.ref.Provider, u.ref.Model, b.asOf)
		var agents int64
		for _, c := range u.classes {
			u.total.add(&c.total)
			if c.logged() {
				agents += c.total.input()
			}
		}
		u.logged = 2*agents > u.total.input()
		out = append(out, u)
	}
	return out
}

// MostRanked is the number of requests up to which a ranking looks at every one of
// them for every swap. Above it takes what cells say, which may be a range.
const MostRanked = 50_000

// Requests is how many requests are known one by one.
func (b *Base) Requests() int { return len(b.requests.list) }

// withoutRequests copies classes, with what cells say of them only.
func (b *Base) withoutRequests(all []*class) []*class {
	b.mu.RLock() // a run may set outputs
	defer b.mu.RUnlock()
	out := make([]*class, len(all))
	for i, c := range all {
		copied := *c
		copied.known, copied.outputs = nil, nil
		out[i] = &copied
	}
	return out
}

// substitute is a model that could take the place of another.
type substitute struct {
	ref     pricing.ModelRef
	listing pricing.Listing
}

// substitutes lists the current models that give text, one of each.
func (b *Base) substitutes() []substitute {
	e := report.NewEstimator(report.EstimateOptions{Book: b.book, At: b.asOf})
	var out []substitute
	for _, row := range e.Estimate(report.EstimateQuery{}) {
		if !forText(row.Model) || row.Currency != b.currency() {
			continue
		}
		if l, ok := b.book.Listing(row.Provider, row.Model, b.asOf); ok {
			out = append(out, substitute{row.ModelRef, l})
		}
	}
	return out
}

// forText reports whether a model is made for text: what takes or gives speech
// or pictures, searches, or drives a screen is another kind of service.
func forText(model string) bool {
	for word := range strings.SplitSeq(strings.ToLower(model), "-") {
		switch word {
		case "audio", "realtime", "tts", "transcribe", "whisper", "image", "images", "imagen", "search", "embedding", "embed", "moderation", "computer", "guard", "ocr", "video", "live", "native", "dialog", "research":
			return false
		}
	}
	return true
}

// chance is a swap that may save something.
type chance struct {
	from    *used
	to      substitute
	roughly money.Amount // change at today's list prices
}

func (r *Ranking) swaps(b *Base, uses []used, o *RankOptions) {
	all := b.substitutes()
	var chances []chance
	for i := range uses {
		u := &uses[i]
		switch {
		case !u.Sum.Priced || u.Sum.Cost.IsZero():
			r.leave("the model in use has no price, or costs nothing", len(all))
			continue
		case u.total.output() == 0 || !forText(u.Model):
			continue // no text: embeddings, speech, pictures
		}
		for _, s := range all {
			if s.ref == u.ref || s.ref.Model == u.ref.Model {
				continue
			}
			r.Considered++
			if reason := u.refuses(&s, o); reason != "" {
				r.leave(reason, 1)
				continue
			}
			c := chance{u, s, b.roughly(u, &s)}
			if c.roughly.Sign() >= 0 && !o.All {
				r.leave("costs as much or more at today's prices", 1)
				continue
			}
			chances = append(chances, c)
		}
	}
	slices.SortStableFunc(chances, func(x, y chance) int { return x.roughly.Cmp(y.roughly) })
	most := cmp.Or(o.Most, mostExact)
	if o.All {
		most = len(chances)
	}
	if len(chances) > most {
		r.leave("saves less than those computed", len(chances)-most)
		chances = promising(chances, most)
	}
	x := b.soloist()
	for i := range chances {
		r.Savings = append(r.Savings, b.saving(x, &chances[i], o))
	}
	r.Computed += len(chances)
}

// fewest is how many swaps of each model in use are computed exactly, of those
// that keep the context window and of the others, before what saves more elsewhere.
const fewest = 4

// promising keeps so many chances, in their order: the best few of each model in
// use, with the window kept and without, and then what saves most.
func promising(chances []chance, most int) []chance {
	type kind struct {
		from  *used
		keeps bool
	}
	seen := make(map[kind]int)
	var first, rest []int
	for i := range chances {
		c := &chances[i]
		k := kind{c.from, c.to.listing.Row.Window >= c.from.window()}
		if seen[k]++; seen[k] <= fewest {
			first = append(first, i)
		} else {
			rest = append(rest, i)
		}
	}
	kept := append(first, rest...)[:most]
	slices.Sort(kept)
	out := make([]chance, len(kept))
	for i, at := range kept {
		out[i] = chances[at]
	}
	return out
}

// refuses says why a substitute is not plausible, "" if it is.
func (u *used) refuses(s *substitute, o *RankOptions) string {
	window := s.listing.Row.Window
	if o.KeepWindow && (u.window() == 0 || window < u.window()) {
		return "smaller context window, or not known"
	}
	if window > 0 && u.tooLong(window) {
		return "context window too small for what was sent"
	}
	return ""
}

func (u *used) window() int64 {
	if !u.listed {
		return 0
	}
	return u.listing.Row.Window
}

// meanInput is the input of a mean request, where requests are counted; 0 where
// they are not.
func (u *used) meanInput() int64 {
	var requests, input int64
	for _, c := range u.classes {
		if c.uncounted == 0 {
			requests, input = requests+c.requests, input+c.total.input()
		}
	}
	if requests == 0 {
		return 0
	}
	return input / requests
}

// tooLong reports whether more than one in twenty requests (of tokens, where
// requests are not counted) are surely longer than a window.
func (u *used) tooLong(window int64) bool {
	var long, all, longTokens, allTokens int64
	for _, c := range u.classes {
		all, allTokens = all+c.requests, allTokens+c.total.input()
		if c.Band.Known() && c.Band.Lo > window {
			long, longTokens = long+c.requests, longTokens+c.total.input()
		}
	}
	if all == 0 {
		return longTokens*tooMany > allTokens
	}
	return long*tooMany > all
}

// roughly is the change at the list prices of today, without tiers and long
// contexts: good enough to choose what is worth computing.
func (b *Base) roughly(u *used, s *substitute) money.Amount {
	ratio := ratioBetween(u.ref, s.ref, u.logged).value[likely].floor(1000)
	cost := func(rates *pricing.Rates, thousandths int64) money.Amount {
		var sum money.Amount
		for column, class := range [...]pricing.Class{pricing.Input, pricing.CacheRead, pricing.CacheWrite5m, pricing.CacheWrite1h, pricing.Output, pricing.Output} {
			rate, ok := rates.Of(class)
			if !ok && class != pricing.Output {
				rate, _ = rates.Of(pricing.Input)
			}
			sum = sum.Add(rate.Times(u.total[column] / 1000 * thousandths))
		}
		return sum
	}
	now := u.Sum.Cost
	if u.listed {
		now = cost(&u.listing.Rates, 1000)
	}
	return cost(&s.listing.Rates, ratio).Sub(now)
}

// soloist runs one lever at a time, over some classes only.
type soloist struct{ running }

func (b *Base) soloist() *soloist { return &soloist{running{b: b}} }

func (x *soloist) run(l Lever, classes []*class) Contribution {
	u := &use{Lever: l, pool: &x.pool, scope: -1, out: Contribution{Lever: l}, from: x.b.matcher(l.From)}
	x.uses, x.rows = append(x.uses[:0], u), make(map[pricing.ModelRef]*rowSum)
	for _, c := range classes {
		x.class(c)
	}
	o := u.out
	o.Known, o.Ranged, o.Notes = !u.lost, o.CostLow != o.CostHigh, u.notes.list
	return o
}

func (b *Base) saving(x *soloist, c *chance, o *RankOptions) Saving {
	l := NewSwap(c.from.ModelRef, c.to.ref, Whole)
	s := Saving{Contribution: x.run(l, c.from.classes), Title: c.from.Model + " → " + c.to.ref.Model, Part: c.from.Sum.Cost, PartCash: c.from.Sum.Cash.Sub(c.from.Sum.PlanFee)}
	if c.from.Provider != c.to.ref.Provider {
		s.Title = fmt.Sprintf("%s → %s (%s)", c.from.Model, c.to.ref.Model, c.to.ref.Provider)
	}
	s.PerMonth, s.CashPerMonth = b.monthly(s.Cost), b.monthly(s.Cash)
	s.facts(b, c, o)
	return s
}

func (b *Base) monthly(a money.Amount) money.Amount { return scaleAmount(a, 365, 12*b.days) }
