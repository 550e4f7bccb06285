// Package litellm reads what went through a LiteLLM proxy. It needs the proxy's
// address and a key that may read all spend (the master key, or one of an
// administrator): other keys see their own usage only.
//
// The spend log has one row per request, and a row's request_id is the record's
// ID. It is read from /spend/logs/v2, or on older proxies from /spend/logs/ui or
// /spend/logs. Where there is no log (the proxy keeps none, the key may not read
// it, or it has been cut off for old days), days come from /user/daily/activity
// as slices. A day is taken from one of the two, never from both: as soon as the
// log has a row of a day, its slice is emptied.
//
// What a row means:
//
//   - prompt_tokens hold what caches served and stored, whoever the provider is;
//     the classes are taken apart by the usage that LiteLLM keeps in the row's
//     metadata.
//   - spend is LiteLLM's own price in USD, and becomes the reported amount.
//   - The provider is custom_llm_provider, else what stands before the slash in
//     the model's name. The model stays as recorded.
//   - The key is its hash, as LiteLLM keeps it. The team is the project. The end
//     user, who is not the owner of the key, is the tag "end_user", and the user
//     if the row names no other.
//   - Request tags become tags: "job:nightly" is job=nightly, "beta" is beta=true.
//   - A row with cache_hit was answered by the proxy's own cache. No provider saw
//     it, so its tokens were not used by anybody; it is kept with the tag
//     cache_hit=true and without tokens.
//   - A failed request without tokens and spend is no usage.
//
// Rows may appear hours after their request began, and some are settled later.
// Every pull reads the last hours again, one pull a day the last days; what has
// changed replaces what was known.
package litellm

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"tokpit/usage"
	"tokpit/usage/internal/buckets"
	"tokpit/usage/internal/pull"
)

// Type is the source of all records that this package makes.
const Type = "litellm"

// How far back a pull reads by default, in days.
const (
	DefaultBackfill = 90
	DefaultTrailing = 3
)

// late is how long after its start a row may appear and still be found by the
// next pull; later ones are found within a day.
const late = 2 * time.Hour

