package report

import (
	"fmt"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/tokenizer"
	"tokpit/usage"
)

// Estimate returns what a prompt costs on every model, by provider and name as
// far as the estimator found them; see [SortEstimates].
func (e *Estimator) Estimate(q EstimateQuery) []Estimated {
	w := promptCount{query: &q, observed: e.options.Observed, texts: make(map[tokenizer.Method]tokenizer.Estimate), chats: make(map[tokenizer.Method]tokenizer.Estimate)}
	out := make([]Estimated, len(e.candidates))
	for i := range e.candidates {
		c := &e.candidates[i]
		row := &out[i]
		*row = c.fixed
		row.Tokens, row.Why = w.tokens(c)
		row.Counted = row.Why == ""
		row.Mute = c.mute
		row.Output, row.OutputBasis = e.output(c, q.Output)
		row.Priced = row.Priced && row.Counted
		if row.Counted {
			row.fit(c)
		}
		if row.Priced {
			row.price(c, q.Traffic)
		}
	}
	compareWith(out, q.Baseline)
	return out
}

// promptCount remembers what models of one family have in common.
type promptCount struct {
	query        *EstimateQuery
	observed     map[tokenizer.Family][]tokenizer.Observation
	texts, chats map[tokenizer.Method]tokenizer.Estimate
}

// tokens returns the tokens of the prompt for a model, or why they are not known.
func (w *promptCount) tokens(c *candidate) (tokenizer.Estimate, string) {
	if n, ok := w.query.Counted[c.fixed.ModelRef]; ok {
		return tokenizer.Exactly(n, "exact, counted by the provider"), ""
	}
	total, ok := w.text(c)
	if !ok {
		return tokenizer.Estimate{}, "not counted in " + c.method.Encoding
	}
	p := &w.query.Prompt
	how := total.Method
	if len(p.Images) > 0 {
		images, ok := imageTokens(&c.fixed.ModelRef, p.Images)
		if !ok {
			return tokenizer.Estimate{}, "no formula for its images"
		}
		total = total.Add(images)
		how += "; images: " + images.Method
	}
	if p.Chat.Messages > 0 || len(p.Chat.Tools) > 0 {
		chat, ok := w.chats[c.method]
		if !ok {
			var err error
			if chat, err = c.method.Overhead(p.Chat); err != nil {
				return tokenizer.Estimate{}, "no estimate of its roles"
			}
			w.chats[c.method] = chat
		}
		total = total.Add(chat)
		how += "; roles: " + chat.Method
	}
	total.Method = how
	return total, ""
}

func (w *promptCount) text(c *candidate) (tokenizer.Estimate, bool) {
	if known, ok := w.texts[c.method]; ok {
		return known, known.Method != ""
	}
	m := &w.query.Prompt.Text
	var out tokenizer.Estimate
	switch {
	case !c.method.Exact:
		out = c.method.Estimate(m.Profile).Narrow(w.observed[c.method.Family])
	case c.encoding == tokenizer.O200K:
		out = tokenizer.Exactly(m.Profile.Total(), c.method.String())
	default:
		if n, ok := m.Counts[c.encoding]; ok {
			out = tokenizer.Exactly(n, c.method.String())
		}
	}
	if out.Exact && m.Forced > 0 {
		n := 2 * int64(m.Forced)
		out = tokenizer.Estimate{Low: max(out.Low-n, 0), Point: out.Point, High: out.High + n, Method: out.Method + ", counted in parts"}
	}
	w.texts[c.method] = out
	return out, out.Method != ""
}

func imageTokens(m *pricing.ModelRef, images []tokenizer.Image) (tokenizer.Estimate, bool) {
	var total tokenizer.Estimate
	for i, img := range images {
		one, ok := tokenizer.Images(m.Provider, m.Model, img)
		if !ok {
			return total, false
		}
		if i == 0 {
			total = one
		} else {
			total = total.Add(one)
		}
	}
	return total, true
}

// noHistory is why there is no answer where it was to be as long as the user's own.
const noHistory = "no requests of yours are known"

// output says how many tokens the answer is taken to have.
func (e *Estimator) output(c *candidate, want ExpectedOutput) (int64, string) {
	if c.mute {
		return 0, "gives no text"
	}
	if want.Share == 0 {
		if want.Tokens == 0 {
			return 0, "none given"
		}
		return want.Tokens, "as given"
	}
	h, ok := e.options.History.Of(c.fixed.ModelRef)
	whose := "to it"
	if !ok || !want.Each && len(e.candidates) > 1 {
		h, whose = e.options.History.All(), "to all models"
	}
	if h.Requests == 0 {
		return 0, noHistory
	}
	of := "of your " + plural(h.Requests, "request")
	if h.Means {
		of = "of means of your " + plural(h.Requests, "request")
	}
	return h.at(want.Share), fmt.Sprintf("p%d %s %s", min(want.Share, 90), of, whose)
}

// fit compares the request with the model's limits.
func (r *Estimated) fit(c *candidate) {
	if r.Window == 0 && r.MaxOutput == 0 {
		return
	}
	low, high := r.Tokens.Low, r.Tokens.High
	if !c.inputLimit {
		low, high = low+r.Output, high+r.Output
	}
	over := func(n int64) int64 {
		o := int64(0)
		if r.Window > 0 {
			o = n - r.Window
		}
		if r.MaxOutput > 0 {
			o = max(o, r.Output-r.MaxOutput)
		}
		return max(o, 0)
	}
	r.Over = over(high)
	switch {
	case r.Over == 0 && r.Window == 0:
		r.Fit = FitUnknown // the answer is short enough, but there may be too much input
	case r.Over == 0:
		r.Fit = Fits
	case over(low) == 0:
		r.Fit = MayFit
	default:
		r.Fit = TooLong
	}
}

