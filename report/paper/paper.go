// Package paper writes the one-page report: for people who never open a terminal.
//
// The page says what language models cost in a span of time, day by day, on which
// models and for which projects; how that compares with the span before, and why;
// where budgets stand; what has no price; and how the figures were made. It is one
// file of HTML that needs nothing else, neither script nor network, and that can
// be read on a phone, on a screen by day or night, and on a sheet of paper. The
// same content comes as Markdown, for a wiki or a ticket.
//
// The page computes nothing of its own: its figures are those of [report.Run] and
// [report.Explore], rounded where people read them, and they add up to the same
// totals. Names come from anywhere and are shown as text, whatever they hold.
package paper

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tokpit/budget"
	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/report"
	"tokpit/usage"
)

// Schema names the document in a manifest.
const Schema = "tokpit.paper/1"

// Input is what a page shows. All answers are to the same query.
type Input struct {
	Title string // "October 2026"; "" is the span
	State string // of the billing cycle, see [report.CycleState]; "" if it is none
	Span  usage.Span
	// Before is what Models and Projects are compared with; zero if nothing is.
	Before usage.Span
	// Running: the span is not over.
	Running bool

	Models, Projects *report.Answer
	// Days is by day or by month, the bars of the chart.
	Days *report.Report
	// Changes are those of the prices of models in use, within the span.
	Changes []report.PriceChange
	// Budgets stand where they stand now, whatever the span. NoBudgets says why
	// none are shown; "" if there are none.
	Budgets   []report.BudgetStanding
	NoBudgets string
	// Forecast is where the calendar month stands; nil if nobody asked or knows.
	Forecast *budget.Status
	Unusual  []report.UnusualDay
	Look     []report.LookItem

	Demo    bool
	Version string // of tokpit
	Audit   string // the head of the audit trail
}

// page is the content, as people read it. Text is not escaped in it.
type page struct {
	Title, Kicker string
	Lead          []string // span, state, time
	Demo          bool
	Figures       []figure
	Why           []string
	Effects       []effect
	Chart         *chart
	NoChart       string
	Tables        []table
	Budgets       []gauge
	BudgetsNote   string
	Look          []report.LookItem
	Unusual       []string
	Unpriced      []unpriced
	Facts         []fact
	Empty         bool
	Currency      string
	Generator     string
}

type figure struct {
	Name, Value, Note string
	Double            bool // it is as wide as two
}

type fact struct{ Name, Text string }

type unpriced struct{ Provider, Model, Tokens, Near string }

// words turns the sums of one input into text.
type words struct {
	in       *Input
	cash     bool   // the headline is cash
	currency string // of all amounts; "" if there are several
}

func (in *Input) words() words {
	t := &in.Models.Total
	w := words{in: in, cash: in.Models.PlanSet, currency: t.Currency}
	if len(t.Costs) > 0 {
		w.currency = ""
	} else if w.currency == "" {
		w.currency = "USD"
	}
	return w
}

// kind names the amounts of the headline.
func (w *words) kind() string {
	r := &w.in.Models.Report
	switch {
	case r.Query.Basis == usage.Billed:
		return "Billed"
	case w.cash:
		return "Cash"
	case r.Subscribable:
		return "API-equivalent (no plan set)"
	}
	return "Cost at list price"
}

// of is the headline's amount of a sum; ok is false where it is not known.
func (w *words) of(s *report.Sum) (a money.Amount, ok bool) {
	if len(s.Costs) > 0 {
		return money.Amount{}, false
	}
	if w.cash {
		return s.Cash, s.CashKnown
	}
	return s.Cost, s.Priced
}

const missing = "–"

// text is the headline's amount of a sum in words, with its currency.
func (w *words) text(s *report.Sum, cash bool) string {
	if len(s.Costs) > 0 {
		parts := make([]string, len(s.Costs))
		for i, c := range s.Costs {
			a := c.Cost
			if cash {
				a = c.Cash
			}
			parts[i] = report.AmountText(a, c.Currency)
		}
		return strings.Join(parts, " + ")
	}
	a, known := s.Cost, s.Priced
	if cash {
		a, known = s.Cash, s.CashKnown
	}
	switch {
	case known:
		return w.cents(a)
	case s.UnpricedTokens > 0 || s.UnpricedUnits > 0:
		return "unpriced"
	}
	return missing
}

