package explore

import (
	"strconv"
	"strings"

	"tokpit/report"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// headline is the figure of the whole question, in words. Kind and basis are
// part of it: a figure without them would claim more than is known.
type headline struct {
	kind, span, figure string
	change, against    string
	trend              ui.Trend
	other              string // what the lens does not show
	basis, brief       string
	facts              [][2]string // figure, what it is
	warning            string
}

func (p *Page) headline() headline {
	r := p.reply
	lens := p.lens.For(p.snap)
	t := &r.answer.Total
	h := headline{kind: kindOf(p.snap, lens), span: r.span.words, figure: lens.Cost(t)}
	h.basis, h.brief = basisText(r.answer.Bases)
	if r.compare {
		now, ok := lens.Of(t)
		was, known := lens.Of(&r.answer.Moved.Before)
		switch {
		case !ok || len(t.Costs) > 0 || len(r.answer.Moved.Before.Costs) > 0:
		case !known || was.IsZero():
			h.change = "nothing in " + r.span.versus
		case t.Currency == r.answer.Moved.Before.Currency:
			h.change, h.trend = ui.ChangeOf(now, was)
			h.against = ui.Money(was, t.Currency) + " in " + r.span.versus
		}
	}
	if p.snap.PlanSet {
		other := ui.Lens{Cash: !lens.Cash}
		h.other = briefKind(p.snap, other) + " " + other.Cost(t)
		if lens.Cash && len(t.Costs) == 0 && !t.PlanFee.IsZero() {
			h.other += ", plan fees " + ui.Money(t.PlanFee, t.Currency)
		}
	}
	h.facts = facts(t, lens.Differs(t))
	if t.Ranged && !lens.Cash && len(t.Costs) == 0 {
		h.warning = "between " + ui.Money(t.Low, t.Currency) + " and " + ui.Money(t.High, t.Currency)
	}
	return h
}

// facts are what else there is to say of a sum, most important first; named says
// which of them are API-equivalent.
func facts(t *report.Sum, named bool) [][2]string {
	out := [][2]string{{ui.Tokens(t.Tokens.Total()), "tokens"}, {ui.Requests(t.Requests, t.Uncounted > 0), "requests"}}
	if per := perRequest(t); per != ui.Unknown {
		what := "per request"
		if named {
			what = "API-equiv./req."
		}
		out = append(out, [2]string{per, what})
	}
	if n, ok := t.CacheShare(); ok {
		out = append(out, [2]string{ui.Percent(n), "read from cache"})
	}
	if t.UnpricedTokens > 0 {
		out = append(out, [2]string{ui.Tokens(t.UnpricedTokens), "tokens unpriced"})
	}
	return out
}

// basisText names the basis of figures, or their mix by tokens. What is known on
// a higher basis too is not in the figures, and what was billed never is.
func basisText(bases []report.BasisShare) (full, brief string) {
	var total int64
	var counted []report.BasisShare
	for _, b := range bases {
		if b.Counted > 0 {
			counted = append(counted, b)
			total += b.Counted
		}
	}
	weights := make([]int64, len(counted))
	for i, b := range counted {
		weights[i] = b.Counted
	}
	shares := report.Shares(weights, 100)
	var parts []string
	var most int64
	for i, b := range counted {
		name := b.Basis.String()
		if b.Basis == usage.BasisUnknown {
			name = "unknown"
		}
		if b.Counted != total {
			name += " " + strconv.FormatInt(shares[i], 10) + "%"
		}
		parts = append(parts, name)
		if b.Counted > most {
			most, brief = b.Counted, name
		}
	}
	if len(parts) == 0 {
		return "", ""
	}
	return "basis " + strings.Join(parts, ", "), brief
}

// drawHero writes the headline over the lines that it has.
func (p *Page) drawHero(pen *ui.Pen) {
	if p.reply == nil || p.reply.answer == nil {
		p.drawOtherHero(pen)
		return
	}
	h := p.headline()
	if p.plan.big {
		p.drawBigHero(pen, h)
		return
	}
	st := p.styles
	pen.Space(1)
	pen.Text(st.Headline, h.figure)
	pen.Space(1)
	pen.Text(st.Muted, h.kind)
	pen.Space(2)
	if h.change != "" {
		pen.Text(goodBad(st, h.trend), h.change)
		if h.against != "" && pen.Room() > ui.Width(h.against)+6 {
			pen.Text(st.Muted, " vs "+h.against)
		}
		pen.Space(2)
	}
	p.drawRight(pen, h.basis, h.brief)
	pen.End()
	if p.plan.hero.Dy() < 2 {
		return
	}
	pen.Space(1)
	p.drawFacts(pen, h)
	pen.End()
}

// drawRight writes a text at the right edge, or a shorter one.
func (p *Page) drawRight(pen *ui.Pen, texts ...string) {
	for _, s := range texts {
		if w := ui.Width(s); w > 0 && w+2 <= pen.Room() {
			pen.Space(pen.Room() - w - 1)
			pen.Text(p.styles.Muted, s)
			return
		}
	}
}

func (p *Page) drawFacts(pen *ui.Pen, h headline) {
	st := p.styles
	said := false
	say := func(figure, what string) {
		if pen.Room() < ui.Width(figure)+ui.Width(what)+4 {
			return
		}
		if said {
			pen.Text(st.Faint, " · ")
		}
		said = true
		if figure != "" {
			pen.Text(st.Text, figure)
			pen.Space(1)
		}
		pen.Text(st.Muted, what)
	}
	for i, f := range h.facts {
		if i == 2 && h.other != "" {
			say("", h.other)
		}
		say(f[0], f[1])
	}
	if len(h.facts) <= 2 && h.other != "" {
		say("", h.other)
	}
	if h.warning != "" {
		say("", h.warning)
	}
}

const (
	heroFigure = 42
	heroFacts  = 28
)

// heroChart is the column at which the chart in the head begins.
func (p *Page) heroChart() int { return heroFigure + heroFacts + 5 }

// drawBigHero writes the figure in big digits, facts beside it, and the time
// that it is made of.
func (p *Page) drawBigHero(pen *ui.Pen, h headline) {
	st := p.styles
	big, ok := ui.Big(h.figure)
	ok = ok && ui.Width(big[0]) <= heroFigure
	chart := p.drawTrend(pen.Width() - p.heroChart() - 1)
	for y := range bigHero {
		pen.Space(1)
		switch {
		case y == 0:
			pen.Text(st.Strong, h.kind)
			if pen.Width()-pen.Room()+ui.Width(h.span)+3 < heroFigure+1 {
				pen.Text(st.Muted, "  "+h.span)
			}
		case y <= 3 && ok:
			pen.Text(st.Headline, big[y-1])
		case y == 2:
			pen.Text(st.Headline, ui.Cut(h.figure, heroFigure))
		case y == 4 && h.change != "":
			pen.Text(goodBad(st, h.trend), h.change)
			pen.Text(st.Muted, ui.Cut(" vs "+h.against, max(0, heroFigure-at(pen)+1)))
		case y == 4:
			pen.Text(st.Muted, ui.Cut(h.other, heroFigure))
		}
		pen.To(heroFigure + 3)
		switch {
		case y == 4 && h.basis != "":
			pen.Text(st.Muted, ui.Cut(h.basis, max(heroFacts, pen.Room()-len(h.span)-2)))
		case y < 4 && y < len(h.facts):
			pen.Right(st.Text, h.facts[y][0], 10)
			pen.Space(2)
			pen.Text(st.Muted, ui.Cut(h.facts[y][1], heroFacts-12))
		}
		if y < len(chart) && chart[y] != "" {
			pen.To(p.heroChart())
			pen.Drawn(chart[y], pen.Width()-p.heroChart()-1)
		}
		pen.End()
	}
}

func goodBad(st *ui.Styles, t ui.Trend) ui.Ink {
	switch t {
	case ui.Up:
		return st.Warn
	case ui.Down:
		return st.Good
	}
	return st.Muted
}
