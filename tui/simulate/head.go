package simulate

import (
	"strings"

	"tokpit/money"
	"tokpit/scenario"
	"tokpit/tui/ui"
)

// figure is a number of the head: what it is, and a remark.
type figure struct {
	label, value, note string
	brief              string // label where there is little room; "" is label
	ink                ui.Ink
	follows            bool // the figure before becomes it
}

// figures are what the bill is, what it would be, and what that saves.
func (p *Page) figures() []figure {
	st := p.styles
	switch {
	case p.view == trafficView:
		return p.crowd.figures(st)
	case p.result == nil:
		return []figure{{label: "a month", value: "…", ink: st.Muted, note: p.waiting()}}
	}
	lens := p.sees()
	span := amountsOf(p.result, lens)
	month := span.monthly(p.result)
	now := figure{label: briefKind(p.snap, lens) + " now, a month", value: lens.Cost(&p.result.Before), ink: st.Strong}
	if span.known || len(p.on()) == 0 {
		now.value = ui.Money(month.before, span.currency)
	}
	now.note = ui.Money(span.before, span.currency) + " in " + p.spanDays()
	if len(p.on()) == 0 {
		return append([]figure{now}, p.bestFigure()...)
	}
	if p.broken != nil {
		return []figure{now, {label: "with these levers", value: "–", note: ui.Text(p.broken.Error()), ink: st.Bad}}
	}
	if !span.known {
		return []figure{now, {label: "with " + plural(int64(len(p.on())), "lever"), value: "not known", note: "nothing of it has a price", ink: st.Warn}}
	}
	after := figure{label: "with " + plural(int64(len(p.on())), "lever"), value: ui.Money(month.after, span.currency), ink: st.Headline, follows: true}
	after.note = ui.Money(span.after, span.currency) + " in the same days"
	if span.ranged {
		after.value = "≈" + after.value
		after.note = ui.Money(month.before.Add(month.low), span.currency) + " to " + ui.Money(month.before.Add(month.high), span.currency)
	}
	saved := p.savedFigure(span, month)
	if !span.whole {
		after.label, after.ink, saved.label = after.label+", in part", st.Warn, saved.label+", in part"
		saved.note = "! what could not be computed stays as it is · " + saved.note
	}
	return []figure{now, after, saved}
}

// savedFigure is the difference, never without what is known of quality.
func (p *Page) savedFigure(span, month amounts) figure {
	f := figure{label: "saves a month", value: ui.Money(month.delta.Abs(), span.currency), ink: inkOf(p.styles, month.delta)}
	if month.delta.Sign() > 0 {
		f.label = "costs more a month"
	}
	change, _ := ui.ChangeOf(span.after, span.before)
	f.note = change
	if d := p.result.Delta(); span.delta.IsZero() && !d.IsZero() && p.sees().Cash {
		f.label, f.note = "cash stays as it is", "API-equivalent "+signed(p.result.PerMonth(d), span.currency)+" a month"
	}
	if span.ranged {
		f.value = "≈" + f.value
		f.note += ", " + rangeOf(month.low, month.high, span.currency)
	}
	if q := p.qualityNote(); q != "" {
		f.note += " · " + q
	}
	return f
}

// qualityNote says in a few words what is known of the quality after all swaps.
func (p *Page) qualityNote() string { return p.qualityOf(p.on()) }

func (p *Page) qualityOf(levers []scenario.Lever) string {
	known, unknown := "", 0
	for _, l := range levers {
		switch l.Kind {
		case scenario.Swap, scenario.FineTune:
			all := p.compareQuality(&l)
			if len(all) == 0 || l.Kind == scenario.FineTune {
				unknown++
				continue
			}
			text, _ := swapQuality(p.styles, all)
			known = "quality " + text
		case scenario.Prompt, scenario.Output, scenario.OutputCap, scenario.Effort:
			unknown++
		}
	}
	if unknown > 0 {
		return "quality: unknown"
	}
	return known
}

// compareQuality is what is known of both models of a swap.
func (p *Page) compareQuality(l *scenario.Lever) []scenario.Quality {
	if p.board == nil || l.From.Model == "" || p.base == nil {
		return nil
	}
	book, at := p.base.Book(), p.base.AsOf()
	from, to := book.Resolve(l.From.Provider, l.From.Model, at), book.Resolve(l.To.Provider, l.To.Model, at)
	a, b := l.From, l.To
	if from.Model != "" {
		a.Provider, a.Model = from.Provider, from.Model
	}
	if to.Model != "" {
		b.Provider, b.Model = to.Provider, to.Model
	}
	return p.board.Compare(a, b)
}

