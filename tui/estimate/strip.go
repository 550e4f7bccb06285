package estimate

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"tokpit/tokenizer"
	"tokpit/tui/ui"
)

// stripState is how tokens are shown.
type stripState struct {
	mode stripMode
	ids  bool
}

// reach is how far around the window is looked for a safe place to cut, in bytes.
const reach = 64 << 10

// stripEncoding is the encoding that the strip shows: that of the chosen model
// where it is exact, else o200k_base.
func (p *Page) stripEncoding() (e *tokenizer.Encoding, own bool) {
	name := tokenizer.O200K
	if c := p.current(); c != nil {
		if m := p.library.For(c.Provider, c.Model); m.Exact {
			name, own = m.Encoding, true
		}
	}
	e, err := p.library.Get(name)
	if err != nil {
		return nil, false
	}
	return e, own
}

func (p *Page) drawStripTitle() []string {
	pen := ui.NewPen(p.plan.stripTitle.Dx(), 1)
	e, own := p.stripEncoding()
	remark := "p hides them, # numbers"
	if p.editing() {
		remark = ""
	}
	if e != nil {
		about := e.Name()
		if !own {
			about += ", not this model's own"
		}
		if remark != "" && pen.Width() >= 60 {
			about += " · " + remark
		}
		remark = about
	}
	ui.SectionTitle(pen, p.styles, "Tokens", false, remark)
	return pen.Lines(1)
}

// drawStrip draws the tokens of the text's window in colours that take turns,
// each with a mark before it, so that the cuts are seen without colours too.
func (p *Page) drawStrip() []string {
	r := p.plan.strip
	pen := ui.NewPen(r.Dx(), r.Dy())
	e, _ := p.stripEncoding()
	if e == nil || r.Dy() == 0 || p.text.Len() == 0 {
		return pen.Lines(r.Dy())
	}
	from, to := p.editor.Window()
	to = min(to, from+4*r.Dx()*r.Dy())
	text, base := p.text.Around(from, to, reach)
	spans := e.Spans(nil, text, from-base, to-base)
	for i, s := range spans {
		if pen.Height() >= r.Dy() {
			break
		}
		shown := strconv.FormatUint(uint64(s.ID), 10)
		if !p.strip.ids {
			shown = tokenText(text[s.Start:s.End], e.Token(s.ID))
		}
		p.drawToken(pen, i, shown, !p.strip.ids && s.End > s.Start && text[s.End-1] == '\n')
	}
	if pen.Room() < pen.Width() {
		pen.End()
	}
	return pen.Lines(r.Dy())
}

// drawToken draws one token, over several lines if it is longer than what is left.
func (p *Page) drawToken(pen *ui.Pen, n int, shown string, ends bool) {
	if ui.Width(shown)+1 > pen.Room() && ui.Width(shown)+1 <= pen.Width() {
		pen.End()
	}
	pen.Text(p.styles.Faint, "▏")
	for shown != "" {
		room := pen.Room()
		head, rest := shown, ""
		if ui.Width(shown) > room {
			head = cutAt(shown, room)
			rest = shown[len(head):]
		}
		pen.Text(p.styles.Token(n), head)
		if rest != "" {
			pen.End()
			if head == "" {
				break
			}
		}
		shown = rest
	}
	if ends || pen.Room() < 2 {
		pen.End()
	}
}

// cutAt returns as much of s as fits into width columns.
func cutAt(s string, width int) string {
	used := 0
	for i, r := range s {
		w := ui.Width(string(r))
		if used+w > width {
			return s[:i]
		}
		used += w
	}
	return s
}

// tokenText makes a token visible: white space as signs, and a token that is a
// part of a character as its bytes.
func tokenText(text, token []byte) string {
	if !utf8.Valid(text) || len(text) == 0 {
		var b strings.Builder
		for _, c := range token {
			b.WriteString("‹" + strconv.FormatUint(uint64(c), 16) + "›")
		}
		return b.String()
	}
	var b strings.Builder
	for _, r := range string(text) {
		switch {
		case r == '\n':
			b.WriteString("↵")
		case r == '\t':
			b.WriteString("→")
		case r == ' ':
			b.WriteString("·")
		case r < 0x20:
			b.WriteRune(0x2400 + r)
		default:
			b.WriteRune(r)
		}
	}
	if s := ui.Text(b.String()); s != "" {
		return s
	}
	return "·"
}
