package overlay

import "tokpit/tui/ui"

// What an export can be of: the table on screen, or a month's ledger.
const (
	whatTable = iota
	whatMonth
)

func whats() []string { return []string{"this table", "a whole month"} }

// drawWhat writes what is exported, where there is a choice.
func drawWhat(pen *ui.Pen, st *ui.Styles, what int, both bool) {
	pen.Left(st.Muted, "what", formsFrom)
	if both {
		drawPills(pen, st, whats(), what)
		return
	}
	pen.Text(st.Strong, " "+whats()[what])
	pen.End()
}

// whatAt is what is chosen at a column, -1 if nothing.
func whatAt(x int) int { return pillAt(whats(), 0, x) }

// drawPills ends a line with titles next to each other; the chosen one stands out
// and is always seen.
func drawPills(pen *ui.Pen, st *ui.Styles, titles []string, chosen int) {
	for i := pillsFrom(titles, chosen, pen.Room()); i < len(titles); i++ {
		if ui.Width(titles[i])+2 > pen.Room() {
			pen.Text(st.Muted, "…")
			break
		}
		ink := st.Text
		if i == chosen {
			ink = st.TabActive
		}
		pen.Text(ink, " "+titles[i]+" ")
		pen.Space(1)
	}
	pen.End()
}

// pillsFrom is the first title that is shown, so that there is room for the chosen
// one.
func pillsFrom(titles []string, chosen, room int) int {
	used := 0
	for i := chosen; i >= 0; i-- {
		if used += ui.Width(titles[i]) + 3; used > room {
			return min(i+1, chosen)
		}
	}
	return 0
}

// pillAt is the title at a column where the first one shown is from, -1 if there is
// none.
func pillAt(titles []string, from, x int) int {
	at := formsFrom
	for i := from; i < len(titles); i++ {
		w := ui.Width(titles[i]) + 2
		if x >= at && x < at+w {
			return i
		}
		at += w + 1
	}
	return -1
}
