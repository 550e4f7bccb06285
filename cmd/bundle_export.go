package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/store"
	"tokpit/usage"
	"tokpit/usage/bundle"
)

type bundleExport struct {
	since, until string
	sources      []string
	json, force  bool
}

func newBundleExport(a *app) *cobra.Command {
	var o bundleExport
	c := &cobra.Command{
		Use:   "export FILE|-",
		Short: "Write what this machine knows of usage to a bundle",
		Long: `Writes a bundle, of everything unless you choose a span (of UTC days) or sources.
The file is put into place when it is whole, and is readable by you alone: it
says which projects and sessions there were. As long as nothing changes in the
store, another export has the same bytes.`,
		Example: `  tokpit bundle export laptop.tokpit
  tokpit bundle export - --since 7d | ssh desk 'cat > in.tokpit && tokpit bundle import in.tokpit'`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return a.runBundleExport(c, args[0], o) },
	}
	f := c.Flags()
	f.StringVar(&o.since, "since", "", "only usage from this `day` (or span such as 30d) on")
	f.StringVar(&o.until, "until", "", "only usage before this `day`")
	f.StringArrayVar(&o.sources, "source", nil, "only this `source` (may be repeated)")
	f.BoolVar(&o.force, "force", false, "replace a file that is there")
	f.BoolVar(&o.json, "json", false, "print JSON")
	return c
}

func (a *app) runBundleExport(c *cobra.Command, path string, o bundleExport) error {
	if err := a.open(c); err != nil {
		return err
	}
	span, err := a.wholeDays(o.since, o.until)
	if err != nil {
		return err
	}
	if path == "-" {
		switch {
		case o.json:
			return hint(errors.New("--json and the bundle would both go to the standard output"), "give the name of a file")
		case isTerminal(c.OutOrStdout()):
			return hint(errors.New("a bundle is no text for a terminal"), "give the name of a file, or pipe it")
		}
		_, err := a.export(c.Context(), c.OutOrStdout(), span, o.sources)
		return unlessBrokenPipe(err)
	}
	file, err := createFile(path, o.force)
	if err != nil {
		return err
	}
	defer file.discard()
	if err := file.file.Chmod(0o600); err != nil {
		return err
	}
	done, err := a.export(c.Context(), file, span, o.sources)
	if err != nil {
		return err
	}
	if err := file.commit(); err != nil {
		return err
	}
	done.File, done.Bytes, done.SHA256 = clean.Limit(path, 4096), file.bytes, file.digest()
	if o.json {
		return unlessBrokenPipe(writeJSON(c.OutOrStdout(), done))
	}
	_, err = fmt.Fprintf(c.OutOrStdout(), "%s: %s of %s, %s bytes\n", done.File, count(done.Records, "record"), strings.Join(done.names(), ", "), group(done.Bytes))
	return unlessBrokenPipe(err)
}

// wholeDays reads a span and widens it to UTC days, in which providers' figures
// travel.
func (a *app) wholeDays(since, until string) (span usage.Span, err error) {
	if since == "" && until == "" {
		return span, nil
	}
	if span, err = report.ParseSpan(since, until, time.UTC, a.now(), a.config.Cycle.AnchorDay); err != nil {
		return span, err
	}
	const day = 24 * time.Hour
	if !span.Since.IsZero() {
		span.Since = span.Since.UTC().Truncate(day)
	}
	if !span.Until.IsZero() {
		span.Until = span.Until.UTC().Add(day - 1).Truncate(day)
	}
	if until == "" {
		span.Until = time.Time{} // what clocks ahead of this one have logged belongs to it
	}
	return span, nil
}

// bundleExported is the document of `bundle export --json`.
type bundleExported struct {
	Schema      string           `json:"schema"`
	File        string           `json:"file"`
	Bytes       int64            `json:"bytes"`
	SHA256      string           `json:"sha256"`
	Machine     *string          `json:"machine"`
	AsOf        *string          `json:"as_of"`
	Revision    uint64           `json:"revision"`
	Since       *string          `json:"since"`
	Until       *string          `json:"until"`
	Records     int64            `json:"records"`
	Connections []bundlePartJSON `json:"connections"`
}

func (d *bundleExported) names() (out []string) {
	for _, p := range d.Connections {
		out = append(out, p.Connection)
	}
	return out
}

// exporting is an export under way.
type exporting struct {
	app    *app
	view   *store.View
	own    []connection
	local  map[string]bool
	id     string    // of the store
	only   *ownUsage // nil: everything
	span   usage.Span
	writer *bundle.Writer
}

var errNothing = errors.New("there is nothing to export")

// export writes a bundle. The store is read at one revision.
func (a *app) export(ctx context.Context, w io.Writer, span usage.Span, sources []string) (*bundleExported, error) {
	own, err := a.connections(ctx)
	if err != nil {
		return nil, err
	}
	if !a.store.Exists() {
		return nil, hint(errNothing, "run: tokpit sync")
	}
	id, err := a.storeName(ctx)
	if err != nil {
		return nil, err
	}
	only, err := a.ownUsage(ctx)
	if err != nil {
		return nil, err
	}
	doc := &bundleExported{Schema: "tokpit.bundle-export/1", Connections: []bundlePartJSON{}}
	err = a.store.View(ctx, func(v *store.View) error {
		x := &exporting{app: a, view: v, own: own, local: a.localNames(), id: id, only: only, span: span}
		names, err := chosenNames(v.Connections(), sources)
		if err != nil {
			return err
		}
		h := bundle.Header{Machine: clean.Text(a.machine()), Store: id, Revision: v.Revision(), Span: span}
		for _, name := range names {
			h.AsOf = latest(h.AsOf, v.Changed(name))
		}
		x.writer = bundle.NewWriter(w, h)
		for _, name := range names {
			part, err := x.connection(name)
			if err != nil {
				return err
			}
			doc.Connections = append(doc.Connections, part)
		}
		doc.Machine, doc.AsOf, doc.Revision, doc.Since, doc.Until = harmless(h.Machine), optionalTime(h.AsOf), h.Revision, optionalTime(span.Since), optionalTime(span.Until)
		doc.Records = x.writer.Records()
		return x.writer.Close()
	})
	if err == nil && len(doc.Connections) == 0 {
		err = hint(errNothing, "run: tokpit sync")
	}
	return doc, err
}

