package store_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"tokpit/store"
	"tokpit/usage"
)

const renameChild = "TOKPIT_TEST_RENAME"

func killedRenaming() store.Renaming { return renaming(usage.ByUser, usage.BySession) }

// TestRenameChild is what [TestKilledRenaming] kills.
func TestRenameChild(t *testing.T) {
	path := os.Getenv(renameChild)
	if path == "" {
		t.Skip("only for TestKilledRenaming")
	}
	s := store.New(path, store.Options{Edges: edges()})
	if _, _, err := s.Rename(context.Background(), usage.Local(), killedRenaming()); err != nil {
		t.Fatal(err)
	}
}

// TestKilledRenaming: whatever kills it, either nothing has happened, or the next
// run completes it; then there is one row in the trail, and no name in the file.
func TestKilledRenaming(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	all, dir := people(9, 1500), t.TempDir()
	full := filepath.Join(dir, "full.db")
	was, err := read(stocked(t, full, all))
	if err != nil {
		t.Fatal(err)
	}
	ref, err := read(stocked(t, filepath.Join(dir, "ref.db"), renamed(all, killedRenaming())))
	if err != nil {
		t.Fatal(err)
	}
	bytes, err := os.ReadFile(full)
	if err != nil {
		t.Fatal(err)
	}
	kills, begun := 10, 0
	if soak() {
		kills = 300
	}
	for i := range kills {
		path := filepath.Join(dir, "tokpit.db")
		if err := os.WriteFile(path, bytes, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(os.Args[0], "-test.run=^TestRenameChild$")
		cmd.Env = append(os.Environ(), renameChild+"="+path)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(10+i*37%200)*time.Millisecond, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		timer.Stop()
		s := store.New(path, store.Options{Edges: edges()})
		now, err := read(s)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case reflect.DeepEqual(now.figures(), was.figures()):
			if _, _, err := s.Rename(ctx, usage.Local(), killedRenaming()); err != nil {
				t.Fatal(err)
			}
		case reflect.DeepEqual(now.figures(), ref.figures()):
			begun++
			if _, err := s.FinishForgetting(ctx); err != nil {
				t.Fatal(err)
			}
		default:
			t.Fatalf("kill %d: half of it is there", i)
		}
		inOrder(t, s)
		absent(t, s, "user-1001-9", "session-1003-9")
		if now, err = read(s); err != nil || !reflect.DeepEqual(now.figures(), ref.figures()) {
			t.Fatalf("kill %d: %d records, want %d; %v", i, len(now.records), len(ref.records), err)
		}
		if rows, err := s.Audit(ctx); err != nil || len(rows) != 1 || rows[0].What != store.AuditRename {
			t.Fatalf("kill %d: %d rows; %v", i, len(rows), err)
		}
	}
	t.Logf("%d of %d had decided", begun, kills)
}

// TestInterruptedRenaming: a file that cannot be written anew is said to be, and
// the next call completes it.
func TestInterruptedRenaming(t *testing.T) {
	ctx := context.Background()
	s := stocked(t, filepath.Join(t.TempDir(), "tokpit.db"), people(9, 300))
	if err := os.MkdirAll(filepath.Join(s.Path()+".new", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Rename(ctx, usage.Local(), killedRenaming()); err == nil {
		t.Fatal("no error")
	}
	inOrder(t, s)
	if err := os.RemoveAll(s.Path() + ".new"); err != nil {
		t.Fatal(err)
	}
	if _, did, err := s.Rename(ctx, usage.Local(), killedRenaming()); err != nil || did.Any() {
		t.Fatalf("%+v, %v", did, err)
	}
	inOrder(t, s)
	absent(t, s, "user-1001-9")
	if rows, err := s.Audit(ctx); err != nil || len(rows) != 1 || rows[0].What != store.AuditRename {
		t.Fatalf("%d rows; %v", len(rows), err)
	}
}
