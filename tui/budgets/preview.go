package budgets

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/entry"
	"tokpit/tui/ui"
)

// before is how many earlier periods a preview tells of.
const before = 3

// preview is what a budget that is being written would mean: the spend in its
// scope is read once, and every amount and threshold is judged at once by it.
type preview struct {
	known   bool
	spend   report.BudgetSpend
	failure string
	// What the amount and the thresholds of the form come to, this period first;
	// judged is false while they make no sense, and then only what is spent counts.
	periods []budget.Status
	judged  bool
}

// judge assesses the periods by what the form says now.
func (p *Page) judge() {
	f := p.form
	f.preview.periods = nil
	if !f.preview.known {
		return
	}
	b := f.now
	f.preview.judged = b.Amount.Sign() > 0 && f.wrong[spotAmount] == ""
	if !f.preview.judged {
		b.Amount = money.FromUnits(1) // only what is spent matters
	}
	if !f.preview.judged || f.wrong[spotWarn] != "" {
		b.Warn = nil
	}
	period := b.At(p.snap.AsOf)
	for range before + 1 {
		f.preview.periods = append(f.preview.periods, b.AssessIn(period, f.preview.spend.Spend, p.snap.AsOf))
		period = b.Before(period)
	}
}

// counted is the answer to a question for the spend.
type counted struct {
	form  *form
	gen   int
	spend report.BudgetSpend
	err   error
}

// settles is how long a person must pause before the spend is read.
const settles = 150 * time.Millisecond

// asks is the part of the form that decides what is spent; "" if that makes no
// sense yet.
func (f *form) asks() string {
	for _, s := range []spot{spotAnchor, spotScope, spotCurrency, spotZone} {
		if f.wrong[s] != "" {
			return ""
		}
	}
	b := &f.now
	return b.Scope.String() + "\x00" + string(b.Period) + "\x00" + b.Anchor.String() + "\x00" + b.Currency + "\x00" + b.Zone
}

// ask reads the spend in the scope of the form, unless it is known.
func (p *Page) ask() tea.Cmd {
	f := p.form
	q := f.asks()
	if q == f.previewd || p.opts.Actions == nil {
		return nil
	}
	if f.cancel != nil {
		f.cancel()
		f.cancel = nil
	}
	first := f.gen == 0
	f.previewd, f.preview, f.loading = q, preview{}, q != ""
	if f.gen++; q == "" {
		return nil
	}
	ctx, cancel := context.WithCancel(p.opts.Context)
	f.cancel = cancel
	a, s, gen, b, settle := p.opts.Actions, p.snap, f.gen, f.now, p.settle
	return tea.Batch(p.spin(), func() tea.Msg {
		defer cancel()
		if !first { // somebody is typing
			select {
			case <-ctx.Done():
				return reply(counted{f, gen, report.BudgetSpend{}, ctx.Err()})
			case <-time.After(settle):
			}
		}
		spend, err := a.Spend(ctx, s, b, before)
		return reply(counted{f, gen, spend, err})
	})
}

func (p *Page) applyCounted(msg counted) tea.Cmd {
	f := p.form
	if f == nil || f != msg.form || f.gen != msg.gen {
		return nil
	}
	f.loading, f.preview = false, preview{known: msg.err == nil, spend: msg.spend}
	if msg.err != nil {
		f.preview.failure = worded(msg.err)
	}
	p.judge()
	return nil
}

// drawPreview says what the budget would mean, this period and in the last ones.
func (p *Page) drawPreview(w entry.Writer) {
	f, st := p.form, w.St
	w.Heading("What it would mean")
	if f.at == spotWarn { // first what is being written: the rest may not fit
		f.drawTells(w)
	} else {
		defer f.drawTells(w)
	}
	switch {
	case f.preview.failure != "":
		w.Para(st.Bad, "! ", f.preview.failure)
		return
	case f.loading:
		w.Para(st.Accent, p.spinner()+" ", "reading what was spent…")
		return
	case !f.preview.known:
		w.Para(st.Muted, "", "Once the fields make sense, this says what has been spent in this part of usage, and when the budget would have been over.")
		return
	}
	zone := zoneOf(f.now.Zone)
	for i := range f.preview.periods {
		one := &f.preview.periods[i]
		p.previewLine(w, one, zone, previewName(i, one, zone))
	}
	for _, n := range f.preview.spend.Notes {
		w.Para(st.Muted, "  ", n.Text)
	}
}

// previewName is what people call a period: i is how many it lies back.
func previewName(i int, s *budget.Status, zone *time.Location) string {
	since := s.Period.Since.In(zone)
	switch p := s.Budget.Period; {
	case i == 0:
		return "This " + string(p)
	case i == 1:
		return "Last " + string(p)
	case p == budget.Daily:
		return since.Format("Mon 2 Jan")
	case p == budget.Monthly && since.Day() == 1:
		return since.Format("January")
	case p == budget.Yearly:
		return since.Format("2006")
	}
	return spanWords(s.Period, zone)
}

// previewLine says how one period is doing, or how it would have ended.
func (p *Page) previewLine(w entry.Writer, s *budget.Status, zone *time.Location, name string) {
	cost := ui.Money(s.Cost, s.Budget.Currency)
	if !p.form.preview.judged {
		w.Fact(name, cost+" spent")
		return
	}
	text := cost + " of " + ui.Money(s.Limit, s.Budget.Currency) + ", " + percent(s.Used)
	k := ink(w.St, s.State)
	switch at, over := overOn(s); {
	case over:
		text += ": over " + when(s, at, zone)
	case s.Ended && s.State == budget.StateOK:
		text += ": it would have held"
	case s.Ended:
		text += ": it would have warned, and held"
	default:
		it := item{BudgetStanding: &report.BudgetStanding{Status: *s}, zone: zone}
		ending, state := it.ending()
		text += "; " + ending
		k = ink(w.St, worse(s.State, state))
	}
	w.Inked(name, text, k)
}

// worse is the worse of two states.
func worse(a, b budget.State) budget.State {
	rank := func(s budget.State) int {
		switch s {
		case budget.StateOver:
			return 2
		case budget.StateWarn:
			return 1
		}
		return 0
	}
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// overOn is the end of the day on which nothing was left.
func overOn(s *budget.Status) (at time.Time, over bool) {
	for _, b := range s.Burn {
		if b.Known && b.Spent.Cmp(s.Limit) >= 0 {
			return b.At, true
		}
	}
	return time.Time{}, false
}

// when names the day that ends at an instant.
func when(s *budget.Status, at time.Time, zone *time.Location) string {
	day := at.Add(-time.Second).In(zone)
	switch s.Budget.Period {
	case budget.Daily:
		return "by the end of the day"
	case budget.Weekly:
		return "on " + day.Format("Monday")
	case budget.Monthly:
		return "on the " + ordinal(day.Day())
	}
	return "on " + day.Format("2 Jan")
}

func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return ui.Digits(int64(n)) + suffix
}