// bestFigure answers what would save most.
func (p *Page) bestFigure() []figure {
	st := p.styles
	f := figure{label: "one change would save most", value: "…", ink: st.Muted}
	switch {
	case p.rankErr != nil:
		f.value, f.note = "–", ui.Text(p.rankErr.Error())
	case p.ranking == nil:
		f.note = "looking at every change"
	case p.list.Len() == 0:
		f.value, f.note = "$0.00", "nothing that is known saves anything"
	default:
		s := p.list.best()
		f.value, f.ink = ui.Money(p.list.saves(s), p.list.currency), st.Good
		if s.Ranged {
			f.value = "≈" + f.value
		}
		f.label, f.brief = "one change saves a month", "one change saves"
		q, _ := qualityText(st, s)
		f.note = ui.Text(s.Title) + " · quality: " + q
		if s.KeepsWindow() {
			f.label = "one change with the window kept saves"
		}
	}
	return []figure{f}
}

func (p *Page) spanDays() string {
	if p.result == nil {
		return ""
	}
	return plural(p.result.Days, "day")
}

// waiting says why there are no figures.
func (p *Page) waiting() string {
	switch {
	case p.snap == nil || p.snap.Book == nil:
		return "no price book is loaded"
	case p.failed != nil:
		return "the usage could not be read"
	}
	return "reading usage…"
}

// drawHead writes the figures: big where there is room, else on two lines.
func (p *Page) drawHead() []string {
	r := p.plan.head
	pen := ui.NewPen(r.Dx(), r.Dy())
	all := p.figures()
	if p.plan.big {
		drawBig(pen, p.styles, all)
		return pen.Lines(r.Dy())
	}
	st := p.styles
	shown := 0
	for i, f := range all {
		text := f.value + " " + f.label
		if i > 0 {
			if ui.Width(text)+3 > pen.Room() {
				break
			}
			sign := " · "
			if f.follows {
				sign = " → "
			}
			pen.Text(st.Faint, sign)
		}
		pen.Text(f.ink, f.value)
		pen.Text(st.Muted, " "+f.label)
		shown++
	}
	pen.End()
	if r.Dy() > 1 {
		last := all[len(all)-1]
		if shown < len(all) { // what it saves is said in any case
			if _, quality, ok := strings.Cut(last.note, " · "); ok && last.brief != "" && ui.Width(last.value+last.label+quality)+5 > pen.Room() {
				last.label = last.brief
			}
			pen.Text(last.ink, last.value)
			pen.Text(st.Muted, " "+last.label+" · ")
		}
		if ui.Width(last.note) > pen.Room() { // what is known of quality goes before the rest
			if _, quality, ok := strings.Cut(last.note, " · "); ok {
				last.note = quality
			}
		}
		pen.Text(st.Muted, last.note)
		pen.End()
	}
	return pen.Lines(r.Dy())
}

// drawBig writes figures side by side, five lines high.
func drawBig(pen *ui.Pen, st *ui.Styles, all []figure) {
	const gap = 4
	room := pen.Width()
	var blocks [][]string
	var widths []int
	for i, f := range all {
		big, ok := ui.Big(f.value)
		w := max(ui.Width(f.label), ui.Width(f.value))
		if ok {
			w = max(w, ui.Width(big[0]))
		}
		if i == len(all)-1 {
			w = max(w, min(ui.Width(f.note), room))
		} else {
			w = max(w, min(ui.Width(f.note), 40))
		}
		if i > 0 && w > room {
			w = room
		}
		if w < 8 || w > room {
			break
		}
		blocks = append(blocks, bigBlock(st, f, big, ok, w))
		widths = append(widths, w)
		room -= w + gap
	}
	for y := range bigHead {
		for i, b := range blocks {
			if i > 0 {
				if y == 2 && all[i].follows {
					pen.Text(st.Faint, " →  ")
				} else {
					pen.Space(gap)
				}
			}
			pen.Drawn(b[y], widths[i])
		}
		pen.End()
	}
}

func bigBlock(st *ui.Styles, f figure, big [ui.BigHeight]string, ok bool, width int) []string {
	b := ui.NewPen(width, bigHead)
	b.Text(st.Muted, f.label)
	b.End()
	for y := range ui.BigHeight {
		switch {
		case ok && ui.Width(big[0]) <= width:
			b.Text(f.ink, big[y])
		case y == 1:
			b.Text(f.ink, f.value)
		}
		b.End()
	}
	b.Text(st.Muted, f.note)
	b.End()
	return b.Lines(bigHead)
}

// largest is the largest of some changes without their signs, for bars.
func largest(all []money.Amount) float64 {
	most := 0.0
	for _, a := range all {
		most = max(most, a.Abs().Float())
	}
	return most
}
