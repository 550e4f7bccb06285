package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"tokpit/store"
	"tokpit/usage"
)

func novemberDay(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC) }

// name commits entities as they are on a day of November and returns the
// revision.
func name(t *testing.T, s *store.Store, d int, list ...usage.Entity) uint64 {
	t.Helper()
	r, err := s.Commit(context.Background(), "openai", usage.Batch{Entities: list, NamedAt: novemberDay(d)})
	if err != nil {
		t.Fatal(err)
	}
	return r.Revision
}

func known(t *testing.T, s *store.Store) []usage.Known {
	t.Helper()
	all, err := s.Entities(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return all["openai"]
}

// A rename adds a name, what is not listed any more stays, and only a change
// raises the revision.
func TestNamesHaveAHistory(t *testing.T) {
	s := store.New(filepath.Join(t.TempDir(), "tokpit.db"), store.Options{})
	project := usage.Entity{Kind: usage.ByProject, ID: "proj_1", Name: "alpha"}
	key := usage.Entity{Kind: usage.ByKey, ID: "key_1", Name: "ci", Parent: "proj_1", Hint: "sk-…1", Created: novemberDay(1), LastUsed: novemberDay(2)}
	first := name(t, s, 3, project, key)
	if again := name(t, s, 4, key, project); again != first {
		t.Errorf("the same names again raise the revision to %d", again)
	}
	project.Name = "beta"
	if renamed := name(t, s, 5, project); renamed != first+1 {
		t.Errorf("a rename gives revision %d after %d", renamed, first)
	}
	bare := usage.Entity{Kind: usage.ByKey, ID: "key_1"} // of another list, that knows less
	if r := name(t, s, 6, bare); r != first+1 {
		t.Errorf("a list that knows less gives revision %d", r)
	}
	used := bare
	used.LastUsed, used.Archived = novemberDay(7), true
	if r := name(t, s, 8, used); r != first+2 {
		t.Errorf("a new last use gives revision %d", r)
	}
	used.LastUsed = novemberDay(1)
	name(t, s, 9, used)
	project.Name = "alpha"
	name(t, s, 2, project) // by a clock that was set back

	key.LastUsed, key.Archived = novemberDay(7), true
	want := []usage.Known{
		{Entity: key, Names: []usage.Named{{Name: "ci", Since: novemberDay(3)}}},
		{Entity: project, Names: []usage.Named{{Name: "alpha", Since: novemberDay(3)}, {Name: "beta", Since: novemberDay(5)}, {Name: "alpha", Since: novemberDay(5)}}},
	}
	if got := known(t, s); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant\n%+v", got, want)
	}
}

// A provider that renames without end does not fill the store.
func TestNamesAreBounded(t *testing.T) {
	t.Parallel()
	s := store.New(filepath.Join(t.TempDir(), "tokpit.db"), store.Options{})
	var list []usage.Entity
	for i := range 1500 {
		list = append(list, usage.Entity{Kind: usage.ByProject, ID: "p", Name: fmt.Sprint("name ", i)})
	}
	name(t, s, 1, list...)
	got := known(t, s)
	if len(got) != 1 || len(got[0].Names) != 1000 || got[0].Name != "name 1499" || got[0].Names[0].Name != "name 500" {
		t.Errorf("%d names, the last is %q", len(got[0].Names), got[0].Name)
	}
}

// When a provider was asked is kept, but is no change of any figure.
func TestStandingChanges(t *testing.T) {
	s := store.New(filepath.Join(t.TempDir(), "tokpit.db"), store.Options{})
	commit := func(d int, limits ...usage.SpendLimit) uint64 {
		r, err := s.Commit(context.Background(), "openai", usage.Batch{Standing: &usage.Standing{At: novemberDay(d), Limits: limits}})
		if err != nil {
			t.Fatal(err)
		}
		return r.Revision
	}
	if first, again := commit(1), commit(2); first != 1 || again != 1 {
		t.Errorf("revisions %d, %d", first, again)
	}
	if r := commit(3, usage.SpendLimit{Scope: usage.ByProject, ID: "p"}); r != 2 {
		t.Errorf("a new limit gives revision %d", r)
	}
	if got, err := s.Standings(context.Background()); err != nil || !got["openai"].At.Equal(novemberDay(3)) {
		t.Errorf("%+v, %v", got, err)
	}
}

// What cannot be kept is refused, and nothing of its batch comes in.
func TestRefusedAccounts(t *testing.T) {
	s := store.New(filepath.Join(t.TempDir(), "tokpit.db"), store.Options{})
	day := func(since, until time.Time, basis usage.Basis) usage.Batch {
		return usage.Batch{Covered: []usage.Coverage{{Basis: basis, Span: usage.Span{Since: since, Until: until}}}}
	}
	named := func(e usage.Entity) usage.Batch {
		return usage.Batch{NamedAt: novemberDay(1), Entities: []usage.Entity{e}}
	}
	far := time.Date(300_000_000, 1, 1, 0, 0, 0, 0, time.UTC)
	for what, b := range map[string]usage.Batch{
		"half a day":          day(novemberDay(1), novemberDay(1).Add(12*time.Hour), usage.Reported),
		"no day":              day(novemberDay(1), novemberDay(1), usage.Reported),
		"no end":              day(novemberDay(1), time.Time{}, usage.Reported),
		"no basis":            day(novemberDay(1), novemberDay(2), usage.BasisUnknown),
		"unknown basis":       day(novemberDay(1), novemberDay(2), 77),
		"the year 10000":      day(novemberDay(1), time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC), usage.Reported),
		"names of no time":    {Entities: []usage.Entity{{Kind: usage.ByKey, ID: "k"}}},
		"no kind":             named(usage.Entity{ID: "k"}),
		"no id":               named(usage.Entity{Kind: usage.ByKey}),
		"kind with a nul":     named(usage.Entity{Kind: "key\x00", ID: "k"}),
		"very long id":        named(usage.Entity{Kind: usage.ByKey, ID: string(make([]byte, 1<<20))}),
		"very long name":      named(usage.Entity{Kind: usage.ByKey, ID: "k", Name: string(make([]byte, 1<<20))}),
		"made at no time":     named(usage.Entity{Kind: usage.ByKey, ID: "k", Created: far}),
		"used at no time":     named(usage.Entity{Kind: usage.ByKey, ID: "k", LastUsed: far}),
		"standing at no time": {Standing: &usage.Standing{}},
		"very many limits":    {Standing: &usage.Standing{At: novemberDay(1), Limits: make([]usage.SpendLimit, 1<<20)}},
	} {
		b.Records = history(1)
		if _, err := s.Commit(context.Background(), "openai", b); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if st, err := s.Status(context.Background()); err != nil || len(st.Connections) > 0 {
		t.Errorf("%+v, %v", st, err)
	}
}
