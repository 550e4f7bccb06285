package cmd

import (
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokpit/internal/clean"
)

func newImportList(a *app) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List what was brought in",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.open(c); err != nil {
				return err
			}
			all, err := a.imports(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(c.OutOrStdout(), importsDocument(all, a.now()))
			}
			return printReceipts(c.OutOrStdout(), all)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func printReceipts(w io.Writer, all []importReceipt) error {
	var b strings.Builder
	if len(all) == 0 {
		b.WriteString("nothing has been imported\n")
	}
	rows := [][]string{{"import", "file", "as", "rows", "added", "known already", "bad", "from", "to"}}
	for i := range all {
		x := &all[i]
		note := ""
		switch x.State {
		case importBegun:
			note = "  cut off: import the file again"
		case importUndoing:
			note = "  being undone: tokpit undo import goes on"
		}
		rows = append(rows, []string{x.ID, clean.Limit(x.File, 60), clean.Text(x.Format), group(x.Rows), group(x.Added + x.Replaced), group(x.Duplicates), group(x.Bad),
			dayOrNone(x.First), dayOrNone(x.Last) + note})
	}
	if len(all) > 0 {
		writeTable(&b, rows, 3, 4, 5, 6)
	}
	_, err := io.WriteString(w, b.String())
	return unlessBrokenPipe(err)
}

func dayOrNone(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format(time.DateOnly)
}

type receiptJSON struct {
	Import     string  `json:"import"`
	State      string  `json:"state"` // done, begun, undoing
	At         string  `json:"at"`
	File       string  `json:"file"`
	SHA256     string  `json:"sha256"`
	Bytes      int64   `json:"bytes"`
	Format     string  `json:"format"`
	Rows       int64   `json:"rows"`
	Added      int64   `json:"added"`
	Replaced   int64   `json:"replaced"`
	Duplicates int64   `json:"duplicates"`
	Bad        int64   `json:"bad"`
	Since      *string `json:"since"`
	Until      *string `json:"until"`
}

func importsDocument(all []importReceipt, asOf time.Time) any {
	out := []receiptJSON{}
	for i := range all {
		x := &all[i]
		out = append(out, receiptJSON{x.ID, x.State, stamp(x.At), clean.Text(x.File), x.SHA256, x.Bytes, clean.Text(x.Format),
			x.Rows, x.Added, x.Replaced, x.Duplicates, x.Bad, optionalTime(x.First), optionalTime(x.Last)})
	}
	return struct {
		Schema  string        `json:"schema"`
		AsOf    string        `json:"as_of"`
		Imports []receiptJSON `json:"imports"`
	}{"tokpit.imports/1", stamp(asOf), out}
}
