package openai

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/pull"
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
				api, src := world(t, 1, 150, since, func(o *Options) { o.Grain = grain })
				change(api)
				var sink sinktest.Sink
				report := sink.Pull(t, src)
				api.holds(t, &sink, grain, since)
				if len(sink.Quarantined) != 0 || report.Rows < 1000 || len(report.Places) != 3 { // there are no names
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

// A pull that is killed at any request or commit, again and again, and run
// again ends in the same truth.
func TestKilledAnywhere(t *testing.T) {
	since := daysAgo(12)
	api, src := world(t, 5, 25, since, nil)
	api.perPage = 10
	kill := func() {}
	killAt := -1
	api.fault = func(n int, _ http.ResponseWriter, _ *http.Request) bool {
		if n == killAt {
			kill()
		}
		return false
	}
	var whole sinktest.Sink
	whole.Pull(t, src)
	requests, batches := api.requests, whole.Batches
	step := 1
	if testing.Short() {
		step = 11
	}
	for n := 1; n <= requests; n += step {
		var sink sinktest.Sink
		ctx, cancel := context.WithCancel(t.Context())
		kill, killAt = cancel, api.requests+n
		if _, err := src.Pull(ctx, sink.Cursors, sink.Apply); !errors.Is(err, context.Canceled) {
			t.Fatalf("killed at request %d: %v", n, err)
		}
		cancel()
		killAt = -1
		sink.Pull(t, src)
		api.holds(t, &sink, "1h", since)
	}
	for n := 1; n <= batches; n += step {
		sink := sinktest.Sink{Fail: n}
		if _, err := src.Pull(t.Context(), nil, sink.Apply); !errors.Is(err, sinktest.ErrFull) {
			t.Fatalf("commit %d failed: %v", n, err)
		}
		sink.Fail = 0
		sink.Pull(t, src)
		api.holds(t, &sink, "1h", since)
	}
	roll := rand.New(rand.NewPCG(9, 9))
	for range 5 { // again and again
		var sink sinktest.Sink
		for range 20 {
			sink.Fail = 1 + roll.IntN(30)
			_, _ = src.Pull(t.Context(), maps.Clone(sink.Cursors), sink.Apply)
		}
		sink.Fail = 0
		sink.Pull(t, src)
		api.holds(t, &sink, "1h", since)
	}
}

// What passes is asked for again, and nothing is lost or doubled by it.
func TestTroubleOnTheWay(t *testing.T) {
	since := daysAgo(20)
	api, src := world(t, 6, 60, since, nil)
	roll := rand.New(rand.NewPCG(1, 1))
	var slept time.Duration
	src.opt.Sleep = func(ctx context.Context, d time.Duration) error { slept += d; return ctx.Err() }
	api.fault = func(_ int, w http.ResponseWriter, r *http.Request) bool {
		switch roll.IntN(8) {
		case 0:
			w.Header().Set("Retry-After", "2")
			refuse(w, 429, "rate_limit_exceeded", "Rate limit reached for requests")
		case 1:
			w.WriteHeader(503)
		case 2:
			io.WriteString(w, `{"object":"page","data":[{"object":"bucket","start_time":17`)
			panic(http.ErrAbortHandler)
		case 3:
			io.WriteString(w, `{"object":"page","data":[{"object":"bucket","results":[]`) // cut off unnoticed
		default:
			return false
		}
		return true
	}
	var sink sinktest.Sink
	sink.Pull(t, src)
	api.holds(t, &sink, "1h", since)
	if slept < time.Second {
		t.Errorf("slept %v", slept)
	}
}

// Neither side's clock decides what is counted: with hours between them, and
// after they have been set right, the truth is the same.
func TestClocksApart(t *testing.T) {
	for _, skew := range []time.Duration{-9 * time.Hour, -time.Hour, time.Hour, 9 * time.Hour} {
		t.Run(skew.String(), func(t *testing.T) {
			since := daysAgo(15)
			mine := now().Add(skew)
			api, src := world(t, 7, 80, since, func(o *Options) { o.Now = func() time.Time { return mine } })
			var sink sinktest.Sink
			for range 30 { // time goes on
				sink.Pull(t, src)
				mine = mine.Add(time.Hour)
				theirs := mine.Add(-skew)
				api.now = func() time.Time { return theirs }
			}
			mine = mine.Add(-skew)
			sink.Pull(t, src)
			api.holds(t, &sink, "1h", since)
		})
	}
}

// An earlier first day is read in addition.
func TestAnEarlierFirstDay(t *testing.T) {
	api, src := world(t, 8, 100, daysAgo(50), func(o *Options) { o.Since = daysAgo(10) })
	var sink sinktest.Sink
	sink.Pull(t, src)
	api.holds(t, &sink, "1h", daysAgo(10))
	earlier := source(t, api, daysAgo(50), nil)
	sink.Pull(t, earlier)
	api.holds(t, &sink, "1h", daysAgo(50))
	later := source(t, api, daysAgo(5), nil)
	sink.Pull(t, later)
	api.holds(t, &sink, "1h", daysAgo(50))
}

// One grain holds at a time: from the days that are read again on it is the
// new one, before them it stays what it was, and nothing is there in both.
func TestAnotherGrain(t *testing.T) {
	since := daysAgo(50)
	api, _ := world(t, 9, 150, since, nil)
	var sink sinktest.Sink
	for i, grain := range []string{"1d", "1h", "1m", "1h", "1d", "1d"} {
		sink.Pull(t, source(t, api, since, func(o *Options) { o.Grain = grain }))
		starts := map[string]string{} // grain of the completions of a day
		total, want := int64(0), int64(0)
		for _, r := range sink.Records {
			name, of, _ := strings.Cut(r.Slice, "/")
			if name != "completions" {
				continue
			}
			total += r.Requests
			day := r.Start.Format(time.DateOnly)
			if was := starts[day]; was != "" && was != of {
				t.Fatalf("step %d: %s is there by %s and by %s", i, day, was, of)
			}
			starts[day] = of
		}
		for _, e := range api.events["completions"] {
			want += e.counts["num_model_requests"]
		}
		if total != want {
			t.Fatalf("step %d: %d requests, want %d", i, total, want)
		}
		if got := starts[daysAgo(1).Format(time.DateOnly)]; got != grain {
			t.Errorf("step %d: yesterday is by %s", i, got)
		}
	}
}

// Pages that repeat themselves end the kind with an error that says so; the
// others stand, and nothing is counted twice.
func TestRepeatedCursors(t *testing.T) {
	since := daysAgo(10)
	api, src := world(t, 10, 60, since, nil)
	api.perPage = 3
	api.fault = func(_ int, w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/embeddings") || r.URL.Query().Get("page") == "" {
			return false
		}
		io.WriteString(w, `{"object":"page","data":[],"has_more":true,"next_page":"`+r.URL.Query().Get("page")+`"}`)
		return true
	}
	var sink sinktest.Sink
	_, err := src.Pull(t.Context(), nil, sink.Apply)
	e := pull.AsError(err)
	if e == nil || e.Code != pull.CodePaging || !strings.Contains(err.Error(), "embeddings") || e.Hint() == "" {
		t.Fatalf("%v", err)
	}
	events := api.events["embeddings"]
	api.events["embeddings"] = nil
	api.holds(t, &sink, "1h", since)
	api.events["embeddings"], api.fault = events, nil
	sink.Pull(t, src)
	api.holds(t, &sink, "1h", since)
	// Also if there is more, but not where.
	api.fault = func(_ int, w http.ResponseWriter, r *http.Request) bool {
		io.WriteString(w, `{"object":"page","data":[],"has_more":true,"next_page":null}`)
		return strings.Contains(r.URL.Path, "/usage/")
	}
	if _, err := src.Pull(t.Context(), sink.Cursors, (&sinktest.Sink{}).Apply); pull.AsError(err) == nil || pull.AsError(err).Code != pull.CodePaging {
		t.Errorf("%v", err)
	}
}
