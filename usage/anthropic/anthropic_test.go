package anthropic_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/money"
	"tokpit/usage"
	"tokpit/usage/anthropic"
	"tokpit/usage/internal/sinktest"
)

func noon() time.Time { return time.Date(2026, 11, 20, 15, 30, 0, 0, time.UTC) }

// serve starts a server that ends with the test.
func serve(t testing.TB, h http.Handler) string {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ErrorLog = nil
	srv.Start()
	t.Cleanup(srv.Close)
	return srv.URL + "/v1"
}

func options(base string, now time.Time) anthropic.Options {
	return anthropic.Options{Name: "acme", BaseURL: base, Since: now.AddDate(0, 0, -40), Now: func() time.Time { return now },
		Key: func(context.Context) (string, error) { return "sk-ant-admin01-secret", nil }, Sleep: sinktest.NoSleep}
}

func open(t testing.TB, o anthropic.Options) *anthropic.Source {
	t.Helper()
	s, err := anthropic.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// compare checks a sink against what the stand-in knows, to the last token and
// the last digit.
func compare(t *testing.T, when string, sink *sinktest.Sink, s *standIn, since time.Time) {
	t.Helper()
	want, billed := s.truth(since)
	got := map[string]usage.Measures{}
	var charged money.Amount
	for _, r := range sink.Records {
		if r.Basis == usage.Billed {
			charged = charged.Add(r.Reported)
			if !r.Tokens.IsZero() || r.Currency != "USD" || r.Tags.Get("line_item") == "" {
				t.Fatalf("%s: billed %+v", when, r)
			}
			continue
		}
		band := ""
		switch r.Band {
		case usage.Band{End: 200_001}:
			band = "0-200k"
		case usage.Band{Lo: 200_001, End: 1_000_001}:
			band = "200k-1M"
		}
		if r.Requests != usage.Absent || r.Context != usage.Absent || r.Basis != usage.Reported || r.Account != "acme" || r.Organization != "org-uuid" {
			t.Fatalf("%s: %+v", when, r)
		}
		key := fmt.Sprint(r.Start.Format(time.DateOnly), "|", r.Source, "|", r.Model, "|", r.Project, "|", r.Key, "|", r.User, "|", r.Tier, "|", r.Region, "|", band)
		if terminal := r.Tags.Get("terminal"); terminal != "" {
			key += terminal
		}
		m := r.Measures()
		m.Records, m.Uncounted = 0, 0
		got[key] = got[key].Add(m)
	}
	if charged != billed {
		t.Errorf("%s: billed %s, want %s", when, charged, billed)
	}
	wrong := 0
	for key := range want {
		if wrong > 5 {
			t.Fatalf("%s: and more", when)
		}
		if !reflect.DeepEqual(got[key], want[key]) {
			wrong++
			t.Errorf("%s: %s: %+v, want %+v", when, key, got[key], want[key])
		}
		delete(got, key)
	}
	for key, m := range got {
		t.Errorf("%s: %s: %+v, want nothing", when, key, m)
	}
	if len(s.unexpected) > 0 {
		t.Errorf("%s: asked for %q", when, s.unexpected)
	}
}

func since(o anthropic.Options) time.Time { return o.Since.UTC().Truncate(24 * time.Hour) }

// TestEveryTokenAndCent pulls once, again, later, and after revisions, in every
// grain.
func TestEveryTokenAndCent(t *testing.T) {
	for _, grain := range []string{"1d", "1h", "1m"} {
		t.Run(grain, func(t *testing.T) {
			dice := rand.New(rand.NewPCG(1, 2))
			s := newStandIn(noon())
			s.strings = true
			n := 400
			if testing.Short() {
				n = 80
			}
			s.fill(dice, 40, n)
			o := options(serve(t, s), noon())
			o.Grain = grain
			if grain == "1m" {
				o.Since = noon().AddDate(0, 0, -6)
			}
			var sink sinktest.Sink
			sink.Pull(t, open(t, o))
			compare(t, "first", &sink, s, since(o))
			if sink.Largest > 20_000 {
				t.Errorf("a batch of %d records", sink.Largest)
			}
			sink.Pull(t, open(t, o))
			compare(t, "again", &sink, s, since(o))

			s.now = noon().Add(50 * time.Hour)
			o.Now = func() time.Time { return s.now }
			s.fill(dice, 2, 30)
			sink.Pull(t, open(t, o))
			compare(t, "two days later", &sink, s, since(o))

			// What was counted is revised, some of it to nothing, a month back.
			for i := range s.events {
				if e := &s.events[i]; e.at.After(s.now.AddDate(0, 0, -30)) && dice.IntN(4) == 0 {
					e.n.Output /= 2
				}
			}
			s.events = slices.DeleteFunc(s.events, func(e event) bool { return e.at.After(s.now.AddDate(0, 0, -30)) && dice.IntN(9) == 0 })
			s.now = s.now.Add(24 * time.Hour)
			sink.Pull(t, open(t, o))
			compare(t, "revised", &sink, s, since(o))
			if len(sink.Quarantined) > 0 {
				t.Errorf("quarantined %+v", sink.Quarantined)
			}
		})
	}
}

// TestTroubleChangesNothing: an unreliable network, pages of any size, kills at
// any moment and data that changes meanwhile.
func TestTroubleChangesNothing(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			dice := rand.New(rand.NewPCG(seed, 3))
			s := newStandIn(noon())
			s.strings, s.perPage, s.quiet = seed%2 == 0, dice.IntN(9), seed%3 == 0
			s.noSpeed = seed%4 == 1
			s.fill(dice, 40, 200)
			chaos := &sinktest.Chaos{Handler: s, Percent: 25, Seed: seed}
			o := options(serve(t, chaos), noon())
			o.Grain = []string{"1d", "1h"}[seed%2]
			var sink sinktest.Sink
			for day := range 3 {
				s.mu.Lock()
				s.now = noon().Add(time.Duration(day) * 26 * time.Hour)
				now := s.now
				if day > 0 {
					s.fill(dice, 1, 10)
				}
				for i := range s.events {
					if s.events[i].at.After(now.AddDate(0, 0, -3)) && dice.IntN(3) == 0 {
						s.events[i].n.Input += dice.Int64N(100)
					}
				}
				s.mu.Unlock()
				o.Now = func() time.Time { return now }
				sink.PullKilled(t, dice, open(t, o))
				compare(t, fmt.Sprint("day ", day), &sink, s, since(o))
			}
			if chaos.Failed == 0 {
				t.Error("there was no trouble")
			}
		})
	}
}

