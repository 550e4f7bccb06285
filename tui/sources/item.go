package sources

import (
	"slices"
	"time"

	"tokpit/report"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// state is how a source is, the best first.
type state uint8

const (
	fine    state = iota
	empty         // read, and there is no usage
	absent        // a place that logs would be in is not there
	never         // connected, and not read yet
	begun         // connected, and not read in full yet
	off           // its records are kept, and nothing reads it any more
	doubted       // fine, but for rows that could not be counted
	stale         // read, but long ago
	barred        // a place that logs are in may not be read
	failing       // the last attempt failed
)

// staleAfter is the age from which data is worth a warning, as in the status
// line of the cockpit.
const staleAfter = 24 * time.Hour

// item is a source with what the page works out of it once.
type item struct {
	*report.SourceStatus
	state   state
	lanes   []lane
	folded  []string // tools that it stands for
	reading string   // how far it is, while it is being read: "40%"; "" otherwise
}

// stateOf says how a source is. What nobody reads any more has no basis; made-up
// data has none either.
func stateOf(s *report.SourceStatus, now time.Time, demo bool) state {
	switch {
	case s.Err != "":
		return failing
	case demo:
		return fine
	case s.Type == "" && s.Basis == usage.BasisUnknown:
		return off
	case s.Synced.IsZero() && s.Records == 0 && s.Type != "":
		return never
	case s.Synced.IsZero() && s.Type != "":
		return begun
	case !s.Synced.IsZero() && now.Sub(s.Synced) >= staleAfter && s.Basis != usage.Imported: // a person brings those in
		return stale
	case s.Quarantined > 0:
		return doubted
	case s.Records > 0:
		return fine
	case slices.ContainsFunc(s.Places, func(p usage.Place) bool { return p.Err != nil }):
		return barred
	case s.Type == "" && s.Files == 0:
		return absent
	}
	return empty
}

// words name a state, with a sign so that colour is not needed.
func (it *item) words() string {
	switch it.state {
	case failing:
		return "! failing"
	case stale:
		return "! stale"
	case barred:
		return "! not readable"
	case doubted:
		return "! " + ui.Count(it.Quarantined) + " quarantined"
	case never, begun:
		if it.first() {
			return "◐ first read"
		}
		if it.state == begun {
			return "◐ read in part"
		}
		return "○ never read"
	case off:
		return "– off"
	case absent:
		if n := len(it.folded); n > 0 {
			return "– " + ui.Count(int64(n)) + " tools"
		}
		return "– nothing found"
	case empty:
		return "✓ no usage"
	}
	return "✓ ok"
}

// ink is the colour of a state.
func (s state) ink(st *ui.Styles) ui.Ink {
	switch s {
	case failing:
		return st.Bad
	case stale, doubted, barred:
		return st.Warn
	case fine, empty:
		return st.Good
	case never, begun:
		return st.Accent
	}
	return st.Muted
}

// first reports a source that is being read for the first time.
func (it *item) first() bool { return it.reading != "" && (it.state == never || it.state == begun) }

// synced says when a source was read last, or that it is being read.
func (it *item) synced(now time.Time) string {
	if it.reading != "" {
		return "reading " + it.reading
	}
	return ui.Ago(now, it.Synced)
}

// connected reports whether a person connected the source, and so can test and
// remove it.
func (it *item) connected() bool { return it.Type != "" }

// removable: a connection, also one whose settings cannot be read; and what is
// off has records that may be purged.
func (it *item) removable() bool { return it.connected() || it.Basis == usage.BasisUnknown }

// kind is what a source is, in a word or two.
func (it *item) kind() string {
	if p, ok := providerOf(it.Type); ok {
		return p.title
	}
	if it.state == off {
		return "not read any more"
	}
	return ui.Text(it.Kind)
}
