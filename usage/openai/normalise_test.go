package openai

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"tokpit/usage"
)

func recordOf(t *testing.T, name, text string) (usage.Record, error) {
	t.Helper()
	var r result
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	for _, k := range kinds() {
		if k.name == name {
			return k.record(&r)
		}
	}
	t.Fatal(name)
	return usage.Record{}, nil
}

// Cached and cache-write tokens are inside input_tokens; the classes are not
// inside each other.
func TestClassesAreDisjoint(t *testing.T) {
	for name, c := range map[string]struct {
		row   string
		want  usage.Tokens
		more  string // quantities
		flags usage.Flags
	}{
		"all of it": {`{"input_tokens":1000,"input_cached_tokens":400,"input_cache_write_tokens":100,"input_uncached_tokens":500,"output_tokens":500}`,
			usage.Tokens{Input: 500, CacheRead: 400, CacheWrite5m: 100, Output: 500}, "[]", 0},
		"before uncached was told": {`{"input_tokens":1000,"input_cached_tokens":400,"output_tokens":5}`,
			usage.Tokens{Input: 600, CacheRead: 400, Output: 5}, "[]", 0},
		"two kinds of write": {`{"input_tokens":100,"input_cache_write_tokens":30,"input_cache_write_30m_tokens":20,"input_cache_write_12h_tokens":10,"input_uncached_tokens":70}`,
			usage.Tokens{Input: 70, CacheWrite5m: 20, CacheWrite1h: 10}, "[]", 0},
		"only the two kinds": {`{"input_tokens":100,"input_cache_write_30m_tokens":20,"input_cache_write_12h_tokens":10}`,
			usage.Tokens{Input: 70, CacheWrite5m: 20, CacheWrite1h: 10}, "[]", 0},
		"only the long kind and the sum": {`{"input_tokens":100,"input_cache_write_tokens":30,"input_cache_write_12h_tokens":10}`,
			usage.Tokens{Input: 70, CacheWrite5m: 20, CacheWrite1h: 10}, "[]", 0},
		"audio and images": {`{"input_tokens":1000,"input_cached_tokens":400,"input_uncached_tokens":600,"input_audio_tokens":50,"input_cached_audio_tokens":40,"input_image_tokens":30,"output_tokens":100,"output_audio_tokens":20,"output_image_tokens":10}`,
			usage.Tokens{Input: 550, CacheRead: 360, Output: 70}, "[{audio_cache_read 40} {audio_input 50} {audio_output 20} {image_output 10}]", 0},
		"no total": {`{"input_cached_tokens":4,"input_uncached_tokens":6}`, usage.Tokens{Input: 6, CacheRead: 4}, "[]", 0},
		"nulls":    {`{"input_tokens":7,"input_cached_tokens":null,"input_cache_write_tokens":null,"output_tokens":null}`, usage.Tokens{Input: 7}, "[]", 0},
		"strings":  {`{"input_tokens":"1000","input_cached_tokens":"4e2","input_uncached_tokens":600.0,"output_tokens":"5.0"}`, usage.Tokens{Input: 600, CacheRead: 400, Output: 5}, "[]", 0},
		// What does not add up is kept as it was said.
		"other total":      {`{"input_tokens":1001,"input_cached_tokens":400,"input_uncached_tokens":600}`, usage.Tokens{Input: 600, CacheRead: 400}, "[]", usage.FlagTotalMismatch},
		"more cached":      {`{"input_tokens":100,"input_cached_tokens":150}`, usage.Tokens{CacheRead: 150}, "[]", usage.FlagTotalMismatch},
		"more audio":       {`{"input_tokens":100,"input_uncached_tokens":100,"input_audio_tokens":150}`, usage.Tokens{}, "[{audio_input 150}]", usage.FlagTotalMismatch},
		"writes that vary": {`{"input_tokens":100,"input_cache_write_tokens":50,"input_cache_write_30m_tokens":20,"input_cache_write_12h_tokens":10,"input_uncached_tokens":50}`, usage.Tokens{Input: 50, CacheWrite5m: 40, CacheWrite1h: 10}, "[]", usage.FlagTotalMismatch},
	} {
		got, err := recordOf(t, "completions", c.row)
		if err != nil || got.Tokens != c.want || fmt.Sprint(got.Quantities) != c.more || got.Flags != c.flags {
			t.Errorf("%s: %+v %v %v, %v", name, got.Tokens, got.Quantities, got.Flags, err)
		}
	}
}

func TestTiers(t *testing.T) {
	for row, want := range map[string]string{
		`{}`: "", `{"service_tier":null,"batch":null}`: "", `{"service_tier":"default","batch":false}`: "", `{"service_tier":"flex"}`: "flex",
		`{"service_tier":"priority"}`: "priority", `{"batch":true,"service_tier":"default"}`: "batch", `{"batch":"true"}`: "batch", `{"service_tier":"of-the-future"}`: "of-the-future",
	} {
		if got, err := recordOf(t, "completions", row); err != nil || got.Tier != want {
			t.Errorf("%s: %q, %v", row, got.Tier, err)
		}
	}
}

