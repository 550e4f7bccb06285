package demo

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"tokpit/usage"
)

func pull(t testing.TB, now time.Time, cursors usage.Cursors) ([]usage.Record, usage.Cursors) {
	t.Helper()
	var records []usage.Record
	next := usage.Cursors{}
	for k, v := range cursors {
		next[k] = v
	}
	report, err := New(now).Pull(context.Background(), cursors, func(b usage.Batch) error {
		if len(b.Records) > 50_000 {
			t.Errorf("a batch of %d records", len(b.Records))
		}
		records = append(records, b.Records...)
		for _, s := range b.Slices {
			records = append(records, s.Records...)
		}
		for k, v := range b.Cursors {
			next[k] = v
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if report.Rows != int64(len(records)) {
		t.Errorf("report says %d rows, got %d", report.Rows, len(records))
	}
	return records, next
}

func TestRecordsAreSound(t *testing.T) {
	records, _ := pull(t, DefaultNow(), nil)
	bySource := make(map[string]int)
	for i := range records {
		bySource[records[i].Source]++
	}
	t.Logf("%d records: %v", len(records), bySource)
	if len(records) < 30_000 || len(records) > 90_000 {
		t.Errorf("%d records, want 30,000 to 90,000", len(records))
	}
	seen := make(map[string]bool)
	for i := range records {
		r := &records[i]
		id := r.Source + " " + r.ID
		switch {
		case seen[id]:
			t.Fatalf("id %s comes twice", id)
		case r.Check() != nil:
			t.Fatalf("%s: %v", id, r.Check())
		case r.Start.After(DefaultNow()) || r.Start.Before(DefaultNow().Add(-History-24*time.Hour)):
			t.Fatalf("%s starts at %s", id, r.Start)
		case r.Start.Location() != time.UTC || !r.Start.Equal(r.Start.Truncate(time.Millisecond)):
			t.Fatalf("%s: start %s is not UTC to the millisecond", id, r.Start)
		case r.Reasoning > r.Output:
			t.Fatalf("%s: reasoning %d above output %d", id, r.Reasoning, r.Output)
		case r.Context != usage.Absent && r.Context != r.TotalInput():
			t.Fatalf("%s: context %d, total input %d", id, r.Context, r.TotalInput())
		case !r.End.IsZero() && r.End.After(DefaultNow()):
			t.Fatalf("%s: bucket ends at %s, after now", id, r.End)
		case r.Basis == usage.BasisUnknown || r.Source == "" || r.Provider == "" || r.Model == "" && r.Basis != usage.Billed:
			t.Fatalf("%s lacks dimensions: %+v", id, r.Dims)
		case (r.Basis == usage.Billed) != (r.Currency == "USD") || r.Basis == usage.Billed && !r.Tokens.IsZero():
			t.Fatalf("%s: a bill is money without tokens, anything else has no amount: %+v", id, r)
		}
		seen[id] = true
	}
}

// Everything that the demo promises to show must be in it.
func TestShowsWhatIsHard(t *testing.T) {
	records, _ := pull(t, DefaultNow(), nil)
	count := func(ok func(r *usage.Record) bool) (n int) {
		for i := range records {
			if ok(&records[i]) {
				n++
			}
		}
		return n
	}
	day := func(r *usage.Record) string { return r.Start.Format(time.DateOnly) }
	for name, ok := range map[string]func(r *usage.Record) bool{
		"agent log under a plan":   func(r *usage.Record) bool { return r.Source == "claude-code" && day(r) >= "2026-06-01" },
		"agent log before a plan":  func(r *usage.Record) bool { return r.Source == "codex" && day(r) < "2026-06-01" },
		"provider's own report":    func(r *usage.Record) bool { return r.Basis == usage.Reported && r.Source == "openai" },
		"gateway":                  func(r *usage.Record) bool { return r.Basis == usage.Metered },
		"before a price change":    func(r *usage.Record) bool { return r.Model == "gpt-5.6-sol" && day(r) < "2026-08-21" },
		"after a price change":     func(r *usage.Record) bool { return r.Model == "gpt-5.6-sol" && day(r) >= "2026-08-21" },
		"deepseek after its rise":  func(r *usage.Record) bool { return r.Model == "deepseek-v4-pro" && day(r) > "2026-08-16" },
		"deepseek before its rise": func(r *usage.Record) bool { return r.Model == "deepseek-v4-pro" && day(r) < "2026-08-16" },
		"sonnet before cheap reads": func(r *usage.Record) bool {
			return r.Model == "claude-sonnet-5-5" && r.CacheRead > 0 && day(r) < "2026-10-07"
		},
		"batch tier":        func(r *usage.Record) bool { return r.Tier == "batch" },
		"priority tier":     func(r *usage.Record) bool { return r.Tier == "priority" },
		"long context":      func(r *usage.Record) bool { return r.Context > 272_000 },
		"web search":        func(r *usage.Record) bool { return len(r.Quantities) > 0 },
		"unpriced model":    func(r *usage.Record) bool { return r.Provider == "self-hosted" },
		"bill by line item": func(r *usage.Record) bool { return r.Basis == usage.Billed && r.Tags.Get("line_item") != "" },
		"staging":           func(r *usage.Record) bool { return r.Environment == staging },
		"abandoned project": func(r *usage.Record) bool { return r.Project == hackathon },
		"untracked key":     func(r *usage.Record) bool { return r.Basis == usage.Reported && r.Key == "" },
		"no project":        func(r *usage.Record) bool { return r.Project == "" },
		"no request counts": func(r *usage.Record) bool { return r.Requests == usage.Absent },
		"weekend":           func(r *usage.Record) bool { return r.Start.Weekday() == time.Sunday },
		"today":             func(r *usage.Record) bool { return day(r) == "2026-11-20" },
	} {
		if n := count(ok); n < 5 {
			t.Errorf("%s: %d records", name, n)
		}
	}
	spike := make(map[string]int64)
	for i := range records {
		if records[i].Source == "anthropic" {
			spike[day(&records[i])] += records[i].Total()
		}
	}
	if spike["2026-10-14"] < 4*spike["2026-10-13"] {
		t.Errorf("no spike: %d tokens on the 14th of October, %d the day before", spike["2026-10-14"], spike["2026-10-13"])
	}
}

// However the time until now is cut into pulls, the same records come out.
func TestPullsAddUp(t *testing.T) {
	now := DefaultNow()
	whole, _ := pull(t, now, nil)
	var parts []usage.Record
	var cursors usage.Cursors
	start := now.Add(-20 * 24 * time.Hour)
	for _, at := range []time.Time{start, start.Add(7*time.Hour + 13*time.Minute), start.Add(35 * time.Hour), now, now} {
		var got []usage.Record
		got, cursors = pull(t, at, cursors)
		parts = append(parts, got...)
	}
	whole = slices.DeleteFunc(whole, func(r usage.Record) bool { return r.Start.Before(start) })
	parts = slices.DeleteFunc(parts, func(r usage.Record) bool { return r.Start.Before(start) })
	byID := func(a, b usage.Record) int { return a.Start.Compare(b.Start)*2 + compare(a.ID, b.ID) }
	slices.SortFunc(whole, byID)
	slices.SortFunc(parts, byID)
	if !reflect.DeepEqual(whole, parts) {
		t.Errorf("one pull gives %d records, several give %d", len(whole), len(parts))
	}
}

func compare(a, b string) int {
	if a < b {
		return -1
	}
	if a > b {
		return 1
	}
	return 0
}

func TestCancelAndErrors(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := New(DefaultNow()).Pull(ctx, nil, func(usage.Batch) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	stop := errors.New("disk full")
	if _, err := New(DefaultNow()).Pull(context.Background(), nil, func(usage.Batch) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("emit failed: %v", err)
	}
	if _, err := New(DefaultNow()).Pull(context.Background(), usage.Cursors{"until": []byte("yesterday")}, nil); err == nil {
		t.Error("a bad cursor was accepted")
	}
}

func BenchmarkPull(b *testing.B) {
	for b.Loop() {
		_, err := New(DefaultNow()).Pull(context.Background(), nil, func(usage.Batch) error { return nil })
		if err != nil {
			b.Fatal(err)
		}
	}
}
