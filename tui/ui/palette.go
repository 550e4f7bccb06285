package ui

// palette is the colours that a theme is made of; everything on screen is one
// of these or derived from them ([newRamps]).
type palette struct {
	paper              string // what the terminal has behind it, or should have
	text, muted, faint string // words, labels, rules and what is empty of bars
	accent             string // what is focused or can be pressed
	good, warn, bad    string // never without a sign or a word beside them
	selected           string // background of rows under the cursor, and of badges
	series             [providerHues]string
	other, fees        string // series that are no provider
	least              float64
	fewSeries          [slots]string // of 256 colours, other and fees too, where the nearest would not do
	indexed            bool          // made of the 256 colours that every terminal has
}

// HeatLevels is how many shades a table of cells has, and a calendar.
const HeatLevels = 5

// tokenInks is how many colours tokens take in turn.
const tokenInks = 5

// Least contrasts by WCAG 2: of text (AA, and AAA for high contrast), and of
// what is drawn.
const (
	readable, plain = 4.5, 7
	visible         = 3
	seenAtAll       = 1.4 // the least of several shades, beside the others
)

// palette of a theme. Every text colour has the least contrast on the paper and
// under the cursor, and every series is visible there (TestContrast). The
// series of the colour-blind themes are as far apart as eight can be when seen
// without red or without green receptors (TestColourBlind).
func (t Theme) palette() palette {
	if t.Indexed {
		return t.full().few()
	}
	return t.full()
}

// full is the palette in all colours.
func (t Theme) full() palette {
	dark := [providerHues]string{"#e0926a", "#3fb8a4", "#7ea4f0", "#c190e8", "#dcc268", "#f28ba8", "#9fd06a", "#5cc9ee"}
	light := [providerHues]string{"#c2602a", "#0d7d70", "#3566c8", "#8746b5", "#937300", "#c23f6d", "#4c8a12", "#0080b3"}
	switch {
	case t.Mono:
		return palette{}
	case t.For == HighContrast && t.Light:
		return palette{
			paper: "#ffffff", text: "#000000", muted: "#3a414d", faint: "#7b8494", accent: "#0a3a82",
			good: "#0b4a25", warn: "#5a2d00", bad: "#850f0f", selected: "#ebf1fb",
			series: light, other: "#667085", fees: "#000000", least: plain,
		}
	case t.For == HighContrast:
		return palette{
			paper: "#000000", text: "#ffffff", muted: "#c8cedb", faint: "#7d8798", accent: "#9ecbff",
			good: "#86e59b", warn: "#ffd27a", bad: "#ffabb1", selected: "#16233c",
			series: dark, other: "#94a0b5", fees: "#ffffff", least: plain,
		}
	case t.For == ColourBlind && t.Light:
		return palette{
			paper: "#fafaf7", text: "#1f2430", muted: "#566071", faint: "#c3c9d4", accent: "#1a59b3",
			good: "#00528f", warn: "#806000", bad: "#8a2f00", selected: "#e6ecf7",
			series:    [providerHues]string{"#532a02", "#409773", "#181e81", "#a05ce5", "#918707", "#743a46", "#586e11", "#0b577a"},
			fewSeries: [slots]string{"#303030", "#878787", "#000087", "#af5fd7", "#878700", "#4e4e4e", "#5f5f00", "#005f87", "#6c6c6c", "#1c1c1c"},
			other:     "#667085", fees: "#1f2430", least: readable,
		}
	case t.For == ColourBlind:
		return palette{
			paper: "#16161e", text: "#dde1ea", muted: "#98a1b3", faint: "#3d4453", accent: "#82b1ff",
			good: "#6fd0f5", warn: "#f7e06a", bad: "#f58a3c", selected: "#2a2f3b",
			series:    [providerHues]string{"#cb883f", "#4cd79c", "#3a89f3", "#ac5cb0", "#d1bd11", "#ab706c", "#bffd84", "#70c7fe"},
			fewSeries: [slots]string{"#af8700", "#5fd787", "#0087ff", "#af5faf", "#d7af00", "#af8787", "#afff87", "#5fd7ff", "#87afd7", "#e4e4e4"},
			other:     "#94a0b5", fees: "#dde1ea", least: readable,
		}
	case t.Light:
		return palette{
			paper: "#fafaf7", text: "#1f2430", muted: "#566071", faint: "#c3c9d4", accent: "#1a59b3",
			good: "#14633a", warn: "#7d5200", bad: "#ad231b", selected: "#e6ecf7",
			series: light, other: "#667085", fees: "#1f2430", least: readable,
		}
	}
	return palette{
		paper: "#16161e", text: "#dde1ea", muted: "#98a1b3", faint: "#3d4453", accent: "#82b1ff",
		good: "#7fd194", warn: "#efb963", bad: "#ff8a91", selected: "#2a2f3b",
		series: dark, other: "#94a0b5", fees: "#dde1ea", least: readable,
	}
}

