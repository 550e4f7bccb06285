package apilog

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/importer"
	"tokpit/usage/internal/sinktest"
)

// exchange is a recorded answer and where it came from.
type exchange struct{ url, body string }

// exchanges takes the answers out of a cassette: just as much YAML as they have.
func exchanges(t *testing.T, text string) (out []exchange) {
	t.Helper()
	lines, answer, url := strings.Split(text, "\n"), false, ""
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		switch {
		case line == "  request:":
			answer = false
		case line == "  response:":
			answer = true
		case strings.HasPrefix(line, "    url: "):
			url = line[len("    url: "):]
		case strings.HasPrefix(line, "    body: "):
			value := line[len("    body: "):]
			if strings.HasPrefix(value, "|") {
				var b strings.Builder
				for ; i+1 < len(lines) && (lines[i+1] == "" || strings.HasPrefix(lines[i+1], "      ")); i++ {
					b.WriteString(strings.TrimPrefix(lines[i+1], "      ") + "\n")
				}
				value = b.String()
			} else if q, err := strconv.Unquote(value); err == nil {
				value = q
			} else {
				value = strings.ReplaceAll(strings.Trim(value, "'"), "''", "'")
			}
			if answer {
				out = append(out, exchange{url, value})
			}
		}
	}
	return out
}

// TestRecordedAnswers: what providers really sent. Worked out by hand from the usage
// objects in the files, before anything was run.
func TestRecordedAnswers(t *testing.T) {
	want := map[string]struct {
		n        int64
		tokens   usage.Tokens
		provider string
		cost     string
	}{
		"TestAnthropicCommonWithCacheControl__claude-sonnet-4__simple":           {1, usage.Tokens{Input: 16, Output: 33}, "anthropic", ""},
		"TestAnthropicCommonWithCacheControl__claude-sonnet-4__simple_streaming": {1, usage.Tokens{Input: 16, Output: 43}, "anthropic", ""},
		"TestAnthropicCommon__claude-sonnet-4__tool_streaming":                   {2, usage.Tokens{Input: 394 + 476, Output: 67 + 46}, "anthropic", ""},
		"TestAzureCommon__azure-gpt-5-mini__simple_streaming":                    {1, usage.Tokens{Input: 19, Output: 76, Reasoning: 64}, "azure", ""},
		"TestBedrockCommon__bedrock-anthropic-claude-sonnet-4-5__simple":         {1, usage.Tokens{Input: 16, Output: 7}, "bedrock", ""},
		"TestGoogleCommon__gemini-2.5-flash__simple_streaming":                   {1, usage.Tokens{Input: 11, Output: 2 + 21, Reasoning: 21}, "google", ""},
		"TestOpenAICommon__openai-gpt-4o-mini__tool_streaming":                   {2, usage.Tokens{Input: 61 + 86, Output: 16 + 13}, "openai", ""},
		"TestOpenAICommon__openai-gpt-5__simple":                                 {1, usage.Tokens{Input: 19, Output: 139, Reasoning: 128}, "openai", ""},
		"TestOpenAICommon__openai-gpt-5__simple_streaming":                       {1, usage.Tokens{Input: 19, Output: 75, Reasoning: 64}, "openai", ""},
		// The total is 296 = 165 + 2 + 129: thinking stands beside the completion here.
		"TestOpenAICompatibleCommon__xai-grok-4-fast__simple_streaming": {1, usage.Tokens{Input: 1, CacheRead: 164, Output: 2 + 129, Reasoning: 129}, "xai", "0.0000739"},
		"TestOpenAIResponsesCommon__openai-gpt-5__simple":               {1, usage.Tokens{Input: 19, Output: 86, Reasoning: 64}, "openai", ""},
		"TestOpenAIResponsesCommon__openai-gpt-5__simple_streaming":     {1, usage.Tokens{Input: 19, Output: 118, Reasoning: 64}, "openai", ""},
		"TestOpenRouterCommon__anthropic__simple_streaming":             {1, usage.Tokens{Input: 16, Output: 18}, "openrouter", "0.000106"},
		"TestOpenRouterCommon__openai__simple":                          {1, usage.Tokens{Input: 19, Output: 7}, "openrouter", "0.00001255"},
	}
	files, err := filepath.Glob(filepath.Join(sinktest.Shared(t), "http_cassettes", "*.yaml"))
	if err != nil || len(files) != len(want) {
		t.Fatalf("%d cassettes, want %d (%v)", len(files), len(want), err)
	}
	at := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".yaml")
		w := want[name]
		var wrapped, raw bytes.Buffer
		for _, x := range exchanges(t, string(sinktest.Read(t, path))) {
			row, err := json.Marshal(map[string]any{"timestamp": at, "url": x.url, "response": map[string]any{"body": x.body}})
			if err != nil {
				t.Fatal(err)
			}
			wrapped.Write(append(row, '\n'))
			raw.WriteString(x.body + "\n")
		}
		for form, text := range map[string]*bytes.Buffer{"wrapped": &wrapped, "raw": &raw} {
			o := importer.Options{At: at}
			if form == "raw" && w.provider == "azure" {
				o.Provider = "azure" // the last chunk does not say
			}
			s, _ := read(t, bytes.NewReader(text.Bytes()), o)
			total := s.Total()
			if total.Tokens != w.tokens || total.Requests != w.n || len(s.Quarantined) != 0 {
				t.Errorf("%s, %s: %d requests %+v, want %d %+v; %v", name, form, total.Requests, total.Tokens, w.n, w.tokens, s.Quarantined)
			}
			cost := ""
			for _, c := range total.Reported {
				cost += c.Amount.String()
			}
			for _, r := range s.Records {
				if r.Provider != w.provider || r.Model == "" || r.Flags != 0 || cost != w.cost {
					t.Errorf("%s, %s: %s, want %s, %s", name, form, brief(r), w.provider, w.cost)
				}
			}
		}
	}
}
