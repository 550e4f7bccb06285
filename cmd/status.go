package cmd

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tokpit/config"
	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/store"
	"tokpit/usage"
	"tokpit/usage/bundle"
)

// standing is what the store knows of all sources.
type standing struct {
	status      store.Status
	connections []connection
	coverage    map[string][]usage.Coverage
	entities    map[string][]usage.Known
	standings   map[string]usage.Standing
	bundled     map[string]bundle.Connection // known from bundles only
	byHand      map[string]bool              // made by imports
}

func (a *app) standing(ctx context.Context) (s standing, err error) {
	if s.status, err = a.statusNow(ctx); err != nil {
		return s, err
	}
	if s.connections, err = a.connections(ctx); err != nil {
		return s, err
	}
	if s.bundled, err = a.bundled(ctx, s.status, s.connections); err != nil {
		return s, err
	}
	if s.coverage, err = a.store.Coverage(ctx); err != nil {
		return s, err
	}
	if s.entities, err = a.store.Entities(ctx); err != nil {
		return s, err
	}
	if s.standings, err = a.store.Standings(ctx); err != nil {
		return s, err
	}
	s.byHand, err = a.importedSources(ctx)
	return s, err
}

// names is what everything is called, by any source.
func (s *standing) names() *report.Names {
	var all []usage.Known
	for _, list := range s.entities {
		all = append(all, list...)
	}
	return report.NewNames(all)
}

// sourceStatus joins what the store knows of each source with what this program
// reads, so that one is listed before it has found anything. Connections follow
// what is found by itself; what is not read any more comes last.
func (a *app) sourceStatus(s standing) []report.SourceStatus {
	known := make(map[string]store.ConnectionStatus)
	for _, c := range s.status.Connections {
		known[c.Name] = c
	}
	take := func(name string) store.ConnectionStatus {
		c := known[name]
		delete(known, name)
		c.Name = name
		return c
	}
	var out []report.SourceStatus
	for _, src := range a.local(nil) {
		c := take(src.Name())
		if len(c.Sync.Places) == 0 {
			c.Sync.Places = locate(src)
		}
		kind, basis := "agent log", usage.Logged
		if a.demo {
			kind, basis = "made-up data", usage.BasisUnknown
		}
		out = append(out, s.describe(c, kind, basis))
	}
	for i := range s.connections {
		out = append(out, a.connectionStatus(s, &s.connections[i], take(s.connections[i].Name)))
	}
	for _, c := range s.status.Connections {
		if _, left := known[c.Name]; left && c.Records > 0 {
			kind, basis := stateOld, usage.BasisUnknown
			if s.byHand[c.Name] {
				kind, basis = importedKind, usage.Imported
			} else if from, ok := s.bundled[c.Name]; ok {
				kind = bundledKind + clean.Text(machineOf(from.Machine))
			}
			out = append(out, s.describe(c, kind, basis))
		}
	}
	twins := s.twins()
	for i := range out {
		if note := twins[out[i].Name]; note != "" {
			out[i].Doubts = append(out[i].Doubts, note)
		}
	}
	return out
}

// describe says what the store knows of one source.
func (s *standing) describe(c store.ConnectionStatus, kind string, basis usage.Basis) report.SourceStatus {
	out := report.SourceStatus{Name: c.Name, Kind: kind, Basis: basis, Records: c.Records, Files: c.Sync.Files, Quarantined: c.Quarantined,
		Pending: c.Sync.Pending, First: c.First, Last: c.Last, Synced: c.Sync.OK, Places: c.Sync.Places, Err: c.Sync.Err, Hint: c.Sync.Hint,
		Doubts: doubts(c.Doubts), Coverage: s.coverage[c.Name], Entities: s.entities[c.Name]}
	if st, ok := s.standings[c.Name]; ok {
		out.Standing = &st
	}
	return out
}

func (a *app) connectionStatus(s standing, c *connection, stored store.ConnectionStatus) report.SourceStatus {
	out := s.describe(stored, "provider API", usage.BasisUnknown)
	if k, err := a.kindOf(c.Type); err == nil {
		out.Basis = k.basis
		if k.basis == usage.Metered {
			out.Kind = "gateway"
		}
	}
	out.Type, out.KeyRef, out.BaseURL, out.Grain, out.Added = c.Type, clean.Text(c.KeyRef), c.BaseURL, c.Grain, c.Added
	if c.broken != nil {
		out.Err, out.Hint = clean.Text(c.broken.Error()), clean.Text(hintOf(c.broken))
		return out
	}
	out.Account = c.account()
	return out
}

// importedKind is the kind of a source that imports made.
const importedKind = "imported by hand"

// sourceStates are the words for how a source is.
const (
	stateOK      = "ok"
	stateFailed  = "failed"
	stateNever   = "never read"
	stateNothing = "nothing found"
	stateEmpty   = "no usage"
	stateOld     = "not read any more"
	stateBundled = "not read here"
	// The records of a local log came in bundles: it has never been read here.
	stateElsewhere = "from bundles"
)

// sourceState says in a word how a source is.
func sourceState(s *report.SourceStatus, tried bool) string {
	switch {
	case s.Err != "":
		return stateFailed
	case s.Kind == stateOld:
		return stateOld
	case strings.HasPrefix(s.Kind, bundledKind):
		return stateBundled
	case !tried && s.Records > 0:
		return stateElsewhere
	case !tried:
		return stateNever
	case s.Records > 0:
		return stateOK
	case s.Type == "" && s.Files == 0:
		return stateNothing
	}
	return stateEmpty
}

// lastTry is when a source was last read, successfully or not.
func (s *standing) lastTry(name string) time.Time {
	i := slices.IndexFunc(s.status.Connections, func(c store.ConnectionStatus) bool { return c.Name == name })
	if i < 0 {
		return time.Time{}
	}
	return s.status.Connections[i].Sync.At
}

// rulesOf compiles the rules of the configuration.
func rulesOf(f *config.File) (*report.Rules, error) {
	convert := func(list []config.Rule) (out []report.Rule) {
		for _, r := range list {
			out = append(out, report.Rule{Name: r.Name, Match: r.Match, From: r.From, To: r.To, Where: r.Where()})
		}
		return out
	}
	set := report.RuleSet{Accounts: convert(f.Accounts), Environments: convert(f.Environments), Allocations: convert(f.Allocations)}
	for _, b := range f.Bases {
		basis, err := usage.ParseBasis(b.Use)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", b.Where(), err)
		}
		set.Prefer = append(set.Prefer, usage.Preference{Provider: b.Provider, Account: b.Account, Basis: basis})
	}
	return report.NewRules(set)
}
