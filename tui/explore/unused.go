package explore

import (
	"context"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/report"
	"tokpit/tui/overlay"
	"tokpit/tui/table"
	"tokpit/tui/ui"
)

// unusedDays is how long something is without usage until it is called unused.
const unusedDays = 30

// unused fills a reply with the keys and projects that nobody uses.
func (q *question) unused(_ context.Context, r *reply) error {
	r.unused = report.UnusedEntities(q.snap.Names, cubeOf(q.snap), q.snap.AsOf.AddDate(0, 0, -unusedDays))
	return nil
}

// unusedTable lists names without usage.
func unusedTable(r *reply, text string) *table.Slice[report.Unused] {
	word := func(title string, width, flex, priority int, of func(u *report.Unused) string) table.SliceColumn[report.Unused] {
		return table.SliceColumn[report.Unused]{
			Column:  table.Column{Title: title, Width: width, Flex: flex, Max: 48, Priority: priority},
			Draw:    func(p *ui.Pen, st *ui.Styles, u *report.Unused, w int) { p.Left(st.Muted, ui.CutName(of(u), w), w) },
			Compare: func(a, b *report.Unused) int { return strings.Compare(of(a), of(b)) },
		}
	}
	name := word("name", 16, 3, 0, func(u *report.Unused) string { return ui.Text(u.Name) })
	name.Draw = func(p *ui.Pen, st *ui.Styles, u *report.Unused, w int) {
		p.Left(st.Text, ui.CutName(ui.Text(u.Name), w), w)
	}
	last := word("last used", 13, 0, 0, func(u *report.Unused) string { return ui.Ago(r.snap.AsOf, u.Last) })
	last.Compare = func(a, b *report.Unused) int { return a.Last.Compare(b.Last) }
	last.Draw = func(p *ui.Pen, st *ui.Styles, u *report.Unused, w int) {
		ink := st.Text
		if u.Last.IsZero() {
			ink = st.Warn
		}
		p.Left(ink, ui.Ago(r.snap.AsOf, u.Last), w)
	}
	created := word("created", 11, 0, 2, func(u *report.Unused) string { return date(u.Entity.Created) })
	created.Compare = func(a, b *report.Unused) int { return a.Entity.Created.Compare(b.Entity.Created) }
	words := strings.Fields(strings.ToLower(text))
	var rows []report.Unused
	for i := range r.unused {
		u := &r.unused[i]
		all := strings.ToLower(u.Name + "\n" + u.Parent + "\n" + u.Entity.ID + "\n" + u.Entity.Hint)
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(all, w) }) {
			rows = append(rows, *u)
		}
	}
	return table.NewSlice([]table.SliceColumn[report.Unused]{
		name, word("kind", 8, 0, 0, func(u *report.Unused) string { return dimName(u.Entity.Kind) }), last,
		word("project", 12, 2, 1, func(u *report.Unused) string { return ui.Text(u.Parent) }), created,
		word("shown as", 14, 1, 3, func(u *report.Unused) string { return ui.Text(u.Entity.Hint) }),
		word("id", 14, 1, 4, func(u *report.Unused) string { return ui.Text(u.Entity.ID) }),
	}, func(u *report.Unused) string { return string(u.Entity.Kind) + "\x00" + u.Entity.ID }, rows)
}

func date(t time.Time) string {
	if t.IsZero() {
		return ui.Unknown
	}
	return t.Format("2 Jan 2006")
}

// openUnused shows what is known of the name under the cursor.
func (p *Page) openUnused() tea.Cmd {
	if p.reply == nil || p.reply.shaped == nil || p.reply.shaped.unused == nil || p.table.Cursor() >= p.reply.shaped.unused.Len() {
		return nil
	}
	u := *p.reply.shaped.unused.At(p.table.Cursor())
	now := p.snap.AsOf
	return open(overlay.NewDocument(u.Name, traceWidth, func(pen *ui.Pen, st *ui.Styles) {
		fact(pen, st, "kind", st.Text, dimName(u.Entity.Kind))
		fact(pen, st, "id", st.Text, u.Entity.ID)
		fact(pen, st, "shown as", st.Text, u.Entity.Hint)
		fact(pen, st, "project", st.Text, u.Parent)
		fact(pen, st, "created", st.Text, date(u.Entity.Created))
		fact(pen, st, "last used", st.Text, ui.Ago(now, u.Last))
		var names []string
		for _, n := range u.Entity.Names {
			names = append(names, n.Name+" since "+date(n.Since))
		}
		fact(pen, st, "names", st.Text, strings.Join(names, ", "))
		fact(pen, st, "what to do", st.Muted, "what nobody uses can still be used by somebody who should not: disable it at the provider, or archive it")
	}))
}
