package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tokpit/ingest"
	"tokpit/internal/clean"
	"tokpit/usage"
)

var errBroken = errors.New("broken")

func clock() time.Time { return time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC) }

// source emits batches, and then fails if it is told to.
type source struct {
	batches []usage.Batch
	err     error
	got     usage.Cursors
	emitted int // batches that emit took
	emitErr error
}

func (s *source) Name() string { return "fake" }

func (s *source) Pull(_ context.Context, cursors usage.Cursors, emit func(usage.Batch) error) (usage.Report, error) {
	s.got = cursors
	var r usage.Report
	for _, b := range s.batches {
		r.Rows += int64(len(b.Records) + len(b.Quarantined))
		if s.emitErr = emit(b); s.emitErr != nil {
			return r, s.emitErr
		}
		s.emitted++
	}
	return r, s.err
}

// sink keeps what is committed, and fails at one commit.
type sink struct {
	cursors   usage.Cursors
	committed []usage.Batch
	failAt    int // from 1; 0 is never
	hook      func()
	busy      atomic.Bool
	overlap   bool
}

func (s *sink) Cursors(context.Context, string) (usage.Cursors, error) {
	if s.failAt < 0 {
		return nil, errBroken
	}
	return s.cursors, nil
}

func (s *sink) Commit(ctx context.Context, connection string, b usage.Batch) (usage.Receipt, error) {
	if !s.busy.CompareAndSwap(false, true) {
		s.overlap = true
	}
	defer s.busy.Store(false)
	if s.hook != nil {
		s.hook()
	}
	if err := ctx.Err(); err != nil {
		return usage.Receipt{}, err
	}
	if connection != "fake" {
		return usage.Receipt{}, fmt.Errorf("connection %q", connection)
	}
	if len(s.committed)+1 == s.failAt {
		return usage.Receipt{}, errBroken
	}
	s.committed = append(s.committed, b)
	return usage.Receipt{Added: int64(len(b.Records)), Revision: uint64(len(s.committed))}, nil
}

func good(id string) usage.Record {
	r := usage.Record{ID: id, Start: clock().Add(-time.Hour), Requests: 1, Tokens: usage.Tokens{Input: 10, Output: 2}, Context: 10}
	r.Model = "m"
	return r
}

// numbered is n batches of one record each, with the cursor that goes with it.
func numbered(n int) (out []usage.Batch) {
	for i := range n {
		out = append(out, usage.Batch{Records: []usage.Record{good(fmt.Sprint(i))}, Cursors: usage.Cursors{"at": fmt.Append(nil, i)}})
	}
	return out
}

func TestBatchesAreCommittedInOrderWithTheirCursors(t *testing.T) {
	src, dst := &source{batches: numbered(50)}, &sink{cursors: usage.Cursors{"at": []byte("start")}}
	var calls []int64
	res, err := ingest.Run(context.Background(), src, dst, ingest.Options{Now: clock, OnCommit: func(r ingest.Result) {
		calls = append(calls, r.Added)
	}})
	if err != nil || res.Name != "fake" || res.Added != 50 || res.Rows != 50 || res.Revision != 50 || res.Duplicates != 0 {
		t.Fatalf("%+v, %v", res, err)
	}
	if string(src.got["at"]) != "start" {
		t.Errorf("the source was given %q", src.got)
	}
	for i, b := range dst.committed {
		if len(b.Records) != 1 || b.Records[0].ID != fmt.Sprint(i) || string(b.Cursors["at"]) != fmt.Sprint(i) {
			t.Fatalf("commit %d: %+v", i, b)
		}
		if calls[i] != int64(i+1) {
			t.Fatalf("after commit %d OnCommit was told of %d records", i, calls[i])
		}
	}
	if dst.overlap || len(calls) != 50 {
		t.Errorf("overlap %v, %d calls", dst.overlap, len(calls))
	}
}

// oldSink refuses one record of each batch as too old, and knows one.
type oldSink struct{ sink }

func (s *oldSink) Commit(ctx context.Context, connection string, b usage.Batch) (usage.Receipt, error) {
	r, err := s.sink.Commit(ctx, connection, b)
	r.Added, r.TooOld, r.Duplicates = r.Added-2, 1, 1
	return r, err
}

