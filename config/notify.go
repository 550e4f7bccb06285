package config

import (
	"errors"
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"tokpit/internal/clean"
)

// Notify says how people are told of budgets. Passwords, signing secrets and the
// addresses of webhooks may be references to secrets; none is followed here.
type Notify struct {
	Terminal *bool    `toml:"terminal"` // nil is on
	Digest   string   `toml:"digest"`   // "weekly", "monthly", or "off", which is also ""
	DigestTo []string `toml:"digest_to"`
	// To is whom to tell what belongs to no budget: that a day cost far more than
	// usual, that a provider's limit is reached or nearly so, and that credit has
	// run out or is about to expire.
	To []string `toml:"to"`

	Mail     *Mail     `toml:"mail"`
	Webhooks []Webhook `toml:"webhook"`
}

// Mail is the server that takes mail. The connection to it is encrypted, by
// STARTTLS unless ImplicitTLS; only one on this machine may do without.
type Mail struct {
	Host        string `toml:"host"`
	Port        int    `toml:"port"` // 0 is 587, or 465 with ImplicitTLS
	ImplicitTLS bool   `toml:"implicit_tls"`
	From        string `toml:"from"`
	Username    string `toml:"username"`
	Password    string `toml:"password"` // a reference
}

// Webhook is an address that messages are posted to.
type Webhook struct {
	Name    string `toml:"name"`
	URL     string `toml:"url"`     // an address, or a reference to one
	Shape   string `toml:"shape"`   // one of [WebhookShapes]; "" is "json"
	Secret  string `toml:"secret"`  // a reference; "" is no signature
	Private bool   `toml:"private"` // the address may lie in a private network
}

// Names of the channels that are not webhooks, as they stand in a budget's list
// of whom to tell: "mail:owner@example.com", "terminal".
const (
	ChannelMail     = "mail"
	ChannelTerminal = "terminal"
	ChannelWebhook  = "webhook" // may stand before a webhook's name
)

// What a digest can be.
const (
	DigestOff     = "off"
	DigestWeekly  = "weekly"
	DigestMonthly = "monthly"
)

// WebhookShapes lists the forms that a webhook's message can have.
func WebhookShapes() []string { return []string{"json", "slack", "discord", "teams"} }

// OnTerminal reports whether the terminal may be rung.
func (n *Notify) OnTerminal() bool { return n.Terminal == nil || *n.Terminal }

// Webhook returns the webhook of a name, or nil.
func (n *Notify) Webhook(name string) *Webhook {
	if i := slices.IndexFunc(n.Webhooks, func(w Webhook) bool { return w.Name == name }); i >= 0 {
		return &n.Webhooks[i]
	}
	return nil
}

// IsRef reports whether a webhook's address is a reference to a secret, in which
// the whole address is kept.
func (w *Webhook) IsRef() bool {
	scheme, _, ok := strings.Cut(w.URL, ":")
	return ok && slices.Contains([]string{schemeEnv, schemeKeyring, schemeFile, schemeCommand}, scheme)
}

// check finds what is wrong with the tables. Errors name the line and the key,
// and never repeat what may be a secret.
func (n *Notify) check(text []byte) error {
	at := spots(text)
	fail := func(table string, i int, key string, err error) error {
		name := "[" + table + "]"
		if table == tableWebhook {
			name = "[[" + table + "]]"
		}
		if key != "" {
			name += " " + key
		}
		if line := at.line(table, i, key); line > 0 {
			return fmt.Errorf("line %d: %s: %w", line, name, err)
		}
		return fmt.Errorf("%s: %w", name, err)
	}
	if key, err := n.checkDigest(); err != nil {
		return fail(tableNotify, 0, key, err)
	}
	if n.Mail != nil {
		if key, err := n.Mail.check(); err != nil {
			return fail(tableMail, 0, key, err)
		}
	}
	for i := range n.Webhooks {
		w := &n.Webhooks[i]
		key, err := w.check()
		if err == nil && slices.ContainsFunc(n.Webhooks[:i], func(x Webhook) bool { return x.Name == w.Name }) {
			key, err = "name", fmt.Errorf("there are two webhooks called %q", clean.Text(w.Name))
		}
		if err != nil {
			return fail(tableWebhook, i, key, err)
		}
	}
	return nil
}

