package safehttp

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	for address, ok := range map[string]bool{
		"https://example.com/prices.json": true,
		"http://127.0.0.1:8080/x":         true,
		"http://[::1]/x":                  true,
		"http://localhost/x":              true,
		"http://example.com/":             false,
		"http://localhost.example.com/":   false,
		"ftp://example.com/":              false,
		"file:///etc/passwd":              false,
		"https://me:pw@example.com/":      false,
		"https:///":                       false,
		"prices.json":                     false,
		"https://ex ample.com/":           false,
	} {
		_, err := Check(address)
		if (err == nil) != ok || err != nil && !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestAllowed(t *testing.T) {
	for ip, want := range map[string][2]bool{ // as it is, asked for by loopback
		"93.184.216.34": {true, true}, "2606:2800:220:1::1": {true, true},
		"127.0.0.1": {false, true}, "::1": {false, true}, "::ffff:127.0.0.1": {false, true},
		"10.0.0.1": {}, "192.168.1.1": {}, "172.16.0.1": {}, "169.254.169.254": {}, "100.64.0.1": {}, "fd00::1": {},
		"fe80::1": {}, "224.0.0.1": {}, "0.0.0.0": {}, "::ffff:10.0.0.1": {},
	} {
		addr := netip.MustParseAddr(ip)
		if got := [2]bool{reach{}.allows(addr), reach{loopback: true}.allows(addr)}; got != want {
			t.Errorf("%s: %v, want %v", ip, got, want)
		}
	}
}

func TestGet(t *testing.T) {
	hops := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/ok":
			w.Write([]byte("prices"))
		case "/missing":
			http.NotFound(w, r)
		case "/loop":
			hops++
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/away":
			http.Redirect(w, r, "http://example.com/", http.StatusFound)
		case "/inside":
			http.Redirect(w, r, "https://10.0.0.1/", http.StatusFound)
		}
	}))
	defer s.Close()
	got, err := Get(t.Context(), s.URL+"/ok", 6)
	if string(got) != "prices" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := Get(t.Context(), s.URL+"/ok", 5); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one byte too many: %v", err)
	}
	if _, err := Get(t.Context(), s.URL+"/missing", 100); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("missing: %v", err)
	}
	for _, path := range []string{"/loop", "/away", "/inside"} {
		if _, err := Get(t.Context(), s.URL+path, 100); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if hops != MaxRedirects+1 {
		t.Errorf("%d requests before giving up", hops)
	}
}

func TestAPersonMayNameAPrivateAddress(t *testing.T) {
	given := reach{loopback: true, private: true}
	for ip, want := range map[string]bool{
		"93.184.216.34": true, "127.0.0.1": true, "10.0.0.1": true, "192.168.1.1": true, "100.64.0.1": true, "fd00::1": true,
		"169.254.169.254": false, "fe80::1": false, "224.0.0.1": false, "0.0.0.0": false, "::ffff:169.254.169.254": false,
	} {
		if got := given.allows(netip.MustParseAddr(ip)); got != want {
			t.Errorf("%s: %v, want %v", ip, got, want)
		}
	}
}

// A keyed request follows redirects at home, and carries its key nowhere else:
// not to another host, another port, or another scheme.
func TestAKeyStaysAtItsOrigin(t *testing.T) {
	var leaked []string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		leaked = append(leaked, r.Header.Get("Authorization"))
	}))
	defer other.Close()
	home := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/here", http.StatusMovedPermanently)
		case "/here":
			w.Write([]byte(r.Header.Get("Authorization")))
		case "/port":
			http.Redirect(w, r, other.URL+"/", http.StatusTemporaryRedirect)
		case "/scheme":
			http.Redirect(w, r, "https://"+r.Host+"/here", http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		}
	}))
	defer home.Close()
	u, err := Check(home.URL)
	if err != nil {
		t.Fatal(err)
	}
	get := func(path string) (string, error) {
		r, err := http.NewRequest(http.MethodGet, home.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer canary")
		answer, err := Keyed(u, true).Do(r)
		if err != nil {
			return "", err
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		return string(body), err
	}
	if got, err := get("/moved"); got != "Bearer canary" || err != nil {
		t.Errorf("at home: %q, %v", got, err)
	}
	for _, path := range []string{"/port", "/scheme", "/loop"} {
		if _, err := get(path); !errors.Is(err, ErrRefused) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", path, err)
		}
	}
	if leaked != nil {
		t.Errorf("another server saw %q", leaked)
	}
}

func TestSameOrigin(t *testing.T) {
	for pair, want := range map[[2]string]bool{
		{"https://a.com/x", "https://A.com:443/y"}: true,
		{"https://a.com", "https://b.a.com"}:       false,
		{"https://a.com", "http://a.com"}:          false,
		{"https://a.com", "https://a.com:8443"}:    false,
		{"http://127.0.0.1:1", "http://127.0.0.1"}: false,
	} {
		a, _ := url.Parse(pair[0])
		b, _ := url.Parse(pair[1])
		if SameOrigin(a, b) != want || SameOrigin(b, a) != want {
			t.Errorf("%v: not %v", pair, want)
		}
	}
}

// A name that is not loopback by itself may not lead there.
func TestRebinding(t *testing.T) {
	u, err := Check("https://example.com/")
	if err != nil {
		t.Fatal(err)
	}
	transport := Client(u).Transport.(*http.Transport)
	if c, err := transport.DialContext(t.Context(), "tcp", "127.0.0.1:9"); !errors.Is(err, ErrRefused) {
		t.Errorf("connected to %v, %v", c, err)
	}
}
