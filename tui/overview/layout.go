package overview

import (
	"image"

	"tokpit/tui/chart"
	"tokpit/tui/layout"
)

// panel is a part of the page.
type panel int

const (
	hero panel = iota
	notes
	gauges
	trend
	readout
	calendar
	models
	projects
	providers
	sourceLines
	panels
)

// heroShape is how the most important figures are drawn.
type heroShape int

const (
	heroShort heroShape = iota // four lines, figures of normal size
	heroBig                    // seven lines: the headline in big digits, cards beside it
)

// plan is where every panel of the page lies; a panel without room is empty.
type plan struct {
	class layout.Class
	shape heroShape
	at    [panels]image.Rectangle
}

const (
	heroShortLines, heroBigLines = 4, 7
	headlineWidth                = 48 // of the big headline
	gapColumns                   = 3
	readoutNormal, readoutWide   = 28, 38
	calendarLines                = 1 + chart.CalendarHeight
	calendarLeast                = 54 // lines of a page that has room for a calendar
	calendarDays                 = 28 // from where weeks say something
	tableLeast                   = 4  // title, header and two rows
	trendLeast                   = 1 + chart.MinHeight
	trendMost                    = 26
	trendBeside                  = 16 // with a calendar under it
)

// content is what the places depend on besides size.
type content struct {
	notes     bool
	gauges    int   // budgets
	rows      int   // of the longest table
	providers int   // rows of theirs
	focus     panel // the table that is shown where there is room for one only
	days      int   // of the trend
}

// arrange divides the page.
func arrange(width, height int, c content) plan {
	pl := plan{class: layout.ClassOf(width)}
	rest := image.Rect(1, 0, max(1, width-1), height)
	spacious := height >= 18
	lines := heroShortLines
	if width >= 100 && height >= 28 {
		pl.shape, lines = heroBig, heroBigLines
	}
	if height < 9 {
		lines = min(lines, max(3, height-5))
	}
	pl.at[hero], rest = layout.Split(rest, lines)
	if c.notes {
		if pl.shape == heroBig {
			_, rest = layout.Split(rest, 1)
		}
		pl.at[notes], rest = layout.Split(rest, 1)
	}
	if spacious {
		_, rest = layout.Split(rest, 1)
	}
	if n := gaugeLines(width, height, c.gauges); n > 0 {
		pl.at[gauges], rest = layout.Split(rest, n)
		_, rest = layout.Split(rest, 1)
	}
	if rest.Dy() >= trendLeast+tableLeast {
		n := max(rest.Dy()*48/100, rest.Dy()-c.rows-3) // tables give what they do not need
		n = min(max(n, trendLeast), trendMost, rest.Dy()-tableLeast)
		short := min(n, trendBeside)
		year := c.days >= calendarDays && calendarFits(width, height) && rest.Dy()-short >= calendarLines+2+2*tableLeast+4
		if year {
			n = min(max(short, rest.Dy()-calendarLines-2-c.rows-2), trendMost)
		}
		pl.at[trend], rest = layout.Split(rest, n)
		pl.splitReadout()
		if year {
			_, rest = layout.Split(rest, 1)
			pl.at[calendar], rest = layout.Split(rest, calendarLines)
		}
		if spacious && rest.Dy() > tableLeast+2 {
			_, rest = layout.Split(rest, 1)
		}
	}
	if rest.Dy() >= 2 {
		pl.splitTables(rest, c)
	}
	return pl
}

// calendarFits reports whether a year of days has a place beside everything else.
func calendarFits(width, height int) bool {
	return height >= calendarLeast && width >= chart.CalendarWidth(true)+20
}

// gaugeLines is how many lines the budgets take; 0 where there is no room for
// them.
func gaugeLines(width, height, budgets int) int {
	lines := 0
	switch {
	case layout.ClassOf(width) == layout.Narrow || budgets == 0 || height < 30:
		return 0
	case height >= 48:
		lines = 5
	case height >= 36:
		lines = 3
	default:
		lines = 2
	}
	columns := gaugeColumns(width - 2)
	return 1 + min(lines, (budgets+columns-1)/columns)
}

// splitReadout puts the figures of a day beside the chart.
func (pl *plan) splitReadout() {
	r := pl.at[trend]
	w := 0
	switch {
	case r.Dx() >= 138:
		w = readoutWide
	case r.Dx() >= 98:
		w = readoutNormal
	}
	if w > 0 {
		pl.at[readout] = image.Rect(r.Max.X-w, r.Min.Y, r.Max.X, r.Max.Y)
		pl.at[trend] = image.Rect(r.Min.X, r.Min.Y, r.Max.X-w-gapColumns, r.Max.Y)
	}
}

func (pl *plan) splitTables(r image.Rectangle, c content) {
	switch pl.class {
	case layout.Narrow:
		if c.focus == projects {
			pl.at[projects] = r
		} else {
			pl.at[models] = r
		}
	case layout.Normal:
		cols := layout.Columns(r, gapColumns, 11, 10)
		pl.at[models], pl.at[projects] = cols[0], cols[1]
	case layout.Wide:
		cols := layout.Columns(r, gapColumns, 6, 4, 4)
		pl.at[models], pl.at[projects], pl.at[providers] = cols[0], cols[1], cols[2]
		if r.Dy() >= 2*tableLeast+4 {
			top, bottom := layout.Split(cols[2], min(r.Dy()/2, max(c.providers+2, tableLeast)))
			pl.at[providers] = top
			_, pl.at[sourceLines] = layout.Split(bottom, 1)
		}
	}
}

// panelAt returns the panel at a point, or -1.
func (pl *plan) panelAt(pt image.Point) panel {
	for i, r := range pl.at {
		if pt.In(r) {
			return panel(i)
		}
	}
	return -1
}

// oneTable reports that only one table is shown at a time.
func (pl *plan) oneTable() bool {
	return pl.class == layout.Narrow && !(pl.at[models].Empty() && pl.at[projects].Empty())
}
