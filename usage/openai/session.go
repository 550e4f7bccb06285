package openai

import (
	"context"
	"net/http"

	"tokpit/usage/internal/pull"
)

// session is one conversation with the API, with a key in memory.
type session struct {
	*Source
	client *pull.Client
}

const adviceBase = "check the address (--base-url): it should lead to the API itself, e.g. " + DefaultBaseURL

// maxBody bounds one page. A window that is larger is asked for in parts.
const maxBody = 16 << 20

// open asks for the key and returns a session that must be closed. With tries
// above zero, requests are attempted that often.
func (s *Source) open(ctx context.Context, tries uint) (*session, error) {
	key, err := s.key(ctx)
	if err != nil {
		return nil, err
	}
	of := shapeOf(key)
	client, err := pull.New(pull.Options{
		Base: s.opt.BaseURL, Private: s.opt.BaseURL != DefaultBaseURL,
		Authorize: func(_ context.Context, h http.Header) error {
			h.Set("Authorization", "Bearer "+key)
			return nil
		},
		Explain: func(status int, _ http.Header, body []byte) error { return explain(of, status, body) },
		Rate:    s.opt.Rate, Burst: 8, UserAgent: s.opt.UserAgent, MaxTries: tries, MaxBody: maxBody,
		Now: s.opt.Now, Sleep: s.opt.Sleep, OnWait: s.opt.OnWait, Transport: s.opt.Transport,
	})
	if err != nil {
		return nil, err
	}
	return &session{Source: s, client: client}, nil
}

func (s *session) close() { s.client.Close() }
