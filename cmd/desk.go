package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/report"
	"tokpit/store"
	"tokpit/tui"
	"tokpit/usage"
)

const (
	// pullEvery is how often the cockpit asks providers by itself. Their figures
	// are minutes old anyway.
	pullEvery = 5 * time.Minute
	// minPull is how often providers want to be asked at most.
	minPull = time.Minute
	// maxPull is how long the cockpit waits at most after failures, each of which
	// doubles the time.
	maxPull = time.Hour
	// dueTick is how often it looks whose turn it is.
	dueTick = 15 * time.Second
)

// desk is what the cockpit works on: it makes snapshots of the store, and
// brings new usage into it.
type desk struct {
	app   *app
	send  func(tea.Msg)
	every time.Duration // between two pulls of a provider in the background; 0 is never
	poke  chan struct{} // a connection was added: look whose turn it is
	fresh chan struct{} // the data has changed: look at the budgets

	early  atomic.Pointer[chan taken] // the first snapshot, under way; nil once it is taken
	demo   atomic.Pointer[app]        // of demo data that was opened from inside; nil before
	seeded bool                       // demo data is in the store
	looked atomic.Value               // time.Time: the end of the last look at the logs that went well
	first  sync.Once
	shown  chan struct{} // closed when there has been a snapshot
	seen   atomic.Value  // string: the digest that the screen was last told of

	logs  sync.Mutex      // one reading of the logs at a time
	pulls chan struct{}   // holds one while a round of pulls is under way
	turns map[string]turn // by connection; whoever holds pulls may touch it
	round atomic.Value    // context.CancelCauseFunc: ends the round that is under way

	writing sync.WaitGroup // files of whole months
}

// errCutShort ends a round of pulls for a connection that is to be removed.
var errCutShort = errors.New("the round was cut short")

// turn is when a provider is asked next, and how long it has been left alone
// before.
type turn struct {
	next time.Time
	wait time.Duration
}

func newDesk(a *app, every time.Duration) *desk {
	return &desk{app: a, send: func(tea.Msg) {}, every: every, poke: make(chan struct{}, 1), fresh: make(chan struct{}, 1), shown: make(chan struct{}), pulls: make(chan struct{}, 1), turns: make(map[string]turn)}
}

// drawing is how long the first snapshot has to become a screen.
const drawing = 100 * time.Millisecond

// afterwards runs f once a snapshot has been drawn: what the cockpit does in the
// background leaves the first screen alone.
func (d *desk) afterwards(ctx context.Context, f func(context.Context)) func() {
	return func() {
		select {
		case <-d.shown:
			if wait(ctx, drawing) {
				f(ctx)
			}
		case <-ctx.Done():
		}
	}
}

// Sync implements tui.Syncer: it reads the logs, and asks every provider now; or
// of both only what is named.
func (d *desk) Sync(ctx context.Context, names ...string) error {
	var asked sync.WaitGroup
	var pulled, read error
	asked.Go(func() { pulled = d.pull(ctx, true, names...) })
	if len(names) == 0 || slices.ContainsFunc(d.app.local(nil), func(s usage.Source) bool { return slices.Contains(names, s.Name()) }) {
		read = d.readLogs(ctx, names...)
	}
	d.changed(ctx)
	asked.Wait()
	if ctx.Err() != nil {
		return nil // the cockpit is closing
	}
	return d.fit(errors.Join(read, pulled))
}

// fit is an error that the cockpit may show: without keys, with a hint.
func (d *desk) fit(err error) error { return withHint(d.app.keys.clear(err)) }

// told tells the screen how far the reading of sources is.
func (d *desk) told(source string, done, total int64) {
	d.send(tui.Syncing{Done: done, Total: total, Source: source})
}

// readLogs reads what is new in the logs of this machine, or in those that are
// named.
func (d *desk) readLogs(ctx context.Context, names ...string) error {
	d.logs.Lock()
	defer d.logs.Unlock()
	sources := slices.DeleteFunc(d.app.local(&progress{now: time.Now, send: d.told}), func(s usage.Source) bool {
		return len(names) > 0 && !slices.Contains(names, s.Name())
	})
	var out *outcome
	var err error
	if len(names) == 0 {
		sources, err = d.app.worthwhile(ctx, sources)
	}
	if err == nil {
		out, err = d.app.sync(ctx, sources, nil)
	}
	d.send(tui.Syncing{})
	if err == nil {
		err = out.failure()
	}
	if err == nil && len(names) == 0 {
		d.looked.Store(d.app.now())
	}
	return err
}

// pull asks the providers whose turn it is, or all of them, or of those the ones
// that are named. If somebody else is
// at it, it waits for that round instead of asking twice.
func (d *desk) pull(ctx context.Context, all bool, names ...string) error {
	select {
	case d.pulls <- struct{}{}:
	default:
		select {
		case d.pulls <- struct{}{}:
			<-d.pulls
		case <-ctx.Done():
		}
		return nil
	}
	defer func() { <-d.pulls }()
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	d.round.Store(end)
	connections, err := d.app.connections(ctx)
	if err != nil {
		return err
	}
	if !all {
		if connections, err = d.due(ctx, connections); err != nil {
			return err
		}
	}
	connections = slices.DeleteFunc(connections, func(c connection) bool { return len(names) > 0 && !slices.Contains(names, c.Name) })
	if len(connections) == 0 {
		return nil
	}
	p := &progress{now: time.Now, send: d.told}
	out, err := d.app.sync(ctx, d.app.remote(connections, p), p)
	if errors.Is(context.Cause(ctx), errCutShort) {
		return nil // what was read is stored, and the rest is for the next round
	}
	if err != nil {
		return err
	}
	for i := range out.results {
		d.pass(out.results[i].Name, out.errs[i] != nil)
	}
	return out.failure()
}

