package openai

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/buckets"
	"tokpit/usage/internal/pull"
)

// Pull emits what is new or may have been revised since the cursors: the last
// days of every kind first, then what lies before them, and at the end names and
// limits. If a kind fails, the others are read and the first failure is returned.
func (s *Source) Pull(ctx context.Context, cursors usage.Cursors, emit func(usage.Batch) error) (usage.Report, error) {
	in, err := s.open(ctx, 0)
	if err != nil {
		return usage.Report{}, err
	}
	defer in.close()
	p := &puller{session: in, now: s.opt.Now().UTC(), cursors: maps.Clone(cursors)}
	p.emit = func(b usage.Batch) error {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		return emit(b)
	}
	for _, k := range kinds() {
		p.plan(k)
	}
	for _, past := range []bool{false, true} {
		for _, st := range p.streams {
			if err := p.readAll(ctx, st, past); err != nil {
				return p.report, err
			}
		}
	}
	if err := p.directory(ctx); err != nil {
		return p.report, err
	}
	if p.failures > 1 {
		return p.report, fmt.Errorf("%w (and %d more)", p.failure, p.failures-1)
	}
	return p.report, p.failure
}

// puller is one pull.
type puller struct {
	*session
	now     time.Time
	cursors usage.Cursors
	emit    func(usage.Batch) error
	report  usage.Report
	streams []*stream

	failure     error // the first of a kind
	failures    int
	down        int   // kinds in a row that met a provider in trouble
	done, total int64 // windows
}

// stream is what is to be read of a kind.
type stream struct {
	kind
	grain       string
	clear       []string // grains that its days may have been read in before
	grown       bool     // this grain is new to it
	days        buckets.Days
	deep        time.Time // what days.Deep becomes with the last fresh window
	fresh, past []usage.Span
	started     bool // something was emitted
	ended       bool // it failed, or is not to be had
	misplaced   int  // buckets that cannot be
	limit       int64
}

// plan finds out what to read of a kind.
func (p *puller) plan(k kind) {
	grain := k.grain(p.opt.Grain)
	st := &stream{kind: k, grain: grain, limit: k.most(grain), days: buckets.Decode(p.cursors[k.name])}
	known := len(st.days.Grains)
	st.days.Before(k.name, p.opt.Before)
	st.clear = st.days.Use(grain)
	st.grown = len(st.days.Grains) > known
	st.deep = p.now.Truncate(buckets.Day)
	st.fresh, st.past = st.days.Plan(buckets.Reading{Since: p.since(p.now), Now: p.now, Trailing: trailing, Deep: k.deep(grain), Window: k.window(grain)})
	p.total += int64(len(st.fresh) + len(st.past))
	p.streams = append(p.streams, st)
}

// readAll reads the fresh or the past windows of a stream. It returns an error
// only if the pull cannot go on.
func (p *puller) readAll(ctx context.Context, st *stream, past bool) error {
	windows := st.fresh
	if past {
		windows = st.past
	}
	if st.grown && !past {
		// Known before anything of this grain is there, so that it can be cleared.
		if err := p.emit(usage.Batch{Cursors: usage.Cursors{st.name: st.days.Encode()}}); err != nil {
			return err
		}
	}
	for i, span := range windows {
		if st.ended {
			p.step(int64(len(windows) - i))
			return nil
		}
		if !past && i == len(windows)-1 {
			st.days.Deep = st.deep
		}
		if err := p.window(ctx, st, span); err != nil {
			if err := p.fail(ctx, st, err); err != nil {
				return err
			}
		} else {
			p.down = 0
		}
		p.step(1)
	}
	return nil
}

// step tells how far the pull is.
func (p *puller) step(windows int64) {
	p.done += windows
	if p.opt.Progress != nil {
		p.opt.Progress(p.done, p.total)
	}
}

// fail ends a stream. It returns the error if it ends the pull.
func (p *puller) fail(ctx context.Context, st *stream, err error) error {
	e := pull.AsError(err)
	var broken *emitError
	switch {
	case errors.As(err, &broken):
		return broken.err
	case context.Cause(ctx) != nil:
		return context.Cause(ctx)
	case fatal(err), st.name == kindCompletions && !st.started && missing(err):
		return err // without completions it is the wrong address or the wrong key
	}
	st.ended = true
	if missing(err) {
		p.note(st.name, err)
		return nil
	}
	p.failed(st.name, err)
	if passing(e) {
		if p.down++; p.down > 1 {
			return p.failure // the whole API is down; each kind would wait for it
		}
	}
	return nil
}

// failed remembers a failure that does not end the pull.
func (p *puller) failed(what string, err error) {
	if p.failures++; p.failure == nil {
		p.failure = fmt.Errorf("%s: %w", what, err)
	}
}

// note tells that something was left out: it is not there, or not for this key.
func (p *puller) note(what string, err error) {
	place := usage.Place{Path: what, Why: "not offered to this organization"}
	if e := pull.AsError(err); e != nil && e.Status == http.StatusForbidden {
		place.Why, place.Err = "not permitted", err
	}
	p.report.Places = append(p.report.Places, place)
}

// emitError is what a batch met, as opposed to a request.
type emitError struct{ err error }

func (e *emitError) Error() string { return e.err.Error() }
func (e *emitError) Unwrap() error { return e.err }
