package jsonl

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"tokpit/internal/clean"
	"tokpit/usage"
)

// job is a file to read.
type job struct {
	file   file
	cursor cursor // where an earlier pull left it; zero if none did
	known  bool   // there is such a cursor
	stale  bool   // unchanged or grown, but read again from the start all the same
}

// plan compares the tree with the cursors. What needs no reading (problems,
// renames, deletions) goes straight into the first batch.
func (p *pull) plan(ctx context.Context, found finding) []job {
	cursors := p.decodeCursors()
	planner := p.tree.Planner
	if planner != nil {
		planner.Load(p.cursors)
	}
	p.problems(found.problems, cursors)
	p.adoptRenamed(found.files, cursors)

	var jobs []job
	var still []job // unchanged
	for _, f := range found.files {
		c, known := cursors[f.path]
		delete(cursors, f.path)
		j := job{file: f, cursor: c, known: known}
		if known && c.unchanged(&f) && !c.due(p.now) {
			still = append(still, j)
		} else {
			jobs = append(jobs, j)
		}
	}
	if planner != nil {
		for i := range jobs {
			if ctx.Err() != nil {
				return nil
			}
			if f, err := os.Open(jobs[i].file.path); err == nil {
				planner.Head(f)
				_ = f.Close()
			}
		}
		planner.Planned()
		for i := range jobs {
			jobs[i].stale = jobs[i].known && planner.Stale(jobs[i].cursor.state)
		}
		still = slices.DeleteFunc(still, func(j job) bool {
			j.stale = planner.Stale(j.cursor.state)
			if j.stale {
				jobs = append(jobs, j)
			}
			return j.stale
		})
		maps.Copy(p.batch.Cursors, planner.Changed())
	}
	for _, j := range still {
		if j.cursor.offset < j.cursor.size {
			p.report.Pending++
		}
	}
	p.forget(cursors)
	slices.SortFunc(jobs, func(a, b job) int {
		return cmp.Or(cmp.Compare(a.file.mtime, b.file.mtime), strings.Compare(a.file.path, b.file.path))
	})
	return jobs
}

func (p *pull) decodeCursors() map[string]cursor {
	out := make(map[string]cursor, len(p.cursors))
	for key, value := range p.cursors {
		if path, ok := strings.CutPrefix(key, filePrefix); ok {
			c, ok := decodeCursor(value)
			if !ok {
				c = cursor{bad: 1} // read from the start, and forget its bad rows
			}
			out[path] = c
		}
	}
	return out
}

// problems names what cannot be read, once: its cursor remembers the reason.
func (p *pull) problems(list []problem, cursors map[string]cursor) {
	for _, pr := range list {
		if c, known := cursors[pr.path]; !known || c.problem != pr.reason {
			p.trouble(pr.path, pr.reason)
		}
		delete(cursors, pr.path)
	}
}

// trouble quarantines a file as a whole.
func (p *pull) trouble(path, reason string) {
	c := cursor{problem: reason}
	p.batch.Cursors[filePrefix+path] = c.encode()
	p.batch.Reread = append(p.batch.Reread, cleanPath(path))
	p.batch.Quarantined = append(p.batch.Quarantined,
		usage.Quarantined{Source: p.tree.Source, File: cleanPath(path), Reason: clean.Text(reason)})
}

// cleanPath makes a path fit to be shown.
func cleanPath(path string) string { return clean.Limit(path, 4096) }

// adoptRenamed gives a file without a cursor the one of a file that is gone,
// if it is the same file. Whether the content still holds is checked when it
// is read.
func (p *pull) adoptRenamed(files []file, cursors map[string]cursor) {
	here := make(map[string]bool, len(files))
	for i := range files {
		here[files[i].path] = true
	}
	gone := make(map[uint64]string)
	for path, c := range cursors {
		if !here[path] && c.problem == "" && c.inode != 0 {
			if other, taken := gone[c.inode]; !taken || path < other {
				gone[c.inode] = path
			}
		}
	}
	if len(gone) == 0 {
		return
	}
	for i := range files {
		f := &files[i]
		old, ok := gone[f.id.ino]
		if _, known := cursors[f.path]; known || !ok {
			continue
		}
		c := cursors[old]
		if r, err := os.Open(f.path); err == nil {
			if c.offset <= f.size && c.holds(r, make([]byte, headBytes)) {
				cursors[f.path] = c
				p.batch.Cursors[filePrefix+f.path] = p.cursors[filePrefix+old]
				p.batch.Cursors[filePrefix+old] = nil
				delete(cursors, old)
			}
			_ = r.Close()
		}
	}
}

// forget drops the cursors of files that are gone from a root that is there,
// and of troubles that are over. One that has bad rows stays, so that they can
// be forgotten if the file comes back.
func (p *pull) forget(rest map[string]cursor) {
	for path, c := range rest {
		if !p.below(path) || c.bad > 0 {
			continue
		}
		_, err := os.Lstat(path)
		switch gone := errors.Is(err, fs.ErrNotExist); {
		case c.problem != "" && (gone || err == nil):
			p.batch.Reread = append(p.batch.Reread, cleanPath(path))
		case !gone:
			continue // its directory cannot be read, or a twin of it was found first
		}
		p.batch.Cursors[filePrefix+path] = nil
	}
	slices.Sort(p.batch.Reread)
}

func (p *pull) below(path string) bool {
	for _, place := range p.report.Places {
		if place.Found && place.Err == nil && strings.HasPrefix(path, place.Path+string(os.PathSeparator)) {
			return true
		}
	}
	return false
}
