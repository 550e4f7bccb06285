package openai

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/pull"
	"tokpit/usage/internal/sinktest"
)

// only answers for one path, with a status and a text.
func only(path string, status int, text string) func(int, http.ResponseWriter, *http.Request) bool {
	return func(_ int, w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, path) {
			return false
		}
		w.WriteHeader(status)
		io.WriteString(w, text)
		return true
	}
}

// A kind that is not there, or not for this key, is left out with a note.
func TestKindsThatAreNotThere(t *testing.T) {
	since := daysAgo(5)
	for status, why := range map[int]string{404: "not offered to this organization", 403: "not permitted"} {
		api, src := world(t, 20, 40, since, nil)
		api.fault = only("/images", status, `{"error":{"message":"no"}}`)
		var sink sinktest.Sink
		report := sink.Pull(t, src)
		api.events["images"] = nil
		api.holds(t, &sink, "1h", since)
		i := slices.IndexFunc(report.Places, func(p usage.Place) bool { return p.Path == "images" })
		if i < 0 || report.Places[i].Why != why || (report.Places[i].Err != nil) != (status == 403) {
			t.Errorf("%d: %+v", status, report.Places)
		}
	}
	// Without completions there is nothing to go on with.
	for _, status := range []int{403, 404} {
		api, src := world(t, 20, 40, since, nil)
		api.fault = only("/completions", status, `{"error":{"message":"no"}}`)
		var sink sinktest.Sink
		_, err := src.Pull(t.Context(), nil, sink.Apply)
		if e := pull.AsError(err); e == nil || e.Status != status || e.Hint() == "" {
			t.Errorf("%d: %v", status, err)
		}
		if len(sink.Covered) != 1 || sink.Covered[0].Basis != usage.Billed {
			t.Errorf("%d: covered %+v", status, sink.Covered)
		}
	}
}

// A kind that fails leaves the others standing, and the failure is told.
func TestOneKindFails(t *testing.T) {
	since := daysAgo(5)
	api, src := world(t, 21, 40, since, nil)
	api.fault = only("/costs", 500, `{"error":{"message":"The server had an error"}}`)
	var sink sinktest.Sink
	_, err := src.Pull(t.Context(), nil, sink.Apply)
	if e := pull.AsError(err); e == nil || e.Status != 500 || !strings.HasPrefix(err.Error(), "costs: ") {
		t.Fatalf("%v", err)
	}
	bills := api.events["costs"]
	api.events["costs"] = nil
	api.holds(t, &sink, "1h", since)
	api.events["costs"], api.fault = bills, nil
	sink.Pull(t, src)
	api.holds(t, &sink, "1h", since)
	// If everything fails it is given up early.
	api, src = world(t, 21, 40, since, nil)
	api.fault = func(_ int, w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(502); return true }
	if _, err := src.Pull(t.Context(), nil, sink.Apply); pull.AsError(err) == nil || api.requests != 2*int(pull.DefaultMaxTries) {
		t.Errorf("%d requests: %v", api.requests, err)
	}
	for status, want := range map[int]int{401: 1, 429: int(pull.DefaultMaxTries)} {
		api, src = world(t, 21, 40, since, nil)
		api.fault = func(_ int, w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(status); return true }
		if _, err := src.Pull(t.Context(), nil, sink.Apply); pull.AsError(err) == nil || api.requests != want {
			t.Errorf("%d: %d requests: %v", status, api.requests, err)
		}
	}
}

