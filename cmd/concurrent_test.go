package cmd_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// tree writes logs of both agents: n Claude responses over several files, half
// of them copied into others, and Codex conversations with forks. It returns
// the files, so that a test can bring them in one by one.
func tree(n int) map[string]string {
	files := map[string]string{}
	const perFile = 2500
	at := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	for f := range (n + perFile - 1) / perFile {
		var b, resumed strings.Builder
		session, other := fmt.Sprintf("s%d", f), fmt.Sprintf("r%d", f)
		for i := range perFile {
			start := at.Add(time.Duration(f)*3*time.Hour + time.Duration(i)*47*time.Second)
			id, model := fmt.Sprintf("%d.%d", f, i), []string{"claude-sonnet-4-6", "claude-haiku-4-5"}[i%2]
			b.WriteString(claudeAt(id, session, model, start, int64(i%900), 1))
			b.WriteString(claudeAt(id, session, model, start.Add(time.Second), int64(i%900), int64(i%70)+1))
			if i%2 == 0 {
				resumed.WriteString(claudeAt(id, other, model, start.Add(time.Hour), int64(i%900), int64(i%70)+1))
			}
		}
		files[fmt.Sprintf(".claude/projects/p%d/%s.jsonl", f%5, session)] = b.String()
		files[fmt.Sprintf(".claude/projects/p%d/%s.jsonl", f%5, other)] = resumed.String()
	}
	for c := range 8 {
		id, parent := fmt.Sprintf("%08d-0000-4000-8000-000000000000", c), ""
		if c%2 == 1 {
			parent = fmt.Sprintf(`,"forked_from_id":"%08d-0000-4000-8000-000000000000"`, c-1)
		}
		start := at.Add(time.Duration(c) * 26 * time.Hour)
		b := fmt.Sprintf(`{"timestamp":%q,"type":"session_meta","payload":{"id":%q,"cwd":"/home/x/api"%s}}`+"\n"+
			`{"timestamp":%[1]q,"type":"turn_context","payload":{"model":"gpt-5.1-codex"}}`+"\n", start.Format(time.RFC3339), id, parent)
		for k := range 120 {
			total := 1000 * (k + 1)
			if k >= 60 {
				total += c % 2 * 7 * (k - 59) // a fork goes its own way from here
			}
			last := 1000
			if k >= 60 {
				last += c % 2 * 7
			}
			when := start.Add(time.Duration(k) * time.Minute)
			if c%2 == 1 && k < 60 {
				when = start // copies have the time of copying
			}
			b += fmt.Sprintf(`{"timestamp":%q,"type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":%d,"output_tokens":%d},"last_token_usage":{"input_tokens":%d,"output_tokens":5}}}}`+"\n",
				when.Format(time.RFC3339), total, 5*(k+1), last)
		}
		files[fmt.Sprintf(".codex/sessions/2026/09/%02d/rollout-%s.jsonl", 1+c, id)] = b
	}
	return files
}

// everything is what a machine's store says, as text to compare: what is not
// there twice, and not missing.
func (m *machine) everything() string {
	m.t.Helper()
	var b strings.Builder
	for _, by := range []string{"day,model,source", "session", "hour"} {
		b.WriteString(m.run("report", "--json", "--by", by).ok().stdout)
	}
	return b.String()
}

// truthOf is what a sync that nothing disturbs makes of files.
func truthOf(t *testing.T, files map[string]string) (truth string, took time.Duration) {
	t.Helper()
	m := newMachine(t)
	for name, text := range files {
		m.write(name, text)
	}
	begin := time.Now()
	m.run("sync").ok()
	took = time.Since(begin)
	rowsMatch(t, m.doctor(), nil)
	return m.everything(), took
}

