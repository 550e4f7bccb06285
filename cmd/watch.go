package cmd

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// settle is how long to wait after a change, since agents write in bursts.
	settle = 400 * time.Millisecond
	// poll is how often to look anyway: watches can be lost, and some file
	// systems have none. A look costs one stat a file.
	poll = 15 * time.Second
	// maxWatched bounds the directories that are watched.
	maxWatched = 4000
)

// watch calls changed whenever something may have changed under the roots,
// until ctx ends. It never calls it twice at once. Roots may come and go.
func watch(ctx context.Context, roots []string, changed func()) {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	watchWith(ctx, roots, tick.C, changed)
}

// watchWith is watch that polls when it is told to.
func watchWith(ctx context.Context, roots []string, poll <-chan time.Time, changed func()) {
	var t trees
	var events <-chan fsnotify.Event
	var lost <-chan error
	if w, err := fsnotify.NewWatcher(); err == nil {
		defer w.Close()
		t.watcher, events, lost = w, w.Events, w.Errors
	}
	t.renew(roots)
	quiet := time.NewTimer(time.Hour)
	quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case e, ok := <-events:
			if !ok {
				events = nil
				continue
			}
			if e.Has(fsnotify.Create) {
				t.add(e.Name) // a new session's or day's folder
			}
			quiet.Reset(settle)
		case _, ok := <-lost:
			if !ok {
				lost = nil
				continue
			}
			quiet.Reset(settle) // too many events at once: which ones does not matter
		case <-quiet.C:
			changed()
		case <-poll:
			t.renew(roots) // also those that were not there yet
			changed()
		}
	}
}

// trees is the directories that are watched. Without a watcher everything is
// left to the poll.
type trees struct {
	watcher *fsnotify.Watcher
	watched int
}

// renew watches everything that is there now.
func (t *trees) renew(roots []string) {
	if t.watcher == nil {
		return
	}
	t.watched = len(t.watcher.WatchList())
	for _, root := range roots {
		if real, err := filepath.EvalSymlinks(root); err == nil {
			t.add(real)
		}
	}
}

// add watches a directory and those below it. A file is none of its business.
func (t *trees) add(root string) {
	if info, err := os.Lstat(root); t.watcher == nil || err != nil || !info.IsDir() {
		return
	}
	known := t.watcher.WatchList()
	slices.Sort(known)
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || !d.IsDir():
			return nil
		case t.watched >= maxWatched:
			return filepath.SkipAll
		}
		if _, again := slices.BinarySearch(known, path); !again && t.watcher.Add(path) == nil {
			t.watched++
		}
		return nil
	})
}
