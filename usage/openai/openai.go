// Package openai reads what an organization used and was charged from OpenAI's
// admin API: the usage endpoints, the costs, the directory of projects, users
// and keys, and the limits that are set there.
//
// # Endpoints
//
// Each endpoint is a kind: completions, embeddings, images, …, costs. A kind is
// asked for in windows of whole UTC days, grouped by everything it can be grouped
// by, and each of its buckets becomes a [usage.Slice] that replaces what was known
// of it. Usage is Reported; costs are Billed: money by line item, without tokens.
//
// Figures arrive late and are revised, so every pull reads the last days again,
// and once a day the last month (see the trailing constants): OpenAI attributes a
// batch within a day of its end, and corrects costs until the month is invoiced.
// A kind remembers which days it has read. A pull that ends anywhere has emitted
// whole windows, or parts of one that will be read again.
//
// A kind that an organization does not have (404) or may not read (403) is left
// out with a note; a kind that fails leaves the others standing. Completions are
// read last, and what they cover counts as covered.
//
// # Tokens
//
// OpenAI counts cached and cache-write tokens inside input_tokens, and says what
// is left as input_uncached_tokens. The classes are kept apart; if they do not add
// up to input_tokens the record is kept as it was reported, and flagged. Writes
// that live for 12 hours are the dear kind ([usage.Tokens].CacheWrite1h), all others the plain
// one, which is how the price book has them. Image input is billed as input by
// every model that reads text too and stays there; audio, and images that a model
// makes, have prices of their own, so they are quantities: audio_input,
// audio_cache_read, audio_output and image_output, in tokens.
//
// Requests and answers are written down here and not taken from OpenAI's SDK: it
// registers every type of the whole API when a program starts, which more than
// doubles the program, and reads amounts as floats, while here numbers may come as
// strings and amounts stay exact. The tests ask the SDK the same questions and
// compare what both send and read.
package openai

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/time/rate"

	"tokpit/usage"
	"tokpit/usage/internal/buckets"
)

// Type is the source of all records that this package makes, and the provider.
const Type = "openai"

// DefaultBaseURL is where OpenAI's API is.
const DefaultBaseURL = "https://api.openai.com/v1"

// Grains are the bucket widths that usage can be read in. The first is used
// where none is given: days of every zone can be built from hours.
func Grains() []string { return []string{"1h", "1d", "1m"} }

// Options of a source.
type Options struct {
	Name    string // of the connection
	Account string // whose usage it is; Name if empty
	BaseURL string // DefaultBaseURL if empty
	Grain   string // 1d, 1h or 1m; see Grains
	// Since is the first day to read; 60 days ago if zero. An earlier one than
	// before is read in addition, a later one changes nothing.
	Since time.Time
	// Before lists the kinds of buckets that the store has from an earlier
	// connection of this name, whose cursors are gone.
	Before []string
	// Key returns the admin key. It is asked for once per pull.
	Key func(context.Context) (string, error)
	Now func() time.Time // time.Now if nil
	// Progress is told how many windows have been read, of how many.
	Progress func(done, total int64)
	// OnWait is told before every wait that a failing request causes.
	OnWait    func(err error, wait time.Duration)
	UserAgent string
	// Rate limits requests per second; 8 if zero.
	Rate rate.Limit
	// Sleep and Transport replace the real ones in tests.
	Sleep     func(context.Context, time.Duration) error
	Transport http.RoundTripper
}

// Source reads one organization. It implements [usage.Source].
type Source struct {
	opt      Options
	patience time.Duration // of Test
}

// New returns a source; it asks nothing yet.
func New(opt Options) (*Source, error) {
	if opt.Name == "" {
		return nil, errors.New("openai: a source needs a name")
	}
	if opt.Key == nil {
		return nil, errors.New("openai: a source needs a key")
	}
	if opt.Account == "" {
		opt.Account = opt.Name
	}
	if opt.BaseURL == "" {
		opt.BaseURL = DefaultBaseURL
	}
	if opt.Grain == "" {
		opt.Grain = Grains()[0]
	}
	if _, ok := buckets.Grain(opt.Grain); !ok {
		return nil, fmt.Errorf("openai: grain %.20q is none of 1d, 1h, 1m", opt.Grain)
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Rate == 0 {
		opt.Rate = 8
	}
	return &Source{opt, testPatience}, nil
}

// Name returns the connection's name.
func (s *Source) Name() string { return s.opt.Name }

// since returns the first day to read.
func (s *Source) since(now time.Time) time.Time {
	if s.opt.Since.IsZero() {
		return now.AddDate(0, 0, -60)
	}
	return s.opt.Since
}

var _ usage.Source = (*Source)(nil)
