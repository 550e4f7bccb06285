// Package importer brings usage in from files that a person has: exports of a
// dashboard, bills, invocation logs, telemetry. A [Format] knows one form of
// file; [File] reads one file of it as a [usage.Source].
//
// All imports of one format share a connection of the store that is named after
// the format, so that rows which two files have in common count once. Each record
// carries the tag "import" with the id of the import that brought it, by which
// that import can be undone. Ids of imports sort by time: of two copies the
// earlier import owns the record.
//
// Files may hold prompts. Nothing of a row is kept but counts, names and ids.
package importer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"tokpit/usage"
)

// Tag is the name of the tag that says which import brought a record.
const Tag = "import"

// HeadSize is how much of the beginning of a file a format may look at, in bytes.
const HeadSize = 64 << 10

// Likelihood says how sure a format is that a file is one of its own.
type Likelihood int

// The likelihoods. A certain format wins over likely ones; of several equally
// sure ones a person has to choose.
const (
	Foreign Likelihood = iota
	Likely
	Certain
)

// Format is one form of file.
type Format interface {
	// Name is the format's name on the command line, and of its connection in the
	// store: lower case with dashes.
	Name() string
	// Title says in a few words what such a file is.
	Title() string
	// Sniff looks at the (unpacked) beginning of a file. Name is its base name.
	Sniff(name string, head []byte) Likelihood
	// Read reads all rows of a file, from its (unpacked) beginning. It hands every
	// row to out, and returns an error only if it cannot go on; what it read before
	// stays. Memory must not grow with the file.
	Read(ctx context.Context, r io.Reader, o Options, out *Out) error
}

// Options is what a person says about a file beside its content.
type Options struct {
	ID string // of the import; "" while nothing is to be stored
	// What rows belong to that do not say so themselves.
	Account, Provider, Organization, Project, User, Machine string
	// Currency of amounts that do not say theirs; "" is USD.
	Currency string
	// Zone of times that do not say theirs; nil is UTC.
	Zone *time.Location
	Now  time.Time
	// At is when rows were that do not say so themselves; the zero time refuses them.
	At time.Time
}

// File is one file as a source of usage.
type File struct {
	Path   string
	Label  string // what bad rows are named with; the path if ""
	Format Format
	// Digest is the SHA-256 of the file, by which it is known when it comes again.
	Digest  string
	Options Options
	// Progress is told how many bytes of the file have been read; may be nil.
	Progress func(done, total int64)

	// Read is what the last Pull made of the file's rows.
	Read Reading
}

// Reading is what became of the rows of a file.
type Reading struct {
	Rows    int64            // handed on as records
	Bad     int64            // refused
	Own     int64            // of Rows, with an id of the provider's, not of their content
	Left    map[string]int64 // knowingly left out, by reason
	Ignored []string         // columns that are not read
}

// CursorOf is the key of the cursor that a whole import of a file leaves.
func CursorOf(digest string) string { return "file " + digest }

// Name implements [usage.Source]: it is the format's.
func (f *File) Name() string { return f.Format.Name() }

// Pull implements [usage.Source]. A file that has been read to its end is not read
// again.
func (f *File) Pull(ctx context.Context, cursors usage.Cursors, emit func(usage.Batch) error) (usage.Report, error) {
	report := usage.Report{Files: 1, Places: []usage.Place{{Path: f.Path, Why: "import", Found: true, Files: 1}}}
	key := CursorOf(f.Digest)
	if f.Digest != "" && cursors[key] != nil {
		return report, nil
	}
	file, err := os.Open(f.Path)
	if err != nil {
		report.Places[0].Found, report.Places[0].Err = false, err
		return report, err
	}
	defer file.Close()
	size := int64(-1)
	if info, err := file.Stat(); err == nil {
		size = info.Size()
	}
	in := &counted{r: file, size: size, told: f.Progress}
	plain, err := Unpack(in)
	if err != nil {
		return report, fmt.Errorf("%s: %w", f.Path, err)
	}
	label := cmp.Or(f.Label, f.Path)
	out := NewOut(label, f.Options, emit)
	out.batch.Reread = []string{label}
	err = f.Format.Read(ctx, plain, f.Options, out)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("%s ends in the middle: %w", f.Path, err)
	}
	report.Read, report.BytesRead = 1, in.n
	if err == nil {
		err = ctx.Err()
	}
	if err == nil && f.Digest != "" {
		out.batch.Cursors = usage.Cursors{key: []byte(f.Options.ID)}
	}
	err = errors.Join(err, out.Flush())
	report.Rows = out.rows
	f.Read = Reading{Rows: out.rows, Bad: out.bad, Own: out.own, Left: out.left, Ignored: out.ignored}
	return report, err
}

// counted counts what is read.
type counted struct {
	r       io.Reader
	n, size int64
	told    func(done, total int64)
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if c.told != nil {
		c.told(c.n, c.size)
	}
	return n, err
}