// TestTooOldIsNoCopy: what a store refuses for its age is added up, and is not
// counted among the copies.
func TestTooOldIsNoCopy(t *testing.T) {
	var batches []usage.Batch
	for i := range 3 {
		batches = append(batches, usage.Batch{Records: []usage.Record{good(fmt.Sprint("a", i)), good(fmt.Sprint("b", i)), good(fmt.Sprint("c", i))}})
	}
	res, err := ingest.Run(context.Background(), &source{batches: batches}, &oldSink{}, ingest.Options{Now: clock})
	if err != nil || res.Rows != 9 || res.Added != 3 || res.TooOld != 3 || res.Duplicates != 3 {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestCopiesAreCounted(t *testing.T) {
	src := &source{batches: []usage.Batch{{Records: []usage.Record{good("a")}}}}
	folding := &foldingSource{source: src, folded: 3}
	res, err := ingest.Run(context.Background(), folding, &sink{}, ingest.Options{Now: clock})
	if err != nil || res.Rows != 4 || res.Added != 1 || res.Duplicates != 3 {
		t.Errorf("%+v, %v", res, err)
	}
}

// foldingSource folds copies before it emits.
type foldingSource struct {
	*source
	folded int64
}

func (s *foldingSource) Pull(ctx context.Context, c usage.Cursors, emit func(usage.Batch) error) (usage.Report, error) {
	r, err := s.source.Pull(ctx, c, emit)
	r.Rows, r.Folded = r.Rows+s.folded, s.folded
	return r, err
}

func TestFailingSinkEndsThePull(t *testing.T) {
	for failAt := 1; failAt <= 5; failAt++ {
		src, dst := &source{batches: numbered(1000)}, &sink{failAt: failAt}
		res, err := ingest.Run(context.Background(), src, dst, ingest.Options{Now: clock})
		if !errors.Is(err, errBroken) {
			t.Fatalf("commit %d: %v", failAt, err)
		}
		if !errors.Is(src.emitErr, errBroken) {
			t.Errorf("the source was told %v", src.emitErr)
		}
		if len(dst.committed) != failAt-1 || res.Added != int64(failAt-1) {
			t.Errorf("commit %d fails: %d are kept, %d counted", failAt, len(dst.committed), res.Added)
		}
		if src.emitted > failAt+2 {
			t.Errorf("commit %d fails: the source went on to batch %d", failAt, src.emitted)
		}
	}
}

func TestFailingCursorsBeginNothing(t *testing.T) {
	src := &source{batches: numbered(1)}
	if _, err := ingest.Run(context.Background(), src, &sink{failAt: -1}, ingest.Options{Now: clock}); !errors.Is(err, errBroken) || src.emitted != 0 {
		t.Errorf("%v, %d batches", err, src.emitted)
	}
}

func TestFailingSourceKeepsWhatWasCommitted(t *testing.T) {
	dst := &sink{}
	res, err := ingest.Run(context.Background(), &source{batches: numbered(3), err: errBroken}, dst, ingest.Options{Now: clock})
	if !errors.Is(err, errBroken) || len(dst.committed) != 3 || res.Added != 3 {
		t.Errorf("%v, %d batches, %+v", err, len(dst.committed), res)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	src, dst := &source{batches: numbered(1000)}, &sink{}
	dst.hook = func() {
		if len(dst.committed) == 4 {
			cancel()
		}
	}
	res, err := ingest.Run(ctx, src, dst, ingest.Options{Now: clock})
	if !errors.Is(err, context.Canceled) || len(dst.committed) != 4 || res.Added != 4 || src.emitted > 7 {
		t.Errorf("%v, %d committed, %d emitted, %+v", err, len(dst.committed), src.emitted, res)
	}
}

// TestWhatCannotBeTrue: such a record is named and kept out, alone or in a
// provider's bucket, and those beside it come in.
func TestWhatCannotBeTrue(t *testing.T) {
	for _, c := range []struct {
		name, reason string
		change       func(*usage.Record)
	}{
		{"no id", "no id", func(r *usage.Record) { r.ID = "" }},
		{"no time", "no timestamp", func(r *usage.Record) { r.Start = time.Time{} }},
		{"1970", "before any model API", func(r *usage.Record) { r.Start = time.Unix(0, 0) }},
		{"early 2020", "before any model API", func(r *usage.Record) { r.Start = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC) }},
		{"tomorrow's tomorrow's tomorrow", "in the future", func(r *usage.Record) { r.Start = clock().Add(49 * time.Hour) }},
		{"year 9999", "in the future", func(r *usage.Record) { r.Start = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) }},
		{"logged never", "impossible", func(r *usage.Record) { r.UsageAt = time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC) }},
		{"logged in a far future", "impossible", func(r *usage.Record) { r.UsageAt = clock().AddDate(5, 0, 0) }},
		{"ends before it begins", "ends at", func(r *usage.Record) { r.End = r.Start.Add(-time.Second) }},
		{"ends at once", "ends at", func(r *usage.Record) { r.End = r.Start }},
		{"ends never", "ends at", func(r *usage.Record) { r.End = time.Date(99999, 1, 1, 0, 0, 0, 0, time.UTC) }},
		{"negative input", "implausible token count", func(r *usage.Record) { r.Input = -1 }},
		{"negative reasoning", "implausible token count", func(r *usage.Record) { r.Reasoning = -1 }},
		{"overflow", "implausible token count", func(r *usage.Record) { r.CacheRead = 1 << 62 }},
		{"just too many", "implausible token count", func(r *usage.Record) { r.CacheWrite1h = usage.MaxTokens + 1 }},
		{"negative requests", "negative count", func(r *usage.Record) { r.Requests = -2 }},
		{"too many requests", "implausible count", func(r *usage.Record) { r.Requests = 1 << 62 }},
		{"negative context", "negative count", func(r *usage.Record) { r.Context = -2 }},
		{"too much context", "implausible count", func(r *usage.Record) { r.Context = 1 << 62 }},
		{"negative quantity", "implausible quantity", func(r *usage.Record) { r.Quantities = []usage.Quantity{{Meter: "web_search", N: -1}} }},
		{"quantity overflow", "implausible quantity", func(r *usage.Record) { r.Quantities = []usage.Quantity{{Meter: "web_search", N: 1 << 62}} }},
		{"quantity of nothing", "implausible quantity", func(r *usage.Record) { r.Quantities = []usage.Quantity{{N: 1}} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := good("bad")
			c.change(&bad)
			dst := &sink{}
			src := &source{batches: []usage.Batch{{
				Records: []usage.Record{good("1"), bad, good("2")},
				Slices:  []usage.Slice{{Kind: "k", Start: clock(), Records: []usage.Record{bad, good("3")}}},
				Cursors: usage.Cursors{"at": []byte("1")},
			}}}
			res, err := ingest.Run(context.Background(), src, dst, ingest.Options{Now: clock})
			if err != nil || res.Quarantined != 2 {
				t.Fatalf("%+v, %v", res, err)
			}
			b := dst.committed[0]
			if len(b.Records) != 2 || len(b.Slices[0].Records) != 1 || b.Slices[0].Records[0].ID != "3" {
				t.Errorf("%+v", b)
			}
			for _, q := range b.Quarantined {
				if q.Source != "fake" || q.File == "" || !strings.Contains(q.Reason, c.reason) {
					t.Errorf("%+v", q)
				}
			}
		})
	}
}

