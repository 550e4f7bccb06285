package report

import (
	"time"

	"tokpit/pricing"
	"tokpit/usage"
)

// eachFee calls f for every day's part of every plan's fee that falls into the
// span and is due at asOf.
//
// Fees are spread over UTC days. A day's fee stands at the day's noon, so that
// it falls on the same date in nearly every zone and a month has exactly its
// own; it is due as soon as that date has begun in the zone.
func eachFee(plans []pricing.Plan, span usage.Span, zone *time.Location, asOf time.Time, f func(p *pricing.Plan, noon time.Time)) {
	end := Calendar{Zone: zone}.Day(asOf).Until
	if !span.Until.IsZero() && span.Until.Before(end) {
		end = span.Until
	}
	for i := range plans {
		p := &plans[i]
		from := p.From
		if span.Since.After(from) {
			from = span.Since
		}
		for day := from.UTC().Truncate(24 * time.Hour); ; day = day.AddDate(0, 0, 1) {
			noon := day.Add(12 * time.Hour)
			if !noon.Before(end) || !p.To.IsZero() && !day.Before(p.To) {
				break
			}
			if p.Covers(day) && span.Contains(noon) {
				f(p, noon)
			}
		}
	}
}
