package storetest

import (
	"cmp"
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"tokpit/usage"
)

// account is what a connection said beside usage: covered days one by one, and
// what it names.
type account struct {
	covered  map[covered]bool
	entities map[entity]usage.Known
	standing *usage.Standing
}

type covered struct {
	provider, account string
	basis             usage.Basis
	day               int64 // since 1970
}

type entity struct {
	kind usage.Dimension
	id   string
}

const day = 24 * 60 * 60

func newAccount() account {
	return account{covered: make(map[covered]bool), entities: make(map[entity]usage.Known)}
}

func (a *account) take(b *usage.Batch) {
	for _, c := range b.Covered {
		for d := c.Since.Unix() / day; d < c.Until.Unix()/day; d++ {
			a.covered[covered{c.Provider, c.Account, c.Basis, d}] = true
		}
	}
	for _, e := range b.Entities {
		at := entity{e.Kind, e.ID}
		a.entities[at] = renewed(a.entities[at], e, b.NamedAt)
	}
	if b.Standing != nil {
		s := *b.Standing
		s.At = cut(s.At)
		a.standing = &s
	}
}

// renewed is what is known of an entity after one more listing: blanks say
// nothing, the last use does not go back, and a new name comes after the old.
func renewed(k usage.Known, e usage.Entity, at time.Time) usage.Known {
	old := k.Entity
	k.Entity = e
	k.Name, k.Parent, k.Hint = cmp.Or(e.Name, old.Name), cmp.Or(e.Parent, old.Parent), cmp.Or(e.Hint, old.Hint)
	k.Created, k.LastUsed = cut(e.Created), cut(e.LastUsed)
	if e.Created.IsZero() {
		k.Created = old.Created
	}
	if k.LastUsed.Before(old.LastUsed) {
		k.LastUsed = old.LastUsed
	}
	if k.Name != old.Name {
		at = cut(at)
		if n := len(k.Names); n > 0 && at.Before(k.Names[n-1].Since) {
			at = k.Names[n-1].Since
		}
		k.Names = append(slices.Clone(k.Names), usage.Named{Name: k.Name, Since: at})
	}
	return k
}

// figures is what raises the revision: not when a provider was asked.
func (a *account) figures() account {
	f := account{covered: maps.Clone(a.covered), entities: maps.Clone(a.entities)}
	if a.standing != nil {
		s := *a.standing
		s.At = time.Time{}
		f.standing = &s
	}
	return f
}

// spans joins days that follow each other.
func spans(days map[covered]bool) []usage.Coverage {
	var out []usage.Coverage
	for _, d := range slices.SortedFunc(maps.Keys(days), func(a, b covered) int {
		return cmp.Or(strings.Compare(a.provider, b.provider), strings.Compare(a.account, b.account),
			cmp.Compare(a.basis, b.basis), cmp.Compare(a.day, b.day))
	}) {
		begin, end := time.Unix(d.day*day, 0).UTC(), time.Unix((d.day+1)*day, 0).UTC()
		if n := len(out); n > 0 {
			last := &out[n-1]
			if last.Provider == d.provider && last.Account == d.account && last.Basis == d.basis && last.Until.Equal(begin) {
				last.Until = end
				continue
			}
		}
		out = append(out, usage.Coverage{Provider: d.provider, Account: d.account, Basis: d.basis, Span: usage.Span{Since: begin, Until: end}})
	}
	return out
}

// covered joins the days of all connections.
func (m *model) covered() []usage.Coverage {
	all := make(map[covered]bool)
	for _, c := range m.conns {
		maps.Copy(all, c.covered)
	}
	return spans(all)
}

func (b *bench) checkAccounts() {
	b.t.Helper()
	ctx := context.Background()
	wantCoverage, wantEntities, wantStandings := map[string][]usage.Coverage{}, map[string][]usage.Known{}, map[string]usage.Standing{}
	for name, c := range b.model.conns {
		if len(c.covered) > 0 {
			wantCoverage[name] = spans(c.covered)
		}
		for _, k := range c.entities {
			wantEntities[name] = append(wantEntities[name], k)
		}
		slices.SortFunc(wantEntities[name], func(a, b usage.Known) int {
			return strings.Compare(string(a.Kind)+"\x00"+a.ID, string(b.Kind)+"\x00"+b.ID)
		})
		if c.standing != nil {
			wantStandings[name] = *c.standing
		}
	}
	if got, err := b.store.Coverage(ctx); err != nil || !reflect.DeepEqual(got, wantCoverage) {
		b.failf("coverage is\n%v, %v, want\n%v", got, err, wantCoverage)
	}
	if got, err := b.store.Entities(ctx); err != nil || !reflect.DeepEqual(got, wantEntities) {
		b.failf("entities are\n%+v, %v, want\n%+v", got, err, wantEntities)
	}
	if got, err := b.store.Standings(ctx); err != nil || !reflect.DeepEqual(got, wantStandings) {
		b.failf("standings are\n%+v, %v, want\n%+v", got, err, wantStandings)
	}
}

// remove takes a connection away from both.
func (b *bench) remove(name string, purge bool) {
	b.t.Helper()
	b.model.remove(name, purge)
	if err := b.store.RemoveConnection(context.Background(), name, purge); err != nil {
		b.failf("remove %q, purge %v: %v", name, purge, err)
	}
}
