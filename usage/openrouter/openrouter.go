// Package openrouter reads an account's activity and credit from OpenRouter. It
// needs a management key: the keys that call models may not read activity.
//
// Activity comes by UTC day, and only for the last 30 days that have ended: what
// is not read within a month is lost, and shows as a hole in the coverage. Rows
// say the model, who served it, and what was paid. Cached input is not told
// apart from other input; reasoning is part of the completion.
//
// A row has two kinds of money, and both are real:
//
//   - usage is what was taken from the credit at OpenRouter: for ordinary
//     requests the whole price (it already holds what the upstream provider
//     gets), for requests with a key of one's own (BYOK) only OpenRouter's fee.
//   - byok_usage_inference is what the upstream provider bills to that key.
//
// The first is the reported amount of usage at the provider "openrouter". The
// second becomes a record of its own at the upstream provider, tagged
// byok=true, on the basis "metered", because OpenRouter is a gateway for it. It
// names no account there, so it belongs to the upstream provider's only one: if
// that provider's own report is connected too, the report outranks it, and
// otherwise it counts. A row does not say which of its tokens went which way;
// they go with the larger amount, and count once.
package openrouter

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"tokpit/usage"
	"tokpit/usage/internal/buckets"
	"tokpit/usage/internal/pull"
)

// Type is the source of all records that this package makes, and the provider.
const Type = "openrouter"

// DefaultBaseURL is the address of the API.
const DefaultBaseURL = "https://openrouter.ai/api/v1"

// Days that OpenRouter keeps, and that every pull reads again.
const (
	Kept            = 30
	DefaultTrailing = 3
)

