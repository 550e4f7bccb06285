package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/money"
	"tokpit/store"
	"tokpit/usage"
)

// small fills a store with every kind of value, in a few dozen pages.
func small(t testing.TB, path string) *store.Store {
	t.Helper()
	ctx := context.Background()
	s := store.New(path, store.Options{Edges: edges(), Timeout: 2 * time.Second})
	s.SetBlockSize(40)
	records := history(400)
	for i, batch := range slices.Collect(slices.Chunk(records, 200)) {
		b := usage.Batch{Records: batch, Cursors: make(usage.Cursors),
			Quarantined: []usage.Quarantined{{File: "/logs/x.jsonl", Line: int64(i), Reason: "not JSON"}}}
		for k := range 30 {
			b.Cursors[fmt.Sprintf("/logs/%02d/%02d.jsonl", i, k)] = fmt.Appendf(nil, "offset %d", 1000*i+k)
		}
		told(&b, i)
		if _, err := s.Commit(ctx, "claude-code", b); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.RecordSync(ctx, store.Sync{Connection: "claude-code", At: time.Unix(1795000000, 0), Files: 3}); err != nil {
		t.Fatal(err)
	}
	decideAll(t, s)
	return s
}

// told adds to the n-th batch what a provider says: amounts, days that are
// covered, names that change from one batch to the next, a limit.
func told(b *usage.Batch, n int) {
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for i := range b.Records {
		if i%7 == 0 {
			b.Records[i].Currency, b.Records[i].Reported = []string{"USD", "EUR"}[i%2], money.FromAtto(int64(i)*1e15-int64(n))
		}
	}
	b.Covered = []usage.Coverage{{Provider: "anthropic", Account: "main", Basis: usage.Reported,
		Span: usage.Span{Since: day.AddDate(0, 0, 2*n), Until: day.AddDate(0, 0, 2*n+1)}}}
	b.NamedAt = day.AddDate(0, 0, n)
	for k := range 30 {
		b.Entities = append(b.Entities, usage.Entity{Kind: usage.ByKey, ID: fmt.Sprint("key_", k), Name: fmt.Sprint("name ", k, " ", n%3),
			Parent: "proj_1", Hint: "sk-…ab12", Created: day, LastUsed: b.NamedAt, Archived: k == n})
	}
	b.Standing = &usage.Standing{At: b.NamedAt, Currency: "USD", Granted: money.FromUnits(100), Used: money.FromUnits(int64(n)),
		Limits: []usage.SpendLimit{{Scope: usage.ByProject, ID: "proj_1", Amount: money.FromUnits(500), Currency: "USD", Interval: "month"}}}
}

// contents is all that a store says.
type contents struct {
	records      []usage.Record
	coarse, fine *usage.Cube
	cursors      usage.Cursors
	coverage     map[string][]usage.Coverage
	entities     map[string][]usage.Known
	standings    map[string]usage.Standing
	decided      string // budgets, plans, limits, trail, alerts, deliveries
}

// read asks for everything. It returns the first error.
func read(s *store.Store) (c contents, err error) {
	ctx := context.Background()
	if err := s.Records(ctx, usage.Span{}, func(_ string, r *usage.Record) bool {
		c.records = append(c.records, *r)
		return true
	}); err != nil {
		return c, err
	}
	if c.coarse, err = s.Cube(ctx, usage.Span{}, false); err != nil {
		return c, err
	}
	if c.fine, err = s.Cube(ctx, usage.Span{}, true); err != nil {
		return c, err
	}
	if c.cursors, err = s.Cursors(ctx, "claude-code"); err != nil {
		return c, err
	}
	if c.coverage, err = s.Coverage(ctx); err != nil {
		return c, err
	}
	if c.entities, err = s.Entities(ctx); err != nil {
		return c, err
	}
	if c.standings, err = s.Standings(ctx); err != nil {
		return c, err
	}
	if _, err := s.Quarantined(ctx, 0); err != nil {
		return c, err
	}
	if c.decided, err = readDecided(s); err != nil {
		return c, err
	}
	_, err = s.Status(ctx)
	return c, err
}

func (c contents) equal(d contents) bool {
	return reflect.DeepEqual(c.records, d.records) && reflect.DeepEqual(c.coarse, d.coarse) &&
		reflect.DeepEqual(c.fine, d.fine) && reflect.DeepEqual(c.cursors, d.cursors) &&
		reflect.DeepEqual(c.coverage, d.coverage) && reflect.DeepEqual(c.entities, d.entities) && reflect.DeepEqual(c.standings, d.standings) &&
		c.decided == d.decided
}

func write(s *store.Store) error {
	r := history(1)[0]
	r.ID = "another"
	_, err := s.Commit(context.Background(), "claude-code", usage.Batch{Records: []usage.Record{r}})
	return err
}

// everything calls whatever touches the file and returns the errors.
func everything(s *store.Store) map[string]error {
	ctx := context.Background()
	errs := make(map[string]error)
	_, errs["read"] = read(s)
	errs["commit"] = write(s)
	_, errs["verify"] = s.Verify(ctx)
	errs["rebuild"] = s.Rebuild(ctx)
	errs["edges"] = store.New(s.Path(), store.Options{Edges: usage.Edges{5}}).EnsureEdges(ctx)
	_, errs["setting"] = s.Setting(ctx, "zone")
	errs["set setting"] = s.SetSetting(ctx, "zone", "UTC")
	errs["record sync"] = s.RecordSync(ctx, store.Sync{Connection: "claude-code"})
	_, errs["plans"] = s.Plans(ctx)
	errs["remove"] = s.RemoveConnection(ctx, "nobody", true)
	people, programs := changing(s, owner())
	for name, change := range people {
		errs[name] = change(ctx)
	}
	for _, name := range []string{"Enqueue", "UpdateAlerts", "ClaimDue", "FinishDelivery"} {
		errs[name] = programs[name](ctx)
	}
	_, errs["budgets"] = s.Budgets(ctx)
	_, errs["decisions"] = s.Decisions(ctx, "limit")
	_, errs["alerts"] = s.Alerts(ctx)
	_, errs["deliveries"] = s.Deliveries(ctx)
	_, errs["audit"] = s.Audit(ctx)
	_, errs["audit head"] = s.AuditHead(ctx)
	_, errs["verify audit"] = s.VerifyAudit(ctx)
	errs["put document"] = s.PutDocument(ctx, "view", "x", []byte("y"))
	return errs
}

// refuses demands one error of every call, and that the file stays as it is.
func refuses(t *testing.T, path string, want error) {
	t.Helper()
	before, _ := os.ReadFile(path)
	for call, err := range everything(store.New(path, store.Options{Edges: edges(), Timeout: time.Second})) {
		if !errors.Is(err, want) {
			t.Errorf("%s: %s gives %v, want %v", t.Name(), call, err, want)
		}
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Errorf("%s: the file was changed", t.Name())
	}
}

// damaged reports that an error admits damage.
func damaged(err error) bool {
	return errors.Is(err, store.ErrCorrupt) || errors.Is(err, store.ErrForeign)
}

func TestTruncatedStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	whole := small(t, filepath.Join(dir, "whole.db"))
	truth, err := read(whole)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(whole.Path())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "cut.db")
	for at := 1; at < len(b); at += 4096 {
		for _, size := range []int{at - 1, at, at + 2000} {
			if size <= 0 || size >= len(b) {
				continue
			}
			if err := os.WriteFile(path, b[:size], 0o600); err != nil {
				t.Fatal(err)
			}
			s := store.New(path, store.Options{Edges: edges(), Timeout: time.Second})
			got, err := read(s)
			if err == nil && !got.equal(truth) || err != nil && !damaged(err) {
				t.Fatalf("%d of %d bytes: %d records, %v", size, len(b), len(got.records), err)
			}
			if werr := write(s); (werr == nil) != (err == nil) || werr != nil && !damaged(werr) {
				t.Fatalf("%d of %d bytes: read says %v, write %v", size, len(b), err, werr)
			}
		}
	}
}

