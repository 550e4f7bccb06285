package cmd_test

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// dollars appends responses that cost three dollars each to the log.
func (m *machine) dollars(at string, responses int) {
	m.t.Helper()
	day, err := time.Parse(time.RFC3339, at)
	if err != nil {
		m.t.Fatal(err)
	}
	var b strings.Builder
	for i := range responses {
		fmt.Fprintln(&b, strings.TrimSpace(claudeAt(fmt.Sprintf("%s-%d", at, i), "s", "claude-sonnet-4-6", day.Add(time.Duration(i)*time.Second), 1_000_000, 0)))
	}
	name := ".claude/projects/p/" + strings.NewReplacer(":", "", "-", "").Replace(at) + ".jsonl"
	m.write(name, b.String())
}

// watched runs one turn at a time of the clock.
func (m *machine) watched(now string) result {
	m.t.Helper()
	m.vars["TOKPIT_NOW"] = now
	return m.run("watch", "--once")
}

// together runs several watches at once.
func (m *machine) together(now string, n int) {
	m.t.Helper()
	m.vars["TOKPIT_NOW"] = now
	var all sync.WaitGroup
	for range n {
		c := m.command("watch", "--once")
		all.Go(func() {
			if text, err := c.CombinedOutput(); err != nil {
				m.t.Errorf("%v\n%s", err, text)
			}
		})
	}
	all.Wait()
}

// TestAlertsAreSentOnce: whatever is restarted, runs twice, jumps or comes late,
// each owner is told once on each channel, and again when that is news.
func TestAlertsAreSentOnce(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	m := newMachine(t)
	p.serves(m, "")
	all := []string{"a@example.com", "b@example.com", "/first", "/second/SECRETPATH"}
	m.run("budget", "set", "all", "--amount", "20", "--warn", "40%,80%", "--notify", "mail:a@example.com,mail:b@example.com,team,webhook:other").ok()

	m.watched("2026-11-20T15:00:00Z").ok()
	p.wants("nothing is spent")
	m.dollars("2026-11-19T09:00:00Z", 3)
	m.watched("2026-11-20T15:05:00Z").want(0, "alert all", "told mail:a@example.com")
	got := p.wants("9 of 20 USD", all...)
	keys := make(map[string]bool)
	for _, x := range got {
		keys[x.key] = true
		if !strings.Contains(x.subject, "Budget all: 9.00 USD of 20.00 USD spent") || !strings.Contains(x.text, "Spend has reached 40%") {
			t.Errorf("%s was told %q\n%s", x.to, x.subject, x.text)
		}
		if x.fields != nil && (x.fields["spent"] != "9" || x.fields["limit"] != "20" || x.fields["headroom"] != "11") {
			t.Errorf("fields %v", x.fields)
		}
	}
	if len(keys) != len(all) {
		t.Errorf("keys %v", keys)
	}
	m.watched("2026-11-20T15:10:00Z").ok()
	m.run("sync").ok()
	m.together("2026-11-20T15:15:00Z", 3)
	p.wants("restarts")

	m.dollars("2026-11-20T09:00:00Z", 3)
	m.together("2026-11-20T15:20:00Z", 4)
	p.wants("18 of 20 USD, four at once", all...)

	for _, now := range []string{"2030-01-01T00:00:00Z", "2026-11-20T15:21:00Z", "2026-11-19T00:00:00Z", "2025-01-01T00:00:00Z", "2026-11-20T15:30:00Z"} {
		m.watched(now).ok()
	}
	p.wants("clock jumps")

	m.dollars("2026-11-03T09:00:00Z", 20)
	m.dollars("2026-10-03T09:00:00Z", 50)
	m.watched("2026-12-02T10:00:00Z").ok()
	p.wants("late data of months that are over")
	m.dollars("2026-12-01T09:00:00Z", 3)
	m.watched("2026-12-02T10:05:00Z").ok()
	p.wants("the next month", all...)

	m.run("budget", "set", "all", "--amount", "40").ok()
	m.watched("2026-12-02T10:10:00Z").ok()
	p.wants("9 of 40 USD")
	m.dollars("2026-12-02T09:00:00Z", 3)
	m.watched("2026-12-02T10:15:00Z").ok()
	p.wants("18 of 40 USD, after a raise", all...)

	m.run("budget", "snooze", "all", "80%", "--for", "2d").want(0, "silent until 2026-12-04T10:15:00Z")
	m.run("budget", "ack", "all", "40%").want(0, "2 alerts of the budget all seen") // November's and December's
	m.run("budget", "ack", "all", "90%").fails(`no threshold "90%"`, "80%")
	m.dollars("2026-12-02T12:00:00Z", 5)
	m.watched("2026-12-02T13:00:00Z").ok()
	p.wants("33 of 40 USD, silenced")
	m.watched("2026-12-04T11:00:00Z").ok()
	p.wants("when the silence is over", all...)

	var doc struct {
		Alerts []struct {
			Budget, Threshold, Value string
			AckedBy                  *string `json:"acked_by"`
		}
		Deliveries []struct{ State, Target string }
	}
	m.run("budget", "alerts", "--json", "--all").ok().decode(&doc)
	if len(doc.Alerts) != 4 || doc.Alerts[0].Threshold != "80%" || doc.Alerts[0].Value != "33" || doc.Alerts[0].AckedBy != nil || doc.Alerts[1].AckedBy == nil || len(doc.Deliveries) != 20 {
		t.Errorf("%+v", doc)
	}
	for _, d := range doc.Deliveries {
		if d.State != "sent" {
			t.Errorf("%+v", d)
		}
	}
	m.run("audit", "verify").ok()
}

