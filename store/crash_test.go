//go:build unix

package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"tokpit/money"
	"tokpit/store"
	"tokpit/usage"
)

// The tests below run this test binary again as another process, which does one
// of these things to the store at TOKPIT_CHILD_STORE.
func TestMain(m *testing.M) {
	path := os.Getenv("TOKPIT_CHILD_STORE")
	switch os.Getenv("TOKPIT_CHILD") {
	case "":
		os.Exit(m.Run())
	case "commit": // for ever
		fmt.Println("ready")
		commitFrom(store.New(path, crashOptions()), 1<<30)
	case "purge": // and commit again, for ever
		fmt.Println("ready")
		s := store.New(path, crashOptions())
		for err := error(nil); err == nil; err = s.RemoveConnection(context.Background(), crashConnection, true) {
			if err = commitFrom(s, 3); err != nil {
				break
			}
		}
		os.Exit(1)
	case "share": // every batch of one writer, beside others
		writer, _ := strconv.Atoi(os.Getenv("TOKPIT_CHILD_ARG"))
		if err := share(store.New(path, store.Options{Edges: edges(), Timeout: time.Minute}), writer); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	case "care:prune", "care:compact", "care:restore":
		careMain(path)
	case "watch": // tell what is to be told
		fmt.Println("ready")
		if err := watchAsChild(path, os.Getenv("TOKPIT_CHILD_ARG")); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	case "limit": // as far as the file may grow
		signal.Ignore(syscall.SIGXFSZ)
		max, _ := strconv.ParseUint(os.Getenv("TOKPIT_CHILD_ARG"), 10, 64)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: max, Max: max}); err != nil {
			fmt.Println("limit:", err)
			os.Exit(1)
		}
		if err := commitFrom(store.New(path, crashOptions()), 1<<30); err != nil {
			fmt.Println(err)
		}
	}
	os.Exit(0)
}

func child(t testing.TB, what, path, arg string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "TOKPIT_CHILD="+what, "TOKPIT_CHILD_STORE="+path, "TOKPIT_CHILD_ARG="+arg)
	cmd.Stderr = os.Stderr
	return cmd
}

func crashOptions() store.Options { return store.Options{Edges: edges(), Timeout: 20 * time.Second} }

const crashConnection = "claude-code"

// crashBatch is the k-th batch, always the same: new records, better copies of
// old ones, some taken back, a provider's hours replaced, amounts, names and
// coverage, cursors. Its cursor says that batches up to k are in.
func crashBatch(k int) usage.Batch {
	rng := rand.New(rand.NewPCG(uint64(k), 77))
	day := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	record := func(n int, output int64) usage.Record {
		r := usage.Record{ID: fmt.Sprintf("msg_%05d", n), Start: day.Add(time.Duration(n*7919%(60*86400)) * time.Second), Requests: 1}
		r.Dims = usage.Dims{Source: crashConnection, Provider: "anthropic", Model: fmt.Sprint("model-", n%3), Session: fmt.Sprint("s", n/50), Basis: usage.Logged}
		r.Tokens = usage.Tokens{Input: int64(n), CacheRead: 1000, Output: output}
		r.Context = r.TotalInput()
		return r
	}
	b := usage.Batch{Cursors: usage.Cursors{"batch": []byte(strconv.Itoa(k)), fmt.Sprint("file", k%9): []byte(strconv.Itoa(k))}}
	for i := range 120 {
		b.Records = append(b.Records, record(k*100+i-40, int64(k)))
	}
	for range 5 {
		b.Removed = append(b.Removed, usage.Removed{ID: fmt.Sprintf("msg_%05d", rng.IntN(k*100+1))})
	}
	hour := day.Add(time.Duration(rng.IntN(40)) * time.Hour)
	s := usage.Slice{Kind: "completions/1h", Start: hour}
	for i := range rng.IntN(12) {
		r := record(i, int64(k))
		r.Context, r.Currency, r.Reported = usage.Absent, "USD", money.FromAtto(int64(k)*1e15)
		s.Records = append(s.Records, r)
	}
	b.Slices = []usage.Slice{s}
	if k%10 == 0 {
		b.Reread = []string{"x.jsonl"}
	}
	b.Quarantined = []usage.Quarantined{{File: "x.jsonl", Line: int64(k), Reason: "not JSON"}}
	told(&b, k)
	return b
}

