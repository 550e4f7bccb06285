package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/ingest"
	"tokpit/internal/clean"
	"tokpit/store"
	"tokpit/usage"
)

type syncOptions struct {
	json    bool
	sources []string
}

func newSync(a *app) *cobra.Command {
	var o syncOptions
	c := &cobra.Command{
		Use:   "sync",
		Short: "Read new usage into the store",
		Long: `Reads what is new in the logs of the agents on this machine (Claude Code and
Codex CLI) and stores it. Only new lines are read; running it again adds
nothing. What has been stored stays when a tool deletes its logs.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.runSync(c, o) },
	}
	c.Flags().BoolVar(&o.json, "json", false, "print JSON")
	c.Flags().StringArrayVar(&o.sources, "source", nil, "read only this `source` (may be repeated)")
	return c
}

func (a *app) runSync(c *cobra.Command, o syncOptions) error {
	if err := a.open(c); err != nil {
		return err
	}
	p := newProgress(c.ErrOrStderr())
	sources, err := a.pick(a.sourcesWith(p), o.sources)
	if err != nil {
		return err
	}
	out, err := a.sync(c.Context(), sources, p.update)
	p.clear()
	if err != nil {
		return err
	}
	if o.json {
		err = writeJSON(c.OutOrStdout(), out.document(a.now()))
	} else {
		err = out.print(c.OutOrStdout())
	}
	return errors.Join(unlessBrokenPipe(err), out.failure())
}

// pick returns the named sources, or all of them.
func (a *app) pick(all []usage.Source, names []string) ([]usage.Source, error) {
	if len(names) == 0 {
		return all, nil
	}
	var out []usage.Source
	for _, name := range names {
		i := slices.IndexFunc(all, func(s usage.Source) bool { return s.Name() == name })
		if i < 0 {
			var known []string
			for _, s := range all {
				known = append(known, s.Name())
			}
			return nil, hint(fmt.Errorf("unknown source %q", clip(name)), "known sources: %s", strings.Join(known, ", "))
		}
		out = append(out, all[i])
	}
	return out, nil
}

// outcome is what a sync did, source by source.
type outcome struct {
	results  []ingest.Result
	errs     []error
	revision uint64
}

// sync reads every source in turn. A source that fails does not keep the
// others from being read; only a store that cannot be used ends the sync.
func (a *app) sync(ctx context.Context, sources []usage.Source, onCommit func(ingest.Result)) (*outcome, error) {
	if err := a.store.EnsureEdges(ctx); err != nil {
		return nil, err
	}
	if err := a.pinZone(ctx); err != nil {
		return nil, err
	}
	before, err := a.store.Status(ctx)
	if err != nil {
		return nil, err
	}
	out := &outcome{revision: before.Revision}
	for _, src := range sources {
		res, err := ingest.Run(ctx, src, a.store, ingest.Options{Machine: a.machine(), Now: a.now, OnCommit: onCommit})
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if unusable(err) {
			return nil, err
		}
		out.results, out.errs = append(out.results, res), append(out.errs, err)
		out.revision = max(out.revision, res.Revision)
		if err := a.note(ctx, before, res, err); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// unusable reports whether the store, not the source, is what failed.
func unusable(err error) bool {
	for _, e := range []error{store.ErrBusy, store.ErrNewer, store.ErrForeign, store.ErrCorrupt, store.ErrInvalid} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// quietFor is how old the note of the last sync may grow before a sync that
// changed nothing renews it, so that an idle sync needs no write.
const quietFor = 10 * time.Minute

// note remembers how the sync of a source ended.
func (a *app) note(ctx context.Context, before store.Status, res ingest.Result, err error) error {
	y := store.Sync{Connection: res.Name, At: a.now(), Files: res.Files, Pending: res.Pending, Places: res.Places}
	if err != nil {
		y.Err, y.Hint = clean.Text(err.Error()), clean.Text(hintOf(err))
	}
	for _, c := range before.Connections {
		if c.Name == res.Name && res.Read == 0 && y.Err == c.Sync.Err && y.Files == c.Sync.Files &&
			y.Pending == c.Sync.Pending && y.At.Sub(c.Sync.At) < quietFor && !y.At.Before(c.Sync.At) {
			return nil
		}
	}
	return a.store.RecordSync(ctx, y)
}

// failure is the error of a sync in which some source failed.
func (o *outcome) failure() error {
	var out []error
	for i, err := range o.errs {
		if err != nil {
			e := fmt.Errorf("source %s: %w", o.results[i].Name, err)
			if h := hintOf(err); h != "" {
				e = hint(e, "%s", h)
			}
			out = append(out, e)
		}
	}
	return errors.Join(out...)
}

type syncDocument struct {
	Schema   string       `json:"schema"`
	AsOf     string       `json:"as_of"`
	Sources  []syncSource `json:"sources"`
	Revision uint64       `json:"revision"`
}

type syncSource struct {
	Name        string     `json:"name"`
	Files       int64      `json:"files"`
	BytesRead   int64      `json:"bytes_read"`
	Rows        int64      `json:"rows"`
	Added       int64      `json:"added"`
	Replaced    int64      `json:"replaced"`
	Duplicates  int64      `json:"duplicates"`
	Quarantined int64      `json:"quarantined"`
	Error       *syncError `json:"error"`
}

type syncError struct {
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

func (o *outcome) document(asOf time.Time) syncDocument {
	d := syncDocument{Schema: "tokpit.sync/1", AsOf: stamp(asOf), Sources: []syncSource{}, Revision: o.revision}
	for i, r := range o.results {
		s := syncSource{Name: r.Name, Files: r.Files, BytesRead: r.BytesRead, Rows: r.Rows, Added: r.Added,
			Replaced: r.Replaced, Duplicates: r.Duplicates, Quarantined: r.Quarantined}
		if err := o.errs[i]; err != nil {
			s.Error = &syncError{clean.Text(err.Error()), clean.Text(hintOf(err))}
		}
		d.Sources = append(d.Sources, s)
	}
	return d
}

// print says what happened, one line a source.
func (o *outcome) print(w io.Writer) error {
	var b strings.Builder
	for i, r := range o.results {
		fmt.Fprintf(&b, "%-14s ", r.Name)
		switch {
		case o.errs[i] != nil:
			b.WriteString("failed, see below")
		case r.Files == 0 && r.Added == 0:
			b.WriteString("nothing found")
			for _, p := range r.Places {
				fmt.Fprintf(&b, "\n%-14s   looked in %s", "", clean.Limit(p.Path, 4096))
				if p.Err != nil {
					fmt.Fprintf(&b, ": %s", clean.Text(p.Err.Error()))
				}
			}
		case r.Read == 0 && r.Rows == 0:
			fmt.Fprintf(&b, "%s, nothing new", count(r.Files, "file"))
		default:
			fmt.Fprintf(&b, "%s, %s new: %s read, %s added", count(r.Files, "file"), group(r.Read), count(r.Rows, "row"), group(r.Added))
			if r.Replaced > 0 {
				fmt.Fprintf(&b, ", %s updated", group(r.Replaced))
			}
			if r.Duplicates > 0 {
				fmt.Fprintf(&b, ", %s folded", count(r.Duplicates, "copy"))
			}
		}
		if r.Quarantined > 0 {
			fmt.Fprintf(&b, ", %s quarantined (tokpit doctor lists them)", group(r.Quarantined))
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func writeJSON(w io.Writer, doc any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(doc)
}

// count writes a number with its noun: "1 file", "1,204 files", "2 copies".
func count(n int64, noun string) string {
	if n != 1 {
		if stem, ok := strings.CutSuffix(noun, "y"); ok && noun != "day" {
			noun = stem + "ie"
		}
		noun += "s"
	}
	return group(n) + " " + noun
}

// group writes a number with a comma every three digits.
func group(n int64) string {
	s := fmt.Sprint(n)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}