// TestTwoSyncsAmongReaders: syncs at once, and reports beside them.
func TestTwoSyncsAmongReaders(t *testing.T) {
	files := tree(20_000)
	truth, _ := truthOf(t, files)
	rounds := 1
	if soak() {
		rounds = 15
	}
	for range rounds {
		m := newMachine(t)
		m.vars["TOKPIT_CONFIG"] = m.write("tokpit.toml", "machine = 'x'\n")
		for name, text := range files {
			m.write(name, text)
		}
		done := make(chan struct{})
		var syncs, readers sync.WaitGroup
		for range 3 {
			syncs.Go(func() { m.run("sync").ok() })
		}
		for i := range 2 {
			readers.Go(func() {
				last := int64(0)
				for {
					select {
					case <-done:
						return
					default:
					}
					doc := m.report(t, "--by", []string{"model", "session"}[i])
					if sum := sumOfRows(doc); sum["output"] != nil {
						if diff := sum.differences(total(doc)); diff != nil {
							t.Errorf("a report during a sync does not add up: %q", diff)
						}
					}
					if doc.Total.Tokens.Output < last {
						t.Errorf("usage went down from %d to %d", last, doc.Total.Tokens.Output)
					}
					last = doc.Total.Tokens.Output
				}
			})
		}
		syncs.Wait()
		close(done)
		readers.Wait()
		rowsMatch(t, m.doctor(), nil)
		if got := m.everything(); got != truth {
			t.Errorf("three syncs at once differ from one")
		}
		m.run("sync").ok()
		if got := m.everything(); got != truth {
			t.Errorf("another sync changes something")
		}
	}
}

// TestKilledSyncs kills syncs at random moments while logs are growing. In the
// end, and at every moment between, nothing is lost, doubled or damaged.
func TestKilledSyncs(t *testing.T) {
	n, kills := 15_000, 6
	if soak() {
		n, kills = 100_000, 80
	}
	files := tree(n)
	truth, took := truthOf(t, files)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d; a sync takes %v", seed, took)
	dice := rand.New(rand.NewPCG(seed, 0))
	m := newMachine(t)
	var names []string
	for name := range files {
		names = append(names, name)
	}
	left := make(map[string]string, len(files))
	for _, name := range names {
		left[name] = files[name]
		m.write(name, "")
	}
	grow := func(share int) { // appends part of what is left, cut anywhere
		for _, name := range names {
			part := len(left[name])
			if share > 1 {
				part = dice.IntN(2*part/share + 1)
			}
			m.append(name, left[name][:min(part, len(left[name]))])
			left[name] = left[name][min(part, len(left[name])):]
		}
	}
	killed, tries := 0, 0
	longest := took
	for ; killed < kills && tries < 5*kills; tries++ {
		grow(max(2, kills-killed))
		c := m.command("sync")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(dice.Int64N(int64(longest) + 1)))
		_ = c.Process.Kill()
		if err := c.Wait(); err != nil {
			killed++
			longest = min(longest*5/4, took)
		} else {
			longest = longest * 4 / 5 // it was done before: there is less to read than in all
		}
		if tries%8 == 0 || !soak() {
			rowsMatch(t, m.doctor(), nil)
		}
	}
	grow(1)
	m.run("sync").ok()
	if got := m.everything(); got != truth {
		t.Errorf("after %d kills the store says something else than after one sync", killed)
	}
	rowsMatch(t, m.doctor(), nil)
	if left, _ := filepath.Glob(m.path(".local/share/tokpit/*.new")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if t.Logf("%d of %d were killed in time", killed, tries); killed < kills {
		t.Errorf("only %d of %d were", killed, kills)
	}
}

// TestAnyOrder brings files in one after another, in several orders and in
// halves, with a sync after each.
func TestAnyOrder(t *testing.T) {
	t.Parallel()
	files := tree(2500)
	truth, _ := truthOf(t, files)
	var names []string
	for name := range files {
		names = append(names, name)
	}
	rounds := 2
	if soak() {
		rounds = 20
	}
	for round := range rounds {
		m := newMachine(t)
		rand.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		for _, name := range names {
			half := rand.IntN(len(files[name]))
			m.write(name, files[name][:half])
			m.run("sync").ok()
			m.append(name, files[name][half:])
		}
		m.run("sync").ok()
		if got := m.everything(); got != truth {
			t.Errorf("round %d: the order %q gives something else", round, names)
		}
		rowsMatch(t, m.doctor(), nil)
	}
}
