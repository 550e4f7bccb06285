package cmd_test

import "testing"

// TestAddedAgain: usage that was kept counts once when its source is added
// again, whatever has changed about the connection in between.
func TestAddedAgain(t *testing.T) {
	t.Parallel()
	m, s := newMachine(t), newStandIn(t)
	m.vars["KEY"], m.vars["OTHER"], m.vars["ANTHROPIC"] = types()["openai"], types()["openai"], types()["anthropic"]
	add := func(name string, args ...string) result {
		return m.run(append([]string{"sources", "add", name, "--type", "openai", "--key", "env:KEY", "--base-url", s.base("openai"), "--since", "2026-11-01"}, args...)...)
	}
	total := func(when string) {
		t.Helper()
		m.run("sync").ok()
		if n := m.inputTokens(); n != 500 {
			t.Errorf("%s: %d input tokens, want 500", when, n)
		}
		m.doctor()
	}
	add("a").ok()
	total("new")
	for _, grain := range []string{"1d", "1h"} {
		m.run("sources", "remove", "a", "--keep").ok()
		add("a", "--grain", grain).ok()
		total("by " + grain)
	}
	add("b", "--key", "env:OTHER", "--account", "a").fails("a reads the account a already", "--account")

	m.run("sources", "remove", "a", "--keep").ok()
	add("b").fails("a, which was removed", "counted twice", "under the name a", "remove a --purge", "--account")
	add("b", "--account", "a").fails("a, which was removed")
	m.run("sources", "add", "c", "--type", "anthropic", "--key", "env:ANTHROPIC", "--base-url", s.base("anthropic")).ok() // is something else
	m.run("sources", "remove", "c", "--purge").ok()
	add("b", "--account", "b").ok() // another organization, as they say
	m.run("sources", "remove", "b", "--purge").ok()
	m.run("sources", "remove", "a", "--purge").ok()
	add("b").ok()
	total("under another name")
}

// TestGatewayAddedAgain: requests that a proxy's log told of are not counted
// once more as sums when its log cannot be read any more.
func TestGatewayAddedAgain(t *testing.T) {
	t.Parallel()
	m, s := newMachine(t), newStandIn(t)
	m.vars["KEY"] = types()["litellm"]
	add := func(name string) result {
		return m.run("sources", "add", name, "--type", "litellm", "--key", "env:KEY", "--base-url", s.base("litellm"), "--since", "2026-11-01")
	}
	add("proxy").ok()
	m.run("sync").ok()
	m.run("sources", "remove", "proxy", "--keep").ok()
	add("other").fails("proxy, which was removed")
	add("proxy").ok()
	s.fails(answers(404, "application/json", `{"error":{"message":"no such thing"}}`))
	m.run("sync").fails("could be read before", "--purge")
	s.fails(nil)
	m.run("sync").ok()
	if n := m.inputTokens(); n != 7 {
		t.Errorf("%d input tokens, want 7", n)
	}
}

// TestTwoKeysOfOneOrganization cannot be told from the keys; what they read
// tells, and a person is told.
func TestTwoKeysOfOneOrganization(t *testing.T) {
	t.Parallel()
	m, s := newMachine(t), newStandIn(t)
	m.vars["KEY"], m.vars["OTHER"] = types()["openai"], types()["openai"]+"2"
	for name, key := range map[string]string{"a": "KEY", "b": "OTHER"} {
		m.run("sources", "add", name, "--type", "openai", "--key", "env:"+key, "--base-url", s.base("openai"), "--since", "2026-11-01").ok()
	}
	m.run("sync", "--source", "a").ok()
	m.run("doctor").ok()
	m.run("sync", "--source", "b").ok()
	m.run("sources", "list").want(0, "b tells of the same projects", "a tells of the same projects: their usage counts twice")
	m.run("doctor").want(1, "a tells of the same projects", "sources remove b --purge")
	m.run("sources", "remove", "b", "--purge").ok()
	m.run("doctor").ok()
}
