// Package anthropic reads what an organization uses and is billed for from
// Anthropic's Admin API. It needs an admin key (sk-ant-admin…).
//
// Three reports are read, each with a memory of its own:
//
//   - The messages report: tokens in buckets of a day, an hour or a minute, by
//     workspace, key, account, model, service tier, context window, geography and
//     speed. Its token classes are disjoint as they are. It has no request
//     counts, so they are absent. No key means the Console or its playground, and
//     no workspace the default one; both stay empty.
//   - The cost report: what is billed a day, by workspace and description. Its
//     amounts are decimals in cents. They become records on the basis Billed,
//     without tokens; the description is the tag "line_item". Priority Tier is not
//     in it, and there is no cost by key.
//   - The Claude Code report: a day per person. Its rows of API customers are the
//     same traffic as in the messages report and are left out. Rows of
//     subscriptions are in no other report; they are recorded as usage of the
//     source "claude-code", so that a plan for it covers them and logs of the same
//     sessions, which a report outranks, are not added. Their estimated cost is
//     nothing that anybody pays, and is not kept. Cache writes are not told apart
//     by lifetime there and count as five-minute ones.
//
// Buckets become complete minutes after they end, and may be revised for a
// month. Every pull reads the last days again, one pull a day the whole month,
// and a bucket replaces what was known of it. Days are read newest first, so a
// pull that is cut off has the days that matter.
//
// The speed of a request is in the report behind a beta header; where a
// dimension is refused, the report is read without it.
package anthropic

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"time"

	"golang.org/x/time/rate"

	"tokpit/usage"
	"tokpit/usage/internal/buckets"
	"tokpit/usage/internal/pull"
)

// Type is the source of all records that this package makes, and the provider.
const Type = "anthropic"

// DefaultBaseURL is the address of the API.
const DefaultBaseURL = "https://api.anthropic.com/v1"

// How far back a pull reads by default, in days.
const (
	DefaultBackfill = 90
	DefaultTrailing = 3
	DefaultRevised  = 31 // Anthropic revises figures for up to 30 days
)

// triesOfNames is how often a name is asked for: usage counts without it.
const triesOfNames = 3

// Options of a source.
type Options struct {
	Name    string // of the connection; Type if empty
	Account string // that usage is booked on; the connection's name if empty
	BaseURL string // DefaultBaseURL if empty
	Grain   string // of the messages report: 1d, 1h or 1m; 1h if empty
	// Since is the first day to read; if zero, DefaultBackfill days ago.
	Since time.Time
	// Before lists the kinds of buckets that the store has from an earlier
	// connection of this name, whose cursors are gone.
	Before []string
	// Trailing is how many days before today every pull reads again, Revised how
	// many of them once a day; the defaults if zero.
	Trailing, Revised int
	// Key returns the admin key. It is asked for once per pull.
	Key func(context.Context) (string, error)
	// Now is the clock; time.Now if nil.
	Now func() time.Time
	// Progress is told how many days of reports have been read, of how many; it
	// may be nil.
	Progress func(done, total int64)
	// OnWait is told before every wait that a failure causes; it may be nil.
	OnWait    func(err error, wait time.Duration)
	UserAgent string
	// Rate limits requests per second; a sensible one if zero.
	Rate rate.Limit
	// Sleep and Transport replace the real ones in tests.
	Sleep     func(context.Context, time.Duration) error
	Transport http.RoundTripper
}

// Source is one organization at Anthropic. It implements [usage.Source].
type Source struct{ opt Options }

// New returns the source. It returns an error if the grain is unknown or the
// address may not be asked.
func New(o Options) (*Source, error) {
	o.Name = cmp.Or(o.Name, Type)
	o.Account = cmp.Or(o.Account, o.Name)
	o.BaseURL, o.Grain = cmp.Or(o.BaseURL, DefaultBaseURL), cmp.Or(o.Grain, "1h")
	if _, ok := buckets.Grain(o.Grain); !ok {
		return nil, fmt.Errorf("unknown grain %.20q: it is 1d, 1h or 1m", o.Grain)
	}
	if o.Key == nil {
		return nil, errors.New("anthropic: no key")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Trailing == 0 {
		o.Trailing = DefaultTrailing
	}
	if o.Revised == 0 {
		o.Revised = DefaultRevised
	}
	if o.Since.IsZero() {
		o.Since = o.Now().AddDate(0, 0, -DefaultBackfill)
	}
	if o.Rate == 0 {
		o.Rate = 4
	}
	s := &Source{o}
	_, err := s.client("", "", 0)
	return s, err
}

// Name returns the connection's name.
func (s *Source) Name() string { return s.opt.Name }

// Pull emits what is new or may have been revised, report by report. A report
// that fails does not keep the others from being read.
func (s *Source) Pull(ctx context.Context, cursors usage.Cursors, emit func(usage.Batch) error) (usage.Report, error) {
	p := &puller{Source: s, now: s.opt.Now().UTC(), cursors: maps.Clone(cursors)}
	p.emit = func(b usage.Batch) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		p.broken = emit(b)
		return p.broken
	}
	key, err := s.key(ctx)
	if err != nil {
		return p.report, err
	}
	for _, c := range []struct {
		to    **pull.Client
		beta  string
		tries uint
	}{{&p.plain, "", 0}, {&p.beta, betaSpeed, 0}, {&p.short, "", triesOfNames}} {
		client, err := s.client(key, c.beta, c.tries)
		if err != nil {
			return p.report, err
		}
		defer client.Close()
		*c.to = client
	}
	if err := p.directory(ctx); err != nil {
		return p.report, err
	}
	streams := []*stream{p.messages(), p.costs(), p.claudeCode()}
	for _, st := range streams {
		p.plan(st)
	}
	var first error
	for _, st := range streams {
		err := p.read(ctx, st)
		switch e := pull.AsError(err); {
		case err == nil, st.optional && e != nil && refused(e):
			continue
		case p.broken != nil, ctx.Err() != nil, e == nil, hopeless(e):
			return p.report, err
		case first == nil:
			first = fmt.Errorf("%s: %w", st.name, err)
		}
	}
	return p.report, first
}

