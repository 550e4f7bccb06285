package openai

import (
	"errors"
	"fmt"
	"strings"

	"tokpit/money"
	"tokpit/usage"
	"tokpit/usage/internal/buckets"
	"tokpit/usage/internal/pull"
)

// Meters of what is not counted in the classes of tokens. Those that the price
// book has are named as it names them.
const (
	meterAudioInput     = "audio_input"      // tokens
	meterAudioCacheRead = "audio_cache_read" // tokens
	meterAudioOutput    = "audio_output"     // tokens
	meterImageOutput    = "image_output"     // tokens
	meterImages         = "images"
	meterCharacters     = "characters"    // read aloud
	meterSeconds        = "audio_seconds" // transcribed
	meterStorage        = "vector_store_kib_days"
	meterSessions       = "code_interpreter_sessions"
	meterFileSearch     = "file_search" // calls
	meterWebSearch      = "web_search"  // calls
)

// counts reads the whole numbers of a row and remembers the first that is none.
type counts struct{ err error }

// of returns a count of 0 or more.
func (c *counts) of(name string, n pull.Number) int64 {
	v, err := n.Int()
	switch {
	case err != nil:
		c.fail(fmt.Errorf("%s: %w", name, err))
	case v < 0:
		c.fail(fmt.Errorf("%s is negative", name))
	case v > usage.MaxTokens*1024:
		c.fail(fmt.Errorf("%s is implausible: %d", name, v))
	default:
		return v
	}
	return 0
}

func (c *counts) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// requests returns how many responses a row stands for, or Absent.
func (c *counts) requests(r *row) int64 {
	if !r.Requests.Given() {
		return usage.Absent
	}
	return c.of("num_model_requests", r.Requests)
}

// dims returns what every usage row belongs to.
func (r *row) dims() usage.Dims {
	return usage.Dims{Project: r.ProjectID.String(), User: r.UserID.String(), Key: r.APIKeyID.String(), Model: r.Model.String()}
}

// tier returns the service tier: a batch is one whatever else it says.
func (r *row) tier() string {
	if r.Batch == "true" {
		return "batch"
	}
	if t := r.ServiceTier.String(); t != "default" && t != "standard" {
		return t
	}
	return ""
}

// tags builds tags of what is there.
func tags(pairs ...string) usage.Tags {
	m := make(map[string]string)
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			m[pairs[i]] = pairs[i+1]
		}
	}
	return usage.NewTags(m)
}

// completions reads a row of the kinds that use models with tokens.
func completions(r *row) (usage.Record, error) {
	var c counts
	out := usage.Record{Dims: r.dims(), Requests: c.requests(r)}
	out.Tier = r.tier()
	input, cached, audio, cachedAudio := c.of("input_tokens", r.Input), c.of("input_cached_tokens", r.Cached),
		c.of("input_audio_tokens", r.Audio), c.of("input_cached_audio_tokens", r.CachedAudio)
	write, short, long := c.of("input_cache_write_tokens", r.Write), c.of("input_cache_write_30m_tokens", r.Write30m), c.of("input_cache_write_12h_tokens", r.Write12h)
	uncached := c.of("input_uncached_tokens", r.Uncached)
	spoken, painted := c.of("output_audio_tokens", r.OutputAudio), c.of("output_image_tokens", r.OutputImage)
	mismatch := false
	// less returns a - b, and notes if there is nothing to take b from.
	less := func(a, b int64) int64 {
		if a < b {
			mismatch = true
			return 0
		}
		return a - b
	}
	if !r.Write.Given() {
		write = short + long
	}
	// The older field stands for both kinds of write, and may be alone.
	mismatch = mismatch || r.Write30m.Given() && r.Write12h.Given() && write != short+long
	switch {
	case !r.Uncached.Given():
		uncached = less(input, cached+write)
	case r.Input.Given():
		mismatch = mismatch || input != cached+write+uncached
	}
	out.Tokens = usage.Tokens{Input: less(uncached, audio), CacheRead: less(cached, cachedAudio),
		CacheWrite5m: less(write, long), CacheWrite1h: long, Output: less(c.of("output_tokens", r.Output), spoken+painted)}
	out.Quantities = buckets.Quantities(usage.Quantity{Meter: meterAudioInput, N: audio}, usage.Quantity{Meter: meterAudioCacheRead, N: cachedAudio},
		usage.Quantity{Meter: meterAudioOutput, N: spoken}, usage.Quantity{Meter: meterImageOutput, N: painted})
	if mismatch {
		out.Flags |= usage.FlagTotalMismatch
	}
	return out, c.err
}

