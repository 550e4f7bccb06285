package tui

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/tui/ui"
)

// under returns the context of a sync that a person may end.
func (m *Model) under() context.Context {
	ctx, cancel := context.WithCancel(m.ctx)
	m.stopSync = cancel
	m.keys.Stop.SetEnabled(true)
	return ctx
}

// stop ends the sync that runs. What it has read so far stays, and the next one
// goes on from there.
func (m *Model) stop() tea.Cmd {
	if m.stopSync != nil {
		m.stopSync()
	}
	m.keys.Stop.SetEnabled(false)
	m.notice = "Stopped: what was read stays, r goes on from there"
	return nil
}

// ended forgets the sync that ran. Its error is nil if a person stopped it.
func (m *Model) ended(err error) error {
	stopped := m.stopSync != nil && !m.keys.Stop.Enabled()
	if m.stopSync != nil {
		m.stopSync()
	}
	m.stopSync = nil
	m.keys.Stop.SetEnabled(false)
	if stopped && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// left says how long the reading of a source will still take, once that can be
// said: "", or " · 2 min left".
func (s *Syncing) left(now time.Time) string {
	const least = 3 * time.Second // before it a rate means nothing
	elapsed, done := now.Sub(s.began), s.Done-s.from
	if s.began.IsZero() || elapsed < least || done <= 0 || s.Done >= s.Total {
		return ""
	}
	rest := time.Duration(float64(elapsed) * float64(s.Total-s.Done) / float64(done)) // a guess for people
	switch {
	case rest > 24*time.Hour:
		return ""
	case rest >= 90*time.Minute:
		return ", " + ui.Digits(int64(rest.Round(time.Hour).Hours())) + " h left"
	case rest >= 90*time.Second:
		return ", " + ui.Digits(int64(rest.Round(time.Minute).Minutes())) + " min left"
	}
	return ", " + ui.Digits(max(1, int64(rest.Seconds()))) + " s left"
}
