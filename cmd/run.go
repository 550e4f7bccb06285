package cmd

import (
	"context"
	"errors"
	"sync"
	"time"

	"tokpit/ingest"
	"tokpit/internal/clean"
	"tokpit/store"
	"tokpit/usage"
)

// outcome is what a sync did, source by source.
type outcome struct {
	results  []ingest.Result
	errs     []error
	remote   []bool // whether the source is a connection
	revision uint64
	pruned   *pruned // nil unless the retention was applied
}

// maxPulls is how many providers are asked at once.
const maxPulls = 4

// sync reads every source: those of this machine one after the other, providers
// beside them. A source that fails does not keep the others from being read;
// only a store that cannot be used ends the sync.
func (a *app) sync(ctx context.Context, sources []usage.Source, p *progress) (*outcome, error) {
	if err := a.store.EnsureEdges(ctx); err != nil {
		return nil, err
	}
	if err := a.pinZone(ctx); err != nil {
		return nil, err
	}
	before, err := a.store.Status(ctx)
	if err != nil {
		return nil, err
	}
	privacy, err := a.door(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &run{app: a, privacy: privacy, before: before, progress: p, cancel: cancel, sink: &oneByOne{Store: a.store},
		out: &outcome{results: make([]ingest.Result, len(sources)), errs: make([]error, len(sources)), remote: make([]bool, len(sources)), revision: before.Revision}}
	var lanes sync.WaitGroup
	var local []int
	free := make(chan struct{}, maxPulls)
	for i, src := range sources {
		if g, ok := src.(guarded); ok && g.remote {
			r.out.remote[i] = true
			lanes.Go(func() {
				free <- struct{}{}
				defer func() { <-free }()
				r.read(ctx, i, src)
			})
		} else {
			local = append(local, i)
		}
	}
	for _, i := range local {
		r.read(ctx, i, sources[i])
	}
	lanes.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	if r.out.pruned, err = a.retain(ctx); err != nil {
		return nil, err
	}
	return r.out, nil
}

// run is one sync under way.
type run struct {
	app      *app
	privacy  *ingest.Privacy
	before   store.Status
	progress *progress
	cancel   context.CancelCauseFunc
	sink     *oneByOne

	mu  sync.Mutex
	out *outcome // entry i belongs to source i; the revision to all
}

// read reads one source and remembers how it went.
func (r *run) read(ctx context.Context, i int, src usage.Source) {
	if ctx.Err() != nil {
		return
	}
	opt := ingest.Options{Machine: r.app.machine(), Now: r.app.now, Privacy: r.privacy}
	if r.out.remote[i] {
		opt.Machine = "" // what a provider reports did not happen here
	}
	if r.progress != nil {
		opt.OnCommit = r.progress.update
		defer r.progress.done(src.Name())
	}
	var sink ingest.Sink = r.sink
	if r.out.remote[i] {
		sink = connected{r.sink}
	}
	res, err := ingest.Run(ctx, src, sink, opt)
	if ctx.Err() != nil {
		return
	}
	if unusable(err) && !(r.out.remote[i] && errors.Is(err, store.ErrInvalid)) { // that is the server's doing
		r.cancel(err)
		return
	}
	r.out.results[i], r.out.errs[i] = res, err
	r.mu.Lock()
	r.out.revision = max(r.out.revision, res.Revision)
	r.mu.Unlock()
	if errors.Is(err, errDisconnected) {
		return // what is gone is not noted down again
	}
	if err := r.note(ctx, res, err); err != nil {
		r.cancel(err)
	}
}

// oneByOne lets the sources of one process commit in turn, instead of waiting
// for each other's lock on the file.
type oneByOne struct {
	*store.Store
	mu sync.Mutex
}

// Commit implements [ingest.Sink].
func (o *oneByOne) Commit(ctx context.Context, connection string, b usage.Batch) (usage.Receipt, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.Store.Commit(ctx, connection, b)
}

// connected refuses what still arrives from a connection that was removed while
// it was being read, by another process or in the cockpit.
type connected struct{ *oneByOne }

var errDisconnected = errors.New("was removed while it was being read")

// Commit implements [ingest.Sink].
func (c connected) Commit(ctx context.Context, connection string, b usage.Batch) (usage.Receipt, error) {
	if _, err := c.Document(ctx, kindConnection, connection); errors.Is(err, store.ErrNotFound) {
		return usage.Receipt{}, hint(errDisconnected, "add it again if that was a mistake: tokpit sources add")
	} else if err != nil {
		return usage.Receipt{}, err
	}
	return c.oneByOne.Commit(ctx, connection, b)
}

// RecordSync keeps the outcome of a sync.
func (o *oneByOne) RecordSync(ctx context.Context, y store.Sync) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.Store.RecordSync(ctx, y)
}

// unusable reports whether the store, not the source, is what failed.
func unusable(err error) bool {
	for _, e := range []error{store.ErrBusy, store.ErrNewer, store.ErrForeign, store.ErrCorrupt, store.ErrInvalid} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// quietFor is how old the note of the last sync may grow before a sync that
// changed nothing renews it, so that an idle sync needs no write.
const quietFor = 10 * time.Minute

// note remembers how the sync of a source ended.
func (r *run) note(ctx context.Context, res ingest.Result, err error) error {
	y := store.Sync{Connection: res.Name, At: r.app.now(), Files: res.Files, Pending: res.Pending, Places: res.Places}
	if err != nil {
		y.Err, y.Hint = clean.Text(err.Error()), clean.Text(hintOf(err))
	}
	for _, c := range r.before.Connections {
		if c.Name == res.Name && res.Read == 0 && y.Err == c.Sync.Err && y.Files == c.Sync.Files &&
			y.Pending == c.Sync.Pending && y.At.Sub(c.Sync.At) < quietFor && !y.At.Before(c.Sync.At) {
			return nil
		}
	}
	return r.sink.RecordSync(ctx, y)
}
