package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tokpit/budget"
	"tokpit/pricing"
	"tokpit/usage"
)

// soon is how near an announced end makes a swap doubtful.
const soon = 90 * 24 * time.Hour

// facts says what is known of the two models of a swap, and what is not.
func (s *Saving) facts(b *Base, c *chance, o *RankOptions) {
	f := &SwapFacts{From: c.from.ref, To: c.to.ref, FromWindow: c.from.window(), Window: c.to.listing.Row.Window, MeanInput: c.from.meanInput()}
	f.KeepsWindow = f.FromWindow > 0 && f.Window >= f.FromWindow
	f.Quality = o.Scores.Compare(f.From, f.To)
	f.Tokens = ratioBetween(c.from.ModelRef, c.to.ref, c.from.logged).text
	if life, ok := b.book.Lifecycle(f.From.Provider, f.From.Model); ok {
		f.FromEnds = life.Shutdown
	}
	life, known := b.book.Lifecycle(f.To.Provider, f.To.Model)
	if known {
		f.Ends = life.Shutdown
	}
	s.Swap = f
	s.quality(f)
	if s.Cost.Neg().Cmp(scaleAmount(s.Part, 9, 10)) >= 0 {
		s.caveat("class", false, "a tenth of the price or less: likely a much smaller model")
	}
	s.window(f)
	if !f.Ends.IsZero() {
		s.caveat("retiring", f.Ends.Sub(b.asOf) < soon, "%s ends on %s", f.To.Model, f.Ends.Format(time.DateOnly))
	} else if known && life.StatusAt(b.asOf) == pricing.Deprecated {
		s.caveat("retiring", false, "%s is deprecated, without a date", f.To.Model)
	}
	if !f.FromEnds.IsZero() && f.FromEnds.After(b.asOf) {
		s.caveat("ends", false, "%s itself ends on %s", f.From.Model, f.FromEnds.Format(time.DateOnly))
	}
	if f.Tokens != "" {
		s.caveat("tokens", false, "the same text is %s as many tokens there, an estimate", f.Tokens)
	}
	if c.from.total[thought] > 0 {
		s.caveat("effort", false, "how much %s thinks is not known; as much as now is assumed", f.To.Model)
	}
	s.latency(o.Scores, f)
	s.take()
}

// quality compares scores, or says that nothing is known.
func (s *Saving) quality(f *SwapFacts) {
	if len(f.Quality) == 0 {
		s.caveat("quality", false, "quality: unknown")
		return
	}
	q := &f.Quality[0]
	text := "quality: " + q.Text()
	if more := len(f.Quality) - 1; more > 0 {
		text += fmt.Sprintf(", and %d more", more)
	}
	s.caveat("quality", q.Worse(), "%s", text)
}

// window says what would not fit.
func (s *Saving) window(f *SwapFacts) {
	switch {
	case f.Window == 0:
		s.caveat("window", false, "the context window of %s is not known", f.To.Model)
	case s.Misfit > 0:
		s.caveat("window", true, "%s are longer than its context window of %s", requests(s.Misfit), tokensText(f.Window))
	case s.MayMisfit > 0 && (f.Window < f.FromWindow || f.FromWindow == 0):
		mean := ""
		if f.MeanInput > 0 {
			mean = fmt.Sprintf("; a mean one has %s", tokensText(f.MeanInput))
		}
		s.caveat("window", false, "up to %s may be longer than its context window of %s%s", requests(s.MayMisfit), tokensText(f.Window), mean)
	case f.FromWindow > 0 && f.Window < f.FromWindow:
		s.caveat("window", false, "context window %s instead of %s; all that was sent fits", tokensText(f.Window), tokensText(f.FromWindow))
	}
}

// latency compares measured times of one metric.
func (s *Saving) latency(board *Scoreboard, f *SwapFacts) {
	for i := range f.Quality {
		q := &f.Quality[i]
		if q.From.HasLatency && q.To.HasLatency {
			s.caveat("latency", false, "latency: %s → %s for one item of %s", seconds(q.From.Latency), seconds(q.To.Latency), q.Metric)
			return
		}
	}
	s.caveat("latency", false, "latency: unknown")
}

