package ui

import (
	"image/color"
	"strings"

	"charm.land/lipgloss/v2"
)

// Theme chooses a palette. The zero Theme is the dark one.
type Theme struct {
	Light bool
	// Mono uses no colour at all, only weight: NO_COLOR, and terminals
	// without colours.
	Mono bool
	For  Sight
	// Indexed takes the 256 colours that every terminal has: those that look
	// most like the theme's own. It is the terminal that decides; no name says it.
	Indexed bool
	// Sixteen has colours too few and too uncertain for shades of one: what a shade
	// says elsewhere, shapes say. It is the terminal's to decide, too.
	Sixteen bool
}

// Shaded reports whether shades of a colour can be told apart.
func (t Theme) Shaded() bool { return !t.Mono && !t.Sixteen }

// Sight is what a theme is made for besides a dark or a light room.
type Sight uint8

// The sights.
const (
	Everyone     Sight = iota
	HighContrast       // text has a contrast of at least 7:1
	ColourBlind        // colours differ without red or green receptors, too
)

// Themes lists every theme, in the order in which they are gone through.
func Themes() []Theme {
	return []Theme{
		{}, {Light: true},
		{For: HighContrast}, {For: HighContrast, Light: true},
		{For: ColourBlind}, {For: ColourBlind, Light: true},
		{Mono: true},
	}
}

// Name is how a theme is called in options and in the configuration.
func (t Theme) Name() string {
	name := "dark"
	switch {
	case t.Mono:
		return "mono"
	case t.Light:
		name = "light"
	}
	return sights()[t.For] + name
}

func sights() []string { return []string{"", "high-contrast-", "colour-blind-"} }

// Next is the theme after t in [Themes].
func (t Theme) Next() Theme {
	all := Themes()
	next := all[0]
	for i, other := range all {
		if other.Name() == t.Name() {
			next = all[(i+1)%len(all)]
		}
	}
	next.Indexed, next.Sixteen = t.Indexed, t.Sixteen
	return next
}

// ParseTheme finds a theme by its name. A name that does not say dark or light
// ("", "auto", "high-contrast", "colour-blind") follows the terminal.
func ParseTheme(name string) (t Theme, follows, ok bool) {
	name = strings.Replace(name, "color", "colour", 1)
	if name == "auto" || name == "" {
		return Theme{}, true, true
	}
	for _, t := range Themes() {
		switch name {
		case t.Name():
			return t, false, true
		case strings.TrimSuffix(sights()[t.For], "-"):
			return t, true, true
		}
	}
	return Theme{}, false, false
}

// ThemeNames lists what [ParseTheme] takes, "" aside.
func ThemeNames() []string {
	names := []string{"auto"}
	for _, t := range Themes() {
		names = append(names, t.Name())
	}
	return append(names, "high-contrast", "colour-blind")
}

// Paper returns the background and foreground for a theme that was chosen
// against the terminal's own; nil where there are no colours.
func Paper(t Theme) (background, foreground color.Color) {
	if t.Mono {
		return nil, nil
	}
	p := t.full() // terminals take these two in all colours
	return lipgloss.Color(p.paper), lipgloss.Color(p.text)
}
