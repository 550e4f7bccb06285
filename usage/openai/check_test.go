package openai

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tokpit/internal/clean"
	"tokpit/usage/internal/pull"
)

// Test tells in one line what is wrong with a set-up, and what to do.
func TestBrokenSetUps(t *testing.T) {
	errKey := errors.New("the environment has no OPENAI_ADMIN_KEY")
	says := func(status int, text string) func(*standin) {
		return func(s *standin) { s.fault = only("/completions", status, text) }
	}
	for name, c := range map[string]struct {
		key    string
		keyErr error
		api    func(*standin)
		skew   time.Duration
		want   string // in the message
		hint   string
	}{
		"no key":           {keyErr: errKey, want: "no OPENAI_ADMIN_KEY"},
		"an empty key":     {key: " \n", want: "the key is empty", hint: "sk-admin-"},
		"a project key":    {key: "sk-proj-abcdefghijkl", want: "this is a project key; an admin key starts with sk-admin-", hint: "platform.openai.com"},
		"an old key":       {key: "sk-abcdefghijkl", want: "this is a project key", hint: "Admin keys"},
		"another's key":    {key: "sk-ant-admin01-abcdefgh", want: "a key of Anthropic, not of OpenAI, and was not sent", hint: "sk-admin-"},
		"some text":        {key: "hunter2", want: "does not look like an admin key", hint: "sk-admin-"},
		"two lines":        {key: "sk-admin-abc\nsk-admin-def", want: "characters that no key has", hint: "exactly the key"},
		"a revoked key":    {key: "sk-admin-revoked12345", want: "revoked, expired, or not complete (401", hint: "make a new one"},
		"no permission":    {api: says(403, `{"error":{"message":"You have insufficient permissions for this operation. Missing scopes: api.usage.read.","type":"invalid_request_error","param":null,"code":null}}`), want: "may not read this (403", hint: "api.usage.read"},
		"a wrong address":  {api: says(404, `404 page not found`), want: "nothing at this address (404)", hint: "--base-url"},
		"a website":        {api: says(200, `<!doctype html><title>Welcome</title>`), want: "a web page, not JSON", hint: "--base-url"},
		"another API":      {api: says(200, `{"status":"ok"}`), want: "not a page of usage", hint: "https://api.openai.com/v1"},
		"not JSON":         {api: says(200, `hello`), want: "not JSON", hint: "--base-url"},
		"a rate limit":     {api: says(429, `{"error":{"message":"Rate limit reached for requests","type":"requests","param":null,"code":"rate_limit_exceeded"}}`), want: "Rate limit reached for requests (429, rate_limit_exceeded)", hint: "try again"},
		"no credit":        {api: says(429, `{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`), want: "quota is used up (429, insufficient_quota)", hint: "Billing"},
		"trouble at them":  {api: says(503, `upstream connect error`), want: "service unavailable (503)", hint: "try again later"},
		"a clock too late": {skew: 5 * time.Hour, want: "clock is 5h0m0s ahead of the provider's", hint: "set the clock"},
		"a clock too slow": {skew: -3 * time.Hour, want: "clock is 3h0m0s behind the provider's", hint: "set the clock"},
		"a redirect": {api: func(s *standin) {
			s.fault = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
				w.Header().Set("Location", "https://example.com/")
				w.WriteHeader(302)
				return true
			}
		}, want: "a redirect to example.com, where the key does not belong", hint: "--base-url"},
	} {
		t.Run(name, func(t *testing.T) {
			api := &standin{now: now}
			if c.api != nil {
				c.api(api)
			}
			src := source(t, api, daysAgo(5), func(o *Options) {
				o.Now = func() time.Time { return now().Add(c.skew) }
				o.Key = func(context.Context) (string, error) {
					if c.key == "" && c.keyErr == nil {
						return adminKey, nil
					}
					return c.key, c.keyErr
				}
			})
			complains(t, src, c.want, c.hint)
			if api.requests > 1 {
				t.Errorf("%d requests", api.requests)
			}
		})
	}
}

func complains(t *testing.T, src *Source, want, hint string) {
	t.Helper()
	err := src.Test(t.Context())
	advice := ""
	if e := pull.AsError(err); e != nil {
		advice = e.Hint()
	}
	text := fmt.Sprint(err)
	if err == nil || !strings.Contains(text, want) || !strings.Contains(advice, hint) {
		t.Fatalf("says %q, advises %q; want %q, %q", text, advice, want, hint)
	}
	if clean.Limit(text, 400) != text || strings.Contains(text, "c4n4ry") || hint != "" && advice == "" {
		t.Errorf("%q", text)
	}
}

// The network itself may be what is wrong.
func TestNobodyAnswers(t *testing.T) {
	quiet := func(s *httptest.Server) { s.Config.ErrorLog = log.New(io.Discard, "", 0) }
	stranger := httptest.NewUnstartedServer(http.NotFoundHandler())
	quiet(stranger)
	stranger.StartTLS()
	defer stranger.Close()
	dead := httptest.NewServer(nil)
	dead.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	silence := "http://" + silent.Addr().String()
	for base, c := range map[string][2]string{
		stranger.URL: {"no safe connection", "SSL_CERT_FILE"},
		strings.Replace(plain.URL, "http:", "https:", 1): {"no safe connection", "check the address"},
		dead.URL:             {"cannot be reached", "network"},
		silence:              {"no answer within", "network"},
		"http://example.com": {"not https", "https://"},
	} {
		src := source(t, nil, daysAgo(5), func(o *Options) { o.BaseURL = base })
		if base == silence { // the others answer, if the machine lets them
			src.patience = 300 * time.Millisecond
		}
		complains(t, src, c[0], c[1])
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	src := source(t, &standin{now: now}, daysAgo(5), nil)
	if err := src.Test(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestAWorkingSetUp(t *testing.T) {
	api := &standin{now: now}
	if err := source(t, api, daysAgo(5), nil).Test(t.Context()); err != nil || api.requests != 1 {
		t.Errorf("%d requests: %v", api.requests, err)
	}
}
