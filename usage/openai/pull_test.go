package openai

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/sinktest"
)

const adminKey = "sk-admin-c4n4ry0123456789"

func now() time.Time { return time.Date(2026, 11, 21, 12, 30, 0, 0, time.UTC) }

// traffic invents events of every kind in [from, until).
func traffic(seed uint64, perKind int, from, until time.Time) map[string][]event {
	roll := rand.New(rand.NewPCG(seed, 7))
	one := func(list ...any) any { return list[roll.IntN(len(list))] }
	out := map[string][]event{}
	for _, k := range kinds() {
		for range perKind {
			e := event{at: from.Add(time.Duration(roll.Int64N(int64(until.Sub(from))))).Truncate(time.Second), counts: map[string]int64{}}
			e.dims = map[string]any{"project_id": one("proj_a", "proj_b", nil), "user_id": one("user_1", "user_2", nil), "api_key_id": one("key_1", "key_2", "key_3", nil),
				"model": one("gpt-5.6-luna", "gpt-5.4-mini", nil), "batch": one(true, false), "service_tier": one("default", "flex", "priority", nil),
				"size": one("1024x1024", nil), "source": one("image.generation", "image.edit"), "context_level": one("low", "high", nil), "vector_store_id": one("vs_1", nil),
				"line_item": one("gpt-5.6-luna, input_tokens", "web_searches", nil)}
			k.invent(roll, &e)
			out[k.name] = append(out[k.name], e)
		}
	}
	return out
}

func (k *kind) invent(roll *rand.Rand, e *event) {
	n := e.counts
	n["num_model_requests"] = 1 + roll.Int64N(50)
	switch k.name {
	case "completions", "decisions":
		n["input_cached_tokens"], n["input_cached_audio_tokens"] = 100+roll.Int64N(1e6), roll.Int64N(100)
		n["input_cache_write_30m_tokens"], n["input_cache_write_12h_tokens"] = roll.Int64N(1e4), roll.Int64N(1e4)
		n["input_cache_write_tokens"] = n["input_cache_write_30m_tokens"] + n["input_cache_write_12h_tokens"]
		n["input_audio_tokens"], n["input_image_tokens"], n["input_text_tokens"] = roll.Int64N(100), roll.Int64N(100), roll.Int64N(1e6)
		n["input_uncached_tokens"] = n["input_audio_tokens"] + n["input_image_tokens"] + n["input_text_tokens"]
		n["input_tokens"] = n["input_cached_tokens"] + n["input_cache_write_tokens"] + n["input_uncached_tokens"]
		n["output_audio_tokens"], n["output_image_tokens"] = roll.Int64N(100), roll.Int64N(100)
		n["output_tokens"] = n["output_audio_tokens"] + n["output_image_tokens"] + roll.Int64N(1e5)
	case "costs":
		delete(n, "num_model_requests")
		e.amount = fmt.Sprintf("%d.%018d", roll.IntN(3), roll.Int64N(1e18))
	case "vector_stores":
		delete(n, "num_model_requests")
		n["usage_bytes"] = 1024 * roll.Int64N(1e6)
	default:
		field := map[string]string{"embeddings": "input_tokens", "moderations": "input_tokens", "images": "images", "audio_speeches": "characters",
			"audio_transcriptions": "seconds", "code_interpreter_sessions": "num_sessions", "file_search_calls": "num_requests", "web_search_calls": "num_requests"}[k.name]
		if n[field] = 1 + roll.Int64N(1000); strings.HasPrefix(field, "num_") && k.name != "web_search_calls" {
			delete(n, "num_model_requests")
		}
	}
	for name := range e.dims { // a kind tells what it can be grouped by
		if !slices.Contains(k.groupBy, name) {
			delete(e.dims, name)
		}
	}
}

// world is a stand-in with traffic since a day, and a source that reads it.
func world(t *testing.T, seed uint64, perKind int, since time.Time, change func(*Options)) (*standin, *Source) {
	t.Helper()
	api := &standin{events: traffic(seed, perKind, since, now()), now: now}
	return api, source(t, api, since, change)
}

