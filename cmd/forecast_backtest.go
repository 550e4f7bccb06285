package cmd

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tokpit/budget"
	"tokpit/internal/clean"
)

type backtestDocument struct {
	Schema string         `json:"schema"`
	AsOf   string         `json:"as_of"`
	Series []backtestJSON `json:"series"`
	Tasks  int            `json:"tasks"`
	// Ratio is the geometric mean of the series' ratios.
	Ratio   float64 `json:"error_over_run_rate"`
	Covered float64 `json:"covered"`
}

// backtestJSON is how forecasts did on one series. Errors are means of
// |forecast - total| / total.
type backtestJSON struct {
	File    string  `json:"file"`
	Days    int     `json:"days"`
	Tasks   int     `json:"tasks"`
	Error   float64 `json:"error"`
	RunRate float64 `json:"run_rate_error"`
	Ratio   float64 `json:"error_over_run_rate"`
	Covered float64 `json:"covered"`
}

func runBacktests(c *cobra.Command, a *app, files []string, asJSON bool) error {
	now, err := a.env.clock(time.Time{})
	if err != nil {
		return err
	}
	d := backtestDocument{Schema: "tokpit.forecast.backtest/1", AsOf: stamp(now()), Series: []backtestJSON{}}
	var logs, inside float64
	for _, path := range files {
		days, err := readSeries(path)
		if err != nil {
			return err
		}
		t := budget.RunBacktest(days)
		if t.Tasks == 0 || t.RunRate == 0 {
			return hint(fmt.Errorf("%s: no whole month can be predicted", path), "give days of at least one whole calendar month, some with a value above zero that changes")
		}
		d.Series = append(d.Series, backtestJSON{clean.Text(path), len(days), t.Tasks, round4(t.Error), round4(t.RunRate), round4(t.Ratio()), round4(t.Covered)})
		d.Tasks += t.Tasks
		logs += math.Log(t.Ratio())
		inside += t.Covered * float64(t.Tasks)
	}
	d.Ratio, d.Covered = round4(math.Exp(logs/float64(len(files)))), round4(inside/float64(d.Tasks))
	if asJSON {
		return writeJSON(c.OutOrStdout(), d)
	}
	return d.print(c.OutOrStdout())
}

// round4 keeps four decimals: more would say something about the machine.
func round4(x float64) float64 { return math.Round(x*1e4) / 1e4 }

func (d *backtestDocument) print(w io.Writer) error {
	fmt.Fprintf(w, "Forecasts miss the month's total by %.2f× of what the run rate does; %.0f%% of %s ended inside the 80%% band\n\n", d.Ratio, 100*d.Covered, count(int64(d.Tasks), "forecast"))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "SERIES\tFORECASTS\tERROR\tRUN RATE\tRATIO\tINSIDE")
	for _, s := range d.Series {
		fmt.Fprintf(t, "%s\t%d\t%.2f%%\t%.2f%%\t%.3f\t%.0f%%\n", s.File, s.Tasks, 100*s.Error, 100*s.RunRate, s.Ratio, 100*s.Covered)
	}
	return t.Flush()
}

// maxSeries is far more than a person's lifetime of days.
const maxSeries = 8 << 20

// readSeries reads "day,value" lines; a first line without a day is a heading.
func readSeries(path string) ([]budget.Day, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, hint(err, "give a CSV file of days and values with --backtest")
	}
	defer f.Close()
	limited := &io.LimitedReader{R: f, N: maxSeries}
	r := csv.NewReader(limited)
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	var out []budget.Day
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) && limited.N > 0 {
			break
		}
		if err == nil && limited.N <= 0 || errors.Is(err, io.EOF) {
			err = errors.New("larger than 8 MiB")
		}
		if err != nil {
			return nil, hint(fmt.Errorf("%s: %w", path, err), "give a CSV file of days and values: 2026-11-20,12.34")
		}
		line, _ := r.FieldPos(0)
		day, err := parseSeriesRow(row)
		if err != nil && line == 1 && len(out) == 0 {
			continue // a heading
		}
		if err == nil && len(out) > 0 && !day.Date.After(out[len(out)-1].Date) {
			err = errors.New("days must come in order, each once")
		}
		if err != nil {
			return nil, hint(fmt.Errorf("%s, line %d: %w", path, line, err), "give a CSV file of days and values: 2026-11-20,12.34")
		}
		out = append(out, day)
	}
	if len(out) == 0 {
		return nil, hint(fmt.Errorf("%s has no days", path), "give a CSV file of days and values: 2026-11-20,12.34")
	}
	return out, nil
}

func parseSeriesRow(row []string) (d budget.Day, err error) {
	if len(row) < 2 {
		return d, errors.New("not a day and a value")
	}
	if d.Date, err = time.Parse(time.DateOnly, strings.TrimSpace(row[0])); err != nil {
		return d, fmt.Errorf("%.40q is not a day", row[0])
	}
	d.Value, err = strconv.ParseFloat(strings.TrimSpace(row[1]), 64)
	if err != nil || math.IsNaN(d.Value) || math.IsInf(d.Value, 0) || d.Value < 0 || d.Value > 1e15 {
		return d, fmt.Errorf("%.40q is not a value of at least zero", row[1])
	}
	return d, nil
}