// take adds the notes of the computation that nothing above has said.
func (s *Saving) take() {
	more := make(map[string]int)
	for _, n := range s.Notes {
		if slices.Contains([]string{"token-ratio", "window", "retiring"}, n.Code) {
			continue
		}
		if more[n.Code]++; more[n.Code] == 1 {
			s.caveat(n.Code, strings.HasPrefix(n.Code, "unpriced"), "%s", n.Text)
		}
	}
	for i := range s.Caveats {
		if n := more[s.Caveats[i].Code] - 1; n > 0 {
			s.Caveats[i].Text += fmt.Sprintf(" (and the like for %d more)", n)
		}
	}
	slices.SortStableFunc(s.Caveats, func(a, b Caveat) int { return boolOrder(a.Grave, b.Grave) })
}

func (s *Saving) caveat(code string, grave bool, format string, args ...any) {
	s.Caveats = append(s.Caveats, Caveat{code, fmt.Sprintf(format, args...), grave})
}

func requests(n int64) string {
	if n == 1 {
		return "1 request"
	}
	return thousands(n) + " requests"
}

// tokensText is a context window as people write it: "128k", "1M".
func tokensText(n int64) string {
	switch {
	case n >= 1_000_000:
		return Points(n).Format(2) + "M"
	case n >= 1000:
		return fmt.Sprintf("%dk", (n+500)/1000)
	}
	return fmt.Sprint(n)
}

