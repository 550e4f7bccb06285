package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/budget"
	"tokpit/internal/clean"
	"tokpit/store"
)

func newBudgetAck(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "ack NAME [THRESHOLD]",
		Short: "Say that the alerts of a budget have been seen",
		Long: `Marks what was reached as seen, and by whom. It changes nothing about what is
told later: each threshold is told once per period anyway.`,
		Example: `  tokpit budget ack web
  tokpit budget ack web forecast:100%`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			threshold, err := a.threshold(c.Context(), args)
			if err != nil {
				return err
			}
			seen, err := a.store.Acknowledge(c.Context(), a.actor(), args[0], threshold, a.now())
			if err != nil {
				return err
			}
			if seen == 0 {
				_, err = fmt.Fprintf(c.ErrOrStderr(), "tokpit: nothing of the budget %s is left to be seen\n", clean.Text(clip(args[0])))
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s of the budget %s seen\n", count(int64(seen), "alert"), clean.Text(args[0]))
			return err
		},
	}
	return c
}

// threshold reads the second argument, in the form that the budget's own have;
// "" if there is none. It must be one that the budget has or has had an alert of.
func (a *app) threshold(ctx context.Context, args []string) (string, error) {
	state, err := a.store.Alerts(ctx)
	if err != nil {
		return "", err
	}
	budgets, err := a.store.Budgets(ctx)
	if err != nil {
		return "", err
	}
	var known []string
	i := slices.IndexFunc(budgets, func(b budget.Budget) bool { return b.Name == args[0] })
	if i >= 0 {
		known = thresholdTexts(budgets[i].Warn)
	}
	past := state.Fired(args[0])
	if i < 0 && len(past) == 0 {
		return "", noSuchBudget(args[0], budgets)
	}
	if len(args) < 2 || args[1] == "" {
		return "", nil
	}
	for _, x := range past {
		known = append(known, x.Threshold.String())
	}
	t, err := budget.ParseThreshold(args[1])
	if err != nil || !slices.Contains(known, t.String()) {
		slices.Sort(known)
		return "", hint(fmt.Errorf("the budget %s has no threshold %q", clean.Text(args[0]), clean.Text(clip(args[1]))), "it has: %s", strings.Join(slices.Compact(known), ", "))
	}
	return t.String(), nil
}

func newBudgetSnooze(a *app) *cobra.Command {
	var until, forHow string
	var end bool
	c := &cobra.Command{
		Use:   "snooze NAME [THRESHOLD] --for 2d",
		Short: "Keep a budget silent for a while",
		Long: `Keeps a budget, or one of its thresholds, silent until a time. What is reached
meanwhile and still is when the time has come, in the same period, is told then.`,
		Example: `  tokpit budget snooze web --for 2d
  tokpit budget snooze web 80% --until 2026-12-01
  tokpit budget snooze web --end`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			at, err := a.silence(until, forHow, end)
			if err != nil {
				return err
			}
			if _, err := a.budget(c.Context(), args[0]); err != nil {
				return err
			}
			threshold, err := a.threshold(c.Context(), args)
			if err != nil {
				return err
			}
			_, err = a.store.Snooze(c.Context(), a.actor(), args[0], threshold, at, a.now())
			if errors.Is(err, store.ErrNotFound) { // somebody was quicker
				return noSuchBudget(args[0], nil)
			}
			if err != nil {
				return err
			}
			if end {
				_, err = fmt.Fprintf(c.OutOrStdout(), "the budget %s speaks again\n", clean.Text(args[0]))
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "the budget %s is silent until %s\n", clean.Text(args[0]), stamp(at))
			return err
		},
	}
	f := c.Flags()
	f.StringVar(&until, "until", "", "a `day`, which it begins with, or an instant")
	f.StringVar(&forHow, "for", "", "how long: 90m, 12h, 2d, 1w")
	f.BoolVar(&end, "end", false, "end the silence")
	return c
}

// silence returns until when somebody wants silence.
func (a *app) silence(until, forHow string, end bool) (time.Time, error) {
	const help = "say --for 2d, --until 2026-12-01 or --end"
	now := a.now()
	given := 0
	for _, is := range []bool{until != "", forHow != "", end} {
		if is {
			given++
		}
	}
	switch {
	case given != 1:
		return time.Time{}, hint(errors.New("how long is one of --for, --until and --end"), help)
	case end:
		return now, nil
	case forHow != "":
		d, err := longDuration(forHow)
		if err != nil {
			return time.Time{}, hint(fmt.Errorf("--for %q is no length of time", clean.Text(clip(forHow))), "write 90m, 12h, 2d or 1w")
		}
		return now.Add(d), nil
	}
	at, err := time.Parse(time.RFC3339, until)
	if err != nil {
		if at, err = time.ParseInLocation(time.DateOnly, until, a.zone); err != nil {
			return at, hint(fmt.Errorf("--until %q is no time", clean.Text(clip(until))), "write a day (2026-12-01) or an instant (2026-12-01T09:00:00Z)")
		}
	}
	if !at.After(now) {
		return at, hint(fmt.Errorf("--until %s is past", until), help)
	}
	return at, nil
}

// longDuration reads what time.ParseDuration reads, and days and weeks. It lies
// between a minute and ten years.
func longDuration(text string) (time.Duration, error) {
	hours := map[byte]int{'d': 24, 'w': 7 * 24}
	d, err := time.ParseDuration(text)
	if text != "" && hours[text[len(text)-1]] > 0 {
		var n int
		n, err = strconv.Atoi(text[:len(text)-1])
		if n > 3660 {
			err = errors.New("too long")
		}
		d = time.Duration(n*hours[text[len(text)-1]]) * time.Hour
	}
	if err != nil || d < time.Minute || d > 3660*24*time.Hour {
		return 0, fmt.Errorf("%q is no length of time", text)
	}
	return d, nil
}
