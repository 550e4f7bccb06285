package ui

import (
	"image/color"
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// in256 is what a terminal with 256 colours makes of a colour.
func in256(hex string) string {
	n, _ := strconv.ParseUint(hex[1:], 16, 32)
	r, g, b, _ := ansi.Convert256(color.RGBA{uint8(n >> 16), uint8(n >> 8), uint8(n), 255}).RGBA()
	return "#" + strconv.FormatUint(uint64(1<<24|r>>8<<16|g>>8<<8|b>>8), 16)[1:]
}

// inBothDepths is every theme in all colours, and in 256.
func inBothDepths() []Theme {
	all := Themes()
	for _, theme := range Themes() {
		theme.Indexed = true
		all = append(all, theme)
	}
	return all
}

func TestContrast(t *testing.T) {
	papers := map[bool][]string{false: {"#000000", "#16161e", "#1e1e1e"}, true: {"#ffffff", "#fafaf7"}}
	for _, theme := range inBothDepths() {
		if theme.Mono {
			continue
		}
		p := theme.palette()
		least := func(what, front, back string, want float64) {
			t.Helper()
			if got := contrast(parse(front), parse(back)); got < want {
				t.Errorf("%s: %s %s on %s has contrast %.2f, less than %.1f", theme.Name(), what, front, back, got, want)
			}
			if got := in256(front); theme.Indexed && got != front {
				t.Errorf("%s: %s %s is shown as %s in 256 colours", theme.Name(), what, front, got)
			}
		}
		if want := map[Sight]float64{HighContrast: 7}[theme.For]; p.least < max(want, 4.5) {
			t.Errorf("%s asks for contrast %.1f", theme.Name(), p.least)
		}
		backs := append([]string{p.paper}, p.selected)
		if theme.For != HighContrast { // which brings its own paper
			backs = append(backs, papers[theme.Light]...)
		}
		r := newRamps(&p)
		for _, back := range backs {
			for what, front := range map[string]string{"text": p.text, "muted": p.muted, "accent": p.accent, "good": p.good, "warn": p.warn, "bad": p.bad} {
				least(what, front, back, p.least)
			}
			for i, s := range r.series {
				least("series "+strconv.Itoa(i), s, back, 2.9)
			}
		}
		for i, back := range r.heat {
			least("cell "+strconv.Itoa(i), p.text, back, p.least)
		}
		for i, back := range r.tokens {
			least("token "+strconv.Itoa(i), p.text, back, p.least)
		}
		least("most of a calendar", r.calendar[HeatLevels-1], p.paper, 3)
	}
}

// What people see who have no green or no red receptors: Machado, Oliveira and
// Fernandes, "A Physiologically-based Model for Simulation of Color Vision
// Deficiency", 2009, at full severity.
var blind = map[string][3]rgb3{
	"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
	"protanopia":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"nothing":      {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
}

func seen(by [3]rgb3, c rgb3) rgb3 {
	var out rgb3
	for i, row := range by {
		out[i] = min(max(row[0]*c[0]+row[1]*c[1]+row[2]*c[2], 0), 1)
	}
	return out
}

func distance(a, b rgb3) float64 {
	x, y := a.lab(), b.lab()
	return 100 * far(x, y)
}

// A just noticeable difference is about 2.
func TestColourBlind(t *testing.T) {
	for _, theme := range inBothDepths() {
		if theme.Mono {
			continue
		}
		p := theme.palette()
		series := append(p.series[:], p.other, p.fees)
		for kind, by := range blind {
			if theme.For != ColourBlind && kind != "nothing" {
				continue
			}
			for i := range series {
				for j := range i {
					if d := distance(seen(by, parse(series[i])), seen(by, parse(series[j]))); d < 8 {
						t.Errorf("%s with %s: series %d and %d differ by %.1f", theme.Name(), kind, j, i, d)
					}
				}
			}
			for _, pair := range [][2]string{{p.good, p.warn}, {p.good, p.bad}, {p.warn, p.bad}} {
				if d := distance(seen(by, parse(pair[0])), seen(by, parse(pair[1]))); d < 6.5 {
					t.Errorf("%s with %s: %v differ by %.1f", theme.Name(), kind, pair, d)
				}
			}
		}
	}
}

func TestModelsOfAProviderDiffer(t *testing.T) {
	for _, theme := range Themes() {
		p := theme.palette()
		r := newRamps(&p)
		for slot := range slots {
			for n := range shadesEach {
				for m := range n {
					a, b := r.series[slot+n*slots], r.series[slot+m*slots]
					if !theme.Mono && distance(parse(a), parse(b)) < 2 && slot != HueFees {
						t.Errorf("%s: shades %d and %d of slot %d are alike: %s %s", theme.Name(), m, n, slot, a, b)
					}
				}
			}
		}
	}
}

func TestThemeNames(t *testing.T) {
	at := Theme{}
	for range Themes() {
		got, follows, ok := ParseTheme(at.Name())
		if !ok || follows || got != at {
			t.Errorf("%s reads as %+v %v %v", at.Name(), got, follows, ok)
		}
		at = at.Next()
	}
	if at != (Theme{}) {
		t.Errorf("going through all themes ends at %s", at.Name())
	}
	for name, want := range map[string]Theme{"": {}, "auto": {}, "high-contrast": {For: HighContrast}, "color-blind": {For: ColourBlind}} {
		if got, follows, ok := ParseTheme(name); !ok || !follows || got != want {
			t.Errorf("%q reads as %+v %v %v", name, got, follows, ok)
		}
	}
	if _, _, ok := ParseTheme("solarized"); ok {
		t.Error("an unknown theme is taken")
	}
	for _, name := range ThemeNames() {
		if _, _, ok := ParseTheme(name); !ok {
			t.Errorf("%s is offered and not taken", name)
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

func TestColoursStay(t *testing.T) {
	first := (*Colours)(nil).With([]Name{{"xai", "grok-4.7"}, {"acme", "a1"}, {"zeta", "z"}, {"anthropic", "opus"}, {"anthropic", "sonnet"}})
	again := first.With([]Name{{"acme", "a1"}, {"xai", "grok-4.7"}})
	if again != first {
		t.Error("nothing new makes new colours")
	}
	later := first.With([]Name{{"beta", "b"}, {"anthropic", "haiku"}})
	for _, name := range []string{"xai", "acme", "zeta", "anthropic"} {
		if first.Provider(name) != later.Provider(name) {
			t.Errorf("%s changed its colour", name)
		}
	}
	used := map[int]string{}
	for _, name := range []string{"anthropic", "openai", "google", "deepseek", "mistral", "xai", "acme", "zeta", "other", "plan fees"} {
		hue := later.Provider(name)
		if was, ok := used[hue]; ok {
			t.Errorf("%s and %s share a colour", was, name)
		}
		used[hue] = name
	}
	models := map[int]bool{}
	for _, m := range []string{"opus", "sonnet", "haiku"} {
		hue := later.Model("", m)
		if models[hue] || hue%slots != later.Provider("anthropic") {
			t.Errorf("%s has hue %d", m, hue)
		}
		models[hue] = true
	}
	if later.Model("google", "never-seen") != later.Provider("google") || later.Model("", "never-seen") != HueOther {
		t.Error("a model that is not in use does not follow its provider")
	}
	var none *Colours
	if none.Provider("openai") != first.Provider("openai") || none.Provider("acme") != HueOther {
		t.Error("the zero Colours")
	}
	many := none
	for i := range 200 {
		many = many.With([]Name{{"p" + strconv.Itoa(i), "m" + strconv.Itoa(i)}})
		if h := many.Model("", "m"+strconv.Itoa(i)); h < 0 || h >= seriesInks {
			t.Fatalf("hue %d", h)
		}
	}
}

// A name with a mark takes the same room as one without.
func TestNameFitsItsCell(t *testing.T) {
	for _, theme := range Themes() {
		st := NewStyles(theme)
		for w := range 30 {
			for _, hue := range []int{Unmarked, 0, HueOther, seriesInks - 1} {
				p := NewPen(40, 1)
				st.Name(p, hue, st.Text, "claude-sonnet-4-5-20250929", w)
				p.Text(st.Text, "|")
				p.End()
				line := ansi.Strip(p.String())
				if at := Width(line[:strings.IndexByte(line, '|')]); at != w {
					t.Fatalf("%s: a cell of %d is %d wide: %q", theme.Name(), w, at, line)
				}
				if marked := strings.Contains(line, "▎"); marked != (hue >= 0 && w >= leastMarked && !theme.Mono) {
					t.Errorf("%s, hue %d, width %d: %q", theme.Name(), hue, w, line)
				}
			}
		}
	}
}