// TestKilledWatches: a watch, or two, are killed at any point of their work.
// Nobody is forgotten, and what somebody gets twice has the same key.
func TestKilledWatches(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	rounds := 12
	if soak() {
		rounds = 40
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	killed, twice := 0, 0
	for range rounds {
		m := newMachine(t)
		p.serves(m, "")
		all := []string{"a@example.com", "b@example.com", "/first", "/second/SECRETPATH"}
		m.run("budget", "set", "all", "--amount", "20", "--warn", "40%", "--notify", "mail:a@example.com,mail:b@example.com,team,other").ok()
		m.dollars("2026-11-19T09:00:00Z", 3)
		now, _ := time.Parse(time.RFC3339, clockTime)
		accepted := 0 // by a receiver that was about to say so when the sender died
		for range 4 {
			now = now.Add(10 * time.Minute) // claims of the dead have run out
			m.vars["TOKPIT_NOW"] = now.Format(time.RFC3339)
			k, a := p.kill(m, dice)
			killed, accepted = killed+k, accepted+a
		}
		p.does(nil)
		for range 2 {
			now = now.Add(24 * time.Hour)
			m.watched(now.Format(time.RFC3339)).ok()
		}
		keys := make(map[string]string)
		count := make(map[string]int)
		for _, x := range p.fetch() {
			if count[x.to]++; keys[x.to] != "" && keys[x.to] != x.key {
				t.Errorf("%s has two keys", x.to)
			}
			keys[x.to] = x.key
		}
		extra := -len(all)
		for _, to := range all {
			if count[to] == 0 {
				t.Errorf("%s was never told", to)
			}
			extra += count[to]
		}
		if twice += extra; extra > accepted {
			t.Errorf("%d copies too many, but only %d were accepted unseen: %v", extra, accepted, count)
		}
		m.run("doctor").ok()
	}
	if t.Logf("%d killed, %d messages twice", killed, twice); killed < rounds/2 {
		t.Errorf("only %d were killed in time", killed)
	}
}

// kill starts one or two watches and kills them at a stage of a delivery, or
// some time after their start. It returns how many were killed, and how many
// messages were accepted by then whose sender may not have noted that.
func (p *post) kill(m *machine, dice *rand.Rand) (killed, accepted int) {
	stages := []string{"connect", "secure", "login", "before", "after", "time"}
	stage := stages[dice.IntN(len(stages))]
	var running []*exec.Cmd
	var ended sync.WaitGroup
	var mu sync.Mutex
	shoot := func() {
		mu.Lock()
		defer mu.Unlock()
		for _, c := range running {
			_ = c.Process.Kill()
		}
	}
	at := dice.IntN(3) + 1 // the n-th time
	p.does(func(s string) string {
		mu.Lock()
		hit := false
		if s == "after" {
			accepted++ // the sender may die before it notes that
		}
		if s == stage {
			at--
			hit = at == 0
		}
		mu.Unlock()
		if hit {
			shoot()
		}
		return ""
	})
	mu.Lock()
	for range 1 + dice.IntN(2) {
		c := m.command("watch", "--once")
		if err := c.Start(); err != nil {
			m.t.Fatal(err)
		}
		running = append(running, c)
		ended.Go(func() { _ = c.Wait() })
	}
	mu.Unlock()
	if stage == "time" {
		time.Sleep(time.Duration(dice.Int64N(int64(120 * time.Millisecond))))
		shoot()
	}
	ended.Wait()
	time.Sleep(50 * time.Millisecond) // receivers may still be at what the dead have sent
	mu.Lock()
	defer mu.Unlock()
	for _, c := range running {
		if !c.ProcessState.Exited() {
			killed++
		}
	}
	if killed == 0 {
		accepted = 0
	}
	return killed, accepted
}

// TestReceiversFail: what cannot be handed over is said, tried again, shown,
// and sent in the end, once.
func TestReceiversFail(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	m := newMachine(t)
	p.serves(m, "")
	m.run("budget", "set", "all", "--amount", "20", "--warn", "40%", "--notify", "mail:a@example.com,team,nowhere").want(0, `target "nowhere"`, "there are: team, other")
	m.dollars("2026-11-19T09:00:00Z", 3)
	p.does(func(stage string) string {
		if stage == "before" {
			return "451 later, " + postPassword
		}
		return ""
	})
	r := m.watched("2026-11-20T15:00:00Z").fails("not told", "3 messages could not be handed over", "target \"nowhere\"")
	if strings.Contains(r.stdout+r.stderr, postPassword) {
		t.Error("tells the password")
	}
	p.wants("refused")
	m.run("budget", "alerts").want(0, "waiting to mail:a@example.com", "451", "next attempt 2026-11-20T15:0", "waiting to nowhere")
	m.run("doctor").want(1, "3 messages could not be handed over so far", `target "nowhere"`)
	p.does(nil)
	m.watched("2026-11-20T15:00:10Z").ok() // not yet due
	p.wants("too early")
	m.watched("2026-11-20T15:02:00Z").want(2, "told mail:a@example.com", "told team", "1 message could not be handed over")
	p.wants("a minute later", "a@example.com", "/first")

	// A person mends the configuration, or does not wait.
	m.append(".config/tokpit/config.toml", fmt.Sprintf("\n[[notify.webhook]]\nname = \"nowhere\"\nurl = \"%s/third\"\nsecret = \"env:HOOK_SECRET\"\n", p.hooks.URL))
	m.run("budget", "retry", "ffffffff").fails("no message with the key")
	m.run("budget", "retry", "--all").want(0, "nowhere: accepted by 127.0.0.1")
	p.wants("sent again", "/third")
	m.run("budget", "retry", "--all").ok()
	m.watched("2026-11-21T15:00:00Z").ok()
	p.wants("nothing is left")

	// The receiver will never take it.
	p.does(func(stage string) string {
		if stage == "before" {
			return "550 no such user"
		}
		return ""
	})
	m.dollars("2026-12-01T09:00:00Z", 3)
	m.watched("2026-12-02T15:00:00Z").fails("550")
	m.run("budget", "alerts").want(0, "failed to mail:a@example.com", "hint: tokpit budget retry")
	m.run("doctor").want(1, "nobody tries again")
	m.vars["MAIL_PASSWORD"] = ""
	m.run("budget", "test-alert", "mail:a@example.com").fails("key env:MAIL_PASSWORD", "export MAIL_PASSWORD")
}

// TestTestAlerts: a channel is proved without a crossing.
func TestTestAlerts(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	m := newMachine(t)
	p.serves(m, "")
	m.run("budget", "test-alert").fails("no budget names anybody")
	m.run("budget", "set", "web", "--amount", "20", "--warn", "40%", "--notify", "mail:a@example.com,team").ok()
	m.run("budget", "test-alert").want(0, "mail:a@example.com: accepted by 127.0.0.1:", "team: accepted by 127.0.0.1:")
	p.wants("all that are named", "a@example.com", "/first")
	m.run("budget", "test-alert", "other", "web").want(0, "other: accepted by")
	if got := p.wants("one, with figures", "/second/SECRETPATH"); len(got) == 1 && (!strings.Contains(got[0].text, "This is a test") || got[0].fields["limit"] != "20") {
		t.Errorf("%+v", got)
	}
	var doc struct {
		Targets []struct {
			Target   string
			Accepted bool
			By       *string
			Error    *string
		}
	}
	m.run("budget", "test-alert", "elsewhere", "--json").want(2).decode(&doc)
	if len(doc.Targets) != 1 || doc.Targets[0].Accepted || doc.Targets[0].By != nil || doc.Targets[0].Error == nil {
		t.Errorf("%+v", doc)
	}
	for _, bad := range []string{"mail:", "mail:nobody", "mail:a@example.com\r\nBcc: b@example.com", "mail:A <a@example.com>", "terminal:x", "team:x", "webhook:", "terminal"} {
		m.run("budget", "test-alert", bad).want(2)
	}
	m.run("--demo", "budget", "test-alert", "team").fails("demo data is never sent")
	p.wants("nothing else")
	m.run("budget", "alerts").want(0, "nothing has been told so far")
}

// TestNothingAddsAHeader: names are what people and providers make them.
func TestNothingAddsAHeader(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	m := newMachine(t)
	p.serves(m, "")
	for _, name := range []string{"x\r\nBcc: evil@example.com", "x\nBcc: evil@example.com", "\u202egpj", "x\x1b]52;c;evil\a", "x\u2028y"} {
		m.run("budget", "set", name, "--amount", "1", "--warn", "50%", "--notify", "mail:a@example.com").fails("characters that a terminal would obey")
	}
	name := `=?utf-8?q?Bcc:_e@x?= "<b@e.com>", \r\n %0d%0aB`
	m.run("budget", "set", name, "--amount", "1", "--warn", "50%", "--notify", "mail:a@example.com,team").ok()
	m.dollars("2026-11-19T09:00:00Z", 1)
	m.watched("2026-11-20T15:00:00Z").ok()
	for _, x := range p.wants("told", "a@example.com", "/first") {
		var names []string
		for line := range strings.SplitSeq(x.head, "\r\n") {
			if line != "" && line[0] != ' ' && line[0] != '\t' {
				header, _, _ := strings.Cut(line, ":")
				names = append(names, header)
			}
		}
		slices.Sort(names)
		if x.head != "" && (len(slices.Compact(slices.Clone(names))) != len(names) || slices.Contains(names, "Bcc") || len(names) > 10) {
			t.Errorf("headers %q", names)
		}
	}
}

// TestExpiringCredit: who is named is told 14, 7 and 1 days before credit
// expires, once each, unless it is used up.
func TestExpiringCredit(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	m := newMachine(t)
	p.serves(m, "[notify]\nto = [\"mail:a@example.com\", \"team\"]\n")
	m.run("credits", "add", "trial", "--provider", "openai", "--amount", "5", "--source", "trial", "--granted", "2026-10-01", "--expires", "2026-12-20").ok()
	for _, step := range []struct {
		now  string
		told bool
	}{{"2026-11-20T15:00:00Z", false}, {"2026-12-06T00:00:00Z", true}, {"2026-12-08T00:00:00Z", false}, {"2026-12-13T01:00:00Z", true},
		{"2026-12-07T00:00:00Z", false}, {"2026-12-19T12:00:00Z", true}, {"2026-12-19T18:00:00Z", false}, {"2026-12-21T00:00:00Z", false}} {
		m.together(step.now, 2)
		if !step.told {
			p.wants(step.now)
			continue
		}
		for _, x := range p.wants(step.now, "a@example.com", "/first") {
			if !strings.Contains(x.subject, "Credit trial (openai): USD 5.00 expire on 2026-12-20") || x.fields != nil && x.fields["balance"] != "5" {
				t.Errorf("%+v", x)
			}
		}
	}
	m.vars["TOKPIT_NOW"] = "2026-12-15T00:00:00Z"
	m.run("digest").want(0, "Credit trial (openai): USD 5.00 expire on")
}

// TestUnusualDaysAreTold the morning after, once, and never later.
func TestUnusualDaysAreTold(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	m := newMachine(t)
	p.serves(m, "[notify]\nto = [\"mail:a@example.com\", \"team\"]\n")
	first := time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC)
	for day := range 78 {
		m.dollars(first.AddDate(0, 0, day).Format(time.RFC3339), 2+day%2) // to 17 November
	}
	m.watched("2026-11-18T09:00:00Z").ok()
	p.wants("a day like any other")
	m.dollars("2026-11-18T09:00:00Z", 12)
	m.watched("2026-11-19T05:00:00Z").ok()
	p.wants("before the morning")
	m.together("2026-11-19T09:00:00Z", 3)
	for _, x := range p.wants("the morning after", "a@example.com", "/first") {
		if !strings.Contains(x.subject, "Wed 18 Nov is") || !strings.Contains(x.subject, "its usual") || x.fields != nil && (x.fields["cost"] != "36" || x.fields["day"] != "2026-11-18") {
			t.Errorf("%+v", x)
		}
	}
	m.dollars("2026-11-17T15:00:00Z", 12) // late
	m.watched("2026-11-19T12:00:00Z").ok()
	m.dollars("2026-11-19T09:00:00Z", 2)
	m.together("2026-11-20T12:00:00Z", 2)
	p.wants("late data")
}
