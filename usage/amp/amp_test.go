package amp

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/rowtest"
	"tokpit/usage/internal/sinktest"
)

func noon() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

func threads(home string) string { return filepath.Join(home, ".local/share/amp/threads") }

func source(home string) *Source { return New(Options{Home: home, Now: noon}) }

// TestMessages reads a thread without a ledger: input that (by the total) holds
// what the cache served, a total that nothing fits, times that only the message
// or the thread has, and what cannot be counted.
func TestMessages(t *testing.T) {
	home := t.TempDir()
	path := filepath.Join(threads(home), "T-0001.json")
	sinktest.Copy(t, "testdata/T-messages.json", path)
	sinktest.Write(t, filepath.Join(threads(home), "settings.json"), `{"messages":[{"usage":{"inputTokens":1}}]}`)
	src := source(home)
	var s sinktest.Sink
	s.Pull(t, src)
	// 10 + (500 - 400) + 3 + 6 in, 178 + 7 + 4 + 1 out, 11372 + 400 served, 986 stored.
	want := usage.Tokens{Input: 119, CacheRead: 11772, CacheWrite5m: 986, Output: 190}
	if m := s.Total(); m.Tokens != want || m.Requests != 4 || len(m.Reported) != 0 {
		t.Errorf("%+v", m)
	}
	starts := []string{}
	for _, r := range s.Records {
		starts = append(starts, r.Start.Format("15:04:05.000"))
		if r.Session != "T-0001" || r.Project != "/home/ann/work/tool box" || r.Provider != "amp" || r.Context != r.TotalInput() ||
			(r.Flags == usage.FlagTotalMismatch) != (r.Input == 3) {
			t.Errorf("%+v", r)
		}
	}
	slices.Sort(starts)
	if !slices.Equal(starts, []string{"09:00:00.000", "09:00:05.250", "09:01:00.000", "09:01:40.000"}) {
		t.Errorf("%q", starts)
	}
	if !slices.Equal(s.Quarantined, []usage.Quarantined{{Source: Name, File: path, Line: 10, Reason: "inputTokens is negative"}}) {
		t.Errorf("%+v", s.Quarantined)
	}
	s.Settled(t, src)
	sinktest.Sound(t, src)
}

// TestLedger: where there is a ledger, messages do not count; an event takes
// what a cache had from the message that it led to, and no two take it.
func TestLedger(t *testing.T) {
	home := t.TempDir()
	sinktest.Copy(t, "testdata/T-ledger.json", filepath.Join(threads(home), "T-0002.json"))
	var s sinktest.Sink
	s.Pull(t, source(home))
	// 20 + 5 + 7 + 9 in, 30 + 6 + 8 out; the fourth is of when the thread began.
	if m := s.Total(); m.Tokens != (usage.Tokens{Input: 41, CacheRead: 1000, CacheWrite5m: 200, Output: 44}) || m.Requests != 4 || len(m.Reported) != 0 {
		t.Errorf("%+v", m)
	}
	for _, r := range s.Records {
		if (r.CacheRead > 0) != (r.Model == "claude-sonnet-4-5") || r.Session != "T-0002" {
			t.Errorf("%+v", r)
		}
	}
	if !slices.Equal(s.Reasons(), []string{"model is not a string"}) {
		t.Errorf("%v", s.Quarantined)
	}
	sinktest.Sound(t, source(home))
}

// TestRewritten: a thread is written anew with every turn, gets a ledger, is
// copied and is deleted; each request counts once.
func TestRewritten(t *testing.T) {
	home := t.TempDir()
	path := filepath.Join(threads(home), "T-1.json")
	message := func(n int) string {
		return fmt.Sprintf(`{"role":"assistant","messageId":%d,"usage":{"model":"gpt-5","inputTokens":%d,"outputTokens":1,"cacheReadInputTokens":50,"timestamp":"2026-03-02T09:00:%02dZ"}}`, n, 100+n, n)
	}
	write := func(path, ledger string, n int) {
		t.Helper()
		list := []string{}
		for i := range n {
			list = append(list, message(i+1))
		}
		sinktest.Write(t, path, fmt.Sprintf(`{"id":%q,%s"messages":[%s]}`, filepath.Base(path), ledger, strings.Join(list, ",")))
	}
	src := source(home)
	var s sinktest.Sink
	check := func(what string, want usage.Tokens, requests int64) {
		t.Helper()
		s.Pull(t, src)
		if m := s.Total(); m.Tokens != want || m.Requests != requests {
			t.Errorf("%s: %+v, want %+v", what, m, want)
		}
		s.Settled(t, src)
	}
	write(path, "", 1)
	check("a turn", usage.Tokens{Input: 101, CacheRead: 50, Output: 1}, 1)
	write(path, "", 2)
	check("another", usage.Tokens{Input: 203, CacheRead: 100, Output: 2}, 2)
	events := `"usageLedger":{"events":[{"id":"a","timestamp":"2026-03-02T09:00:01Z","model":"gpt-5","tokens":{"input":101,"output":1},"toMessageId":1},
		{"id":"b","timestamp":"2026-03-02T09:00:02Z","model":"gpt-5","tokens":{"input":102,"output":1},"toMessageId":2},
		{"id":"title","timestamp":"2026-03-02T09:00:03Z","model":"gpt-5-nano","tokens":{"input":7,"output":3}}]},`
	write(path, events, 2)
	all := usage.Tokens{Input: 210, CacheRead: 100, Output: 5}
	check("a ledger", all, 3)
	write(filepath.Join(threads(home), "T-2.json"), "", 2)
	check("a copy", all, 3)
	sinktest.Write(t, path, `{"id":"T-1.json","messages":[`)
	s.Pull(t, src)
	if m := s.Total(); m.Tokens != all || !slices.Equal(s.Reasons(), []string{"the line is cut off"}) {
		t.Errorf("half written: %+v, %v", m, s.Quarantined)
	}
	write(path, events, 2)
	if check("whole again", all, 3); len(s.Quarantined) != 0 {
		t.Errorf("%v", s.Quarantined)
	}
}

