package cmd

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/internal/safehttp"
	"tokpit/pricing"
	"tokpit/report"
)

// counting is a provider's endpoint that counts the tokens of a request without
// answering it.
type counting struct {
	provider, vendor string
	base             string
	keys             []string // variables that usually hold its key
	request          func(base, model string, roles, texts []string) (address string, body any)
	authorize        func(h http.Header, key string)
	answer           func(body []byte) (int64, bool)
}

func countings() []counting {
	return []counting{
		{"anthropic", "Anthropic", "https://api.anthropic.com", []string{"ANTHROPIC_API_KEY"}, askAnthropic, func(h http.Header, key string) {
			h.Set("x-api-key", key)
			h.Set("anthropic-version", "2023-06-01")
		}, func(body []byte) (int64, bool) {
			var d struct {
				N *int64 `json:"input_tokens"`
			}
			if json.Unmarshal(body, &d) != nil || d.N == nil {
				return 0, false
			}
			return *d.N, true
		}},
		{"google", "Google", "https://generativelanguage.googleapis.com", []string{"GEMINI_API_KEY", "GOOGLE_API_KEY"}, askGemini, func(h http.Header, key string) {
			h.Set("x-goog-api-key", key)
		}, func(body []byte) (int64, bool) {
			var d struct {
				N *int64 `json:"totalTokens"`
			}
			if json.Unmarshal(body, &d) != nil || d.N == nil {
				return 0, false
			}
			return *d.N, true
		}},
	}
}

func roleAt(roles []string, i int) string {
	switch {
	case len(roles) == 0:
		return "user"
	case len(roles) == 1:
		return roles[0]
	}
	return roles[i]
}

func askAnthropic(base, model string, roles, texts []string) (string, any) {
	type message struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	}
	var system strings.Builder
	messages := []message{}
	for i, text := range texts {
		if role := roleAt(roles, i); role == "system" || role == "developer" {
			system.WriteString(text)
		} else {
			messages = append(messages, message{role, text})
		}
	}
	body := map[string]any{"model": model, "messages": messages}
	if system.Len() > 0 {
		body["system"] = system.String()
	}
	return base + "/v1/messages/count_tokens", body
}

func askGemini(base, model string, roles, texts []string) (string, any) {
	type part struct {
		Text string `json:"text"`
	}
	type content struct {
		Role  string `json:"role"`
		Parts []part `json:"parts"`
	}
	contents := []content{}
	for i, text := range texts {
		role := roleAt(roles, i)
		if role == "assistant" {
			role = "model"
		} else if role != "model" {
			role = "user" // the endpoint takes no system prompt by itself; its tokens are the same
		}
		contents = append(contents, content{role, []part{{text}}})
	}
	return base + "/v1beta/models/" + url.PathEscape(model) + ":countTokens", map[string]any{"contents": contents}
}

// maxCounted is the largest text that is sent to be counted, in bytes.
const maxCounted = 30 << 20

// countAtProviders asks the providers of the named models to count the prompt.
// They are told nothing else, and nothing is sent before the person has agreed.
func (a *app) countAtProviders(c *cobra.Command, o *estimateOptions, e *report.Estimator, in *input) (map[pricing.ModelRef]int64, error) {
	size := 0
	for _, t := range in.texts {
		size += len(t)
	}
	if size > maxCounted {
		return nil, hint(fmt.Errorf("the text has %s, more than a provider counts", count(int64(size), "byte")), "leave --exact out")
	}
	out := make(map[pricing.ModelRef]int64)
	for _, name := range o.models {
		ref, ok := e.Find(name)
		if !ok {
			continue
		}
		all := countings()
		i := slices.IndexFunc(all, func(k counting) bool { return k.provider == ref.Provider })
		if i < 0 {
			return nil, hint(fmt.Errorf("%s has no endpoint that counts", clean.Text(ref.Provider+"/"+ref.Model)), "--exact works for Anthropic and Gemini; leave it out for the others")
		}
		n, err := a.countAt(c, o, &all[i], ref.Model, in.texts, size)
		if err != nil {
			return nil, err
		}
		out[ref] = n
	}
	return out, nil
}

