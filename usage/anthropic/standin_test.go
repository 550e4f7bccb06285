package anthropic_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"tokpit/money"
	"tokpit/usage"
)

// event is one request that the stand-in knows of.
type event struct {
	at   time.Time
	dims map[string]string // by the names of the API; missing is null
	n    usage.Tokens
	web  int64
}

// charge is one position of the bill of a day.
type charge struct {
	day, workspace, description, model string
	cents                              string
}

// coder is a person's day in the Claude Code report.
type coder struct {
	day, email, customer, terminal, model string
	n                                     usage.Tokens
}

// standIn is Anthropic's Admin API, with its rules and its quirks.
type standIn struct {
	mu      sync.Mutex
	now     time.Time // its clock
	key     string
	events  []event
	charges []charge
	coders  []coder

	noSpeed    bool            // refuses the beta
	gone       map[string]bool // paths that answer 404
	loop       string          // path whose pages lead back
	bad        string          // a row that the day 2026-11-17 has too
	strings    bool            // numbers as strings, now and then
	quiet      bool            // leaves empty buckets out
	perPage    int             // buckets in a page, whatever the limit says
	requests   map[string]int
	dice       *rand.Rand
	users      int
	unexpected []string
}

func newStandIn(now time.Time) *standIn {
	return &standIn{now: now, key: "sk-ant-admin01-secret", gone: map[string]bool{}, requests: map[string]int{}, dice: rand.New(rand.NewPCG(7, 7)), users: 3}
}

