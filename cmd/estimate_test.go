package cmd_test

import (
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// counted is what a stand-in for a provider was asked.
type counted struct {
	path, key, version string
	body               map[string]any
}

// countServer answers every count with one status and one text.
func countServer(t *testing.T, status int, answer string) (string, *[]counted) {
	t.Helper()
	var asked []counted
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := counted{path: r.URL.Path, key: r.Header.Get("x-api-key") + r.Header.Get("x-goog-api-key"), version: r.Header.Get("anthropic-version")}
		text, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(text, &c.body); err != nil || r.Method != http.MethodPost {
			t.Errorf("%s %s with %v", r.Method, r.URL, err)
		}
		asked = append(asked, c)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	return s.URL, &asked
}

const promptText = "Xq7secret: how much is this?"

func TestExactCounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		model, answer, path, body string
		roles                     []string
	}{
		{"claude-opus-5-5", `{"input_tokens":1234}`, "/v1/messages/count_tokens", `{"messages":[{"content":"` + promptText + `","role":"user"}],"model":"claude-opus-5-5"}`, nil},
		{"claude-opus-5-5", `{"input_tokens":1234}`, "/v1/messages/count_tokens",
			`{"messages":[{"content":"` + promptText + `","role":"user"}],"model":"claude-opus-5-5","system":"` + promptText + `"}`, []string{"system", "user"}},
		{"gemini-3.5-flash", `{"totalTokens":1234}`, "/v1beta/models/gemini-3.5-flash:countTokens", `{"contents":[{"parts":[{"text":"` + promptText + `"}],"role":"user"}]}`, nil},
		{"gemini-3.5-flash", `{"totalTokens":1234}`, "/v1beta/models/gemini-3.5-flash:countTokens",
			`{"contents":[{"parts":[{"text":"` + promptText + `"}],"role":"user"},{"parts":[{"text":"` + promptText + `"}],"role":"model"}]}`, []string{"user", "assistant"}},
	} {
		base, asked := countServer(t, 200, c.answer)
		m := newMachine(t)
		m.vars["COUNT_KEY"] = "sk-count-key-0123456789"
		path := m.put("prompt.txt", []byte(promptText))
		args := []string{"estimate", "--model", c.model, "--exact", "--yes", "--key", "env:COUNT_KEY", "--base-url", base, "--json", path}
		for i, role := range c.roles {
			args = append(args, "--role", role)
			if i > 0 {
				args = append(args, path)
			}
		}
		r := m.run(args...)
		r.ok()
		if !strings.Contains(r.stdout, `"tokens":{"low":1234,"high":1234,"point":1234,"exact":true,"method":"exact, counted by the provider"}`) {
			t.Errorf("%s", r.stdout)
		}
		if len(*asked) != 1 {
			t.Fatalf("asked %d times", len(*asked))
		}
		got := (*asked)[0]
		if body, _ := json.Marshal(got.body); got.path != c.path || got.key != "sk-count-key-0123456789" || string(body) != c.body {
			t.Errorf("asked %s with key %q: %s", got.path, got.key, body)
		}
		if strings.Contains(r.stdout+r.stderr, "sk-count") {
			t.Error("the key is shown")
		}
	}
}

// Nothing is sent before the person has agreed, and a refusal is told in words
// that repeat neither the prompt nor the key.
func TestExactCountsThatFail(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		status int
		answer string
		args   []string
		want   string
		asked  int
	}{
		{"no consent", 200, `{"input_tokens":1}`, nil, "add --yes to agree", 0},
		{"no key", 200, `{"input_tokens":1}`, []string{"--yes", "--key", "env:NOT_SET"}, "NOT_SET", 0},
		{"wrong key", 401, `{"error":{"type":"authentication_error","message":"` + promptText + `"}}`, []string{"--yes"}, "Anthropic refused to count (401 authentication_error)", 1},
		{"unknown model", 404, `{"error":{"type":"not_found_error"}}`, []string{"--yes"}, "does not know the model", 1},
		{"busy", 529, `overloaded`, []string{"--yes"}, "try again in a minute", 1},
		{"odd words", 400, `{"error":{"type":"` + promptText + `"}}`, []string{"--yes"}, "refused to count (400)", 1},
		{"no count", 200, `{"text":"` + promptText + `"}`, []string{"--yes"}, "an answer without a count", 1},
		{"no JSON", 200, promptText, []string{"--yes"}, "an answer without a count", 1},
		{"negative", 200, `{"input_tokens":-5}`, []string{"--yes"}, "an answer without a count", 1},
	} {
		base, asked := countServer(t, c.status, c.answer)
		m := newMachine(t)
		m.vars["ANTHROPIC_API_KEY"] = "sk-count-key-0123456789"
		args := append([]string{"estimate", "--model", "claude-opus-5-5", "--exact", "--base-url", base, m.put("prompt.txt", []byte(promptText))}, c.args...)
		r := m.run(args...)
		if r.status != 2 || !strings.Contains(r.stderr, c.want) || !strings.Contains(r.stderr, "tokpit: ") {
			t.Errorf("%s ends with %d: %s", c.name, r.status, r.stderr)
		}
		if out := r.stdout + r.stderr; strings.Contains(out, "Xq7secret") || strings.Contains(out, "sk-count") {
			t.Errorf("%s: the error repeats what was sent: %s", c.name, out)
		}
		if len(*asked) != c.asked {
			t.Errorf("%s: asked %d times, want %d", c.name, len(*asked), c.asked)
		}
	}
	base, _ := countServer(t, 200, `{}`)
	m := newMachine(t)
	m.vars["ANTHROPIC_API_KEY"] = "sk-count-key-0123456789"
	big := m.put("big.txt", []byte(strings.Repeat("a b ", 8<<20)))
	if r := m.run("estimate", "--model", "claude-opus-5-5", "--exact", "--yes", "--base-url", base, big); r.status != 2 || !strings.Contains(r.stderr, "more than a provider counts") {
		t.Errorf("%d: %s", r.status, r.stderr)
	}
}

