package overlay

import (
	"path/filepath"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokpit/tui/ui"
)

const (
	monthsTop  = 7 // lines above the months
	mostMonths = 12
	monthsFoot = 2
	resultMost = 10
)

// Size implements [Modal]: what the months take, or what is said of a file.
func (m *Monthly) Size(maxWidth, maxHeight int) (width, height int) {
	return min(maxWidth, exportWidth), min(maxHeight, monthsTop+max(resultMost, min(len(m.months), mostMonths)+monthsFoot))
}

// Lines implements [Modal].
func (m *Monthly) Lines(st *ui.Styles, width, height int) []string {
	m.width = width
	pen := ui.NewPen(width, height)
	drawWhat(pen, st, whatMonth, m.table != nil)
	m.shown = pillsFrom(m.titles(), m.form, width-formsFrom)
	pen.Left(st.Muted, "form", formsFrom)
	drawPills(pen, st, m.titles(), m.form)
	pen.Space(formsFrom + 1)
	pen.Text(st.Muted, ui.Cut(m.forms[m.form].About, pen.Room()))
	pen.End()
	m.fileLine(pen, st)
	pen.Left(st.Muted, "where", formsFrom)
	pen.Space(1)
	pen.Text(st.Muted, ui.CutMiddle(ui.Text(m.ledger.Folder(m.destination())), pen.Room()))
	pen.End()
	pen.Fill(st.Faint, '─', width)
	pen.End()
	switch m.stage {
	case writing, stopping:
		m.drawWriting(pen, st)
	case written:
		m.drawWritten(pen, st)
	case asking:
		m.drawAsking(pen, st)
	default:
		m.drawMonths(pen, st, height)
	}
	return pen.Lines(height)
}

func (m *Monthly) titles() []string {
	var out []string
	for i := range m.forms {
		out = append(out, m.forms[i].Title)
	}
	return out
}

func (m *Monthly) fileLine(pen *ui.Pen, st *ui.Styles) {
	pen.Left(st.Muted, "file", formsFrom)
	pen.Space(1)
	if len(m.months) > 0 {
		m.name.draw(pen, st, m.forms[m.form].Ending, m.stage == naming)
	}
	pen.End()
}

// Columns of the months.
const (
	monthName  = 18
	monthState = 20
	monthMoney = 16
)

// drawMonths lists the months that can be chosen.
func (m *Monthly) drawMonths(pen *ui.Pen, st *ui.Styles, height int) {
	switch {
	case m.failed != nil:
		m.drawFailure(pen, st)
		return
	case !m.known:
		pen.Text(st.Muted, "Looking which months there are…")
		pen.End()
		return
	case len(m.months) == 0:
		pen.Text(st.Muted, "There is no usage of any month yet.")
		pen.End()
		return
	}
	pen.Left(st.Muted, "  month", monthName)
	pen.Left(st.Muted, "state", m.stateWidth(pen.Width()))
	pen.Right(st.Muted, "cost", monthMoney)
	pen.Right(st.Muted, "cash", monthMoney)
	pen.End()
	room := max(1, height-monthsTop-monthsFoot)
	m.from = max(0, min(m.month-room+1, len(m.months)-room))
	for i := m.from; i < len(m.months) && i < m.from+room; i++ {
		m.drawMonth(pen, st, i)
	}
	foot := "As by command: " + m.command()
	if m.stage == naming {
		foot = "A name, or a path with folders that are there: books/october, ~/october"
	}
	lines := ui.Wrap(foot, max(1, pen.Width()))
	if len(lines) > height-pen.Height() {
		lines = []string{ui.Cut(foot, pen.Width())}
	}
	pen.Blank(max(0, height-len(lines)-pen.Height()))
	for _, l := range lines {
		pen.Text(st.Muted, l)
		pen.End()
	}
}

// stateWidth is the room for the state of a month.
func (m *Monthly) stateWidth(width int) int {
	return max(9, min(monthState, width-monthName-2*monthMoney))
}

func (m *Monthly) drawMonth(pen *ui.Pen, st *ui.Styles, i int) {
	x := &m.months[i]
	ink, muted := st.Text, st.Muted
	if i == m.month {
		pen.Under(st.Selected)
		pen.Text(st.AccentBold, "▸ ")
		ink = st.Strong
	} else {
		pen.Space(2)
	}
	pen.Left(ink, ui.Text(x.Title), monthName-2)
	pen.Left(muted, ui.Text(x.State), m.stateWidth(pen.Width()))
	if len(x.Sums) == 0 {
		pen.Right(muted, ui.Unknown, monthMoney)
		pen.Right(muted, ui.Unknown, monthMoney)
		pen.End()
		return
	}
	s := &x.Sums[0]
	pen.Right(ink, ui.Money(s.Cost, s.Currency), monthMoney)
	if s.CashKnown {
		pen.Right(ink, ui.Money(s.Cash, s.Currency), monthMoney)
	} else {
		pen.Right(muted, ui.Unknown, monthMoney)
	}
	if more := len(x.Sums) - 1; more > 0 {
		pen.Text(muted, " +"+ui.Digits(int64(more))+" more")
	}
	pen.End()
}

