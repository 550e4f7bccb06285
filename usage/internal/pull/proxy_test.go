package pull

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
)

// A proxy that is set and not used is named where it would have mattered.
func TestAProxyThatIsNotUsed(t *testing.T) {
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"} {
		t.Setenv(name, "")
	}
	hint := func(err error) string {
		t.Helper()
		c, failed := New(Options{Base: "https://api.example.com", MaxTries: 1,
			Transport: transport(func(*http.Request) (*http.Response, error) { return nil, err })})
		if failed != nil {
			t.Fatal(failed)
		}
		e := AsError(c.Get(t.Context(), "x", nil, new(doc)))
		if e == nil {
			t.Fatal("no error")
		}
		return e.Hint()
	}
	dial := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	name := &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}
	read := &net.OpError{Op: "read", Net: "tcp", Err: errors.New("connection reset")}
	if got := hint(dial); strings.Contains(got, "prox") {
		t.Errorf("without a proxy: %q", got)
	}
	t.Setenv("ALL_PROXY", "http://me:s3cret@proxy.example.com:3128")
	for _, err := range []error{dial, name} {
		if got := hint(err); !strings.Contains(got, "ALL_PROXY is set, but tokpit does not use proxies yet") || strings.Contains(got, "s3cret") {
			t.Errorf("%v: %q", err, got)
		}
	}
	if got := hint(read); strings.Contains(got, "prox") {
		t.Errorf("connected: %q", got)
	}
}
