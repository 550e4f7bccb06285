package report

import (
	"time"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/tokenizer"
)

// Prompt is a request before it is sent, as far as its tokens go. It holds
// measurements, never the text.
type Prompt struct {
	Text   Measured
	Images []tokenizer.Image
	Chat   tokenizer.Chat // roles and tools around the text; zero for bare text
}

// Measured is what the tokens of a text are worked out from. It adds up over the
// parts of a text that was cut at safe places ([tokenizer.Safe]), and over texts
// that are sent side by side.
type Measured struct {
	Bytes   int64
	Invalid int64 // bytes that are not part of valid UTF-8
	// Counts are exact tokens by the name of the encoding, as
	// [Estimator.Encodings] spells it. That of o200k_base may be left out: the
	// profile has it.
	Counts  map[string]int64
	Profile tokenizer.Profile
	// Forced counts the places of a stream that were cut inside a piece, which
	// may change a count by a token or two; see [tokenizer.Tally].
	Forced int
}

// Add returns the measurements of both texts. An encoding that one of them lacks
// is left out.
func (m Measured) Add(n Measured) Measured {
	out := Measured{Bytes: m.Bytes + n.Bytes, Invalid: m.Invalid + n.Invalid, Profile: m.Profile.Add(n.Profile), Forced: m.Forced + n.Forced}
	out.Counts = make(map[string]int64, len(m.Counts))
	for name, a := range m.Counts {
		if b, ok := n.Counts[name]; ok || n.Bytes == 0 {
			out.Counts[name] = a + b
		}
	}
	if m.Bytes == 0 {
		for name, b := range n.Counts {
			out.Counts[name] = b + m.Counts[name]
		}
	}
	return out
}

// EstimateQuery asks what a prompt costs.
type EstimateQuery struct {
	Prompt  Prompt
	Output  ExpectedOutput
	Traffic Traffic
	// Baseline is the model that the others are compared with; the zero ref
	// compares nothing. It is a model of the rows.
	Baseline pricing.ModelRef
	// Counted are exact counts of the whole prompt that a provider made, by
	// model. They replace what would be worked out here.
	Counted map[pricing.ModelRef]int64
}

// ExpectedOutput is how many tokens an answer has: a number, or what those to the
// user's own requests had.
type ExpectedOutput struct {
	Tokens int64
	// Share asks for the user's history instead: the length that this many
	// percent of the answers did not exceed, 50 or 90. 0 is Tokens. Models that
	// stand beside each other get one length, of the answers of all models: else a
	// model that was asked for short answers would look cheap. A model alone gets
	// its own.
	Share int
	// Each gives every model its own length of Share: what is going to be spent if
	// each goes on answering what it was asked, which compares no prices.
	Each bool
}

// Traffic is how many calls are made: Calls in Days days. The zero value is not
// known.
type Traffic struct{ Calls, Days int64 }

// Known reports whether there is any traffic to multiply by.
func (t Traffic) Known() bool { return t.Calls > 0 && t.Days > 0 }

// CostRange is an amount with its bounds. They are equal where tokens and price
// are certain.
type CostRange struct{ Low, Point, High money.Amount }

// Exact reports whether the amount is certain.
func (c CostRange) Exact() bool { return c.Low == c.High }

// scale returns the range × num/den, rounded half to even at 1e-18.
func (c CostRange) scale(num, den int64) CostRange {
	f := func(a money.Amount) money.Amount { return money.NewRate(a).Scale(num, den).Amount() }
	return CostRange{f(c.Low), f(c.Point), f(c.High)}
}

// OptionalCost is a cost that may not exist: a model that is not sold in batches
// has no batch price.
type OptionalCost struct {
	CostRange
	Known bool
}

// Fit says whether a request fits a model's limits.
type Fit uint8

// The answers.
const (
	FitUnknown Fit = iota // the book does not know the limits
	Fits
	MayFit // the low end of the tokens fits, the high end does not
	TooLong
)

func (f Fit) String() string { return [...]string{"unknown", "yes", "maybe", "no"}[f] }

// Estimated is what a prompt costs on one model. Amounts are per call unless they
// say otherwise, in Currency.
type Estimated struct {
	pricing.ModelRef        // of the book; for an unpriced model as asked for
	Asked            string // the name that was asked for, "" if the model was not

	// Tokens of the input, with how they were found. Without Counted they are not
	// known, and neither is any amount; Why says what is missing.
	Tokens  tokenizer.Estimate
	Counted bool
	Why     string

	// Output is how many tokens the answer is taken to have, and OutputBasis why.
	// A model that gives no text is Mute and has 0.
	Output      int64
	OutputBasis string
	Mute        bool

	// Priced: the amounts below are known. Free use is priced. An unpriced model
	// has the nearest names of the book as Candidates.
	Priced     bool
	Candidates []string
	Currency   string
	// Input and OutputCost add up to Total.
	Input, OutputCost, Total CostRange
	// Cached is Total where all of the input is served by the provider's cache,
	// as it is for what was sent a moment ago; CacheFill is the call that puts it
	// there, where that has a price of its own. Providers do not cache short
	// prompts, most of them none under 1,024 tokens.
	Cached, CacheFill OptionalCost
	Batch             OptionalCost // Total in the batch tier
	// PerDay and PerMonth are Total × traffic. A month is 365/12 days, so twelve
	// of them are a year; it is rounded half to even at 1e-18.
	PerDay, PerMonth OptionalCost

	Fit Fit
	// Over is how many tokens too long the high end is, if Fit is MayFit or TooLong.
	Over              int64
	Window, MaxOutput int64 // of the model; 0 is not known

	// LongOver is the context threshold whose price applies to the high end of
	// the tokens; 0 if the base price does. LongLow: to the low end too.
	LongOver int64
	LongLow  bool

	// Difference is Total less that of the baseline, known where both are priced
	// in one currency; its bounds are the furthest that the two can lie apart.
	// PerMille is Difference's point in thousandths of the baseline's, if that is
	// not zero and both have answers of one length.
	Baseline   bool // this is the baseline
	Difference OptionalCost
	PerMille   int64
	Relative   bool // PerMille is known

	Row      pricing.Row // the base price; zero if there is none
	Life     pricing.LifeStatus
	HasLife  bool      // Life is known
	Shutdown time.Time // the announced end; zero if none
	// Changes is when the price changes next, as far as is known; zero if no
	// change is.
	Changes time.Time
	Flags   pricing.Flags
	// Requests is how many calls of the user's own are known.
	Requests int64
}
