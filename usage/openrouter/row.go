package openrouter

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"tokpit/money"
	"tokpit/usage"
	"tokpit/usage/internal/buckets"
	"tokpit/usage/internal/pull"
)

// row is a model's day at one endpoint.
type row struct {
	Date       text        `json:"date"`
	Model      text        `json:"model"`
	Permaslug  text        `json:"model_permaslug"`
	Upstream   text        `json:"provider_name"`
	Workspace  text        `json:"workspace_id"`
	Usage      pull.Number `json:"usage"`
	BYOK       pull.Number `json:"byok_usage_inference"`
	Requests   pull.Number `json:"requests"`
	Prompt     pull.Number `json:"prompt_tokens"`
	Completion pull.Number `json:"completion_tokens"`
	Reasoning  pull.Number `json:"reasoning_tokens"`
}

// text is a string or null.
type text string

// row adds a row to its day: usage at OpenRouter, and usage with a key of one's
// own.
func (p *puller) row(raw json.RawMessage, into *buckets.Bucket) error {
	var r row
	if err := json.Unmarshal(raw, &r); err != nil {
		return err
	}
	if day, _, _ := strings.Cut(string(r.Date), " "); day != "" && !strings.HasPrefix(day, into.Start.Format(time.DateOnly)) {
		return fmt.Errorf("date %.40q is not the day that was asked for", string(r.Date))
	}
	paid, err := amount("usage", r.Usage)
	if err != nil {
		return err
	}
	upstream, err := amount("byok_usage_inference", r.BYOK)
	if err != nil {
		return err
	}
	rec, err := r.counts()
	if err != nil {
		return err
	}
	rec.Dims = usage.Dims{Source: Type, Provider: Type, Account: p.opt.Account, Project: string(r.Workspace),
		Model: cmp.Or(string(r.Model), string(r.Permaslug)), Basis: usage.Reported}
	rec.Currency = "USD"
	tags := map[string]string{}
	if r.Upstream != "" {
		tags["upstream"] = string(r.Upstream)
	}
	rec.Tags = usage.NewTags(tags)
	if upstream.IsZero() {
		rec.Reported = paid
		if !rec.Tokens.IsZero() || rec.Requests > 0 || !paid.IsZero() {
			into.Add(rec)
		}
		return nil
	}
	tags["byok"] = "true"
	own := rec
	own.Provider, own.Account, own.Basis, own.Tags = vendor(string(r.Upstream)), "", usage.Metered, usage.NewTags(tags)
	own.Reported, rec.Reported = upstream, paid
	lighter := &rec // has no tokens
	if paid.Cmp(upstream) > 0 {
		lighter = &own
	}
	lighter.Tokens, lighter.Requests, lighter.Flags = usage.Tokens{}, 0, 0
	into.Add(own)
	if !rec.Tokens.IsZero() || !paid.IsZero() {
		into.Add(rec)
	}
	return nil
}

// counts reads the tokens and requests of a row.
func (r *row) counts() (rec usage.Record, err error) {
	read := func(field string, n pull.Number) int64 {
		i, e := n.Int()
		switch {
		case err != nil:
		case e != nil:
			err = fmt.Errorf("%s: %w", field, e)
		case i < 0 || i > usage.MaxTokens:
			err = fmt.Errorf("%s: %w: %d", field, usage.ErrImplausible, i)
		}
		return i
	}
	rec.Input, rec.Output = read("prompt_tokens", r.Prompt), read("completion_tokens", r.Completion)
	reasoning := read("reasoning_tokens", r.Reasoning)
	if rec.Reasoning = min(reasoning, rec.Output); reasoning > rec.Output {
		rec.Flags |= usage.FlagTotalMismatch
	}
	rec.Requests = usage.Absent
	if r.Requests.Given() {
		rec.Requests = read("requests", r.Requests)
	}
	return rec, err
}

func amount(field string, n pull.Number) (money.Amount, error) {
	a, err := n.Amount()
	if err != nil {
		return a, fmt.Errorf("%s: %w", field, err)
	}
	return a, nil
}

// vendor is who bills a key of one's own, in the words of the price book.
func vendor(name string) string {
	switch n := strings.ToLower(strings.TrimSpace(name)); n {
	case "":
		return "unknown"
	case "google ai studio":
		return "google"
	case "google", "google vertex":
		return "vertex"
	case "amazon bedrock":
		return "bedrock"
	case "moonshot ai":
		return "moonshot"
	case "z.ai":
		return "zai"
	default:
		return strings.ReplaceAll(n, " ", "-")
	}
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
