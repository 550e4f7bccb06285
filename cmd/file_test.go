package cmd

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
)

// namesIn lists what is in a directory.
func namesIn(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

// A file appears whole or not at all, whatever its size.
func TestOutFile(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, fileBuffer - 1, fileBuffer, fileBuffer + 1, 3 * fileBuffer, 5*fileBuffer + 7} {
		dir := t.TempDir()
		path := filepath.Join(dir, "out.csv")
		want := bytes.Repeat([]byte("0123456789abcde\n"), size/16+1)[:size]
		f, err := createFile(path, false)
		if err != nil {
			t.Fatal(err)
		}
		for rest := want; len(rest) > 0; {
			n := min(len(rest), 70_001)
			if _, err := f.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if _, err := os.Stat(path); err == nil {
			t.Fatal("it is there before it is whole")
		}
		if err := f.commit(); err != nil {
			t.Fatal(err)
		}
		f.discard()
		sum := sha256.Sum256(want)
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) || f.digest() != hex.EncodeToString(sum[:]) || f.bytes != int64(size) {
			t.Errorf("%d bytes: %d came out, %v", size, len(got), err)
		}
		if files := namesIn(t, dir); len(files) != 1 {
			t.Errorf("left behind: %v", files)
		}
	}
}

// A file is not replaced unless that is asked for; a link keeps leading to it.
func TestOutFileReplaces(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, link := filepath.Join(dir, "out.csv"), filepath.Join(dir, "link.csv")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := createFile(path, false); err == nil || hintOf(err) == "" {
		t.Error("replaced without being asked:", err)
	}
	if _, err := createFile(dir, true); err == nil {
		t.Error("a directory was replaced")
	}
	if err := os.Symlink(path, link); err != nil {
		t.Skip("no links here:", err)
	}
	f, err := createFile(link, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("new")); err != nil {
		t.Fatal(err)
	}
	if err := f.commit(); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); string(got) != "new" {
		t.Errorf("behind the link: %q", got)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link is gone")
	}
	f, err = createFile(path, true)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.Write(make([]byte, 3*fileBuffer))
	f.discard()
	if got, _ := os.ReadFile(path); string(got) != "new" || len(namesIn(t, dir)) != 2 {
		t.Errorf("given up: %q, %v", got, namesIn(t, dir))
	}
}
