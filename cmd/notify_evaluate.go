package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tokpit/budget"
	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/store"
	"tokpit/usage"
)

// evaluation is one look at all budgets. What it has to tell is stored by the
// time that it is known.
type evaluation struct {
	Budgets []budget.Budget
	Broken  []error           // budgets that cannot be computed; the others are looked at
	Fired   []budget.Alert    // by this look, oldest first
	Added   []budget.Delivery // messages that this look made; others may have made more
	Notes   []string          // what else somebody is told: of limits, of credit, and of unusual days
}

// evaluate looks where the budgets stand and stores what that makes news,
// together with what is to be sent. The cockpit and tokpit watch both do it, at
// once if need be: what one of them has told is told.
func (a *app) evaluate(ctx context.Context) (*evaluation, error) {
	e := &evaluation{}
	return e, errors.Join(a.lookAtBudgets(ctx, e), a.lookAtAllowances(ctx, e), a.lookAtYesterday(ctx, e))
}

// mostLooks is how often a look begins again because somebody changed a budget
// meanwhile.
const mostLooks = 5

func (a *app) lookAtBudgets(ctx context.Context, e *evaluation) error {
	for look := 1; ; look++ {
		err := a.lookOnce(ctx, e)
		if look == mostLooks || !errors.Is(err, store.ErrChanged) {
			return err
		}
	}
}

func (a *app) lookOnce(ctx context.Context, e *evaluation) error {
	var err error
	e.Broken = nil
	if e.Budgets, err = a.store.Budgets(ctx); err != nil || len(e.Budgets) == 0 {
		return err
	}
	standings, err := a.statuses(ctx, e)
	if err != nil {
		return err
	}
	e.Added, err = a.store.UpdateAlerts(ctx, func(was budget.Alerts) (budget.Alerts, []budget.Delivery, error) {
		next, messages := was.DecideAll(standings)
		var out []budget.Delivery
		for k := range messages {
			out = append(out, messages[k].Delivery())
		}
		e.Fired = fired(was, next)
		if len(out) == 0 && sameNews(was, next, standings) {
			next = was
		}
		return next, out, nil
	}, e.Budgets...)
	if err != nil {
		e.Fired = nil
	}
	return err
}

// statuses are where the budgets stand now.
func (a *app) statuses(ctx context.Context, e *evaluation) ([]budget.Status, error) {
	r, err := a.budgetReader(ctx)
	if err != nil {
		return nil, err
	}
	all, err := report.BuildBudgets(r.input(ctx, e.Budgets...))
	if err != nil {
		return nil, err
	}
	var out []budget.Status
	for i := range all.Standings {
		s := &all.Standings[i]
		switch {
		case s.Err == nil:
			out = append(out, s.Status)
		case ctx.Err() != nil || unusable(s.Err):
			return nil, s.Err
		default:
			e.Broken = append(e.Broken, fmt.Errorf("budget %s: %w", clean.Text(s.Budget.Name), s.Err))
		}
	}
	return out, nil
}

// fired lists the alerts of next that have fired since was, oldest first.
func fired(was, next budget.Alerts) []budget.Alert {
	old := make(map[string]bool)
	for _, x := range was.Fired("") {
		old[alertKey(&x)] = true
	}
	out := slices.DeleteFunc(next.Fired(""), func(x budget.Alert) bool { return old[alertKey(&x)] })
	slices.Reverse(out)
	return out
}

// alertKey tells one firing from another.
func alertKey(x *budget.Alert) string {
	return fmt.Sprintf("%s\x00%d\x00%s\x00%d", x.Budget, x.Period.Since.Unix(), x.Threshold, x.FiredAt.UnixMilli())
}

// sameNews reports whether two states differ in nothing but how far their
// clocks have gone on in the periods that they are in, which nobody needs to
// know: a look that brought no news is not written.
func sameNews(was, next budget.Alerts, standings []budget.Status) bool {
	of := make(map[string]usage.Span)
	for i := range standings {
		of[standings[i].Budget.Name] = standings[i].Period
	}
	clocks := func(a budget.Alerts) budget.Alerts {
		a.Clocks = slices.Clone(a.Clocks)
		for i := range a.Clocks {
			c := &a.Clocks[i]
			if period, ok := of[c.Budget]; ok && period.Contains(c.Latest) {
				c.Latest = period.Since
			}
		}
		return a
	}
	before, err1 := clocks(was).Encode()
	after, err2 := clocks(next).Encode()
	return err1 == nil && err2 == nil && string(before) == string(after)
}

// alertText says in a line what an alert is about.
func alertText(x *budget.Alert, all []budget.Budget) string {
	currency := ""
	if i := slices.IndexFunc(all, func(b budget.Budget) bool { return b.Name == x.Budget }); i >= 0 {
		currency = " " + all[i].Currency
	}
	what, t := "spend has reached", x.Threshold
	if t.Forecast {
		what, t.Forecast = "the forecast has reached", false
	}
	level := t.String()
	if t.Percent == 0 {
		level = t.Amount.Format(2)
	}
	text := fmt.Sprintf("budget %s: %s %s: %s of %s%s", clean.Text(x.Budget), what, level, x.Value.Format(2), x.Amount.Format(2), currency)
	return strings.TrimSpace(text)
}

// wait sleeps, or returns false when ctx ends first.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
