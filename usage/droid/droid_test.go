package droid

import (
	"fmt"
	"math/rand/v2"
	"os"
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

func source(home string) *Source { return New(Options{Home: home, Now: noon}) }

// machine is a home directory with a source that reads it.
type machine struct {
	t    *testing.T
	home string
	sinktest.Sink
}

func (m *machine) path(name string) string { return filepath.Join(m.home, ".factory/sessions", name) }

// write sets what a file says that a session used, and when it was written.
func (m *machine) write(name string, at time.Time, input, output int64) {
	m.t.Helper()
	sinktest.Write(m.t, m.path(name), fmt.Sprintf(`{"model":"gpt-5","providerLockTimestamp":"2026-03-01T08:00:00Z","tokenUsage":{"inputTokens":%d,"outputTokens":%d}}`, input, output))
	if err := os.Chtimes(m.path(name), at, at); err != nil {
		m.t.Fatal(err)
	}
}

// days adds up tokens by day.
func (m *machine) days() map[string]int64 {
	days := map[string]int64{}
	for _, r := range m.Records {
		days[r.Start.Format(time.DateOnly)] += r.Total()
	}
	return days
}

func day(d int) time.Time { return time.Date(2026, 3, d, 10, 0, 0, 0, time.UTC) }

// TestSession takes the sums of a session with the directory and the last
// instant of what was said in it.
func TestSession(t *testing.T) {
	m := &machine{t: t, home: t.TempDir()}
	sinktest.Copy(t, "testdata", m.path("-home-ann-work-toolbox"))
	m.Pull(t, source(m.home))
	// Thinking stands beside output.
	sum := m.Total()
	if sum.Tokens != (usage.Tokens{Input: 1000, CacheRead: 3000, CacheWrite5m: 200, Output: 57, Reasoning: 7}) || len(m.Records) != 1 || len(m.Quarantined) != 0 {
		t.Errorf("%+v, quarantined %v", sum, m.Quarantined)
	}
	for _, r := range m.Records {
		if r.Model != "Claude-Opus-4.5-Thinking-[Anthropic]-0" || r.Provider != "anthropic" || r.Session != "session" || r.Project != "/home/ann/work/toolbox" ||
			!r.Start.Equal(time.Date(2026, 3, 2, 23, 59, 59, 0, time.UTC)) || r.Requests != usage.Absent || r.Context != usage.Absent ||
			r.Flags != usage.FlagSeveralRequests || !r.UsageAt.IsZero() {
			t.Errorf("%+v", r)
		}
	}
	m.Settled(t, source(m.home))
	sinktest.Sound(t, source(m.home))
}

// TestGrowth follows a session over days: each pull counts what was added, a
// copy of it counts nothing, nor does one of an earlier day, and sums that began
// anew count in full.
func TestGrowth(t *testing.T) {
	m := &machine{t: t, home: t.TempDir()}
	src := source(m.home)
	check := func(what string, want map[string]int64) {
		t.Helper()
		m.Pull(t, src)
		if got := m.days(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
		m.Settled(t, src)
	}
	m.write("a/s1.settings.json", day(1), 100, 20)
	check("the first day", map[string]int64{"2026-03-01": 120})
	m.write("a/s1.settings.json", day(2), 150, 25)
	check("the second", map[string]int64{"2026-03-01": 120, "2026-03-02": 55})
	m.write("archive/s1.settings.json", day(2), 150, 25)
	check("a copy", map[string]int64{"2026-03-01": 120, "2026-03-02": 55})
	m.write("old/s1.settings.json", day(1), 100, 20)
	check("an earlier copy", map[string]int64{"2026-03-01": 120, "2026-03-02": 55})
	if err := os.Remove(m.path("a/s1.settings.json")); err != nil {
		t.Fatal(err)
	}
	check("the original is gone", map[string]int64{"2026-03-01": 120, "2026-03-02": 55})
	m.write("a/s1.settings.json", day(3), 160, 25)
	check("and is back", map[string]int64{"2026-03-01": 120, "2026-03-02": 55, "2026-03-03": 10})
	m.write("a/s1.settings.json", day(4), 7, 3)
	check("it began anew", map[string]int64{"2026-03-01": 120, "2026-03-02": 55, "2026-03-03": 10, "2026-03-04": 10})
	// The sums of the first day once more, but they are not those.
	m.write("a/s1.settings.json", day(5), 100, 20)
	check("and grew", map[string]int64{"2026-03-01": 120, "2026-03-02": 55, "2026-03-03": 10, "2026-03-04": 10, "2026-03-05": 110})
	for _, r := range m.Records {
		if anew := r.Start.Equal(day(4)); (r.Flags&usage.FlagTotalMismatch != 0) != anew || r.Provider != "factory" {
			t.Errorf("%+v", r)
		}
	}
}

// TestKilled grows sessions while pulls are killed at random: the totals are
// those of the sums.
func TestKilled(t *testing.T) {
	dice := rand.New(rand.NewPCG(7, 7))
	m := &machine{t: t, home: t.TempDir()}
	sums := map[string]int64{}
	for step := range 40 {
		for range 5 {
			name := fmt.Sprintf("s%d.settings.json", dice.IntN(12))
			sums[name] += 1 + dice.Int64N(1000)
			m.write(name, day(1).Add(time.Duration(step)*time.Hour), sums[name], 1)
		}
		m.PullKilled(t, dice, source(m.home))
	}
	var want int64
	for _, n := range sums {
		want += n + 1
	}
	if got := m.Total().Total(); got != want {
		t.Errorf("%d tokens, want %d", got, want)
	}
}

// TestWhen: without a conversation the sums are of when the provider was chosen,
// else of when the file was written, which is never later than now.
func TestWhen(t *testing.T) {
	for content, want := range map[string]time.Time{
		`{"providerLockTimestamp":"2026-05-01T01:02:03Z","tokenUsage":{"inputTokens":1}}`: time.Date(2026, 5, 1, 1, 2, 3, 0, time.UTC),
		`{"providerLockTimestamp":"soon","tokenUsage":{"inputTokens":1}}`:                 day(9),
		`{"tokenUsage":{"outputTokens":1}}`:                                               noon(),
	} {
		m := &machine{t: t, home: t.TempDir()}
		path := m.path("s.settings.json")
		sinktest.Write(t, path, content)
		at := day(9)
		if want.Equal(noon()) {
			at = noon().AddDate(1, 0, 0)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
		m.Pull(t, source(m.home))
		for _, r := range m.Records {
			if !r.Start.Equal(want) {
				t.Errorf("%s: %s", content, r.Start)
			}
		}
		if len(m.Records) != 1 {
			t.Errorf("%s: %d records, %v", content, len(m.Records), m.Quarantined)
		}
	}
}

// TestOddFiles: files that are cut off, another program's, hostile or huge cost
// nothing but themselves.
func TestOddFiles(t *testing.T) {
	whole := string(sinktest.Read(t, "testdata/session.settings.json"))
	long := `{"type":"session_start","cwd":"/w"}` + "\n" + `{"timestamp":"2026-03-02T09:00:00Z","m":"` + strings.Repeat("x", 2*maxTail) + `"}`
	for name, c := range map[string]struct {
		content, said string
		tokens        int64
		bad           int
	}{
		"empty":           {"", "", 0, 0},
		"cut off":         {whole[:len(whole)-4], "", 0, 1},
		"foreign":         {`{"permissions":{"allow":[]}}`, "", 0, 0},
		"list":            {`[1]`, "", 0, 1},
		"negative":        {`{"tokenUsage":{"inputTokens":-1}}`, "", 0, 1},
		"not an object":   {`{"tokenUsage":7}`, "", 0, 1},
		"beyond reason":   {`{"tokenUsage":{"inputTokens":1000000000000,"outputTokens":1000000000000,"thinkingTokens":1000000000000},"providerLockTimestamp":"2026-05-01T01:02:03Z"}`, "", 0, 1},
		"thinking inside": {`{"tokenUsage":{"inputTokens":10,"outputTokens":9,"thinkingTokens":4,"totalTokens":19},"providerLockTimestamp":"2026-05-01T01:02:03Z"}`, "", 19, 0},
		"large":           {`{"x":"` + strings.Repeat("x", jsonl.MaxLine) + `"}`, "", 0, 1},
		"long said":       {whole, long, 4257, 0},
		"no said":         {whole, "\x00\x01\n[]\n7\n", 4257, 0},
	} {
		m := &machine{t: t, home: t.TempDir()}
		sinktest.Write(t, m.path("s.settings.json"), c.content)
		sinktest.Write(t, m.path("s.jsonl"), c.said)
		m.Pull(t, source(m.home))
		if m.Total().Total() != c.tokens || len(m.Quarantined) != c.bad {
			t.Errorf("%s: %d tokens, quarantined %v", name, m.Total().Total(), m.Quarantined)
		}
		m.Settled(t, source(m.home))
	}
	if s, ok := decodeSum([]byte{1, 2}); ok || s.tokens.Total() != 0 {
		t.Errorf("a damaged sum is %+v", s)
	}
}

// TestRecordedLogs: 100 in, 50 and 5 out, 10 served and 20 stored, as the file
// says. What was said, and what droid exec printed, has no counts.
func TestRecordedLogs(t *testing.T) {
	m := &machine{t: t, home: t.TempDir()}
	sinktest.Copy(t, filepath.Join(sinktest.Shared(t), "droid"), m.path("-tmp"))
	r := m.Pull(t, source(m.home))
	if got := m.Total(); got.Tokens != (usage.Tokens{Input: 100, CacheRead: 10, CacheWrite5m: 20, Output: 55, Reasoning: 5}) || len(m.Records) != 1 || r.Files != 1 || len(m.Quarantined) != 0 {
		t.Errorf("%+v, %+v, quarantined %v", got, r, m.Quarantined)
	}
	for _, r := range m.Records {
		if r.Model != "Claude-Sonnet-4-[Anthropic]" || r.Provider != "factory" || !r.Start.Equal(time.Date(2026, 5, 1, 1, 2, 3, 0, time.UTC)) {
			t.Errorf("%+v", r)
		}
	}
	m.Settled(t, source(m.home))
}

func TestRoots(t *testing.T) {
	if got := New(Options{Home: "/home/ann", Getenv: func(string) string { return "~/factory" }}).Roots(); !slices.Equal(got, []string{filepath.FromSlash("/home/ann/factory/sessions")}) {
		t.Errorf("%q", got)
	}
	if got := New(Options{}).Roots(); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

// FuzzSettings holds the decoder to its promises whatever a file has in it.
func FuzzSettings(f *testing.F) {
	data := sinktest.Read(f, "testdata/session.settings.json")
	f.Add(data)
	f.Add(data[:len(data)/2])
	f.Fuzz(func(t *testing.T, data []byte) {
		rowtest.Sound(t, Name, func() jsonl.Decoder { return &decoder{now: noon} }, data, true, noon())
	})
}

// FuzzSums holds growth to its promises whatever sums are met: what is counted
// is never more than the sums of all that was begun.
func FuzzSums(f *testing.F) {
	f.Add([]byte{10, 20, 5, 5}, []byte{1})
	f.Fuzz(func(t *testing.T, sums, cursor []byte) {
		l := ledger{before: usage.Cursors{prefix + "s": cursor}, set: map[string][]byte{}}
		for _, n := range sums {
			r := usage.Record{ID: fmt.Sprint(n % 2)}
			r.Session, r.Input, r.Output, r.Reasoning = "s", int64(n), int64(n/2), int64(n/3)
			b := usage.Batch{Records: []usage.Record{r}, Cursors: usage.Cursors{}}
			l.settle(&b)
			for _, got := range b.Records {
				if got.Check() != nil || got.Total() == 0 || got.Total() > r.Total() || got.Reasoning > got.Output || got.ID == r.ID {
					t.Errorf("%+v of %+v", got, r)
				}
			}
		}
	})
}

// BenchmarkPull reads 2,000 sessions of 4 KB, each with a conversation.
func BenchmarkPull(b *testing.B) {
	home := b.TempDir()
	settings, said := sinktest.Read(b, "testdata/session.settings.json"), sinktest.Read(b, "testdata/session.jsonl")
	settings = append(settings[:len(settings)-2], `,"tags":"`+strings.Repeat("x", 3500)+`"}`...)
	for i := range 2000 {
		dir := filepath.Join(home, ".factory/sessions", fmt.Sprint(i%20))
		sinktest.Write(b, filepath.Join(dir, fmt.Sprintf("%d.settings.json", i)), string(settings))
		sinktest.Write(b, filepath.Join(dir, fmt.Sprintf("%d.jsonl", i)), string(said))
	}
	src := source(home)
	b.SetBytes(2000 * int64(len(settings)+len(said)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := src.Pull(b.Context(), nil, func(usage.Batch) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
