package cmd

import (
	"slices"
	"time"

	"tokpit/usage"
	"tokpit/usage/bundle"
)

// exportedDays begins a provider's days in a bundle: those of records, and those
// that were read and had none, whose old figures elsewhere are to go.
type exportedDays struct {
	x       *exporting
	of      bundle.Connection
	foreign bool // the figures came out of bundles
	cursors usage.Cursors
	own     bundle.Version
	empty   []time.Time // days still to come that were read, sorted
	last    time.Time
}

func newExportedDays(x *exporting, c bundle.Connection, covered []usage.Coverage, cursors usage.Cursors) *exportedDays {
	d := &exportedDays{x: x, of: c, cursors: cursors}
	if c.Role != bundle.Provider {
		return d
	}
	_, d.foreign = bundle.Origin(c.Name, cursors)
	d.own = bundle.Version{AsOf: x.view.Changed(c.Name), Store: x.id}
	if d.foreign {
		for _, day := range bundle.Days(cursors) {
			if x.span.Contains(day) {
				d.empty = append(d.empty, day)
			}
		}
		return d
	}
	for _, span := range covered {
		for day := span.Since.UTC(); day.Before(span.Until); day = day.AddDate(0, 0, 1) {
			d.empty = append(d.empty, day)
		}
	}
	slices.SortFunc(d.empty, time.Time.Compare)
	return d
}

// upTo begins the day of an instant, after those before it.
func (d *exportedDays) upTo(at time.Time) error {
	if d.of.Role != bundle.Provider {
		return nil
	}
	day := at.UTC().Truncate(24 * time.Hour)
	for len(d.empty) > 0 && !d.empty[0].After(day) {
		if err := d.begin(d.empty[0]); err != nil {
			return err
		}
		d.empty = d.empty[1:]
	}
	return d.begin(day)
}

// rest begins the days behind the last record.
func (d *exportedDays) rest() error {
	for _, day := range d.empty {
		if err := d.begin(day); err != nil {
			return err
		}
	}
	return nil
}

func (d *exportedDays) begin(day time.Time) error {
	if !day.After(d.last) {
		return nil
	}
	d.last = day
	v := d.own
	if d.foreign {
		known, ok := bundle.VersionOf(d.cursors, day)
		if v = known; !ok {
			v = bundle.Version{Store: d.of.Store}
		}
	}
	return d.x.writer.Day(day, v)
}
