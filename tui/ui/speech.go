package ui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Speech is text that is read from the top to the bottom, by a program that
// reads aloud or by a script: a line says one thing, its label before it; signs
// are words, and there are no boxes, bars or colours.
type Speech struct {
	lines []string
	signs *strings.Replacer
	// Styles draw cells that are then said; they have no colours.
	Styles *Styles
}

// NewSpeech returns one without lines.
func NewSpeech() *Speech {
	return &Speech{Styles: NewStyles(Theme{Mono: true}), signs: strings.NewReplacer(
		"▲ ", "up ", "▼ ", "down ", "▲", "up", "▼", "down", "= same", "the same", " → ", " to ", "→ ", "to ", "→", "to", "≈", "about ",
		"from – to", "from", " – ", " to ", "–", " to ", "–\u00a0", " to ", "✓ ", "", "✓", "yes", "◐ ", "", "○ ", "",
		" · ", ", ", "· ", "", "● ", "", "●", "in use", "◆ ", "", "▸ ", "", "−", "minus ", "≤ ", "at most ", "≤", "at most ", "≥ ", "at least ", "≥", "at least ", " ◂", "", "▾", "")}
}

// Words puts the signs of a text into words; what is not known is said so.
func (s *Speech) Words(text string) string {
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r >= 0x2500 && r < 0x25A0 || r == '⠿' { // lines of boxes, and bars
			return ' '
		}
		return r
	}, ansi.Strip(text)))
	switch text {
	case Unknown, "?":
		return "not known"
	case "":
		return ""
	case "! no":
		return "no"
	}
	text = strings.TrimPrefix(text, Unknown+" ") // before words that say the same
	words := strings.Fields(s.signs.Replace(marks(text)))
	for i, w := range words { // one by one: a sentence may be longer than any name
		words[i] = Text(w)
	}
	return strings.Join(words, " ")
}

// Line says a sentence; nothing if it is empty.
func (s *Speech) Line(text string) {
	if text = s.Words(text); text != "" {
		s.lines = append(s.lines, text)
	}
}

// Say says what belongs to a label: "label: first, second". Parts that are empty
// are left out, and so is the line if all are.
func (s *Speech) Say(label string, parts ...string) {
	var said []string
	for _, p := range parts {
		if p = s.Words(p); p != "" {
			said = append(said, p)
		}
	}
	if len(said) == 0 {
		return
	}
	text := strings.Join(said, ", ")
	if label = s.Words(label); label != "" {
		text = label + ": " + text
	}
	s.lines = append(s.lines, text)
}

// Head begins a part of the page.
func (s *Speech) Head(title string) {
	if len(s.lines) > 0 {
		s.lines = append(s.lines, "")
	}
	s.lines = append(s.lines, s.Words(title)+".")
}

// Item says one row of a list: "1. name: title value, title value". Facts are
// pairs of a title, which may be empty, and what it says. A fact that is not there,
// or not known, is left out.
func (s *Speech) Item(n int, name string, facts [][2]string) {
	var said []string
	for _, f := range facts {
		if strings.TrimSpace(f[1]) == Unknown {
			continue
		}
		title, value := s.Words(f[0]), s.Words(f[1])
		if title == value { // "fits: fits"
			title = ""
		}
		if value != "" {
			said = append(said, strings.TrimSpace(title+" "+value))
		}
	}
	text := Digits(int64(n)) + ". " + s.Words(name)
	if len(said) > 0 {
		text += ": " + strings.Join(said, ", ")
	}
	s.lines = append(s.lines, text)
}

// Drawn says what was drawn: its lines without what frames them.
func (s *Speech) Drawn(lines []string) {
	for _, l := range lines {
		s.Line(l)
	}
}

// Pen says what a pen draws at the width that reads best.
func (s *Speech) Pen(draw func(p *Pen, st *Styles)) {
	const wide = 400 // no sentence is broken
	p := NewPen(wide, 8)
	draw(p, s.Styles)
	s.Drawn(p.Lines(p.Height()))
}

// Lines returns all that was said.
func (s *Speech) Lines() []string { return s.lines }
