package cmd_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// rowTime is when all usage of a stand-in happened.
func rowTime() time.Time { return time.Date(2026, 11, 10, 10, 0, 0, 0, time.UTC) }

// standIn plays the four providers, each under a path of its own, with the
// same small usage: a row of 2026-11-10T10:00Z.
type standIn struct {
	*httptest.Server
	t testing.TB

	mu      sync.Mutex
	fault   http.HandlerFunc // instead of an answer
	date    string           // what time its clock says
	asked   []*http.Request
	watched func() // called with every request
	project string // what its project, workspace or team is called
	key     string // what its key is called
	model   string // "" is an ordinary one
	id      string // of the project
	echo    bool   // the key stands wherever there is text
	number  any    // in place of counts and amounts, if not nil
}

func newStandIn(t testing.TB) *standIn {
	s := &standIn{t: t, date: dateOf(clockTime), project: "Search", key: "ci", id: "proj_1"}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// dateOf is an instant as a Date header has it.
func dateOf(at string) string {
	t, _ := time.Parse(time.RFC3339, at)
	return t.UTC().Format(http.TimeFormat)
}

// types lists the types of connections, with a key of the right form for each.
func types() map[string]string {
	return map[string]string{"openai": "sk-admin-test-key-of-nobody-0001", "anthropic": "sk-ant-admin01-test-key-of-nobody-0002",
		"openrouter": "sk-or-v1-test-key-of-nobody-0003", "litellm": "sk-litellm-master-of-nobody-0004"}
}

// base is the address of one of the providers.
func (s *standIn) base(kind string) string { return s.URL + "/" + kind }

func (s *standIn) fails(f http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

func (s *standIn) watches(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watched = f
}

func (s *standIn) requests() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*http.Request(nil), s.asked...)
}

