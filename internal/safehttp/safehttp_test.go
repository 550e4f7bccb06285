package safehttp

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
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
		if got := [2]bool{allowed(addr, false), allowed(addr, true)}; got != want {
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
