package jsonl

import (
	"context"
	"maps"
	"runtime"
	"sync"
	"time"

	"tokpit/usage"
)

// pull is one run over a tree.
type pull struct {
	tree    *Tree
	now     time.Time
	cursors usage.Cursors
	emit    func(usage.Batch) error
	report  usage.Report
	batch   usage.Batch // being filled
	room    int         // for records in a batch, as many as this pull has needed
	spare   spare
	windows []usage.Window // the latest of each name
	ofFile  int            // where the records of the file at hand begin in the batch
	// newWindows: they differ from what was emitted last.
	newWindows bool
}

// spare holds record slices that have been copied into a batch, for reuse.
type spare chan []usage.Record

func (s spare) get() []usage.Record {
	select {
	case r := <-s:
		return r
	default:
		return make([]usage.Record, 0, chunkRecords)
	}
}

func (s spare) put(r []usage.Record) {
	clear(r)
	select {
	case s <- r[:0]:
	default:
	}
}

// chunk is a part of a file, with the cursor that goes with it.
type chunk struct {
	records     []usage.Record
	removed     []usage.Removed
	quarantined []usage.Quarantined
	windows     []usage.Window
	reread      string // the file, if it was read from the start anew
	key         string
	cursor      []byte
	rows        int64
	folded      int64
	bytes       int64
	read        bool // there was something new
	pending     bool // the file ends in an unfinished line
}

// run reads the jobs and emits batches. One goroutine hands out jobs in order
// and queues a channel for the chunks of each; the queue's length bounds how
// far readers may run ahead of the emitter.
func (p *pull) run(ctx context.Context, jobs []job) error {
	ctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()

	type task struct {
		job *job
		out chan chunk
	}
	queue := make(chan chan chunk, window)
	work := make(chan task)
	wg.Go(func() {
		defer close(queue)
		defer close(work)
		for i := range jobs {
			t := task{&jobs[i], make(chan chunk, 2)}
			select {
			case queue <- t.out:
			case <-ctx.Done():
				return
			}
			select {
			case work <- t:
			case <-ctx.Done():
				return
			}
		}
	})
	big := make(chan struct{}, 1) // held while a reader's buffer is large
	for range min(p.workers(), len(jobs)) {
		wg.Go(func() {
			r := reader{tree: p.tree, now: p.now, decoder: p.tree.Decoder(), big: big, spare: p.spare}
			for t := range work {
				r.read(ctx, t.job, t.out)
				close(t.out)
			}
		})
	}
	return p.collect(ctx, queue, int64(len(jobs)))
}

func (p *pull) workers() int {
	if p.tree.Workers > 0 {
		return p.tree.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// collect puts chunks together to batches and emits them.
func (p *pull) collect(ctx context.Context, queue <-chan chan chunk, total int64) error {
	var done int64
	for {
		var file chan chunk
		var more bool
		select {
		case file, more = <-queue:
		case <-ctx.Done():
			return ctx.Err()
		}
		if !more {
			break
		}
		if err := p.collectFile(ctx, file); err != nil {
			return err
		}
		done++
		if p.tree.Progress != nil {
			p.tree.Progress(done, total, p.report.BytesRead)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return p.flush()
}

func (p *pull) collectFile(ctx context.Context, file <-chan chunk) error {
	read := false
	p.ofFile = len(p.batch.Records)
	for {
		select {
		case c, more := <-file:
			if !more {
				if read {
					p.report.Read++
				}
				return ctx.Err()
			}
			read = read || c.read
			if err := p.add(&c); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (p *pull) add(c *chunk) error {
	b := &p.batch
	if len(b.Records)+len(c.records) > MaxBatch || len(b.Quarantined)+len(c.quarantined) > MaxBatch {
		if err := p.flush(); err != nil {
			return err
		}
		b = &p.batch
	}
	if need := len(b.Records) + len(c.records); need > cap(b.Records) {
		for need > p.room && p.room < MaxBatch {
			p.room = min(8*p.room, MaxBatch)
		}
		b.Records = append(make([]usage.Record, 0, p.room), b.Records...)
	}
	// A store removes before it adds: what this file added to the same batch
	// and takes back must not be added.
	for _, r := range c.removed {
		b.Records = append(b.Records[:p.ofFile], without(b.Records[p.ofFile:], r.ID)...)
	}
	b.Records = append(b.Records, c.records...)
	p.spare.put(c.records)
	b.Removed = append(b.Removed, c.removed...)
	b.Quarantined = append(b.Quarantined, c.quarantined...)
	p.learn(c.windows)
	if c.reread != "" {
		b.Reread = append(b.Reread, c.reread)
	}
	if c.cursor != nil {
		b.Cursors[c.key] = c.cursor
	}
	p.report.Rows += c.rows
	p.report.Folded += c.folded
	p.report.BytesRead += c.bytes
	if c.pending {
		p.report.Pending++
	}
	return nil
}

func (p *pull) flush() error {
	b := p.batch
	p.batch, p.ofFile = usage.Batch{Cursors: usage.Cursors{}}, 0
	p.tell(&b)
	if len(b.Records)+len(b.Removed)+len(b.Quarantined)+len(b.Reread) == 0 && !p.news(b.Cursors) {
		return nil
	}
	return p.emit(b)
}

// news reports whether any cursor differs from what was given.
func (p *pull) news(c usage.Cursors) bool {
	for key, value := range maps.All(c) {
		if old, known := p.cursors[key]; string(old) != string(value) || known != (value != nil) {
			return true
		}
	}
	return false
}
