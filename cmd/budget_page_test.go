package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/report"
	"tokpit/tui"
	"tokpit/tui/budgets"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// says runs a command over the store of an app, and decodes what it prints.
func says(t *testing.T, a *app, into any, args ...string) {
	t.Helper()
	var out bytes.Buffer
	env := *a.env
	env.Stdout, env.Args = &out, append([]string{"--demo"}, args...)
	if status := Main(env); status != 0 {
		t.Fatalf("%v: status %d", args, status)
	}
	if err := json.Unmarshal(out.Bytes(), into); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out.String())
	}
}

// The figures on the page are those that `budget show --json` prints, and a
// replay on it answers as `budget replay --json` does.
func TestThePageSaysWhatTheCommandSays(t *testing.T) {
	t.Parallel()
	d, _ := demoDesk(t)
	d.app.rules = nil // the command knows no rules of this test's
	if err := d.app.loadConfig(); err != nil {
		t.Fatal(err)
	}
	s, err := d.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Budgets.Standings) < 3 {
		t.Fatalf("%d budgets in the demo", len(s.Budgets.Standings))
	}
	p := budgets.New(budgets.Options{Actions: budgeter{d}})
	p.SetSize(220, 60)
	p.SetSnapshot(s)
	p.Update(tea.KeyPressMsg{Code: tea.KeyHome})
	for i := range s.Budgets.Standings {
		st := &s.Budgets.Standings[i]
		name, cur := st.Budget.Name, st.Budget.Currency
		var show struct {
			Spent, Headroom, Limit, State string
			Forecast                      *struct{ Point, Low, High string }
			Contributors                  []struct {
				By    string
				Parts []struct{ Name, Cost string }
			}
		}
		says(t, d.app, &show, "budget", "show", name, "--json")
		screen := ansi.Strip(p.View())
		figures := map[string]string{"headroom": show.Headroom, "limit": show.Limit}
		if show.Forecast != nil {
			figures["forecast"], figures["low"], figures["high"] = show.Forecast.Point, show.Forecast.Low, show.Forecast.High
		}
		if !st.Ranged {
			figures["spent"] = show.Spent
		}
		for what, text := range figures {
			a, err := money.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			if shown := ui.Money(a.Abs(), cur); !strings.Contains(screen, shown) {
				t.Errorf("%s: the %s %s is not on the page:\n%s", name, what, shown, screen)
			}
		}
		word := show.State
		if show.Forecast != nil && show.State == string(budget.StateWarn) {
			ends, err := money.Parse(show.Forecast.Point)
			if limit, bad := money.Parse(show.Limit); err != nil || bad != nil {
				t.Fatal(err, bad)
			} else if ends.Cmp(limit) > 0 {
				word = "will be over" // which is why it warns
			}
		}
		if st.Cost.String() != show.Spent || string(st.State) != show.State || !strings.Contains(screen, "▸ "+name) || !strings.Contains(screen, word) {
			t.Errorf("%s: %s %s, the command says %+v", name, st.Cost, st.State, show)
		}
		var replay struct {
			Total, Saved string
			Refused      int64
		}
		says(t, d.app, &replay, "budget", "replay", name, "--limit", "50", "--json")
		r, err := budgeter{d}.Replay(t.Context(), s, *st.Budget, st.Period, func(int) {})
		if err != nil {
			t.Fatal(err)
		}
		o := budget.NewReplay(st.Period, r.Pieces).Ask(money.FromUnits(50), 10*time.Minute, nil)
		if o.Total.String() != replay.Total || o.Saved.String() != replay.Saved || o.Refused != replay.Refused {
			t.Errorf("%s: replayed %s %s %d, the command says %+v", name, o.Total, o.Saved, o.Refused, replay)
		}
		p.Update(tea.KeyPressMsg{Code: tea.KeyDown})
	}
}

// A preview reads what the budget itself stands on.
func TestPreviewIsTheStanding(t *testing.T) {
	t.Parallel()
	d, s := demoDesk(t)
	for i := range s.Budgets.Standings {
		st := &s.Budgets.Standings[i]
		spend, err := budgeter{d}.Spend(t.Context(), s, *st.Budget, 2)
		if err != nil {
			t.Fatal(err)
		}
		if now := st.Budget.Assess(spend.Spend, s.AsOf); now.Cost != st.Cost || now.Forecast.Point != st.Forecast.Point || now.State != st.State || !now.AsOf.Equal(st.AsOf) {
			t.Errorf("%s: %s, → %s, %s instead of %s, → %s, %s", st.Budget.Name, now.Cost, now.Forecast.Point, now.State, st.Cost, st.Forecast.Point, st.State)
		}
		if before := st.Budget.AssessIn(st.Budget.Before(st.Period), spend.Spend, s.AsOf); before.Cost.Sign() <= 0 {
			t.Errorf("%s: nothing was spent in the period before", st.Budget.Name)
		}
	}
}

