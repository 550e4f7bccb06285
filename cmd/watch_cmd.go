package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tokpit/budget/notify"
)

type watchOptions struct {
	every      time.Duration
	once, json bool
}

func newWatch(a *app) *cobra.Command {
	var o watchOptions
	c := &cobra.Command{
		Use:   "watch",
		Short: "Read usage on a schedule, and tell people when a budget needs them",
		Long: `Reads new usage from all sources every few minutes, looks where the budgets
stand, and tells whom they name: by mail, webhook or terminal, as the
configuration says under [notify]. Those named there are told of days that cost
far more than usual, of limits that providers keep (at 90 % where requests are
refused beyond, and once nothing is left), of credit that has run out with no
bill to take over, and of credit that is about to expire. If nobody is named
there, those whom budgets name are told of limits and of credit that has run out.
Digests are sent once their week or month is over. It needs no terminal, prints a
line for each event to stderr, and runs until it is told to end (SIGTERM or
Ctrl+C).

With --demo it says what it would tell, and sends nothing.

Each threshold is told once per period and target, whatever is restarted, and
also beside another tokpit watch or a cockpit on the same store. A message that
could not be handed over is tried again for days; tokpit budget alerts shows it.
A source that fails does not keep the others from being read. The configuration
is read again for each turn.

With --once it does all that once and ends: exit status 2 if a source failed or
a message could not be handed over. --json prints each event as a line of JSON
to stdout.`,
		Example: `  tokpit watch
  tokpit watch --every 15m
  */5 * * * * tokpit watch --once      as a line of a crontab`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.every < minPull {
				return hint(fmt.Errorf("--every %v", o.every), "providers want to be asked once a minute at most")
			}
			if err := a.open(c); err != nil {
				return err
			}
			return newSentry(a, c, o).run(c.Context())
		},
	}
	c.Flags().DurationVar(&o.every, "every", pullEvery, "how often, a `duration` of at least 1m")
	c.Flags().BoolVar(&o.once, "once", false, "do it once and end")
	c.Flags().BoolVar(&o.json, "json", false, "print events as lines of JSON")
	return c
}

// sentry reads, looks and tells, again and again.
type sentry struct {
	app      *app // made anew for each turn
	o        watchOptions
	log      *eventLog
	terminal sender // nil if there is none
	ch       *channels
	turns    map[string]turn   // by connection
	failed   map[string]string // by source: what it failed with the last time
	// digested is the first day of the period whose digest has been seen to.
	digested string
}

func newSentry(a *app, c *cobra.Command, o watchOptions) *sentry {
	s := &sentry{app: a, o: o, turns: make(map[string]turn), failed: make(map[string]string), log: &eventLog{now: a.now, talk: c.ErrOrStderr()}}
	if o.json {
		s.log.data = c.OutOrStdout()
	}
	s.terminal = a.ownTerminal()
	s.ch = a.channels(s.terminal)
	return s
}

// ownTerminal is the terminal that this process talks to, or nil.
func (a *app) ownTerminal() sender {
	if !isTerminal(a.env.Stderr) {
		return nil
	}
	return &notify.Terminal{Out: a.env.Stderr, Form: notify.Detect(a.env.Getenv), Tmux: a.env.Getenv("TMUX") != ""}
}

// run works until ctx ends, which is no error.
func (s *sentry) run(ctx context.Context) error {
	if s.o.once {
		return errors.Join(s.round(ctx), ctx.Err(), s.log.broken())
	}
	s.log.say(event{What: "start", Text: "every " + s.o.every.String()})
	for ctx.Err() == nil && s.log.err == nil {
		began := time.Now()
		s.safely(ctx, s.renew)
		s.safely(ctx, s.round)
		for left := s.o.every; left > 0 && ctx.Err() == nil && s.log.err == nil; left = s.o.every - time.Since(began) {
			if wait(ctx, min(minPull, left)) && s.o.every-time.Since(began) > 0 {
				s.safely(ctx, s.deliver) // what could not be handed over is tried again in between
			}
		}
	}
	s.log.say(event{What: "end", Text: "told to end"})
	return s.log.broken()
}

// renew reads the configuration and the prices again: a watch runs for months.
// If they have become unreadable, it goes on with those that it has.
func (s *sentry) renew(ctx context.Context) error {
	old := s.app
	a := newApp(old.env)
	a.keys, a.kinds, a.demo = old.keys, old.kinds, old.demo
	a.storePath, a.configPath, a.zoneName, a.bookVersion = old.storePath, old.configPath, old.zoneName, old.bookVersion
	if err := a.settle(ctx, "tokpit watch"); err != nil {
		if s.failed["renew"] != err.Error() {
			s.failed["renew"] = err.Error()
			return s.failing(ctx, "error", "", err)
		}
		return nil
	}
	delete(s.failed, "renew")
	s.app, s.ch, s.log.now = a, a.channels(s.terminal), a.now
	return nil
}

// safely runs a part whose failures have been told. A crash is told as well.
func (s *sentry) safely(ctx context.Context, part func(context.Context) error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.fail("error", "", s.app.keys.clear(hint(crash(p), "please report it; what was stored is complete as far as it goes")))
		}
	}()
	_ = part(ctx)
}

// round is one turn. A part that fails does not keep the next from its work.
func (s *sentry) round(ctx context.Context) error {
	var out []error
	for _, part := range []func(context.Context) error{s.read, s.look, s.digest, s.deliver} {
		if ctx.Err() == nil {
			out = append(out, part(ctx))
		}
	}
	return errors.Join(out...)
}

// failing tells an error, and returns it. What a single turn fails with is told
// at its end, unless events go elsewhere.
func (s *sentry) failing(ctx context.Context, what, name string, err error) error {
	if err == nil || ctx.Err() != nil {
		return nil
	}
	err = s.app.keys.clear(err)
	if !s.o.once || s.o.json {
		s.log.fail(what, name, err)
	}
	return err
}
