package codex_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/codex"
	"tokpit/usage/internal/sinktest"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// rollout writes the rows of a log. Each row is a second later.
type rollout struct {
	b  strings.Builder
	at time.Time
	// The cumulative counter.
	in, cached, out int
}

func newRollout(id, parent string, at time.Time) *rollout {
	r := &rollout{at: at}
	fork := "null"
	if parent != "" {
		fork = `"` + parent + `"`
	}
	r.row("session_meta", `{"id":"`+id+`","forked_from_id":`+fork+`,"cwd":"/home/ann/work","model_provider":"openai","base_instructions":{"provenance":{"model":"decoy"}}}`)
	r.row("turn_context", `{"cwd":"/home/ann/work","model":"gpt-5-codex"}`)
	return r
}

func (r *rollout) row(kind, payload string) {
	r.at = r.at.Add(time.Second)
	fmt.Fprintf(&r.b, `{"timestamp":%q,"type":%q,"payload":%s}`+"\n", r.at.Format(time.RFC3339Nano), kind, payload)
}

func counts(in, cached, out int) string {
	return fmt.Sprintf(`{"input_tokens":%d,"cached_input_tokens":%d,"output_tokens":%d,"reasoning_output_tokens":0,"total_tokens":%d}`, in, cached, out, in+out)
}

// count writes a token_count event.
func (r *rollout) count(total, last string) {
	r.row("event_msg", `{"type":"token_count","info":{"total_token_usage":`+total+`,"last_token_usage":`+last+`},"rate_limits":null}`)
}

// request is one request, as an event.
func (r *rollout) request(in, cached, out int) {
	r.in, r.cached, r.out = r.in+in, r.cached+cached, r.out+out
	r.count(counts(r.in, r.cached, r.out), counts(in, cached, out))
}

// record is one request, as a usage record.
func (r *rollout) record(id string, in, cached, out int) {
	r.in, r.cached, r.out = r.in+in, r.cached+cached, r.out+out
	r.row("token_usage_record", `{"response_id":`+id+`,"usage":`+counts(in, cached, out)+`,"thread_token_usage":`+counts(r.in, r.cached, r.out)+`}`)
}

// event repeats the counter after a record.
func (r *rollout) event(in, cached, out int) {
	r.count(counts(r.in, r.cached, r.out), counts(in, cached, out))
}

// fork copies everything so far under a new id, with new timestamps.
func (r *rollout) fork(id, parent string, at time.Time) *rollout {
	f := newRollout(id, parent, at)
	f.in, f.cached, f.out = r.in, r.cached, r.out
	for line := range strings.Lines(r.b.String()) {
		_, rest, _ := strings.Cut(line, ",")
		f.at = f.at.Add(time.Millisecond)
		fmt.Fprintf(&f.b, `{"timestamp":%q,%s`, f.at.Format(time.RFC3339Nano), rest)
	}
	return f
}

// logs is a home with Codex logs.
type logs struct {
	t    *testing.T
	home string
	sinktest.Sink
}

func newLogs(t *testing.T) *logs { return &logs{t: t, home: t.TempDir()} }

func (l *logs) write(name, content string) {
	l.t.Helper()
	path := filepath.Join(l.home, ".codex", name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		l.t.Fatal(err)
	}
}

func (l *logs) sync() usage.Report {
	l.t.Helper()
	return l.Sink.Pull(l.t, codex.New(codex.Options{Home: l.home, Now: func() time.Time { return noon }}))
}

// read pulls one log and returns its records in order of time.
func read(t *testing.T, r *rollout) ([]usage.Record, []string) {
	t.Helper()
	l := newLogs(t)
	l.write("sessions/rollout.jsonl", r.b.String())
	l.sync()
	return l.ordered(), l.Reasons()
}

func (l *logs) ordered() []usage.Record {
	return slices.SortedFunc(maps.Values(l.Records), func(a, b usage.Record) int { return a.Start.Compare(b.Start) })
}

func start() time.Time { return time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC) }

