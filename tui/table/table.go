// Package table is a table that draws only the rows on screen, so that a
// hundred thousand of them cost no more than fifty.
//
// The rows belong to a [Rows], which draws single cells and can sort itself;
// [Slice] is one over any slice. A [Model] knows size, selection, scroll and
// sort:
//
//	t := table.New(table.NewSlice(columns))
//	t.SetTheme(styles)
//	t.SetSize(80, 20)
//	t.SetRows(rows)      // keeps the selected row by its key
//	cmd := t.Update(msg) // keys, wheel and clicks relative to the table
//	lines := t.Lines()   // exactly 20 lines of 80 columns
//
// On narrow places columns of high Priority number are left out, last first.
package table

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"tokpit/tui/ui"
)

// Column describes one column. Its width is fixed, or a share of what is left.
type Column struct {
	Title string
	Right bool // numbers stand at the right edge
	Width int  // columns, or the least if Flex is not 0
	Flex  int  // share of the room that is left over
	Max   int  // the most that a flexible column takes; 0 is no limit
	// Priority is how soon a column is left out: 0 never, then the highest
	// number first.
	Priority int
	Sortable bool
}

// Rows is what a table shows.
type Rows interface {
	Columns() []Column
	Len() int
	// Key identifies a row, so that the selection survives sorting and new data.
	Key(row int) string
	// Draw draws a cell of exactly width columns.
	Draw(p *ui.Pen, st *ui.Styles, row, col, width int)
	// Sort orders the rows by a column.
	Sort(col int, descending bool)
}

// Marker is [Rows] of which some are marked: a sign stands before them.
type Marker interface {
	Marked(row int) bool
}

func marked(rows Rows, row int) bool {
	m, ok := rows.(Marker)
	return ok && m.Marked(row)
}

// KeyMap is the keys of a table.
type KeyMap struct {
	Up, Down, PageUp, PageDown, Top, Bottom, Sort, Reverse key.Binding
}

// NewKeyMap returns the usual keys.
func NewKeyMap() KeyMap {
	return KeyMap{
		Up:       key.NewBinding(key.WithKeys("up", "k"), key.WithHelp("↑/k", "up")),
		Down:     key.NewBinding(key.WithKeys("down", "j"), key.WithHelp("↓/j", "down")),
		PageUp:   key.NewBinding(key.WithKeys("pgup", "ctrl+b"), key.WithHelp("pgup", "page up")),
		PageDown: key.NewBinding(key.WithKeys("pgdown", "ctrl+f"), key.WithHelp("pgdn", "page down")),
		Top:      key.NewBinding(key.WithKeys("home", "g"), key.WithHelp("home/g", "first row")),
		Bottom:   key.NewBinding(key.WithKeys("end", "G"), key.WithHelp("end/G", "last row")),
		Sort:     key.NewBinding(key.WithKeys("s"), key.WithHelp("s", "sort by next column")),
		Reverse:  key.NewBinding(key.WithKeys("S"), key.WithHelp("S", "reverse the order")),
	}
}

// Bindings lists all keys.
func (k KeyMap) Bindings() []key.Binding {
	return []key.Binding{k.Up, k.Down, k.PageUp, k.PageDown, k.Top, k.Bottom, k.Sort, k.Reverse}
}

// Model is a table. Its zero value is not usable; see [New].
type Model struct {
	rows          Rows
	styles        *ui.Styles
	keys          KeyMap
	width, height int
	focused       bool

	columns    []Column
	widths     []int // 0 for a column that is left out
	cursor     int
	offset     int // first row shown
	sort       int // column, -1 for the order that the rows came in
	descending bool
}

// New returns a table over rows.
func New(rows Rows, keys KeyMap) *Model {
	return &Model{rows: rows, keys: keys, styles: ui.DarkStyles(), sort: -1, columns: rows.Columns()}
}

// SetTheme sets the inks.
func (m *Model) SetTheme(st *ui.Styles) { m.styles = st }

// SetFocus says whether the cursor is shown.
func (m *Model) SetFocus(on bool) { m.focused = on }

// SetSize sets the place of the table, its header line included.
func (m *Model) SetSize(width, height int) {
	m.width, m.height = max(width, 0), max(height, 0)
	m.widths = fit(m.columns, m.width)
	m.clamp()
}

// SetRows replaces the rows, sorts them as before and keeps the selected row if
// it is still there.
func (m *Model) SetRows(rows Rows) {
	selected := m.Selected()
	m.rows, m.columns = rows, rows.Columns()
	m.widths = fit(m.columns, m.width)
	if m.sort >= len(m.columns) {
		m.sort = -1
	}
	if m.sort >= 0 {
		m.rows.Sort(m.sort, m.descending)
	}
	m.find(selected)
}

// SortBy orders the rows by a column.
func (m *Model) SortBy(col int, descending bool) {
	selected := m.Selected()
	m.sort, m.descending = col, descending
	m.rows.Sort(col, descending)
	m.find(selected)
}

