package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"tokpit/config"
	"tokpit/internal/clean"
	"tokpit/internal/safehttp"
	"tokpit/report"
	"tokpit/store"
	"tokpit/usage"
	"tokpit/usage/claudecode"
	"tokpit/usage/codex"
	"tokpit/usage/geminicli"
	"tokpit/usage/litellm"
)

// kindConnection is the kind of document that a connection's settings are.
const kindConnection = "connection"

// connection is the settings of a source that a person added. It says where
// the key is, and never holds it.
type connection struct {
	report.Connecting
	Added time.Time
	// before lists the kinds of records that were there under the name already.
	before []string
	// covered is the days that an earlier connection of the name has read.
	covered []usage.Span
	// broken is why the settings cannot be read; the rest is then empty but for
	// the name.
	broken error
}

// settings is how a connection is kept. A program reads its own version and
// older ones.
type settings struct {
	Version int          `json:"v"`
	Type    string       `json:"type"`
	Key     string       `json:"key"` // a reference
	BaseURL string       `json:"base_url,omitempty"`
	Account string       `json:"account,omitempty"`
	Grain   string       `json:"grain,omitempty"`
	Since   string       `json:"since"` // UTC day
	Added   time.Time    `json:"added"`
	Before  []string     `json:"before,omitempty"`
	Covered []usage.Span `json:"covered,omitempty"`
}

const settingsVersion = 1

func encodeConnection(c connection) ([]byte, error) {
	return json.Marshal(settings{Version: settingsVersion, Type: c.Type, Key: c.KeyRef, BaseURL: c.BaseURL, Account: c.Account,
		Grain: c.Grain, Since: c.Since.UTC().Format(time.DateOnly), Added: c.Added.UTC(), Before: c.before, Covered: c.covered})
}

func decodeConnection(name string, text []byte) connection {
	c := connection{Connecting: report.Connecting{Name: name}}
	var s settings
	err := json.Unmarshal(text, &s)
	since, sinceErr := time.Parse(time.DateOnly, s.Since)
	switch {
	case err != nil, s.Version < 1:
		c.broken = errors.New("its settings are damaged")
	case s.Version > settingsVersion:
		c.broken = hint(errors.New("its settings were written by a newer tokpit"), "use that one")
	case sinceErr != nil:
		c.broken = errors.New("its settings are damaged")
	case config.CheckRef(s.Key) != nil:
		c.broken = config.CheckRef(s.Key)
	default:
		c.Connecting = report.Connecting{Name: name, Type: s.Type, KeyRef: s.Key, BaseURL: s.BaseURL, Account: s.Account, Grain: s.Grain, Since: since}
		c.Added, c.before, c.covered = s.Added, s.Before, s.Covered
		return c
	}
	if hintOf(c.broken) == "" {
		c.broken = hint(c.broken, "run: tokpit sources remove %s --keep, then add it again", name)
	}
	return c
}

// account is whose usage it is, by default an account of the connection's name.
// A gateway's is nobody's in particular: what passes through it is billed to the
// accounts at the providers, and belongs to the only one there is.
func (c *connection) account() string {
	if c.Account != "" || c.Type == litellm.Type {
		return c.Account
	}
	return c.Name
}

// connections lists what people added, by name. Settings that cannot be read
// are listed as broken, so that one of them does not hide the others.
func (a *app) connections(ctx context.Context) ([]connection, error) {
	if a.demo {
		return nil, nil
	}
	names, err := a.store.Documents(ctx, kindConnection)
	if err != nil {
		return nil, err
	}
	var out []connection
	for _, name := range names {
		text, err := a.store.Document(ctx, kindConnection, name)
		if errors.Is(err, store.ErrNotFound) {
			continue // removed in this moment
		}
		if err != nil {
			return nil, err
		}
		out = append(out, decodeConnection(name, text))
	}
	return out, nil
}

func (a *app) saveConnection(ctx context.Context, c connection) error {
	text, err := encodeConnection(c)
	if err != nil {
		return err
	}
	return a.store.PutDocument(ctx, kindConnection, c.Name, text)
}

// reserved are names that are, or will be, sources which are found by
// themselves.
func reserved() []string {
	names := []string{claudecode.Name, codex.Name, geminicli.Name, "opencode", "qwen-code", "copilot-cli", "copilot-chat", "cursor", "crush", "goose",
		"aider", "amp", "droid", "zed", "pi", "kimi", "grok-cli", "hermes", "openclaw", "llm", "otel", "import", "gateway", "demo", "all"}
	return append(names, importNames(importFormats(nil))...)
}

