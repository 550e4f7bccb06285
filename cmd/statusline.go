package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/spf13/cobra"

	"tokpit/budget"
	"tokpit/store"
)

// statusLimit is how long a status line waits for figures; after it, the last
// known ones are printed, with their age. A prompt may take 20 ms in all: to start
// the process takes about 9 of them, and 8 leave some for a busy machine.
const statusLimit = 8 * time.Millisecond

// statusRefresh is how long the process may take that computes figures for later.
const statusRefresh = time.Minute

// statusFirst is how long it waits when nothing is known yet.
const statusFirst = 2 * time.Second

type statuslineOptions struct {
	json, refresh bool
	format, color string
	width         int
}

func newStatusline(a *app) *cobra.Command {
	var o statuslineOptions
	c := &cobra.Command{
		Use:   "statusline",
		Short: "Print one line for tmux and shell prompts",
		Long: `Prints what today and this month cost, the budget that most needs a look, and
today's tokens, in one line. It takes a few milliseconds: it reads what has been
stored and never syncs, never changes the store and never waits for it. Where
figures are not there in time, the last known ones are printed with their age.

In a --format, {today} {month} {cycle} are money: cash where a plan is set, and
{kind} says what else it is; {tokens} {requests} are today's; {budget} is the
tightest budget, or {budget.name} {budget.state} {budget.used} {budget.left}
{budget.limit}; {age} is how old the figures are, if they are. What stands
between [[ and ]] is left out where one of its fields is empty.`,
		Example: `  tokpit statusline
  tokpit statusline --format '{today}[[ {budget.name} {budget.used}]]' --max 40
  set -g status-right '#(tokpit statusline --color tmux --max 60)'   # tmux.conf`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.runStatusline(c, o) },
	}
	f := c.Flags()
	f.StringVar(&o.format, "format", statusDefault, "what to print, a `template`")
	f.BoolVar(&o.json, "json", false, "print JSON")
	f.StringVar(&o.color, "color", "none", "colour the budget by its state: `tmux`, ansi or none")
	f.IntVar(&o.width, "max", 0, "cut the line to so many `cells`; 0 does not")
	f.BoolVar(&o.refresh, "refresh", false, "compute the figures, however long it takes, and print nothing")
	_ = f.MarkHidden("refresh")
	return c
}

func (a *app) runStatusline(c *cobra.Command, o statuslineOptions) error {
	parts, err := parseStatus(o.format)
	if err != nil {
		return err
	}
	paint, ok := statusPaints()[o.color]
	switch {
	case !ok:
		return hint(fmt.Errorf("--color %q", clip(o.color)), "give tmux, ansi or none")
	case o.width < 0:
		return hint(fmt.Errorf("--max %d", o.width), "give a width in cells; 0 does not cut")
	}
	if a.demo {
		if err := a.open(c); err != nil {
			return err
		}
	}
	figures, err := a.lastOrNew(c.Context(), o.refresh)
	if o.refresh || figures == nil && err != nil {
		return err
	}
	if o.json {
		figures.Key, figures.About = "", ""
		return errors.Join(writeJSON(c.OutOrStdout(), figures), err)
	}
	if o.color == "ansi" && a.env.Getenv("NO_COLOR") != "" {
		paint = statusPaints()["none"]
	}
	line := paint(fitStatus(parts.fill(figures, a.now()), o.width))
	_, printed := io.WriteString(c.OutOrStdout(), line+"\n")
	return errors.Join(err, unlessBrokenPipe(printed))
}

// lastOrNew returns the figures of this minute: kept ones if nothing they were
// made of has changed since, else new ones, else, when these take too long or
// somebody is writing, the last known ones. An error comes with figures where
// there are some.
func (a *app) lastOrNew(ctx context.Context, refresh bool) (*statusFigures, error) {
	key, err := a.statusKey()
	if err != nil {
		return nil, err
	}
	if refresh {
		one := flock.New(a.statusFile()+".lock", flock.SetPermissions(0o600))
		if ok, err := one.TryLock(); !ok {
			return nil, err // another one is at it
		}
		defer one.Unlock()
	}
	kept := a.keptStatus()
	if kept != nil && kept.Key == key {
		return kept, nil
	}
	limit, wait := statusLimit, statusLimit
	if kept == nil {
		wait = statusFirst
	}
	if refresh {
		limit, wait = 10*time.Second, statusRefresh
	}
	type answer struct {
		figures *statusFigures
		err     error
	}
	done := make(chan answer, 1)
	go func() {
		f, err := a.computeStatus(ctx, limit)
		done <- answer{f, err}
	}()
	late := time.NewTimer(wait)
	defer late.Stop()
	select {
	case got := <-done:
		var busy *store.BusyError
		switch {
		case errors.As(got.err, &busy) && !refresh:
			if kept == nil {
				kept = &statusFigures{Schema: statusSchema, AsOf: stamp(a.now()), Kind: "unknown"}
			}
			return kept, nil
		case got.err != nil:
			return kept, got.err
		}
		got.figures.Key, got.figures.About = key, a.statusAbout()
		a.keepStatus(got.figures)
		return got.figures, nil
	case <-late.C:
		if !refresh {
			refreshStatus(a.env.Args)
		}
		if kept == nil {
			kept = &statusFigures{Schema: statusSchema, AsOf: stamp(a.now()), Kind: "unknown"}
		}
		return kept, nil
	}
}

// refreshStatus has another process compute the figures, so that the one that
// draws a prompt need not. It is a courtesy: where it fails, the next line
// tries again.
func refreshStatus(args []string) {
	self, err := exec.LookPath(os.Args[0])
	if err != nil || !strings.HasPrefix(filepath.Base(self), "tokpit") {
		return
	}
	c := exec.Command(self, append(append([]string{}, args...), "--refresh")...)
	c.SysProcAttr = apart()
	if c.Start() == nil {
		_ = c.Process.Release()
	}
}

// Budget states in the words of a status line.
const (
	statusOK   = string(budget.StateOK)
	statusOver = string(budget.StateOver)
	statusWarn = string(budget.StateWarn)
)
