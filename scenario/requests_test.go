package scenario

import (
	"testing"

	"pgregory.net/rapid"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/pricing"
	"tokpit/usage"
)

// asked is one request of a model at noon.
func asked(t testing.TB, d usage.Dims, fresh, cached, output int64) usage.Record {
	d.Basis = usage.Reported
	r := usage.Record{Start: day(t, noon), Dims: d, Requests: 1, Tokens: usage.Tokens{Input: fresh, CacheRead: cached, Output: output}}
	r.Context = r.TotalInput()
	return r
}

// fromRecords sums records as a store does.
func fromRecords(t testing.TB, records []usage.Record) Input {
	t.Helper()
	edges := pricing.Embedded().Edges()
	b := usage.NewBuilder(len(records))
	sums := make(map[usage.Dims]usage.Measures)
	var order []usage.Dims
	for i := range records {
		d := records[i].Dims
		d.Band = records[i].BandIn(edges)
		if _, ok := sums[d]; !ok {
			order = append(order, d)
		}
		sums[d] = sums[d].Add(records[i].Measures())
	}
	for _, d := range order {
		b.Add(usage.SlotOf(day(t, noon)), 1, b.Set(d), sums[d])
	}
	return Input{Cube: b.Cube(), Book: pricing.Embedded(), AsOf: day(t, "2026-11-21T00:00:00Z"), Requests: func(yield func(*usage.Record) bool) {
		for i := range records {
			if !yield(&records[i]) {
				return
			}
		}
	}}
}

func preparedFrom(t testing.TB, records ...usage.Record) *Base {
	t.Helper()
	b, err := Prepare(fromRecords(t, records))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRequestsMakeExact(t *testing.T) {
	five, long := model("openai", "gpt-5"), model("google", "gemini-2.5-pro")
	for _, c := range []struct {
		name, lever, after string
		records            []usage.Record
		absent             string // a note
	}{
		// min(100, 500) + min(200, 500) + min(900, 500) = 800 at 10/M; without requests
		// the mean of 400 would be below the cap.
		{"cap", "output-cap 500", "0.008", []usage.Record{asked(t, five, 0, 0, 100), asked(t, five, 0, 0, 200), asked(t, five, 0, 0, 900)}, "cap-mean"},
		// 240,000 × 0.8 = 192,000 at 1.25; 260,000 × 0.8 = 208,000 stays above, at 2.50.
		{"bands", "input -20%", "0.76", []usage.Record{asked(t, long, 240_000, 0, 0), asked(t, long, 260_000, 0, 0)}, ""},
		// 0.8 × 100,000 + 110,000 = 190,000: 0.08 × 1.25 + 0.11 × 0.125. 0.8 × 20,000 +
		// 230,000 stays above: 0.016 × 2.50 + 0.23 × 0.25.
		{"cached bands", "input -20%", "0.21125", []usage.Record{asked(t, long, 100_000, 110_000, 0), asked(t, long, 20_000, 230_000, 0)}, ""},
		// 200,000 is not above 200,000: 0.2 × 1.25.
		{"at the edge", "input -20%", "0.25", []usage.Record{asked(t, long, 250_000, 0, 0)}, ""},
		// 200,000.8 is.
		{"over the edge", "input -20%", "0.500002", []usage.Record{asked(t, long, 250_001, 0, 0)}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := run(t, preparedFrom(t, c.records...), c.lever)
			if got := r.After.Cost.String(); got != c.after || r.After.Ranged {
				t.Errorf("%s (%s to %s), want %s", got, r.After.Low, r.After.High, c.after)
			}
			if c.absent != "" && noted(r.Notes, c.absent) {
				t.Errorf("%v", r.Notes)
			}
		})
	}
}

// TestRangesHoldRequests: what the exact answer is lies in the range that is
// given without requests.
func TestRangesHoldRequests(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := rapid.SampledFrom([]usage.Dims{model("google", "gemini-2.5-pro"), model("openai", "gpt-5.4"), model("xai", "grok-4.3")}).Draw(rt, "model")
		var records []usage.Record
		for range rapid.IntRange(1, 12).Draw(rt, "n") {
			n := func(name string, most int64) int64 { return rapid.Int64Range(0, most).Draw(rt, name) }
			records = append(records, asked(t, d, n("fresh", 300_000), n("cached", 150_000), n("output", 9000)))
		}
		lever := mustParse(rt, rapid.SampledFrom([]string{"input -20%", "input -35% all", "input +40%", "input +70% all", "swap *=openai/gpt-5.6-luna", "swap *=google/gemini-2.5-pro"}).Draw(rt, "lever"))
		in := fromRecords(t, records)
		exact, err := Prepare(in)
		if err != nil {
			rt.Fatal(err)
		}
		in.Requests = nil
		vague, err := Prepare(in)
		if err != nil {
			rt.Fatal(err)
		}
		a, b := ran(rt, exact, []Lever{lever}), ran(rt, vague, []Lever{lever})
		parts(rt, a)
		parts(rt, b)
		if a.After.Cost.Cmp(b.After.Low) < 0 || a.After.Cost.Cmp(b.After.High) > 0 {
			rt.Fatalf("%s is not in %s to %s", a.After.Cost, b.After.Low, b.After.High)
		}
		if lever.Kind != Prompt {
			return
		}
		var want money.Amount
		for _, r := range records {
			in, cached := of(lever.By.Base).mul(quotient(uint64(r.Input), 1)), quotient(uint64(r.CacheRead), 1)
			if lever.All {
				cached = cached.mul(of(lever.By.Base))
			}
			x := d
			x.Band = exact.edges.Band(in.add(cached).ceil(1))
			t := newTariff(pricing.Embedded().Tariff(&x, r.Start))
			sum := new(frac)
			*sum = in.mul(quotient(t.rate[likely][fresh], 1)).add(cached.mul(quotient(t.rate[likely][served], 1))).add(quotient(uint64(r.Output), 1).mul(quotient(t.rate[likely][4], 1)))
			want = want.Add(roundBig(sum.rat()))
		}
		if d := a.After.Cost.Sub(want).Abs(); d.Cmp(money.FromAtto(int64(2*len(records)))) > 0 {
			rt.Fatalf("%s, request by request %s", a.After.Cost, want)
		}
	})
}

