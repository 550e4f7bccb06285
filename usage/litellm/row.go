package litellm

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/pull"
)

// text is a string or null.
type text string

// row is a request in the spend log. What it says of prompts and answers is not
// looked at.
type row struct {
	ID           text            `json:"request_id"`
	Start        text            `json:"startTime"`
	Key          text            `json:"api_key"`
	Spend        pull.Number     `json:"spend"`
	Total        pull.Number     `json:"total_tokens"`
	Prompt       pull.Number     `json:"prompt_tokens"`
	Completion   pull.Number     `json:"completion_tokens"`
	Model        text            `json:"model"`
	Group        text            `json:"model_group"`
	Provider     text            `json:"custom_llm_provider"`
	User         text            `json:"user"`
	EndUser      text            `json:"end_user"`
	Team         text            `json:"team_id"`
	Organization text            `json:"organization_id"`
	Session      text            `json:"session_id"`
	Status       text            `json:"status"`
	CacheHit     json.RawMessage `json:"cache_hit"`
	Tags         nested[[]text]  `json:"request_tags"`
	Metadata     nested[meta]    `json:"metadata"`
}

// nested is a value, or a string that holds its JSON: proxies write both. What
// is neither is as if it were not there.
type nested[T any] struct{ V T }

func (n *nested[T]) UnmarshalJSON(raw []byte) error {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		raw = []byte(s)
	}
	var v T
	if json.Unmarshal(raw, &v) == nil {
		n.V = v
	}
	return nil
}

// meta is what LiteLLM notes beside a row.
type meta struct {
	Status       text           `json:"status"`
	KeyAlias     text           `json:"user_api_key_alias"`
	TeamAlias    text           `json:"user_api_key_team_alias"`
	Team         text           `json:"user_api_key_team_id"`
	Organization text           `json:"user_api_key_org_id"`
	User         text           `json:"user_api_key_user_id"`
	Email        text           `json:"user_api_key_user_email"`
	More         nested[detail] `json:"additional_usage_values"`
	Usage        nested[detail] `json:"usage_object"`
}

// detail is a provider's usage as LiteLLM keeps it: Anthropic's words beside
// OpenAI's, for the same tokens.
type detail struct {
	Read   pull.Number `json:"cache_read_input_tokens"`
	Write  pull.Number `json:"cache_creation_input_tokens"`
	Prompt *struct {
		Read  pull.Number `json:"cached_tokens"`
		Write pull.Number `json:"cache_creation_tokens"`
		Lives *struct {
			Write1h pull.Number `json:"ephemeral_1h_input_tokens"`
		} `json:"cache_creation_token_details"`
	} `json:"prompt_tokens_details"`
	Completion *struct {
		Reasoning pull.Number `json:"reasoning_tokens"`
	} `json:"completion_tokens_details"`
	Tools *struct {
		Searches pull.Number `json:"web_search_requests"`
	} `json:"server_tool_use"`
	Tier text `json:"service_tier"`
}

// given is the first number that is there.
func given(ns ...pull.Number) pull.Number {
	for _, n := range ns {
		if n.Given() && n != "0" {
			return n
		}
	}
	return ""
}

// counts reads counts and keeps the first slip.
type counts struct{ err error }

func (c *counts) of(field string, n pull.Number) int64 {
	i, err := n.Int()
	switch {
	case c.err != nil:
	case err != nil:
		c.err = fmt.Errorf("%s: %w", field, err)
	case i < 0 || i > usage.MaxTokens:
		c.err = fmt.Errorf("%s: %w: %d", field, usage.ErrImplausible, i)
	}
	return i
}

// record makes a record of a row; used is false for a row that is no usage.
func (p *puller) record(r *row, at time.Time) (rec usage.Record, used bool, err error) {
	if r.ID == "" {
		return rec, false, errors.New("no request_id")
	}
	var c counts
	rec = usage.Record{ID: string(r.ID), Start: at, Requests: 1}
	rec.Dims = p.dims(r)
	c.classes(r, &rec)
	rec.Context = rec.TotalInput()
	if rec.Reported, err = r.Spend.Amount(); err != nil {
		return rec, false, fmt.Errorf("spend: %w", err)
	}
	if r.Spend.Given() {
		rec.Currency = "USD"
	}
	if hit(r.CacheHit) {
		rec.Tokens, rec.Quantities, rec.Requests, rec.Context, rec.Flags = usage.Tokens{}, nil, 0, usage.Absent, 0
		return rec, true, c.err
	}
	if rec.Tokens.IsZero() && len(rec.Quantities) == 0 {
		rec.Context = usage.Absent
		failed := r.Status == "failure" || r.Metadata.V.Status == "failure"
		return rec, !rec.Reported.IsZero() || !failed && r.Spend.Given(), c.err
	}
	return rec, true, c.err
}

