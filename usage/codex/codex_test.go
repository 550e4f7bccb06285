package codex_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tokpit/usage"
	"tokpit/usage/codex"
)

func TestDimensions(t *testing.T) {
	settings := func(tier string) string {
		return `{"type":"thread_settings_applied","thread_settings":{"model":"other","service_tier":` + tier + `}}`
	}
	r := &rollout{at: start()}
	r.row("session_meta", `{"id":"s1","cwd":"/srv/app","model_provider":"mock","source":{"subagent":{"thread_spawn":{"parent_thread_id":"p","agent_nickname":"Ann","agent_role":"explorer"}}}}`)
	r.row("session_meta", `{"id":"ancestor","cwd":"/elsewhere","model_provider":"ollama"}`)
	r.row("turn_context", `{"model":"gpt-5","collaboration_mode":{"settings":{"model":"decoy"}}}`)
	r.request(1, 0, 0)
	r.row("event_msg", settings(`"fast"`))
	r.request(1, 0, 0)
	r.row("event_msg", settings(`"flex"`))
	r.row("turn_context", `{"model":"gpt-5-mini","cwd":"/home/x"}`)
	r.request(1, 0, 0)
	r.row("event_msg", settings(`"default"`))
	r.in++
	r.row("event_msg", `{"type":"token_count","info":{"model":"gpt-5.3-codex","total_token_usage":`+counts(4, 0, 0)+`,"last_token_usage":`+counts(1, 0, 0)+`}}`)
	got, bad := read(t, r)
	if len(got) != 4 || len(bad) > 0 {
		t.Fatalf("%d records, %q", len(got), bad)
	}
	for i, want := range []struct{ model, tier, project string }{
		{"gpt-5", "", "/srv/app"}, {"gpt-5", "priority", "/srv/app"}, {"gpt-5-mini", "flex", "/home/x"}, {"gpt-5.3-codex", "", "/home/x"},
	} {
		r := got[i]
		if r.Model != want.model || r.Tier != want.tier || r.Project != want.project || r.Session != "s1" || r.Agent != "explorer" ||
			r.Provider != "openai" || r.Source != "codex" || r.Basis != usage.Logged {
			t.Errorf("record %d: %+v, want %+v", i, r.Dims, want)
		}
	}
}

func TestProviders(t *testing.T) {
	for name, want := range map[string]string{"": "openai", "openai": "openai", "corp-proxy": "openai", "azure": "azure", "ollama": "ollama", "gemini": "google", "oss": "ollama"} {
		r := &rollout{at: start()}
		r.row("session_meta", `{"id":"s1","model_provider":"`+name+`"}`)
		r.request(1, 0, 0)
		if got, _ := read(t, r); len(got) != 1 || got[0].Provider != want {
			t.Errorf("%q: %+v, want %s", name, got, want)
		}
	}
}

func TestAgents(t *testing.T) {
	for meta, want := range map[string]string{
		`"source":"cli"`: "", `"source":"exec","thread_source":"user"`: "", `"source":{"subagent":"review"}`: "review",
		`"source":{"subagent":{"other":"guardian"}}`: "guardian", `"source":{"subagent":{"thread_spawn":{"depth":1}}}`: "subagent",
		`"thread_source":"subagent"`: "subagent", `"agent_nickname":"Ann","source":{"subagent":"review"}`: "Ann",
		`"agent_nickname":"Ann","agent_role":"explorer"`: "explorer", `"source":5`: "", `"source":{"subagent":5}`: "",
	} {
		r := &rollout{at: start()}
		r.row("session_meta", `{"id":"s1",`+meta+`}`)
		r.request(1, 0, 0)
		if got, _ := read(t, r); len(got) != 1 || got[0].Agent != want {
			t.Errorf("%s: %+v, want %q", meta, got, want)
		}
	}
}

func TestLogWithoutAName(t *testing.T) {
	r := &rollout{at: start()}
	r.row("turn_context", `{"model":"gpt-5.2-codex"}`)
	r.request(10, 5, 1)
	text := r.b.String()
	l := newLogs(t)
	l.write("sessions/one.jsonl", text)
	l.write("archived_sessions/one.jsonl", text)
	l.write("sessions/two.jsonl", strings.Replace(text, "2026-11-01", "2026-11-02", 2))
	l.sync()
	if len(l.Records) != 2 {
		t.Errorf("%d records, want one of the log and its copy, and another", len(l.Records))
	}
}

func TestPayloadBeforeType(t *testing.T) {
	text := newRollout("s1", "", start()).b.String() +
		`{"payload":{"info":{"last_token_usage":` + counts(10, 5, 1) + `,"total_token_usage":` + counts(10, 5, 1) + `},"type":"token_count"},"type":"event_msg","timestamp":"2026-11-01T10:00:00Z"}` + "\n" +
		`{"payload":{"usage":` + counts(20, 5, 1) + `,"response_id":"resp_1"},"timestamp":"2026-11-01T10:00:01Z","type":"token_usage_record"}` + "\n" +
		`{"payload":{"info":{"total_token_usage":"}"},"type":"other"},"type":"event_msg"}` + "\n"
	l := newLogs(t)
	l.write("sessions/one.jsonl", text)
	l.sync()
	if got := l.Total(); got.Requests != 2 || got.TotalInput() != 30 || len(l.Quarantined) != 0 {
		t.Errorf("%+v, quarantined %v", got, l.Quarantined)
	}
}

func TestRoots(t *testing.T) {
	src := codex.New(codex.Options{Home: "/home/ann"})
	if got := src.Roots(); !slices.Equal(got, []string{filepath.FromSlash("/home/ann/.codex/sessions"), filepath.FromSlash("/home/ann/.codex/archived_sessions")}) {
		t.Errorf("%v", got)
	}
	src = codex.New(codex.Options{Home: "/home/ann", Getenv: func(k string) string { return map[string]string{"CODEX_HOME": "/c"}[k] }})
	if got := src.Roots(); !slices.Equal(got, []string{filepath.FromSlash("/c/sessions"), filepath.FromSlash("/c/archived_sessions")}) {
		t.Errorf("%v", got)
	}
	if got := codex.New(codex.Options{}).Roots(); len(got) != 0 {
		t.Errorf("without a home: %v", got)
	}
}
