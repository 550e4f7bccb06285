package litellm

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/buckets"
)

func day() time.Time { return time.Date(2026, 11, 19, 0, 0, 0, 0, time.UTC) }

func newPuller() *puller {
	p := &puller{Source: &Source{Options{Account: "acme", Trailing: 3}}, now: day().Add(30 * time.Hour), memory: remember(nil), names: newNames()}
	p.emit = func(usage.Batch) error { return nil }
	return p
}

// decodeLog runs rows through a log of one day.
func decodeLog(t testing.TB, data []byte) (recs map[string]usage.Record, bad []usage.Quarantined, p *puller) {
	t.Helper()
	p = newPuller()
	var rows []json.RawMessage
	if json.Unmarshal(data, &rows) != nil {
		return nil, nil, p
	}
	l := newLog(p, usage.Span{Since: day(), Until: day().Add(buckets.Day)})
	recs = map[string]usage.Record{}
	take := func(b usage.Batch) error {
		for _, r := range b.Records {
			if _, twice := recs[r.ID]; twice && r.ID == "" {
				t.Fatalf("id %q", r.ID)
			}
			recs[r.ID] = r
		}
		bad = append(bad, b.Quarantined...)
		return nil
	}
	p.emit = take
	for _, raw := range rows {
		if err := l.add(raw); err != nil {
			t.Fatal(err)
		}
	}
	_ = take(l.rest())
	return recs, bad, p
}

func TestRows(t *testing.T) {
	data, err := os.ReadFile("testdata/rows.json")
	if err != nil {
		t.Fatal(err)
	}
	recs, bad, p := decodeLog(t, data)
	if len(recs) != 5 || len(bad) != 3 {
		t.Fatalf("%d records; quarantined %+v", len(recs), bad)
	}
	a := recs["chatcmpl-1"]
	if a.Tokens != (usage.Tokens{Input: 200, CacheRead: 1000, CacheWrite5m: 150, CacheWrite1h: 50, Output: 100, Reasoning: 40}) || a.Context != 1400 || a.Requests != 1 || a.Flags != 0 ||
		a.Start.UnixMilli()%1000 != 123 || a.Slice != "" || a.Reported.String() != "0.0000105" || a.Currency != "USD" || len(a.Quantities) != 1 {
		t.Errorf("%+v", a)
	}
	want := usage.Dims{Source: "litellm", Account: "acme", Provider: "anthropic", Organization: "o1", Project: "t1", Key: "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b",
		User: "ann", Session: "s1", Model: "claude-opus-5", Basis: usage.Metered, Tags: "beta=true\nend_user=customer-7\njob=nightly\nuser_agent=openai"}
	if a.Dims != want {
		t.Errorf("%+v\nwant %+v", a.Dims, want)
	}
	b := recs["chatcmpl-2"]
	if b.Provider != "openai" || b.Tokens != (usage.Tokens{Input: 6, CacheRead: 4, Output: 20}) || b.Project != "t2" || b.Tags != "x=true" || len(b.Key) != 64 || b.Reported.String() != "0.5" {
		t.Errorf("%+v", b)
	}
	if h := recs["hit-1"]; !h.Tokens.IsZero() || h.Requests != 0 || h.Tags.Get("cache_hit") != "true" || h.Currency != "USD" {
		t.Errorf("%+v", h)
	}
	if i := recs["image"]; i.Reported.String() != "0.04" || !i.Tokens.IsZero() || i.Context != usage.Absent {
		t.Errorf("%+v", i)
	}
	if o := recs["odd"]; o.Flags != usage.FlagTotalMismatch || o.Input != 5 || o.CacheRead != 50 || o.Start.Hour() != 11 {
		t.Errorf("%+v", o)
	}
	for _, q := range bad {
		if !strings.HasPrefix(q.File, "spend/logs 2026-11-19") || q.Line == 0 {
			t.Errorf("%+v", q)
		}
	}
	if e := p.names.list(); len(e) != 3 || e[0].Name != "ci" || e[0].Parent != "t1" || e[1].Name != "Platform" || e[2].Hint != "ann@example.com" {
		t.Errorf("%+v", e)
	}
	if got := strings.Join(p.Providers, " "); got != "anthropic bedrock openai" {
		t.Errorf("providers %q", got)
	}
	if data, _ := json.Marshal(p.memory.encode()); strings.Contains(string(data), "secret") {
		t.Error("a prompt is remembered")
	}
}

const oneDay = `{"date":"2026-11-19","metrics":{"spend":10.5,"prompt_tokens":1000,"completion_tokens":110,"cache_read_input_tokens":400,"cache_creation_input_tokens":100,"api_requests":12,"successful_requests":11},
"breakdown":{"models":{
 "openai/gpt-5":{"metrics":{"spend":4,"prompt_tokens":600,"completion_tokens":60,"cache_read_input_tokens":400,"cache_creation_input_tokens":100,"api_requests":6,"successful_requests":6},
  "api_key_breakdown":{"k1":{"metrics":{"spend":3,"prompt_tokens":500,"completion_tokens":50,"cache_read_input_tokens":400,"cache_creation_input_tokens":100,"api_requests":5,"successful_requests":5},"metadata":{"key_alias":"ci","team_id":"t1"}}}},
 "claude-opus-5":{"metrics":{"spend":"6","prompt_tokens":300,"completion_tokens":40,"api_requests":4,"successful_requests":4},"api_key_breakdown":{"k2":{"metrics":{"spend":6.0000000000001,"prompt_tokens":300,"completion_tokens":40,"api_requests":4,"successful_requests":4}}}}},
 "providers":{"openai":{"metrics":{},"api_key_breakdown":{"k1":{"metrics":{}}}},"anthropic":{"metrics":{},"api_key_breakdown":{"k2":{"metrics":{}}}}}}}`

