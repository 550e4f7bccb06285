package openrouter

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/buckets"
	"tokpit/usage/internal/pull"
)

// How often is asked for what usage counts without, and in a test, where a
// person waits.
const (
	triesOfExtras = 3
	triesOfTest   = 2
)

// client returns a client that sends the key. It tries as often as tries says;
// 0 is as often as a pull does.
func (s *Source) client(key string, tries uint) (*pull.Client, error) {
	return pull.New(pull.Options{
		Base: s.opt.BaseURL, Private: s.opt.BaseURL != DefaultBaseURL,
		Authorize: func(_ context.Context, h http.Header) error {
			h.Set("Authorization", "Bearer "+key)
			return nil
		},
		Explain: explain, Rate: s.opt.Rate, Burst: 8, UserAgent: s.opt.UserAgent, MaxTries: tries,
		Now: s.opt.Now, Sleep: s.opt.Sleep, OnWait: s.opt.OnWait, Transport: s.opt.Transport,
	})
}

const adviceKey = "make a management key at openrouter.ai under Settings, Management keys; keys that call models may not read activity"

// key asks for the key and refuses those that cannot be the right one.
func (s *Source) key(ctx context.Context) (string, error) {
	return pull.Key(ctx, s.opt.Key, "OpenRouter", nil, adviceKey)
}

// explain says what a refusal means, in the words of this API.
func explain(status int, h http.Header, body []byte) error {
	e := pull.Explain(status, h, body)
	switch status {
	case http.StatusUnauthorized:
		e.Advice = "the key is not accepted: it may be cut off, disabled or expired; " + adviceKey
	case http.StatusForbidden:
		e.Advice = adviceKey
	case http.StatusPaymentRequired:
		e.Advice = "the account's credit is used up; buy credit at openrouter.ai"
	}
	return e
}

// wrongKey finds out whether a refused key is a good one of the wrong kind. Any
// other error is returned as it is.
func (p *puller) wrongKey(ctx context.Context, err error) error {
	e := pull.AsError(err)
	if e == nil || e.Status != http.StatusUnauthorized && e.Status != http.StatusForbidden {
		return err
	}
	var about answer[struct {
		Management   bool `json:"is_management_key"`
		Provisioning bool `json:"is_provisioning_key"`
	}]
	if p.short.Get(ctx, "key", nil, &about) != nil || about.Data == nil || about.Data.Management || about.Data.Provisioning {
		return err
	}
	wrong := *e
	wrong.Message, wrong.Advice = "this is a key for calling models, not a management key", adviceKey
	return &wrong
}

// extras reads the credit, and the names of workspaces. Usage counts without
// either.
func (p *puller) extras(ctx context.Context) error {
	b := usage.Batch{NamedAt: p.now}
	var credit answer[struct {
		Granted pull.Number `json:"total_credits"`
		Used    pull.Number `json:"total_usage"`
	}]
	if p.short.Get(ctx, "credits", nil, &credit) == nil && credit.Data != nil {
		granted, err1 := credit.Data.Granted.Amount()
		used, err2 := credit.Data.Used.Amount()
		if err1 == nil && err2 == nil && credit.Data.Granted.Given() {
			b.Standing = &usage.Standing{At: p.now, Currency: "USD", Granted: granted, Used: used}
		}
	}
	if !p.whole {
		var list answer[[]struct {
			ID   text `json:"id"`
			Name text `json:"name"`
		}]
		if p.short.Get(ctx, "workspaces", url.Values{"limit": {"100"}}, &list) == nil && list.Data != nil {
			for _, w := range *list.Data {
				if w.ID != "" {
					b.Entities = append(b.Entities, usage.Entity{Kind: usage.ByProject, ID: string(w.ID), Name: string(w.Name)})
				}
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if b.Standing == nil && len(b.Entities) == 0 {
		return nil
	}
	return p.emit(b)
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
	p := &puller{Source: s, client: c, short: c, now: s.opt.Now().UTC(), whole: true}
	day := p.today().Add(-2 * buckets.Day) // has ended by anybody's clock
	if _, err := p.activity(ctx, day); err != nil {
		return fmt.Errorf("activity of %s: %w", day.Format(time.DateOnly), err)
	}
	return nil
}
