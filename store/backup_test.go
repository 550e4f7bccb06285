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
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"tokpit/store"
	"tokpit/usage"
)

// restored puts a backup into a fresh place.
func restored(t testing.TB, from string, opt store.Options) *store.Store {
	t.Helper()
	s := store.New(filepath.Join(t.TempDir(), "data", "tokpit.db"), opt)
	r, err := s.Restore(context.Background(), owner(), from, false)
	if err != nil || r.Before != "" {
		t.Fatalf("%+v, %v", r, err)
	}
	sound(t, s)
	return s
}

func TestBackup(t *testing.T) {
	ctx := context.Background()
	s := small(t, filepath.Join(t.TempDir(), "tokpit.db"))
	want, err := read(s)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	to := filepath.Join(dir, "b.db")
	before := fileOf(t, s)
	b, err := s.Backup(ctx, to, false)
	if err != nil || fileOf(t, s) != before {
		t.Fatal(err)
	}
	info, err := os.Stat(to)
	if err != nil || info.Mode().Perm() != 0o600 || b.Size+4096 != info.Size() || b.Revision != want.coarse.Revision || b.Records != 400 || len(b.SHA256) != 64 || b.Schema != 5 {
		t.Errorf("%+v, %v", b, err)
	}
	if _, err := s.Backup(ctx, to, false); !errors.Is(err, store.ErrExists) {
		t.Errorf("again: %v", err)
	}
	for _, bad := range []string{s.Path(), dir, filepath.Join(dir, "none", "b.db")} {
		if _, err := s.Backup(ctx, bad, true); err == nil {
			t.Errorf("%s was written over", bad)
		}
	}
	if _, err := s.Backup(ctx, to, true); err != nil {
		t.Errorf("asked to: %v", err)
	}
	none := store.New(filepath.Join(dir, "none.db"), store.Options{})
	if _, err := none.Backup(ctx, filepath.Join(dir, "c.db"), false); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("no store: %v", err)
	}
	cancelled, stop := context.WithCancel(ctx)
	stop()
	if _, err := s.Backup(cancelled, filepath.Join(dir, "d.db"), false); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	got, err := read(restored(t, to, store.Options{Edges: edges()}))
	if err != nil || !reflect.DeepEqual(got.figures(), want.figures()) || got.coarse.Revision != want.coarse.Revision {
		t.Errorf("%d records are not the %d, %v", len(got.records), len(want.records), err)
	}
	direct := store.New(to, store.Options{Edges: edges()}) // it is a store too
	if err := write(direct); err != nil {
		t.Error(err)
	}
	sound(t, direct)
}