func TestEvents(t *testing.T) {
	several := func(in, cached, out int64) usage.Record {
		return usage.Record{Tokens: usage.Tokens{Input: in, CacheRead: cached, Output: out}, Context: usage.Absent, Requests: usage.Absent, Flags: usage.FlagSeveralRequests}
	}
	single := func(in, cached, out int64) usage.Record {
		return usage.Record{Tokens: usage.Tokens{Input: in, CacheRead: cached, Output: out}, Context: in + cached, Requests: 1}
	}
	for _, c := range []struct {
		name string
		rows func(*rollout)
		want []usage.Record
		bad  []string
	}{
		{"requests", func(r *rollout) { r.request(100, 60, 10); r.request(200, 150, 20) }, []usage.Record{single(40, 60, 10), single(50, 150, 20)}, nil},
		{"repeated events", func(r *rollout) {
			r.request(100, 60, 10)
			r.event(100, 60, 10)
			r.event(100, 60, 10)
			r.request(100, 60, 10)
		}, []usage.Record{single(40, 60, 10), single(40, 60, 10)}, nil},
		{"no info", func(r *rollout) {
			r.row("event_msg", `{"type":"token_count","info":null,"rate_limits":{}}`)
			r.row("event_msg", `{"type":"token_count","info":{"prompt":5}}`)
			r.row("event_msg", `{"type":"token_count"}`)
		}, nil, nil},
		{"a lost event", func(r *rollout) {
			r.request(100, 60, 10)
			r.in, r.cached, r.out = r.in+100, r.cached+100, r.out+5
			r.request(50, 50, 5)
		}, []usage.Record{single(40, 60, 10), several(0, 150, 10)}, nil},
		{"lost events at the beginning", func(r *rollout) { r.in, r.out = 1000, 100; r.request(50, 50, 5) }, []usage.Record{several(1000, 50, 105)}, nil},
		{"a new counter after a resume", func(r *rollout) {
			r.request(1000, 0, 100)
			r.in, r.cached, r.out = 0, 0, 0
			r.request(300, 200, 30)
			r.request(400, 300, 40)
		}, []usage.Record{single(1000, 0, 100), single(100, 200, 30), single(100, 300, 40)}, nil},
		{"two threads in turn", func(r *rollout) {
			r.request(1000, 0, 100)
			r.count(counts(50, 0, 5), counts(50, 0, 5))
			r.request(100, 0, 10)
			r.count(counts(80, 0, 8), counts(30, 0, 3))
			r.request(10, 0, 1)
		}, []usage.Record{single(1000, 0, 100), single(50, 0, 5), single(100, 0, 10), single(30, 0, 3), single(10, 0, 1)}, nil},
		{"a thread whose beginning was not logged", func(r *rollout) {
			r.request(1000, 0, 100)
			r.count(counts(500, 0, 50), counts(20, 0, 2))
			r.count(counts(530, 0, 53), counts(30, 0, 3))
		}, []usage.Record{single(1000, 0, 100), single(20, 0, 2), single(30, 0, 3)}, nil},
		{"an overflowing context window", func(r *rollout) {
			r.request(1000, 0, 100)
			r.count(`{"input_tokens":0,"cached_input_tokens":0,"output_tokens":0,"reasoning_output_tokens":0,"total_tokens":258400}`,
				`{"input_tokens":0,"cached_input_tokens":0,"output_tokens":0,"reasoning_output_tokens":0,"total_tokens":257300}`)
			r.count(`{"input_tokens":70,"cached_input_tokens":0,"output_tokens":7,"reasoning_output_tokens":0,"total_tokens":258477}`, counts(70, 0, 7))
		}, []usage.Record{single(1000, 0, 100), single(70, 0, 7)}, nil},
		{"totals alone", func(r *rollout) {
			r.count(counts(100, 60, 10), "null")
			r.count(counts(150, 60, 12), "null")
			r.count(counts(20, 0, 1), "null")
		}, []usage.Record{several(40, 60, 10), several(50, 0, 2), several(20, 0, 1)}, nil},
		{"classes inside classes", func(r *rollout) {
			r.row("event_msg", `{"type":"token_count","info":{"total_token_usage":{"input_tokens":100,"cached_input_tokens":60,"cache_write_input_tokens":30,"output_tokens":20,"reasoning_output_tokens":15,"total_tokens":120},"last_token_usage":{"input_tokens":100,"cached_input_tokens":60,"cache_write_input_tokens":30,"output_tokens":20,"reasoning_output_tokens":15,"total_tokens":120}}}`)
		}, []usage.Record{{Tokens: usage.Tokens{Input: 10, CacheRead: 60, CacheWrite5m: 30, Output: 20, Reasoning: 15}, Context: 100, Requests: 1}}, nil},
		{"a total that does not add up", func(r *rollout) {
			u := `{"input_tokens":1000,"cached_input_tokens":250,"output_tokens":125,"reasoning_output_tokens":75,"total_tokens":1200}`
			r.count(u, u)
		}, []usage.Record{{Tokens: usage.Tokens{Input: 750, CacheRead: 250, Output: 125, Reasoning: 75}, Context: 1000, Requests: 1, Flags: usage.FlagTotalMismatch}}, nil},
		{"no total at all", func(r *rollout) {
			u := `{"input_tokens":10,"cached_input_tokens":0,"output_tokens":1}`
			r.count(u, u)
		}, []usage.Record{single(10, 0, 1)}, nil},
		{"more cached than input", func(r *rollout) { r.request(10, 20, 1); r.request(30, 20, 3) }, []usage.Record{single(10, 20, 3)}, []string{"more cached than input tokens"}},
		{"bad numbers", func(r *rollout) {
			r.request(10, 0, 1)
			for _, n := range []string{"-5", "1.5", `"12"`, "1e3", "99999999999999999999", "1000000000001", "true"} {
				r.count(`{"input_tokens":`+n+`}`, `{"input_tokens":1}`)
			}
			r.count(`[]`, `{"input_tokens":1}`)
			r.request(20, 0, 2)
		}, []usage.Record{single(10, 0, 1), single(20, 0, 2)}, []string{"input_tokens is negative", "input_tokens is not a whole number", "input_tokens is not a number",
			"input_tokens is not a whole number", "input_tokens is too large", "input_tokens is too large", "input_tokens is not a number", "total_token_usage is not an object"}},
		{"last without a total", func(r *rollout) {
			r.row("event_msg", `{"type":"token_count","info":{"last_token_usage":`+counts(5, 0, 1)+`}}`)
		}, nil, []string{"last_token_usage without total_token_usage"}},
		{"turns as the program prints them", func(r *rollout) {
			r.row("event_msg", `{"type":"turn.completed","usage":{"input_tokens":980,"cached_input_tokens":0,"output_tokens":640}}`)
		}, nil, nil},
		{"responses and compaction", func(r *rollout) {
			r.row("response_item", `{"type":"message","info":{"total_token_usage":`+counts(5, 0, 1)+`}}`)
			r.row("compacted", `{"message":"x","replacement_history":[{"type":"token_count"}]}`)
			r.request(10, 0, 1)
		}, []usage.Record{single(10, 0, 1)}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRollout("s1", "", start())
			c.rows(r)
			got, bad := read(t, r)
			if !slices.Equal(bad, c.bad) {
				t.Errorf("quarantined %q, want %q", bad, c.bad)
			}
			compare(t, got, c.want)
		})
	}
}