// tokensIn reads a row of the kinds that only read.
func tokensIn(r *row) (usage.Record, error) {
	var c counts
	return usage.Record{Dims: r.dims(), Requests: c.requests(r), Tokens: usage.Tokens{Input: c.of("input_tokens", r.Input)}}, c.err
}

func images(r *row) (usage.Record, error) {
	var c counts
	out := usage.Record{Dims: r.dims(), Requests: c.requests(r), Quantities: buckets.Quantities(usage.Quantity{Meter: meterImages, N: c.of("images", r.Images)})}
	out.Tags = tags("image_size", r.Size.String(), "image_source", r.Source.String())
	return out, c.err
}

func speeches(r *row) (usage.Record, error) {
	var c counts
	return usage.Record{Dims: r.dims(), Requests: c.requests(r), Quantities: buckets.Quantities(usage.Quantity{Meter: meterCharacters, N: c.of("characters", r.Characters)})}, c.err
}

func transcriptions(r *row) (usage.Record, error) {
	var c counts
	return usage.Record{Dims: r.dims(), Requests: c.requests(r), Quantities: buckets.Quantities(usage.Quantity{Meter: meterSeconds, N: c.of("seconds", r.Seconds)})}, c.err
}

// storage reads how much a project stored on a day. It is a level, not a flow:
// a day of it is counted in KiB days, a begun KiB as one.
func storage(r *row) (usage.Record, error) {
	var c counts
	n := (c.of("usage_bytes", r.Bytes) + 1023) / 1024
	return usage.Record{Dims: r.dims(), Quantities: buckets.Quantities(usage.Quantity{Meter: meterStorage, N: n})}, c.err
}

// The rows of tools count calls. The responses that made them are counted by
// completions, so these stand for none.
func tool(meter, name string, field func(*row) pull.Number) func(*row) (usage.Record, error) {
	return func(r *row) (usage.Record, error) {
		var c counts
		out := usage.Record{Dims: r.dims(), Quantities: buckets.Quantities(usage.Quantity{Meter: meter, N: c.of(name, field(r))})}
		out.Tags = tags("context_level", r.ContextLevel.String(), "vector_store", r.VectorStoreID.String())
		return out, c.err
	}
}

var (
	errNoAmount   = errors.New("no amount")
	errNoCurrency = errors.New("no currency")
)

// costs reads a line of the bill. Amounts are in whole units of the currency.
func costs(r *row) (usage.Record, error) {
	out := usage.Record{Requests: usage.Absent, Dims: usage.Dims{Project: r.ProjectID.String(), Key: r.APIKeyID.String(), User: r.UserID.String()}}
	out.Tags = tags(string(usage.ByLineItem), r.LineItem.String())
	if !r.Amount.Value.Given() {
		return out, errNoAmount
	}
	amount, err := r.Amount.Value.Amount()
	if err != nil {
		return out, fmt.Errorf("amount: %w", err)
	}
	out.Reported, out.Currency = amount, strings.ToUpper(r.Amount.Currency.String())
	if out.Currency == "" {
		return out, errNoCurrency
	}
	out.Quantities = billed(r)
	return out, nil
}

// billed returns how much of something a line of the bill is about, in a unit
// that is fine enough for whole numbers; "" units and corrections have none. It
// is there to be looked at, so what is finer still is rounded half up.
func billed(r *row) []usage.Quantity {
	unit, ok := map[string]struct {
		meter string
		times int64
	}{
		"tokens": {"billed_tokens", 1}, "1000_tokens": {"billed_tokens", 1000},
		"duration_seconds": {"billed_seconds", 1}, "duration_minutes": {"billed_seconds", 60}, "duration_hours": {"billed_seconds", 3600},
		"gibibyte_hours": {"billed_mib_hours", 1024}, "images": {"billed_images", 1}, "characters": {"billed_characters", 1},
	}[r.QuantityUnit.String()]
	n, err := r.Quantity.Amount()
	if !ok || err != nil || n.Sign() < 0 || n.Cmp(money.FromUnits(usage.MaxTokens/unit.times)) > 0 {
		return nil
	}
	half, _ := money.Parse("0.5")
	whole, err := pull.Number(floor(money.NewRate(n).Times(unit.times).Add(half))).Int()
	if err != nil {
		return nil
	}
	return buckets.Quantities(usage.Quantity{Meter: unit.meter, N: whole})
}

// floor returns the whole part of a positive amount.
func floor(a money.Amount) string {
	whole, _, _ := strings.Cut(a.String(), ".")
	return whole
}
