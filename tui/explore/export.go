package explore

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/overlay"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// field is one value of what is exported. Amounts and counts are exact; what is
// not known is null.
type field struct {
	name  string
	text  string
	kind  fieldKind
	known bool
}

type fieldKind uint8

const (
	textField fieldKind = iota
	numberField
	moneyField
)

func textOf(name, s string) field { return field{name, clean.Text(s), textField, true} }

func countOf(name string, n int64) field {
	return field{name, strconv.FormatInt(n, 10), numberField, n != usage.Absent}
}

func moneyOf(name string, a money.Amount, known bool) field {
	return field{name, a.String(), moneyField, known}
}

// sumFields are the figures of a sum.
func sumFields(s *report.Sum) []field {
	one := len(s.Costs) == 0
	return []field{
		countOf("requests", s.Requests), countOf("input_tokens", s.Tokens.Input), countOf("cache_read_tokens", s.Tokens.CacheRead),
		countOf("cache_write_5m_tokens", s.Tokens.CacheWrite5m), countOf("cache_write_1h_tokens", s.Tokens.CacheWrite1h),
		countOf("output_tokens", s.Tokens.Output), countOf("reasoning_tokens", s.Tokens.Reasoning), countOf("unpriced_tokens", s.UnpricedTokens),
		moneyOf("cost", s.Cost, s.Priced && one), moneyOf("cash", s.Cash, s.CashKnown && one),
		moneyOf("reported_cost", s.Reported, s.HasReported && one), {"currency", s.Currency, textField, one},
	}
}

// rowsOf is what is shown, row by row, with every digit.
func (r *reply) rowsOf() [][]field {
	var out [][]field
	switch {
	case r.shaped.records != nil:
		for i := range r.shaped.records.Len() {
			out = append(out, r.recordFields(r.shaped.records.At(i)))
		}
	case r.shaped.unused != nil:
		for i := range r.shaped.unused.Len() {
			u := r.shaped.unused.At(i)
			out = append(out, []field{textOf("kind", string(u.Entity.Kind)), textOf("id", u.Entity.ID), textOf("name", u.Name), textOf("project", u.Parent),
				timeOf("last_used", u.Last), timeOf("created", u.Entity.Created)})
		}
	default:
		for _, l := range r.shaped.lines {
			out = append(out, r.lineFields(l))
		}
	}
	return out
}

func timeOf(name string, t time.Time) field {
	if t.IsZero() {
		return field{name: name}
	}
	return textOf(name, t.UTC().Format(time.RFC3339))
}

func (r *reply) lineFields(l *line) []field {
	var out []field
	for i, d := range r.step.by {
		out = append(out, field{string(d), clean.Text(l.keys[i]), textField, l.keys[i] != ""})
		if !d.IsTime() && l.keys[i] != "" && l.names[i] != clean.Text(l.keys[i]) {
			out = append(out, textOf(string(d)+"_name", l.names[i]))
		} else if !d.IsTime() && r.named(i) {
			out = append(out, field{name: string(d) + "_name"})
		}
	}
	out = append(out, sumFields(l.sum)...)
	if l.billed != nil {
		out = append(out, moneyOf("billed", l.billed.Reported, l.billed.HasReported && len(l.billed.Costs) == 0))
	}
	if m := l.move; m != nil {
		out = append(out, moneyOf("cost_before", m.Before.Cost, m.Before.Priced), moneyOf("change", m.Change, m.Known),
			moneyOf("volume_effect", m.Volume, m.Known), moneyOf("mix_effect", m.Mix, m.Known), moneyOf("price_effect", m.Price, m.Known),
			moneyOf("cash_before", m.Before.Cash, m.Before.CashKnown && len(m.Before.Costs) == 0), moneyOf("cash_change", m.Cash.Change, m.Cash.Known),
			moneyOf("cash_volume_effect", m.Cash.Volume, m.Cash.Known), moneyOf("cash_mix_effect", m.Cash.Mix, m.Cash.Known),
			moneyOf("cash_price_effect", m.Cash.Price, m.Cash.Known), moneyOf("fees_effect", m.Cash.Fees, m.Cash.Known))
	}
	if r.step.pivot != "" && l.at >= 0 {
		if l.at < len(r.answer.Apart.Column) {
			fees := &r.answer.Apart.Column[l.at]
			out = append(out, moneyOf("plan_fees", fees.Cash, fees.CashKnown && len(fees.Costs) == 0))
		}
		for i, c := range r.answer.Columns {
			a, ok := r.shaped.lens.Of(&r.answer.Cells[l.at][i])
			out = append(out, moneyOf(clean.Text(string(r.step.pivot)+"="+c), a, ok && len(r.answer.Cells[l.at][i].Costs) == 0))
		}
	}
	return out
}

