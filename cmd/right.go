package cmd

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// writeTable writes rows of cells, the first of which is the heading, one below the
// other. The columns that are named hold numbers, and stand on the right.
func writeTable(w io.Writer, rows [][]string, numbers ...int) {
	for _, n := range numbers {
		width := 0
		for _, row := range rows {
			width = max(width, utf8.RuneCountInString(row[n]))
		}
		for _, row := range rows {
			row[n] = strings.Repeat(" ", width-utf8.RuneCountInString(row[n])) + row[n]
		}
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	t.Flush()
}
