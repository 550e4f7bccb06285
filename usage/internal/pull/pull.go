// Package pull is the plumbing that readers of provider APIs share: one way to
// ask an address with a key, and the small arithmetic around pages, windows and
// numbers.
//
// A [Client] asks until it gets a whole answer or knows that it will not. It
// tries again after refused and broken connections (also when an answer breaks
// off in its middle), after 408, 409, 425, 429 and 5xx, waits as long as the
// server asks (Retry-After-Ms, Retry-After in seconds or as a date), obeys
// x-should-retry, and otherwise backs off exponentially with jitter. A limiter
// keeps one key below its provider's rate. An answer counts only when all of it
// has arrived, is inside its bound, and is JSON.
//
// What went wrong is told by an [Error]: one harmless line, and a hint about
// what to do. The key is asked for with every attempt, is never kept, and is cut
// out of whatever a server says.
//
//	c, err := pull.New(pull.Options{Base: "https://api.example.com/v1", Authorize: bearer})
//	err = pull.Pages(func(cursor string) (string, error) {
//		var page struct{ Data []row; Next string }
//		err := c.Get(ctx, "usage", url.Values{"page": {cursor}}, &page)
//		…
//		return page.Next, err
//	})
package pull

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"tokpit/internal/safehttp"
)

// Options of a client.
type Options struct {
	// Base is what paths are joined to: https, or http to loopback.
	Base string
	// Private: a person gave this address, so private networks are allowed.
	Private bool
	// Authorize sets the key's header, and whatever else every request needs,
	// before each attempt. An error ends the request. Its headers are never
	// logged and never shown.
	Authorize func(context.Context, http.Header) error
	// Explain says in words what an answer other than 2xx means, or returns nil
	// for the default, which is [Explain]. An *[Error] decides by Final whether
	// another attempt makes sense; any other error is final.
	Explain func(status int, header http.Header, body []byte) error
	// Rate and Burst limit the requests of this key; a zero Rate does not.
	Rate  rate.Limit
	Burst int
	// UserAgent of every request; "tokpit" if empty.
	UserAgent string
	// MaxElapsed bounds one request in all, its attempts and the waiting between
	// them; 5 minutes if zero. A server that asks for more is not asked again.
	MaxElapsed time.Duration
	// MaxTries bounds the attempts of one request; 8 if zero.
	MaxTries uint
	// MaxBody bounds one answer in bytes; 32 MiB if zero.
	MaxBody int64
	// Now is the clock for what a request has taken, for dates in Retry-After and
	// in messages; time.Now if nil.
	Now func() time.Time
	// Sleep waits, or returns the context's error; tests inject it.
	Sleep func(context.Context, time.Duration) error
	// OnWait is told before every wait that a failure causes.
	OnWait func(err error, wait time.Duration)
	// Transport replaces the guarded one in tests.
	Transport http.RoundTripper
}

// The defaults of [Options].
const (
	DefaultMaxElapsed      = 5 * time.Minute
	DefaultMaxTries   uint = 8
	DefaultMaxBody         = 32 << 20
)

// Client asks one base address with one key. It may be used concurrently.
type Client struct {
	opt     Options
	base    *url.URL
	inner   *http.Client // guarded, one attempt
	limiter *rate.Limiter
}

// New returns a client, or an [Error] if the base address may not be asked.
func New(opt Options) (*Client, error) {
	u, err := safehttp.Check(opt.Base)
	if err != nil {
		return nil, &Error{Code: CodeRefused, Message: err.Error(), Final: true, Err: err,
			Advice: "use an https:// address; http:// is accepted for this machine only"}
	}
	u.Path, u.RawPath, u.RawQuery, u.Fragment = strings.TrimRight(u.Path, "/")+"/", "", "", ""
	if opt.MaxElapsed == 0 {
		opt.MaxElapsed = DefaultMaxElapsed
	}
	if opt.MaxTries == 0 {
		opt.MaxTries = DefaultMaxTries
	}
	if opt.MaxBody == 0 {
		opt.MaxBody = DefaultMaxBody
	}
	if opt.UserAgent == "" {
		opt.UserAgent = "tokpit"
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Sleep == nil {
		opt.Sleep = sleep
	}
	c := &Client{opt: opt, base: u, inner: safehttp.Keyed(u, opt.Private)}
	if opt.Transport != nil {
		c.inner.Transport = opt.Transport
	}
	if opt.Rate > 0 {
		c.limiter = rate.NewLimiter(opt.Rate, max(1, opt.Burst))
	}
	return c, nil
}

// sleep waits unless the context ends first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Base returns the base address, which ends in a slash.
func (c *Client) Base() string { return c.base.String() }

// Close lets go of idle connections. The client may be used again.
func (c *Client) Close() { c.inner.CloseIdleConnections() }

// Get asks for a path below the base and decodes the answer into out; numbers
// in an interface become [json.Number]. The path's segments must be escaped.
// It returns the context's error, or an [Error].
func (c *Client) Get(ctx context.Context, path string, query url.Values, out any) error {
	_, err := c.GetHeader(ctx, path, query, out)
	return err
}

// GetHeader is Get and returns the answer's header, in which servers say what
// time it is.
func (c *Client) GetHeader(ctx context.Context, path string, query url.Values, out any) (http.Header, error) {
	u, err := c.base.Parse(strings.TrimLeft(path, "/"))
	if err != nil || !safehttp.SameOrigin(u, c.base) {
		return nil, &Error{Code: CodeRefused, Message: fmt.Sprintf("%.40q is not a path", path), Final: true}
	}
	u.RawQuery = query.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	answer, err := c.do(r)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(answer.body))
	d.UseNumber()
	if err := d.Decode(out); err != nil {
		return nil, c.error(&Error{Status: answer.status, Code: CodeShape, Final: true, Err: err, Message: misshapen(err), Advice: adviceBase}, nil)
	}
	return answer.header, nil
}

// misshapen says in which way JSON is not what was expected.
func misshapen(err error) string {
	const message = "the answer is not what was expected"
	var is *json.UnmarshalTypeError
	switch {
	case !errors.As(err, &is):
		return message
	case is.Field == "":
		return fmt.Sprintf("%s, but JSON of another kind (%s)", message, is.Value)
	}
	return fmt.Sprintf("%s: its %s is of another kind (%s)", message, is.Field, is.Value)
}

// AsError returns the [Error] that err wraps, or nil.
func AsError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}
