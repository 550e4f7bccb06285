package pull

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

const canary = "sk-admin-c4n4ry0123456789abcdef"

func clock() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

// naps records how long a client wanted to sleep.
type naps []time.Duration

func (n *naps) sleep(ctx context.Context, d time.Duration) error {
	*n = append(*n, d)
	return ctx.Err()
}

func authorize(_ context.Context, h http.Header) error {
	h.Set("Authorization", "Bearer "+canary)
	return nil
}

// client asks a server that handles the n-th request (from 1) with f.
func client(t *testing.T, opt Options, f func(n int, w http.ResponseWriter, r *http.Request)) (*Client, *naps, *int) {
	t.Helper()
	requests := new(int)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*requests++
		f(*requests, w, r)
	}))
	t.Cleanup(s.Close)
	n := &naps{}
	opt.Base, opt.Sleep, opt.Now = s.URL+"/v1", n.sleep, clock
	if opt.Authorize == nil {
		opt.Authorize = authorize
	}
	c, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, n, requests
}

type doc struct{ Value int }

func TestGet(t *testing.T) {
	c, n, _ := client(t, Options{UserAgent: "tokpit/1"}, func(_ int, w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+canary || r.UserAgent() != "tokpit/1" || r.URL.Path != "/v1/organization/usage" {
			t.Errorf("asked %s with %v", r.URL, r.Header)
		}
		fmt.Fprintf(w, `{"value":%s,"more":"is ignored"}`, r.URL.Query().Get("page"))
	})
	var out doc
	if err := c.Get(t.Context(), "/organization/usage", map[string][]string{"page": {"7"}}, &out); err != nil || out.Value != 7 {
		t.Errorf("%+v, %v", out, err)
	}
	var free map[string]any
	if err := c.Get(t.Context(), "organization/usage", map[string][]string{"page": {"12345678901234567890"}}, &free); err != nil || fmt.Sprint(free["value"]) != "12345678901234567890" {
		t.Errorf("%v, %v", free, err)
	}
	if len(*n) != 0 {
		t.Errorf("slept %v", *n)
	}
}

