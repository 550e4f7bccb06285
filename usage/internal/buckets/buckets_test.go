package buckets_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"tokpit/money"
	"tokpit/usage"
	"tokpit/usage/internal/buckets"
)

func day(n int) time.Time { return time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n) }

func row(model string, input int64) usage.Record {
	r := usage.Record{Requests: 1, Tokens: usage.Tokens{Input: input}}
	r.Model = model
	return r
}

func TestRowsOfOneMeaningAreSummed(t *testing.T) {
	b := buckets.NewBucket("k/1d", day(0), day(1))
	paid := row("a", 2)
	paid.Reported, paid.Currency, paid.Quantities = money.FromUnits(3), "USD", []usage.Quantity{{Meter: "m", N: 1}}
	uncounted := row("b", 1)
	uncounted.Requests = usage.Absent
	for _, r := range []usage.Record{row("a", 1), paid, paid, row("b", 5), uncounted} {
		b.Add(r)
	}
	s := b.Slice()
	if s.Kind != "k/1d" || !s.Start.Equal(day(0)) || len(s.Records) != 3 {
		t.Fatalf("%+v", s)
	}
	plain, usd, other := s.Records[0], s.Records[1], s.Records[2]
	if plain.Input != 1 || plain.Currency != "" || usd.Input != 4 || usd.Reported != money.FromUnits(6) || usd.Requests != 2 || usd.Quantities[0].N != 2 {
		t.Errorf("%+v\n%+v", plain, usd)
	}
	if other.Input != 6 || other.Requests != usage.Absent {
		t.Errorf("%+v", other)
	}
	if plain.ID == usd.ID || plain.ID == other.ID || !plain.End.Equal(day(1)) || plain.Slice != "k/1d" || plain.Context != usage.Absent {
		t.Errorf("%+v", s.Records)
	}
	again := buckets.NewBucket("k/1d", day(0), day(1))
	again.Add(row("a", 99))
	if again.Slice().Records[0].ID != plain.ID {
		t.Error("an id depends on more than kind, start and dimensions")
	}
	later := buckets.NewBucket("k/1d", day(1), day(2))
	later.Add(row("a", 1))
	if later.Slice().Records[0].ID == plain.ID {
		t.Error("two buckets share an id")
	}
}

