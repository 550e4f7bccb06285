package report

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// grid is a table of text: names on the left, figures aligned to the right.
type grid struct {
	left   int // columns of names
	rows   [][]string
	widths []int
	total  int // index of the total row
}

func (g *grid) add(row []string) {
	if g.widths == nil {
		g.widths = make([]int, len(row))
	}
	for i, s := range row {
		g.widths[i] = max(g.widths[i], ansi.StringWidth(s))
	}
	g.rows = append(g.rows, row)
}

// gap is the space between columns.
const gap = 2

func (g *grid) width() int {
	n := -gap
	for _, w := range g.widths {
		if w > 0 {
			n += w + gap
		}
	}
	return n
}

// narrowest is what is left of a name at least.
const narrowest = 6

// squeeze cuts the widest names until the table fits, as far as that goes.
func (g *grid) squeeze(width int) {
	for g.width() > width {
		widest := 0
		for i := range g.left {
			if g.widths[i] > g.widths[widest] {
				widest = i
			}
		}
		if g.widths[widest] <= narrowest {
			return
		}
		g.widths[widest]--
	}
}

func (g *grid) write(b *strings.Builder) {
	for i, row := range g.rows {
		if i == 1 || i == g.total && i > 1 {
			g.rule(b)
		}
		var line strings.Builder
		for j, s := range row {
			if g.widths[j] == 0 {
				continue
			}
			if line.Len() > 0 {
				line.WriteString(strings.Repeat(" ", gap))
			}
			if j < g.left {
				s = ansi.Truncate(s, g.widths[j], "…")
			}
			pad := strings.Repeat(" ", max(g.widths[j]-ansi.StringWidth(s), 0))
			if j < g.left || j == len(row)-1 { // the last column holds marks
				line.WriteString(s + pad)
			} else {
				line.WriteString(pad + s)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteString("\n")
	}
}

func (g *grid) rule(b *strings.Builder) {
	b.WriteString(strings.Repeat("─", max(g.width(), 1)))
	b.WriteString("\n")
}
