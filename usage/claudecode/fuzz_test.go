package claudecode

import (
	"bytes"
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"tokpit/usage"
	"tokpit/usage/internal/jsonl"
)

// FuzzClaudeLine compares the reader with a slow one on encoding/json that
// knows the same rules: what is no JSON never counts, and what is gives the
// same tokens under the same id.
func FuzzClaudeLine(f *testing.F) {
	data, err := os.ReadFile("testdata/session.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		f.Add(bytes.TrimSpace(line))
	}
	for _, s := range []string{with(`{` + counts + `}`), with(`{` + counts + `,"cache_creation_input_tokens":30,"cache_creation":null}`),
		`{"costUSD":1e-05,` + with(`{` + counts + `}`)[1:], `{"isSidechain":true,` + with(`{"input_tokens":-1}`)[1:],
		`{"type":"progress",` + stamp + `,"data":{"agentId":"a","message":{"type":"assistant","message":{"id":"i","model":"m","usage":{"output_tokens":3}}}}}`,
		with(`{` + counts + `,"iterations":[{"type":"compaction","input_tokens":1}],"server_tool_use":{"web_search_requests":2}}`)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		line = bytes.TrimSpace(line)
		if len(line) < 2 || line[0] != '{' || line[len(line)-1] != '}' || bytes.IndexByte(line, '\n') >= 0 {
			return
		}
		d := decoder{}
		out := jsonl.NewOut(noon)
		reason := d.Row(line, out)
		got := out.Take()
		if reason != "" && len(got) > 0 {
			t.Fatalf("counted and refused: %q", reason)
		}
		want, known := oracle(line)
		if !known {
			return
		}
		if want == nil {
			if len(got) > 0 {
				t.Fatalf("counted %+v", got[0])
			}
			return
		}
		if len(got) != 1 && reason != "" && repeats(line) {
			return // the first of two values was bad: refused, although the last one would do
		}
		if len(got) != 1 {
			t.Fatalf("not counted (%q), want %+v", reason, want)
		}
		if got[0].Tokens != want.Tokens || got[0].SideChain != want.SideChain || got[0].Tier != want.Tier {
			t.Fatalf("got %+v, want %+v", got[0], want)
		}
	})
}

// oracle returns what should be counted, or nil. It does not know about rows
// whose strings need cleaning or whose times are odd.
func oracle(line []byte) (r *usage.Record, known bool) {
	if !json.Valid(line) {
		return nil, true
	}
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber()
	var row map[string]any
	if dec.Decode(&row) != nil || duplicateType(line) {
		return nil, false
	}
	side := false
	switch row["type"] {
	case nil, "", "assistant":
		if row["type"] == "" {
			return nil, false
		}
	case "progress":
		data, _ := row["data"].(map[string]any)
		inner, ok := data["message"].(map[string]any)
		if !ok {
			return nil, true
		}
		if kind := inner["type"]; kind != nil && kind != "assistant" {
			return nil, kind != "progress" && kind != ""
		}
		for _, key := range []string{"timestamp", "uuid", "requestId"} {
			if _, has := inner[key]; !has {
				inner[key] = row[key]
			}
		}
		return nil, false // the rest is tested by table
	default:
		_, text := row["type"].(string)
		return nil, text
	}
	message, _ := row["message"].(map[string]any)
	use, ok := message["usage"].(map[string]any)
	if !ok {
		return nil, true
	}
	if message["model"] == synthetic {
		return nil, true
	}
	for _, v := range []any{message["model"], message["id"], row["timestamp"], use["service_tier"], use["speed"]} {
		if _, text := v.(string); !text && v != nil {
			return nil, true
		}
	}
	stampText, _ := row["timestamp"].(string)
	at := jsonl.Time([]byte(stampText))
	if at.Year() < 2021 || at.After(noon) {
		return nil, false
	}
	if cost := row["costUSD"]; cost != nil {
		return nil, false
	}
	if v, has := row["isSidechain"]; has {
		side, _ = v.(bool)
	}
	n := counter{}
	rec := usage.Record{SideChain: side}
	rec.Input, rec.Output = n.of(use["input_tokens"]), n.of(use["output_tokens"])
	rec.CacheRead, rec.CacheWrite5m = n.of(use["cache_read_input_tokens"]), n.of(use["cache_creation_input_tokens"])
	if nested := n.object(use["cache_creation"]); nested != nil {
		if a, b := n.of(nested["ephemeral_5m_input_tokens"]), n.of(nested["ephemeral_1h_input_tokens"]); a+b > 0 {
			rec.CacheWrite5m, rec.CacheWrite1h = a, b
		}
	}
	rec.Reasoning = min(n.of(n.object(use["output_tokens_details"])["thinking_tokens"]), rec.Output)
	searches := n.of(n.object(use["server_tool_use"])["web_search_requests"])
	if list, ok := use["iterations"].([]any); ok && len(list) > 0 {
		return nil, false
	}
	rec.Tier, _ = use["service_tier"].(string)
	if rec.Tier == "standard" {
		rec.Tier = ""
	}
	if use["speed"] == "fast" {
		rec.Tier = "fast"
	}
	if strings.ContainsFunc(rec.Tier, func(r rune) bool { return r < ' ' || r > '~' }) || len(rec.Tier) > 200 {
		return nil, false
	}
	if n.bad || rec.Tokens.IsZero() && searches == 0 {
		return nil, true
	}
	return &rec, true
}

