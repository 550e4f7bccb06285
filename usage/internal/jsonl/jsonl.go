// Package jsonl reads trees of JSON Lines logs, again and again, reading each
// byte once.
//
// Agents append to one file per conversation, resume old ones, copy them to
// fork, move them to an archive and delete them after a month. A [Tree] finds
// the files below its roots, compares each with the cursor that an earlier
// pull left, and hands only new lines to a [Decoder], which knows the format.
//
// A file is unchanged if size, modification time and identity are what the
// cursor says: that costs one stat. A file that has grown is read on from
// where it was left, once hashes of its beginning and of the bytes before that
// point show that it is the same file. Anything else (shrunk, replaced,
// rewritten) is read again from the start: records carry ids made from content,
// so reading twice adds nothing. A renamed file keeps its cursor.
//
// Some tools keep a conversation in one JSON text instead and write it anew
// each time ([Tree.Documents]). Of such a file nothing can be left out.
//
// A last line without a line break is taken if it is a whole JSON text; else
// it is left for the next pull, since its writer may be in the middle of it.
//
// Files are read by several goroutines and emitted by one, oldest first, so
// that batches come out the same in every run. Memory is bounded: a window of
// files is in flight, and a line longer than [MaxLine] is never held.
package jsonl

import (
	"context"
	"io"
	"time"

	"tokpit/usage"
)

// Limits.
const (
	// MaxLine is the longest line that is decoded, in bytes. Claude Code keeps
	// whole images in a line; usage never needs that much.
	MaxLine = 32 << 20
	// MaxBad is how many bad rows of one file are named.
	MaxBad = 1000
	// MaxBatch is the largest number of records in a batch.
	MaxBatch = 30_000

	chunkRecords = 256 // handed from a reader to the emitter at once
	window       = 32  // files in flight
	maxDepth     = 32  // of directories below a root
)

// Decoder turns the rows of one file after another into records. A decoder is
// used by one goroutine.
type Decoder interface {
	// Begin starts a file, or goes on with one.
	Begin(Start)
	// Row reads one line, which begins with { and ends with }, and adds what
	// it says to out. It returns why the row cannot be counted, or "".
	Row(line []byte, out *Out) (bad string)
	// Dull reports whether the beginning of a line is enough to know that the
	// line says nothing about usage.
	Dull(head []byte) bool
	// State appends what a decoder must know to go on after the last row. It is
	// called each time that what was added to the Out so far is handed over, and
	// may add windows to it first.
	State(dst []byte) []byte
}

// Start says where a decoder begins.
type Start struct {
	// Path is the file's, for what describes a conversation. Nothing that makes
	// an ID may depend on it.
	Path string
	// State is what [Decoder.State] returned when the file was left; nil at
	// the beginning of a file.
	State []byte
	// Was is the state that the file was left in at offset WasEnd, when it is
	// read again from the beginning because a [Planner] called it stale.
	Was    []byte
	WasEnd int64
}

// Planner is told what will be read before any of it is, for formats where
// one file changes the meaning of another. It is used by one goroutine.
type Planner interface {
	// Load sees all cursors first; the planner's own are among them.
	Load(usage.Cursors)
	// Head is given a file that will be read, from its beginning. It reads as
	// much as it needs to know; errors are met again when the file is read.
	Head(src io.Reader)
	// Planned ends the planning. From now on the planner's answers are fixed,
	// and decoders may ask it from several goroutines.
	Planned()
	// Stale reports whether a file that was left in a state must be read again.
	Stale(state []byte) bool
	// Changed returns the planner's cursors to set.
	Changed() usage.Cursors
}

// Root is a directory to look in, and why. It may be a log itself, whatever its
// name.
type Root struct{ Path, Why string }

// Tree is a set of directories with logs of one format.
type Tree struct {
	Source  string
	Roots   []Root
	Accept  func(path string) bool // of the files named *.jsonl; nil takes all
	Decoder func() Decoder
	// Documents takes files named *.json too. Each is one JSON text that its
	// owner rewrites: it is read as a whole whenever it has changed, and handed
	// to the decoder as a single row.
	Documents bool
	Planner   Planner          // or nil
	Now       func() time.Time // the clock
	Workers   int              // readers; 0 is one for each processor
	// Progress, if not nil, is called after each file from the goroutine that
	// called Pull: files done, files to read, bytes read so far.
	Progress func(done, total, bytes int64)
}

// Pull emits what is new since the cursors, as [usage.Source] describes.
func (t *Tree) Pull(ctx context.Context, cursors usage.Cursors, emit func(usage.Batch) error) (usage.Report, error) {
	p := &pull{tree: t, now: t.Now(), cursors: cursors, emit: emit, room: 4 * chunkRecords, spare: make(spare, window),
		windows: loadWindows(cursors)}
	p.batch.Cursors = usage.Cursors{}
	found := t.find(ctx)
	p.report.Places, p.report.Files = found.places, int64(len(found.files))
	if err := ctx.Err(); err != nil {
		return p.report, err
	}
	err := p.run(ctx, p.plan(ctx, found))
	return p.report, err
}
