package cmd

import (
	"fmt"
	"strings"

	"tokpit/tui/ui"
)

// theme is the name of the theme that the cockpit has: the flag's, else the
// configuration's.
func (a *app) theme() (string, error) {
	name, where := a.themeName, "--theme"
	if name == "" {
		name, where = a.config.Cockpit.Theme, "[cockpit] theme"
	}
	if _, _, ok := ui.ParseTheme(name); !ok {
		return "", hint(fmt.Errorf("%s: there is no theme %q", where, name), "themes: %s", strings.Join(ui.ThemeNames(), ", "))
	}
	return name, nil
}