// Sorting is the column that orders the rows, -1 if none does, and how.
func (m *Model) Sorting() (col int, descending bool) { return m.sort, m.descending }

// SetSorting says how the rows that come next are ordered, for rows that sort
// themselves elsewhere.
func (m *Model) SetSorting(col int, descending bool) { m.sort, m.descending = col, descending }

// Shows reports whether a column has room.
func (m *Model) Shows(col int) bool { return col < len(m.widths) && m.widths[col] > 0 }

// Selected is the key of the row under the cursor, "" if there is none.
func (m *Model) Selected() string {
	if m.cursor < m.rows.Len() {
		return m.rows.Key(m.cursor)
	}
	return ""
}

// Cursor is the index of the row under the cursor.
func (m *Model) Cursor() int { return m.cursor }

// SetCursor moves the cursor to a row.
func (m *Model) SetCursor(row int) { m.cursor = row; m.clamp() }

// Select moves the cursor to the row with a key, if there is one.
func (m *Model) Select(key string) {
	for i := range m.rows.Len() {
		if m.rows.Key(i) == key {
			m.SetCursor(i)
			return
		}
	}
}

// find puts the cursor on the row with a key, or leaves it where it is: also at
// the top, where nobody has chosen a row yet. It looks at many rows only if the
// row has moved.
func (m *Model) find(key string) {
	m.clamp()
	if m.cursor == 0 || m.Selected() == key {
		return
	}
	for i := range m.rows.Len() {
		if m.rows.Key(i) == key {
			m.cursor = i
			break
		}
	}
	m.clamp()
}

// body is how many rows are on screen.
func (m *Model) body() int { return max(m.height-1, 0) }

// clamp keeps the cursor on a row and the row on screen.
func (m *Model) clamp() {
	n := m.rows.Len()
	m.cursor = max(0, min(m.cursor, n-1))
	if m.cursor < m.offset {
		m.offset = m.cursor
	}
	if m.cursor >= m.offset+m.body() {
		m.offset = m.cursor - m.body() + 1
	}
	m.offset = max(0, min(m.offset, n-m.body()))
}

// Update handles keys and, relative to the table, the mouse. It reports
// whether anything changed.
func (m *Model) Update(msg tea.Msg) bool {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return m.press(msg)
	case tea.MouseWheelMsg:
		switch msg.Button {
		case tea.MouseWheelUp:
			return m.move(-3)
		case tea.MouseWheelDown:
			return m.move(3)
		}
	case tea.MouseClickMsg:
		return msg.Button == tea.MouseLeft && m.click(msg.X, msg.Y)
	}
	return false
}

func (m *Model) press(msg tea.KeyPressMsg) bool {
	switch k := m.keys; {
	case key.Matches(msg, k.Up):
		return m.move(-1)
	case key.Matches(msg, k.Down):
		return m.move(1)
	case key.Matches(msg, k.PageUp):
		return m.move(-max(1, m.body()))
	case key.Matches(msg, k.PageDown):
		return m.move(max(1, m.body()))
	case key.Matches(msg, k.Top):
		return m.move(-m.rows.Len())
	case key.Matches(msg, k.Bottom):
		return m.move(m.rows.Len())
	case key.Matches(msg, k.Sort):
		return m.sortNext()
	case key.Matches(msg, k.Reverse):
		if m.sort >= 0 {
			m.SortBy(m.sort, !m.descending)
			return true
		}
	}
	return false
}

func (m *Model) move(by int) bool {
	was, offset := m.cursor, m.offset
	m.cursor += by
	m.clamp()
	return m.cursor != was || m.offset != offset
}

// click selects a row, or sorts by the column of the header.
func (m *Model) click(x, y int) bool {
	if y == 0 {
		if col := m.columnAt(x); col >= 0 && m.columns[col].Sortable {
			m.SortBy(col, m.columns[col].Right != (m.sort == col && m.descending == m.columns[col].Right))
			return true
		}
		return false
	}
	row := m.offset + y - 1
	if y < 0 || y > m.body() || row >= m.rows.Len() {
		return false
	}
	m.cursor = row
	return true
}

// sortNext goes through the sortable columns that are shown. Numbers begin with
// the largest, names with the first.
func (m *Model) sortNext() bool {
	for i := range m.columns {
		col := (m.sort + 1 + i) % len(m.columns)
		if m.columns[col].Sortable && m.widths[col] > 0 {
			m.SortBy(col, m.columns[col].Right)
			return true
		}
	}
	return false
}

// Rows is how many rows are on screen.
func (m *Model) Rows() int { return max(0, min(m.body(), m.rows.Len()-m.offset)) }

// First is the first row on screen.
func (m *Model) First() int { return m.offset }

// SetKeys changes the keys.
func (m *Model) SetKeys(k KeyMap) { m.keys = k }
