package cmd

import (
	"context"
	"io/fs"
	"path/filepath"
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
// until ctx ends. It never calls it twice at once.
func watch(ctx context.Context, roots []string, changed func()) {
	w, err := fsnotify.NewWatcher()
	var events <-chan fsnotify.Event
	var lost <-chan error
	if err == nil {
		defer w.Close()
		for _, root := range roots {
			addTree(w, root)
		}
		events, lost = w.Events, w.Errors
	}
	tick := time.NewTicker(poll)
	defer tick.Stop()
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
				addTree(w, e.Name) // a new session's or day's folder
			}
			quiet.Reset(settle)
		case _, ok := <-lost:
			if !ok {
				lost = nil
			}
		case <-quiet.C:
			changed()
		case <-tick.C:
			changed()
		}
	}
}

// addTree watches a directory and those below it. What cannot be watched is
// left to the poll.
func addTree(w *fsnotify.Watcher, root string) {
	if w == nil {
		return
	}
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || !d.IsDir():
			return nil
		case len(w.WatchList()) >= maxWatched:
			return filepath.SkipAll
		}
		_ = w.Add(path)
		return nil
	})
}
