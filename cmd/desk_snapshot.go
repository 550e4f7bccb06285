package cmd

import (
	"context"
	"runtime/debug"
	"time"

	"tokpit/report"
)

// taken is a snapshot, or why there is none.
type taken struct {
	snapshot *report.Snapshot
	err      error
}

// begin makes the first snapshot while the screen is set up.
func (d *desk) begin(ctx context.Context) {
	done := make(chan taken, 1)
	d.early.Store(&done)
	go func() {
		var t taken
		if err := d.safely(func() error {
			t.snapshot, t.err = d.load(ctx)
			return nil
		}); err != nil {
			t.err = withHint(err)
		}
		done <- t
	}()
}

// Snapshot implements tui.Reporter.
func (d *desk) Snapshot(ctx context.Context) (*report.Snapshot, error) {
	defer d.first.Do(func() { close(d.shown) })
	if early := d.early.Swap(nil); early != nil {
		select {
		case t := <-*early:
			return t.snapshot, t.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return d.load(ctx)
}

func (d *desk) load(ctx context.Context) (*report.Snapshot, error) {
	if d.app.demo && !d.seeded { // not before: the first frame does not wait
		if err := d.app.seedDemo(ctx); err != nil {
			return nil, withHint(err)
		}
		d.seeded = true
	}
	looked, _ := d.looked.Load().(time.Time)
	s, status, err := d.app.survey(ctx, looked)
	if err == nil {
		d.seen.CompareAndSwap(nil, digest(status)) // the first: what comes later is told apart by changed
	}
	return s, withHint(err)
}

// startPercent is how much memory may grow, in percent of what is in use, before
// it is looked through for what could go, while the cockpit starts.
const startPercent = 400

// calm puts off the collection of memory until the returned function is called.
// Nearly all that is read for the first screen stays, so that looking for what
// could go is in vain, and is done again and again while memory grows.
func calm() (end func()) {
	percent := debug.SetGCPercent(startPercent)
	if percent < 0 || percent > startPercent { // a person wants it calmer still
		debug.SetGCPercent(percent)
		return func() {}
	}
	return func() { debug.SetGCPercent(percent) }
}
