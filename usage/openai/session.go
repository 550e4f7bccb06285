package openai

import (
	"context"
	"net/http"
	"strings"

	openaisdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"tokpit/usage/internal/pull"
)

// session is one conversation with the API, with a key in memory.
type session struct {
	*Source
	client *pull.Client
	org    openaisdk.AdminOrganizationService
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
	opts := []option.RequestOption{option.WithBaseURL(client.Base()), option.WithHTTPClient(client.HTTP()), option.WithMaxRetries(0)}
	for _, h := range []string{"Lang", "Package-Version", "OS", "Arch", "Runtime", "Runtime-Version", "Retry-Count", "Timeout"} {
		opts = append(opts, option.WithHeaderDel("X-Stainless-"+h)) // what runs here is nobody's business
	}
	// The services, unlike the SDK's client, read nothing from the environment.
	return &session{Source: s, client: client, org: openaisdk.NewAdminOrganizationService(opts...)}, nil
}

func (s *session) close() { s.client.Close() }

// plainly takes what the SDK returned apart: the error of package pull, if there
// is one; an error of ours, if an answer was of another shape; else the error.
func plainly(err error) error {
	if e := pull.AsError(err); e != nil {
		return e
	}
	if strings.Contains(err.Error(), "parsing response json") {
		return &pull.Error{Status: http.StatusOK, Code: pull.CodeShape, Final: true, Message: "the answer is not what was expected",
			Advice: adviceBase, Err: err}
	}
	return err
}
