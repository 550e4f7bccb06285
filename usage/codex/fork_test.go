package codex_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tokpit/usage"
)

// family is four generations: a, its fork b, b's forks c and d. Each has
// requests of its own before and after the fork.
func family() map[string]*rollout {
	a := newRollout("a", "", start())
	a.request(100, 60, 10)
	a.request(110, 70, 11)
	b := a.fork("b", "a", start().Add(time.Hour))
	a.request(120, 80, 12)
	b.request(200, 60, 20)
	b.event(200, 60, 20)
	c := b.fork("c", "b", start().Add(2*time.Hour))
	d := b.fork("d", "b", start().Add(3*time.Hour))
	b.record(`"resp_b"`, 210, 70, 21)
	b.event(210, 70, 21)
	c.request(300, 60, 30)
	d.request(301, 60, 30)
	e := d.fork("e", "d", start().Add(4*time.Hour))
	e.request(400, 0, 40)
	return map[string]*rollout{"a": a, "b": b, "c": c, "d": d, "e": e}
}

const familyInput = 100 + 110 + 120 + 200 + 210 + 300 + 301 + 400

// owners is who made how much input.
var owners = map[string]int64{"a": 330, "b": 410, "c": 300, "d": 301, "e": 400}

func ownersOf(l *logs) map[string]int64 {
	out := map[string]int64{}
	for _, r := range l.Records {
		out[r.Session] += r.TotalInput()
	}
	return out
}

