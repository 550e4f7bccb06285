package explore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokpit/report"
	"tokpit/tui/period"
	"tokpit/tui/table"
	"tokpit/tui/ui"
	"tokpit/usage"
)

// mostRecords is how many records a list has at most, the newest.
const mostRecords = 2000

// records fills a reply with single records, and with the sum of all of them.
func (q *question) records(ctx context.Context, r *reply) error {
	query := q.query(r)
	query.By, query.Pivot, query.Before, r.compare = []usage.Dimension{usage.ByProvider}, "", usage.Span{}, false
	engine, err := q.engineFor(ctx, &query, r)
	if err != nil {
		return err
	}
	if r.answer, err = engine.Explore(query, q.snap.AsOf); err != nil {
		return err
	}
	if r.trend, err = q.trend(engine, query, &r.step); err != nil {
		return err
	}
	if q.actions == nil {
		return errNoRecords
	}
	r.records, r.all, err = q.actions.Records(ctx, q.snap, query.Query, mostRecords)
	return err
}

var errNoRecords = fmt.Errorf("single records cannot be read here")

// recordKey tells a record from all others.
func recordKey(t *report.Trace) string {
	return t.Connection + "\x00" + t.Record.Slice + "\x00" + t.Record.ID + "\x00" + t.Record.Start.String()
}

// recordTable is the table of records: when, what, where from and what it cost.
func recordTable(r *reply, text string) *table.Slice[report.Trace] {
	z, names := period.Zone(r.snap), r.snap.Names
	word := func(title string, width, flex, priority int, of func(t *report.Trace) string) table.SliceColumn[report.Trace] {
		return table.SliceColumn[report.Trace]{
			Column: table.Column{Title: title, Width: width, Flex: flex, Max: 44, Priority: priority},
			Draw: func(p *ui.Pen, st *ui.Styles, t *report.Trace, w int) {
				p.Left(st.Muted, ui.CutName(ui.Text(of(t)), w), w)
			},
			Compare: func(a, b *report.Trace) int { return strings.Compare(of(a), of(b)) },
		}
	}
	number := func(title string, priority int, n func(t *report.Trace) int64) table.SliceColumn[report.Trace] {
		return table.SliceColumn[report.Trace]{
			Column:  table.Column{Title: title, Right: true, Width: max(6, len(title)), Priority: priority},
			Draw:    func(p *ui.Pen, st *ui.Styles, t *report.Trace, w int) { p.Right(st.Muted, ui.Tokens(n(t)), w) },
			Compare: func(a, b *report.Trace) int { return cmp.Compare(n(a), n(b)) },
		}
	}
	when := word("when", 15, 0, 0, func(t *report.Trace) string { return t.Record.Start.In(z).Format("2 Jan 15:04:05") })
	when.Compare = func(a, b *report.Trace) int { return a.Record.Start.Compare(b.Record.Start) }
	model := word("model", 14, 3, 0, func(t *report.Trace) string { return t.Record.Model })
	model.Draw = func(p *ui.Pen, st *ui.Styles, t *report.Trace, w int) { p.Left(st.Text, ui.Text(t.Record.Model), w) }
	columns := []table.SliceColumn[report.Trace]{
		when, model,
		word("project", 10, 2, 4, func(t *report.Trace) string { return nameOf(names, usage.ByProject, t.Record.Project) }),
		costColumn(r),
		number("input", 2, func(t *report.Trace) int64 { return t.Record.Input + t.Record.CacheWrite5m + t.Record.CacheWrite1h }),
		number("cached", 3, func(t *report.Trace) int64 { return t.Record.CacheRead }),
		number("output", 1, func(t *report.Trace) int64 { return t.Record.Output }),
		word("basis", 8, 0, 5, func(t *report.Trace) string { return basisWord(t) }),
		word("from", 11, 1, 6, func(t *report.Trace) string { return t.Connection }),
		word("session or key", 14, 2, 7, func(t *report.Trace) string {
			if t.Record.Session != "" {
				return t.Record.Session
			}
			return nameOf(names, usage.ByKey, t.Record.Key)
		}),
	}
	words := strings.Fields(strings.ToLower(text))
	rows := make([]report.Trace, 0, len(r.records))
	for i := range r.records {
		t := &r.records[i]
		d := &t.Record.Dims
		all := strings.ToLower(strings.Join([]string{d.Model, d.Provider, nameOf(names, usage.ByProject, d.Project), nameOf(names, usage.ByKey, d.Key),
			d.Session, d.Agent, d.User, d.Machine, t.Connection, t.Record.ID}, "\n"))
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(all, w) }) {
			rows = append(rows, *t)
		}
	}
	return table.NewSlice(columns, recordKey, rows)
}

// basisWord is how a record is known, and that it does not count if so.
func basisWord(t *report.Trace) string {
	name := t.Record.Basis.String()
	if name == "" {
		name = "unknown"
	}
	if !t.Counts {
		return "(" + name + ")"
	}
	return name
}

// costColumn is what records cost by their prices, also those under a plan.
func costColumn(r *reply) table.SliceColumn[report.Trace] {
	return table.SliceColumn[report.Trace]{
		Column: table.Column{Title: briefKind(r.snap, ui.Lens{}), Right: true, Width: 11},
		Draw: func(p *ui.Pen, st *ui.Styles, t *report.Trace, w int) {
			text, ink := recordCost(t), st.Strong
			switch {
			case !t.Counts:
				ink = st.Muted
			case !t.Total.Priced:
				ink = st.Warn
			}
			p.Right(ink, text, w)
		},
		Compare: func(a, b *report.Trace) int { return a.Total.Cost.Cmp(b.Total.Cost) },
	}
}

// recordCost is what one record cost at its price, or what was billed for it.
func recordCost(t *report.Trace) string {
	if t.Record.Basis == usage.Billed && t.Total.HasReported {
		return ui.Money(t.Total.Reported, t.Total.Currency)
	}
	if t.Total.Priced {
		return ui.UnitMoney(t.Total.Cost, t.Total.Currency)
	}
	return ui.Lens{}.Cost(&t.Total)
}

// openRecord shows where the record under the cursor came from.
func (p *Page) openRecord() tea.Cmd {
	t := p.record()
	if t == nil {
		return nil
	}
	doc := &traceDocument{trace: *t, snap: p.snap}
	return open(doc.modal())
}

// record is the record under the cursor, nil if there is none.
func (p *Page) record() *report.Trace {
	if p.reply == nil || p.reply.shaped == nil || p.reply.shaped.records == nil {
		return nil
	}
	rows := p.reply.shaped.records
	if i := p.table.Cursor(); i < rows.Len() {
		return rows.At(i)
	}
	return nil
}
