package litellm

import (
	"encoding/json"
	"slices"
	"time"

	"tokpit/usage"
	"tokpit/usage/internal/buckets"
)

// memory is what is remembered between pulls.
type memory struct {
	days buckets.Days
	kept
}

// kept is the part of memory beside the days that have been read.
type kept struct {
	Logs      bool      // the log could be read
	Latest    time.Time // start of the latest row, by the proxy's clock
	Providers []string  // that have been seen
	// Hours has a digest of the rows of the last days' hours, by hour. An hour
	// that still has its digest need not be written again.
	Hours map[string]uint64
}

const (
	cursorDays = "days"
	cursorLog  = "log"
)

func remember(c usage.Cursors) (m memory) {
	m.days = buckets.Decode(c[cursorDays])
	if json.Unmarshal(c[cursorLog], &m.kept) != nil {
		m.kept = kept{}
	}
	if m.Hours == nil {
		m.Hours = make(map[string]uint64)
	}
	return m
}

func (m *memory) encode() usage.Cursors {
	data, _ := json.Marshal(m.kept) // times, names and numbers: cannot fail
	return usage.Cursors{cursorDays: m.days.Encode(), cursorLog: data}
}

// see notes a provider.
func (m *memory) see(provider string) {
	if provider == "" {
		return
	}
	if i, known := slices.BinarySearch(m.Providers, provider); !known {
		m.Providers = slices.Insert(m.Providers, i, provider)
	}
}

// forget lets go of hours that no pull reads again.
func (m *memory) forget(before time.Time) {
	limit := hourKey(before)
	for hour := range m.Hours {
		if hour < limit {
			delete(m.Hours, hour)
		}
	}
}

// hasRows reports whether the log had rows on a day.
func (m *memory) hasRows(day time.Time) bool {
	for h := range 24 {
		if _, ok := m.Hours[hourKey(day.Add(time.Duration(h)*time.Hour))]; ok {
			return true
		}
	}
	return false
}

// hourKey names an hour; names sort like hours.
func hourKey(at time.Time) string { return at.UTC().Format("2006-01-02T15") }
