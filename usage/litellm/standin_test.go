package litellm_test

import (
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

// request is one request that the proxy has served.
type request struct {
	id                         string
	at                         time.Time
	model, provider, key, team string
	user                       string
	prompt, read, write, out   int64
	spend                      string // decimal
	hit                        bool
	hidden                     time.Time // not in the log before
	fallen                     bool      // cut off from the log
}

// proxy is LiteLLM, of one version or another.
type proxy struct {
	mu       sync.Mutex
	now      time.Time
	served   []request
	requests map[string]int

	gone    map[string]bool // paths that answer 404
	denied  map[string]int  // paths that answer with a refusal
	small   bool            // allows 100 rows in a page only
	newest  bool            // newest rows first, whatever is asked for
	cap     int             // counts no further
	loop    bool            // every page is the first
	strings bool
	dice    *rand.Rand
	asked   []string // what was asked for that there is not
}

const key = "sk-master-0123456789abcdef"

func newProxy(now time.Time) *proxy {
	return &proxy{now: now, requests: map[string]int{}, gone: map[string]bool{}, denied: map[string]int{}, cap: 10_000, dice: rand.New(rand.NewPCG(1, 2))}
}

func refuse(w http.ResponseWriter, status int, message string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"error":{"message":%q,"type":"auth_error","param":"None","code":"%d"}}`, message, status)
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/")
	p.requests[path]++
	q := r.URL.Query()
	switch {
	case r.Header.Get("Authorization") != "Bearer "+key:
		refuse(w, 401, "Authentication Error, Invalid proxy server token passed. Received "+r.Header.Get("Authorization"))
	case p.denied[path] != 0:
		refuse(w, p.denied[path], "Only proxy admin can be used to view spend")
	case p.gone[path]:
		w.WriteHeader(404)
		fmt.Fprint(w, `{"detail":"Not Found"}`)
	case path == "spend/logs/v2", path == "spend/logs/ui":
		p.pages(w, q)
	case path == "spend/logs":
		p.list(w, q)
	case path == "user/daily/activity":
		p.daily(w, q)
	case path == "team/list":
		fmt.Fprint(w, `[{"team_id":"t1","team_alias":"Platform"},{"team_id":"t2","team_alias":null}]`)
	case path == "key/list":
		fmt.Fprint(w, `{"keys":[{"token":"k1","key_alias":"ci","key_name":"sk-...ab12","team_id":"t1","created_at":"2026-01-02T03:04:05Z"}],"total_pages":1}`)
	case path == "user/list":
		fmt.Fprint(w, `{"users":[{"user_id":"u1","user_email":"ann@example.com"}],"total_pages":1}`)
	default:
		p.asked = append(p.asked, r.URL.Path)
		w.WriteHeader(404)
	}
}

// between lists the rows of the log that start in a span, both ends inside, in
// order.
func (p *proxy) between(from, to time.Time) (out []request) {
	for _, r := range p.served {
		if !r.at.Before(from) && !r.at.After(to) && !r.fallen && !r.hidden.After(p.now) && !r.at.After(p.now) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b request) int {
		if c := a.at.Compare(b.at); c != 0 {
			return c
		}
		return strings.Compare(a.id, b.id)
	})
	if p.newest {
		slices.Reverse(out)
	}
	return out
}

func (p *proxy) number(n int64) any {
	if p.strings && p.dice.IntN(2) == 0 {
		return strconv.FormatInt(n, 10)
	}
	return n
}

func (p *proxy) row(r request) map[string]any {
	hit := "False"
	if r.hit {
		hit = "True"
	}
	spend := any(json.Number(r.spend))
	if p.strings {
		spend = r.spend
	}
	return map[string]any{"request_id": r.id, "call_type": "acompletion", "api_key": r.key, "spend": spend, "total_tokens": p.number(r.prompt + r.out), "prompt_tokens": p.number(r.prompt),
		"completion_tokens": p.number(r.out), "startTime": r.at.Format("2006-01-02T15:04:05.000Z"), "endTime": r.at.Add(time.Second).Format(time.RFC3339), "model": r.model,
		"custom_llm_provider": r.provider, "user": r.user, "team_id": r.team, "cache_hit": hit, "request_tags": []string{"job:x"}, "messages": "{}", "response": nil,
		"metadata": map[string]any{"status": "success", "user_api_key_alias": "row alias", "additional_usage_values": map[string]any{"cache_read_input_tokens": p.number(r.read), "cache_creation_input_tokens": p.number(r.write)}}}
}

func (p *proxy) pages(w http.ResponseWriter, q url.Values) {
	from, err1 := time.Parse("2006-01-02 15:04:05", q.Get("start_date"))
	to, err2 := time.Parse("2006-01-02 15:04:05", q.Get("end_date"))
	page, _ := strconv.Atoi(q.Get("page"))
	size, _ := strconv.Atoi(q.Get("page_size"))
	most := 1000
	if p.small {
		most = 100
	}
	switch {
	case err1 != nil, err2 != nil, page < 1:
		refuse(w, 400, "Start date and end date are required")
		return
	case size < 1 || size > most:
		w.WriteHeader(422)
		fmt.Fprint(w, `{"detail":[{"type":"less_than_equal","loc":["query","page_size"],"msg":"Input should be less than or equal to 100"}]}`)
		return
	}
	if p.loop {
		page = 1
	}
	all := p.between(from, to)
	first := min((page-1)*size, len(all))
	rows := []map[string]any{}
	for _, r := range all[first:min(first+size, len(all))] {
		rows = append(rows, p.row(r))
	}
	total := min(len(all), p.cap)
	_ = json.NewEncoder(w).Encode(map[string]any{"data": rows, "total": total, "page": page, "page_size": size, "total_pages": (total + size - 1) / size, "total_is_capped": len(all) > p.cap})
}

func (p *proxy) list(w http.ResponseWriter, q url.Values) {
	from, err1 := time.Parse(time.DateOnly, q.Get("start_date"))
	to, err2 := time.Parse(time.DateOnly, q.Get("end_date"))
	if err1 != nil || err2 != nil {
		refuse(w, 500, "/spend/logs Error")
		return
	}
	rows := []map[string]any{}
	if q.Get("summarize") != "false" {
		rows = append(rows, map[string]any{"startTime": q.Get("start_date"), "spend": 1, "users": map[string]any{}, "models": map[string]any{}})
	} else {
		for _, r := range p.between(from, to) {
			rows = append(rows, p.row(r))
		}
	}
	_ = json.NewEncoder(w).Encode(rows)
}

// daily answers with a day in as many parts as there are rows of the day's
// table, a few of them in a page.
func (p *proxy) daily(w http.ResponseWriter, q url.Values) {
	page, _ := strconv.Atoi(q.Get("page"))
	type share struct {
		model, provider, key, team  string
		prompt, read, write, out, n int64
		spend                       money.Amount
	}
	shares := map[string]*share{}
	var order []string
	for _, r := range p.served {
		if r.at.Format(time.DateOnly) < q.Get("start_date") || r.at.Format(time.DateOnly) > q.Get("end_date") || r.at.After(p.now) {
			continue
		}
		id := r.model + "|" + r.provider + "|" + r.key + "|" + r.team
		if shares[id] == nil {
			shares[id] = &share{model: r.model, provider: r.provider, key: r.key, team: r.team}
			order = append(order, id)
		}
		s := shares[id]
		if !r.hit {
			s.prompt, s.read, s.write, s.out, s.n = s.prompt+r.prompt, s.read+r.read, s.write+r.write, s.out+r.out, s.n+1
		}
		s.spend = s.spend.Add(usd(r.spend))
	}
	slices.Sort(order)
	const size = 2
	pages := (len(order) + size - 1) / size
	results := []any{}
	metrics := func(s *share) map[string]any {
		return map[string]any{"spend": json.Number(s.spend.String()), "prompt_tokens": s.prompt, "completion_tokens": s.out, "cache_read_input_tokens": s.read,
			"cache_creation_input_tokens": s.write, "api_requests": s.n + 1, "successful_requests": s.n, "failed_requests": 1, "total_tokens": s.prompt + s.out}
	}
	first := min((page-1)*size, len(order))
	if part := order[first:min(first+size, len(order))]; len(part) > 0 {
		whole := share{}
		models, providers := map[string]any{}, map[string]any{}
		for _, id := range part {
			s := shares[id]
			whole.prompt, whole.read, whole.write, whole.out, whole.n = whole.prompt+s.prompt, whole.read+s.read, whole.write+s.write, whole.out+s.out, whole.n+s.n
			whole.spend = whole.spend.Add(s.spend)
			keys := map[string]any{s.key: map[string]any{"metrics": metrics(s), "metadata": map[string]any{"key_alias": "daily alias", "team_id": s.team}}}
			if had, again := models[s.model].(map[string]any); again { // two keys of one model in one page
				for k, v := range had["api_key_breakdown"].(map[string]any) {
					keys[k] = v
				}
				both := *s
				for _, other := range part {
					if o := shares[other]; other != id && o.model == s.model {
						both.prompt, both.read, both.write, both.out, both.n, both.spend = both.prompt+o.prompt, both.read+o.read, both.write+o.write, both.out+o.out, both.n+o.n, both.spend.Add(o.spend)
					}
				}
				models[s.model] = map[string]any{"metrics": metrics(&both), "api_key_breakdown": keys}
			} else {
				models[s.model] = map[string]any{"metrics": metrics(s), "api_key_breakdown": keys}
			}
			providers[s.provider] = map[string]any{"metrics": metrics(s), "api_key_breakdown": keys}
		}
		results = append(results, map[string]any{"date": q.Get("start_date"), "metrics": metrics(&whole), "breakdown": map[string]any{"models": models, "providers": providers}})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"results": results, "metadata": map[string]any{"page": page, "total_pages": pages, "has_more": page < pages}})
}

// fill makes up n requests in the days before now.
func (p *proxy) fill(dice *rand.Rand, days, n int) {
	for range n {
		// A key uses one model of one provider and belongs to one team.
		who := dice.IntN(4)
		r := request{id: fmt.Sprintf("chatcmpl-%016x", dice.Uint64()), at: p.now.Add(-time.Duration(dice.Int64N(int64(days) * int64(24*time.Hour)))).Truncate(time.Millisecond),
			model: []string{"openai/gpt-5", "claude-opus-5", "bedrock/anthropic.claude-opus-5-v1:0", "gemini-3-pro"}[who], provider: []string{"openai", "anthropic", "bedrock", "vertex_ai"}[who],
			key: []string{"k1", "k2", "k3", "k4"}[who], team: []string{"t1", "t1", "t2", ""}[who], user: "u1",
			prompt: dice.Int64N(1e5), out: dice.Int64N(1e4) + 1, spend: fmt.Sprintf("0.%09d", dice.IntN(1e9)), hit: dice.IntN(10) == 0}
		r.read = dice.Int64N(r.prompt + 1)
		r.write = dice.Int64N(r.prompt - r.read + 1)
		if dice.IntN(8) == 0 { // takes its time
			r.hidden = r.at.Add(time.Duration(dice.Int64N(int64(20 * time.Hour))))
		}
		p.served = append(p.served, r)
	}
}

func usd(s string) money.Amount {
	a, err := money.Parse(s)
	if err != nil {
		panic(err)
	}
	return a
}

// sums is what must be the same here and there.
type sums struct {
	tokens   usage.Tokens
	requests int64
	spend    money.Amount
}

// truth is what a sink should hold by day, model, key, team and provider. Days
// that inLog denies are as the daily sums have them: all of them, at once.
func (p *proxy) truth(since time.Time, inLog func(day string) bool) map[string]sums {
	out := map[string]sums{}
	for _, r := range p.served {
		day := r.at.Format(time.DateOnly)
		if r.at.Before(since) || r.at.After(p.now) || inLog(day) && (r.fallen || r.hidden.After(p.now)) {
			continue
		}
		k := fmt.Sprint(day, "|", r.model, "|", r.key, "|", r.team, "|", r.provider)
		s := out[k]
		if !r.hit {
			s.tokens = s.tokens.Add(usage.Tokens{Input: r.prompt - r.read - r.write, CacheRead: r.read, CacheWrite5m: r.write, Output: r.out})
			s.requests++
		}
		s.spend = s.spend.Add(usd(r.spend))
		out[k] = s
	}
	return out
}
