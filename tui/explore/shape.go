package explore

import (
	"cmp"
	"slices"
	"strings"

	"tokpit/money"
	"tokpit/report"
	"tokpit/tui/table"
	"tokpit/tui/ui"
)

// shape is how an answer is looked at: what changes without a new question.
type shape struct {
	text    string
	order   order
	lens    ui.Lens
	figures []string
}

// shaped is an answer ready to be drawn: the rows that pass, in their order,
// and their columns. Sorting a hundred thousand rows takes a while, so it is
// made in a command.
type shaped struct {
	shape
	columns []column
	lines   []*line
	words   [][]string // by line and column, made when they are first drawn
	sort    int        // column, -1 for the order of the answer
	down    bool
	most    money.Amount // largest cell of a pivot

	// What is shown instead of lines: single records, or names without usage.
	records *table.Slice[report.Trace]
	unused  *table.Slice[report.Unused]
	list    table.Rows // one of them, nil if lines are shown

	// Plan fees that are in the total and in no row.
	apart money.Amount
	sum   figures  // of what is shown of the whole
	marks []string // rows that are marked, by key
}

// shapeOf filters and sorts an answer.
func shapeOf(r *reply, s shape) *shaped {
	s.lens = s.lens.For(r.snap)
	if r.step.view == sessionsView {
		s.lens.Cash = false // what a session did is asked of tokens × price
	}
	out := &shaped{shape: s, sort: -1}
	switch r.step.view {
	case recordsView:
		out.records = recordTable(r, s.text)
		out.list = out.records
		return out
	case unusedView:
		out.unused = unusedTable(r, s.text)
		out.list = out.unused
		return out
	}
	var whole money.Amount
	if a, ok := s.lens.Of(&r.answer.Total); ok && len(r.answer.Total.Costs) == 0 {
		whole = a
		if s.lens.Cash { // rows have no part in fees that belong to none
			whole = rowsTotal(r, s.lens)
		}
	}
	if s.lens.Cash && len(r.answer.Total.Costs) == 0 && r.step.view == usageView {
		out.apart = r.answer.Total.PlanFee
		for i := range r.answer.Rows {
			out.apart = out.apart.Sub(r.answer.Rows[i].Sum.PlanFee)
		}
	}
	out.columns = columnsOf(r, s.lens, s.figures, whole)
	words := strings.Fields(strings.ToLower(s.text))
	out.lines = make([]*line, 0, len(r.lines))
	for i := range r.lines {
		l := &r.lines[i]
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(l.search, w) }) {
			out.lines = append(out.lines, l)
		}
	}
	out.arrange(r)
	out.sum = tally(out.lines, s.lens)
	if r.step.pivot != "" {
		out.most = largest(r.answer, s.lens)
	}
	return out
}

// rows is what the table shows.
func (s *shaped) rows() table.Rows {
	if s.list != nil {
		return s.list
	}
	return s
}

// rowsTotal adds up what the rows show.
func rowsTotal(r *reply, lens ui.Lens) money.Amount {
	var sum money.Amount
	for i := range r.lines {
		if a, ok := r.lines[i].amount(lens); ok && a.Sign() > 0 {
			sum = sum.Add(a)
		}
	}
	return sum
}

// arrange sorts the lines: as asked, else the largest first, the largest movers
// first, or by the clock.
func (s *shaped) arrange(r *reply) {
	o := s.order
	if o.column == "" {
		switch {
		case len(r.step.by) > 0 && r.step.by[0].IsTime() && !r.compare:
			o = order{"by:" + string(r.step.by[0]), false}
		case r.compare:
			o = order{colChange, true}
		default:
			o = order{colAmount, true}
		}
	}
	s.down = o.descending
	if n, ok := strings.CutPrefix(o.column, cellColumn); ok {
		s.byCell(r, n)
		return
	}
	s.sort = slices.IndexFunc(s.columns, func(c column) bool { return c.id == o.column })
	if s.sort < 0 {
		return
	}
	by := s.columns[s.sort].order
	if by == nil {
		return
	}
	slices.SortStableFunc(s.lines, func(a, b *line) int {
		c := by(a, b)
		if s.down {
			c = -c
		}
		if c == 0 && s.columns[s.sort].dim < 0 {
			return cmp.Or(-compareAmounts(a, b, s.lens), strings.Compare(a.key, b.key))
		}
		return c
	})
}

// cellColumn begins the id of a pivot's column.
const cellColumn = "cell:"

// byCell sorts by a column of the pivot.
func (s *shaped) byCell(r *reply, name string) {
	at := slices.Index(r.answer.Columns, name)
	if at < 0 || r.answer.Cells == nil {
		return
	}
	value := func(l *line) (money.Amount, bool) {
		if l.at < 0 {
			return money.Amount{}, false
		}
		return s.lens.Of(&r.answer.Cells[l.at][at])
	}
	slices.SortStableFunc(s.lines, func(a, b *line) int {
		x, knownX := value(a)
		y, knownY := value(b)
		c := x.Cmp(y)
		if knownX != knownY {
			c = 1
			if knownY {
				c = -1
			}
		}
		if s.down {
			c = -c
		}
		return cmp.Or(c, -compareAmounts(a, b, s.lens))
	})
}

// largest is the largest cell of a pivot.
func largest(a *report.Answer, lens ui.Lens) money.Amount {
	var most money.Amount
	for _, row := range a.Cells {
		for i := range row {
			if c, ok := lens.Of(&row[i]); ok && len(row[i].Costs) == 0 && c.Cmp(most) > 0 {
				most = c
			}
		}
	}
	return most
}

// Columns implements table.Rows.
func (s *shaped) Columns() []table.Column {
	out := make([]table.Column, len(s.columns))
	for i := range s.columns {
		out[i] = s.columns[i].Column
		out[i].Sortable = s.columns[i].order != nil
	}
	return out
}

// Len implements table.Rows.
func (s *shaped) Len() int { return len(s.lines) }

// Key implements table.Rows.
func (s *shaped) Key(row int) string { return s.lines[row].key }

// Sort implements table.Rows; the rows come sorted (see arrange).
func (s *shaped) Sort(int, bool) {}

// Draw implements table.Rows.
func (s *shaped) Draw(p *ui.Pen, st *ui.Styles, row, col, width int) {
	l, c := s.lines[row], &s.columns[col]
	if c.draw != nil {
		c.draw(p, st, l, width)
		return
	}
	ink := st.Text
	if c.ink != nil {
		ink = c.ink(st, l)
	} else if c.dim < 0 {
		ink = st.Muted
	}
	if c.Right {
		p.Right(ink, s.word(row, col), width)
		return
	}
	p.Left(ink, s.word(row, col), width)
}

// word is what a cell says, worded once.
func (s *shaped) word(row, col int) string {
	if s.words == nil {
		s.words = make([][]string, len(s.lines))
	}
	if s.words[row] == nil {
		s.words[row] = make([]string, len(s.columns))
	}
	if s.words[row][col] == "" {
		s.words[row][col] = s.columns[col].text(s.lines[row])
	}
	return s.words[row][col]
}
