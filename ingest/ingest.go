// Package ingest is the one way for usage to get into a store. [Run] pulls a
// [usage.Source] and, for every batch, makes outside text harmless, refuses
// what cannot be true (naming it in the quarantine instead of losing it), and
// commits records and cursors together.
//
// Reading and committing overlap: while one batch is written the source reads
// on. A run that stops anywhere, by an error or by a kill, has committed whole
// batches only; the next run goes on from their cursors.
package ingest

import (
	"context"
	"time"

	"tokpit/internal/clean"
	"tokpit/usage"
)

// Sink is where records go.
type Sink interface {
	Cursors(ctx context.Context, connection string) (usage.Cursors, error)
	Commit(ctx context.Context, connection string, b usage.Batch) (usage.Receipt, error)
}

// Options of a run.
type Options struct {
	Machine string           // label for records that have none
	Now     func() time.Time // clock; time.Now if nil
	// Privacy gives pseudonyms and turns away what was forgotten; nil does neither.
	Privacy *Privacy
	// OnCommit is called after each commit, from one goroutine at a time.
	OnCommit func(Result)
}

// Result is what a run has done so far, or in all.
type Result struct {
	Name string
	usage.Report
	usage.Receipt
	Quarantined int64 // rows put into quarantine by this run
	Forgotten   int64 // rows turned away because somebody had their like forgotten
}

// Run pulls src into sink. The result counts what was committed even if an
// error ends the run.
func Run(ctx context.Context, src usage.Source, sink Sink, opt Options) (Result, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	res := Result{Name: src.Name()}
	cursors, err := sink.Cursors(ctx, src.Name())
	if err != nil {
		return res, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	batches := make(chan usage.Batch)
	done := make(chan error, 1)
	go func() {
		done <- commit(ctx, cancel, src.Name(), sink, batches, &res, opt)
	}()
	d := door{source: src.Name(), machine: clean.Text(opt.Machine), now: opt.Now(), gate: newGate(opt.Privacy)}
	report, pullErr := src.Pull(ctx, cursors, func(b usage.Batch) error {
		d.admit(&b)
		select {
		case batches <- b:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
	close(batches)
	commitErr := <-done
	res.Report, res.Forgotten = report, d.gate.refused
	// A source may fold copies itself; every row that is neither new, nor an
	// improvement, nor refused was a copy.
	res.Duplicates = max(res.Duplicates, report.Rows-res.Added-res.Replaced-res.Forgotten-res.TooOld)
	if commitErr != nil {
		return res, commitErr // the pull failed because of it
	}
	return res, pullErr
}

// commit writes batches until there are no more. After a failure it ends the
// pull and drops the rest: their cursors are not written either.
func commit(ctx context.Context, cancel context.CancelCauseFunc, name string, sink Sink, batches <-chan usage.Batch, res *Result, opt Options) error {
	var failed error
	for b := range batches {
		if failed != nil {
			continue
		}
		receipt, err := sink.Commit(ctx, name, b)
		if err != nil {
			failed = err
			cancel(err)
			continue
		}
		res.Added += receipt.Added
		res.Replaced += receipt.Replaced
		res.Duplicates += receipt.Duplicates
		res.TooOld += receipt.TooOld
		res.Revision = receipt.Revision
		res.Quarantined += int64(len(b.Quarantined))
		if opt.OnCommit != nil {
			opt.OnCommit(*res)
		}
	}
	return failed
}
