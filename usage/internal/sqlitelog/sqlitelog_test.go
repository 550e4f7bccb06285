package sqlitelog_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/sinktest"
	"tokpit/usage/internal/sqlitelog"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// source reads a table of numbers.
func source(path string) *sqlitelog.Databases {
	return &sqlitelog.Databases{Source: "test", Places: []sqlitelog.Place{{Path: path, Why: "test"}}, Now: func() time.Time { return noon },
		Read: func(s *sqlitelog.Session) error {
			ok, err := s.Has("t", "n")
			if err != nil || !ok {
				return err
			}
			return s.Each("SELECT rowid, n FROM t", func(rows *sql.Rows) error {
				var row, n int64
				if err := rows.Scan(&row, &n); err != nil {
					return err
				}
				if n < 0 {
					s.Refuse(row, "negative")
					return nil
				}
				r := usage.Record{ID: fmt.Sprint(row), Start: noon, Requests: 1, Tokens: usage.Tokens{Input: n}, Context: n}
				r.Source, r.Basis = "test", usage.Logged
				s.Add(&r)
				return nil
			})
		}}
}

// owner opens a database to write.
func owner(t *testing.T, path, pragma string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma="+pragma)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func do(t *testing.T, db interface {
	Exec(string, ...any) (sql.Result, error)
}, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// TestWriterWithLog reads a database whose owner holds a write-ahead log, and
// is in the middle of a transaction: all that was committed counts, although
// none of it is in the database's own file, and the owner goes on writing
// without waiting.
func TestWriterWithLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "own er?.db")
	path = strings.ReplaceAll(path, "?", "")
	db := owner(t, path, "busy_timeout(0)")
	do(t, db, "PRAGMA journal_mode = WAL", "PRAGMA wal_autocheckpoint = 0", "CREATE TABLE t (n INTEGER)", "INSERT INTO t VALUES (1), (2)")
	src := source(path)
	var s sinktest.Sink
	s.Pull(t, src)
	if s.Total().Input != 3 {
		t.Fatalf("%d tokens, want 3", s.Total().Input)
	}
	s.Settled(t, src)
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	do(t, tx, "INSERT INTO t VALUES (10)")
	inside := source(path)
	read := inside.Read
	wrote := false
	inside.Read = func(s *sqlitelog.Session) error {
		if err := read(s); err != nil || wrote {
			return err
		}
		wrote = true
		do(t, tx, "INSERT INTO t VALUES (20)")
		return tx.Commit() // while the reader's transaction is open
	}
	sinkOf := &sinktest.Sink{}
	sinkOf.Pull(t, inside)
	if n := sinkOf.Total().Input; !wrote || n != 3 {
		t.Errorf("%d tokens, want the 3 of the moment that was read", n)
	}
	sinkOf.Pull(t, src)
	if n := sinkOf.Total().Input; n != 33 {
		t.Errorf("%d tokens after the commit, want 33", n)
	}
	do(t, db, "PRAGMA wal_checkpoint(TRUNCATE)", "INSERT INTO t VALUES (40)")
	sinkOf.Pull(t, src)
	if n := sinkOf.Total().Input; n != 73 {
		t.Errorf("%d tokens, want 73", n)
	}
}

// TestRollbackJournal reads a database of the older kind: no lock is taken that
// its owner would wait for, no file is made, and one in the middle of a
// transaction is left for the next time.
func TestRollbackJournal(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.db")
	db := owner(t, path, "busy_timeout(0)")
	do(t, db, "PRAGMA journal_mode = DELETE", "CREATE TABLE t (n INTEGER)", "INSERT INTO t VALUES (1)")
	src := source(path)
	read := src.Read
	wrote := false
	src.Read = func(s *sqlitelog.Session) error {
		if err := read(s); err != nil || wrote {
			return err
		}
		wrote = true
		do(t, db, "INSERT INTO t VALUES (2)") // what was read is no longer all
		return os.Chtimes(path, noon, noon)
	}
	var s sinktest.Sink
	s.Pull(t, src)
	if n := s.Total().Input; n != 3 {
		t.Errorf("%d tokens, want 3", n)
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("there are %v", files)
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	do(t, tx, "INSERT INTO t VALUES (4)")
	if r := s.Pull(t, src); r.Pending != 1 || s.Total().Input != 3 {
		t.Errorf("%+v, %d tokens", r, s.Total().Input)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	s.Pull(t, src)
	if n := s.Total().Input; n != 7 {
		t.Errorf("%d tokens, want 7", n)
	}
}

// TestOddFiles reads what is no database, or a damaged one, or one that would
// have the reader compute for ever.
func TestOddFiles(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good.db")
	db := owner(t, good, "busy_timeout(0)")
	do(t, db, "CREATE TABLE t (n INTEGER)", "INSERT INTO t WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c WHERE n < 5000) SELECT n FROM c")
	_ = db.Close()
	data := sinktest.Read(t, good)
	damaged := strings.Repeat("\xfe", 3000)
	for name, content := range map[string]string{
		"empty": "", "text": strings.Repeat("not a database\n", 100), "head": string(data[:100]), "half": string(data[:len(data)/2]),
		"hole": string(data[:4096]) + damaged + string(data[4096+len(damaged):]), "schema": string(data[:100]) + damaged + string(data[100+len(damaged):]),
	} {
		path := filepath.Join(dir, name+".db")
		sinktest.Write(t, path, content)
		var s sinktest.Sink
		s.Pull(t, source(path))
		if name != "empty" && len(s.Quarantined) != 1 {
			t.Errorf("%s: quarantined %v", name, s.Quarantined)
		}
		s.Settled(t, source(path))
	}
	view := filepath.Join(dir, "view.db")
	db = owner(t, view, "busy_timeout(0)")
	do(t, db, "CREATE VIEW t AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c) SELECT n FROM c")
	_ = db.Close()
	var s sinktest.Sink
	s.Pull(t, source(view))
	if len(s.Records) != 0 {
		t.Errorf("%d records of a view", len(s.Records))
	}
	if r, err := source(dir).Pull(context.Background(), nil, s.Apply); err != nil || r.Places[0].Err == nil {
		t.Errorf("a directory: %+v, %v", r, err)
	}
	if r, err := source(filepath.Join(dir, "none.db")).Pull(context.Background(), nil, s.Apply); err != nil || r.Places[0].Found {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestBadRows: rows that cannot be counted are named, all of them each time.
func TestBadRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db := owner(t, path, "busy_timeout(0)")
	do(t, db, "CREATE TABLE t (n INTEGER)", "INSERT INTO t VALUES (1), (-1), (-2)")
	var s sinktest.Sink
	s.Pull(t, source(path))
	if len(s.Quarantined) != 2 || s.Quarantined[0].Line != 2 || s.Quarantined[1].Line != 3 {
		t.Errorf("%+v", s.Quarantined)
	}
	do(t, db, "UPDATE t SET n = 5 WHERE n = -1")
	s.Pull(t, source(path))
	if len(s.Quarantined) != 1 || s.Total().Input != 6 {
		t.Errorf("%+v, %d tokens", s.Quarantined, s.Total().Input)
	}
}