// TestOddFiles: files that are cut off, another program's, hostile or huge cost
// nothing but themselves.
func TestOddFiles(t *testing.T) {
	whole := string(sinktest.Read(t, "testdata/T-messages.json"))
	many := `{"id":"T","created":1772442000000,"messages":[` + strings.TrimSuffix(strings.Repeat(`{"usage":{"outputTokens":1}},`, 3*maxUses), ",") + `]}`
	for name, c := range map[string]struct {
		content string
		tokens  int64
		bad     int
	}{
		"empty":   {"", 0, 0},
		"cut off": {whole[:len(whole)/2], 0, 1},
		"foreign": {`{"usageLedger":[1],"messages":{"usage":{"inputTokens":1}},"env":{"initial":[],"trees":[3,{"uri":4}]}}`, 0, 0},
		"list":    {`[{"usage":{"inputTokens":1}}]`, 0, 1},
		"deep":    {`{"messages":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`, 0, 1},
		"many":    {many, 1, 1}, // all alike: they are one, and too many
		"large":   {`{"id":"T","title":"` + strings.Repeat("x", jsonl.MaxLine) + `"}`, 0, 1},
		"counts":  {`{"created":1772442000000,"messages":[{"usage":{"inputTokens":1e3}},{"usage":{"inputTokens":9223372036854775808}},{"usage":7}]}`, 0, 3},
	} {
		home := t.TempDir()
		sinktest.Write(t, filepath.Join(threads(home), "T-x.json"), c.content)
		var s sinktest.Sink
		s.Pull(t, source(home))
		if s.Total().Total() != c.tokens || len(s.Quarantined) != c.bad {
			t.Errorf("%s: %d tokens, quarantined %v", name, s.Total().Total(), s.Quarantined)
		}
		s.Settled(t, source(home))
	}
}

// TestRecordedLogs compares with what was worked out by hand from the files,
// before they were read.
//
// T-ledger.json: the event's 1 in and 2 out, with the 11 served and 7 stored of
// the message that it led to; not that message's 99 and 99. T-message-usage.json:
// 10 + 5 in, 178 + 42 out, 11372 + 12000 served, 986 + 0 stored.
func TestRecordedLogs(t *testing.T) {
	dir := filepath.Join(sinktest.Shared(t), "amp", "threads")
	for file, want := range map[string]usage.Measures{
		"T-ledger.json":        {Requests: 1, Tokens: usage.Tokens{Input: 1, CacheRead: 11, CacheWrite5m: 7, Output: 2}},
		"T-message-usage.json": {Requests: 2, Tokens: usage.Tokens{Input: 15, CacheRead: 23372, CacheWrite5m: 986, Output: 220}},
	} {
		home := t.TempDir()
		sinktest.Copy(t, filepath.Join(dir, file), filepath.Join(threads(home), file))
		var s sinktest.Sink
		s.Pull(t, source(home))
		m := s.Total()
		if m.Requests != want.Requests || m.Tokens != want.Tokens || len(s.Quarantined) != 0 || len(m.Reported) != 0 {
			t.Errorf("%s: %+v, want %+v; quarantined %v", file, m, want, s.Quarantined)
		}
		for _, r := range s.Records {
			if r.Flags != 0 || r.Model != "gpt-5" && r.Model != "claude-haiku-4-5-20251001" || r.Start.Month() != time.January {
				t.Errorf("%s: %+v", file, r)
			}
		}
	}
}

// FuzzThread holds the decoder to its promises whatever a file has in it.
func FuzzThread(f *testing.F) {
	for _, name := range []string{"testdata/T-messages.json", "testdata/T-ledger.json"} {
		data := sinktest.Read(f, name)
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rowtest.Sound(t, Name, func() jsonl.Decoder { return &decoder{} }, data, true, noon())
	})
}

// BenchmarkPull reads 8 MB of threads with long answers.
func BenchmarkPull(b *testing.B) {
	home := b.TempDir()
	text := strings.Repeat(`func main() {\n\tfmt.Println(\"hello\")\n}\n`, 40)
	var size int64
	for n := range 16 {
		var all strings.Builder
		fmt.Fprintf(&all, `{"id":"T-%d","created":1772442000000,"messages":[{"role":"user","content":"hi"}`, n)
		for i := 0; all.Len() < 8<<20/16; i++ {
			at := time.Date(2026, 5, 1+n, 0, 0, i, 0, time.UTC).Format(time.RFC3339)
			fmt.Fprintf(&all, ",\n"+`{"role":"user","messageId":%d,"content":[{"type":"tool_result","run":{"result":"%s"}}]}`, 2*i, text+text)
			fmt.Fprintf(&all, ",\n"+`{"role":"assistant","messageId":%d,"content":[{"type":"text","text":"%s"}],"usage":{"model":"claude-sonnet-4-5","inputTokens":4,"outputTokens":40,"cacheCreationInputTokens":900,"cacheReadInputTokens":50000,"totalInputTokens":50904,"timestamp":"%s"}}`, 2*i+1, text, at)
		}
		all.WriteString("]}")
		size += int64(all.Len())
		sinktest.Write(b, filepath.Join(threads(home), fmt.Sprintf("T-%d.json", n)), all.String())
	}
	src := source(home)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := src.Pull(b.Context(), nil, func(usage.Batch) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
