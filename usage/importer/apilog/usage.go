package apilog

import (
	"tokpit/money"
	"tokpit/usage"
	"tokpit/usage/internal/agentlog"
	"tokpit/usage/internal/buckets"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/jsonscan"
)

// shape is a way to count.
type shape uint8

const (
	unknown   shape = iota
	chat            // prompt_tokens
	responses       // input_tokens, cached ones among them
	anthropic       // input_tokens, cached ones beside them
	gemini          // usageMetadata
	converse        // inputTokens
)

// counts is what one usage object says, as it says it. A field that is not there,
// or null, is below zero.
type counts struct {
	told  bool // there was an object
	shape shape

	prompt, completion, total       int64 // and what else has their meaning
	cached, write, write5m, write1h int64
	reasoning, tools                int64
	audioIn, audioOut, searches     int64
	beside                          bool // a name that Anthropic alone gives to cached tokens
	details                         bool // a name that only OpenAI's Responses has
	tier, region                    string
	cost                            []byte // dollars
	ticks                           int64  // 1e-10 dollars: xAI
}

func none() counts {
	return counts{prompt: -1, completion: -1, total: -1, cached: -1, write: -1, write5m: -1, write1h: -1, reasoning: -1, tools: -1,
		audioIn: -1, audioOut: -1, searches: -1, ticks: -1}
}

// read reads a usage object; null is none.
func (u *counts) read(f *agentlog.Fields, name string) {
	if f.Kind() != jsonscan.Object {
		f.Skip()
		return
	}
	*u = none()
	for ok := f.Object(); ok; ok = f.Next() {
		if !u.field(f, string(f.Key())) {
			f.Skip()
		}
	}
	u.told = u.prompt >= 0 || u.completion >= 0 || u.total >= 0
	switch {
	case u.shape != unknown:
	case u.beside || !u.details && u.total < 0:
		u.shape = anthropic
	default:
		u.shape = responses
	}
}

// field takes a member of a usage object.
func (u *counts) field(f *agentlog.Fields, key string) bool {
	switch key {
	case "prompt_tokens":
		u.prompt, u.shape = u.count(f, key), chat
	case "completion_tokens":
		u.completion, u.shape = u.count(f, key), chat
	case "total_tokens":
		u.total = u.count(f, key)
	case "input_tokens":
		if n := u.count(f, key); u.shape != chat { // some gateways say both
			u.prompt = n
		}
	case "output_tokens":
		if n := u.count(f, key); u.shape != chat {
			u.completion = n
		}
	case "cache_read_input_tokens":
		u.cached, u.beside = u.count(f, key), true
	case "cache_creation_input_tokens":
		u.write, u.beside = u.count(f, key), true
	case "cache_creation":
		f.Members("", u.lifetimes(f))
	case "prompt_cache_hit_tokens", "cached_tokens":
		if n := u.count(f, key); u.cached < 0 {
			u.cached = n
		}
	case "prompt_tokens_details", "input_tokens_details", "completion_tokens_details", "output_tokens_details":
		u.details = u.details || key == "input_tokens_details"
		f.Members("", u.detail(f, key[0] == 'p' || key[0] == 'i'))
	case "reasoning_tokens":
		u.reasoning = u.count(f, key)
	case "server_tool_use":
		f.Members("", u.tool(f))
	case "service_tier":
		u.tier = plainTier(string(f.Lenient()))
	case "speed":
		if string(f.Lenient()) == "fast" {
			u.tier = "fast"
		}
	case "inference_geo":
		if g := string(f.Lenient()); g != "global" && g != "not_available" {
			u.region = g
		}
	case "cost":
		if f.Kind() != jsonscan.Number {
			return false
		}
		u.cost = append([]byte(nil), f.Decimal(key)...)
	case "cost_in_usd_ticks":
		u.ticks = u.count(f, key)
	case "billed_units": // Cohere
		f.Members("", func(k string) bool { return (k == "input_tokens" || k == "output_tokens") && u.field(f, k) })
		u.details = true
	default:
		return u.cloud(f, key)
	}
	return true
}

// cloud takes a member that has its name from Google or Amazon.
func (u *counts) cloud(f *agentlog.Fields, key string) bool {
	switch key {
	case "promptTokenCount", "prompt_token_count":
		u.prompt, u.shape = u.count(f, key), gemini
	case "candidatesTokenCount", "candidates_token_count", "responseTokenCount":
		u.completion, u.shape = u.count(f, key), gemini
	case "thoughtsTokenCount", "thoughts_token_count":
		u.reasoning, u.shape = u.count(f, key), gemini
	case "cachedContentTokenCount", "cached_content_token_count":
		u.cached, u.shape = u.count(f, key), gemini
	case "toolUsePromptTokenCount", "tool_use_prompt_token_count":
		u.tools, u.shape = u.count(f, key), gemini
	case "totalTokenCount", "total_token_count":
		u.total, u.shape = u.count(f, key), gemini
	case "inputTokens", "inputTokenCount":
		u.prompt, u.shape = u.count(f, key), converse
	case "outputTokens", "outputTokenCount":
		u.completion, u.shape = u.count(f, key), converse
	case "totalTokens":
		u.total, u.shape = u.count(f, key), converse
	case "cacheReadInputTokens", "cacheReadInputTokenCount":
		u.cached, u.shape = u.count(f, key), converse
	case "cacheWriteInputTokens", "cacheWriteInputTokenCount":
		u.write, u.shape = u.count(f, key), converse
	case "cacheDetails":
		if f.Kind() != jsonscan.Array {
			return false
		}
		for ok := f.Elements(); ok; ok = f.More() {
			var long bool
			var n int64
			f.Members("", func(k string) bool {
				switch k {
				case "ttl":
					long = string(f.Lenient()) == "1h"
				case "inputTokens":
					n = max(u.count(f, k), 0)
				default:
					return false
				}
				return true
			})
			if long {
				u.write1h = max(u.write1h, 0) + n
			}
		}
	default:
		return false
	}
	return true
}