// What passes is asked for again, with waits that grow.
func TestFailuresThatPass(t *testing.T) {
	cut := func(w http.ResponseWriter) { // an answer that breaks off
		w.Header().Set("Content-Length", "1000")
		io.WriteString(w, `{"value":`)
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	for name, fail := range map[string]func(http.ResponseWriter){
		"500":               func(w http.ResponseWriter) { w.WriteHeader(500) },
		"529":               func(w http.ResponseWriter) { w.WriteHeader(529) },
		"429":               func(w http.ResponseWriter) { w.WriteHeader(429) },
		"408":               func(w http.ResponseWriter) { w.WriteHeader(408) },
		"mid-body":          cut,
		"before the answer": func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
		"cut, unnoticed":    func(w http.ResponseWriter) { io.WriteString(w, `{"value":`) },
		"empty":             func(w http.ResponseWriter) { w.WriteHeader(200) },
		"x-should-retry":    func(w http.ResponseWriter) { w.Header().Set("X-Should-Retry", "true"); w.WriteHeader(400) },
	} {
		t.Run(name, func(t *testing.T) {
			c, n, requests := client(t, Options{}, func(n int, w http.ResponseWriter, _ *http.Request) {
				if n < 4 {
					fail(w)
					return
				}
				io.WriteString(w, `{"value":1}`)
			})
			var out doc
			if err := c.Get(t.Context(), "x", nil, &out); err != nil || out.Value != 1 || *requests != 4 {
				t.Fatalf("%+v after %d requests: %v", out, *requests, err)
			}
			for i, base := range []time.Duration{500, 1000, 2000} { // ± half
				if d := (*n)[i] / time.Millisecond; d < base/2 || d > base*3/2+1 {
					t.Errorf("wait %d is %v", i, (*n)[i])
				}
			}
		})
	}
}

// What does not pass is not asked for again.
func TestFailuresThatStay(t *testing.T) {
	html := func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<!doctype html>")
	}
	for name, want := range map[string]struct {
		fail func(http.ResponseWriter)
		code string
		hint string
	}{
		"401":            {func(w http.ResponseWriter) { w.WriteHeader(401) }, "", "not accepted"},
		"403":            {func(w http.ResponseWriter) { w.WriteHeader(403) }, "", "administrator"},
		"404":            {func(w http.ResponseWriter) { w.WriteHeader(404) }, "", "--base-url"},
		"501":            {func(w http.ResponseWriter) { w.WriteHeader(501) }, "", ""},
		"a web page":     {html, CodeNotJSON, "--base-url"},
		"another shape":  {func(w http.ResponseWriter) { io.WriteString(w, `{"value":"x"}`) }, CodeShape, "--base-url"},
		"x-should-retry": {func(w http.ResponseWriter) { w.Header().Set("X-Should-Retry", "false"); w.WriteHeader(429) }, "", ""},
		"too large":      {func(w http.ResponseWriter) { fmt.Fprintf(w, `{"value":"%01000d"}`, 0) }, CodeTooLarge, ""},
		"away": {func(w http.ResponseWriter) {
			w.Header().Set("Location", "https://example.com/")
			w.WriteHeader(302)
		}, CodeRefused, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c, n, requests := client(t, Options{MaxBody: 500}, func(_ int, w http.ResponseWriter, _ *http.Request) { want.fail(w) })
			err := c.Get(t.Context(), "x", nil, new(doc))
			e := AsError(err)
			if e == nil || e.Code != want.code || !strings.Contains(e.Hint(), want.hint) || *requests != 1 || len(*n) != 0 {
				t.Fatalf("%d requests, %v: %+v", *requests, *n, err)
			}
			if strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "127.0.0.1:") {
				t.Errorf("%q", err)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	for name, c := range map[string]struct {
		headers map[string]string
		want    time.Duration
	}{
		"seconds":        {map[string]string{"Retry-After": "7"}, 7 * time.Second},
		"fraction":       {map[string]string{"Retry-After": "1.5"}, 1500 * time.Millisecond},
		"milliseconds":   {map[string]string{"Retry-After-Ms": "250", "Retry-After": "7"}, 250 * time.Millisecond},
		"date":           {map[string]string{"Retry-After": "Sat, 21 Nov 2026 12:00:30 GMT", "Date": ""}, 30 * time.Second},
		"date, skewed":   {map[string]string{"Retry-After": "Sat, 21 Nov 2026 09:00:30 GMT", "Date": "Sat, 21 Nov 2026 09:00:00 GMT"}, 30 * time.Second},
		"date that went": {map[string]string{"Retry-After": "Sat, 21 Nov 2026 11:00:30 GMT", "Date": ""}, 0},
		"nonsense":       {map[string]string{"Retry-After": "soon"}, 0},
		"negative":       {map[string]string{"Retry-After": "-5"}, 0},
		"not a number":   {map[string]string{"Retry-After": "NaN"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			cl, n, _ := client(t, Options{}, func(n int, w http.ResponseWriter, _ *http.Request) {
				if n > 1 {
					io.WriteString(w, `{}`)
					return
				}
				for k, v := range c.headers {
					if w.Header().Set(k, v); v == "" {
						w.Header()[k] = nil
					}
				}
				w.WriteHeader(429)
			})
			if err := cl.Get(t.Context(), "x", nil, new(doc)); err != nil || len(*n) != 1 {
				t.Fatalf("%v, slept %v", err, *n)
			}
			if got := (*n)[0]; c.want > 0 && got != c.want || c.want == 0 && got > time.Second {
				t.Errorf("slept %v, want %v", got, c.want)
			}
		})
	}
}

// A server that wants to be left alone for long is, and the person is told
// until when.
func TestTooLongAWait(t *testing.T) {
	for _, after := range []string{"7200", "1e300"} {
		c, n, requests := client(t, Options{}, func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", after)
			w.WriteHeader(429)
		})
		e := AsError(c.Get(t.Context(), "x", nil, new(doc)))
		if e == nil || *requests != 1 || len(*n) != 0 || e.RetryAt.Before(clock().Add(2*time.Hour)) {
			t.Fatalf("%s: %d requests, %v: %+v", after, *requests, *n, e)
		}
		if after == "7200" && !strings.Contains(e.Hint(), "after 2026-11-21 14:00 UTC") {
			t.Errorf("hint %q", e.Hint())
		}
	}
	// Many short waits add up.
	c, n, requests := client(t, Options{MaxElapsed: 10 * time.Second}, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "4")
		w.WriteHeader(503)
	})
	if err := c.Get(t.Context(), "x", nil, new(doc)); err == nil || *requests != 3 || len(*n) != 2 {
		t.Errorf("%d requests, slept %v: %v", *requests, *n, err)
	}
}

