package ui

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"tokpit/internal/clean"
)

// Text makes a name that came from outside safe to draw on one line: harmless
// (see package clean), and only of characters whose width all terminals agree
// on. Terminals differ on joined emoji (one picture or several), so modifiers go
// and the parts stay.
func Text(s string) string {
	if s = clean.Text(s); isPlain(s) {
		return s
	}
	return agree(strings.Map(func(r rune) rune {
		switch {
		case hidden(r):
			return -1
		case r >= 0x1F1E6 && r <= 0x1F1FF: // half a flag joins whatever half comes next
			return 'A' + r - 0x1F1E6
		}
		return r
	}, s))
}

// hidden reports whether a rune draws nothing by itself, or changes how others
// are drawn.
func hidden(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0:
		return true
	case r < 0x300, r >= 0x2190 && r < 0x2800, r == utf8.RuneError: // letters; arrows, boxes and signs
		return false
	case r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0100 && r <= 0xE01EF: // variation selectors
		return true
	case r >= 0x1F3FB && r <= 0x1F3FF, r == 0x20E3: // skin tones, keycap
		return true
	case r == 0x115F, r == 0x1160, r == 0x3164, r == 0xFFA0, r == 0x2800: // fillers that look like nothing
		return true
	}
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r) || r == 0x2028 || r == 0x2029
}

// agree replaces what is measured differently by cluster and by rune.
func agree(s string) string {
	if ansi.StringWidth(s) == ansi.StringWidthWc(s) && !strings.ContainsFunc(s, joins) {
		return s
	}
	var b strings.Builder
	for s != "" {
		cluster, width := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
		if cluster == "" {
			break
		}
		s = s[len(cluster):]
		const marks = 2 // as many as any living script stacks; more is an attack on the line above
		runes := []rune(cluster)
		if ansi.StringWidthWc(cluster) == width && width > 0 && len(runes) <= 1+marks && !joins(runes[0]) {
			b.WriteString(cluster)
			continue
		}
		b.WriteString(apart(runes))
	}
	return b.String()
}

// joins reports whether a rune becomes part of what stands before it, which may
// be another text.
func joins(r rune) bool {
	return unicode.IsMark(r) || r >= 0x1160 && r < 0x1200 || r >= 0xd7b0 && r < 0xd800 // vowels and finals of Hangul
}

// apart returns the letters of a cluster without what joins them, or a sign for
// "not to be shown" where that does not help.
func apart(cluster []rune) string {
	letters := make([]rune, 0, len(cluster))
	for _, r := range cluster {
		if s := string(r); !joins(r) && ansi.StringWidth(s) > 0 {
			letters = append(letters, r)
		}
	}
	s := string(letters)
	if w := ansi.StringWidth(s); w == 0 || w != ansi.StringWidthWc(s) {
		return "\uFFFD"
	}
	return s
}

// isPlain reports whether s is printable ASCII.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// Width returns how many columns s takes. It expects harmless text.
func Width(s string) int {
	if isPlain(s) {
		return len(s)
	}
	return ansi.StringWidth(s)
}

// Cut shortens s to at most width columns, with "…" in place of what is lost.
func Cut(s string, width int) string {
	if width <= 0 {
		return ""
	}
	if Width(s) <= width {
		return s
	}
	if isPlain(s) {
		return s[:width-1] + "…"
	}
	return ansi.Truncate(s, width, "…")
}

// CutMiddle shortens s in its middle, for paths, whose ends matter most.
func CutMiddle(s string, width int) string {
	w := Width(s)
	if w <= width {
		return s
	}
	if width < 5 {
		return Cut(s, width)
	}
	head := ansi.Truncate(s, (width-1)/3, "")
	room := width - 1 - Width(head)
	tail := ansi.TruncateLeft(s, w-room, "")
	for cut := w - room + 1; Width(tail) > room; cut++ { // a wide character stood on the edge
		tail = ansi.TruncateLeft(s, cut, "")
	}
	return head + "…" + tail
}

// CutName shortens a name: a path keeps its end, which tells it from its
// neighbours, and anything else its beginning.
func CutName(s string, width int) string {
	w := Width(s)
	if w <= width || width < 3 || !isPath(s) {
		return Cut(s, width)
	}
	tail := ansi.TruncateLeft(s, w-(width-1), "")
	for cut := w - width + 2; Width(tail) > width-1; cut++ { // a wide character stood on the edge
		tail = ansi.TruncateLeft(s, cut, "")
	}
	if i := strings.IndexAny(tail, `/\`); i > 0 && i < len(tail)-1 { // whole elements, where one fits
		tail = tail[i:]
	}
	return "…" + tail
}

// isPath reports whether a name is a directory: absolute, below the home, or
// on a drive.
func isPath(s string) bool {
	return strings.HasPrefix(s, "/") || strings.HasPrefix(s, "~/") || strings.HasPrefix(s, `~\`) ||
		len(s) > 2 && s[1] == ':' && (s[2] == '\\' || s[2] == '/')
}

// Wrap breaks s into lines of at most width columns, at spaces where possible.
func Wrap(s string, width int) []string {
	if width <= 0 || s == "" {
		return nil
	}
	if len(s) <= width && !strings.ContainsAny(s, "\n\t\x1b") && s[len(s)-1] != ' ' { // as most do
		return []string{s}
	}
	return strings.Split(ansi.Wrap(s, width, ""), "\n")
}
