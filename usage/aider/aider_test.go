package aider

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/money"
	"tokpit/usage"
	"tokpit/usage/internal/jsonl"
	"tokpit/usage/internal/rowtest"
	"tokpit/usage/internal/sinktest"
)

func noon() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

// source reads the log that a variable names.
func source(log string) *Source {
	return New(Options{Now: noon, Getenv: func(name string) string {
		if name == variable {
			return log
		}
		return ""
	}})
}

// TestMessages: two messages of one second with the same counts are two, a total
// that does not fit is flagged, and what cannot be counted is named.
func TestMessages(t *testing.T) {
	log := filepath.Join(t.TempDir(), "events.log")
	sinktest.Copy(t, "testdata/analytics.jsonl", log)
	src := source(log)
	var s sinktest.Sink
	s.Pull(t, src)
	// 1200 + 1200 + 300 in, 80 + 80 + 20 out; $0.0125 twice.
	m := s.Total()
	if m.Tokens != (usage.Tokens{Input: 2700, Output: 180}) || m.Requests != 3 || len(m.Reported) != 1 ||
		m.Reported[0].Amount.String() != "0.025" || m.Reported[0].Records != 2 {
		t.Errorf("%+v", m)
	}
	for _, r := range s.Records {
		if r.Context != usage.Absent || r.Session != "" || r.Provider != "" || (r.Flags == usage.FlagTotalMismatch) != (r.Model == "ollama/qwen3") {
			t.Errorf("%+v", r)
		}
	}
	if !slices.Equal(s.Reasons(), []string{"prompt_tokens is negative", "no timestamp"}) {
		t.Errorf("%v", s.Quarantined)
	}
	s.Settled(t, src)
	sinktest.Append(t, log, `{"event": "message_send", "properties": {"main_model": "gpt-5", "prompt_tokens": 5, "completion_tokens": 2, "cost": 1e-7, "total_cost": 1}, "time": 1772528500}`+"\n")
	if s.Pull(t, src); s.Total().Total() != 2887 {
		t.Errorf("%+v", s.Total())
	}
	sinktest.Sound(t, src)
}

// TestWhereTheLogIs: the variable and the configuration say where, and a path
// that only aider can know is left out.
func TestWhereTheLogIs(t *testing.T) {
	home := t.TempDir()
	def := filepath.Join(home, ".aider", "analytics.jsonl")
	roots := func(config, env string) []string {
		sinktest.Write(t, filepath.Join(home, ".aider.conf.yml"), config)
		return New(Options{Home: home, Now: noon, Getenv: func(string) string { return env }}).Roots()
	}
	for _, c := range []struct {
		config, env string
		want        []string
	}{
		{"", "", []string{def}},
		{"model: gpt-5\nanalytics-log: /var/log/aider.log # all of it\n", "", []string{"/var/log/aider.log", def}},
		{"analytics-log: \"~/my events.jsonl\"\n", "/tmp/x.log", []string{"/tmp/x.log", filepath.Join(home, "my events.jsonl"), def}},
		{"analytics-log: 'unclosed", "", []string{def}},
		{"analytics-log:\n", "", []string{def}},
		{"  analytics-log: /nested\n#analytics-log: /comment\nanalytics-log: relative.jsonl\n", "also/relative", []string{def}},
		{"", home, []string{def}},
		{strings.Repeat("#", maxConfig) + "\nanalytics-log: /far\n", "", []string{def}},
	} {
		if got := roots(c.config, c.env); !slices.Equal(got, c.want) {
			t.Errorf("%.40q, %q: %q, want %q", c.config, c.env, got, c.want)
		}
	}
	if got := New(Options{}).Roots(); len(got) != 0 {
		t.Errorf("%q without a home", got)
	}
	// The file that both name is read once.
	sinktest.Copy(t, "testdata/analytics.jsonl", def)
	sinktest.Write(t, filepath.Join(home, ".aider.conf.yml"), "analytics-log: "+def+"\n")
	var s sinktest.Sink
	if r := s.Pull(t, New(Options{Home: home, Now: noon})); r.Files != 1 || s.Total().Total() != 2880 {
		t.Errorf("%+v, %+v", r, s.Total())
	}
}