// price fills in the amounts.
func (r *Estimated) price(c *candidate, traffic Traffic) {
	input := func(n int64) usage.Tokens { return usage.Tokens{Input: n} }
	output := func(int64) usage.Tokens { return usage.Tokens{Output: r.Output} }
	both := func(n int64) usage.Tokens { return usage.Tokens{Input: n, Output: r.Output} }
	var ok bool
	if r.Total, ok = charge(c.standard, r.Tokens, both); !ok {
		r.Priced = false
		r.Why = "some of its tokens have no price"
		return
	}
	r.Input, _ = charge(c.standard, r.Tokens, input)
	r.OutputCost, _ = charge(c.standard, r.Tokens, output)
	for i := range c.standard {
		b := &c.standard[i]
		if !b.holds(r.Tokens.Low, r.Tokens.High) {
			continue
		}
		r.Currency, r.Flags, r.LongOver = b.tariff.Currency, r.Flags|b.tariff.Flags, b.over
		r.LongLow = b.over > 0 && b.lo <= r.Tokens.Low
	}
	if c.cached {
		r.Cached.CostRange, r.Cached.Known = charge(c.standard, r.Tokens, func(n int64) usage.Tokens {
			return usage.Tokens{CacheRead: n, Output: r.Output}
		})
	}
	if c.filled {
		r.CacheFill.CostRange, r.CacheFill.Known = charge(c.standard, r.Tokens, func(n int64) usage.Tokens {
			return usage.Tokens{CacheWrite5m: n, Output: r.Output}
		})
	}
	if c.batch != nil {
		r.Batch.CostRange, r.Batch.Known = charge(c.batch, r.Tokens, both)
	}
	if traffic.Known() {
		r.PerDay = OptionalCost{r.Total.scale(traffic.Calls, traffic.Days), true}
		r.PerMonth = OptionalCost{r.Total.scale(traffic.Calls*365, traffic.Days*12), true}
	}
}

func (b *banded) holds(low, high int64) bool { return b.lo <= high && (b.end == 0 || low < b.end) }

// charge returns the least and the most that a number of input tokens within an
// estimate can cost, each at the price for requests of its size, and what the
// likeliest number costs. It is false if some tokens have no price.
func charge(bands []banded, n tokenizer.Estimate, tokens func(input int64) usage.Tokens) (CostRange, bool) {
	var out CostRange
	first := true
	for i := range bands {
		b := &bands[i]
		if !b.holds(n.Low, n.High) {
			continue
		}
		low, high := max(n.Low, b.lo), n.High
		if b.end > 0 {
			high = min(high, b.end-1)
		}
		least := b.tariff.Charge(tokens(low), nil)
		most := least
		if high != low {
			most = b.tariff.Charge(tokens(high), nil)
		}
		if least.UnpricedTokens+most.UnpricedTokens > 0 {
			return out, false
		}
		if first || least.Low.Cmp(out.Low) < 0 {
			out.Low = least.Low
		}
		if first || most.High.Cmp(out.High) > 0 {
			out.High = most.High
		}
		first = false
		if b.holds(n.Point, n.Point) {
			c := b.tariff.Charge(tokens(n.Point), nil)
			if c.UnpricedTokens > 0 {
				return out, false
			}
			out.Point = c.Cost
		}
	}
	return out, !first
}

// AnswerLengths are the shortest and the longest answer of the models that give
// text, in tokens. Costs of calls compare prices only where both are the same. ok is
// false if no model gives text.
func AnswerLengths(rows []Estimated) (shortest, longest int64, ok bool) {
	for i := range rows {
		switch n := rows[i].Output; {
		case rows[i].Mute:
			continue
		case !ok:
			shortest, longest, ok = n, n, true
		default:
			shortest, longest = min(shortest, n), max(longest, n)
		}
	}
	return shortest, longest, ok
}

// compareWith fills in the differences from a baseline.
func compareWith(rows []Estimated, baseline pricing.ModelRef) {
	for i := range rows {
		b := &rows[i]
		if b.ModelRef != baseline || baseline.Model == "" {
			continue
		}
		b.Baseline = true
		for k := range rows {
			if r := &rows[k]; k != i && r.Priced && b.Priced && r.Currency == b.Currency {
				r.Difference = OptionalCost{CostRange{r.Total.Low.Sub(b.Total.High), r.Total.Point.Sub(b.Total.Point), r.Total.High.Sub(b.Total.Low)}, true}
				if r.Output == b.Output {
					r.PerMille, r.Relative = perMilleOf(r.Difference.Point, b.Total.Point)
				}
			}
		}
		return
	}
}

// perMilleOf is a part in thousandths of a whole, rounded; false if the whole is
// zero or the ratio is beyond belief.
func perMilleOf(part, whole money.Amount) (int64, bool) {
	if whole.Sign() <= 0 {
		return 0, false
	}
	ratio := part.Float() * 1000 / whole.Float() // for showing only
	if ratio > 1e9 || ratio < -1e9 {
		return 0, false
	}
	if ratio < 0 {
		return -int64(-ratio + 0.5), true
	}
	return int64(ratio + 0.5), true
}
