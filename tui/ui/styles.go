package ui

import (
	"hash/fnv"
	"image/color"
	"slices"

	"charm.land/lipgloss/v2"
)

// Theme chooses a palette.
type Theme struct {
	Light bool
	// Mono uses no colour at all, only weight: NO_COLOR, and terminals
	// without colours.
	Mono bool
}

// palette is the whole set of colours; everything on screen is one of these.
type palette struct {
	text, muted, faint     string // words, labels, rules
	accent                 string // what is focused or can be pressed
	good, warn, bad        string // never without a sign or a word beside them
	selected, badge, track string // backgrounds, and the empty part of bars
	series                 [seriesInks]string
	heat                   [HeatLevels]string // backgrounds of cells, from little to much
	tokens                 [tokenInks]string  // backgrounds of tokens that stand side by side
}

// HeatLevels is how many shades a table of cells has.
const HeatLevels = 5

// tokenInks is how many colours tokens take in turn.
const tokenInks = 5

// seriesInks is how many providers are told apart by colour; a seventh shares
// a colour with the first, and its name still stands in the legend.
const seriesInks = 6

// Contrast on #16161e and on #ffffff is at least 4.5:1 for every text colour,
// and 3:1 for the colours of bars (TestContrast). Backgrounds are chosen such
// that terminals with 256 colours find a neighbour of the same hue.
func (t Theme) palette() palette {
	switch {
	case t.Mono:
		return palette{}
	case t.Light:
		return palette{
			text: "#1f2430", muted: "#5d6675", faint: "#c3c9d4", accent: "#1d5fbf",
			good: "#15693a", warn: "#8a5a00", bad: "#b3261e",
			selected: "#e2e9f6", badge: "#eceff4", track: "#d9dee7",
			series: [seriesInks]string{"#c2602a", "#0d7d70", "#3566c8", "#8746b5", "#937300", "#667085"},
			heat:   [HeatLevels]string{"#f2f4fa", "#e4e6ec", "#d6e4ff", "#bfd5ff", "#a3c2f5"},
			tokens: [tokenInks]string{"#e6dcf8", "#cfeee4", "#fde5c0", "#d5e4fc", "#fad8df"},
		}
	}
	return palette{
		text: "#dde1ea", muted: "#8f98ab", faint: "#3d4453", accent: "#82b1ff",
		good: "#7fd194", warn: "#efb963", bad: "#ff8088",
		selected: "#303542", badge: "#303542", track: "#3d4453",
		series: [seriesInks]string{"#e0926a", "#52b9a8", "#7ea4f0", "#c190e8", "#dcc268", "#94a0b5"},
		heat:   [HeatLevels]string{"#1e222a", "#303743", "#3c4554", "#485364", "#54647e"},
		tokens: [tokenInks]string{"#463463", "#1d4a43", "#553c1c", "#27406e", "#5a2b3c"},
	}
}

// Styles is every ink of the cockpit, built once per theme by [NewStyles].
type Styles struct {
	Theme Theme

	Text, Strong        Ink // words and figures; figures that matter
	Muted, Faint        Ink // labels; rules and axes
	Accent, AccentBold  Ink // focus, keys
	Good, Warn, Bad     Ink
	Headline            Ink // the most important figure
	Badge, BadgeWarn    Ink // small labels with a background
	Selected, Cursor    Ink // the row under the cursor; the bar under the cursor
	Caret, Picked       Ink // the character under the cursor of a text; selected text
	Track               Ink // the empty part of a bar
	Tab, TabActive      Ink
	Key, KeyText        Ink             // the footer
	Heat                [HeatLevels]Ink // a figure in a table of cells, by how much it is
	series, seriesTrack [seriesInks]Ink
	tokens              [tokenInks]Ink
	// seriesOn[i][j] draws series i on top of series j in one cell.
	seriesOn [seriesInks][seriesInks]Ink
}

