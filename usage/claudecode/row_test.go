package claudecode

import (
	"strings"
	"testing"
	"time"

	"tokpit/money"
	"tokpit/usage"
	"tokpit/usage/internal/jsonl"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// readLine decodes one line on its own.
func readLine(t testing.TB, line string) ([]usage.Record, string) {
	t.Helper()
	d := decoder{projects: jsonl.Projects{Home: "/home/ann"}}
	out := jsonl.NewOut(noon)
	d.Begin(jsonl.Start{})
	reason := d.Row([]byte(line), out)
	return out.Take(), reason
}

const (
	stamp  = `"timestamp":"2026-03-02T09:00:00.000Z"`
	counts = `"input_tokens":4,"output_tokens":6`
)

// with puts a usage object into an ordinary row.
func with(usage string) string {
	return `{"type":"assistant",` + stamp + `,"sessionId":"s","message":{"id":"msg_1","model":"m","usage":` + usage + `}}`
}

func TestUsage(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	plain := usage.Record{ID: "msg_1", Start: at, Requests: 1, Context: 4,
		Dims:   usage.Dims{Source: "claude-code", Provider: "anthropic", Session: "s", Model: "m", Basis: usage.Logged},
		Tokens: usage.Tokens{Input: 4, Output: 6}}
	change := func(f func(*usage.Record)) usage.Record {
		r := plain
		f(&r)
		r.Context = r.TotalInput()
		return r
	}
	for _, c := range []struct {
		name, line string
		want       usage.Record
	}{
		{"plain", with(`{` + counts + `}`), plain},
		{"cache", with(`{` + counts + `,"cache_read_input_tokens":100,"cache_creation_input_tokens":30,"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20}}`),
			change(func(r *usage.Record) { r.CacheRead, r.CacheWrite5m, r.CacheWrite1h = 100, 10, 20 })},
		{"flat cache writes", with(`{` + counts + `,"cache_creation_input_tokens":30}`), change(func(r *usage.Record) { r.CacheWrite5m = 30 })},
		{"empty breakdown", with(`{` + counts + `,"cache_creation_input_tokens":30,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0}}`),
			change(func(r *usage.Record) { r.CacheWrite5m = 30 })},
		{"null breakdown", with(`{` + counts + `,"cache_creation_input_tokens":30,"cache_creation":null}`), change(func(r *usage.Record) { r.CacheWrite5m = 30 })},
		{"breakdown alone", with(`{` + counts + `,"cache_creation":{"ephemeral_1h_input_tokens":20}}`), change(func(r *usage.Record) { r.CacheWrite1h = 20 })},
		{"breakdown wins", with(`{` + counts + `,"cache_creation_input_tokens":999,"cache_creation":{"ephemeral_1h_input_tokens":20}}`),
			change(func(r *usage.Record) { r.CacheWrite1h, r.Flags = 20, usage.FlagTotalMismatch })},
		{"thinking is inside output", with(`{` + counts + `,"output_tokens_details":{"thinking_tokens":5}}`), change(func(r *usage.Record) { r.Reasoning = 5 })},
		{"fast", with(`{` + counts + `,"speed":"fast","service_tier":"standard"}`), change(func(r *usage.Record) { r.Tier = "fast" })},
		{"batch", with(`{` + counts + `,"service_tier":"batch","speed":"standard"}`), change(func(r *usage.Record) { r.Tier = "batch" })},
		{"nulls", with(`{` + counts + `,"speed":null,"service_tier":null,"inference_geo":null,"server_tool_use":null,"iterations":null,"cache_read_input_tokens":null}`), plain},
		{"region", with(`{` + counts + `,"inference_geo":"us"}`), change(func(r *usage.Record) { r.Region = "us" })},
		{"no region", with(`{` + counts + `,"inference_geo":"global"}`), plain},
		{"searches", with(`{` + counts + `,"server_tool_use":{"web_search_requests":3,"web_fetch_requests":5}}`),
			change(func(r *usage.Record) { r.Quantities = []usage.Quantity{{Meter: "web_search", N: 3}} })},
		{"iterations repeat the total", with(`{` + counts + `,"iterations":[{"type":"message","input_tokens":4,"output_tokens":6}]}`), plain},
		{"spaces and escapes", `{ "type" : "assistant" , ` + stamp + ` , "sessionId" : "\u0073" , "message" : { "usage" : { ` + counts + ` } , "m\u006fdel" : "\u006d" , "id" : "msg\u005f1" } }`, plain},
		{"type at the end", `{` + stamp + `,"message":{"id":"msg_1","usage":{` + counts + `},"model":"m","content":[{"type":"text","text":"} ] \" \\"}]},"sessionId":"s","type":"assistant"}`, plain},
		{"no type", `{` + stamp + `,"message":{"id":"msg_1","usage":{` + counts + `},"model":"m"},"sessionId":"s"}`, plain},
		{"the last of two keys", `{"type":"assistant",` + stamp + `,"sessionId":"x","sessionId":"s","message":{"usage":{"input_tokens":99}},"message":{"id":"msg_1","model":"m","usage":{"input_tokens":50,` + counts + `}}}`, plain},
		{"another request's copy", `{"requestId":"req_9",` + with(`{` + counts + `}`)[1:], plain},
		{"descriptions of a wrong type", `{"cwd":5,"agentId":[],"requestId":{},"uuid":1,` + with(`{` + counts + `}`)[1:], plain},
		{"reported cost", `{"costUSD":0.12,` + with(`{` + counts + `}`)[1:], change(func(r *usage.Record) { r.Reported, r.Currency = money.FromAtto(12e16), "USD" })},
		{"reported cost with an exponent", `{"costUSD":1.5e-05,` + with(`{` + counts + `}`)[1:], change(func(r *usage.Record) { r.Reported, r.Currency = money.FromAtto(15e12), "USD" })},
		{"reported nothing", `{"costUSD":0,` + with(`{` + counts + `}`)[1:], change(func(r *usage.Record) { r.Currency = "USD" })},
		{"no reported cost", `{"costUSD":null,` + with(`{` + counts + `}`)[1:], plain},
		{"project", `{"cwd":"/home/ann/work/app/","isSidechain":false,"agentId":"x",` + with(`{` + counts + `}`)[1:], change(func(r *usage.Record) { r.Project = "~/work/app" })},
		{"side chain", `{"isSidechain":true,"agentId":"a1","attributionAgent":"helper",` + with(`{` + counts + `}`)[1:], change(func(r *usage.Record) { r.SideChain, r.Agent = true, "a1" })},
		{"side chain without an id", `{"isSidechain":true,"attributionAgent":"helper",` + with(`{` + counts + `}`)[1:], change(func(r *usage.Record) { r.SideChain, r.Agent = true, "helper" })},
		{"request id", strings.Replace(`{"requestId":"req_9",`+with(`{` + counts + `}`)[1:], `"id":"msg_1",`, "", 1), change(func(r *usage.Record) { r.ID = "req_9" })},
		{"row id", strings.Replace(`{"uuid":"u-9",`+with(`{` + counts + `}`)[1:], `"id":"msg_1",`, "", 1), change(func(r *usage.Record) { r.ID = "u:u-9" })},
		{"progress", `{"type":"progress","cwd":"/x",` + stamp + `,"sessionId":"s","data":{"type":"agent_progress","agentId":"a1","message":{"type":"assistant","message":{"id":"msg_1","model":"m","usage":{` + counts + `}}}}}`,
			change(func(r *usage.Record) { r.SideChain, r.Agent, r.Project = true, "a1", "/x" })},
		{"progress with its own time", `{"data":{"message":{"timestamp":"2026-03-02T09:00:00Z","type":"assistant","message":{"id":"msg_1","model":"m","usage":{` + counts + `}}}},"sessionId":"s","timestamp":"2026-03-02T10:00:00Z","type":"progress"}`,
			change(func(r *usage.Record) { r.SideChain = true })},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, reason := readLine(t, c.line)
			if reason != "" || len(got) != 1 {
				t.Fatalf("%d records, %q", len(got), reason)
			}
			compare(t, got[0], c.want)
		})
	}
}

