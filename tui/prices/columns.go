package prices

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"tokpit/money"
	"tokpit/pricing"
	"tokpit/tui/table"
	"tokpit/tui/ui"
)

// cell is a price, cut at its decimal point so that a column of them can be
// aligned on it.
type cell struct {
	whole, rest string // "12", ".5"; or words in whole
	words       bool
	amount      money.Amount
	known       bool
}

// priceColumns are the cells of all rows, and how wide each column's halves are.
type priceColumns struct {
	cells map[pricing.ModelRef]*[5]cell
	whole [5]int
	rest  [5]int
	words [5]int // the widest words instead of a price
}

// longestRest is the most decimals shown; a discount can make more.
const longestRest = 13

func newPriceColumns(items []item, u pricing.Unit) *priceColumns {
	pc := &priceColumns{cells: make(map[pricing.ModelRef]*[5]cell, len(items))}
	block := make([][5]cell, len(items))
	for i := range items {
		it := &items[i]
		row := &block[i]
		pc.cells[it.ref] = row
		for k, class := range classes() {
			if !it.priced {
				row[k] = cell{whole: ui.Unknown, words: true}
				continue
			}
			row[k] = newCell(it.listing, class, u)
			switch c := &row[k]; {
			case !c.words:
				pc.whole[k] = max(pc.whole[k], len(c.whole))
				pc.rest[k] = max(pc.rest[k], min(len(c.rest), longestRest))
			case c.whole != atInput:
				pc.words[k] = max(pc.words[k], len(c.whole))
			}
		}
	}
	return pc
}

func newCell(l *pricing.Listing, class pricing.Class, u pricing.Unit) cell {
	rate, known := l.Rates.Of(class)
	c := cell{known: known, amount: rate.Amount()}
	s := priceText(&l.Rates, &l.Row.Rates, class, u)
	if s == atInput || s == noPrice || s == free {
		c.whole, c.words = s, true
		return c
	}
	whole, frac, found := strings.Cut(s, ".")
	c.whole = ui.Group(whole)
	if found {
		c.rest = "." + frac
	}
	return c
}

// leastPrice is room for the head of a column.
const leastPrice = 8

func (pc *priceColumns) width(k int) int {
	return max(leastPrice, pc.words[k], pc.whole[k]+pc.rest[k])
}

func (pc *priceColumns) draw(p *ui.Pen, st *ui.Styles, ref pricing.ModelRef, k, width int) {
	c := &pc.cells[ref][k]
	switch {
	case c.words && c.whole == atInput: // where a price would have its last whole digit
		p.Space(width - pc.rest[k] - 1)
		p.Text(st.Faint, sameAsInput)
		return
	case c.words && c.whole == free:
		p.Right(st.Good, c.whole, width)
		return
	case c.words:
		p.Right(st.Muted, c.whole, width)
		return
	}
	p.Space(width - pc.whole[k] - pc.rest[k] + pc.whole[k] - len(c.whole))
	p.Text(st.Text, c.whole)
	if len(c.rest) > pc.rest[k] {
		p.Text(st.Text, c.rest[:pc.rest[k]-1]+"…")
		return
	}
	p.Text(st.Text, c.rest)
}

// compare orders by price; what has none comes before everything.
func (pc *priceColumns) compare(a, b *item, k int) int {
	x, y := &pc.cells[a.ref][k], &pc.cells[b.ref][k]
	return cmp.Or(-first(x.known, y.known), x.amount.Cmp(y.amount))
}

