package cmd_test

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
)

// setUp is a connection that does not work, and what a person must be told.
type setUp struct {
	name  string
	only  string // one type; "" is all of them
	key   string // the reference; "" is the right key in the environment
	base  string // "" is the stand-in
	value string // of the key; "" is one of the right form
	fault http.HandlerFunc
	args  []string
	want  []string // of which one must be in the line
	do    string   // what must be in the advice
}

// TestBrokenSetUps: one line each says what is wrong and what to do, whatever
// the provider, and never what the key is.
func TestBrokenSetUps(t *testing.T) {
	t.Parallel()
	open := newMachine(t).write("open.key", "x\n") // 0644
	page := answers(200, "text/html", "<!doctype html><title>Sign in</title>")
	other := newStandIn(t)
	tls := httptest.NewUnstartedServer(other)
	tls.Config.ErrorLog = log.New(io.Discard, "", 0)
	tls.StartTLS()
	t.Cleanup(tls.Close)
	for _, c := range []setUp{
		{name: "missing variable", key: "env:NOT_SET", want: []string{"NOT_SET: the environment variable is not set"}, do: "export NOT_SET="},
		{name: "open file", key: "file:" + open, want: []string{"mode 0644"}, do: "chmod 600"},
		{name: "missing file", key: "file:/no/such/key", want: []string{"no such file"}, do: "check the path"},
		{name: "failing command", key: "cmd:false", want: []string{"exit status 1"}, do: "run the command by itself"},
		{name: "newline in the key", value: "sk-admin-x\nsk-admin-y", want: []string{"several lines"}, do: "alone"},
		{name: "quoted key", value: `"sk-admin-x"`, want: []string{"quotes"}, do: "without quotes"},

		{name: "project key", only: "openai", value: "sk-proj-0123456789abcdefghij", fault: unauthorized(401), want: []string{"this is a project key; an admin key starts with sk-admin-"}, do: "Admin keys"},
		{name: "key for models", only: "anthropic", value: "sk-ant-api03-0123456789abcdefghij", want: []string{"not an admin key"}, do: "sk-ant-admin"},
		{name: "key of another provider", only: "openai", value: "sk-ant-admin01-0123456789abcdef", want: []string{"a key of Anthropic, not of OpenAI"}, do: "sk-admin-"},
		{name: "key of another provider", only: "anthropic", value: "sk-admin-0123456789abcdefghijkl", want: []string{"OpenAI"}, do: "sk-ant-admin"},

		{name: "revoked", fault: unauthorized(401), want: []string{"401", "not accepted", "revoked"}, do: "key"},
		{name: "forbidden", fault: unauthorized(403), want: []string{"403", "may not", "not allowed"}, do: "key"},
		{name: "wrong path", fault: answers(404, "text/html", "<html>404</html>"), want: []string{"404"}},
		{name: "web page", fault: page, want: []string{"web page, not JSON"}, do: "--base-url"},
		{name: "proxy with a page", fault: answers(407, "text/html", "<html>who are you?</html>"), want: []string{"407"}, do: "between this machine and the provider"},
		{name: "something else", fault: answers(200, "application/json", `{"hello":"world"}`), want: []string{"JSON, but", "not what was expected"}, do: "--base-url"},
		{name: "cut off", fault: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, `{"data":[`)
		}, want: []string{"broke off", "unexpected EOF"}, do: "try again"},
		{name: "throttled", fault: throttled, args: []string{"--timeout", "2s"}, want: []string{"429"}, do: "again"},
		{name: "in trouble", fault: answers(503, "text/plain", "busy"), want: []string{"503"}, do: "try again"},
		{name: "slow", fault: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, args: []string{"--timeout", "700ms"},
			want: []string{"no answer in time"}, do: "check the address"},
		{name: "redirect to another host", fault: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
		}, want: []string{"a redirect to"}, do: "--base-url"},

		{name: "unknown host", base: "https://no-such-host.invalid/v1", want: []string{"no such host", "cannot be reached"}, do: "network"},
		{name: "nobody there", base: "http://127.0.0.1:" + freePort(t), want: []string{"connection refused"}, do: "check the network"},
		{name: "self-signed", base: tls.URL, want: []string{"no safe connection"}, do: "SSL_CERT_FILE"},
		{name: "not TLS", base: strings.Replace(other.URL, "http:", "https:", 1), want: []string{"no safe connection", "HTTP response to HTTPS"}, do: "check the"},
	} {
		for kind := range types() {
			if c.only == "" || c.only == kind {
				t.Run(c.name+"/"+kind, func(t *testing.T) { t.Parallel(); c.check(t, kind) })
			}
		}
	}
	t.Cleanup(func() {
		if asked := other.requests(); len(asked) > 0 {
			t.Errorf("the other host was asked: %s", asked[0].URL)
		}
	})
}