// TestExactCountsNarrowLaterEstimates: numbers are remembered, and nothing else.
func TestExactCountsNarrowLaterEstimates(t *testing.T) {
	t.Parallel()
	base, _ := countServer(t, 200, `{"input_tokens":6000}`)
	m := newMachine(t)
	m.vars["ANTHROPIC_API_KEY"] = "sk-count-key-0123456789"
	path := m.put("prompt.txt", []byte(strings.Repeat("Xq7secret is how much? ", 1000)))
	estimate := func() string {
		out := m.run("estimate", "--model", "claude-opus-5-5", path).stdout
		_, line, _ := strings.Cut(out, "  tokens ")
		line, _, _ = strings.Cut(line, "\n")
		return line
	}
	before := estimate()
	for range 6 {
		r := m.run("estimate", "--model", "claude-opus-5-5", "--exact", "--yes", "--base-url", base, path)
		if r.ok(); !strings.Contains(r.stderr, "tokpit: anthropic counts 6,000 tokens; the estimate was ") {
			t.Errorf("%s", r.stderr)
		}
	}
	after := estimate()
	if before == after || !strings.Contains(after, "narrowed by your own requests") || strings.Contains(before, "narrowed") {
		t.Errorf("before %q, after %q", before, after)
	}
	file := filepath.Join(m.home, ".local", "share", "tokpit", "calibration.json")
	text, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(text), "Xq7") || strings.Count(string(text), `"actual": 6000`) != 6 {
		t.Errorf("%v: %s", err, text)
	}
	m.put(".local/share/tokpit/calibration.json", []byte(`{"schema":"tokpit.calibration/1","families":{"claude-4.7":[{"estimated":-1,"actual":99999999999999},{"estimated":0}]}}`))
	if got := estimate(); got != before {
		t.Errorf("a file of nonsense: %q", got)
	}
	m.put(".local/share/tokpit/calibration.json", []byte(`{"schema`))
	if got := estimate(); got != before {
		t.Errorf("a broken file: %q", got)
	}
}

// TestPromptsAreNeverKept: after every way of counting and estimating, also the
// ones that fail, no file of the program's holds any of the text.
func TestPromptsAreNeverKept(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	base, _ := countServer(t, 500, `{"error":{"type":"api_error","message":"`+promptText+`"}}`)
	m.vars["ANTHROPIC_API_KEY"] = "sk-count-key-0123456789"
	outside := t.TempDir()
	path := filepath.Join(outside, "prompt.txt")
	request := filepath.Join(outside, "request.json")
	for name, text := range map[string]string{path: promptText, request: `{"messages":[{"role":"user","content":"` + promptText + `"}, 17]}`} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m.put(".claude/projects/p/s.jsonl", []byte(`{"type":"assistant","cwd":"/w","sessionId":"s","timestamp":"2026-11-02T09:00:01.000Z","message":{"id":"msg_1","model":"claude-sonnet-4-6","usage":{"input_tokens":10,"output_tokens":10}}}`+"\n"))
	m.run("sync").ok()
	for _, args := range [][]string{
		{"count", path}, {"count", outside}, {"count", "--model", "claude-opus-5-5", path}, {"count", "--json", path},
		{"estimate", path}, {"estimate", path, "--output-tokens", "p90", "--calls", "9/day", "--json"}, {"estimate", "--messages", request}, {"estimate", "--messages", path},
		{"estimate", "--model", "gpt-5.4", "--max-cost", "0.000001", path}, {"estimate", "--model", "claude-opus-5-5", "--exact", "--yes", "--base-url", base, path},
		{"tokenizer", "add", "qwen", path}, {"estimate", "--images", path},
	} {
		r := m.run(args...)
		if strings.Contains(r.stdout+r.stderr, "Xq7secret") {
			t.Errorf("%q repeats the prompt: %s%s", args, r.stdout, r.stderr)
		}
	}
	for _, root := range []string{m.home, m.vars["TMPDIR"]} {
		err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			text, err := os.ReadFile(file)
			if strings.Contains(string(text), "Xq7secret") {
				t.Errorf("%s holds the prompt", file)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