// Buckets and rows that cannot be are named, once, and forgotten when they are
// mended; what is around them counts.
func TestWhatCannotBeIsQuarantined(t *testing.T) {
	since := daysAgo(1)
	api := &standin{events: map[string][]event{}, now: now}
	src := source(t, api, since, func(o *Options) { o.Grain = "1d" })
	good := `{"object":"organization.usage.completions.result","input_tokens":10,"output_tokens":1,"num_model_requests":1,"model":"m"}`
	row := func(start any, results string) string {
		return fmt.Sprintf(`{"object":"bucket","start_time":%v,"end_time":0,"results":[%s]}`, start, results)
	}
	day := daysAgo(1).Unix()
	page := []string{
		row(0, good), row("null", good), row(`"soon"`, good), row(day+400*86400, good), row(day-86400, good), row(day+3600, good), row(day-86400, ""),
		row(day, good+`,{"input_tokens":-1,"model":"bad"},7,`+strings.Replace(good, `"m"`, `"n"`, 1)), row(fmt.Sprintf(`"%d"`, day+86400), good),
	}
	api.fault = func(_ int, w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/completions") {
			fmt.Fprintf(w, `{"object":"page","data":[%s],"has_more":false,"next_page":null}`, strings.Join(page, ","))
			return true
		}
		return false
	}
	var sink sinktest.Sink
	for range 2 {
		sink.Pull(t, src)
		if got := sink.Total(); got.Requests != 3 || got.Input != 30 {
			t.Fatalf("%+v", got)
		}
		reasons := strings.Join(sink.Reasons(), "\n")
		if len(sink.Quarantined) != 8 || !strings.Contains(reasons, "begins at 2027-12-25T00:00Z, outside") || !strings.Contains(reasons, "begins at \"0\", with 1 rows") ||
			!strings.Contains(reasons, "bucket of 1d that begins at 2026-11-20T01:00:00Z") || !strings.Contains(reasons, "negative") || !strings.Contains(reasons, "not a result") {
			t.Fatalf("%d: %s", len(sink.Quarantined), reasons)
		}
	}
	page = page[len(page)-1:]
	sink.Pull(t, src)
	if len(sink.Quarantined) != 0 || sink.Total().Requests != 1 {
		t.Errorf("mended: %v, %+v", sink.Quarantined, sink.Total())
	}
}

// An answer that says nothing is not the news that nothing was used.
func TestAnAnswerThatSaysNothing(t *testing.T) {
	since := daysAgo(5)
	api, src := world(t, 22, 40, since, nil)
	var sink sinktest.Sink
	sink.Pull(t, src)
	for _, text := range []string{`{}`, `{"object":"list","data":null}`, `[]`, `"ok"`, `{"data":{"a":1}}`, `null`} {
		api.fault = only("/completions", 200, text)
		if _, err := src.Pull(t.Context(), sink.Cursors, sink.Apply); pull.AsError(err) == nil || pull.AsError(err).Code != pull.CodeShape {
			t.Errorf("%s: %v", text, err)
		}
		api.holds(t, &sink, "1h", since)
	}
}

// OpenAI tells costs by key since an instant; before it, or wherever it
// refuses, they are read without.
func TestCostsByKey(t *testing.T) {
	clock := time.Date(2025, 12, 20, 12, 0, 0, 0, time.UTC)
	since := time.Date(2025, 11, 10, 0, 0, 0, 0, time.UTC)
	bill := func(at time.Time, key any, amount string) event {
		return event{at: at, amount: amount, dims: map[string]any{"line_item": "x", "project_id": "p", "api_key_id": key}}
	}
	before, after := time.Date(2025, 12, 5, 1, 0, 0, 0, time.UTC), time.Date(2025, 12, 6, 0, 0, 0, 0, time.UTC)
	for _, always := range []bool{false, true} {
		api := &standin{now: func() time.Time { return clock }, events: map[string][]event{
			"costs": {bill(before, "k1", "1.5"), bill(before, "k2", "2"), bill(after, "k1", "4"), bill(after, "k2", "8")}}}
		if always {
			api.fault = func(_ int, w http.ResponseWriter, r *http.Request) bool {
				if strings.HasSuffix(r.URL.Path, "/costs") && strings.Contains(r.URL.RawQuery, byKey) {
					refuse(w, 400, "invalid_value", "api_key_id is not supported")
					return true
				}
				return false
			}
		}
		src := source(t, api, since, func(o *Options) { o.Now = func() time.Time { return clock } })
		var sink sinktest.Sink
		sink.Pull(t, src)
		got := map[string]string{}
		for _, r := range sink.Records {
			got[r.Start.Format("0102 ")+r.Key] = r.Reported.String()
		}
		want := map[string]string{"1205 ": "3.5", "1206 k1": "4", "1206 k2": "8"}
		if always {
			want = map[string]string{"1205 ": "3.5", "1206 ": "12"}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("refused %v: %v", always, got)
		}
	}
}

