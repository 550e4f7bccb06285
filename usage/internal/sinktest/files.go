package sinktest

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tokpit/usage"
)

// Shared returns the directory of recorded logs that TOKPIT_SHARED names, and
// skips the test if it names none.
func Shared(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("TOKPIT_SHARED")
	if dir == "" {
		t.Skip("SKIPPED: set TOKPIT_SHARED to the directory that holds fixtures/GOLDEN.json to check recorded logs")
	}
	return filepath.Join(dir, "fixtures")
}

// Golden reads what GOLDEN.json says under a key.
func Golden(t testing.TB, key string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(Shared(t), "GOLDEN.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	if all[key] == nil {
		t.Fatalf("GOLDEN.json does not say %q", key)
	}
	if err := json.Unmarshal(all[key], into); err != nil {
		t.Fatal(err)
	}
}

// Write makes a file and the directories that it is in.
func Write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Append adds to a file, and lets the change be seen even where the clock of
// the file system is coarse.
func Append(t testing.TB, path, content string) {
	t.Helper()
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if _, err := f.WriteString(content); err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(time.Duration(len(old)+len(content)) * time.Second)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

// Copy copies a file, or a directory with all that is in it.
func Copy(t testing.TB, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rest, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		Write(t, filepath.Join(to, rest), string(data))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Settled pulls again, and fails the test unless that reads nothing and says
// nothing.
func (s *Sink) Settled(t testing.TB, src usage.Source) {
	t.Helper()
	batches := s.Batches
	if r := s.Pull(t, src); r.Read != 0 || r.BytesRead != 0 || s.Batches != batches {
		t.Errorf("%s has something new when nothing is: %+v, %d batches", src.Name(), r, s.Batches-batches)
	}
}

// Sound pulls twice, from nothing, and fails the test if what is counted is
// not believable or the second time adds or changes anything.
func Sound(t testing.TB, src usage.Source) {
	t.Helper()
	var s Sink
	s.Pull(t, src)
	for id, r := range s.Records {
		switch {
		case r.Check() != nil || r.IsZero() && len(r.Quantities) == 0 && r.Currency == "":
			t.Errorf("%q: %+v", id, r)
		case r.Start.Year() < 2020 || r.Source != src.Name() || r.Basis != usage.Logged:
			t.Errorf("%q: %+v", id, r)
		case r.Context != usage.Absent && r.Context != r.TotalInput(), r.Reasoning > r.Output:
			t.Errorf("%q: %+v", id, r)
		}
	}
	before := len(s.Records)
	sum := s.Total()
	s.Cursors = usage.Cursors{}
	s.Pull(t, src)
	if again := s.Total(); len(s.Records) != before || again.Tokens != sum.Tokens || again.Requests != sum.Requests {
		t.Errorf("reading twice: %d records %+v, after %d %+v", len(s.Records), again, before, sum)
	}
}

// Read returns what is in a file.
func Read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
