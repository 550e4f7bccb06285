package tui

import (
	"image/color"
	"regexp"
	"strconv"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"tokpit/tui/tuitest"
	"tokpit/tui/ui"
)

// body is the screen without the last line, which may hold a notice.
func body(m *Model) string {
	all := m.render()
	return all[:strings.LastIndexByte(all, '\n')]
}

func TestTheme(t *testing.T) {
	m := shown(t, tuitest.Sample(), 80, 24)
	dark := body(m)
	drive(m, tea.BackgroundColorMsg{Color: color.White})
	light := body(m)
	if dark == light || ansi.Strip(dark) != ansi.Strip(light) {
		t.Error("the light theme differs from the dark one in more than colour, or not at all")
	}
	if m.View().BackgroundColor != nil {
		t.Error("a theme that follows the terminal changes its paper")
	}
	seen := map[string]bool{light: true}
	for range ui.Themes() {
		drive(m, press("T"))
		name := m.styles.Theme.Name()
		wantText(t, m, "Theme "+name+", ", "to keep it")
		if seen[body(m)] && name != "light" {
			t.Errorf("%s looks like another theme", name)
		}
		seen[body(m)] = true
		if mono := m.styles.Theme.Mono; (m.View().BackgroundColor == nil) != mono {
			t.Errorf("%s: the terminal's paper is %v", name, m.View().BackgroundColor)
		}
	}
	if m.styles.Theme.Name() != "light" {
		t.Errorf("T does not go round: %s", m.styles.Theme.Name())
	}
	drive(m, tea.BackgroundColorMsg{Color: color.Black})
	if body(m) != light {
		t.Error("the terminal's background overrode the chosen theme")
	}
	drive(m, tea.ColorProfileMsg{Profile: colorprofile.ASCII})
	if strings.Contains(m.render(), "38;2") {
		t.Error("colours where there are none")
	}
	drive(m, press("T"))
	wantText(t, m, "no colours")
	wantText(t, m, "▸ ", "▲", "▼", "! ", "█ anthropic", "▓ plan fees")
}

func TestThemeOfTheConfiguration(t *testing.T) {
	for name, want := range map[string]string{"": "light", "auto": "light", "dark": "dark", "mono": "mono", "high-contrast": "high-contrast-light", "colour-blind-dark": "colour-blind-dark"} {
		m := New(t.Context(), &fake{snap: tuitest.Sample()}, Options{Now: tuitest.Now, Theme: name})
		drive(m, tea.WindowSizeMsg{Width: 80, Height: 24}, tea.BackgroundColorMsg{Color: color.White}, tea.ColorProfileMsg{Profile: colorprofile.TrueColor})
		if got := m.styles.Theme.Name(); got != want {
			t.Errorf("%q on white shows %s, want %s", name, got, want)
		}
	}
}

// TestPaperOfTheEnvironment: what COLORFGBG says holds until the terminal answers.
func TestPaperOfTheEnvironment(t *testing.T) {
	for colours, want := range map[string]string{"": "dark", "15;0": "dark", "0;15": "light", "0;default;7": "light", "7;8": "dark", "0;default": "dark", "0;231": "dark"} {
		m := New(t.Context(), &fake{snap: tuitest.Sample()}, Options{Now: tuitest.Now})
		drive(m, tea.EnvMsg{"COLORFGBG=" + colours})
		if got := m.styles.Theme.Name(); got != want {
			t.Errorf("%q shows %s, want %s", colours, got, want)
		}
		drive(m, tea.BackgroundColorMsg{Color: color.Black}, tea.EnvMsg{"COLORFGBG=0;15"})
		if got := m.styles.Theme.Name(); got != "dark" {
			t.Errorf("%q outweighs the terminal's answer: %s", colours, got)
		}
	}
}

func TestThemesAreCommands(t *testing.T) {
	m := shown(t, tuitest.Sample(), 100, 30)
	for _, theme := range ui.Themes() {
		at := -1
		for i, c := range m.commands() {
			if c.Name == "Theme: "+theme.Name() {
				at = i
			}
		}
		if at < 0 {
			t.Fatalf("%s is no command", theme.Name())
		}
		drive(m, m.commands()[at].Msg)
		if m.styles.Theme != theme {
			t.Errorf("the command for %s shows %s", theme.Name(), m.styles.Theme.Name())
		}
	}
}

// A provider has the same colour before and after others came.
func TestColoursHoldForTheSession(t *testing.T) {
	m := shown(t, tuitest.Sample(), 120, 40)
	first := m.styles.Colours.Provider("acme")
	m.learn([]ui.Name{{Provider: "acme", Model: "a"}})
	was := m.styles.Colours.Provider("acme")
	m.learn([]ui.Name{{Provider: "aaa", Model: "b"}, {Provider: "acme", Model: "c"}})
	if now := m.styles.Colours.Provider("acme"); now != was || first != ui.HueOther || now == m.styles.Colours.Provider("aaa") {
		t.Errorf("acme was %d, then %d, is %d", first, was, now)
	}
	drive(m, press("T"))
	if m.styles.Colours.Provider("acme") != was {
		t.Error("a new theme forgot the colours")
	}
}

// A terminal with sixteen colours is not asked for shades, whatever the theme.
func TestSixteenColours(t *testing.T) {
	m := shown(t, tuitest.Sample(), 200, 60)
	drive(m, tea.ColorProfileMsg{Profile: colorprofile.ANSI})
	for range ui.Themes() {
		if got := m.styles.Theme; got.Shaded() || got.Sixteen == got.Mono {
			t.Errorf("%s is drawn as %+v", got.Name(), got)
		}
		drive(m, press("T"))
	}
	drive(m, tea.ColorProfileMsg{Profile: colorprofile.TrueColor})
	if got := m.styles.Theme; !got.Mono && !got.Shaded() {
		t.Errorf("in all colours %+v", got)
	}
}

// A terminal with 256 colours is given colours that it has: what it would make
// of others is not what the theme means.
func TestIndexedColours(t *testing.T) {
	t.Parallel()
	colours := regexp.MustCompile(`[34]8;2;(\d+);(\d+);(\d+)`)
	has := func(n string) bool {
		v, err := strconv.Atoi(n)
		return err == nil && (v == 0 || v == 255 || v >= 95 && (v-95)%40 == 0)
	}
	for _, theme := range ui.Themes() {
		m := shown(t, tuitest.Sample(), 200, 60)
		drive(m, tea.ColorProfileMsg{Profile: colorprofile.ANSI256}, themed(theme))
		if got := m.styles.Theme; got.Name() != theme.Name() || got.Indexed == theme.Mono {
			t.Fatalf("%s is drawn as %+v", theme.Name(), got)
		}
		for _, key := range "1234567" {
			drive(m, press(string(key)))
			found := colours.FindAllStringSubmatch(m.render(), -1)
			if len(found) == 0 && !theme.Mono {
				t.Fatalf("%s has no colours", theme.Name())
			}
			for _, c := range found {
				grey, _ := strconv.Atoi(c[1])
				if c[1] == c[2] && c[2] == c[3] && grey >= 8 && grey <= 238 && grey%10 == 8 {
					continue
				}
				if !has(c[1]) || !has(c[2]) || !has(c[3]) {
					t.Fatalf("%s, page %c: %s is no indexed colour", theme.Name(), key, c[0])
				}
			}
		}
		drive(m, press("T"))
		if m.styles.Theme.Name() != theme.Next().Name() {
			t.Errorf("T goes from %s to %s", theme.Name(), m.styles.Theme.Name())
		}
	}
}