func (a *app) countAt(c *cobra.Command, o *estimateOptions, k *counting, model string, texts []string, size int) (int64, error) {
	base := strings.TrimSuffix(k.base, "/")
	if o.base != "" {
		base = strings.TrimSuffix(o.base, "/")
	}
	u, err := safehttp.Check(base)
	if err != nil {
		return 0, hint(err, "give an https address")
	}
	if err := o.agree(c, k.vendor, u.Host, size); err != nil {
		return 0, err
	}
	key, err := a.countKey(c.Context(), o, k)
	if err != nil {
		return 0, err
	}
	address, body := k.request(base, model, o.roles, texts)
	text, err := json.Marshal(body)
	if err != nil {
		return 0, errors.New("the text cannot be sent")
	}
	return k.ask(c.Context(), u, o.base != "", address, key, text)
}

func (k *counting) ask(ctx context.Context, base *url.URL, private bool, address, key string, body []byte) (int64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("%s: not an address", k.vendor)
	}
	req.Header.Set("content-type", "application/json")
	k.authorize(req.Header, key)
	client := safehttp.Keyed(base, private)
	defer client.CloseIdleConnections()
	res, err := client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		return 0, hint(fmt.Errorf("%s cannot be reached: %w", k.vendor, err), "check the connection, or leave --exact out")
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return 0, fmt.Errorf("%s: the answer broke off", k.vendor)
	}
	if res.StatusCode != http.StatusOK {
		return 0, k.refused(res.StatusCode, answer)
	}
	n, ok := k.answer(answer)
	if !ok || n < 0 {
		return 0, fmt.Errorf("%s gave an answer without a count", k.vendor)
	}
	return n, nil
}

// refused says why in words of our own: the provider's could repeat the text.
func (k *counting) refused(status int, body []byte) error {
	var d struct {
		Error struct {
			Type   string `json:"type"`
			Status string `json:"status"`
		} `json:"error"`
	}
	_ = json.Unmarshal(body, &d) // an answer of another shape says nothing more
	kind := d.Error.Type + d.Error.Status
	if len(kind) > 40 || strings.Trim(strings.ToLower(kind), "abcdefghijklmnopqrstuvwxyz_") != "" {
		kind = ""
	}
	err := fmt.Errorf("%s refused to count (%s)", k.vendor, strings.TrimSpace(fmt.Sprintf("%d %s", status, kind)))
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return hint(err, "check the key: an ordinary API key is needed, not an administrator's")
	case http.StatusNotFound:
		return hint(err, "the provider does not know the model under that name")
	case http.StatusTooManyRequests, 529: // 529 is Anthropic's "overloaded"
		return hint(err, "try again in a minute, or leave --exact out")
	}
	return hint(err, "leave --exact out for an estimate")
}

// agree asks before anything is sent.
func (o *estimateOptions) agree(c *cobra.Command, vendor, host string, size int) error {
	if o.yes {
		return nil
	}
	what := fmt.Sprintf("%s of text to %s (%s)", count(int64(size), "byte"), vendor, clean.Text(host))
	if !isTerminal(c.InOrStdin()) {
		return hint(fmt.Errorf("--exact sends %s to be counted", what), "add --yes to agree")
	}
	fmt.Fprintf(c.ErrOrStderr(), "This sends %s to be counted. Send it? [y/N] ", what)
	line, err := bufio.NewReader(c.InOrStdin()).ReadString('\n')
	if err != nil && line == "" || strings.ToLower(strings.TrimSpace(line)) != "y" && strings.ToLower(strings.TrimSpace(line)) != "yes" {
		return hint(errors.New("nothing was sent"), "leave --exact out for an estimate")
	}
	return nil
}

// countKey finds the key: where --key says, or in the provider's usual variable.
func (a *app) countKey(ctx context.Context, o *estimateOptions, k *counting) (string, error) {
	ref := o.key
	for _, name := range k.keys {
		if ref == "" && a.env.Getenv(name) != "" {
			ref = "env:" + name
		}
	}
	if ref == "" {
		return "", hint(fmt.Errorf("there is no key for %s", k.vendor), "set %s, or say where it is with --key", k.keys[0])
	}
	s, err := a.keys.resolve(ctx, ref)
	if err != nil {
		return "", err
	}
	return s.Reveal(), nil
}
