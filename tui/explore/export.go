package explore

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"tokpit/internal/clean"
	"tokpit/money"
	"tokpit/report"
	"tokpit/report/export"
	"tokpit/tui/period"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// Sheet implements ui.Page.
func (p *Page) Sheet() func() *ui.Sheet {
	if !p.current() || p.typing {
		return nil
	}
	r, marked := p.reply, p.marked()
	if len(marked) > 0 {
		return r.markedSheet(marked)
	}
	var traces []*report.Trace // lists may be ordered anew in the meantime
	var unused []*report.Unused
	switch {
	case r.shaped.records != nil:
		traces = rowsOf[report.Trace](r.shaped.records)
	case r.shaped.unused != nil:
		unused = rowsOf[report.Unused](r.shaped.unused)
	}
	return func() *ui.Sheet {
		t := &ui.Sheet{Title: r.title(), Name: ui.SheetName(r.fileName())}
		switch {
		case r.shaped.records != nil:
			recordSheet(t, traces)
		case r.shaped.unused != nil:
			unusedSheet(t, unused)
		default:
			r.lineSheet(t, r.shaped.lines)
		}
		t.Head = r.head()
		return t
	}
}

// markedSheet is the sheet of marked rows. Its head has no total, which would be
// that of all rows.
func (r *reply) markedSheet(marked []*line) func() *ui.Sheet {
	return func() *ui.Sheet {
		t := &ui.Sheet{Title: r.title() + ", " + plural(int64(len(marked)), "marked row"), Name: ui.SheetName(r.fileName() + "-marked")}
		r.lineSheet(t, marked)
		head := r.head()
		head.Total = nil
		t.Head = head
		return t
	}
}

// markedClips are the sum of marked rows, and the rows.
func (p *Page) markedClips(marked []*line) (out []ui.Clip) {
	what := plural(int64(len(marked)), "marked row")
	if sum := tally(marked, p.reply.shaped.lens); sum.known {
		out = append(out, ui.Clip{Name: "the sum of " + what, Text: sum.amount.String()})
	}
	sheet := p.reply.markedSheet(marked)
	return append(out, ui.Clip{Name: what, Note: "with tabs between columns", Make: func() ([]byte, error) { return sheet().Encode(ui.Tabbed(), -1) }})
}

// amountCell is a cell of an amount that may not be known.
func amountCell(a money.Amount, known bool) export.Cell {
	if !known {
		return export.Cell{}
	}
	return export.AmountCell(a)
}

func textColumn(name string) export.Column { return export.Column{Name: name, Kind: export.Text} }
func timeColumn(name string) export.Column { return export.Column{Name: name, Kind: export.Time} }
func amountColumn(name string) export.Column {
	return export.Column{Name: name, Kind: export.Amount, Sum: true}
}

// aspects are the figures that lines may have besides their sums.
type aspects struct {
	named        []bool // by dimension: some value has a name besides its id
	billed, move bool
}

func (r *reply) aspects() aspects {
	a := aspects{named: make([]bool, len(r.step.by))}
	for _, l := range r.shaped.lines {
		a.billed, a.move = a.billed || l.billed != nil, a.move || l.move != nil
		for i, d := range r.step.by {
			a.named[i] = a.named[i] || !d.IsTime() && l.keys[i] != "" && l.names[i] != clean.Text(l.keys[i])
		}
	}
	return a
}

// lineSheet fills a sheet with lines, in their order.
func (r *reply) lineSheet(t *ui.Sheet, lines []*line) {
	has := r.aspects()
	for i, d := range r.step.by {
		column := textColumn(string(d))
		if d.IsTime() {
			column.Kind = export.Date
		}
		if t.Columns = append(t.Columns, column); has.named[i] {
			t.Columns = append(t.Columns, textColumn(string(d)+"_name"))
		}
	}
	t.Columns = append(t.Columns, ui.SumColumns()...)
	if has.billed {
		t.Columns = append(t.Columns, amountColumn("billed"))
	}
	if has.move {
		for _, name := range []string{"cost_before", "change", "volume_effect", "mix_effect", "price_effect",
			"cash_before", "cash_change", "cash_volume_effect", "cash_mix_effect", "cash_price_effect", "fees_effect"} {
			t.Columns = append(t.Columns, amountColumn(name))
		}
	}
	if r.step.pivot != "" {
		t.Columns = append(t.Columns, amountColumn("plan_fees"))
		for _, c := range r.answer.Columns {
			t.Columns = append(t.Columns, amountColumn(clean.Text(string(r.step.pivot)+"="+c)))
		}
	}
	for _, l := range lines {
		var keys []export.Cell
		for i := range r.step.by {
			if keys = append(keys, ui.TextCell(l.keys[i])); has.named[i] {
				name := export.Cell{}
				if l.keys[i] != "" && l.names[i] != clean.Text(l.keys[i]) {
					name = ui.TextCell(l.names[i])
				}
				keys = append(keys, name)
			}
		}
		t.AddSum(keys, l.sum, r.more(l, has)...)
	}
}