// TestDaily: every model and key has its share, and what no key or model has is
// not lost.
func TestDaily(t *testing.T) {
	p := newPuller()
	into := buckets.NewBucket("daily/1d", day(), day().Add(buckets.Day))
	if err := p.addDay(json.RawMessage(oneDay), day(), into); err != nil {
		t.Fatal(err)
	}
	recs := into.Slice().Records
	got := map[string]usage.Record{}
	var sum usage.Measures
	for _, r := range recs {
		got[r.Provider+" "+r.Model+" "+r.Key] = r
		sum = sum.Add(r.Measures())
	}
	if r := got["openai openai/gpt-5 k1"]; r.Tokens != (usage.Tokens{Input: 0, CacheRead: 400, CacheWrite5m: 100, Output: 50}) || r.Project != "t1" || r.Requests != 5 || r.Reported.String() != "3" || r.Basis != usage.Metered {
		t.Errorf("%+v", r)
	}
	if r := got["openai openai/gpt-5 "]; r.Input != 100 || r.Output != 10 || r.Requests != 1 || r.Reported.String() != "1" {
		t.Errorf("%+v", r)
	}
	if r := got["anthropic claude-opus-5 k2"]; r.Input != 300 || r.Reported.String() != "6.0000000000001" {
		t.Errorf("%+v", r)
	}
	if r := got["  "]; r.Input != 100 || r.Output != 10 || r.Requests != 1 {
		t.Errorf("the rest: %+v", r)
	}
	if len(recs) != 4 || sum.TotalInput() != 1000 || sum.Output != 110 || sum.Requests != 11 {
		t.Errorf("%d records, %+v", len(recs), sum)
	}
	if err := p.addDay(json.RawMessage(oneDay), day().AddDate(0, 0, 1), into); err == nil {
		t.Error("the wrong day was taken")
	}
}

func TestInstants(t *testing.T) {
	want := time.Date(2026, 11, 19, 10, 0, 0, 5e8, time.UTC)
	for _, s := range []string{"2026-11-19T10:00:00.5Z", "2026-11-19T12:00:00.500000+02:00", "2026-11-19T10:00:00.500", "2026-11-19 10:00:00.5", "2026-11-19 10:00:00.500000+00:00"} {
		if got, err := instant(s); err != nil || !got.Equal(want) {
			t.Errorf("%q is %s, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "yesterday", "1700000000"} {
		if got, err := instant(s); err == nil {
			t.Errorf("%q is %s", s, got)
		}
	}
}

// FuzzLog: whatever rows say, what counts is believable and named by its
// request, and every row counts, is no usage, or is named.
func FuzzLog(f *testing.F) {
	data, err := os.ReadFile("testdata/rows.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`[{"request_id":"a","startTime":"2026-11-19T00:00:00Z","prompt_tokens":1,"metadata":7,"request_tags":{"x":1},"cache_hit":[]},[],null,7]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		recs, bad, p := decodeLog(t, data)
		for id, r := range recs {
			if id == "" || r.ID != id || r.Tokens.Check() != nil || r.Start.Before(day()) || !r.Start.Before(day().Add(buckets.Day)) || r.Basis != usage.Metered {
				t.Fatalf("%+v", r)
			}
			if strings.HasPrefix(r.Key, "sk-") {
				t.Fatalf("a key is kept: %q", r.Key)
			}
			if r.Context != usage.Absent && r.Context != r.TotalInput() {
				t.Fatalf("%+v", r)
			}
		}
		if int64(len(recs)+len(bad)) > p.report.Rows {
			t.Fatalf("%d records and %d bad of %d rows", len(recs), len(bad), p.report.Rows)
		}
	})
}

// FuzzDaily: a day comes in as a whole or not at all, and never holds more than
// the day does.
func FuzzDaily(f *testing.F) {
	f.Add([]byte(oneDay))
	f.Add([]byte(`{"date":"2026-11-19","metrics":{},"breakdown":{"models":{"m":{"metrics":{"prompt_tokens":5}}}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p := newPuller()
		into := buckets.NewBucket("daily/1d", day(), day().Add(buckets.Day))
		err := p.addDay(json.RawMessage(data), day(), into)
		recs := into.Slice().Records
		if err != nil && len(recs) > 0 {
			t.Fatalf("refused (%v), and counted", err)
		}
		seen := map[string]bool{}
		for _, r := range recs {
			if r.ID == "" || seen[r.ID] || r.Input < 0 || r.Output < 0 || r.CacheRead < 0 || r.CacheWrite5m < 0 || r.Requests < 0 {
				t.Fatalf("%+v", r)
			}
			seen[r.ID] = true
		}
	})
}

// One provider has one name, whichever way it was asked: what it reports itself
// is the same traffic.
func TestProviders(t *testing.T) {
	for _, c := range [][3]string{{"openai", "gpt-5", "openai"}, {"text-completion-openai", "gpt-3.5-turbo-instruct", "openai"}, {"Anthropic_Text", "claude-2", "anthropic"},
		{"", "openai/gpt-5", "openai"}, {"", "text-completion-openai/davinci-002", "openai"}, {"", "gpt-5", ""}, {"azure", "openai/gpt-5", "azure"}} {
		if got := provider(c[0], c[1]); got != c[2] {
			t.Errorf("%q, %q: %q", c[0], c[1], got)
		}
	}
}
