package codex_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tokpit/usage"
)

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
