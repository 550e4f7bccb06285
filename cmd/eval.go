package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/scenario"
	"tokpit/store"
)

func newEval(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "eval",
		Short: "Say how good models are at your work, so that swaps can be judged",
		Long: `tokpit runs no prompts and judges no answers. It takes the results of your own
evaluations, and shows them beside the money wherever a model is swapped.

Scores of public benchmarks come with tokpit, each with its source, license and
date (tokpit eval list --published). They say little about your work; an import
of your own always comes first.`,
		Example: `  tokpit eval import results.csv
  tokpit eval import run.jsonl --name october --metric "exact match"
  tokpit eval list --json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newEvalImport(a), newEvalList(a), newEvalRemove(a))
	return c
}

type evalImportOptions struct {
	name, metric string
	json         bool
}

func newEvalImport(a *app) *cobra.Command {
	var o evalImportOptions
	c := &cobra.Command{
		Use:   "import FILE|-",
		Short: "Take over the results of an evaluation",
		Long: `Reads CSV with a header, or one JSON object per line:

  model, metric, score            needed (true and false, pass and fail are scores)
  provider, effort, item, cost    optional: cost in US dollars for one item
  latency or latency_ms, date     optional: seconds or milliseconds for one item

Several rows of one model, metric and effort are single results. They become a
mean with a 95 % interval, by bootstrap with a fixed seed (2,000 draws): the same
file always gives the same interval. Where two models were given the same items,
they are compared item by item as well.

Rows that cannot be read are named and left out; the others count. A file that is
imported under the same name again replaces what was there.`,
		Example: `  tokpit eval import results.csv
  tokpit eval import - --name nightly < run.jsonl`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			return a.importScores(c, args[0], o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.name, "name", "", "what to call the import (default: the file's name)")
	f.StringVar(&o.metric, "metric", "", "the metric of rows that name none")
	f.BoolVar(&o.json, "json", false, "print JSON")
	return c
}

func (a *app) importScores(c *cobra.Command, path string, o evalImportOptions) error {
	file := filepath.Base(path)
	in := c.InOrStdin()
	if path != "-" {
		f, err := openEval(path)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	} else {
		file = "standard input"
		if o.name == "" {
			return hint(errors.New("an import from standard input has no name"), "give one: tokpit eval import - --name nightly")
		}
	}
	name := o.name
	if name == "" {
		name = strings.TrimSuffix(file, filepath.Ext(file))
	}
	if name != clean.Text(name) || scenario.CheckName(name) != nil {
		return hint(fmt.Errorf("an import cannot be called %q", clean.Text(clip(name))), "give a short name on one line with --name")
	}
	talk := newProgress(c.ErrOrStderr())
	got, err := scenario.ImportScores(in, scenario.ScoreImport{Name: name, File: file, Metric: o.metric, Now: a.now(), Progress: func(done, total int64) { talk.steps("intervals", done, total) }})
	talk.clear()
	if err != nil {
		return hint(fmt.Errorf("%s: %w", clean.Text(file), err), "%s", hintOf(err))
	}
	data, err := got.Encode()
	if err != nil {
		return err
	}
	_, err = a.store.Document(c.Context(), scenario.ScoreKind, name)
	replaced := err == nil
	if err := a.store.PutDocument(c.Context(), scenario.ScoreKind, name, data); err != nil {
		return err
	}
	board, err := scenario.NewScoreboard(a.book, []scenario.ScoreSet{got.ScoreSet})
	if err != nil {
		return err
	}
	tellOfImport(c.ErrOrStderr(), got, board)
	if o.json {
		return writeJSON(c.OutOrStdout(), evalDocument(a.now(), []scenario.ScoreSet{got.ScoreSet}, got))
	}
	verb := "imported"
	if replaced {
		verb = "replaced"
	}
	fmt.Fprintf(c.OutOrStdout(), "%s %s: %s from %s\n\n", verb, name, count(int64(len(got.Scores)), "score"), count(int64(got.Rows), "row"))
	return printScores(c.OutOrStdout(), got.Scores)
}

// openEval opens a regular file: what never ends is no file of scores.
func openEval(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || info.IsDir() {
		_ = f.Close()
		return nil, hint(fmt.Errorf("%s is no file", clean.Text(clip(path))), "give a CSV file or a file of JSON lines")
	}
	return f, nil
}

// tellOfImport says what of a file does not count.
func tellOfImport(w io.Writer, got *scenario.ImportedScores, board *scenario.Scoreboard) {
	for _, b := range got.Bad {
		fmt.Fprintf(w, "tokpit: line %d: %s\n", b.Line, b.Reason)
	}
	if more := got.BadRows - len(got.Bad); more > 0 {
		fmt.Fprintf(w, "tokpit: and %s more\n", count(int64(more), "bad row"))
	}
	if got.BadRows > 0 {
		fmt.Fprintf(w, "hint: these rows are left out, the others count\n")
	}
	if len(got.Ignored) > 0 {
		fmt.Fprintf(w, "tokpit: columns that mean nothing here: %s\n", strings.Join(got.Ignored, ", "))
	}
	if got.Unpaired > 0 {
		fmt.Fprintf(w, "tokpit: %s of models not compared item by item, because that would take too long\n", count(int64(got.Unpaired), "pair"))
	}
	if len(board.Unknown) > 0 {
		names := board.Unknown[:min(len(board.Unknown), 5)]
		fmt.Fprintf(w, "tokpit: the price book does not know %s\nhint: tokpit prices resolve NAME says which names it knows; an alias in the configuration gives a name a meaning\n", clean.Limit(strings.Join(names, ", "), 400))
	}
}

func newEvalList(a *app) *cobra.Command {
	var asJSON, published bool
	var model string
	c := &cobra.Command{
		Use:   "list",
		Short: "List the scores",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			sets, err := a.scoreSets(c.Context())
			if err != nil {
				return err
			}
			if published || model != "" {
				all, err := scenario.PublishedScores()
				if err != nil {
					return err
				}
				sets = append(sets, scenario.ScoreSet{Name: "published", Scores: all})
			}
			sets = withModel(sets, model)
			if asJSON {
				return writeJSON(c.OutOrStdout(), evalDocument(a.now(), sets, nil))
			}
			return printSets(c.OutOrStdout(), c.ErrOrStderr(), sets)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&published, "published", false, "those of public benchmarks too")
	c.Flags().StringVar(&model, "model", "", "only models with these `words` in their name, published ones too")
	return c
}

// withModel keeps the scores of models whose name has every word.
func withModel(sets []scenario.ScoreSet, words string) []scenario.ScoreSet {
	wanted := strings.Fields(strings.ToLower(words))
	if len(wanted) == 0 {
		return sets
	}
	var out []scenario.ScoreSet
	for _, set := range sets {
		var kept []scenario.Score
		for _, s := range set.Scores {
			name, all := strings.ToLower(s.Provider+"/"+s.Model), true
			for _, w := range wanted {
				all = all && strings.Contains(name, w)
			}
			if all {
				kept = append(kept, s)
			}
		}
		if set.Scores = kept; len(kept) > 0 {
			out = append(out, set)
		}
	}
	return out
}

func printSets(w, talk io.Writer, sets []scenario.ScoreSet) error {
	if len(sets) == 0 {
		_, err := io.WriteString(talk, "tokpit: no scores\nhint: tokpit eval import results.csv; tokpit eval list --published shows those of public benchmarks\n")
		return err
	}
	for i := range sets {
		if i > 0 {
			fmt.Fprintln(w)
		}
		s := &sets[i]
		from := ""
		if !s.Imported.IsZero() {
			from = fmt.Sprintf(", imported %s from %s", s.Imported.Format(time.DateOnly), clean.Text(s.File))
		}
		fmt.Fprintf(w, "%s: %s%s\n", clean.Text(s.Name), count(int64(len(s.Scores)), "score"), from)
		if err := printScores(w, s.Scores); err != nil {
			return err
		}
	}
	return nil
}

func printScores(w io.Writer, all []scenario.Score) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "METRIC\tMODEL\tEFFORT\tSCORE\t95 %\tITEMS\tCOST\tLATENCY\tAS OF")
	blank := func(known bool, text string) string {
		if !known {
			return "–"
		}
		return text
	}
	for i := range all {
		s := &all[i]
		name := s.Model
		if s.Provider != "" {
			name = s.Provider + "/" + s.Model
		}
		interval := "–"
		if in := s.Interval; in != nil {
			interval = in.Low.Short() + " to " + in.High.Short()
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", clean.Limit(s.Metric, 60), clean.Text(name), blank(s.Effort != "", clean.Text(s.Effort)), s.Mean.Short(), interval,
			blank(s.Items > 0, group(int64(s.Items))), blank(s.HasCost, "$"+s.Cost.Format(4)), blank(s.HasLatency, s.Latency.Round(10*time.Millisecond).String()), blank(!s.AsOf.IsZero(), s.AsOf.Format(time.DateOnly)))
	}
	return t.Flush()
}

func newEvalRemove(a *app) *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use:   "rm NAME --yes",
		Short: "Forget an import",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			name := args[0]
			if !yes {
				return hint(fmt.Errorf("this forgets the scores of %s", clean.Text(clip(name))), "say --yes to do it; tokpit eval list shows them")
			}
			if err := a.open(c); err != nil {
				return err
			}
			if _, err := a.store.Document(c.Context(), scenario.ScoreKind, name); err != nil {
				return a.noSuchDocument(c.Context(), err, scenario.ScoreKind, name, "import", "tokpit eval import results.csv")
			}
			if err := a.store.PutDocument(c.Context(), scenario.ScoreKind, name, nil); err != nil {
				return err
			}
			_, err := fmt.Fprintf(c.OutOrStdout(), "removed the scores of %s\n", clean.Text(name))
			return err
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "do it")
	return c
}

// noSuchDocument turns a name that is not there into advice.
func (a *app) noSuchDocument(ctx context.Context, err error, kind, name, noun, first string) error {
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	missing := fmt.Errorf("there is no %s %q", noun, clean.Text(clip(name)))
	names, err := a.store.Documents(ctx, kind)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return hint(missing, "there are none; run: %s", first)
	}
	for i := range names {
		names[i] = clean.Text(names[i])
	}
	return hint(missing, "there are: %s", strings.Join(names[:min(len(names), 20)], ", "))
}

// scoreSets reads every import.
func (a *app) scoreSets(ctx context.Context) ([]scenario.ScoreSet, error) {
	names, err := a.store.Documents(ctx, scenario.ScoreKind)
	if err != nil {
		return nil, err
	}
	var out []scenario.ScoreSet
	for _, name := range names {
		data, err := a.store.Document(ctx, scenario.ScoreKind, name)
		if errors.Is(err, store.ErrNotFound) { // removed since
			continue
		}
		if err != nil {
			return nil, err
		}
		set, err := scenario.DecodeScores(bytes.TrimSpace(data))
		if err != nil {
			return nil, hint(fmt.Errorf("%s: %w", clean.Text(name), err), "import it again, or: tokpit eval rm %s --yes", clean.Text(name))
		}
		out = append(out, set)
	}
	return out, nil
}

// scoreboard is what is known of the quality of models.
func (a *app) scoreboard(ctx context.Context) (*scenario.Scoreboard, error) {
	sets, err := a.scoreSets(ctx)
	if err != nil {
		return nil, err
	}
	return scenario.NewScoreboard(a.book, sets)
}