// bare is a log without the copies of its ancestors' session_meta.
func bare(r *rollout) string {
	var out []string
	for line := range strings.Lines(r.b.String()) {
		if len(out) == 0 || !strings.Contains(line, `"session_meta"`) {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

// TestFamilyInAnyOrder lets the logs of a family turn up one by one, in every
// order: totals, owners and flags are in the end what they are when all are
// read at once.
func TestFamilyInAnyOrder(t *testing.T) {
	for name, text := range map[string]func(*rollout) string{"whole": func(r *rollout) string { return r.b.String() }, "bare": bare} {
		t.Run(name, func(t *testing.T) {
			names := []string{"a", "b", "c", "d", "e"}
			for more := true; more; more = next(names) {
				arrive(t, names, text)
			}
		})
	}
}

func arrive(t *testing.T, names []string, text func(*rollout) string) {
	logsOf := family()
	l := newLogs(t)
	for _, name := range names {
		l.write("sessions/"+name+".jsonl", text(logsOf[name]))
		l.sync()
	}
	if got := l.Total().TotalInput(); got != familyInput || !maps.Equal(ownersOf(l), owners) {
		t.Fatalf("in the order %v: %d input tokens, want %d; owners %v", names, got, familyInput, ownersOf(l))
	}
	for _, r := range l.Records {
		if r.Flags != 0 {
			t.Fatalf("in the order %v: %+v is flagged", names, r)
		}
	}
	before := l.Batches
	if l.sync(); l.Batches != before {
		t.Fatalf("in the order %v: another pull has news", names)
	}
}

// next makes the next permutation, and returns false after the last.
func next(list []string) bool {
	for i := len(list) - 2; i >= 0; i-- {
		if list[i] < list[i+1] {
			k := len(list) - 1
			for list[k] < list[i] {
				k--
			}
			list[i], list[k] = list[k], list[i]
			slices.Reverse(list[i+1:])
			return true
		}
	}
	return false
}

func TestFamilyAtOnce(t *testing.T) {
	l := newLogs(t)
	for name, r := range family() {
		l.write("sessions/"+name+".jsonl", r.b.String())
	}
	l.sync()
	if got := l.Total().TotalInput(); got != familyInput || !maps.Equal(ownersOf(l), owners) {
		t.Errorf("%d input tokens, want %d; owners %v", got, familyInput, ownersOf(l))
	}
}

// TestMissingParent has two forks of a log that is not there: what both copied
// counts once, for the earlier one, and everything is flagged until the parent
// turns up.
func TestMissingParent(t *testing.T) {
	logsOf := family()
	l := newLogs(t)
	l.write("sessions/c.jsonl", logsOf["c"].b.String())
	l.write("sessions/d.jsonl", logsOf["d"].b.String())
	l.sync()
	if want := map[string]int64{"c": 100 + 110 + 200 + 300, "d": 301}; !maps.Equal(ownersOf(l), want) {
		t.Errorf("owners %v, want %v", ownersOf(l), want)
	}
	for _, r := range l.Records {
		if r.Flags != usage.FlagParentMissing {
			t.Errorf("%+v", r)
		}
	}
	l.write("sessions/b.jsonl", logsOf["b"].b.String())
	l.sync()
	for _, r := range l.Records {
		if flagged := r.Flags == usage.FlagParentMissing; flagged != (r.Session == "b") {
			t.Errorf("with b, but without a: %+v", r)
		}
	}
}

// TestDeletedParent: a parent that was read once is known, even if its log is
// gone when the fork is found.
func TestDeletedParent(t *testing.T) {
	logsOf := family()
	l := newLogs(t)
	for _, name := range []string{"a", "b", "c"} {
		l.write("sessions/log.jsonl", logsOf[name].b.String())
		l.sync()
		if err := os.Remove(filepath.Join(l.home, ".codex/sessions/log.jsonl")); err != nil {
			t.Fatal(err)
		}
		l.sync()
	}
	if want := map[string]int64{"a": 330, "b": 410, "c": 300}; !maps.Equal(ownersOf(l), want) {
		t.Errorf("owners %v, want %v", ownersOf(l), want)
	}
	for _, r := range l.Records {
		if r.Flags != 0 {
			t.Errorf("%+v", r)
		}
	}
}

// TestAncestorsInTheCopy: a fork's log holds copies of its ancestors'
// session_meta, so the family is known although no other log is.
func TestAncestorsInTheCopy(t *testing.T) {
	logsOf := family()
	l := newLogs(t)
	l.write("sessions/c.jsonl", logsOf["c"].b.String())
	l.sync()
	ids := slices.Sorted(maps.Keys(l.Records))
	l.write("sessions/a.jsonl", logsOf["a"].b.String())
	l.sync()
	for _, id := range ids {
		if _, ok := l.Records[id]; !ok {
			t.Errorf("%s was taken back, although the family had been known", id)
		}
	}
	if got := l.Total().TotalInput(); got != 100+110+200+300+120 {
		t.Errorf("%d input tokens", got)
	}
}

// TestForkWithoutItsHistory: a sub-agent goes on with the parent's counter, but
// its log does not hold the parent's rows.
func TestForkWithoutItsHistory(t *testing.T) {
	r := newRollout("sub", "main", start())
	r.in, r.cached, r.out = 5000, 4000, 500
	r.request(100, 60, 10)
	r.request(200, 60, 20)
	got, bad := read(t, r)
	if len(got) != 2 || got[0].TotalInput() != 100 || got[1].TotalInput() != 200 || len(bad) > 0 {
		t.Errorf("%+v, %q", got, bad)
	}
	r = newRollout("sub", "main", start())
	r.count(counts(5000, 4000, 500), "null")
	r.count(counts(5100, 4000, 510), "null")
	got, bad = read(t, r)
	if len(got) != 1 || got[0].TotalInput() != 100 || len(bad) != 1 {
		t.Errorf("%+v, %q", got, bad)
	}
}

// TestSiblingsWithEqualRequests: equal requests of different conversations are
// different, unless one copied the other.
func TestSiblingsWithEqualRequests(t *testing.T) {
	l := newLogs(t)
	for i := range 3 {
		r := newRollout(fmt.Sprintf("s%d", i), "", start())
		r.request(100, 60, 10)
		l.write(fmt.Sprintf("sessions/%d.jsonl", i), r.b.String())
	}
	l.sync()
	if len(l.Records) != 3 {
		t.Errorf("%d records", len(l.Records))
	}
}

func TestCircleOfForks(t *testing.T) {
	l := newLogs(t)
	for _, pair := range [][2]string{{"x", "y"}, {"y", "z"}, {"z", "y"}, {"w", "w"}} {
		r := newRollout(pair[0], pair[1], start())
		r.request(100, 60, 10)
		l.write("sessions/"+pair[0]+".jsonl", r.b.String())
		l.sync()
	}
	if got := len(l.Records); got != 2 {
		t.Errorf("%d records, want one of the circle and one of w", got)
	}
}

func TestArchivedCopy(t *testing.T) {
	text := family()["a"].b.String()
	l := newLogs(t)
	l.write("sessions/2026/11/01/rollout-a.jsonl", text)
	l.write("archived_sessions/rollout-a.jsonl", text)
	l.sync()
	if got := l.Total(); got.Requests != 3 || got.TotalInput() != 330 {
		t.Errorf("%+v", got)
	}
	l = newLogs(t)
	l.write("sessions/2026/11/01/rollout-a.jsonl", text)
	l.sync()
	from, to := filepath.Join(l.home, ".codex/sessions/2026/11/01/rollout-a.jsonl"), filepath.Join(l.home, ".codex/archived_sessions/rollout-a.jsonl")
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
	if r := l.sync(); r.BytesRead != 0 || l.Total().TotalInput() != 330 {
		t.Errorf("%+v", r)
	}
}

// TestReadInParts cuts a log after every few bytes: two pulls give what one gives.
func TestReadInParts(t *testing.T) {
	r := family()["b"]
	r.in, r.cached, r.out = 0, 0, 0 // a resumed conversation
	r.request(50, 0, 5)
	r.row("event_msg", `{"type":"thread_settings_applied","thread_settings":{"service_tier":"flex"}}`)
	r.row("token_usage_record", `{"response_id":"resp_x","usage":`+counts(60, 0, 6)+`}`)
	r.request(60, 0, 6)
	r.count(counts(7000, 0, 70), counts(30, 0, 3))
	r.request(70, 0, 7)
	text := r.b.String()
	whole := newLogs(t)
	whole.write("sessions/b.jsonl", text)
	whole.sync()
	step := 7
	if testing.Short() {
		step = 97
	}
	l := newLogs(t)
	for cut := 0; cut <= len(text); cut += step {
		l.Records, l.Cursors = nil, nil
		l.write("sessions/b.jsonl", text[:cut])
		l.sync()
		f, err := os.OpenFile(filepath.Join(l.home, ".codex/sessions/b.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(text[cut:]); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		l.sync()
		if !reflect.DeepEqual(l.Records, whole.Records) || len(l.Quarantined) > 0 {
			t.Fatalf("cut after %d bytes: %v, want %v; quarantined %v", cut, l.Records, whole.Records, l.Quarantined)
		}
	}
}

// TestReadAgainAndGrown: an ancestor turns up while the fork goes on.
func TestReadAgainAndGrown(t *testing.T) {
	logsOf := family()
	l := newLogs(t)
	l.write("sessions/a.jsonl", bare(logsOf["a"]))
	l.write("sessions/c.jsonl", bare(logsOf["c"]))
	l.sync()
	double := l.Total().TotalInput()
	logsOf["c"].request(1000, 0, 100)
	l.write("sessions/c.jsonl", bare(logsOf["c"]))
	l.write("sessions/b.jsonl", bare(logsOf["b"]))
	l.sync()
	if got, want := l.Total().TotalInput(), int64(familyInput-301-400+1000); got != want || double != 330+100+110+200+300 {
		t.Errorf("%d input tokens, want %d; before the family was known, %d", got, want, double)
	}
	if want := map[string]int64{"a": 330, "b": 410, "c": 1300}; !maps.Equal(ownersOf(l), want) {
		t.Errorf("owners %v, want %v", ownersOf(l), want)
	}
}
