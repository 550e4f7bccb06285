package otelspan

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/agentlog"
)

// A run of one call, told of four times, as two SDKs write it.
const (
	chat      = `{"type":"span","traceId":"t","spanId":"s2","name":"chat m","endTime":[1775934270,5000000],"attributes":{"gen_ai.operation.name":"chat","gen_ai.request.model":"m","gen_ai.response.model":"m-1","gen_ai.conversation.id":"c","gen_ai.response.id":"r","gen_ai.usage.input_tokens":100,"gen_ai.usage.cache_read.input_tokens":60,"gen_ai.usage.cache_creation.input_tokens":10,"gen_ai.usage.output_tokens":20,"gen_ai.usage.reasoning.output_tokens":5},"resource":{"attributes":{"service.name":"svc"}}}`
	inference = `{"hrTime":[1775934269,0],"attributes":{"event.name":"gen_ai.client.inference.operation.details","gen_ai.response.id":"r","gen_ai.usage.input_tokens":101,"gen_ai.usage.output_tokens":20},"_body":"x","resource":{"_rawAttributes":[["host.id",null],["service.name","svc"]]}}`
	turn      = `{"hrTime":[1775934271,0],"spanContext":{"traceId":"t","spanId":"s1"},"attributes":{"gen_ai.usage.input_tokens":102,"gen_ai.usage.output_tokens":20},"body":"copilot_chat.agent.turn 1"}`
	agent     = `{"_spanContext":{"traceId":"t","spanId":"s1"},"name":"invoke_agent x","startTime":[1775934260,0],"endTime":[1775934272,0],"attributes":{"gen_ai.operation.name":"invoke_agent","gen_ai.usage.input_tokens":103,"gen_ai.usage.output_tokens":20}}`
)

func TestRead(t *testing.T) {
	var r Reader
	it, bad := r.Read([]byte(chat))
	if bad != "" || it.Signal != Chat || string(it.Trace) != "t" || string(it.Span) != "s2" || string(it.Response) != "r" || string(it.Session) != "c" ||
		string(it.Model) != "m-1" || string(it.Service) != "svc" || !it.At.Equal(time.Unix(1775934270, 5e6)) {
		t.Errorf("%q %+v", bad, it)
	}
	if tokens, fits := it.Gross.Split(agentlog.Inside); tokens != (usage.Tokens{Input: 30, CacheRead: 60, CacheWrite5m: 10, Output: 20, Reasoning: 5}) || !fits {
		t.Errorf("%+v", tokens)
	}
	for text, want := range map[string]Signal{inference: Inference, turn: Turn, agent: Agent,
		`{"type":"metric","name":"gen_ai.client.token.usage"}`:                                         Nothing,
		`{"type":"span","name":"execute_tool x","attributes":{"gen_ai.usage.input_tokens":5}}`:         Nothing,
		`{"type":"span","name":"chat x","attributes":{"gen_ai.operation.name":"chat"}}`:                Nothing,
		`{"resource":{},"scopeMetrics":[{"metrics":[{"descriptor":{"name":"gen_ai.client.token"}}]}]}`: Nothing,
	} {
		if it, bad := r.Read([]byte(text)); it.Signal != want || bad != "" {
			t.Errorf("%s: %v %q", text, it.Signal, bad)
		}
	}
	for text, want := range map[string]string{
		strings.Replace(chat, ":100,", ":-1,", 1): "gen_ai.usage.input_tokens is negative",
		chat[:len(chat)-3]:                        "cut off",
	} {
		if _, bad := r.Read([]byte(text)); !strings.Contains(bad, want) {
			t.Errorf("%q, want %q", bad, want)
		}
	}
}

// TestBest: whatever the order, and remembered between any two, the span of the
// call is what is left.
func TestBest(t *testing.T) {
	all := []string{chat, inference, turn, agent}
	for _, order := range [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}, {2, 0, 3, 1}, {3, 1, 2, 0}} {
		var b Best
		var r Reader
		counted := map[string]int64{}
		for _, i := range order {
			it, _ := r.Read([]byte(all[i]))
			if id := it.ID(); b.Take(&it, id, func(id string, _ time.Time) { delete(counted, id) }) {
				counted[id] = it.Gross.Input
			}
			text, err := json.Marshal(b)
			if b = (Best{}); err != nil || json.Unmarshal(text, &b) != nil {
				t.Fatal(err)
			}
		}
		// The log record without a trace is tied to the others by its response
		// alone, which only the call's span shares.
		if !slices.Equal(slices.Collect(maps.Values(counted)), []int64{100}) {
			t.Errorf("%v: %v", order, counted)
		}
	}
}

// FuzzRead holds the reader to its promises whatever an object has in it.
func FuzzRead(f *testing.F) {
	for _, s := range []string{chat, inference, turn, agent} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var r Reader
		it, bad := r.Read(data)
		if bad != "" {
			return
		}
		if (it.Signal == Nothing) != (it.Gross == (agentlog.Gross{})) {
			t.Errorf("%+v", it)
		}
		if tokens, _ := it.Gross.Split(agentlog.Inside); min(tokens.Input, tokens.CacheRead, tokens.CacheWrite5m, tokens.Output, tokens.Reasoning) < 0 || it.At.Year() > 9999 {
			t.Errorf("%+v %v", tokens, it.At)
		}
	})
}
