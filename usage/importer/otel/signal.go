package otel

import (
	"cmp"
	"context"
	"io"
	"slices"
	"time"

	"tokpit/usage/importer/rows"
)

// Signal is one kind of telling about calls that a service uses in a file.
type Signal struct {
	Service string    `toml:"service"` // "" where the file does not say it
	Kind    string    `toml:"kind"`    // "spans of calls", "metrics", …
	First   time.Time `toml:"first"`
	Last    time.Time `toml:"last"`
	rank    rank
}

// Clashes reports whether two signals may tell of the same calls: another kind, of
// one service, with days of UTC in common. Who names no service may be any. Days,
// since metrics are told later than the calls that they count.
func (s Signal) Clashes(o Signal) bool {
	if s.Kind == o.Kind || s.Service != o.Service && s.Service != "" && o.Service != "" {
		return false
	}
	if s.Last.IsZero() || o.Last.IsZero() {
		return false // no row of it can be counted
	}
	day := func(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
	return !day(s.First).After(day(o.Last)) && !day(s.Last).Before(day(o.First))
}

// maxServices is how many services of a file are told apart. Further ones are taken
// together, as if nobody named them.
const maxServices = 64

// known is a service and how it tells.
type known struct {
	service string
	rank    rank
}

// Survey reads a file, and returns the signals that are in it. What it read before
// an error stays true.
func Survey(ctx context.Context, r io.Reader) ([]Signal, error) {
	d, found, services := decoder{}, make(map[known]*Signal), make(map[string]bool)
	err := rows.Objects(ctx, r, func(text []byte) (string, error) {
		if d.row(text) != "" {
			return "", nil // it is refused when it is read
		}
		for i := range d.items {
			it := &d.items[i]
			service := it.service
			if !services[service] && len(services) >= maxServices {
				service = ""
			}
			services[service] = true
			key := known{service, it.rank}
			if found[key] == nil {
				found[key] = &Signal{Service: service, Kind: it.rank.kind(), rank: it.rank}
			}
			found[key].at(it)
		}
		return "", nil
	}, func(int64, string) {})
	var out []Signal
	for _, s := range found {
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b Signal) int { return cmp.Or(cmp.Compare(b.rank, a.rank), cmp.Compare(a.Service, b.Service)) })
	return out, err
}

// kind is the name that a signal is known by later. Metrics of several conventions
// count the same calls, so that each has one of its own.
func (r rank) kind() string {
	switch r {
	case metricOld:
		return "metrics of the first conventions"
	case metricNew:
		return "metrics of the conventions"
	}
	return r.String()
}

// at widens a signal to the time of an item. The start of a span or counter belongs
// to it: what else tells of its calls may have been written then.
func (s *Signal) at(it *item) {
	end := it.when()
	if end.IsZero() {
		return
	}
	begin := end
	if !it.started.IsZero() && it.started.Before(end) {
		begin = it.started
	}
	if s.First.IsZero() || begin.Before(s.First) {
		s.First = begin
	}
	if end.After(s.Last) {
		s.Last = end
	}
}

// Heard is what a file says.
type Heard struct {
	File    string // its name, for people
	Signals []Signal
}

// Plan says which signals of a file count.
type Plan struct {
	Counted []Signal
	// Left are the reasons for which others do not.
	Left  []string
	count map[known]bool
	why   map[known]string
}

// Choose lets one signal count of what several files say: of those that clash, the
// one that is nearest to the calls. The plans are in the order of the files.
func Choose(files []Heard) []*Plan {
	type heard struct {
		Signal
		file int
	}
	var all, taken []heard
	plans := make([]*Plan, len(files))
	for i, f := range files {
		plans[i] = &Plan{count: make(map[known]bool), why: make(map[known]string)}
		for _, s := range f.Signals {
			all = append(all, heard{s, i})
		}
	}
	slices.SortStableFunc(all, func(a, b heard) int { return cmp.Compare(b.rank, a.rank) })
	for _, s := range all {
		key := known{s.Service, s.rank}
		i := slices.IndexFunc(taken, func(t heard) bool { return t.Clashes(s.Signal) })
		if i < 0 {
			taken = append(taken, s)
			plans[s.file].Counted = append(plans[s.file].Counted, s.Signal)
			plans[s.file].count[key] = true
			continue
		}
		why := s.rank.String() + ", because " + taken[i].rank.String()
		if taken[i].file != s.file {
			why += " in " + files[taken[i].file].File
		}
		why += " are counted"
		plans[s.file].why[key] = why
		if !slices.Contains(plans[s.file].Left, why) {
			plans[s.file].Left = append(plans[s.file].Left, why)
		}
	}
	return plans
}

// says reports whether an item counts, or why it does not.
func (p *Plan) says(it *item) (count bool, why string) {
	key := known{it.service, it.rank}
	if _, left := p.why[key]; !p.count[key] && !left {
		key.service = "" // one of too many services
	}
	if p.count[key] {
		return true, ""
	}
	return false, cmp.Or(p.why[key], it.rank.String()+" that were not there before")
}

// next looks at an item. What a plan lets count is counted without being held.
func (p *picker) next(plan *Plan, it *item) error {
	if plan == nil {
		return p.take(it)
	}
	if count, why := plan.says(it); !count {
		p.out.Leave(why)
		return nil
	}
	p.decided, p.best = true, it.rank
	return p.count(it)
}
