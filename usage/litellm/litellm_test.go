package litellm_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/sinktest"
	"tokpit/usage/litellm"
)

func noon() time.Time { return time.Date(2026, 11, 20, 12, 20, 0, 0, time.UTC) }

func serve(t testing.TB, h http.Handler) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

func options(base string, p *proxy) litellm.Options {
	return litellm.Options{Name: "gate", Account: "gate", BaseURL: base, Since: p.now.AddDate(0, 0, -12), Now: func() time.Time { return p.now },
		Key: func(context.Context) (string, error) { return key, nil }, Sleep: sinktest.NoSleep}
}

func open(t testing.TB, o litellm.Options) *litellm.Source {
	t.Helper()
	s, err := litellm.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func since(o litellm.Options) time.Time { return o.Since.UTC().Truncate(24 * time.Hour) }

func always(string) bool { return true }
func never(string) bool  { return false }

func compare(t *testing.T, when string, sink *sinktest.Sink, p *proxy, from time.Time, inLog func(string) bool) {
	t.Helper()
	got := map[string]sums{}
	for _, r := range sink.Records {
		if r.Basis != usage.Metered || r.Source != "litellm" || r.Account != "gate" || (r.Slice == "") != inLog(r.Start.Format(time.DateOnly)) {
			t.Fatalf("%s: %+v", when, r)
		}
		k := fmt.Sprint(r.Start.Format(time.DateOnly), "|", r.Model, "|", r.Key, "|", r.Project, "|", r.Provider)
		s := got[k]
		s.tokens, s.requests, s.spend = s.tokens.Add(r.Tokens), s.requests+r.Requests, s.spend.Add(r.Reported)
		got[k] = s
	}
	want := p.truth(from, inLog)
	for k := range want {
		if got[k] != want[k] {
			t.Errorf("%s: %s: %+v, want %+v", when, k, got[k], want[k])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d groups, want %d", when, len(got), len(want))
	}
	if len(p.asked) > 0 {
		t.Errorf("%s: asked for %q", when, p.asked)
	}
}

// versions are the ways in which proxies keep their log.
func versions() map[string]func(*proxy) {
	return map[string]func(*proxy){
		"v2":    func(*proxy) {},
		"small": func(p *proxy) { p.small, p.cap = true, 60 },
		"ui":    func(p *proxy) { p.gone["spend/logs/v2"], p.small, p.newest = true, true, true },
		"list":  func(p *proxy) { p.gone["spend/logs/v2"], p.gone["spend/logs/ui"], p.newest = true, true, true },
	}
}

// TestEveryRequest: each version, in peace and in trouble, with late rows,
// settled rows and kills.
func TestEveryRequest(t *testing.T) {
	for name, set := range versions() {
		for seed := range uint64(4) {
			t.Run(fmt.Sprint(name, " ", seed), func(t *testing.T) {
				t.Parallel()
				dice := rand.New(rand.NewPCG(seed, 11))
				p := newProxy(noon())
				set(p)
				p.strings = seed%2 == 0
				p.fill(dice, 14, 900)
				chaos := &sinktest.Chaos{Handler: p, Percent: int(seed) * 8, Seed: seed}
				o := options(serve(t, chaos), p)
				var sink sinktest.Sink
				for step := range 6 {
					if seed == 0 {
						sink.Pull(t, open(t, o))
					} else {
						sink.PullKilled(t, dice, open(t, o))
					}
					// A late row is there at the latest with the first pull of a day.
					if step%2 == 0 {
						compare(t, fmt.Sprint("step ", step), &sink, p, since(o), always)
					}
					p.mu.Lock()
					if step%2 == 1 {
						p.now = p.now.Add(24 * time.Hour)
					} else {
						p.now = p.now.Add(40 * time.Minute)
					}
					p.fill(dice, 1, 60)
					for i := range p.served {
						if r := &p.served[i]; r.at.After(p.now.Add(-40*time.Hour)) && dice.IntN(9) == 0 {
							r.out, r.spend = r.out/2+1, "0.000000001" // settled for less
						}
					}
					p.mu.Unlock()
				}
			})
		}
	}
}

// TestNothingNewWritesNothing: hours that have not changed are not written again.
func TestNothingNewWritesNothing(t *testing.T) {
	p := newProxy(noon())
	p.fill(rand.New(rand.NewPCG(1, 1)), 5, 300)
	o := options(serve(t, p), p)
	var sink sinktest.Sink
	sink.Pull(t, open(t, o))
	written := 0
	_, err := open(t, o).Pull(context.Background(), sink.Cursors, func(b usage.Batch) error {
		written += len(b.Records) + len(b.Removed)
		return sink.Apply(b)
	})
	if err != nil || written != 0 {
		t.Errorf("%d records were written again (%v)", written, err)
	}
	compare(t, "again", &sink, p, since(o), always)
}

// TestWithoutALog: a key that may not read the log, or a proxy without one, has
// days.
func TestWithoutALog(t *testing.T) {
	for name, set := range map[string]func(*proxy){
		"not allowed": func(p *proxy) { p.denied["spend/logs/v2"] = 403 },
		"not for it":  func(p *proxy) { p.denied["spend/logs/v2"] = 401 },
		"none": func(p *proxy) {
			for _, path := range []string{"spend/logs/v2", "spend/logs/ui", "spend/logs"} {
				p.gone[path] = true
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dice := rand.New(rand.NewPCG(3, 3))
			p := newProxy(noon())
			set(p)
			p.fill(dice, 14, 300)
			chaos := &sinktest.Chaos{Handler: p, Percent: 15, Seed: 1}
			o := options(serve(t, chaos), p)
			var sink sinktest.Sink
			for range 3 {
				sink.PullKilled(t, dice, open(t, o))
				compare(t, name, &sink, p, since(o), never)
				p.mu.Lock()
				p.now = p.now.Add(25 * time.Hour)
				p.fill(dice, 1, 20)
				for i := range p.served {
					if r := &p.served[i]; r.at.After(p.now.Add(-48 * time.Hour)) {
						r.spend = "0.25" // its price was wrong
					}
				}
				p.mu.Unlock()
			}
			// A new connection to a proxy whose log is open has requests.
			sink = sinktest.Sink{}
			p.denied, p.gone = map[string]int{}, map[string]bool{}
			sink.Pull(t, open(t, o))
			compare(t, "with a log", &sink, p, since(o), always)
		})
	}
}

// TestTheLogOpens: days that were sums become requests as they are read again,
// and nothing counts twice.
func TestTheLogOpens(t *testing.T) {
	p := newProxy(noon())
	p.denied["spend/logs/v2"] = 403
	p.fill(rand.New(rand.NewPCG(4, 3)), 12, 300)
	o := options(serve(t, p), p)
	var sink sinktest.Sink
	sink.Pull(t, open(t, o))
	compare(t, "sums", &sink, p, since(o), never)
	delete(p.denied, "spend/logs/v2")
	for i := range p.served {
		p.served[i].hidden = time.Time{}
	}
	p.now = p.now.Add(24 * time.Hour)
	sink.Pull(t, open(t, o))
	first := p.now.AddDate(0, 0, -litellm.DefaultTrailing).Format(time.DateOnly)
	compare(t, "both", &sink, p, since(o), func(day string) bool { return day >= first })
}

// TestTheLogCloses: what came from the log stays, and no sum is put beside it;
// the person is told.
func TestTheLogCloses(t *testing.T) {
	p := newProxy(noon())
	p.fill(rand.New(rand.NewPCG(5, 3)), 12, 300)
	o := options(serve(t, p), p)
	var sink sinktest.Sink
	sink.Pull(t, open(t, o))
	before := sink.Total()
	p.denied["spend/logs/v2"] = 403
	_, err := open(t, o).Pull(context.Background(), sink.Cursors, sink.Apply)
	var hint interface{ Hint() string }
	if !errors.As(err, &hint) || !strings.Contains(hint.Hint(), "proxy_admin") {
		t.Errorf("%v", err)
	}
	if after := sink.Total(); after.Tokens != before.Tokens {
		t.Errorf("%+v, want %+v", after, before)
	}
}

// TestCutOffLog: days that the log has lost come as sums, and stay requests
// where they had been read before.
func TestCutOffLog(t *testing.T) {
	p := newProxy(noon())
	p.fill(rand.New(rand.NewPCG(6, 3)), 12, 300)
	cut := noon().AddDate(0, 0, -5).Truncate(24 * time.Hour)
	for i := range p.served {
		p.served[i].hidden = time.Time{}
		p.served[i].fallen = p.served[i].at.Before(cut)
	}
	o := options(serve(t, p), p)
	inLog := func(day string) bool { return day >= cut.Format(time.DateOnly) }
	var sink sinktest.Sink
	sink.Pull(t, open(t, o))
	compare(t, "cut off", &sink, p, since(o), inLog)
	before := sink.Total()
	for i := range p.served {
		p.served[i].fallen = true // all of it
	}
	p.now = p.now.Add(24 * time.Hour)
	sink.Pull(t, open(t, o))
	if after := sink.Total(); after.Tokens != before.Tokens {
		t.Errorf("%+v, want %+v", after.Tokens, before.Tokens)
	}
}

// TestClocks: the machine's clock is wrong by hours, either way, and then right.
func TestClocks(t *testing.T) {
	for _, skew := range []time.Duration{-9 * time.Hour, -2 * time.Hour, 3 * time.Hour, 11 * time.Hour} {
		t.Run(skew.String(), func(t *testing.T) {
			dice := rand.New(rand.NewPCG(7, 5))
			p := newProxy(noon())
			p.fill(dice, 10, 200)
			o := options(serve(t, p), p)
			o.Now = func() time.Time { return p.now.Add(skew) }
			var sink sinktest.Sink
			sink.Pull(t, open(t, o))
			for range 3 {
				p.now = p.now.Add(time.Hour)
				for range 5 {
					p.served = append(p.served, request{id: fmt.Sprint(dice.Uint64()), at: p.now.Add(-time.Duration(dice.IntN(59)) * time.Minute), model: "openai/gpt-5", provider: "openai", key: "k1", team: "t1",
						prompt: 5, out: 7, spend: "0.1"})
				}
				sink.Pull(t, open(t, o))
			}
			for i := range p.served {
				p.served[i].hidden = time.Time{}
			}
			o.Now = func() time.Time { return p.now }
			p.now = p.now.Add(24 * time.Hour)
			sink.Pull(t, open(t, o))
			compare(t, "right again", &sink, p, since(o), always)
		})
	}
}

func TestCoverageAndNames(t *testing.T) {
	p := newProxy(noon())
	p.fill(rand.New(rand.NewPCG(8, 5)), 10, 200)
	o := options(serve(t, p)+"/v1/", p) // as clients of the models write it
	var sink sinktest.Sink
	sink.Pull(t, open(t, o))
	if len(sink.Covered) != 4 {
		t.Fatalf("covered %+v", sink.Covered)
	}
	for _, c := range sink.Covered {
		if c.Account != "gate" || c.Basis != usage.Metered || !c.Since.Equal(since(o)) || !c.Until.Equal(time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("covered %+v", c)
		}
	}
	k := sink.Entities[usage.ByKey]["k1"]
	if k.Name != "ci" || k.Hint != "sk-...ab12" || k.Parent != "t1" || k.Created.IsZero() {
		t.Errorf("%+v", k)
	}
	if sink.Entities[usage.ByKey]["k2"].Name != "row alias" || sink.Entities[usage.ByProject]["t1"].Name != "Platform" || sink.Entities[usage.ByUser]["u1"].Name != "ann@example.com" {
		t.Errorf("%+v", sink.Entities)
	}
}

func TestRepeatedPages(t *testing.T) {
	p := newProxy(noon())
	p.loop, p.small = true, true
	p.fill(rand.New(rand.NewPCG(9, 5)), 2, 900)
	o := options(serve(t, p), p)
	o.Since = noon().AddDate(0, 0, -1)
	var sink sinktest.Sink
	_, err := open(t, o).Pull(context.Background(), nil, sink.Apply)
	if err == nil || !strings.Contains(err.Error(), "pages repeat") {
		t.Errorf("%v", err)
	}
}

// TestSetUps: each broken set-up is told in one line, with what to do, and
// without the key.
func TestSetUps(t *testing.T) {
	virtual := newProxy(noon())
	virtual.denied["spend/logs/v2"], virtual.denied["user/daily/activity"] = 401, 403
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
		{"a virtual key", key, virtual, "", "neither the spend log nor the daily activity", "proxy_admin"},
		{"a wrong key", "sk-wrong-0123456789abcdef", newProxy(noon()), "", "Invalid proxy server token", "master key"},
		{"a provider's key", "sk-ant-api03-0123456789abcdef", nil, "", "not of the proxy", "master key"},
		{"no key", "", nil, "", "key is empty", "master key"},
		{"no database", key, answer(500, "application/json", `{"error":{"message":"Database not connected. Connect a database to your proxy KEY"}}`), "", "Database not connected", "DATABASE_URL"},
		{"no LiteLLM", key, answer(404, "application/json", `{"detail":"Not Found"}`), "", "404", "/v1"},
		{"a web page", key, answer(200, "text/html", "<!doctype html>KEY"), "", "web page", "--base-url"},
		{"another API", key, answer(200, "application/json", `{"object":"list"}`), "", "not that of a LiteLLM proxy", "--base-url"},
		{"out of order", key, answer(503, "text/html", "<html>KEY</html>"), "", "503", "try again"},
		{"throttled", key, answer(429, "application/json", `{"error":{"message":"Max parallel request limit reached KEY"}}`), "", "parallel", "later"},
		{"nobody there", key, nil, "http://127.0.0.1:1", "reached", "network"},
		{"plain http", key, nil, "http://litellm.example.com", "https", "https"},
	} {
		t.Run(c.name, func(t *testing.T) {
			base := c.base
			if base == "" {
				h := c.handler
				if h == nil {
					h = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the proxy was asked") })
				}
				base = serve(t, h)
			}
			o := options(base, newProxy(noon()))
			o.Key = func(context.Context) (string, error) { return c.key, nil }
			s, err := litellm.New(o)
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
	if _, err := litellm.New(options("", newProxy(noon()))); err == nil || !strings.Contains(err.Error(), "address") {
		t.Errorf("%v", err)
	}
}

func TestGoodSetUps(t *testing.T) {
	for name, set := range versions() {
		p := newProxy(noon())
		set(p)
		if err := open(t, options(serve(t, p), p)).Test(context.Background()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	p := newProxy(noon())
	p.denied["spend/logs/v2"] = 403
	if err := open(t, options(serve(t, p), p)).Test(context.Background()); err != nil {
		t.Errorf("sums only: %v", err)
	}
}
