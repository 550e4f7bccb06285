package cmd

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/spf13/cobra"

	"tokpit/report"
	"tokpit/store"
	"tokpit/tui"
	"tokpit/usage"
)

// runRoot is tokpit without a command: the cockpit on a terminal, else a
// report of what a sync finds.
func (a *app) runRoot(c *cobra.Command, every time.Duration) error {
	if every != 0 && every < minPull {
		return hint(fmt.Errorf("--pull-every %v", every), "providers want to be asked once a minute at most; 0 is never")
	}
	if isTerminal(a.env.Stdin) && isTerminal(a.env.Stdout) {
		return a.runCockpit(c, every)
	}
	if err := a.checkLook(c); err != nil {
		return err
	}
	out, err := a.catchUp(c)
	if err != nil {
		return err
	}
	return errors.Join(unlessBrokenPipe(a.runReport(c, reportOptions{})), out.failure())
}

// checkLook refuses a theme or a span that the cockpit would not know, also where
// there is no terminal to show it on: it may be a slip for something else.
func (a *app) checkLook(c *cobra.Command) error {
	if a.themeName == "" && a.periodText == "" {
		return nil
	}
	if err := a.settle(c.Context(), c.CommandPath()); err != nil {
		return err
	}
	_, wrong := a.theme()
	_, err := a.period()
	return errors.Join(wrong, err)
}

// catchUp reads what is new, with progress on stderr, for what is then printed.
func (a *app) catchUp(c *cobra.Command) (*outcome, error) {
	if err := a.open(c); err != nil {
		return nil, err
	}
	p := newProgress(c.ErrOrStderr())
	sources, err := a.everything(c.Context(), p)
	if err == nil {
		sources, err = a.worthwhile(c.Context(), sources)
	}
	if err != nil {
		return nil, err
	}
	out, err := a.sync(c.Context(), sources, p)
	p.clear()
	return out, err
}

func (a *app) runCockpit(c *cobra.Command, every time.Duration) error {
	if err := a.settle(c.Context(), c.CommandPath()); err != nil {
		return err
	}
	theme, err := a.theme()
	if err != nil {
		return err
	}
	span, err := a.period()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	d := newDesk(a, every)
	restore := calm()
	d.begin(ctx)
	opts := tui.Options{Now: a.now, Explorer: explorer{d}, Exporter: explorer{d}, Ledger: explorer{d}.Ledger, Desk: prompter{d}, Budgets: budgeter{d}, Simulator: simulator{d}, Theme: theme, Period: span}
	opts.ReadOnly = mayOnlyLook(a.actor())
	opts.Newcomer = newNewcomer(a.env)
	a.env.sweepEdits()
	if !a.demo {
		opts.Syncer, opts.Demo, opts.Connector = d, d, d
	}
	program := tui.NewProgram(tui.New(ctx, d, opts), tea.WithInput(a.env.Stdin), tea.WithOutput(a.env.Stdout))
	var background sync.WaitGroup
	background.Go(d.afterwards(ctx, func(context.Context) { restore() }))
	if !a.demo {
		d.send = program.Send
		for _, f := range []func(context.Context){d.follow, d.followProviders, d.tell} {
			background.Go(d.afterwards(ctx, f))
		}
	}
	_, err = program.Run()
	cancel()
	background.Wait()
	d.writing.Wait() // until what was not finished has been cleared away
	if errors.Is(err, tea.ErrInterrupted) || errors.Is(err, tea.ErrProgramKilled) {
		err = nil
	}
	return err
}

// withHint gives an error the method that the cockpit asks for.
func withHint(err error) error {
	if err == nil || hintOf(err) == "" {
		return err
	}
	return shown{err}
}

type shown struct{ error }

func (s shown) Hint() string  { return hintOf(s.error) }
func (s shown) Unwrap() error { return s.error }

// unusualDays is how far back the cockpit looks for days that stand out.
const unusualDays = 21

// snapshot reads what all pages show.
func (a *app) snapshot(ctx context.Context, looked time.Time) (*report.Snapshot, error) {
	s, _, err := a.survey(ctx, looked)
	return s, err
}

// survey is a snapshot, and the state of the store that it is of. Looked is when
// the logs of this machine were last looked at: a look that finds nothing new is
// not written to the store each time.
func (a *app) survey(ctx context.Context, looked time.Time) (out *report.Snapshot, status store.Status, err error) {
	early := a.readAhead(ctx)
	s, err := a.standing(ctx)
	if err != nil {
		return nil, status, err
	}
	names := s.names()
	cube, err := a.wholeCells(ctx, s.status.Revision, names, early)
	if err != nil {
		return nil, status, err
	}
	plans, err := a.store.Plans(ctx)
	if err != nil {
		return nil, status, err
	}
	in := report.Input{Cube: cube, Book: a.book, Plans: plans, Zone: a.zone, AsOf: a.now(), Demo: a.demo, Names: names,
		CycleAnchor: a.config.Cycle.AnchorDay}
	in.Sources = a.sourceStatus(s)
	for i := range in.Sources {
		s := &in.Sources[i]
		if s.Err == "" && s.Type == "" && s.Kind != stateOld && s.Kind != importedKind && looked.After(s.Synced) {
			s.Synced = looked
		}
		in.Quarantined += s.Quarantined
		if s.Synced.After(in.LastSync) {
			in.LastSync = s.Synced
		}
	}
	built := beside(func() { out = report.BuildSnapshot(in) })
	budgets, err := a.budgetsOf(ctx, &in)
	if wrong := <-built; wrong != nil {
		return nil, s.status, wrong
	}
	out.Budgets = budgets
	return out, s.status, err
}

// beside runs f on another processor, and says when it has ended, and how.
func beside(f func()) (ended <-chan error) {
	done := make(chan error, 1)
	go func() {
		defer func() {
			var err error
			if p := recover(); p != nil {
				err = hint(crash(p), "please report it")
			}
			done <- err
		}()
		f()
	}()
	return done
}

// budgetsOf says where the budgets stand, by what a snapshot is made of.
func (a *app) budgetsOf(ctx context.Context, in *report.Input) (*report.Budgets, error) {
	budgets, err := a.store.Budgets(ctx)
	if err != nil {
		return nil, err
	}
	r := a.budgetReaderOf(in.Names, in.Plans, in.Sources, in.Cube)
	b := r.input(ctx, budgets...)
	b.Unusual = unusualDays
	if b.Kept, err = a.kept(ctx); err != nil {
		return nil, err
	}
	if b.Alerts, err = a.store.Alerts(ctx); err != nil {
		return nil, err
	}
	if b.Deliveries, err = a.store.Deliveries(ctx); err != nil {
		return nil, err
	}
	return report.BuildBudgets(b)
}

// ruled reads cells and applies the person's rules to them. Rules that look at
// sessions need the records: session-level cells are whole days.
func (a *app) ruled(ctx context.Context, span usage.Span, fine bool, names *report.Names) (*usage.Cube, error) {
	read := func() (*usage.Cube, error) { return a.store.Cube(ctx, span, fine) }
	if a.rules.Fine() {
		read = func() (*usage.Cube, error) { return a.store.RecordsCube(ctx, span) }
	}
	cube, err := read()
	if err != nil {
		return nil, err
	}
	return a.rules.Apply(cube, names), nil
}
