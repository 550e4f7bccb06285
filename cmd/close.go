package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/report"
	"tokpit/store"
	"tokpit/usage"
)

type closeOptions struct {
	account   string
	late      int
	yes, json bool
}

func newClose(a *app) *cobra.Command {
	var o closeOptions
	c := &cobra.Command{
		Use:   "close CYCLE",
		Short: "Close a billing cycle: freeze its ledger, and book what changes later",
		Long: `Shows what a billing cycle comes to and, with --yes, freezes it: every entry of
its ledger with its price, and a SHA-256 over them in the trail of decisions.
A cycle is named by the month in which it begins, and can be closed once it has
ended; all its accounts at once, or one by one.

What becomes known later never changes a closed cycle. The difference between
today's figures and the frozen ones is booked as corrections with the cycle that
is closed next (tokpit close diff shows it before). tokpit export --cycle writes
the frozen entries of a closed cycle.

A cycle is open until it ends, then closing, then closed, and invoiced when all
that was paid for in it is on an invoice (tokpit invoice).`,
		Example: `  tokpit close 2026-10
  tokpit close 2026-10 --yes
  tokpit close diff 2026-10
  tokpit close verify`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			return a.runClose(c, args[0], &o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.account, "account", "", "close one `account` only")
	f.IntVar(&o.late, "late-days", int(report.LateWindow/(24*time.Hour)), "for how many `days` after its end a cycle may still get data")
	f.BoolVar(&o.yes, "yes", false, "do it")
	f.BoolVar(&o.json, "json", false, "print JSON")
	c.AddCommand(newCloseList(a), newCloseDiff(a), newCloseVerify(a))
	return c
}

// closing is a cycle about to be closed.
type closing struct {
	frozen   *report.Frozen
	state    report.CycleState
	warnings []report.Note
	done     bool
}

func (a *app) runClose(c *cobra.Command, name string, o *closeOptions) error {
	ctx := c.Context()
	cy, err := a.cycleNamed(name)
	switch {
	case err != nil:
		return err
	case o.late < 0 || o.late > 366:
		return hint(fmt.Errorf("--late-days %d", o.late), "give 0 to 366 days")
	case !a.store.Exists():
		return hint(errors.New("nothing has been stored yet"), "run: tokpit sync")
	}
	if o.yes { // before any work
		if err := store.MayChange(a.actor()); err != nil {
			return err
		}
	}
	b, err := a.closed(ctx)
	if err != nil {
		return err
	}
	x, err := b.freeze(ctx, cy, strings.TrimSpace(o.account))
	if err != nil {
		return err
	}
	s, err := a.standing(ctx)
	if err != nil {
		return err
	}
	x.warnings = report.CloseWarnings(x.frozen, a.sourceStatus(s), a.now(), time.Duration(o.late)*24*time.Hour)
	if o.yes {
		if err := b.keep(ctx, x); err != nil {
			return err
		}
	}
	if o.json {
		return writeJSON(c.OutOrStdout(), x.document(a.now()))
	}
	return x.print(c.OutOrStdout(), c.ErrOrStderr())
}

// freeze makes the entries of a cycle, and the corrections that are booked with
// it: those of cycles that ended before.
func (b *closedBook) freeze(ctx context.Context, c cycle, account string) (*closing, error) {
	head := report.Close{Cycle: c.name, Span: c.span, Account: account}
	if account == "" {
		for _, o := range report.InCycle(b.closes, c.name) {
			if o.Account != "" {
				head.Except = append(head.Except, o.Account)
			}
		}
	}
	if err := report.MayClose(&head, b.closes); err != nil {
		return nil, err
	}
	if b.app.now().Before(c.span.Until) { // before any work
		_, err := report.Freeze(report.FreezeInput{CycleInput: report.CycleInput{Span: c.span, AsOf: b.app.now()}, Cycle: c.name})
		return nil, err
	}
	today, err := b.today(ctx, c.span)
	if err != nil {
		return nil, err
	}
	if err := b.known(today.Cube, account); err != nil {
		return nil, err
	}
	in := report.FreezeInput{CycleInput: today, Cycle: c.name, Account: account, Except: head.Except, Revision: today.Cube.Revision}
	for _, earlier := range b.cycles() {
		if !earlier.span.Since.Before(c.span.Since) {
			continue
		}
		_, corrections, err := b.due(ctx, earlier, head.Holds)
		if err != nil {
			return nil, err
		}
		in.Booked = append(in.Booked, corrections...)
	}
	f, err := report.Freeze(in)
	return &closing{frozen: f, state: report.CycleClosing}, err
}

// known refuses an account that nothing belongs to.
func (b *closedBook) known(cube *usage.Cube, account string) error {
	if account == "" {
		return nil
	}
	var accounts []string
	for i := range cube.Sets {
		if name := cube.Sets[i].Account; name != "" && !slices.Contains(accounts, name) {
			accounts = append(accounts, name)
		}
	}
	if slices.Contains(accounts, account) {
		return nil
	}
	slices.Sort(accounts)
	err := fmt.Errorf("the cycle has no usage of an account %q", clean.Text(clip(account)))
	if len(accounts) == 0 {
		return hint(err, "none of its usage names an account; leave --account away")
	}
	return hint(err, "accounts: %s", clean.Limit(strings.Join(accounts, ", "), 400))
}

// keep stores a close, if nobody has closed anything meanwhile.
func (b *closedBook) keep(ctx context.Context, x *closing) error {
	f := x.frozen
	document, err := f.Document()
	if err != nil {
		return err
	}
	err = b.app.store.AddDecision(ctx, b.app.actor(), report.CloseKind, store.Decision{Name: f.Name(), Text: f.Encode()}, document, func(all []store.Decision) error {
		now, err := decodeCloses(all)
		if err != nil {
			return err
		}
		if err := report.MayClose(&f.Close, now); err != nil {
			return err
		}
		if len(now) != len(b.closes) { // its corrections may be booked already
			return hint(errors.New("another cycle has been closed meanwhile"), "try again")
		}
		return nil
	})
	if errors.Is(err, store.ErrExists) {
		return hint(fmt.Errorf("%s has been closed meanwhile", f.Name()), "see: tokpit close list")
	}
	if err == nil {
		x.done, x.state = true, report.CycleClosed
		if f.Account != "" {
			x.state = report.CycleClosing
		}
	}
	return err
}

// print says what is frozen, or would be.
func (x *closing) print(w, talk io.Writer) error {
	f := x.frozen
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-12s %s\n", name, fmt.Sprintf(format, args...))
	}
	verb := "would freeze"
	if x.done {
		verb = "frozen"
	}
	fmt.Fprintf(&b, "%s: %s %s\n", f.Cycle, verb, accountWords(&f.Close))
	line("span", "%s until %s", f.Span.Since.Format(time.RFC3339), f.Span.Until.Format(time.RFC3339))
	line("ledger", "%s, %s", count(int64(len(f.Own())), "entry"), count(f.Tokens, "token"))
	if f.UnpricedTokens > 0 {
		line("unpriced", "%s, in no amount", count(f.UnpricedTokens, "token"))
	}
	for _, t := range f.Totals {
		line("cash", "%s", figure(t.Cash, t.Currency))
		if t.Cash != t.Cost {
			line("cost", "%s (tokens × price: usage under plans at its API-equivalent)", figure(t.Cost, t.Currency))
		}
	}
	for _, s := range correctionSums(f.Entries[len(f.Own()):]) {
		line("corrections", "%s of %s: %s", count(s.rows, "row"), s.cycle, signed(s.Cash, s.Currency))
	}
	line("price book", "%s", f.Book)
	line("sha256", "%s", f.Hash)
	for _, n := range x.warnings {
		fmt.Fprintf(&b, "  note: %s\n", n.Text)
	}
	if _, err := io.WriteString(w, b.String()); err != nil || x.done {
		return err
	}
	_, err := fmt.Fprintln(talk, "tokpit: nothing has been frozen\nhint: say --yes to close the cycle; it cannot be opened again")
	return err
}

// correctionSum is what the corrections of a cycle come to in a currency.
type correctionSum struct {
	cycle string
	rows  int64
	report.CloseTotal
}

func correctionSums(entries []report.Entry) []correctionSum {
	var out []correctionSum
	for i := range entries {
		e := &entries[i]
		if e.Correction == nil {
			continue
		}
		at := slices.IndexFunc(out, func(s correctionSum) bool {
			return s.cycle == e.Correction.Cycle && s.Currency == e.Charge.Currency
		})
		if at < 0 {
			at = len(out)
			out = append(out, correctionSum{cycle: e.Correction.Cycle, CloseTotal: report.CloseTotal{Currency: e.Charge.Currency}})
		}
		s := &out[at]
		s.rows++
		s.Cost, s.Cash = s.Cost.Add(e.Cost()), s.Cash.Add(e.Cash())
	}
	return out
}