func compare(t *testing.T, got, want []usage.Record) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d records, want %d: %+v", len(got), len(want), got)
	}
	for i := range got {
		g, w := got[i], want[i]
		if g.Tokens != w.Tokens || g.Context != w.Context || g.Requests != w.Requests || g.Flags != w.Flags {
			t.Errorf("record %d:\n%+v %d %d %b, want\n%+v %d %d %b", i, g.Tokens, g.Context, g.Requests, g.Flags, w.Tokens, w.Context, w.Requests, w.Flags)
		}
	}
}

func TestUsageRecords(t *testing.T) {
	for _, c := range []struct {
		name string
		rows func(*rollout)
		ids  []string
		in   int64
	}{
		{"each with its event", func(r *rollout) {
			r.record(`"resp_1"`, 100, 60, 10)
			r.event(100, 60, 10)
			r.event(100, 60, 10)
			r.record(`"resp_2"`, 200, 60, 20)
			r.event(200, 60, 20)
		}, []string{"resp_1", "resp_2"}, 300},
		{"without events", func(r *rollout) { r.record(`"resp_1"`, 100, 60, 10); r.record(`"resp_2"`, 200, 60, 20) }, []string{"resp_1", "resp_2"}, 300},
		{"written twice", func(r *rollout) {
			r.record(`"resp_1"`, 100, 60, 10)
			r.row("token_usage_record", `{"response_id":"resp_1","usage":`+counts(100, 60, 10)+`,"thread_token_usage":`+counts(100, 60, 10)+`}`)
		}, []string{"resp_1"}, 100},
		{"the event first", func(r *rollout) {
			r.request(100, 60, 10)
			r.row("token_usage_record", `{"response_id":"resp_1","usage":`+counts(100, 60, 10)+`,"thread_token_usage":`+counts(100, 60, 10)+`}`)
			r.request(50, 0, 5)
		}, []string{"c:", "c:"}, 150},
		{"two requests of the same size", func(r *rollout) {
			for i := range 3 {
				r.record(fmt.Sprintf(`"resp_%d"`, i), 100, 60, 10)
				r.event(100, 60, 10)
			}
		}, []string{"resp_0", "resp_1", "resp_2"}, 300},
		{"after an upgrade", func(r *rollout) {
			r.request(100, 60, 10)
			r.record(`"resp_1"`, 200, 60, 20)
			r.event(200, 60, 20)
		}, []string{"c:", "resp_1"}, 300},
		{"after an upgrade, with a thread that starts at zero", func(r *rollout) {
			r.request(1000, 60, 10)
			thread := 0
			for i := range 3 {
				thread += 200
				r.row("token_usage_record", fmt.Sprintf(`{"response_id":"resp_%d","usage":%s,"thread_token_usage":%s}`, i, counts(200, 0, 20), counts(thread, 0, thread/10)))
				r.request(200, 0, 20)
			}
		}, []string{"c:", "resp_0", "resp_1", "resp_2"}, 1600},
		{"without a thread total", func(r *rollout) {
			r.row("token_usage_record", `{"response_id":"resp_1","usage":`+counts(100, 0, 10)+`}`)
			r.request(100, 0, 10)
		}, []string{"resp_1"}, 100},
		{"without a response id", func(r *rollout) {
			r.record("null", 100, 60, 10)
			r.event(100, 60, 10)
			r.record(`""`, 50, 0, 5)
			r.event(50, 0, 5)
		}, []string{"c:", "c:"}, 150},
		{"without usage", func(r *rollout) { r.record(`"resp_1"`, 0, 0, 0); r.event(0, 0, 0) }, nil, 0},
		{"events of two records in one", func(r *rollout) {
			r.request(10, 0, 1)
			r.row("token_usage_record", `{"response_id":"resp_1","usage":`+counts(20, 0, 2)+`}`)
			r.row("token_usage_record", `{"response_id":"resp_2","usage":`+counts(30, 0, 3)+`}`)
			r.in, r.out = r.in+20, r.out+2
			r.request(30, 0, 3)
		}, []string{"c:", "resp_1", "resp_2"}, 60},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRollout("s1", "", start())
			c.rows(r)
			got, bad := read(t, r)
			var ids []string
			var in int64
			for _, rec := range got {
				ids, in = append(ids, rec.ID), in+rec.TotalInput()
				if strings.HasPrefix(rec.ID, "c:") {
					ids[len(ids)-1] = "c:"
				}
				if rec.Requests != 1 || rec.Context != rec.TotalInput() {
					t.Errorf("%+v", rec)
				}
			}
			if !slices.Equal(ids, c.ids) || in != c.in || len(bad) > 0 {
				t.Errorf("%q with %d input tokens, want %q with %d; quarantined %q", ids, in, c.ids, c.in, bad)
			}
		})
	}
}

