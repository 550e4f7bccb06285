package pull

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tokpit/internal/safehttp"
)

// unanswered judges a request that got no whole answer.
func (c *Client) unanswered(err error, secrets []string) *verdict {
	err = bare(err)
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var header tls.RecordHeaderError
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var timeout interface{ Timeout() bool }
	e := &Error{Code: CodeUnreachable, Err: err, Message: "cannot be reached: " + err.Error(), Advice: "check the network, then try again"}
	switch {
	case errors.Is(err, context.Canceled):
		return &verdict{err: err}
	case errors.Is(err, safehttp.ErrRefused):
		e.Code, e.Message, e.Final = CodeRefused, err.Error(), true
		e.Advice = "the address leads somewhere else than it says; check --base-url"
	case errors.As(err, &dns) && dns.IsNotFound:
		e.Code, e.Message, e.Final = CodeUnknownHost, "there is no such host", true
		e.Advice = "check the address (--base-url), and the network"
	case errors.Is(err, http.ErrSchemeMismatch):
		e.Code, e.Message, e.Final = CodeTLS, "no safe connection: the server does not speak https", true
		e.Advice = "check the address (--base-url) and its port"
	case errors.As(err, &cert), errors.As(err, &authority), errors.As(err, &header):
		e.Code, e.Final = CodeTLS, true
		e.Message = "no safe connection: " + err.Error()
		e.Advice = "check the address; a proxy with its own certificate authority needs SSL_CERT_FILE"
		if errors.As(err, &invalid) && invalid.Reason == x509.Expired {
			e.Advice = "the certificate is not valid at this time: check this machine's clock, then the server"
		}
	case errors.As(err, &timeout) && timeout.Timeout():
		e.Code, e.Message = CodeTimeout, "no answer in time"
	}
	if advice := unusedProxy(err); advice != "" && e.Code != CodeRefused && e.Code != CodeTLS {
		e.Advice = advice
	}
	return &verdict{err: c.error(e, secrets), again: !e.Final}
}

// refused judges an answer that is not 2xx.
func (c *Client) refused(response *http.Response, body []byte, secrets []string) *verdict {
	var err error
	if c.opt.Explain != nil {
		err = c.opt.Explain(response.StatusCode, response.Header, body)
	}
	if err == nil {
		err = Explain(response.StatusCode, response.Header, body)
	}
	v := &verdict{err: err, wait: c.retryAfter(response.Header)}
	if e := AsError(err); e != nil {
		if e.Status == 0 {
			e.Status = response.StatusCode
		}
		v.again = !e.Final
		v.err = c.error(e, secrets)
	}
	switch response.Header.Get("X-Should-Retry") {
	case "true":
		v.again = true
	case "false":
		v.again = false
	}
	return v
}

// retryable reports whether the same request may go better later.
func retryable(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	}
	return status >= 500
}

// retryAfter returns how long the server asks to wait, or 0. A date is compared
// with the server's own clock where it sends one, so that skew does not matter.
func (c *Client) retryAfter(h http.Header) time.Duration {
	if d, ok := seconds(h.Get("Retry-After-Ms"), time.Millisecond); ok {
		return d
	}
	text := h.Get("Retry-After")
	if d, ok := seconds(text, time.Second); ok {
		return d
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = c.opt.Now()
	}
	return max(0, at.Sub(now))
}

// seconds reads a count of units. What does not fit into a duration is as long
// as a duration can be; nonsense is not a count.
func seconds(text string, unit time.Duration) (time.Duration, bool) {
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || math.IsNaN(n) || n < 0 {
		return 0, false
	}
	if n >= float64(math.MaxInt64/int64(unit)) {
		return math.MaxInt64, true
	}
	return time.Duration(n * float64(unit)), true
}