// command is what writes the same file.
func (m *Monthly) command() string {
	o := m.order()
	return m.ledger.Command() + " export --cycle " + o.Month + " --format " + o.Form + " -o " + ShellPath(ui.Text(o.File))
}

// Clips implements [ui.Clipped].
func (m *Monthly) Clips() []ui.Clip {
	if len(m.months) == 0 || m.stage != choosing && m.stage != written {
		return nil
	}
	command := ui.Clip{Name: "the command", Text: m.command()}
	if m.stage == written {
		return []ui.Clip{{Name: "the path", Text: m.file.Path}, command}
	}
	return []ui.Clip{command}
}

// destination is the file as it is called so far; "" if there is none yet.
func (m *Monthly) destination() string {
	if len(m.months) == 0 {
		return ""
	}
	return m.order().File
}

// ShellPath writes a path as a word of a command, quoted where a shell would read
// something else; a ~ that is the home stays one.
func ShellPath(path string) string {
	home := ""
	if strings.HasPrefix(path, "~/") {
		home, path = path[:2], path[2:]
	}
	if path != "" && strings.Trim(path, plainInShells) == "" && path[0] != '~' {
		return home + path
	}
	return home + "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

// plainInShells is what needs no quotes in any shell.
const plainInShells = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./@+:,~"

func (m *Monthly) drawFailure(pen *ui.Pen, st *ui.Styles) {
	hint := ""
	if h, ok := m.failed.(interface{ Hint() string }); ok {
		hint = h.Hint()
	}
	wrapped(pen, st.Bad, failure(m.failed))
	if hint != "" {
		wrapped(pen, st.Muted, "  "+hint)
	}
	if len(m.months) > 0 {
		wrapped(pen, st.Muted, "  n: another name, or a path to another folder")
	}
}

// wrapped writes a text over as many lines as it takes.
func wrapped(pen *ui.Pen, ink ui.Ink, text string) {
	for _, l := range ui.Wrap(ui.Text(text), max(1, pen.Width())) {
		pen.Text(ink, l)
		pen.End()
	}
}

func (m *Monthly) drawAsking(pen *ui.Pen, st *ui.Styles) {
	wrapped(pen, st.Warn, "! "+m.order().File+" or its manifest is there already.")
	pen.End()
	for _, k := range [][2]string{{"r", "replaces it"}, {"n", "gives this one another name"}, {"esc", "leaves all as it is"}} {
		pen.Space(2)
		pen.Left(st.Key, k[0], 5)
		pen.Text(st.Text, k[1])
		pen.End()
	}
}

// drawWriting says how far it is.
func (m *Monthly) drawWriting(pen *ui.Pen, st *ui.Styles) {
	what := "Writing "
	if m.stage == stopping {
		what = "Stopping "
	}
	pen.Text(st.Accent, what)
	pen.Text(st.Strong, ui.Text(m.order().File))
	pen.End()
	pen.Space(2)
	pen.Text(st.Text, rows(int(m.rows.Load()))+", "+ui.Digits(int64(time.Since(m.began).Seconds()))+" s")
	pen.End()
	pen.End()
	wrapped(pen, st.Muted, "The file appears when it is whole. esc stops, and then there is none; the rest of tokpit goes on meanwhile.")
}

// drawWritten says where the file is, what is in it, and what is not.
func (m *Monthly) drawWritten(pen *ui.Pen, st *ui.Styles) {
	f := m.file
	pen.Text(st.Good, "✓ ")
	pen.Text(st.Strong, ui.Text(m.of))
	pen.Text(st.Text, " is in ")
	pen.Text(st.Strong, ui.CutMiddle(ui.Text(filepath.Base(f.Path)), pen.Room()))
	pen.End()
	const label = 16
	if f.Rows > 0 {
		pen.Left(st.Muted, "  rows", label)
		pen.Text(st.Text, ui.Count(f.Rows))
		pen.End()
	}
	for _, s := range f.Sums {
		pen.Left(st.Muted, "  "+s.Column, label)
		pen.Text(st.Strong, ui.Text(s.Currency+" "+s.Amount))
		pen.End()
	}
	pen.Left(st.Muted, "  beside it", label)
	pen.Text(st.Text, ui.CutMiddle(ui.Text(f.Manifest), pen.Room()))
	pen.End()
	for _, text := range f.Lacks {
		wrapped(pen, st.Warn, "! "+text)
	}
	if len(f.Lacks) == 0 {
		wrapped(pen, st.Good, "  Nothing is left out.")
	}
}

// click takes what is under the mouse.
func (m *Monthly) click(x, y int) (tea.Cmd, bool) {
	if m.stage != choosing && m.stage != written {
		return nil, false
	}
	if m.stage = choosing; y == whatLine && whatAt(x) == whatTable {
		return m.other()
	}
	if i := pillAt(m.titles(), m.shown, x); y == formLine && i >= 0 {
		m.form = i
	}
	if i := m.from + y - monthsTop; y >= monthsTop && i < len(m.months) && m.failed == nil {
		m.walk(i - m.month)
	}
	return nil, false
}
