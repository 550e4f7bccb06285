package openai

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	openaisdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"tokpit/usage/internal/sinktest"
)

// sdk is OpenAI's own client of the same API. It shares nothing with ours but
// the question.
type sdk struct {
	org  openaisdk.AdminOrganizationService
	sent *recorder
}

// recorder passes requests on and remembers them.
type recorder struct {
	to   http.RoundTripper
	sent []*http.Request
}

func (r *recorder) RoundTrip(q *http.Request) (*http.Response, error) {
	r.sent = append(r.sent, q)
	return r.to.RoundTrip(q)
}

func newSDK(api http.RoundTripper) *sdk {
	sent := &recorder{to: api}
	return &sdk{sent: sent, org: openaisdk.NewAdminOrganizationService(option.WithBaseURL(DefaultBaseURL), option.WithAdminAPIKey(adminKey),
		option.WithHTTPClient(&http.Client{Transport: sent}), option.WithMaxRetries(0))}
}

// sdkKinds is what the SDK calls the kinds.
func sdkKinds() map[string]string {
	return map[string]string{"completions": "Completions", "costs": "Costs", "decisions": "Decisions", "embeddings": "Embeddings", "moderations": "Moderations",
		"images": "Images", "audio_speeches": "AudioSpeeches", "audio_transcriptions": "AudioTranscriptions", "vector_stores": "VectorStores",
		"code_interpreter_sessions": "CodeInterpreterSessions", "file_search_calls": "FileSearchCalls", "web_search_calls": "WebSearchCalls"}
}

// usage asks for a page of a kind. The SDK has a type of its own for every kind
// of question and answer, which differ in nothing but their names.
func (c *sdk) usage(ctx context.Context, kind string, q question) (any, error) {
	ask := reflect.ValueOf(&c.org.Usage).MethodByName(sdkKinds()[kind])
	params := reflect.New(ask.Type().In(1)).Elem()
	set := func(name string, v any) {
		field := params.FieldByName(name)
		field.Set(reflect.ValueOf(v).Convert(field.Type()))
	}
	set("StartTime", q.since.Unix())
	set("EndTime", openaisdk.Int(q.until.Unix()))
	set("BucketWidth", q.width)
	set("Limit", openaisdk.Int(q.limit))
	set("GroupBy", q.groupBy)
	if q.page != "" {
		set("Page", openaisdk.String(q.page))
	}
	out := ask.Call([]reflect.Value{reflect.ValueOf(ctx), params})
	err, _ := out[1].Interface().(error)
	return out[0].Interface(), err
}

// again asks what one of our requests asks.
func (c *sdk) again(ctx context.Context, r *http.Request) (any, error) {
	path := strings.TrimPrefix(r.URL.Path, "/v1/organization/")
	q := r.URL.Query()
	if kind := strings.TrimPrefix(path, "usage/"); sdkKinds()[kind] != "" {
		number := func(name string) int64 { n, _ := strconv.ParseInt(q.Get(name), 10, 64); return n }
		return c.usage(ctx, kind, question{since: time.Unix(number("start_time"), 0), until: time.Unix(number("end_time"), 0),
			width: q.Get("bucket_width"), limit: number("limit"), page: q.Get("page"), groupBy: q["group_by[]"]})
	}
	return c.directory(ctx, path, q.Get("after"))
}

