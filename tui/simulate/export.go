package simulate

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/report"
	"tokpit/scenario"
	"tokpit/tui/overlay"
	"tokpit/tui/ui"
)

// sheet is a scenario as it leaves the page: with every digit.
type sheet struct {
	name, scope string
	snap        *report.Snapshot
	result      *scenario.Result
	quality     string
	lens        ui.Lens
}

func (p *Page) sheet() *sheet {
	return &sheet{name: p.name, scope: p.scope.String(), snap: p.snap, result: p.result, quality: p.qualityNote(), lens: p.sees()}
}

// chooseExport asks in which form the scenario is to leave.
func (p *Page) chooseExport() tea.Cmd {
	if p.result == nil || p.broken != nil {
		return nil
	}
	s := p.sheet()
	var choices []overlay.Choice
	if p.opts.Actions != nil {
		file := func(ext string, content func() []byte) overlay.Choice {
			return overlay.Choice{Name: strings.ToUpper(ext) + " file", Note: s.fileName(ext), Msg: settle(func(p *Page) tea.Cmd { return p.export(s.fileName(ext), content) })}
		}
		choices = append(choices, file("md", s.markdown), file("csv", s.csv), file("json", s.json))
	}
	copyAs := func(name, note string, content func() []byte, said string) overlay.Choice {
		return overlay.Choice{Name: name, Note: note, Msg: settle(func(*Page) tea.Cmd { return func() tea.Msg { return here(copied{string(content()), said}) } })}
	}
	choices = append(choices, copyAs("copy a summary", "Markdown, for a ticket", s.markdown, "Copied the summary"),
		copyAs("copy as CSV", "models before and after", s.csv, "Copied "+plural(int64(len(s.result.Models)), "model")),
		copyAs("copy as JSON", "levers and models, every digit", s.json, "Copied the scenario"))
	return open(overlay.NewPicker("Export the scenario", "every digit, before and after", choices))
}

func (p *Page) export(name string, content func() []byte) tea.Cmd {
	actions, ctx := p.opts.Actions, p.opts.Context
	return func() tea.Msg {
		path, err := actions.Export(ctx, name, content())
		return here(exported{path, err})
	}
}

func (p *Page) copySummary() tea.Cmd {
	if p.result == nil || p.broken != nil {
		return nil
	}
	s := p.sheet()
	return func() tea.Msg { return here(copied{string(s.markdown()), "Copied a summary as Markdown"}) }
}

func (s *sheet) fileName(ext string) string {
	name := s.name
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

// line makes a text safe in a line of Markdown.
func line(s string) string {
	return strings.NewReplacer("|", `\|`, "`", "'", "<", "&lt;", "[", `\[`, "*", `\*`, "_", `\_`).Replace(ui.Text(s))
}

// markdown is a summary to paste into a ticket.
func (s *sheet) markdown() []byte {
	var b strings.Builder
	r := s.result
	name := s.name
	if name == "" {
		name = "Scenario"
	}
	span := amountsOf(r, s.lens)
	month := span.monthly(r)
	b.WriteString("## " + line(name) + "\n\n")
	about := "all usage"
	if s.scope != "" {
		about = line(s.scope)
	}
	b.WriteString(kindOf(s.snap, s.lens) + " of " + about + ", " + spanWords(calendarOf(s.snap), r.Span) + " (" + plural(r.Days, "day") + ").\n\n")
	if span.known {
		if !span.whole {
			b.WriteString("In part only: what could not be computed stays as it is.\n\n")
		}
		b.WriteString("**" + ui.Money(month.before, span.currency) + " → " + ui.Money(month.after, span.currency) + " a month: " + savedText(month.delta, span.currency) + "**")
		if span.ranged {
			b.WriteString(" (between " + rangeOf(month.low, month.high, span.currency) + ")")
		}
		if s.quality != "" {
			b.WriteString("; " + line(s.quality))
		}
		b.WriteString(".\n\n")
	} else {
		b.WriteString("**Not known**: something in it has no price.\n\n")
	}
	b.WriteString("| lever | value | a month |\n|---|---:|---:|\n")
	for i := range r.Levers {
		c := &r.Levers[i]
		delta, _, _ := deltaOf(c, s.lens)
		text := signed(r.PerMonth(delta), span.currency)
		if !c.Known {
			text += " (in part)"
		}
		b.WriteString("| " + line(label(&c.Lever)) + " | " + line(valueText(&c.Lever)) + " | " + text + " |\n")
	}
	b.WriteString("\n| model | before a month | after |\n|---|---:|---:|\n")
	for i := range r.Models {
		m := &r.Models[i]
		b.WriteString("| " + line(m.Model) + " | " + s.month(&m.Before, true) + " | " + s.month(&m.After, m.Known) + " |\n")
	}
	if len(r.Notes) > 0 {
		b.WriteByte('\n')
	}
	for _, n := range r.Notes {
		b.WriteString("- " + line(n.Text) + "\n")
	}
	b.WriteString("\nPrices " + line(s.snap.Prices) + ", " + s.snap.AsOf.UTC().Format("2006-01-02 15:04") + " UTC, tokpit.\n")
	return []byte(b.String())
}

func (s *sheet) month(sum *report.Sum, known bool) string {
	a, ok := s.lens.Of(sum)
	switch {
	case !known:
		return "unknown"
	case ok:
		return ui.Money(s.result.PerMonth(a), s.result.Before.Currency)
	case sum.Tokens.IsZero():
		return "–"
	}
	return ui.Unpriced
}

// guard keeps a spreadsheet from running what a name says.
func guard(s string) string {
	if s = clean.Text(s); s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// csv is the models before and after, over the whole span, with every digit.
func (s *sheet) csv() []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"provider", "model", "known", "cost_before", "cost_after", "cash_before", "cash_after", "currency", "tokens_before", "tokens_after"}) // a buffer takes everything
	row := func(provider, model string, known bool, before, after *report.Sum) {
		yes := "false"
		if known {
			yes = "true"
		}
		_ = w.Write([]string{guard(provider), guard(model), yes, exact(before.Cost, before.Priced), exact(after.Cost, after.Priced), exact(before.Cash, before.CashKnown), exact(after.Cash, after.CashKnown),
			s.result.Before.Currency, ui.Digits(before.Tokens.Total()), ui.Digits(after.Tokens.Total())})
	}
	for i := range s.result.Models {
		m := &s.result.Models[i]
		row(m.Provider, m.Model, m.Known, &m.Before, &m.After)
	}
	row("", "total", s.result.Known, &s.result.Before, &s.result.After)
	w.Flush()
	return b.Bytes()
}