// wroteOn is a store, a backup of it, and the folder of both; the store has gone
// on since.
func wroteOn(t *testing.T, name string) (*store.Store, store.Backup, string) {
	t.Helper()
	dir := t.TempDir()
	s := small(t, filepath.Join(dir, name))
	b, err := s.Backup(context.Background(), filepath.Join(dir, "b.db"), false)
	if err == nil {
		err = write(s)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s, b, dir
}

// A restore keeps what it replaces, and never replaces unasked.
func TestRestoreKeepsTheOld(t *testing.T) {
	ctx := context.Background()
	s, b, dir := wroteOn(t, "to*kp[it.db")
	later := fileOf(t, s)
	if _, err := s.Restore(ctx, owner(), b.Path, false); !errors.Is(err, store.ErrExists) || fileOf(t, s) != later {
		t.Fatalf("unasked: %v", err)
	}
	if _, err := s.Restore(ctx, owner(), s.Path(), true); err == nil || fileOf(t, s) != later {
		t.Error("a store was restored from itself")
	}
	r, err := s.Restore(ctx, owner(), b.Path, true)
	if err != nil || !r.Sealed || r.SHA256 != b.SHA256 || r.Revision != b.Revision || r.Records != 400 || !strings.HasPrefix(r.Before, s.Path()+".before-restore-") {
		t.Fatalf("%+v, %v", r, err)
	}
	if old, err := os.ReadFile(r.Before); err != nil || string(old) != later {
		t.Errorf("what was there is not there any more, %v", err)
	}
	sound(t, s)
	if c, _ := s.Verify(ctx); c.Records != 400 {
		t.Errorf("%d records", c.Records)
	}
	trail, err := s.Audit(ctx)
	if last := trail[len(trail)-1]; err != nil || last.What != store.AuditRestore || !strings.Contains(last.After, b.SHA256) {
		t.Errorf("%+v, %v", last, err)
	}
	if check, err := s.VerifyAudit(ctx); err != nil || len(check.Problems) > 0 {
		t.Errorf("%q, %v", check.Problems, err)
	}
	again, err := s.Restore(ctx, owner(), r.Before, true) // a plain copy, and a second one within the second
	if err != nil || again.Sealed || again.Records != 401 || again.Before == r.Before {
		t.Errorf("%+v, %v", again, err)
	}
	if info, err := os.Stat(s.Path()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 6 { // store, lock, turn, backup, two old ones
		t.Errorf("left behind: %v", left)
	}
	// A damaged store is replaced like any other.
	if err := os.WriteFile(s.Path(), []byte("nonsense, and long enough to be looked at"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Restore(ctx, owner(), b.Path, true); err != nil {
		t.Error(err)
	}
	sound(t, s)
}

// What is not a whole, sound backup changes nothing.
func TestRestoreRefuses(t *testing.T) {
	ctx := context.Background()
	s, b, dir := wroteOn(t, "tokpit.db")
	good, err := os.ReadFile(b.Path)
	if err != nil {
		t.Fatal(err)
	}
	before := fileOf(t, s)
	bad := filepath.Join(dir, "bad.db")
	refuse := func(what string, content []byte, wants ...error) {
		t.Helper()
		if err := os.WriteFile(bad, content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := s.Restore(ctx, owner(), bad, true)
		if err == nil || fileOf(t, s) != before {
			t.Fatalf("%s: %v; changed: %v", what, err, fileOf(t, s) != before)
		}
		for _, want := range wants {
			if !errors.Is(err, want) {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	refuse("nothing", nil, store.ErrForeign)
	refuse("text", bytes.Repeat([]byte("a text, "), 4096), store.ErrForeign)
	rng := rand.New(rand.NewPCG(9, 9))
	flips := 150
	if soak() {
		flips = 5000
	}
	for range flips {
		at := rng.IntN(len(good) - 4096)
		flipped := bytes.Clone(good)
		flipped[at] ^= 1 << rng.IntN(8)
		refuse(fmt.Sprint("byte ", at), flipped, store.ErrCorrupt)
	}
	for _, cut := range []int{1, 4095, 4096 + 1, len(good) / 2, len(good) - 5000} {
		refuse(fmt.Sprint("cut by ", cut), good[:len(good)-cut])
	}
	withBolt(t, b.Path, func(tx *bolt.Tx) error {
		return tx.Bucket([]byte("meta")).Put([]byte("schema"), []byte{0, 0, 0, 0, 0, 0, 0, 99})
	})
	newer, _ := os.ReadFile(b.Path)
	refuse("newer, changed behind its seal", newer, store.ErrCorrupt)
	refuse("newer", newer[:len(newer)-4096], store.ErrNewer)
	if _, err := s.Restore(ctx, owner(), filepath.Join(dir, "none.db"), true); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if _, err := s.Restore(ctx, owner(), dir, true); !errors.Is(err, store.ErrForeign) {
		t.Errorf("%v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*restore-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// Backups that earlier schemas left are restored and migrated.
func TestRestoreMigrates(t *testing.T) {
	for version := range 4 {
		name := fmt.Sprintf("v%d", version+1)
		from := unpack(t, name+".db.gz")
		before, _ := os.ReadFile(from)
		opt := store.Options{Edges: usage.NewEdges([]int64{200_000}), Now: at15}
		s := store.New(filepath.Join(t.TempDir(), "tokpit.db"), opt)
		r, err := s.Restore(context.Background(), owner(), from, false)
		if err != nil || !r.Migrated || r.Schema != uint64(version+1) || r.Records == 0 {
			t.Fatalf("%s: %+v, %v", name, r, err)
		}
		sound(t, s)
		if after, _ := os.ReadFile(from); !bytes.Equal(before, after) {
			t.Errorf("%s: the backup was changed", name)
		}
	}
}

// What was forgotten since a backup was made stays refused after it is restored.
func TestRestoreRemembersWhatWasForgotten(t *testing.T) {
	ctx := context.Background()
	s := small(t, filepath.Join(t.TempDir(), "tokpit.db"))
	b, err := s.Backup(ctx, filepath.Join(t.TempDir(), "b.db"), false)
	if err != nil {
		t.Fatal(err)
	}
	withBolt(t, s.Path(), func(tx *bolt.Tx) error { return tx.Bucket([]byte("forgotten")).Put([]byte("k"), []byte("v")) })
	if r, err := s.Restore(ctx, owner(), b.Path, true); err != nil || r.Forgotten != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	withBolt(t, s.Path(), func(tx *bolt.Tx) error {
		if string(tx.Bucket([]byte("forgotten")).Get([]byte("k"))) != "v" {
			t.Error("it is remembered no more")
		}
		return nil
	})
}

// TestBackupDuringCommits copies a store while another process writes to it:
// each backup is a state that was committed.
func TestBackupDuringCommits(t *testing.T) {
	backups := 3
	if soak() {
		backups = 15
	}
	dir := t.TempDir()
	s := store.New(filepath.Join(dir, "tokpit.db"), crashOptions())
	if err := commitFrom(s, 1); err != nil {
		t.Fatal(err)
	}
	reference := store.New(filepath.Join(dir, "reference.db"), crashOptions())
	writer := child(t, "commit", s.Path(), "")
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	var taken []store.Backup
	for i := range backups {
		time.Sleep(60 * time.Millisecond)
		b, err := s.Backup(context.Background(), filepath.Join(dir, fmt.Sprint(i, ".bak")), false)
		if err != nil {
			t.Error(err)
			break
		}
		taken = append(taken, b)
	}
	_ = writer.Process.Kill()
	_ = writer.Wait()
	last := -1
	for i, b := range taken {
		again := store.New(filepath.Join(dir, fmt.Sprint(i, ".db")), crashOptions())
		if _, err := again.Restore(context.Background(), owner(), b.Path, false); err != nil {
			t.Fatal(err)
		}
		k, err := committed(again)
		if err != nil || k < last {
			t.Fatalf("batch %d after %d, %v", k, last, err)
		}
		last = k
		if err := commitFrom(reference, k); err != nil {
			t.Fatal(err)
		}
		got, err1 := read(again)
		want, err2 := read(reference)
		if err := errors.Join(err1, err2); err != nil || !reflect.DeepEqual(got.figures(), want.figures()) || got.coarse.Revision != b.Revision {
			t.Fatalf("backup %d of batch %d is no state that was, %v", i, k, err)
		}
		sound(t, again)
	}
}
