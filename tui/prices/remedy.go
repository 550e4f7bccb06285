package prices

import (
	"strings"

	"tokpit/tui/ui"
)

// remedies are what a person may write into the configuration for a name without a
// price: a meaning, if there is a near one, and a price.
func (it *item) remedies() (out []ui.Clip) {
	provider, model := quoted(it.ref.Provider), quoted(it.ref.Model)
	if len(it.candidates) > 0 {
		if whose, near, ok := strings.Cut(it.candidates[0], "/"); ok && (it.ref.Provider == "" || it.ref.Provider == whose) { // others bill by prices of their own
			out = append(out, ui.Clip{Name: "an alias for it", Note: "[[alias]] for the configuration",
				Text: "[[alias]]\nname     = " + model + "\nprovider = " + quoted(whose) + "\nmodel    = " + quoted(near)})
		}
	}
	text := ""
	if it.ref.Provider == "" { // a price is somebody's
		provider = quoted(ownProvider)
		text = "[[alias]]\nname     = " + model + "\nprovider = " + provider + "\nmodel    = " + model + "\n\n"
	}
	text += "[[price]]\nprovider = " + provider + "\nmodel    = " + model + "\ninput    = \"?\"   # $ per 1M tokens\noutput   = \"?\""
	return append(out, ui.Clip{Name: "a price for it", Note: "[[price]] for the configuration, to fill in", Text: text})
}

// ownProvider is proposed as the biller of a model of which none is recorded.
const ownProvider = "own"

// quoted writes a name as a string of TOML.
func quoted(name string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(ui.Text(name)) + `"`
}