func TestWhatIsJustPossible(t *testing.T) {
	soon, long, large := good("soon"), good("long"), good("large")
	soon.Start = clock().Add(48 * time.Hour)
	long.End = long.Start.AddDate(0, 1, 0)
	large.Input, large.Requests, large.Context = usage.MaxTokens, usage.Absent, usage.Absent
	dst := &sink{}
	src := &source{batches: []usage.Batch{{Records: []usage.Record{soon, long, large}}}}
	if res, err := ingest.Run(context.Background(), src, dst, ingest.Options{Now: clock}); err != nil || res.Quarantined != 0 || res.Added != 3 {
		t.Errorf("%+v, %v, %+v", res, err, dst.committed[0].Quarantined)
	}
}

func TestRequests(t *testing.T) {
	idle, searched, many, unknown := good("idle"), good("searched"), good("many"), good("unknown")
	idle.Tokens, searched.Tokens, many.Tokens, unknown.Tokens = usage.Tokens{}, usage.Tokens{}, usage.Tokens{}, usage.Tokens{}
	searched.Quantities = []usage.Quantity{{Meter: "web_search", N: 1}}
	many.Requests, unknown.Requests = 7, usage.Absent
	dst := &sink{}
	src := &source{batches: []usage.Batch{{Records: []usage.Record{good("a"), idle, searched, many, unknown}}}}
	if _, err := ingest.Run(context.Background(), src, dst, ingest.Options{Now: clock}); err != nil {
		t.Fatal(err)
	}
	var got []int64
	for _, r := range dst.committed[0].Records {
		got = append(got, r.Requests)
	}
	if want := []int64{1, 0, 1, 7, usage.Absent}; !slices.Equal(got, want) {
		t.Errorf("requests %v, want %v", got, want)
	}
}

