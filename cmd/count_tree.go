package cmd

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"tokpit/internal/clean"
)

type treeOptions struct {
	depth, top int // 0 is all
	width      int // of the terminal; 0 is no limit
}

// lightest is the part of the whole, one in 200, below which an entry is not shown
// by itself.
const lightest = 200

// barCells is how wide the bar of the whole tree is.
const barCells = 20

// print writes a tree: the number first, then a tab, the share as a bar, and the
// name. Entries are sorted by weight, and what is not shown is added up, so that
// the entries of a folder always make up the folder.
func (n *node) print(w io.Writer, o treeOptions) error {
	p := treePrinter{o: o, whole: n.tokens.Point}
	p.digits = len(fmt.Sprint(n.tokens.Point))
	p.line(n.tokens.Point, clean.Limit(n.name, 4096)+p.note(n))
	p.children(n, "", 1)
	_, err := io.WriteString(w, p.b.String())
	return err
}

type treePrinter struct {
	o      treeOptions
	whole  int64
	digits int
	b      strings.Builder
}

func (p *treePrinter) note(n *node) string { return "  (" + count(n.files, "file") + ")" }

// shown are the entries of a folder that have a line of their own.
func (p *treePrinter) shown(n *node) []*node {
	slices.SortStableFunc(n.children, func(a, b *node) int {
		return cmp.Or(cmp.Compare(b.tokens.Point, a.tokens.Point), strings.Compare(a.name, b.name))
	})
	if p.o.top == 0 {
		return n.children
	}
	k := min(p.o.top, len(n.children))
	for k > 0 && n.children[k-1].tokens.Point*lightest < p.whole {
		k--
	}
	if k == len(n.children)-1 && k > 0 { // one line more says as much as "1 more"
		k++
	}
	return n.children[:k]
}

func (p *treePrinter) children(n *node, indent string, level int) {
	shown := p.shown(n)
	rest := n.children[len(shown):]
	for i, c := range shown {
		branch, below := "├─ ", "│  "
		if i == len(shown)-1 && len(rest) == 0 {
			branch, below = "└─ ", "   "
		}
		text := indent + branch + clean.Limit(c.name, 255)
		deeper := c.dir && (p.o.depth == 0 || level < p.o.depth) && len(p.shown(c)) > 0
		if c.dir {
			text += "/"
			if !deeper {
				text += p.note(c)
			}
		}
		p.line(c.tokens.Point, text)
		if deeper {
			p.children(c, indent+below, level+1)
		}
	}
	if len(rest) > 0 {
		tokens := int64(0)
		for _, c := range rest {
			tokens += c.tokens.Point
		}
		p.line(tokens, fmt.Sprintf("%s└─ … %s more", indent, group(int64(len(rest)))))
	}
}

func (p *treePrinter) line(tokens int64, name string) {
	line := fmt.Sprintf("%d\t%s %s  %s", tokens, share(tokens, p.whole), bar(tokens, p.whole), name)
	if p.o.width > 0 {
		digits, rest, _ := strings.Cut(line, "\t")
		tab := (len(digits)/8 + 1) * 8
		line = digits + "\t" + ansi.Truncate(rest, max(p.o.width-tab, 20), "…")
	}
	p.b.WriteString(line + "\n")
}

// share is a part in percent with one decimal, five cells wide.
func share(part, whole int64) string {
	if whole <= 0 {
		return "    –"
	}
	n := (part*2000/whole + 1) / 2
	return fmt.Sprintf("%3d.%d", n/10, n%10)
}

// bar draws a part of the whole in eighths of a cell.
func bar(part, whole int64) string {
	eighths := int64(0)
	if whole > 0 {
		eighths = part * barCells * 8 / whole
	}
	full := strings.Repeat("█", int(eighths/8))
	if r := eighths % 8; r > 0 {
		full += string([]rune("▏▎▍▌▋▊▉")[r-1])
	}
	return full + strings.Repeat(" ", barCells-ansi.StringWidth(full))
}