// ramps is what is derived from a palette.
type ramps struct {
	heat     [HeatLevels]string // backgrounds of figures, from little to much
	calendar [HeatLevels]string // days of a calendar, from little to much
	tokens   [tokenInks]string  // backgrounds of tokens that stand side by side
	series   [seriesInks]string // by hue: providers, then the shades of their models
}

// newRamps derives colours: backgrounds go from the paper as far towards the
// accent, or a series, as text on them stays readable; shades of a series differ
// in lightness and stay visible.
func newRamps(p *palette) ramps {
	var r ramps
	if p.paper == "" {
		return r
	}
	paper, text, accent := parse(p.paper), parse(p.text), parse(p.accent)
	deepest := func(towards rgb3) float64 {
		t := 1.0
		for t > 0.05 && contrast(text, mix(paper, towards, t)) < p.least*1.15 {
			t -= 0.02
		}
		return min(t, 0.5)
	}
	most := deepest(accent)
	least := 0.2 // of the accent, from where a day is seen at all
	for least < 0.5 && contrast(mix(paper, accent, least), paper) < seenAtAll {
		least += 0.02
	}
	for i := range HeatLevels {
		part := float64(i+1) / HeatLevels
		r.heat[i] = mix(paper, accent, most*part).hex()
		r.calendar[i] = mix(paper, accent, least+(1-least)*float64(i)/(HeatLevels-1)).hex()
	}
	for i := range tokenInks {
		s := parse(p.series[i])
		r.tokens[i] = mix(paper, s, deepest(s)*0.8).hex()
	}
	for slot := range slots {
		base := p.fees
		switch {
		case slot < providerHues:
			base = p.series[slot]
		case slot == HueOther:
			base = p.other
		}
		for n, l := range shades(parse(base), paper, parse(p.selected)) {
			r.series[slot+n*slots] = lighter(parse(base), l).hex()
		}
	}
	if p.indexed {
		return r.few(p)
	}
	return r
}

// shades are how much lighter the models of a provider are than its own colour,
// in the order in which they are given out: evenly over a part of the lightness
// in which the colour is visible on both backgrounds.
func shades(c, paper, under rgb3) [shadesEach]float64 {
	const step, reach, most = 0.01, 0.10, 0.97
	ok := func(by float64) bool {
		s := lighter(c, by)
		l := c.lab()[0] + by
		return l > 0.15 && l < most && contrast(s, paper) >= visible && contrast(s, under) >= visible
	}
	low, high := 0.0, 0.0
	for low > -reach && ok(low-step) {
		low -= step
	}
	for high-low < 2*reach && ok(high+step) {
		high += step
	}
	for high-low < 2*reach && ok(low-step) {
		low -= step
	}
	each := (high - low) / (shadesEach - 1)
	own := int(-low/each + 0.5) // the place of the provider's own colour
	out := [shadesEach]float64{}
	next := 1
	for _, i := range [...]int{shadesEach - 1, 0, shadesEach / 2, 1, shadesEach - 2} {
		if i != own && next < shadesEach {
			out[next] = low + float64(i)*each
			next++
		}
	}
	return out
}
