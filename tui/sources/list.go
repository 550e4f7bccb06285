package sources

import (
	"cmp"
	"strings"
	"time"

	"tokpit/tui/table"
	"tokpit/tui/ui"
)

// newTable lists sources. Their order is that of the snapshot until a person
// sorts.
func newTable(list []item, zone *time.Location, now time.Time) *table.Slice[item] {
	text := func(title string, width, priority int, f func(*item) string) table.SliceColumn[item] {
		return table.SliceColumn[item]{
			Column:  table.Column{Title: title, Width: width, Priority: priority},
			Draw:    func(p *ui.Pen, st *ui.Styles, it *item, w int) { p.Left(st.Text, f(it), w) },
			Compare: func(a, b *item) int { return strings.Compare(f(a), f(b)) },
		}
	}
	number := func(title string, width, priority int, f func(*item) int64) table.SliceColumn[item] {
		return table.SliceColumn[item]{
			Column: table.Column{Title: title, Right: true, Width: width, Priority: priority},
			Draw: func(p *ui.Pen, st *ui.Styles, it *item, w int) {
				if n := f(it); n != 0 {
					p.Right(st.Text, ui.Count(n), w)
				} else {
					p.Right(st.Muted, ui.Unknown, w)
				}
			},
			Compare: func(a, b *item) int { return cmp.Compare(f(a), f(b)) },
		}
	}
	name := text("source", 12, 0, func(it *item) string { return ui.Text(it.Name) })
	name.Flex, name.Max = 1, 28
	state := text("state", 16, 0, (*item).words)
	state.Draw = func(p *ui.Pen, st *ui.Styles, it *item, w int) { p.Left(it.state.ink(st), it.words(), w) }
	state.Compare = func(a, b *item) int { return cmp.Compare(a.state, b.state) }
	synced := text("last sync", 14, 1, func(it *item) string { return it.synced(now) })
	synced.Draw = func(p *ui.Pen, st *ui.Styles, it *item, w int) {
		ink := st.Text
		switch {
		case it.reading != "":
			ink = st.Accent
		case it.state == stale:
			ink = st.Warn
		}
		p.Left(ink, it.synced(now), w)
	}
	synced.Compare = func(a, b *item) int { return a.Synced.Compare(b.Synced) }
	usage := text("usage from – to", 25, 3, func(it *item) string { return span(it, zone) })
	usage.Compare = func(a, b *item) int { return a.Last.Compare(b.Last) }
	bad := number("bad rows", 8, 4, func(it *item) int64 { return it.Quarantined })
	bad.Draw = func(p *ui.Pen, st *ui.Styles, it *item, w int) {
		ink, text := st.Muted, ui.Unknown
		if it.Quarantined > 0 {
			ink, text = st.Warn, ui.Count(it.Quarantined)
		}
		p.Right(ink, text, w)
	}
	return table.NewSlice([]table.SliceColumn[item]{
		name, state, synced,
		number("records", 9, 2, func(it *item) int64 { return it.Records }),
		usage,
		text("basis", 8, 5, func(it *item) string { return cmp.Or(it.Basis.String(), ui.Unknown) }),
		bad,
		text("kind", 17, 6, (*item).kind),
		number("files", 6, 7, func(it *item) int64 { return it.Files }),
	}, func(it *item) string { return it.Name }, list)
}

// span is the days of the first and the last record.
func span(it *item, zone *time.Location) string {
	if it.First.IsZero() {
		return ui.Unknown
	}
	first, last := it.First.In(zone), it.Last.In(zone)
	if first.Year() == last.Year() {
		return first.Format("2 Jan") + " – " + last.Format("2 Jan 2006")
	}
	return first.Format("2 Jan 2006") + " – " + last.Format("2 Jan 2006")
}
