package cmd

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tokpit/internal/clean"
	"tokpit/usage/importer"
	"tokpit/usage/importer/columns"
	"tokpit/usage/importer/otel"
)

// importFile is a file that is to be brought in.
type importFile struct {
	name   string // as the person gave it
	path   string // where it is read from
	label  string // what its bad rows are named with
	spool  bool   // path is a copy that goes afterwards
	digest string // SHA-256 in hexadecimal
	size   int64
	head   []byte

	format importer.Format
	table  *columns.Map      // of a table
	guess  *columns.Guessing // of a table that nobody knows
	fresh  bool              // the map is new: a preview comes first
	plan   *otel.Plan        // of telemetry: which signals count
	half   bool              // the guessed map lacks something: it can only be printed
	begun  bool              // this call has begun the import, not an earlier one
}

// openImport looks at a file as a whole, and keeps what comes from standard input
// in a file that nobody else can read.
func openImport(ctx context.Context, path string, stdin io.Reader) (*importFile, error) {
	f := &importFile{name: path, path: path, label: path}
	if path == "-" {
		f.label = "standard input"
		if err := f.keep(ctx, stdin); err != nil {
			f.close()
			return nil, fmt.Errorf("standard input: %w", err)
		}
	} else {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			return nil, hint(fmt.Errorf("%s is not a file", clean.Limit(path, 200)), "name files; a pipe can be read as -")
		}
		if whole, err := filepath.Abs(path); err == nil {
			f.label = whole
		}
	}
	if err := f.read(ctx); err != nil {
		f.close()
		return nil, fmt.Errorf("%s: %w", clean.Limit(f.name, 200), err)
	}
	return f, nil
}

// keep copies standard input.
func (f *importFile) keep(ctx context.Context, stdin io.Reader) error {
	file, err := os.CreateTemp("", "tokpit-import-*")
	if err != nil {
		return err
	}
	f.path, f.spool = file.Name(), true
	_, err = io.Copy(file, untilDone{ctx, stdin})
	return errors.Join(err, file.Close())
}

// read takes the digest and the beginning.
func (f *importFile) read(ctx context.Context) error {
	file, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer file.Close()
	h := sha256.New()
	if f.size, err = io.Copy(h, untilDone{ctx, file}); err != nil {
		return err
	}
	f.digest = hex.EncodeToString(h.Sum(nil))
	f.head, err = unpackedHead(f.path)
	return err
}

func (f *importFile) close() {
	if f.spool {
		_ = os.Remove(f.path)
	}
}

// untilDone reads until the context ends.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

// Read implements [io.Reader].
func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}

// choose finds out what a file is.
func (r *importRun) choose(ctx context.Context, f *importFile) error {
	saved, err := r.app.savedMaps(ctx)
	if err != nil {
		return err
	}
	switch {
	case r.o.mapFile != "":
		return r.chooseMapFile(f, saved)
	case r.o.mapName != "":
		for _, m := range append(saved, columns.Builtin()...) {
			if m.Name == r.o.mapName {
				return f.by(m, false)
			}
		}
		return hint(fmt.Errorf("there is no map %q", clip(r.o.mapName)), "tokpit import maps lists them; without --map one is guessed")
	case r.o.format != "":
		all := importFormats(saved)
		for _, x := range all {
			if x.Name() == r.o.format {
				f.use(x)
				return nil
			}
		}
		return hint(fmt.Errorf("there is no format %q", clip(r.o.format)), "formats: %s", strings.Join(importNames(all), ", "))
	}
	return r.recognise(f, saved)
}

// importFormats are all formats, tables included.
func importFormats(saved []columns.Map) []importer.Format {
	out := formats()
	for _, m := range columns.Builtin() {
		out = append(out, columns.New(m))
	}
	for _, m := range saved {
		m.Knows = nil
		out = append(out, columns.New(m))
	}
	return out
}

func importNames(all []importer.Format) (names []string) {
	for _, f := range all {
		names = append(names, f.Name())
	}
	return names
}

// use reads the file with a format.
func (f *importFile) use(x importer.Format) {
	f.format = x
	if t, ok := x.(*columns.Format); ok {
		m := t.Map()
		f.table = &m
	}
}

func (f *importFile) by(m columns.Map, fresh bool) error {
	if err := m.Check(); err != nil {
		return fmt.Errorf("map %s: %w", clip(m.Name), err)
	}
	f.use(columns.New(m))
	f.fresh = fresh
	return nil
}

