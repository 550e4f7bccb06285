package openai

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/pull"
	"tokpit/usage/internal/sinktest"
)

// prism passes requests on to a mock that checks them against OpenAI's own
// description of its API, and notes what it refuses.
type prism struct {
	dynamic bool // answers made up from the schema, not the examples
	asked   map[string]int
	refused []string
}

func (p *prism) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	q := r.URL.Query()
	if groups := q["group_by[]"]; groups != nil {
		// The description has the name without brackets and would let them pass.
		q["group_by"] = groups
		q.Del("group_by[]")
	}
	r.URL.RawQuery = q.Encode()
	if p.dynamic {
		r.Header.Set("Prefer", "dynamic=true")
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	p.asked[r.URL.Path]++
	if unknown := answer.StatusCode == 404 && r.URL.Path == "/organization/usage/decisions"; answer.StatusCode != 200 && !unknown || answer.Header.Get("Sl-Violations") != "" {
		p.refused = append(p.refused, fmt.Sprintf("%s: %d %s %s", r.URL, answer.StatusCode, answer.Header.Get("Sl-Violations"), body))
	}
	if q.Get("page") != "" || p.dynamic { // an example that ends nowhere
		body = regexp.MustCompile(`"has_more":\s*true`).ReplaceAll(body, []byte(`"has_more":false`))
	}
	answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return answer, nil
}

// TestPrism runs against a mock of OpenAI's description, whose address is in
// TOKPIT_PRISM: every request must be one that it knows, and its examples must
// come out right. See .ci/prism.
func TestPrism(t *testing.T) {
	base := os.Getenv("TOKPIT_PRISM")
	if base == "" {
		t.Skip("TOKPIT_PRISM is not set")
	}
	noon := time.Unix(1730419200, 0).UTC().Add(12 * time.Hour) // of the examples' day
	for _, grain := range Grains() {
		t.Run(grain, func(t *testing.T) {
			p := &prism{asked: map[string]int{}}
			src := source(t, p, noon, func(o *Options) {
				o.BaseURL, o.Grain, o.Now = base, grain, func() time.Time { return noon }
			})
			var sink sinktest.Sink
			report := sink.Pull(t, src)
			for _, r := range p.refused {
				t.Error(r)
			}
			got := sink.Total()
			if got.Tokens != (usage.Tokens{Input: 450 + 16 + 16, CacheRead: 350, CacheWrite5m: 100, Output: 400}) || got.Requests != 5+2+2+2+1+1 || fmt.Sprint(got.Reported) != "[{USD 0.06 1}]" {
				t.Errorf("total %+v", got)
			}
			if want := "[{audio_cache_read 50} {audio_input 50} {audio_output 50} {audio_seconds 20} {characters 45} {code_interpreter_sessions 1} {file_search 2} {image_output 50} {images 2} {vector_store_kib_days 1} {web_search 2}]"; fmt.Sprint(got.Quantities) != want {
				t.Errorf("quantities %v", got.Quantities)
			}
			if len(sink.Quarantined) != 0 || len(report.Places) != 1 || report.Places[0].Path != "decisions" {
				t.Errorf("%v, %+v", sink.Quarantined, report.Places)
			}
			if sink.Entities[usage.ByProject]["proj_abc"].Name != "Project example" || sink.Entities[usage.ByUser]["user_abc"].Name != "First Last" ||
				len(sink.Entities[usage.ByKey]) != 1 || len(sink.Standing.Limits) != 4 || sink.Standing.Limits[0].Amount.String() != "100" {
				t.Errorf("%+v, %+v", sink.Entities, sink.Standing)
			}
			if len(p.asked) != 12+1+8-1 || p.asked["/organization/usage/completions"] != 2 {
				t.Errorf("asked %v", p.asked)
			}
			if err := src.Test(t.Context()); err != nil && pull.AsError(err).Code != CodeClock {
				t.Error(err)
			}
		})
	}
	// Whatever else fits the description is read, or refused in words.
	t.Run("dynamic", func(t *testing.T) {
		p := &prism{dynamic: true, asked: map[string]int{}}
		for range 10 {
			src := source(t, p, noon, func(o *Options) {
				o.BaseURL, o.Grain, o.Now = base, "1d", func() time.Time { return noon }
			})
			var sink sinktest.Sink
			if _, err := src.Pull(t.Context(), nil, sink.Apply); err != nil && pull.AsError(err) == nil {
				t.Error(err)
			}
			for _, q := range sink.Quarantined {
				if strings.ContainsAny(q.Reason, "\x1b\n") || !slices.ContainsFunc([]string{"bucket", "result", "negative", "number", "implausible", "currency"}, func(s string) bool { return strings.Contains(q.Reason, s) }) {
					t.Errorf("%+v", q)
				}
			}
		}
		invalid := slices.DeleteFunc(p.refused, func(s string) bool { return !strings.Contains(s, ": 422 ") && !strings.Contains(s, ": 401 ") })
		if len(invalid) > 0 {
			t.Error(invalid)
		}
	})
}
