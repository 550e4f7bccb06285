package overview

import (
	"tokpit/report"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// Welcome is the first screen of a person for whom nothing was found yet: what
// this is, what to do now, and where was looked.
func Welcome(st *ui.Styles, s *report.Snapshot, demo bool, width, height int) []string {
	lines := welcomeText(st, s, demo, min(max(width-4, 1), 92), height)
	left := max(0, (width-lines[0].width)/2)
	top := max(0, (height-len(lines))/3)
	p := ui.NewPen(width, height)
	p.Blank(top)
	for _, l := range lines {
		p.Space(left)
		p.Drawn(l.text, l.width)
		p.End()
	}
	return p.Lines(height)
}

type drawnLine struct {
	text  string
	width int
}

// welcomeText drops what matters least where lines are scarce: explanations
// first, then empty lines.
func welcomeText(st *ui.Styles, s *report.Snapshot, demo bool, width, height int) []drawnLine {
	for level := range levels {
		p := ui.NewPen(width, height)
		writeWelcome(p, st, s, demo, level)
		if p.Height() <= height || level == levels-1 {
			var out []drawnLine
			for _, l := range p.Lines(min(p.Height(), max(height, 1))) {
				out = append(out, drawnLine{l, width})
			}
			return out
		}
	}
	return nil
}

// Levels of what is left out where lines are scarce.
const (
	placeless = 1 + iota // tools that were not found are names, without places
	tight                // no empty lines
	bare                 // no explanation
	levels
)

// writeWelcome writes the screen; a higher level is shorter.
func writeWelcome(p *ui.Pen, st *ui.Styles, s *report.Snapshot, demo bool, level int) {
	gap := func() {
		if level < tight {
			p.End()
		}
	}
	title := "No usage found yet"
	if s.LastSync.IsZero() {
		title = "No usage read yet" // a first sync may be under way, or have failed
	}
	p.Text(st.Headline, title)
	p.End()
	if level < bare {
		paragraph(p, st.Muted, "tokpit shows what language-model APIs cost, from records that are already on this machine. Nothing leaves it.")
	}
	gap()
	if level < tight {
		p.Text(st.Strong, "What to do next")
		p.End()
	}
	action(p, st, "r", "look again", ", once a coding agent has run here: it is found by itself", ", once a coding agent has run here")
	action(p, st, "7", "connect a provider", " with a on that page: OpenAI, Anthropic, OpenRouter, LiteLLM", ": OpenAI, Anthropic, OpenRouter …")
	action(p, st, " ", "tokpit import FILE", " takes in a bill, a log or any table of usage", " takes in a bill or a log")
	if demo {
		action(p, st, "d", "look around with demo data", ", kept apart from yours; or tokpit --demo", ", kept apart from yours")
		action(p, st, "w", "take a tour of two minutes", " on that data")
	}
	gap()
	writeLooked(p, st, s, level)
}

// writeLooked says where usage was looked for: what there was or went wrong line
// by line, and the tools that have left no trace together.
func writeLooked(p *ui.Pen, st *ui.Styles, s *report.Snapshot, level int) {
	var absent []*report.SourceStatus
	told := 0
	title := func() {
		if told++; told == 1 {
			p.Text(st.Strong, "What was found")
			p.End()
		}
	}
	for i := range s.Sources {
		src := &s.Sources[i]
		before := told
		for _, place := range src.Places {
			if place.Found || place.Err != nil || place.Why != "default" {
				title()
				drawPlace(p, st, src, place)
			}
		}
		if src.Err != "" {
			title()
			p.Text(st.Bad, "  ! "+ui.Text(src.Name)+": "+ui.Text(src.Err))
			p.End()
			if src.Hint != "" {
				p.Text(st.Muted, "    "+ui.Text(src.Hint))
				p.End()
			}
		}
		if told == before {
			absent = append(absent, src)
		}
	}
	if len(absent) == 0 {
		return
	}
	if told > 0 && level < tight {
		p.End()
	}
	p.Text(st.Strong, "Not on this machine yet")
	if tools := "  " + plural(int64(len(absent)), "tool"); level >= placeless {
		more(p, st.Muted, tools+"; 7 says where each was looked for", tools+"; 7 says where", tools)
	}
	p.End()
	if level < placeless {
		for _, src := range absent {
			drawAbsent(p, st, src)
		}
		return
	}
	drawNames(p, st, absent)
}

// drawAbsent writes a tool that was not found, and where it was looked for.
func drawAbsent(p *ui.Pen, st *ui.Styles, src *report.SourceStatus) {
	p.Text(st.Muted, "  – ")
	p.Left(st.Text, ui.Text(src.Name), 13)
	p.Space(1)
	for i, place := range src.Places {
		path := ui.Text(place.Path)
		if i > 0 {
			path = " · " + path
		}
		if ui.Width(path) > p.Room()-2 && i > 0 {
			p.Text(st.Muted, " …")
			break
		}
		p.Text(st.Muted, ui.CutMiddle(path, p.Room()))
	}
	p.End()
}

// drawNames writes tools that were not found in columns.
func drawNames(p *ui.Pen, st *ui.Styles, absent []*report.SourceStatus) {
	width := 0
	for _, src := range absent {
		width = max(width, ui.Width(ui.Text(src.Name)))
	}
	width = min(width, 16) + 4
	columns := max(1, (p.Width()-2)/width)
	for i, src := range absent {
		if i%columns == 0 && i > 0 {
			p.End()
		}
		if i%columns == 0 {
			p.Space(2)
		}
		p.Text(st.Muted, "– ")
		p.Left(st.Text, ui.Text(src.Name), width-3)
		p.Space(1)
	}
	p.End()
}

func paragraph(p *ui.Pen, k ui.Ink, text string) {
	for _, line := range ui.Wrap(text, p.Width()) {
		p.Text(k, line)
		p.End()
	}
}

// action writes a key and what it does; more is said where there is room.
func action(p *ui.Pen, st *ui.Styles, key, text string, texts ...string) {
	p.Space(2)
	p.Text(st.Key, key)
	p.Text(st.Text, "  "+text)
	more(p, st.Text, texts...)
	p.End()
}

// more writes the first of some texts that there is room for.
func more(p *ui.Pen, ink ui.Ink, texts ...string) {
	for _, text := range texts {
		if ui.Width(text) <= p.Room() {
			p.Text(ink, text)
			return
		}
	}
}

// drawPlace writes one place, whether it is there, and why it was looked at.
func drawPlace(p *ui.Pen, st *ui.Styles, src *report.SourceStatus, place usage.Place) {
	sign, ink, state := "–", st.Muted, "not there"
	switch {
	case place.Err != nil:
		sign, ink, state = "!", st.Bad, ui.Text(place.Err.Error())
	case place.Found && src.Synced.IsZero():
		sign, ink, state = "·", st.Text, "not read yet"
	case place.Found && place.Files == 0:
		sign, ink, state = "·", st.Text, "no logs yet"
	case place.Found:
		sign, ink, state = "✓", st.Good, plural(place.Files, "file")+", no usage in "+map[bool]string{true: "it", false: "them"}[place.Files == 1]
	}
	if place.Why != "" {
		state += " (" + ui.Text(place.Why) + ")"
	}
	p.Space(2)
	p.Text(ink, sign+" ")
	p.Left(st.Text, ui.Text(src.Name), min(13, p.Room()/4))
	p.Space(1)
	path := ui.Text(place.Path)
	room := p.Room() - ui.Width(state) - 2
	if room < 12 { // a second line for the state
		p.Text(st.Text, ui.CutMiddle(path, p.Room()))
		p.End()
		p.Space(6)
		p.Text(st.Muted, state)
		p.End()
		return
	}
	p.Text(st.Text, ui.CutMiddle(path, room))
	p.Space(2)
	p.Text(st.Muted, state)
	p.End()
}