// committed returns how many batches the store's cursor says are in.
func committed(s *store.Store) (int, error) {
	cursors, err := s.Cursors(context.Background(), crashConnection)
	if err != nil || cursors["batch"] == nil {
		return 0, err
	}
	return strconv.Atoi(string(cursors["batch"]))
}

// commitFrom goes on where the cursor says, up to batch last.
func commitFrom(s *store.Store, last int) error {
	k, err := committed(s)
	for k++; err == nil && k <= last; k++ {
		_, err = s.Commit(context.Background(), crashConnection, crashBatch(k))
	}
	return err
}

// consistent demands that the store holds exactly what its cursor says. The
// reference has never been interrupted.
func consistent(t *testing.T, s, reference *store.Store) int {
	t.Helper()
	check, err := s.Verify(context.Background())
	if err != nil || len(check.Problems) > 0 {
		t.Fatalf("verify: %v, %.5q", err, check.Problems)
	}
	k, err := committed(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := commitFrom(reference, k); err != nil {
		t.Fatal(err)
	}
	got, err := read(s)
	if err != nil {
		t.Fatal(err)
	}
	want, err := read(reference)
	if err != nil {
		t.Fatal(err)
	}
	if !got.equal(want) && (k > 0 || len(got.records) > 0 || got.coarse.Len() > 0) {
		t.Fatalf("after %d batches: %d records, want %d (or the same number with other figures)", k, len(got.records), len(want.records))
	}
	return k
}

// TestKilled kills a process that commits, at random moments, again and again.
func TestKilled(t *testing.T) {
	kills, perStore := 5, 3
	if soak() {
		kills, perStore = 300, 12
	}
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	var s, reference *store.Store
	batches := 0
	for kill := range kills {
		if kill%perStore == 0 { // a first commit makes the file: that must be killed too
			dir := t.TempDir()
			s, reference = store.New(filepath.Join(dir, "tokpit.db"), crashOptions()), store.New(filepath.Join(dir, "reference.db"), crashOptions())
		}
		wait := time.Duration(rng.Int64N(int64(80 * time.Millisecond)))
		if kill%perStore == 0 {
			wait = time.Duration(rng.Int64N(int64(12 * time.Millisecond)))
		}
		killAfter(t, child(t, "commit", s.Path(), ""), wait)
		batches = consistent(t, s, reference)
	}
	if err := commitFrom(s, batches+3); err != nil {
		t.Fatal(err)
	}
	consistent(t, s, reference)
	t.Logf("%d kills; the last store holds %d batches", kills, batches+3)
}

// killAfter starts a child and kills it some time after it is ready.
func killAfter(t *testing.T, cmd *exec.Cmd, wait time.Duration) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("child said %q, %v", line, err)
	}
	time.Sleep(wait)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
}

// TestKilledPurge kills a process that removes a connection and reads it again,
// beside another one that must not be touched.
func TestKilledPurge(t *testing.T) {
	kills := 4
	if soak() {
		kills = 150
	}
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 2))
	dir := t.TempDir()
	beside := usage.Batch{Records: history(300)}
	told(&beside, 4)
	open := func(name string) *store.Store {
		s := store.New(filepath.Join(dir, name), crashOptions())
		if _, err := s.Commit(context.Background(), "codex", beside); err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open("tokpit.db")
	for kill := range kills {
		killAfter(t, child(t, "purge", s.Path(), ""), time.Duration(rng.Int64N(int64(60*time.Millisecond))))
		check, err := s.Verify(context.Background())
		if err != nil || len(check.Problems) > 0 {
			t.Fatalf("verify: %v, %.5q", err, check.Problems)
		}
		k, err := committed(s)
		if err != nil {
			t.Fatal(err)
		}
		reference := open(fmt.Sprint("reference", kill))
		if err := commitFrom(reference, k); err != nil {
			t.Fatal(err)
		}
		got, err := read(s)
		want, wantErr := read(reference)
		if err := errors.Join(err, wantErr); err != nil || !reflect.DeepEqual(got.figures(), want.figures()) {
			t.Fatalf("after %d batches: %d records, want %d; %v", k, len(got.records), len(want.records), err)
		}
	}
}