// more is the cells of a line after its sum.
func (r *reply) more(l *line, has aspects) []export.Cell {
	var out []export.Cell
	if has.billed {
		cell := export.Cell{}
		if l.billed != nil {
			cell = amountCell(l.billed.Reported, l.billed.HasReported && len(l.billed.Costs) == 0)
		}
		out = append(out, cell)
	}
	if m := l.move; m != nil {
		out = append(out, amountCell(m.Before.Cost, m.Before.Priced), amountCell(m.Change, m.Known),
			amountCell(m.Volume, m.Known), amountCell(m.Mix, m.Known), amountCell(m.Price, m.Known),
			amountCell(m.Before.Cash, m.Before.CashKnown && len(m.Before.Costs) == 0), amountCell(m.Cash.Change, m.Cash.Known),
			amountCell(m.Cash.Volume, m.Cash.Known), amountCell(m.Cash.Mix, m.Cash.Known),
			amountCell(m.Cash.Price, m.Cash.Known), amountCell(m.Cash.Fees, m.Cash.Known))
	} else if has.move {
		out = append(out, make([]export.Cell, 11)...)
	}
	if r.step.pivot == "" {
		return out
	}
	if l.at < 0 {
		return append(out, make([]export.Cell, len(r.answer.Columns)+1)...)
	}
	fees := export.Cell{}
	if l.at < len(r.answer.Apart.Column) {
		f := &r.answer.Apart.Column[l.at]
		fees = amountCell(f.Cash, f.CashKnown && len(f.Costs) == 0)
	}
	out = append(out, fees)
	for i := range r.answer.Columns {
		a, ok := r.shaped.lens.Of(&r.answer.Cells[l.at][i])
		out = append(out, amountCell(a, ok && len(r.answer.Cells[l.at][i].Costs) == 0))
	}
	return out
}

// rowsOf copies the rows of a list, in their order.
func rowsOf[T any](list interface {
	Len() int
	At(int) *T
}) []*T {
	out := make([]*T, list.Len())
	for i := range out {
		out[i] = list.At(i)
	}
	return out
}

func recordDimensions() []usage.Dimension {
	return []usage.Dimension{usage.ByProvider, usage.ByAccount, usage.ByProject, usage.ByKey, usage.ByUser, usage.ByAgent, usage.BySession,
		usage.ByMachine, usage.ByModel, usage.ByTier, usage.ByRegion}
}

func recordSheet(t *ui.Sheet, traces []*report.Trace) {
	t.Columns = []export.Column{timeColumn("start"), timeColumn("end"), textColumn("connection"), textColumn("basis"), textColumn("id"), textColumn("slice")}
	for _, d := range recordDimensions() {
		t.Columns = append(t.Columns, textColumn(string(d)))
	}
	t.Columns = append(t.Columns, textColumn("priced_as"), export.Column{Name: "counts", Kind: export.Flag}, export.Column{Name: "planned", Kind: export.Flag})
	t.Columns = append(t.Columns, ui.SumColumns()...)
	for _, trace := range traces {
		x := &trace.Record
		keys := []export.Cell{export.TimeCell(x.Start), export.TimeCell(x.End), ui.TextCell(trace.Connection), ui.TextCell(x.Basis.String()), ui.TextCell(x.ID), ui.TextCell(x.Slice)}
		for _, d := range recordDimensions() {
			keys = append(keys, ui.TextCell(d.Of(&x.Dims)))
		}
		t.AddSum(append(keys, ui.TextCell(trace.PricedAs), export.FlagCell(trace.Counts), export.FlagCell(trace.Planned)), &trace.Total)
	}
}

