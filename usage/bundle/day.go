package bundle

import (
	"context"
	"time"

	"tokpit/usage"
)

// day is a provider's day that is being read.
type day struct {
	at      time.Time
	version Version
	fresh   bool // newer than what is known

	start time.Time                 // of the buckets at hand
	open  map[string][]usage.Record // buckets that begin then, by kind
	lines map[string][]int64        // of their records
	seen  map[bucket]bool           // buckets that the bundle has
}

type bucket struct {
	kind  string
	start int64 // ms
}

func (p *Part) beginDay() {
	d := &p.pass.decoder
	known, ok := VersionOf(p.cursors, d.day)
	p.day = &day{at: d.day, version: d.version, fresh: !ok || d.version.Newer(known), seen: make(map[bucket]bool)}
}

// sliced takes a record of a provider's bucket. Buckets come by their start.
func (p *Part) sliced(r *usage.Record) error {
	d := p.day
	if !d.fresh {
		return nil
	}
	if !r.Start.Equal(d.start) {
		p.endBuckets()
		if p.origin.rows >= batchOf {
			if err := p.flush(); err != nil {
				return err
			}
		}
		d.start, d.open, d.lines = r.Start, make(map[string][]usage.Record), make(map[string][]int64)
	}
	d.open[r.Slice] = append(d.open[r.Slice], *r)
	d.lines[r.Slice] = append(d.lines[r.Slice], p.pass.number)
	return nil
}

// endBuckets adds whole buckets to the batch.
func (p *Part) endBuckets() {
	d := p.day
	for kind, records := range d.open {
		d.seen[bucket{kind, d.start.UnixMilli()}] = true
		p.batch.Slices = append(p.batch.Slices, usage.Slice{Kind: kind, Start: d.start, Records: records})
		p.origin.slice(kind, d.start, d.lines[kind])
	}
	d.open, d.lines = nil, nil
}

// endDay ends a day: what the store has of it and the bundle does not is not so
// any more. The day is as new as the bundle says together with the last of its
// buckets.
func (p *Part) endDay(ctx context.Context) error {
	d := p.day
	if d == nil {
		return nil
	}
	p.endBuckets()
	p.day = nil
	if !d.fresh {
		return nil
	}
	if p.Receiver.Slices != nil {
		have, err := p.Receiver.Slices(ctx, d.at)
		if err != nil {
			return err
		}
		for _, s := range have {
			if !d.seen[bucket{s.Kind, s.Start.UnixMilli()}] {
				p.batch.Slices = append(p.batch.Slices, usage.Slice{Kind: s.Kind, Start: s.Start})
			}
		}
	}
	p.cursor(dayKey(d.at), d.version.encode())
	return nil
}
