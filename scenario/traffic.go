package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/tokenizer"
	"tokpit/usage"
)

// Traffic is what somebody expects of an application that has no history yet:
// how many people talk to it, how often, and how much they write. It is turned
// into tokens by a rule of thumb (750 words of English are about 1,000 tokens)
// and into money by the price book.
//
// An API keeps no conversation: every message sends the whole of it again. So
// message k of a session sends the system prompt, k−1 earlier messages with
// their answers, and itself; a session of twice as many messages costs about
// four times as much input.
type Traffic struct {
	Users    int64
	Sessions Pace  // of one user
	Messages int64 // of one session, by the user
	Words    Words // of one message
	Answer   Words // of one answer; the zero value is as long as the message
	System   Words // of the instructions sent with every message
	// WordsPer1000 is the number of words that make 1,000 tokens of o200k_base;
	// 0 is 750.
	WordsPer1000 int64
	// Spread is how far the rule of thumb may be off either way; negative is not
	// at all, zero is 10 %.
	Spread Ratio
	// Carry is the share of the earlier conversation that is sent again.
	Carry Ratio
	// Cached is the share of what has been sent before that a cache serves. What
	// is new then is written to it, at the provider's price for that.
	Cached Ratio
	// Growth is the monthly growth of the traffic, 0 for none.
	Growth Ratio
}

// Words is a number of words with its range.
type Words struct{ Low, Base, High int64 }

// Pace is how often something happens: N times each day, day of the week, week or
// month. A month is 365/12 days, and five of seven days are weekdays.
type Pace struct {
	N   int64
	Per string // "day", "weekday", "week" or "month"
}

// perMonth is the pace as a fraction of a month of 365/12 days.
func (p Pace) perMonth() (num, den int64) {
	switch p.Per {
	case "day":
		return p.N * 365, 12
	case "weekday":
		return p.N * 365 * 5, 12 * 7
	case "week":
		return p.N * 365, 12 * 7
	}
	return p.N, 1
}

// String is what [ParsePace] reads.
func (p Pace) String() string { return fmt.Sprintf("%d/%s", p.N, cmp.Or(p.Per, "month")) }

// Bounds of what a person may expect. Beyond them lies a slip.
const (
	maxUsers    = 1_000_000_000
	maxSessions = 100_000
	maxMessages = 1_000
	maxWords    = 1_000_000
	maxVisits   = 1_000_000_000_000
	wordsRule   = 750 // words in 1,000 tokens, as OpenAI's guide has it
)

// ParsePace reads "20", "20/month", "3/day", "3/weekday" or "5/week".
func ParsePace(text string) (Pace, error) {
	number, per, _ := strings.Cut(strings.ToLower(strings.TrimSpace(text)), "/")
	n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
	p := Pace{n, cmp.Or(strings.TrimSpace(per), "month")}
	if err != nil || n < 1 || n > maxSessions || !slices.Contains([]string{"day", "weekday", "week", "month"}, p.Per) {
		return Pace{}, &fault{fmt.Sprintf("%.40q is no number of sessions", text), "give sessions of one user, such as 20/month, 3/day, 3/weekday or 5/week"}
	}
	return p, nil
}

// ParseWords reads "120", or a range "80-160", whose middle is the likeliest.
func ParseWords(text string) (Words, error) {
	low, high, ranged := strings.Cut(strings.TrimSpace(text), "-")
	a, err := strconv.ParseInt(strings.TrimSpace(low), 10, 64)
	b := a
	if err == nil && ranged {
		b, err = strconv.ParseInt(strings.TrimSpace(high), 10, 64)
	}
	if err != nil || a < 0 || b < a || b > maxWords {
		return Words{}, &fault{fmt.Sprintf("%.40q is no number of words", text), fmt.Sprintf("give a number such as 120, or a range such as 80-160, of at most %d words", maxWords)}
	}
	return Words{a, a + (b-a)/2, b}, nil
}

// String is what [ParseWords] reads.
func (w Words) String() string {
	if w.Low == w.High {
		return strconv.FormatInt(w.Base, 10)
	}
	return fmt.Sprintf("%d-%d", w.Low, w.High)
}

// Validate returns an error with advice unless the traffic means something.
func (t *Traffic) Validate() error {
	bad := func(what, advice string) error { return &fault{what, advice} }
	switch {
	case t.Users < 1 || t.Users > maxUsers:
		return bad(fmt.Sprintf("%d users", t.Users), fmt.Sprintf("give 1 to %d users", int64(maxUsers)))
	case t.Sessions.N < 1 || t.Sessions.N > maxSessions:
		return bad(fmt.Sprintf("%d sessions", t.Sessions.N), "give sessions of one user, such as 20/month or 3/day")
	case t.Messages < 1 || t.Messages > maxMessages:
		return bad(fmt.Sprintf("%d messages in a session", t.Messages), fmt.Sprintf("give 1 to %d", maxMessages))
	case t.Users*t.Sessions.N > maxVisits:
		return bad("more sessions than anybody has", fmt.Sprintf("users times sessions may be %d at most", int64(maxVisits)))
	case t.Words.High < 1:
		return bad("messages without words", "give the words of one message: --words 120")
	case t.WordsPer1000 < 0 || t.WordsPer1000 > 10_000 || t.WordsPer1000 != 0 && t.WordsPer1000 < 50:
		return bad(fmt.Sprintf("%d words in 1,000 tokens", t.WordsPer1000), "English has about 750; give 50 to 10000")
	case t.Spread > Whole/2:
		return bad("a spread of "+t.Spread.Percent(), "give at most 50%")
	case t.Carry < 0 || t.Carry > Whole || t.Cached < 0 || t.Cached > Whole:
		return bad("a share that is not between 0 and 100 %", "give a share such as 60% or 0.6")
	case t.Growth < -Whole || t.Growth > 10*Whole:
		return bad("a growth of "+t.Growth.Percent()+" a month", "give at most +1000%")
	}
	return nil
}

