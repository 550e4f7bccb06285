package cmd

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
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
func (a *app) runRoot(c *cobra.Command) error {
	if isTerminal(a.env.Stdin) && isTerminal(a.env.Stdout) {
		return a.runCockpit(c)
	}
	if err := a.open(c); err != nil {
		return err
	}
	p := newProgress(c.ErrOrStderr())
	out, err := a.sync(c.Context(), a.sourcesWith(p), p.update)
	p.clear()
	if err != nil {
		return err
	}
	return errors.Join(unlessBrokenPipe(a.runReport(c, reportOptions{})), out.failure())
}

func (a *app) runCockpit(c *cobra.Command) error {
	if err := a.settle(c.Context(), c.CommandPath()); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	d := &desk{app: a}
	opts := tui.Options{Now: a.now}
	if !a.demo {
		opts.Syncer, opts.Demo = d, d
	}
	program := tui.NewProgram(tui.New(ctx, d, opts), tea.WithInput(a.env.Stdin), tea.WithOutput(a.env.Stdout))
	var background sync.WaitGroup
	if !a.demo {
		d.send = program.Send
		background.Go(func() { d.follow(ctx) })
	}
	_, err := program.Run()
	cancel()
	background.Wait()
	if errors.Is(err, tea.ErrInterrupted) || errors.Is(err, tea.ErrProgramKilled) {
		err = nil
	}
	return err
}

// desk is what the cockpit works on: it makes snapshots of the store, and
// brings new usage into it.
type desk struct {
	app    *app
	send   func(tea.Msg)
	mu     sync.Mutex   // one sync at a time
	seeded bool         // demo data is in the store
	looked atomic.Value // time.Time: the end of the last sync that went well
}

// Snapshot implements tui.Reporter.
func (d *desk) Snapshot(ctx context.Context) (*report.Snapshot, error) {
	if d.app.demo && !d.seeded { // not before: the first frame does not wait
		if err := d.app.seedDemo(ctx); err != nil {
			return nil, withHint(err)
		}
		d.seeded = true
	}
	s, err := d.app.snapshot(ctx)
	if err != nil {
		return nil, withHint(err)
	}
	// A look that found nothing new is not written to the store each time.
	if looked, ok := d.looked.Load().(time.Time); ok && looked.After(s.LastSync) {
		s.LastSync = looked
		for i := range s.Sources {
			if s.Sources[i].Err == "" {
				s.Sources[i].Synced = looked
			}
		}
	}
	return s, nil
}

// Sync implements tui.Syncer.
func (d *desk) Sync(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	sources := d.app.sourcesWith(&progress{send: func(done, total int64) { d.send(tui.Syncing{Done: done, Total: total}) }})
	out, err := d.app.sync(ctx, sources, nil)
	d.send(tui.Syncing{})
	if err == nil {
		err = out.failure()
	}
	if err == nil {
		d.looked.Store(d.app.now())
	}
	if ctx.Err() != nil {
		return nil // the cockpit is closing
	}
	return withHint(err)
}

// Demo implements tui.Demonstrator.
func (d *desk) Demo(ctx context.Context) (tui.Reporter, error) {
	demo := &app{env: d.app.env, configPath: d.app.configPath, demo: true}
	if err := demo.settle(ctx, "tokpit --demo"); err != nil {
		return nil, withHint(err)
	}
	return &desk{app: demo}, nil
}

// follow syncs when the cockpit opens and whenever logs change. The screen
// reloads only if the store has changed.
func (d *desk) follow(ctx context.Context) {
	seen := ""
	look := func() {
		err := d.Sync(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			d.send(tui.Failed{Err: err})
		}
		status, err := d.app.store.Status(ctx)
		if now := digest(status); err == nil && now != seen {
			seen = now
			d.send(tui.DataChanged{})
		}
	}
	look()
	d.send(tui.DataChanged{}) // what was looked at, also where nothing was found
	watch(ctx, roots(d.app.sources()), look)
}

// digest changes with everything in a status that is shown.
func digest(status store.Status) string {
	s := fmt.Sprint(status.Revision)
	for _, c := range status.Connections {
		s += fmt.Sprintf("|%s %d %d %d %q", c.Name, c.Records, c.Sync.Files, c.Sync.Pending, c.Sync.Err)
	}
	return s
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

// snapshot reads what all pages show.
func (a *app) snapshot(ctx context.Context) (*report.Snapshot, error) {
	cube, err := a.store.Cube(ctx, usage.Span{}, false)
	if err != nil {
		return nil, err
	}
	plans, err := a.store.Plans(ctx)
	if err != nil {
		return nil, err
	}
	status, err := a.store.Status(ctx)
	if err != nil {
		return nil, err
	}
	in := report.Input{Cube: cube, Book: a.book, Plans: plans, Zone: a.zone, AsOf: a.now(), Demo: a.demo,
		CycleAnchor: a.config.Cycle.AnchorDay}
	in.Sources = a.sourceStatus(status)
	for _, s := range in.Sources {
		in.Quarantined += s.Quarantined
		if s.Synced.After(in.LastSync) {
			in.LastSync = s.Synced
		}
	}
	return report.BuildSnapshot(in), nil
}

// sourceStatus joins what the store knows of each connection with what this
// program reads, so that a source is listed before it has found anything.
func (a *app) sourceStatus(status store.Status) []report.SourceStatus {
	known := make(map[string]store.ConnectionStatus)
	for _, c := range status.Connections {
		known[c.Name] = c
	}
	var out []report.SourceStatus
	add := func(c store.ConnectionStatus, kind string, basis usage.Basis) {
		out = append(out, report.SourceStatus{Name: c.Name, Kind: kind, Basis: basis, Records: c.Records,
			Files: c.Sync.Files, Quarantined: c.Quarantined, Pending: c.Sync.Pending, First: c.First, Last: c.Last,
			Synced: c.Sync.OK, Places: c.Sync.Places, Err: c.Sync.Err, Hint: c.Sync.Hint, Doubts: doubts(c.Doubts)})
	}
	for _, src := range a.sources() {
		c := known[src.Name()]
		delete(known, src.Name())
		c.Name = src.Name()
		if len(c.Sync.Places) == 0 {
			c.Sync.Places = a.locate(src)
		}
		kind, basis := "agent log", usage.Logged
		if a.demo {
			kind, basis = "made-up data", usage.BasisUnknown
		}
		add(c, kind, basis)
	}
	for _, c := range status.Connections {
		if _, left := known[c.Name]; left && c.Records > 0 {
			add(c, "not read any more", usage.BasisUnknown)
		}
	}
	return out
}
