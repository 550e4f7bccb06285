// Package rowtest holds decoders of logs to what they promise of any input. It
// needs no files, so that a fuzzer gets somewhere.
package rowtest

import (
	"bytes"
	"testing"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/jsonl"
)

// Decode gives rows to a decoder, or a whole document, and returns the records
// by id. Rows are left and gone on with, as pulls do.
func Decode(t testing.TB, make func() jsonl.Decoder, data []byte, document bool, now time.Time) map[string]usage.Record {
	t.Helper()
	d := make()
	d.Begin(jsonl.Start{Path: "/p/f"})
	rows := [][]byte{data}
	if !document {
		rows = bytes.Split(data, []byte("\n"))
	}
	all := map[string]usage.Record{}
	for i, row := range rows {
		row = bytes.TrimSpace(row)
		if len(row) < 2 || row[0] != '{' || row[len(row)-1] != '}' {
			continue
		}
		out := jsonl.NewOut(now)
		d.Dull(row[:len(row)/2])
		bad := d.Row(row, out)
		records := out.Take()
		if bad != "" && len(records) > 0 && !document {
			t.Errorf("row %d was counted and refused: %q", i, bad)
		}
		for _, r := range records {
			if old, ok := all[r.ID]; ok {
				r = usage.Fold(old, r)
			}
			all[r.ID] = r
		}
		if i%3 == 2 {
			state := d.State(nil)
			d = make()
			d.Begin(jsonl.Start{Path: "/p/f", State: state})
		}
	}
	return all
}

// Sound fails the test unless what a decoder counts is believable, and the same
// each time.
func Sound(t testing.TB, source string, make func() jsonl.Decoder, data []byte, document bool, now time.Time) {
	t.Helper()
	first, second := Decode(t, make, data, document, now), Decode(t, make, data, document, now)
	if len(first) != len(second) {
		t.Errorf("%d records, then %d", len(first), len(second))
	}
	for id, r := range first {
		switch {
		case id == "" || r.Check() != nil || r.IsZero() && len(r.Quantities) == 0 && r.Currency == "":
			t.Errorf("%q: %+v", id, r)
		case r.Start.Year() < 2020 || r.Source != source || r.Basis != usage.Logged:
			t.Errorf("%q: %+v", id, r)
		case r.Context != usage.Absent && r.Context != r.TotalInput(), r.Reasoning > r.Output:
			t.Errorf("%q: %+v", id, r)
		}
	}
}
