package cmd

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tokpit/usage"
	"tokpit/usage/anthropic"
	"tokpit/usage/litellm"
	"tokpit/usage/openai"
	"tokpit/usage/openrouter"
)

// reader is a source at a provider, which a person connects.
type reader interface {
	usage.Source
	// Test asks the provider for next to nothing, to see whether it answers.
	Test(context.Context) error
}

// readerOptions are what every reader of a provider needs.
type readerOptions struct {
	Name, Account  string // of the connection
	BaseURL, Grain string // "" is the type's own
	Since          time.Time
	Before         []string     // kinds of records that an earlier connection of this name left behind
	Covered        []usage.Span // days that it had read
	Key            func(context.Context) (string, error)
	Now            func() time.Time
	Progress       func(done, total int64) // steps of its own choice
	// OnWait is told of failures after which the reader tries again.
	OnWait func(err error, wait time.Duration)
}

// kind is a type of source that a person can connect.
type kind struct {
	name   string // also the Source of its records
	title  string
	basis  usage.Basis
	key    string   // which key it takes
	grains []string // the first is the default
	base   string   // its own address; "" if one must be given
	open   func(readerOptions) (reader, error)
}

// kindOf returns a type by its name.
func (a *app) kindOf(name string) (kind, error) {
	i := slices.IndexFunc(a.kinds, func(k kind) bool { return k.name == name })
	if i < 0 {
		var known []string
		for _, k := range a.kinds {
			known = append(known, k.name)
		}
		return kind{}, hint(fmt.Errorf("unknown type %q", clip(name)), "types: %s", strings.Join(known, ", "))
	}
	return a.kinds[i], nil
}

// kinds lists the types, in the order that they are shown.
func kinds() []kind {
	return []kind{
		{name: openai.Type, title: "OpenAI", basis: usage.Reported, key: "an admin key (sk-admin-…)", grains: openai.Grains(), base: openai.DefaultBaseURL,
			open: func(o readerOptions) (reader, error) {
				return openai.New(openai.Options{Name: o.Name, Account: o.Account, BaseURL: o.BaseURL, Grain: o.Grain, Since: o.Since, Before: o.Before,
					Key: o.Key, Now: o.Now, Progress: o.Progress, OnWait: o.OnWait, UserAgent: userAgent()})
			}},
		{name: anthropic.Type, title: "Anthropic", basis: usage.Reported, key: "an admin key (sk-ant-admin…)", grains: []string{"1h", "1d", "1m"},
			base: anthropic.DefaultBaseURL, open: func(o readerOptions) (reader, error) {
				return anthropic.New(anthropic.Options{Name: o.Name, Account: o.Account, BaseURL: o.BaseURL, Grain: o.Grain, Since: o.Since, Before: o.Before,
					Key: o.Key, Now: o.Now, Progress: o.Progress, OnWait: o.OnWait, UserAgent: userAgent()})
			}},
		{name: openrouter.Type, title: "OpenRouter", basis: usage.Reported, key: "a management key", grains: []string{"1d"},
			base: openrouter.DefaultBaseURL, open: func(o readerOptions) (reader, error) {
				return openrouter.New(openrouter.Options{Name: o.Name, Account: o.Account, BaseURL: o.BaseURL, Grain: o.Grain, Since: o.Since,
					Key: o.Key, Now: o.Now, Progress: o.Progress, OnWait: o.OnWait, UserAgent: userAgent()})
			}},
		{name: litellm.Type, title: "LiteLLM", basis: usage.Metered, key: "the master key, or one of an administrator", grains: []string{"1d"},
			open: func(o readerOptions) (reader, error) {
				return litellm.New(litellm.Options{Name: o.Name, Account: o.Account, BaseURL: o.BaseURL, Grain: o.Grain, Since: o.Since, Before: o.Before, Covered: o.Covered,
					Key: o.Key, Now: o.Now, Progress: o.Progress, OnWait: o.OnWait, UserAgent: userAgent()})
			}},
	}
}

// userAgent is what providers ask programs to call themselves.
func userAgent() string { return "tokpit/" + version() }
