package budget

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokpit/money"
	"tokpit/usage"
)

// simulate goes through the spend request by request, as a provider would that
// learns of each one a delay late.
func simulate(period usage.Span, spend []Spent, limit money.Amount, delay time.Duration) (served, refused []Spent) {
	type notice struct {
		at   time.Time
		cost money.Amount
	}
	var notices []notice
	var seen money.Amount
	for _, s := range spend {
		if !period.Contains(s.At) {
			continue
		}
		for len(notices) > 0 && !notices[0].at.After(s.At) {
			seen = seen.Add(notices[0].cost)
			notices = notices[1:]
		}
		if seen.Cmp(limit) >= 0 {
			refused = append(refused, s)
			continue
		}
		served = append(served, s)
		notices = append(notices, notice{s.At.Add(delay), s.Cost})
	}
	return served, refused
}

func total(spend []Spent) (sum money.Amount) {
	for _, s := range spend {
		sum = sum.Add(s.Cost)
	}
	return sum
}

func TestReplayIsTheSimulation(t *testing.T) {
	start := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	period := usage.Span{Since: start, Until: start.Add(30 * 24 * time.Hour)}
	rapid.Check(t, func(t *rapid.T) {
		var spend []Spent
		at := start.Add(-time.Minute)
		for range rapid.IntRange(0, 60).Draw(t, "n") {
			at = at.Add(time.Duration(rapid.Int64Range(0, 120).Draw(t, "gap")) * time.Second)
			spend = append(spend, Spent{At: at, Cost: money.FromAtto(rapid.Int64Range(0, 5).Draw(t, "cost")), Requests: 1, Group: uint32(rapid.IntRange(0, 3).Draw(t, "group"))})
		}
		limit := money.FromAtto(rapid.Int64Range(1, 200).Draw(t, "limit"))
		delay := time.Duration(rapid.Int64Range(0, 900).Draw(t, "delay")) * time.Second
		served, refused := simulate(period, spend, limit, delay)
		o := NewReplay(period, spend).Ask(limit, delay, []Threshold{{Percent: 50_000}, {Forecast: true, Percent: 100_000}})
		if o.Spent != total(served) || o.Saved != total(refused) || o.Total != total(served).Add(total(refused)) {
			t.Fatalf("spent %s saved %s; want %s and %s", o.Spent, o.Saved, total(served), total(refused))
		}
		if o.Refused != int64(len(refused)) || o.RefusedRequests != int64(len(refused)) || o.Stopped != (len(refused) > 0) {
			t.Fatalf("%d refused, want %d", o.Refused, len(refused))
		}
		if want := total(served).Sub(limit); o.Reached && o.Overshoot != want || !o.Reached && want.Sign() >= 0 {
			t.Fatalf("reached %v, overshoot %s, want %s", o.Reached, o.Overshoot, want)
		}
		var pieces int64
		var cost money.Amount
		for _, g := range o.Groups {
			pieces, cost = pieces+g.Pieces, cost.Add(g.Cost)
		}
		if pieces != o.Refused || cost != o.Saved {
			t.Fatalf("groups add up to %d and %s, not to %d and %s", pieces, cost, o.Refused, o.Saved)
		}
		var sum money.Amount
		half := Crossing{Threshold: Threshold{Percent: 50_000}, Amount: Threshold{Percent: 50_000}.At(limit)}
		for _, s := range served {
			if sum = sum.Add(s.Cost); sum.Cmp(half.Amount) >= 0 {
				half.Reached, half.At = true, s.At
				break
			}
		}
		if !reflect.DeepEqual(o.Soft, []Crossing{half}) {
			t.Fatalf("soft %+v, want %+v", o.Soft, half)
		}
	})
}

// TestReplayOfBuckets says that it is not exact, and does not invent requests.
func TestReplayOfBuckets(t *testing.T) {
	start := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	period := usage.Span{Since: start, Until: start.AddDate(0, 1, 0)}
	var spend []Spent
	for i := range 10 {
		spend = append(spend, Spent{At: start.Add(time.Duration(i+1) * time.Hour), Cost: money.FromUnits(10), Requests: usage.Absent, Bucket: true})
	}
	o := NewReplay(period, spend).Ask(money.FromUnits(35), 10*time.Minute, nil)
	if o.Exact || o.RequestsKnown || o.Spent != money.FromUnits(40) || o.Refused != 6 || o.RefusedRequests != 0 {
		t.Errorf("%+v", o)
	}
}

func million() (usage.Span, []Spent) {
	r := rand.New(rand.NewPCG(1, 2))
	start := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	spend := make([]Spent, 1_000_000)
	for i := range spend {
		spend[i] = Spent{At: start.Add(time.Duration(r.Int64N(int64(30 * 24 * time.Hour)))), Cost: money.FromAtto(r.Int64N(1e17)), Requests: 1, Group: uint32(r.IntN(200))}
	}
	slices.SortFunc(spend, func(a, b Spent) int { return a.At.Compare(b.At) })
	return usage.Span{Since: start, Until: start.AddDate(0, 0, 30)}, spend
}

// BenchmarkReplay is one move of a slider over a million requests.
func BenchmarkReplay(b *testing.B) {
	period, spend := million()
	r := NewReplay(period, spend)
	for _, part := range []int64{5, 50, 95} {
		limit := money.NewRate(total(spend)).Scale(part, 100).Amount()
		b.Run(fmt.Sprintf("limit=%d%%", part), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.Ask(limit, 10*time.Minute, []Threshold{{Percent: 80_000}})
			}
		})
	}
}

func BenchmarkNewReplay(b *testing.B) {
	period, spend := million()
	b.ReportAllocs()
	for b.Loop() {
		NewReplay(period, spend)
	}
}
