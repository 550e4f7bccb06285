package ui

import (
	"sync"

	"tokpit/usage"
)

// Styles is every ink of the cockpit, built once per theme by [NewStyles].
type Styles struct {
	Theme   Theme
	Colours *Colours // of providers and models; nil knows the large providers

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
	Calendar            [HeatLevels]Ink // a day of a calendar, by how much it is
	series, seriesTrack [seriesInks]Ink
	tokens              [tokenInks]Ink
	ramps               ramps
	// seriesOn[i][j] draws slot i in front of slot j in one cell.
	seriesOn [slots][slots]Ink
}

// NewStyles builds the inks of a theme.
func NewStyles(t Theme) *Styles {
	p := t.palette()
	r := newRamps(&p)
	s := &Styles{
		Theme: t, ramps: r,
		Text: newInk(p.text, "", 0), Strong: newInk(p.text, "", bold),
		Muted: newInk(p.muted, "", 0), Faint: newInk(p.faint, "", 0),
		Accent: newInk(p.accent, "", 0), AccentBold: newInk(p.accent, "", bold),
		Good: newInk(p.good, "", 0), Warn: newInk(p.warn, "", 0), Bad: newInk(p.bad, "", 0),
		Headline: newInk(p.accent, "", bold),
		Badge:    newInk(p.muted, p.selected, 0), BadgeWarn: newInk(p.warn, p.selected, 0),
		Selected: newInk("", p.selected, 0), Cursor: newInk("", p.selected, 0),
		Track: newInk(p.faint, "", 0), Caret: newInk(p.text, "", reverse), Picked: newInk(p.text, p.selected, 0),
		Tab: newInk(p.muted, "", 0), TabActive: newInk(p.accent, p.selected, bold),
		Key: newInk(p.accent, "", bold), KeyText: newInk(p.muted, "", 0),
	}
	if t.Mono {
		s.Selected, s.TabActive = newInk("", "", bold), newInk("", "", reverse)
		s.Picked = newInk("", "", reverse)
	}
	for i := range HeatLevels {
		s.Heat[i], s.Calendar[i] = newInk(p.text, r.heat[i], 0), newInk(r.calendar[i], "", 0)
	}
	for i, c := range r.tokens {
		s.tokens[i] = newInk(p.text, c, 0)
	}
	for i, c := range r.series {
		s.series[i], s.seriesTrack[i] = newInk(c, "", 0), newInk(c, p.selected, 0)
	}
	for i := range slots {
		for j := range slots {
			s.seriesOn[i][j] = newInk(r.series[i], r.series[j], 0)
		}
	}
	return s
}

// DarkStyles returns the inks of the dark theme, which are built once: what
// whatever is drawn has until it is told the theme. They must not be changed.
func DarkStyles() *Styles { return darkStyles() }

var darkStyles = sync.OnceValue(func() *Styles { return NewStyles(Theme{}) })

// WithColours returns the same inks with other colours of providers and models.
func (s *Styles) WithColours(c *Colours) *Styles {
	out := *s
	out.Colours = c
	return &out
}

// Series returns the ink of a series by its hue (see [Colours]).
func (s *Styles) Series(hue int) Ink { return s.series[hue%seriesInks] }

// Token returns the ink of the n-th token of a text; neighbours differ.
func (s *Styles) Token(n int) Ink { return s.tokens[n%tokenInks] }

// SeriesOn returns an ink that draws one series in front of another.
func (s *Styles) SeriesOn(front, back int) Ink {
	if front < slots && back < slots {
		return s.seriesOn[front][back]
	}
	return newInk(s.ramps.series[front%seriesInks], s.ramps.series[back%seriesInks], 0)
}

// SeriesUnderCursor returns the ink of a series on the cursor's background.
func (s *Styles) SeriesUnderCursor(hue int) Ink { return s.seriesTrack[hue%seriesInks] }

// Unmarked is the hue of names that are neither a provider nor a model.
const Unmarked = -1

// leastMarked is the narrowest cell that has room for a mark.
const leastMarked = 8

// Name draws a name in a cell of width w, cut in the middle if it must be, with a
// thin bar in its colour before it. There is none where there are no colours.
func (s *Styles) Name(p *Pen, hue int, k Ink, name string, w int) {
	if hue < 0 || s.Theme.Mono || w < leastMarked {
		p.Left(k, CutName(name, w), w)
		return
	}
	p.Text(s.Series(hue), "▎")
	p.Left(k, CutName(name, w-1), w-1)
}

// Hue returns the hue of a value of a dimension; [Unmarked] if it is neither a
// provider nor a model.
func (s *Styles) Hue(by usage.Dimension, value string) int {
	switch by {
	case usage.ByProvider:
		return s.Colours.Provider(value)
	case usage.ByModel:
		return s.Colours.Model("", value)
	}
	return Unmarked
}
