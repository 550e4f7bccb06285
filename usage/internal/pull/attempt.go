package pull

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"tokpit/internal/safehttp"
)

// answer is a whole answer: 2xx, inside its bound, and JSON.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// verdict is how an attempt failed and what that means for the next.
type verdict struct {
	err   error
	again bool
	wait  time.Duration // that the server asks for; 0 if it does not say
}

// do asks until there is a whole answer or no point in asking again. What is
// spent counts attempts and the waiting that they cause; waiting for the limiter
// is our own doing and does not count.
func (c *Client) do(r *http.Request) (*answer, error) {
	ctx := r.Context()
	pause := &backoff.ExponentialBackOff{InitialInterval: 500 * time.Millisecond, RandomizationFactor: 0.5,
		Multiplier: 2, MaxInterval: 20 * time.Second}
	pause.Reset()
	var spent time.Duration
	for try := uint(1); ; try++ {
		if err := c.admit(ctx); err != nil {
			return nil, err
		}
		began := c.opt.Now()
		got, failed := c.within(r, c.opt.MaxElapsed-spent)
		if failed == nil {
			return got, nil
		}
		spent += max(0, c.opt.Now().Sub(began))
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		wait := failed.wait
		if wait == 0 {
			wait = pause.NextBackOff()
		}
		tooLong := failed.again && wait >= c.opt.MaxElapsed-spent
		if !failed.again || tooLong || try >= c.opt.MaxTries {
			return nil, c.giveUp(failed, try, tooLong)
		}
		if c.opt.OnWait != nil {
			c.opt.OnWait(failed.err, wait)
		}
		if err := c.opt.Sleep(ctx, wait); err != nil {
			return nil, err
		}
		spent += wait
	}
}

// admit waits for the limiter of the key.
func (c *Client) admit(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if c.limiter == nil {
		return nil
	}
	if wait := c.limiter.Reserve().Delay(); wait > 0 {
		return c.opt.Sleep(ctx, wait)
	}
	return nil
}

// giveUp adds to an error what the attempts were worth, and until when a server
// does not want to be asked.
func (c *Client) giveUp(failed *verdict, tries uint, tooLong bool) error {
	e := AsError(failed.err)
	if e == nil {
		return failed.err
	}
	if failed.wait > 0 {
		e.RetryAt = c.opt.Now().Add(failed.wait)
	}
	switch {
	case tooLong && failed.wait == 0:
		e.Tries = tries
		if e.Status == 0 {
			e.Advice = fmt.Sprintf("no whole answer came within %s in all: the server or the network is very slow; try again later", c.opt.MaxElapsed)
		}
	case tooLong:
		e.Advice = fmt.Sprintf("the server asks to wait %s: try again after %s", failed.wait.Round(time.Second), e.RetryAt.UTC().Format("2006-01-02 15:04 UTC"))
	case tries > 1:
		e.Tries = tries
	}
	return e
}

// within asks once and gives up when the time is over.
func (c *Client) within(r *http.Request, left time.Duration) (*answer, *verdict) {
	ctx, cancel := context.WithTimeout(r.Context(), left)
	defer cancel()
	return c.attempt(r.Clone(ctx))
}

// attempt asks once.
func (c *Client) attempt(r *http.Request) (*answer, *verdict) {
	secrets, failed := c.authorize(r)
	if failed != nil {
		return nil, failed
	}
	response, err := c.inner.Do(r)
	if err != nil {
		return nil, c.unanswered(err, secrets)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, c.opt.MaxBody+1))
	switch {
	case int64(len(body)) > c.opt.MaxBody:
		return nil, &verdict{err: c.error(&Error{Status: response.StatusCode, Code: CodeTooLarge, Final: true, Err: safehttp.ErrTooLarge,
			Message: fmt.Sprintf("the answer is larger than %d bytes", c.opt.MaxBody)}, secrets)}
	case response.StatusCode < 200 || response.StatusCode > 299:
		// What has arrived of an error is enough to explain it.
		return nil, c.refused(response, body, secrets)
	case err != nil:
		failed := c.unanswered(err, secrets)
		if e := AsError(failed.err); e != nil && e.Code == CodeUnreachable {
			e.Code, e.Message = CodeBroken, "the answer broke off after "+fmt.Sprint(len(body))+" bytes"
		}
		return nil, failed
	case !json.Valid(body):
		return nil, c.notJSON(response, body, secrets)
	}
	return &answer{response.StatusCode, response.Header, body}, nil
}

// authorize sets headers and returns the values that must never be shown.
func (c *Client) authorize(r *http.Request) ([]string, *verdict) {
	r.Header.Set("User-Agent", c.opt.UserAgent)
	if r.Header.Get("Accept") == "" {
		r.Header.Set("Accept", "application/json")
	}
	if c.opt.Authorize == nil {
		return nil, nil
	}
	if err := c.opt.Authorize(r.Context(), r.Header); err != nil {
		return nil, &verdict{err: err}
	}
	var secrets []string
	for name, values := range r.Header {
		if !secretHeader(name) {
			continue
		}
		for _, v := range values {
			if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r > '~' }) {
				return nil, &verdict{err: c.error(&Error{Code: CodeKey, Final: true, Message: "the key holds characters that no key has (a line break?)",
					Advice: "check what the key's reference leads to: exactly the key, and nothing else"}, nil)}
			}
			_, bare, _ := strings.Cut(v, " ")
			secrets = append(secrets, v, bare)
		}
	}
	return secrets, nil
}

// notJSON judges a 2xx answer that is no JSON document: a page for people means
// a wrong address; anything else may have been cut off on its way.
func (c *Client) notJSON(response *http.Response, body []byte, secrets []string) *verdict {
	e := &Error{Status: response.StatusCode, Code: CodeNotJSON, Advice: adviceBase}
	trimmed := bytes.TrimLeft(body, " \t\r\n\ufeff")
	page := strings.Contains(response.Header.Get("Content-Type"), "html") || bytes.HasPrefix(trimmed, []byte("<"))
	switch {
	case page:
		e.Message, e.Final = "the answer is a web page, not JSON", true
	case len(trimmed) == 0:
		e.Message = "the answer is empty"
	default:
		e.Message = "the answer is not JSON"
	}
	return &verdict{err: c.error(e, secrets), again: !page}
}

// bare strips what net/http wraps around an error: the address of the request,
// which the person knows and which may hold more than they want to show.
func bare(err error) error {
	for {
		var u *url.Error
		if !errors.As(err, &u) {
			return err
		}
		err = u.Err
	}
}
