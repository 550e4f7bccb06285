package simulate

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/money"
	"tokpit/scenario"
	"tokpit/tui/overlay"
	"tokpit/tui/period"
	"tokpit/tui/ui"
)

// save keeps the scenario under its name, or asks for one.
func (p *Page) save() tea.Cmd {
	if p.name == "" {
		return p.saveAs()
	}
	return p.keep(p.name)
}

// saveAs asks for a name.
func (p *Page) saveAs() tea.Cmd {
	if !p.canSave() {
		return nil
	}
	words := []string{"Levers, scope, span, and what it promises now. A name that is taken", "is replaced; o lists what is saved."}
	return open(overlay.NewPrompt("Save the scenario as", p.name, "mini-for-support", words, func(s string) (tea.Msg, error) {
		s = strings.TrimSpace(s)
		if err := scenario.CheckName(s); err != nil {
			return nil, err
		}
		return settle(func(p *Page) tea.Cmd { return p.keep(s) }), nil
	}))
}

func (p *Page) canSave() bool {
	return p.opts.Actions != nil && p.result != nil && p.broken == nil && len(p.on()) > 0
}

// keep writes the scenario as it is computed now.
func (p *Page) keep(name string) tea.Cmd {
	if !p.canSave() {
		return nil
	}
	s := scenario.Keep(scenario.Scenario{Name: name, Scope: p.scope, Levers: p.on()}, p.result, period.Zone(p.snap).String(), p.snap.Prices, p.snap.AsOf)
	if p.saved != nil && p.saved.Name == name {
		s.Adopted, s.Note = p.saved.Adopted, p.saved.Note
	}
	return p.write(s, "Saved "+ui.Text(name))
}

// write keeps a scenario, and takes it over once it is kept.
func (p *Page) write(s scenario.Saved, said string) tea.Cmd {
	actions, ctx, snap, text := p.opts.Actions, p.opts.Context, p.snap, p.text()
	return func() tea.Msg {
		if err := actions.Save(ctx, snap, s); err != nil {
			return settle(func(*Page) tea.Cmd { return trouble("not saved: ", err) })
		}
		return settle(func(p *Page) tea.Cmd {
			p.name, p.note, p.saved, p.kept = s.Name, s.Note, &s, text
			return tea.Batch(p.tellUnsaved(), notice(said))
		})
	}
}

// chooseSaved lists what is saved.
func (p *Page) chooseSaved() tea.Cmd {
	return p.withSaved(func(p *Page, all []scenario.Saved) tea.Cmd {
		if len(all) == 0 {
			return notice("Nothing is saved yet: s saves the levers of this page")
		}
		lens := p.sees()
		choices := make([]overlay.Choice, len(all))
		for i := range all {
			s := all[i]
			choices[i] = overlay.Choice{Name: s.Name, Note: promise(&s, lens) + ", " + s.SavedAt.In(period.Zone(p.snap)).Format("2 Jan 06"), Msg: settle(func(p *Page) tea.Cmd { return p.chooseAct(s) })}
		}
		return open(overlay.NewPicker("Saved scenarios", "letters of a name", choices))
	})
}

// promise is what a saved scenario promised for a month.
func promise(s *scenario.Saved, lens ui.Lens) string {
	if !s.Planned.Known {
		return "not known"
	}
	d := s.Planned.Delta()
	if lens.Cash {
		d = s.Planned.CashDelta()
	}
	return signed(perMonth(d, s.Planned.Days), s.Planned.Currency) + " a month"
}

// perMonth is an amount of so many days at the same pace over 365/12 days.
func perMonth(a money.Amount, days int64) money.Amount {
	return money.NewRate(a).Scale(365, 12*max(days, 1)).Amount()
}

// withSaved reads what is saved, and goes on with it.
func (p *Page) withSaved(then func(p *Page, all []scenario.Saved) tea.Cmd) tea.Cmd {
	actions, ctx, snap := p.opts.Actions, p.opts.Context, p.snap
	if actions == nil {
		return nil
	}
	return func() tea.Msg {
		all, err := actions.Scenarios(ctx, snap)
		return settle(func(p *Page) tea.Cmd {
			if err != nil {
				return trouble("saved scenarios: ", err)
			}
			return then(p, all)
		})
	}
}

// chooseAct asks what is to be done with a saved scenario.
func (p *Page) chooseAct(s scenario.Saved) tea.Cmd {
	load := overlay.Choice{Name: "Use it here", Note: "its levers, scope and days", Msg: settle(func(p *Page) tea.Cmd { return p.load(s) })}
	if p.dirty() {
		load.Note = "! drops " + plural(int64(len(p.levers)), "lever") + " that are not saved"
	}
	return open(overlay.NewPicker(s.Name, "enter takes what is marked", []overlay.Choice{
		load,
		{Name: "Compare it with this one", Note: "side by side", Msg: settle(func(p *Page) tea.Cmd { return p.addBeside(s) })},
		{Name: "Check it against what happened", Note: "planned and actual", Msg: settle(func(p *Page) tea.Cmd { return p.outcome(s) })},
		{Name: "Forget it", Note: "u takes that back", Msg: settle(func(p *Page) tea.Cmd { return p.forget(s) })},
	}))
}

// load takes a saved scenario over.
func (p *Page) load(s scenario.Saved) tea.Cmd {
	p.draft = draft{name: s.Name, note: s.Note, scope: s.Scope, saved: &s, period: periodOf(s, period.Zone(p.snap))}
	for _, l := range s.Levers {
		p.levers = append(p.levers, lever{Lever: l, first: l})
	}
	p.kept = p.text()
	p.cursor, p.onLevers, p.view = 0, len(p.levers) > 0, modelsView
	p.result, p.ranking = nil, nil
	p.fill()
	return tea.Batch(p.prepare(), p.tellUnsaved(), p.hold())
}