// cents is an amount of the page's currency with two decimals, without its name.
func (w *words) cents(a money.Amount) string {
	rounded := a.Round(2)
	switch {
	case rounded.IsZero() && a.Sign() > 0:
		return "< 0.01"
	case rounded.IsZero() && a.Sign() < 0:
		return "> −0.01"
	}
	text := strings.TrimPrefix(report.AmountText(rounded, "X"), "X ")
	return strings.Replace(text, "-", "−", 1)
}

// full is an amount of the page's currency, with its name.
func (w *words) full(a money.Amount) string {
	if w.currency == "" {
		return w.cents(a)
	}
	return clean.Text(w.currency) + "\u00a0" + w.cents(a)
}

// signed is a change: "+12.30", "−4.00", "0.00".
func (w *words) signed(a money.Amount) string {
	if a.Round(2).Sign() > 0 {
		return "+" + w.cents(a)
	}
	return w.cents(a.Round(2))
}

// part is a change as a part of what was before: "+12.3 %"; false if there is none.
func part(change, before money.Amount) (string, bool) {
	if before.Sign() <= 0 {
		return "", false
	}
	f := change.Float() / before.Float() * 100
	if math.Abs(f) < 0.05 {
		return "", false
	}
	text := fmt.Sprintf("%+.1f\u00a0%%", f)
	return strings.Replace(text, "-", "−", 1), true
}

// compose makes the content.
func compose(in *Input) *page {
	w := in.words()
	t := &in.Models.Total
	p := &page{Title: clean.Limit(in.Title, 120), Kicker: "Language models: usage and spend", Demo: in.Demo, Currency: clean.Text(w.currency),
		Generator: "tokpit " + clean.Text(in.Version)}
	if p.Title == "" {
		p.Title = w.spanText(in.Span)
	}
	p.Lead = w.lead()
	p.Empty = t.Records == 0 && t.PlanFee.IsZero() && len(t.Costs) == 0
	p.Figures = w.figures()
	p.Why, p.Effects = w.why()
	p.Chart, p.NoChart = w.days()
	p.Tables = []table{w.table("By model", "Model", in.Models), w.table("By project", "Project", in.Projects)}
	for i := range in.Budgets {
		p.Budgets = append(p.Budgets, newGauge(&in.Budgets[i]))
	}
	switch {
	case in.NoBudgets != "":
		p.BudgetsNote = clean.Limit(in.NoBudgets, 200)
	case len(in.Budgets) == 0:
		p.BudgetsNote = "None is set."
	default:
		p.BudgetsNote = "Where each stands today, in its own period."
	}
	for _, l := range in.Look {
		p.Look = append(p.Look, report.LookItem{Code: l.Code, Text: clean.Limit(l.Text, 500), Hint: clean.Limit(l.Hint, 300)})
	}
	for _, u := range in.Unusual {
		p.Unusual = append(p.Unusual, clean.Limit(u.Text, 300)+".")
	}
	for _, u := range in.Models.Unpriced {
		near := ""
		if len(u.Candidates) > 0 {
			near = clean.Limit(u.Candidates[0], 80)
		}
		p.Unpriced = append(p.Unpriced, unpriced{named(clean.Limit(u.Provider, 80), "unknown"), named(clean.Limit(u.Model, 80), "unknown"), report.CountText(u.Tokens), near})
	}
	p.Facts = w.facts()
	return p
}

