package sources

import (
	"time"

	"tokpit/tui/entry"
	"tokpit/usage"
)

// next says what a person could do about a source now; "" if nothing has to be
// done.
func (p *Page) next(it *item) string {
	if p.snap.Demo {
		return ""
	}
	if it.first() {
		return "wait: it is being read for the first time, and what is there counts already"
	}
	switch it.state {
	case failing:
		if it.connected() {
			return "p tests the connection, s reads it again"
		}
		return "s reads it again"
	case never:
		return "s reads it for the first time"
	case begun:
		return "s goes on with reading it for the first time"
	case stale:
		return "s reads it now; tokpit sync --source " + it.Name + " does so from a timer"
	case off:
		return "nothing reads it any more, and its records still count; d removes them"
	case barred:
		return "let this user read the place that is marked below, then s reads it"
	case absent:
		return "nothing, if you do not use it on this machine"
	}
	if it.Basis == usage.Imported {
		return "tokpit import FILE brings in what is newer; tokpit undo import takes a file back"
	}
	if day, ok := p.firstHole(it); ok && it.connected() {
		return "tokpit sync --source " + it.Name + " --since " + day.Format(time.DateOnly) + " reads what is missing"
	}
	if it.state == doubted {
		return "tokpit doctor names file and line of what could not be counted"
	}
	return ""
}

// firstHole is the first day that a source has not read.
func (p *Page) firstHole(it *item) (time.Time, bool) {
	for i := range it.lanes {
		if holes := it.lanes[i].holes(); len(holes) > 0 {
			return p.dayAt(holes[0][0]), true
		}
	}
	return time.Time{}, false
}

// drawTest writes what became of testing a source here.
func (p *Page) drawTest(w entry.Writer, it *item) {
	if p.verdict.source != it.Name {
		return
	}
	p.verdict.draw(w, p.spinner(), it.kind())
}
