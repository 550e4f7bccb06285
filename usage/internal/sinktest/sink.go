// Package sinktest is a store in memory for tests of sources: it keeps what a
// pull emits, folds copies and replaces slices, and nothing else.
package sinktest

import (
	"context"
	"errors"
	"fmt"
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
	Covered     []usage.Coverage                            // merged
	Entities    map[usage.Dimension]map[string]usage.Entity // by kind and id
	Standing    *usage.Standing
	Batches     int
	Largest     int // records in the largest batch
	// Fail makes the n-th batch from now fail; 0 is never.
	Fail int

	slices map[string][]string // ids by kind and start
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
	size := len(b.Records)
	for _, slice := range b.Slices {
		size += len(slice.Records)
		if err := s.replace(slice); err != nil {
			return err
		}
	}
	s.Largest = max(s.Largest, size)
	for _, r := range b.Records {
		if old, ok := s.Records[r.ID]; ok {
			r = usage.Fold(old, r)
		}
		s.Records[r.ID] = r
	}
	if err := s.note(&b); err != nil {
		return err
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

// replace puts a slice in the place of what was there.
func (s *Sink) replace(slice usage.Slice) error {
	if s.slices == nil {
		s.slices = map[string][]string{}
	}
	key := slice.Kind + slice.Start.UTC().String()
	for _, id := range s.slices[key] {
		delete(s.Records, id)
	}
	delete(s.slices, key)
	for _, r := range slice.Records {
		if _, again := s.Records[r.ID]; again {
			return fmt.Errorf("slice %s %s: record %q is there twice", slice.Kind, slice.Start, r.ID)
		}
		if r.Slice != slice.Kind || !r.Start.Equal(slice.Start) {
			return fmt.Errorf("slice %s %s has a record of %q %s", slice.Kind, slice.Start, r.Slice, r.Start)
		}
		s.Records[r.ID] = r
		s.slices[key] = append(s.slices[key], r.ID)
	}
	return nil
}

// note keeps what a batch says beside records.
func (s *Sink) note(b *usage.Batch) error {
	for _, c := range b.Covered {
		if !c.Check() {
			return fmt.Errorf("coverage %+v is not of whole days", c)
		}
	}
	s.Covered = usage.MergeCoverage(append(s.Covered, b.Covered...))
	for _, e := range b.Entities {
		if b.NamedAt.IsZero() {
			return fmt.Errorf("entity %s %q was named at no time", e.Kind, e.ID)
		}
		if s.Entities == nil {
			s.Entities = map[usage.Dimension]map[string]usage.Entity{}
		}
		if s.Entities[e.Kind] == nil {
			s.Entities[e.Kind] = map[string]usage.Entity{}
		}
		s.Entities[e.Kind][e.ID] = e
	}
	if b.Standing != nil {
		s.Standing = b.Standing
	}
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