// TestTornCommit simulates what a power cut leaves: of the pages that a commit
// writes before its root page, any sectors in any order; then the root page
// itself, half.
func TestTornCommit(t *testing.T) {
	t.Parallel()
	const sector, page = 512, 4096
	dir := t.TempDir()
	s := store.New(filepath.Join(dir, "tokpit.db"), crashOptions())
	if err := commitFrom(s, 6); err != nil {
		t.Fatal(err)
	}
	before, truth := load(t, s)
	if err := commitFrom(s, 7); err != nil {
		t.Fatal(err)
	}
	after, newTruth := load(t, s)
	whole := append(slices.Clone(before), make([]byte, max(0, len(after)-len(before)))...)
	var changed []int // sectors
	for at := 2 * page; at < len(after); at += sector {
		if string(after[at:at+sector]) != string(whole[at:at+sector]) {
			changed = append(changed, at)
		}
	}
	if len(changed) < 20 {
		t.Fatalf("only %d sectors changed", len(changed))
	}
	rng := rand.New(rand.NewPCG(1, 1))
	torn := store.New(filepath.Join(dir, "torn.db"), crashOptions())
	try := func(b []byte, want contents, rootDamaged bool) {
		t.Helper()
		if err := os.WriteFile(torn.Path(), b, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := read(torn); err != nil || !got.equal(want) {
			t.Fatalf("%d records, want %d; %v", len(got.records), len(want.records), err)
		}
		if check, err := torn.Verify(context.Background()); err != nil || len(check.Problems) > 0 != rootDamaged {
			t.Fatalf("verify: %v, %q", err, check.Problems)
		}
		if err := commitFrom(torn, 9); err != nil { // and all goes on from there
			t.Fatal(err)
		}
		if check, err := torn.Verify(context.Background()); err != nil || len(check.Problems) > 0 {
			t.Fatalf("verify after two commits: %v, %q", err, check.Problems)
		}
	}
	tears := 30
	if testing.Short() {
		tears = 10
	}
	for range tears {
		b := slices.Clone(whole)
		share := rng.Float64()
		for _, at := range changed {
			if rng.Float64() < share {
				copy(b[at:at+sector], after[at:])
			}
		}
		try(b, truth, false)
	}
	try(after, newTruth, false)
	for root := range 2 {
		if at := root * page; string(after[at:at+page]) != string(before[at:at+page]) {
			for _, cut := range []int{20, 40, 60, 70} { // its checked bytes are 16 to 80
				b := slices.Clone(after)
				copy(b[at+cut:at+page], before[at+cut:])
				try(b, truth, cut > 20)
			}
		}
	}
}

// TestFileMayNotGrow lets writes fail for want of space, in another process
// whose files may not exceed a size.
func TestFileMayNotGrow(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{1000, 20_000, 40_000, 300_000, 700_000} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s, reference := store.New(filepath.Join(dir, "tokpit.db"), crashOptions()), store.New(filepath.Join(dir, "reference.db"), crashOptions())
			out, err := child(t, "limit", s.Path(), fmt.Sprint(limit)).Output()
			if err != nil {
				t.Fatal(err)
			}
			if said := string(out); !strings.Contains(said, syscall.EFBIG.Error()) || !strings.Contains(said, "tokpit.db") {
				t.Errorf("the failed commit says %q", said)
			}
			k := consistent(t, s, reference)
			if err := commitFrom(s, k+2); err != nil {
				t.Errorf("with space again: %v", err)
			}
			consistent(t, s, reference)
			if left, _ := filepath.Glob(filepath.Join(dir, "*.new")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// TestDiskFull fills a real, small file system.
func TestDiskFull(t *testing.T) {
	disk := t.TempDir()
	if err := mountSmall(disk, "1m"); err != nil {
		t.Skipf("SKIPPED: needs a small file system of its own, which only root can mount: %v", err)
	}
	defer func() {
		if err := unmount(disk); err != nil {
			t.Error(err)
		}
	}()
	s := store.New(filepath.Join(disk, "tokpit.db"), crashOptions())
	reference := store.New(filepath.Join(t.TempDir(), "reference.db"), crashOptions())
	ballast := filepath.Join(disk, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 600_000), 0o600); err != nil {
		t.Fatal(err)
	}
	err := commitFrom(s, 1000)
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), s.Path()) {
		t.Errorf("a commit to a full disk gives %v", err)
	}
	k := consistent(t, s, reference)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := commitFrom(s, k+5); err != nil {
		t.Errorf("with space again: %v", err)
	}
	if now := consistent(t, s, reference); now != k+5 {
		t.Errorf("%d batches, want %d", now, k+5)
	}
}
