package claudecode_test

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
	"tokpit/usage/claudecode"
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

func source(home string, now time.Time) *claudecode.Source {
	return claudecode.New(claudecode.Options{Home: home, Now: func() time.Time { return now }})
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
	type totals struct {
		Input, Output       int64
		CacheCreation       int64 `json:"cache_creation"`
		CacheRead           int64 `json:"cache_read"`
		Rows, Unique, Extra int64
	}
	checked := 0
	for key, raw := range golden {
		if !strings.HasPrefix(key, "claude_code") {
			continue
		}
		var files map[string]totals
		if err := json.Unmarshal(raw, &files); err != nil {
			t.Fatal(err)
		}
		for name, want := range files {
			t.Run(filepath.Base(name), func(t *testing.T) {
				home := t.TempDir()
				copyFile(t, filepath.Join(dir, name), filepath.Join(home, ".claude", strings.TrimPrefix(name, "claude_code/")))
				var s sinktest.Sink
				report := s.Pull(t, source(home, time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)))
				m := s.Total()
				got := totals{m.Input, m.Output, m.CacheWrite5m + m.CacheWrite1h, m.CacheRead, report.Rows, m.Requests, 0}
				if got != want {
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
	for _, args := range [][]string{{"-seed", "1"}, {"-seed", "2", "-profile", "dense"}, {"-seed", "3", "-fork-rate", "0.5", "-dup-rate", "0.9"},
		{"-seed", "4", "-context-cap", "600000", "-profile", "sparse"}, {"-seed", "5", "-agent-rate", "0.6", "-fork-rate", "0.3"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			home := t.TempDir()
			cmd := exec.Command(loggen, append([]string{"-out", home, "-size", size}, args...)...)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			var s sinktest.Sink
			s.Pull(t, source(home, time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)))
			compareTruth(t, home, "claude", s.Records)
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
		more := added.Source["claude"]
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
	CacheWrite5m                        int64 `json:"cache_write_5m"`
	CacheWrite1h                        int64 `json:"cache_write_1h"`
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
	t.CacheWrite5m += r.CacheWrite5m
	t.CacheWrite1h += r.CacheWrite1h
	t.CacheRead += r.CacheRead
}

func (t *truth) plus(u truth) {
	t.Responses += u.Responses
	t.Input += u.Input
	t.Output += u.Output
	t.Reasoning += u.Reasoning
	t.CacheWrite5m += u.CacheWrite5m
	t.CacheWrite1h += u.CacheWrite1h
	t.CacheRead += u.CacheRead
}

// TestDamage: whatever becomes of a log, the reader goes on.
func TestDamage(t *testing.T) {
	for from, to := range map[string]string{"testdata/session.jsonl": ".claude/projects/p/s.jsonl"} {
		t.Run(filepath.Base(from), func(t *testing.T) {
			home := t.TempDir()
			path := filepath.Join(home, to)
			sinktest.Copy(t, from, path)
			sinktest.Damaged(t, source(home, noon), path)
		})
	}
}
