package anthropic_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/anthropic"
	"tokpit/usage/internal/sinktest"
)

// TestSetUps: each broken set-up is told in one line, with what to do, and
// without the key.
func TestSetUps(t *testing.T) {
	const canary = "sk-ant-admin01-CANARY-0123456789abcdef"
	answer := func(status int, kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			fmt.Fprint(w, strings.ReplaceAll(body, "KEY", r.Header.Get("X-Api-Key")))
		}
	}
	const plain = "application/json"
	for _, c := range []struct {
		name    string
		key     string
		keyErr  error
		handler http.HandlerFunc
		base    string
		message string
		hint    string
	}{
		{"a model's key", "sk-ant-api03-CANARY-x", nil, nil, "", "not an admin key", "sk-ant-admin"},
		{"a login", "sk-ant-oat01-CANARY-x", nil, nil, "", "login", "sk-ant-admin"},
		{"another provider's key", "sk-proj-CANARY-x", nil, nil, "", "key of OpenAI", "sk-ant-admin"},
		{"no key", "  ", nil, nil, "", "key is empty", "sk-ant-admin"},
		{"no such variable", "", errors.New("environment variable X is not set"), nil, "", "X is not set", ""},
		{"revoked", "", nil, answer(401, plain, `{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key KEY"}}`), "", "invalid x-api-key", "not accepted"},
		{"no right", "", nil, answer(403, plain, `{"type":"error","error":{"type":"permission_error","message":"no"}}`), "", "403", "may not read"},
		{"single person", "", nil, answer(404, plain, `{"type":"error","error":{"type":"not_found_error","message":"Not found"}}`), "", "404", "organizations"},
		{"a web page", "", nil, answer(200, "text/html", `<html>hi KEY</html>`), "", "web page", "--base-url"},
		{"another API", "", nil, answer(200, plain, `{"hello":"KEY"}`), "", "no report", "--base-url"},
		{"out of order", "", nil, answer(500, plain, `KEY`), "", "500", "try again"},
		{"overloaded", "", nil, answer(529, plain, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`), "", "overloaded", "try again"},
		{"throttled", "", nil, answer(429, plain, `{"type":"error","error":{"type":"rate_limit_error","message":"slow down KEY"}}`), "", "slow down", "try again later"},
		{"nobody there", "", nil, nil, "http://127.0.0.1:1", "reached", "network"},
		{"plain http", "", nil, nil, "http://api.example.com", "https", "https"},
		{"not JSON", "", nil, answer(200, plain, `{"data":`), "", "not JSON", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			base := c.base
			if base == "" {
				h := c.handler
				if h == nil {
					h = func(http.ResponseWriter, *http.Request) { t.Error("the provider was asked") }
				}
				base = serve(t, h)
			}
			o := options(base, noon())
			o.Key = func(context.Context) (string, error) {
				if c.key == "" {
					return canary, c.keyErr
				}
				return c.key, nil
			}
			s, err := anthropic.New(o)
			if err == nil {
				err = s.Test(context.Background())
			}
			if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), c.message) {
				t.Fatalf("%v, want %q", err, c.message)
			}
			var hint interface{ Hint() string }
			if errors.As(err, &hint) && !strings.Contains(hint.Hint(), c.hint) || hint == nil && c.hint != "" {
				t.Errorf("hint %v, want %q", hint, c.hint)
			}
			if said := fmt.Sprintf("%v %+v %#v", err, err, hint); strings.Contains(said, "CANARY") {
				t.Errorf("the key is in %s", said)
			}
		})
	}
}

func TestGoodSetUp(t *testing.T) {
	if err := open(t, options(serve(t, newStandIn(noon())), noon())).Test(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestOptions(t *testing.T) {
	o := options("", noon())
	if s := open(t, o); s.Name() != "acme" {
		t.Errorf("name %q", s.Name())
	}
	o.Grain = "2h"
	if _, err := anthropic.New(o); err == nil {
		t.Error("grain 2h was taken")
	}
	o.Grain, o.Key = "", nil
	if _, err := anthropic.New(o); err == nil {
		t.Error("no key was taken")
	}
}

// TestRecordedPages reads pages that the vendor's documentation shows.
func TestRecordedPages(t *testing.T) {
	dir := os.Getenv("TOKPIT_SHARED")
	if dir == "" {
		t.Skip("SKIPPED: set TOKPIT_SHARED to the directory that holds fixtures/ to check recorded pages")
	}
	page := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join(dir, "fixtures/anthropic_admin_api/two_pages", name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	base := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !strings.HasSuffix(r.URL.Path, "usage_report/messages"):
			w.WriteHeader(404)
		case r.URL.Query().Get("page") == "":
			_, _ = w.Write(page("page1.json"))
		case r.URL.Query().Get("page") == "page_Mg==":
			_, _ = w.Write(page("page2.json"))
		default:
			w.WriteHeader(400)
		}
	}))
	now := time.Date(2026, 9, 3, 12, 0, 0, 0, time.UTC)
	o := options(base, now)
	o.Grain, o.Since = "1d", time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	var sink sinktest.Sink
	_, _ = open(t, o).Pull(context.Background(), nil, sink.Apply) // there is no cost report here
	want := usage.Tokens{Input: 1500, CacheRead: 200, CacheWrite5m: 500, CacheWrite1h: 1000, Output: 500}
	if m := sink.Total(); m.Tokens != want || len(m.Quantities) != 1 || m.Quantities[0].N != 10 || len(sink.Records) != 1 {
		t.Errorf("%+v", m)
	}
	for _, r := range sink.Records {
		if r.Tier != "priority_on_demand" || r.Region != "" || r.Band != (usage.Band{Lo: 200_001, End: 1_000_001}) {
			t.Errorf("%+v", r)
		}
	}
}

// TestAYearOfHours: hours of 50 keys stream through in memory that does not
// grow with their number.
func TestAYearOfHours(t *testing.T) {
	days := 30
	switch {
	case os.Getenv("TOKPIT_LONG") != "":
		days = 365
	case testing.Short():
		days = 8
	}
	var results []map[string]any
	for i := range 50 {
		results = append(results, map[string]any{"uncached_input_tokens": 1000 + i, "cache_read_input_tokens": 5, "output_tokens": 7,
			"cache_creation": map[string]any{"ephemeral_5m_input_tokens": 1, "ephemeral_1h_input_tokens": 2}, "server_tool_use": map[string]any{"web_search_requests": 0},
			"api_key_id": fmt.Sprintf("apikey_%020d", i), "workspace_id": "wrkspc_1", "model": "claude-opus-5", "service_tier": "standard", "context_window": "0-200k",
			"inference_geo": "global", "account_id": nil, "service_account_id": nil, "speed": "standard"})
	}
	rows, _ := json.Marshal(results)
	base := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "usage_report/messages") {
			w.WriteHeader(404)
			return
		}
		q := r.URL.Query()
		from, _ := time.Parse(time.RFC3339, q.Get("starting_at"))
		to, _ := time.Parse(time.RFC3339, q.Get("ending_at"))
		fmt.Fprint(w, `{"data":[`)
		for at := from; at.Before(to) && at.Before(noon()); at = at.Add(time.Hour) {
			if at.After(from) {
				fmt.Fprint(w, ",")
			}
			fmt.Fprintf(w, `{"starting_at":%q,"ending_at":%q,"results":%s}`, at.Format(time.RFC3339), at.Add(time.Hour).Format(time.RFC3339), rows)
		}
		fmt.Fprint(w, `],"has_more":false,"next_page":null}`)
	}))
	o := options(base, noon())
	o.Since = noon().AddDate(0, 0, -days)
	var records, batches int
	var peak uint64
	_, err := open(t, o).Pull(context.Background(), nil, func(b usage.Batch) error {
		if batches++; batches%2 == 0 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
		}
		for _, s := range b.Slices {
			records += len(s.Records)
		}
		return nil
	})
	if want := (days*24 + 16) * 50; records != want {
		t.Errorf("%d records, want %d (%v)", records, want, err)
	}
	if peak > 64<<20 {
		t.Errorf("%d MiB were in use", peak>>20)
	}
	t.Logf("%d records in %d batches, %d KiB at most", records, batches, peak>>10)
}