// periodOf writes the span of a saved scenario as a period. Its end is not
// included.
func periodOf(s scenario.Saved, zone *time.Location) string {
	write := func(t time.Time) string {
		if l := t.In(zone); l.Equal(time.Date(l.Year(), l.Month(), l.Day(), 0, 0, 0, 0, zone)) {
			return l.Format(time.DateOnly)
		}
		return t.UTC().Format(time.RFC3339)
	}
	if s.Span.Since.IsZero() {
		return period.All
	}
	if s.Span.Until.IsZero() {
		return write(s.Span.Since)
	}
	return write(s.Span.Since) + ".." + write(s.Span.Until)
}

func (p *Page) forget(s scenario.Saved) tea.Cmd {
	name := s.Name
	actions, ctx, snap := p.opts.Actions, p.opts.Context, p.snap
	return func() tea.Msg {
		err := actions.Forget(ctx, snap, name)
		return settle(func(p *Page) tea.Cmd {
			if err != nil {
				return trouble("not forgotten: ", err)
			}
			if p.name == name {
				p.name, p.saved, p.kept = "", nil, ""
			}
			return tea.Batch(p.tellUnsaved(), notice("Forgot "+ui.Text(name)+"; u takes that back"), undoable("the scenario "+name+" was forgotten", func(p *Page) tea.Cmd { return p.bringBack(s) }))
		})
	}
}

// check compares the loaded scenario with what happened.
func (p *Page) check() tea.Cmd {
	if p.saved == nil {
		return p.chooseSaved()
	}
	return p.outcome(*p.saved)
}

// outcome asks since when a scenario is in use, if nobody has said so yet, and
// compares.
func (p *Page) outcome(s scenario.Saved) tea.Cmd {
	if !s.Adopted.IsZero() {
		return p.compareOutcome(s)
	}
	zone := period.Zone(p.snap)
	words := []string{"The day on which the change was made for real: what was used since", "then is held against what the scenario promised."}
	return open(overlay.NewPrompt("In use since", s.SavedAt.In(zone).Format(time.DateOnly), "2026-11-01", words, func(text string) (tea.Msg, error) {
		t, err := day(text, zone)
		if err != nil {
			return nil, fmt.Errorf("%.20q is no day such as 2026-11-01", text)
		}
		s.Adopted = t
		return settle(func(p *Page) tea.Cmd { return p.adopt(s) }), nil
	}))
}

// adopt notes since when a scenario is in use, and compares.
func (p *Page) adopt(s scenario.Saved) tea.Cmd {
	actions, ctx, snap := p.opts.Actions, p.opts.Context, p.snap
	return func() tea.Msg {
		if err := actions.Save(ctx, snap, s); err != nil {
			return settle(func(*Page) tea.Cmd { return trouble("not noted: ", err) })
		}
		return settle(func(p *Page) tea.Cmd {
			if p.saved != nil && p.saved.Name == s.Name {
				p.saved = &s
			}
			return p.compareOutcome(s)
		})
	}
}

func (p *Page) compareOutcome(s scenario.Saved) tea.Cmd {
	actions, ctx, snap := p.opts.Actions, p.opts.Context, p.snap
	return func() tea.Msg {
		o, err := actions.Outcome(ctx, snap, &s)
		return settle(func(p *Page) tea.Cmd {
			if err != nil {
				return trouble("", err)
			}
			return open(overlay.NewDetail(s.Name+": planned and actual", outcomeRows(p, &s, o)))
		})
	}
}

// outcomeRows says what was promised and what came of it.
func outcomeRows(p *Page, s *scenario.Saved, o *scenario.Outcome) []overlay.Row {
	c := period.Calendar(p.snap)
	actual, planned := o.Effect(), o.Planned
	lens := p.sees()
	kind := "API-equivalent"
	if lens.Cash {
		actual, planned, kind = o.CashEffect(), o.CashPlanned, "cash"
	}
	rows := []overlay.Row{
		{Label: "planned", Value: signed(planned, o.Currency), Note: "at the volume that came, " + kind},
		{Label: "actual", Value: signed(actual, o.Currency), Note: "against what it would have cost", Ink: inkOf(p.styles, actual)},
	}
	if o.PlannedRanged && !lens.Cash {
		rows = append(rows, overlay.Row{Label: "planned range", Value: rangeOf(o.PlannedLow, o.PlannedHigh, o.Currency)})
	}
	rows = append(rows, overlay.Row{}, overlay.Row{Label: "computed on", Value: period.Words(c, o.Then)}, overlay.Row{Label: "compared", Value: period.Words(c, o.Since)},
		overlay.Row{Label: "would have cost", Value: ui.Money(pick(lens.Cash, o.CashUnchanged, o.Unchanged), o.Currency)},
		overlay.Row{Label: "did cost", Value: ui.Money(pick(lens.Cash, o.CashActual, o.Actual), o.Currency)},
		overlay.Row{Label: "new since then", Value: ui.Money(o.New, o.Currency), Note: "has no before"}, overlay.Row{})
	for _, n := range o.Notes {
		rows = append(rows, overlay.Row{Note: ui.Text(n.Text), Wrap: true})
	}
	return rows
}

func pick(cash bool, a, b money.Amount) money.Amount {
	if cash {
		return a
	}
	return b
}