func (c setUp) check(t *testing.T, kind string) {
	m, s := newMachine(t), newStandIn(t)
	s.fails(c.fault)
	ref, base, value := c.key, c.base, c.value
	if ref == "" {
		ref = "env:THE_KEY"
	}
	if base == "" {
		base = s.base(kind)
	}
	if value == "" {
		value = types()[kind]
	}
	m.vars["THE_KEY"] = value
	m.run("sources", "add", "mine", "--type", kind, "--key", ref, "--base-url", base, "--no-test").ok()
	before, err := os.ReadFile(m.store())
	if err != nil {
		t.Fatal(err)
	}
	r := m.run(append([]string{"sources", "test", "mine"}, c.args...)...).want(1)
	line := strings.TrimSuffix(r.stdout, "\n")
	what, do, advised := strings.Cut(line, "; ")
	if strings.Contains(line, "\n") || !strings.HasPrefix(line, "mine ") || !strings.Contains(what, "failed: ") || !advised || do == "" || r.stderr != "" {
		t.Errorf("not one line with advice: %q, %q", r.stdout, r.stderr)
	}
	if !containsAny(line, c.want) || !strings.Contains(line, c.do) {
		t.Errorf("%q has none of %q, or not %q", line, c.want, c.do)
	}
	if strings.Contains(line, "of-nobody") || strings.Contains(line, "0123456789") || strings.Contains(line, "\x1b") {
		t.Errorf("tells the key: %s", line)
	}
	if len(line) > 500 {
		t.Errorf("%d characters are no line: %s", len(line), line)
	}
	if after, err := os.ReadFile(m.store()); err != nil || string(after) != string(before) {
		t.Errorf("the store was touched: %v", err)
	}
	var doc struct {
		Schema  string
		Sources []struct {
			Name, Type string
			OK         bool
			Error      *struct{ Message, Hint string }
		}
	}
	m.run(append([]string{"sources", "test", "--all", "--json"}, c.args...)...).want(1).decode(&doc)
	if doc.Schema != "tokpit.sources-test/1" || len(doc.Sources) != 1 || doc.Sources[0].OK || doc.Sources[0].Error == nil || doc.Sources[0].Error.Message == "" {
		t.Errorf("%+v", doc)
	}
}

func containsAny(s string, texts []string) bool {
	for _, text := range texts {
		if strings.Contains(s, text) {
			return true
		}
	}
	return false
}

// unauthorized refuses and says what it was sent, as some do.
func unauthorized(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		sent := r.Header.Get("Authorization") + r.Header.Get("X-Api-Key")
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Echo", sent)
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"error":{"message":"not allowed: %s","type":"auth","code":"denied"}}`, sent)
	}
}

func throttled(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Retry-After", "30")
	answers(429, "application/json", `{"error":{"message":"slow down"}}`)(w, nil)
}

// freePort is a port that nobody listens on.
func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// TestClocksApart: usage would end up on wrong days.
func TestClocksApart(t *testing.T) {
	t.Parallel()
	m, s := newMachine(t), newStandIn(t)
	s.connect(m)
	for date, want := range map[string]string{"2026-11-20T12:00:00Z": "ahead", "2026-11-21T15:00:00Z": "behind", "2026-11-20T15:04:00Z": ""} {
		s.mu.Lock()
		s.date = dateOf(date)
		s.mu.Unlock()
		r := m.run("sources", "test", "--all")
		if want == "" {
			r.ok()
			continue
		}
		r.want(1)
		for line := range strings.Lines(r.stdout) {
			if !strings.Contains(line, "clock is") || !strings.Contains(line, want) || !strings.Contains(line, "set the clock") {
				t.Errorf("%s: %s", date, line)
			}
		}
	}
}

// TestTryingWithoutAStore: what add would add is tried, and nothing is kept.
func TestTryingWithoutAStore(t *testing.T) {
	t.Parallel()
	m, s := newMachine(t), newStandIn(t)
	m.vars["KEY"] = types()["openai"]
	m.run("sources", "test", "--type", "openai", "--key", "env:KEY", "--base-url", s.base("openai")).want(0, "ok")
	m.run("sources", "test", "--type", "openai", "--key", "env:NOPE", "--base-url", s.base("openai")).want(1, "not set")
	m.run("sources", "test", "--type", "openai", "--key", "sk-admin-0123456789abcdef").fails("looks like a key itself")
	for _, args := range [][]string{{}, {"--type", "openai"}, {"--key", "env:KEY"}, {"a", "--all"}, {"a", "--type", "openai", "--key", "env:KEY"}, {"--all", "--base-url", s.URL}, {"--all", "--timeout", "0s"}} {
		m.run(append([]string{"sources", "test"}, args...)...).fails()
	}
	m.run("sources", "test", "--all").fails("nothing is connected")
	m.run("sources", "test", "nobody").fails("nobody")
	if _, err := os.Stat(m.store()); err == nil {
		t.Error("a store was made")
	}
}

// TestSlowTestsRunSideBySide: the slowest provider decides how long it takes. Here
// none answers before all have been asked.
func TestSlowTestsRunSideBySide(t *testing.T) {
	t.Parallel()
	m, s := newMachine(t), newStandIn(t)
	s.connect(m, "--no-test")
	var mu sync.Mutex
	asked, together := map[string]bool{}, make(chan struct{})
	s.fails(func(w http.ResponseWriter, r *http.Request) {
		kind, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		mu.Lock()
		if asked[kind] = true; len(asked) == len(types()) {
			select {
			case <-together:
			default:
				close(together)
			}
		}
		mu.Unlock()
		select {
		case <-together:
			http.Error(w, "no", http.StatusUnauthorized)
		case <-r.Context().Done():
			mu.Lock()
			defer mu.Unlock()
			delete(asked, kind)
		}
	})
	m.run("sources", "test", "--all", "--timeout", "20s").want(1)
	select {
	case <-together:
	default:
		t.Error("they are asked one after the other")
	}
}