func TestLabels(t *testing.T) {
	own := good("own")
	own.Machine, own.Source = "build-7", "openai"
	dst := &sink{}
	src := &source{batches: []usage.Batch{{Records: []usage.Record{good("a"), own}}}}
	if _, err := ingest.Run(context.Background(), src, dst, ingest.Options{Now: clock, Machine: "lap\x1b[2Jtop"}); err != nil {
		t.Fatal(err)
	}
	a, b := dst.committed[0].Records[0], dst.committed[0].Records[1]
	if a.Machine != "laptop" || a.Source != "fake" || b.Machine != "build-7" || b.Source != "openai" {
		t.Errorf("%+v, %+v", a.Dims, b.Dims)
	}
}

// TestTextIsMadeHarmless puts an attack into every text that a record has.
func TestTextIsMadeHarmless(t *testing.T) {
	const evil = "a\x1b]52;c;eA==\x07b\u202e\xffc\n"
	const harmless = "ab\uFFFDc "
	r := good("id" + evil)
	for i, s := range r.Dims.Strings() {
		if i != 14 {
			*s = evil
		}
	}
	r.Tags = usage.NewTags(map[string]string{"team": "x\x1b[2Jy"})
	r.Quantities = []usage.Quantity{{Meter: evil, N: 1}}
	dst := &sink{}
	src := &source{batches: []usage.Batch{{
		Records:     []usage.Record{r, r},
		Quarantined: []usage.Quarantined{{Source: evil, File: "/logs/" + evil + strings.Repeat("x", 9000), Line: 4, Reason: evil}},
		Reread:      []string{"/logs/" + evil},
	}}}
	if _, err := ingest.Run(context.Background(), src, dst, ingest.Options{Now: clock}); err != nil {
		t.Fatal(err)
	}
	b := dst.committed[0]
	for _, r := range b.Records {
		for i, s := range r.Dims.Strings() {
			if i != 14 && *s != harmless {
				t.Errorf("text %d is %q", i, *s)
			}
		}
		if got := r.Tags.Get("team"); strings.ContainsRune(got, 0x1b) {
			t.Errorf("a tag is %q", got)
		}
		if r.Quantities[0].Meter != harmless || clean.Text(r.ID) != r.ID {
			t.Errorf("meter %q, id %q", r.Quantities[0].Meter, r.ID)
		}
	}
	q := b.Quarantined[0]
	if q.Source != "fake" || q.Reason != harmless || len([]rune(q.File)) > 4096 || q.Line != 4 || b.Reread[0] != "/logs/"+harmless {
		t.Errorf("%+v, %q", q, b.Reread)
	}
}

// TestIDsStayApart: making ids harmless, or short, must not make one of two,
// and whatever names a record to remove must still name it.
func TestIDsStayApart(t *testing.T) {
	long := strings.Repeat("x", 1000)
	ids := []string{"a", "a\u200b", "a\u200c", "\u200ba", "a\x01", long + "1", long + "2", long}
	var b usage.Batch
	for _, id := range ids {
		b.Records = append(b.Records, good(id))
		b.Removed = append(b.Removed, usage.Removed{ID: id, Start: clock()})
	}
	dst := &sink{}
	if _, err := ingest.Run(context.Background(), &source{batches: []usage.Batch{b}}, dst, ingest.Options{Now: clock}); err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for i, r := range dst.committed[0].Records {
		if other, taken := seen[r.ID]; taken {
			t.Errorf("%q and %q are both %q", other, ids[i], r.ID)
		}
		seen[r.ID] = ids[i]
		if dst.committed[0].Removed[i].ID != r.ID || len(r.ID) > 300 {
			t.Errorf("removed as %q, stored as %q", dst.committed[0].Removed[i].ID, r.ID)
		}
	}
}