// NewStyles builds the inks of a theme.
func NewStyles(t Theme) *Styles {
	p := t.palette()
	s := &Styles{
		Theme: t,
		Text:  newInk(p.text, "", 0), Strong: newInk(p.text, "", bold),
		Muted: newInk(p.muted, "", 0), Faint: newInk(p.faint, "", 0),
		Accent: newInk(p.accent, "", 0), AccentBold: newInk(p.accent, "", bold),
		Good: newInk(p.good, "", 0), Warn: newInk(p.warn, "", 0), Bad: newInk(p.bad, "", 0),
		Headline: newInk(p.accent, "", bold),
		Badge:    newInk(p.muted, p.badge, 0), BadgeWarn: newInk(p.warn, p.badge, 0),
		Selected: newInk("", p.selected, 0), Cursor: newInk("", p.selected, 0),
		Track: newInk(p.track, "", 0), Caret: newInk(p.text, "", reverse), Picked: newInk(p.text, p.selected, 0),
		Tab: newInk(p.muted, "", 0), TabActive: newInk(p.accent, p.selected, bold),
		Key: newInk(p.accent, "", bold), KeyText: newInk(p.muted, "", 0),
	}
	if t.Mono {
		s.Selected, s.TabActive = newInk("", "", bold), newInk("", "", reverse)
		s.Picked = newInk("", "", reverse)
	}
	for i, c := range p.heat {
		s.Heat[i] = newInk(p.text, c, 0)
	}
	for i, c := range p.tokens {
		s.tokens[i] = newInk(p.text, c, 0)
	}
	for i, c := range p.series {
		s.series[i], s.seriesTrack[i] = newInk(c, "", 0), newInk(c, p.selected, 0)
		for j, d := range p.series {
			s.seriesOn[i][j] = newInk(c, d, 0)
		}
	}
	return s
}

// Series returns the ink of a series by its hue (see [Hues]).
func (s *Styles) Series(hue int) Ink { return s.series[hue%seriesInks] }

// Token returns the ink of the n-th token of a text; neighbours differ.
func (s *Styles) Token(n int) Ink { return s.tokens[n%tokenInks] }

// SeriesOn returns an ink that draws one series in front of another.
func (s *Styles) SeriesOn(front, back int) Ink { return s.seriesOn[front%seriesInks][back%seriesInks] }

// SeriesUnderCursor returns the ink of a series on the cursor's background.
func (s *Styles) SeriesUnderCursor(hue int) Ink { return s.seriesTrack[hue%seriesInks] }

// Hues gives each name a colour index, so that a provider has the same colour
// wherever and in whatever order it appears. Well-known names have hues of
// their own; others take what their hash says, and the next free one if that
// is taken within the same list.
func Hues(names []string) []int {
	order := slices.Clone(names)
	slices.Sort(order)
	hues, taken := make(map[string]int, len(names)), [seriesInks]bool{}
	for _, name := range order {
		if h, ok := ownHue(name); ok && !taken[h] {
			hues[name], taken[h] = h, true
		}
	}
	for _, name := range order {
		if _, done := hues[name]; done {
			continue
		}
		sum := fnv.New32a()
		sum.Write([]byte(name))
		h := int(sum.Sum32() % seriesInks)
		for i := range seriesInks {
			if next := (h + i) % seriesInks; !taken[next] {
				h = next
				break
			}
		}
		hues[name], taken[h] = h, true
	}
	out := make([]int, len(names))
	for i, name := range names {
		out[i] = hues[name]
	}
	return out
}

func ownHue(name string) (int, bool) {
	switch name {
	case "anthropic":
		return 0, true
	case "openai":
		return 1, true
	case "google", "gemini":
		return 2, true
	case "", "other", "others":
		return 5, true
	}
	return 0, false
}

// Paper returns the terminal's background and foreground for a theme that was
// chosen against the terminal's own.
func Paper(light bool) (background, foreground color.Color) {
	if light {
		return lipgloss.Color("#FAFAF7"), lipgloss.Color("#1B1B2F")
	}
	return lipgloss.Color("#16161E"), lipgloss.Color("#E6E6F0")
}
