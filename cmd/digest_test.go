package cmd_test

import (
	"bufio"
	"encoding/json"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestDigestsAreSentOnce for each period and target, however many watches there
// are and whenever they run.
func TestDigestsAreSentOnce(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	m := newMachine(t)
	p.serves(m, "[notify]\ndigest = \"weekly\"\ndigest_to = [\"mail:a@example.com\", \"team\", \"mail:a@example.com\"]\n")
	m.watched("2026-11-16T07:00:00Z").ok()
	p.wants("nothing is known")
	m.dollars("2026-11-03T09:00:00Z", 1)
	m.dollars("2026-11-10T09:00:00Z", 3)
	m.watched("2026-11-16T05:59:00Z").ok()
	p.wants("too early")
	m.together("2026-11-16T06:00:00Z", 3)
	got := p.wants("a week is over", "a@example.com", "/first")
	m.together("2026-11-18T12:00:00Z", 2)
	m.watched("2026-11-17T00:00:00Z").ok()
	p.wants("once is enough")
	m.watched("2026-11-26T12:00:00Z").ok()
	p.wants("the next week, on Thursday", "a@example.com", "/first")
	m.watched("2026-11-20T12:00:00Z").ok()
	p.wants("a clock that was set back")
	if len(got) == 2 {
		for _, x := range got {
			if !strings.Contains(x.subject, "Week from 2026-11-09 to 2026-11-15: USD 9.00 (+200.0 %)") || !strings.Contains(strings.ToLower(x.text), "audit head 0:000") {
				t.Errorf("%q\n%s", x.subject, x.text)
			}
		}
		if f := got[0].fields; f["cost"] != "9" || f["change"] != "6" || !strings.HasPrefix(f["audit_head"], "0:") {
			t.Errorf("fields %v", f)
		}
	}
	var doc struct {
		Since, Headline string
		Total           struct{ Cost, Cash string }
		Change          struct{ Amount, Volume string }
		Movers          []struct{ Rows []struct{ Change string } }
		AuditHead       string `json:"audit_head"`
	}
	m.vars["TOKPIT_NOW"] = "2026-11-16T06:00:00Z"
	m.run("budget", "set", "all", "--amount", "5").ok()
	m.run("digest", "--json").ok().decode(&doc)
	if doc.Since != "2026-11-09T00:00:00Z" || doc.Total.Cost != "9" || doc.Change.Amount != "6" || doc.Movers[0].Rows[0].Change != "6" || !strings.HasPrefix(doc.AuditHead, "1:") {
		t.Errorf("%+v", doc)
	}
	m.run("audit", "verify", "--head", doc.AuditHead).want(0, "the trail is whole")
	m.run("digest", "--month", "--format", "md").want(0, "# October 2026")
	m.run("digest", "--since", "2026-11-01", "--until", "2026-11-08").want(0, "USD 3.00, nothing before.")
}

// TestWatchEnds: it says what happens, a line of JSON for each event, and ends
// when it is told to, with status 0.
func TestWatchEnds(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("needs signals")
	}
	p := newPost(t)
	m := newMachine(t)
	p.serves(m, "")
	m.run("budget", "set", "all", "--amount", "20", "--warn", "40%", "--notify", "team,nowhere").ok()
	m.dollars("2026-11-19T09:00:00Z", 3)
	m.run("sources", "add", "broken", "--type", "openai", "--key", "env:NO_KEY", "--base-url", "http://127.0.0.1:9", "--no-test").ok()
	c := m.command("watch", "--json")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(2*time.Minute, func() { _ = c.Process.Kill() })
	defer late.Stop()
	seen := make(map[string]bool)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var e struct {
			Schema, Event, Text string
			AsOf                string `json:"as_of"`
			Name, Error, Hint   *string
			OK                  bool
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil || e.Schema != "tokpit.watch/1" || e.AsOf != clockTime || e.OK != (e.Error == nil) {
			t.Errorf("%v: %s", err, lines.Text())
		}
		name := ""
		if e.Name != nil {
			name = *e.Name
		}
		what := strings.TrimSpace(e.Event + " " + name)
		if seen[what] {
			t.Errorf("%s twice", what)
		}
		seen[what] = true
		if e.Error != nil && (e.Hint == nil || *e.Hint == "") {
			t.Errorf("no hint in %s", lines.Text())
		}
		if seen["told team"] && seen["untold nowhere"] && e.Event != "end" {
			_ = c.Process.Signal(os.Interrupt)
		}
	}
	if err := c.Wait(); err != nil {
		t.Errorf("it ends with %v", err)
	}
	for _, want := range []string{"start", "sync broken", "sync claude-code", "alert all", "target", "told team", "untold nowhere", "end"} {
		if !seen[want] {
			t.Errorf("no event %q in %v", want, seen)
		}
	}
	p.wants("team", "/first")
	m.run("watch", "--every", "1s").fails("--every 1s")
	m.run("watch", "--once").want(2, "broken", "claude-code")
}