func compare(t *testing.T, got, want usage.Record) {
	t.Helper()
	if len(got.Quantities) != len(want.Quantities) || len(got.Quantities) > 0 && got.Quantities[0] != want.Quantities[0] {
		t.Errorf("quantities %v, want %v", got.Quantities, want.Quantities)
	}
	got.Quantities, want.Quantities = nil, nil
	if !got.Start.Equal(want.Start) {
		t.Errorf("start %v, want %v", got.Start, want.Start)
	}
	got.Start = want.Start
	if got.ID != want.ID || got.Dims != want.Dims || got.Tokens != want.Tokens || got.Reported != want.Reported || got.Currency != want.Currency ||
		got.Flags != want.Flags || got.Context != want.Context || got.Requests != want.Requests || got.SideChain != want.SideChain {
		t.Errorf("got\n%+v, want\n%+v", got, want)
	}
}

func TestCompactionPasses(t *testing.T) {
	got, reason := readLine(t, with(`{`+counts+`,"iterations":[{"type":"compaction","input_tokens":1000,"output_tokens":50,"cache_creation_input_tokens":7},{"type":"message","input_tokens":4,"output_tokens":6}]}`))
	if reason != "" || len(got) != 1 {
		t.Fatalf("%d records, %q", len(got), reason)
	}
	r := got[0]
	if r.Tokens != (usage.Tokens{Input: 1004, CacheWrite5m: 7, Output: 56}) || r.Context != usage.Absent || r.Flags != usage.FlagSeveralRequests {
		t.Errorf("%+v", r)
	}
}

