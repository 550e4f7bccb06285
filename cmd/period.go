package cmd

import (
	"fmt"

	"tokpit/tui/period"
)

// period is the span of time that the cockpit begins with: the flag's, else the
// configuration's; "" is each page's own.
func (a *app) period() (string, error) {
	text, where := a.periodText, "--period"
	if text == "" {
		text, where = a.config.Cockpit.Period, "[cockpit] period"
	}
	if text == "" {
		return "", nil
	}
	if _, err := period.Parse(a.calendar(), text); err != nil {
		return "", hint(fmt.Errorf("%s: %w", where, err), "a span is 7d, 30d, month, last-month, cycle, 2026-10, 2026-10-01..2026-11-01 or all")
	}
	return text, nil
}
