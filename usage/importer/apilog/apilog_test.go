package apilog

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/importer"
	"tokpit/usage/internal/sinktest"
)

func read(t testing.TB, src io.Reader, o importer.Options) (*sinktest.Sink, int64) {
	t.Helper()
	sink := &sinktest.Sink{}
	out := importer.NewOut("log.jsonl", o, sink.Apply)
	if err := (Format{}).Read(context.Background(), src, o, out); err != nil {
		t.Fatal(err)
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	return sink, out.Rows()
}

// brief is what a record counts, to compare with.
func brief(r usage.Record) string {
	s := fmt.Sprintf("%s %s %s %s %v", r.Start.Format("01-02T15:04:05.000"), r.Provider, r.Model, r.Tier, r.Tokens)
	for _, q := range r.Quantities {
		s += fmt.Sprintf(" %s:%d", q.Meter, q.N)
	}
	if r.Currency != "" {
		s += " " + r.Reported.String() + " " + r.Currency
	}
	if r.Flags != 0 {
		s += " flagged"
	}
	return s
}

func briefs(s *sinktest.Sink) []string {
	var out []string
	for _, r := range s.Records {
		out = append(out, brief(r))
	}
	slices.Sort(out)
	return out
}

// By hand, as input, read, 5m, 1h, output, reasoning:
//   - chat: 1000 − 600 − 100 = 300 without cache, of which 50 are audio; output 200 − 20 audio
//   - Anthropic: as it stands, 30 written of which 20 for an hour
//   - Responses in a batch: 70 − 20 = 50
//   - Gemini: 100 − 40 + 7 = 67, output 20 + 30 = 50; 67 + 40 + 50 = 157
//   - Converse: as it stands; 8 + 25 + 5 + 4 = 42
func TestMixed(t *testing.T) {
	s, n := read(t, bytes.NewReader(sinktest.Read(t, "testdata/mixed.jsonl")), importer.Options{})
	want := []string{
		"10-21T10:00:00.000 anthropic claude-sonnet-4-20250514 batch {10 500 10 20 40 0} web_search:2",
		"10-21T12:00:00.000 bedrock amazon.nova-pro-v1:0  {8 25 0 5 4 0}",
		"10-21T16:26:40.000 openai gpt-5 flex {250 600 100 0 180 64} audio_input:50 audio_output:20",
		"10-21T16:28:20.500 openai gpt-5-mini batch {50 20 0 0 9 3}",
		"10-21T16:30:00.123 google gemini-2.5-pro  {67 40 0 0 50 30}",
		"10-21T16:31:40.000 openai text-embedding-3-small  {33 0 0 0 0 0}",
		"10-21T16:33:20.000  local-model  {3 0 0 0 4 0}",
		"10-21T16:35:00.000  local-model  {3 0 0 0 4 0}",
	}
	if got := briefs(s); !slices.Equal(got, want) || n != 8 {
		t.Errorf("%d:\n%s\nwant\n%s", n, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var bad []string
	for _, q := range s.Quarantined {
		bad = append(bad, fmt.Sprintf("%d %s", q.Line, q.Reason))
	}
	if !slices.Equal(bad, []string{"11 " + noTime, "12 no usage in it"}) {
		t.Errorf("refused %q", bad)
	}
	for _, r := range s.Records {
		if strings.Contains(fmt.Sprintf("%+v", r), "CANARY") {
			t.Errorf("a prompt is kept: %+v", r)
		}
		if r.Context != r.TotalInput()+sum(r, "audio_input") {
			t.Errorf("context %d of %s", r.Context, brief(r))
		}
		if strings.HasPrefix(r.Model, "claude") && r.User != "ann" {
			t.Errorf("user %q", r.User)
		}
	}
}

func sum(r usage.Record, meter string) (n int64) {
	for _, q := range r.Quantities {
		if q.Meter == meter {
			n += q.N
		}
	}
	return n
}

// By hand: message_delta restates the input (2,679 → 10,682) and leaves the cache
// as it was; the stream that broke off counts what its start said; chunks grow and
// count once. The last row belongs to no message.
func TestStreams(t *testing.T) {
	text := sinktest.Read(t, "testdata/streams.jsonl")
	want := []string{
		"10-21T10:00:00.000 anthropic claude-opus-4  {10682 100 0 0 510 0} web_search:1",
		"10-21T10:00:01.000 anthropic claude-opus-4  {11 0 0 0 1 0}",
		"10-21T16:26:40.000 openai gpt-5  {5 0 0 0 6 0}",
		"10-21T16:26:40.000 openai gpt-5  {8 0 0 0 2 0}",
	}
	s, n := read(t, bytes.NewReader(text), importer.Options{})
	if got := briefs(s); !slices.Equal(got, want) || n != 4 {
		t.Errorf("%d:\n%s\nwant\n%s", n, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(s.Quarantined) != 1 || s.Quarantined[0].Reason != lostDelta {
		t.Errorf("refused %v", s.Quarantined)
	}
	// Another import of it says the same again.
	out := importer.NewOut("again", importer.Options{}, s.Apply)
	if err := (Format{}).Read(t.Context(), bytes.NewReader(text), importer.Options{}, out); err != nil || out.Flush() != nil {
		t.Fatal(err)
	}
	if got := briefs(s); !slices.Equal(got, want) {
		t.Errorf("again:\n%s", strings.Join(got, "\n"))
	}
}

// TestManyStreams: streams that are open at the same time are held up to a number.
func TestManyStreams(t *testing.T) {
	var b strings.Builder
	const n = 3 * maxOpen
	for i := range n {
		fmt.Fprintf(&b, `{"timestamp":"2026-10-21T10:00:00Z","request_id":"r%d","type":"message_start","message":{"id":"msg_01%020d","usage":{"input_tokens":5,"output_tokens":1}}}`+"\n", i, i)
		fmt.Fprintf(&b, `{"timestamp":"2026-10-21T10:00:00Z","request_id":"r%d","type":"message_delta","usage":{"output_tokens":7}}`+"\n", i)
	}
	s, rows := read(t, strings.NewReader(b.String()), importer.Options{})
	if total := s.Total(); rows != n || total.Input != 5*n || total.Output != 7*n {
		t.Errorf("%d rows, %+v", rows, total)
	}
}

func TestSaid(t *testing.T) {
	at := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	line := `{"id":"msg_x","type":"message","model":"gpt-5","usage":{"input_tokens":10,"output_tokens":40}}`
	s, _ := read(t, strings.NewReader(line), importer.Options{At: at, Provider: "azure", Project: "p"})
	for _, r := range s.Records {
		if !r.Start.Equal(at) || r.Provider != "azure" || r.Project != "p" {
			t.Errorf("%+v", r)
		}
	}
	if len(s.Records) != 1 {
		t.Error(s.Reasons())
	}
}

func TestHostile(t *testing.T) {
	row := `{"created":1792600000,"usage":{"prompt_tokens":%s}}`
	for in, want := range map[string]string{
		fmt.Sprintf(row, "-1"):                                "prompt_tokens is negative",
		fmt.Sprintf(row, "1e3"):                               "prompt_tokens is not a whole number",
		fmt.Sprintf(row, `"5"`):                               "prompt_tokens is not a number",
		fmt.Sprintf(row, "9223372036854775808"):               "prompt_tokens is too large",
		`{"created":1792600000,"usage":{}}`:                   "no usage in it",
		`{"usage":{"prompt_tokens":1}`:                        "the row is cut off",
		`{"usage":{"prompt_tokens":1}}`:                       noTime,
		`{"created":0,"usage":{"prompt_tokens":1}}`:           noTime,
		`{"created":"yesterday","usage":{"prompt_tokens":1}}`: noTime,
		`{"a":1,}`: "not valid JSON",
		strings.Repeat(`{"body":`, 5000) + `1` + strings.Repeat(`}`, 5000):                             "no usage in it",
		`{"created":1792600000,"usage":{"prompt_tokens":1},"x":"` + strings.Repeat("x", 64<<20) + `"}`: "longer than a row may be",
	} {
		s, _ := read(t, strings.NewReader(in), importer.Options{})
		if len(s.Records) != 0 || len(s.Quarantined) != 1 || s.Quarantined[0].Reason != want {
			t.Errorf("%.80s: %v, %v, want %s", in, briefs(s), s.Quarantined, want)
		}
	}
}

func TestSniff(t *testing.T) {
	for name, want := range map[string]importer.Likelihood{"testdata/mixed.jsonl": importer.Certain, "testdata/streams.jsonl": importer.Certain,
		"../bedrock/testdata/log.jsonl": importer.Foreign, "../focuscsv/testdata/cloud.csv": importer.Foreign} {
		if got := (Format{}).Sniff(name, sinktest.Read(t, name)); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if got := (Format{}).Sniff("", []byte(`{"model":"m","usage":{"input_tokens":1}}`)); got != importer.Likely {
		t.Errorf("a row with usage is %v", got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(sinktest.Read(f, "testdata/mixed.jsonl"))
	f.Add(sinktest.Read(f, "testdata/streams.jsonl"))
	f.Add([]byte("event: x\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"a\",\"usage\":{\"input_tokens\":1}}}\n\ndata: [DONE]\n"))
	o := importer.Options{At: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)}
	f.Fuzz(func(t *testing.T, b []byte) {
		Format{}.Sniff("x", b)
		one, _ := read(t, bytes.NewReader(b), o)
		two, _ := read(t, bytes.NewReader(b), o)
		if !slices.Equal(briefs(one), briefs(two)) {
			t.Fatal("two readings differ")
		}
		for _, r := range one.Records {
			if r.Tokens.Check() != nil || r.Reasoning > r.Output && r.Flags == 0 && len(r.Quantities) == 0 || r.ID == "" || r.Start.IsZero() {
				t.Fatalf("%+v", r)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	line := bytes.SplitAfter(sinktest.Read(b, "testdata/mixed.jsonl"), []byte("\n"))[0]
	var big bytes.Buffer
	const rows = 50_000
	for i := range rows {
		big.Write(bytes.Replace(line, []byte("AAAAAAAAAAAAAAAAAAAA"), fmt.Appendf(nil, "%020d", i), 1))
	}
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
}
