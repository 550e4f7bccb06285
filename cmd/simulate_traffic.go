package cmd

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/scenario"
)

type trafficFlags struct {
	users, messages, perThousand                                         int64
	sessions, words, answer, system, spread, history, cached, growth, at string
	models                                                               []string
	match                                                                string
	json, csv                                                            bool
}

func newSimulateTraffic(a *app) *cobra.Command {
	var o trafficFlags
	c := &cobra.Command{
		Use:   "traffic --users N --words N [--model M]…",
		Short: "Estimate what an application will cost that has no history yet",
		Long: `Users × sessions × messages × words, turned into tokens by the rule of thumb that
750 words of English are about 1,000 tokens, and into money by the price book.

An API keeps no conversation: every message sends what was said before again, so
a session of twice as many messages reads about four times as much. --history
says how much of it you send; --cached how much of what was sent before a cache
serves (what is new is then written to it, at the provider's price).

The band holds the rule of thumb being off by --spread, the range of tokens that
the model's vocabulary makes of English, and the ranges of words that you give.
It does not hold that people do something else than you expect.`,
		Example: `  tokpit simulate traffic --users 500 --sessions 20 --messages 6 --words 120 --model gpt-5
  tokpit simulate traffic --users 500 --sessions 3/weekday --messages 4 --words 40-120 --answer-words 200 --system-words 800 --cached 80%
  tokpit simulate traffic --users 500 --words 120 --match "gpt mini" --growth +10% --json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			t, err := o.traffic()
			if err != nil {
				return err
			}
			if err := a.settle(c.Context(), c.CommandPath()); err != nil {
				return err
			}
			return a.runTraffic(c, &o, t)
		},
	}
	f := c.Flags()
	f.Int64Var(&o.users, "users", 0, "how many people use it")
	f.StringVar(&o.sessions, "sessions", "20/month", "sessions of one user: `N` a month, or N/day, N/weekday, N/week")
	f.Int64Var(&o.messages, "messages", 6, "messages that a user sends in one session")
	f.StringVar(&o.words, "words", "", "`words` of one message, or a range: 80-160")
	f.StringVar(&o.answer, "answer-words", "", "`words` of one answer (default: as long as the message)")
	f.StringVar(&o.system, "system-words", "0", "`words` of the instructions sent with every message")
	f.Int64Var(&o.perThousand, "words-per-1000", 750, "words that make 1,000 tokens")
	f.StringVar(&o.spread, "spread", "10%", "how far that rule may be off, a `share`")
	f.StringVar(&o.history, "history", "100%", "`share` of the earlier conversation that is sent again")
	f.StringVar(&o.cached, "cached", "0%", "`share` of what was sent before that a cache serves")
	f.StringVar(&o.growth, "growth", "+0%", "`growth` of the traffic each month, such as +10%")
	f.StringArrayVar(&o.models, "model", nil, "only this `model` (may be repeated; default: all current ones)")
	f.StringVar(&o.match, "match", "", "only models with these `words` in provider or name")
	f.StringVar(&o.at, "at", "", "at the prices of this `day` (default: today)")
	f.BoolVar(&o.json, "json", false, "print JSON")
	f.BoolVar(&o.csv, "csv", false, "print CSV")
	_ = c.MarkFlagRequired("users")
	_ = c.MarkFlagRequired("words")
	return c
}

// traffic turns the flags into plain values.
func (o *trafficFlags) traffic() (*scenario.Traffic, error) {
	t := &scenario.Traffic{Users: o.users, Messages: o.messages, WordsPer1000: o.perThousand}
	var err error
	if t.Sessions, err = scenario.ParsePace(o.sessions); err != nil {
		return nil, err
	}
	for _, w := range []struct {
		text string
		to   *scenario.Words
	}{{o.words, &t.Words}, {o.answer, &t.Answer}, {o.system, &t.System}} {
		if w.text == "" {
			continue
		}
		if *w.to, err = scenario.ParseWords(w.text); err != nil {
			return nil, err
		}
	}
	for _, s := range []struct {
		flag, text string
		to         *scenario.Ratio
	}{{"spread", o.spread, &t.Spread}, {"history", o.history, &t.Carry}, {"cached", o.cached, &t.Cached}} {
		if *s.to, err = scenario.ParseShare(s.text); err != nil {
			return nil, hint(fmt.Errorf("--%s: %w", s.flag, err), "give a share such as 60%% or 0.6")
		}
	}
	if t.Spread == 0 {
		t.Spread = -1 // none was asked for
	}
	growth, err := scenario.ParseFactor(o.growth)
	if err != nil {
		return nil, hint(fmt.Errorf("--growth: %w", err), "give a change such as +10%%")
	}
	t.Growth = growth - scenario.Whole
	if o.json && o.csv {
		return nil, hint(errors.New("--json and --csv exclude each other"), "choose one")
	}
	return t, t.Validate()
}

func (a *app) runTraffic(c *cobra.Command, o *trafficFlags, t *scenario.Traffic) error {
	at := a.now()
	if o.at != "" {
		var err error
		if at, err = parseDay("at", o.at); err != nil {
			return err
		}
	}
	rows, err := a.spendings(c.ErrOrStderr(), o, t, at)
	if err != nil {
		return err
	}
	out := c.OutOrStdout()
	switch {
	case o.json:
		return writeJSON(out, trafficDocument(t, at, a.book.Version(), rows))
	case o.csv:
		return trafficCSV(out, rows)
	}
	return printTraffic(out, t, at, a.book.Version(), rows)
}

// spendings works out every model, the cheapest first; models in different
// currencies stay apart.
func (a *app) spendings(talk io.Writer, o *trafficFlags, t *scenario.Traffic, at time.Time) ([]scenario.Spending, error) {
	names := o.models
	if len(names) == 0 {
		e := report.NewEstimator(report.EstimateOptions{Book: a.book, At: at, Match: o.match})
		for _, r := range e.Estimate(report.EstimateQuery{}) {
			names = append(names, r.Provider+"/"+r.Model)
		}
		if len(names) == 0 {
			return nil, hint(fmt.Errorf("no model has the words %q", clean.Text(clip(o.match))), "tokpit prices list shows what there is")
		}
	}
	var rows []scenario.Spending
	for _, name := range names {
		s := t.Estimate(a.book, name, at)
		if !s.Priced {
			if len(o.models) == 0 {
				continue
			}
			advice := "tokpit prices list shows what there is"
			if len(s.Candidates) > 0 {
				advice = "nearest names: " + clean.Limit(strings.Join(s.Candidates, ", "), 400)
			}
			return nil, hint(fmt.Errorf("%s has no price", clean.Text(clip(name))), "%s", advice)
		}
		rows = append(rows, s)
	}
	slices.SortStableFunc(rows, func(x, y scenario.Spending) int {
		return cmp.Or(strings.Compare(inOrder(x.Currency), inOrder(y.Currency)), x.Month.Base.Cmp(y.Month.Base), strings.Compare(x.Model.Model, y.Model.Model))
	})
	return rows, nil
}

// inOrder puts US dollars before the other currencies.
func inOrder(currency string) string {
	if currency == "USD" {
		return ""
	}
	return currency
}

func printTraffic(w io.Writer, t *scenario.Traffic, at time.Time, book string, rows []scenario.Spending) error {
	fmt.Fprintf(w, "%s × %s × %s × %s words, answers of %s words", count(t.Users, "user"), sessionsText(t.Sessions), count(t.Messages, "message"), t.Words, answerText(t))
	if t.System.High > 0 {
		fmt.Fprintf(w, ", instructions of %s words", t.System)
	}
	fmt.Fprintf(w, "\n%d words are about 1,000 tokens (English). Prices of %s, book %s. A month is 365/12 days.\n\n", t.WordsPer1000, at.UTC().Format(time.DateOnly), book)
	grows := t.Growth != 0
	g := columnsText{left: 1}
	head := []string{"MODEL", "A SESSION", "A MONTH", "BAND"}
	if grows {
		head = append(head, "12TH MONTH", "A YEAR")
	}
	g.add(append(head, "SESSION TOKENS")...)
	for i := range rows {
		s := &rows[i]
		tokens := &s.Tokens
		row := []string{clean.Text(s.Model.Provider + "/" + s.Model.Model), smallFigure(s.Session.Base, s.Currency), grouped(s.Month.Base, s.Currency), groupedNumber(s.Month.Low) + " to " + groupedNumber(s.Month.High)}
		if grows {
			row = append(row, grouped(s.LastMonth.Base, s.Currency), grouped(s.Year.Base, s.Currency))
		}
		g.add(append(row, fmt.Sprintf("%s in, %s out", group(tokens.TotalInput()), group(tokens.Output)))...)
	}
	if err := g.write(w); err != nil {
		return err
	}
	return trafficNotes(w, t, rows)
}

// trafficNotes says what may be wrong with the figures.
func trafficNotes(w io.Writer, t *scenario.Traffic, rows []scenario.Spending) error {
	var b strings.Builder
	for i := range rows {
		s := &rows[i]
		name := clean.Text(s.Model.Provider + "/" + s.Model.Model)
		if s.Overflow > 0 {
			fmt.Fprintf(&b, "note: %s: from message %d on a session does not fit its window of %s\n", name, s.Overflow, count(s.Window, "token"))
		}
		if s.LongFrom > 0 {
			fmt.Fprintf(&b, "note: %s: from message %d on the higher price for long contexts applies\n", name, s.LongFrom)
		}
		if t.Cached > 0 && s.CachedFrom != 2 {
			from := "nothing is served by a cache"
			if s.CachedFrom > 0 {
				from = fmt.Sprintf("a cache serves something from message %d on", s.CachedFrom)
			}
			fmt.Fprintf(&b, "note: %s: prompts of less than %s are not cached; %s\n", name, count(s.LeastCached, "token"), from)
		}
		if !s.Shutdown.IsZero() {
			fmt.Fprintf(&b, "note: %s ends on %s\n", name, s.Shutdown.Format(time.DateOnly))
		}
		if s.Flags&pricing.FlagEstimate != 0 {
			fmt.Fprintf(&b, "note: %s: another vendor's list price stands in\n", name)
		}
		if s.Flags&pricing.FlagUnpricedClass != 0 {
			fmt.Fprintf(&b, "note: %s: some tokens have no price and are not in it\n", name)
		}
	}
	fmt.Fprintf(&b, "\nThinking is not in it: models that think before they answer write several times as much.\nquality: unknown; a cheaper model is no saving if it does not do the work\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func sessionsText(p scenario.Pace) string { return count(p.N, "session") + " a " + p.Per }

func answerText(t *scenario.Traffic) string {
	if t.Answer == (scenario.Words{}) {
		return t.Words.String()
	}
	return t.Answer.String()
}

// grouped is an amount for a person, with commas.
func grouped(a money.Amount, currency string) string { return groupedNumber(a) + " " + currency }

func groupedNumber(a money.Amount) string {
	whole, frac, _ := strings.Cut(a.Format(2), ".")
	sign := ""
	if rest, ok := strings.CutPrefix(whole, "-"); ok {
		sign, whole = "-", rest
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return sign + whole + "." + frac
}

// smallFigure has four decimals, because a session costs cents.
func smallFigure(a money.Amount, currency string) string { return a.Format(4) + " " + currency }
