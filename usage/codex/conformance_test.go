package codex_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/codex"
	"tokpit/usage/internal/sinktest"
)

// shared returns the directory of recorded logs that TOKPIT_SHARED names.
func shared(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("TOKPIT_SHARED")
	if dir == "" {
		t.Skip("SKIPPED: set TOKPIT_SHARED to the directory that holds fixtures/GOLDEN.json to check recorded logs")
	}
	return dir
}

func source(home string, now time.Time) *codex.Source {
	return codex.New(codex.Options{Home: home, Now: func() time.Time { return now }})
}

var late = time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)

type totals struct {
	Input     int64 `json:"input_tokens"`
	Cached    int64 `json:"cached_input_tokens"`
	Output    int64 `json:"output_tokens"`
	Reasoning int64 `json:"reasoning_output_tokens"`
}

func totalsOf(s *sinktest.Sink) totals {
	m := s.Total()
	return totals{m.TotalInput(), m.CacheRead, m.Output, m.Reasoning}
}

// TestRecordedLogs reads each recorded log alone and compares with totals that
// were worked out by hand and by other programs.
func TestRecordedLogs(t *testing.T) {
	dir := filepath.Join(shared(t), "fixtures")
	data, err := os.ReadFile(filepath.Join(dir, "GOLDEN.json"))
	if err != nil {
		t.Fatal(err)
	}
	var golden map[string]json.RawMessage
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	checked := 0
	for key, raw := range golden {
		if !strings.HasPrefix(key, "codex (") {
			continue
		}
		var files map[string]totals
		if err := json.Unmarshal(raw, &files); err != nil {
			t.Fatal(err)
		}
		for name, want := range files {
			t.Run(strings.TrimPrefix(name, "codex/"), func(t *testing.T) {
				home := t.TempDir()
				copyFile(t, filepath.Join(dir, name), filepath.Join(home, ".codex", "sessions", filepath.Base(name)))
				var s sinktest.Sink
				s.Pull(t, source(home, late))
				if got := totalsOf(&s); got != want {
					t.Errorf("%+v, want %+v; quarantined %v", got, want, s.Quarantined)
				}
			})
			checked++
		}
	}
	if checked == 0 {
		t.Error("no totals found")
	}
}

// TestRecordedForks reads families of forks, in every order of arrival.
func TestRecordedForks(t *testing.T) {
	dir := filepath.Join(shared(t), "fixtures", "codex")
	for _, c := range []struct {
		family string
		files  []string
		want   int64 // input and output
		orphan bool
	}{
		{"codexbar-archived-fork-33ce-3869", []string{"archived_sessions/parent.jsonl", "archived_sessions/child.jsonl"}, 15309178, false},
		{"codexbar-missing-parent-siblings", []string{"archived_sessions/sibling-a.jsonl", "archived_sessions/sibling-b.jsonl"}, 15312271, true},
		{"codexbar-harness-smoke", []string{"sessions/2026/07/11/parent.jsonl", "archived_sessions/child.jsonl"}, 17, false},
	} {
		for _, order := range [][]int{{0, 1}, {1, 0}, nil} {
			t.Run(c.family, func(t *testing.T) {
				home := t.TempDir()
				var s sinktest.Sink
				put := func(i int) {
					copyFile(t, filepath.Join(dir, c.family, "codex-home", c.files[i]), filepath.Join(home, ".codex", c.files[i]))
				}
				for _, i := range order {
					put(i)
					s.Pull(t, source(home, late))
				}
				if order == nil {
					put(0)
					put(1)
					s.Pull(t, source(home, late))
				}
				if got := s.Total().Total(); got != c.want {
					t.Errorf("order %v: %d tokens, want %d", order, got, c.want)
				}
				for _, r := range s.Records {
					if (r.Flags&usage.FlagParentMissing != 0) != c.orphan {
						t.Fatalf("order %v: flags of %+v", order, r)
					}
					if c.orphan && r.Session == "sibling-b-session" && r.Start.Before(time.Date(2030, 1, 1, 17, 0, 0, 0, time.UTC)) {
						t.Fatalf("%+v is owned by the later sibling", r)
					}
				}
			})
		}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestGeneratedLogs compares with a generator that knows what it wrote. Trees
// have the size that TOKPIT_LOGGEN_SIZE says, 10MB by default.
func TestGeneratedLogs(t *testing.T) {
	loggen := os.Getenv("TOKPIT_LOGGEN")
	if loggen == "" {
		t.Skip("SKIPPED: set TOKPIT_LOGGEN to the log generator's binary to check generated logs")
	}
	size := cmp.Or(os.Getenv("TOKPIT_LOGGEN_SIZE"), "10MB")
	for _, args := range [][]string{{"-seed", "1"}, {"-seed", "2", "-profile", "dense"}, {"-seed", "3", "-context-cap", "600000"}, {"-seed", "4", "-profile", "sparse"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			home := t.TempDir()
			cmd := exec.Command(loggen, append([]string{"-out", home, "-size", size, "-claude-share", "0.3"}, args...)...)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			var s sinktest.Sink
			report := s.Pull(t, source(home, time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)))
			compareTruth(t, home, "codex", s.Records)
			if report.Rows-report.Folded != int64(len(s.Records)) {
				t.Errorf("%d rows, %d folded, %d records", report.Rows, report.Folded, len(s.Records))
			}
		})
	}
}

