package simulate

import (
	"cmp"

	tea "charm.land/bubbletea/v2"

	"tokpit/tui/filter"
	"tokpit/tui/period"
	"tokpit/tui/ui"
)

// scopeText is the scope in words.
func (p *Page) scopeText() string {
	return cmp.Or(filter.Text(p.snap.Names, p.scope), "everything")
}

// follow makes the page be about the time and the part of the usage that hold on
// all pages, and reports whether that is something else.
func (p *Page) follow(l ui.Lens) bool {
	to := draft{scope: l.Filter, period: cmp.Or(l.Period, usualPeriod)}
	if to.period == p.period && to.scope.String() == p.scope.String() {
		return false
	}
	p.scope, p.period = to.scope, to.period
	p.work.stale = true
	return true
}

// hold makes the time and part of a scenario that was opened hold on all pages.
func (p *Page) hold() tea.Cmd {
	return ui.Send(ui.Narrow{Period: p.period, Filter: p.scope})
}

// usualPeriod is what a page begins with.
const usualPeriod = "30d"

// periodWords is what a period is called, or the days that it is.
func periodWords(text string) string { return cmp.Or(period.Name(text), ui.Text(text)) }
