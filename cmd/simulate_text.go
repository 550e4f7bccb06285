package cmd

import (
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// columnsText lays cells out under a head: the first left columns to the left,
// the others, which are figures, to the right.
type columnsText struct {
	left int
	rows [][]string
}

func (t *columnsText) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *columnsText) write(w io.Writer) error {
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], ansi.StringWidth(cell))
		}
	}
	var b strings.Builder
	for _, row := range t.rows {
		var line strings.Builder
		for i, cell := range row {
			if i > 0 {
				line.WriteString("  ")
			}
			pad := strings.Repeat(" ", widths[i]-ansi.StringWidth(cell))
			if i < t.left {
				line.WriteString(cell + pad)
			} else {
				line.WriteString(pad + cell)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