// Spending is what expected traffic costs with one model.
type Spending struct {
	Model pricing.ModelRef
	Name  string // as it was asked for
	// Priced: the book has a price; without it all amounts mean nothing, and
	// Candidates are the nearest names.
	Priced     bool
	Candidates []string
	Currency   string
	Session    Cost         // one session
	Month      Cost         // all users
	Year       Cost         // twelve months with the growth
	LastMonth  Cost         // the twelfth
	Tokens     usage.Tokens // of one session, in the middle of the band
	Method     string       // how tokens follow from words
	Window     int64        // of the model, 0 if it is not known
	// Overflow is the message from which on a session no longer fits into the
	// window, 0 if all do; LongFrom is the one from which on a higher price for
	// long contexts applies.
	Overflow, LongFrom int64
	// CachedFrom is the message from which on a cache serves anything, 0 if none;
	// prompts of less than LeastCached tokens are not kept.
	CachedFrom, LeastCached int64
	Flags                   pricing.Flags
	Shutdown                time.Time // announced end of the model
}

// Cost is an amount with its band.
type Cost struct{ Low, Base, High money.Amount }

func (c Cost) each(f func(money.Amount) money.Amount) Cost {
	return Cost{f(c.Low), f(c.Base), f(c.High)}
}

// Estimate works out what the traffic costs with a model, at the prices of an
// instant. The name may have a provider in front ("azure/gpt-5").
func (t *Traffic) Estimate(book *pricing.Book, name string, at time.Time) Spending {
	ref, out := trafficModel(book, name, at)
	out.Name, out.Model = name, ref
	if !out.Priced {
		return out
	}
	method := tokenizer.For(ref.Provider, ref.Model)
	ratio := method.Family.Ratios(tokenizer.English)
	if method.Exact {
		ratio = tokenizer.Ratio{Low: 1000, Point: 1000, High: 1000}
	}
	out.Method = fmt.Sprintf("%d words are 1,000 tokens ±%s; %s", t.perThousand(), t.spread().Percent(), method)
	if listing, ok := book.Listing(ref.Provider, ref.Model, at); ok {
		out.Window = listing.Row.Window
	}
	if life, ok := book.Lifecycle(ref.Provider, ref.Model); ok {
		out.Shutdown = life.Shutdown
	}
	sides := [variants]side{
		lowest:  {Whole - t.spread(), ratio.Low, func(w Words) int64 { return w.Low }},
		likely:  {Whole, ratio.Point, func(w Words) int64 { return w.Base }},
		highest: {Whole + t.spread(), ratio.High, func(w Words) int64 { return w.High }},
	}
	var session [variants]money.Amount
	var tokens [variants]usage.Tokens
	for i, s := range sides {
		session[i], tokens[i] = t.session(book, at, &out, s, i)
	}
	out.Session = Cost{session[lowest], session[likely], session[highest]}
	out.Tokens = tokens[likely]
	num, den := t.Sessions.perMonth()
	out.Month = out.Session.each(func(a money.Amount) money.Amount {
		return scaleAmount(money.NewRate(a).Times(t.Users), num, den)
	})
	out.Year, out.LastMonth = t.year(out.Month)
	return out
}

// trafficModel finds a model by a name that may begin with a provider.
func trafficModel(book *pricing.Book, name string, at time.Time) (pricing.ModelRef, Spending) {
	r := book.Resolve("", name, at)
	if provider, model, ok := strings.Cut(name, "/"); ok && r.Priced == pricing.PricedNo {
		if p, known := book.ProviderName(provider); known {
			r = book.Resolve(p, model, at)
		}
	}
	out := Spending{Candidates: r.Candidates, Flags: r.Flags}
	switch {
	case r.Free, r.Priced == pricing.PricedNo:
		return pricing.ModelRef{Model: name}, out
	case r.Priced == pricing.PricedAs && r.Provider == "":
		r.Provider = r.As
	}
	out.Priced = true
	return pricing.ModelRef{Provider: r.Provider, Model: r.Model}, out
}

func (t *Traffic) perThousand() int64 { return cmp.Or(t.WordsPer1000, wordsRule) }

func (t *Traffic) spread() Ratio {
	switch {
	case t.Spread < 0:
		return 0
	case t.Spread == 0:
		return Whole / 10
	}
	return t.Spread
}

// side is one end of the band, or its middle.
type side struct {
	spread Ratio
	ratio  int64 // tokens per 1,000 of o200k_base
	of     func(Words) int64
}

// tokens turns words into tokens, rounded up: a part of a token is a token.
func (t *Traffic) tokens(w Words, s side) int64 {
	num := s.of(w) * int64(s.spread) * s.ratio // at most 10^6 × 1.5·10^6 × a few thousand
	den := t.perThousand() * int64(Whole)
	return (num + den - 1) / den
}
