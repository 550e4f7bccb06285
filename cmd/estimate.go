package cmd

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/tokenizer"
)

type estimateOptions struct {
	models, images, roles          []string
	match, output, calls, messages string
	sort, baseline, tier, maxCost  string
	budget                         string
	all, json, exact, yes          bool
	key, base                      string
	wanted                         report.ExpectedOutput
	traffic                        report.Traffic
	order                          report.EstimateOrder
	reverse                        bool
	limit                          money.Amount
	limitCurrency                  string
	pictures                       []tokenizer.Image
	baselineRef                    pricing.ModelRef
}

const estimateHelp = `Says what a prompt costs before it is sent: on every current model, or on those
that are named with --model. The text stays in memory; nothing of it is kept.

Tokens are exact for OpenAI's models and for vocabularies that were added
(tokpit tokenizer). For the others they are a range, and each figure says how it
was found. Costs are exact decimals from the dated price book; the long-context
price applies where the input passes its threshold.

  --output-tokens  how long answers are: a number (500, 2k), or p50 or p90 of
                   your own requests in the last 90 days: to the model, if it is
                   the only one; models that are compared get one length, of the
                   requests to all models. p50-each and p90-each give each model
                   its own: what it spends, which compares no prices
  --calls          how many: 1000/day, 50/hour, 2M/month, or users x sessions x
                   messages: 200x3x10/day. A month is 365/12 days.
  --images         sizes (1024x768, 1024x768:low) or files (PNG, JPEG, GIF, WebP)
  --role           the text is sent as a message with this role, and the tokens
                   around it count too; with several files one for each
  --messages       a request as the API takes it, with messages and tools, or the
                   list of messages alone (OpenAI, Anthropic)
  --max-cost       exit 1 if the high end on the one --model costs more
  --budget         exit 1 if it is more than the budget has left: the high end of
                   one call, or with --calls of all calls until its period ends

With --exact the provider of the model counts: it is sent the text, after you
have agreed. Only the two numbers, estimated and counted, are kept; from five on
they narrow later estimates.

The column "cached" is a call whose whole input comes from the provider's cache.`

func newEstimate(a *app) *cobra.Command {
	var o estimateOptions
	c := &cobra.Command{
		Use:   "estimate [FILE…|-]",
		Short: "See what a prompt costs on every model before it is sent",
		Long:  estimateHelp,
		Example: `  tokpit estimate prompt.txt --output-tokens 800 --calls 1000/day
  git diff | tokpit estimate --model claude-opus-5-5 --output-tokens p90
  tokpit estimate prompt.txt --model claude-sonnet-5-5,gpt-5.4-mini,gemini-3.7-flash
  tokpit estimate prompt.txt --baseline gpt-5.4 --match "sonnet, gpt mini"
  tokpit estimate request.json --model gpt-5.4 --max-cost 0.50 || echo too dear
  tokpit estimate prompt.txt --model gpt-5.4 --budget web --calls 1000/day || echo no
  tokpit estimate --messages request.json --images 1024x768 --json`,
		RunE: func(c *cobra.Command, args []string) error {
			if err := o.settle(c, args); err != nil {
				return err
			}
			return a.runEstimate(c, &o, args)
		},
	}
	f := c.Flags()
	f.StringArrayVar(&o.models, "model", nil, "only this `model`, or several with commas between them, compared with the first (may be repeated)")
	f.StringVar(&o.match, "match", "", "only models with these `words` in provider or name; commas part several wishes")
	f.BoolVar(&o.all, "all", false, "every model with a price, the retired, dated and fine-tuned ones too")
	f.StringVar(&o.output, "output-tokens", "", "expected `length` of an answer: a number, p50 or p90, p50-each or p90-each (default: none)")
	f.StringVar(&o.calls, "calls", "", "`traffic`, such as 1000/day")
	f.StringArrayVar(&o.images, "images", nil, "an image, by `size` or file (may be repeated)")
	f.StringArrayVar(&o.roles, "role", nil, "send the text as a message of this `role` (may be repeated)")
	f.StringVar(&o.messages, "messages", "", "a `file` with a request: messages and tools")
	f.StringVar(&o.sort, "sort", string(report.OrderTotal), "`column` to sort by: total input output cached batch tokens window model used; -total turns it round; without it answers of different lengths are sorted by model")
	f.StringVar(&o.baseline, "baseline", "", "`model` that the others are compared with")
	f.StringVar(&o.tier, "tier", "", "service `tier`: batch, flex, priority, fast (default: standard)")
	f.StringVar(&o.maxCost, "max-cost", "", "exit 1 if one call may cost more than this `amount`; needs one --model")
	f.StringVar(&o.budget, "budget", "", "exit 1 if it does not fit into what the budget of this `name` has left; needs one --model")
	f.BoolVar(&o.json, "json", false, "print JSON")
	f.BoolVar(&o.exact, "exact", false, "ask the provider to count, which sends it the text (Anthropic, Gemini; needs --model)")
	f.StringVar(&o.key, "key", "", "where the key for --exact is, a `reference`: env:NAME, keyring:service/user, file:PATH or cmd:… (default: the provider's usual variable)")
	f.StringVar(&o.base, "base-url", "", "the `address` to count at, if it is not the provider's own")
	f.BoolVar(&o.yes, "yes", false, "send the text for --exact without asking")
	return c
}