func TestTriesAreBounded(t *testing.T) {
	var told []time.Duration
	c, n, requests := client(t, Options{MaxTries: 3, OnWait: func(err error, d time.Duration) { told = append(told, d) }},
		func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) })
	err := c.Get(t.Context(), "x", nil, new(doc))
	if *requests != 3 || len(*n) != 2 || len(told) != 2 || !strings.Contains(err.Error(), "502, 3 attempts") {
		t.Errorf("%d requests, slept %v, told %v: %v", *requests, *n, told, err)
	}
}

func TestExplainDecides(t *testing.T) {
	explain := func(status int, _ http.Header, body []byte) error {
		said := Parse(body)
		if said.Code == "insufficient_quota" {
			return &Error{Code: said.Code, Message: "no credit", Advice: "buy some", Final: true}
		}
		return nil
	}
	c, _, requests := client(t, Options{Explain: explain}, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(429)
		io.WriteString(w, `{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`)
	})
	e := AsError(c.Get(t.Context(), "x", nil, new(doc)))
	if e == nil || e.Status != 429 || e.Hint() != "buy some" || *requests != 1 {
		t.Errorf("%d requests: %+v", *requests, e)
	}
}

func TestTheEndOfTheContextEndsIt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c, _, requests := client(t, Options{}, func(_ int, w http.ResponseWriter, _ *http.Request) {
		cancel()
		w.WriteHeader(503)
	})
	if err := c.Get(ctx, "x", nil, new(doc)); !errors.Is(err, context.Canceled) || *requests != 1 {
		t.Errorf("%d requests: %v", *requests, err)
	}
	// Also while it sleeps.
	cause := errors.New("enough")
	ctx2, cancel2 := context.WithCancelCause(t.Context())
	c, _, requests = client(t, Options{OnWait: func(error, time.Duration) { cancel2(cause) }}, func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
	if err := c.Get(ctx2, "x", nil, new(doc)); !errors.Is(err, context.Canceled) && !errors.Is(err, cause) || *requests != 1 {
		t.Errorf("%d requests: %v", *requests, err)
	}
}

func TestHosts(t *testing.T) {
	dead := httptest.NewServer(nil)
	dead.Close()
	stranger := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	stranger.Config.ErrorLog = log.New(io.Discard, "", 0)
	stranger.StartTLS()
	defer stranger.Close()
	plainly := httptest.NewServer(http.NotFoundHandler())
	defer plainly.Close()
	for base, code := range map[string]string{
		"http://example.com":          CodeRefused,
		"https://user:pw@example.com": CodeRefused,
		"ftp://example.com":           CodeRefused,
		"":                            CodeRefused,
		dead.URL:                      CodeUnreachable,
		stranger.URL:                  CodeTLS,
		strings.Replace(plainly.URL, "http:", "https:", 1): CodeTLS,
		"https://nowhere.invalid":                          CodeUnknownHost,
	} {
		n := &naps{}
		c, err := New(Options{Base: base, Sleep: n.sleep, MaxTries: 2})
		if err == nil {
			err = c.Get(t.Context(), "x", nil, new(doc))
		}
		e := AsError(err)
		if e == nil || e.Code != code && !(code == CodeUnknownHost && e.Code == CodeUnreachable) || e.Hint() == "" {
			t.Errorf("%s: %v", base, err)
		}
	}
}

