package cmd

import (
	"context"
	"slices"
	"strings"
	"time"

	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/store"
	"tokpit/usage"
)

const (
	// completionLimit is how long completion may look for values, which takes some
	// 20 ms; what has not been found then is not offered.
	completionLimit = 500 * time.Millisecond
	completionWait  = 20 * time.Millisecond // for somebody who writes
	completionDays  = 60                    // how far back values are looked for
	completionFine  = 14                    // the same for users, agents and sessions
	mostOffered     = 500                   // more than anybody reads
)

// liveValues are the values that are in use: what the store, the price book and
// this program know. Whatever cannot be read is not offered.
type liveValues struct {
	app   *app
	ctx   context.Context
	names *report.Names
}

// inTime asks for values and gives up after completionLimit.
func (a *app) inTime(ctx context.Context, find func(*liveValues) []string) []string {
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, cancel := context.WithTimeout(ctx, completionLimit)
	defer cancel()
	found := make(chan []string, 1)
	go func() {
		var out []string
		defer func() {
			if recover() != nil {
				out = nil
			}
			found <- out
		}()
		if a.settleQuietly() == nil {
			out = find(&liveValues{app: a, ctx: ctx})
		}
	}()
	select {
	case out := <-found:
		return out[:min(len(out), mostOffered)]
	case <-ctx.Done():
		return nil
	}
}

// settleQuietly finds the store, the clock and the book, for somebody who only
// looks and does not wait.
func (a *app) settleQuietly() error {
	if err := a.lookAround(); err != nil {
		return err
	}
	if err := a.loadBook(); err != nil {
		return err
	}
	path, err := a.findStore()
	if err == nil {
		a.store = store.New(path, store.Options{Edges: a.latest.Edges(), Now: a.now, Timeout: completionWait, Reader: true})
	}
	return err
}

// typable reports whether a value can be typed and read back as it is: no
// shell, whichever it is, finds anything to obey in it.
func typable(s string) bool {
	return s != "" && len(s) <= 200 && clean.Text(s) == s && !strings.ContainsAny(s, "$`\\\"'!\n\t") && !strings.HasPrefix(s, "-") && !strings.HasPrefix(s, "~")
}

// read reads what was used lately; nil if that cannot be read. Fine cells tell
// users, agents and sessions apart, and there are many more of them.
func (l *liveValues) read(fine bool) *usage.Cube {
	days := completionDays
	if fine {
		days = completionFine
	}
	cube, err := l.app.store.Cube(l.ctx, usage.Span{Since: l.app.now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -days)}, fine)
	if err != nil {
		return nil
	}
	l.names, _ = l.app.names(l.ctx)
	return cube
}

// of lists the values of a dimension, by the names that people gave them where
// these say which is meant.
func (l *liveValues) of(d usage.Dimension) []string {
	var out []string
	if d == usage.BySource {
		for _, src := range l.app.local(nil) {
			out = append(out, src.Name())
		}
		out = append(out, l.documents(kindConnection)...)
	}
	cube := l.read(d == usage.ByUser || d == usage.ByAgent || d == usage.BySession)
	if cube == nil {
		return out
	}
	seen := make(map[string]bool)
	for i := range cube.Sets {
		id := d.Of(&cube.Sets[i])
		if id == "" || seen[id] {
			continue
		}
		seen[id] = true
		name := l.names.Of(d, id)
		if back, err := l.names.ID(d, name); err != nil || back != id || strings.ContainsAny(name, ",=") {
			name = id
		}
		out = append(out, name)
	}
	return out
}

// models lists models in use and those with a price.
func (l *liveValues) models() []string {
	out := l.of(usage.ByModel)
	for _, m := range l.app.book.Models() {
		out = append(out, m.Model)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// pairs completes dimension=value[,dimension=value…], and the values of one
// dimension in a filter.
func (l *liveValues) pairs(partial string) []string {
	comma := strings.LastIndexByte(partial, ',') + 1
	name, _, ok := strings.Cut(partial[comma:], "=")
	if !ok {
		var out []string
		for _, d := range usage.Dimensions() {
			if !d.IsTime() {
				out = append(out, partial[:comma]+string(d)+"=")
			}
		}
		return out
	}
	dims, err := usage.ParseDimensions(name)
	if err != nil || len(dims) != 1 {
		return nil
	}
	var out []string
	for _, v := range l.of(dims[0]) {
		out = append(out, partial[:comma]+name+"="+v)
	}
	return out
}

// swaps completes from=to.
func (l *liveValues) swaps(partial string) []string {
	from, _, ok := strings.Cut(partial, "=")
	var out []string
	if !ok {
		for _, m := range l.of(usage.ByModel) {
			out = append(out, m+"=")
		}
		return out
	}
	for _, m := range l.models() {
		out = append(out, from+"="+m)
	}
	return out
}

func (l *liveValues) budgets() (out []string) {
	all, err := l.app.store.Budgets(l.ctx)
	for i := 0; i < len(all) && err == nil; i++ {
		out = append(out, all[i].Name)
	}
	return out
}

func (l *liveValues) plans() (out []string) {
	all, err := l.app.store.Plans(l.ctx)
	for i := 0; i < len(all) && err == nil; i++ {
		out = append(out, all[i].Source)
	}
	return out
}

func (l *liveValues) documents(kind string) []string {
	names, err := l.app.store.Documents(l.ctx, kind)
	if err != nil {
		return nil
	}
	return names
}

func (l *liveValues) decisions(kind string) (out []string) {
	all, err := l.app.store.Decisions(l.ctx, kind)
	for i := 0; i < len(all) && err == nil; i++ {
		out = append(out, all[i].Name)
	}
	return out
}

func (l *liveValues) bookVersions() (out []string) {
	for _, v := range l.app.latest.Versions() {
		out = append(out, v.Version)
	}
	return out
}
