package cmd

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"tokpit/internal/clean"
	"tokpit/usage/importer"
	"tokpit/usage/importer/otel"
)

// hear looks through the files of telemetry of a run, and decides which signals of
// each count. A single call of a model is told of by spans, log records and metrics,
// which programs write to files of their own.
func (r *importRun) hear(ctx context.Context, paths []string) error {
	var names []string
	var heard []otel.Heard
	for _, path := range paths {
		if path == "-" || slices.Contains(names, path) {
			continue
		}
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			continue // it is said when its turn comes
		}
		f := &importFile{name: path, path: path, label: path}
		if f.head, err = unpackedHead(path); err != nil || r.choose(ctx, f) != nil || !f.telemetry() {
			continue
		}
		one, err := r.survey(ctx, f)
		if err != nil {
			return err
		}
		names, heard = append(names, path), append(heard, one)
	}
	r.plans = make(map[string]*otel.Plan)
	for i, plan := range otel.Choose(heard) {
		r.plans[names[i]] = plan
	}
	return nil
}

func (f *importFile) telemetry() bool { return f.format != nil && f.format.Name() == otel.Name }

// survey finds the signals of a file. What makes the file unreadable is said when it
// is read.
func (r *importRun) survey(ctx context.Context, f *importFile) (h otel.Heard, err error) {
	h.File = base(f.label)
	file, err := os.Open(f.path)
	if err != nil {
		return h, nil
	}
	defer file.Close()
	var plain io.Reader
	if plain, err = importer.Unpack(file); err == nil {
		h.Signals, _ = otel.Survey(ctx, plain)
	}
	return h, ctx.Err()
}

// plan gives a file of telemetry the plan by which it is read.
func (r *importRun) plan(ctx context.Context, f *importFile) error {
	if !f.telemetry() {
		return nil
	}
	if f.plan = r.plans[f.name]; f.plan == nil {
		one, err := r.survey(ctx, f)
		if err != nil {
			return err
		}
		f.plan = otel.Choose([]otel.Heard{one})[0]
	}
	f.format = otel.Format{Plan: f.plan}
	return nil
}

// unheard reports whether nothing of a file counts since other files tell of the
// same calls.
func (f *importFile) unheard() bool {
	return f.plan != nil && len(f.plan.Counted) == 0 && len(f.plan.Left) > 0
}

// signals are what a receipt keeps of a plan.
func (f *importFile) signals() (out []otel.Signal) {
	if f.plan != nil {
		for _, s := range f.plan.Counted {
			s.Service = clean.Limit(s.Service, 200)
			out = append(out, s)
		}
	}
	return out
}

// wholly returns the import that brought all of a file in.
func wholly(f *importFile, all []importReceipt) (importReceipt, bool) {
	i := slices.IndexFunc(all, func(x importReceipt) bool {
		return x.SHA256 == f.digest && x.Format == f.format.Name() && x.State == importDone
	})
	if i < 0 {
		return importReceipt{}, false
	}
	return all[i], true
}

// once says what becomes of a file of telemetry without being read: it was brought
// in, or other files tell of its calls. It is "" for one that counts.
func (r *importRun) once(ctx context.Context, f *importFile, out *imported) (state string, err error) {
	all, err := r.app.imports(ctx)
	if err != nil {
		return "", err
	}
	x, known := wholly(f, all)
	switch {
	case f.unheard() && known:
		out.receipt = x
		return importAlready, nil
	case f.unheard():
		return importLeft, nil
	case known:
		return "", nil
	}
	return "", r.counted(f, all)
}

// counted returns an error if an earlier import counted another signal of the same
// calls. One that the file takes the place of is no matter.
func (r *importRun) counted(f *importFile, all []importReceipt) error {
	for _, s := range f.signals() {
		for i := range all {
			x := &all[i]
			if x.SHA256 == f.digest || x.ID == r.o.replace {
				continue
			}
			for _, earlier := range x.Signals {
				if !s.Clashes(earlier) {
					continue
				}
				name := clean.Limit(f.name, 200)
				return hint(fmt.Errorf("%s: %s%s would count twice: %s of the same days came in with %s, as %s", name, s.Kind, ofService(s.Service), clean.Text(earlier.Kind), clean.Text(x.File), x.ID),
					"take that back first (tokpit undo import %s), or let this file take its place: tokpit import %s --replace %s", x.ID, name, x.ID)
			}
		}
	}
	return nil
}

func ofService(name string) string {
	if name == "" {
		return ""
	}
	return " of " + clean.Limit(name, 100)
}

// sayUnheard says that nothing of a file counts.
func (x *imported) sayUnheard(b *strings.Builder) {
	fmt.Fprintf(b, "%s: left out, since it tells of calls that are counted already\n", clean.Limit(x.file.name, 200))
	for _, why := range x.file.plan.Left {
		fmt.Fprintf(b, "  %s\n", clean.Limit(why, 300))
	}
}
