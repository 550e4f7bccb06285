package report

import (
	"time"

	"pgregory.net/rapid"

	"tokpit/pricing"
	"tokpit/usage"
)

// What tests of the packages below this one draw their usage with.

// DrawCube draws usage around price changes and changes of clocks.
func DrawCube(t *rapid.T) *usage.Cube { return cubeOf(drawCells(t)) }

// DrawPlans draws plans.
func DrawPlans(t *rapid.T) []pricing.Plan { return drawPlans(t) }

// DrawQuery draws a query, with a span or without.
func DrawQuery(t *rapid.T) Query {
	q := Query{Zone: drawZone(t)}
	if rapid.Bool().Draw(t, "bounded") {
		day := rapid.SampledFrom([]string{"2026-03-06", "2026-04-01", "2026-08-15", "2026-10-01"}).Draw(t, "since")
		span, err := ParseSpan(day, "", q.Zone, time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), 1)
		if err != nil {
			t.Fatal(err)
		}
		q.Since, q.Until = span.Since, span.Since.AddDate(0, 0, rapid.IntRange(1, 40).Draw(t, "days"))
	}
	return q
}