// TestOddFiles: a log that is cut off, another program's, or no text at all
// costs nothing but its own rows.
func TestOddFiles(t *testing.T) {
	whole := string(sinktest.Read(t, "testdata/analytics.jsonl"))
	for name, c := range map[string]struct {
		content string
		tokens  int64
		bad     int
	}{
		"empty":   {"", 0, 0},
		"cut off": {whole[:strings.Index(whole, `"cost": 0, `)], 2560, 0},
		"foreign": {`{"type":"assistant","message":{"usage":{"input_tokens":9}}}` + "\n" + `{"event":"message_send","properties":[1]}` + "\n[]\n", 0, 2},
		"nulls":   {"\x00\x00\n" + whole, 2880, 2},
		"huge":    {`{"event":"message_send","properties":{"prompt_tokens":99999999999999999999,"completion_tokens":1},"time":1772442005}` + "\n", 0, 1},
		"long":    {`{"event":"exit","properties":{"reason":"` + strings.Repeat("x", jsonl.MaxLine) + `"}}` + "\n" + whole, 2880, 2},
		"future":  {`{"event":"message_send","properties":{"prompt_tokens":1,"completion_tokens":1},"time":253402300799}` + "\n", 0, 1},
	} {
		log := filepath.Join(t.TempDir(), "a.log")
		sinktest.Write(t, log, c.content)
		var s sinktest.Sink
		s.Pull(t, source(log))
		if s.Total().Total() != c.tokens || len(s.Quarantined) != c.bad {
			t.Errorf("%s: %d tokens, quarantined %v", name, s.Total().Total(), s.Quarantined)
		}
		s.Settled(t, source(log))
	}
}

// TestRecordedLogs: aider's own sample of its log has 107 messages.
func TestRecordedLogs(t *testing.T) {
	var golden struct {
		Messages           int64 `json:"message_send"`
		Prompt, Completion int64
		Cost               float64
	}
	sinktest.Golden(t, "aider/analytics.jsonl", &golden)
	log := filepath.Join(sinktest.Shared(t), "aider", "analytics.jsonl")
	var s sinktest.Sink
	s.Pull(t, source(log))
	m := s.Total()
	if m.Requests != golden.Messages || m.Requests != 107 || m.Tokens != (usage.Tokens{Input: golden.Prompt, Output: golden.Completion}) ||
		m.Input != 2484349 || m.Output != 45772 || len(s.Quarantined) != 0 || int64(len(s.Records)) != m.Requests {
		t.Errorf("%+v, %d records, quarantined %v", m, len(s.Records), s.Quarantined)
	}
	// aider adds floats, so that its rows have digits that mean nothing: the sum
	// holds to the sixth decimal.
	want, err := money.Parse(fmt.Sprintf("%.6f", golden.Cost))
	if err != nil || len(m.Reported) != 1 || m.Reported[0].Amount.Round(6).Cmp(want) != 0 || want.String() != "5.305332" {
		t.Errorf("%v, want %s", m.Reported, want)
	}
	if got := s.Records; len(got) > 0 {
		for _, r := range got {
			if r.Model == "" || r.Start.Year() < 2025 {
				t.Errorf("%+v", r)
			}
		}
	}
}

// FuzzLog holds the decoder to its promises whatever a file has in it.
func FuzzLog(f *testing.F) {
	data := sinktest.Read(f, "testdata/analytics.jsonl")
	f.Add(data)
	f.Add(data[:len(data)/2])
	f.Fuzz(func(t *testing.T, data []byte) {
		rowtest.Sound(t, Name, func() jsonl.Decoder { return &decoder{} }, data, false, noon())
	})
}

// BenchmarkPull reads 8 MB of events, a third of which are messages.
func BenchmarkPull(b *testing.B) {
	var all strings.Builder
	for i := 0; all.Len() < 8<<20; i++ {
		fmt.Fprintf(&all, `{"event": "command_add", "properties": {}, "user_id": "c42c4e6b-f054-44d7-ae1f-6726cc41da88", "time": %d}`+"\n", 1772442000+i)
		fmt.Fprintf(&all, `{"event": "message_send_starting", "properties": {}, "user_id": "c42c4e6b-f054-44d7-ae1f-6726cc41da88", "time": %d}`+"\n", 1772442000+i)
		fmt.Fprintf(&all, `{"event": "message_send", "properties": {"main_model": "openai/gpt-5.2", "weak_model": "gpt-5-mini", "editor_model": "gpt-5.2", "edit_format": "diff", "prompt_tokens": %d, "completion_tokens": 80, "total_tokens": %d, "cost": 0.0125, "total_cost": 0.5}, "user_id": "c42c4e6b-f054-44d7-ae1f-6726cc41da88", "time": %d}`+"\n", 1000+i, 1080+i, 1772442000+i)
	}
	log := filepath.Join(b.TempDir(), "a.jsonl")
	sinktest.Write(b, log, all.String())
	src := source(log)
	b.SetBytes(int64(all.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := src.Pull(b.Context(), nil, func(usage.Batch) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