// TestFlippedBytes damages single bytes. Whatever a store then still says is
// true, or Verify denies it; and nothing panics, hangs or is held locked. In short
// three bytes of every page's head, in turn, stand for twelve.
func TestFlippedBytes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	whole := small(t, filepath.Join(dir, "whole.db"))
	truth, err := read(whole)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(whole.Path())
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(uint64(len(b)), 3))
	var offsets []int
	for page := 0; page < len(b); page += 4096 {
		for i := range 96 { // the heads of pages are what a tree hangs on
			if i%8 == 0 && !(testing.Short() && i%32 != page/4096%4*8) || soak() {
				offsets = append(offsets, page+i)
			}
		}
	}
	more := 400
	switch {
	case soak():
		more = 20_000
	case testing.Short():
		more = 40
	}
	for range more {
		offsets = append(offsets, rng.IntN(len(b)))
	}
	path := filepath.Join(dir, "flipped.db")
	noticed := 0
	for _, at := range offsets {
		bad := slices.Clone(b)
		if rng.IntN(2) == 0 {
			bad[at] ^= 1 << rng.IntN(8)
		} else {
			bad[at] ^= byte(1 + rng.IntN(255))
		}
		if flip(t, path, bad, at, truth) {
			noticed++
		}
	}
	t.Logf("%d of %d flips noticed in a store of %d bytes", noticed, len(offsets), len(b))
	if noticed < len(offsets)/10 {
		t.Error("hardly any damage was noticed")
	}
}

// soak reports whether to take the time that `make soak` has.
func soak() bool { return os.Getenv("TOKPIT_SOAK") == "1" }

