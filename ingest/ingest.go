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
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
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
	// OnCommit is called after each commit, from one goroutine at a time.
	OnCommit func(Result)
}

// Result is what a run has done so far, or in all.
type Result struct {
	Name string
	usage.Report
	usage.Receipt
	Quarantined int64 // rows put into quarantine by this run
}

// maxPath is how much of a file name is kept.
const maxPath = 4096

// maxAhead is how far in the future a record may lie: clocks differ, days
// begin up to 14 hours apart.
const maxAhead = 48 * time.Hour

// maxBucket is longer than any provider's bucket.
const maxBucket = 366 * 24 * time.Hour

// oldest is the earliest believable usage: the first commercial model API.
func oldest() time.Time { return time.Date(2020, 6, 1, 0, 0, 0, 0, time.UTC) }

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
	d := door{source: src.Name(), machine: clean.Text(opt.Machine), latest: opt.Now().Add(maxAhead), oldest: oldest()}
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
	res.Report = report
	// A source may fold copies itself; every row that is neither new nor an
	// improvement was a copy.
	res.Duplicates = max(res.Duplicates, report.Rows-res.Added-res.Replaced)
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
		res.Revision = receipt.Revision
		res.Quarantined += int64(len(b.Quarantined))
		if opt.OnCommit != nil {
			opt.OnCommit(*res)
		}
	}
	return failed
}

// door is what every record passes on its way in.
type door struct {
	source, machine string
	latest, oldest  time.Time

	raw, clean [16]string // the last value seen of each text, and its harmless form
}

// admit cleans a batch in place and moves impossible records to quarantine.
func (d *door) admit(b *usage.Batch) {
	kept := b.Records[:0]
	for i := range b.Records {
		r := &b.Records[i]
		d.scrub(r)
		if err := d.check(r); err != nil {
			b.Quarantined = append(b.Quarantined, usage.Quarantined{File: "record " + r.ID, Reason: err.Error()})
			continue
		}
		kept = append(kept, *r)
	}
	b.Records = kept
	for i := range b.Slices {
		s := &b.Slices[i]
		kept := s.Records[:0]
		for k := range s.Records {
			r := &s.Records[k]
			d.scrub(r)
			if err := d.check(r); err != nil {
				b.Quarantined = append(b.Quarantined, usage.Quarantined{File: s.Kind + " " + r.ID, Reason: err.Error()})
				continue
			}
			kept = append(kept, *r)
		}
		s.Records = kept
	}
	for i := range b.Quarantined {
		q := &b.Quarantined[i]
		q.Source, q.File, q.Reason = d.source, clean.Limit(q.File, maxPath), clean.Text(q.Reason)
	}
	for i := range b.Removed {
		b.Removed[i].ID = harmlessID(b.Removed[i].ID)
	}
	for i, file := range b.Reread {
		b.Reread[i] = clean.Limit(file, maxPath)
	}
}

// scrub makes the record's text harmless and its counts consistent.
func (d *door) scrub(r *usage.Record) {
	for i, s := range r.Dims.Strings() {
		if *s == "" {
			continue
		}
		if *s != d.raw[i] {
			d.raw[i] = *s
			if i == tagsAt {
				d.clean[i] = harmlessTags(*s)
			} else {
				d.clean[i] = clean.Text(*s)
			}
		}
		*s = d.clean[i]
	}
	if r.Machine == "" {
		r.Machine = d.machine
	}
	if r.Source == "" {
		r.Source = d.source
	}
	r.ID = harmlessID(r.ID)
	for i := range r.Quantities {
		r.Quantities[i].Meter = clean.Text(r.Quantities[i].Meter)
	}
	if r.Requests == 1 && r.Tokens.IsZero() && len(r.Quantities) == 0 {
		r.Requests = 0 // a response without any tokens is not a request
	}
}

// tagsAt is where [usage.Dims.Strings] has the tags, which are several lines.
const tagsAt = 14

// maxTags is how many tags of a record are kept.
const maxTags = 64

func harmlessTags(tags string) string {
	lines := strings.SplitN(tags, "\n", maxTags+1)
	lines = lines[:min(len(lines), maxTags)]
	for i, line := range lines {
		lines[i] = clean.Text(line)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// harmlessID makes an id fit to be stored and shown. Ids that differ still
// differ afterwards, or two responses would be taken for one.
func harmlessID(id string) string {
	kept := clean.Text(id)
	if kept == id {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return clean.Limit(kept, 64) + "#" + hex.EncodeToString(sum[:16])
}

var (
	errNoID   = errors.New("no id")
	errNoTime = errors.New("no timestamp")
)

func (d *door) check(r *usage.Record) error {
	switch {
	case r.ID == "":
		return errNoID
	case r.Start.IsZero():
		return errNoTime
	case r.Start.Before(d.oldest):
		return fmt.Errorf("timestamp %s is before any model API", r.Start.UTC().Format(time.RFC3339))
	case r.Start.After(d.latest):
		return fmt.Errorf("timestamp %s lies in the future", r.Start.UTC().Format(time.RFC3339))
	case !r.End.IsZero() && (!r.End.After(r.Start) || r.End.After(d.latest.Add(maxBucket))):
		return fmt.Errorf("ends at %s, but begins at %s", r.End.UTC().Format(time.RFC3339), r.Start.UTC().Format(time.RFC3339))
	case !r.UsageAt.IsZero() && (r.UsageAt.Before(d.oldest) || r.UsageAt.After(d.latest)):
		return fmt.Errorf("timestamp %s of its last part is impossible", r.UsageAt.UTC().Format(time.RFC3339))
	case r.Requests < usage.Absent || r.Context < usage.Absent:
		return errors.New("negative count")
	case r.Requests > usage.MaxTokens || r.Context > 4*usage.MaxTokens:
		return fmt.Errorf("implausible count: %d requests, %d tokens of context", r.Requests, r.Context)
	}
	for _, q := range r.Quantities {
		if q.N < 0 || q.N > usage.MaxTokens || q.Meter == "" {
			return fmt.Errorf("implausible quantity: %d %s", q.N, q.Meter)
		}
	}
	return r.Tokens.Check()
}
