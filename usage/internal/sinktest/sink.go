// Package sinktest is a store in memory for tests of sources: it keeps what a
// pull emits and folds copies, and nothing else.
package sinktest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"tokpit/usage"
)

// Sink holds what has been emitted. The zero Sink is empty.
type Sink struct {
	Records     map[string]usage.Record // by id
	Cursors     usage.Cursors
	Quarantined []usage.Quarantined
	Batches     int
	// Fail makes the n-th batch from now fail; 0 is never.
	Fail int
}

// ErrFull is what a failing sink returns.
var ErrFull = errors.New("the sink is full")

// Apply commits one batch.
func (s *Sink) Apply(b usage.Batch) error {
	if s.Fail == 1 {
		return ErrFull
	}
	s.Fail = max(0, s.Fail-1)
	if s.Records == nil {
		s.Records, s.Cursors = map[string]usage.Record{}, usage.Cursors{}
	}
	s.Batches++
	for _, r := range b.Removed {
		delete(s.Records, r.ID)
	}
	for _, r := range b.Records {
		if old, ok := s.Records[r.ID]; ok {
			r = usage.Fold(old, r)
		}
		s.Records[r.ID] = r
	}
	for key, value := range b.Cursors {
		if value == nil {
			delete(s.Cursors, key)
		} else {
			s.Cursors[key] = slices.Clone(value)
		}
	}
	s.Quarantined = slices.DeleteFunc(s.Quarantined, func(q usage.Quarantined) bool { return slices.Contains(b.Reread, q.File) })
	s.Quarantined = append(s.Quarantined, b.Quarantined...)
	return nil
}

// Pull runs a source into the sink and fails the test on an error.
func (s *Sink) Pull(t testing.TB, src usage.Source) usage.Report {
	t.Helper()
	report, err := src.Pull(context.Background(), maps.Clone(s.Cursors), s.Apply)
	if err != nil {
		t.Fatalf("pull %s: %v", src.Name(), err)
	}
	return report
}

// Total sums all records.
func (s *Sink) Total() usage.Measures {
	var m usage.Measures
	for _, r := range s.Records {
		m = m.Add(r.Measures())
	}
	return m
}

// Reasons lists what was quarantined, in order of file and line.
func (s *Sink) Reasons() []string {
	list := slices.Clone(s.Quarantined)
	slices.SortStableFunc(list, func(a, b usage.Quarantined) int {
		if a.File != b.File {
			if a.File < b.File {
				return -1
			}
			return 1
		}
		return int(a.Line - b.Line)
	})
	var out []string
	for _, q := range list {
		out = append(out, q.Reason)
	}
	return out
}