// checkDigest returns the key that is wrong, and why.
func (n *Notify) checkDigest() (key string, err error) {
	switch n.Digest {
	case DigestWeekly, DigestMonthly:
		if len(n.DigestTo) == 0 {
			return "digest", errors.New(`nobody gets it; name targets: digest_to = ["mail:owner@example.com"]`)
		}
	case DigestOff:
	case "":
		if len(n.DigestTo) > 0 {
			return "digest_to", errors.New("digest does not say how often: weekly, monthly or off")
		}
	default:
		return "digest", errors.New("must be weekly, monthly or off")
	}
	for _, list := range []struct {
		key     string
		targets []string
	}{{"to", n.To}, {"digest_to", n.DigestTo}} {
		for _, target := range list.targets {
			if strings.TrimSpace(target) == "" || clean.Text(target) != target || LooksLikeKey(target) {
				return list.key, errors.New(`a target is "mail:owner@example.com", "terminal" or the name of a webhook`)
			}
		}
	}
	return "", nil
}

func (m *Mail) check() (key string, err error) {
	switch {
	case m.Host == "":
		return "", errors.New("host is missing: the server that takes mail")
	case strings.ContainsAny(m.Host, ":/@ ") && !isAddress(m.Host) || clean.Text(m.Host) != m.Host:
		return "host", errors.New("must be the name of a server alone, such as smtp.example.com; the port has a key of its own")
	case m.Port < 0 || m.Port > 65535:
		return "port", errors.New("must lie between 1 and 65535")
	case m.From == "":
		return "", errors.New("from is missing: the address that messages come from")
	case m.Username != "" && m.Password == "":
		return "username", errors.New("password is missing: " + refHelp)
	case m.Username == "" && m.Password != "":
		return "password", errors.New("username is missing")
	case clean.Text(m.Username) != m.Username:
		return "username", errors.New("must be plain text")
	}
	if _, err := mail.ParseAddress(m.From); err != nil || clean.Text(m.From) != m.From {
		return "from", errors.New(`must be an address, such as "tokpit <tokpit@example.com>"`)
	}
	if m.Password != "" {
		if err := CheckRef(m.Password); err != nil {
			return "password", err
		}
	}
	return "", nil
}

func isAddress(host string) bool { _, err := netip.ParseAddr(host); return err == nil }

func (w *Webhook) check() (key string, err error) {
	switch {
	case w.Name == "":
		return "", errors.New("name is missing; budgets tell a webhook by its name")
	case slices.Contains([]string{ChannelMail, ChannelTerminal, ChannelWebhook}, w.Name):
		return "name", fmt.Errorf("%s is another channel's name", w.Name)
	case strings.ContainsAny(w.Name, ":,") || strings.TrimSpace(w.Name) != w.Name || clean.Limit(w.Name, 80) != w.Name:
		return "name", errors.New("must be a short plain text without colon and comma")
	case LooksLikeKey(w.Name):
		return "name", errors.New("this looks like a key itself, and is not repeated here")
	case w.URL == "":
		return "", errors.New("url is missing: an https address, or a reference to one (env:, keyring:, file:, cmd:)")
	case w.Shape != "" && !slices.Contains(WebhookShapes(), w.Shape):
		return "shape", errors.New("must be one of " + strings.Join(WebhookShapes(), ", "))
	}
	if err := w.checkURL(); err != nil {
		return "url", err
	}
	if w.Secret != "" {
		if err := CheckRef(w.Secret); err != nil {
			return "secret", err
		}
	}
	return "", nil
}

// checkURL never repeats the address: for most services its path is a secret.
func (w *Webhook) checkURL() error {
	if w.IsRef() {
		return CheckRef(w.URL)
	}
	u, err := url.Parse(w.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return errors.New("must be an https address, or a reference to one (env:, keyring:, file:, cmd:)")
	case u.User != nil:
		return errors.New("must not hold a user name or password")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return errors.New("must begin with https:// (http is for receivers on this machine)")
	}
	return nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}
