package report

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"tokpit/pricing"
	"tokpit/usage"
)

// largeCube is n cells over a year, in a few hundred dimension sets, as a large
// organisation has them.
func largeCube(n int) *usage.Cube {
	r := rand.New(rand.NewPCG(1, 2))
	b := usage.NewBuilder(n)
	models := []usage.Dims{{Provider: "openai", Model: "gpt-5.6-sol"}, {Provider: "deepseek", Model: "deepseek-v4-flash"},
		{Provider: "anthropic", Model: "claude-sonnet-5-5"}, {Provider: "anthropic", Model: "claude-opus-5"},
		{Provider: "self-hosted", Model: "ours"}, {Provider: "google", Model: "gemini-3.1-pro-preview"},
		{Provider: "openai", Model: "gpt-5.4-mini"}, {Provider: "xai", Model: "grok-4.7"}}
	bands := []usage.Band{{}, {Lo: 0, End: 100_000}, {Lo: 128_001, End: 200_000}, {Lo: 272_001, End: 512_000}}
	sources := []string{"claude-code", "codex", "litellm", "openai"}
	var sets []uint32
	for i := range 400 {
		d := models[i%len(models)]
		d.Project, d.Source, d.Band = fmt.Sprint("project-", i%30), sources[i%4], bands[i%len(bands)]
		d.Machine, d.Basis = fmt.Sprint("machine-", i/16), usage.Logged
		if i%4 == 3 {
			d.Basis = usage.Reported
		}
		sets = append(sets, b.Set(d))
	}
	first := usage.SlotOf(time.Date(2025, 11, 21, 0, 0, 0, 0, time.UTC))
	for i := range n {
		m := usage.Measures{Records: 2, Requests: 2, Tokens: usage.Tokens{Input: r.Int64N(5000), CacheRead: r.Int64N(200_000), CacheWrite5m: r.Int64N(5000), Output: r.Int64N(3000)}}
		if i%500 == 0 {
			m.Quantities = []usage.Quantity{{Meter: "web_search", N: 1}}
		}
		b.Add(first+usage.Slot(i*365*96/n), 1, sets[r.IntN(len(sets))], m)
	}
	return b.Cube()
}

func benchPlans() []pricing.Plan {
	return []pricing.Plan{{Source: "claude-code", Currency: "USD", From: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}}
}

func BenchmarkRun(b *testing.B) {
	cube := largeCube(1_000_000)
	for _, by := range []string{"", "model", "day", "hour", "project,model", "day,project", "month,priced_as", "week,source"} {
		b.Run(by, func(b *testing.B) {
			dims, err := usage.ParseDimensions(by)
			if err != nil {
				b.Fatal(err)
			}
			q := Query{By: dims, Zone: zone(b, "Europe/Berlin")}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Run(cube, pricing.Embedded(), benchPlans(), q, time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkBuildSnapshot(b *testing.B) {
	cube := largeCube(500_000)
	in := Input{Cube: cube, Book: pricing.Embedded(), Plans: benchPlans(), Zone: zone(b, "Europe/Berlin"), AsOf: time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)}
	b.ReportAllocs()
	for b.Loop() {
		BuildSnapshot(in)
	}
}

func BenchmarkWriteJSON(b *testing.B) {
	q := Query{By: []usage.Dimension{usage.ByDay, usage.ByModel, usage.ByProject}, Zone: time.UTC}
	r, err := Run(largeCube(200_000), pricing.Embedded(), nil, q, time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC))
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%d rows", len(r.Rows))
	b.ReportAllocs()
	for b.Loop() {
		if err := r.WriteJSON(discard{}); err != nil {
			b.Fatal(err)
		}
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