// settle turns the flags into plain values.
func (o *estimateOptions) settle(c *cobra.Command, args []string) error {
	o.models = modelNames(o.models)
	var err error
	if o.output != "" {
		if o.wanted, err = report.ParseOutput(o.output); err != nil {
			return err
		}
	}
	if o.calls != "" {
		if o.traffic, err = report.ParseTraffic(o.calls); err != nil {
			return err
		}
	}
	if o.order, o.reverse, err = report.ParseEstimateOrder(o.sort); err != nil {
		return err
	}
	for _, text := range o.images {
		img, err := readImage(text)
		if err != nil {
			return err
		}
		o.pictures = append(o.pictures, img)
	}
	switch {
	case o.messages != "" && len(o.roles) > 0:
		return hint(errors.New("--messages and --role exclude each other"), "the file has the roles already")
	case len(o.roles) > 1 && len(o.roles) != len(args):
		return hint(fmt.Errorf("%s for %s", count(int64(len(o.roles)), "role"), count(int64(len(args)), "file")), "give one role for all files, or one for each in their order")
	case o.maxCost != "" && len(o.models) != 1:
		return hint(errors.New("--max-cost needs one --model"), "name the model that the prompt is for")
	case o.budget != "" && len(o.models) != 1:
		return hint(errors.New("--budget needs one --model"), "name the model that the prompt is for")
	case o.exact && len(o.models) == 0:
		return hint(errors.New("--exact needs a --model"), "name the model; the text is sent to its provider")
	case o.exact && (o.messages != "" || len(o.images) > 0):
		return hint(errors.New("--exact counts text only"), "leave out --messages and --images")
	case len(args) == 0 && o.messages == "" && len(o.pictures) == 0 && isTerminal(c.InOrStdin()):
		return hint(errors.New("nothing to estimate"), "give a file or text on standard input; run: tokpit estimate --help")
	}
	if o.maxCost != "" {
		return o.settleLimit()
	}
	return nil
}

