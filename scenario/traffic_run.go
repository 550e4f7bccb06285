package scenario

import (
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// session prices one session message by message, because a long-context price
// applies to a whole request.
func (t *Traffic) session(book *pricing.Book, at time.Time, out *Spending, s side, which int) (cost money.Amount, tokens usage.Tokens) {
	words, answer, system := t.tokens(t.Words, s), t.tokens(t.answer(), s), t.tokens(t.System, s)
	var history int64
	least := minimumCached(out.Model)
	out.LeastCached = least
	for k := int64(1); k <= t.Messages; k++ {
		carried := timesRatio(history, t.Carry)
		input := system + carried + words
		repeated := carried
		if k > 1 {
			repeated += system
		}
		one := usage.Tokens{Input: input, Output: answer}
		if t.Cached > 0 && input >= least {
			if repeated < least { // too short to have been kept
				repeated = 0
			}
			one.CacheRead = timesRatio(repeated, t.Cached)
			one.CacheWrite5m = timesRatio(input-repeated, t.Cached)
			one.Input -= one.CacheRead + one.CacheWrite5m
			if which == likely && repeated > 0 && out.CachedFrom == 0 {
				out.CachedFrom = k
			}
		}
		r := usage.Record{Start: at, Dims: usage.Dims{Provider: out.Model.Provider, Model: out.Model.Model}, Context: input, Requests: 1, Tokens: one}
		c := book.ChargeRecord(&r)
		out.note(&c)
		cost = cost.Add([variants]money.Amount{likely: c.Cost, lowest: c.Low, highest: c.High}[which])
		tokens = tokens.Add(one)
		if which == likely {
			t.limits(book, at, out, k, input, answer)
		}
		history += words + answer
	}
	return cost, tokens
}

func (t *Traffic) answer() Words {
	if t.Answer == (Words{}) {
		return t.Words
	}
	return t.Answer
}

// timesRatio returns n × r, rounded down.
func timesRatio(n int64, r Ratio) int64 {
	return n/int64(Whole)*int64(r) + n%int64(Whole)*int64(r)/int64(Whole)
}

func (s *Spending) note(c *pricing.Charge) {
	s.Currency = c.Currency
	s.Flags |= c.Flags
	if !c.Priced || c.UnpricedTokens > 0 {
		s.Flags |= pricing.FlagUnpricedClass
	}
}

// limits notes where the window ends and where long contexts begin.
func (t *Traffic) limits(book *pricing.Book, at time.Time, out *Spending, k, input, answer int64) {
	if out.Window > 0 && input+answer > out.Window && out.Overflow == 0 {
		out.Overflow = k
	}
	if out.LongFrom > 0 {
		return
	}
	listing, ok := book.Listing(out.Model.Provider, out.Model.Model, at)
	if !ok {
		return
	}
	if long, ok := listing.Long(); ok && long.Context.Over > 0 && (input > long.Context.Over || long.Context.Inclusive && input == long.Context.Over) {
		out.LongFrom = k
	}
}

// year adds up twelve months of growing traffic. Each month's figure is rounded
// at 1e-18.
func (t *Traffic) year(month Cost) (year, last Cost) {
	last = month
	for i := range 12 {
		if i > 0 {
			last = last.each(func(a money.Amount) money.Amount { return scaleAmount(a, int64(Whole+t.Growth), int64(Whole)) })
		}
		year = Cost{year.Low.Add(last.Low), year.Base.Add(last.Base), year.High.Add(last.High)}
	}
	return year, last
}
