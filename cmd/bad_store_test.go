package cmd_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// filled is a machine whose one log has been synced.
func filled(t *testing.T) *machine {
	m := newMachine(t)
	m.write(log1, claude("1", 1)+"{bad}\n"+claude("2", 10))
	m.run("sync").ok()
	return m
}

// TestNewerStore: what a later version wrote is not touched.
func TestNewerStore(t *testing.T) {
	t.Parallel()
	m := filled(t)
	db, err := bolt.Open(m.store(), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte("meta")).Put([]byte("schema"), binary.BigEndian.AppendUint64(nil, 99))
	}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	m.unusable("newer tokpit")
}

// unusable demands that every command refuses the store and leaves it as it
// is, and that doctor says no instead of failing.
func (m *machine) unusable(text string) {
	m.t.Helper()
	before, err := os.ReadFile(m.store())
	if err != nil {
		m.t.Fatal(err)
	}
	for _, args := range [][]string{{"sync"}, {"sync", "--json"}, {"report"}, {"report", "--json"}, {}, {"plan", "list"},
		{"plan", "set", "codex", "--monthly", "20", "--from", "2026-11-01"}, {"plan", "rm", "codex", "--yes"}} {
		if r := m.run(args...).fails(text); r.stdout != "" {
			m.t.Errorf("%q prints %q", args, r.stdout)
		}
	}
	m.diagnosed(text)
	if after, _ := os.ReadFile(m.store()); !bytes.Equal(before, after) {
		m.t.Error("the file was changed")
	}
}

// diagnosed demands that doctor finds the store bad: status 1, a failed check
// with the text and a hint.
func (m *machine) diagnosed(text string) {
	m.t.Helper()
	var doc doctorDoc
	m.run("doctor", "--json").want(1).decode(&doc)
	found := false
	for _, c := range doc.Checks {
		if !c.OK {
			found = found || strings.Contains(c.Detail, text) && c.Hint != nil && !strings.Contains(*c.Hint, "tokpit doctor")
		}
	}
	if doc.OK || !found {
		m.t.Errorf("doctor finds %+v, not %q", doc.Checks, text)
	}
	m.run("doctor").want(1, "FAIL", text, "hint: ")
}

// TestCutStore cuts the file at many lengths. Nothing at all is an empty store.
func TestCutStore(t *testing.T) {
	t.Parallel()
	m := filled(t)
	whole, err := os.ReadFile(m.store())
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1, 4096, 8191, 5 * 4096, len(whole) / 2} {
		if err := os.WriteFile(m.store(), whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		m.unusable("store")
	}
	if err := os.WriteFile(m.store(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	m.run("report").ok()
	m.run("sync").ok()
	if n := m.inputTokens(); n != 11 {
		t.Errorf("%d tokens, want 11", n)
	}
}

// TestFlippedStore flips bytes at random. Every command says what is right or
// that the store is damaged, and following the hint brings everything back.
func TestFlippedStore(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.write(log1, many(3000, "m"))
	m.run("sync").ok()
	whole, err := os.ReadFile(m.store())
	if err != nil {
		t.Fatal(err)
	}
	truth := m.run("report", "--json").ok().stdout
	rounds := 12
	if soak() {
		rounds = 400
	}
	dice := rand.New(rand.NewPCG(1, 2))
	refused := 0
	for range rounds {
		damaged := bytes.Clone(whole)
		at, bit := dice.IntN(len(damaged)), byte(1)<<dice.IntN(8)
		for i := range 1 + dice.IntN(64) {
			if at+i < len(damaged) {
				damaged[at+i] ^= bit
			}
		}
		if err := os.WriteFile(m.store(), damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if r := m.run("report", "--json"); r.status == 2 {
			r.fails("store")
			refused++
			m.diagnosed("")
		} else if r.ok(); r.stdout != truth {
			t.Errorf("byte %d, bit %x: reports\n%s\nnot\n%s", at, bit, r.stdout, truth)
		} else if r := m.run("doctor"); r.status != 0 {
			r.want(1, "FAIL")
		}
		m.run("sync") // fails or not, but does not panic
	}
	t.Logf("%d of %d were refused", refused, rounds)
	if err := os.Rename(m.store(), m.path("away.db")); err != nil {
		t.Fatal(err)
	}
	m.run("sync").ok()
	if again := m.run("report", "--json").ok().stdout; again != truth {
		t.Errorf("from the logs again: %s", again)
	}
}

// TestForeignStore: anything else in the store's place is left alone.
func TestForeignStore(t *testing.T) {
	t.Parallel()
	m := filled(t)
	for name, content := range map[string]string{
		"letter": "Dear aunt,\n", "zeros": strings.Repeat("\x00", 1<<20), "SQLite": "SQLite format 3\x00" + strings.Repeat("x", 8192),
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(m.store(), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			m.unusable("not a tokpit store")
		})
	}
	other := filepath.Join(m.home, "other.db") // a bbolt file of somebody else
	db, err := bolt.Open(other, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(tx *bolt.Tx) error { _, err := tx.CreateBucket([]byte("theirs")); return err }); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(other, m.store()); err != nil {
		t.Fatal(err)
	}
	m.unusable("not a tokpit store")
	if err := os.Remove(m.store()); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(m.store(), 0o700); err != nil {
		t.Fatal(err)
	}
	m.run("sync").fails("is a directory")
	m.diagnosed("is a directory")
}

// TestStoreForOthersToRead is a failed check, with the command that mends it.
func TestStoreForOthersToRead(t *testing.T) {
	t.Parallel()
	m := filled(t)
	if err := os.Chmod(m.store(), 0o644); err != nil {
		t.Fatal(err)
	}
	m.run("doctor").want(1, "others on this machine may read it", "chmod 600")
}

// TestStoreIsPrivate: nobody else can read what was made.
func TestStoreIsPrivate(t *testing.T) {
	t.Parallel()
	m := filled(t)
	for path, want := range map[string]os.FileMode{m.store(): 0o600, filepath.Dir(m.store()): 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}