// flip tries a damaged store and reports whether the damage was noticed.
func flip(t *testing.T, path string, bad []byte, at int, truth contents) bool {
	t.Helper()
	if err := os.WriteFile(path, bad, 0o600); err != nil {
		t.Fatal(err)
	}
	s := store.New(path, store.Options{Edges: edges(), Timeout: time.Second})
	got, err := read(s)
	if err != nil && !damaged(err) && !errors.Is(err, store.ErrNewer) {
		t.Fatalf("byte %d: %v", at, err)
	}
	check, verr := s.Verify(context.Background())
	sound := verr == nil && len(check.Problems) == 0
	if err == nil && !got.equal(truth) && sound {
		// The revision has no checksum: no figure depends on it. A cursor that
		// has vanished is one that was never set.
		got.coarse.Revision, got.fine.Revision = truth.coarse.Revision, truth.fine.Revision
		for k, v := range truth.cursors {
			if _, ok := got.cursors[k]; !ok {
				got.cursors[k] = v
			}
		}
		if !got.equal(truth) {
			t.Fatalf("byte %d: the store says something else and Verify agrees", at)
		}
	}
	if err := write(s); err != nil && !damaged(err) && !errors.Is(err, store.ErrNewer) {
		t.Fatalf("byte %d: write: %v", at, err)
	} else if err == nil && sound {
		if check, err := s.Verify(context.Background()); err != nil || len(check.Problems) > 0 {
			t.Fatalf("byte %d: sound before a write, then %v, %q", at, err, check.Problems)
		}
	}
	return err != nil || !sound
}

// A value that stands under another key than it was written for is as bad as
// one with a wrong byte: it would count usage on the wrong day.
func TestValueUnderWrongKey(t *testing.T) {
	t.Parallel()
	move := func(from, to []byte) func(*bolt.Bucket) error {
		return func(b *bolt.Bucket) error { return b.Put(to, bytes.Clone(b.Get(from))) }
	}
	first := func(b *bolt.Bucket) ([]byte, []byte) {
		k, _ := b.Cursor().First()
		k = bytes.Clone(k)
		other := bytes.Clone(k)
		other[len(other)-1] ^= 'q' ^ 's' // the other kind of cells; another instant of blocks
		return k, other
	}
	for name, c := range map[string]struct {
		path  []string
		spoil func(*bolt.Bucket) error
		op    func(*store.Store) error
	}{
		"cells of another kind": {[]string{"cells"}, func(b *bolt.Bucket) error {
			k, other := first(b)
			return move(k, other)(b)
		}, func(s *store.Store) error { _, err := read(s); return err }},
		"cells of another day": {[]string{"cells"}, func(b *bolt.Bucket) error {
			k, _ := first(b)
			other := bytes.Clone(k)
			other[3] ^= 1
			return errors.Join(move(k, other)(b), b.Delete(k))
		}, func(s *store.Store) error { _, err := read(s); return err }},
		"block of another time": {[]string{"blocks", "claude-code"}, func(b *bolt.Bucket) error {
			k, other := first(b)
			return errors.Join(move(k, other)(b), b.Delete(k))
		}, func(s *store.Store) error { _, err := read(s); return err }},
		"fingerprints with a wrong bit": {[]string{"prints", "claude-code"}, func(b *bolt.Bucket) error {
			k, _ := first(b)
			v := bytes.Clone(b.Get(k))
			v[len(v)/2] ^= 1
			return b.Put(k, v)
		}, write},
		"a name of another key": {[]string{"names", "claude-code"}, func(b *bolt.Bucket) error {
			k, _ := first(b)
			last, _ := b.Cursor().Last()
			return move(k, bytes.Clone(last))(b)
		}, func(s *store.Store) error { _, err := s.Entities(context.Background()); return err }},
		"coverage with a wrong bit": {[]string{"meta"}, func(b *bolt.Bucket) error {
			v := bytes.Clone(b.Get([]byte("accounts")))
			v[len(v)/2] ^= 1
			return b.Put([]byte("accounts"), v)
		}, func(s *store.Store) error { _, err := s.Cube(context.Background(), usage.Span{}, false); return err }},
		"no coverage": {[]string{"meta"}, func(b *bolt.Bucket) error {
			return b.Delete([]byte("accounts"))
		}, func(s *store.Store) error { _, err := s.Coverage(context.Background()); return err }},
		"fingerprints of another block": {[]string{"prints", "claude-code"}, func(b *bolt.Bucket) error {
			k, _ := first(b)
			last, _ := b.Cursor().Last()
			return move(k, bytes.Clone(last))(b)
		}, write},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "tokpit.db")
			s := small(t, path)
			withBolt(t, path, func(tx *bolt.Tx) error {
				b := tx.Bucket([]byte(c.path[0]))
				for _, name := range c.path[1:] {
					b = b.Bucket([]byte(name))
				}
				return c.spoil(b)
			})
			if err := c.op(s); !errors.Is(err, store.ErrCorrupt) {
				t.Errorf("gives %v", err)
			}
			if check, err := s.Verify(context.Background()); err == nil && len(check.Problems) == 0 {
				t.Error("Verify sees nothing")
			}
		})
	}
}

func load(t *testing.T, s *store.Store) ([]byte, contents) {
	t.Helper()
	c, err := read(s)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	return b, c
}
