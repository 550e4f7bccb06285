package estimate

import (
	"slices"

	"tokpit/report"
	"tokpit/tui/ui"
)

// Draw implements [table.Rows].
func (l *listing) Draw(p *ui.Pen, st *ui.Styles, row, col, width int) {
	l.cell(p, st, l.at(row), col, width)
}

// cell draws one cell of a row.
func (l *listing) cell(p *ui.Pen, st *ui.Styles, r *report.Estimated, col, width int) {
	c := l.columns[col]
	if c.isMoney() {
		l.drawMoney(p, st, r, c, width)
		return
	}
	switch c {
	case colMark:
		l.drawMark(p, st, r, width)
	case colModel:
		st.Name(p, st.Colours.Model(r.Provider, r.Model), st.Text, ui.Text(r.Model), width)
	case colProvider:
		p.Left(st.Muted, ui.Text(r.Provider), width)
	case colTokens:
		p.Right(st.Text, tokensText(r), width)
	case colRange:
		p.Right(st.Muted, rangeText(r), width)
	case colAgainst:
		text, ink := againstText(st, r)
		p.Right(ink, text, width)
	case colTimes:
		p.Right(timesInk(st, r), timesText(r), width)
	case colFit:
		text, ink := fitText(st, r)
		p.Right(ink, text, width)
	case colAnswer:
		p.Right(st.Muted, ui.Tokens(r.Output), width)
	case colWindow:
		p.Right(st.Muted, known(r.Window > 0, ui.Tokens(r.Window)), width)
	case colUsed:
		p.Right(st.Muted, known(r.Requests > 0, ui.Tokens(r.Requests)), width)
	case colEnds:
		text, ink := endsText(st, r)
		p.Right(ink, text, width)
	case colMethod:
		p.Left(st.Muted, methodText(r), width)
	}
}

// drawMark says by signs what is pinned, the baseline, and in use.
func (l *listing) drawMark(p *ui.Pen, st *ui.Styles, r *report.Estimated, width int) {
	pin := slices.ContainsFunc(l.pins, func(i int) bool { return l.rows[i].ModelRef == r.ModelRef })
	sign := ""
	switch {
	case pin:
		sign = "✓"
	case r.Baseline:
		sign = "="
	}
	if width == 1 && sign != "" {
		p.Text(st.AccentBold, sign)
		return
	}
	p.Left(st.AccentBold, sign, width-1)
	if r.Requests > 0 {
		p.Text(st.Accent, "●")
	}
}

// timesInk does not shout: only the sign of a difference has a colour.
func timesInk(st *ui.Styles, r *report.Estimated) ui.Ink {
	switch {
	case r.Baseline:
		return st.Accent
	case r.Relative:
		return st.Text
	}
	return st.Muted
}

func known(ok bool, s string) string {
	if ok {
		return s
	}
	return ui.Unknown
}

// drawMoney writes an amount with the decimals of its column.
func (l *listing) drawMoney(p *ui.Pen, st *ui.Styles, r *report.Estimated, c column, width int) {
	a, ok := c.amount(r)
	ink := st.Text
	switch {
	case !ok && c == colCall && r.Counted:
		p.Right(st.Warn, ui.Unpriced, width)
		return
	case !ok:
		p.Right(st.Muted, ui.Unknown, width)
		return
	case c == colCall:
		ink = st.Strong
	case c == colCached, c == colFill, c == colBatch:
		ink = st.Muted
	case c == colDifference && a.Point.IsZero():
		ink = st.Muted
	}
	text := l.money[c].text(a, r.Currency, c == colDifference)
	if ui.Width(text) > width {
		text = ui.CompactMoney(a.Point, r.Currency)
	}
	p.Right(ink, text, width)
}

func (f moneyFormat) text(a report.CostRange, currency string, signed bool) string {
	sign := ""
	switch {
	case a.Point.Sign() < 0:
		sign = "-"
	case signed && a.Point.Sign() > 0:
		sign = "+"
	}
	if !a.Exact() {
		sign = "≈" + sign
	}
	return sign + ui.Symbol(currency) + amountText(a.Point.Abs(), f.decimals)
}

// costText writes an amount alone.
func costText(a report.CostRange, currency string) string {
	return about(a) + ui.UnitMoney(a.Point, currency)
}

// wholeText is costText for amounts of days and months, which are rounded to
// cents.
func wholeText(a report.CostRange, currency string) string {
	return about(a) + ui.Money(a.Point, currency)
}

func about(a report.CostRange) string {
	if a.Exact() {
		return ""
	}
	return "≈"
}

// betweenText writes the bounds of a range, "$0.012–$0.019", or that it is about
// one figure if both look the same.
func betweenText(a report.CostRange, currency string) string {
	low, high := ui.UnitMoney(a.Low, currency), ui.UnitMoney(a.High, currency)
	if low == high {
		return "≈" + low
	}
	return low + "–" + high
}

// tokensText writes the tokens of the input: exact, or about the likeliest.
func tokensText(r *report.Estimated) string {
	switch {
	case !r.Counted:
		return ui.Unknown
	case r.Tokens.Low == r.Tokens.High:
		return ui.Count(r.Tokens.Point)
	}
	return "≈" + ui.Count(r.Tokens.Point)
}

func rangeText(r *report.Estimated) string {
	switch {
	case !r.Counted:
		return ui.Unknown
	case r.Tokens.Low == r.Tokens.High:
		return "exact"
	}
	return ui.Count(r.Tokens.Low) + "–" + ui.Count(r.Tokens.High)
}

func methodText(r *report.Estimated) string {
	if !r.Counted {
		return ui.Text(r.Why)
	}
	return ui.Text(r.Tokens.Method)
}

func againstText(st *ui.Styles, r *report.Estimated) (string, ui.Ink) {
	switch n := r.PerMille; {
	case r.Baseline:
		return "baseline", st.Accent
	case !r.Relative:
		return ui.Unknown, st.Muted
	case n == 0:
		return "= same", st.Muted
	case n > 9000:
		return "▲ " + ui.Count((n+1500)/1000) + "×", st.Warn
	case n > 0:
		return "▲ " + ui.Percent(n), st.Warn
	default:
		return "▼ " + ui.Percent(-n), st.Good
	}
}

func fitText(st *ui.Styles, r *report.Estimated) (string, ui.Ink) {
	switch r.Fit {
	case report.TooLong:
		return "! +" + ui.Tokens(r.Over), st.Bad
	case report.MayFit:
		return "? +" + ui.Tokens(r.Over), st.Warn
	case report.Fits:
		if n := share(r); n > 0 {
			return ui.Percent(n), st.Muted
		}
		return "<0.1%", st.Muted
	}
	return ui.Unknown, st.Muted
}

func endsText(st *ui.Styles, r *report.Estimated) (string, ui.Ink) {
	if r.Shutdown.IsZero() {
		return ui.Unknown, st.Muted
	}
	return r.Shutdown.Format("2 Jan 2006"), st.Warn
}