func TestSearchesAlone(t *testing.T) {
	got, reason := readLine(t, with(`{"input_tokens":0,"output_tokens":0,"server_tool_use":{"web_search_requests":1}}`))
	if reason != "" || len(got) != 1 || got[0].Requests != 0 || got[0].Quantities[0].N != 1 {
		t.Errorf("%+v, %q", got, reason)
	}
}

func TestNoUsage(t *testing.T) {
	for name, line := range map[string]string{
		"user":                 `{"type":"user","message":{"usage":{` + counts + `}}}`,
		"another type":         `{"type":"system","message":{"usage":{` + counts + `}}}`,
		"tool result":          `{"type":"user","toolUseResult":{"usage":{` + counts + `}},"message":{"role":"user"}}`,
		"tool result, no type": `{"toolUseResult":{"usage":{` + counts + `}},"message":{"role":"user"},` + stamp + `}`,
		"usage elsewhere":      `{"type":"assistant",` + stamp + `,"usage":{` + counts + `},"message":{"id":"x","content":{"usage":{` + counts + `}}}}`,
		"synthetic":            `{"type":"assistant","message":{"id":"x","model":"<synthetic>","usage":{` + counts + `}},` + stamp + `}`,
		"zero":                 with(`{"input_tokens":0,"output_tokens":0}`),
		"zero without a time":  `{"type":"assistant","message":{"id":"x","model":"m","usage":{"input_tokens":0}}}`,
		"null usage":           with(`null`),
		"message is a text":    `{"type":"assistant",` + stamp + `,"message":"hello"}`,
		"progress of a hook":   `{"type":"progress","data":{"type":"hook_progress"},` + stamp + `}`,
		"progress of a prompt": `{"type":"progress",` + stamp + `,"data":{"message":{"type":"user","message":{"usage":{` + counts + `}}}}}`,
		"the first type":       `{"type":"user","type":"assistant",` + stamp + `,"message":{"id":"x","model":"m","usage":{` + counts + `}}}`,
	} {
		if got, reason := readLine(t, line); len(got) != 0 || reason != "" {
			t.Errorf("%s: %+v, %q", name, got, reason)
		}
	}
}

