package buckets

import (
	"fmt"
	"time"

	"tokpit/usage"
)

// What a batch holds at most, so that memory does not grow with the window.
const (
	maxRecords = 10_000
	maxSlices  = 2_000
)

// Writer emits the buckets of one window of whole days.
type Writer struct {
	Stream string // "messages"; kinds are stream/grain
	Grain  string
	// Keep is the window; buckets outside of it are ignored.
	Keep usage.Span
	// Clear names other grains in which these days may have been read before.
	// Their buckets are emptied: one grain holds at a time.
	Clear []string
	Emit  func(usage.Batch) error
	// Report counts rows; it must not be nil.
	Report *usage.Report

	length time.Duration
	open   *Bucket
	batch  usage.Batch
	at     map[time.Time]int // slices of the batch
	count  int               // records of the batch
	seen   map[time.Time]bool
	last   time.Time // start of the latest bucket that the provider gave
	page   int
}

func (w *Writer) init() {
	if w.seen == nil {
		w.length, _ = Grain(w.Grain)
		w.seen, w.at = make(map[time.Time]bool), make(map[time.Time]int)
	}
}

// Kind returns the kind of the window's slices.
func (w *Writer) Kind() string { return w.Stream + "/" + w.Grain }

// Bucket opens the bucket that begins at start, or goes on with it. It returns
// nil for a bucket outside of the window, which the caller skips.
func (w *Writer) Bucket(start time.Time) (*Bucket, error) {
	w.init()
	start = start.UTC().Truncate(w.length)
	if start.After(w.last) {
		w.last = start
	}
	if !w.Keep.Contains(start) {
		return nil, nil
	}
	if w.open != nil && w.open.Start.Equal(start) {
		w.open.page = w.page
		return w.open, nil
	}
	if err := w.close(); err != nil {
		return nil, err
	}
	w.open = NewBucket(w.Kind(), start, start.Add(w.length))
	w.open.page = w.page
	return w.open, nil
}

// Count notes rows that have been read, good or bad.
func (w *Writer) Count(rows int) { w.Report.Rows += int64(rows) }

// NextPage says that what comes is on another page.
func (w *Writer) NextPage() { w.page++ }

// Bad keeps a row of a bucket out and says why; lines count from 1, 0 is the
// bucket as a whole.
func (w *Writer) Bad(bucket string, line int, reason string) {
	w.batch.Quarantined = append(w.batch.Quarantined,
		usage.Quarantined{File: File(w.Kind(), bucket), Line: int64(line), Reason: reason})
}

// File names a bucket in the quarantine.
func File(kind, bucket string) string { return fmt.Sprintf("%s %s", kind, bucket) }

// At is a bucket's start as it stands in the quarantine.
func At(start time.Time) string { return start.UTC().Format("2006-01-02T15:04Z") }

// close puts the open bucket into the batch.
func (w *Writer) close() error {
	if w.open == nil {
		return nil
	}
	s := w.open.Slice()
	w.open = nil
	return w.put(s, true)
}

func (w *Writer) put(s usage.Slice, reread bool) error {
	if i, again := w.at[s.Start]; again && w.batch.Slices[i].Kind == s.Kind {
		w.count += len(s.Records) - len(w.batch.Slices[i].Records)
		w.batch.Slices[i] = s
	} else {
		if s.Kind == w.Kind() {
			w.at[s.Start] = len(w.batch.Slices)
			w.seen[s.Start] = true
		}
		w.count += len(s.Records)
		w.batch.Slices = append(w.batch.Slices, s)
	}
	if reread {
		w.batch.Reread = append(w.batch.Reread, File(s.Kind, At(s.Start)))
	}
	if w.count < maxRecords && len(w.batch.Slices) < maxSlices {
		return nil
	}
	return w.flush()
}

func (w *Writer) flush() error {
	b := w.batch
	w.batch, w.count = usage.Batch{}, 0
	clear(w.at)
	return w.Emit(b)
}

// Finish ends the window: what the provider has not mentioned, though it lies
// before the latest bucket it gave or before now, is empty. The rest of the
// window is emitted together with last, whose cursors and coverage thereby
// become true.
func (w *Writer) Finish(now time.Time, last usage.Batch) error {
	w.init()
	if err := w.close(); err != nil {
		return err
	}
	for at := w.Keep.Since; at.Before(w.Keep.Until) && (at.Before(now) || !at.After(w.last)); at = at.Add(w.length) {
		if !w.seen[at] {
			if err := w.put(usage.Slice{Kind: w.Kind(), Start: at}, true); err != nil {
				return err
			}
		}
	}
	for _, other := range w.Clear {
		length, ok := Grain(other)
		if !ok || other == w.Grain {
			continue
		}
		for at := w.Keep.Since; at.Before(w.Keep.Until); at = at.Add(length) {
			if err := w.put(usage.Slice{Kind: w.Stream + "/" + other, Start: at}, false); err != nil {
				return err
			}
		}
	}
	last.Slices = append(last.Slices, w.batch.Slices...)
	last.Quarantined, last.Reread = append(last.Quarantined, w.batch.Quarantined...), append(last.Reread, w.batch.Reread...)
	w.batch = last
	return w.flush()
}

// Covered returns the whole days of the window that have now been read: those
// that have ended by this clock, and those of which the provider has given
// buckets, whose clock may be ahead. Nothing may be covered yet.
func (w *Writer) Covered(now time.Time) (usage.Span, bool) {
	until := now.UTC().Truncate(Day)
	if !w.last.IsZero() {
		if seen := w.last.Truncate(Day).Add(Day); seen.After(until) {
			until = seen
		}
	}
	if until.After(w.Keep.Until) {
		until = w.Keep.Until
	}
	return usage.Span{Since: w.Keep.Since, Until: until}, w.Keep.Since.Before(until)
}
