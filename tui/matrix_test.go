package tui

import (
	"fmt"
	"image/color"
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokpit/report"
	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

// kinds of data that every page is drawn with.
func kindsOfData() map[string]func() *report.Snapshot {
	return map[string]func() *report.Snapshot{"demo": tuitest.Explored, "hostile": tuitest.HostileExplored, "empty": tuitest.Empty, "error": tuitest.Connected, "loading": nil}
}

// Every page at every size, with every kind of data and in every theme: exactly
// as large as the terminal, no name cut without an ellipsis, and all text with
// enough contrast to be read.
func TestMatrix(t *testing.T) {
	sizes := [][2]int{{60, 20}, {80, 24}, {120, 40}, {200, 60}, {300, 80}}
	themes := ui.Themes()
	if testing.Short() {
		sizes, themes = [][2]int{{60, 20}, {200, 60}}, themes[:2]
	}
	for name, data := range kindsOfData() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, f := newModel(t, nil)
			drive(m, tea.WindowSizeMsg{Width: 120, Height: 40})
			var names []string
			if data != nil {
				f.set(data(), nil)
				load(m)
				names = namesOf(f.snap)
			}
			if name == "error" {
				m.Update(Failed{errBusy})
			}
			for at := range m.pages {
				m.active = at
				if m.snap != nil {
					if _, err := m.settled(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				for _, theme := range themes {
					m.look.chosen, m.look.follows, m.look.colourless = theme, false, theme.Mono
					m.restyle()
					for _, size := range sizes {
						drive(m, tea.WindowSizeMsg{Width: size[0], Height: size[1]})
						where := fmt.Sprintf("%s, %s, %dx%d", m.page().Title(), theme.Name(), size[0], size[1])
						screen := m.render()
						checkFits(t, screen, size[0], size[1])
						for _, finding := range append(faint(screen, theme), cuts(ansi.Strip(screen), names)...) {
							t.Errorf("%s: %s", where, finding)
						}
					}
				}
			}
		})
	}
}

// namesOf are the names that pages draw, those that can be told from others.
func namesOf(s *report.Snapshot) []string {
	var out []string
	for _, list := range [][]report.Line{s.Models, s.Projects, s.Providers} {
		for i := range list {
			if name := ui.Text(list[i].Name); len(name) >= 10 && !strings.ContainsAny(name, " …~\\") && ansi.StringWidth(name) == len(name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// cuts finds names that begin on the screen and break off.
func cuts(screen string, names []string) (findings []string) {
	const enough = 8 // letters that tell that it is this name
	for y, line := range strings.Split(screen, "\n") {
		for _, name := range names {
			for from := 0; ; {
				i := strings.Index(line[from:], name[:enough])
				if i < 0 {
					break
				}
				from += i
				rest := line[from:]
				whole, longest := false, 0
				for _, other := range names {
					whole = whole || strings.HasPrefix(rest, other)
					n := 0
					for n < len(other) && n < len(rest) && other[n] == rest[n] {
						n++
					}
					longest = max(longest, n)
				}
				if next, _ := strings.CutPrefix(rest[longest:], "…"); !whole && next == rest[longest:] && (longest == len(rest) || rest[longest] == ' ' && line[from-min(from, 1)] == ' ') {
					findings = append(findings, fmt.Sprintf("line %d cuts %q without a sign: %q", y, name, strings.TrimSpace(line)))
				}
				from += enough
			}
		}
	}
	return findings
}

// faint finds letters and digits whose colours are too near to each other.
func faint(screen string, theme ui.Theme) (findings []string) {
	if theme.Mono {
		return nil
	}
	back, front := ui.Paper(theme)
	least := 4.5
	for y, line := range strings.Split(screen, "\n") {
		for _, c := range cells(line, front, back) {
			if !unicode.IsLetter(c.r) && !unicode.IsDigit(c.r) {
				continue
			}
			if got := contrast(c.front, c.back); got < least-0.02 {
				findings = append(findings, fmt.Sprintf("line %d: %q has a contrast of %.2f: %q", y, c.r, got, strings.TrimSpace(ansi.Strip(line))))
				break
			}
		}
	}
	return findings
}

// The matrix sees what it looks for.
func TestMatrixSees(t *testing.T) {
	dark := ui.Theme{}
	for line, want := range map[string]int{"plain": 0, "\x1b[38;2;60;60;60mgrey\x1b[m": 1, "\x1b[7mreversed\x1b[m": 0,
		"\x1b[48;2;255;255;255;38;2;250;250;250mpale\x1b[0m fine": 1, "\x1b[38;2;60;60;60m───\x1b[39m": 0} {
		if got := faint(line, dark); len(got) != want {
			t.Errorf("%q: %v", line, got)
		}
	}
	names := []string{"claude-opus-4-8", "claude-opus-4-8-fast"}
	for line, want := range map[string]int{" claude-opus-4-8  $1": 0, " claude-opus-4…  $1": 0, " claude-op  $1": 1, " claude-opus-4-8-f": 0, " claude-other": 0} {
		if got := cuts(line, names[:1]); len(got) != want {
			t.Errorf("%q: %v", line, got)
		}
	}
	if got := cuts(" claude-opus-4-8-fas", names[1:]); len(got) != 1 {
		t.Errorf("a cut at the edge: %v", got)
	}
}

// cell is a character in its colours.
type cell struct {
	r           rune
	front, back color.Color
}

// cells reads a line with its colours.
func cells(line string, front, back color.Color) []cell {
	var out []cell
	fg, bg, reverse := front, back, false
	for line != "" {
		if code, ok := strings.CutPrefix(line, "\x1b["); ok {
			end := strings.IndexByte(code, 'm')
			fg, bg, reverse = apply(strings.Split(code[:end], ";"), fg, bg, reverse, front, back)
			line = code[end+1:]
			continue
		}
		for i, r := range line {
			if r == 0x1b {
				line = line[i:]
				break
			}
			c := cell{r, fg, bg}
			if reverse {
				c.front, c.back = bg, fg
			}
			out = append(out, c)
			if i+len(string(r)) == len(line) {
				line = ""
			}
		}
	}
	return out
}

func apply(codes []string, fg, bg color.Color, reverse bool, front, back color.Color) (color.Color, color.Color, bool) {
	for i := 0; i < len(codes); i++ {
		switch n, _ := strconv.Atoi(codes[i]); {
		case n == 0:
			fg, bg, reverse = front, back, false
		case n == 7:
			reverse = true
		case n == 27:
			reverse = false
		case n == 39:
			fg = front
		case n == 49:
			bg = back
		case (n == 38 || n == 48) && i+4 < len(codes):
			var v [3]uint8
			for k := range v {
				x, _ := strconv.Atoi(codes[i+2+k])
				v[k] = uint8(x)
			}
			if i += 4; n == 38 {
				fg = color.RGBA{v[0], v[1], v[2], 255}
			} else {
				bg = color.RGBA{v[0], v[1], v[2], 255}
			}
		}
	}
	return fg, bg, reverse
}

// contrast is that of WCAG 2.
func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	part := func(v uint32) float64 {
		x := float64(v) / 0xffff
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*part(r) + 0.7152*part(g) + 0.0722*part(b)
}
