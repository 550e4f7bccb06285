package cmd

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/scenario"
)

type frontierOptions struct {
	spanFlags
	metric        string
	latency, json bool
}

func newSimulateFrontier(a *app) *cobra.Command {
	var o frontierOptions
	c := &cobra.Command{
		Use:   "frontier MODEL",
		Short: "Set what models would cost against how good they are",
		Long: `Shows what the usage of one model would have cost on each substitute that has a
score on the same metric, and marks those that nothing beats: no other model costs
less and reaches as much. Models without a score are counted, not guessed.

Scores come from tokpit eval import, or are published ones; those of different
metrics are never compared.`,
		Example: `  tokpit simulate frontier gpt-5
  tokpit simulate frontier gpt-5 --metric "Aider polyglot, pass rate 2" --latency`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			return a.runFrontier(c, args[0], &o)
		},
	}
	o.register(c)
	c.Flags().StringVar(&o.metric, "metric", "", "the `metric` (default: the one that most models have)")
	c.Flags().BoolVar(&o.latency, "latency", false, "seconds instead of scores, where the metric has them")
	c.Flags().BoolVar(&o.json, "json", false, "print JSON")
	return c
}

func (a *app) runFrontier(c *cobra.Command, name string, o *frontierOptions) error {
	m, k, board, err := a.rank(c.Context(), o.spanFlags, name, scenario.RankOptions{All: true})
	if err != nil {
		return err
	}
	f := frontier{simulation: m, from: name, latency: o.latency, metric: o.metric, marks: []scenario.Mark{}}
	if len(k.Savings) > 0 {
		from := k.Savings[0].Swap.From
		f.metrics = k.MetricsOf(board, from)
		if f.metric == "" && len(f.metrics) > 0 {
			f.metric = f.metrics[0]
		}
		if f.metric != "" && !slices.Contains(f.metrics, f.metric) {
			return hint(fmt.Errorf("no substitute of %s has a score on %s", clean.Text(name), clean.Text(clip(f.metric))), "%s", f.advice())
		}
		f.marks, f.unknown = k.FrontierOf(board, from, f.metric, o.latency)
	}
	if o.json {
		return writeJSON(c.OutOrStdout(), f.document())
	}
	return f.print(c.OutOrStdout(), c.ErrOrStderr())
}

// frontier is a frontier as it is printed.
type frontier struct {
	*simulation
	from, metric string
	metrics      []string
	latency      bool
	marks        []scenario.Mark
	unknown      int
}

func (f *frontier) advice() string {
	if len(f.metrics) == 0 {
		return "import your own: tokpit eval import results.csv"
	}
	return "there are: " + clean.Limit(strings.Join(f.metrics, "; "), 400)
}

func (f *frontier) print(w, talk io.Writer) error {
	if len(f.marks) == 0 {
		_, err := fmt.Fprintf(talk, "tokpit: quality: unknown; no score of %s and of a substitute is known on one metric\nhint: import your own: tokpit eval import results.csv\n", clean.Text(f.from))
		return err
	}
	value := "SCORE"
	if f.latency {
		value = "SECONDS"
	}
	fmt.Fprintf(w, "%s: %s, %s\n%s\n\n", clean.Text(f.metric), f.spanText(), f.scopeText(), f.kind())
	t := columnsText{left: 2}
	t.add("", "MODEL", "COST", value, "95 %")
	for i := range f.marks {
		x := &f.marks[i]
		name := clean.Text(modelName(x.Model))
		if x.Effort != "" {
			name += " (" + clean.Text(x.Effort) + ")"
		}
		if x.Current {
			name += ", in use"
		}
		best, interval := "", "–"
		if x.Best {
			best = "*"
		}
		if x.Interval != nil {
			interval = x.Interval.Low.Short() + " to " + x.Interval.High.Short()
		}
		t.add(best, name, grouped(x.Cost, f.result.Before.Currency), x.Value.Short(), interval)
	}
	if err := t.write(w); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n* nothing costs less and reaches as much. %s without a score on this metric: quality unknown.\n", count(int64(f.unknown), "model"))
	return err
}

type frontierDoc struct {
	Schema   string         `json:"schema"`
	AsOf     string         `json:"as_of"`
	Prices   string         `json:"prices"`
	Query    simulateQuery  `json:"query"`
	Model    string         `json:"model"`
	Metric   *string        `json:"metric"` // null: nothing is known
	Value    string         `json:"value"`  // "score" or "seconds"
	Currency *string        `json:"currency"`
	Marks    []frontierMark `json:"marks"`
	Unknown  int            `json:"models_without_a_score"`
	Metrics  []string       `json:"metrics"`
}

type frontierMark struct {
	Provider string     `json:"provider"`
	Model    string     `json:"model"`
	Effort   *string    `json:"effort"`
	Cost     string     `json:"cost"`
	Value    string     `json:"value"`
	Interval *[2]string `json:"interval_95"`
	Current  bool       `json:"current"`
	Best     bool       `json:"best"`
}

func (f *frontier) document() frontierDoc {
	value := "score"
	if f.latency {
		value = "seconds"
	}
	d := frontierDoc{Schema: "tokpit.simulate.frontier/1", AsOf: stamp(f.now), Prices: f.book, Query: f.query(), Model: f.from, Metric: optional(f.metric), Value: value,
		Currency: optional(f.result.Before.Currency), Marks: []frontierMark{}, Unknown: f.unknown, Metrics: append([]string{}, f.metrics...)}
	for i := range f.marks {
		x := &f.marks[i]
		j := frontierMark{Provider: x.Model.Provider, Model: x.Model.Model, Effort: optional(x.Effort), Cost: x.Cost.String(), Value: x.Value.String(), Current: x.Current, Best: x.Best}
		if x.Interval != nil {
			j.Interval = &[2]string{x.Interval.Low.String(), x.Interval.High.String()}
		}
		d.Marks = append(d.Marks, j)
	}
	return d
}