// named reports whether any value of a dimension has a name besides its id, so
// that all rows have the same fields.
func (r *reply) named(dim int) bool {
	for _, l := range r.shaped.lines {
		if l.keys[dim] != "" && l.names[dim] != clean.Text(l.keys[dim]) {
			return true
		}
	}
	return false
}

func (r *reply) recordFields(t *report.Trace) []field {
	x := &t.Record
	out := []field{timeOf("start", x.Start), timeOf("end", x.End), textOf("connection", t.Connection), textOf("basis", x.Basis.String()),
		textOf("id", x.ID), textOf("slice", x.Slice)}
	for _, d := range []usage.Dimension{usage.ByProvider, usage.ByAccount, usage.ByProject, usage.ByKey, usage.ByUser, usage.ByAgent, usage.BySession,
		usage.ByMachine, usage.ByModel, usage.ByTier, usage.ByRegion} {
		v := d.Of(&x.Dims)
		out = append(out, field{string(d), clean.Text(v), textField, v != ""})
	}
	out = append(out, field{"priced_as", clean.Text(t.PricedAs), textField, t.PricedAs != ""}, field{"counts", strconv.FormatBool(t.Counts), numberField, true},
		field{"planned", strconv.FormatBool(t.Planned), numberField, true})
	return append(out, sumFields(&t.Total)...)
}

// headOf is the names of all fields, in order: rows may lack some.
func headOf(rows [][]field) []string {
	var out []string
	seen := make(map[string]bool)
	for _, row := range rows {
		for _, f := range row {
			if !seen[f.name] {
				seen[f.name] = true
				out = append(out, f.name)
			}
		}
	}
	return out
}

// guard keeps a spreadsheet from running what a name says.
func guard(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// asCSV writes rows for a spreadsheet.
func asCSV(rows [][]field, comma rune) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma = comma
	head := headOf(rows)
	safe := make([]string, len(head))
	for i, name := range head {
		safe[i] = guard(name)
	}
	_ = w.Write(safe) // a buffer takes everything
	for _, row := range rows {
		cells := make([]string, len(head))
		at := 0
		for _, f := range row {
			for head[at%len(head)] != f.name {
				at++
			}
			switch {
			case !f.known:
			case f.kind == textField:
				cells[at%len(head)] = guard(f.text)
			default:
				cells[at%len(head)] = f.text
			}
		}
		_ = w.Write(cells)
	}
	w.Flush()
	return b.Bytes()
}

// asJSON writes rows as one document, a row to a line. Amounts are decimals in
// strings.
func (r *reply) asJSON() []byte {
	var b bytes.Buffer
	quote := func(s string) string {
		out, _ := json.Marshal(s) // a string always encodes
		return string(out)
	}
	since, until := "null", "null"
	if !r.span.Since.IsZero() {
		since = quote(r.span.Since.UTC().Format(time.RFC3339))
	}
	if !r.span.Until.IsZero() {
		until = quote(r.span.Until.UTC().Format(time.RFC3339))
	}
	b.WriteString(`{"schema":"tokpit.explore/1","as_of":` + quote(r.snap.AsOf.UTC().Format(time.RFC3339)) + `,"since":` + since + `,"until":` + until +
		`,"tz":` + quote(zoneOf(r.snap).String()) + `,"prices":` + quote(r.snap.Prices))
	b.WriteString(`,"filter":{`)
	for i, d := range sortedDims(r.step.filter()) {
		if i > 0 {
			b.WriteByte(',')
		}
		values, _ := json.Marshal(r.step.filter()[d])
		b.WriteString(quote(string(d)) + ":" + string(values))
	}
	b.WriteByte('}')
	object := func(row []field) {
		b.WriteByte('{')
		for j, f := range row {
			if j > 0 {
				b.WriteByte(',')
			}
			b.WriteString(quote(f.name) + ":")
			switch {
			case !f.known:
				b.WriteString("null")
			case f.kind == numberField:
				b.WriteString(f.text)
			default:
				b.WriteString(quote(f.text))
			}
		}
		b.WriteByte('}')
	}
	if r.answer != nil {
		b.WriteString(`,"total":`)
		object(append(sumFields(&r.answer.Total), moneyOf("plan_fees", r.answer.Total.PlanFee, len(r.answer.Total.Costs) == 0)))
	}
	b.WriteString(`,"rows":[`)
	for i, row := range r.rowsOf() {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
		object(row)
	}
	b.WriteString("\n]}\n")
	return b.Bytes()
}