func TestQuantities(t *testing.T) {
	got := buckets.Quantities(usage.Quantity{Meter: "b", N: 1}, usage.Quantity{Meter: "a", N: 0}, usage.Quantity{Meter: "b", N: 2}, usage.Quantity{Meter: "0", N: 5})
	if want := []usage.Quantity{{Meter: "0", N: 5}, {Meter: "b", N: 3}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// store keeps what a writer emits.
type store struct {
	slices  map[string]usage.Slice
	batches []usage.Batch
}

func (s *store) emit(b usage.Batch) error {
	seen := map[string]bool{}
	for _, x := range b.Slices {
		key := x.Kind + " " + x.Start.Format(time.RFC3339)
		if seen[key] {
			return fmt.Errorf("%s twice in a batch", key)
		}
		seen[key] = true
		s.slices[key] = x
	}
	s.batches = append(s.batches, b)
	return nil
}

func newWriter(grain string, from, to time.Time) (*buckets.Writer, *store) {
	s := &store{slices: map[string]usage.Slice{}}
	return &buckets.Writer{Stream: "s", Grain: grain, Keep: usage.Span{Since: from, Until: to}, Emit: s.emit, Report: &usage.Report{}}, s
}

func add(t *testing.T, w *buckets.Writer, start time.Time, rows ...usage.Record) {
	t.Helper()
	b, err := w.Bucket(start)
	if err != nil || b == nil {
		t.Fatalf("bucket %s: %v", start, err)
	}
	for _, r := range rows {
		b.Add(r)
	}
}

func TestWindow(t *testing.T) {
	w, s := newWriter("1h", day(0), day(2))
	w.Clear = []string{"1d", "1h"}
	if b, err := w.Bucket(day(-1)); b != nil || err != nil {
		t.Error("a bucket before the window was taken")
	}
	add(t, w, day(0).Add(time.Hour), row("a", 1), row("b", 2))
	w.NextPage()
	// The bucket at the seam comes again, and goes on.
	add(t, w, day(0).Add(time.Hour), row("b", 3), row("c", 4))
	w.Bad("x", 3, "why")
	if err := w.Finish(day(0).Add(5*time.Hour), usage.Batch{Cursors: usage.Cursors{"c": []byte("1")}}); err != nil {
		t.Fatal(err)
	}
	one := s.slices["s/1h "+day(0).Add(time.Hour).Format(time.RFC3339)]
	var got []int64
	for _, r := range one.Records {
		got = append(got, r.Input)
	}
	if !slices.Equal(got, []int64{1, 3, 4}) {
		t.Errorf("the seam is %v", got)
	}
	hours, days := 0, 0
	for _, x := range s.slices {
		if x.Kind == "s/1d" {
			days++
		} else {
			hours++
		}
		if len(x.Records) > 0 && !reflect.DeepEqual(x, one) {
			t.Errorf("%+v", x)
		}
	}
	if hours != 5 || days != 2 {
		t.Errorf("%d hours and %d days: what has not begun is not empty, and the other grain is emptied", hours, days)
	}
	last := s.batches[len(s.batches)-1]
	if string(last.Cursors["c"]) != "1" || len(last.Quarantined) != 1 || last.Quarantined[0].File != "s/1h x" || last.Quarantined[0].Line != 3 || len(last.Reread) != 5 {
		t.Errorf("%+v", last)
	}
	if span, ok := w.Covered(day(0).Add(5 * time.Hour)); !ok || !span.Until.Equal(day(1)) {
		t.Errorf("covered %v %v", span, ok)
	}
}

// TestCoveredNeedsADay: a window of today of which nothing has come covers
// nothing; one that the provider knows more of than this clock does covers that.
func TestCoveredNeedsADay(t *testing.T) {
	w, _ := newWriter("1h", day(0), day(1))
	if _, ok := w.Covered(day(0).Add(time.Hour)); ok {
		t.Error("a day without buckets that has not ended is covered")
	}
	add(t, w, day(0))
	if span, ok := w.Covered(day(-3)); !ok || !span.Until.Equal(day(1)) {
		t.Errorf("covered %v %v", span, ok)
	}
}

func TestBatchesAreBounded(t *testing.T) {
	w, s := newWriter("1m", day(0), day(1))
	for m := range 24 * 60 {
		rows := make([]usage.Record, 40)
		for i := range rows {
			rows[i] = row(fmt.Sprint(i), 1)
		}
		add(t, w, day(0).Add(time.Duration(m)*time.Minute), rows...)
	}
	if err := w.Finish(day(1), usage.Batch{}); err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, b := range s.batches {
		n := 0
		for _, x := range b.Slices {
			n += len(x.Records)
		}
		total += n
		if n > 11_000 || len(b.Slices) > 2_000 {
			t.Errorf("a batch of %d records in %d slices", n, len(b.Slices))
		}
	}
	if total != 24*60*40 || len(s.slices) != 24*60 {
		t.Errorf("%d records in %d slices", total, len(s.slices))
	}
}

func TestEmitEndsTheWindow(t *testing.T) {
	w, _ := newWriter("1d", day(0), day(1))
	full := errors.New("full")
	w.Emit = func(usage.Batch) error { return full }
	add(t, w, day(0), row("a", 1))
	if err := w.Finish(day(1), usage.Batch{}); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
}

// TestPlans: whatever the clock and the wishes do, whatever window a pull ends
// in, days that are remembered as read have been read, without a hole; the
// trailing days are read every time; and a pull that comes through has read
// everything from the first day that was ever wanted.
func TestPlans(t *testing.T) {
	for seed := range uint64(300) {
		dice := rand.New(rand.NewPCG(seed, 1))
		var d buckets.Days
		read := map[time.Time]bool{}
		now, since := day(60), day(30)
		earliest := since
		for range 12 {
			r := buckets.Reading{Since: since, Now: now, Trailing: 1 + dice.IntN(4), Deep: 10, Window: 1 + dice.IntN(9)}
			fresh, past := d.Plan(r)
			windows := append(slices.Clone(fresh), past...)
			stop := len(windows)
			if dice.IntN(2) == 0 {
				stop = dice.IntN(len(windows) + 1)
			}
			for _, w := range windows[:stop] {
				if n := int(w.Until.Sub(w.Since) / buckets.Day); n < 1 || n > r.Window {
					t.Fatalf("a window of %d days, at most %d", n, r.Window)
				}
				for at := w.Since; at.Before(w.Until); at = at.AddDate(0, 0, 1) {
					read[at] = true
				}
				d.Read(w)
				d = buckets.Decode(d.Encode())
			}
			for at := d.Since; at.Before(d.Until); at = at.AddDate(0, 0, 1) {
				if !read[at] {
					t.Fatalf("seed %d: %s is remembered, and was not read", seed, at)
				}
			}
			if stop == len(windows) {
				if since.Before(earliest) {
					earliest = since
				}
				today := now.Truncate(buckets.Day)
				if d.Since.After(since) || d.Until.Before(today.AddDate(0, 0, 1)) {
					t.Fatalf("seed %d: read %s to %s, wanted %s to %s", seed, d.Since, d.Until, since, today)
				}
				for n := range r.Trailing + 1 {
					at := today.AddDate(0, 0, -n)
					if !at.Before(d.Since) && !slices.ContainsFunc(windows, func(w usage.Span) bool { return w.Contains(at) }) {
						t.Fatalf("seed %d: %s was not read again", seed, at)
					}
				}
			}
			now = now.Add(time.Duration(dice.IntN(100)) * time.Hour)
			if dice.IntN(4) == 0 {
				since = since.AddDate(0, 0, -dice.IntN(10))
			}
		}
	}
}

// TestDeep: once a day everything that may be revised is read again.
func TestDeep(t *testing.T) {
	d := buckets.Days{Since: day(0), Until: day(61), Deep: day(59)}
	r := buckets.Reading{Since: day(0), Now: day(60), Trailing: 3, Deep: 30, Window: 100}
	fresh, past := d.Plan(r)
	if want := []usage.Span{{Since: day(30), Until: day(61)}}; !slices.Equal(fresh, want) || past != nil {
		t.Errorf("%v %v, want %v", fresh, past, want)
	}
	d.Deep = day(60)
	if fresh, _ = d.Plan(r); !fresh[0].Since.Equal(day(57)) {
		t.Errorf("%v", fresh)
	}
}

func TestCursors(t *testing.T) {
	for _, bad := range []string{"", "{", `{"since":5}`, `{"since":"2026-11-02T00:00:00Z","until":"2026-11-01T00:00:00Z"}`} {
		if d := buckets.Decode([]byte(bad)); !d.Since.IsZero() || !d.Until.IsZero() {
			t.Errorf("%q is %+v", bad, d)
		}
	}
	var d buckets.Days
	if others := d.Use("1d"); others != nil {
		t.Errorf("%v", others)
	}
	d = buckets.Decode(d.Encode()) // nothing has been read yet
	if others := d.Use("1h"); !slices.Equal(others, []string{"1d"}) {
		t.Errorf("%v", others)
	}
	if others := d.Use("1d"); !slices.Equal(others, []string{"1h"}) || !slices.Equal(d.Grains, []string{"1d", "1h"}) {
		t.Errorf("%v, %v", others, d.Grains)
	}
}
