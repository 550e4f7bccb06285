package explore

import (
	"strings"
	"time"

	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/overlay"
	"tokpit/tui/period"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// traceDocument is everything that is known of one record.
type traceDocument struct {
	trace report.Trace
	snap  *report.Snapshot
}

const traceWidth = 86

func (d *traceDocument) modal() overlay.Modal {
	title := "Record of " + d.trace.Record.Start.In(period.Zone(d.snap)).Format("Mon 2 Jan 2006 15:04:05")
	return overlay.NewDocument(title, traceWidth, d.draw)
}

const traceLabel = 15

func (d *traceDocument) draw(p *ui.Pen, st *ui.Styles) {
	d.cost(p, st)
	d.price(p, st)
	d.origin(p, st)
	d.belongs(p, st)
}

func fact(p *ui.Pen, st *ui.Styles, label string, ink ui.Ink, text string) {
	if text == "" {
		return
	}
	for i, l := range ui.Wrap(ui.Text(text), max(8, p.Width()-traceLabel)) {
		if i > 0 {
			label = ""
		}
		p.Left(st.Muted, label, traceLabel)
		p.Text(ink, l)
		p.End()
	}
}

func heading(p *ui.Pen, st *ui.Styles, text string) {
	if p.Height() > 0 {
		p.End()
	}
	ui.SectionTitle(p, st, text, false, "")
}

// cost writes what the record cost, and how.
func (d *traceDocument) cost(p *ui.Pen, st *ui.Styles) {
	t := &d.trace
	p.Text(st.Headline, recordCost(t))
	p.Text(st.Muted, "  "+ui.Text(t.Record.Model))
	switch {
	case t.Planned:
		p.Text(st.Muted, ", paid by a plan: what it would cost by the price list")
	case !t.Counts:
		p.Text(st.Muted, ", not in the figures: a higher basis covers its day")
	}
	p.End()
	heading(p, st, "What it costs")
	d.arithmetic(p, st)
	if t.Total.Ranged {
		fact(p, st, "range", st.Warn, "between "+exact(t.Total.Low)+" and "+exact(t.Total.High)+": its time or its size lies on both sides of a price")
	}
	if t.Record.Reasoning > 0 {
		fact(p, st, "", st.Muted, "of the output, "+ui.Group(ui.Digits(t.Record.Reasoning))+" tokens were spent thinking")
	}
	if t.Total.HasReported {
		fact(p, st, "source says", st.Text, exact(t.Total.Reported)+" "+t.Total.Currency)
	}
}

// arithmetic writes tokens × price class by class, to the last digit. Where
// there is no room for a step on one line it takes two: a figure that is cut
// would be a wrong one.
func (d *traceDocument) arithmetic(p *ui.Pen, st *ui.Styles) {
	t := &d.trace
	total := exact(t.Total.Cost)
	counts, rates, costs := 0, 0, len(total)
	for i := range t.Steps {
		s := &t.Steps[i]
		counts, rates, costs = max(counts, len(ui.Group(ui.Digits(s.N)))), max(rates, len(rateText(s))), max(costs, len(exact(s.Cost)))
	}
	wide := counts + rates + costs + 6
	narrow := traceLabel+wide+4 > p.Width()
	if narrow {
		wide = max(0, p.Width()-4-traceLabel)
	}
	for i := range t.Steps {
		s := &t.Steps[i]
		p.Left(st.Muted, s.Class, traceLabel)
		p.Right(st.Text, ui.Group(ui.Digits(s.N)), counts)
		switch {
		case !s.Priced:
			p.Text(st.Warn, "  × unpriced")
			p.End()
			continue
		case narrow:
			p.Text(st.Muted, " × "+rateText(s))
			p.End()
			p.Right(st.Text, exact(s.Cost), max(0, p.Width()-4))
		default:
			p.Text(st.Muted, " × ")
			p.Right(st.Text, rateText(s), rates)
			p.Text(st.Muted, " = ")
			p.Right(st.Text, exact(s.Cost), costs)
		}
		p.Text(st.Muted, " "+ui.Text(s.Currency))
		p.End()
	}
	if !t.Total.Priced || len(t.Steps) == 0 {
		return
	}
	p.Space(traceLabel)
	p.Fill(st.Faint, '─', wide)
	p.End()
	p.Left(st.Strong, "total", traceLabel)
	p.Right(st.Strong, total, wide)
	p.Text(st.Muted, " "+ui.Text(t.Total.Currency))
	p.End()
}

// rateText is the price of a step, per million where that is how tokens are
// priced.
func rateText(s *report.Step) string {
	if !s.Priced {
		return ""
	}
	if isClass(s.Class) {
		return s.Rate.PerMillion() + " per 1M"
	}
	return exact(s.Rate.Amount())
}

func isClass(name string) bool {
	return name == "input" || name == "output" || strings.HasPrefix(name, "cache ")
}

// exact writes every digit of an amount.
func exact(a money.Amount) string {
	whole, frac, found := strings.Cut(a.Abs().String(), ".")
	s := ui.Group(whole)
	if found {
		s += "." + frac
	}
	if a.Sign() < 0 {
		s = "-" + s
	}
	return s
}

// price says which price was used, and where that is from.
func (d *traceDocument) price(p *ui.Pen, st *ui.Styles) {
	t := &d.trace
	heading(p, st, "The price")
	if t.PricedAs == "" {
		why := "the price book has none for " + t.Record.Model
		if t.Record.Basis == usage.Billed {
			why = "this is money that was billed; nothing is priced by tokens"
		}
		fact(p, st, "price", st.Warn, why)
		return
	}
	fact(p, st, "priced as", st.Text, t.PricedAs)
	since := "ever"
	if !t.Since.IsZero() {
		since = t.Since.UTC().Format("2 Jan 2006 15:04") + " UTC"
	}
	fact(p, st, "in force since", st.Text, since)
	fact(p, st, "source", st.Text, t.Source)
	fact(p, st, "book", st.Muted, d.snap.Prices)
	if t.Total.Estimated {
		fact(p, st, "", st.Warn, "an estimate: the price of another vendor")
	}
}

// origin says where the record came from.
func (d *traceDocument) origin(p *ui.Pen, st *ui.Styles) {
	t := &d.trace
	r := &t.Record
	heading(p, st, "Where it came from")
	fact(p, st, "connection", st.Text, t.Connection)
	basis := r.Basis.String()
	switch r.Basis {
	case usage.Reported:
		basis += ": by the provider's own usage report"
	case usage.Metered:
		basis += ": by a gateway that saw the traffic"
	case usage.Logged:
		basis += ": by the agent's log on this machine"
	case usage.Billed:
		basis += ": money by itself, beside the usage"
	}
	fact(p, st, "basis", st.Text, basis)
	fact(p, st, "response", st.Text, r.ID)
	if r.Slice != "" {
		fact(p, st, "bucket", st.Text, r.Slice)
	}
	z := period.Zone(d.snap)
	at := func(t time.Time) string { return t.In(z).Format("2 Jan 2006 15:04:05.999 MST") }
	if r.End.IsZero() {
		fact(p, st, "time", st.Text, at(r.Start))
	} else {
		fact(p, st, "time", st.Text, at(r.Start)+" until "+at(r.End))
	}
	if !r.UsageAt.IsZero() {
		fact(p, st, "usage logged", st.Muted, at(r.UsageAt))
	}
	n := "not counted by this source"
	if r.Requests != usage.Absent {
		n = ui.Group(ui.Digits(r.Requests))
	}
	fact(p, st, "requests", st.Text, n)
	for _, f := range []struct {
		flag usage.Flags
		text string
	}{
		{usage.FlagParentMissing, "copied from a conversation whose own log is not there"},
		{usage.FlagTotalMismatch, "the source's own total differs from the sum of its classes; the classes count"},
		{usage.FlagSeveralRequests, "one step that covers several requests"},
	} {
		if r.Flags&f.flag != 0 {
			fact(p, st, "doubt", st.Warn, f.text)
		}
	}
	if r.SideChain {
		fact(p, st, "", st.Muted, "from a side conversation")
	}
}

// belongs says what the record belongs to: names, with their ids where those
// differ.
func (d *traceDocument) belongs(p *ui.Pen, st *ui.Styles) {
	heading(p, st, "What it belongs to")
	r := &d.trace.Record
	for _, dim := range []usage.Dimension{usage.ByProvider, usage.ByAccount, usage.ByOrganization, usage.ByEnvironment, usage.ByProject, usage.ByCostCenter,
		usage.ByKey, usage.ByUser, usage.ByAgent, usage.BySession, usage.ByMachine, usage.ByTier, usage.ByRegion, usage.ByBand, usage.BySource, usage.ByLineItem} {
		v := dim.Of(&r.Dims)
		if dim == usage.ByBand && !r.Band.Known() {
			v = ""
		}
		if v == "" && dim != usage.ByProject && dim != usage.ByKey {
			continue
		}
		text := nameOf(d.snap.Names, dim, v)
		ink := st.Text
		if v == "" {
			ink = st.Muted
		} else if text != ui.Text(v) {
			text += "  (" + v + ")"
		}
		fact(p, st, dimName(dim), ink, text)
	}
	for pair := range strings.SplitSeq(string(r.Tags), "\n") {
		name, v, ok := strings.Cut(pair, "=")
		if ok && name != string(usage.ByCostCenter) && name != string(usage.ByLineItem) {
			fact(p, st, "tag "+name, st.Text, v)
		}
	}
}