func chosenNames(all, sources []string) ([]string, error) {
	if len(sources) == 0 {
		return all, nil
	}
	var out []string
	for _, name := range sources {
		if !slices.Contains(all, name) {
			return nil, hint(fmt.Errorf("there is nothing of a source %q", clip(name)), "there is usage of: %s", clean.Text(strings.Join(all, ", ")))
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out, nil
}

// describe says what a connection is, by what this program reads and by what it
// has brought.
func (x *exporting) describe(name string, cursors usage.Cursors) (bundle.Connection, error) {
	c := bundle.Connection{Name: name, Role: bundle.Log, Machine: clean.Text(x.app.machine()), Store: x.id}
	if i := slices.IndexFunc(x.own, func(o connection) bool { return o.Name == name && o.broken == nil }); i >= 0 {
		c.Role, c.Type, c.Account = bundle.Provider, x.own[i].Type, x.own[i].account()
		return c, nil
	}
	if origin, ok := bundle.Origin(name, cursors); ok {
		return origin, nil
	}
	if x.local[name] {
		return c, nil
	}
	var first usage.Record
	err := x.view.Records(name, usage.Span{}, func(r *usage.Record, _ int64) error {
		first = *r
		return errEnough
	})
	if err != nil && !errors.Is(err, errEnough) {
		return c, err
	}
	covered := x.view.Coverage(name)
	switch {
	case first.Tags.Get("import") != "":
		c.Role = bundle.Import
	case first.Slice != "" || len(covered) > 0: // one that was removed
		c.Role, c.Type, c.Account = bundle.Provider, first.Source, first.Account
	}
	return c, nil
}

var errEnough = errors.New("enough")

// connection writes one connection.
func (x *exporting) connection(name string) (bundlePartJSON, error) {
	var none bundlePartJSON
	cursors, err := x.view.Cursors(name)
	if err != nil {
		return none, err
	}
	c, err := x.describe(name, cursors)
	if err != nil {
		return none, err
	}
	before := x.writer.Records()
	if err := x.writer.Connection(c); err != nil {
		return none, err
	}
	covered := within(x.view.Coverage(name), x.span)
	for _, one := range covered {
		if err := x.writer.Covered(one); err != nil {
			return none, err
		}
	}
	if err := x.view.Entities(name, x.writer.Entity); err != nil {
		return none, err
	}
	if err := x.view.Gone(name, x.writer.Gone); err != nil {
		return none, err
	}
	d := newExportedDays(x, c, covered, cursors)
	if err := x.view.Records(name, x.span, func(r *usage.Record, turns int64) error {
		if x.foreign(c.Role, r) {
			return nil
		}
		if err := d.upTo(r.Start); err != nil {
			return err
		}
		if r.Slice != "" && c.Role != bundle.Provider {
			return fmt.Errorf("%s has figures of a provider, and is none", name)
		}
		return x.writer.Record(r, turns)
	}); err != nil {
		return none, err
	}
	if err := d.rest(); err != nil {
		return none, err
	}
	return bundlePartJSON{Connection: clean.Text(name), Role: string(c.Role), Records: x.writer.Records() - before}, nil
}

// ownUsage tells what this machine has read itself.
type ownUsage struct {
	machine string
	imports map[string]bool
}

// ownUsage returns nil where records keep their ids. Where sessions have pseudonyms
// ids have them too, and those who know a record by its id would count it twice if
// it came back to them: there only what this machine has read itself is exported.
func (a *app) ownUsage(ctx context.Context) (*ownUsage, error) {
	door, err := a.door(ctx)
	if err != nil || !door.Hides(usage.BySession) {
		return nil, err
	}
	all, err := a.imports(ctx)
	if err != nil {
		return nil, err
	}
	own := &ownUsage{machine: door.Shown(usage.ByMachine, clean.Text(a.machine())), imports: make(map[string]bool)}
	for i := range all {
		own.imports[all[i].ID] = true
	}
	return own, nil
}

// foreign reports whether a record came out of a bundle and does not travel on.
func (x *exporting) foreign(role bundle.Role, r *usage.Record) bool {
	switch {
	case x.only == nil || role == bundle.Provider:
		return false
	case role == bundle.Import:
		return !x.only.imports[r.Tags.Get("import")]
	}
	return r.Machine != x.only.machine
}

// within cuts coverage to a span of whole days.
func within(all []usage.Coverage, span usage.Span) (out []usage.Coverage) {
	for _, c := range all {
		c.Since = latest(c.Since, span.Since)
		if !span.Until.IsZero() {
			c.Until = earliest(c.Until, span.Until)
		}
		if c.Check() {
			out = append(out, c)
		}
	}
	return out
}
