package cmd

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
	"tokpit/report/export"
	"tokpit/report/focus"
)

// focusCheck holds the rows that pass through it against the rules of FOCUS.
type focusCheck struct {
	export.Writer
	columns []export.Column
	checker *focus.Checker
	values  []string
}

// Begin implements [export.Writer].
func (f *focusCheck) Begin(columns []export.Column) error {
	f.columns = columns
	names := make([]string, len(columns))
	for i := range columns {
		names[i] = columns[i].Name
	}
	var err error
	if f.checker, err = focus.NewChecker(names, focus.Lacking()); err != nil {
		return err
	}
	f.values = make([]string, len(columns))
	return f.Writer.Begin(columns)
}

// Row implements [export.Writer].
func (f *focusCheck) Row(cells []export.Cell) error {
	for i := range cells {
		f.values[i] = string(cells[i].Append(nil, f.columns[i].Kind))
	}
	f.checker.Row(f.values)
	return f.Writer.Row(cells)
}

func (f *focusCheck) say(w io.Writer, asJSON bool, now func() time.Time) error {
	return sayChecked(w, f.checker.Done(), asJSON, now())
}

type checkedJSON struct {
	Schema   string        `json:"schema"`
	AsOf     string        `json:"as_of"`
	Rows     int64         `json:"rows"`
	Passed   int           `json:"passed"`
	Skipped  int           `json:"skipped"`
	Failures []failureJSON `json:"failures"`
	OK       bool          `json:"ok"`
}

type failureJSON struct {
	Rule     string `json:"rule"`
	Column   string `json:"column"`
	Rows     int64  `json:"rows"`
	FirstRow *int64 `json:"first_row"` // null if it is about the file
	Value    string `json:"value"`
	Says     string `json:"says"`
	// Contradicted: no file can keep this rule and its neighbour.
	Contradicted bool `json:"contradicted"`
}

// sayChecked prints a verdict; a broken rule is a "no".
func sayChecked(w io.Writer, c focus.Checked, asJSON bool, now time.Time) error {
	j := checkedJSON{Schema: "tokpit.export.check/1", AsOf: stamp(now), Rows: c.Rows, Passed: c.Passed, Skipped: c.Skipped, Failures: []failureJSON{}, OK: true}
	for _, f := range c.Failures {
		one := failureJSON{Rule: f.Rule, Column: f.Column, Rows: f.Rows, Value: clean.Text(f.Value), Says: f.Says, Contradicted: focus.Contradictory(f.Rule)}
		if f.First > 0 {
			one.FirstRow = &f.First
		}
		j.OK = j.OK && one.Contradicted
		j.Failures = append(j.Failures, one)
	}
	if asJSON {
		if err := writeJSON(w, j); err != nil {
			return err
		}
	} else if err := printChecked(w, &j); err != nil {
		return err
	}
	if !j.OK {
		return errNo
	}
	return nil
}

func printChecked(w io.Writer, j *checkedJSON) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d rules of FOCUS 1.2 hold, %d do not apply\n", count(j.Rows, "row"), j.Passed, j.Skipped)
	for _, f := range j.Failures {
		where := ""
		if f.FirstRow != nil {
			where = fmt.Sprintf(" in %s, first in row %s (%q)", count(f.Rows, "row"), group(*f.FirstRow), clip(f.Value))
		}
		word := "broken"
		if f.Contradicted {
			word, where = "not kept", ": its neighbour asks for the opposite"
		}
		fmt.Fprintf(&b, "%s: %s%s: %s\n", f.Rule, word, where, f.Says)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// checkFile holds a file that is there against the rules.
func (a *app) checkFile(c *cobra.Command, args []string, o *exportOptions) error {
	switch {
	case len(args) == 0:
		return hint(errors.New("there is nothing to check"), "name a file: tokpit export --check october.focus.csv; or write one: --format focus --check -o FILE")
	case !o.check:
		return hint(fmt.Errorf("what should become of %s?", clean.Text(clip(args[0]))), "to check a file add --check; the file to write is named with -o")
	}
	if err := a.settle(c.Context(), c.CommandPath()); err != nil {
		return err
	}
	file, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer file.Close()
	in := csv.NewReader(file)
	in.ReuseRecord = true
	head, err := in.Read()
	if err != nil {
		return hint(fmt.Errorf("%s: %w", clean.Text(args[0]), err), "it must be a CSV file with a header")
	}
	checker, err := focus.NewChecker(append([]string(nil), head...), focus.Lacking())
	if err != nil {
		return err
	}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return hint(fmt.Errorf("%s: %w", clean.Text(args[0]), err), "correct the line, or export the file again")
		}
		if err := c.Context().Err(); err != nil {
			return err
		}
		checker.Row(row)
	}
	return sayChecked(c.OutOrStdout(), checker.Done(), o.json, a.now())
}
