package sinktest

import (
	"context"
	"testing"

	"tokpit/usage"
)

// Bench pulls all that a source has, of so many bytes, again and again. Beside
// the usual figures it reports megabytes for each second of processor time, which
// says what one core does, whatever else the machine is busy with.
func Bench(b *testing.B, src usage.Source, size int64) {
	b.Helper()
	b.SetBytes(size)
	b.ReportAllocs()
	var rows int64
	before := processorTime()
	for b.Loop() {
		report, err := src.Pull(context.Background(), nil, func(usage.Batch) error { return nil })
		if err != nil {
			b.Fatal(err)
		}
		rows += report.Rows
	}
	if rows == 0 {
		b.Fatal("nothing was counted")
	}
	spent := processorTime() - before
	if spent == 0 {
		spent = b.Elapsed()
	}
	perSecond := func(n int64) float64 { return float64(n) / spent.Seconds() }
	b.ReportMetric(perSecond(size*int64(b.N))/1e6, "MB/cpu-s")
	b.ReportMetric(perSecond(rows), "rows/cpu-s")
}
