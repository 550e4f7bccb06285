package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	netmail "net/mail"
	"net/url"
	"strconv"
	"strings"

	"tokpit/budget"
	"tokpit/budget/notify"
	"tokpit/config"
	"tokpit/internal/clean"
)

// sender makes one attempt to hand a message over.
type sender interface {
	Send(context.Context, budget.Delivery) error
}

// channels are the ways to people that the configuration knows. Each process
// has its own terminal, or none.
type channels struct {
	app      *app
	terminal sender // nil if this process has no terminal that somebody looks at
}

func (a *app) channels(terminal sender) *channels {
	if !a.config.Notify.OnTerminal() {
		terminal = nil
	}
	return &channels{a, terminal}
}

// errNoChannel is wrapped by the errors of targets that nothing serves.
var errNoChannel = errors.New("nobody can be told")

// serves returns nil if a target can be told by this configuration, on some
// terminal at least, else an error that says what is missing.
func (a *app) serves(target string) error {
	channel, to := budget.SplitTarget(target)
	n := &a.config.Notify
	missing := func(advice, format string, args ...any) error {
		return hint(fmt.Errorf("%w: target %q: %s", errNoChannel, clean.Text(clip(target)), fmt.Sprintf(format, args...)), "%s", advice)
	}
	switch channel {
	case config.ChannelMail:
		if address, err := netmail.ParseAddress(to); err != nil || address.Address != to || strings.ContainsAny(to, "\r\n\x00") {
			return missing("write it as mail:owner@example.com", "this is no address")
		}
		if n.Mail == nil {
			return missing("name the server that takes mail, in the table [notify.mail] of "+a.configName(), "no mail server is configured")
		}
		return nil
	case config.ChannelTerminal:
		if !n.OnTerminal() {
			return missing("take terminal = false out of [notify] in "+a.configName(), "the terminal is switched off")
		}
		if to != "" {
			return missing("write it as terminal", "the terminal takes no address")
		}
		return nil
	}
	name := webhookName(channel, to)
	if name == "" {
		return missing("write it as the webhook's name alone", "a webhook takes no address")
	}
	if n.Webhook(name) != nil {
		return nil
	}
	advice := "targets are mail:ADDRESS, terminal, or the name of a webhook: a table [[notify.webhook]] in " + a.configName()
	var known []string
	for _, w := range n.Webhooks {
		known = append(known, w.Name)
	}
	if len(known) > 0 {
		advice += "; there are: " + strings.Join(known, ", ")
	}
	return missing(advice, "no webhook of that name is configured")
}

// webhookName is the name in "team" and in "webhook:team", "" in anything else.
func webhookName(channel, to string) string {
	switch {
	case channel == config.ChannelWebhook:
		return to
	case to == "":
		return channel
	}
	return ""
}

// warnOfTargets says of targets that nothing serves what is missing. It is no
// error: the budget may be made for another machine.
func (a *app) warnOfTargets(talk io.Writer, budgets ...budget.Budget) {
	var targets []string
	for i := range budgets {
		targets = append(targets, budgets[i].Targets()...)
	}
	if err := a.unserved(targets...); err != nil {
		complain(talk, a.keys.clear(err))
	}
}

// of returns how a delivery goes out, and where to, in words that tell no
// secret.
func (c *channels) of(ctx context.Context, d *budget.Delivery) (s sender, where string, err error) {
	if err := c.app.serves(targetOf(d)); err != nil {
		return nil, "", err
	}
	if c.app.demo {
		return nil, "", hint(errors.New("demo data is never sent anywhere"), "leave --demo out")
	}
	switch d.Channel {
	case config.ChannelMail:
		m, err := c.app.mail(ctx)
		if err != nil {
			return nil, "", err
		}
		port := m.Port
		if port == 0 {
			port = 587
			if m.Implicit {
				port = 465
			}
		}
		return m, net.JoinHostPort(m.Host, strconv.Itoa(port)), nil
	case config.ChannelTerminal:
		if c.terminal == nil {
			return nil, "", hint(errors.New("this process has no terminal"), "open the cockpit: tokpit")
		}
		return c.terminal, "this terminal", nil
	}
	return c.app.webhook(ctx, c.app.config.Notify.Webhook(webhookName(d.Channel, d.To)))
}

// mine reports whether this process is one that can try a delivery: one for a
// terminal waits for a process that has one.
func (c *channels) mine(d *budget.Delivery) bool {
	return d.Channel != config.ChannelTerminal || c.terminal != nil || !c.app.config.Notify.OnTerminal()
}

// targetOf is the entry of a budget's list that a delivery was made for.
func targetOf(d *budget.Delivery) string {
	if d.To == "" {
		return d.Channel
	}
	return d.Channel + ":" + d.To
}

func (a *app) mail(ctx context.Context) (*notify.Mail, error) {
	m := a.config.Notify.Mail
	out := &notify.Mail{Host: m.Host, Port: m.Port, Implicit: m.ImplicitTLS, From: m.From, Username: m.Username, Now: a.now}
	var err error
	out.Password, err = a.secret(ctx, m.Password)
	return out, err
}

// secret follows a reference now, so that what is wrong with it is told with a
// hint; nil if there is none.
func (a *app) secret(ctx context.Context, ref string) (notify.Secret, error) {
	if ref == "" {
		return nil, nil
	}
	s, err := a.keys.password(ctx, ref)
	if err != nil {
		return nil, err
	}
	return func(context.Context) (string, error) { return s.Reveal(), nil }, nil
}

func (a *app) webhook(ctx context.Context, w *config.Webhook) (sender, string, error) {
	address := w.URL
	if w.IsRef() {
		s, err := config.ResolveSecret(ctx, w.URL, config.SecretEnv{Getenv: a.env.Getenv, Home: a.env.Home})
		if err != nil {
			return nil, "", err
		}
		address = s.Reveal()
	}
	where := "its address"
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		where = clean.Text(u.Host)
		a.keys.redactor.Know(config.NewSecret(u.RequestURI())) // not the host, which errors name
	}
	shape, err := notify.ParseShape(w.Shape)
	if err != nil {
		return nil, "", err
	}
	out := &notify.Webhook{URL: address, Private: w.Private, Shape: shape, Now: a.now}
	if out.Secret, err = a.secret(ctx, w.Secret); err != nil {
		return nil, "", err
	}
	return out, where, nil
}

// configName is where the configuration is, or would be.
func (a *app) configName() string {
	if path, _ := a.configFile(); path != "" {
		return clean.Text(path)
	}
	return "the configuration"
}