// due keeps the connections whose turn it is. One that another process, or the
// last cockpit, has just read is not asked again at once.
func (d *desk) due(ctx context.Context, all []connection) ([]connection, error) {
	status, err := d.app.statusNow(ctx)
	if err != nil {
		return nil, err
	}
	now := d.app.now()
	return slices.DeleteFunc(all, func(c connection) bool {
		if t, ok := d.turns[c.Name]; ok && now.Before(t.next) {
			return true
		}
		i := slices.IndexFunc(status.Connections, func(s store.ConnectionStatus) bool { return s.Name == c.Name })
		return c.broken != nil || i >= 0 && now.Sub(status.Connections[i].Sync.At).Abs() < d.every
	}), nil
}

// pass says when a provider is asked next.
func (d *desk) pass(name string, failed bool) {
	wait := d.every
	if failed {
		wait = min(max(2*d.turns[name].wait, 2*d.every), maxPull)
	}
	d.turns[name] = turn{d.app.now().Add(wait), wait}
}

// follow reads the logs when the cockpit opens and whenever they change. The
// screen reloads only if the store has changed.
func (d *desk) follow(ctx context.Context) {
	look := func() {
		err := d.safely(func() error { return d.readLogs(ctx) })
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			d.send(tui.Failed{Err: d.fit(err)})
		}
		d.changed(ctx)
	}
	look()
	d.send(tui.DataChanged{}) // what was looked at, also where nothing was found
	watch(ctx, roots(d.app.local(nil)), look)
}

// followProviders asks each provider now and then. It tells nobody when that
// fails: the source says so, and the next round may go better.
func (d *desk) followProviders(ctx context.Context) {
	if d.every == 0 {
		return
	}
	tick := time.NewTicker(dueTick)
	defer tick.Stop()
	for {
		_ = d.safely(func() error { return d.pull(ctx, false) })
		if ctx.Err() != nil {
			return
		}
		d.changed(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-d.poke:
		}
	}
}

// safely runs f; a crash becomes an error, so that the terminal is left in
// order and nothing is printed as it is.
func (d *desk) safely(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = hint(crash(p), "please report it")
		}
	}()
	return f()
}

// changed tells the screen to load again if the store is not what it was.
func (d *desk) changed(ctx context.Context) {
	status, err := d.app.statusNow(ctx)
	if now := digest(status); err == nil && d.seen.Swap(now) != any(now) {
		d.send(tui.DataChanged{})
		d.stir()
	}
}

// digest changes with everything in a status that is shown.
func digest(status store.Status) string {
	s := fmt.Sprint(status.Revision)
	for _, c := range status.Connections {
		s += fmt.Sprintf("|%s %d %d %d %d %q", c.Name, c.Records, c.Sync.Files, c.Sync.Pending, c.Sync.OK.Unix(), c.Sync.Err)
	}
	return s
}

// Demo implements tui.Demonstrator.
func (d *desk) Demo(ctx context.Context) (tui.Reporter, error) {
	demo := newApp(d.app.env)
	demo.configPath, demo.demo = d.app.configPath, true
	if err := demo.settle(ctx, "tokpit --demo"); err != nil {
		return nil, withHint(err)
	}
	d.demo.Store(demo)
	return newDesk(demo, 0), nil
}

// Test implements the Connector of the page of sources. A person may test
// before there is a name.
func (d *desk) Test(ctx context.Context, want report.Connecting) error {
	if want.Name == "" {
		want.Name = "new"
	}
	c, err := d.app.settleConnection(want)
	if err == nil {
		err = d.app.try(ctx, c)
	}
	return d.fit(err)
}

// Add implements the Connector of the page of sources. It does not test.
func (d *desk) Add(ctx context.Context, want report.Connecting) error {
	_, err := d.app.connect(ctx, want, false)
	if err != nil {
		return d.fit(err)
	}
	d.send(tui.DataChanged{})
	select {
	case d.poke <- struct{}{}:
	default: // somebody is about to look anyway
	}
	return nil
}

// Remove implements the Connector of the page of sources. It ends a round of
// pulls first, which would bring back what is removed, and may take long.
func (d *desk) Remove(ctx context.Context, name string, purge bool) error {
	for held := false; !held; {
		if end, ok := d.round.Load().(context.CancelCauseFunc); ok {
			end(errCutShort)
		}
		select {
		case d.pulls <- struct{}{}:
			held = true
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond): // another round has begun in between
		}
	}
	defer func() {
		<-d.pulls
		select {
		case d.poke <- struct{}{}: // the others' turn may have been cut short
		default:
		}
	}()
	if err := d.app.disconnect(ctx, name, purge); err != nil {
		return d.fit(err)
	}
	delete(d.turns, name)
	d.send(tui.DataChanged{})
	return nil
}
