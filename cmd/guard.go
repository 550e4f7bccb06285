package cmd

import (
	"context"
	"errors"
	"fmt"
	"path"
	"runtime"
	"strings"

	"tokpit/usage"
)

// guarded is a source that cannot take the program down, nor let a key into the
// store or into an error: a server may send back what it was sent, in any field.
type guarded struct {
	usage.Source
	keys   *keys
	remote bool // reads from a server, with a key
}

// Pull implements [usage.Source].
func (g guarded) Pull(ctx context.Context, cursors usage.Cursors, emit func(usage.Batch) error) (rep usage.Report, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = hint(crash(p), "please report it; the other sources are not affected")
		}
		err = g.keys.clear(err)
	}()
	if !g.remote {
		return g.Source.Pull(ctx, cursors, emit)
	}
	c := cleaner{keys: g.keys, seen: make(map[string]string)}
	return g.Source.Pull(ctx, cursors, func(b usage.Batch) error {
		if err := c.batch(&b); err != nil {
			return err
		}
		return emit(b)
	})
}

// Roots implements rooted for sources that read folders.
func (g guarded) Roots() []string {
	if r, ok := g.Source.(rooted); ok {
		return r.Roots()
	}
	return nil
}

// crash makes an error of what something panicked with, and says where.
func crash(p any) error {
	where := ""
	var at [32]uintptr
	frames := runtime.CallersFrames(at[:runtime.Callers(2, at[:])])
	panicked := false
	for {
		f, more := frames.Next()
		if panicked && !strings.HasPrefix(f.Function, "runtime.") {
			where = fmt.Sprintf(" in %s, %s:%d", f.Function, path.Base(f.File), f.Line)
			break
		}
		panicked = panicked || f.Function == "runtime.gopanic"
		if !more {
			break
		}
	}
	return fmt.Errorf("internal error%s: %v", where, p)
}

// cleaner takes known keys out of a batch.
type cleaner struct {
	keys *keys
	seen map[string]string // texts that were looked at; dimensions repeat
}

var errKeyInCursor = errors.New("the reader would remember a key")

func (c *cleaner) batch(b *usage.Batch) error {
	for name, value := range b.Cursors {
		text := string(value)
		if c.text(name) != name || c.keys.redactor.Known(text) != text {
			return errKeyInCursor
		}
	}
	for i := range b.Records {
		c.record(&b.Records[i])
	}
	for i := range b.Slices {
		c.put(&b.Slices[i].Kind)
		for k := range b.Slices[i].Records {
			c.record(&b.Slices[i].Records[k])
		}
	}
	for i := range b.Quarantined {
		q := &b.Quarantined[i]
		q.File, q.Reason = c.keys.redactor.Text(q.File), c.keys.redactor.Text(q.Reason)
	}
	for i := range b.Covered {
		c.put(&b.Covered[i].Provider, &b.Covered[i].Account)
	}
	for i := range b.Entities {
		e := &b.Entities[i]
		c.put(&e.ID, &e.Name, &e.Parent, &e.Hint)
	}
	if b.Standing != nil {
		for i := range b.Standing.Limits {
			l := &b.Standing.Limits[i]
			c.put(&l.ID, &l.Interval, &l.Note)
		}
	}
	return nil
}

func (c *cleaner) record(r *usage.Record) {
	c.put(&r.ID, &r.Slice, &r.Currency)
	dims := r.Dims.Strings()
	c.put(dims[:]...)
	for i := range r.Quantities {
		c.put(&r.Quantities[i].Meter)
	}
}

func (c *cleaner) put(texts ...*string) {
	for _, s := range texts {
		*s = c.text(*s)
	}
}

// maxSeen bounds what is remembered of texts.
const maxSeen = 10_000

func (c *cleaner) text(s string) string {
	if len(s) < 4 {
		return s
	}
	out, ok := c.seen[s]
	if !ok {
		if len(c.seen) >= maxSeen {
			clear(c.seen)
		}
		out = c.keys.redactor.Known(s)
		c.seen[s] = out
	}
	return out
}
