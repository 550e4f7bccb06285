package budgets

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokpit/budget"
	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/entry"
	"tokpit/tui/ui"
)

// spot is a place in the form that the cursor can be on.
type spot uint8

const (
	spotName spot = iota
	spotAmount
	spotPeriod
	spotAnchor
	spotScope
	spotWarn
	spotNotify
	spotHard
	spotCurrency
	spotZone
	spotSave
	spots
)

// choice reports whether a spot is chosen from a list.
func (s spot) choice() bool { return s == spotPeriod || s == spotHard }

// form is a budget being made or changed, as a person writes it.
type form struct {
	was   *budget.Budget // nil of a new one
	begun [spots]string  // what the fields began with
	edit  entry.Keys

	at     spot
	fields [spots]entry.Field
	period int // of budget.Periods
	hard   bool

	now      budget.Budget // what the fields say
	wrong    [spots]string // what is wrong with them; "" if nothing is
	touched  bool
	tried    bool // to save: from then on all that is wrong is said
	leaving  bool // asked whether what was typed may be lost
	saving   bool
	unheard  string // what keeps somebody from being told; "" if nothing does
	advice   string // what to do about that
	failure  string // of saving
	hint     string
	preview  preview
	loading  bool
	gen      int
	cancel   context.CancelFunc
	previewd string // the question that the preview answers, see asks
}

// newForm begins with a budget; was is nil if it is to be a new one.
func newForm(was *budget.Budget, b budget.Budget) *form {
	f := &form{was: was, edit: entry.NewKeys(), hard: b.Hard}
	f.period = max(0, slices.Index(budget.Periods(), b.Period))
	amount := ""
	if !b.Amount.IsZero() {
		amount = b.Amount.String()
	}
	var warn []string
	for _, t := range b.Warn {
		warn = append(warn, t.String())
	}
	for s, text := range map[spot]string{spotName: b.Name, spotAmount: amount, spotAnchor: b.Anchor.String(), spotScope: b.Scope.String(),
		spotWarn: strings.Join(warn, ", "), spotNotify: strings.Join(b.Notify, ", "), spotCurrency: b.Currency, spotZone: b.Zone} {
		f.fields[s].Set(text)
	}
	if was != nil {
		f.at = spotAmount
	} else {
		f.fields[spotAmount].Suggest(amount)
	}
	f.begun = f.texts()
	return f
}

func (f *form) text(s spot) string { return strings.TrimSpace(f.fields[s].Text()) }

// texts is all that the form says.
func (f *form) texts() (out [spots]string) {
	for s := range spots {
		out[s] = f.text(s)
	}
	out[spotPeriod], out[spotHard] = string(f.periodChosen()), fmt.Sprint(f.hard)
	return out
}

func (f *form) periodChosen() budget.Period { return budget.Periods()[f.period] }

// order lists the spots that the cursor goes through: a budget keeps its name.
func (f *form) order() []spot {
	out := []spot{spotName, spotAmount, spotPeriod, spotAnchor, spotScope, spotWarn, spotNotify, spotHard, spotCurrency, spotZone, spotSave}
	if f.periodChosen() == budget.Daily {
		out = slices.DeleteFunc(out, func(s spot) bool { return s == spotAnchor })
	}
	if f.was != nil {
		return out[1:]
	}
	return out
}

// move goes to the next spot, or the one before.
func (f *form) move(by int) {
	order := f.order()
	i := max(0, slices.Index(order, f.at))
	f.at = order[(i+by+len(order))%len(order)]
}

// cycle chooses the next of a list.
func (f *form) cycle(by int) {
	switch f.at {
	case spotPeriod:
		n := len(budget.Periods())
		f.period = (f.period + by + n) % n
		f.fields[spotAnchor].Set("") // that of another kind of period
	case spotHard:
		f.hard = !f.hard
	}
}

// read parses what the form says; names in the scope become ids.
func (f *form) read(taken []string, names *report.Names) {
	b, wrong := budget.Budget{Name: f.text(spotName), Period: f.periodChosen(), Hard: f.hard, Currency: strings.ToUpper(f.text(spotCurrency)), Zone: f.text(spotZone)}, [spots]string{}
	note := func(s spot, err error) {
		if err != nil && wrong[s] == "" {
			wrong[s] = plain(err)
		}
	}
	if f.was != nil {
		b.Name = f.was.Name
	} else if b.Name == "" {
		wrong[spotName] = "give it a name"
	} else if slices.Contains(taken, b.Name) {
		wrong[spotName] = "there is a budget of that name already"
	}
	var err error
	switch b.Amount, err = money.Parse(trimAmount(f.text(spotAmount))); {
	case f.text(spotAmount) == "":
		wrong[spotAmount] = "how much is it?"
	case err != nil:
		wrong[spotAmount] = "a plain number, such as 500 or 19.99"
	case b.Amount.Sign() <= 0:
		wrong[spotAmount] = "more than nothing"
	}
	if b.Period != budget.Daily {
		b.Anchor, err = budget.ParseAnchor(f.text(spotAnchor), b.Period)
		note(spotAnchor, err)
	}
	b.Scope, err = readScope(f.text(spotScope), names)
	note(spotScope, err)
	b.Warn, err = budget.ParseThresholds(strings.ReplaceAll(f.text(spotWarn), " ", ""))
	note(spotWarn, err)
	for _, n := range strings.Split(f.text(spotNotify), ",") {
		if n = strings.TrimSpace(n); n != "" && !slices.Contains(b.Notify, n) {
			b.Notify = append(b.Notify, n)
		}
	}
	if problem := f.whole(b, wrong); problem != nil {
		note(f.guilty(problem), problem)
	}
	f.now, f.wrong = b, wrong
}

