package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	out := filepath.Join(t.TempDir(), "book.bin")
	if err := run("../table", out); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../book.bin")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Error("not what is embedded: run go generate ./pricing")
	}
}

// TestRunRefusesAnUnsoundTable leaves the old book in place.
func TestRunRefusesAnUnsoundTable(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../table")); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "book.bin")
	if err := os.WriteFile(out, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	groq := filepath.Join(dir, "prices", "groq.csv")
	text, err := os.ReadFile(groq)
	if err != nil {
		t.Fatal(err)
	}
	bad := strings.Replace(string(text), "2024-06-30", "2024-06-29", 1)
	if err := os.WriteFile(groq, []byte(bad), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(dir, out); err == nil || !strings.Contains(err.Error(), "groq/llama3-70b-8192") {
		t.Errorf("a gap: %v", err)
	}
	if err := run(filepath.Join(dir, "nowhere"), out); err == nil {
		t.Error("no table: compiled")
	}
	if got, _ := os.ReadFile(out); string(got) != "old" {
		t.Error("the old book was overwritten")
	}
}
