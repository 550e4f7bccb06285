package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"tokpit/budget"
	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/store"
	"tokpit/tui"
	"tokpit/tui/budgets"
	"tokpit/usage"
)

// budgeter is what the page of budgets works on: the store of the data that its
// snapshot shows, and the person at the terminal.
type budgeter struct{ desk *desk }

var _ budgets.Actions = budgeter{}

// of is the app whose store a snapshot was made from.
func (p budgeter) of(s *report.Snapshot) *app { return explorer(p).of(s) }

// actor is the person at the terminal, through the cockpit.
func (p budgeter) actor(a *app) usage.Actor {
	who := a.actor()
	who.Via = "cockpit"
	return who
}

// mayOnlyLook says why somebody cannot change anything; "" for those who can.
func mayOnlyLook(who usage.Actor) string {
	if !who.Reader {
		return ""
	}
	return clean.Text(cmp.Or(who.Name, "this person")) + " may look at everything and change nothing"
}

// done tells the screen that there is something new, or what went wrong.
func (p budgeter) done(err error) error {
	if err == nil {
		p.desk.send(tui.DataChanged{})
		select {
		case p.desk.fresh <- struct{}{}: // a new limit may be reached already
		default:
		}
		return nil
	}
	if errors.Is(err, store.ErrReader) {
		err = hint(err, "ask whoever keeps the budgets")
	}
	return p.desk.fit(err)
}

// Save implements budgets.Editor. What a person has written is read again, in the
// way that the command line reads it.
func (p budgeter) Save(ctx context.Context, s *report.Snapshot, was *budget.Budget, b budget.Budget) error {
	a := p.of(s)
	if err := a.unchanged(ctx, b.Name, was); err != nil {
		return p.done(err)
	}
	text := textOf(&b)
	read, err := text.parse(b.Name, s.Names)
	if err == nil {
		_, err = a.store.ReplaceBudget(ctx, p.actor(a), was, read)
	}
	if errors.Is(err, store.ErrChanged) { // since the look above
		err = a.unchanged(ctx, b.Name, was)
	}
	return p.done(err)
}

// textOf is a budget as a person writes it.
func textOf(b *budget.Budget) budgetText {
	return budgetText{Amount: b.Amount.String(), Currency: b.Currency, Period: string(b.Period), Anchor: b.Anchor.String(), Zone: b.Zone,
		Scope: b.Scope.String(), Warn: thresholdTexts(b.Warn), Hard: b.Hard, Notify: b.Notify}
}

// unchanged returns an error unless the budget of a name is what somebody saw
// before changing it; nil is none.
func (a *app) unchanged(ctx context.Context, name string, seen *budget.Budget) error {
	all, err := a.store.Budgets(ctx)
	if err != nil {
		return err
	}
	for i := range all {
		switch b := &all[i]; {
		case b.Name != name:
		case seen == nil:
			return hint(fmt.Errorf("there is a budget %q already", clean.Text(clip(name))), "choose another name, or change that one")
		case len(differences(seen, b)) > 0:
			return hint(fmt.Errorf("the budget %q was changed elsewhere in the meantime", clean.Text(clip(name))), "leave, look at it, and change it again")
		default:
			return nil
		}
	}
	if seen != nil {
		return hint(fmt.Errorf("the budget %q was removed elsewhere in the meantime", clean.Text(clip(name))), "leave, and add it again with a")
	}
	return nil
}

// Remove implements budgets.Editor.
func (p budgeter) Remove(ctx context.Context, s *report.Snapshot, was budget.Budget) error {
	a := p.of(s)
	err := a.unchanged(ctx, was.Name, &was)
	if err == nil {
		err = a.store.RemoveBudget(ctx, p.actor(a), was.Name)
	}
	return p.done(err)
}

// Acknowledge implements budgets.Teller.
func (p budgeter) Acknowledge(ctx context.Context, s *report.Snapshot, name, threshold string) error {
	a := p.of(s)
	_, err := a.store.Acknowledge(ctx, p.actor(a), name, threshold, a.now())
	return p.done(err)
}

// Snooze implements budgets.Teller.
func (p budgeter) Snooze(ctx context.Context, s *report.Snapshot, name, threshold string, until time.Time) error {
	a := p.of(s)
	_, err := a.store.Snooze(ctx, p.actor(a), name, threshold, until, a.now())
	if errors.Is(err, store.ErrNotFound) {
		err = noSuchBudget(name, nil)
	}
	return p.done(err)
}

// Retry implements budgets.Teller.
func (p budgeter) Retry(ctx context.Context, s *report.Snapshot, key string) error {
	a := p.of(s)
	err := a.store.RetryDelivery(ctx, p.actor(a), key, a.now())
	if errors.Is(err, store.ErrNotFound) {
		err = hint(errors.New("the message is not kept any more"), "tokpit budget alerts lists what is")
	}
	return p.done(err)
}

// Spend implements budgets.Reader.
func (p budgeter) Spend(ctx context.Context, s *report.Snapshot, b budget.Budget, earlier int) (report.BudgetSpend, error) {
	r, err := p.of(s).budgetReader(ctx)
	if err != nil {
		return report.BudgetSpend{}, p.desk.fit(err)
	}
	spend, err := report.SpendFor(r.input(ctx), &b, earlier)
	return spend, p.desk.fit(err)
}

// Reaches implements budgets.Reader.
func (p budgeter) Reaches(s *report.Snapshot, targets []string) error {
	return p.desk.fit(p.of(s).unserved(targets...))
}

// countedEvery is after how many records a replay says how far it is.
const countedEvery = 5000

// Replay implements budgets.Reader.
func (p budgeter) Replay(ctx context.Context, s *report.Snapshot, b budget.Budget, period usage.Span, read func(int)) (*report.BudgetReplay, error) {
	n := 0
	r, err := p.of(s).replayOf(ctx, &b, period, func() {
		if n++; n%countedEvery == 0 {
			read(n)
		}
	})
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, p.desk.fit(err)
	}
	return r.replay, nil
}
