package litellm

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"tokpit/usage"
	"tokpit/usage/internal/buckets"
	"tokpit/usage/internal/pull"
)

// How often is asked for what usage counts without, and in a test, where a
// person waits.
const (
	triesOfNames = 2
	triesOfTest  = 2
)

// client returns a client that sends the key. It tries as often as tries says;
// 0 is as often as a pull does.
func (s *Source) client(key string, tries uint) (*pull.Client, error) {
	return pull.New(pull.Options{
		Base: s.opt.BaseURL, Private: true,
		Authorize: func(_ context.Context, h http.Header) error {
			h.Set("Authorization", "Bearer "+key)
			return nil
		},
		Explain: explain, Rate: s.opt.Rate, Burst: 20, UserAgent: s.opt.UserAgent, MaxTries: tries,
		Now: s.opt.Now, Sleep: s.opt.Sleep, OnWait: s.opt.OnWait, Transport: s.opt.Transport,
	})
}

const adviceKey = "use the proxy's master key, or a key of a proxy_admin or proxy_admin_viewer"

// key asks for the key and refuses those that cannot be the right one.
func (s *Source) key(ctx context.Context) (string, error) {
	return pull.Key(ctx, s.opt.Key, "the proxy", nil, adviceKey)
}

// explain says what a refusal means, in the words of a proxy.
func explain(status int, h http.Header, body []byte) error {
	e := pull.Explain(status, h, body)
	said := strings.ToLower(e.Message)
	switch {
	case strings.Contains(said, "database not connected"), strings.Contains(said, "no connected db"), strings.Contains(said, "prisma client"):
		e.Final, e.Advice = true, "the proxy keeps no usage: connect a database to it (DATABASE_URL)"
	case status == http.StatusUnauthorized:
		e.Advice = "the proxy does not accept the key for this; " + adviceKey
	case status == http.StatusForbidden:
		e.Advice = "the key may not read the spend of all; " + adviceKey
	case status == http.StatusNotFound:
		e.Advice = "the proxy does not know this address: give its root (without /v1 or /ui), and use a version from 2025 on"
	}
	return e
}

// Test asks for as little as possible and returns what is wrong with the
// address, the key or its rights, or nil.
func (s *Source) Test(ctx context.Context) error {
	key, err := s.key(ctx)
	if err != nil {
		return err
	}
	c, err := s.client(key, triesOfTest)
	if err != nil {
		return err
	}
	defer c.Close()
	p := &puller{Source: s, client: c, short: c, now: s.opt.Now().UTC(), memory: remember(nil), names: newNames(), pageSize: 1}
	p.emit = func(usage.Batch) error { return nil }
	day := p.today().Add(-buckets.Day)
	err = p.tryLog(ctx, usage.Span{Since: day, Until: day.Add(buckets.Day)})
	if !errors.Is(err, errNoLog) {
		return err
	}
	w := &buckets.Writer{Stream: "daily", Grain: "1d", Keep: usage.Span{Since: day, Until: day.Add(buckets.Day)}, Emit: p.emit, Report: &p.report}
	into, err := w.Bucket(day)
	if err == nil {
		err = p.readDaily(ctx, day, into, w, false)
	}
	if e := pull.AsError(err); e != nil && refusedDaily(e) && e.Status != http.StatusNotFound {
		return &pull.Error{Host: e.Host, Status: e.Status, Code: e.Code, Final: true, Err: err,
			Message: "the key may read neither the spend log nor the daily activity: " + e.Message, Advice: adviceKey}
	}
	return err
}

// tryLog reads no more of a log than shows that it can be read.
func (p *puller) tryLog(ctx context.Context, span usage.Span) error {
	for p.route = paged; p.route < nowhere; p.route++ {
		var err error
		if p.route == listed {
			err = p.readList(ctx, span, newLog(p, span))
		} else {
			_, err = p.logPage(ctx, firstPage(span), 1)
		}
		e := pull.AsError(err)
		switch {
		case e == nil:
			return err
		case e.Status == http.StatusNotFound, e.Status == http.StatusMethodNotAllowed:
		case refusedDaily(e):
			return errNoLog
		default:
			return err
		}
	}
	return errNoLog
}