// Options of a source.
type Options struct {
	Name string // of the connection; Type if empty
	// Account that usage is booked on. If it is empty, usage belongs to the only
	// account of each provider: requests that its own report has too are then
	// recognised as the same. A name keeps them apart, unless that account has it.
	Account string
	BaseURL string // of the proxy
	Grain   string // of days without a log: 1d, which is all there is, or empty
	// Since is the first day to read; if zero, DefaultBackfill days ago.
	Since time.Time
	// Before lists the kinds of what the store has from an earlier connection of
	// this name, whose cursors are gone; "" stands for single requests.
	Before []string
	// Covered is the days that such a connection has read. Its requests stay where
	// the log has lost them since, and no sum is put beside them.
	Covered []usage.Span
	// Trailing is how many days before today are read again once a day;
	// DefaultTrailing if zero.
	Trailing int
	// Key returns the proxy's key. It is asked for once per pull.
	Key func(context.Context) (string, error)
	// Now is the clock; time.Now if nil.
	Now func() time.Time
	// Progress is told how many days have been read, of how many; it may be nil.
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

// Source is one proxy. It implements [usage.Source].
type Source struct{ opt Options }

// New returns the source. It returns an error if there is no address, it may
// not be asked, or the grain is not a day.
func New(o Options) (*Source, error) {
	o.Name = cmp.Or(o.Name, Type)
	// The address of the proxy as clients of the models use it often ends so.
	o.BaseURL = strings.TrimSuffix(strings.TrimRight(o.BaseURL, "/"), "/v1")
	switch {
	case o.BaseURL == "":
		return nil, &pull.Error{Code: pull.CodeRefused, Final: true, Message: "a LiteLLM proxy needs its address",
			Advice: "give it with --base-url, for example https://litellm.example.com"}
	case o.Grain != "" && o.Grain != "1d":
		return nil, errors.New("LiteLLM has single requests, and whole days: there is no other grain than 1d")
	case o.Key == nil:
		return nil, errors.New("litellm: no key")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Trailing == 0 {
		o.Trailing = DefaultTrailing
	}
	if o.Since.IsZero() {
		o.Since = o.Now().AddDate(0, 0, -DefaultBackfill)
	}
	if o.Rate == 0 {
		o.Rate = 10
	}
	s := &Source{o}
	_, err := s.client("", 0)
	return s, err
}

// Name returns the connection's name.
func (s *Source) Name() string { return s.opt.Name }

// Pull emits the requests and days that are new or may have changed.
func (s *Source) Pull(ctx context.Context, cursors usage.Cursors, emit func(usage.Batch) error) (usage.Report, error) {
	p := &puller{Source: s, now: s.opt.Now().UTC(), memory: remember(cursors)}
	p.Logs = p.Logs || slices.Contains(s.opt.Before, "")
	p.names = newNames()
	p.emit = func(b usage.Batch) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return emit(b)
	}
	key, err := s.key(ctx)
	if err != nil {
		return p.report, err
	}
	if p.client, err = s.client(key, 0); err != nil {
		return p.report, err
	}
	defer p.client.Close()
	if p.short, err = s.client(key, triesOfNames); err != nil {
		return p.report, err
	}
	defer p.short.Close()

	spans, fresh := p.plan()
	p.total = int64(len(spans))
	for i, span := range spans {
		if i == fresh-1 {
			p.deep = p.today()
		}
		if err := p.day(ctx, span); err != nil {
			return p.report, err
		}
	}
	return p.report, p.finish(ctx)
}

// puller is one pull.
type puller struct {
	*Source
	memory
	client *pull.Client
	short  *pull.Client // does not try for long
	now    time.Time
	emit   func(usage.Batch) error
	report usage.Report

	route    route
	pageSize int
	noDaily  bool // daily activity is not to be had
	deep     time.Time
	names    *names
	refusal  error // why there is no log
	done     int64 // days
	total    int64
}

func (p *puller) today() time.Time { return p.now.Truncate(buckets.Day) }

// plan finds out what to read: spans of at most one UTC day. The first fresh of
// them are new or read again, oldest first; the rest lies before, newest first.
func (p *puller) plan() (spans []usage.Span, fresh int) {
	today := p.today()
	again := today.Add(-time.Duration(p.opt.Trailing) * buckets.Day)
	_, past := p.days.Plan(buckets.Reading{Since: p.opt.Since, Now: p.now, Trailing: p.opt.Trailing, Window: 1})
	p.deep = p.days.Deep
	from := again
	switch {
	case !p.days.Since.Before(p.days.Until): // the first pull
		if since := p.opt.Since.UTC().Truncate(buckets.Day); from.Before(since) {
			from = since
		}
		if today.Before(from) {
			from = today
		}
	default:
		known := p.days.Until
		if known.Before(from) {
			from = known
		}
		if at := p.Latest.Add(-late).Truncate(time.Hour); today.Sub(p.days.Deep) < buckets.Day && !p.Latest.IsZero() && at.Before(known) && at.After(from) {
			from = at
		}
		if from.Before(p.days.Since) {
			from = p.days.Since
		}
	}
	for end := today.Add(buckets.Day); from.Before(end); {
		next := from.Truncate(buckets.Day).Add(buckets.Day)
		spans = append(spans, usage.Span{Since: from, Until: next})
		from = next
	}
	return append(spans, past...), len(spans)
}

// day reads one day, or the rest of it, and remembers it.
func (p *puller) day(ctx context.Context, span usage.Span) error {
	day := span.Since.Truncate(buckets.Day)
	rows := p.report.Rows
	log := newLog(p, span)
	err := p.readLog(ctx, span, log)
	if errors.Is(err, errNoLog) {
		err = p.withoutLog(log)
	}
	if err != nil {
		return err
	}
	// The slice of the day holds what the log does not have.
	w := &buckets.Writer{Stream: "daily", Grain: "1d", Keep: usage.Span{Since: day, Until: day.Add(buckets.Day)}, Emit: p.emit, Report: &p.report}
	into, err := w.Bucket(day)
	if err != nil {
		return err
	}
	left := log.read && !log.found && p.leftBehind(day)
	if !log.found && !left && (!log.read || day.Before(p.today())) {
		if err := p.readDaily(ctx, day, into, w, log.read); err != nil {
			return err
		}
	}
	p.days.Read(span)
	p.days.Deep = p.deep
	last := log.rest()
	last.Cursors, last.Covered = p.memory.encode(), p.coverage(w.Keep)
	if left {
		err = p.emit(last)
	} else {
		err = w.Finish(p.now, last)
	}
	if err != nil {
		return err
	}
	p.report.Files++
	if p.report.Rows > rows {
		p.report.Read++
	}
	if p.done++; p.opt.Progress != nil {
		p.opt.Progress(p.done, p.total)
	}
	return nil
}

// leftBehind reports a day of which an earlier connection has read requests.
func (p *puller) leftBehind(day time.Time) bool {
	return slices.Contains(p.opt.Before, "") && slices.ContainsFunc(p.opt.Covered, func(s usage.Span) bool { return s.Contains(day) })
}

// withoutLog goes on without a log, unless there was one before: its requests
// and a day's sum would be counted both.
func (p *puller) withoutLog(log *log) error {
	if p.Logs && p.refusal != nil {
		return p.refusal
	}
	if p.Logs {
		return &pull.Error{Code: "no-log", Final: true, Message: "the proxy's spend log could be read before, and cannot any more",
			Advice: "let the key read /spend/logs again, or remove the connection with --purge and add it anew to read daily sums"}
	}
	log.read = false
	return nil
}

// coverage says for all providers that have been seen that a span is known.
func (p *puller) coverage(span usage.Span) (out []usage.Coverage) {
	for _, name := range p.Providers {
		out = append(out, usage.Coverage{Provider: name, Account: p.opt.Account, Basis: usage.Metered, Span: span})
	}
	return out
}

// finish emits names, and covers for late-found providers what was read before
// they were.
func (p *puller) finish(ctx context.Context) error {
	if err := p.directory(ctx); err != nil {
		return err
	}
	b := usage.Batch{NamedAt: p.now, Entities: p.names.list()}
	if p.days.Since.Before(p.days.Until) {
		b.Covered = p.coverage(usage.Span{Since: p.days.Since, Until: p.days.Until})
	}
	if len(b.Entities) == 0 && len(b.Covered) == 0 {
		return nil
	}
	return p.emit(b)
}
