package tui

import (
	"context"
	"sync"
	"testing"
	"time"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/tuitest"
	"tokpit/usage"
)

// keeper keeps budgets in memory.
type keeper struct {
	mu    sync.Mutex
	saved []budget.Budget
	told  []string
}

func (k *keeper) note(what string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.told = append(k.told, what)
	return nil
}

func (k *keeper) Save(_ context.Context, _ *report.Snapshot, _ *budget.Budget, b budget.Budget) error {
	k.mu.Lock()
	k.saved = append(k.saved, b)
	k.mu.Unlock()
	return k.note("save " + b.Name)
}

func (k *keeper) Remove(_ context.Context, _ *report.Snapshot, was budget.Budget) error {
	return k.note("remove " + was.Name)
}

func (k *keeper) Acknowledge(_ context.Context, _ *report.Snapshot, name, _ string) error {
	return k.note("ack " + name)
}

func (k *keeper) Snooze(_ context.Context, _ *report.Snapshot, name, _ string, _ time.Time) error {
	return k.note("snooze " + name)
}

func (k *keeper) Retry(_ context.Context, _ *report.Snapshot, key string) error {
	return k.note("retry " + key)
}

func (k *keeper) Spend(context.Context, *report.Snapshot, budget.Budget, int) (report.BudgetSpend, error) {
	s := report.BudgetSpend{}
	for i := range 100 {
		s.Days = append(s.Days, budget.DaySum{Day: tuitest.Now().AddDate(0, 0, -i), Sum: budget.Sum{Cost: money.FromUnits(20)}})
	}
	s.AsOf = tuitest.Now()
	return s, nil
}

func (k *keeper) Replay(_ context.Context, _ *report.Snapshot, _ budget.Budget, period usage.Span, _ func(int)) (*report.BudgetReplay, error) {
	r := &report.BudgetReplay{Period: period, Groups: []usage.Dims{{Key: "ci-bot", Model: "gpt-5.2"}}}
	for at := period.Since; at.Before(tuitest.Now()) && at.Before(period.Until); at = at.Add(time.Hour) {
		r.Pieces = append(r.Pieces, budget.Spent{At: at, Cost: money.FromUnits(2), Requests: 1})
		r.Total = r.Total.Add(money.FromUnits(2))
	}
	return r, nil
}

func (k *keeper) Reaches(*report.Snapshot, []string) error { return nil }

// A budget is looked at, tried, changed and removed in a terminal in memory.
func TestBudgetsInATerminal(t *testing.T) {
	k := &keeper{}
	f := &fake{snap: tuitest.Budgeted()}
	term := tuitest.Start(t, New(t.Context(), f, Options{Syncer: f, Budgets: k, Now: tuitest.Now}), 140, 45)
	term.See("claude-opus-4-8")
	x, y := term.Find("Budgets")
	term.Click(x, y)
	term.See("▸ ci")
	term.See("$120.68 over")
	term.Type("g")
	term.See("left of $4,500.00")
	term.Type("m")
	term.See("1 alert of all marked as seen")
	term.Type("p")
	term.See("would not have been reached")
	term.Type("\r")
	term.See("Limit to try")
	term.Type("\x15250\r")
	term.See("A limit of $250.00 would have refused 346 requests")
	term.See("ci-bot")
	term.Type("e")
	term.See("Change all")
	term.See("This month    $400.00 of $250.00, 160 %")
	term.Type("5q") // text here
	term.See("! 2505q")
	term.Type("\x1b")
	term.See("Leave without saving?")
	term.Type("x")
	term.Type("\x7f\x7f\x13") // ctrl+s
	term.See("all is changed; u takes that back")
	term.Type("z")
	term.See("Silence all")
	term.Type("hour\r")
	term.See("all is silent until")
	term.Type("G")
	term.See("▸ web")
	term.Type("d")
	term.See("Remove web?")
	term.Type("remove\r")
	term.See("web is removed; u takes that back")
	term.Type("?")
	term.See("replay a hard limit")
	term.Type("\x1b")
	term.Miss("replay a hard limit")
	term.Type(":silence")
	term.See("silence its alerts for a while")
	term.Type("\x1b")
	term.Miss("silence its alerts")
	term.Resize(60, 20)
	term.See("▸ web")
	term.Type("q")
	if err := term.Ended(); err != nil {
		t.Fatal(err)
	}
	if len(k.saved) != 1 || k.saved[0].Amount != money.FromUnits(250) {
		t.Errorf("saved %+v, told %v", k.saved, k.told)
	}
}
