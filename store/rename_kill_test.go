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

// TestRenameChild is what [TestKilledRenaming] kills.
func TestRenameChild(t *testing.T) {
	path := os.Getenv(renameChild)
	if path == "" {
		t.Skip("only for TestKilledRenaming")
	}
	s := store.New(path, store.Options{Edges: edges()})
	if _, _, err := s.Rename(context.Background(), usage.Local(), renaming()); err != nil {
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
	ref, err := read(stocked(t, filepath.Join(dir, "ref.db"), renamed(all)))
	if err != nil {
		t.Fatal(err)
	}
	bytes, err := os.ReadFile(full)
	if err != nil {
		t.Fatal(err)
	}
	kills, begun, done := 10, 0, 0
	if soak() {
		kills = 300
	}
	// The kill falls ever closer to the decision: later if there was none, earlier
	// if there was.
	wait, step := 60*time.Millisecond, 32*time.Millisecond
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
		timer := time.AfterFunc(wait, func() { _ = cmd.Process.Kill() })
		if cmd.Wait() == nil {
			done++
		}
		timer.Stop()
		s := store.New(path, store.Options{Edges: edges()})
		now, err := read(s)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case reflect.DeepEqual(now.figures(), was.figures()):
			wait += step
			if _, _, err := s.Rename(ctx, usage.Local(), renaming()); err != nil {
				t.Fatal(err)
			}
		case reflect.DeepEqual(now.figures(), ref.figures()):
			begun++
			wait = max(0, wait-step)
			if _, err := s.FinishForgetting(ctx); err != nil {
				t.Fatal(err)
			}
		default:
			t.Fatalf("kill %d: half of it is there", i)
		}
		step = max(step*3/4, time.Millisecond)
		inOrder(t, s)
		absent(t, s, "user-1001-9")
		if now, err = read(s); err != nil || !reflect.DeepEqual(now.figures(), ref.figures()) {
			t.Fatalf("kill %d: %d records, want %d; %v", i, len(now.records), len(ref.records), err)
		}
		if rows, err := s.Audit(ctx); err != nil || len(rows) != 1 || rows[0].What != store.AuditRename {
			t.Fatalf("kill %d: %d rows; %v", i, len(rows), err)
		}
	}
	t.Logf("%d of %d had decided, %d of them were done", begun, kills, done)
	if soak() && (begun == 0 || begun == kills || begun == done) {
		t.Error("not all moments were met")
	}
}

// failing is a context that ends when it has been asked a number of times.
type failing struct {
	context.Context
	left int
}

func (c *failing) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestRenamingFails: wherever it ends before the decision, nothing has happened;
// the first run that is let through to there does all of it.
func TestRenamingFails(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	all, dir := people(9, 600), t.TempDir()
	s := stocked(t, filepath.Join(dir, "tokpit.db"), all)
	was, err := read(s)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := read(stocked(t, filepath.Join(dir, "ref.db"), renamed(all)))
	if err != nil {
		t.Fatal(err)
	}
	failures := 0
	for ; ; failures++ {
		_, _, err := s.Rename(&failing{ctx, failures}, usage.Local(), renaming())
		now, readErr := read(s)
		if readErr != nil {
			t.Fatal(readErr)
		}
		if reflect.DeepEqual(now.figures(), ref.figures()) {
			break
		}
		if err == nil || !reflect.DeepEqual(now.figures(), was.figures()) || failures > 1000 {
			t.Fatalf("failure %d: half of it is there; %v", failures, err)
		}
	}
	if failures < 9 {
		t.Errorf("only %d failures before the decision", failures)
	}
	if _, err := s.FinishForgetting(ctx); err != nil {
		t.Fatal(err)
	}
	inOrder(t, s)
	absent(t, s, "user-1001-9")
	if rows, err := s.Audit(ctx); err != nil || len(rows) != 1 || rows[0].What != store.AuditRename {
		t.Fatalf("%d rows; %v", len(rows), err)
	}
}

// TestInterruptedRenaming: a file that cannot be written anew is said to be, and
// the next call completes it.
func TestInterruptedRenaming(t *testing.T) {
	ctx := context.Background()
	s := stocked(t, filepath.Join(t.TempDir(), "tokpit.db"), people(9, 300))
	if err := os.MkdirAll(filepath.Join(s.Path()+".new", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Rename(ctx, usage.Local(), renaming()); err == nil {
		t.Fatal("no error")
	}
	inOrder(t, s)
	if err := os.RemoveAll(s.Path() + ".new"); err != nil {
		t.Fatal(err)
	}
	if _, did, err := s.Rename(ctx, usage.Local(), renaming()); err != nil || did.Any() {
		t.Fatalf("%+v, %v", did, err)
	}
	inOrder(t, s)
	absent(t, s, "user-1001-9")
	if rows, err := s.Audit(ctx); err != nil || len(rows) != 1 || rows[0].What != store.AuditRename {
		t.Fatalf("%d rows; %v", len(rows), err)
	}
}