func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func seconds(d time.Duration) string {
	if d < 10*time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// Worse reports whether the second model is worse beyond chance: by an interval
// that lies below zero where there is one, else by its figure alone.
func (q *Quality) Worse() bool {
	switch {
	case q.Paired != nil:
		return q.Paired.Interval.High < 0
	case q.From.Interval != nil && q.To.Interval != nil:
		return q.To.Interval.High < q.From.Interval.Low
	}
	return q.Delta() < 0
}

// idea is a lever that changes no model, with what a person must know.
type idea struct {
	lever   Lever
	title   string
	caveats []Caveat
}

// ideas are the levers that make sense for the usage.
func (b *Base) ideas(uses []used) []idea {
	var all amounts
	tiers := make(map[string]bool)
	for i := range uses {
		all.add(&uses[i].total)
		for _, c := range uses[i].classes {
			tiers[c.Tier] = true
		}
	}
	say := func(code, text string) []Caveat { return []Caveat{{Code: code, Text: text}} }
	unknown := "quality: unknown; whether answers stay as good has to be tried"
	out := []idea{
		{NewTier("batch", Whole/2), "half of the traffic in batches", say("batch", "answers come within 24 hours, so only work that nobody waits for")},
		{NewTier("flex", Whole/2), "half of the traffic as flex", say("flex", "slower, and requests may be refused when there is no capacity")},
		{NewFactor(Prompt, Exactly(Whole*8/10)), "prompts a fifth shorter", say("quality", unknown)},
		{NewFactor(Output, Exactly(Whole*8/10)), "answers a fifth shorter", say("quality", unknown)},
	}
	if all[thought] > 0 {
		out = append(out, idea{NewFactor(Effort, Exactly(Whole/2)), "half as much thinking", say("quality", unknown)})
	}
	if target := hitTarget(uses); target > 0 {
		out = append(out, idea{NewCacheHit(Exactly(target)), "cache hits up to " + target.Percent(),
			say("cache", fmt.Sprintf("needs prompts that begin the same way; %s of the input is served by caches now", hitRate(&all).Percent()))})
	}
	for _, tier := range []string{"priority", "fast"} {
		if tiers[tier] {
			out = append(out, idea{NewTier(pricing.Standard, Whole), "no " + tier, say("latency", "answers come later; how much is unknown")})
			break
		}
	}
	return out
}

// hitRate is the share of input that caches serve, to a whole percent.
func hitRate(a *amounts) Ratio {
	if a.input() <= 0 {
		return 0
	}
	return Ratio(quotient(uint64(max(a[served], 0)), uint64(a.input())).floor(100)) * Whole / 100
}

// hitTarget is a hit rate that is plausible because the user's own requests to
// some model reach it (one with at least a hundredth of the input), at most 90 %;
// or 50 % if none is that high. Agents do not count: they send one conversation
// again and again.
func hitTarget(uses []used) Ratio {
	var all int64
	for i := range uses {
		all += uses[i].total.input()
	}
	best := Whole / 2
	for i := range uses {
		if u := &uses[i]; !u.logged && u.total.input()*100 >= all {
			best = max(best, hitRate(&u.total))
		}
	}
	return min(best, Whole*9/10)
}

// levers computes the changes that keep the models.
func (r *Ranking) levers(b *Base, uses []used) error {
	var classes []*class
	part := b.partitionFor(nil, nil)
	for i := range part.classes {
		classes = append(classes, &part.classes[i])
	}
	x := b.soloist()
	for _, idea := range b.ideas(uses) {
		if err := idea.lever.Validate(); err != nil {
			return err
		}
		s := Saving{Contribution: x.run(idea.lever, classes), Title: idea.title, Part: b.before.Cost, PartCash: b.before.Cash.Sub(b.before.PlanFee), Caveats: idea.caveats}
		s.PerMonth, s.CashPerMonth = b.monthly(s.Cost), b.monthly(s.Cash)
		r.Considered, r.Computed = r.Considered+1, r.Computed+1
		if s.Applied {
			s.take()
			r.Savings = append(r.Savings, s)
		}
	}
	return r.caps(b, x, uses)
}

// caps computes a max_tokens for each model whose requests are known one by one:
// what hardly any answer reaches, see [Lengths.Suggested]. Means say nothing of
// how long answers are, so without records there is no such change.
func (r *Ranking) caps(b *Base, x *soloist, uses []used) error {
	for i := range uses {
		u := &uses[i]
		if !u.Sum.Priced || slices.ContainsFunc(u.exact, func(c *class) bool { return !c.complete() }) {
			continue
		}
		long, groups := b.lengths(u.exact)
		l := Lever{Kind: OutputCap, N: long.Suggested(), Scope: budget.Scope{usage.ByModel: {u.Model}}}
		if long.Requests == 0 || l.N >= long.Max {
			continue
		}
		if u.Provider != "" {
			l.Scope[usage.ByProvider] = []string{u.Provider}
		}
		if err := l.Validate(); err != nil {
			return err
		}
		s := Saving{Contribution: x.run(l, u.exact), Title: fmt.Sprintf("%s: max_tokens of %s", u.Model, thousands(l.N)), Part: u.Sum.Cost, PartCash: u.Sum.Cash.Sub(u.Sum.PlanFee)}
		s.PerMonth, s.CashPerMonth = b.monthly(s.Cost), b.monthly(s.Cash)
		s.caveat("cap", false, "%s of %s are longer, and would be cut off; 99 in 100 have up to %s tokens, the longest %s", thousands(above(groups, l.N)), requests(long.Requests), thousands(long.P99), thousands(long.Max))
		r.Considered, r.Computed = r.Considered+1, r.Computed+1
		if s.Applied {
			s.take()
			r.Savings = append(r.Savings, s)
		}
	}
	return nil
}

// Model returns the savings of swaps away from one model, as they are ranked.
func (r *Ranking) Model(ref pricing.ModelRef) []Saving {
	var out []Saving
	for _, s := range r.Savings {
		if s.Swap != nil && (s.Lever.From == ref || s.Swap.From == ref) {
			out = append(out, s)
		}
	}
	return out
}

// FrontierOf draws what the usage of one model would cost on every model that it
// was ranked for, against a metric that a board has scores of; "latency" is the
// seconds of the metric in question. Unknown is how many models have no score.
func (r *Ranking) FrontierOf(board *Scoreboard, from pricing.ModelRef, metric string, latency bool) (marks []Mark, unknown int) {
	add := func(ref pricing.ModelRef, s *Saving, current bool) {
		found := false
		for _, score := range board.Of(ref) {
			if score.Metric != metric || latency && !score.HasLatency {
				continue
			}
			m := Mark{Model: ref, Effort: score.Effort, Cost: s.Part, Value: score.Mean, Interval: score.Interval, Current: current}
			if !current {
				m.Cost = s.Part.Add(s.Cost)
			}
			if latency {
				m.Value, m.Interval = Points(score.Latency/time.Microsecond), nil
			}
			marks, found = append(marks, m), true
		}
		if !found {
			unknown++
		}
	}
	list := r.Model(from)
	if len(list) == 0 {
		return nil, 0
	}
	add(list[0].Swap.From, &list[0], true)
	for i := range list {
		add(list[i].Swap.To, &list[i], false)
	}
	return Frontier(marks, latency), unknown
}

// MetricsOf lists the metrics on which a model and at least one of its ranked
// substitutes have a score, the ones that most have first.
func (r *Ranking) MetricsOf(board *Scoreboard, from pricing.ModelRef) []string {
	counts := make(map[string]int)
	for _, s := range r.Model(from) {
		for _, q := range s.Swap.Quality {
			counts[q.Metric]++
		}
	}
	var out []string
	for m := range counts {
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
	return out
}
