package claudecode_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/claudecode"
	"tokpit/usage/internal/sinktest"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func session(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("testdata/session.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestSession(t *testing.T) {
	home := t.TempDir()
	write(t, filepath.Join(home, ".claude/projects/-home-ann-work-toolbox/5e55.jsonl"), session(t))
	var s sinktest.Sink
	r := s.Pull(t, claudecode.New(claudecode.Options{Home: home, Now: func() time.Time { return noon }}))
	if r.Rows != 3 || r.Folded != 1 || r.Files != 1 || len(s.Quarantined) != 0 {
		t.Errorf("%+v, quarantined %v", r, s.Quarantined)
	}
	want := map[string]usage.Tokens{
		"msg_01A": {Input: 4, CacheWrite5m: 1000, CacheWrite1h: 200, Output: 150},
		"msg_01B": {Input: 7, CacheRead: 1200, Output: 20, Reasoning: 6},
	}
	for id, tokens := range want {
		got := s.Records[id]
		if got.Tokens != tokens || got.Project != "/home/ann/work/toolbox" || got.Session != "5e551011-0000-4000-8000-000000000001" {
			t.Errorf("%s: %+v", id, got)
		}
	}
	if b := s.Records["msg_01B"]; b.Tier != "priority" || b.Region != "us" || len(b.Quantities) != 1 || b.Quantities[0] != (usage.Quantity{Meter: "web_search", N: 2}) {
		t.Errorf("%+v", b)
	}
	if a := s.Records["msg_01A"]; !a.Start.Equal(time.Date(2026, 3, 2, 9, 0, 3, 0, time.UTC)) || !a.UsageAt.Equal(a.Start.Add(time.Second)) {
		t.Errorf("%+v", a)
	}
	if len(s.Records) != len(want) {
		t.Errorf("%d records", len(s.Records))
	}
}

// TestCopies spreads copies of a response over files and pulls in every order:
// resumed under a new session, replayed in a side chain with another request
// id, and the original.
func TestCopies(t *testing.T) {
	response := func(session, at, request, more string, output string) string {
		return `{"type":"assistant","sessionId":"` + session + `","timestamp":"2026-03-02T` + at + `Z","requestId":"` + request + `"` + more +
			`,"message":{"id":"msg_1","model":"m","usage":{"input_tokens":4,"output_tokens":` + output + `}}}` + "\n"
	}
	files := map[string]string{
		"p/original.jsonl":            response("original", "09:00:01", "req_1", "", "2") + response("original", "09:00:02", "req_1", "", "300"),
		"p/resumed.jsonl":             response("resumed", "09:00:01", "req_1", "", "2"),
		"p/o/subagents/agent-a.jsonl": response("original", "08:00:00", "req_2", `,"isSidechain":true,"agentId":"a"`, "300"),
		"p/o/subagents/workflows/w/agent-b.jsonl": strings.ReplaceAll(response("original", "09:30:00", "req_3",
			`,"isSidechain":true,"agentId":"b"`, "70"), "msg_1", "msg_2"),
	}
	names := []string{"p/original.jsonl", "p/resumed.jsonl", "p/o/subagents/agent-a.jsonl", "p/o/subagents/workflows/w/agent-b.jsonl"}
	for range 24 {
		names = permute(names)
		home := t.TempDir()
		src := claudecode.New(claudecode.Options{Home: home, Now: func() time.Time { return noon }})
		var s sinktest.Sink
		for _, name := range names {
			write(t, filepath.Join(home, ".claude/projects", name), files[name])
			s.Pull(t, src)
		}
		one, two := s.Records["msg_1"], s.Records["msg_2"]
		if len(s.Records) != 2 || one.Output != 300 || one.Session != "original" || one.SideChain || one.Agent != "" || one.Start.Hour() != 9 ||
			two.Output != 70 || two.Agent != "b" {
			t.Fatalf("in the order %v: %+v", names, s.Records)
		}
	}
}

// permute returns the next permutation in lexical order, or the first.
func permute(list []string) []string {
	list = slices.Clone(list)
	for i := len(list) - 2; i >= 0; i-- {
		if list[i] < list[i+1] {
			k := len(list) - 1
			for list[k] < list[i] {
				k--
			}
			list[i], list[k] = list[k], list[i]
			slices.Reverse(list[i+1:])
			return list
		}
	}
	slices.Reverse(list)
	return list
}

func TestJournalsAreNoConversations(t *testing.T) {
	home := t.TempDir()
	row := `{"timestamp":"2026-03-02T09:00:00Z","message":{"id":"ID","model":"m","usage":{"input_tokens":1}}}` + "\n"
	root := filepath.Join(home, ".claude/projects/p")
	write(t, filepath.Join(root, "s/subagents/workflows/w/journal.jsonl"), strings.Replace(row, "ID", "a", 1)+"{broken\n")
	write(t, filepath.Join(root, "journal.jsonl"), strings.Replace(row, "ID", "b", 1))
	var s sinktest.Sink
	r := s.Pull(t, claudecode.New(claudecode.Options{Home: home, Now: func() time.Time { return noon }}))
	if r.Files != 1 || len(s.Records) != 1 || len(s.Quarantined) != 0 {
		t.Errorf("%+v, %v, %v", r, s.Records, s.Quarantined)
	}
}

func TestRoots(t *testing.T) {
	slash := filepath.FromSlash
	for _, c := range []struct {
		name string
		env  map[string]string
		want []string
	}{
		{"nothing set", nil, []string{"/home/ann/.config/claude/projects", "/home/ann/.claude/projects"}},
		{"xdg", map[string]string{"XDG_CONFIG_HOME": "/cfg"}, []string{"/cfg/claude/projects", "/home/ann/.claude/projects"}},
		{"relative xdg is ignored", map[string]string{"XDG_CONFIG_HOME": "cfg"}, []string{"/home/ann/.config/claude/projects", "/home/ann/.claude/projects"}},
		{"one directory", map[string]string{"CLAUDE_CONFIG_DIR": "/work/claude", "XDG_CONFIG_HOME": "/cfg"}, []string{"/work/claude/projects"}},
		{"a list", map[string]string{"CLAUDE_CONFIG_DIR": " /a, /b/projects/ ,,~/c"}, []string{"/a/projects", "/b/projects", "/home/ann/c/projects"}},
		{"an empty list", map[string]string{"CLAUDE_CONFIG_DIR": " , "}, []string{"/home/ann/.config/claude/projects", "/home/ann/.claude/projects"}},
	} {
		src := claudecode.New(claudecode.Options{Home: slash("/home/ann"), Getenv: func(k string) string { return c.env[k] }})
		var want []string
		for _, p := range c.want {
			want = append(want, slash(p))
		}
		if got := src.Roots(); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", c.name, got, want)
		}
	}
	if got := claudecode.New(claudecode.Options{}).Roots(); len(got) != 0 {
		t.Errorf("without a home: %v", got)
	}
}

func TestPlaces(t *testing.T) {
	home := t.TempDir()
	write(t, filepath.Join(home, ".claude/projects/p/s.jsonl"), session(t))
	var s sinktest.Sink
	r := s.Pull(t, claudecode.New(claudecode.Options{Home: home, Now: func() time.Time { return noon }}))
	if len(r.Places) != 2 || r.Places[0].Found || !r.Places[1].Found || r.Places[1].Files != 1 || r.Places[1].Why != "default" {
		t.Errorf("%+v", r.Places)
	}
}
