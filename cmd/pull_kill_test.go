package cmd_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// held is the same as the machine's store has it.
func (o *organization) held(m *machine) map[string]string {
	m.t.Helper()
	key := func(r rowDoc, name string) string {
		if v := r.keys[name]; v != nil {
			return *v
		}
		return ""
	}
	out := map[string]string{}
	for _, r := range m.report(m.t, "--by", "source,hour,project,key,model").Rows {
		hour, err := time.Parse(time.RFC3339, key(r, "hour"))
		if err != nil {
			m.t.Fatal(err)
		}
		out[fmt.Sprint("used ", key(r, "source"), hour.UTC().Format(" 2006-01-02T15 "), []string{key(r, "project"), key(r, "key"), key(r, "model")})] =
			fmt.Sprint([]int64{r.Tokens.Input, r.Tokens.CacheRead, r.Tokens.Output})
	}
	for _, r := range m.report(m.t, "--basis", "billed", "--by", "source,day,project,line_item").Rows {
		amount := rat(r.ReportedCost)
		out[fmt.Sprint("billed ", key(r, "source"), " ", key(r, "day"), " ", []string{key(r, "project"), key(r, "line_item")})] =
			amount.Mul(amount, rat(new("1000000000"))).RatString()
	}
	return out
}

// differ lists some of what is not as it should be.
func differ(got, want map[string]string) (out []string) {
	all := maps.Clone(want)
	maps.Copy(all, got)
	for _, k := range slices.Sorted(maps.Keys(all)) {
		if got[k] != want[k] && len(out) < 10 {
			out = append(out, fmt.Sprintf("%s: %q, want %q", k, got[k], want[k]))
		}
	}
	return out
}

// sound demands of a store that has been interrupted anywhere that no hour is
// there in part or twice, and that a day which counts as covered is there.
func (o *organization) sound(m *machine, fixed time.Time) {
	m.t.Helper()
	rowsMatch(m.t, m.doctor(), nil)
	covered := map[string]bool{}
	for name, src := range m.sources() {
		for _, c := range src.Coverage {
			what := map[bool]string{true: "billed ", false: "used "}[c.Basis == "billed"] + strings.TrimPrefix(name, "my-")
			for at, _ := time.Parse(time.DateOnly, c.Since); at.Format(time.DateOnly) < c.Until; at = at.AddDate(0, 0, 1) {
				covered[what+" "+at.Format(time.DateOnly)] = true
			}
		}
	}
	day := func(key string) string { return key[:strings.Index(key, " 20")+11] }
	unsettled := func(key string, _ string) bool { return day(key)[len(day(key))-10:] >= fixed.Format(time.DateOnly) }
	got, want := o.held(m), o.truth()
	maps.DeleteFunc(got, unsettled)
	maps.DeleteFunc(want, unsettled)
	maps.DeleteFunc(want, func(key, _ string) bool { return got[key] == "" && !covered[day(key)] })
	if d := differ(got, want); d != nil {
		m.t.Fatalf("after a kill:\n%s", strings.Join(d, "\n"))
	}
}

// kill starts so many syncs at once and kills them when so many requests have
// been answered, or a moment later. It returns how many did not end before.
func (o *organization) kill(m *machine, syncs, requests int) (killed int) {
	m.t.Helper()
	reached, ended := make(chan struct{}), make(chan struct{})
	n := 0
	o.mu.Lock()
	o.asked = func() {
		if n++; n == requests {
			close(reached)
		}
	}
	o.mu.Unlock()
	var all []*exec.Cmd
	var running sync.WaitGroup
	for range syncs {
		c := m.command("sync")
		c.Stderr = new(bytes.Buffer)
		if err := c.Start(); err != nil {
			m.t.Fatal(err)
		}
		all = append(all, c)
		running.Go(func() { _ = c.Wait() })
	}
	go func() { running.Wait(); close(ended) }()
	select {
	case <-reached:
	case <-ended:
	}
	for _, c := range all {
		time.Sleep(time.Duration(o.dice.Int64N(int64(15 * time.Millisecond))))
		_ = c.Process.Kill()
	}
	<-ended
	o.mu.Lock()
	o.asked = nil
	o.mu.Unlock()
	for _, c := range all {
		switch state := c.ProcessState; {
		case state.Success():
		case state.Exited() && runtime.GOOS != "windows":
			m.t.Errorf("a sync fails with %v:\n%s", state, c.Stderr)
		default:
			killed++
		}
	}
	return killed
}

// TestKilledPullsOfMuch kills syncs, one or two at once, at random moments of
// their pulls from providers whose figures grow and are corrected meanwhile.
// What the store says is sound after every kill, and in the end the truth.
func TestKilledPullsOfMuch(t *testing.T) {
	t.Parallel()
	rounds, kills, days, parcels, most := 1, 5, 12, 1500, 90
	if soak() {
		rounds, kills, days, parcels, most = 6, 20, 40, 8000, 160
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	killed := 0
	for range rounds {
		today := rowTime().AddDate(0, 0, 10).Truncate(24 * time.Hour)
		o := newOrganization(t, dice, today.AddDate(0, 0, -days), parcels)
		m := newMachine(t)
		for _, kind := range o.kinds() {
			m.vars[variable(kind)] = types()[kind]
			m.run("sources", "add", "my-"+kind, "--type", kind, "--key", "env:"+variable(kind), "--base-url", o.URL+"/"+kind,
				"--since", o.since.Format(time.DateOnly), "--no-test").ok()
		}
		for i := range kills {
			if i > 0 {
				o.live()
				m.vars["TOKPIT_NOW"] = o.now.Format(time.RFC3339)
			}
			// Once everything has been read, 25 requests are all that a sync makes.
			killed += o.kill(m, 1+dice.IntN(2), 1+dice.IntN([]int{25, most}[dice.IntN(2)]))
			o.sound(m, today.AddDate(0, 0, -1))
		}
		m.run("sync").ok()
		rowsMatch(t, m.doctor(), nil)
		if d := differ(o.held(m), o.truth()); d != nil {
			t.Fatalf("after %d kills:\n%s", killed, strings.Join(d, "\n"))
		}
	}
	if t.Logf("%d killed", killed); killed < rounds*kills/5 {
		t.Errorf("only %d syncs were killed in time", killed)
	}
}
