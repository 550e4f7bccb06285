package cmd_test

import (
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

type sourceDoc struct {
	Name, Kind, State                          string
	Type, Basis, Account, Key, Base_URL, Grain *string
	Since, Added, Last_Sync, Last_Try          *string
	Records, Files, Quarantined                int64
	Coverage                                   []struct{ Provider, Account, Basis, Since, Until string }
	Standing                                   *struct {
		Credit *struct{ Granted, Used, Currency string }
		Limits []struct {
			Amount, Interval string
			Enforced         bool
		}
	}
	Error *struct{ Message, Hint string }
}

// sources lists all sources by name.
func (m *machine) sources() map[string]sourceDoc {
	m.t.Helper()
	var doc struct{ Sources []sourceDoc }
	m.run("sources", "list", "--json").ok().decode(&doc)
	out := make(map[string]sourceDoc)
	for _, s := range doc.Sources {
		out[s.Name] = s
	}
	return out
}

// added lists the sources that people added.
func (m *machine) added() map[string]sourceDoc {
	m.t.Helper()
	out := m.sources()
	maps.DeleteFunc(out, func(_ string, s sourceDoc) bool { return s.Kind == "agent log" })
	return out
}

// TestConnections follows connections of every type through their life.
func TestConnections(t *testing.T) {
	t.Parallel()
	m, s := newMachine(t), newStandIn(t)
	s.connect(m)
	for kind := range types() {
		src := m.sources()["my-"+kind]
		if account := src.Account; kind == "litellm" && account != nil || kind != "litellm" && (account == nil || *account != "my-"+kind) {
			t.Errorf("%s: account %v", kind, account)
		}
		if src.State != "never read" || *src.Type != kind || *src.Key != "env:"+variable(kind) || *src.Since != "2026-11-01" ||
			*src.Base_URL != s.base(kind) || src.Error != nil || src.Last_Sync != nil {
			t.Errorf("%s is new: %+v", kind, src)
		}
	}
	m.run("sync").ok()
	want := map[string]int64{"my-openai": 2, "my-anthropic": 2, "my-openrouter": 1, "my-litellm": 1}
	for name, src := range m.sources() {
		if src.Type == nil {
			continue
		}
		if src.State != "ok" || src.Records != want[name] || src.Last_Sync == nil || src.Error != nil || len(src.Coverage) == 0 {
			t.Errorf("%s: %+v", name, src)
		}
	}
	if st := m.sources()["my-openrouter"].Standing; st == nil || st.Credit == nil || st.Credit.Granted != "25.5" || st.Credit.Used != "3.25" {
		t.Errorf("credit: %+v", st)
	}
	// 500 + 100 + 10 + 7 input, each once, however often it is read.
	if n := m.inputTokens(); n != 617 {
		t.Errorf("%d input tokens, want 617", n)
	}
	m.run("sync").ok()
	m.run("sync", "--source", "my-litellm", "--source", "my-openai", "--source", "my-openai").ok()
	if n := m.inputTokens(); n != 617 {
		t.Errorf("after reading again: %d input tokens, want 617", n)
	}
	m.run("sources", "list").want(0, "my-anthropic", "reported 2026-11-01 – 2026-11-20", "credit: 3.25 of 25.50 USD used")
	m.run("doctor").want(0, "my-openai", "env:OPENAI_ADMIN_KEY leads to a key")
	m.run("sources", "test", "--all").want(0, "my-litellm")

	m.run("sources", "remove", "my-openai", "--keep").want(0, "its usage was kept")
	if src := m.sources()["my-openai"]; src.Kind != "not read any more" || src.Records != 2 || src.Key != nil {
		t.Errorf("kept: %+v", src)
	}
	if n := m.inputTokens(); n != 617 {
		t.Errorf("keep: %d input tokens", n)
	}
	m.run("sources", "remove", "my-anthropic", "--purge").want(0, "is deleted")
	m.run("sources", "remove", "my-openai", "--purge").ok() // what was left of it
	if n := m.inputTokens(); n != 17 {
		t.Errorf("purge: %d input tokens, want 17", n)
	}
	if all := m.added(); len(all) != 2 {
		t.Errorf("left: %+v", all)
	}
	m.doctor()
	// Added again under its name it is read again from the start.
	m.run("sources", "add", "my-openai", "--type", "openai", "--key", "env:OPENAI_ADMIN_KEY", "--base-url", s.base("openai"), "--since", "2026-11-01").ok()
	m.run("sync").ok()
	if n := m.inputTokens(); n != 517 {
		t.Errorf("added again: %d input tokens, want 517", n)
	}
}

// TestNamesOfProviders: people see and filter by names, JSON has both.
func TestNamesOfProviders(t *testing.T) {
	t.Parallel()
	m, s := newMachine(t), newStandIn(t)
	s.connect(m)
	m.run("sync").ok()
	m.run("report", "--since", "2026-11-01", "--by", "project,key").want(0, "Search", "ci")
	m.run("report", "--since", "2026-11-01", "--by", "project", "--json").want(0, `"proj_1"`, `"Search"`)
	if n := m.inputTokens("--filter", "project=search", "--since", "2026-11-01"); n != 617 {
		t.Errorf("by name: %d input tokens", n)
	}
	s.project = "Find"
	m.vars["TOKPIT_NOW"] = "2026-11-20T23:00:00Z"
	m.run("sync").ok()
	m.run("report", "--since", "2026-11-01", "--by", "project").want(0, "Find")
	m.run("report", "--basis", "billed", "--since", "2026-11-01", "--by", "line_item").want(0, "gpt-5, input")
}

// TestRules: accounts, environments and cost centers of the configuration
// apply when reading.
func TestRulesAreApplied(t *testing.T) {
	t.Parallel()
	m, s := newMachine(t), newStandIn(t)
	s.connect(m)
	m.run("sync").ok()
	m.vars["TOKPIT_CONFIG"] = m.write("c.toml", "[[environment]]\nname = 'production'\nproject = 'Sea*'\n[[allocate]]\ncost_center = '4711'\nsource = ['openai', 'litellm']\n")
	m.run("report", "--since", "2026-11-01", "--by", "environment").want(0, "production")
	if n := m.inputTokens("--since", "2026-11-01", "--filter", "cost_center=4711"); n != 507 {
		t.Errorf("allocated: %d", n)
	}
	if n := m.inputTokens("--since", "2026-11-01", "--filter", "cost_center="); n != 110 {
		t.Errorf("unallocated: %d", n)
	}
	m.vars["TOKPIT_CONFIG"] = m.write("c.toml", "[[allocate]]\ncost_center = '4711'\nuser = 'Ada'\n")
	if n := m.inputTokens("--since", "2026-11-01", "--filter", "cost_center=4711"); n != 500 {
		t.Errorf("by user: %d", n)
	}
	m.vars["TOKPIT_CONFIG"] = m.write("c.toml", "[[allocate]]\ncost_center = '4711'\nday = '2026-11-01'\n")
	m.run("report").fails("config")
}

// TestAddRefuses what cannot work, or would count twice, and says what to do.
func TestAddRefuses(t *testing.T) {
	t.Parallel()
	m, s := newMachine(t), newStandIn(t)
	m.vars["KEY"], m.vars["OTHER"] = types()["openai"], types()["openai"]
	add := func(name string, args ...string) result {
		all := append([]string{"sources", "add", name, "--type", "openai", "--key", "env:KEY", "--base-url", s.base("openai")}, args...)
		return m.run(all...)
	}
	for _, name := range []string{"claude-code", "codex", "Acme", "a b", "", "-a", "a-", "a--b", "1a", "a/b", "a\x1b[2J", "all", strings.Repeat("a", 41), "über"} {
		if r := m.run("sources", "add", "--type", "openai", "--key", "env:KEY", "--", name); r.status != 2 || !strings.Contains(r.stderr, "hint: ") || strings.Contains(r.stderr, "\x1b") {
			t.Errorf("name %q: %d %s", name, r.status, r.stderr)
		}
	}
	add("a", "--type", "azure").fails("unknown type", "litellm")
	add("a", "--grain", "5m").fails("grain")
	add("a", "--since", "2027-01-01").fails("future")
	add("a", "--since", "1999-01-01").fails("before any model API")
	add("a", "--since", "yesterday-ish").fails("yesterday-ish")
	add("a", "--key", "").fails("there is none")
	add("a", "--key", "plain").fails("does not say where to look")
	for base, want := range map[string]string{"http://example.com/v1": "not https", "https://me:pw@example.com": "credentials", "https://example.com/?key=x": "behind a ?",
		"ftp://example.com": "scheme", "example.com": "not an address", "https://": "not an address", "http://10.0.0.1/v1": "not https", "https://example.com/sk-ant-admin01-aaaaaaaaaaaaaaaaaaa": "does not belong"} {
		r := add("a", "--base-url", base, "--no-test").fails(want)
		if strings.Contains(r.stderr, "pw") || strings.Contains(r.stderr, "aaaa") {
			t.Errorf("%s: repeats the password: %s", base, r.stderr)
		}
	}
	m.run("sources", "add", "a", "--type", "litellm", "--key", "env:KEY", "--no-test").fails("no address of its own")
	m.run("sources", "add", "a", "--type", "litellm").fails("key")
	m.run("--demo", "sources", "add", "a", "--type", "openai", "--key", "env:KEY").fails("demo")
	if all := m.added(); len(all) != 0 {
		t.Errorf("something was added: %+v", all)
	}
	add("a").ok()
	add("a", "--key", "env:OTHER").fails("already")
	add("b").fails("a reads the same already", "twice")
	add("b", "--key", "env:OTHER").ok()
	m.run("sources", "add", "c", "--type", "openai", "--key", "env:NOPE", "--base-url", s.base("openai")).fails("c was not added", "not set", "--no-test")
	m.run("sources", "add", "c", "--type", "openai", "--key", "env:NOPE", "--base-url", s.base("openai"), "--no-test").ok()
	if src := m.sources()["c"]; *src.Since != "2026-09-01" {
		t.Errorf("since %s, want the first of the month before the last", *src.Since)
	}
}

func TestRemoveRefuses(t *testing.T) {
	t.Parallel()
	m, s := newMachine(t), newStandIn(t)
	s.connect(m)
	m.run("sources", "remove", "my-openai").fails("--keep", "--purge")
	m.run("sources", "remove", "my-openai", "--keep", "--purge").fails("--keep", "--purge")
	m.run("sources", "remove", "nobody", "--purge").fails("nobody", "my-openai")
	m.run("sources", "remove", "claude-code", "--purge").fails("found by itself")
	if all := m.added(); len(all) != 4 {
		t.Errorf("something was removed: %+v", all)
	}
}

// TestASourceThatFails does not keep the others from being read.
func TestASourceThatFails(t *testing.T) {
	t.Parallel()
	m, s := newMachine(t), newStandIn(t)
	s.connect(m)
	m.write(log1, claude("1", 5))
	delete(m.vars, variable("anthropic"))
	r := m.run("sync", "--json").fails("source my-anthropic", "not set")
	var doc syncDoc
	r.decode(&doc)
	for _, src := range doc.Sources {
		if (src.Error != nil) != (src.Name == "my-anthropic") {
			t.Errorf("%s: %+v", src.Name, src.Error)
		}
	}
	if n := m.inputTokens(); n != 522 {
		t.Errorf("%d input tokens, want 522", n)
	}
	if src := m.sources()["my-anthropic"]; src.State != "failed" || src.Error == nil || src.Error.Hint == "" || src.Last_Try == nil {
		t.Errorf("%+v", src)
	}
	m.run("sources", "list").want(0, "! failed", "env:ANTHROPIC_ADMIN_KEY", "hint: set it")
	m.run("doctor").want(1, "last sync failed")
	m.run("sync", "--source", "my-openai").ok()
	m.run("sync", "--source", "nobody").fails("nobody", "my-openai")
}

// TestGoingBack: --since reads what lies before, and the next sync goes on
// with it.
func TestGoingBack(t *testing.T) {
	t.Parallel()
	m, s := newMachine(t), newStandIn(t)
	m.vars["KEY"] = types()["openai"]
	m.run("sources", "add", "a", "--type", "openai", "--key", "env:KEY", "--base-url", s.base("openai"), "--since", "2026-11-15").ok()
	m.run("sync").ok()
	if n := m.inputTokens(); n != 0 {
		t.Errorf("before its first day: %d", n)
	}
	m.run("sync", "--source", "a", "--since", "2027-01-01").fails("future")
	m.run("sync", "--source", "claude-code", "--since", "2026-11-01").fails("always reads everything")
	s.fails(answers(401, "application/json", `{"error":{"message":"no"}}`))
	m.run("sync", "--since", "2026-11-05").want(2)
	s.fails(nil)
	m.run("sync").ok()
	if n := m.inputTokens(); n != 500 {
		t.Errorf("after going back: %d", n)
	}
	src := m.sources()["a"]
	if i := slices.IndexFunc(src.Coverage, func(c struct{ Provider, Account, Basis, Since, Until string }) bool { return c.Basis == "reported" }); i < 0 || src.Coverage[i].Since != "2026-11-05" {
		t.Errorf("covered: %+v", src.Coverage)
	}
	m.run("sync", "--since", "2026-11-12").ok() // later than before: nothing is lost
	if n := m.inputTokens(); n != 500 || *m.sources()["a"].Since != "2026-11-05" {
		t.Errorf("%d, since %s", n, *m.sources()["a"].Since)
	}
}

// TestKilledPulls: a sync that is killed anywhere in its pulls loses nothing
// and counts nothing twice.
func TestKilledPulls(t *testing.T) {
	t.Parallel()
	m, s := newMachine(t), newStandIn(t)
	s.connect(m)
	var n atomic.Int64
	for _, after := range []int64{1, 3, 6, 10, 15, 21, 28, 36} {
		c := m.command("sync")
		n.Store(0)
		reached := make(chan struct{})
		s.watches(func() {
			if n.Add(1) == after {
				close(reached)
			}
		})
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() { _ = c.Wait(); close(done) }()
		select {
		case <-reached:
			_ = c.Process.Kill()
		case <-done: // there was less to ask
		}
		<-done
	}
	s.watches(nil)
	m.run("sync").ok()
	if got := m.inputTokens(); got != 617 {
		t.Errorf("%d input tokens, want 617", got)
	}
	m.doctor()
}

// TestSeveralFailures are told one by one, each with what to do.
func TestSeveralFailures(t *testing.T) {
	t.Parallel()
	m, s := newMachine(t), newStandIn(t)
	s.connect(m)
	delete(m.vars, variable("anthropic"))
	s.fails(unauthorized(401))
	r := m.run("sync").want(2)
	if strings.Count(r.stderr, "tokpit: source my-") != 4 || strings.Count(r.stderr, "\nhint: ") != 4 {
		t.Error(r.stderr)
	}
}
