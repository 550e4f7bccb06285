package tui

import (
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/budget"
	"tokpit/report"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// Every page in every state says what is the matter, and what to do next.
func TestStatesSayWhatNext(t *testing.T) {
	old := tuitest.Explored()
	old.LastSync = old.AsOf.AddDate(0, 0, -3)
	nobody := ui.Narrow{Period: "7d", Filter: budget.Scope{usage.ByProject: {"nobody"}}}
	states := []struct {
		name  string
		snap  *report.Snapshot
		msgs  []tea.Msg
		all   []string            // on every page
		pages map[string][]string // on one
	}{
		{name: "empty", snap: tuitest.Empty(), pages: map[string][]string{
			"Overview": {"No usage found yet", "d  look around with demo data", "r  look again", "permission denied"},
			"Explore":  {"No usage has been read yet.", "The page Sources", "r reads"},
			"Estimate": {"What will this prompt cost?", "paste", "x      look at an example"},
			"Simulate": {"No usage has been read yet.", "works out what traffic", "looks around with demo data."},
			"Budgets":  {"Where budgets stand is not known yet.", "r reads it again", "a add"},
			"Prices":   {"No price book is loaded."},
			"Sources":  {"! not readable", "let this user read the place", "a connect"},
		}},
		{name: "old", snap: old, all: []string{"! last synced 3 days ago: r reads what is new; tokpit sync does so from a timer", "! 3 d"}},
		{name: "error", snap: tuitest.Explored(), msgs: []tea.Msg{Failed{errBusy}},
			all: []string{"! " + errBusy.Error(), "close the other tokpit · this is the last good data, r tries again"}},
		{name: "reading", snap: tuitest.Explored(), msgs: []tea.Msg{Syncing{Done: 3, Total: 12}}, all: []string{"⠋ 25%"}},
		{name: "filtered to nothing", snap: tuitest.Explored(), msgs: []tea.Msg{nobody}, all: []string{"last 7 days ✕", "project nobody ✕"}, pages: map[string][]string{
			"Overview": {"nothing was used: X shows all usage"},
			"Explore":  {"was used in this time", "X shows all usage"},
			"Simulate": {"Nothing was used in project nobody", "X shows all usage"},
		}},
	}
	for _, s := range states {
		m := shown(t, s.snap, 80, 24)
		for _, msg := range s.msgs {
			play(m, msg)
		}
		for _, p := range m.pages {
			m.open(p.Title())
			if _, err := m.settled(t.Context()); err != nil {
				t.Fatal(err)
			}
			t.Run(s.name+"/"+p.Title(), func(t *testing.T) {
				if s.pages != nil && s.name == "filtered to nothing" && !narrows(p) {
					return
				}
				wantText(t, m, append(s.all, s.pages[p.Title()]...)...)
			})
		}
	}
}

// Before there is anything to show: what is read and how long it takes, or what
// went wrong and what to do.
func TestBeforeTheFirstData(t *testing.T) {
	m, f := newModel(t, nil)
	drive(m, tea.WindowSizeMsg{Width: 80, Height: 24}, Syncing{Source: "openai", Done: 0, Total: 4})
	now := tuitest.Now()
	m.opts.Now = func() time.Time { return now.Add(time.Minute) }
	drive(m, Syncing{Source: "openai", Done: 1, Total: 4}, ticked{spin: true})
	wantText(t, m, "Reading your usage…", "reading openai 25%, 3 min left", "What is read is kept: q quits")
	f.set(nil, errBusy)
	load(m)
	wantText(t, m, "! tokpit could not read its data", errBusy.Error(), "hint: close the other tokpit", "r tries again, q quits.")
	drive(m, tea.WindowSizeMsg{Width: 30, Height: 6})
	wantText(t, m, "tokpit needs 40×10", "30×6", "make the window")
}