// whole asks the budget itself, once its parts are fine one by one.
func (f *form) whole(b budget.Budget, wrong [spots]string) error {
	if wrong != [spots]string{} {
		return nil
	}
	return b.Validate()
}

// guilty is the field that a complaint is about.
func (f *form) guilty(err error) spot {
	text := err.Error()
	for _, g := range []struct {
		word string
		at   spot
	}{{"zone", spotZone}, {"currency", spotCurrency}, {"threshold", spotWarn}, {"scope", spotScope}, {"name", spotName}, {"begin", spotAnchor}, {"anchor", spotAnchor}} {
		if strings.Contains(text, g.word) {
			return g.at
		}
	}
	return spotAmount
}

// plain is an error without what every one of them begins with.
func plain(err error) string {
	return strings.TrimPrefix(ui.Text(err.Error()), budget.ErrInvalid.Error()+": ")
}

// readScope parses a scope and finds the ids of what is named in it.
func readScope(text string, names *report.Names) (budget.Scope, error) {
	scope, err := budget.ParseScope(text)
	if err != nil || len(scope) == 0 {
		return nil, err
	}
	out := make(budget.Scope, len(scope))
	for d, values := range scope {
		for _, v := range values {
			id := v
			if v != "" {
				if id, err = names.ID(d, v); err != nil {
					return nil, err
				}
			}
			if !slices.Contains(out[d], id) {
				out[d] = append(out[d], id)
			}
		}
		slices.Sort(out[d])
	}
	return out, nil
}

// firstWrong is the first spot with something wrong; ok is false if nothing is.
func (f *form) firstWrong() (s spot, ok bool) {
	for _, s := range f.order() {
		if f.wrong[s] != "" {
			return s, true
		}
	}
	return 0, false
}

// dirty reports whether the form says something else than it began with.
func (f *form) dirty() bool { return f.texts() != f.begun }

// add opens the form for a new budget, with an amount from last month.
func (p *Page) add() tea.Cmd {
	if why := p.cannot(); why != "" {
		return ui.Send(ui.Notice(why))
	}
	b := budget.Budget{Period: budget.Monthly, Currency: "USD", Zone: "UTC",
		Warn: []budget.Threshold{{Percent: 50_000}, {Percent: 80_000}, {Forecast: true, Percent: 100_000}}}
	if len(p.items) == 0 {
		b.Name = "all"
	}
	if amount, _, ok := p.suggestion(); ok {
		b.Amount = amount
	}
	return p.openForm(newForm(nil, b))
}

// edit opens the form for the selected budget.
func (p *Page) edit() tea.Cmd {
	it := p.selected()
	if it == nil {
		return nil
	}
	was := *it.Budget
	return p.openForm(newForm(&was, was))
}

func (p *Page) openForm(f *form) tea.Cmd {
	p.form = f
	return p.formChanged()
}

// leaveForm closes the form, and ends what it waits for.
func (p *Page) leaveForm() {
	if p.form.cancel != nil {
		p.form.cancel()
	}
	p.form = nil
}

// formChanged reads the fields again and asks for a preview if one is missing.
func (p *Page) formChanged() tea.Cmd {
	f := p.form
	f.failure, f.hint = "", ""
	f.touched = f.touched || f.dirty()
	var taken []string
	for i := range p.items {
		taken = append(taken, p.items[i].Budget.Name)
	}
	f.read(taken, p.snap.Names)
	f.unheard, f.advice = "", ""
	if a := p.opts.Actions; a != nil && len(f.now.Notify) > 0 {
		f.unheard, f.advice = parted(a.Reaches(p.snap, f.now.Notify))
	}
	cmd := p.ask()
	p.judge()
	return cmd
}

// save writes what the form says, if nothing is wrong with it.
func (p *Page) save() tea.Cmd {
	f := p.form
	if f.saving {
		return nil
	}
	f.tried = true
	if at, bad := f.firstWrong(); bad {
		f.at = at
		return nil
	}
	if f.was != nil && !f.dirty() {
		p.leaveForm()
		return ui.Send(ui.Notice("nothing was changed"))
	}
	f.saving = true
	b := f.now
	return p.change(change{was: f.was, now: &b}, f, false)
}

// trimAmount takes off what people write around an amount.
func trimAmount(text string) string {
	return strings.ReplaceAll(strings.TrimPrefix(strings.TrimSpace(text), "$"), ",", "")
}
