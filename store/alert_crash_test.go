//go:build unix

package store_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tokpit/budget"
	"tokpit/store"
)

// alertBudgets is how many budgets a test process evaluates; each tells two
// targets.
const alertBudgets = 25

// watch does what a watching process does: decide, claim, send, note. It stops
// when all is told and sent.
func watch(s *store.Store, by string, now time.Time, accept func(key string) error) error {
	ctx := context.Background()
	for i := range alertBudgets {
		st := alertStatus(i, now)
		if _, err := s.UpdateAlerts(ctx, func(a budget.Alerts) (budget.Alerts, []budget.Delivery, error) {
			next, messages := a.Decide(st)
			var out []budget.Delivery
			for k := range messages {
				out = append(out, messages[k].Delivery())
			}
			return next, out, nil
		}); err != nil {
			return err
		}
		for {
			claimed, err := s.ClaimDue(ctx, by, now, 3, nil)
			if err != nil {
				return err
			}
			for _, d := range claimed {
				if err := accept(d.Key); err != nil {
					return err
				}
				if err := s.FinishDelivery(ctx, d.Key, by, nil, now); err != nil {
					return err
				}
			}
			if len(claimed) == 0 {
				break
			}
		}
	}
	return nil
}

// watchAsChild is watch in another process: the receiver is a file beside the
// store, to which each message is added in one write. arg counts the rounds:
// each is longer after the one before than any claim lasts.
func watchAsChild(path, arg string) error {
	round, err := strconv.Atoi(arg)
	if err != nil {
		return err
	}
	out, err := os.OpenFile(path+".received", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	now := at15().Add(time.Duration(round) * 2 * budget.LeaseTime)
	return watch(store.New(path, store.Options{Timeout: time.Minute}), fmt.Sprint("process ", os.Getpid()), now, func(key string) error {
		_, err := fmt.Fprintln(out, key)
		return err
	})
}

// received counts the messages of each key.
func received(t *testing.T, s *store.Store) map[string]int {
	t.Helper()
	b, err := os.ReadFile(s.Path() + ".received")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	counts := make(map[string]int)
	for _, key := range strings.Fields(string(b)) {
		counts[key]++
	}
	return counts
}

// TestKilledWatch kills two watching processes at random moments, again and
// again. Nothing that was decided is lost, and nothing arrives twice but what
// had arrived when a process died that had not noted it yet.
func TestKilledWatch(t *testing.T) {
	t.Parallel()
	stores, kills := 2, 6
	if soak() {
		stores, kills = 20, 25
	}
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 3))
	repeats := 0
	for range stores {
		s := store.New(filepath.Join(t.TempDir(), "tokpit.db"), store.Options{Timeout: time.Minute})
		pardoned := make(map[string]int) // copies that a death explains
		before := received(t, s)
		for round := range kills {
			first := child(t, "watch", s.Path(), strconv.Itoa(round))
			if err := first.Start(); err != nil {
				t.Fatal(err)
			}
			killAfter(t, child(t, "watch", s.Path(), strconv.Itoa(round)), time.Duration(rng.Int64N(int64(50*time.Millisecond))))
			time.Sleep(time.Duration(rng.Int64N(int64(20 * time.Millisecond))))
			_ = first.Process.Kill()
			_ = first.Wait()
			sound(t, s)
			after := received(t, s)
			unnoted := 0
			for _, d := range deliveriesOf(t, s) {
				if d.Done.IsZero() && after[d.Key] > before[d.Key] {
					pardoned[d.Key]++
					unnoted++
				}
			}
			if unnoted > 2 {
				t.Fatalf("two processes died and left %d messages that arrived without a note", unnoted)
			}
			before = after
		}
		if out, err := child(t, "watch", s.Path(), strconv.Itoa(kills)).Output(); err != nil {
			t.Fatalf("%s, %v", out, err)
		}
		sound(t, s)
		counts, list := received(t, s), deliveriesOf(t, s)
		if len(list) != 2*alertBudgets || len(counts) != 2*alertBudgets {
			t.Fatalf("%d messages decided, %d arrived, want %d", len(list), len(counts), 2*alertBudgets)
		}
		for _, d := range list {
			switch n := counts[d.Key]; {
			case d.Done.IsZero() || n == 0:
				t.Errorf("lost: %+v", d)
			case n > 1+pardoned[d.Key]:
				t.Errorf("%s arrived %d times, and deaths explain %d", d.Key, n, pardoned[d.Key])
			default:
				repeats += n - 1
			}
		}
	}
	t.Logf("%d stores, %d rounds each; %d messages arrived twice", stores, kills, repeats)
}