// bookTable is the table of the book in one unit.
func bookTable(sh *shelf, items []item, u pricing.Unit, l look) *table.Slice[item] {
	pc := newPriceColumns(items, u)
	price := func(k, priority int) table.SliceColumn[item] {
		return table.SliceColumn[item]{
			Column:  table.Column{Title: className(classes()[k]), Right: true, Width: pc.width(k), Priority: priority},
			Draw:    func(p *ui.Pen, st *ui.Styles, it *item, w int) { pc.draw(p, st, it.ref, k, w) },
			Compare: func(a, b *item) int { return pc.compare(a, b, k) },
			Say: func(it *item) string {
				c := &pc.cells[it.ref][k]
				return c.whole + c.rest
			},
		}
	}
	least := leastName
	if l.width >= leastTable {
		least = roomOf(sh.usual)
	}
	model := modelColumn(least, func(it *item) pricing.ModelRef { return it.ref })
	model.Flex, model.Max = namesFirst, roomOf(sh.longest)
	columns := []table.SliceColumn[item]{
		signColumn(l, func(it *item) (pricing.ModelRef, bool) { return it.ref, it.mine != nil }, func(a, b *item) int { return cmp.Compare(a.rank, b.rank) }),
		textColumn("provider", 10, 5, func(it *item) string { return it.ref.Provider }),
		model,
		price(0, 0), price(1, 2), price(2, 7), price(3, 9), price(4, 0),
		windowColumn(), sinceColumn(sh),
	}
	if sh.currencies == "" {
		columns = append(columns, textColumn("in", 3, 0, func(it *item) string { return it.listing.Row.Currency }))
	}
	tiers := textColumn("tiers", 14, 8, func(it *item) string { return it.tiers })
	tiers.Flex, tiers.Max = 1, 26
	status := textColumn("status", 17, 3, func(it *item) string { return it.status })
	status.Flex, status.Max = 2, 34
	status.Draw = func(p *ui.Pen, st *ui.Styles, it *item, w int) {
		ink := st.Muted
		if it.attention {
			ink = st.Warn
		}
		p.Left(ink, it.status, w)
	}
	columns = append(columns, tiers, status)
	return table.NewSlice(columns, func(it *item) string { return it.ref.Provider + "\x00" + it.ref.Model }, items)
}

// The names in the book take at least and at most so many columns, their mark of
// colour among them. In a wide table most names are whole before all columns of
// prices are there; the room that is left goes to names until every one is whole,
// and only then to tiers and states.
const leastName, mostName, nameMark, namesFirst = 22, 46, 1, 1000

// roomOf is the width of a column for names.
func roomOf(name int) int { return min(max(leastName, name+nameMark), mostName) }

// look is how the tables look at the moment.
type look struct {
	width int // of a table
	marks []pricing.ModelRef
}

func (p *Page) look() look { return look{p.plan.table.Dx(), p.marks} }

// signColumn says what is in use, and what stands side by side; sorting by it
// restores the page's order. Its head is a word where there is room for one.
func signColumn[T any](l look, of func(*T) (pricing.ModelRef, bool), compare func(a, b *T) int) table.SliceColumn[T] {
	c := table.Column{Title: "●", Width: 1}
	if len(l.marks) > 0 {
		c = table.Column{Title: "✓ ●", Width: 3}
	}
	if l.width >= wordyTable {
		c = table.Column{Title: "yours", Width: 6}
	}
	return table.SliceColumn[T]{
		Column: c,
		Draw: func(p *ui.Pen, st *ui.Styles, row *T, w int) {
			ref, yours := of(row)
			if len(l.marks) > 0 {
				sign := "  "
				if slices.Contains(l.marks, ref) {
					sign = "✓ "
				}
				p.Text(st.AccentBold, sign)
			}
			if yours {
				p.Text(st.Accent, "●")
			}
		},
		Compare: compare,
		Say: func(row *T) string {
			if _, yours := of(row); yours {
				return "yes"
			}
			return ""
		},
	}
}

// wordyTable is from which width on the signs have a word above them.
const wordyTable = 100

func textColumn[T any](title string, width, priority int, of func(*T) string) table.SliceColumn[T] {
	return table.SliceColumn[T]{
		Column:  table.Column{Title: title, Width: width, Priority: priority},
		Draw:    func(p *ui.Pen, st *ui.Styles, row *T, w int) { p.Left(st.Muted, of(row), w) },
		Compare: func(a, b *T) int { return strings.Compare(of(a), of(b)) },
	}
}

func modelColumn[T any](width int, of func(*T) pricing.ModelRef) table.SliceColumn[T] {
	c := textColumn("model", width, 0, func(row *T) string { return of(row).Model })
	c.Flex, c.Max = 3, 46
	c.Draw = func(p *ui.Pen, st *ui.Styles, row *T, w int) {
		st.Name(p, st.Colours.Model(of(row).Provider, of(row).Model), st.Text, ui.Text(of(row).Model), w)
	}
	return c
}

func windowColumn() table.SliceColumn[item] {
	return table.SliceColumn[item]{
		Column: table.Column{Title: "context", Right: true, Width: 7, Priority: 4},
		Draw: func(p *ui.Pen, st *ui.Styles, it *item, w int) {
			text := ui.Unknown
			if n := it.listing.Row.Window; n > 0 {
				text = window(n)
			}
			p.Right(st.Muted, text, w)
		},
		Compare: func(a, b *item) int { return cmp.Compare(a.listing.Row.Window, b.listing.Row.Window) },
	}
}

// window writes a size of context: "200K", "1.05M".
func window(n int64) string { return strings.ToUpper(ui.Tokens(n)) }