// What is done on the page is kept, by the person at the terminal through the
// cockpit, and never over somebody else's change.
func TestThePageKeeps(t *testing.T) {
	t.Parallel()
	a, _ := stage(t)
	d := newDesk(a, 0)
	var sent []tea.Msg
	d.send = func(m tea.Msg) { sent = append(sent, m) }
	p, s := budgeter{d}, &report.Snapshot{AsOf: a.now()}
	b := budget.Budget{Name: "all", Amount: money.FromUnits(500), Currency: "USD", Period: budget.Monthly, Zone: "UTC", Scope: budget.Scope{usage.ByProject: {"web"}},
		Warn: []budget.Threshold{{Percent: 80_000}}}
	ctx := t.Context()
	if err := p.Save(ctx, s, nil, b); err != nil {
		t.Fatal(err)
	}
	if err := p.Save(ctx, s, nil, b); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("added twice: %v", err)
	}
	more := b
	more.Amount = money.FromUnits(700)
	if err := p.Save(ctx, s, &b, more); err != nil {
		t.Fatal(err)
	}
	if err := p.Save(ctx, s, &b, more); err == nil || !strings.Contains(err.Error(), "changed elsewhere") {
		t.Errorf("changed over another change: %v", err)
	}
	if err := p.Remove(ctx, s, b); err == nil || !strings.Contains(err.Error(), "changed elsewhere") {
		t.Errorf("removed over another change: %v", err)
	}
	if err := p.Snooze(ctx, s, "all", "", a.now().Add(time.Hour)); err != nil {
		t.Error(err)
	}
	if err := p.Acknowledge(ctx, s, "all", ""); err != nil {
		t.Error(err)
	}
	if err := p.Retry(ctx, s, "nothing"); err == nil {
		t.Error("sent again what is not there")
	}
	secret := more
	secret.Notify = []string{"sk-admin-CANARY7Hq2Zr8Lw5Tn1Vb6Xk"}
	if err := p.Save(ctx, s, &more, secret); err == nil || strings.Contains(err.Error(), "CANARY") {
		t.Errorf("kept a key: %v", err)
	}
	if err := p.Remove(ctx, s, more); err != nil {
		t.Fatal(err)
	}
	var hinted interface{ Hint() string }
	if err := p.Save(ctx, s, &more, more); !errors.As(err, &hinted) || hinted.Hint() == "" {
		t.Errorf("no hint in %v", err)
	}
	if len(sent) != 5 { // what went well
		t.Errorf("told the screen %d times", len(sent))
	}
	rows, err := a.store.Audit(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Actor.Via != "cockpit" {
			t.Errorf("%s was done via %q", r.What, r.Actor.Via)
		}
	}
}

// A replay that nobody waits for any more ends.
func TestReplayEnds(t *testing.T) {
	t.Parallel()
	d, s := demoDesk(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	st := &s.Budgets.Standings[0]
	if _, err := (budgeter{d}).Replay(ctx, s, *st.Budget, st.Period, func(int) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}

// The cockpit over demo data: a budget is added, stands on the screen with real
// figures, and goes again.
func TestBudgetsInTheCockpit(t *testing.T) {
	t.Parallel()
	d, _ := demoDesk(t)
	term := tuitest.Start(t, tui.New(t.Context(), d, tui.Options{Now: d.app.now, Budgets: budgeter{d}}), 140, 45)
	x, y := term.Find("Budgets")
	term.Click(x, y)
	term.See("Limits together")
	term.Type("a")
	term.See("New budget")
	term.Type("tiny\t\x151\t\t\tproject=search")
	term.See("This month with this budget")
	term.Type("\x13")
	term.See("tiny is added")
	term.See("▸ tiny")
	term.See("over")
	term.Type("u")
	term.See("tiny is removed: the last change is taken back")
	term.Type("g")
	term.Type("p")
	term.See("A limit of")
	term.Type("\x1b")
	term.See("Who spends")
	term.Type("q")
	if err := term.Ended(); err != nil {
		t.Fatal(err)
	}
}
