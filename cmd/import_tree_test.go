package cmd

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestImportPaths(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	hour := filepath.Join("AWSLogs", "1", "BedrockModelInvocationLogs", "us-east-1", "2026", "10")
	for _, name := range []string{"b.csv", ".hidden.csv", filepath.Join(".git", "x.json"), "picture.png", filepath.Join("data", "mine.jsonl"),
		filepath.Join(hour, "z.json.gz"), filepath.Join(hour, "a.json.gz"), filepath.Join(hour, "data", "prompt_input.json.gz")} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := importPaths([]string{"-", "none.csv", dir})
	want := []string{"-", "none.csv"}
	for _, name := range []string{filepath.Join(hour, "a.json.gz"), filepath.Join(hour, "z.json.gz"), "b.csv", filepath.Join("data", "mine.jsonl")} {
		want = append(want, filepath.Join(dir, name))
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
}