func sinceColumn(sh *shelf) table.SliceColumn[item] {
	c := textColumn("since", 11, 6, func(it *item) string {
		t := it.listing.Since()
		switch {
		case !it.priced:
			return ui.Unknown
		case t.IsZero():
			return "ever"
		case t.After(sh.at):
			return "from " + t.Format("2 Jan")
		}
		return t.Format("2 Jan 2006")
	})
	c.Compare = func(a, b *item) int { return a.listing.Since().Compare(b.listing.Since()) }
	return c
}

// eventTable is the table of one of the other sections, for a page of some
// width: a change is told in whole before its provider is.
func eventTable(s section, events []event, u pricing.Unit, l look) *table.Slice[event] {
	order := func(a, b *event) int { return cmp.Compare(a.rank, b.rank) }
	signs := l
	signs.width -= 60 // a change is told in whole before its signs are in words
	mark := signColumn(signs, func(e *event) (pricing.ModelRef, bool) { return e.ref, e.mine != nil }, order)
	date := textColumn("date", 11, 0, func(e *event) string { return e.date })
	date.Compare = func(a, b *event) int { return a.at.Compare(b.at) }
	provider := textColumn("provider", 10, 3, func(e *event) string { return e.ref.Provider })
	model := modelColumn(16, func(e *event) pricing.ModelRef { return e.ref })
	when := textColumn("when", 13, 4, func(e *event) string { return e.when })
	when.Compare = date.Compare
	columns := []table.SliceColumn[event]{mark, date, when, provider, model}
	if s == retiring {
		date.Title = "shuts down"
		columns = append([]table.SliceColumn[event]{mark, date}, append(columns[2:], retiringColumns()...)...)
	} else {
		columns = append(columns, changeColumns(events, u, max(20, min(l.width-76, 44)))...)
	}
	return table.NewSlice(columns, func(e *event) string { return strconv.Itoa(e.rank) }, events)
}

// changeColumns say what changes, and by how much.
func changeColumns(events []event, u pricing.Unit, room int) []table.SliceColumn[event] {
	words := make(map[int]string, len(events))
	for i := range events {
		words[events[i].rank] = events[i].what(u)
	}
	what := textColumn("change", room, 1, func(e *event) string { return words[e.rank] })
	what.Flex = 6
	what.Draw = func(p *ui.Pen, st *ui.Styles, e *event, w int) { p.Left(st.Text, words[e.rank], w) }
	by := textColumn("by", 17, 2, func(e *event) string { return e.factor })
	by.Draw = func(p *ui.Pen, st *ui.Styles, e *event, w int) {
		if e.factor == "" {
			return
		}
		ink := st.Good
		if e.up {
			ink = st.Warn
		}
		p.Left(ink, arrow(e.up)+" "+e.factor, w)
	}
	return []table.SliceColumn[event]{what, by}
}

// retiringColumns say what comes instead, and what moving there costs.
func retiringColumns() []table.SliceColumn[event] {
	to := textColumn("replacement", 16, 1, func(e *event) string {
		if to := replacement(e.life); to != "" {
			return to
		}
		return ui.Unknown
	})
	to.Flex, to.Max = 2, 34
	cost := table.SliceColumn[event]{
		Column: table.Column{Title: "moving costs", Right: true, Width: 14, Priority: 2},
		Draw: func(p *ui.Pen, st *ui.Styles, e *event, w int) {
			if e.move.to == "" {
				return
			}
			ink := st.Muted
			if e.move.why == "" {
				switch e.move.difference().Sign() {
				case 1:
					ink = st.Warn
				case -1:
					ink = st.Good
				}
			}
			p.Right(ink, e.move.figure(), w)
		},
		Compare: func(a, b *event) int {
			x, y := a.move, b.move
			return cmp.Or(-first(x.to != "" && x.why == "", y.to != "" && y.why == ""), x.difference().Cmp(y.difference()))
		},
	}
	tokens := table.SliceColumn[event]{
		Column: table.Column{Title: "tokens", Right: true, Width: 7, Priority: 5},
		Draw: func(p *ui.Pen, st *ui.Styles, e *event, w int) {
			if e.mine != nil {
				p.Right(st.Muted, ui.Tokens(e.mine.tokens), w)
			}
		},
		Compare: func(a, b *event) int { return cmp.Compare(tokensOf(a), tokensOf(b)) },
	}
	return []table.SliceColumn[event]{to, cost, tokens}
}

func tokensOf(e *event) int64 {
	if e.mine == nil {
		return 0
	}
	return e.mine.tokens
}