func TestDimensions(t *testing.T) {
	settings := func(tier string) string {
		return `{"type":"thread_settings_applied","thread_settings":{"model":"other","service_tier":` + tier + `}}`
	}
	r := &rollout{at: start()}
	r.row("session_meta", `{"id":"s1","cwd":"/srv/app","model_provider":"mock","source":{"subagent":{"thread_spawn":{"parent_thread_id":"p","agent_nickname":"Ann","agent_role":"explorer"}}}}`)
	r.row("session_meta", `{"id":"ancestor","cwd":"/elsewhere","model_provider":"ollama"}`)
	r.row("turn_context", `{"model":"gpt-5","collaboration_mode":{"settings":{"model":"decoy"}}}`)
	r.request(1, 0, 0)
	r.row("event_msg", settings(`"fast"`))
	r.request(1, 0, 0)
	r.row("event_msg", settings(`"flex"`))
	r.row("turn_context", `{"model":"gpt-5-mini","cwd":"/home/x"}`)
	r.request(1, 0, 0)
	r.row("event_msg", settings(`"default"`))
	r.in++
	r.row("event_msg", `{"type":"token_count","info":{"model":"gpt-5.3-codex","total_token_usage":`+counts(4, 0, 0)+`,"last_token_usage":`+counts(1, 0, 0)+`}}`)
	got, bad := read(t, r)
	if len(got) != 4 || len(bad) > 0 {
		t.Fatalf("%d records, %q", len(got), bad)
	}
	for i, want := range []struct{ model, tier, project string }{
		{"gpt-5", "", "/srv/app"}, {"gpt-5", "priority", "/srv/app"}, {"gpt-5-mini", "flex", "/home/x"}, {"gpt-5.3-codex", "", "/home/x"},
	} {
		r := got[i]
		if r.Model != want.model || r.Tier != want.tier || r.Project != want.project || r.Session != "s1" || r.Agent != "explorer" ||
			r.Provider != "openai" || r.Source != "codex" || r.Basis != usage.Logged {
			t.Errorf("record %d: %+v, want %+v", i, r.Dims, want)
		}
	}
}

