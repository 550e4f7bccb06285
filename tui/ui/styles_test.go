package ui

import (
	"image/color"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// luminance is the relative luminance of WCAG 2.
func luminance(hex string) float64 {
	n, _ := strconv.ParseUint(hex[1:], 16, 32)
	channel := func(v uint64) float64 {
		c := float64(v&255) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(n>>16) + 0.7152*channel(n>>8) + 0.0722*channel(n)
}

func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	if x < y {
		x, y = y, x
	}
	return (x + 0.05) / (y + 0.05)
}

// in256 is what a terminal with 256 colours makes of a colour.
func in256(hex string) string {
	n, _ := strconv.ParseUint(hex[1:], 16, 32)
	r, g, b, _ := ansi.Convert256(color.RGBA{uint8(n >> 16), uint8(n >> 8), uint8(n), 255}).RGBA()
	return "#" + strconv.FormatUint(uint64(1<<24|r>>8<<16|g>>8<<8|b>>8), 16)[1:]
}

func TestContrast(t *testing.T) {
	for name, c := range map[string]struct {
		theme       Theme
		backgrounds []string
	}{
		"dark":  {Theme{}, []string{"#000000", "#16161e", "#1e1e1e"}},
		"light": {Theme{Light: true}, []string{"#ffffff", "#fafafa"}},
	} {
		p := c.theme.palette()
		least := func(what, front, back string, want float64) {
			t.Helper()
			if got := contrast(front, back); got < want {
				t.Errorf("%s: %s %s on %s has contrast %.2f, less than %.1f", name, what, front, back, got, want)
			}
			if got := contrast(in256(front), in256(back)); got < want*0.85 {
				t.Errorf("%s: %s %s on %s has contrast %.2f in 256 colours", name, what, front, back, got)
			}
		}
		for _, back := range c.backgrounds {
			for what, front := range map[string]string{"text": p.text, "muted": p.muted, "accent": p.accent, "good": p.good, "warn": p.warn, "bad": p.bad} {
				least(what, front, back, 4.5)
			}
			for i, s := range p.series {
				least("series "+strconv.Itoa(i), s, back, 3)
			}
		}
		for what, front := range map[string]string{"text": p.text, "accent": p.accent, "warn": p.warn, "good": p.good} {
			least(what+" of the row under the cursor", front, p.selected, 4)
		}
		least("badge", p.warn, p.badge, 4.5)
		for i, back := range p.heat {
			least("cell "+strconv.Itoa(i), p.text, back, 4.5)
		}
	}
}

func TestMonoHasNoColour(t *testing.T) {
	st := NewStyles(Theme{Mono: true})
	for _, k := range []Ink{st.Text, st.Good, st.Warn, st.Bad, st.Series(3), st.SeriesOn(1, 2), st.Track, st.Badge} {
		if !k.IsPlain() {
			t.Errorf("%q is not plain", k.open)
		}
	}
	if st.Selected.IsPlain() || st.TabActive.IsPlain() {
		t.Error("the cursor and the active tab are not marked")
	}
}

func TestHues(t *testing.T) {
	a := Hues([]string{"openai", "anthropic", "google", "mistral"})
	b := Hues([]string{"mistral", "google", "openai", "anthropic"})
	if a[0] != b[2] || a[1] != b[3] || a[2] != b[1] || a[3] != b[0] {
		t.Errorf("hues depend on the order: %v and %v", a, b)
	}
	sorted := slices.Clone(a)
	slices.Sort(sorted)
	if len(slices.Compact(sorted)) != 4 {
		t.Errorf("two providers share a hue: %v", a)
	}
	for _, h := range Hues([]string{"a", "b", "c", "d", "e", "f", "g", "h"}) {
		if h < 0 || h >= seriesInks {
			t.Errorf("hue %d", h)
		}
	}
}