func unusedSheet(t *ui.Sheet, unused []*report.Unused) {
	t.Columns = []export.Column{textColumn("kind"), textColumn("id"), textColumn("name"), textColumn("project"), timeColumn("last_used"), timeColumn("created")}
	for _, u := range unused {
		t.Rows = append(t.Rows, []export.Cell{ui.TextCell(string(u.Entity.Kind)), ui.TextCell(u.Entity.ID), ui.TextCell(u.Name), ui.TextCell(u.Parent),
			export.TimeCell(u.Last), export.TimeCell(u.Entity.Created)})
	}
}

// sheetHead is what a JSON document says of its rows.
type sheetHead struct {
	Schema string                       `json:"schema"`
	AsOf   string                       `json:"as_of"`
	Since  *string                      `json:"since"`
	Until  *string                      `json:"until"`
	Zone   string                       `json:"tz"`
	Prices string                       `json:"prices"`
	Filter map[usage.Dimension][]string `json:"filter"`
	Total  json.RawMessage              `json:"total,omitempty"`
}

func (r *reply) head() sheetHead {
	at := func(t time.Time) *string {
		if t.IsZero() {
			return nil
		}
		s := t.UTC().Format(time.RFC3339)
		return &s
	}
	h := sheetHead{"tokpit.explore/1", r.snap.AsOf.UTC().Format(time.RFC3339), at(r.span.Since), at(r.span.Until), period.Zone(r.snap).String(), r.snap.Prices,
		make(map[usage.Dimension][]string), nil}
	for d, values := range r.step.filter(r.base) {
		for _, v := range values {
			h.Filter[d] = append(h.Filter[d], clean.Text(v))
		}
	}
	if r.answer != nil {
		total := ui.Sheet{Columns: append(ui.SumColumns(), amountColumn("plan_fees"))}
		total.AddSum(nil, &r.answer.Total, amountCell(r.answer.Total.PlanFee, len(r.answer.Total.Costs) == 0))
		text, err := total.Encode(ui.SheetForms()[slices.IndexFunc(ui.SheetForms(), func(f ui.SheetForm) bool { return f.Ending == "jsonl" })], -1)
		if lines := strings.Split(strings.TrimSpace(string(text)), "\n"); err == nil {
			h.Total = json.RawMessage("[" + strings.Join(lines, ",") + "]")
			if len(lines) == 1 {
				h.Total = json.RawMessage(lines[0])
			}
		}
	}
	return h
}

// title says what an export is of.
func (r *reply) title() string {
	switch r.step.view {
	case recordsView:
		return "single records"
	case unusedView:
		return "what is not used"
	case sessionsView:
		return "sessions"
	}
	what := "usage by " + byText(r.step.by)
	if r.step.pivot != "" {
		what += " over " + dimName(r.step.pivot)
	}
	return what
}

// fileName names an export by what is in it.
func (r *reply) fileName() string {
	what := "records"
	switch r.step.view {
	case unusedView:
		what = "unused"
	case usageView, sessionsView:
		what = byText(r.step.by)
		if r.step.pivot != "" {
			what += "-over-" + dimName(r.step.pivot)
		}
	}
	if !r.span.Since.IsZero() {
		what += "-" + r.span.Since.In(period.Zone(r.snap)).Format("2006-01-02")
	}
	return what
}

// Clips implements ui.Clipped: the figure under the cursor, what else its row
// says, and the row.
func (p *Page) Clips() (out []ui.Clip) {
	if !p.current() {
		return nil
	}
	r := p.reply
	if t := p.record(); t != nil {
		return []ui.Clip{{Name: "the record's id", Text: t.Record.ID}}
	}
	if u := r.shaped.unused; u != nil && p.table.Cursor() < u.Len() {
		return []ui.Clip{{Name: "the id", Text: u.At(p.table.Cursor()).Entity.ID}}
	}
	if marked := p.marked(); len(marked) > 0 {
		return p.markedClips(marked)
	}
	l := p.selected()
	if l == nil {
		return nil
	}
	if s := p.step(); r.step.pivot != "" && s.column > 0 && l.at >= 0 && s.column <= len(r.answer.Columns) {
		if a, ok := r.shaped.lens.Of(&r.answer.Cells[l.at][s.column-1]); ok {
			out = append(out, ui.Clip{Name: "the cell", Text: a.String()})
		}
	} else if a, ok := l.amount(r.shaped.lens); ok {
		out = append(out, ui.Clip{Name: "the figure", Text: a.String()})
	}
	one := new(ui.Sheet)
	r.lineSheet(one, []*line{l})
	out = append(out, one.RowClip(0))
	return append(out, one.CellClips(0, "cost", "cash", "requests", "input_tokens", "output_tokens")...)
}
