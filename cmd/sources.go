package cmd

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"time"

	"tokpit/store"
	"tokpit/usage"
	"tokpit/usage/aider"
	"tokpit/usage/amp"
	"tokpit/usage/claudecode"
	"tokpit/usage/codex"
	"tokpit/usage/copilotchat"
	"tokpit/usage/copilotcli"
	"tokpit/usage/crush"
	"tokpit/usage/demo"
	"tokpit/usage/droid"
	"tokpit/usage/geminicli"
	"tokpit/usage/goose"
	"tokpit/usage/kimi"
	"tokpit/usage/llm"
	"tokpit/usage/opencode"
	"tokpit/usage/pi"
	"tokpit/usage/qwencode"
	"tokpit/usage/zed"
)

// local lists what is found on this machine by itself, in the order of a sync.
func (a *app) local(p *progress) []usage.Source {
	if a.demo {
		return []usage.Source{demo.New(a.now())}
	}
	report := func(name string) func(done, total, bytes int64) {
		if p == nil {
			return nil
		}
		return func(done, total, bytes int64) { p.files(name, done, total, bytes) }
	}
	options := func(name string) claudecode.Options {
		return claudecode.Options{Home: a.env.Home, Getenv: a.env.Getenv, Now: a.now, Progress: report(name)}
	}
	logs := func(name string) geminicli.Options { return geminicli.Options(options(name)) }
	var out []usage.Source
	for _, s := range []usage.Source{
		claudecode.New(options(claudecode.Name)),
		codex.New(codex.Options(options(codex.Name))),
		geminicli.New(logs(geminicli.Name)),
		opencode.New(logs(opencode.Name)),
		qwencode.New(logs(qwencode.Name)),
		copilotcli.New(logs(copilotcli.Name)),
		copilotchat.New(logs(copilotchat.Name)),
		goose.New(logs(goose.Name)),
		crush.New(logs(crush.Name)),
		pi.New(logs(pi.Name)),
		llm.New(logs(llm.Name)),
		kimi.New(logs(kimi.Name)),
		amp.New(logs(amp.Name)),
		droid.New(logs(droid.Name)),
		zed.New(logs(zed.Name)),
		aider.New(logs(aider.Name)),
	} {
		out = append(out, guarded{s, a.keys, false})
	}
	return out
}

// remote makes a reader of every connection. One that cannot be made is a
// source that fails when it is read.
func (a *app) remote(all []connection, p *progress) []usage.Source {
	var out []usage.Source
	for _, c := range all {
		var w watcher
		if p != nil {
			w.steps = func(done, total int64) { p.steps(c.Name, done, total) }
			w.waits = func(err error, wait time.Duration) { p.waits(c.Name, a.keys.clear(err), wait) }
		}
		var src usage.Source
		src, err := a.reader(c, w)
		if err != nil {
			src = failing{c.Name, err}
		}
		out = append(out, guarded{src, a.keys, true})
	}
	return out
}

// reader makes the reader of a connection. It does not ask for its key yet.
func (a *app) reader(c connection, w watcher) (reader, error) {
	if c.broken != nil {
		return nil, c.broken
	}
	k, err := a.kindOf(c.Type)
	if err != nil {
		return nil, err
	}
	return k.open(readerOptions{Name: c.Name, Account: c.account(), BaseURL: c.BaseURL, Grain: c.Grain, Since: c.Since, Before: c.before, Covered: c.covered, Key: a.keys.of(c.KeyRef),
		Now: a.now, Progress: w.steps, OnWait: w.waits})
}

// watcher is told how a reader gets on; its functions may be nil.
type watcher struct {
	steps func(done, total int64)
	waits func(err error, wait time.Duration)
}

// failing is a source that cannot be read.
type failing struct {
	name string
	err  error
}

// Name implements [usage.Source].
func (f failing) Name() string { return f.name }

// Pull implements [usage.Source].
func (f failing) Pull(context.Context, usage.Cursors, func(usage.Batch) error) (usage.Report, error) {
	return usage.Report{}, f.err
}

// everything lists all sources: those found by themselves, and those that
// people added.
func (a *app) everything(ctx context.Context, p *progress) ([]usage.Source, error) {
	all, err := a.connections(ctx)
	if err != nil {
		return nil, err
	}
	return append(a.local(p), a.remote(all, p)...), nil
}

// worthwhile leaves out the tools of which there is no trace on this machine.
// The two most common ones stay, so that a person sees where was looked; and so
// do those of which something was read before, whose folders may only be away
// for a while.
func (a *app) worthwhile(ctx context.Context, all []usage.Source) ([]usage.Source, error) {
	status, err := a.store.Status(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(s usage.Source) bool {
		if name := s.Name(); name == claudecode.Name || name == codex.Name ||
			slices.ContainsFunc(status.Connections, func(c store.ConnectionStatus) bool {
				return c.Name == name && c.Records+c.Cursors+c.Quarantined > 0
			}) {
			return false
		}
		places := locate(s)
		return places != nil && !slices.ContainsFunc(places, func(p usage.Place) bool { return p.Found })
	}), nil
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
func locate(src usage.Source) []usage.Place {
	r, ok := src.(rooted)
	if !ok {
		return nil
	}
	var places []usage.Place
	for _, path := range r.Roots() {
		info, err := os.Stat(path)
		places = append(places, usage.Place{Path: filepath.Clean(path), Why: "default", Found: err == nil && (info.IsDir() || info.Mode().IsRegular())})
	}
	return places
}