// modelNames lists the names of models, of which one text may have several between
// commas, each once.
func modelNames(texts []string) []string {
	var out []string
	for _, text := range texts {
		for name := range strings.SplitSeq(text, ",") {
			if name = strings.TrimSpace(name); name != "" && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// reference is the model that the others are compared with: the baseline, or of
// several that were named the first.
func (o *estimateOptions) reference(e *report.Estimator) error {
	name := o.baseline
	if name == "" && len(o.models) > 1 {
		name = o.models[0]
	}
	if name == "" {
		return nil
	}
	var ok bool
	if o.baselineRef, ok = e.Find(name); !ok {
		return hint(fmt.Errorf("the baseline %s is not among the models", clean.Text(clip(name))), "name it with --model too, or leave --model and --match out")
	}
	return nil
}

// settleLimit reads "0.50", "0.50 EUR" or "EUR 0.50".
func (o *estimateOptions) settleLimit() error {
	o.limitCurrency = "USD"
	number := o.maxCost
	for _, word := range strings.Fields(o.maxCost) {
		if len(word) == 3 && strings.Trim(strings.ToUpper(word), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
			o.limitCurrency = strings.ToUpper(word)
		} else {
			number = word
		}
	}
	var err error
	if o.limit, err = money.Parse(strings.TrimPrefix(number, "$")); err != nil || o.limit.Sign() < 0 {
		return hint(fmt.Errorf("--max-cost %q is no amount", clip(o.maxCost)), "give an amount such as 0.50, with its currency if that is not USD")
	}
	return nil
}

func (a *app) runEstimate(c *cobra.Command, o *estimateOptions, args []string) error {
	history, err := a.estimateBasis(c, o)
	if err != nil {
		return err
	}
	library, err := a.shelf().library()
	if err != nil {
		return err
	}
	e := report.NewEstimator(report.EstimateOptions{Book: a.book, At: a.now(), Library: library, History: history,
		Observed: a.readCalibration().observed(), Models: o.models, All: o.all, Match: o.match, Tier: o.tier})
	if name, nearest, ok := e.Unknown(); ok {
		return hint(fmt.Errorf("no model is known as %s", clean.Text(clip(name))), "%s", nearestAdvice(nearest))
	}
	if err := o.reference(e); err != nil {
		return err
	}
	in, err := a.readPrompt(c, o, library, e.Encodings(), args)
	if err != nil {
		return err
	}
	q := report.EstimateQuery{Prompt: in.prompt, Output: o.wanted, Traffic: o.traffic, Baseline: o.baselineRef}
	if o.output == "" && in.limit > 0 {
		q.Output.Tokens = in.limit
	}
	if o.exact {
		if q.Counted, err = a.countAtProviders(c, o, e, in); err != nil {
			return err
		}
		a.learn(c, in.prompt.Text, q.Counted)
	}
	rep := &report.EstimateReport{AsOf: a.now(), Book: a.book.Version(), Tier: o.tier, Query: q, Rows: e.Estimate(q)}
	if shortest, longest, _ := report.AnswerLengths(rep.Rows); shortest < longest && !c.Flags().Changed("sort") {
		o.order = report.OrderModel // their costs are no order of prices
	}
	report.SortEstimates(rep.Rows, o.order, o.reverse)
	if rep.Budget, err = a.holdAgainst(c, o, rep.Rows); err != nil {
		return err
	}
	out := c.OutOrStdout()
	if o.json {
		err = rep.WriteJSON(out)
	} else {
		err = rep.WriteText(out, report.TextOptions{Width: terminalWidth(out)})
	}
	if err != nil {
		return err
	}
	return cmp.Or(o.gate(c, rep.Rows), tellHeld(c, rep.Budget))
}

// gate is the answer of --max-cost.
func (o *estimateOptions) gate(c *cobra.Command, rows []report.Estimated) error {
	if o.maxCost == "" {
		return nil
	}
	r := &rows[0]
	if err := priced(r); err != nil {
		return err
	}
	name := clean.Text(r.Model)
	switch {
	case r.Currency != o.limitCurrency && !r.Total.High.IsZero():
		return hint(fmt.Errorf("%s is priced in %s", name, r.Currency), "give the limit in that currency: --max-cost \"%s %s\"", r.Currency, o.limit)
	case r.Total.High.Cmp(o.limit) <= 0:
		return nil
	}
	over := r.Total.High.Sub(o.limit)
	fmt.Fprintf(c.ErrOrStderr(), "tokpit: %s may cost %s %s, which is %s over the limit of %s\n", name, r.Currency, r.Total.High, over, o.limit)
	return errNo
}