// TestShortRequestsAreNotCached: only what is in long enough requests can be hits.
func TestShortRequestsAreNotCached(t *testing.T) {
	opus := model("anthropic", "claude-opus-4-6")
	// 6,000 of 8,000 tokens are in a request of 4,096 or more: 75 % can be hits, and
	// the rest counts as written: 6,000 × 0.50 + 2,000 × 6.25.
	r := run(t, preparedFrom(t, asked(t, opus, 6000, 0, 0), asked(t, opus, 2000, 0, 0)), "cache-hit 90%")
	if r.After.Cost.String() != "0.0155" || !noted(r.Notes, "cache-short") {
		t.Errorf("%s, %v", r.After.Cost, r.Notes)
	}
	r = run(t, preparedFrom(t, asked(t, opus, 3000, 0, 0), asked(t, opus, 2000, 0, 0)), "cache-hit 90%")
	if !r.Delta().IsZero() || !noted(r.Notes, "cache-minimum") {
		t.Errorf("%s, %v", r.Delta(), r.Notes)
	}
}

// TestOutputs: what the slider of a cap is drawn from.
func TestOutputs(t *testing.T) {
	five := model("openai", "gpt-5")
	var records []usage.Record
	for i := range int64(100) {
		records = append(records, asked(t, five, 10, 0, 10*(i+1)))
	}
	b := preparedFrom(t, records...)
	if got, want := b.Outputs(nil), (Lengths{100, 500, 900, 990, 1000, true}); got != want || got.Suggested() != 1188 {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := b.Outputs(budget.Scope{usage.ByModel: {"gpt-4o"}}); got.Requests != 0 {
		t.Errorf("%+v", got)
	}
}

// TestLongRequestsAreCounted: what does not fit a window is counted to the request.
func TestLongRequestsAreCounted(t *testing.T) {
	five := model("openai", "gpt-5")
	b := preparedFrom(t, asked(t, five, 128_000, 0, 0), asked(t, five, 128_001, 0, 0), asked(t, five, 100_000, 40_000, 0), asked(t, five, 5, 0, 0))
	if r := run(t, b, "swap gpt-5=gpt-4o"); r.Levers[0].Misfit != 2 || r.Levers[0].MayMisfit != 0 {
		t.Errorf("%d and %d", r.Levers[0].Misfit, r.Levers[0].MayMisfit)
	}
}

// TestWhatWasReadFits: a request that a model has read is no longer than that
// model's window, also where the source does not say how long it was.
func TestWhatWasReadFits(t *testing.T) {
	for _, c := range []struct {
		from, lever string
		may         int64
	}{
		{"gpt-5.4-mini", "swap gpt-5.4-mini=gpt-6-luna", 0}, // 400,000 ×1.2 into 1,050,000
		{"gpt-5.4-mini", "swap gpt-5.4-mini=gpt-5-mini", 0}, // the same window, the same tokens
		{"gpt-5.4-mini", "swap gpt-5.4-mini=gpt-4o", 7},
		{"gpt-6-luna", "swap gpt-6-luna=gpt-5.4-mini", 7},
		{"gpt-5.4-mini", "input +5%", 7},
		{"no-such-model", "swap *=gpt-5.4-mini", 0}, // nothing is swapped
	} {
		b := usage.NewBuilder(1)
		b.Add(usage.SlotOf(day(t, noon)), 1, b.Set(model("openai", c.from)), usage.Measures{Records: 1, Requests: 7, Tokens: usage.Tokens{Input: 9_000_000}})
		base, err := Prepare(Input{Cube: b.Cube(), Book: pricing.Embedded(), AsOf: day(t, "2026-11-21T00:00:00Z")})
		if err != nil {
			t.Fatal(err)
		}
		if r := run(t, base, c.lever); r.Levers[0].Misfit != 0 || r.Levers[0].MayMisfit != c.may {
			t.Errorf("%s: %d do not fit, %d may not, want %d", c.lever, r.Levers[0].Misfit, r.Levers[0].MayMisfit, c.may)
		}
	}
}
