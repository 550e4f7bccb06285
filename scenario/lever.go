package scenario

import (
	"time"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/pricing"
)

// Kind says what a lever changes.
type Kind string

// The kinds, in the order in which they apply.
const (
	// Growth multiplies all traffic by By.
	Growth Kind = "growth"
	// Choices asks for N completions of every request (n, best_of): outputs are
	// generated N times, the prompt is read once.
	Choices Kind = "choices"

	// Swap sends Share of the usage of From to To. An empty From is every model.
	// Several swaps look at the original models, at once.
	Swap Kind = "swap"
	// FineTune is a swap to a tuned To: its rates are multiplied by By, Saved is
	// the part of the input that the tuned model does not need to be told, and
	// Training is paid once.
	FineTune Kind = "fine-tune"

	// Prompt multiplies input by By: what no cache serves or stores, and with All
	// that too.
	Prompt Kind = "input"

	// Output multiplies output by By, thinking included.
	Output Kind = "output"
	// OutputCap is a max_tokens of N for every request.
	OutputCap Kind = "output-cap"
	// Effort multiplies the tokens spent thinking by By.
	Effort Kind = "effort"

	// CacheHit raises the share of input that a cache serves to By, where it is
	// lower and a cache is possible.
	CacheHit Kind = "cache-hit"

	// Tier moves Share of the usage to the service tier Tier.
	Tier Kind = "tier"

	// Price gives From other prices: Rates for the classes it has, and everything
	// times By. An empty From is every model.
	Price Kind = "price"
	// PricesAt prices everything as of the instant At.
	PricesAt Kind = "prices-at"
)

// Kinds lists the kinds in the order in which they apply.
func Kinds() []Kind {
	return []Kind{Growth, Choices, Swap, FineTune, Prompt, Output, OutputCap, Effort, CacheHit, Tier, Price, PricesAt}
}

// Lever is one change. It is a value; the fields that its kind does not name are
// zero. Make one with the functions below, or with [ParseLever].
type Lever struct {
	Kind Kind
	// Scope limits the lever to part of the usage, by its original dimensions.
	Scope budget.Scope

	From, To pricing.ModelRef // of swap, fine-tune, price; an empty provider is any
	Share    Ratio            // of swap, fine-tune and tier: how much of the usage
	By       Range            // the factor, or for cache-hit the target
	N        int64            // completions, or max_tokens

	All bool // input: also what a cache serves and stores

	Training money.Amount // fine-tune, in the currency of the usage
	Saved    Ratio        // fine-tune: share of the input that is no longer sent

	// TTL is how long cache entries live, "5m" (the default) or "1h".
	TTL string
	// Reuse is how often an entry is read for each time it is written, in
	// millionths. Zero takes it from the usage, where it says so.
	Reuse Ratio

	Tier string // "batch", "flex", "priority", "standard"
	// Interactive moves usage of people who wait for answers too, which a batch
	// does not serve.
	Interactive bool

	Rates pricing.Rates
	At    time.Time
}

// NewSwap sends a share of a model's usage to another.
func NewSwap(from, to pricing.ModelRef, share Ratio) Lever {
	return Lever{Kind: Swap, From: from, To: to, Share: share}
}

// NewFactor is a growth, input, output or effort lever.
func NewFactor(k Kind, by Range) Lever { return Lever{Kind: k, By: by} }

// NewCacheHit raises the cache hit rate to a target.
func NewCacheHit(target Range) Lever { return Lever{Kind: CacheHit, By: target} }

// NewTier moves a share of the usage to a service tier.
func NewTier(tier string, share Ratio) Lever { return Lever{Kind: Tier, Tier: tier, Share: share} }

// Fine reports whether only session-level cells can say what is in the lever's
// scope.
func (l *Lever) Fine() bool {
	for d := range l.Scope {
		if d.Fine() {
			return true
		}
	}
	return false
}

// MovesRequests reports whether what a lever does depends on how long single
// requests are: on what a cap cuts off, or on which side of a threshold of prices,
// caches and context windows they come to lie. It is exact where records tell.
func (l *Lever) MovesRequests() bool {
	switch l.Kind {
	case OutputCap, Swap, FineTune, Prompt, CacheHit:
		return true
	}
	return false
}

// Stage is the place of the kind in the fixed order, from 0; -1 is no kind.
func (k Kind) Stage() int {
	switch k {
	case Growth, Choices:
		return 0
	case Swap, FineTune:
		return 1
	case Prompt:
		return 2
	case Output, OutputCap, Effort:
		return 3
	case CacheHit:
		return 4
	case Tier:
		return 5
	case Price, PricesAt:
		return 6
	}
	return -1
}
