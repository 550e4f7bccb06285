// Package safehttp is the one way out to the network: an HTTP client for
// addresses that a person or a configuration gave.
//
// It speaks https only (http is allowed to loopback, for stand-ins and local
// proxies). The address that a name resolves to is checked when the connection
// is made, so a name cannot point into the local network; loopback is allowed
// only where it was asked for by address. At most three redirects are followed,
// each checked the same way, and headers with credentials are not carried to
// another host. Answers are bounded in size and in time.
package safehttp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// The bounds of a request.
const (
	Timeout      = 30 * time.Second
	MaxRedirects = 3
)

// ErrRefused is wrapped by the errors of requests that were not sent because
// of where they would have gone.
var ErrRefused = errors.New("address refused")

// ErrTooLarge is wrapped by the error of an answer that passes its bound.
var ErrTooLarge = errors.New("answer is too large")

// Check returns an error that wraps [ErrRefused] unless the address may be
// asked for at all.
func Check(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("%w: not an address", ErrRefused)
	}
	switch {
	case u.User != nil:
		return nil, fmt.Errorf("%w: credentials do not belong in an address", ErrRefused)
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u):
		return u, nil
	case u.Scheme == "http":
		return nil, fmt.Errorf("%w: %s is not https", ErrRefused, u.Host)
	}
	return nil, fmt.Errorf("%w: scheme %.20q", ErrRefused, u.Scheme)
}

// isLoopback reports whether an address names this machine by itself.
func isLoopback(u *url.URL) bool {
	host := u.Hostname()
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// allowed reports whether a resolved address may be connected to.
func allowed(ip netip.Addr, loopback bool) bool {
	ip = ip.Unmap()
	if ip.IsLoopback() {
		return loopback
	}
	carrier := netip.MustParsePrefix("100.64.0.0/10") // shared address space of providers, RFC 6598
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !carrier.Contains(ip)
}

// Client returns a client for one address and what it redirects to.
func Client(u *url.URL) *http.Client {
	loopback := isLoopback(u)
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !allowed(at.Addr(), loopback) {
			return fmt.Errorf("%w: %s leads to %s", ErrRefused, u.Hostname(), address)
		}
		return nil
	}}
	return &http.Client{
		Timeout: Timeout,
		Transport: &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: 10 * time.Second,
			ResponseHeaderTimeout: 20 * time.Second, MaxResponseHeaderBytes: 64 << 10, DisableKeepAlives: true},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > MaxRedirects {
				return fmt.Errorf("%w: more than %d redirects", ErrRefused, MaxRedirects)
			}
			next, err := Check(r.URL.String())
			if err != nil {
				return err
			}
			if isLoopback(next) && !loopback {
				return fmt.Errorf("%w: redirect to this machine", ErrRefused)
			}
			if next.Host != via[0].URL.Host {
				for _, h := range []string{"Authorization", "X-Api-Key", "Cookie"} {
					r.Header.Del(h)
				}
			}
			return nil
		},
	}
}

// Get fetches an address, at most limit bytes of it.
func Get(ctx context.Context, address string, limit int64) ([]byte, error) {
	u, err := Check(address)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", "tokpit")
	answer, err := Client(u).Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", u.Host, answer.Status)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read from %s: %w", u.Host, err)
	}
	if int64(len(body)) > limit {
		return nil, fmt.Errorf("%w: more than %d bytes from %s", ErrTooLarge, limit, u.Host)
	}
	return body, nil
}
