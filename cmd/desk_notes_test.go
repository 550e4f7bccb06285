package cmd

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// TestTheCockpitTellsOfLimits: what belongs to no budget is on the screen too,
// by whoever tells it first.
func TestTheCockpitTellsOfLimits(t *testing.T) {
	t.Parallel()
	a, p := stage(t)
	a.adds(t, "one")
	a.config.Notify.To = []string{"terminal"}
	d := newDesk(a, time.Minute)
	var mu sync.Mutex
	var notices []string
	d.send = func(msg tea.Msg) {
		mu.Lock()
		defer mu.Unlock()
		if n, ok := msg.(ui.Notice); ok {
			notices = append(notices, string(n))
		}
	}
	// gpt-5 costs 1.25 a million: 10 dollars.
	p.does(func(_ context.Context, x *actor, emit func(usage.Batch) error) error {
		return emit(day1(x, "p", 8_000_000))
	})
	if err := d.pull(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	limit := budget.Limit{Name: "approved", Kind: budget.LimitApproved, Amount: money.FromUnits(9), Currency: "USD", Period: budget.Monthly}
	all, err := a.store.Cube(t.Context(), usage.Span{}, true)
	if err != nil || len(all.Sets) == 0 {
		t.Fatal(err)
	}
	limit.Provider = all.Sets[0].Provider
	if _, err := a.store.SetDecision(t.Context(), usage.Local(), budget.KindLimit, limit.Name, limit.Encode()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { d.tell(ctx) })
	defer running.Wait()
	defer cancel()
	for range 600 {
		mu.Lock()
		text := strings.Join(notices, "\n")
		mu.Unlock()
		if strings.Contains(text, "Limit approved") {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Errorf("%q", notices)
}