// fileName names an export by what is in it.
func (r *reply) fileName(format string) string {
	what := "records"
	switch r.step.view {
	case unusedView:
		what = "unused"
	case usageView, sessionsView:
		what = strings.ReplaceAll(byText(r.step.by), ", ", "-")
		if r.step.pivot != "" {
			what += "-over-" + dimName(r.step.pivot)
		}
	}
	name := "tokpit-" + strings.ToLower(what)
	if !r.span.Since.IsZero() {
		name += "-" + r.span.Since.In(zoneOf(r.snap)).Format("2006-01-02")
	}
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' {
			return c
		}
		return '-'
	}, name) + "." + format
}

// chooseExport asks in which form what is shown is to leave.
func (p *Page) chooseExport() tea.Cmd {
	if !p.current() {
		return nil
	}
	r := p.reply
	save := func(format string) tea.Msg {
		return settle(func(p *Page) tea.Cmd { return p.export(r, format) })
	}
	copyAs := func(comma rune) tea.Msg {
		return settle(func(p *Page) tea.Cmd { return p.copyRows(r, comma) })
	}
	return open(overlay.NewPicker("Export what is shown", "every digit, in the order of the rows", []overlay.Choice{
		{Name: "CSV file", Note: r.fileName("csv"), Msg: save("csv")},
		{Name: "JSON file", Note: r.fileName("json"), Msg: save("json")},
		{Name: "copy for a spreadsheet", Note: "tabs between columns", Msg: copyAs('\t')},
		{Name: "copy as CSV", Note: "commas between columns", Msg: copyAs(',')},
	}))
}

// export writes a file; what is written is made in the command too.
func (p *Page) export(r *reply, format string) tea.Cmd {
	actions, ctx := p.opts.Actions, p.context()
	if actions == nil {
		return nil
	}
	return func() tea.Msg {
		var content []byte
		if format == "json" {
			content = r.asJSON()
		} else {
			content = asCSV(r.rowsOf(), ',')
		}
		path, err := actions.Export(ctx, r.fileName(format), content)
		return send(exported{path, err})
	}
}

func (p *Page) applyExport(msg exported) tea.Cmd {
	if msg.err != nil {
		return ui.Send(ui.Notice("! nothing was exported: " + ui.Text(msg.err.Error())))
	}
	return ui.Send(ui.Notice("Exported to " + ui.Text(msg.path)))
}

// copied is a clipboard's content with the words that say so.
type copied struct{ content, notice string }

func (p *Page) copyRows(r *reply, comma rune) tea.Cmd {
	return func() tea.Msg {
		rows := r.rowsOf()
		return send(copied{string(asCSV(rows, comma)), "Copied " + plural(int64(len(rows)), "row")})
	}
}

func (p *Page) copyTable() tea.Cmd {
	if !p.current() {
		return nil
	}
	return p.copyRows(p.reply, '\t')
}

// copyCell copies the row under the cursor, or the cell of a pivot.
func (p *Page) copyCell() tea.Cmd {
	if !p.current() {
		return nil
	}
	r := p.reply
	if t := p.record(); t != nil {
		return clip(t.Record.ID, "Copied the record's id: "+t.Record.ID)
	}
	if u := r.shaped.unused; u != nil && p.table.Cursor() < u.Len() {
		id := u.At(p.table.Cursor()).Entity.ID
		return clip(id, "Copied the id: "+id)
	}
	l := p.selected()
	if l == nil {
		return nil
	}
	if s := p.step(); r.step.pivot != "" && s.column > 0 && l.at >= 0 && s.column <= len(r.answer.Columns) {
		if a, ok := r.shaped.lens.Of(&r.answer.Cells[l.at][s.column-1]); ok {
			return clip(a.String(), "Copied: "+a.String())
		}
		return nil
	}
	var parts []string
	for _, f := range r.lineFields(l) {
		if f.known {
			parts = append(parts, f.name+" "+f.text)
		}
	}
	text := strings.Join(parts, ", ")
	return clip(text, "Copied: "+text)
}

func clip(content, notice string) tea.Cmd {
	content = clean.Text(content)
	return tea.Batch(tea.SetClipboard(content), ui.Send(ui.Notice(ui.Text(notice))))
}
