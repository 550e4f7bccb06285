package otel

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tokpit/usage"
	"tokpit/usage/importer"
	"tokpit/usage/internal/sinktest"
)

func into(t testing.TB, sink *sinktest.Sink, src io.Reader) {
	t.Helper()
	out := importer.NewOut("t.json", importer.Options{}, sink.Apply)
	if err := (Format{}).Read(context.Background(), src, importer.Options{}, out); err != nil {
		t.Fatal(err)
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, src io.Reader) *sinktest.Sink {
	t.Helper()
	sink := &sinktest.Sink{}
	into(t, sink, src)
	return sink
}

func briefs(s *sinktest.Sink) []string {
	var out []string
	for _, r := range s.Records {
		line := fmt.Sprintf("%s %s %s %v requests %d", r.Start.Format("01-02T15:04:05.000"), r.Provider, r.Model, r.Tokens, r.Requests)
		if r.Flags&usage.FlagTotalMismatch != 0 {
			line += " flagged"
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return out
}

// TestOneSignal: spans of calls count. By hand: 1000 − 600 = 400 without cache; the
// span around it, the run, the log record and the metric tell of the same call. The
// other library counts the cache beside its 7 tokens, since 50 cannot be part of 7.
func TestOneSignal(t *testing.T) {
	text := sinktest.Read(t, "testdata/mixed.jsonl")
	want := []string{
		"10-21T16:26:41.500 azure gpt-5-2025-08-07 {400 600 0 0 80 30} requests 1",
		"10-21T16:28:20.000 anthropic claude-sonnet-4 {7 50 0 0 3 0} requests 1 flagged",
	}
	s := read(t, bytes.NewReader(text))
	if got := briefs(s); !slices.Equal(got, want) && !slices.Equal(got, []string{want[0], strings.TrimSuffix(want[1], " flagged")}) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, r := range s.Records {
		if strings.Contains(fmt.Sprintf("%+v", r), "CANARY") {
			t.Errorf("a prompt is kept: %+v", r)
		}
		if r.Provider == "azure" && (r.Machine != "box" || r.Environment != "prod" || r.Agent != "shop" || r.ID != "t1/s2") {
			t.Errorf("%s %+v", r.ID, r.Dims)
		}
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	// Whatever the order of the lines, and as one list.
	slices.Reverse(lines)
	for _, form := range [][]byte{bytes.Join(lines, []byte("\n")), slices.Concat([]byte("["), bytes.Join(lines, []byte(",\n")), []byte("]"))} {
		if got := briefs(read(t, bytes.NewReader(form))); !slices.Equal(got, briefs(s)) {
			t.Errorf("in another order: %s", strings.Join(got, "\n"))
		}
	}
	file := &importer.File{Path: "testdata/mixed.jsonl", Format: Format{}}
	if _, err := file.Pull(t.Context(), nil, func(usage.Batch) error { return nil }); err != nil {
		t.Fatal(err)
	}
	for _, why := range []string{"spans of runs, because spans of calls are counted", "log records of calls, because spans of calls are counted",
		"metrics, because spans of calls are counted", "spans around counted ones"} {
		if file.Read.Left[why] == 0 {
			t.Errorf("nobody is told that %s are left out: %v", why, file.Read.Left)
		}
	}
}

// TestCounters, by hand: the counter that runs on ends at 25, 400 and 9; the deltas
// are 5 and 6.
func TestCounters(t *testing.T) {
	text := sinktest.Read(t, "testdata/running.jsonl")
	want := []string{
		"10-21T16:26:40.000 anthropic claude-haiku-4 {5 0 0 0 0 0} requests -1",
		"10-21T16:26:40.000 anthropic claude-opus-4 {25 400 0 0 9 0} requests -1",
		"10-21T16:27:40.000 anthropic claude-haiku-4 {6 0 0 0 0 0} requests -1",
	}
	s := read(t, bytes.NewReader(text))
	if got := briefs(s); !slices.Equal(got, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	// Files of the same process, cut anywhere and read in any order, say the same.
	lines := bytes.SplitAfter(text, []byte("\n"))
	parts := &sinktest.Sink{}
	for i := len(lines) - 1; i >= 0; i-- {
		into(t, parts, bytes.NewReader(lines[i]))
	}
	if got := briefs(parts); !slices.Equal(got, want) {
		t.Errorf("in parts: %s", strings.Join(got, "\n"))
	}
}

// TestLateSignal: after the first of a file has been decided, a better kind is left
// out instead of counting twice.
func TestLateSignal(t *testing.T) {
	var b strings.Builder
	for i := range firstItems + 10 {
		fmt.Fprintf(&b, `{"hrTime":[1792600000,%d],"attributes":{"event.name":"gen_ai.client.inference.operation.details","gen_ai.usage.input_tokens":2}}`+"\n", i)
	}
	b.Write(sinktest.Read(t, "testdata/mixed.jsonl"))
	if got := read(t, strings.NewReader(b.String())).Total(); got.Input != 2*(firstItems+10)+1000 || got.Requests != firstItems+11 {
		t.Errorf("%+v", got)
	}
}

func TestHostile(t *testing.T) {
	row := `{"hrTime":[1792600000,1],"attributes":{"gen_ai.usage.input_tokens":%s}}`
	for in, want := range map[string]string{
		fmt.Sprintf(row, "-1"):                        "gen_ai.usage.input_tokens is negative",
		fmt.Sprintf(row, "1.5"):                       "gen_ai.usage.input_tokens is not a whole number",
		fmt.Sprintf(row, `"x"`):                       "gen_ai.usage.input_tokens is not a whole number",
		fmt.Sprintf(row, "1000000000001"):             "gen_ai.usage.input_tokens is too large",
		fmt.Sprintf(row, "1")[:50]:                    "the row is cut off",
		`{"attributes":{"input_tokens":1}}`:           "log records of calls: no time",
		`{"resourceSpans":[{]}}`:                      "not valid JSON",
		`{"x":"` + strings.Repeat("x", 64<<20) + `"}`: "longer than a row may be",
	} {
		s := read(t, strings.NewReader(in))
		if len(s.Records) != 0 || len(s.Quarantined) != 1 || s.Quarantined[0].Reason != want {
			t.Errorf("%.90s: %v, %v, want %s", in, briefs(s), s.Quarantined, want)
		}
	}
	for _, in := range []string{`{"resourceSpans":5,"resource":[],"attributes":"x","scopeMetrics":[{"metrics":[{"dataPoints":[5]}]}]}`, `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"claude_code.token.usage","sum":{"dataPoints":7}}]}]}]}`, `{}`} {
		if s := read(t, strings.NewReader(in)); len(s.Records)+len(s.Quarantined) != 0 {
			t.Errorf("%s: %v %v", in, briefs(s), s.Quarantined)
		}
	}
}

func TestSniff(t *testing.T) {
	for name, want := range map[string]importer.Likelihood{"testdata/mixed.jsonl": importer.Certain, "../apilog/testdata/mixed.jsonl": importer.Foreign,
		"../bedrock/testdata/log.jsonl": importer.Foreign, "../focuscsv/testdata/cloud.csv": importer.Foreign} {
		if got := (Format{}).Sniff(name, sinktest.Read(t, name)); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
}

// TestRecordedTelemetry: what programs really wrote. Worked out by hand from the
// files before anything was run; every signal of Codex tells of one call, which the
// recorded rollouts have too.
func TestRecordedTelemetry(t *testing.T) {
	dir := sinktest.Shared(t)
	codex := usage.Tokens{Input: 9200 - 6100, CacheRead: 6100, Output: 118, Reasoning: 64}
	gemini := usage.Tokens{Input: 11, Output: 2 + 21, Reasoning: 21}
	one := func(parts ...string) []byte {
		var b []byte
		for _, p := range parts {
			b = append(b, sinktest.Read(t, filepath.Join(dir, p))...)
		}
		return b
	}
	logs, traces, metrics := "otlp/codex-0.169.0/logs.json", "otlp/codex-0.169.0/traces.trimmed.json", "otlp/codex-0.169.0/metrics.trimmed.json"
	js := one("otel_sdk_json/gemini-cli-0.61.0/telemetry.trimmed.log")
	at := bytes.LastIndex(js[:bytes.Index(js, []byte(`"scopeMetrics"`))], []byte("\n{\n"))
	for _, c := range []struct {
		name     string
		text     []byte
		tokens   usage.Tokens
		requests int64
	}{
		{"codex logs", one(logs), codex, 1},
		{"codex traces", one(traces), codex, 1},
		{"codex metrics", one(metrics), codex, 0},
		{"codex, all of it", one(metrics, logs, traces), codex, 1},
		{"codex, without traces", one(metrics, logs), codex, 1},
		{"gemini", js, gemini, 1},
		{"gemini metrics", js[at:], gemini, 0},
		{"gemini without metrics", js[:at], gemini, 1},
		// Two chats; the run and the log record of the second are left out.
		{"copilot", one("copilot_otel/copilot-cli-chat-spans.jsonl"), usage.Tokens{Input: 19452 - 123 - 25 + 60, CacheRead: 123, CacheWrite5m: 25, Output: 281 + 10, Reasoning: 128}, 2},
		{"copilot in Visual Studio says no tokens", one("copilot_otel/sample-1_VSGitHubCopilot_traces.jsonl", "copilot_otel/sample-4_VSGitHubCopilot_traces.jsonl"), usage.Tokens{}, 0},
	} {
		s := read(t, bytes.NewReader(c.text))
		if got := s.Total(); got.Tokens != c.tokens || got.Requests != c.requests || len(s.Quarantined) > 0 {
			t.Errorf("%s: %d requests %+v, want %d %+v; %v", c.name, got.Requests, got.Tokens, c.requests, c.tokens, s.Quarantined)
		}
		for _, r := range s.Records {
			if r.Model == "" || r.Start.Year() != 2026 || r.Flags&usage.FlagTotalMismatch != 0 || r.Provider == "" && c.name != "copilot" {
				t.Errorf("%s: %+v", c.name, r)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(sinktest.Read(f, "testdata/mixed.jsonl"))
	f.Add(sinktest.Read(f, "testdata/running.jsonl"))
	f.Add([]byte(`{"hrTime":[1,2],"resource":{"_rawAttributes":[["service.name","x"],[]]},"attributes":{"input_tokens":"5"},"scopeMetrics":[{"metrics":[{"descriptor":{"name":"gemini_cli.token.usage"},"aggregationTemporality":1,"dataPoints":[{"attributes":{"type":"input"},"value":{"sum":4}}]}]}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		Format{}.Sniff("x", b)
		one, two := read(t, bytes.NewReader(b)), read(t, bytes.NewReader(b))
		if !slices.Equal(briefs(one), briefs(two)) {
			t.Fatal("two readings differ")
		}
		for _, r := range one.Records {
			if r.ID == "" || r.Start.IsZero() || r.Tokens.Check() != nil && r.Tokens.Total() < usage.MaxTokens {
				t.Fatalf("%+v", r)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	lines := bytes.SplitAfter(sinktest.Read(b, "testdata/mixed.jsonl"), []byte("\n"))
	for name, line := range map[string][]byte{"span": lines[3], "log": lines[1]} {
		var big bytes.Buffer
		const rows = 50_000
		for i := range rows {
			x := bytes.Replace(line, []byte("AAAAAAAAAAAAAAAAAAAA"), fmt.Appendf(nil, "%020d", i), 1)
			big.Write(bytes.Replace(x, []byte("1792600001000000000"), fmt.Appendf(nil, "%d", 1792600001000000000+i), 1))
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(big.Len()))
			b.ReportAllocs()
			o := importer.Options{ID: "20261121T114502-3f9a2c"}
			for b.Loop() {
				out := importer.NewOut("x", o, func(usage.Batch) error { return nil })
				if err := (Format{}).Read(b.Context(), bytes.NewReader(big.Bytes()), o, out); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