func TestProviders(t *testing.T) {
	for name, want := range map[string]string{"": "openai", "openai": "openai", "corp-proxy": "openai", "azure": "azure", "ollama": "ollama", "gemini": "google", "oss": "ollama"} {
		r := &rollout{at: start()}
		r.row("session_meta", `{"id":"s1","model_provider":"`+name+`"}`)
		r.request(1, 0, 0)
		if got, _ := read(t, r); len(got) != 1 || got[0].Provider != want {
			t.Errorf("%q: %+v, want %s", name, got, want)
		}
	}
}

func TestAgents(t *testing.T) {
	for meta, want := range map[string]string{
		`"source":"cli"`: "", `"source":"exec","thread_source":"user"`: "", `"source":{"subagent":"review"}`: "review",
		`"source":{"subagent":{"other":"guardian"}}`: "guardian", `"source":{"subagent":{"thread_spawn":{"depth":1}}}`: "subagent",
		`"thread_source":"subagent"`: "subagent", `"agent_nickname":"Ann","source":{"subagent":"review"}`: "Ann",
		`"agent_nickname":"Ann","agent_role":"explorer"`: "explorer", `"source":5`: "", `"source":{"subagent":5}`: "",
	} {
		r := &rollout{at: start()}
		r.row("session_meta", `{"id":"s1",`+meta+`}`)
		r.request(1, 0, 0)
		if got, _ := read(t, r); len(got) != 1 || got[0].Agent != want {
			t.Errorf("%s: %+v, want %q", meta, got, want)
		}
	}
}

func TestLogWithoutAName(t *testing.T) {
	r := &rollout{at: start()}
	r.row("turn_context", `{"model":"gpt-5.2-codex"}`)
	r.request(10, 5, 1)
	text := r.b.String()
	l := newLogs(t)
	l.write("sessions/one.jsonl", text)
	l.write("archived_sessions/one.jsonl", text)
	l.write("sessions/two.jsonl", strings.Replace(text, "2026-11-01", "2026-11-02", 2))
	l.sync()
	if len(l.Records) != 2 {
		t.Errorf("%d records, want one of the log and its copy, and another", len(l.Records))
	}
}

func TestPayloadBeforeType(t *testing.T) {
	text := newRollout("s1", "", start()).b.String() +
		`{"payload":{"info":{"last_token_usage":` + counts(10, 5, 1) + `,"total_token_usage":` + counts(10, 5, 1) + `},"type":"token_count"},"type":"event_msg","timestamp":"2026-11-01T10:00:00Z"}` + "\n" +
		`{"payload":{"usage":` + counts(20, 5, 1) + `,"response_id":"resp_1"},"timestamp":"2026-11-01T10:00:01Z","type":"token_usage_record"}` + "\n" +
		`{"payload":{"info":{"total_token_usage":"}"},"type":"other"},"type":"event_msg"}` + "\n"
	l := newLogs(t)
	l.write("sessions/one.jsonl", text)
	l.sync()
	if got := l.Total(); got.Requests != 2 || got.TotalInput() != 30 || len(l.Quarantined) != 0 {
		t.Errorf("%+v, quarantined %v", got, l.Quarantined)
	}
}

func TestRoots(t *testing.T) {
	src := codex.New(codex.Options{Home: "/home/ann"})
	if got := src.Roots(); !slices.Equal(got, []string{filepath.FromSlash("/home/ann/.codex/sessions"), filepath.FromSlash("/home/ann/.codex/archived_sessions")}) {
		t.Errorf("%v", got)
	}
	src = codex.New(codex.Options{Home: "/home/ann", Getenv: func(k string) string { return map[string]string{"CODEX_HOME": "/c"}[k] }})
	if got := src.Roots(); !slices.Equal(got, []string{filepath.FromSlash("/c/sessions"), filepath.FromSlash("/c/archived_sessions")}) {
		t.Errorf("%v", got)
	}
	if got := codex.New(codex.Options{}).Roots(); len(got) != 0 {
		t.Errorf("without a home: %v", got)
	}
}
