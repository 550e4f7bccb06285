package pi_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/sinktest"
	"tokpit/usage/pi"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func source(home string) *pi.Source {
	return pi.New(pi.Options{Home: home, Now: func() time.Time { return noon }})
}

// TestSession reads a session, and a branch that begins with a copy of it.
func TestSession(t *testing.T) {
	home := t.TempDir()
	dir := filepath.Join(home, ".pi/agent/sessions/--home-ann-work-toolbox--")
	data := string(sinktest.Read(t, "testdata/session.jsonl"))
	sinktest.Write(t, filepath.Join(dir, "1_9a11.jsonl"), data)
	branch := strings.Replace(data, `"id":"9a11","timestamp":"2026-03-02T09`, `"id":"9a12","timestamp":"2026-03-02T10`, 1)
	sinktest.Write(t, filepath.Join(dir, "2_9a12.jsonl"), branch[:strings.Index(branch, `{"type":"message","id":"a5"`)])
	src := source(home)
	var s sinktest.Sink
	s.Pull(t, src)
	want := usage.Tokens{Input: 14, CacheRead: 100, CacheWrite5m: 30, Output: 22}
	if m := s.Total(); m.Tokens != want || m.Requests != 2 || len(m.Reported) != 1 || m.Reported[0].Amount.String() != "0.00123" || m.Reported[0].Records != 1 {
		t.Errorf("%+v", m)
	}
	for _, r := range s.Records {
		if r.Session != "9a11" || r.Project != "/home/ann/work/toolbox" || (r.Flags != 0) != (r.Model == "gpt-5-2025-08-07") {
			t.Errorf("%+v", r)
		}
	}
	if !slices.Equal(s.Reasons(), []string{"input is not a whole number"}) {
		t.Errorf("%v", s.Quarantined)
	}
	s.Settled(t, src)
}

// TestRecordedLogs compares with the totals of genuine runs and of a real
// session, and with what was worked out by hand.
func TestRecordedLogs(t *testing.T) {
	dir := filepath.Join(sinktest.Shared(t), "pi")
	read := func(t *testing.T, from, to string, bad int) *sinktest.Sink {
		home := t.TempDir()
		sinktest.Copy(t, filepath.Join(dir, from), filepath.Join(home, ".pi/agent/sessions", to))
		var s sinktest.Sink
		s.Pull(t, source(home))
		if len(s.Quarantined) != bad {
			t.Errorf("quarantined %v", s.Quarantined)
		}
		return &s
	}
	t.Run("large", func(t *testing.T) {
		var golden map[string]struct {
			Input, Output         int64
			CacheRead, CacheWrite int64
			CostUSD               float64
		}
		sinktest.Golden(t, "pi", &golden)
		g := golden["large-session.jsonl"]
		m := read(t, "large-session.jsonl", "p/s.jsonl", 0).Total()
		want := usage.Tokens{Input: g.Input, Output: g.Output, CacheRead: g.CacheRead, CacheWrite5m: g.CacheWrite}
		// 14 of its 453 rows were aborted, and used nothing.
		if m.Tokens != want || m.Requests != 453-14 || want.IsZero() {
			t.Errorf("%+v, want %+v", m, want)
		}
		if len(m.Reported) != 1 || !strings.HasPrefix(m.Reported[0].Amount.String(), fmt.Sprintf("%.6f", g.CostUSD-5e-7)) {
			t.Errorf("cost %+v, want %v", m.Reported, g.CostUSD)
		}
	})
	t.Run("genuine", func(t *testing.T) {
		var golden struct {
			Pi map[string]struct {
				Input, Output int64
				Cost          float64
			} `json:"pi-0.73.1"`
		}
		sinktest.Golden(t, "genuine CLI runs", &golden)
		s := read(t, "genuine-0.73.1", "", 0)
		for _, r := range s.Records {
			name := strings.TrimSuffix(strings.TrimSuffix(r.Model, "-2025-08-07"), "-20250514")
			g, ok := golden.Pi[name]
			if !ok || r.Tokens != (usage.Tokens{Input: g.Input, Output: g.Output}) || r.Reported.String() != fmt.Sprint(g.Cost) {
				t.Errorf("%+v, want %+v", r, g)
			}
		}
		if len(s.Records) != len(golden.Pi) {
			t.Errorf("%d records", len(s.Records))
		}
	})
	for from, c := range map[string]struct {
		want usage.Measures
		bad  int
	}{
		// twice 12 in, 7 out
		"agent-sessions-small.jsonl": {usage.Measures{Requests: 2, Tokens: usage.Tokens{Input: 24, Output: 14}}, 0},
		"codexbar/pi":                {usage.Measures{}, 0},
	} {
		t.Run(from, func(t *testing.T) {
			to := "p/s.jsonl"
			if !strings.HasSuffix(from, ".jsonl") {
				to = ""
			}
			if m := read(t, from, to, c.bad).Total(); m.Tokens != c.want.Tokens || m.Requests != c.want.Requests {
				t.Errorf("%+v, want %+v", m, c.want)
			}
		})
	}
}

// BenchmarkPull reads 8 MB of conversations.
func BenchmarkPull(b *testing.B) {
	home := b.TempDir()
	text := strings.Repeat(`func main() {\n\tfmt.Println(\"hello\")\n}\n`, 40)
	var all strings.Builder
	for i := 0; all.Len() < 8<<20; i++ {
		fmt.Fprintf(&all, `{"type":"message","id":"u","timestamp":"2026-03-02T09:00:01Z","message":{"role":"user","content":[{"text":"%s"}]}}`+"\n", text+text)
		fmt.Fprintf(&all, `{"type":"message","id":"a","timestamp":"2026-03-02T09:00:02Z","message":{"role":"assistant","content":[{"text":"%s"}],"provider":"anthropic","model":"m","usage":{"input":4,"output":20,"cacheRead":100,"cacheWrite":30,"totalTokens":154,"cost":{"total":0.001}},"timestamp":%d}}`+"\n", text, 1772442002000+i)
	}
	sinktest.Write(b, filepath.Join(home, ".pi/agent/sessions/p/s.jsonl"), all.String())
	src := source(home)
	sinktest.Bench(b, src, int64(all.Len()))
}

// TestDamage: whatever becomes of a log, the reader goes on.
func TestDamage(t *testing.T) {
	for from, to := range map[string]string{"testdata/session.jsonl": ".pi/agent/sessions/p/s.jsonl"} {
		t.Run(filepath.Base(from), func(t *testing.T) {
			home := t.TempDir()
			path := filepath.Join(home, to)
			sinktest.Copy(t, from, path)
			sinktest.Damaged(t, source(home), path)
		})
	}
}

// TestLogsOfOthers: conversations of agents whose logs look alike, and have no
// counts, count nothing and are no fault.
func TestLogsOfOthers(t *testing.T) {
	shared := sinktest.Shared(t)
	home := t.TempDir()
	for _, name := range []string{"openclaw", "hermes", "grok_cli", "cursor"} {
		sinktest.Copy(t, filepath.Join(shared, name), filepath.Join(home, ".pi/agent/sessions", name))
	}
	var s sinktest.Sink
	if r := s.Pull(t, source(home)); r.Read != 3 || len(s.Records) != 0 || len(s.Quarantined) != 0 {
		t.Errorf("%+v: %+v, quarantined %v", r, s.Total(), s.Quarantined)
	}
}