// A wrong clock makes every certificate look expired; the hint says so.
func TestAClockThatIsFarOff(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	transport := s.Client().Transport.(*http.Transport).Clone()
	transport.TLSClientConfig.Time = func() time.Time { return time.Now().AddDate(200, 0, 0) }
	c, err := New(Options{Base: s.URL, Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	if e := AsError(c.Get(t.Context(), "x", nil, new(doc))); e == nil || e.Code != CodeTLS || !strings.Contains(e.Hint(), "clock") {
		t.Errorf("%v", e)
	}
}

// Neither a server that echoes the key nor a broken key shows it.
func TestTheKeyIsNeverShown(t *testing.T) {
	body := `{"error":{"message":"Incorrect API key provided: ` + canary + ` for sk-proj-****************abcd at\n\u001b[2J","code":"` + canary + `"}}`
	c, _, _ := client(t, Options{}, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(401)
		io.WriteString(w, body)
	})
	err := c.Get(t.Context(), "x", nil, new(doc))
	if text := fmt.Sprintf("%v %s", err, AsError(err).Hint()); strings.Contains(text, "c4n4ry") || strings.Contains(text, "abcd") ||
		strings.ContainsAny(text, "\n\x1b") || !strings.Contains(text, "Incorrect API key provided: *** for ***") {
		t.Errorf("%q", text)
	}
	broken := func(_ context.Context, h http.Header) error {
		h.Set("X-Api-Key", canary+"\n")
		return nil
	}
	c, _, requests := client(t, Options{Authorize: broken}, func(int, http.ResponseWriter, *http.Request) {})
	if e := AsError(c.Get(t.Context(), "x", nil, new(doc))); e == nil || e.Code != CodeKey || *requests != 0 || strings.Contains(fmt.Sprint(e, e.Hint()), "c4n4ry") {
		t.Errorf("%d requests: %v", *requests, e)
	}
	want := errors.New("no key")
	c, _, requests = client(t, Options{Authorize: func(context.Context, http.Header) error { return want }}, func(int, http.ResponseWriter, *http.Request) {})
	if err := c.Get(t.Context(), "x", nil, new(doc)); !errors.Is(err, want) || *requests != 0 {
		t.Errorf("%d requests: %v", *requests, err)
	}
}

func TestRateIsLimited(t *testing.T) {
	c, n, requests := client(t, Options{Rate: rate.Every(time.Hour), Burst: 2}, func(_ int, w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{}`) })
	for range 4 {
		if err := c.Get(t.Context(), "x", nil, new(doc)); err != nil {
			t.Fatal(err)
		}
	}
	if *requests != 4 || len(*n) != 2 || (*n)[0] < 59*time.Minute || (*n)[1] < 119*time.Minute {
		t.Errorf("%d requests, slept %v", *requests, *n)
	}
}

// The header of an answer is there for who wants to compare clocks.
func TestGetHeader(t *testing.T) {
	c, _, _ := client(t, Options{}, func(_ int, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", "Sat, 21 Nov 2026 12:30:00 GMT")
		if r.URL.Path == "/v1/bad" {
			w.WriteHeader(403)
		}
		io.WriteString(w, `{"value":3}`)
	})
	var out struct{ Value int }
	if h, err := c.GetHeader(t.Context(), "x", nil, &out); err != nil || h.Get("Date") == "" || out.Value != 3 {
		t.Errorf("%v, %+v, %v", h, out, err)
	}
	if h, err := c.GetHeader(t.Context(), "bad", nil, &out); h != nil || AsError(err) == nil || AsError(err).Status != 403 {
		t.Errorf("%v, %v", h, err)
	}
}

// JSON of another kind is told in words, without the names of our types.
func TestMisshapen(t *testing.T) {
	c, _, _ := client(t, Options{}, func(_ int, w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, map[string]string{"/v1/list": `[]`, "/v1/field": `{"data":{"rows":7}}`}[r.URL.Path])
	})
	for path, want := range map[string]string{"list": "but JSON of another kind (array)", "field": "its data.rows is of another kind (number)"} {
		var out struct {
			Data struct {
				Rows []int `json:"rows"`
			} `json:"data"`
		}
		err := c.Get(t.Context(), path, nil, &out)
		if e := AsError(err); e == nil || e.Code != CodeShape || !strings.Contains(e.Message, want) || strings.Contains(e.Message, "struct") {
			t.Errorf("%s: %v", path, err)
		}
	}
}