func source(t *testing.T, api http.RoundTripper, since time.Time, change func(*Options)) *Source {
	t.Helper()
	opt := Options{Name: "acme", Since: since, Now: now, Transport: api, Rate: 1e9,
		Key:   func(context.Context) (string, error) { return adminKey, nil },
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
	if change != nil {
		change(&opt)
	}
	s, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// holds compares a sink with the truth of a grain, bucket by bucket.
func (s *standin) holds(t *testing.T, sink *sinktest.Sink, grain string, since time.Time) {
	t.Helper()
	want := map[string]usage.Measures{}
	for _, k := range kinds() {
		s.truth(want, k.name, k.grain(grain), since)
	}
	got := held(sink)
	for key, m := range want {
		if fmt.Sprint(got[key]) != fmt.Sprint(m) {
			t.Errorf("%s: got %+v, want %+v", key, got[key], m)
		}
		delete(got, key)
	}
	for key, m := range got {
		t.Errorf("%s: %+v is too much", key, m)
	}
	if t.Failed() {
		t.FailNow()
	}
}

// held is what a sink holds, without bookkeeping.
func held(sink *sinktest.Sink) map[string]usage.Measures {
	out := map[string]usage.Measures{}
	for _, r := range sink.Records {
		m := r.Measures()
		m.Records, m.Uncounted = 0, 0
		for i := range m.Reported {
			m.Reported[i].Records = 0
		}
		key := keyOf(r.Slice, r.Start, &r.Dims)
		out[key] = out[key].Add(m)
	}
	return out
}

func daysAgo(n int) time.Time { return now().Truncate(24*time.Hour).AddDate(0, 0, -n) }

// One pull of anything gives the truth of everything.
func TestPullGivesTheTruth(t *testing.T) {
	n := 150 // of every kind
	if testing.Short() {
		n = 50
	}
	for name, change := range map[string]func(*standin){
		"plain":                func(*standin) {},
		"strings for numbers":  func(s *standin) { s.strings = true },
		"empty ones left out":  func(s *standin) { s.omitEmpty = true },
		"pages inside buckets": func(s *standin) { s.perPage = 7 },
		"a row on every page":  func(s *standin) { s.perPage = 1 },
	} {
		for _, grain := range []string{"1d", "1h"} {
			t.Run(name+" "+grain, func(t *testing.T) {
				since := daysAgo(40)
				api, src := world(t, 1, n, since, func(o *Options) { o.Grain = grain })
				change(api)
				var sink sinktest.Sink
				report := sink.Pull(t, src)
				api.holds(t, &sink, grain, since)
				if len(sink.Quarantined) != 0 || report.Rows < 6*int64(n) || len(report.Places) != 3 { // there are no names
					t.Errorf("%+v, %v", report, sink.Quarantined)
				}
				want := usage.Span{Since: since, Until: daysAgo(-1)}
				if api.omitEmpty { // and of today there is nothing
					sink.Covered[1].Until = want.Until
				}
				if len(sink.Covered) != 2 || sink.Covered[0].Span != want || sink.Covered[1].Span != want ||
					sink.Covered[0].Basis != usage.Billed || sink.Covered[1].Basis != usage.Reported || sink.Covered[1].Account != "acme" || sink.Covered[1].Provider != "openai" {
					t.Errorf("covered %+v", sink.Covered)
				}
				for _, r := range sink.Records {
					if r.Source != "openai" || r.Provider != "openai" || r.Account != "acme" || r.Context != usage.Absent || r.Flags != 0 || r.End.IsZero() {
						t.Fatalf("%+v", r)
					}
				}
			})
		}
	}
	t.Run("1m", func(t *testing.T) {
		since := daysAgo(3)
		api, src := world(t, 1, 100, since, func(o *Options) { o.Grain = "1m" })
		var sink sinktest.Sink
		sink.Pull(t, src)
		api.holds(t, &sink, "1m", since)
	})
}

// What the provider changes afterwards, in the days that are read again,
// replaces what it said before: rows that grow, move, vanish and appear.
func TestRevisionsReplace(t *testing.T) {
	since := daysAgo(25)
	api, src := world(t, 2, 100, since, nil)
	var sink sinktest.Sink
	sink.Pull(t, src)
	api.holds(t, &sink, "1h", since)
	roll := rand.New(rand.NewPCG(3, 3))
	for range 5 {
		for name, events := range api.events {
			kept := events[:0]
			for i := range events {
				e := &events[i]
				if e.at.After(daysAgo(trailing)) {
					switch roll.IntN(4) {
					case 0:
						continue // taken back
					case 1:
						e.counts["num_model_requests"] += 3
					case 2:
						e.at = daysAgo(trailing).Add(time.Duration(roll.Int64N(int64(48 * time.Hour))))
					}
				}
				kept = append(kept, *e)
			}
			late := traffic(roll.Uint64(), 5, daysAgo(trailing), now())[name]
			api.events[name] = append(kept, late...)
		}
		for _, e := range api.events["costs"] { // costs and levels count no requests
			delete(e.counts, "num_model_requests")
		}
		for _, name := range []string{"vector_stores", "code_interpreter_sessions", "file_search_calls"} {
			for _, e := range api.events[name] {
				delete(e.counts, "num_model_requests")
			}
		}
		sink.Pull(t, src)
		api.holds(t, &sink, "1h", since)
	}
	before := sink.Total()
	sink.Pull(t, src)
	if got := sink.Total(); fmt.Sprint(got) != fmt.Sprint(before) {
		t.Errorf("the same again gives %+v, not %+v", got, before)
	}
}

// Once a day the last month is read again.
func TestOlderRevisionsReplaceOnceADay(t *testing.T) {
	since := daysAgo(60)
	clock := now()
	api, src := world(t, 4, 80, since, func(o *Options) { o.Now = func() time.Time { return clock } })
	var sink sinktest.Sink
	sink.Pull(t, src)
	for i := range api.events["completions"] {
		if e := &api.events["completions"][i]; e.at.After(daysAgo(20)) {
			e.counts["output_tokens"] += 1000
		}
	}
	before := api.requests
	sink.Pull(t, src)
	if got := api.requests - before; got > 14 {
		t.Errorf("a pull with nothing new makes %d requests", got)
	}
	clock = clock.Add(24 * time.Hour)
	api.now = func() time.Time { return clock }
	sink.Pull(t, src)
	api.holds(t, &sink, "1h", since)
}
