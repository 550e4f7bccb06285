//go:build unix

package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tokpit/store"
	"tokpit/usage"
)

const (
	writers      = 3
	sharedRounds = 20
)

// sharedBatch is what writer w commits in round k: records of its own, and
// copies of records that all writers have, of which it knows another version.
func sharedBatch(w, k int) usage.Batch {
	var b usage.Batch
	base := time.Date(2026, 11, 1, 23, 50, 0, 0, time.UTC)
	add := func(id string, at time.Time, output int64) {
		r := usage.Record{ID: id, Start: at, Requests: 1, Tokens: usage.Tokens{Input: 100, Output: output}}
		r.Dims = usage.Dims{Source: "claude-code", Model: "m", Session: fmt.Sprintf("s%d", (w+k)%4), Basis: usage.Logged}
		r.Context = r.TotalInput()
		b.Records = append(b.Records, r)
	}
	for i := range 30 {
		add(fmt.Sprintf("own-%d-%d-%d", w, k, i), base.Add(time.Duration(k*100+i)*time.Second), 1)
		add(fmt.Sprintf("all-%d", k*10+i), base.Add(time.Duration(k*90+i*7+w)*time.Second), int64(w*10+i))
	}
	b.Cursors = usage.Cursors{fmt.Sprint("writer", w): fmt.Appendf(nil, "%d", k)}
	return b
}

func share(s *store.Store, w int) error {
	for k := range sharedRounds {
		if _, err := s.Commit(context.Background(), "claude-code", sharedBatch(w, k)); err != nil {
			return err
		}
		time.Sleep(time.Duration(w+1) * time.Millisecond) // let readers in between
	}
	return nil
}

// TestShared lets processes and goroutines commit to one store while others
// read it. Nothing may be lost or doubled, and every reading must be of one
// state: whatever has the same revision has the same total.
func TestShared(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "tokpit.db")
	opt := store.Options{Edges: edges(), Timeout: time.Minute}
	var writing, reading sync.WaitGroup
	done := make(chan struct{})
	var mu sync.Mutex
	totals := make(map[uint64]usage.Measures)
	readings := 0
	for i := range 2 {
		reading.Go(func() {
			s, last := store.New(path, opt), uint64(0)
			for {
				select {
				case <-done:
					return
				case <-time.After(3 * time.Millisecond):
				}
				c, err := s.Cube(context.Background(), usage.Span{}, i == 0)
				if err != nil {
					t.Error(err)
					return
				}
				sum := totalOf(c)
				mu.Lock()
				if known, ok := totals[c.Revision]; ok && (known.Tokens != sum.Tokens || known.Records != sum.Records) || c.Revision < last {
					t.Errorf("revision %d after %d: %+v, elsewhere %+v", c.Revision, last, sum, known)
				}
				totals[c.Revision], last = sum, c.Revision
				readings++
				mu.Unlock()
			}
		})
	}
	for w := range writers {
		writing.Go(func() {
			if w == 0 {
				if err := share(store.New(path, opt), w); err != nil {
					t.Error(err)
				}
				return
			}
			if out, err := child(t, "share", path, fmt.Sprint(w)).Output(); err != nil {
				t.Errorf("writer %d: %v %s", w, err, out)
			}
		})
	}
	writing.Go(func() { // and one that says what the first says
		if err := share(store.New(path, opt), 0); err != nil {
			t.Error(err)
		}
	})
	writing.Wait()
	close(done)
	reading.Wait()

	reference := store.New(filepath.Join(dir, "reference.db"), opt)
	for w := range writers {
		if err := share(reference, w); err != nil {
			t.Fatal(err)
		}
	}
	got, err := read(store.New(path, opt))
	if err != nil {
		t.Fatal(err)
	}
	want, err := read(reference)
	if err != nil {
		t.Fatal(err)
	}
	got.coarse.Revision, got.fine.Revision = want.coarse.Revision, want.fine.Revision
	if g, w := totalOf(got.coarse), totalOf(want.coarse); g.Tokens != w.Tokens || g.Records != w.Records || len(got.records) != len(want.records) {
		t.Errorf("%d records, %+v; want %d, %+v", len(got.records), g, len(want.records), w)
	}
	for i := range got.records {
		if got.records[i].ID != want.records[i].ID || got.records[i].Tokens != want.records[i].Tokens {
			t.Fatalf("record %d is %+v, want %+v", i, got.records[i], want.records[i])
		}
	}
	if check, err := store.New(path, opt).Verify(context.Background()); err != nil || len(check.Problems) > 0 {
		t.Errorf("%v, %q", err, check.Problems)
	}
	t.Logf("%d readings of %d revisions", readings, len(totals))
}

// TestReadersQueueBehindWriter: while a writer waits for a reader to leave, no
// other reader gets in before it.
func TestReadersQueueBehindWriter(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "tokpit.db")
	small(t, path)
	brief := store.New(path, store.Options{Edges: edges(), Timeout: 20 * time.Millisecond})
	wrote := make(chan error, 1)
	holding(t, path, false, func() {
		go func() { wrote <- write(store.New(path, store.Options{Edges: edges()})) }()
		deadline := time.Now().Add(10 * time.Second)
		for {
			_, err := brief.Cursors(ctx, "claude-code")
			if errors.Is(err, store.ErrBusy) {
				break // the writer has the turn
			}
			if err != nil || time.Now().After(deadline) {
				t.Fatalf("readers still get in: %v", err)
			}
		}
		for range 10 {
			if _, err := brief.Cursors(ctx, "claude-code"); !errors.Is(err, store.ErrBusy) {
				t.Errorf("a reader got in before the writer: %v", err)
			}
		}
	})
	if err := <-wrote; err != nil {
		t.Error(err)
	}
	if _, err := brief.Cursors(ctx, "claude-code"); err != nil {
		t.Error(err)
	}
}