// recognise asks every format, and guesses if none knows the file.
func (r *importRun) recognise(f *importFile, saved []columns.Map) error {
	if bytes.HasPrefix(f.head, []byte(bundleStart)) {
		return hint(fmt.Errorf("%s is a bundle, which tells of another machine", clean.Limit(f.name, 200)), "bring it in with: tokpit bundle import %s", clean.Limit(f.name, 200))
	}
	if len(bytes.TrimSpace(f.head)) == 0 {
		return hint(fmt.Errorf("%s is empty", clean.Limit(f.name, 200)), "there is nothing to count; export it again, or check the path")
	}
	var found []importer.Format
	best := importer.Foreign
	for _, x := range importFormats(saved) {
		switch sure := x.Sniff(filepath.Base(f.name), f.head); {
		case sure == importer.Foreign || sure < best:
		case sure > best:
			best, found = sure, []importer.Format{x}
		default:
			found = append(found, x)
		}
	}
	if best == importer.Likely {
		found = ownFirst(found, saved)
	}
	switch {
	case len(found) == 1 && r.o.save == "":
		f.use(found[0])
		return nil
	case len(found) > 1 && r.o.save == "":
		return hint(fmt.Errorf("%s can be several things: %s", clean.Limit(f.name, 200), strings.Join(importNames(found), ", ")), "say which one with --format NAME")
	}
	if r.o.save != "" {
		if err := checkName(r.o.save); err != nil {
			return err
		}
	}
	return r.guess(f, saved)
}

// bundleStart is how the first line of a bundle begins.
const bundleStart = `{"schema":"tokpit.bundle/`

// guess makes a map for a file that no format knows. Half a map is enough to be
// printed and completed.
func (r *importRun) guess(f *importFile, saved []columns.Map) error {
	g, err := columns.Guess(f.head)
	switch {
	case err == nil:
		f.guess = g
		m := g.Map
		m.Name = r.o.save
		return f.by(m, true)
	case g != nil && r.o.printMap:
		g.Open = append(g.Open, err.Error())
		f.guess, f.table, f.half = g, &g.Map, true
		return nil
	case g != nil:
		return hint(fmt.Errorf("%s is not known: %w; its columns are %s", clean.Limit(f.name, 200), err, columnNames(g)),
			"tokpit import %s --print-map > map.toml prints what was understood; complete it, then --map-file map.toml", clean.Limit(f.name, 200))
	}
	err = fmt.Errorf("%s is not known: %w", clean.Limit(f.name, 200), err)
	if bytes.IndexByte(f.head, 0) >= 0 {
		return hint(err, "text can be read, also packed with gzip or zstd: save it as CSV or JSON Lines")
	}
	return hint(err,
		"say what it is with --format (%s), or explain its columns with --map-file; tokpit import maps show cursor prints an example", strings.Join(importNames(importFormats(saved)), ", "))
}

// ownFirst leaves the maps that people keep, if any is among the formats: whoever
// has described such files knows them better.
func ownFirst(found []importer.Format, saved []columns.Map) []importer.Format {
	var own []importer.Format
	for _, x := range found {
		if slices.ContainsFunc(saved, func(m columns.Map) bool { return m.Name == x.Name() }) {
			own = append(own, x)
		}
	}
	if len(own) > 0 {
		return own
	}
	return found
}

// chooseMapFile reads the file with a map that somebody wrote. It is new unless one
// of its name that means the same is kept.
func (r *importRun) chooseMapFile(f *importFile, saved []columns.Map) error {
	m, err := readMapFile(r.o.mapFile)
	if err != nil {
		return err
	}
	if r.o.save != "" {
		m.Name = r.o.save
	}
	known := slices.ContainsFunc(append(saved, columns.Builtin()...), func(k columns.Map) bool { return k.Name == m.Name && k.Means(m) })
	return f.by(m, !known)
}

func readMapFile(path string) (m columns.Map, err error) {
	file, err := os.Open(path)
	if err != nil {
		return m, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, 64<<10))
	if err != nil {
		return m, err
	}
	if m, err = columns.Parse(text); err != nil {
		return m, hint(fmt.Errorf("%s: %w", clean.Limit(path, 200), err), "tokpit import maps show cursor prints a map as an example")
	}
	return m, nil
}
