package cmd

import (
	"context"
	"io/fs"
	"os"
	"sync"
	"time"

	"tokpit/report"
	"tokpit/store"
	"tokpit/usage"
)

// recall is what the cockpit knows of the store from its last look. It looks
// every few seconds and nearly always nothing has happened; then neither the
// summary of the store nor the cells, which are most of its memory, are read or
// held a second time.
type recall struct {
	mu     sync.Mutex
	file   fs.FileInfo // of the status; nil if there is none to go by
	status store.Status

	cells     *usage.Cube // of all history, with the rules applied
	cellsFile fs.FileInfo
}

// fresh is how long a file must have been left alone before its time of change
// tells it from every later state: clocks of file systems are coarse.
const fresh = 100 * time.Millisecond

// sameState reports whether a file is as it was.
func sameState(a, b fs.FileInfo) bool {
	return a != nil && b != nil && os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}

// statusNow is the status of the store, read only if the file has changed.
func (a *app) statusNow(ctx context.Context) (store.Status, error) {
	r := &a.recall
	r.mu.Lock()
	defer r.mu.Unlock()
	now, err := os.Stat(a.store.Path())
	if err == nil && sameState(now, r.file) {
		return r.status, nil
	}
	r.file = nil
	status, readErr := a.store.Status(ctx)
	if readErr == nil && err == nil && time.Since(now.ModTime()) > fresh {
		r.file, r.status = now, status
	}
	return status, readErr
}

// ahead are cells of all history that are being read while the rest of what a
// snapshot is made of is.
type ahead struct {
	done chan struct{}
	cube *usage.Cube // without the rules applied; nil if there was a reason not to
	file fs.FileInfo // that was there before they were read
}

// readAhead begins to read the cells of all history where none are kept. What
// goes wrong is told by who reads them next.
func (a *app) readAhead(ctx context.Context) *ahead {
	out := &ahead{done: make(chan struct{})}
	a.recall.mu.Lock()
	kept := a.recall.cells != nil
	a.recall.mu.Unlock()
	if kept || a.rules.Fine() {
		close(out.done)
		return out
	}
	go func() {
		defer close(out.done)
		defer func() { _ = recover() }()
		file, err := os.Stat(a.store.Path())
		if err != nil {
			return
		}
		if cube, err := a.store.Cube(ctx, usage.Span{}, false); err == nil {
			out.cube, out.file = cube, file
		}
	}()
	return out
}

// wholeCells are the cells of all history that a snapshot is made of, read only
// if the store is at another revision, or another store, and not read ahead.
func (a *app) wholeCells(ctx context.Context, revision uint64, names *report.Names, early *ahead) (*usage.Cube, error) {
	<-early.done
	r := &a.recall
	r.mu.Lock()
	defer r.mu.Unlock()
	now, err := os.Stat(a.store.Path())
	if c := r.cells; c != nil && c.Revision == revision && err == nil && os.SameFile(now, r.cellsFile) {
		return c, nil
	}
	r.cells = nil
	if c := early.cube; c != nil && c.Revision == revision && err == nil && os.SameFile(now, early.file) {
		r.cells, r.cellsFile = a.rules.Apply(c, names), now
		return r.cells, nil
	}
	cube, err := a.ruled(ctx, usage.Span{}, false, names)
	if err == nil && now != nil {
		r.cells, r.cellsFile = cube, now
	}
	return cube, err
}