// TestGrainsReplaceEachOther: a connection changes its grain, also in the middle
// of a pull, and nothing is counted twice.
func TestGrainsReplaceEachOther(t *testing.T) {
	for seed := range uint64(6) {
		dice := rand.New(rand.NewPCG(seed, 4))
		s := newStandIn(noon())
		s.fill(dice, 12, 60)
		o := options(serve(t, s), noon())
		o.Since = noon().AddDate(0, 0, -10)
		var sink sinktest.Sink
		for i, grain := range []string{"1d", "1h", "1m", "1d"} {
			o.Grain = grain
			s.now = noon().Add(time.Duration(i) * 24 * time.Hour)
			o.Now = func() time.Time { return s.now }
			sink.Fail = 4 + dice.IntN(4)
			_, _ = open(t, o).Pull(context.Background(), sink.Cursors, sink.Apply)
			sink.Fail = 0
			if i%2 == 0 {
				continue // and never came through
			}
			sink.Pull(t, open(t, o))
			compare(t, fmt.Sprint(seed, " ", grain), &sink, s, since(o))
		}
	}
}

// TestClocks: the machine's clock is wrong by hours, either way, and then right.
func TestClocks(t *testing.T) {
	for _, skew := range []time.Duration{-11 * time.Hour, -3 * time.Hour, 5 * time.Hour, 14 * time.Hour} {
		t.Run(skew.String(), func(t *testing.T) {
			dice := rand.New(rand.NewPCG(5, 5))
			s := newStandIn(noon())
			s.fill(dice, 20, 200)
			o := options(serve(t, s), noon())
			o.Since = noon().AddDate(0, 0, -20)
			o.Now = func() time.Time { return s.now.Add(skew) }
			var sink sinktest.Sink
			sink.Pull(t, open(t, o))
			for _, r := range sink.Records {
				if r.Start.After(s.now) {
					t.Fatalf("usage of the future: %s", r.Start)
				}
			}
			s.fill(dice, 1, 20)
			s.now = s.now.Add(10 * time.Hour)
			sink.Pull(t, open(t, o))
			o.Now = func() time.Time { return s.now }
			sink.Pull(t, open(t, o))
			compare(t, "right again", &sink, s, since(o))
		})
	}
}

