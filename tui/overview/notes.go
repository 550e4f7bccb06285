package overview

import (
	"strconv"
	"strings"

	"tokpit/report"
	"tokpit/tui/ui"
)

// note is a remark that a person should not miss.
type note struct {
	text  string
	short string // where there is no room for all in full
	warn  bool
}

// newNotes collects what to look at, what is not in the figures, and what makes
// them less sure. Gauges: the budgets are shown beside them. A note that is of all
// usage says so where the lens sees another time, and is left out where it sees a
// part of the usage only.
func newNotes(s *report.Snapshot, gauges bool, lens ui.Lens) []note {
	var out []note
	if n, ok := budgetNote(s); ok && !gauges {
		out = append(out, n)
	}
	if n, ok := unusualNote(s); ok && len(lens.Filter) == 0 {
		if lens.Narrow() {
			n.text, n.short = "all usage: "+n.text, "all usage: "+n.short
		}
		out = append(out, n)
	}
	if n := int64(len(s.Unpriced)); n > 0 {
		out = append(out, note{unpricedNote(s.Unpriced), plural(n, "model") + " unpriced", true})
	} else if s.Cycle.UnpricedTokens > 0 {
		text := ui.Tokens(s.Cycle.UnpricedTokens) + " tokens unpriced"
		out = append(out, note{text, text, true})
	}
	if s.Cycle.UnpricedUnits > 0 {
		out = append(out, note{ui.Count(s.Cycle.UnpricedUnits) + " other units unpriced (searches, seconds, …)", "units unpriced", true})
	}
	var pending int64
	for i := range s.Sources {
		pending += s.Sources[i].Pending
		if s.Sources[i].Err != "" {
			name := ui.Text(s.Sources[i].Name)
			out = append(out, note{name + ": the last sync failed", ui.Cut(name, 16) + " failed", true})
		}
	}
	if s.Quarantined > 0 {
		out = append(out, note{plural(s.Quarantined, "row") + " quarantined", ui.Count(s.Quarantined) + " quarantined", true})
	}
	if s.Cycle.Ranged {
		out = append(out, note{"some prices are ranges", "ranges", false})
	}
	if s.Cycle.Estimated {
		out = append(out, note{"some prices are another vendor's", "estimates", false})
	}
	if elsewhere(s.Trend) {
		out = append(out, note{"the chart leaves out what is not in US dollars", "chart in $ only", false})
	}
	if pending > 0 {
		out = append(out, note{plural(pending, "file") + " with an unfinished line", ui.Count(pending) + " pending", false})
	}
	return out
}

func unpricedNote(list []report.Unpriced) string {
	var tokens int64
	var names []string
	for i := range list {
		tokens += list[i].Tokens
		if i < 2 {
			names = append(names, modelName(list[i].Model))
		}
	}
	text := plural(int64(len(list)), "model") + " unpriced (" + strings.Join(names, ", ")
	if len(list) > len(names) {
		text += ", …"
	}
	return text + "): " + ui.Tokens(tokens) + " tokens not in the cost"
}

func modelName(name string) string {
	if name == "" {
		return "no name"
	}
	return ui.Cut(ui.Text(name), 30)
}

func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return ui.Group(strconv.FormatInt(n, 10)) + " " + noun + "s"
}

// noteGap is between two notes, noteSign before each.
const noteGap, noteSign = 3, 2

// drawNotes writes the notes on one line: as many of them in full as there is
// room for with the others in short, the first ones before the later. What has no
// room even so is counted.
func drawNotes(p *ui.Pen, st *ui.Styles, list []note) {
	full := make([]bool, len(list))
	for i := range list {
		full[i] = true
		full[i] = notesWidth(list, full) <= p.Width()
	}
	for i := range list {
		left := len(list) - i
		text := list[i].words(full[i])
		need := notesWidth(list[i:], full[i:])
		if left > 1 {
			need = min(need, ui.Width(text)+noteSign+noteGap+ui.Width("+"+strconv.Itoa(left-1)+" more"))
		}
		if i > 0 && need > p.Room() {
			p.Text(st.Muted, "+"+strconv.Itoa(left)+" more")
			break
		}
		sign, ink := "! ", st.Warn
		if !list[i].warn {
			sign, ink = "· ", st.Muted
		}
		p.Text(ink, sign)
		p.Text(ink, text)
		if left > 1 {
			p.Space(noteGap)
		}
	}
	p.End()
}

func (n *note) words(full bool) string {
	if full {
		return n.text
	}
	return n.short
}

func notesWidth(list []note, full []bool) int {
	w := -noteGap
	for i := range list {
		w += ui.Width(list[i].words(full[i])) + noteSign + noteGap
	}
	return w
}
