package scenario

import (
	"slices"
	"testing"

	"tokpit/pricing"
	"tokpit/usage"
)

// Swaps across a threshold of long-context prices, by hand. A price above a
// threshold holds for the whole request.
func TestSwapAcrossAThreshold(t *testing.T) {
	const spring = "2026-03-10T12:00:00Z"
	for _, c := range []struct {
		name, at, provider, model, lever string
		input, output                    int64 // of one request
		before, after                    string
	}{
		// gpt-5 has one price: 1.25 and 10. gpt-5.4 has 2.50 and 15 up to 272,000, and 5
		// and 22.50 above. 272,000 × 1.25 + 10,000 × 10; 272,000 × 2.50 + 10,000 × 15.
		{"at 272,000", noon, "openai", "gpt-5", "swap gpt-5=gpt-5.4", 272_000, 10_000, "0.44", "0.83"},
		// One token more: 272,001 × 5 + 10,000 × 22.50.
		{"above 272,000", noon, "openai", "gpt-5", "swap gpt-5=gpt-5.4", 272_001, 10_000, "0.44000125", "1.585005"},
		// And back: the same figures the other way round.
		{"back", noon, "openai", "gpt-5.4", "swap gpt-5.4=gpt-5", 272_001, 10_000, "1.585005", "0.44000125"},
		// Opus 4.5 has 5 and 25. Sonnet 4.5 had 3 and 15 up to 200,000, and 6 and 22.50 above,
		// until 30 April 2026: 200,000 × 3 + 1,000 × 15; 240,000 × 6 + 1,000 × 22.50.
		{"at 200,000", spring, "anthropic", "claude-opus-4-5", "swap claude-opus-4-5=claude-sonnet-4-5", 200_000, 1000, "1.025", "0.615"},
		{"above 200,000", spring, "anthropic", "claude-opus-4-5", "swap claude-opus-4-5=claude-sonnet-4-5", 240_000, 1000, "1.225", "1.4625"},
		// Since then 240,000 × 3 + 1,000 × 15.
		{"after it ended", noon, "anthropic", "claude-opus-4-5", "swap claude-opus-4-5=claude-sonnet-4-5", 240_000, 1000, "1.225", "0.735"},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := asked(t, model(c.provider, c.model), c.input, 0, c.output)
			q.Start = day(t, c.at)
			b := usage.NewBuilder(1)
			d := q.Dims
			d.Band = q.BandIn(pricing.Embedded().Edges())
			b.Add(usage.SlotOf(q.Start), 1, b.Set(d), q.Measures())
			base, err := Prepare(Input{Cube: b.Cube(), Book: pricing.Embedded(), AsOf: day(t, "2026-11-21T00:00:00Z"), Requests: slices.Values([]*usage.Record{&q})})
			if err != nil {
				t.Fatal(err)
			}
			r := run(t, base, c.lever)
			if r.Before.Cost.String() != c.before || r.After.Cost.String() != c.after || r.After.Ranged {
				t.Errorf("%s → %s, want %s → %s", r.Before.Cost, r.After.Cost, c.before, c.after)
			}
		})
	}
}
