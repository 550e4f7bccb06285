// Package safehttp is the one way out to the network: an HTTP client for
// addresses that a person or a configuration gave.
//
// It speaks https only (http is allowed to loopback, for stand-ins and local
// proxies). The address that a name resolves to is checked when the connection
// is made, so a name cannot point into the local network; loopback is allowed
// only where it was asked for by address. At most three redirects are followed,
// each checked the same way, and headers with credentials are not carried to
// another host. Answers are bounded in size and in time.
//
// Requests that carry a key use [Keyed], which is stricter about redirects (the
// key never leaves its origin) and may be told that a person gave the address.
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
	"strings"
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

// reach is where connections may lead beside the public network.
type reach struct{ loopback, private bool }

// allows reports whether a resolved address may be connected to. Link-local
// addresses (where clouds keep their credentials) and multicast never may.
func (r reach) allows(ip netip.Addr) bool {
	ip = ip.Unmap()
	if ip.IsLoopback() {
		return r.loopback
	}
	carrier := netip.MustParsePrefix("100.64.0.0/10") // shared address space of providers, RFC 6598
	return ip.IsGlobalUnicast() && (r.private || !ip.IsPrivate() && !carrier.Contains(ip))
}

// transport connects to what host resolves to, if that is in reach.
func (r reach) transport(host string) *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !r.allows(at.Addr()) {
			return fmt.Errorf("%w: %s leads to %s", ErrRefused, host, address)
		}
		return nil
	}}
	return &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: 10 * time.Second,
		ResponseHeaderTimeout: 20 * time.Second, MaxResponseHeaderBytes: 64 << 10, DisableKeepAlives: true}
}

// KeyedTimeout bounds one keyed request; reports over many days take their time.
const KeyedTimeout = 2 * time.Minute

// Keyed returns a client for requests that carry a key to the origin of u. A
// redirect is followed inside that origin (scheme, host and port) only: the key
// never goes anywhere else, and an answer never comes from anywhere else. With
// private the address was given by a person, so it may lead into a private
// network or to this machine; without, only u itself decides about loopback.
// Connections are kept for the next request; see [http.Client.CloseIdleConnections].
func Keyed(u *url.URL, private bool) *http.Client {
	t := reach{loopback: private || isLoopback(u), private: private}.transport(u.Hostname())
	t.DisableKeepAlives, t.ForceAttemptHTTP2, t.IdleConnTimeout, t.MaxIdleConns = false, true, 30*time.Second, 4
	t.ResponseHeaderTimeout = KeyedTimeout
	return &http.Client{Timeout: KeyedTimeout, Transport: t, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		switch {
		case len(via) > MaxRedirects:
			return fmt.Errorf("%w: more than %d redirects", ErrRefused, MaxRedirects)
		case !SameOrigin(r.URL, via[0].URL):
			return fmt.Errorf("%w: a redirect to %s, where the key does not belong", ErrRefused, r.URL.Host)
		}
		return nil
	}}
}

// SameOrigin reports whether two addresses have the same scheme, host and port.
func SameOrigin(a, b *url.URL) bool {
	port := func(u *url.URL) string {
		if p := u.Port(); p != "" || u.Scheme != "https" {
			return p
		}
		return "443"
	}
	return strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

// Client returns a client for one address and what it redirects to.
func Client(u *url.URL) *http.Client {
	loopback := isLoopback(u)
	return &http.Client{
		Timeout:   Timeout,
		Transport: reach{loopback: loopback}.transport(u.Hostname()),
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
