package cmd

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/budget"
	"tokpit/config"
	"tokpit/internal/clean"
)

func newBudgetTestAlert(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "test-alert [TARGET] [NAME]",
		Short: "Send a test message now, and say what the receiver answered",
		Long: `Sends a test message to a target (mail:ADDRESS, terminal, or the name of a
webhook), or to all that budgets and digests name. With the NAME of a budget the
message has its figures. Nothing is stored, and a message that fails is not
tried again.

The exit status is 2 if somebody could not be told.`,
		Example: `  tokpit budget test-alert
  tokpit budget test-alert mail:owner@example.com
  tokpit budget test-alert team web`,
		Args: cobra.MaximumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			return a.testAlerts(c, args, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (a *app) testAlerts(c *cobra.Command, args []string, asJSON bool) error {
	ctx := c.Context()
	budgets, err := a.store.Budgets(ctx)
	if err != nil {
		return err
	}
	targets := a.targets(budgets)
	if len(args) > 0 {
		if targets = args[:1]; config.LooksLikeKey(args[0]) {
			return hint(errors.New("the target looks like a key itself, and is not repeated here"), "name channels by the name that they have in the configuration")
		}
	}
	slices.Sort(targets)
	targets = slices.Compact(targets)
	if len(targets) == 0 {
		return hint(errors.New("no budget names anybody to be told"), "name a target: tokpit budget test-alert mail:owner@example.com")
	}
	var about *budget.Budget
	if len(args) > 1 {
		b, err := a.budget(ctx, args[1])
		if err != nil {
			return err
		}
		about = &b
	}
	tries, err := a.prove(ctx, a.channels(a.ownTerminal()), targets, about)
	if err != nil {
		return err
	}
	if asJSON {
		err = writeJSON(c.OutOrStdout(), a.triesDocument("tokpit.budget.test-alert/1", tries))
	} else {
		err = printTries(c.OutOrStdout(), tries)
	}
	return errors.Join(unlessBrokenPipe(err), untold(tries))
}

// prove sends a test message to each target, and returns what came of it. Nothing
// is stored.
func (a *app) prove(ctx context.Context, ch *channels, targets []string, about *budget.Budget) ([]attempt, error) {
	now := a.now()
	body := budget.Body{Kind: "test", Level: "info", Text: "This is a test: messages about budgets arrive here.\n\nSent by tokpit at " + now.UTC().Format("2006-01-02 15:04 UTC") + ".\n"}
	subject := "tokpit: a test message"
	if about != nil {
		r, err := a.budgetReader(ctx)
		if err != nil {
			return nil, err
		}
		s, err := r.status(ctx, about)
		if err != nil {
			return nil, err
		}
		m := budget.Message{Status: s.Status, Marks: s.Marks}
		if len(m.Marks) == 0 {
			m.Marks = []budget.Mark{{Threshold: budget.Threshold{Percent: 100_000}, At: s.Limit, Value: s.Cost, Known: true}}
		}
		d := m.Delivery()
		subject, body.Fields = "Test: "+d.Subject, d.Body.Fields
		body.Text = "This is a test: no threshold has been reached just now.\n\n" + s.text()
	}
	var out []attempt
	for _, target := range targets {
		out = append(out, a.send(ctx, ch, budget.NewDelivery("test-"+rand.Text(), target, subject, body, now)))
	}
	return out, ctx.Err()
}

// untold is the error of attempts of which some failed.
func untold(tries []attempt) error {
	var out []error
	for i := range tries {
		if err := tries[i].Err; err != nil {
			told := fmt.Errorf("%s: %w", clean.Text(clip(targetOf(&tries[i].Delivery))), err)
			if h := hintOf(err); h != "" {
				told = hint(told, "%s", h)
			}
			out = append(out, told)
		}
	}
	return errors.Join(out...)
}

func printTries(w io.Writer, tries []attempt) error {
	var b strings.Builder
	for i := range tries {
		t := &tries[i]
		target := clean.Text(targetOf(&t.Delivery))
		if t.Err != nil {
			fmt.Fprintf(&b, "%s: failed, see below\n", target)
			continue
		}
		fmt.Fprintf(&b, "%s: accepted by %s in %s\n", target, clean.Text(t.Where), t.Took.Round(time.Millisecond))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

type triesDocument struct {
	Schema string    `json:"schema"`
	AsOf   string    `json:"as_of"`
	Told   []tryJSON `json:"targets"`
}

type tryJSON struct {
	Key      string  `json:"key"`
	Target   string  `json:"target"`
	Subject  string  `json:"subject"`
	Accepted bool    `json:"accepted"`
	By       *string `json:"by"` // host and port, or host; null if nobody was asked
	TookMS   int64   `json:"took_ms"`
	Error    *string `json:"error"`
	Hint     *string `json:"hint"`
}

func (a *app) triesDocument(schema string, tries []attempt) triesDocument {
	d := triesDocument{Schema: schema, AsOf: stamp(a.now()), Told: []tryJSON{}}
	for i := range tries {
		t := &tries[i]
		j := tryJSON{Key: t.Key, Target: targetOf(&t.Delivery), Subject: t.Subject, Accepted: t.Err == nil, By: optional(t.Where), TookMS: t.Took.Milliseconds()}
		if t.Err != nil {
			j.Error, j.Hint = optional(clean.Text(t.Err.Error())), optional(clean.Text(hintOf(t.Err)))
		}
		d.Told = append(d.Told, j)
	}
	return d
}

func newBudgetRetry(a *app) *cobra.Command {
	var all, asJSON bool
	c := &cobra.Command{
		Use:   "retry KEY | --all",
		Short: "Send a message again that could not be handed over",
		Long: `Sends a message at once that failed or waits for its next attempt; --all sends
all of them. Its key, or the beginning of it, is in tokpit budget alerts. One
that has arrived is not sent again.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if all == (len(args) == 1) {
				return hint(errors.New("which message is to be sent again"), "give its key from tokpit budget alerts, or --all")
			}
			if err := a.open(c); err != nil {
				return err
			}
			return a.retry(c, args, asJSON)
		},
	}
	c.Flags().BoolVar(&all, "all", false, "all that failed or wait")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (a *app) retry(c *cobra.Command, args []string, asJSON bool) error {
	ctx := c.Context()
	deliveries, err := a.store.Deliveries(ctx)
	if err != nil {
		return err
	}
	chosen := slices.DeleteFunc(deliveries, func(d budget.Delivery) bool {
		return !d.Done.IsZero() || len(args) > 0 && !strings.HasPrefix(d.Key, args[0])
	})
	switch {
	case len(chosen) == 0 && len(args) > 0:
		return hint(fmt.Errorf("no message with the key %q waits or has failed", clean.Text(clip(args[0]))), "tokpit budget alerts lists them")
	case len(chosen) > 1 && len(args) > 0:
		return hint(fmt.Errorf("%s have keys that begin with %q", count(int64(len(chosen)), "message"), clean.Text(clip(args[0]))), "give more of the key")
	}
	for i := range chosen {
		if err := a.store.RetryDelivery(ctx, a.actor(), chosen[i].Key, a.now()); err != nil {
			return err
		}
	}
	var tries []attempt
	err = a.deliver(ctx, a.channels(a.ownTerminal()), func(t attempt) { tries = append(tries, t) })
	if err != nil {
		return err
	}
	if asJSON {
		err = writeJSON(c.OutOrStdout(), a.triesDocument("tokpit.budget.retry/1", tries))
	} else if err = printTries(c.OutOrStdout(), tries); len(tries) == 0 && err == nil {
		_, err = io.WriteString(c.ErrOrStderr(), "tokpit: nothing is left to be sent from here\n")
	}
	return errors.Join(unlessBrokenPipe(err), untold(tries))
}
