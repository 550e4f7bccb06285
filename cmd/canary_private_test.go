package cmd_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNothingButTheListedFields: prompts, answers and tool calls in the logs of
// agents do not get into the store, what is printed, receipts or errors; and what
// was forgotten is in none of them either.
func TestNothingButTheListedFields(t *testing.T) {
	t.Parallel()
	const prompt, user, session = "PROMPTCANARY-84hf", "usercanary-5k2m", "sessioncanary-77aa"
	p := newMachine(t)
	usage := `"usage":{"input_tokens":7,"output_tokens":3,"cache_creation_input_tokens":0,"cache_read_input_tokens":0}`
	claude := `{"type":"user","sessionId":"` + session + `","cwd":"/home/` + user + `/work","timestamp":"2026-11-18T10:00:00Z","message":{"role":"user","content":"` + prompt + `"}}
{"type":"assistant","sessionId":"` + session + `","cwd":"/home/` + user + `/work","timestamp":"2026-11-18T10:00:01Z","message":{"id":"m1","model":"claude-opus-4-5","content":[{"type":"text","text":"` + prompt + `"},{"type":"tool_use","input":{"x":"` + prompt + `"}}],` + usage + `}}
{"type":"assistant","sessionId":"` + session + `","timestamp":"nonsense ` + prompt + `","message":{"id":"m2","content":"` + prompt + `",` + usage + `}}
{"` + prompt + `
`
	codex := `{"timestamp":"2026-11-18T10:00:00Z","type":"session_meta","payload":{"id":"` + session + `-x","cwd":"/home/` + user + `/work","instructions":"` + prompt + `"}}
{"timestamp":"2026-11-18T10:00:01Z","type":"response_item","payload":{"type":"message","role":"user","content":[{"type":"input_text","text":"` + prompt + `"}]}}
{"timestamp":"2026-11-18T10:00:02Z","type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":9,"cached_input_tokens":0,"output_tokens":4,"reasoning_output_tokens":0,"total_tokens":13},"last_token_usage":{"input_tokens":9,"cached_input_tokens":0,"output_tokens":4,"reasoning_output_tokens":0,"total_tokens":13}}}}
`
	p.write(".claude/projects/-home-"+user+"-work/"+session+".jsonl", claude)
	p.write(".codex/sessions/2026/11/18/rollout-2026-11-18T10-00-00-"+session+"-x.jsonl", codex)
	var said bytes.Buffer
	try := func(args ...string) {
		r := p.run(args...)
		said.WriteString(r.stdout + r.stderr)
		if r.status > 1 && args[0] != "doctor" {
			t.Errorf("%s: %d: %s", args, r.status, r.stderr)
		}
	}
	look := func(text, when string) {
		t.Helper()
		if strings.Contains(said.String(), text) {
			t.Errorf("%s: %q was printed", when, text)
		}
		dir := filepath.Join(p.home, ".local", "share", "tokpit")
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) < 2 {
			t.Fatalf("%d files, %v", len(entries), err)
		}
		for _, e := range entries {
			file, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(file, []byte(text)) {
				t.Errorf("%s: %s holds %q", when, e.Name(), text)
			}
		}
	}
	try("sync")
	for _, args := range [][]string{{"report", "--by", "project,session,model"}, {"doctor"}, {"sources", "list"}, {"privacy", "--all"}, {"export", "--records", "-o", "-"}} {
		try(args...)
	}
	look(prompt, "after a sync")
	said.Reset()
	p.run("forget", "--project", "/home/"+user+"/work", "--yes").ok()
	try("sync")
	try("report", "--by", "project,session,model")
	try("audit")
	try("forget", "--list")
	look(prompt, "after forgetting")
	look(user, "after forgetting")
}
