// Package demo is a source of made-up usage, for people who want to look
// around before they connect anything, for pictures and for tests.
//
// It invents half a year of "Lighthouse", an organisation of nine people and
// seven projects, and everything that makes real figures hard happens to them:
// coding agents on a subscription, a provider's hourly usage report that shows
// part of the same traffic, a gateway in front of other vendors, batch jobs,
// prompt caches, requests above a long-context threshold, web searches, prices
// that change, an agent that ran away one night, usage without a key, usage
// without a project, and a model of their own that nobody publishes a price for.
//
// The providers also say what they bill, which differs from the usage where it
// does in life (see holeFrom and what stands beside it); which days have been
// read, with a hole of three; what projects, keys and people are called, with a
// project that was renamed, one that nobody uses any more, and a forgotten key;
// and what limits are set with them.
//
// The data depends on nothing but the calendar: the same day always has the
// same records, whenever it is generated, on every machine. That is why the
// dice below are integers: floating point may be fused on some processors.
package demo

import (
	"context"
	"fmt"
	"time"

	"tokpit/money"
	"tokpit/usage"
)

// History is how far back a first pull reaches.
const History = 184 * 24 * time.Hour

// batchSize is about how many records are emitted together.
const batchSize = 8000

// DefaultNow is the clock of a demo that is not told the time.
func DefaultNow() time.Time { return time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC) }

// Source generates the demo's records up to one instant.
type Source struct {
	now time.Time
	org organisation
}

// New returns a source that knows everything up to now.
func New(now time.Time) *Source { return &Source{now: now.UTC(), org: lighthouse()} }

// Name returns "demo". The records name the sources that they pretend to come
// from.
func (s *Source) Name() string { return "demo" }

// cursorKey holds the instant up to which records have been emitted.
const cursorKey = "until"

// Pull emits what became known after the cursor: a response when it started, a
// provider's bucket when it ended.
func (s *Source) Pull(ctx context.Context, cursors usage.Cursors, emit func(usage.Batch) error) (usage.Report, error) {
	var report usage.Report
	after := s.now.Add(-History).Truncate(24 * time.Hour)
	if text, ok := cursors[cursorKey]; ok {
		t, err := time.Parse(time.RFC3339Nano, string(text))
		if err != nil {
			return report, fmt.Errorf("read demo cursor: %w", err)
		}
		after = t
	}
	if !after.Before(s.now) {
		return report, nil
	}
	first := time.Time{}
	if _, again := cursors[cursorKey]; !again {
		first = after
	}
	told := after
	var pending, ahead []usage.Record // ahead: not known yet on the day that they were made for
	flush := func(until time.Time) error {
		report.Rows += int64(len(pending))
		batch := usage.Batch{Cursors: usage.Cursors{cursorKey: []byte(until.Format(time.RFC3339Nano))}}
		batch.Records, batch.Slices = bySlice(pending)
		batch.Covered, batch.Entities, batch.NamedAt, batch.Standing = covered(first, told, until), directory(until), until, standing(until)
		told = until
		pending = make([]usage.Record, 0, batchSize+batchSize/8)
		return emit(batch)
	}
	// A conversation may run past midnight, so the day before can still have
	// something to say.
	for day := after.Truncate(24*time.Hour).AddDate(0, 0, -1); day.Before(s.now); day = day.AddDate(0, 0, 1) {
		if err := ctx.Err(); err != nil {
			return report, err
		}
		until := minTime(day.AddDate(0, 0, 1), s.now)
		s.org.day(day, func(r usage.Record) { ahead = append(ahead, r) })
		later := ahead[:0]
		for i := range ahead {
			switch at := knownAt(&ahead[i]); {
			case ahead[i].Slice != "" && ahead[i].Start.Before(first):
			case at.After(until):
				later = append(later, ahead[i])
			case at.After(after):
				pending = append(pending, ahead[i])
			}
		}
		ahead = later
		if len(pending) >= batchSize || until.Equal(date(renamed)) {
			if err := flush(until); err != nil {
				return report, err
			}
		}
	}
	return report, flush(s.now)
}

// bySlice tells single responses from the records of providers' buckets, which
// come as whole slices.
func bySlice(all []usage.Record) (single []usage.Record, slices []usage.Slice) {
	type bucket struct {
		kind  string
		start time.Time
	}
	at := make(map[bucket]int)
	for i := range all {
		r := all[i]
		if r.Slice == "" {
			single = append(single, r)
			continue
		}
		key := bucket{r.Slice, r.Start}
		k, ok := at[key]
		if !ok {
			k = len(slices)
			at[key] = k
			slices = append(slices, usage.Slice{Kind: r.Slice, Start: r.Start})
		}
		slices[k].Records = append(slices[k].Records, r)
	}
	return single, slices
}

// knownAt is when a source could first have told of the record.
func knownAt(r *usage.Record) time.Time {
	switch {
	case r.End.IsZero():
		return r.Start
	case r.Basis == usage.Billed:
		return r.End.Add(billLag)
	}
	return r.End
}

// Plan is a flat subscription that the demo's people pay.
type Plan struct {
	Source   string
	Monthly  money.Amount
	Currency string
	From     time.Time
}

// Plans returns the subscriptions behind the demo's agent logs. Both began in
// June: before that the agents ran on the organisation's API accounts.
func Plans() []Plan {
	june := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	return []Plan{
		{Source: "claude-code", Monthly: money.FromUnits(200), Currency: "USD", From: june},
		{Source: "codex", Monthly: money.FromUnits(60), Currency: "USD", From: june},
	}
}

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