// lifetimes takes how long what was stored lives.
func (u *counts) lifetimes(f *agentlog.Fields) func(string) bool {
	return func(key string) bool {
		switch key {
		case "ephemeral_5m_input_tokens":
			u.write5m, u.beside = u.count(f, key), true
		case "ephemeral_1h_input_tokens":
			u.write1h, u.beside = u.count(f, key), true
		default:
			return false
		}
		return true
	}
}

// detail takes what input or output is made of.
func (u *counts) detail(f *agentlog.Fields, input bool) func(string) bool {
	return func(key string) bool {
		switch {
		case key == "cached_tokens":
			u.cached = u.count(f, key)
		case key == "cache_write_tokens":
			u.write = u.count(f, key)
		case key == "reasoning_tokens", key == "thinking_tokens":
			u.reasoning = u.count(f, key)
		case key == "audio_tokens" && input:
			u.audioIn = u.count(f, key)
		case key == "audio_tokens":
			u.audioOut = u.count(f, key)
		default:
			return false
		}
		return true
	}
}

func (u *counts) tool(f *agentlog.Fields) func(string) bool {
	return func(key string) bool {
		if key != "web_search_requests" {
			return false
		}
		u.searches = u.count(f, key)
		return true
	}
}

// count takes a number; null is as if it were not there.
func (u *counts) count(f *agentlog.Fields, name string) int64 {
	if f.Kind() == jsonscan.Null {
		f.Skip()
		return -1
	}
	return f.Tokens(name)
}

// over takes the fields that a later object of the same answer says.
func (u *counts) over(v *counts) {
	for _, x := range []struct{ to, from *int64 }{{&u.prompt, &v.prompt}, {&u.completion, &v.completion}, {&u.total, &v.total}, {&u.cached, &v.cached},
		{&u.write, &v.write}, {&u.write5m, &v.write5m}, {&u.write1h, &v.write1h}, {&u.reasoning, &v.reasoning}, {&u.searches, &v.searches}} {
		if *x.from >= 0 {
			*x.to = *x.from
		}
	}
}

// fill sets what a record counts.
func (u *counts) fill(r *usage.Record) {
	at := func(n int64) int64 { return max(n, 0) }
	var tokens usage.Tokens
	fits := true
	switch u.shape {
	case chat, responses, gemini:
		g := agentlog.Gross{Input: at(u.prompt), CacheRead: at(u.cached), CacheWrite: at(u.write), Output: at(u.completion), Reasoning: at(u.reasoning),
			Extra: at(u.tools), Total: u.total, Told: u.total >= 0}
		usual := agentlog.Inside
		if u.shape == gemini {
			usual = agentlog.Outside
		}
		if u.prompt < 0 && u.completion < 0 { // embeddings may say nothing but the total
			g.Input = at(u.total)
		}
		if tokens, fits = g.Split(usual); !fits && at(u.cached)+at(u.write) > at(u.prompt) {
			g.Apart = true // what is in the cache cannot be part of less
			tokens, _ = g.Split(usual)
		}
	default:
		tokens, fits = u.apart(at)
	}
	agentlog.Count(r, tokens, fits)
	in, out := min(at(u.audioIn), r.Input), min(at(u.audioOut), r.Output)
	r.Input, r.Output = r.Input-in, r.Output-out
	r.Quantities = buckets.Quantities(usage.Quantity{Meter: "audio_input", N: in}, usage.Quantity{Meter: "audio_output", N: out},
		usage.Quantity{Meter: "web_search", N: at(u.searches)})
	if u.ticks > 0 {
		r.Reported, r.Currency = money.NewRate(money.FromAtto(tick)).Times(u.ticks), "USD"
	} else if u.cost != nil {
		if a, ok := jsonl.Decimal(u.cost); ok && a.Sign() > 0 {
			r.Reported, r.Currency = a, "USD"
		}
	}
}

// tick is the unit of xAI's cost_in_usd_ticks, 1e-10 dollars, in 1e-18 dollars.
const tick = 100_000_000

// apart reads counts whose cached tokens stand beside the input.
func (u *counts) apart(at func(int64) int64) (usage.Tokens, bool) {
	write := at(u.write)
	if u.write < 0 {
		write = at(u.write5m) + at(u.write1h)
	}
	long := min(at(u.write1h), write)
	t := usage.Tokens{Input: at(u.prompt), CacheRead: at(u.cached), CacheWrite5m: write - long, CacheWrite1h: long,
		Output: at(u.completion), Reasoning: min(at(u.reasoning), at(u.completion))}
	split := u.write < 0 || u.write5m < 0 || u.write1h < 0 || write == u.write5m+u.write1h
	total := u.total < 0 || u.total == t.Total() || u.total == t.Input+t.Output
	return t, split && total
}
