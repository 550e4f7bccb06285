//go:build unix

package cmd_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// parts are the files of a folder that exports have begun.
func parts(t testing.TB, dir string) (found []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".part") {
			found = append(found, e.Name())
		}
	}
	return found
}

// TestKilledExports kills exports at random moments: under the name of the file
// is what was there before, or all of the new file, and never a part of it.
func TestKilledExports(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.write(log1, many(20_000, "k"))
	m.run("sync").ok()
	args := []string{"export", "--records", "--force", "-o"}
	whole, out := m.path("whole.csv"), m.path("out.csv")
	begin := time.Now()
	m.run(append(args, whole)...).ok()
	takes := time.Since(begin)
	want, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	kills := 12
	if soak() {
		kills = 100
	}
	killed, old := 0, []byte("what was there before\n")
	for i := range kills {
		if i%2 == 0 {
			_ = os.Remove(out)
		} else if err := os.WriteFile(out, old, 0o644); err != nil {
			t.Fatal(err)
		}
		c := m.command(append(args, out)...)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.Int64N(int64(takes)*5/4 + 1)))
		_ = c.Process.Kill()
		if c.Wait() != nil {
			killed++
		}
		got, err := os.ReadFile(out)
		switch {
		case errors.Is(err, fs.ErrNotExist) && i%2 == 0:
		case err != nil:
			t.Fatal(err)
		case bytes.Equal(got, old) && i%2 == 1 || bytes.Equal(got, want):
		default:
			t.Fatalf("kill %d: %d bytes under the name, %d make the file", i, len(got), len(want))
		}
	}
	if t.Logf("%d of %d killed", killed, kills); killed < kills/4 {
		t.Errorf("only %d exports were killed in time", killed)
	}
}

// TestExportOnAFullDisk: an export that does not fit fails, says so, and leaves
// neither a file nor a part of one; what was there stays.
func TestExportOnAFullDisk(t *testing.T) {
	t.Parallel()
	disk := t.TempDir()
	if err := mountSmall(disk, "256k"); err != nil {
		t.Skipf("SKIPPED: no small disk can be mounted: %v", err)
	}
	t.Cleanup(func() { _ = unmount(disk) })
	m := newMachine(t)
	m.write(log1, many(5_000, "d"))
	m.run("sync").ok()
	out := filepath.Join(disk, "out.csv")
	for _, form := range []string{"csv", "json", "jsonl", "md"} {
		m.run("export", "--records", "--format", form, "-o", out).fails("no space left on device")
		if _, err := os.Lstat(out); err == nil {
			t.Fatalf("%s: a file that is not whole is there", form)
		}
		if found := parts(t, disk); found != nil {
			t.Fatalf("%s: left behind: %q", form, found)
		}
	}
	if err := os.WriteFile(out, []byte("mine\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	m.run("export", "--records", "--force", "-o", out).fails("no space left on device")
	if got, err := os.ReadFile(out); err != nil || string(got) != "mine\n" {
		t.Errorf("what was there is %q now, %v", got, err)
	}
	if err := remountSmall(disk, "64m"); err != nil {
		t.Fatal(err)
	}
	m.run("export", "--records", "--force", "-o", out).ok()
	manifestFits(t, out)
}

// manifestFits demands that a manifest describes the file beside it.
func manifestFits(t testing.TB, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	said, err := os.ReadFile(file + ".manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Bytes  int64
		SHA256 string
		File   string
	}
	if err := json.Unmarshal(said, &doc); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	if doc.Bytes != int64(len(text)) || doc.SHA256 != hex.EncodeToString(sum[:]) || doc.File != filepath.Base(file) {
		t.Errorf("the manifest says %+v of %d bytes", doc, len(text))
	}
}

// TestExportIntoAClosedPipe: whoever reads an export may stop at any time, and a
// full output is an error.
func TestExportIntoAClosedPipe(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.write(log1, many(3_000, "p"))
	m.run("sync").ok()
	for _, args := range [][]string{{"export", "--records", "-o", "-"}, {"export", "--by", "hour", "--format", "json", "-o", "-"}, {"export", "--format", "jsonl", "-o", "-"},
		{"export", "--by", "day", "--format", "md", "-o", "-"}, {"chargeback", "--by", "model", "--format", "csv"}, {"chargeback", "--since", "2026-01-01"}} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		c := m.command(args...)
		var stderr strings.Builder
		c.Stdout, c.Stderr = w, &stderr
		if err := c.Run(); err != nil || stderr.Len() > 0 {
			t.Errorf("%q: %v %s", args, err, &stderr)
		}
		w.Close()
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			continue // not on this system
		}
		c = m.command(args...)
		c.Stdout = full
		_ = c.Run()
		full.Close()
		if got := c.ProcessState.ExitCode(); got != 2 {
			t.Errorf("%q into a full output: status %d", args, got)
		}
	}
}