// A page that is too large is asked for again in parts.
func TestPagesThatAreTooLarge(t *testing.T) {
	since := daysAgo(6)
	api, src := world(t, 23, 200, since, nil)
	large := strings.Repeat(" ", maxBody+1)
	refused := 0
	api.fault = func(_ int, w http.ResponseWriter, r *http.Request) bool {
		limit := r.URL.Query().Get("limit")
		if !strings.HasSuffix(r.URL.Path, "/completions") || len(limit) < 2 {
			return false
		}
		refused++
		io.WriteString(w, large)
		return true
	}
	var sink sinktest.Sink
	sink.Pull(t, src)
	api.holds(t, &sink, "1h", since)
	if refused != 2 { // three days of 72, 18, then 4 for good
		t.Errorf("%d pages were too large", refused)
	}
}

// Nothing around the program decides what is asked, and nothing of it is told.
func TestTheEnvironmentDoesNotMatter(t *testing.T) {
	for name, value := range map[string]string{"OPENAI_BASE_URL": "https://example.com/v1", "OPENAI_ADMIN_KEY": "sk-admin-other", "OPENAI_API_KEY": "sk-proj-other",
		"OPENAI_ORG_ID": "org-other", "OPENAI_PROJECT_ID": "proj-other", "OPENAI_CUSTOM_HEADERS": "X-Other: yes", "HTTPS_PROXY": "http://127.0.0.1:1"} {
		t.Setenv(name, value)
	}
	since := daysAgo(2)
	api, src := world(t, 24, 20, since, func(o *Options) { o.UserAgent = "tokpit/test" })
	api.fault = func(_ int, w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Host != "api.openai.com" || r.Header.Get("Authorization") != "Bearer "+adminKey || r.UserAgent() != "tokpit/test" {
			t.Errorf("%s %v", r.URL, r.Header)
		}
		for name := range r.Header {
			if !slices.Contains([]string{"Authorization", "User-Agent", "Accept", "Content-Type"}, name) {
				t.Errorf("header %s: %v", name, r.Header[name])
			}
		}
		return false
	}
	var sink sinktest.Sink
	sink.Pull(t, src)
	api.holds(t, &sink, "1h", since)
}

// The key is in no error, whatever the provider says.
func TestTheKeyIsInNoError(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 429, 500} {
		api, src := world(t, 25, 5, daysAgo(1), nil)
		api.fault = func(_ int, w http.ResponseWriter, r *http.Request) bool {
			refuse(w, status, "x", "you sent "+r.Header.Get("Authorization")+" "+adminKey)
			return true
		}
		report, err := src.Pull(t.Context(), nil, (&sinktest.Sink{}).Apply)
		for _, err := range []error{err, src.Test(t.Context())} {
			if text := fmt.Sprintf("%v %+v %#v %s %+v", err, err, pull.AsError(err), pull.AsError(err).Hint(), report); err == nil || strings.Contains(text, "c4n4ry") {
				t.Errorf("%d: %s", status, text)
			}
		}
	}
	want := errors.New("no key there")
	src := source(t, &standin{now: now}, daysAgo(1), func(o *Options) { o.Key = func(context.Context) (string, error) { return "", want } })
	if _, err := src.Pull(t.Context(), nil, nil); !errors.Is(err, want) {
		t.Errorf("%v", err)
	}
}

func TestProgress(t *testing.T) {
	var steps []int64
	total := int64(0)
	_, src := world(t, 26, 5, daysAgo(30), func(o *Options) {
		o.Progress = func(done, all int64) { steps, total = append(steps, done), all }
	})
	var sink sinktest.Sink
	sink.Pull(t, src)
	if len(steps) == 0 || steps[len(steps)-1] != total || !slices.IsSorted(steps) || total < 12 {
		t.Errorf("%v of %d", steps, total)
	}
}

func TestOptions(t *testing.T) {
	key := func(context.Context) (string, error) { return adminKey, nil }
	for name, opt := range map[string]Options{"no name": {Key: key}, "no key": {Name: "a"}, "a grain": {Name: "a", Key: key, Grain: "15m"}} {
		if _, err := New(opt); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	s, err := New(Options{Name: "a", Key: key, BaseURL: "http://example.com"})
	if err != nil || s.Name() != "a" || s.opt.Account != "a" || s.opt.Grain != "1h" {
		t.Fatalf("%+v, %v", s, err)
	}
	if err := s.Test(t.Context()); pull.AsError(err) == nil || pull.AsError(err).Code != pull.CodeRefused {
		t.Errorf("http: %v", err)
	}
}