func TestBadRows(t *testing.T) {
	row := with(`{` + counts + `}`)
	for _, c := range []struct{ name, line, want string }{
		{"cut off", row[:len(row)-30] + "}", "the line is cut off"},
		{"garbage", `{"type":"assistant" garbage}`, "not valid JSON"},
		{"two values", row + "{}", "not valid JSON"},
		{"negative", with(`{"input_tokens":-4,"output_tokens":6}`), "input_tokens is negative"},
		{"fraction", with(`{"input_tokens":4.0,"output_tokens":6}`), "input_tokens is not a whole number"},
		{"exponent", with(`{"input_tokens":4,"output_tokens":6e2}`), "output_tokens is not a whole number"},
		{"text", with(`{"input_tokens":"4"}`), "input_tokens is not a number"},
		{"overflow", with(`{"input_tokens":99999999999999999999}`), "input_tokens is too large"},
		{"unbelievable", with(`{"input_tokens":1000000000001}`), "input_tokens is too large"},
		{"nested text", with(`{"cache_creation":{"ephemeral_5m_input_tokens":"1"}}`), "ephemeral_5m_input_tokens is not a number"},
		{"breakdown is a list", with(`{"cache_creation":[1]}`), "cache_creation is not an object"},
		{"usage is a list", with(`[1]`), "usage is not an object"},
		{"model is a number", strings.Replace(row, `"model":"m"`, `"model":5`, 1), "model is not a string"},
		{"id is a number", strings.Replace(row, `"id":"msg_1"`, `"id":5`, 1), "message.id is not a string"},
		{"no timestamp", strings.Replace(row, stamp+",", "", 1), "no timestamp"},
		{"null timestamp", strings.Replace(row, stamp, `"timestamp":null`, 1), "no timestamp"},
		{"zero timestamp", strings.Replace(row, stamp, `"timestamp":"0001-01-01T00:00:00Z"`, 1), "no timestamp"},
		{"epoch", strings.Replace(row, stamp, `"timestamp":"1970-01-01T00:00:00.000Z"`, 1), "no timestamp"},
		{"not a timestamp", strings.Replace(row, stamp, `"timestamp":"yesterday, I think"`, 1), "no timestamp"},
		{"timestamp is a number", strings.Replace(row, stamp, `"timestamp":1772442000`, 1), "timestamp is not a string"},
		{"future", strings.Replace(row, "2026-03-02", "2026-11-23", 1), "timestamp in the future"},
		{"cost is a text", `{"costUSD":"0.1",` + row[1:], "costUSD is not a number"},
		{"negative cost", `{"costUSD":-0.1,` + row[1:], "costUSD is out of range"},
		{"vast cost", `{"costUSD":1e30,` + row[1:], "costUSD is out of range"},
	} {
		if got, reason := readLine(t, c.line); len(got) != 0 || reason != c.want {
			t.Errorf("%s: %d records, %q, want %q", c.name, len(got), reason, c.want)
		}
	}
}

func TestContentID(t *testing.T) {
	anonymous := func(session, at string) string {
		line := strings.Replace(with(`{`+counts+`}`), `"id":"msg_1",`, "", 1)
		return strings.Replace(strings.Replace(line, `"sessionId":"s"`, `"sessionId":"`+session+`"`, 1), "09:00:00.000", at, 1)
	}
	id := func(line string) string {
		got, reason := readLine(t, line)
		if len(got) != 1 {
			t.Fatal(reason)
		}
		return got[0].ID
	}
	a := id(anonymous("s", "09:00:00.000"))
	if b := id(anonymous("s", "09:00:00.000")); a != b {
		t.Errorf("%s and %s", a, b)
	}
	if a == id(anonymous("t", "09:00:00.000")) || a == id(anonymous("s", "09:00:00.001")) {
		t.Error("different rows share an id")
	}
}

func TestDull(t *testing.T) {
	var d decoder
	for head, want := range map[string]bool{
		`{"parentUuid":"x","type":"user","message":{"content":"long`: true,
		`{"message":{"content":"long`:                                false,
		`{"type":"assistant","message":{"content":"long`:             false,
		`{"type":"us`: false,
	} {
		if got := d.Dull([]byte(head)); got != want {
			t.Errorf("%s: %v", head, got)
		}
	}
}

func TestRowsCostNoMemory(t *testing.T) {
	d := decoder{}
	out := jsonl.NewOut(noon)
	line := []byte(with(`{` + counts + `}`))
	d.Row(line, out) // names are made once
	if n := testing.AllocsPerRun(100, func() { d.Row(line, out) }); n > 2 {
		t.Errorf("%v allocations for a row", n)
	}
	user := []byte(`{"type":"user","message":{"content":"x"}}`)
	if n := testing.AllocsPerRun(100, func() { d.Row(user, out) }); n != 0 {
		t.Errorf("%v allocations for a dull row", n)
	}
}
