package overview

import (
	"tokpit/report"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// Welcome is the first screen of a person for whom nothing was found yet: what
// this is, where it looked, what can be connected, and what to do now.
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
	for level := range 4 {
		p := ui.NewPen(width, height)
		writeWelcome(p, st, s, demo, level)
		if p.Height() <= height || level == 3 {
			var out []drawnLine
			for _, l := range p.Lines(min(p.Height(), max(height, 1))) {
				out = append(out, drawnLine{l, width})
			}
			return out
		}
	}
	return nil
}

// writeWelcome writes the screen; a higher level is shorter.
func writeWelcome(p *ui.Pen, st *ui.Styles, s *report.Snapshot, demo bool, level int) {
	gap := func() {
		if level < 2 {
			p.End()
		}
	}
	title := "No usage found yet"
	if s.LastSync.IsZero() {
		title = "No usage read yet" // a first sync may be under way, or have failed
	}
	p.Text(st.Headline, title)
	p.End()
	if level < 3 {
		paragraph(p, st.Muted, "tokpit shows what language-model APIs cost, from records that are already on this machine. Nothing leaves it.")
	}
	gap()
	if demo {
		action(p, st, "d", "look around with demo data", ", kept apart from yours")
	}
	if demo {
		action(p, st, "w", "take a tour of two minutes", " on that data")
	}
	action(p, st, "7", "connect a provider", ": OpenAI, Anthropic, OpenRouter, LiteLLM; then a")
	action(p, st, "r", "look again", "")
	gap()
	p.Text(st.Strong, "Where it looked")
	p.End()
	places := 0
	for i := range s.Sources {
		src := &s.Sources[i]
		for _, place := range src.Places {
			drawPlace(p, st, src, place)
			places++
		}
		if src.Err != "" {
			p.Text(st.Bad, "  ! "+ui.Text(src.Name)+": "+ui.Text(src.Err))
			p.End()
			if src.Hint != "" {
				p.Text(st.Muted, "    "+ui.Text(src.Hint))
				p.End()
			}
		}
	}
	if places == 0 {
		p.Text(st.Muted, "  nowhere yet")
		p.End()
	}
	gap()
	if level < 1 {
		p.Text(st.Strong, "What can be connected")
		p.End()
		connectable(p, st, "Claude Code", "found once it has run here, or set CLAUDE_CONFIG_DIR")
		connectable(p, st, "Codex CLI", "found once it has run here, or set CODEX_HOME")
		connectable(p, st, "providers", "OpenAI, Anthropic, OpenRouter, LiteLLM: press a on Sources")
	}
}

func paragraph(p *ui.Pen, k ui.Ink, text string) {
	for _, line := range ui.Wrap(text, p.Width()) {
		p.Text(k, line)
		p.End()
	}
}

// action writes a key and what it does; more is said where there is room.
func action(p *ui.Pen, st *ui.Styles, key, text, more string) {
	p.Space(2)
	p.Text(st.Key, key)
	p.Text(st.Text, "  "+text)
	if ui.Width(more) <= p.Room() {
		p.Text(st.Text, more)
	}
	p.End()
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

func connectable(p *ui.Pen, st *ui.Styles, name, how string) {
	p.Space(2)
	p.Left(st.Text, name, 14)
	p.Text(st.Muted, how)
	p.End()
}
