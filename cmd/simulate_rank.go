package cmd

import (
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/report/export"
	"tokpit/scenario"
)

type rankOptions struct {
	spanFlags
	out        outputForm
	all        bool
	keepWindow bool
	limit      int
	from       string
}

func newSimulateRank(a *app) *cobra.Command {
	var o rankOptions
	c := &cobra.Command{
		Use:   "rank",
		Short: "Say what would save most",
		Long: `Computes every sensible single change of your usage: each model in use swapped for
each current model that gives text, is priced in the same currency and can read
what was sent; and the levers that change no model. What saves most comes first
(cash, or the API-equivalent where no cash moves) in each of three parts: what
keeps the models or is as good by scores of both; other models with room for all
that was sent, whose quality is unknown or lower; and what is doubtful, because
requests may not fit, the model ends, or it costs a tenth or less and has no scores.
Of the swaps of one model two are shown in each part, and the best one that stays
with its vendor. JSON and CSV have everything,
sorted by saving alone, with the part as "standing".

Beside each stands what is not known: quality, the context window, how many tokens
the other model makes of the same text, models that end. A smaller bill alone is
no reason for a swap. All swaps are held against today's list prices first, and
the 300 most promising, some of each model in use, are computed to the last digit.`,
		Example: `  tokpit simulate rank
  tokpit simulate rank --scope project=web --keep-window
  tokpit simulate rank --from gpt-5 --all --json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.out.check(); err != nil {
				return err
			}
			if o.limit < 1 {
				return hint(fmt.Errorf("--limit %d", o.limit), "give at least 1")
			}
			if err := a.open(c); err != nil {
				return err
			}
			return a.runRank(c, &o)
		},
	}
	o.register(c)
	o.out.register(c)
	f := c.Flags()
	f.BoolVar(&o.all, "all", false, "what saves nothing too")
	f.BoolVar(&o.keepWindow, "keep-window", false, "no swap to a model with a smaller context window, or an unknown one")
	f.IntVar(&o.limit, "limit", 12, "how many changes to print (JSON and CSV have all)")
	f.StringVar(&o.from, "from", "", "only swaps of this `model`")
	return c
}

// ranking is a ranking as it is printed.
type ranking struct {
	*simulation
	*scenario.Ranking
	single bool // of one model
}

// mostAlike is how many swaps of one model are printed, so that the cheapest few
// of a price list do not hide all else.
const mostAlike = 2

func (a *app) runRank(c *cobra.Command, o *rankOptions) error {
	m, k, _, err := a.rank(c.Context(), o.spanFlags, o.from, scenario.RankOptions{All: o.all, KeepWindow: o.keepWindow})
	if err != nil {
		return err
	}
	r := ranking{m, k, o.from != ""}
	out := c.OutOrStdout()
	switch {
	case o.out.json:
		return writeJSON(out, r.document())
	case o.out.csv:
		return r.csv(out)
	case o.out.md:
		return r.markdown(out, o.limit)
	}
	return r.print(out, c.ErrOrStderr(), o.limit)
}

// rank ranks the changes of the usage that flags choose: all of them, or the swaps
// of one model.
func (a *app) rank(ctx context.Context, o spanFlags, from string, options scenario.RankOptions) (*simulation, *scenario.Ranking, *scenario.Scoreboard, error) {
	names, err := a.names(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	var s scenario.Scenario
	if o.scope != "" {
		if s.Scope, err = a.scenarioScope(o.scope, names); err != nil {
			return nil, nil, nil, err
		}
	}
	m, err := a.prepare(ctx, &s, o, names, scenario.Lever{Kind: scenario.OutputCap})
	if err != nil {
		return nil, nil, nil, err
	}
	if m.result, err = m.base.Run(nil); err != nil {
		return nil, nil, nil, err
	}
	if options.Scores, err = a.scoreboard(ctx); err != nil {
		return nil, nil, nil, err
	}
	k, err := m.base.Rank(options)
	if err == nil && from != "" {
		err = a.onlyFrom(k, m, from)
	}
	return m, k, options.Scores, err
}

// onlyFrom keeps the swaps of one model.
func (a *app) onlyFrom(k *scenario.Ranking, m *simulation, name string) error {
	var refs []string
	for _, use := range m.base.Models() {
		ref, _ := a.bookModel(use.Provider, use.Model)
		if use.Model == name || modelName(use.ModelRef) == name || ref.Model == name {
			kept := k.Model(use.ModelRef)
			k.Savings = kept
			return nil
		}
		refs = append(refs, use.Model)
	}
	err := fmt.Errorf("no usage in this span has the model %s", clean.Text(clip(name)))
	if len(refs) == 0 {
		return hint(err, "choose another span with --since")
	}
	return hint(err, "there are: %s", clean.Limit(strings.Join(refs, ", "), 400))
}

func (r *ranking) print(w, talk io.Writer, limit int) error {
	cur := r.Currency
	if len(r.Savings) == 0 {
		why := "nothing that was looked at saves anything"
		if !r.Before.Priced {
			why = "there is no usage with a price in this span"
		}
		_, err := fmt.Fprintf(talk, "tokpit: %s\nhint: choose another span with --since, or see everything with --all\n", why)
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "What would save most: %s, %s\n%s\n", r.spanText(), r.scopeText(), r.kind())
	kind := r.costName()
	if r.planSet && r.ByCash {
		kind = "cash"
		fmt.Fprintf(&b, "Now: %s cash, %s of it plan fees; %s API-equivalent.\n", grouped(r.Before.Cash, cur), grouped(r.Before.PlanFee, cur), grouped(r.Before.Cost, cur))
	} else {
		fmt.Fprintf(&b, "Now: %s %s.\n", grouped(r.Before.Cost, cur), kind)
	}
	b.WriteString("\n")
	if best := scenario.BestKept(r.pointers()); best != nil && !r.single {
		month := best.PerMonth
		if kind == "cash" {
			month = best.CashPerMonth
		}
		fmt.Fprintf(&b, "Most with the context window kept, what is doubtful aside: %s, %s a month; %s.\n\n", clean.Limit(best.Title, 100), change(month, cur), best.QualityText())
	}
	number, folded, first := 0, 0, (*scenario.Saving)(nil)
	for _, x := range r.shortlist(limit) {
		if folded += x.Folded; len(x.Savings) == 0 {
			continue
		}
		fmt.Fprintf(&b, "%s:\n", x.Standing.Title())
		for _, s := range x.Savings {
			number++
			r.printOne(&b, s, number, kind)
			first = cmp.Or(first, s)
		}
		b.WriteString("\n")
	}
	if folded > 0 {
		fmt.Fprintf(&b, "and %d more: of one model's swaps %d and one of its vendor are shown in each part (--from MODEL, --limit, --json)\n", folded, mostAlike)
	}
	fmt.Fprintf(&b, "looked at %s", count(int64(r.Considered), "change"))
	for i, l := range r.LeftOut[:min(4, len(r.LeftOut))] {
		sep := ", "
		if i == 0 {
			sep = "; left out: "
		}
		fmt.Fprintf(&b, "%s%s (%s)", sep, group(int64(l.Swaps)), l.Reason)
	}
	b.WriteString("\n")
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "note: %s\n", clean.Limit(n.Text, 500))
	}
	if first != nil {
		fmt.Fprintf(&b, "\ntry it: tokpit simulate --lever %s\n", shellWord(first.Lever.String()))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// shellWord quotes a text for a shell.
func shellWord(s string) string { return "'" + strings.ReplaceAll(clean.Text(s), "'", `'\''`) + "'" }

// shortlist is what is printed: the parts of the ranking, so many changes in all.
func (r *ranking) shortlist(limit int) []scenario.Section {
	alike := mostAlike
	if r.single {
		alike = limit
	}
	return scenario.Shortlist(r.pointers(), alike, limit)
}

func (r *ranking) pointers() []*scenario.Saving {
	all := make([]*scenario.Saving, len(r.Savings))
	for i := range r.Savings {
		all[i] = &r.Savings[i]
	}
	return all
}

func (r *ranking) printOne(b *strings.Builder, s *scenario.Saving, number int, kind string) {
	cur := r.Currency
	delta, month := s.Cost, s.PerMonth
	if kind == "cash" {
		delta, month = s.Cash, s.CashPerMonth
	}
	fmt.Fprintf(b, "%2d. %s: %s a month %s of %s", number, clean.Limit(s.Title, 100), change(month, cur), percentOf(delta, r.Whole(kind == "cash")), kind)
	if s.Ranged {
		low, high := s.CostLow, s.CostHigh
		if kind == "cash" {
			low, high = s.CashLow, s.CashHigh
		}
		if x, y := change(r.result.PerMonth(low), ""), change(r.result.PerMonth(high), ""); x != y {
			fmt.Fprintf(b, ", between %s and %s", x, y)
		}
	}
	if kind == "cash" && s.Cash != s.Cost {
		fmt.Fprintf(b, "; API-equivalent %s a month", change(s.PerMonth, cur))
	}
	b.WriteString("\n")
	if !s.Known {
		b.WriteString("      ! not all of it could be computed\n")
	}
	for _, c := range s.Caveats {
		mark := "-"
		if c.Grave {
			mark = "!"
		}
		fmt.Fprintf(b, "      %s %s\n", mark, clean.Limit(c.Text, 300))
	}
}

func (r *ranking) csv(w io.Writer) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"title", "lever", "currency", "delta", "delta_low", "delta_high", "cash_delta", "delta_per_month", "cash_delta_per_month", "standing", "quality", "caveats"})
	for i := range r.Savings {
		s := &r.Savings[i]
		quality, rest := "", []string{}
		for _, c := range s.Caveats {
			if c.Code == "quality" {
				quality = c.Text
				continue
			}
			rest = append(rest, c.Text)
		}
		_ = out.Write([]string{export.Guard(s.Title), export.Guard(s.Lever.String()), r.Currency, s.Cost.String(), s.CostLow.String(), s.CostHigh.String(), s.Cash.String(), s.PerMonth.String(), s.CashPerMonth.String(),
			s.Standing().String(), export.Guard(quality), export.Guard(strings.Join(rest, "; "))})
	}
	out.Flush()
	return out.Error()
}

func (r *ranking) markdown(w io.Writer, limit int) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### What would save most\n\n%s: %s.\n%s\n\n| change | cash a month | %s a month | to know |\n|---|---:|---:|---|\n", mdText(r.spanText()), mdText(r.scopeText()), r.kind(), r.costName())
	for _, x := range r.shortlist(limit) {
		if len(x.Savings) > 0 {
			fmt.Fprintf(&b, "| **%s** | | | |\n", mdText(x.Standing.Title()))
		}
		for _, s := range x.Savings {
			var all []string
			for _, c := range s.Caveats {
				all = append(all, mdText(c.Text))
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", mdText(s.Title), change(s.CashPerMonth, r.Currency), change(s.PerMonth, r.Currency), strings.Join(all, "; "))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
