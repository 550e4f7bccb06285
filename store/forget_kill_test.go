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

const forgetChild = "TOKPIT_TEST_FORGET"

// TestForgetChild is what [TestKilledForgetting] kills.
func TestForgetChild(t *testing.T) {
	path := os.Getenv(forgetChild)
	if path == "" {
		t.Skip("only for TestKilledForgetting")
	}
	s := store.New(path, store.Options{Edges: edges()})
	if _, _, err := s.Forget(context.Background(), usage.Local(), forgetting("user", "user-1001-9")); err != nil {
		t.Fatal(err)
	}
}

// TestKilledForgetting: whatever kills it, the next run ends right, with one
// entry on the list, one receipt in the trail, and nothing left in the file.
func TestKilledForgetting(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	all := people(9, 1500)
	dir := t.TempDir()
	full := filepath.Join(dir, "full.db")
	populated(t, full, all, func(*usage.Record) bool { return true })
	ref, err := read(populated(t, filepath.Join(dir, "without.db"), all, func(r *usage.Record) bool { return r.User != "user-1001-9" }))
	if err != nil {
		t.Fatal(err)
	}
	bytes, err := os.ReadFile(full)
	if err != nil {
		t.Fatal(err)
	}
	kills, begun := 12, 0
	switch {
	case soak():
		kills = 300
	case testing.Short():
		kills = 6
	}
	for i := range kills {
		path := filepath.Join(dir, "tokpit.db")
		if err := os.WriteFile(path, bytes, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(os.Args[0], "-test.run=^TestForgetChild$")
		cmd.Env = append(os.Environ(), forgetChild+"="+path)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(5+i*9%120)*time.Millisecond, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		timer.Stop()
		s := store.New(path, store.Options{Edges: edges()})
		list, err := s.Forgotten(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) > 0 { // it was decided: any next run completes it
			begun++
			if _, err := s.FinishForgetting(ctx); err != nil {
				t.Fatal(err)
			}
		} else if _, _, err := s.Forget(ctx, usage.Local(), forgetting("user", "user-1001-9")); err != nil {
			t.Fatal(err)
		}
		inOrder(t, s)
		absent(t, s, "user-1001-9")
		got, err := read(s)
		if err != nil || !reflect.DeepEqual(got.figures(), ref.figures()) {
			t.Fatalf("kill %d: %d records, want %d; %v", i, len(got.records), len(ref.records), err)
		}
		list, err = s.Forgotten(ctx)
		rows, err2 := s.Audit(ctx)
		if err != nil || err2 != nil || len(list) != 1 || len(rows) != 1 || rows[0].What != store.AuditForget {
			t.Fatalf("kill %d: %d entries, %d rows; %v %v", i, len(list), len(rows), err, err2)
		}
	}
	t.Logf("%d of %d had decided", begun, kills)
}

// TestInterruptedForgetting: a file that cannot be written anew is said to be,
// and the next call completes it.
func TestInterruptedForgetting(t *testing.T) {
	ctx := context.Background()
	s := populated(t, filepath.Join(t.TempDir(), "tokpit.db"), people(9, 300), func(*usage.Record) bool { return true })
	wall := filepath.Join(s.Path()+".new", "x")
	if err := os.MkdirAll(wall, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Forget(ctx, usage.Local(), forgetting("user", "user-1001-9")); err == nil {
		t.Fatal("no error")
	}
	inOrder(t, s)
	if err := os.RemoveAll(s.Path() + ".new"); err != nil {
		t.Fatal(err)
	}
	if r, err := s.FinishForgetting(ctx); err != nil || r == nil || r.SizeAfter == 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if r, err := s.FinishForgetting(ctx); err != nil || r != nil {
		t.Fatalf("once more: %+v, %v", r, err)
	}
	inOrder(t, s)
	absent(t, s, "user-1001-9")
}

// TestARedactedRowIsStillProof: the placeholders are all that may change in a
// row that was redacted.
func TestARedactedRowIsStillProof(t *testing.T) {
	ctx := context.Background()
	s := populated(t, filepath.Join(t.TempDir(), "tokpit.db"), people(9, 30), func(*usage.Record) bool { return true })
	for _, name := range []string{"a", "b"} {
		if _, err := s.SetDecision(ctx, usage.Local(), "limit", name, `{"user":"user-1001-9","amount":"`+name+`"}`); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.Forget(ctx, usage.Local(), forgetting("user", "user-1001-9")); err != nil {
		t.Fatal(err)
	}
	inOrder(t, s)
	if err := s.TamperRedacted(ctx, 1); err != nil {
		t.Fatal(err)
	}
	if check, err := s.VerifyAudit(ctx); err != nil || len(check.Problems) == 0 {
		t.Errorf("a redacted row was changed, and nobody noticed: %v", err)
	}
}
