package ingest

import (
	"cmp"
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

// maxPath is how much of a file name is kept.
const maxPath = 4096

// maxAhead is how far in the future a record may lie: clocks differ, days
// begin up to 14 hours apart.
const maxAhead = 48 * time.Hour

// maxBucket is longer than any provider's bucket.
const maxBucket = 366 * 24 * time.Hour

// oldest is the earliest believable usage: the first commercial model API.
func oldest() time.Time { return time.Date(2020, 6, 1, 0, 0, 0, 0, time.UTC) }

// door is what every record passes on its way in.
type door struct {
	source, machine string
	now             time.Time
	gate            *gate

	raw, clean [16]string // the last value seen of each text, and its harmless form
}

// admit cleans a batch in place and moves what cannot be true to quarantine.
func (d *door) admit(b *usage.Batch) {
	kept := b.Records[:0]
	for i := range b.Records {
		r := &b.Records[i]
		away := d.scrub(r)
		if err := d.check(r); err != nil {
			quarantine(b, "record "+r.ID, 0, err)
			continue
		}
		if away {
			d.gate.refused++
			continue
		}
		kept = append(kept, *r)
	}
	b.Records = kept
	d.gate.fates(b)
	d.admitSlices(b)
	d.admitAccount(b)
	d.gate.account(b)
	for i := range b.Quarantined {
		q := &b.Quarantined[i]
		q.Source, q.File, q.Reason = d.source, clean.Limit(q.File, maxPath), clean.Text(q.Reason)
	}
	for i := range b.Removed {
		b.Removed[i].ID = d.gate.id(harmlessID(b.Removed[i].ID))
	}
	for i, file := range b.Reread {
		b.Reread[i] = clean.Limit(file, maxPath)
	}
	d.gate.rest(b)
}

func quarantine(b *usage.Batch, file string, line int, err error) {
	b.Quarantined = append(b.Quarantined, usage.Quarantined{File: file, Line: int64(line), Reason: err.Error()})
}

// admitSlices goes through the provider's buckets. One that is read again
// forgets which of its records were quarantined before.
func (d *door) admitSlices(b *usage.Batch) {
	kept := b.Slices[:0]
	for _, s := range b.Slices {
		s.Kind = clean.Text(s.Kind)
		file := s.Kind + " " + s.Start.UTC().Format(time.RFC3339)
		b.Reread = append(b.Reread, file)
		if err := d.checkStart(s.Start); err != nil || s.Kind == "" {
			quarantine(b, file, 0, cmp.Or(err, errNoKind))
			continue
		}
		s.Records = d.admitBucket(b, file, s.Records)
		kept = append(kept, s)
	}
	b.Slices = kept
}

// admitBucket returns the records of one bucket that may come in. An id can
// stand for one of them only.
func (d *door) admitBucket(b *usage.Batch, file string, records []usage.Record) []usage.Record {
	kept := records[:0]
	seen := make(map[string]struct{}, len(records))
	for i := range records {
		r := &records[i]
		away := d.scrub(r)
		err := d.check(r)
		if _, again := seen[r.ID]; again && err == nil {
			err = errTwice
		}
		if err != nil {
			quarantine(b, file, i+1, fmt.Errorf("%w: %s", err, r.ID))
			continue
		}
		if away {
			d.gate.refused++
			continue
		}
		seen[r.ID] = struct{}{}
		kept = append(kept, *r)
	}
	return kept
}

// scrub makes the record's text harmless and its counts consistent. It reports
// whether somebody had its usage forgotten.
func (d *door) scrub(r *usage.Record) (away bool) {
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
	away = d.gate.turnsAway(&r.Dims)
	if d.gate.hide(r) {
		away = d.gate.turnsAway(&r.Dims) || away
	}
	r.Currency = harmlessCurrency(r.Currency)
	for i := range r.Quantities {
		r.Quantities[i].Meter = clean.Text(r.Quantities[i].Meter)
	}
	if r.Requests == 1 && r.Tokens.IsZero() && len(r.Quantities) == 0 {
		r.Requests = 0 // a response without any tokens is not a request
	}
	return away
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
	errNoKind = errors.New("a bucket of no kind")
	errTwice  = errors.New("its id stands twice in one bucket")
)

func (d *door) latest() time.Time { return d.now.Add(maxAhead) }

func (d *door) checkStart(t time.Time) error {
	switch {
	case t.IsZero():
		return errNoTime
	case t.Before(oldest()):
		return fmt.Errorf("timestamp %s is before any model API", t.UTC().Format(time.RFC3339))
	case t.After(d.latest()):
		return fmt.Errorf("timestamp %s lies in the future", t.UTC().Format(time.RFC3339))
	}
	return nil
}

func (d *door) check(r *usage.Record) error {
	if r.ID == "" {
		return errNoID
	}
	if err := d.checkStart(r.Start); err != nil {
		return err
	}
	switch {
	case !r.End.IsZero() && (!r.End.After(r.Start) || r.End.After(d.latest().Add(maxBucket))):
		return fmt.Errorf("ends at %s, but begins at %s", r.End.UTC().Format(time.RFC3339), r.Start.UTC().Format(time.RFC3339))
	case !r.UsageAt.IsZero() && (r.UsageAt.Before(oldest()) || r.UsageAt.After(d.latest())):
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
	if err := checkAmount(r.Reported, r.Currency); err != nil {
		return err
	}
	return r.Tokens.Check()
}
