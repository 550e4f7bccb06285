package simulate

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokpit/internal/clean"
	"tokpit/scenario"
	"tokpit/tui/overlay"
	"tokpit/tui/ui"
)

// Form is a form in which a scenario leaves the page, the ending of its file.
type Form string

const (
	Markdown Form = "md" // a summary for people
	CSV      Form = "csv"
	JSON     Form = "json"
)

// encode writes the scenario as it is computed now, with every digit. It is to be
// called in Update; what it returns, in a command.
func (p *Page) encode(form Form) func() ([]byte, error) {
	s := scenario.Scenario{Name: p.name, Scope: p.scope, Span: p.result.Span, Levers: p.on()}
	actions, ctx, snap, result := p.opts.Actions, p.opts.Context, p.snap, p.result
	return func() ([]byte, error) { return actions.Encode(ctx, snap, s, result, form) }
}

// canExport reports whether there is a scenario that can leave the page.
func (p *Page) canExport() bool { return p.opts.Actions != nil && p.result != nil && p.broken == nil }

// chooseExport asks in which form the scenario is to leave.
func (p *Page) chooseExport() tea.Cmd {
	if !p.canExport() {
		return nil
	}
	var choices []overlay.Choice
	for _, form := range []Form{Markdown, CSV, JSON} {
		name, content := p.fileName(string(form)), p.encode(form)
		choices = append(choices, overlay.Choice{Name: strings.ToUpper(string(form)) + " file", Note: name, Msg: settle(func(p *Page) tea.Cmd { return p.export(name, content) })})
	}
	copyAs := func(name, note string, form Form, said string) overlay.Choice {
		content := p.encode(form)
		return overlay.Choice{Name: name, Note: note, Msg: settle(func(*Page) tea.Cmd { return copyOf(content, said) })}
	}
	choices = append(choices, copyAs("copy a summary", "Markdown, for a ticket", Markdown, "Copied the summary"),
		copyAs("copy as CSV", "models before and after", CSV, "Copied "+plural(int64(len(p.result.Models)), "model")),
		copyAs("copy as JSON", "levers and models, every digit", JSON, "Copied the scenario"))
	return open(overlay.NewPicker("Export the scenario", "every digit, before and after", choices))
}

func (p *Page) export(name string, content func() ([]byte, error)) tea.Cmd {
	actions, ctx := p.opts.Actions, p.opts.Context
	return func() tea.Msg {
		data, err := content()
		if err != nil {
			return here(exported{"", err})
		}
		path, err := actions.Export(ctx, name, data)
		return here(exported{path, err})
	}
}

func copyOf(content func() ([]byte, error), said string) tea.Cmd {
	return func() tea.Msg {
		data, err := content()
		if err != nil {
			return here(exported{"", err})
		}
		return here(copied{string(data), said})
	}
}

// Clips implements ui.Clipped: a summary, the difference that the levers make, and
// what was before and would be after, every digit.
func (p *Page) Clips() []ui.Clip {
	if !p.canExport() || p.view == trafficView {
		return nil
	}
	r := p.result
	out := []ui.Clip{{Name: "a summary", Note: "Markdown, for a ticket", Make: p.encode(Markdown)}}
	if !r.Known || len(r.Before.Costs) > 0 || len(r.After.Costs) > 0 {
		return out // no one figure says it
	}
	before, after := p.result.Before.Cost, p.result.After.Cost
	if p.sees().Cash {
		before, after = p.result.Before.Cash, p.result.After.Cash
	}
	return append(out, ui.Clip{Name: "after less before", Text: after.Sub(before).String()}, ui.Clip{Name: "before", Text: before.String()}, ui.Clip{Name: "after", Text: after.String()})
}

func (d *draft) fileName(ext string) string {
	name := d.name
	if name == "" {
		name = "scenario"
	}
	name = strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' {
			return c
		}
		return '-'
	}, strings.ToLower(clean.Text(name)))
	return "tokpit-" + name + "." + ext
}