// counter reads numbers and remembers whether any was none.
type counter struct{ bad bool }

func (c *counter) of(v any) int64 {
	if v == nil {
		return 0
	}
	num, ok := v.(json.Number)
	n, err := num.Int64()
	if !ok || err != nil || n < 0 || n > usage.MaxTokens {
		c.bad = true
		return 0
	}
	return n
}

func (c *counter) object(v any) map[string]any {
	m, ok := v.(map[string]any)
	if !ok && v != nil {
		c.bad = true
	}
	return m
}

// duplicateType reports whether the row has two members "type": the first one
// decides here, the last one there.
func duplicateType(line []byte) bool { return duplicates(line)["\x00type"] }

// repeats reports whether any object in the row has a member twice.
func repeats(line []byte) bool { return len(duplicates(line)) > 0 }

// duplicates returns the paths of members that are there twice.
func duplicates(line []byte) map[string]bool {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber()
	seen, twice := map[string]bool{}, map[string]bool{}
	walkValue(dec, "", seen, twice)
	return twice
}

func walkValue(dec *json.Decoder, path string, seen, twice map[string]bool) {
	tok, err := dec.Token()
	if err != nil {
		return
	}
	switch tok {
	case json.Delim('{'):
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				return
			}
			member := path + "\x00" + key.(string)
			if seen[member] {
				twice[member] = true
			}
			seen[member] = true
			walkValue(dec, member, seen, twice)
		}
		_, _ = dec.Token()
	case json.Delim('['):
		for i := 0; dec.More(); i++ {
			walkValue(dec, path+"\x00"+strconv.Itoa(i), seen, twice)
		}
		_, _ = dec.Token()
	}
}

func BenchmarkRow(b *testing.B) {
	content := strings.Repeat(`func main() {\n\tfmt.Println(\"hello\")\n}\n`, 50)
	for _, c := range []struct{ name, line string }{
		{"assistant", `{"parentUuid":"x","isSidechain":false,"cwd":"/home/ann/x","sessionId":"s","message":{"model":"m","id":"msg_1","content":[{"type":"text","text":"` +
			content + `"}],"usage":{` + counts + `}},"type":"assistant",` + stamp + `}`},
		{"user", `{"parentUuid":"x","isSidechain":false,"cwd":"/home/ann/x","sessionId":"s","type":"user","message":{"content":"` + content + `"},` + stamp + `}`},
	} {
		b.Run(c.name, func(b *testing.B) {
			d, out, line := decoder{}, jsonl.NewOut(noon), []byte(c.line)
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			for b.Loop() {
				if reason := d.Row(line, out); reason != "" {
					b.Fatal(reason)
				}
			}
		})
	}
}