// TestWriterAmongReaders: readers that never rest must not keep a writer out.
func TestWriterAmongReaders(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokpit.db")
	small(t, path)
	ctx, cancel := context.WithCancel(context.Background())
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			s := store.New(path, store.Options{Edges: edges(), Timeout: time.Minute})
			for ctx.Err() == nil {
				if _, err := s.Cube(ctx, usage.Span{}, true); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			}
		})
	}
	s := store.New(path, store.Options{Edges: edges()})
	var worst time.Duration
	for k := range 20 {
		begin := time.Now()
		if _, err := s.Commit(ctx, "claude-code", sharedBatch(1, k)); err != nil {
			t.Error(err)
			break
		}
		worst = max(worst, time.Since(begin))
	}
	cancel()
	readers.Wait()
	t.Logf("the longest commit took %v", worst)
}

func totalOf(c *usage.Cube) (m usage.Measures) {
	for i := range c.Len() {
		m = m.Add(c.MeasuresAt(i))
	}
	return m
}

// holding runs f while another goroutine holds the store, to write or to read.
func holding(t *testing.T, path string, write bool, f func()) {
	t.Helper()
	s := store.New(path, store.Options{Edges: edges(), Holder: "tokpit sync"})
	held, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		if write {
			_ = s.HoldForWriting(context.Background(), func() { close(held); <-release })
			return
		}
		first := true
		_ = s.Records(context.Background(), usage.Span{}, func(string, *usage.Record) bool {
			if first {
				close(held)
				<-release
			}
			first = false
			return true
		})
	})
	<-held
	f()
	close(release)
	wg.Wait()
}

func TestBusy(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "tokpit.db")
	small(t, path)
	const timeout = 60 * time.Millisecond
	s := store.New(path, store.Options{Edges: edges(), Timeout: timeout})
	busy := func(err error, holder string) {
		t.Helper()
		var b *store.BusyError
		if !errors.Is(err, store.ErrBusy) || !errors.As(err, &b) || b.Path != path {
			t.Fatalf("gives %v", err)
		}
		if holder == "" && b.Holder != "" || !strings.Contains(b.Holder, holder) || !strings.Contains(err.Error(), b.Holder) {
			t.Errorf("names %q as holder, not %q", b.Holder, holder)
		}
	}
	holding(t, path, true, func() {
		begin := time.Now()
		_, err := s.Cube(ctx, usage.Span{}, false)
		busy(err, fmt.Sprintf("pid %d (tokpit sync)", os.Getpid()))
		if waited := time.Since(begin); waited < timeout || waited > timeout+time.Minute {
			t.Errorf("waited %v", waited)
		}
		busy(write(s), "tokpit sync")
	})
	holding(t, path, false, func() {
		if _, err := s.Cube(ctx, usage.Span{}, false); err != nil {
			t.Errorf("a reader beside a reader: %v", err)
		}
		busy(write(s), "") // the last writer has long gone
	})
	if err := write(s); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestCancelEndsWaiting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokpit.db")
	small(t, path)
	s := store.New(path, store.Options{Edges: edges(), Timeout: time.Hour})
	holding(t, path, true, func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
		defer cancel()
		begin := time.Now()
		if _, err := s.Cursors(ctx, "claude-code"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a read gives %v", err)
		}
		if _, err := s.Commit(ctx, "claude-code", usage.Batch{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a commit gives %v", err)
		}
		if waited := time.Since(begin); waited > time.Minute {
			t.Errorf("waited %v", waited)
		}
	})
}

// TestReadOnly reads a store in a folder where nothing can be made, as somebody
// who may not write.
func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "tokpit.db")
	truth, err := read(small(t, path))
	if err != nil {
		t.Fatal(err)
	}
	for name, prepare := range map[string]func() error{
		"no lock file":       func() error { return os.Remove(path + ".lock") },
		"readable lock file": func() error { return os.WriteFile(path+".lock", nil, 0o444) },
		"secret lock file":   func() error { return os.Chmod(path+".lock", 0) },
	} {
		t.Run(name, func(t *testing.T) {
			if err := prepare(); err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
			restore(t, dir, 0o555)
			restore(t, filepath.Dir(dir), 0o755)
			restore(t, path, 0o444)
			asNobody(t, func() {
				s := store.New(path, store.Options{Edges: edges(), Timeout: time.Second})
				if got, err := read(s); err != nil || !got.equal(truth) {
					t.Errorf("read: %v", err)
				}
				if err := write(s); !errors.Is(err, os.ErrPermission) {
					t.Errorf("write gives %v", err)
				}
			})
		})
	}
}

// restore changes a mode until the end of the test.
func restore(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err == nil {
		err = os.Chmod(path, mode)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(path, info.Mode()) })
}
