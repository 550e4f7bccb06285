package tui

import (
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"tokpit/tui/overlay"
	"tokpit/tui/ui"
)

// look is how the cockpit is drawn, and who decided.
type look struct {
	chosen     ui.Theme
	follows    bool // whether it is dark or light is the terminal's to say
	light      bool // what the terminal said, or what COLORFGBG says of it
	answered   bool // the terminal has said it
	colourless bool // the terminal has no colours
	indexed    bool // it has 256
	sixteen    bool // it has 16
	colours    *ui.Colours
}

func newLook(name string) look {
	t, follows, ok := ui.ParseTheme(name)
	return look{chosen: t, follows: follows || !ok}
}

// theme is what is drawn.
func (l *look) theme() ui.Theme {
	t := l.chosen
	if l.follows {
		t.Light = l.light
	}
	t.Indexed, t.Sixteen = l.indexed && !t.Mono, l.sixteen && !t.Mono
	if l.colourless {
		t = ui.Theme{Mono: true}
	}
	return t
}

// paper reports whether the terminal's background has to be set: it may be
// another one than the theme's.
func (l *look) paper() bool {
	return !l.theme().Mono && (!l.follows || l.chosen.For == ui.HighContrast)
}

// themed asks for a theme.
type themed ui.Theme

// restyle gives everything the inks of the theme.
func (m *Model) restyle() {
	if t := m.look.theme(); t != m.styles.Theme {
		m.styles = ui.NewStyles(t)
	}
	m.styles = m.styles.WithColours(m.look.colours)
	for _, p := range m.pages {
		p.SetTheme(m.styles)
	}
	m.resize()
}

// relook takes what the terminal says of itself, and themes that are asked for.
func (m *Model) relook(msg tea.Msg) {
	switch msg := msg.(type) {
	case tea.EnvMsg:
		if !m.look.answered {
			m.look.light = lightPaper(msg.Getenv("COLORFGBG"))
		}
	case tea.BackgroundColorMsg:
		m.look.light, m.look.answered = !msg.IsDark(), true
	case tea.ColorProfileMsg:
		m.look.colourless = msg.Profile <= colorprofile.ASCII
		m.look.indexed = msg.Profile == colorprofile.ANSI256
		m.look.sixteen = msg.Profile == colorprofile.ANSI
	case themed:
		m.chooseTheme(ui.Theme(msg))
	}
	if m.look.theme() != m.styles.Theme {
		m.restyle()
	}
}

// lightPaper reads COLORFGBG ("0;15", or with something between), which terminals set that
// may not answer when asked for their background. As vim reads it: 0 to 6 and 8 are
// dark, and so is what is no number.
func lightPaper(colours string) bool {
	n, err := strconv.Atoi(colours[strings.LastIndexByte(colours, ';')+1:])
	return err == nil && n >= 7 && n <= 15 && n != 8
}

// chooseTheme shows a theme from now on.
func (m *Model) chooseTheme(t ui.Theme) {
	m.look.chosen, m.look.follows = t, false
	m.restyle()
	if m.look.colourless {
		m.notice = "This terminal shows no colours (or NO_COLOR is set), so all themes look like mono"
		return
	}
	for i, other := range ui.Themes() {
		if other.Name() == t.Name() {
			m.notice = "Theme " + t.Name() + ", " + strconv.Itoa(i+1) + " of " + strconv.Itoa(len(ui.Themes())) +
				"; name it under [cockpit] theme to keep it"
		}
	}
}

// themeCommands are the themes by name, for the palette.
func (m *Model) themeCommands() []overlay.Command {
	var out []overlay.Command
	for _, t := range ui.Themes() {
		out = append(out, overlay.Command{Name: "Theme: " + t.Name(), Msg: themed(t)})
	}
	return out
}

// learn gives colours to providers and models that had none yet.
func (m *Model) learn(names []ui.Name) {
	if colours := m.look.colours.With(names); colours != m.look.colours {
		m.look.colours = colours
		m.restyle()
	}
}