func named(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func (w *words) zone() *time.Location { return w.in.Models.Query.Zone }

// spanText names the days of a span.
func (w *words) spanText(s usage.Span) string {
	first, last := s.Since.In(w.zone()), s.Until.Add(-time.Nanosecond).In(w.zone())
	from, to := first.Format("2 January 2006"), last.Format("2 January 2006")
	if from == to {
		return from
	}
	if first.Year() == last.Year() {
		from = first.Format("2 January")
	}
	return from + " to " + to
}

func (w *words) lead() []string {
	in := w.in
	days := w.spanText(in.Span) + ", days of " + clean.Text(w.zone().String())
	switch report.CycleState(in.State) {
	case "":
		if in.Running {
			days += "; not over yet"
		}
	case report.CycleClosing:
		days += "; the cycle has ended and is not closed"
	case report.CycleInvoiced:
		days += "; the cycle is closed and invoiced"
	default:
		days += "; the cycle is " + clean.Text(in.State)
	}
	out := []string{days + "."}
	q := &in.Models.Query
	for _, d := range usage.Dimensions() {
		values := q.Filter[d]
		if len(values) == 0 {
			continue
		}
		names := make([]string, 0, len(values))
		for _, v := range values {
			names = append(names, clean.Limit(q.Label(d, v), 80))
		}
		out = append(out, "Only "+string(d)+" "+strings.Join(names, " or ")+".")
	}
	return append(out, "As of "+in.Models.AsOf.In(w.zone()).Format("2 January 2006, 15:04 MST")+".")
}

// figures are what is read first.
func (w *words) figures() []figure {
	in, t := w.in, &w.in.Models.Total
	first := figure{Name: w.kind(), Value: w.text(t, w.cash)}
	if _, ok := w.of(t); ok {
		first.Value = clean.Text(w.currency) + "\u00a0" + first.Value
	}
	e := in.Models.Moved.In(w.cash)
	before := in.Models.Moved.Before
	if a, ok := w.of(&before); ok && e.Known && w.compared() {
		first.Note = w.full(a) + " before"
		if share, has := part(e.Change, a); has {
			first.Note = share + " against " + first.Note
		}
	}
	out := []figure{first}
	if w.cash {
		out = append(out, figure{Name: "API-equivalent", Value: w.text(t, false), Note: "all tokens at list price"}, figure{Name: "Plan fees", Value: w.cents(t.PlanFee), Note: "part of the cash"})
	}
	used := figure{Name: "Tokens", Value: report.CompactText(t.Tokens.Total())}
	if share, ok := t.CacheShare(); ok {
		used.Note = fmt.Sprintf("%d.%d\u00a0%% of the input from caches", share/10, share%10)
	}
	out = append(out, used)
	if t.Requests >= 0 {
		note := ""
		if t.Uncounted > 0 {
			note = "at least: some sources do not count"
		}
		out = append(out, figure{Name: "Requests", Value: report.CountText(t.Requests), Note: note})
	}
	if f := in.Forecast; in.Running && f != nil && f.Forecast.Known {
		out = append(out, figure{Name: f.Now.In(w.zone()).Format("January") + " is likely to end at", Value: w.cents(f.Forecast.Point),
			Note: "80\u00a0% of such forecasts end between " + w.cents(f.Forecast.Low) + " and " + w.cents(f.Forecast.High), Double: true})
	}
	return out
}

// facts say how the figures were made.
func (w *words) facts() []fact {
	in, r := w.in, &w.in.Models.Report
	out := []fact{{"Basis", sentence(r.BasisText())}, {"Amounts", r.KindText() + " They are rounded for reading; tokpit report --json and tokpit export have every digit."}}
	if w.currency != "" {
		out = append(out, fact{"Currency", clean.Text(w.currency)})
	} else {
		out = append(out, fact{"Currency", "Several; amounts in different currencies are never added up."})
	}
	out = append(out, fact{"Prices", "Price book " + clean.Text(r.Prices) + "; each token at the price of its day."})
	if w.compared() {
		text := w.spanText(in.Before)
		if in.Running {
			text += ", up to the same hour"
		}
		out = append(out, fact{"Compared with", text + "."})
	}
	for _, line := range r.Footing() {
		out = append(out, fact{"Note", sentence(strings.TrimPrefix(strings.TrimLeft(line, "?*~ "), "note: "))})
	}
	if in.Audit != "" {
		out = append(out, fact{"Audit trail", clean.Text(in.Audit)})
	}
	return append(out, fact{"Made by", "tokpit " + clean.Text(in.Version) + ", which computes everything on this machine."})
}

// sentence begins with a capital letter and ends with a point.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:] + "."
}
