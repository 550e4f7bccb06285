package cmd

import (
	"os"
	"path/filepath"

	"tokpit/usage"
	"tokpit/usage/claudecode"
	"tokpit/usage/codex"
	"tokpit/usage/demo"
)

// sources lists what is read, in the order of a sync.
func (a *app) sources() []usage.Source { return a.sourcesWith(nil) }

// sourcesWith is sources that report how far they have read.
func (a *app) sourcesWith(p *progress) []usage.Source {
	if a.demo {
		return []usage.Source{demo.New(a.now())}
	}
	report := func(name string) func(done, total, bytes int64) {
		if p == nil {
			return nil
		}
		return func(done, total, bytes int64) { p.files(name, done, total, bytes) }
	}
	return []usage.Source{
		claudecode.New(claudecode.Options{Home: a.env.Home, Getenv: a.env.Getenv, Now: a.now, Progress: report(claudecode.Name)}),
		codex.New(codex.Options{Home: a.env.Home, Getenv: a.env.Getenv, Now: a.now, Progress: report(codex.Name)}),
	}
}

// rooted is a source that reads folders.
type rooted interface{ Roots() []string }

// roots lists every folder that any source looks in.
func roots(sources []usage.Source) []string {
	var out []string
	for _, s := range sources {
		if r, ok := s.(rooted); ok {
			out = append(out, r.Roots()...)
		}
	}
	return out
}

// locate says where a source that has never been read would look.
func (a *app) locate(src usage.Source) []usage.Place {
	r, ok := src.(rooted)
	if !ok {
		return nil
	}
	var places []usage.Place
	for _, path := range r.Roots() {
		info, err := os.Stat(path)
		places = append(places, usage.Place{Path: filepath.Clean(path), Why: "default", Found: err == nil && info.IsDir()})
	}
	return places
}