func exact(a money.Amount, known bool) string {
	if !known {
		return ""
	}
	return a.String()
}

// json is the scenario with the names of fields that `tokpit simulate --json` has.
func (s *sheet) json() []byte {
	type amount = any
	value := func(a money.Amount, known bool) amount {
		if !known {
			return nil
		}
		return a.String()
	}
	r := s.result
	type side struct {
		Cost     amount `json:"cost"`
		Cash     amount `json:"cash"`
		Currency string `json:"currency"`
		Tokens   int64  `json:"tokens"`
	}
	sideOf := func(x *report.Sum) side {
		return side{value(x.Cost, x.Priced), value(x.Cash, x.CashKnown), r.Before.Currency, x.Tokens.Total()}
	}
	type leverDoc struct {
		Name  string `json:"name"`
		Delta amount `json:"delta"`
		Cash  amount `json:"cash_delta"`
		Known bool   `json:"known"` // false: some usage could not be computed, and stays as it is
	}
	type rowDoc struct {
		Provider string `json:"provider"`
		Model    string `json:"model"`
		Before   side   `json:"before"`
		After    side   `json:"after"`
	}
	levers, rows, notes := []leverDoc{}, []rowDoc{}, []string{}
	for i := range r.Levers {
		c := &r.Levers[i]
		levers = append(levers, leverDoc{c.Lever.String(), value(c.Cost, true), value(c.Cash, true), c.Known})
	}
	for i := range r.Models {
		m := &r.Models[i]
		rows = append(rows, rowDoc{clean.Text(m.Provider), clean.Text(m.Model), sideOf(&m.Before), sideOf(&m.After)})
	}
	for _, n := range r.Notes {
		notes = append(notes, clean.Text(n.Text))
	}
	out, _ := json.MarshalIndent(map[string]any{ // strings and numbers always encode
		"schema": "tokpit.scenario/1", "as_of": s.snap.AsOf.UTC().Format(time.RFC3339), "name": clean.Text(s.name), "scope": s.scope, "prices": s.snap.Prices,
		"since": r.Span.Since.UTC().Format(time.RFC3339), "until": r.Span.Until.UTC().Format(time.RFC3339), "days": r.Days, "quality": s.quality,
		"before": sideOf(&r.Before), "after": sideOf(&r.After), "delta": r.Delta().String(), "cash_delta": r.CashDelta().String(), "known": r.Known,
		"levers": levers, "rows": rows, "notes": notes}, "", "  ")
	return append(out, '\n')
}
