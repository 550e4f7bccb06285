package codex

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/jsonl"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func newDecoder() *decoder { return &decoder{family: newLineage()} }

// rows decodes lines and returns the records and reasons of each.
func rows(d *decoder, lines [][]byte) (records []usage.Record, bad []string) {
	out := jsonl.NewOut(noon)
	for _, line := range lines {
		if reason := d.Row(line, out); reason != "" {
			bad = append(bad, reason)
		}
		records = append(records, out.Take()...)
	}
	return records, bad
}

// FuzzCodexLine decodes whole logs: what is no JSON never counts, counts are
// believable, and leaving and going on at any line changes nothing. One event
// on its own is compared with what encoding/json makes of it.
func FuzzCodexLine(f *testing.F) {
	data, err := os.ReadFile("testdata/fork.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data, uint8(3))
	for line := range bytes.Lines(data) {
		f.Add(line, uint8(0))
	}
	f.Add([]byte(`{"payload":{"info":{"total_token_usage":{"input_tokens":5,"output_tokens":1},"last_token_usage":null},"type":"token_count"},"timestamp":"2026-11-01T10:00:00Z","type":"event_msg"}`), uint8(0))
	f.Add([]byte(`{"payload":{"info":{"total_token_usage":{"Input_tokens":5,"output_tokens":1}},"type":"token_count"},"timestamp":"2026-11-01T10:00:00Z","type":"event_msg"}`), uint8(0))
	f.Fuzz(func(t *testing.T, data []byte, cut uint8) {
		var lines [][]byte
		for line := range bytes.Lines(data) {
			if line = bytes.TrimSpace(line); len(line) > 1 && line[0] == '{' && line[len(line)-1] == '}' {
				lines = append(lines, line)
			}
		}
		whole := newDecoder()
		var records []usage.Record
		for _, line := range lines {
			got, bad := rows(whole, [][]byte{line})
			if len(got) > 0 && (len(bad) > 0 || !json.Valid(line)) {
				t.Fatalf("%q counted: %+v, %q", line, got, bad)
			}
			records = append(records, got...)
		}
		for i := range records {
			if err := records[i].Check(); err != nil || records[i].ID == "" || records[i].Reasoning > records[i].Output {
				t.Fatalf("%+v: %v", records[i], err)
			}
		}
		n := min(int(cut), len(lines))
		first, second := newDecoder(), newDecoder()
		got, _ := rows(first, lines[:n])
		second.Begin(jsonl.Start{State: first.State(nil)})
		more, _ := rows(second, lines[n:])
		if got = append(got, more...); !slices.EqualFunc(got, records, func(a, b usage.Record) bool { return reflect.DeepEqual(a, b) }) {
			t.Fatalf("cut at line %d:\n%+v, want\n%+v", n, got, records)
		}
		if len(lines) == 1 {
			compareEvent(t, lines[0], records)
		}
	})
}

// compareEvent checks the first total of a log: all of it counts.
func compareEvent(t *testing.T, line []byte, got []usage.Record) {
	var row struct {
		Timestamp string `json:"timestamp"`
		Type      string `json:"type"`
		Payload   struct {
			Type string `json:"type"`
			Info struct {
				Total struct {
					Input  int64 `json:"input_tokens"`
					Cached int64 `json:"cached_input_tokens"`
					Write  int64 `json:"cache_write_input_tokens"`
					Output int64 `json:"output_tokens"`
				} `json:"total_token_usage"`
			} `json:"info"`
		} `json:"payload"`
	}
	// What encoding/json takes for these names, but the reader does not: other
	// letters, escapes, a name that is there twice.
	text, exact := string(line), !strings.Contains(strings.ToLower(string(line)), `\u`) && !strings.ContainsAny(string(line), "\u017f\u212a")
	for _, name := range []string{"timestamp", "payload", "info", "total_token_usage", "input_tokens", "output_tokens", "cached_input_tokens", "cache_write_input_tokens"} {
		name = `"` + name + `"`
		exact = exact && strings.Count(text, name) <= 1 && strings.Count(strings.ToLower(text), name) == strings.Count(text, name)
	}
	exact = exact && strings.Count(text, `"total_token_usage"`) == 1 && strings.Count(text, `"type"`) == 2 && strings.Count(strings.ToLower(text), `"type"`) == 2 && strings.Count(text, `"last_token_usage"`) == 0
	if !exact || json.Unmarshal(line, &row) != nil || row.Type != "event_msg" || row.Payload.Type != "token_count" || len(got) != 1 {
		return
	}
	total := row.Payload.Info.Total
	if r := got[0]; r.TotalInput() != total.Input || r.Output != total.Output {
		t.Fatalf("%q: %+v", line, r)
	}
}

func FuzzState(f *testing.F) {
	d := newDecoder()
	data, err := os.ReadFile("testdata/fork.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	rows(d, bytes.Split(bytes.TrimSpace(data), []byte("\n")))
	f.Add(d.State(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s state
		if !s.decode(b) {
			if !reflect.DeepEqual(s, state{}) {
				t.Fatal("a state that was refused left something behind")
			}
			return
		}
		var again state
		if !again.decode(s.encode(nil)) || !reflect.DeepEqual(again, s) {
			t.Fatalf("%+v became %+v", s, again)
		}
	})
}

func TestForkFile(t *testing.T) {
	data, err := os.ReadFile("testdata/fork.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	d := newDecoder()
	d.family.Head(bytes.NewReader(data))
	got, bad := rows(d, bytes.Split(bytes.TrimSpace(data), []byte("\n")))
	if len(bad) > 0 || len(got) != 2 {
		t.Fatalf("%d records, %q", len(got), bad)
	}
	first, second := got[0], got[1]
	if first.Tokens != (usage.Tokens{Input: 3050, CacheRead: 6150, CacheWrite5m: 100, Output: 118, Reasoning: 64}) || first.Tier != "" ||
		first.Model != "gpt-5" || first.Flags != usage.FlagParentMissing || first.Context != 9300 {
		t.Errorf("%+v", first)
	}
	if second.ID != "resp_1" || second.Tier != "priority" || second.Tokens != (usage.Tokens{Input: 3200, CacheRead: 6200, Output: 118, Reasoning: 64}) {
		t.Errorf("%+v", second)
	}
	if n := d.family.nodes["child"]; n.parent != "parent" || !n.logged || d.family.logged("parent") || d.family.root("child") != "parent" {
		t.Errorf("%+v", d.family.nodes)
	}
}

func BenchmarkRow(b *testing.B) {
	data, err := os.ReadFile("testdata/fork.jsonl")
	if err != nil {
		b.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(data), []byte("\n"))
	for _, c := range []struct {
		name string
		line []byte
	}{{"event", lines[3]}, {"dull", lines[5]}} {
		b.Run(c.name, func(b *testing.B) {
			d, out := newDecoder(), jsonl.NewOut(noon)
			b.SetBytes(int64(len(c.line)))
			b.ReportAllocs()
			for b.Loop() {
				if reason := d.Row(c.line, out); reason != "" {
					b.Fatal(reason)
				}
			}
		})
	}
}