func (s *standIn) refuse(w http.ResponseWriter, status int, kind, message string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"type":"error","error":{"type":%q,"message":%q},"request_id":"req_1"}`, kind, message)
}

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/v1/organizations/")
	s.requests[path]++
	q := r.URL.Query()
	switch {
	case r.Header.Get("X-Api-Key") != s.key:
		s.refuse(w, 401, "authentication_error", "invalid x-api-key: "+r.Header.Get("X-Api-Key"))
	case r.Header.Get("Anthropic-Version") == "":
		s.refuse(w, 400, "invalid_request_error", "anthropic-version: header is required")
	case s.gone[path]:
		s.refuse(w, 404, "not_found_error", "Not found")
	case path == "usage_report/messages":
		s.report(w, r, q, s.messages)
	case path == "cost_report":
		s.report(w, r, q, s.costs)
	case path == "usage_report/claude_code":
		s.claudeCode(w, q)
	case path == "me":
		fmt.Fprint(w, `{"id":"org-uuid","type":"organization","name":"Acme \u001b[31mInc"}`)
	case path == "workspaces", path == "api_keys", path == "users":
		s.directory(w, path, q)
	default:
		s.unexpected = append(s.unexpected, r.URL.Path)
		s.refuse(w, 404, "not_found_error", "Not found")
	}
}

var allowed = []string{"account_id", "api_key_id", "context_window", "inference_geo", "model", "service_account_id", "service_tier", "speed", "workspace_id"}

// report answers with the buckets of a span, page by page.
func (s *standIn) report(w http.ResponseWriter, r *http.Request, q url.Values, rows func(day string, events []event, groups []string) []map[string]any) {
	width := map[string]time.Duration{"1d": 24 * time.Hour, "1h": time.Hour, "1m": time.Minute}[q.Get("bucket_width")]
	most := map[string]int{"1d": 31, "1h": 168, "1m": 1440}[q.Get("bucket_width")]
	cost := strings.HasSuffix(r.URL.Path, "cost_report")
	groups := q["group_by[]"]
	for _, g := range groups {
		ok := slices.Contains(allowed, g)
		if cost {
			ok = g == "workspace_id" || g == "description"
		}
		if g == "speed" && (s.noSpeed || r.Header.Get("Anthropic-Beta") != "fast-mode-2026-02-01") {
			s.refuse(w, 400, "invalid_request_error", "group_by: speed needs a beta header")
			return
		}
		if !ok {
			s.refuse(w, 400, "invalid_request_error", "group_by: unknown "+g)
			return
		}
	}
	limit, _ := strconv.Atoi(q.Get("limit"))
	if width == 0 || limit < 1 || limit > most || cost && width != 24*time.Hour {
		s.refuse(w, 400, "invalid_request_error", "limit")
		return
	}
	from, err1 := time.Parse(time.RFC3339, q.Get("starting_at"))
	to, err2 := time.Parse(time.RFC3339, q.Get("ending_at"))
	from = from.Truncate(width)
	// No bucket of a span that has begun only now has ended.
	if err1 != nil || err2 != nil || !from.Before(to) || !from.Add(width).Before(s.now) {
		s.refuse(w, 400, "invalid_request_error", "Invalid date range: ending date must be after starting date")
		return
	}
	if s.perPage > 0 {
		limit = min(limit, s.perPage)
	}
	if page := q.Get("page"); page != "" {
		data, _ := base64.URLEncoding.DecodeString(page)
		at, err := time.Parse(time.RFC3339, string(data))
		if err != nil {
			s.refuse(w, 400, "invalid_request_error", "page")
			return
		}
		from = at
	}
	inBucket := map[time.Time][]event{}
	for _, e := range s.events {
		if s.visible(e) {
			inBucket[e.at.Truncate(width)] = append(inBucket[e.at.Truncate(width)], e)
		}
	}
	data := []map[string]any{}
	at := from
	for ; at.Before(to) && at.Before(s.now) && len(data) < limit; at = at.Add(width) {
		results := rows(at.Format(time.DateOnly), inBucket[at], groups)
		if s.bad != "" && at.Format(time.DateOnly) == "2026-11-17" {
			results = append(results, map[string]any{"bad": true})
		}
		if s.quiet && len(results) == 0 {
			continue
		}
		data = append(data, map[string]any{"starting_at": at.Format(time.RFC3339), "ending_at": at.Add(width).Format(time.RFC3339), "results": results})
	}
	more := at.Before(to) && at.Before(s.now)
	out := map[string]any{"data": data, "has_more": more, "next_page": nil, "unknown": []int{1}}
	if more {
		out["next_page"] = base64.URLEncoding.EncodeToString([]byte(at.Format(time.RFC3339)))
	}
	if s.loop != "" && strings.HasSuffix(r.URL.Path, s.loop) {
		out["has_more"], out["next_page"] = true, base64.URLEncoding.EncodeToString([]byte(from.Format(time.RFC3339)))
	}
	text, _ := json.Marshal(out)
	_, _ = w.Write([]byte(strings.ReplaceAll(string(text), `{"bad":true}`, s.bad)))
}

// visible is what has arrived in the reports: nothing of the last five minutes.
func (s *standIn) visible(e event) bool { return e.at.Before(s.now.Add(-5 * time.Minute)) }

func (s *standIn) messages(_ string, events []event, groups []string) []map[string]any {
	type sums struct {
		n   usage.Tokens
		web int64
	}
	rows := map[string]*sums{}
	dims := map[string]map[string]string{}
	for _, e := range events {
		key, mine := "", map[string]string{}
		for _, g := range groups {
			if v, ok := e.dims[g]; ok {
				mine[g] = v
				key += g + v + "\x00"
			}
		}
		if rows[key] == nil {
			rows[key], dims[key] = &sums{}, mine
		}
		rows[key].n, rows[key].web = rows[key].n.Add(e.n), rows[key].web+e.web
	}
	out := []map[string]any{}
	for key, sum := range rows {
		row := map[string]any{"uncached_input_tokens": s.number(sum.n.Input), "cache_read_input_tokens": s.number(sum.n.CacheRead), "output_tokens": s.number(sum.n.Output),
			"cache_creation":  map[string]any{"ephemeral_5m_input_tokens": s.number(sum.n.CacheWrite5m), "ephemeral_1h_input_tokens": s.number(sum.n.CacheWrite1h)},
			"server_tool_use": map[string]any{"web_search_requests": s.number(sum.web)}, "new_field": map[string]any{"x": 1}}
		for _, g := range allowed {
			row[g] = nil
		}
		for g, v := range dims[key] {
			row[g] = v
		}
		out = append(out, row)
	}
	return out
}

func (s *standIn) number(n int64) any {
	if s.strings && s.dice.IntN(3) == 0 {
		return strconv.FormatInt(n, 10)
	}
	return n
}

func (s *standIn) costs(day string, _ []event, _ []string) []map[string]any {
	out := []map[string]any{}
	for _, c := range s.charges {
		if c.day != day {
			continue
		}
		row := map[string]any{"amount": c.cents, "currency": "USD", "description": c.description, "cost_type": "tokens", "workspace_id": nil,
			"model": c.model, "service_tier": "standard", "context_window": "0-200k", "inference_geo": "global", "token_type": "output_tokens"}
		if c.workspace != "" {
			row["workspace_id"] = c.workspace
		}
		out = append(out, row)
	}
	return out
}

func (s *standIn) claudeCode(w http.ResponseWriter, q url.Values) {
	day, err := time.Parse(time.DateOnly, q.Get("starting_at"))
	if err != nil || day.After(s.now) {
		s.refuse(w, 400, "invalid_request_error", "starting_at")
		return
	}
	var rows []map[string]any
	for _, c := range s.coders {
		if c.day != q.Get("starting_at") {
			continue
		}
		actor := map[string]any{"type": "user_actor", "email_address": c.email}
		if c.customer == "api" {
			actor = map[string]any{"type": "api_actor", "api_key_name": "ci"}
		}
		rows = append(rows, map[string]any{"date": c.day + "T00:00:00Z", "actor": actor, "organization_id": "org-uuid", "customer_type": c.customer,
			"terminal_type": c.terminal, "core_metrics": map[string]any{"num_sessions": 3},
			"model_breakdown": []any{map[string]any{"model": c.model, "tokens": map[string]any{"input": s.number(c.n.Input), "output": s.number(c.n.Output),
				"cache_read": s.number(c.n.CacheRead), "cache_creation": s.number(c.n.CacheWrite5m)}, "estimated_cost": map[string]any{"currency": "USD", "amount": 12.5}}}})
	}
	const size = 2
	at, _ := strconv.Atoi(q.Get("page"))
	end := min(len(rows), at+size)
	out := map[string]any{"data": append([]map[string]any{}, rows[min(at, end):end]...), "has_more": end < len(rows), "next_page": nil}
	if end < len(rows) {
		out["next_page"] = strconv.Itoa(end)
	}
	_ = json.NewEncoder(w).Encode(out)
}

func (s *standIn) directory(w http.ResponseWriter, path string, q url.Values) {
	prefix := map[string]string{"workspaces": "wrkspc_", "api_keys": "apikey_", "users": "user_"}[path]
	first := 0
	if after := q.Get("after_id"); after != "" {
		n, _ := strconv.Atoi(strings.TrimPrefix(after, prefix))
		first = n + 1
	}
	data := []map[string]any{}
	for i := first; i < s.users && len(data) < 2; i++ {
		id := prefix + strconv.Itoa(i)
		e := map[string]any{"id": id, "name": "Name of " + id, "created_at": "2026-01-02T03:04:05Z", "archived_at": nil}
		switch path {
		case "api_keys":
			e["workspace_id"], e["partial_key_hint"], e["status"] = "wrkspc_0", "sk-ant-api03-R2D...igAA", "active"
		case "users":
			e["email"], e["added_at"] = fmt.Sprintf("u%d@example.com", i), "2026-01-02T03:04:05Z"
		}
		data = append(data, e)
	}
	last := any(nil)
	if len(data) > 0 {
		last = data[len(data)-1]["id"]
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"data": data, "has_more": first+len(data) < s.users, "first_id": nil, "last_id": last})
}

// fill makes up n requests in the days before now.
func (s *standIn) fill(dice *rand.Rand, days, n int) {
	pick := func(list ...string) string { return list[dice.IntN(len(list))] }
	for range n {
		at := s.now.Add(-time.Duration(dice.Int64N(int64(days) * int64(24*time.Hour))))
		d := map[string]string{"model": pick("claude-opus-5", "claude-sonnet-5-5", "claude-haiku-5-5"), "service_tier": pick("standard", "standard", "batch", "priority_on_demand"),
			"context_window": pick("0-200k", "0-200k", "200k-1M"), "inference_geo": pick("global", "us", "not_available"), "speed": pick("standard", "standard", "fast")}
		for name, v := range map[string]string{"api_key_id": pick("", "apikey_0", "apikey_1"), "workspace_id": pick("", "wrkspc_0", "wrkspc_1"),
			"account_id": pick("", "", "user_1"), "service_account_id": pick("", "", "svac_1")} {
			if v != "" {
				d[name] = v
			}
		}
		s.events = append(s.events, event{at, d, usage.Tokens{Input: dice.Int64N(1e6), CacheRead: dice.Int64N(1e6), CacheWrite5m: dice.Int64N(1e5), CacheWrite1h: dice.Int64N(1e5),
			Output: dice.Int64N(1e5) + 1}, dice.Int64N(3)})
	}
	for d := range days {
		day := s.now.AddDate(0, 0, -d).Format(time.DateOnly)
		for i := range 3 {
			s.charges = append(s.charges, charge{day, pick("", "wrkspc_0"), fmt.Sprintf("Claude Opus 5 Usage - Output %d", i), "claude-opus-5",
				fmt.Sprintf("%d.%05d", dice.IntN(10000), dice.IntN(100000))})
		}
		for i := range dice.IntN(5) {
			s.coders = append(s.coders, coder{day, fmt.Sprintf("u%d@example.com", i), pick("api", "subscription", "subscription"), pick("vscode", "iTerm.app"), "claude-opus-5",
				usage.Tokens{Input: dice.Int64N(1e5), CacheRead: dice.Int64N(1e6), CacheWrite5m: dice.Int64N(1e5), Output: dice.Int64N(1e4) + 1}})
		}
	}
}

// truth is what a sink should hold, by what it is and what it belongs to.
func (s *standIn) truth(since time.Time) (out map[string]usage.Measures, billed money.Amount) {
	out = map[string]usage.Measures{}
	add := func(key string, m usage.Measures) { out[key] = out[key].Add(m) }
	for _, e := range s.events {
		if e.at.Before(since) || !s.visible(e) {
			continue
		}
		d := e.dims
		tier := d["service_tier"]
		if tier == "standard" {
			tier = ""
		}
		if d["speed"] == "fast" && !s.noSpeed {
			tier = "fast"
		}
		user := d["account_id"]
		if user == "" {
			user = d["service_account_id"]
		}
		region := d["inference_geo"]
		if region != "us" {
			region = ""
		}
		m := usage.Measures{Tokens: e.n}
		if e.web > 0 {
			m.Quantities = []usage.Quantity{{Meter: "web_search", N: e.web}}
		}
		add(fmt.Sprint(e.at.UTC().Format(time.DateOnly), "|anthropic|", d["model"], "|", d["workspace_id"], "|", d["api_key_id"], "|", user, "|", tier, "|", region, "|", d["context_window"]), m)
	}
	for _, c := range s.coders {
		if c.customer == "subscription" && c.day >= since.Format(time.DateOnly) {
			n, _ := strconv.Atoi(c.email[1:2])
			user := c.email
			if n < s.users {
				user = "user_" + strconv.Itoa(n)
			}
			add(fmt.Sprint(c.day, "|claude-code|", c.model, "|||", user, "|||"+c.terminal), usage.Measures{Tokens: c.n})
		}
	}
	for _, c := range s.charges {
		if c.day >= since.Format(time.DateOnly) {
			cents, err := money.Parse(c.cents)
			if err != nil {
				panic(err)
			}
			billed = billed.Add(money.NewRate(cents).Scale(1, 100).Amount())
		}
	}
	return out, billed
}
