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