// ServeHTTP implements http.Handler.
func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	fault, echo := s.fault, s.echo
	if s.watched != nil {
		s.watched()
	}
	w.Header().Set("Date", s.date)
	s.asked = append(s.asked, r.Clone(r.Context()))
	s.mu.Unlock()
	if fault != nil {
		fault(w, r)
		return
	}
	kind, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if echo {
		sent := sentKey(r)
		s = &standIn{t: s.t, project: sent, key: sent, model: sent, id: sent}
		if r.URL.Query().Get("bucket_width") == "1d" || kind == "openrouter" {
			s.number = sent
		}
		w.Header().Set("X-Request-Id", sent)
	}
	var doc any
	switch kind {
	case "openai":
		doc = s.openai(path, r)
	case "anthropic":
		doc = s.anthropic(path, r)
	case "openrouter":
		doc = s.openrouter(path, r)
	case "litellm":
		doc = s.litellm(path, r)
	}
	if doc == nil {
		http.Error(w, `{"error":{"message":"no such thing"}}`, http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(doc)
}

type object = map[string]any

// buckets fills a span with empty buckets, and one with a row.
func buckets(since, until time.Time, width string, key func(at, end time.Time) object, row object) []object {
	step := map[string]time.Duration{"1d": 24 * time.Hour, "1h": time.Hour, "1m": time.Minute}[width]
	out := []object{}
	for at := since.UTC().Truncate(step); at.Before(until); at = at.Add(step) {
		b := key(at, at.Add(step))
		b["results"] = []object{}
		if !rowTime().Before(at) && rowTime().Before(at.Add(step)) {
			b["results"] = []object{row}
		}
		out = append(out, b)
	}
	return out
}

// sentKey is the key that a request carries.
func sentKey(r *http.Request) string {
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ") + r.Header.Get("X-Api-Key")
}

// count is a number, or what stands in its place.
func (s *standIn) count(n any) any {
	if s.number != nil {
		return s.number
	}
	return n
}

func (s *standIn) named(fallback string) string {
	if s.model != "" {
		return s.model
	}
	return fallback
}

func (s *standIn) openai(path string, r *http.Request) any {
	q := r.URL.Query()
	unix := func(name string) time.Time {
		n, _ := strconv.ParseInt(q.Get(name), 10, 64)
		return time.Unix(n, 0)
	}
	page := func(row object) object {
		return object{"object": "page", "has_more": false, "next_page": nil, "data": buckets(unix("start_time"), unix("end_time"), q.Get("bucket_width"),
			func(at, end time.Time) object {
				return object{"object": "bucket", "start_time": at.Unix(), "end_time": end.Unix()}
			}, row)}
	}
	list := func(data ...object) object {
		return object{"object": "list", "data": append([]object{}, data...), "has_more": false}
	}
	switch path {
	case "organization/usage/completions":
		return page(object{"object": "organization.usage.completions.result", "input_tokens": s.count(1000), "input_cached_tokens": 400,
			"input_cache_write_tokens": 100, "input_uncached_tokens": 500, "output_tokens": 50, "num_model_requests": 3,
			"project_id": s.id, "api_key_id": "key_1", "user_id": "user_1", "model": s.named("gpt-5"), "batch": false, "service_tier": "default"})
	case "organization/costs":
		return page(object{"object": "organization.costs.result", "amount": object{"value": s.count("0.0612345678901234567"), "currency": "usd"},
			"line_item": s.named("gpt-5") + ", input", "project_id": s.id, "api_key_id": "key_1"})
	case "organization/projects":
		return list(object{"object": "organization.project", "id": s.id, "name": s.project, "created_at": 1700000000, "status": "active"})
	case "organization/users":
		return list(object{"object": "organization.user", "id": "user_1", "name": "Ada", "email": "ada@example.com", "role": "owner", "added_at": 1700000000})
	case "organization/admin_api_keys":
		return list()
	case "organization/projects/" + s.id + "/api_keys":
		return list(object{"object": "organization.project.api_key", "id": "key_1", "name": s.key, "redacted_value": "sk-abc...def", "created_at": 1700000000})
	case "organization/spend_limit":
		return object{"object": "organization.spend_limit", "threshold_amount": 50000, "currency": "USD", "interval": "month", "enforcement": object{"status": "enforced"}}
	}
	if strings.HasPrefix(path, "organization/usage/") {
		return object{"object": "page", "has_more": false, "next_page": nil, "data": []object{}}
	}
	return nil
}

func (s *standIn) anthropic(path string, r *http.Request) any {
	q := r.URL.Query()
	instant := func(name string) time.Time {
		t, _ := time.Parse(time.RFC3339, q.Get(name))
		return t
	}
	page := func(row object) object {
		return object{"has_more": false, "next_page": nil, "data": buckets(instant("starting_at"), instant("ending_at"), q.Get("bucket_width"),
			func(at, end time.Time) object {
				return object{"starting_at": at.Format(time.RFC3339), "ending_at": end.Format(time.RFC3339)}
			}, row)}
	}
	list := func(data ...object) object {
		return object{"data": append([]object{}, data...), "has_more": false}
	}
	switch path {
	case "organizations/me":
		return object{"id": "org_1", "type": "organization", "name": "Acme"}
	case "organizations/usage_report/messages":
		return page(object{"uncached_input_tokens": s.count(100), "cache_read_input_tokens": 20, "output_tokens": 30, "workspace_id": s.id, "api_key_id": "key_1",
			"cache_creation": object{"ephemeral_5m_input_tokens": 5, "ephemeral_1h_input_tokens": 6}, "model": s.named("claude-sonnet-4-6"),
			"service_tier": "standard", "context_window": "0-200k", "inference_geo": "global"})
	case "organizations/cost_report":
		return page(object{"amount": s.count("123.45"), "currency": "USD", "description": s.named("Claude Sonnet") + " Usage - Input Tokens", "cost_type": "tokens", "workspace_id": s.id})
	case "organizations/usage_report/claude_code":
		return object{"data": []object{}, "has_more": false, "next_page": nil}
	case "organizations/workspaces":
		return list(object{"id": s.id, "name": s.project, "type": "workspace"})
	case "organizations/api_keys":
		return list(object{"id": "key_1", "name": s.key, "workspace_id": s.id, "partial_key_hint": "sk-ant-api03-R2D...igAA", "status": "active"})
	case "organizations/users":
		return list()
	}
	return nil
}

func (s *standIn) openrouter(path string, r *http.Request) any {
	switch path {
	case "activity":
		data := []object{}
		if day := rowTime().Format(time.DateOnly); r.URL.Query().Get("date") == day {
			data = append(data, object{"date": day, "model": s.named("openai/gpt-4o"), "model_permaslug": s.named("openai/gpt-4o"), "endpoint_id": "e", "provider_name": "OpenAI",
				"usage": 0.01, "byok_usage_inference": 0, "requests": s.count(2), "prompt_tokens": 10, "completion_tokens": 5, "reasoning_tokens": 1, "workspace_id": s.id})
		}
		return object{"data": data}
	case "credits":
		return object{"data": object{"total_credits": 25.5, "total_usage": 3.25}}
	case "workspaces":
		return object{"data": []object{{"id": s.id, "name": s.project}}}
	}
	return nil
}

func (s *standIn) litellm(path string, r *http.Request) any {
	q := r.URL.Query()
	at := func(name string) time.Time {
		t, _ := time.Parse("2006-01-02 15:04:05", q.Get(name))
		return t
	}
	if path != "spend/logs/v2" {
		return nil
	}
	data := []object{}
	if !rowTime().Before(at("start_date")) && !rowTime().After(at("end_date")) {
		data = append(data, object{"request_id": "req_1", "call_type": "acompletion", "api_key": "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b",
			"spend": 0.002, "total_tokens": 10, "prompt_tokens": 7, "completion_tokens": 3, "startTime": rowTime().Format(time.RFC3339), "endTime": rowTime().Add(time.Second).Format(time.RFC3339),
			"model": s.named("gpt-4o"), "custom_llm_provider": "azure", "team_id": s.id, "status": "success",
			"metadata": object{"user_api_key_alias": s.key, "user_api_key_team_alias": s.project, "status": "success"}})
	}
	return object{"data": data, "total": len(data), "page": 1, "page_size": 1000, "total_pages": 1}
}

// connect adds a connection of every type, called as the type is.
func (s *standIn) connect(m *machine, args ...string) {
	m.t.Helper()
	for kind, key := range types() {
		m.vars[variable(kind)] = key
		m.run(append([]string{"sources", "add", "my-" + kind, "--type", kind, "--key", "env:" + variable(kind), "--base-url", s.base(kind), "--since", "2026-11-01"}, args...)...).ok()
	}
}

// variable is where the key of a type is kept.
func variable(kind string) string { return strings.ToUpper(kind) + "_ADMIN_KEY" }

// answers is a fault: a status and a body.
func answers(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}