// checkName says whether a connection may be called so.
func checkName(name string) error {
	const advice = "use lower-case letters, digits and dashes, beginning with a letter: for example acme-openai"
	switch {
	case name == "":
		return hint(errors.New("the source has no name"), advice)
	case !regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`).MatchString(name) || len(name) > 40:
		return hint(fmt.Errorf("%q cannot be a source's name", clean.Text(clip(name))), advice)
	case slices.Contains(reserved(), name):
		return hint(fmt.Errorf("%s is the name of a source of its own", name), "choose another name, for example %s-org", name)
	}
	return nil
}

// firstSince is the day that a new connection is read from unless a person
// says otherwise: the whole month before the last one, so that the last month
// can be compared with the one before.
func firstSince(now time.Time) time.Time {
	y, m, _ := now.UTC().Date()
	return time.Date(y, m-2, 1, 0, 0, 0, 0, time.UTC)
}

// settleConnection checks what a person wants and fills in what is left out.
func (a *app) settleConnection(c report.Connecting) (connection, error) {
	var none connection
	if err := config.CheckRef(c.KeyRef); err != nil {
		return none, err // first of all: it might be a key
	}
	if err := checkName(c.Name); err != nil {
		return none, err
	}
	k, err := a.kindOf(c.Type)
	if err != nil {
		return none, err
	}
	if c.BaseURL, err = checkBase(k, c.BaseURL); err != nil {
		return none, err
	}
	switch {
	case c.Grain == "":
		c.Grain = k.grains[0]
	case !slices.Contains(k.grains, c.Grain):
		return none, hint(fmt.Errorf("grain %q", clip(c.Grain)), "%s has %s", k.name, strings.Join(k.grains, ", "))
	}
	if c.Account != clean.Text(c.Account) || strings.TrimSpace(c.Account) != c.Account || config.LooksLikeKey(c.Account) {
		return none, hint(errors.New("account: it holds what does not belong into a name"), "give a short name without control characters and spaces around it")
	}
	if c.Since.IsZero() {
		c.Since = firstSince(a.now())
	}
	if err := checkSince(c.Since, a.now()); err != nil {
		return none, err
	}
	c.Since = c.Since.UTC().Truncate(24 * time.Hour)
	return connection{Connecting: c, Added: a.now()}, nil
}

func checkSince(since, now time.Time) error {
	const advice = "give the first day that you want usage of"
	switch {
	case since.After(now):
		return hint(fmt.Errorf("since: %s lies in the future", since.Format(time.DateOnly)), advice)
	case since.Before(time.Date(2020, 6, 1, 0, 0, 0, 0, time.UTC)):
		return hint(fmt.Errorf("since: %s is before any model API", since.Format(time.DateOnly)), advice)
	}
	return nil
}

// checkBase returns an address without its trailing slashes. What is wrong with
// it is said without repeating it: addresses carry passwords.
func checkBase(k kind, address string) (string, error) {
	if address == "" {
		if k.base == "" {
			return "", hint(fmt.Errorf("%s has no address of its own", k.title), "give it with --base-url, e.g. --base-url https://litellm.example.com")
		}
		return "", nil
	}
	u, err := safehttp.Check(address)
	if err != nil {
		return "", hint(fmt.Errorf("base URL: %w", err), "give it as https://host/path; http:// is accepted for this machine only")
	}
	if u.RawQuery != "" || u.Fragment != "" || u.ForceQuery {
		return "", hint(errors.New("base URL: there is something behind a ? or #"), "give the address alone; the key belongs into --key, as a reference")
	}
	if clean.Limit(address, len(address)+1) != address || config.LooksLikeKey(address) {
		return "", hint(errors.New("base URL: it holds what does not belong into an address"), "give the address alone; the key belongs into --key, as a reference")
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// clash returns an error if a connection is there already, under its name or
// as the same traffic under another one, which would be counted twice.
func (a *app) clash(c connection, all []connection) error {
	reported := func(c *connection) bool {
		k, err := a.kindOf(c.Type)
		return err == nil && k.basis == usage.Reported
	}
	for _, other := range all {
		switch {
		case other.Name == c.Name:
			return hint(fmt.Errorf("there is a source %s already", c.Name),
				"choose another name, or take that one away first: tokpit sources remove %s --keep (or --purge)", c.Name)
		case other.broken == nil && other.Type == c.Type && other.KeyRef == c.KeyRef && other.BaseURL == c.BaseURL:
			return hint(fmt.Errorf("%s reads the same already: its usage would be counted twice", other.Name),
				"use another key, or remove %s first", other.Name)
		case other.broken == nil && other.Type == c.Type && other.account() == c.account() && reported(&c):
			return hint(fmt.Errorf("%s reads the account %s already: its usage would be counted twice", other.Name, clean.Text(c.account())),
				"leave --account out, or give another name")
		}
	}
	return nil
}

// leftBehind returns an error if a source that is not connected any more has
// left usage behind that the connection would read once more. Nobody knows
// whether it is the same organization or proxy, unless the account says so.
func (a *app) leftBehind(ctx context.Context, c connection, all []connection) error {
	k, err := a.kindOf(c.Type)
	if err != nil {
		return err
	}
	coverage, err := a.store.Coverage(ctx)
	if err != nil {
		return err
	}
	status, err := a.store.Status(ctx)
	if err != nil {
		return err
	}
	bundled, err := a.bundled(ctx, status, all)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(coverage)) {
		if name == c.Name || slices.ContainsFunc(all, func(other connection) bool { return other.Name == name }) {
			continue
		}
		for _, span := range coverage[name] {
			if span.Basis != k.basis || k.basis == usage.Reported && span.Provider != c.Type || c.Account != "" && span.Account != c.Account {
				continue
			}
			if from, ok := bundled[name]; ok {
				return hint(fmt.Errorf("usage of that account is here already, as %s, from bundles of %s: it would be counted twice", name, clean.Text(machineOf(from.Machine))),
					"delete that first, since what this machine asks itself is newer (tokpit sources remove %s --purge), or, if it is not the same, tell the two apart with --account NAME", name)
			}
			return hint(fmt.Errorf("%s, which was removed, has left its usage behind: if this is the same, it would be counted twice", name),
				"add it under the name %s again, delete that usage (tokpit sources remove %s --purge), or, if it is not the same, tell the two apart with --account NAME",
				name, name)
		}
	}
	return nil
}
