package openai

import (
	"context"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"tokpit/usage/internal/pull"
	"tokpit/usage/internal/sinktest"
)

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
		step = 37
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
			hours := 30
			if testing.Short() {
				hours = 4
			}
			for range hours { // time goes on
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
