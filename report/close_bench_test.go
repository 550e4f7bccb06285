package report

import (
	"fmt"
	"testing"

	"tokpit/pricing"
	"tokpit/usage"
)

// BenchmarkClose freezes a month of 500 projects, keeps it, opens it again and
// looks for what has changed.
func BenchmarkClose(b *testing.B) {
	var cells []cell1
	first := usage.SlotOf(at(b, "2026-10-01"))
	for day := range 31 {
		for project := range 500 {
			for _, model := range []string{"gpt-5", "gpt-5-mini", "gpt-5.6-sol", "gpt-5.4-mini", "gpt-5.4-nano"} {
				d := usage.Dims{Source: "openai", Provider: "openai", Account: "acme", Project: fmt.Sprint("proj_", project), Key: fmt.Sprint("key_", project), Model: model,
					Basis: usage.Reported, Band: usage.Band{End: 100_000}}
				cells = append(cells, cell1{first + usage.Slot(day*96), 96, d, usage.Measures{Records: 1, Requests: 9, Tokens: usage.Tokens{Input: int64(day + project), Output: 7}}})
			}
		}
	}
	in := cycleOf(b, cells, nil, pricing.Embedded(), "2026-10-01", "2026-11-01")
	for b.Loop() {
		f, err := Freeze(FreezeInput{CycleInput: in, Cycle: "2026-10"})
		if err != nil {
			b.Fatal(err)
		}
		document, err := f.Document()
		if err != nil {
			b.Fatal(err)
		}
		if f, err = OpenFrozen(f.Close, document); err != nil {
			b.Fatal(err)
		}
		today, err := CycleEntries(in, nil)
		if err != nil || len(Correct("2026-10", f.Entries, today)) != 0 {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(f.Entries)), "entries")
		b.ReportMetric(float64(len(document)), "bytes")
	}
}
