package estimate

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokpit/report"
	"tokpit/tui/overlay"
	"tokpit/tui/ui"
)

// details opens all that is known of the chosen model.
func (p *Page) details() tea.Cmd {
	e := p.current()
	if e == nil {
		return nil
	}
	return ui.Send(overlay.Open{Modal: overlay.NewDetail(e.Model, p.detailRows(e))})
}

// detailRows lists every figure of a model with its range and its method.
func (p *Page) detailRows(e *report.Estimated) []overlay.Row {
	st := p.styles
	var out []overlay.Row
	add := func(label, value, note string) {
		out = append(out, overlay.Row{Label: label, Value: value, Note: note})
	}
	cost := func(label string, c report.OptionalCost, note string) {
		if !c.Known || !e.Priced {
			return
		}
		if !c.Exact() {
			note = strings.TrimSuffix(betweenText(c.CostRange, e.Currency)+", "+note, ", ")
		}
		add(label, costText(c.CostRange, e.Currency), note)
	}
	add("tokens", tokensText(e), rangeText(e))
	add("answer", ui.Count(e.Output), e.OutputBasis)
	if !e.Priced {
		out = append(out, overlay.Row{Label: "per call", Value: ui.Unpriced, Ink: st.Warn})
	}
	always := func(c report.CostRange) report.OptionalCost { return report.OptionalCost{CostRange: c, Known: true} }
	cost("input", always(e.Input), "")
	cost("output", always(e.OutputCost), "")
	cost("per call", always(e.Total), "")
	cost("cached", e.Cached, "input from the cache")
	cost("cache fill", e.CacheFill, "the call that fills it")
	cost("batch", e.Batch, "")
	cost("per day", e.PerDay, p.ask.callsText())
	cost("per month", e.PerMonth, "365/12 days")
	cost("against", e.Difference, ui.Text(p.ask.baseline.Model))
	out = append(out, overlay.Row{})
	fit, ink := fitText(st, e)
	out = append(out, overlay.Row{Label: "context", Value: fit, Ink: ink, Note: known(e.Window > 0, "of "+ui.Count(e.Window)+" tokens")})
	if e.MaxOutput > 0 {
		add("longest answer", ui.Count(e.MaxOutput), "tokens")
	}
	if e.Requests > 0 {
		add("yours", ui.Count(e.Requests), "requests known")
	}
	if !e.Shutdown.IsZero() {
		text, ink := endsText(st, e)
		out = append(out, overlay.Row{Label: "ends", Value: text, Ink: ink})
	}
	if !e.Changes.IsZero() {
		add("price changes", e.Changes.Format("2 Jan 2006"), "")
	}
	out = append(out, overlay.Row{}, overlay.Row{Wrap: true, Note: "Tokens: " + methodText(e) + "."})
	for _, l := range footLines(e)[1:] {
		if l.warn {
			out = append(out, overlay.Row{Wrap: true, Note: l.text + "."})
		}
	}
	if e.Cached.Known && e.Priced && e.Tokens.Point < shortestCached {
		out = append(out, overlay.Row{Wrap: true, Note: "Providers keep no prompts under about 1,024 tokens in their caches."})
	}
	return out
}

// shortestCached is about how long a prompt must be for a provider's cache, in
// tokens.
const shortestCached = 1024

// Clips implements ui.Clipped: the figures of the chosen model, never any of the
// text.
func (p *Page) Clips() []ui.Clip {
	e := p.current()
	if e == nil || p.empty() {
		return nil
	}
	_, all := p.figures()
	parts := []string{e.Provider + "/" + e.Model}
	var out []ui.Clip
	for _, f := range all {
		parts = append(parts, f.value+" "+f.label+" ("+f.note+")")
		out = append(out, ui.Clip{Name: f.label, Text: f.value})
	}
	return append(p.pinnedClips(), append([]ui.Clip{{Name: "all figures", Text: strings.Join(parts, ", ")}}, out...)...)
}

// pinnedClips are the pinned models as a table, in the forms that people paste.
func (p *Page) pinnedClips() (out []ui.Clip) {
	if len(p.rows.pins) == 0 {
		return nil
	}
	snap, rows, order := p.snap, p.rows.rows, slices.Clone(p.rows.pins)
	for _, f := range ui.SheetForms() {
		if f.Ending != "md" && f.Ending != "csv" {
			continue
		}
		out = append(out, ui.Clip{Name: ui.Count(int64(len(order))) + " pinned as " + f.Title, Note: "compared with the first",
			Make: func() ([]byte, error) {
				sheet := newSheet(snap, rows, order)
				if f.Ending == "md" {
					sheet = brief(sheet)
				}
				return sheet.Encode(f, -1)
			}})
	}
	slices.Reverse(out) // Markdown first
	return out
}