// classes takes a row's tokens apart.
func (c *counts) classes(r *row, rec *usage.Record) {
	prompt, output := c.of("prompt_tokens", r.Prompt), c.of("completion_tokens", r.Completion)
	d := details(r)
	read, write := c.of("cache_read_input_tokens", d.read), c.of("cache_creation_input_tokens", d.write)
	write1h, reasoning := c.of("ephemeral_1h_input_tokens", d.write1h), c.of("reasoning_tokens", d.reasoning)
	rec.Tokens, rec.Flags = disjoint(prompt, read, write, output)
	if write1h > 0 && write1h <= rec.CacheWrite5m {
		rec.CacheWrite5m, rec.CacheWrite1h = rec.CacheWrite5m-write1h, write1h
	}
	rec.Reasoning = min(reasoning, output)
	if total := c.of("total_tokens", r.Total); reasoning > output || r.Total.Given() && total != prompt+output {
		rec.Flags |= usage.FlagTotalMismatch
	}
	if n := c.of("web_search_requests", d.searches); n > 0 {
		rec.Quantities = []usage.Quantity{{Meter: "web_search", N: n}}
	}
}

// disjoint takes what caches served and stored out of a prompt that holds them.
// A prompt that is too small for that did not hold them.
func disjoint(prompt, read, write, output int64) (usage.Tokens, usage.Flags) {
	t := usage.Tokens{Input: prompt - read - write, CacheRead: read, CacheWrite5m: write, Output: output}
	if t.Input < 0 {
		t.Input = prompt
		return t, usage.FlagTotalMismatch
	}
	return t, 0
}

// detailed is what a row's metadata say of its tokens.
type detailed struct{ read, write, write1h, reasoning, searches pull.Number }

func details(r *row) (out detailed) {
	for _, d := range []*detail{&r.Metadata.V.More.V, &r.Metadata.V.Usage.V} {
		out.read, out.write = given(out.read, d.Read), given(out.write, d.Write)
		if d.Prompt != nil {
			out.read, out.write = given(out.read, d.Prompt.Read), given(out.write, d.Prompt.Write)
			if d.Prompt.Lives != nil {
				out.write1h = given(out.write1h, d.Prompt.Lives.Write1h)
			}
		}
		if d.Completion != nil {
			out.reasoning = given(out.reasoning, d.Completion.Reasoning)
		}
		if d.Tools != nil {
			out.searches = given(out.searches, d.Tools.Searches)
		}
	}
	return out
}

// hit reads cache_hit: "True", "true" or true.
func hit(raw json.RawMessage) bool { return strings.EqualFold(strings.Trim(string(raw), `"`), "true") }

// dims says what a row belongs to.
func (p *puller) dims(r *row) usage.Dims {
	m := &r.Metadata.V
	model := cmp.Or(string(r.Model), string(r.Group))
	d := usage.Dims{Source: Type, Account: p.opt.Account, Provider: provider(string(r.Provider), model), Basis: usage.Metered,
		Organization: cmp.Or(string(r.Organization), string(m.Organization)), Project: cmp.Or(string(r.Team), string(m.Team)),
		Key: keyOf(string(r.Key)), User: cmp.Or(cmp.Or(string(r.User), string(m.User)), string(r.EndUser)), Session: string(r.Session),
		Model: model, Tier: cmp.Or(string(m.More.V.Tier), string(m.Usage.V.Tier))}
	if d.Tier == "standard" || d.Tier == "default" {
		d.Tier = ""
	}
	tags := tagsOf(r.Tags.V)
	if r.EndUser != "" {
		tags["end_user"] = string(r.EndUser)
	}
	if hit(r.CacheHit) {
		tags["cache_hit"] = "true"
	}
	d.Tags = usage.NewTags(tags)
	return d
}

// provider is who LiteLLM asked. Where it has several names for ways to ask the
// same one, which bills them together, they are one.
func provider(name, model string) string {
	if name == "" {
		name, _, _ = strings.Cut(model, "/")
		if name == model {
			return ""
		}
	}
	switch name = strings.ToLower(name); name {
	case "text-completion-openai":
		return "openai"
	case "anthropic_text":
		return "anthropic"
	case "azure_text":
		return "azure"
	case "vertex_ai_beta":
		return "vertex_ai"
	}
	return name
}

// keyOf names a key. LiteLLM keeps the SHA-256 of it; should it ever send the
// key itself, that is what becomes of it here.
func keyOf(key string) string {
	if !strings.HasPrefix(key, "sk-") {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// tagsOf turns request tags into names and values.
func tagsOf(list []text) map[string]string {
	tags := make(map[string]string, len(list)+2)
	for _, t := range list {
		name, value, ok := strings.Cut(string(t), ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || value == "" {
			value = "true"
		}
		if strings.EqualFold(name, "user-agent") { // several forms of one, added by the proxy itself
			name = "user_agent"
			value, _, _ = strings.Cut(value, "/")
		}
		if name == "" {
			continue
		}
		if had, again := tags[name]; again && had != value {
			value = had + "," + value
		}
		tags[name] = value
	}
	return tags
}

// instant reads a time; one without a zone is UTC.
func instant(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("startTime %.40q is no instant", s)
}

// reason is an error in words that do not repeat what was sent.
func reason(err error) string {
	switch e := err.(type) {
	case *json.UnmarshalTypeError:
		if e.Field == "" {
			return "unexpected " + e.Value
		}
		return e.Field[strings.LastIndexByte(e.Field, '.')+1:] + ": unexpected " + e.Value
	case *json.SyntaxError:
		return "not JSON"
	}
	return err.Error()
}
