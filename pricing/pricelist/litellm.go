package pricelist

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tokpit/money"
	"tokpit/pricing"
)

// json tells the JSON formats apart: LiteLLM's is a map of models, genai-prices'
// a list of providers.
func (p *parser) json(data []byte) error {
	if data[0] == '[' {
		return p.genAI(data)
	}
	var top map[string]json.RawMessage
	if err := json.Unmarshal(data, &top); err != nil {
		return fmt.Errorf("read JSON: %w", err)
	}
	if list, ok := top["providers"]; ok && bytes.HasPrefix(list, []byte("[")) {
		return p.genAI(list)
	}
	return p.liteLLM(top)
}

// condition is what a row is limited to.
type condition struct {
	tier string
	over int64
}

// entry is what a list says of one model: rates by condition.
type entry struct {
	rates map[condition]*pricing.Rates
	err   error
}

func (e *entry) set(c condition, class pricing.Class, r money.Rate) {
	if e.rates == nil {
		e.rates = map[condition]*pricing.Rates{}
	}
	if e.rates[c] == nil {
		e.rates[c] = &pricing.Rates{}
	}
	e.rates[c].Set(class, r)
}

// liteLLM reads LiteLLM's map from model to properties. Three keys are no
// models.
func (p *parser) liteLLM(top map[string]json.RawMessage) error {
	p.list.Kind = LiteLLM
	known := false
	for _, key := range slices.Sorted(maps.Keys(top)) {
		switch key {
		case "sample_spec", "fallback_generalizations", "last_updated":
			known = true
			continue
		}
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(top[key], &fields); err != nil || fields == nil {
			p.problem(short(key), "not an object")
			continue
		}
		if _, ok := fields["litellm_provider"]; ok {
			known = true
		}
		p.liteLLMModel(key, fields)
	}
	if !known {
		return errors.New("JSON of no known shape: no entry has a litellm_provider")
	}
	return nil
}

func (p *parser) liteLLMModel(key string, fields map[string]json.RawMessage) {
	provider := text(fields["litellm_provider"])
	if provider == "" {
		p.problem(short(key), "litellm_provider: missing")
		return
	}
	switch mode := text(fields["mode"]); mode {
	case "", "chat", "completion", "responses", "embedding", "rerank", "moderation":
	default:
		p.ignored["models for "+strings.ReplaceAll(short(mode), "_", " ")]++
		return
	}
	if special(key) {
		p.ignored["audio and realtime models"]++
		return
	}
	var e entry
	for _, f := range slices.Sorted(maps.Keys(fields)) {
		p.liteLLMField(&e, f, fields[f])
	}
	if e.err != nil {
		p.problem(short(key), "%v", e.err)
		return
	}
	m := Model{Provider: provider, Name: key}
	if text(fields["mode"]) == "embedding" || text(fields["mode"]) == "rerank" {
		e.dropOutput()
	}
	m.Rows, m.Doubt = e.rows()
	if len(m.Rows) == 0 {
		p.ignored["models without a price per token"]++
		return
	}
	m.Rows[0].Window, m.Rows[0].MaxOutput = tokens(fields["max_input_tokens"]), tokens(fields["max_output_tokens"])
	p.add(m)
}

