package anthropic

import (
	"context"
	"net/http"
	"strings"

	"tokpit/usage/internal/pull"
)

const (
	version   = "2023-06-01"
	betaSpeed = "fast-mode-2026-02-01" // lets a report be grouped by speed
)

// client returns a client that sends the key and, if there is one, a beta
// header. It tries as often as tries says; 0 is as often as a pull does.
func (s *Source) client(key, beta string, tries uint) (*pull.Client, error) {
	return pull.New(pull.Options{
		Base: s.opt.BaseURL, Private: s.opt.BaseURL != DefaultBaseURL,
		Authorize: func(_ context.Context, h http.Header) error {
			h.Set("X-Api-Key", key)
			h.Set("Anthropic-Version", version)
			if beta != "" {
				h.Set("Anthropic-Beta", beta)
			}
			return nil
		},
		Explain: explain, Rate: s.opt.Rate, Burst: 8, UserAgent: s.opt.UserAgent, MaxTries: tries,
		Now: s.opt.Now, Sleep: s.opt.Sleep, OnWait: s.opt.OnWait, Transport: s.opt.Transport,
	})
}

const adviceKey = "an admin key starts with sk-ant-admin; an organization's admin makes one in the Console under Settings, Admin keys"

// key asks for the key and refuses those that cannot be the right one.
func (s *Source) key(ctx context.Context) (string, error) {
	return pull.Key(ctx, s.opt.Key, "Anthropic", func(key string) string {
		switch {
		case strings.HasPrefix(key, "sk-ant-api"):
			return "this is a key for the models (sk-ant-api…), not an admin key"
		case strings.HasPrefix(key, "sk-ant-oat"), strings.HasPrefix(key, "sk-ant-ort"):
			return "this is the token of a person's login (sk-ant-o…), not an admin key"
		}
		return ""
	}, adviceKey)
}

// explain says what a refusal means, in the words of this API.
func explain(status int, h http.Header, body []byte) error {
	e := pull.Explain(status, h, body)
	switch status {
	case http.StatusUnauthorized:
		e.Advice = "the key is not accepted; " + adviceKey
	case http.StatusForbidden:
		e.Advice = "the key may not read this report; " + adviceKey
	case http.StatusNotFound:
		e.Advice = "the Admin API is for organizations: accounts of single persons have none; otherwise check --base-url"
	case 529:
		e.Message, e.Final, e.Advice = "the API is overloaded", false, "try again later"
	}
	return e
}

// refused reports whether an error says that something is not to be had with
// this key, now or later.
func refused(e *pull.Error) bool {
	return e.Status == http.StatusForbidden || e.Status == http.StatusNotFound || e.Status == http.StatusMethodNotAllowed
}

// hopeless reports whether an error will meet every other request of the pull
// too: nobody answers, or the key is not accepted.
func hopeless(e *pull.Error) bool {
	return e.Status == http.StatusUnauthorized || e.Status == 0 && e.Code != pull.CodePaging && e.Code != pull.CodeShape
}