// Options of a source.
type Options struct {
	Name    string // of the connection; Type if empty
	Account string // that usage is booked on; the connection's name if empty
	BaseURL string // DefaultBaseURL if empty
	Grain   string // 1d, which is all there is, or empty
	// Since is the first day to read; zero for all that OpenRouter has kept.
	Since    time.Time
	Trailing int // days that every pull reads again; DefaultTrailing if zero
	// Key returns the management key. It is asked for once per pull.
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

// Source is one account at OpenRouter. It implements [usage.Source].
type Source struct{ opt Options }

// New returns the source. It returns an error if the grain is not a day or the
// address may not be asked.
func New(o Options) (*Source, error) {
	o.Name = cmp.Or(o.Name, Type)
	o.Account = cmp.Or(o.Account, o.Name)
	o.BaseURL, o.Grain = cmp.Or(o.BaseURL, DefaultBaseURL), cmp.Or(o.Grain, "1d")
	if o.Grain != "1d" {
		return nil, fmt.Errorf("grain %.20q: OpenRouter knows whole days only, 1d", o.Grain)
	}
	if o.Key == nil {
		return nil, errors.New("openrouter: no key")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Trailing == 0 {
		o.Trailing = DefaultTrailing
	}
	if o.Rate == 0 {
		o.Rate = 4
	}
	s := &Source{o}
	_, err := s.client("", 0)
	return s, err
}

// Name returns the connection's name.
func (s *Source) Name() string { return s.opt.Name }

// cursor is the name of what is remembered of the days.
const cursor = "activity"

// Pull emits the days that are new, those that may have been revised, and the
// credit.
func (s *Source) Pull(ctx context.Context, cursors usage.Cursors, emit func(usage.Batch) error) (usage.Report, error) {
	p := &puller{Source: s, now: s.opt.Now().UTC()}
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
	if p.client, err = s.client(key, 0); err != nil {
		return p.report, err
	}
	defer p.client.Close()
	if p.short, err = s.client(key, triesOfExtras); err != nil {
		return p.report, err
	}
	defer p.short.Close()
	fresh, past := p.plan(cursors[cursor])
	total := int64(len(fresh) + len(past))
	for i, day := range fresh {
		deep := p.days.Deep
		if i == len(fresh)-1 {
			deep = p.today().Add(-buckets.Day)
		}
		if err := p.day(ctx, day, deep, total); err != nil {
			return p.report, err
		}
	}
	for _, day := range past {
		if err := p.day(ctx, day, p.days.Deep, total); err != nil {
			return p.report, err
		}
	}
	return p.report, p.extras(ctx)
}

type puller struct {
	*Source
	client  *pull.Client
	short   *pull.Client // does not try for long
	now     time.Time
	emit    func(usage.Batch) error
	broken  error // what emit returned
	report  usage.Report
	days    buckets.Days
	whole   bool  // workspaces are not to be had
	counter int64 // days done
}

func (p *puller) today() time.Time { return p.now.Truncate(buckets.Day) }

// plan finds out which days to read.
func (p *puller) plan(remembered []byte) (fresh, past []usage.Span) {
	oldest := p.today().Add(-Kept * buckets.Day)
	since := p.opt.Since.UTC()
	if since.Before(oldest) {
		since = oldest
	}
	p.days = buckets.Decode(remembered)
	if p.days.Until.Before(oldest) {
		p.days = buckets.Days{} // what lies between is gone
	}
	p.days.Use("1d")
	fresh, past = p.days.Plan(buckets.Reading{Since: since, Now: p.now.Add(-buckets.Day), // the last day that has ended
		Trailing: p.opt.Trailing, Deep: Kept, Window: 1})
	return kept(fresh, oldest), kept(past, oldest)
}

func kept(days []usage.Span, oldest time.Time) (out []usage.Span) {
	for _, d := range days {
		if !d.Since.Before(oldest) {
			out = append(out, d)
		}
	}
	return out
}

// day reads one day and remembers it.
func (p *puller) day(ctx context.Context, day usage.Span, deep time.Time, total int64) error {
	w := &buckets.Writer{Stream: "activity", Grain: "1d", Keep: day, Emit: p.emit, Report: &p.report}
	rows, err := p.activity(ctx, day.Since)
	if e := pull.AsError(err); e != nil && e.Status == http.StatusBadRequest && p.atAnEnd(day.Since) {
		return nil // by its clock the day has not ended, or is too long ago
	}
	if err != nil {
		return err
	}
	into, err := w.Bucket(day.Since)
	if err != nil {
		return err
	}
	w.Count(len(rows))
	for i, raw := range rows {
		if err := p.row(raw, into); err != nil {
			w.Bad(buckets.At(day.Since), i+1, reason(err))
		}
	}
	p.days.Read(day)
	p.days.Deep = deep
	last := usage.Batch{Cursors: usage.Cursors{cursor: p.days.Encode()},
		Covered: []usage.Coverage{{Provider: Type, Account: p.opt.Account, Basis: usage.Reported, Span: day}}}
	if err := w.Finish(p.now, last); err != nil {
		return err
	}
	p.report.Files++
	if len(rows) > 0 {
		p.report.Read++
	}
	if p.counter++; p.opt.Progress != nil {
		p.opt.Progress(p.counter, total)
	}
	return nil
}

// atAnEnd reports whether clocks that differ by hours may disagree on whether
// OpenRouter has the day.
func (p *puller) atAnEnd(day time.Time) bool {
	return !day.After(p.today().Add(-(Kept-1)*buckets.Day)) || !day.Before(p.today().Add(-buckets.Day))
}

// activity asks for the rows of a day, by workspace if that can be had.
func (p *puller) activity(ctx context.Context, day time.Time) ([]json.RawMessage, error) {
	q := url.Values{"date": {day.Format(time.DateOnly)}}
	if !p.whole {
		q.Set("group_by", "workspace")
	}
	var got answer[[]json.RawMessage]
	err := p.client.Get(ctx, "activity", q, &got)
	if e := pull.AsError(err); e != nil && e.Status == http.StatusBadRequest && !p.whole && strings.Contains(e.Message, "group_by") {
		p.whole = true
		return p.activity(ctx, day)
	}
	if err != nil {
		return nil, p.wrongKey(ctx, err)
	}
	return got.value()
}

// answer is the envelope of all answers.
type answer[T any] struct {
	Data *T `json:"data"`
}

func (a answer[T]) value() (T, error) {
	if a.Data == nil {
		var none T
		return none, &pull.Error{Code: pull.CodeShape, Final: true, Message: "the answer is JSON, but not OpenRouter's",
			Advice: "check the address (--base-url): it should lead to OpenRouter's API itself"}
	}
	return *a.Data, nil
}
