package overview

import (
	"strconv"
	"strings"

	"tokpit/report"
	"tokpit/tui/ui"
)

// note is a remark that a person should not miss.
type note struct {
	text string
	warn bool
}

// newNotes collects what is not in the figures, or makes them less sure.
func newNotes(s *report.Snapshot) []note {
	var out []note
	if n := len(s.Unpriced); n > 0 {
		out = append(out, note{unpricedNote(s.Unpriced), true})
	} else if s.Cycle.UnpricedTokens > 0 {
		out = append(out, note{ui.Tokens(s.Cycle.UnpricedTokens) + " tokens unpriced", true})
	}
	var pending int64
	for i := range s.Sources {
		pending += s.Sources[i].Pending
		if s.Sources[i].Err != "" {
			out = append(out, note{ui.Text(s.Sources[i].Name) + ": the last sync failed", true})
		}
	}
	if s.Quarantined > 0 {
		out = append(out, note{plural(s.Quarantined, "row") + " quarantined", true})
	}
	if s.Cycle.Ranged {
		out = append(out, note{"some prices are ranges", false})
	}
	if s.Cycle.Estimated {
		out = append(out, note{"some prices are another vendor's", false})
	}
	if pending > 0 {
		out = append(out, note{plural(pending, "file") + " with an unfinished line", false})
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
	return ui.Text(name)
}

func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return ui.Group(strconv.FormatInt(n, 10)) + " " + noun + "s"
}

// drawNotes writes the notes on one line; those without room are counted.
func drawNotes(p *ui.Pen, st *ui.Styles, list []note) {
	for i, n := range list {
		more := ""
		if left := len(list) - i - 1; left > 0 {
			more = "+" + strconv.Itoa(left) + " more"
		}
		sign, ink := "! ", st.Warn
		if !n.warn {
			sign, ink = "· ", st.Muted
		}
		if i > 0 {
			if ui.Width(n.text)+5+len(more)+1 > p.Room() {
				p.Text(st.Muted, "  +"+strconv.Itoa(len(list)-i)+" more")
				break
			}
			p.Space(3)
		}
		p.Text(ink, sign)
		room := p.Room()
		if more != "" {
			room -= len(more) + 2
		}
		p.Text(ink, ui.Cut(n.text, room))
	}
	p.End()
}