// TestGrowingLogs lets the generator append to its newest files, as a working
// day does, between pulls.
func TestGrowingLogs(t *testing.T) {
	loggen := os.Getenv("TOKPIT_LOGGEN")
	if loggen == "" {
		t.Skip("SKIPPED: set TOKPIT_LOGGEN to the log generator's binary to check generated logs")
	}
	home := t.TempDir()
	if out, err := exec.Command(loggen, "-out", home, "-size", "10MB", "-seed", "7").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var s sinktest.Sink
	src := source(home, time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC))
	s.Pull(t, src)
	want := sum(s.Records)
	for seed := range 4 {
		out, err := exec.Command(loggen, "-out", home, "-append-files", "12", "-append-turns", "5", "-seed", fmt.Sprint(seed+1)).Output()
		if err != nil {
			t.Fatal(err)
		}
		var added struct{ Source map[string]truth }
		if err := json.Unmarshal(out, &added); err != nil {
			t.Fatal(err)
		}
		more := added.Source["codex"]
		if more.Input == 0 {
			t.Fatal("nothing was appended")
		}
		if r := s.Pull(t, src); r.Read == 0 || r.Read > 12 {
			t.Errorf("%+v", r)
		}
		want.plus(more)
		if got := sum(s.Records); got != want {
			t.Errorf("after append %d: %+v, want %+v", seed, got, want)
		}
	}
}

func sum(records map[string]usage.Record) (t truth) {
	for _, r := range records {
		add(&t, &r)
	}
	return t
}

type truth struct {
	Responses, Input, Output, Reasoning int64
	CacheRead                           int64 `json:"cache_read"`
}

func compareTruth(t *testing.T, home, name string, records map[string]usage.Record) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(home, "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Source   map[string]truth
		DayModel map[string]truth `json:"day_model"`
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	var sum truth
	days := map[string]truth{}
	for _, r := range records {
		add(&sum, &r)
		key := r.Start.UTC().Format("2006-01-02") + "|" + r.Model
		d := days[key]
		add(&d, &r)
		days[key] = d
	}
	if sum != want.Source[name] {
		t.Errorf("%+v, want %+v", sum, want.Source[name])
	}
	for key, got := range days {
		if got != want.DayModel[key] {
			t.Errorf("%s: %+v, want %+v", key, got, want.DayModel[key])
		}
	}
}

func add(t *truth, r *usage.Record) {
	t.Responses += r.Requests
	t.Input += r.Input
	t.Output += r.Output
	t.Reasoning += r.Reasoning
	t.CacheRead += r.CacheRead
}

func (t *truth) plus(u truth) {
	t.Responses += u.Responses
	t.Input += u.Input
	t.Output += u.Output
	t.Reasoning += u.Reasoning
	t.CacheRead += u.CacheRead
}

// TestDamage: whatever becomes of a log, the reader goes on.
func TestDamage(t *testing.T) {
	for from, to := range map[string]string{"testdata/fork.jsonl": ".codex/sessions/2026/10/01/rollout-fork.jsonl"} {
		t.Run(filepath.Base(from), func(t *testing.T) {
			home := t.TempDir()
			path := filepath.Join(home, to)
			sinktest.Copy(t, from, path)
			sinktest.Damaged(t, source(home, noon), path)
		})
	}
}

// BenchmarkPull reads 8 MB of rollouts, which are mostly the output of tools.
func BenchmarkPull(b *testing.B) {
	home := b.TempDir()
	text := strings.Repeat(`func main() {\n\tfmt.Println(\"hello\")\n}\n`, 40)
	var all strings.Builder
	all.WriteString(`{"timestamp":"2026-10-01T10:00:00.000Z","type":"session_meta","payload":{"id":"s1","cwd":"/w","model_provider":"openai"}}` + "\n")
	all.WriteString(`{"timestamp":"2026-10-01T10:00:00.000Z","type":"turn_context","payload":{"model":"gpt-5"}}` + "\n")
	for i := int64(1); all.Len() < 8<<20; i++ {
		fmt.Fprintf(&all, `{"timestamp":"2026-10-01T10:00:01.000Z","type":"response_item","payload":{"type":"function_call_output","output":"%s"}}`+"\n", text+text)
		fmt.Fprintf(&all, `{"timestamp":"2026-10-01T10:00:02.000Z","type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":%[1]d,"cached_input_tokens":0,"output_tokens":%[1]d,"reasoning_output_tokens":0,"total_tokens":%[2]d},"last_token_usage":{"input_tokens":1,"cached_input_tokens":0,"output_tokens":1,"reasoning_output_tokens":0,"total_tokens":2}}}}`+"\n", i, 2*i)
	}
	sinktest.Write(b, filepath.Join(home, ".codex/sessions/2026/10/01/rollout-b.jsonl"), all.String())
	sinktest.Bench(b, source(home, noon), int64(all.Len()))
}
