package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/ingest"
	"tokpit/internal/clean"
	"tokpit/store"
	"tokpit/usage"
	"tokpit/usage/bundle"
)

func newBundleImport(a *app) *cobra.Command {
	var dry, asJSON bool
	c := &cobra.Command{
		Use:   "import FILE...",
		Short: "Bring in what other machines know of usage",
		Long: `Brings bundles in. All files are verified as a whole before anything is stored,
and importing one again, or an older one after a newer one, changes nothing.
Records keep the machine that they were found on. The figures of a provider are
left out if this machine asks that account itself, or did.`,
		Example: `  tokpit bundle import laptop.tokpit
  tokpit bundle import *.tokpit --dry-run`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			p := newProgress(c.ErrOrStderr())
			done, err := a.importBundles(c.Context(), args, dry, p)
			p.clear()
			if asJSON && (err == nil || len(done) > 0) {
				err = errors.Join(unlessBrokenPipe(writeJSON(c.OutOrStdout(), importDocument(done, dry))), err)
			} else if len(done) > 0 {
				err = errors.Join(unlessBrokenPipe(printImports(c.OutOrStdout(), done, dry)), err)
			}
			return bundleHint(err)
		},
	}
	c.Flags().BoolVar(&dry, "dry-run", false, "verify the files and say what would go where; store nothing")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// importedBundle is what became of a file.
type importedBundle struct {
	file  *bundle.File
	notes []string
	parts []importedPart
}

type importedPart struct {
	bundle.Summary
	target  string
	skipped string // why it was left out; "" if it was not
	result  ingest.Result
	// otherwise is how many records were left out because their sessions count as
	// another machine has read them.
	otherwise int64
}