func TestCoverage(t *testing.T) {
	s := newStandIn(noon())
	s.fill(rand.New(rand.NewPCG(1, 1)), 3, 5)
	o := options(serve(t, s), noon())
	o.Account = "books"
	var sink sinktest.Sink
	sink.Pull(t, open(t, o))
	span := usage.Span{Since: since(o), Until: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)}
	want := []usage.Coverage{{Provider: "anthropic", Account: "books", Basis: usage.Billed, Span: span}, {Provider: "anthropic", Account: "books", Basis: usage.Reported, Span: span}}
	if !slices.Equal(sink.Covered, want) {
		t.Errorf("covered %v, want %v", sink.Covered, want)
	}
	// An earlier first day is read in addition.
	o.Since = o.Since.AddDate(0, 0, -50)
	sink.Pull(t, open(t, o))
	if got := sink.Covered[0].Since; !got.Equal(since(o)) || len(sink.Covered) != 2 {
		t.Errorf("covered %v", sink.Covered)
	}
}

func TestNames(t *testing.T) {
	s := newStandIn(noon())
	s.users = 5
	var sink sinktest.Sink
	sink.Pull(t, open(t, options(serve(t, s), noon())))
	key := sink.Entities[usage.ByKey]["apikey_4"]
	if key.Name != "Name of apikey_4" || key.Parent != "wrkspc_0" || key.Hint != "sk-ant-api03-R2D...igAA" || key.Archived || key.Created.Year() != 2026 {
		t.Errorf("%+v", key)
	}
	if u := sink.Entities[usage.ByUser]["user_3"]; u.Hint != "u3@example.com" || len(sink.Entities[usage.ByUser]) != 5 {
		t.Errorf("%+v", u)
	}
	if len(sink.Entities[usage.ByProject]) != 5 || sink.Entities[usage.ByOrganization]["org-uuid"].Name == "" {
		t.Errorf("%+v", sink.Entities)
	}
}

// TestReportsStandAlone: what one report or directory lacks is no reason to miss
// the others.
func TestReportsStandAlone(t *testing.T) {
	for path, fails := range map[string]bool{"cost_report": true, "usage_report/claude_code": false, "me": false, "users": false, "workspaces": false} {
		s := newStandIn(noon())
		s.gone[path] = true
		s.fill(rand.New(rand.NewPCG(1, 1)), 5, 50)
		var sink sinktest.Sink
		_, err := open(t, options(serve(t, s), noon())).Pull(context.Background(), nil, sink.Apply)
		if fails != (err != nil) {
			t.Errorf("%s: %v", path, err)
		}
		if err != nil && (!strings.HasPrefix(err.Error(), "cost: ") || len(sink.Covered) != 1 || sink.Covered[0].Basis != usage.Reported) {
			t.Errorf("%s: %v, %v", path, err, sink.Covered)
		}
		if got := sink.Total().Tokens.Total(); got == 0 {
			t.Errorf("%s: nothing was read", path)
		}
	}
}