// special reports whether a model's tokens are mostly sound, which has other
// prices than its text.
func special(name string) bool {
	for _, word := range []string{"audio", "realtime", "-tts", "whisper", "transcribe", "-live-"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// liteLLMField reads one property.
func (p *parser) liteLLMField(e *entry, field string, value json.RawMessage) {
	class, c, ok := liteLLMClass(field)
	switch {
	case field == "tiered_pricing":
		p.tieredPricing(e, value)
		return
	case !ok && strings.Contains(field, "cost"):
		p.ignored[short(field)]++
		return
	case !ok || string(value) == "null":
		return
	}
	rate, err := perMillion(number(value), 6)
	if err != nil {
		e.fail(field, err)
		return
	}
	if class == pricing.CacheRead && field == "input_cost_per_token_cache_hit" && e.has(c, class) {
		return // DeepSeek's old name for the same
	}
	if rate.IsZero() && class != pricing.Input && class != pricing.Output {
		p.ignored["cache prices of zero"]++ // written where there is none
		return
	}
	e.set(c, class, rate)
}

func (e *entry) fail(field string, err error) {
	if e.err == nil {
		e.err = fmt.Errorf("%s: %w", short(field), err)
	}
}

func (e *entry) has(c condition, class pricing.Class) bool {
	return e.rates[c] != nil && e.rates[c].Known.Has(class)
}

// dropOutput forgets output prices of zero: such models have no output.
func (e *entry) dropOutput() {
	for _, r := range e.rates {
		if r.Output.IsZero() {
			r.Known &^= 1 << pricing.Output
		}
	}
}

// liteLLMClass reads a field's name: a class, then in any order the limits
// "_above_200k_tokens", "_above_1hr", "_priority", "_flex", "_batches".
func liteLLMClass(field string) (class pricing.Class, c condition, ok bool) {
	c.tier = pricing.Standard
	if field == "input_cost_per_token_cache_hit" {
		return pricing.CacheRead, c, true
	}
	rest := ""
	for _, s := range []struct {
		prefix string
		class  pricing.Class
	}{
		{"input_cost_per_token", pricing.Input}, {"output_cost_per_token", pricing.Output},
		{"cache_read_input_token_cost", pricing.CacheRead}, {"cache_creation_input_token_cost", pricing.CacheWrite5m},
	} {
		if rest, ok = strings.CutPrefix(field, s.prefix); ok {
			class = s.class
			break
		}
	}
	if !ok {
		return 0, c, false
	}
	for rest != "" {
		var found bool
		if rest, found = liteLLMLimit(rest, &class, &c); !found {
			return 0, c, false
		}
	}
	return class, c, true
}

func liteLLMLimit(rest string, class *pricing.Class, c *condition) (string, bool) {
	for suffix, tier := range map[string]string{"_priority": "priority", "_flex": "flex", "_batches": "batch"} {
		if after, ok := strings.CutPrefix(rest, suffix); ok && c.tier == pricing.Standard {
			c.tier = tier
			return after, true
		}
	}
	if after, ok := strings.CutPrefix(rest, "_above_1hr"); ok && *class == pricing.CacheWrite5m {
		*class = pricing.CacheWrite1h
		return after, true
	}
	if after, ok := strings.CutPrefix(rest, "_above_"); ok && c.over == 0 {
		size, after, ok := strings.Cut(after, "k_tokens")
		n, err := strconv.ParseInt(size, 10, 32)
		c.over = n * 1000
		return after, ok && err == nil && n > 0
	}
	return rest, false
}

// tieredPricing reads [{"range": [lo, hi], "input_cost_per_token": …}, …].
func (p *parser) tieredPricing(e *entry, value json.RawMessage) {
	var tiers []map[string]json.RawMessage
	if err := json.Unmarshal(value, &tiers); err != nil || len(tiers) > 20 {
		e.fail("tiered_pricing", errors.New("not a short list of objects"))
		return
	}
	for _, t := range tiers {
		var limits []json.Number
		if err := json.Unmarshal(t["range"], &limits); err != nil || len(limits) == 0 {
			e.fail("tiered_pricing", errors.New("a tier has no range"))
			return
		}
		over, err := strconv.ParseInt(strings.TrimSuffix(limits[0].String(), ".0"), 10, 64)
		if err != nil || over < 0 {
			e.fail("tiered_pricing", fmt.Errorf("not a number of tokens: %.40q", limits[0].String()))
			return
		}
		for field, v := range t {
			class, c, ok := liteLLMClass(field)
			if !ok || c.over != 0 || string(v) == "null" {
				continue
			}
			c.over = over
			rate, err := perMillion(number(v), 6)
			if err != nil {
				e.fail("tiered_pricing."+field, err)
				return
			}
			if !rate.IsZero() || class == pricing.Input || class == pricing.Output {
				e.set(c, class, rate)
			}
		}
	}
}

// rows returns the entry's rows, the base row first, and what is doubtful.
func (e *entry) rows() (rows []pricing.Row, doubt string) {
	base := condition{tier: pricing.Standard}
	if !e.has(base, pricing.Input) {
		if len(e.rates) > 0 {
			return e.partial(), "there is no input price"
		}
		return nil, ""
	}
	for c, r := range e.rates {
		if !r.Known.Has(pricing.Input) || r.Known.Has(pricing.Output) != e.rates[base].Known.Has(pricing.Output) {
			doubt = "the price for " + describe(c) + " is incomplete"
			if !r.Known.Has(pricing.Input) {
				continue
			}
		}
		rows = append(rows, pricing.Row{Tier: c.tier, Context: pricing.Context{Over: c.over}, Rates: *r, Currency: "USD"})
	}
	slices.SortFunc(rows, func(a, b pricing.Row) int {
		if a.Base() != b.Base() {
			return map[bool]int{true: -1, false: 1}[a.Base()]
		}
		return strings.Compare(describe(condition{a.Tier, a.Context.Over}), describe(condition{b.Tier, b.Context.Over}))
	})
	return rows, doubt
}

// partial keeps what is there of an entry that cannot be priced, to be shown.
func (e *entry) partial() []pricing.Row {
	for _, r := range e.rates {
		return []pricing.Row{{Tier: pricing.Standard, Rates: *r, Currency: "USD"}}
	}
	return nil
}

func describe(c condition) string {
	if c.over == 0 {
		return c.tier
	}
	return fmt.Sprintf("%s over %d tokens", c.tier, c.over)
}

// text is a JSON string's value, or "".
func text(v json.RawMessage) string {
	var s string
	if json.Unmarshal(v, &s) != nil {
		return ""
	}
	return s
}

// number is a JSON number's text. Some lists quote theirs.
func number(v json.RawMessage) string {
	if s := text(v); s != "" {
		return strings.TrimSpace(s)
	}
	return string(v)
}

// tokens is a number of tokens, or 0.
func tokens(v json.RawMessage) int64 {
	n, err := strconv.ParseInt(strings.TrimSuffix(number(v), ".0"), 10, 64)
	if err != nil || n < 0 || n > 1e12 {
		return 0
	}
	return n
}

// short makes foreign text fit for a message.
func short(s string) string {
	s = strings.Map(func(r rune) rune {
		if unprintable(r) && r != ' ' {
			return '?'
		}
		return r
	}, s)
	if len(s) > 80 {
		s = s[:80] + "…"
	}
	return strings.ToValidUTF8(s, "?")
}
