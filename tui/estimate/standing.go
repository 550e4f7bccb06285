package estimate

import (
	"tokpit/pricing"
	"tokpit/report"
	"tokpit/tui/ui"
)

// standing is where the chosen model stands among the others: what one wants to
// know first of a prompt.
func (p *Page) standing() (out []figure) {
	e := p.current()
	if e == nil || !e.Priced {
		return nil
	}
	add := func(label string, r *report.Estimated) {
		switch {
		case r == nil:
		case r.ModelRef == e.ModelRef:
			out = append(out, figure{label: label, value: "this one"})
		default:
			f := figure{label: label, value: ui.Cut(ui.Text(r.Model), 26), note: costText(r.Total, r.Currency)}
			if n, ok := multiple(r, e); ok {
				f.note += ", " + n
			}
			out = append(out, f)
		}
	}
	add("cheapest", p.cheapest())
	add("your usual", p.favourite())
	if first := p.ask.reference(); first != (pricing.ModelRef{}) && e.Difference.Known && !e.Baseline {
		note := signedText(e)
		if e.Relative {
			note = timesText(e) + ", " + note
		}
		out = append(out, figure{label: "against", value: ui.Cut(ui.Text(first.Model), 26), note: note})
	}
	return out
}

// signedText writes the difference to the baseline: "+$0.0012".
func signedText(e *report.Estimated) string {
	sign := ""
	if e.Difference.Point.Sign() > 0 {
		sign = "+"
	}
	return about(e.Difference.CostRange) + sign + ui.UnitMoney(e.Difference.Point, e.Currency)
}

// multiple writes what a call costs as a multiple of another's; false if their
// answers are not equally long, which would not compare prices.
func multiple(of, base *report.Estimated) (string, bool) {
	if of.Output != base.Output || of.Currency != base.Currency || base.Total.Point.Sign() <= 0 {
		return "", false
	}
	ratio := of.Total.Point.Float() / base.Total.Point.Float() // for showing only
	if ratio > 1e6 {
		return "", false
	}
	return timesOf(int64(ratio*1000+0.5), of.Total.Point.IsZero()), true
}

// drawStanding writes it on one line.
func (p *Page) drawStanding(pen *ui.Pen) {
	st := p.styles
	for _, f := range p.standing() {
		text := f.label + " " + f.value
		if f.note != "" {
			text += " " + f.note
		}
		if !st.Part(pen, ui.Width(text)) {
			break
		}
		pen.Text(st.Muted, f.label+" ")
		pen.Text(st.Strong, f.value)
		if f.note != "" {
			pen.Text(st.Text, " "+f.note)
		}
	}
	pen.End()
}