// puller is one pull.
type puller struct {
	*Source
	plain, beta *pull.Client // beta asks for the speed too
	short       *pull.Client // does not try for long
	now         time.Time
	cursors     usage.Cursors
	emit        func(usage.Batch) error
	broken      error // what emit returned
	report      usage.Report

	organization string
	users        map[string]string // ids by e-mail address
	level        int               // how many of the dimensions are refused; see dimensions
	done, total  int64             // days
}

// stream is one report.
type stream struct {
	name     string // of its cursor, and of its kinds before the slash
	grain    string
	covers   usage.Basis // what its days cover; zero for nothing
	window   int         // days that one reading takes
	optional bool        // an organization may be without it
	read     func(ctx context.Context, w *buckets.Writer) error

	days        buckets.Days
	clear       []string
	grown       bool      // the grain is new to it
	deep        time.Time // what to remember as days.Deep
	fresh, past []usage.Span
}

// plan finds out what to read of a stream.
func (p *puller) plan(st *stream) {
	st.days = buckets.Decode(p.cursors[st.name])
	st.deep = st.days.Deep
	known := len(st.days.Grains)
	st.days.Before(st.name, p.opt.Before)
	st.clear = st.days.Use(st.grain)
	st.grown = len(st.days.Grains) > known
	st.fresh, st.past = st.days.Plan(buckets.Reading{Since: p.opt.Since, Now: p.now,
		Trailing: p.opt.Trailing, Deep: p.opt.Revised, Window: st.window})
	for _, list := range [][]usage.Span{st.fresh, st.past} {
		for _, w := range list {
			p.total += daysIn(w)
		}
	}
}

func daysIn(w usage.Span) int64 { return int64(w.Until.Sub(w.Since) / buckets.Day) }

// read reads the windows of a stream, each of which is remembered when it has
// been read in full.
func (p *puller) read(ctx context.Context, st *stream) error {
	if st.grown {
		// Known before anything of the new grain is: its buckets can be cleared.
		if err := p.emit(usage.Batch{Cursors: usage.Cursors{st.name: st.days.Encode()}}); err != nil {
			return err
		}
	}
	for i, span := range st.fresh {
		if i == len(st.fresh)-1 {
			st.deep = p.now.Truncate(buckets.Day)
		}
		if err := p.readWindow(ctx, st, span); err != nil {
			return err
		}
	}
	for _, span := range st.past {
		if err := p.readWindow(ctx, st, span); err != nil {
			return err
		}
	}
	return nil
}

func (p *puller) readWindow(ctx context.Context, st *stream, span usage.Span) error {
	rows := p.report.Rows
	w := &buckets.Writer{Stream: st.name, Grain: st.grain, Keep: span, Clear: st.clear, Emit: p.emit, Report: &p.report}
	if err := st.read(ctx, w); err != nil {
		return err
	}
	st.days.Read(span)
	st.days.Deep = st.deep
	last := usage.Batch{Cursors: usage.Cursors{st.name: st.days.Encode()}}
	if covered, ok := w.Covered(p.now); ok && st.covers != usage.BasisUnknown {
		last.Covered = []usage.Coverage{{Provider: Type, Account: p.opt.Account, Basis: st.covers, Span: covered}}
	}
	if err := w.Finish(p.now, last); err != nil {
		return err
	}
	p.report.Files++
	if p.report.Rows > rows {
		p.report.Read++
	}
	p.done += daysIn(span)
	if p.opt.Progress != nil {
		p.opt.Progress(p.done, p.total)
	}
	return nil
}
