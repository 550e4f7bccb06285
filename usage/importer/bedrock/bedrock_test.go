package bedrock

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"tokpit/usage"
	"tokpit/usage/importer"
	"tokpit/usage/internal/sinktest"
)

func read(t testing.TB, text []byte) *sinktest.Sink {
	t.Helper()
	sink := &sinktest.Sink{}
	out := importer.NewOut("log.jsonl", importer.Options{}, sink.Apply)
	if err := (Format{}).Read(context.Background(), bytes.NewReader(text), importer.Options{}, out); err != nil {
		t.Fatal(err)
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	return sink
}

// By hand: input 2 + 1000 + 30 = 1032, read 95500, write 310, output 412 + 50 + 7 = 469,
// over three invocations; one was throttled, and one has no counts.
func TestRead(t *testing.T) {
	s := read(t, sinktest.Read(t, "testdata/log.jsonl"))
	total := s.Total()
	if want := (usage.Tokens{Input: 1032, CacheRead: 95500, CacheWrite5m: 310, Output: 469}); total.Tokens != want || total.Requests != 3 {
		t.Errorf("%+v, want %+v", total, want)
	}
	if len(s.Quarantined) != 1 || s.Quarantined[0].Line != 4 || !strings.Contains(s.Quarantined[0].Reason, "no token counts") {
		t.Errorf("refused %v", s.Quarantined)
	}
	r := s.Records["6a2f3c1e-0000-4000-8000-000000000001"]
	want := usage.Dims{Source: Name, Provider: "bedrock", Account: "111122223333", User: "assumed-role/Reviewer/alice", Region: "us-east-1", Basis: usage.Imported,
		Model: "us.anthropic.claude-sonnet-4-5-20250929-v1:0", Tags: usage.NewTags(map[string]string{"team": "search"})}
	if r.Dims != want || r.Context != 95812 || r.Start.Format("15:04:05") != "16:33:31" {
		t.Errorf("%+v, want %+v", r.Dims, want)
	}
	if r := s.Records["6a2f3c1e-0000-4000-8000-000000000005"]; r.Model != "application-inference-profile/abc123" || r.Start.Format("15:04") != "16:37" {
		t.Errorf("%+v", r)
	}
	for _, r := range s.Records {
		if strings.Contains(fmt.Sprintf("%+v", r), "CANARY") {
			t.Errorf("a body is kept: %+v", r)
		}
	}
}

// TestFolder: S3 delivers many compressed files, and one of them twice.
func TestFolder(t *testing.T) {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	if _, err := w.Write(sinktest.Read(t, "testdata/log.jsonl")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	dir, sink := t.TempDir(), &sinktest.Sink{}
	for i := range 2 {
		path := filepath.Join(dir, "AWSLogs", "111122223333", fmt.Sprintf("%d.json.gz", i))
		sinktest.Write(t, path, z.String())
		sink.Pull(t, &importer.File{Path: path, Format: Format{}, Digest: fmt.Sprint(i)})
	}
	if got := sink.Total(); got.Output != 469 || got.Requests != 3 {
		t.Errorf("%+v", got)
	}
	path := filepath.Join(dir, "cut.json.gz")
	sinktest.Write(t, path, z.String()[:z.Len()/2])
	f := importer.File{Path: path, Format: Format{}, Digest: "cut"}
	if _, err := f.Pull(t.Context(), nil, sink.Apply); err == nil || !strings.Contains(err.Error(), "in the middle") {
		t.Errorf("a cut file: %v", err)
	}
}

func TestHostile(t *testing.T) {
	row := `{"schemaType":"ModelInvocationLog","timestamp":"2026-10-21T16:33:31Z","requestId":"r","modelId":"m","input":{"inputTokenCount":%s}}` + "\n"
	for in, want := range map[string]string{
		fmt.Sprintf(row, "-1"):            "inputTokenCount is negative",
		fmt.Sprintf(row, "1.5"):           "inputTokenCount is not a whole number",
		fmt.Sprintf(row, `"5"`):           "inputTokenCount is not a number",
		fmt.Sprintf(row, "9999999999999"): "inputTokenCount is too large",
		fmt.Sprintf(row, "1}}}")[:40]:     "the row is cut off",
		`{"a":1}`:                         "not an invocation of a model",
		"hello":                           "not a JSON object",
		`{"modelId":"m","input":{"inputTokenCount":1}}`:                                           "no timestamp",
		`{"schemaType":"ModelInvocationLog","timestamp":"2026-10-21T16:33:31Z"}`:                  "no modelId",
		`{"modelId":5,"timestamp":"2026-10-21T16:33:31Z","input":{"inputTokenCount":1}}`:          "modelId is not a string",
		`{"modelId":"m","timestamp":"2026-10-21T16:33:31Z","input":{"inputTokenCount":1},}`:       "not valid JSON",
		`{"modelId":"m","timestamp":"2026-10-21T16:33:31Z","input":[1]}`:                          "input is not an object",
		`{"modelId":"m","input":{"inputTokenCount":1},"a":"` + strings.Repeat("x", 64<<20) + `"}`: "longer than a row may be",
	} {
		s := read(t, []byte(in))
		if len(s.Records) != 0 || len(s.Quarantined) != 1 || s.Quarantined[0].Reason != want {
			t.Errorf("%.80s: %v, %v, want %s", in, s.Records, s.Quarantined, want)
		}
	}
}

func TestSniff(t *testing.T) {
	if got := (Format{}).Sniff("a", sinktest.Read(t, "testdata/log.jsonl")); got != importer.Certain {
		t.Errorf("own log is %v", got)
	}
	for _, text := range []string{"", "a,b\n", `{"usage":{"inputTokens":5}}`} {
		if got := (Format{}).Sniff("a", []byte(text)); got != importer.Foreign {
			t.Errorf("%s is %v", text, got)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(sinktest.Read(f, "testdata/log.jsonl"))
	f.Fuzz(func(t *testing.T, b []byte) {
		Format{}.Sniff("x", b)
		one, two := read(t, b), read(t, b)
		if one.Total().Tokens != two.Total().Tokens || len(one.Records) != len(two.Records) {
			t.Fatal("two readings differ")
		}
		for _, r := range one.Records {
			if r.Tokens.Check() != nil || r.Start.IsZero() || r.ID == "" || r.Model == "" {
				t.Fatalf("%+v", r)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	line := bytes.SplitAfter(sinktest.Read(b, "testdata/log.jsonl"), []byte("\n"))[0]
	var big bytes.Buffer
	const rows = 50_000
	for i := range rows {
		big.Write(bytes.Replace(line, []byte("000000000001"), []byte(fmt.Sprintf("%012d", i)), 1))
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