func TestRepeatedPages(t *testing.T) {
	s := newStandIn(noon())
	s.loop = "cost_report"
	s.fill(rand.New(rand.NewPCG(1, 1)), 5, 50)
	var sink sinktest.Sink
	_, err := open(t, options(serve(t, s), noon())).Pull(context.Background(), nil, sink.Apply)
	if err == nil || !strings.Contains(err.Error(), "pages repeat") || s.requests["cost_report"] > 3 {
		t.Errorf("%v after %d requests", err, s.requests["cost_report"])
	}
	if sink.Total().Tokens.Total() == 0 || len(sink.Covered) != 1 {
		t.Errorf("the other reports were not read: %v", sink.Covered)
	}
}

// TestBadRows: a row that cannot be counted is named, and those beside it count.
func TestBadRows(t *testing.T) {
	for _, c := range []struct{ row, reason string }{
		{`{"output_tokens":-5,"model":"m"}`, "implausible"},
		{`{"output_tokens":"many","model":"m"}`, "not a number"},
		{`{"output_tokens":1.5,"model":"m"}`, "not whole"},
		{`{"output_tokens":1,"model":7}`, "model: unexpected number"},
		{`[1]`, "unexpected array"},
		{`{"output_tokens":1e300}`, "not a number"},
	} {
		s := newStandIn(noon())
		s.bad, s.gone["cost_report"], s.gone["usage_report/claude_code"] = c.row, true, true
		s.fill(rand.New(rand.NewPCG(1, 1)), 5, 50)
		o := options(serve(t, s), noon())
		o.Grain, o.Since = "1d", noon().AddDate(0, 0, -4)
		var sink sinktest.Sink
		_, _ = open(t, o).Pull(context.Background(), nil, sink.Apply)
		if len(sink.Quarantined) != 1 || !strings.Contains(sink.Quarantined[0].Reason, c.reason) || sink.Quarantined[0].File != "messages/1d 2026-11-17T00:00Z" || sink.Quarantined[0].Line == 0 {
			t.Errorf("%s: %+v", c.row, sink.Quarantined)
		}
		s.coders, s.charges = nil, nil
		compare(t, c.row, &sink, s, since(o))
		s.bad = ""
		_, _ = open(t, o).Pull(context.Background(), sink.Cursors, sink.Apply)
		o.Now = func() time.Time { return noon().Add(24 * time.Hour) }
		s.now = noon().Add(24 * time.Hour)
		_, _ = open(t, o).Pull(context.Background(), sink.Cursors, sink.Apply)
		if len(sink.Quarantined) != 0 {
			t.Errorf("%s: still %+v", c.row, sink.Quarantined)
		}
	}
}

// TestSpeedIsOptional: where the beta is refused, the report comes without it.
func TestSpeedIsOptional(t *testing.T) {
	s := newStandIn(noon())
	s.noSpeed = true
	s.fill(rand.New(rand.NewPCG(1, 1)), 5, 50)
	var sink sinktest.Sink
	o := options(serve(t, s), noon())
	sink.Pull(t, open(t, o))
	compare(t, "without", &sink, s, since(o))
	s.noSpeed = false
	s.now = noon().Add(24 * time.Hour)
	o.Now = func() time.Time { return s.now }
	sink.Pull(t, open(t, o))
	compare(t, "with", &sink, s, since(o))
}

func TestProgress(t *testing.T) {
	s := newStandIn(noon())
	o := options(serve(t, s), noon())
	var last, most int64
	o.Progress = func(done, total int64) {
		if done <= last || done > total {
			t.Errorf("%d of %d after %d", done, total, last)
		}
		last, most = done, total
	}
	var sink sinktest.Sink
	sink.Pull(t, open(t, o))
	if last == 0 || last != most {
		t.Errorf("ended at %d of %d", last, most)
	}
}
