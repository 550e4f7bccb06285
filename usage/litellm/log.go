package litellm

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/buckets"
)

// maxHeld is how many records wait to be emitted.
const maxHeld = 5_000

// log takes the rows of a span of the spend log. It holds the rows of one hour
// until the next hour begins, so that an hour which has not changed since the
// last pull is not written again, and one that has is written anew.
type log struct {
	p     *puller
	span  usage.Span
	read  bool // there is a log
	found bool // it has rows of this day

	hour    string
	at      map[string]int // rows of the hour by id
	records []usage.Record
	hashes  []uint64
	whole   bool // nothing of the hour has been emitted yet

	digests map[string]uint64 // of the span's hours
	lines   map[string]int64  // rows read, by quarantine file
	batch   usage.Batch
}

func newLog(p *puller, span usage.Span) *log {
	day := span.Since.Truncate(buckets.Day)
	l := &log{p: p, span: span, read: true, found: p.hasRows(day), at: map[string]int{},
		digests: map[string]uint64{}, lines: map[string]int64{}}
	for at := span.Since; at.Before(span.Until); at = at.Add(time.Hour) {
		l.batch.Reread = append(l.batch.Reread, fileOf(hourKey(at)))
	}
	if span.Since.Equal(day) {
		l.batch.Reread = append(l.batch.Reread, fileOf(day.Format(time.DateOnly)))
	}
	return l
}

// fileOf names an hour or a day of the log in the quarantine.
func fileOf(when string) string { return "spend/logs " + when }

// add takes a row. Only errors of emit are returned: a bad row is quarantined.
func (l *log) add(raw json.RawMessage) error {
	var r row
	err := json.Unmarshal(raw, &r)
	at, timeErr := instant(string(r.Start))
	file := fileOf(l.span.Since.Format(time.DateOnly))
	if err == nil && timeErr == nil {
		if !l.span.Contains(at) {
			return nil // of the next span: both ends are inside for the proxy
		}
		file = fileOf(hourKey(at))
	}
	l.p.report.Rows++
	l.lines[file]++
	if err == nil {
		err = timeErr
	}
	var rec usage.Record
	used := false
	if err == nil {
		rec, used, err = l.p.record(&r, at)
	}
	if err != nil {
		l.batch.Quarantined = append(l.batch.Quarantined, usage.Quarantined{File: file, Line: l.lines[file], Reason: reason(err)})
		return nil
	}
	l.p.names.row(&r, at)
	if at.After(l.p.Latest) && !at.After(l.p.now.Add(buckets.Day)) {
		l.p.Latest = at
	}
	l.found = true
	if hour := hourKey(at); hour != l.hour {
		if err := l.flush(); err != nil {
			return err
		}
		l.hour, l.whole = hour, true
	}
	if _, ok := l.digests[l.hour]; !ok {
		l.digests[l.hour] = 0 // there are rows, even if none is usage
	}
	if !used {
		return nil
	}
	l.p.see(rec.Provider)
	return l.hold(rec)
}

// hold keeps a record of the hour. A row may come twice: pages move while rows
// arrive.
func (l *log) hold(rec usage.Record) error {
	hash := digest(&rec)
	if i, again := l.at[rec.ID]; again {
		l.digests[l.hour] += hash - l.hashes[i]
		l.records[i], l.hashes[i] = rec, hash
		return nil
	}
	l.at[rec.ID] = len(l.records)
	l.records, l.hashes = append(l.records, rec), append(l.hashes, hash)
	l.digests[l.hour] += hash
	if len(l.records) < maxHeld {
		return nil
	}
	l.put()
	l.whole = false
	return l.emit()
}

// end ends an hour: if it is as it was, nothing has to be written.
func (l *log) end() {
	if known, ok := l.p.Hours[l.hour]; l.whole && ok && known == l.digests[l.hour] {
		l.drop()
	} else {
		l.put()
	}
}

// flush ends an hour and emits what has come together.
func (l *log) flush() error {
	l.end()
	if len(l.batch.Records) < maxHeld {
		return nil
	}
	return l.emit()
}

// put moves the hour's records into the batch. They take the place of what was
// known of the same requests, larger or not; a store ignores the removal of
// what it never had.
func (l *log) put() {
	for i := range l.records {
		l.batch.Removed = append(l.batch.Removed, usage.Removed{ID: l.records[i].ID, Start: l.records[i].Start})
	}
	l.batch.Records = append(l.batch.Records, l.records...)
	l.drop()
}

func (l *log) drop() {
	l.records, l.hashes = l.records[:0], l.hashes[:0]
	clear(l.at)
}

func (l *log) emit() error {
	b := l.batch
	l.batch = usage.Batch{}
	return l.p.emit(b)
}

// rest ends the span: it remembers its hours, and returns what has not been
// emitted yet.
func (l *log) rest() usage.Batch {
	l.end()
	for hour, sum := range l.digests {
		l.p.Hours[hour] = sum
	}
	l.p.forget(l.p.today().Add(-time.Duration(l.p.opt.Trailing+1) * buckets.Day))
	if l.read {
		l.p.Logs = true
	}
	return l.batch
}

// digest is a number that changes with anything that is kept of a row.
func digest(r *usage.Record) uint64 {
	h := fnv.New64a()
	for _, s := range r.Dims.Strings() {
		fmt.Fprintf(h, "%q", *s)
	}
	fmt.Fprintf(h, "%q %d %d %d %v %v %s %s", r.ID, r.Start.UnixMilli(), r.Context, r.Requests, r.Tokens, r.Quantities, r.Reported, r.Currency)
	return h.Sum64()
}
