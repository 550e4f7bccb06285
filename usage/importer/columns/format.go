package columns

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"

	"tokpit/usage"
	"tokpit/usage/importer"
)

// Format reads files with a map; see [New].
type Format struct {
	m Map
	// likely is how sure a file with the map's columns is one of its own.
	sure importer.Likelihood
}

// New returns the format of a map, which must have passed [Map.Check]. A file that
// has what [Map.Knows] lists is certainly one of its own; without such a list one
// that has all columns is likely to be.
func New(m Map) *Format {
	f := &Format{m: m, sure: importer.Likely}
	if len(m.Knows) > 0 {
		f.sure = importer.Certain
	}
	return f
}

// Map is the map that the format reads with.
func (f *Format) Map() Map { return f.m }

// Name implements [importer.Format].
func (f *Format) Name() string { return f.m.Name }

// Title implements [importer.Format].
func (f *Format) Title() string {
	if f.m.Title != "" {
		return f.m.Title
	}
	return "a table, by the map " + f.m.Name
}

// Sniff implements [importer.Format].
func (f *Format) Sniff(_ string, head []byte) importer.Likelihood {
	p, err := newPlan(&f.m, importer.Options{})
	if err != nil {
		return importer.Foreign
	}
	b, head, err := plainText(bytes.NewReader(head))
	if err != nil {
		return importer.Foreign
	}
	if isJSON(head) {
		if f.m.Form == "csv" || !f.sniffJSON(p, b, head) {
			return importer.Foreign
		}
		return f.sure
	}
	_, header, err := p.open(b, head)
	if err != nil || !hasAll(header, f.m.Knows) {
		return importer.Foreign
	}
	return f.sure
}

// sniffJSON reports whether the first object has the columns.
func (f *Format) sniffJSON(p *plan, b *bufio.Reader, head []byte) bool {
	for _, name := range f.m.Knows {
		p.want(name)
	}
	t, _, err := p.open(b, head)
	if err != nil {
		return false
	}
	v, _, err := t.next()
	if err != nil {
		return false
	}
	for i := range p.wanted {
		known := i >= len(p.wanted)-len(f.m.Knows)
		if len(v[i]) == 0 && (known || i == p.start || i == p.input || i == p.output) {
			return false
		}
	}
	return true
}

func hasAll(header, names []string) bool {
	for _, name := range names {
		s := parseSpec(name)
		if s.in(header) < 0 {
			return false
		}
	}
	return true
}

// Read implements [importer.Format].
func (f *Format) Read(ctx context.Context, r io.Reader, o importer.Options, out *importer.Out) error {
	p, err := newPlan(&f.m, o)
	if err != nil {
		return err
	}
	b, head, err := plainText(r)
	if err != nil {
		return err
	}
	t, header, err := p.open(b, head)
	if err != nil {
		return err
	}
	out.Ignore(p.ignored(header)...)
	var rec usage.Record
	for n := 0; ; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		v, line, err := t.next()
		var bad *badRow
		switch {
		case err == io.EOF:
			return nil
		case errors.As(err, &bad):
			out.Refuse(bad.line, bad.why)
			continue
		case err != nil:
			return err
		}
		switch what, why := p.record(v, &rec); what {
		case refused:
			out.Refuse(line, why)
		case leftOut:
			out.Leave("by the map's rule on " + short(why))
		case empty:
			out.Leave("empty")
		default:
			if err := out.Add(&rec); err != nil {
				return err
			}
		}
	}
}

// ignored lists the columns that the map does not read.
func (p *plan) ignored(header []string) (out []string) {
	for _, h := range header {
		read := false
		for i := range p.wanted {
			for _, name := range p.wanted[i].names {
				read = read || strings.EqualFold(name, h)
			}
		}
		if !read && h != "" {
			out = append(out, h)
		}
	}
	return out
}
