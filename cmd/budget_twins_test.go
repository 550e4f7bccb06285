package cmd_test

import (
	"fmt"
	"sync"
	"testing"
)

// TestBudgetsAreSetAtOnce: two people change different parts of a budget at the
// same time, and neither undoes what the other did.
func TestBudgetsAreSetAtOnce(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.run("budget", "set", "all", "--amount", "1").ok()
	for i := range 10 {
		var both sync.WaitGroup
		for _, args := range [][]string{{"--amount", fmt.Sprint(100 + i)}, {"--warn", fmt.Sprint(i+1, "%")}, {"--anchor", fmt.Sprint(i + 2)}} {
			c := m.command(append([]string{"budget", "set", "all"}, args...)...)
			both.Go(func() {
				if text, err := c.CombinedOutput(); err != nil {
					t.Errorf("%v\n%s", err, text)
				}
			})
		}
		both.Wait()
		m.run("budget", "list").want(0, fmt.Sprintf("%d.00 USD", 100+i), fmt.Sprintf("%d%%", i+1), fmt.Sprintf("each month from %d ", i+2))
	}
}
