package cmd

import (
	"context"
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
	s, err := d.app.snapshot(ctx, looked)
	return s, withHint(err)
}
