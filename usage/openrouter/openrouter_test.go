package openrouter_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tokpit/money"
	"tokpit/usage"
	"tokpit/usage/internal/sinktest"
	"tokpit/usage/openrouter"
)

func noon() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }

const key = "sk-or-v1-0123456789abcdef0123456789abcdef"

// act is a row of the stand-in.
type act struct {
	day, model, endpoint, upstream, workspace string
	usage, byok                               string // decimals
	requests, prompt, completion, reasoning   int64
}

// standIn is OpenRouter: it knows the last 30 days that have ended by its clock.
type standIn struct {
	mu         sync.Mutex
	now        time.Time
	acts       []act
	strings    bool
	noGroups   bool
	management bool
	requests   map[string]int
	dice       *rand.Rand
}

func newStandIn(now time.Time) *standIn {
	return &standIn{now: now, management: true, requests: map[string]int{}, dice: rand.New(rand.NewPCG(1, 1))}
}

func refuse(w http.ResponseWriter, status int, message string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"error":{"message":%q,"code":%d}}`, message, status)
}

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/api/v1/")
	s.requests[path]++
	if r.Header.Get("Authorization") != "Bearer "+key {
		refuse(w, 401, "User not found. "+r.Header.Get("Authorization"))
		return
	}
	switch path {
	case "activity":
		s.activity(w, r)
	case "credits":
		fmt.Fprint(w, `{"data":{"total_credits":100.5,"total_usage":"25.123456789"}}`)
	case "workspaces":
		fmt.Fprint(w, `{"data":[{"id":"ws1","name":"Research"},{"id":"ws2","name":null}],"total":2}`)
	case "key":
		fmt.Fprintf(w, `{"data":{"label":"sk-or-v1-012...def","is_management_key":%t}}`, s.management)
	default:
		refuse(w, 404, "Not found")
	}
}

func (s *standIn) activity(w http.ResponseWriter, r *http.Request) {
	today := s.now.Truncate(24 * time.Hour)
	day, err := time.Parse(time.DateOnly, r.URL.Query().Get("date"))
	group := r.URL.Query().Get("group_by")
	switch {
	case !s.management:
		refuse(w, 403, "Only management keys can fetch activity for an account")
		return
	case group != "" && s.noGroups:
		refuse(w, 400, "group_by: unknown")
		return
	case err != nil, !day.Before(today), day.Before(today.AddDate(0, 0, -30)):
		refuse(w, 400, "Date must be within the last 30 (completed) UTC days")
		return
	}
	rows := []map[string]any{}
	for _, a := range s.acts {
		if a.day != day.Format(time.DateOnly) {
			continue
		}
		row := map[string]any{"date": a.day, "model": a.model, "model_permaslug": a.model + "-2026", "endpoint_id": a.endpoint, "provider_name": a.upstream,
			"usage": json.Number(a.usage), "byok_usage_inference": json.Number(a.byok), "requests": s.number(a.requests), "prompt_tokens": s.number(a.prompt),
			"completion_tokens": s.number(a.completion), "reasoning_tokens": s.number(a.reasoning), "more": nil}
		if s.strings {
			row["usage"] = a.usage
		}
		if group == "workspace" {
			row["workspace_id"] = a.workspace
		}
		rows = append(rows, row)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"data": rows})
}

func (s *standIn) number(n int64) any {
	if s.strings && s.dice.IntN(2) == 0 {
		return strconv.FormatInt(n, 10)
	}
	return n
}

func (s *standIn) fill(dice *rand.Rand, days int) {
	pick := func(list ...string) string { return list[dice.IntN(len(list))] }
	for d := range days {
		if dice.IntN(6) == 0 {
			continue
		}
		for i := range dice.IntN(6) {
			a := act{day: s.now.AddDate(0, 0, -d).Format(time.DateOnly), model: pick("openai/gpt-5", "anthropic/claude-opus-5"), endpoint: fmt.Sprint("e", i),
				upstream: pick("OpenAI", "Anthropic", "Google AI Studio"), workspace: pick("ws1", "ws2"), usage: fmt.Sprintf("0.%08d", dice.IntN(1e8)), byok: "0",
				requests: dice.Int64N(50) + 1, prompt: dice.Int64N(1e6), completion: dice.Int64N(1e5) + 1}
			if dice.IntN(3) == 0 {
				a.byok = fmt.Sprintf("1.%07d", dice.IntN(1e7))
			}
			a.reasoning = dice.Int64N(a.completion)
			s.acts = append(s.acts, a)
		}
	}
}

// sums is what must be the same here and there: by day, model and workspace,
// tokens and requests once, and both kinds of money.
type sums struct {
	tokens   usage.Tokens
	requests int64
	paid     money.Amount
	upstream money.Amount
}

func usd(s string) money.Amount {
	a, err := money.Parse(s)
	if err != nil {
		panic(err)
	}
	return a
}

func compare(t *testing.T, when string, sink *sinktest.Sink, s *standIn, since string) {
	t.Helper()
	got, want := map[string]sums{}, map[string]sums{}
	for _, r := range sink.Records {
		k := fmt.Sprint(r.Start.Format(time.DateOnly), "|", r.Model, "|", r.Project, "|", r.Tags.Get("upstream"))
		x := got[k]
		x.tokens, x.requests = x.tokens.Add(r.Tokens), x.requests+r.Requests
		if r.Tags.Get("byok") == "true" {
			x.upstream = x.upstream.Add(r.Reported)
		} else {
			x.paid = x.paid.Add(r.Reported)
			if r.Provider != "openrouter" || r.Basis != usage.Reported {
				t.Errorf("%s: %+v", when, r.Dims)
			}
		}
		got[k] = x
	}
	for _, a := range s.acts {
		if a.day < since || a.day >= s.now.Format(time.DateOnly) {
			continue
		}
		ws := a.workspace
		if s.noGroups {
			ws = ""
		}
		k := fmt.Sprint(a.day, "|", a.model, "|", ws, "|", a.upstream)
		x := want[k]
		x.tokens = x.tokens.Add(usage.Tokens{Input: a.prompt, Output: a.completion, Reasoning: a.reasoning})
		x.requests, x.paid, x.upstream = x.requests+a.requests, x.paid.Add(usd(a.usage)), x.upstream.Add(usd(a.byok))
		want[k] = x
	}
	for k := range want {
		if !reflect.DeepEqual(got[k], want[k]) {
			t.Errorf("%s: %s: %+v, want %+v", when, k, got[k], want[k])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d groups, want %d", when, len(got), len(want))
	}
}

func serve(t testing.TB, h http.Handler) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL + "/api/v1"
}

func options(base string, s *standIn) openrouter.Options {
	return openrouter.Options{Name: "router", BaseURL: base, Now: func() time.Time { return s.now },
		Key: func(context.Context) (string, error) { return key, nil }, Sleep: sinktest.NoSleep}
}

func open(t testing.TB, o openrouter.Options) *openrouter.Source {
	t.Helper()
	s, err := openrouter.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func ago(s *standIn, days int) string { return s.now.AddDate(0, 0, -days).Format(time.DateOnly) }

// TestAMonthOfDays pulls day after day, with revisions, an unreliable network
// and kills; what was read stays when OpenRouter has let go of it.
func TestAMonthOfDays(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			dice := rand.New(rand.NewPCG(seed, 9))
			s := newStandIn(noon())
			s.strings, s.noGroups = seed%2 == 0, seed%3 == 0
			s.fill(dice, 40)
			chaos := &sinktest.Chaos{Handler: s, Percent: 20, Seed: seed}
			o := options(serve(t, chaos), s)
			since := ago(s, 30)
			var sink sinktest.Sink
			for step := range 5 {
				sink.PullKilled(t, dice, open(t, o))
				compare(t, fmt.Sprint("step ", step), &sink, s, since)
				s.mu.Lock()
				for i := range s.acts {
					if a := &s.acts[i]; a.day > ago(s, 4) && dice.IntN(3) == 0 {
						a.completion, a.usage = a.completion/2+a.reasoning, "0.5"
					}
				}
				s.now = s.now.Add(time.Duration(10+dice.IntN(40)) * time.Hour)
				s.fill(dice, 2)
				s.mu.Unlock()
			}
			if len(sink.Quarantined) > 0 {
				t.Errorf("quarantined %+v", sink.Quarantined)
			}
		})
	}
}

func TestCoverage(t *testing.T) {
	s := newStandIn(noon())
	s.fill(rand.New(rand.NewPCG(1, 1)), 30)
	o := options(serve(t, s), s)
	var sink sinktest.Sink
	sink.Pull(t, open(t, o))
	midnight := func(days int) time.Time { return s.now.Truncate(24*time.Hour).AddDate(0, 0, -days) }
	first := usage.Coverage{Provider: "openrouter", Account: "router", Basis: usage.Reported, Span: usage.Span{Since: midnight(30), Until: midnight(0)}}
	if !slices.Equal(sink.Covered, []usage.Coverage{first}) {
		t.Fatalf("covered %v, want %v: today has not ended", sink.Covered, first)
	}
	// Two months nobody looked: what lies between is lost, and shows.
	s.now = s.now.AddDate(0, 2, 0)
	s.fill(rand.New(rand.NewPCG(2, 2)), 30)
	sink.Pull(t, open(t, o))
	second := first
	second.Span = usage.Span{Since: midnight(30), Until: midnight(0)}
	if !slices.Equal(sink.Covered, []usage.Coverage{first, second}) {
		t.Errorf("covered %v", sink.Covered)
	}
	if st := sink.Standing; st == nil || st.Granted != usd("100.5") || st.Used != usd("25.123456789") || st.Currency != "USD" || !st.At.Equal(s.now) {
		t.Errorf("standing %+v", st)
	}
	if e := sink.Entities[usage.ByProject]["ws1"]; e.Name != "Research" {
		t.Errorf("%+v", sink.Entities)
	}
}

// TestSinceIsKept: days before the first one wanted are not read.
func TestSinceIsKept(t *testing.T) {
	s := newStandIn(noon())
	s.fill(rand.New(rand.NewPCG(3, 1)), 30)
	o := options(serve(t, s), s)
	o.Since = noon().AddDate(0, 0, -5)
	var sink sinktest.Sink
	sink.Pull(t, open(t, o))
	compare(t, "five days", &sink, s, ago(s, 5))
	if n := s.requests["activity"]; n != 5 {
		t.Errorf("%d requests", n)
	}
}

// TestClocks: clocks that differ by hours cost at most the day that is in doubt,
// until they agree.
func TestClocks(t *testing.T) {
	for _, skew := range []time.Duration{-13 * time.Hour, -2 * time.Hour, 3 * time.Hour, 13 * time.Hour} {
		s := newStandIn(noon())
		s.fill(rand.New(rand.NewPCG(4, 1)), 31)
		o := options(serve(t, s), s)
		o.Now = func() time.Time { return s.now.Add(skew) }
		var sink sinktest.Sink
		sink.Pull(t, open(t, o))
		s.now = s.now.Add(24 * time.Hour)
		s.fill(rand.New(rand.NewPCG(5, 1)), 2)
		sink.Pull(t, open(t, o))
		o.Now = func() time.Time { return s.now }
		sink.Pull(t, open(t, o))
		// With the clock ahead by hours, the oldest day was already out of reach.
		compare(t, skew.String(), &sink, s, sink.Covered[0].Since.Format(time.DateOnly))
		if got := sink.Covered; len(got) != 1 || got[0].Since.After(noon().AddDate(0, 0, -28)) || !got[0].Until.Equal(s.now.Truncate(24*time.Hour)) {
			t.Errorf("%s: covered %v", skew, got)
		}
	}
}

// TestSetUps: each broken set-up is told in one line, with what to do, and
// without the key.
func TestSetUps(t *testing.T) {
	inference := newStandIn(noon())
	inference.management = false
	answer := func(status int, kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			fmt.Fprint(w, strings.ReplaceAll(body, "KEY", r.Header.Get("Authorization")))
		}
	}
	for _, c := range []struct {
		name, key     string
		handler       http.Handler
		base          string
		message, hint string
	}{
		{"a key for models", key, inference, "", "not a management key", "management key"},
		{"revoked", "sk-or-v1-ffffffffffffffffffffffffffffffff", newStandIn(noon()), "", "User not found", "not accepted"},
		{"another provider's key", "sk-ant-admin01-0123456789abcdef", nil, "", "key of Anthropic", "management key"},
		{"no key", "", nil, "", "key is empty", "management key"},
		{"a web page", key, answer(200, "text/html", "<!doctype html>KEY"), "", "web page", "--base-url"},
		{"another API", key, answer(200, "application/json", `{"object":"list"}`), "", "not OpenRouter's", "--base-url"},
		{"out of order", key, answer(502, "text/html", "<html>bad gateway KEY</html>"), "", "502", "try again"},
		{"throttled", key, answer(429, "application/json", `{"error":{"message":"Rate limit exceeded KEY","code":429}}`), "", "Rate limit", "later"},
		{"no credit", key, answer(402, "application/json", `{"error":{"message":"Insufficient credits","code":402}}`), "", "Insufficient", "credit"},
		{"wrong path", key, answer(404, "application/json", `{"error":{"message":"Not Found","code":404}}`), "", "404", "--base-url"},
		{"nobody there", key, nil, "http://127.0.0.1:1", "reached", "network"},
		{"plain http", key, nil, "http://openrouter.example", "https", "https"},
	} {
		t.Run(c.name, func(t *testing.T) {
			base := c.base
			if base == "" {
				h := c.handler
				if h == nil {
					h = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the provider was asked") })
				}
				base = serve(t, h)
			}
			o := options(base, newStandIn(noon()))
			o.Key = func(context.Context) (string, error) { return c.key, nil }
			s, err := openrouter.New(o)
			if err == nil {
				err = s.Test(context.Background())
			}
			if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), c.message) {
				t.Fatalf("%v, want %q", err, c.message)
			}
			var hint interface{ Hint() string }
			if !errors.As(err, &hint) || !strings.Contains(hint.Hint(), c.hint) {
				t.Errorf("hint %v, want %q", hint, c.hint)
			}
			if said := fmt.Sprintf("%v %+v %#v", err, err, hint); c.key != "" && strings.Contains(said, c.key[8:]) {
				t.Errorf("the key is in %s", said)
			}
		})
	}
	s := newStandIn(noon())
	if err := open(t, options(serve(t, s), s)).Test(context.Background()); err != nil {
		t.Error(err)
	}
	o := options("", s)
	if o.Grain = "1h"; true {
		if _, err := openrouter.New(o); err == nil {
			t.Error("grain 1h was taken")
		}
	}
}