func (c *sdk) directory(ctx context.Context, path, cursor string) (any, error) {
	limit := openaisdk.Int(100)
	after := openaisdk.String(cursor)
	if cursor == "" {
		after = openaisdk.AdminOrganizationUserListParams{}.After
	}
	org := &c.org
	switch path {
	case "projects":
		return org.Projects.List(ctx, openaisdk.AdminOrganizationProjectListParams{Limit: limit, After: after, IncludeArchived: openaisdk.Bool(true)})
	case "users":
		return org.Users.List(ctx, openaisdk.AdminOrganizationUserListParams{Limit: limit, After: after})
	case "admin_api_keys":
		return org.AdminAPIKeys.List(ctx, openaisdk.AdminOrganizationAdminAPIKeyListParams{Limit: limit, After: after})
	case "spend_limit":
		return org.SpendLimit.Get(ctx)
	case "spend_alerts":
		return org.SpendAlerts.List(ctx, openaisdk.AdminOrganizationSpendAlertListParams{Limit: limit, After: after})
	}
	of := strings.TrimPrefix(path, "projects/")
	id, what := of[:strings.LastIndex(of, "/")], of[strings.LastIndex(of, "/")+1:]
	switch what {
	case "api_keys":
		return org.Projects.APIKeys.List(ctx, id, openaisdk.AdminOrganizationProjectAPIKeyListParams{Limit: limit, After: after,
			OwnerProjectAccess: openaisdk.AdminOrganizationProjectAPIKeyListParamsOwnerProjectAccessAny})
	case "spend_limit":
		return org.Projects.SpendLimit.Get(ctx, id)
	case "spend_alerts":
		return org.Projects.SpendAlerts.List(ctx, id, openaisdk.AdminOrganizationProjectSpendAlertListParams{Limit: limit, After: after})
	}
	return nil, fmt.Errorf("the SDK is never asked for %s", path)
}

// line is all of a request that matters.
func line(r *http.Request) string {
	where := url.URL{Scheme: r.URL.Scheme, Host: r.URL.Host, Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.Query().Encode()}
	return r.Method + " " + where.String() + " " + r.Header.Get("Authorization")
}

// place is which of the endpoints a request is for.
func place(r *http.Request) string {
	parts := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/v1/organization/"), "/")
	if len(parts) == 3 {
		parts[1] = "*"
	}
	return strings.Join(parts, "/")
}

// Every request of a pull, and of a test, is the one that OpenAI's own client
// makes of the same question: of every kind, in every grain, on every page, and
// for whatever a project may be called. In short, of three days.
func TestTheSDKAsksTheSame(t *testing.T) {
	seen := map[string]int{}
	for _, grain := range Grains() {
		days := 9
		if testing.Short() {
			days = 3
		}
		api, _ := world(t, 40, 40, daysAgo(days), nil)
		api.perPage, api.names = 3, directory()
		for i, id := range []string{"a/b?c#d", "..", ".", "%2e%2e", "käse 1&2=3", "p.q", "a+b"} {
			before := fmt.Sprintf("projects?after=%d", i-1)
			if i == 0 {
				before = "projects?after=proj_b"
				api.names[strings.Replace(before, "proj_b", "proj_a", 1)] = `{"data":[{"id":"proj_b","name":"Old"}],"last_id":"proj_b","has_more":true}`
			}
			api.names[before] = fmt.Sprintf(`{"data":[{"id":%q,"name":"x"}],"last_id":"%d","has_more":%v}`, id, i, i < 6)
		}
		ours := &recorder{to: api}
		src := source(t, ours, daysAgo(days), func(o *Options) { o.Grain = grain })
		var sink sinktest.Sink
		sink.Pull(t, src)
		if err := src.Test(t.Context()); err != nil {
			t.Fatal(err)
		}
		theirs := newSDK(api)
		for i, r := range ours.sent {
			_, _ = theirs.again(t.Context(), r) // some are not there
			if len(theirs.sent.sent) != i+1 {
				t.Fatalf("the SDK makes no request like %s", line(r))
			}
			if got, want := line(r), line(theirs.sent.sent[i]); got != want {
				t.Errorf("we ask\n%s\nthe SDK asks\n%s", got, want)
			}
			seen[place(r)]++
		}
	}
	var missing []string
	for name := range sdkKinds() {
		missing = append(missing, strings.Replace("usage/"+name, "usage/costs", "costs", 1))
	}
	missing = append(missing, "projects", "users", "admin_api_keys", "spend_limit", "spend_alerts", "projects/*/api_keys", "projects/*/spend_limit", "projects/*/spend_alerts")
	missing = slices.DeleteFunc(missing, func(name string) bool { return seen[name] >= 3 })
	if len(missing) > 0 || len(seen) != 20 || len(kinds()) != len(sdkKinds()) {
		t.Errorf("not asked for: %v; asked for %v", missing, seen)
	}
}