// The responses that called a tool are counted where their tokens are.
func TestRequestsAreCountedOnce(t *testing.T) {
	for name, want := range map[string]int64{"completions": 5, "decisions": 5, "embeddings": 5, "moderations": 5, "images": 5, "audio_speeches": 5,
		"audio_transcriptions": 5, "web_search_calls": 0, "file_search_calls": 0, "code_interpreter_sessions": 0, "vector_stores": 0} {
		if got, err := recordOf(t, name, `{"num_model_requests":5,"num_requests":9}`); err != nil || got.Requests != want {
			t.Errorf("%s: %d requests, %v", name, got.Requests, err)
		}
	}
	if got, err := recordOf(t, "completions", `{}`); err != nil || got.Requests != usage.Absent {
		t.Errorf("without a count: %d, %v", got.Requests, err)
	}
}

func TestMoney(t *testing.T) {
	for row, want := range map[string]string{
		`{"amount":{"value":0.06,"currency":"usd"}}`:                                               "0.06 USD []",
		`{"amount":{"value":"0.061234567890123456","currency":"eur"}}`:                             "0.061234567890123456 EUR []",
		`{"amount":{"value":1e-05,"currency":"usd"},"quantity":null}`:                              "0.00001 USD []",
		`{"amount":{"value":-3.5,"currency":"USD"},"quantity":-2,"quantity_unit":"tokens"}`:        "-3.5 USD []",
		`{"amount":{"value":0,"currency":"usd"},"quantity":5,"quantity_unit":"of_the_future"}`:     "0 USD []",
		`{"amount":{"value":1,"currency":"usd"},"quantity":"1500.0","quantity_unit":"tokens"}`:     "1 USD [{billed_tokens 1500}]",
		`{"amount":{"value":1,"currency":"usd"},"quantity":1.5,"quantity_unit":"1000_tokens"}`:     "1 USD [{billed_tokens 1500}]",
		`{"amount":{"value":1,"currency":"usd"},"quantity":0.01,"quantity_unit":"duration_hours"}`: "1 USD [{billed_seconds 36}]",
		`{"amount":{"value":1,"currency":"usd"},"quantity":0.7,"quantity_unit":"images"}`:          "1 USD [{billed_images 1}]",
		`{"amount":{"value":1,"currency":"usd"},"quantity":1e30,"quantity_unit":"tokens"}`:         "1 USD []",
		`{"amount":{"value":1}}`:                            "no currency",
		`{"amount":{"currency":"usd"}}`:                     "no amount",
		`{"amount":{"value":"free","currency":"usd"}}`:      "amount: not a number",
		`{"amount":3}`:                                      "not a result",
		`{"object":"organization.usage.embeddings.result"}`: "a result of another kind",
	} {
		got, err := recordOf(t, "costs", row)
		text := fmt.Sprintf("%s %s %v", got.Reported, got.Currency, got.Quantities)
		if err != nil {
			text = err.Error()
		}
		if !strings.HasPrefix(text, want) {
			t.Errorf("%s: %s", row, text)
		}
		if err == nil && (got.Requests != usage.Absent || !got.Tokens.IsZero()) {
			t.Errorf("%s: %+v", row, got)
		}
	}
	got, err := recordOf(t, "costs", `{"amount":{"value":1,"currency":"usd"},"line_item":"gpt-6-astra, input_tokens","project_id":"proj_1","api_key_id":null,"organization_id":"org-x"}`)
	if err != nil || usage.ByLineItem.Of(&got.Dims) != "gpt-6-astra, input_tokens" || got.Project != "proj_1" || got.Key != "" {
		t.Errorf("%+v, %v", got.Dims, err)
	}
}

func TestRowsThatCannotBe(t *testing.T) {
	for row, want := range map[string]string{
		`{"input_tokens":-5}`: "negative", `{"input_tokens":1.5}`: "not a number", `{"input_tokens":"many"}`: "not a number", `{"input_tokens":{"n":1}}`: "not a number",
		`{"input_tokens":1e13}`: "implausible", `{"num_model_requests":-1}`: "negative", `{"input_tokens":99999999999999999999}`: "not a number",
		`"row"`: "not a result", `[1]`: "not a result", `{"object":"organization.usage.holograms.result"}`: "another kind",
	} {
		if _, err := recordOf(t, "completions", row); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", row, err)
		}
	}
	// Names are names, whatever they are written as.
	got, err := recordOf(t, "completions", `{"project_id":7,"model":true,"user_id":{"id":1},"api_key_id":" key_1 ","extra":[1,{"x":null}]}`)
	if err != nil || got.Project != "7" || got.Model != "true" || got.User != "" || got.Key != "key_1" {
		t.Errorf("%+v, %v", got.Dims, err)
	}
}
