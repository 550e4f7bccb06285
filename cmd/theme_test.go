package cmd

import (
	"strings"
	"testing"

	"tokpit/tui/ui"
)

func TestThemeIsTheFlagsElseTheConfigurations(t *testing.T) {
	for _, c := range []struct{ flag, configured, want, refused string }{
		{"", "", "", ""},
		{"", "colour-blind", "colour-blind", ""},
		{"high-contrast-light", "mono", "high-contrast-light", ""},
		{"sepia", "mono", "", `--theme: there is no theme "sepia"`},
		{"", "sepia", "", `[cockpit] theme: there is no theme "sepia"`},
	} {
		a := &app{themeName: c.flag}
		a.config.Cockpit.Theme = c.configured
		got, err := a.theme()
		if c.refused == "" && (err != nil || got != c.want) {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
		if c.refused != "" && (err == nil || err.Error() != c.refused || !strings.Contains(hintOf(err), strings.Join(ui.ThemeNames(), ", "))) {
			t.Errorf("%+v: %v, hint %q", c, err, hintOf(err))
		}
	}
}