func deliveriesOf(t testing.TB, s *store.Store) []budget.Delivery {
	t.Helper()
	list, err := s.Deliveries(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// torn returns what a power cut during a commit may leave: of the pages that it
// writes before its root page any sectors, in any order; then the root page, half.
func torn(rng *rand.Rand, before, after []byte, n int) (files [][]byte) {
	const sector, page = 512, 4096
	whole := append(slices.Clone(before), make([]byte, max(0, len(after)-len(before)))...)
	for range n {
		b := slices.Clone(whole)
		share := rng.Float64()
		for at := 2 * page; at < len(after); at += sector {
			if rng.Float64() < share {
				copy(b[at:at+sector], after[at:])
			}
		}
		files = append(files, b)
	}
	for root := range 2 {
		for _, cut := range []int{20, 40, 60, 70} {
			b, at := slices.Clone(after), root*page
			copy(b[at+cut:at+page], before[at+cut:])
			files = append(files, b)
		}
	}
	return append(files, before, after)
}

// TestTornDelivery cuts the power during each commit on the way of a message:
// when it is decided, when it is claimed, and when its arrival is noted.
func TestTornDelivery(t *testing.T) {
	t.Parallel()
	ctx, dir, now := context.Background(), t.TempDir(), at15()
	s := store.New(filepath.Join(dir, "tokpit.db"), store.Options{})
	if err := commitFrom(s, 2); err != nil {
		t.Fatal(err)
	}
	tell := func(s *store.Store, now time.Time) { decide(t, s, alertStatus(0, now)) }
	bytesOf := func() []byte { return []byte(fileOf(t, s)) }
	files := [][]byte{bytesOf()}
	tell(s, now)
	files = append(files, bytesOf())
	claimed, err := s.ClaimDue(ctx, "first", now, 0, nil)
	if err != nil || len(claimed) != 2 {
		t.Fatal(len(claimed), err)
	}
	files = append(files, bytesOf())
	arrived := map[string]int{claimed[0].Key: 1}
	if err := s.FinishDelivery(ctx, claimed[0].Key, "first", nil, now); err != nil {
		t.Fatal(err)
	}
	files = append(files, bytesOf())

	rng := rand.New(rand.NewPCG(2, 2))
	cut := store.New(filepath.Join(dir, "torn.db"), store.Options{})
	outcomes := make(map[string]int)
	for step, name := range []string{"decide", "claim", "finish"} {
		for _, b := range torn(rng, files[step], files[step+1], 25) {
			if err := os.WriteFile(cut.Path(), b, 0o600); err != nil {
				t.Fatal(err)
			}
			got := make(map[string]int)
			if name == "finish" {
				maps.Copy(got, arrived)
			}
			noted := 0
			for _, d := range deliveriesOf(t, cut) {
				if !d.Done.IsZero() {
					noted++
				}
			}
			later := now.Add(2 * budget.LeaseTime) // somebody else goes on
			tell(cut, later)
			again, err := cut.ClaimDue(ctx, "second", later, 0, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range again {
				got[d.Key]++
				if err := cut.FinishDelivery(ctx, d.Key, "second", nil, later); err != nil {
					t.Fatal(err)
				}
			}
			sound(t, cut)
			repeats := 0
			for _, n := range got {
				repeats += n - 1
			}
			if len(got) != 2 || repeats > 1 || repeats == 1 && (name != "finish" || noted > 0) {
				t.Fatalf("cut during %s: %v arrived (%d were noted)", name, got, noted)
			}
			outcomes[fmt.Sprint(name, " ", noted, " noted, ", repeats, " twice")]++
		}
	}
	for _, want := range []string{"decide 0 noted, 0 twice", "claim 0 noted, 0 twice", "finish 0 noted, 1 twice", "finish 1 noted, 0 twice"} {
		if outcomes[want] == 0 {
			t.Errorf("never seen: %s; seen %v", want, outcomes)
		}
	}
}
