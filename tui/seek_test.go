package tui

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/report"
	"tokpit/scenario"
	"tokpit/tui/overlay"
	"tokpit/tui/reach"
	"tokpit/tui/simulate"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

// live sends messages and lets what they begin go on beside, as in the program,
// until nothing has come back for a while.
func live(m *Model, msgs ...tea.Msg) {
	answers := make(chan tea.Msg, 64)
	var begin func(tea.Cmd)
	begin = func(cmd tea.Cmd) {
		if cmd == nil {
			return
		}
		go func() {
			switch msg := cmd().(type) {
			case nil, tea.QuitMsg:
			case tea.BatchMsg:
				for _, c := range msg {
					begin(c)
				}
			default:
				answers <- msg
			}
		}()
	}
	for _, msg := range msgs {
		_, cmd := m.Update(msg)
		begin(cmd)
		for quiet := false; !quiet; {
			select {
			case msg := <-answers:
				_, cmd := m.Update(msg)
				begin(cmd)
			case <-time.After(40 * time.Millisecond):
				quiet = true
			}
		}
	}
}

// typed are the keys of a text.
func typed(text string) (out []tea.Msg) {
	for _, r := range text {
		out = append(out, press(string(r)))
	}
	return out
}

// jump opens the palette, types and takes what it finds.
func jump(m *Model, what string) {
	live(m, press(":"))
	drive(m, typed(what)...)
	live(m, enter())
}

// everything is a snapshot with something of all that can be jumped to.
func everything() *report.Snapshot {
	s := tuitest.Explored()
	b, c := tuitest.Budgeted(), tuitest.Connected()
	s.Budgets, s.Sources = b.Budgets, c.Sources
	return s
}

func TestJumps(t *testing.T) {
	m := shown(t, everything(), 160, 50)
	budgets := m.snap.Budgets.Standings
	last := budgets[len(budgets)-1].Budget.Name
	for what, wants := range map[string][]string{
		"budget " + last:     {"▸ " + last, "5 Budgets"},
		"source acme-openai": {"▸ acme-openai", "Can I trust these numbers?"},
		"price openai/gpt-5": {"$ per 1M tokens", "gpt-5"},
		"model gpt-5":        {"All usage › model gpt-5"},
		"provider anthropic": {"All usage › provider anthropic"},
		"go prices":          {"$ per 1M tokens"},
	} {
		jump(m, what)
		if _, open := m.modals.Top(); open {
			t.Errorf("%q: the palette is still open", what)
			m.modals.Pop()
		}
		wantText(t, m, wants...)
	}
	if m.recent[0] == m.recent[1] || len(m.recent) != 6 {
		t.Errorf("run lately: %q", m.recent)
	}
	live(m, press(":"))
	found := text(m)
	for _, name := range m.recent {
		if !strings.Contains(found, name) {
			t.Errorf("%q was run lately and is not at the top:\n%s", name, found)
		}
	}
}

// A project that is filtered to shows the figures of the project.
func TestJumpToAProject(t *testing.T) {
	m := shown(t, everything(), 160, 50)
	targets := reach.Targets(m.snap, nil)
	at := slices.IndexFunc(targets, func(c overlay.Command) bool { return strings.HasPrefix(c.Name, "project ") })
	seek := targets[at].Msg.(ui.Seek)
	jump(m, targets[at].Name)
	wantText(t, m, "All usage › "+targets[at].Name)
	sets := 0
	for i := range m.snap.Cube.Sets {
		if m.snap.Cube.Sets[i].Project == seek.Name {
			sets++
		}
	}
	if sets == 0 {
		t.Errorf("no usage has the project %q", seek.Name)
	}
}

// What names would do to the terminal is taken out, and nothing is sought that
// cannot be found.
func TestJumpsAmongHostileNames(t *testing.T) {
	m := shown(t, tuitest.HostileExplored(), 120, 40)
	live(m, press(":"))
	drive(m, typed("project")...)
	checkFits(t, m.render(), 120, 40)
	for range 20 {
		drive(m, tea.KeyPressMsg{Code: tea.KeyDown})
		checkFits(t, m.render(), 120, 40)
	}
	live(m, enter())
	checkFits(t, m.render(), 120, 40)
	wantText(t, m, "All usage › project")
}

type scenarios struct{ simulate.Actions }

func (scenarios) Scenarios(context.Context, *report.Snapshot) ([]scenario.Saved, error) {
	return []scenario.Saved{{Scenario: scenario.Scenario{Name: "minis-for-support"}}}, nil
}

func TestScenariosCanBeJumpedTo(t *testing.T) {
	m := shown(t, everything(), 120, 40)
	m.opts.Simulator = scenarios{}
	live(m, press(":"))
	drive(m, typed("minis")...)
	wantText(t, m, "scenario minis-for-support", "Simulate")
}

// The palette does what any page does, wherever one is: it goes there, and presses
// the key.
func TestPaletteReachesOtherPages(t *testing.T) {
	m := shown(t, tuitest.Explored(), 140, 40)
	for name, want := range map[string]struct{ page, sees string }{
		"Prices: find a model": {"Prices", "type a part of a provider or a model"}, "Sources: connect a source": {"Sources", "Sources › Connect a source"},
	} {
		m.open("Overview")
		at := slices.IndexFunc(m.commands(), func(c overlay.Command) bool { return c.Name == name })
		if at < 0 {
			var all []string
			for _, c := range m.commands() {
				all = append(all, c.Name)
			}
			t.Fatalf("no command %q in %q", name, all)
		}
		live(m, m.commands()[at].Msg)
		if m.page().Title() != want.page {
			t.Errorf("%s leads to %s", name, m.page().Title())
		}
		wantText(t, m, want.sees)
		m.modals.Pop()
		drive(m, tea.KeyPressMsg{Code: tea.KeyEscape})
	}
	m.open("Overview")
	for _, c := range m.commands() {
		if strings.HasPrefix(c.Name, "Budgets: ") && strings.HasSuffix(c.Name, "budget above") {
			t.Errorf("%s is of no use from here", c.Name)
		}
	}
}