// importBundles verifies all files, then brings them in one after the other. What
// it returns with an error is what was done before.
func (a *app) importBundles(ctx context.Context, paths []string, dry bool, p *progress) (done []importedBundle, err error) {
	files := make([]*bundle.File, 0, len(paths))
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	for _, path := range paths {
		f, err := bundle.Open(ctx, path)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	if !dry {
		if err := a.store.EnsureEdges(ctx); err != nil {
			return nil, err
		}
		if err := a.pinZone(ctx); err != nil {
			return nil, err
		}
	}
	for _, f := range files {
		one, err := a.importBundle(ctx, f, dry, p)
		if one != nil {
			done = append(done, *one)
		}
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

func (a *app) importBundle(ctx context.Context, f *bundle.File, dry bool, p *progress) (*importedBundle, error) {
	out := &importedBundle{file: f}
	var err error
	if out.notes, err = a.meet(ctx, f, dry); err != nil {
		return nil, err
	}
	pass, err := f.Read(ctx)
	if err != nil {
		return nil, err
	}
	for {
		part, err := pass.Next(ctx)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, fmt.Errorf("%s: %w", f.Path, err)
		}
		host, err := a.host(ctx)
		if err != nil {
			return out, err
		}
		done := importedPart{Summary: part.Summary}
		done.target, done.skipped = host.place(&part.Summary)
		if done.skipped == "" && !dry {
			part.Target = done.target
			part.Receiver = host.receiver(a.store, done.target)
			privacy, err := a.door(ctx)
			if err != nil {
				return out, err
			}
			opt := ingest.Options{Now: a.now, Privacy: privacy} // no machine: records have theirs
			if p != nil {
				opt.OnCommit = p.update
			}
			done.result, done.otherwise, err = a.storePart(ctx, f, part, opt)
			if err != nil {
				return out, fmt.Errorf("%s, %s: %w", f.Path, clean.Text(part.Summary.Name), err)
			}
		}
		out.parts = append(out.parts, done)
	}
}

// storePart brings a part in.
func (a *app) storePart(ctx context.Context, f *bundle.File, part *bundle.Part, opt ingest.Options) (ingest.Result, int64, error) {
	if part.Role != bundle.Log || !grows(part.Target) {
		result, err := ingest.Run(ctx, part, part.Sink(a.store), opt)
		return result, 0, err
	}
	g, err := a.growth(ctx, f, part, a.store, opt)
	if err != nil {
		return ingest.Result{}, 0, err
	}
	result, err := ingest.Run(ctx, part, part.Sink(g), opt)
	result.Duplicates = max(0, result.Duplicates-g.left)
	return result, g.left, err
}

// kindBundleStore is the kind of document that notes the label of a store that
// bundles came from.
const kindBundleStore = "bundle-store"

// meet notes where a bundle comes from, and says what is odd about that.
func (a *app) meet(ctx context.Context, f *bundle.File, dry bool) (notes []string, err error) {
	mine, err := a.store.Setting(ctx, settingStore)
	if err != nil {
		return nil, err
	}
	const advice = "; machine = \"NAME\" in the configuration of one tells them apart from then on"
	label := clean.Limit(f.Machine, 200)
	if f.Store == mine && mine != "" {
		return []string{"this store made the bundle itself"}, nil
	}
	if label != "" && label == clean.Limit(a.machine(), 200) {
		notes = append(notes, fmt.Sprintf("another machine is labelled %s like this one%s", label, advice))
	}
	known, err := a.store.Documents(ctx, kindBundleStore)
	if err != nil {
		return nil, err
	}
	for _, id := range known {
		other, err := a.store.Document(ctx, kindBundleStore, id)
		if err != nil {
			return nil, err
		}
		if id != f.Store && label != "" && string(other) == label {
			notes = append(notes, fmt.Sprintf("bundles of another machine were labelled %s as well%s", label, advice))
		}
	}
	if id := clean.Limit(f.Store, 64); id != "" && !dry {
		err = a.store.PutDocument(ctx, kindBundleStore, id, []byte(label))
	}
	return notes, err
}

// host is what decides where the parts of a bundle go.
type host struct {
	own      []connection
	local    map[string]bool
	bundled  map[string]bundle.Connection
	coverage map[string][]usage.Coverage
	entities map[string][]usage.Known
}

func (a *app) host(ctx context.Context) (h *host, err error) {
	h = &host{local: a.localNames()}
	status, err := a.store.Status(ctx)
	if err != nil {
		return nil, err
	}
	if h.own, err = a.connections(ctx); err != nil {
		return nil, err
	}
	if h.bundled, err = a.bundled(ctx, status, h.own); err != nil {
		return nil, err
	}
	if h.coverage, err = a.store.Coverage(ctx); err != nil {
		return nil, err
	}
	h.entities, err = a.store.Entities(ctx)
	return h, err
}

// place says into which connection a part goes, or why into none.
func (h *host) place(p *bundle.Summary) (target, skipped string) {
	for i := range h.own {
		c := &h.own[i]
		switch {
		case c.broken != nil && c.Name == p.Name:
			return "", fmt.Sprintf("there is a source %s here whose settings cannot be read", c.Name)
		case p.Role != bundle.Provider && c.Name == p.Name:
			return "", fmt.Sprintf("%s is a connection to a provider here", c.Name)
		case p.Role == bundle.Provider && (c.Type == p.Type && c.account() == p.Account || sameAccount(h.coverage[c.Name], p.Coverage)):
			return "", fmt.Sprintf("this machine asks that account itself (%s)", c.Name)
		}
	}
	if p.Role != bundle.Provider {
		return p.Name, ""
	}
	for name, c := range h.bundled {
		if c.Type == p.Type && c.Account == p.Account {
			return name, ""
		}
	}
	for name, covered := range h.coverage {
		if _, bundled := h.bundled[name]; !bundled && !h.local[name] && sameAccount(covered, p.Coverage) {
			return "", fmt.Sprintf("%s, which was removed, has left usage of that account behind", name)
		}
	}
	name := p.Name
	if !strings.Contains(name, "@") { // which no connection that is made here has
		name += "@" + machineOr(p.Machine, p.Store)
	}
	if other, taken := h.bundled[name]; taken && (other.Type != p.Type || other.Account != p.Account) {
		name += "-" + clean.Limit(p.Type, 40)
	}
	return clean.Limit(name, 200), ""
}

func machineOr(label, store string) string {
	if label = clean.Limit(label, 60); label != "" {
		return label
	}
	return clean.Limit(store, 16)
}

// receiver answers what a part asks of the store.
func (h *host) receiver(s *store.Store, target string) bundle.Receiver {
	type id struct {
		kind usage.Dimension
		id   string
	}
	known := make(map[id]usage.Known)
	for _, k := range h.entities[target] {
		known[id{k.Kind, k.ID}] = k
	}
	return bundle.Receiver{
		Known: func(kind usage.Dimension, name string) (usage.Known, bool) {
			k, ok := known[id{kind, name}]
			return k, ok
		},
		Slices: func(ctx context.Context, day time.Time) (out []usage.Slice, err error) {
			seen := make(map[string]bool)
			err = s.View(ctx, func(v *store.View) error {
				return v.Records(target, usage.Span{Since: day, Until: day.AddDate(0, 0, 1)}, func(r *usage.Record, _ int64) error {
					if key := fmt.Sprint(r.Start.UnixMilli(), " ", r.Slice); r.Slice != "" && !seen[key] {
						seen[key] = true
						out = append(out, usage.Slice{Kind: strings.Clone(r.Slice), Start: r.Start})
					}
					return nil
				})
			})
			return out, err
		},
	}
}
